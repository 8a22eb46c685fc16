"""Debian's Prometheus, promtool and node exporter, as scripts/setup --tests unpacks them, or from the PATH."""

import json
import shutil
import subprocess
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from support.ports import free_port
from support.servers import Server, wait_for

ROOT = Path(__file__).parents[3]
UNPACKED = ROOT / ".build/debian/usr/bin"


def program(name):
    """The path of one of them; without it the test is skipped."""
    found = UNPACKED / name if (UNPACKED / name).exists() else shutil.which(name)
    if not found:
        pytest.skip(f"there is no {name}: run scripts/setup --tests")
    return str(found)


def promtool(*arguments, text=None):
    """What promtool says, which is nothing but its verdict where all is well."""
    result = subprocess.run(
        [program("promtool"), *map(str, arguments)], input=text, capture_output=True, encoding="utf-8",
        timeout=60)
    return result.returncode, result.stdout + result.stderr


class NodeExporter(Server):
    """The node exporter with its textfile collector alone."""

    def __init__(self, folder):
        port = free_port()
        super().__init__(
            [program("prometheus-node-exporter"), "--collector.disable-defaults", "--collector.textfile",
             f"--collector.textfile.directory={folder}", f"--web.listen-address=127.0.0.1:{port}"], port)

    def lines(self):
        with urllib.request.urlopen(self.endpoint + "/metrics", timeout=30) as answer:
            # Other line ends than this one stand in labels.
            return answer.read().decode().split("\n")


class Prometheus(Server):
    """Prometheus with a configuration of a test's own, and its data in a folder of it."""

    def __init__(self, folder, configuration):
        port = free_port()
        file = Path(folder) / "prometheus.yml"
        # JSON is YAML.
        file.write_text(json.dumps(configuration))
        super().__init__(
            [program("prometheus"), f"--config.file={file}", f"--storage.tsdb.path={folder}/data",
             f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"], port)
        wait_for(self.is_ready, "ready Prometheus")

    def is_ready(self):
        try:
            return self.get("/-/ready") is not None
        except OSError:
            return False

    def get(self, path, **parameters):
        query = "?" + urllib.parse.urlencode(parameters) if parameters else ""
        with urllib.request.urlopen(self.endpoint + path + query, timeout=30) as answer:
            return answer.read()

    def query(self, expression):
        """The series that an expression has now: labels and value."""
        answer = json.loads(self.get("/api/v1/query", query=expression))
        assert answer["status"] == "success", answer
        return [(row["metric"], float(row["value"][1])) for row in answer["data"]["result"]]

    def firing(self):
        """The names of the alerts that fire now."""
        alerts = json.loads(self.get("/api/v1/alerts"))["data"]["alerts"]
        return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}

    def scrape_errors(self):
        targets = json.loads(self.get("/api/v1/targets"))["data"]["activeTargets"]
        return [target["lastError"] for target in targets if target["lastError"]]
