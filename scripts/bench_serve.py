"""Part `serve`: answers over HTTP from the index of the largest bucket, pages of a cursor, metrics, and the web page."""

import contextlib
import http.client
import json
import statistics
import subprocess
import threading
import time

from bench_large import SHAPE
from bench_report import Findings, count_text, megabytes
from bench_run import BenchError, Simulator, clean_environment, remove_index, sync
from bench_time import add_nights

BUCKET = "bench-serve"
CHROMIUM = "/usr/bin/chromium"
REQUESTS = 20_000
CLIENTS = 8


class Served:
    """`s3audit serve` on a free port."""

    def __init__(self, program, index):
        self.process = subprocess.Popen(
            [program, "serve", "--listen", "127.0.0.1:0", "--index", str(index), "--quiet"],
            env=clean_environment(), stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if "http://" not in line:
            raise BenchError(f"'{program} serve' did not start: {line!r}")
        self.url = line.split()[1].rstrip("/")
        self.port = int(self.url.rsplit(":", 1)[1])

    def peak_bytes(self):
        with open(f"/proc/{self.process.pid}/status") as lines:
            return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM:"))

    def stop(self):
        self.process.terminate()
        self.process.wait(20)
        self.process.stdout.close()


def ask(connection, target):
    """The body, and the milliseconds until it was there."""
    start = time.perf_counter()
    connection.request("GET", target)
    response = connection.getresponse()
    body = response.read()
    if response.status != 200:
        raise BenchError(f"{target}: {response.status} {body[:200]!r}")
    return body, 1000 * (time.perf_counter() - start)


def spread(times):
    return f"{statistics.median(times):.1f} ms (least {min(times):.1f}, most {max(times):.1f})"


def measure_answers(findings, served, size):
    connection = http.client.HTTPConnection("127.0.0.1", served.port)
    targets = [
        ("buckets", "/api/v1/buckets", 30), ("du, two levels", f"/api/v1/du?bucket={BUCKET}&depth=2", 30),
        ("history by class", f"/api/v1/history?bucket={BUCKET}&by=class&limit=10000", 30),
        ("growth", "/api/v1/growth", 30), ("metrics", "/metrics", 50),
    ]
    for title, target, most in targets:
        ask(connection, target)
        times = [ask(connection, target)[1] for _ in range(20)]
        findings.record(f"served {title}", 0, milliseconds=[round(one, 2) for one in times])
        findings.add(f"served {title}, {size}", spread(times), f"≤ {most} ms", statistics.median(times) <= most)
    connection.close()


def measure_pages(findings, served, size):
    """Pages of 10,000 rows all through the bucket, up to 200 of them."""
    connection = http.client.HTTPConnection("127.0.0.1", served.port)
    times, target = [], f"/api/v1/find?bucket={BUCKET}&limit=10000"
    cursor = ""
    while len(times) < 200:
        body, milliseconds = ask(connection, target + cursor)
        times.append(milliseconds)
        following = json.loads(body)["next"]
        if following is None:
            break
        cursor = f"&cursor={following}"
    connection.close()
    findings.record("pages of find", 0, milliseconds=[round(one, 2) for one in times])
    findings.add(
        f"pages of 10,000 objects of {size}, by cursor", spread(times), "most ≤ 100 ms", max(times) <= 100)


def measure_rate(findings, served):
    def work():
        connection = http.client.HTTPConnection("127.0.0.1", served.port)
        for _ in range(REQUESTS // CLIENTS):
            with contextlib.suppress(http.client.RemoteDisconnected):
                ask(connection, "/api/v1/totals")
                continue
            connection.close()
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(CLIENTS)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = REQUESTS / (time.perf_counter() - start)
    findings.record("answers a second", 0, rate=round(rate))
    findings.add(
        f"served totals, {CLIENTS} clients in one Python process", f"{rate:,.0f} answers/s")


def measure_page(findings, served, size):
    """First figures, a level down and its redraw, as the browser tells them; nothing without a browser."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        findings.add("the page in a browser", "not measured: run scripts/setup --tests, then .venv/bin/python scripts/bench")
        return
    firsts, levels = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for _ in range(7):
            # Waiting for a condition evaluates text, which the page's policy forbids.
            page = browser.new_context(viewport={"width": 1344, "height": 900}, bypass_csp=True).new_page()
            start = time.perf_counter()
            page.goto(served.url)
            page.wait_for_function("document.querySelector('#figures')?.textContent.match(/[0-9]/)", polling=5)
            firsts.append(1000 * (time.perf_counter() - start))
            settled = "document.body.dataset.loaded === (location.hash || '#')"
            page.wait_for_function(settled, polling=5)
            start = time.perf_counter()
            page.evaluate(f"location.hash = '#{BUCKET}'")
            page.wait_for_function(f"location.hash === '#{BUCKET}' && {settled}", polling=5)
            levels.append(1000 * (time.perf_counter() - start))
            page.context.close()
        browser.close()
    for title, times, most in (("first figures", firsts, 500), ("a level down", levels, 200)):
        findings.record(f"page, {title}", 0, milliseconds=[round(one, 1) for one in times])
        findings.add(
            f"the page in Chromium, {title}, {size}", spread(times), f"≤ {most} ms", statistics.median(times) <= most)


def measure(setting):
    """Serves the index of the largest bucket with a year of nights before it."""
    findings = Findings()
    objects = max(setting.options.sizes)
    index, size = setting.folder / "serve", count_text(objects)
    with Simulator(setting.programs, f"{BUCKET}:{SHAPE}:{objects}") as simulator:
        sync(setting.programs, simulator, index, BUCKET)
    add_nights(index)
    served = Served(setting.programs.s3audit, index)
    try:
        measure_answers(findings, served, size)
        measure_pages(findings, served, size)
        measure_rate(findings, served)
        measure_page(findings, served, size)
        peak = served.peak_bytes()
        findings.add("peak memory of serve", megabytes(peak), "≤ 150 MB", peak <= 150e6)
    finally:
        served.stop()
    remove_index(index)
    return findings
