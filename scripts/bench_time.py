"""Part `time`: what changed, what grew, what is inside, and the terminal browser, with the largest bucket."""

import contextlib
import fcntl
import os
import pty
import select
import signal
import sqlite3
import statistics
import struct
import termios
import time

from bench_large import milliseconds, query_runs
from bench_report import Findings, Table, count_text, megabytes
from bench_run import BenchError, Simulator, clean_environment, remove_index, sync

BUCKET, SHAPE = "bench-time", "dates"
JOURNAL_ROWS = 200_000
NIGHTS = 365
DAY_MS = 86_400_000
# Of the recorded prefixes, how many differ from one night to the next.
CHANGING = 20


def add_nights(index):
    """Puts a year of nights before the first crawl, as syncs would have: one in twenty prefixes differs.

    Returns how many prefixes have a history.
    """
    with contextlib.closing(sqlite3.connect(index)) as database, database:
        first = database.execute("SELECT min(at_ms) FROM usage_point").fetchone()[0]
        prefixes = database.execute(
            "SELECT count(*) FROM prefix_usage_recorded").fetchone()[0]
        for night in range(1, NIGHTS + 1):
            at = first - night * DAY_MS
            database.execute(
                "INSERT INTO usage_history SELECT bucket_id, storage_class_id, ?1, objects - ?2, bytes - ?2 "
                "FROM usage_history WHERE at_ms = ?3", (at, night, first))
            database.execute(
                "INSERT INTO usage_point SELECT bucket_id, ?1, NULL, objects - ?2, bytes - ?2, prefix_depth, "
                "prefixes_left_out FROM usage_point WHERE at_ms = ?3", (at, night, first))
            database.execute(
                "INSERT INTO prefix_usage_history SELECT bucket_id, depth, prefix, ?1, objects, bytes - ?2 "
                "FROM (SELECT *, row_number() OVER () AS place FROM prefix_usage_recorded) "
                f"WHERE (place + ?2) % {CHANGING} = 0 OR ?2 = {NIGHTS}", (at, night))
    return prefixes


def add_changes(index):
    """Puts changes of objects all over the bucket into the journal, as if the last sync had found them."""
    with contextlib.closing(sqlite3.connect(index)) as database, database:
        database.execute(
            "INSERT INTO object_change SELECT (SELECT max(id) FROM sync), bucket_id, key, 0, 'modified', size, size,"
            " storage_class_id, storage_class_id FROM object"
            " WHERE abs(random() % (SELECT max(1, count(*) / ?1) FROM object)) = 0 LIMIT ?1", [JOURNAL_ROWS])


def questions(objects):
    """Title, words, the most milliseconds that it may take."""
    scan = objects / 10_000_000
    return [
        ("query history, by day", ("history", "--every", "day"), 30),
        ("query history --by prefix, by week",
         ("history", f"s3://{BUCKET}/", "--by", "prefix", "--every", "week", "--since", "30d"), 30),
        ("query growth --by bucket", ("growth", "--by", "bucket"), 30),
        (f"query changes of {count_text(JOURNAL_ROWS)}, by prefix",
         ("changes", "--since", "1", "--by", "prefix"), 500),
        ("query histogram", ("histogram",), 2_000 * scan),
        ("query histogram --of age --by class", ("histogram", "--of", "age", "--by", "class"),
         2_000 * scan),
        ("query find --regex, nothing found", ("find", "--regex", r"[^/]+/[a-z]{3,5}\.nothing$"),
         5_000 * scan),
        ("query duplicates", ("duplicates", "--limit", "20"), 15_000 * scan),
    ]


def opening_milliseconds(program, index):
    """How long a terminal of 80 columns waits for the whole first screen of `browse`."""
    child, terminal = pty.fork()
    if child == 0:
        environment = clean_environment(TERM="xterm-256color")
        try:
            os.execve(program, [program, "browse", "--index", index], environment)
        finally:
            os._exit(127)
    start = time.perf_counter()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    seen, last = b"", None
    try:
        while select.select([terminal], [], [], 1 if last is None else 0.2)[0]:
            try:
                piece = os.read(terminal, 65536)
            except OSError:
                break
            if not piece:
                break
            seen += piece
            if BUCKET.encode() in seen and last is None:
                last = time.perf_counter()
        os.write(terminal, b"q")
    finally:
        os.close(terminal)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)
    if last is None:
        raise BenchError(f"'{program} browse' showed no bucket: {seen[-200:]!r}")
    return 1000 * (last - start)


def measure(setting):
    """Asks an index of the largest bucket with a year of nights before it."""
    findings = Findings()
    objects = max(setting.options.sizes)
    index = setting.folder / "time"
    with Simulator(setting.programs, f"{BUCKET}:{SHAPE}:{objects}") as simulator:
        for title in ("first sync", "re-sync"):
            listing = sync(setting.programs, simulator, index, BUCKET)
            findings.record(title, 0, **listing.figures())
    add_changes(index)
    prefixes = add_nights(index)
    table = Table(
        f"{count_text(objects)}, {NIGHTS} nights, {prefixes} prefixes with a history, a twentieth of which differs each "
        "night; files in the system's cache, whole process; the peak has the index in it",
        ("query", "time", "objects/s", "peak"))
    for title, words, most in questions(objects):
        times = 20 if most <= 30 else setting.options.runs
        runs = query_runs(setting, index, words, times)
        each, middle, text = milliseconds(runs)
        findings.record(title, 0, milliseconds=[round(one, 2) for one in each])
        findings.add(f"{title}, {count_text(objects)}", text, f"≤ {most:g} ms", middle <= most)
        table.lines.append((
            title, text, f"{objects / middle * 1000:,.0f}" if most > 500 else "",
            megabytes(max(one.peak_bytes for one in runs))))
    findings.tables.append(table)
    opened = [opening_milliseconds(setting.programs.s3audit, index) for _ in range(20)]
    findings.record("browse opens", 0, milliseconds=[round(one, 2) for one in opened])
    middle = statistics.median(opened)
    findings.add(
        f"browse opens, {count_text(objects)}",
        f"{middle:.1f} ms (least {min(opened):.1f}, most {max(opened):.1f})", "≤ 50 ms", middle <= 50)
    remove_index(index)
    return findings
