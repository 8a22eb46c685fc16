"""Part `program`: the binary, and the speed of the page parser and of the simulator by themselves."""

import urllib.parse

from bench_report import Findings, median
from bench_run import (
    DIRECT, PAGE_KEYS, BenchError, Simulator, output, release_tests, run_silently)

PAGES_BUCKET = "bench-dates:dates:1M"


def measure_binary(setting, findings):
    """Size without symbols, and the time of a run that does nothing."""
    stripped = setting.folder / "stripped"
    output("strip", "-o", stripped, setting.programs.s3audit)
    size = stripped.stat().st_size
    run_silently(stripped, "--version")
    times = [1000 * run_silently(stripped, "--version").seconds for _ in range(20)]
    findings.record("binary", 0, bytes=size, start_milliseconds=[round(one, 2) for one in times])
    findings.add("binary, stripped", f"{size / 1e6:.1f} MB", "≤ 20 MB", size <= 20e6)
    findings.add("start, whole process", f"{median(times):.1f} ms (least {min(times):.1f})",
                 "≤ 10 ms", median(times) <= 10)
    stripped.unlink()


def list_all(endpoint, bucket):
    """Lists a bucket page by page; returns the number of pages."""
    pages, token = 0, ""
    while True:
        url = f"{endpoint}/{bucket}?list-type=2&encoding-type=url{token}"
        with DIRECT.open(url) as answer:
            body = answer.read()
        pages += 1
        _, found, rest = body.partition(b"<NextContinuationToken>")
        if not found:
            return pages
        value = rest.partition(b"<")[0].decode()
        token = "&continuation-token=" + urllib.parse.quote(value, safe="")


def measure_simulator(setting, findings):
    """What a page costs the server, which shares the cores with what is measured."""
    rates = []
    for number in range(setting.options.runs):
        with Simulator(setting.programs, PAGES_BUCKET) as simulator:
            pages = list_all(simulator.endpoint, PAGES_BUCKET.partition(":")[0])
        rates.append(pages * PAGE_KEYS / simulator.cpu_seconds)
        findings.record("simulator", number, objects_a_cpu_second=round(rates[-1]))
    rate = median(rates)
    findings.add("simulator, LIST pages", f"{rate:,.0f} objects a CPU second", "≥ 1,000,000",
                 rate >= 1_000_000)


def measure_parser(findings):
    """The parser's own figure, from a test that prints it."""
    lines = [line for line in release_tests("ListPageSpeedTests") if line.startswith("parser ")]
    if not lines:
        raise BenchError("ListPageSpeedTests printed no figure")
    rate = int(lines[0].split()[1])
    findings.record("parser", 0, objects_a_second=rate)
    findings.add("page parser, one core", f"{rate:,} objects/s", "≥ 2,000,000", rate >= 2_000_000)


def measure(setting):
    findings = Findings()
    measure_binary(setting, findings)
    measure_simulator(setting, findings)
    measure_parser(findings)
    return findings
