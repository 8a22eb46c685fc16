"""Part `flat`: one bucket behind 100 ms a LIST, listed in parallel, against the ideal W / latency."""

import dataclasses

from bench_report import (
    Findings, Table, count_text, median, median_ratio, seconds_text)
from bench_run import PAGE_KEYS, Simulator, remove_index, sync

LATENCY_MS = 100
# The targets: the least part of ideal, and the most LISTs beyond the pages there are.
TARGETS = {"first": (0.75, 0.20), "again": (0.90, 0.05)}


@dataclasses.dataclass
class Case:
    """A bucket and the requests in flight, with the runs of each mode."""

    shape: str
    concurrency: int
    # Whether the targets speak of it; the others show where the machine is the limit.
    has_targets: bool = True
    runs: dict = dataclasses.field(default_factory=lambda: {mode: [] for mode in TARGETS})
    local_seconds: dict = dataclasses.field(default_factory=lambda: {mode: [] for mode in TARGETS})

    def ideal_seconds(self, pages):
        return pages * LATENCY_MS / 1000 / self.concurrency


def cases():
    """Fewer in flight ask less of the CPU: what is lost there is lost to splitting alone."""
    return [
        Case("flat", 64), Case("deep", 64), Case("skewed", 64), Case("flat", 16, False)]


def both_syncs(setting, simulator, case, limit):
    """A first sync and a re-sync of one bucket; no re-sync when the first was cut off."""
    index = setting.folder / "index"
    listings = {}
    for mode in TARGETS:
        listings[mode] = sync(
            setting.programs, simulator, index, case.shape, concurrency=case.concurrency,
            limit=limit)
        if listings[mode].run.timed_out:
            break
    remove_index(index)
    return listings


def one_round(setting, near, far, case, findings, number):
    """The case without latency, then with it."""
    limit = setting.options.sync_timeout
    for simulator, latency_ms in ((near, 0), (far, LATENCY_MS)):
        for mode, listing in both_syncs(setting, simulator, case, limit).items():
            findings.record(
                f"{case.shape} {mode}", number, latency_ms=latency_ms,
                concurrency=case.concurrency, **listing.figures())
            if latency_ms:
                case.runs[mode].append(listing)
            else:
                case.local_seconds[mode].append(listing.run.seconds)


def report(findings, table, case, mode, objects):
    """Adds the rows of one case and mode."""
    runs = case.runs[mode]
    work = f"{case.shape}, {count_text(objects)}, {LATENCY_MS} ms a LIST, W = {case.concurrency}"
    work += ", first sync" if mode == "first" else ", re-sync"
    speed, extra_most = TARGETS[mode]
    cut = [listing for listing in runs if listing.run.timed_out]
    if cut or not runs:
        share = f"{cut[0].listed / objects:.0%} listed when time was up" if cut else "not run"
        findings.add(work, share, f"≥ {speed} x ideal", False if case.has_targets else None)
        return
    pages = -(-objects // PAGE_KEYS)
    ideal = case.ideal_seconds(pages)
    seconds = [listing.run.seconds for listing in runs]
    of_ideal = median(ideal / one for one in seconds)
    of_bound = median_ratio(
        [max(ideal, local) for local in case.local_seconds[mode]], seconds)
    extra = median(listing.lists for listing in runs) / pages - 1
    table.lines.append((
        case.shape, str(case.concurrency), mode, seconds_text(ideal),
        seconds_text(median(case.local_seconds[mode])), seconds_text(median(seconds)),
        f"{of_ideal:.2f}", f"{of_bound:.2f}", f"{pages:,}",
        f"{median(listing.lists for listing in runs):,.0f}",
        f"{max(listing.run.peak_bytes for listing in runs) / 1e6:,.0f} MB"))
    if case.has_targets:
        findings.add(
            work, f"{of_ideal:.2f} x ideal; {of_bound:.2f} x what this machine can",
            f"≥ {speed} x ideal", of_ideal >= speed)
        findings.add(f"{work}: LISTs beyond the pages", f"{extra:.1%}",
                     f"≤ {extra_most:.0%}", extra <= extra_most)


def measure(setting):
    """Runs every case in turn, as often as asked."""
    findings = Findings()
    objects = setting.options.flat_objects
    shapes = {case.shape for case in cases()}
    buckets = [f"{shape}:{shape}:{objects}" for shape in sorted(shapes)]
    measured = cases()
    with Simulator(setting.programs, *buckets) as near, \
            Simulator(setting.programs, *buckets, latency_ms=LATENCY_MS) as far:
        for number in range(setting.options.runs):
            for case in measured:
                one_round(setting, near, far, case, findings, number)
    table = Table(
        f"One bucket of {count_text(objects)} objects behind {LATENCY_MS} ms a LIST. The simulator "
        "shares the cores, so no sync here beats its own time without latency: the machine can "
        "the longer of that and the ideal.",
        ("keys", "W", "sync", "ideal", "without latency", "took", "of ideal", "of the machine",
         "pages", "LISTs", "peak"))
    for case in measured:
        for mode in TARGETS:
            report(findings, table, case, mode, objects)
    findings.tables.append(table)
    return findings
