"""Part `large`: memory, index size and the speed of answers with the largest bucket."""

import statistics

from bench_report import Findings, Table, count_text, megabytes
from bench_run import Simulator, key_bytes, remove_index, run_silently, sync

SHAPE = "dates"
# Prefix rollups are kept to this depth unless an index says otherwise.
ROLLUP_DEPTH = 4
ANSWER_MS_MOST = 30
SCAN_ROWS_A_SECOND = 10_000_000


def answers(bucket):
    """Queries that whole sums serve: title and words."""
    return [
        ("query totals", ("totals",)),
        ("query totals --by class", ("totals", "--by", "class")),
        ("query buckets", ("buckets",)),
        ("query findings", ("findings",)),
        ("query small", ("small",)),
        ("query small --by class", ("small", "--by", "class")),
        ("query cost --by bucket", ("cost", "--by", "bucket")),
        ("query cost --by class", ("cost", "--by", "class")),
        ("query du", ("du", f"s3://{bucket}/")),
        (f"query du --depth {ROLLUP_DEPTH}", ("du", f"s3://{bucket}/", "--depth", ROLLUP_DEPTH)),
    ]


def scans(bucket):
    """Queries that read every row: title and words."""
    return [
        ("query top --smallest", ("top", "--smallest")),
        ("query top --newest", ("top", "--newest")),
        ("query find, nothing found", ("find", bucket, "--min-size", "1000TiB")),
        ("query find --key, nothing found", ("find", bucket, "--key", "*.nothing")),
        ("query totals --min-size", ("totals", "--min-size", "1MiB")),
        ("query totals --by extension", ("totals", "--by", "extension")),
    ]


def query_runs(setting, index, words, times):
    """A query's whole-process times in ms, after one run that warms the cache."""
    command = (
        setting.programs.s3audit, "query", *map(str, words), "--index", index, "--format", "tsv")
    run_silently(*command)
    return [run_silently(*command) for _ in range(times)]


def milliseconds(runs):
    """The times of runs: all for the file, the median, and a text with the spread."""
    times = [1000 * one.seconds for one in runs]
    middle = statistics.median(times)
    return times, middle, f"{middle:.1f} ms (least {min(times):.1f}, most {max(times):.1f})"


def measure_answers(setting, findings, index, bucket, objects):
    """The queries that must be instant, twenty times each, and the scans, a few times each."""
    size = count_text(objects)
    for title, words in answers(bucket):
        times, middle, text = milliseconds(query_runs(setting, index, words, 20))
        findings.record(title, 0, milliseconds=[round(one, 2) for one in times])
        findings.add(f"{title}, {size}, whole process", text, f"≤ {ANSWER_MS_MOST} ms",
                     middle <= ANSWER_MS_MOST)
    measure_top(setting, findings, index, objects)
    table = Table(
        f"Scans of {size} rows, files in the system's cache, median of {setting.options.runs}; the "
        "peak has the index in it, which the system maps and can take back",
        ("query", "whole process", "rows/s", "peak"))
    for title, words in scans(bucket):
        runs = query_runs(setting, index, words, setting.options.runs)
        times, middle, text = milliseconds(runs)
        findings.record(title, 0, milliseconds=[round(one, 2) for one in times])
        peak = megabytes(max(one.peak_bytes for one in runs))
        table.lines.append((title, text, f"{objects / middle * 1000:,.0f}", peak))
    findings.tables.append(table)


def measure_top(setting, findings, index, objects):
    """The largest objects: from an index of their own in 30 ms, or by one fast scan."""
    times, middle, text = milliseconds(query_runs(setting, index, ("top",), 20))
    rate = objects / middle * 1000
    findings.record("query top", 0, milliseconds=[round(one, 2) for one in times])
    # No rate where an index answers: nothing is scanned then.
    scanned = f"; {rate:,.0f} rows/s" if middle > ANSWER_MS_MOST else ""
    findings.add(
        f"query top, the 20 largest of {count_text(objects)}", f"{text}{scanned}",
        f"≤ {ANSWER_MS_MOST} ms, or ≥ {SCAN_ROWS_A_SECOND / 1e6:.0f} M rows/s",
        middle <= ANSWER_MS_MOST or rate >= SCAN_ROWS_A_SECOND)


def sync_twice(setting, simulator, index, bucket, findings):
    """A first sync and a re-sync; returns the listings."""
    listings = []
    for title in ("first sync", "re-sync"):
        listings.append(sync(setting.programs, simulator, index, bucket))
        findings.record(f"{title} of {bucket}", 0, **listings[-1].figures())
    return listings


def measure_memory(findings, small, large, objects):
    """The highest peaks of the two sizes; growth is what remains beside noise of a tenth."""
    low, high = (max(one.run.peak_bytes for one in listings) for listings in (small, large))
    smaller, larger = (count_text(count) for count in objects)
    findings.add(f"peak memory of sync, {larger}, W = 64", megabytes(high), "≤ 150 MB",
                 high <= 150e6)
    findings.add(
        f"peak memory with {larger} against {smaller}", f"{megabytes(high)}: {megabytes(low)}",
        "no growth", high <= 1.1 * low)


def measure(setting):
    """Syncs the smallest and the largest bucket, then asks the index of the largest."""
    findings = Findings()
    objects = max(setting.options.sizes)
    smaller = min(min(setting.options.sizes), objects // 2)
    bucket, index = "bench-large", setting.folder / "large"
    buckets = (f"bench-small:{SHAPE}:{smaller}", f"{bucket}:{SHAPE}:{objects}")
    with Simulator(setting.programs, *buckets) as simulator:
        small = sync_twice(setting, simulator, setting.folder / "small", "bench-small", findings)
        large = sync_twice(setting, simulator, index, bucket, findings)
    remove_index(setting.folder / "small")
    measure_memory(findings, small, large, (smaller, objects))
    first, again = large
    findings.add(
        f"sync of {count_text(objects)} in one bucket, no latency",
        f"first {first.rate:,.0f} objects/s, again {again.rate:,.0f} objects/s")
    beside = (index.stat().st_size - key_bytes(setting.programs, index)) / objects
    findings.record("index", 0, bytes_beside_key=round(beside, 1), bytes=index.stat().st_size)
    findings.add(
        f"index size, {count_text(objects)}", f"{beside:.0f} bytes an object beside its key",
        "≤ 70", beside <= 70)
    measure_answers(setting, findings, index, bucket, objects)
    remove_index(index)
    return findings
