"""Part `upkeep`: the index of the largest bucket checked, copied beside a writer, and exported."""

import contextlib
import os
import shutil
import sqlite3
import statistics
import threading
import time

from bench_large import SHAPE
from bench_report import Findings, count_text, megabytes
from bench_run import Simulator, checked, clean_environment, remove_index, run, sync

BUCKET = "bench-upkeep"


def seconds(setting, *words):
    """Wall seconds of a command in as many runs as were asked for, and its peak memory in bytes."""
    command = (str(setting.programs.s3audit), *map(str, words))
    runs = [checked(run(*command, environment=clean_environment()), command) for _ in range(setting.options.runs)]
    return [one.seconds for one in runs], max(one.peak_bytes for one in runs)


class Writer:
    """Another program that commits to the index every 20 ms."""

    def __init__(self, index):
        self.index = index
        self.done = threading.Event()
        self.commits = 0
        self.thread = threading.Thread(target=self.write)

    def write(self):
        with contextlib.closing(sqlite3.connect(self.index, isolation_level=None, timeout=60)) as database:
            database.execute("PRAGMA journal_mode = WAL")
            while not self.done.wait(0.02):
                database.execute("UPDATE bucket_usage SET small_objects = small_objects")
                self.commits += 1
            database.execute("PRAGMA journal_mode = DELETE")

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()


def measure_backup(setting, findings, index, size):
    """In turn a plain copy that is flushed, and a backup beside the writer."""
    plain, ratios, copies = setting.folder / "plain", [], []
    for number in range(setting.options.runs):
        start = time.perf_counter()
        shutil.copyfile(index, plain)
        with open(plain, "rb+") as file:
            file.flush()
            os.fsync(file.fileno())
        copies.append(time.perf_counter() - start)
        plain.unlink()
        with Writer(index) as writer:
            start = time.perf_counter()
            command = (str(setting.programs.s3audit), "backup", str(setting.folder / "backup"), "--index", str(index))
            checked(run(*command, environment=clean_environment()), command)
            taken = time.perf_counter() - start
        findings.record("backup", number, seconds=round(taken, 2), copy=round(copies[-1], 2), commits=writer.commits)
        ratios.append(taken / copies[-1])
        remove_index(setting.folder / "backup")
    ratio = statistics.median(ratios)
    findings.add(
        f"backup of {size} beside a commit every 20 ms, against a plain copy ({statistics.median(copies):.1f} s)",
        f"{ratio:.2f} x", "≤ 2 x", ratio <= 2)


def measure(setting):
    """Makes the index once; every command works on it."""
    findings = Findings()
    objects = max(setting.options.sizes)
    index, size = setting.folder / "upkeep", count_text(objects)
    with Simulator(setting.programs, f"{BUCKET}:{SHAPE}:{objects}") as simulator:
        sync(setting.programs, simulator, index, BUCKET)
    for words, most in ((("check", "--quick"), 4), (("check",), 20)):
        times, peak = seconds(setting, *words, "--index", index)
        title = " ".join(words)
        findings.record(title, 0, seconds=[round(one, 2) for one in times])
        findings.add(
            f"{title}, {size}", f"{statistics.median(times):.1f} s, {megabytes(peak)}", f"≤ {most} s",
            statistics.median(times) <= most)
    measure_backup(setting, findings, index, size)
    for form in ("csv.gz", "sqlite"):
        target = setting.folder / f"export-{form}"
        start = time.perf_counter()
        command = (str(setting.programs.s3audit), "export", "--format", form, "--view", "objects", str(target),
                   "--index", str(index))
        result = checked(run(*command, environment=clean_environment()), command)
        taken = time.perf_counter() - start
        findings.record(f"export {form}", 0, seconds=round(taken, 2))
        findings.add(
            f"export of objects as {form}, {size}",
            f"{taken:.1f} s, {taken / objects * 1e6:.2f} s a million, {megabytes(result.peak_bytes)}")
        shutil.rmtree(target)
    remove_index(index)
    return findings
