"""Part `simulate`: rounds and requests of the range frontier, per shape of keys, without any I/O."""

import dataclasses
import re

from bench_report import Findings, Table, count_text, count_value
from bench_run import BenchError, release_tests

LINE = re.compile(
    r"frontier (?P<shape>\S+) (?P<objects>\w+) (?P<mode>first|again) W=(?P<width>\d+) "
    r"ideal=(?P<ideal>\d+) rounds=(?P<rounds>\d+) requests=(?P<requests>\d+) empty=(?P<empty>\d+)")


@dataclasses.dataclass
class Goal:
    """The numbers to meet for one shape and size, and how others do there, with W = 64."""

    keys: str
    first_rounds: int
    first_requests: int
    again_rounds: int
    splitter_rounds: int
    prefix_walk_rounds: int | None


# "GCS dataflux's splitter" guesses midpoints of the alphabet seen; the prefix walk is of depth 2.
GOALS = {
    ("uuid", 1_000_000): Goal("uuid", 21, 1220, 16, 26, 1002),
    ("deep", 1_000_000): Goal("deep prefix + uuid", 22, 1320, 16, 124, 1002),
    ("dates", 1_000_000): Goal("date hierarchy", 33, 1849, 16, 112, 252),
    ("skewed", 1_000_000): Goal("90 % in one directory", 30, 1542, 16, 134, 902),
    ("dates", 6_000_000): Goal("date hierarchy", 111, 6898, 96, 209, None),
    ("flat", 6_000_000): Goal("sequential numbers", 108, 6683, 96, 136, None),
}


@dataclasses.dataclass
class Simulation:
    """One line of the test: what a crawl of one shape took."""

    shape: str
    objects: int
    mode: str
    width: int
    ideal: int
    rounds: int
    requests: int
    empty: int

    @classmethod
    def reading(cls, line):
        """The figures of a line, or None if it has none."""
        found = LINE.fullmatch(line.strip())
        if not found:
            return None
        words = found.groupdict()
        numbers = {
            name: int(words[name]) for name in ("width", "ideal", "rounds", "requests", "empty")}
        return cls(words["shape"], count_value(words["objects"]), words["mode"], **numbers)

    @property
    def goal(self):
        return GOALS.get((self.shape, self.objects)) if self.width == 64 else None

    @property
    def keys(self):
        return self.goal.keys if self.goal else self.shape

    def verdict(self):
        """The target's text and whether it holds; rounds alone count on a re-sync."""
        if not self.goal:
            return "", None
        if self.mode == "again":
            return f"≤ {self.goal.again_rounds}", self.rounds <= self.goal.again_rounds
        holds = (
            self.rounds <= self.goal.first_rounds and self.requests <= self.goal.first_requests)
        return f"≤ {self.goal.first_rounds} ({self.goal.first_requests:,})", holds

    def line(self):
        """This simulation in the table."""
        target, _ = self.verdict()
        splitter = prefixes = ""
        if self.goal and self.mode == "first":
            splitter = str(self.goal.splitter_rounds)
            prefixes = str(self.goal.prefix_walk_rounds or "–")
        return (
            f"{self.keys}, {count_text(self.objects)}", self.mode, str(self.width), str(self.ideal),
            str(self.rounds), f"{self.requests:,}", f"{self.empty:,}", target, splitter, prefixes)


def measure(_):
    """Runs the simulations and holds them against the numbers to meet."""
    findings = Findings()
    lines = release_tests("FrontierSimulationTests")
    simulations = [one for one in map(Simulation.reading, lines) if one]
    if not simulations:
        raise BenchError("FrontierSimulationTests printed no figures")
    table = Table(
        "Simulated crawls, in rounds of W requests. The numbers to meet (LISTs in brackets) and "
        "the others' were measured on keys of the same kinds, not the same keys.",
        ("keys", "sync", "W", "ideal", "rounds", "LISTs", "empty", "to meet",
         "dataflux's splitter", "prefix walk"))
    for simulation in simulations:
        findings.record("frontier", 0, **dataclasses.asdict(simulation))
        table.lines.append(simulation.line())
        target, holds = simulation.verdict()
        if target:
            mode = "first sync" if simulation.mode == "first" else "re-sync"
            findings.add(
                f"simulated {mode}, {simulation.keys}, {count_text(simulation.objects)}",
                f"{simulation.rounds} rounds ({simulation.requests:,})", target, holds)
    findings.tables.append(table)
    return findings
