"""Part `sync`: a first sync and a re-sync, without latency, against a bare SQLite loop in C."""

from bench_report import Findings, count_text, median, median_ratio
from bench_run import Simulator, checked, key_bytes, remove_index, run, sync

SHAPES = ("flat", "uuid", "dates", "deep")


def bare_loop(programs, index, copy):
    """Inserts the rows of an index into a new file; returns rows and rows a second."""
    command = (programs.loop, index, copy)
    rows, rate = checked(run(*command), command).output.split()
    return int(rows), float(rate)


def one_round(setting, simulator, findings, number):
    """Runs first sync, re-sync and loop in turn; returns their rates, writes and bytes."""
    programs = setting.programs
    index, copy = setting.folder / "index", setting.folder / "copy"
    first = sync(programs, simulator, index)
    findings.record("first sync", number, **first.figures())
    again = sync(programs, simulator, index)
    findings.record("re-sync", number, **again.figures(), rows_written=again.written)
    rows, rate = bare_loop(programs, index, copy)
    beside_key = (index.stat().st_size - key_bytes(programs, index)) / rows
    findings.record("bare loop", number, rows=rows, rows_a_second=rate)
    findings.record("index", number, bytes_beside_key=round(beside_key, 1))
    remove_index(index)
    remove_index(copy)
    return first.rate, again.rate, rate, again.written, beside_key


def measure(setting):
    """Runs the three in turn, as often as asked."""
    findings = Findings()
    objects = setting.options.objects
    buckets = [
        f"bench-{shape}:{shape}:{objects // len(SHAPES)}" for shape in SHAPES]
    with Simulator(setting.programs, *buckets) as simulator:
        rounds = [
            one_round(setting, simulator, findings, number)
            for number in range(setting.options.runs)]
    first, again, bare, written, beside_key = zip(*rounds)
    size = f"{count_text(objects)} in {len(SHAPES)} buckets"
    findings.add(f"bare SQLite loop in C, {size}", f"{median(bare):,.0f} rows/s")
    ratio = median_ratio(first, bare)
    findings.add(
        f"first sync, no latency, {size}",
        f"{median(first):,.0f} objects/s: {ratio:.2f} x the loop", "≥ 0.6 x", ratio >= 0.6)
    ratio = median_ratio(again, first)
    findings.add(
        "re-sync, nothing changed",
        f"{median(again):,.0f} objects/s: {ratio:.2f} x the first sync", "≥ 2 x", ratio >= 2)
    findings.add("rows that the re-sync wrote", f"{max(written)}", "0", max(written) == 0)
    size = median(beside_key)
    findings.add(
        "index size", f"{size:.0f} bytes an object beside its key", "≤ 70", size <= 70)
    return findings
