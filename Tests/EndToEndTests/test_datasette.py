"""An index in Datasette, a web page for any SQLite file, with the metadata that s3audit prints for it."""

import json
import sqlite3
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing
from urllib.parse import quote

import pytest

from support.audit import Audit
from support.ports import free_port
from support.servers import Server, Simulator

SECONDS_MAX = 3

pytestmark = pytest.mark.alone


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The pages of an index of a million objects, with changes and prefixes to match."""
    audit = Audit(tmp_path_factory.mktemp("audit"))
    server = Simulator("--bucket", "logs:dates:2000", "--bucket", "media:hostile:2000")
    audit.use(server)
    audit.sync()
    server.stop()
    multiply(audit.index, 250)
    result = audit.run("metadata", "datasette")
    assert result.returncode == 0, result
    metadata = tmp_path_factory.mktemp("datasette") / "metadata.json"
    metadata.write_text(result.stdout)
    server = Pages(audit, metadata)
    yield server
    server.stop()


def multiply(index, times):
    """Copies the objects below other names: the sums are of the first ones, which no page here adds up."""
    with closing(sqlite3.connect(index)) as database, database:
        numbers = f"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {times - 1})"
        columns = [row[1] for row in database.execute("PRAGMA table_info(object)") if row[1] not in ("bucket_id", "key")]
        database.execute(
            f"{numbers} INSERT INTO object (bucket_id, key, {', '.join(columns)})"
            f" SELECT bucket_id, i || '/' || key, {', '.join(columns)} FROM n, object ORDER BY bucket_id, i || '/' || key")
        database.execute(
            "INSERT INTO object_change (sync_id, bucket_id, key, at_ms, change, size_after)"
            " SELECT 1, bucket_id, key, last_modified_ms, 'added', size FROM object WHERE key GLOB '[1-5]*'")
        database.execute(
            f"{numbers} INSERT INTO prefix_usage (bucket_id, depth, prefix, objects, bytes)"
            " SELECT bucket_id, depth + 1, i || '/' || prefix, objects, bytes FROM n, prefix_usage WHERE depth < 4")


class Pages(Server):
    def __init__(self, audit, metadata):
        self.audit = audit
        (self.database, self.about), = json.loads(metadata.read_text())["databases"].items()
        port = free_port()
        super().__init__(
            [sys.executable, "-m", "datasette", "serve", str(audit.index), "-m", str(metadata), "-p", str(port),
             "--setting", "suggest_facets", "off", "--setting", "sql_time_limit_ms", str(SECONDS_MAX * 1000)],
            port)

    def seconds(self, path):
        """How long a page takes, at best: others work on this machine too."""
        return min(self.get(path)[1] for _ in range(3))

    def get(self, path):
        """A page, and how many seconds it took."""
        begun = time.monotonic()
        try:
            with urllib.request.urlopen(f"{self.endpoint}/{quote(self.database)}{path}", timeout=60) as answer:
                text = answer.read().decode()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path}: {error.code} {error.read()[:500]}") from error
        return text, time.monotonic() - begun

    @property
    def views(self):
        return {name: table for name, table in self.about["tables"].items() if not table.get("hidden")}


def test_every_view_is_shown_with_its_columns(pages):
    with closing(sqlite3.connect(f"file:{pages.audit.index}?mode=ro", uri=True)) as database:
        named = {name for name, in database.execute("SELECT name FROM sqlite_schema WHERE type = 'view'")}
        tables = {name for name, in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        columns = {name: [row[1] for row in database.execute(f"PRAGMA table_info({name})")] for name in named}
    assert set(pages.views) == named
    hidden = {name for name, table in pages.about["tables"].items() if table.get("hidden")}
    assert {name for name in tables if not name.startswith("sqlite_")} == hidden
    for name, view in pages.views.items():
        assert sorted(view["columns"]) == sorted(columns[name]), name
        assert view.get("sort_desc", columns[name][0]) in columns[name]
    slow = {}
    for name, view in pages.views.items():
        page, seconds = pages.get(f"/{name}")
        assert view["title"] in page, name
        rows = json.loads(pages.get(f"/{name}.json?_shape=objects&_size=100")[0])
        assert rows["ok"] if "ok" in rows else "error" not in rows, (name, rows)
        if seconds > SECONDS_MAX and pages.seconds(f"/{name}") > SECONDS_MAX:
            slow[name] = seconds
    assert slow == {}
    page, _ = pages.get("")
    assert "prefix_usage_history" not in page.split("hidden table")[0]


def test_every_question_is_answered(pages):
    assert len(pages.about["queries"]) >= 10
    slow = {}
    for name, query in pages.about["queries"].items():
        page, seconds = pages.get(f"/{name}")
        assert query["title"].replace("'", "&#39;") in page, name
        answer = json.loads(pages.get(f"/{name}.json?_shape=objects")[0])
        assert answer.get("error") is None and "rows" in answer, (name, answer)
        if seconds > SECONDS_MAX and pages.seconds(f"/{name}") > SECONDS_MAX:
            slow[name] = seconds
    assert slow == {}
