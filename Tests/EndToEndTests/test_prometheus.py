"""A real Prometheus: it scrapes with a token, an alert fires and falls silent, and the dashboard's panels have series."""

import json
import re
import sqlite3
from contextlib import closing

import pytest

from support.loopback_server import LoopbackServer
from support.prometheus import ROOT, Prometheus
from support.servers import wait_for

TOKEN = "0123456789abcdef-token"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
DASHBOARD = json.loads((ROOT / "scripts/grafana/s3audit.json").read_text())


class MetricsServer:
    """Serves a file to who has the token."""

    def __init__(self, file):
        self.file = file
        self.server = LoopbackServer(GET=self.answer)

    def answer(self, handler):
        is_known = handler.headers["Authorization"] == f"Bearer {TOKEN}" and handler.path == "/metrics"
        body = self.file.read_bytes() if is_known else b""
        handler.send_response(200 if is_known else 401)
        handler.send_header("Content-Type", CONTENT_TYPE)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


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

    def start(port):
        token = tmp_path / "token"
        token.write_text(TOKEN)
        wrong = tmp_path / "wrong"
        wrong.write_text(TOKEN[::-1])
        targets = [{"targets": [f"127.0.0.1:{port}"]}]
        running.append(Prometheus(tmp_path, {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(quick_rules(tmp_path))],
            "scrape_configs": [
                {"job_name": name, "authorization": {"credentials_file": str(file)}, "static_configs": targets}
                for name, file in (("s3audit", token), ("stranger", wrong))]}))
        return running[0]

    yield start
    for prometheus in running:
        prometheus.stop()


def test_an_alert_fires_and_falls_silent_and_every_panel_has_series(audit, moto, tmp_path, watch):
    file = tmp_path / "s3audit.prom"
    options = ("--versions", "--parts", "--metrics-file", file, "--metrics-prefix", "s3://logs/a/")
    moto.load("logs", [("a/1", 200_000), ("b", 500_000, "STANDARD_IA")])
    audit.sync(*options)
    with closing(sqlite3.connect(audit.index)) as index, index:
        # Of a bucket of AWS it is known what it costs; the next sync lists moto's again.
        index.execute("UPDATE bucket SET endpoint = '', region = 'us-east-1'")
    audit.sync(*options)
    server = MetricsServer(file)
    try:
        prometheus = watch(server.server.port)
        wait_for(lambda: prometheus.query("s3audit_last_sync_success offset 1s"), "scraped metrics", 30)
        assert [number for _, number in prometheus.query('up{job="s3audit"}')] == [1]
        assert [number for _, number in prometheus.query('up{job="stranger"}')] == [0]

        without = [
            (title, text) for title, text in expressions() if not prometheus.query(asked(text))]
        assert without == []

        audit.sync(*options, status=1, env={"AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
        wait_for(lambda: "S3AuditSyncFailed" in prometheus.firing(), "alert", 20)
        assert "S3AuditAbsent" not in prometheus.firing()
        audit.sync(*options)
        wait_for(lambda: "S3AuditSyncFailed" not in prometheus.firing(), "silence", 20)
    finally:
        server.server.stop()


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
