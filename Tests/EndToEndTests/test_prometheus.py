"""A real Prometheus: it scrapes with a token, an alert fires and falls silent, and the dashboard's panels have series."""

import http.client
import json
import re
import sqlite3
from contextlib import closing

import pytest

from support.metrics_text import samples, value
from support.ports import answers, free_port
from support.prometheus import ROOT, Prometheus, promtool
from support.servers import wait_for

TOKEN = "0123456789abcdef-token"
DASHBOARD = json.loads((ROOT / "scripts/grafana/s3audit.json").read_text())


class Served:
    """`s3audit serve` with a token, on a free port of loopback."""

    def __init__(self, audit, folder, *options):
        self.token = folder / "token"
        self.token.write_text(TOKEN)
        self.token.chmod(0o600)
        self.port = free_port()
        self.process = audit.start(
            "serve", "--quiet", "--listen", f"127.0.0.1:{self.port}", "--token-file", self.token, *options)
        wait_for(lambda: answers(self.port) or self.process.poll() is not None, "server")

    def get(self, path, token=TOKEN):
        """Status, headers and text."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, answer.headers, text

    def stop(self):
        self.process.terminate()
        self.process.communicate(timeout=30)


@pytest.fixture
def serve(audit, tmp_path):
    running = []

    def start(*options):
        running.append(Served(audit, tmp_path, *options))
        return running[-1]

    yield start
    for server in running:
        server.stop()


def quick_rules(folder):
    """The shipped rules, with no patience: a test has seconds."""
    file = folder / "alerts.yml"
    text = (ROOT / "scripts/prometheus/alerts.yml").read_text()
    file.write_text(re.sub(r"^(\s+for:) \S+$", r"\1 1s", text, flags=re.MULTILINE))
    return file


def expressions():
    return [
        (panel["title"], target["expr"]) for panel in DASHBOARD["panels"] for target in panel["targets"]]


def asked(expression):
    """As Grafana asks it for all buckets; a test has no week to look back."""
    return expression.replace("$bucket", ".*").replace("offset 7d", "offset 1s")


@pytest.fixture
def watch(tmp_path):
    """Starts a Prometheus that scrapes a port of loopback every second, with the token."""
    running = []

    def start(server):
        wrong = tmp_path / "wrong"
        wrong.write_text(TOKEN[::-1])
        targets = [{"targets": [f"127.0.0.1:{server.port}"]}]
        running.append(Prometheus(tmp_path, {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(quick_rules(tmp_path))],
            "scrape_configs": [
                {"job_name": name, "authorization": {"credentials_file": str(file)}, "static_configs": targets}
                for name, file in (("s3audit", server.token), ("stranger", wrong))]}))
        return running[0]

    yield start
    for prometheus in running:
        prometheus.stop()


def test_an_alert_fires_and_falls_silent_and_every_panel_has_series(audit, moto, serve, watch):
    options = ("--versions", "--parts")
    moto.load("logs", [("a/1", 200_000), ("b", 500_000, "STANDARD_IA")])
    audit.sync(*options)
    with closing(sqlite3.connect(audit.index)) as index, index:
        # Of a bucket of AWS it is known what it costs; the next sync lists moto's again.
        index.execute("UPDATE bucket SET endpoint = '', region = 'us-east-1'")
    audit.sync(*options)
    prometheus = watch(serve("--metrics-prefix", "s3://logs/a/"))
    wait_for(lambda: prometheus.query("s3audit_last_sync_success offset 1s"), "scraped metrics", 30)
    assert [number for _, number in prometheus.query('up{job="s3audit"}')] == [1]
    assert [number for _, number in prometheus.query('up{job="stranger"}')] == [0]
    without = [(title, text) for title, text in expressions() if not prometheus.query(asked(text))]
    assert without == []

    audit.sync(*options, status=1, env={"AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
    wait_for(lambda: "S3AuditSyncFailed" in prometheus.firing(), "alert", 20)
    assert "S3AuditAbsent" not in prometheus.firing()
    audit.sync(*options)
    wait_for(lambda: "S3AuditSyncFailed" not in prometheus.firing(), "silence", 20)


def test_the_server_tells_the_same_as_the_file_and_of_itself(audit, moto, serve, tmp_path):
    file = tmp_path / "s3audit.prom"
    moto.load("logs", [("a", 7)])
    audit.sync("--metrics-file", file)
    server = serve()
    status, headers, text = server.get("/metrics")
    assert status == 200 and headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert promtool("check", "metrics", text=text) == (0, "")
    found, written = samples(text), samples(file.read_text())
    own = ("s3audit_http_", "process_")
    # The index grows while its log is there.
    moving = ("s3audit_index_bytes",)
    assert {key: number for key, number in found.items() if not key[0].startswith(own + moving)} == {
        key: number for key, number in written.items() if not key[0].startswith(moving)}
    assert value(found, "s3audit_last_sync_success") == 1
    assert value(found, "process_resident_memory_bytes") > 1_000_000
    assert server.get("/metrics", token="wrong-wrong-wrong")[0] == 401
    assert server.get("/no-such-place")[0] == 404
    for _ in range(3):
        server.get("/api/v1/buckets")
    # What a sync has written is told within a second, and not later for those who ask meanwhile.
    moto.load("logs", [("b", 5)])
    audit.sync()

    def scraped_bytes():
        nonlocal found
        found = samples(server.get("/metrics")[2])
        return value(found, "s3audit_bucket_bytes", bucket="logs", storage_class="STANDARD")

    wait_for(lambda: scraped_bytes() == 12, "what the sync has written", seconds=3)
    requests = {
        (dict(labels)["route"], dict(labels)["code"]): number
        for (name, labels), number in found.items() if name == "s3audit_http_requests_total"}
    assert requests.pop(("metrics", "200")) >= 1
    assert requests == {
        ("refused", "401"): 1, ("refused", "404"): 1, ("buckets", "200"): 3}


def test_the_server_tells_what_is_asked_for(audit, moto, serve):
    for number in range(1, 4):
        moto.load(f"bucket-{number}", [("a/1", number), ("b", 1)])
    audit.sync()
    found = samples(serve(
        "--metrics-buckets", "2", "--metrics-prefix", "s3://bucket-1/a/").get("/metrics")[2])
    assert {dict(labels)["bucket"] for name, labels in found if name == "s3audit_bucket_complete"} == {
        "bucket-2", "bucket-3"}
    assert value(found, "s3audit_metrics_omitted_buckets") == 1
    assert value(found, "s3audit_prefix_bytes", bucket="bucket-1", prefix="a/") == 1


def test_the_dashboard_is_one_that_grafana_imports():
    assert DASHBOARD["schemaVersion"] == 39
    variables = {variable["name"]: variable for variable in DASHBOARD["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels) >= 10
    for panel in panels:
        # No panel is bound to one Grafana's Prometheus.
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}, panel["title"]
        assert all(target["datasource"] == panel["datasource"] for target in panel["targets"])
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
    shown = {
        name for _, text in expressions() for name in re.findall(r"s3audit_[a-z_]+", text)}
    assert any(panel["fieldConfig"]["defaults"]["unit"] == "bytes" for panel in panels)
    assert len(shown) >= 12
