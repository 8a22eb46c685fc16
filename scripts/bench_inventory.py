"""Part `inventory`: an import of an inventory against a first sync of the same bucket, without latency."""

from bench_report import Findings, count_text, median, median_ratio, megabytes
from bench_run import Simulator, checked, remove_index, run, sync

FILES = 8
# Of an inventory's rate, of a first sync's: sorted by key, and in no order.
RATIO_MIN = {"sorted": 0.9, "shuffled": 0.4}
# What a row may cost more in the large one than in one of a fifth.
SLOWER_MAX = 1.15
MEMORY_MAX = 200_000_000


def imported(setting, simulator, index, order, rows):
    """Imports into a new index; returns the run."""
    command = (
        setting.programs.s3audit, "import", "inventory", f"s3://inventory/bench/{order}/", "--index", index,
        "--endpoint-url", simulator.endpoint, "--quiet")
    result = checked(run(*command), command)
    remove_index(index)
    return {"rows_a_second": rows / result.seconds, "cpu_seconds": result.cpu_seconds,
            "seconds": result.seconds, "peak_bytes": result.peak_bytes}


def rounds(setting, findings, rows):
    """Runs a sync and both imports in turn; returns the figures of all runs by name."""
    index = setting.folder / "index"
    inventories = [
        word for order in RATIO_MIN
        for word in ("--inventory", f"bench:id={order},order={order},files={FILES}")]
    found = {"sync": [], **{order: [] for order in RATIO_MIN}}
    with Simulator(setting.programs, f"bench:uuid:{rows}", *inventories) as simulator:
        for number in range(setting.options.runs):
            first = sync(setting.programs, simulator, index, "bench")
            remove_index(index)
            found["sync"].append({"rows_a_second": first.rate, "cpu_seconds": first.run.cpu_seconds})
            for order in RATIO_MIN:
                found[order].append(imported(setting, simulator, index, order, rows))
            for name, runs in found.items():
                findings.record(f"{name}, {count_text(rows)}", number, **runs[-1])
    return found


def rates(runs):
    return [run["rows_a_second"] for run in runs]


def measure(setting):
    findings = Findings()
    rows = setting.options.inventory_objects
    small, large = rounds(setting, findings, rows // 5), rounds(setting, findings, rows)
    findings.add(
        f"first sync, {count_text(rows)}", f"{median(rates(large['sync'])):,.0f} objects/s")
    for order, least in RATIO_MIN.items():
        ratio = median_ratio(rates(large[order]), rates(large["sync"]))
        cpu = median([run["cpu_seconds"] for run in large[order]]) / rows * 1e6
        findings.add(
            f"import, {order}", f"{median(rates(large[order])):,.0f} rows/s: {ratio:.2f} x the sync, "
            f"{cpu:.1f} s of CPU a million", f"≥ {least} x", ratio >= least)
        slower = median(rates(small[order])) / median(rates(large[order]))
        findings.add(
            f"time of a row, {order}, against {count_text(rows // 5)}", f"{slower:.2f} x",
            f"≤ {SLOWER_MAX} x", slower <= SLOWER_MAX)
        memory = max(run["peak_bytes"] for run in large[order])
        findings.add(
            f"memory, {order}", megabytes(memory), f"≤ {megabytes(MEMORY_MAX)}", memory <= MEMORY_MAX)
    return findings
