"""Part `versions`: a sync of versions without latency against a plain sync of as many objects."""

from bench_report import Findings, count_text, median, median_ratio
from bench_run import Simulator, key_bytes, query, remove_index, sync

# Entries a key, on an average: its object, and noncurrent versions or delete markers.
ENTRIES_PER_KEY = 3
# Of plain objects beside their keys, see the part `sync`.
BYTES_OF_VERSION_MAX = 110


def one_round(setting, plain, versioned, findings, number):
    """Runs a plain sync and a first and a second one of versions; returns their rates and sizes."""
    programs, index = setting.programs, setting.folder / "index"
    objects = sync(programs, plain, index, "--no-versions")
    findings.record("plain sync", number, **objects.figures())
    bare = index.stat().st_size - key_bytes(programs, index)
    bare /= query(programs, index, "SELECT count(*) FROM objects")
    remove_index(index)
    first = sync(programs, versioned, index, "--versions")
    findings.record("sync of versions", number, **first.figures())
    again = sync(programs, versioned, index, "--versions")
    findings.record("sync of versions again", number, **again.figures(), rows_written=again.written)
    count = query(programs, index, "SELECT count(*) FROM objects")
    others = query(programs, index, "SELECT count(*) FROM versions") - count
    keys = query(programs, index, "SELECT sum(length(CAST(key AS BLOB))) FROM versions")
    # An object has the id of its version besides, and a byte that says how long it is.
    ids = query(
        programs, index, "SELECT sum(length(version_id) + 1) FROM versions"
        " WHERE is_latest AND NOT is_delete_marker")
    beside_key = (index.stat().st_size - keys - ids - bare * count) / others
    findings.record("index of versions", number, bytes_beside_key=round(beside_key, 1))
    remove_index(index)
    return objects.rate, first.rate, again.rate, again.written, beside_key


def measure(setting):
    """Runs the three in turn, as often as asked."""
    findings = Findings()
    entries = setting.options.objects
    keys = entries // ENTRIES_PER_KEY
    with (
        Simulator(setting.programs, f"bench-plain:uuid:{entries}") as plain,
        Simulator(
            setting.programs, f"bench-versions:uuid:{keys}", "--versioning", "enabled",
            "--versions-per-key", f"{ENTRIES_PER_KEY - 1}-{ENTRIES_PER_KEY + 1}") as versioned,
    ):
        rounds = [
            one_round(setting, plain, versioned, findings, number)
            for number in range(setting.options.runs)]
    objects, first, again, written, beside_key = zip(*rounds)
    ratio = median_ratio(first, objects)
    findings.add(
        f"sync of versions, no latency, {count_text(entries)} entries",
        f"{median(first):,.0f} entries/s: {ratio:.2f} x a plain sync of as many", "≥ 0.6 x",
        ratio >= 0.6)
    ratio = median_ratio(again, first)
    findings.add(
        "again, nothing changed", f"{median(again):,.0f} entries/s: {ratio:.2f} x the first")
    findings.add("rows that it wrote", f"{max(written)}", "0", max(written) == 0)
    size = median(beside_key)
    findings.add(
        "index size of a noncurrent version", f"{size:.0f} bytes beside its key",
        f"≤ {BYTES_OF_VERSION_MAX}", size <= BYTES_OF_VERSION_MAX)
    return findings
