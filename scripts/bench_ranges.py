"""Part `ranges`: plans of ranges for every shape of keys, listings of them, and what takes those back into an index."""

import json

from bench_report import Findings, count_text
from bench_run import PAGE_KEYS, Simulator, checked, remove_index, run, sync

SHAPES = ("flat", "uuid", "dates", "deep", "skewed")
RANGES = 64
# The largest range, in means: planned by asking, and from an index.
LARGEST_MAX = {"server": 3, "index": 1.1}
# What a plan may ask for each range.
ASKED_MAX = 4
# CPU seconds a million objects.
JOIN_MAX = 1.5


def bucket_name(shape):
    return f"bench-{shape}"


class Ranges:
    """Commands on one bucket of a simulator."""

    def __init__(self, setting, simulator, shape):
        self.setting, self.simulator = setting, simulator
        self.bucket = f"s3://{bucket_name(shape)}"
        self.program = str(setting.programs.s3audit)

    def plan(self, source, index):
        """The ranges of a plan, and the LISTs that it took."""
        lists, _ = self.simulator.counts()
        command = (
            self.program, "plan", self.bucket, "--ranges", str(RANGES), "--from", source, "--index", str(index),
            "--endpoint-url", self.simulator.endpoint)
        text = checked(run(*command), command).output
        ranges = [json.loads(line)["range"] for line in text.splitlines()]
        return ranges, self.simulator.counts()[0] - lists

    def listed(self, ranges, source):
        """Lists each range into a file of its own; returns files, receipts and the CPU seconds."""
        files, receipts, cpu_seconds = [], [], 0
        for number, one in enumerate(ranges):
            listing, receipt = (
                self.setting.folder / f"{source}-{number}.{kind}" for kind in ("csv", "json"))
            command = (
                self.program, "list", self.bucket, f"--range={one}", "--format", "csv", "--raw-csv",
                "--receipt", str(receipt), "--endpoint-url", self.simulator.endpoint)
            # The listing is written by a shell, as what runs commands here keeps only the end of what they print.
            result = checked(
                run("sh", "-c", 'out=$1; shift; "$@" >"$out"', "sh", str(listing), *command), command)
            cpu_seconds += result.cpu_seconds
            files.append(listing)
            receipts.append(json.loads(receipt.read_text()))
        return files, receipts, cpu_seconds

    def imported(self, files, receipts, index):
        """CPU seconds of taking the listings into a new index."""
        receipt = self.setting.folder / "receipts"
        receipt.write_text("".join(json.dumps(one) + "\n" for one in receipts))
        return self.filling(
            index, "listing", *files, "--receipt", receipt, "--endpoint-url", self.simulator.endpoint)

    def joined(self, other, index):
        """CPU seconds of taking another index into a new one."""
        return self.filling(index, "index", other)

    def filling(self, index, *words):
        """CPU seconds of an import into an index that goes at the end."""
        command = (self.program, "import", *map(str, words), "--index", str(index))
        result = checked(run(*command), command)
        remove_index(index)
        return result.cpu_seconds


def measure_plan(findings, ranges, shape, source, index, objects):
    """Plans from a source and lists what was planned; returns files, receipts and CPU seconds."""
    planned, asked = ranges.plan(source, index)
    files, receipts, cpu_seconds = ranges.listed(planned, source)
    counts = [receipt["objects"] for receipt in receipts]
    if sum(counts) != objects:
        raise RuntimeError(f"{shape}: {sum(counts)} of {objects} objects are in the ranges")
    largest = max(counts) / (objects / len(counts))
    requests = sum(receipt["requests"] for receipt in receipts)
    allowed = 1.05 * (objects / PAGE_KEYS) + 4 * len(counts)
    asked_most = ASKED_MAX * RANGES if source == "server" else 0
    findings.record(
        f"plan, {shape}, {source}", 0, ranges=len(counts), asked=asked, largest=largest, requests=requests)
    findings.add(
        f"{len(counts)} ranges of {shape} from {'an index' if source == 'index' else 'asking'}, "
        f"{count_text(objects)}: largest, LISTs asked, LISTs of the listings",
        f"{largest:.2f} x the mean, {asked}, {requests:,}",
        f"≤ {LARGEST_MAX[source]} x, {asked_most}, {allowed:,.0f}",
        largest <= LARGEST_MAX[source] and asked <= asked_most and requests <= allowed)
    return files, receipts, cpu_seconds


def measure(setting):
    findings = Findings()
    objects = setting.options.objects
    buckets = [f"{bucket_name(shape)}:{shape}:{objects}" for shape in SHAPES]
    index, other = setting.folder / "index", setting.folder / "other"
    with Simulator(setting.programs, *buckets) as simulator:
        for shape in SHAPES:
            ranges = Ranges(setting, simulator, shape)
            files, receipts, listed = measure_plan(
                findings, ranges, shape, "server", index, objects)
            first = sync(setting.programs, simulator, index, bucket_name(shape))
            measure_plan(findings, ranges, shape, "index", index, objects)
            if shape == "uuid":
                millions = objects / 1e6
                findings.add(
                    f"CPU of listing {len(files)} ranges in turn, against a first sync",
                    f"{listed / first.run.cpu_seconds:.2f} x")
                findings.add(
                    "import listing, CPU a million objects",
                    f"{ranges.imported(files, receipts, other) / millions:.2f} s")
                joined = ranges.joined(index, other) / millions
                findings.add(
                    "import index, CPU a million objects", f"{joined:.2f} s", f"≤ {JOIN_MAX} s", joined <= JOIN_MAX)
            remove_index(index)
    return findings
