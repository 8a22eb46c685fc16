"""`serve` beside `query`: the same rows in every form, and pages that make up the whole."""

import json
import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from support.audit import Audit
from support.odd_keys import ODD_KEYS
from support.scripted_s3 import ScriptedS3
from support.servers import Simulator, wait_for
from support.serving import Serving


@pytest.fixture(scope="module")
def audit(tmp_path_factory):
    """An index of several syncs: versions, markers, uploads, a bucket that was never listed, hostile keys."""
    audit = Audit(tmp_path_factory.mktemp("served"))
    server = Simulator(
        "--bucket", "logs:dates:3000", "--bucket", "media:uuid:400", "--versioning", "enabled",
        "--uploads", "12")
    audit.use(server)
    try:
        audit.sync("--versions", "--uploads", "--parts")
        server.night()
        audit.sync("--versions", "--uploads", "--parts")
    finally:
        server.stop()
    odd = ScriptedS3()
    odd.buckets = {"odd": [key for key in ODD_KEYS if "\x00" not in key]}
    audit.use(odd)
    try:
        audit.sync()
    finally:
        odd.stop()
    return audit


@pytest.fixture(scope="module")
def server(audit):
    with Serving(audit) as server:
        yield server


QUESTIONS = {
    "totals": {"by": "class"}, "buckets": {"properties": "true"}, "top": {"number": "7", "oldest": "true"},
    "find": {"bucket": "logs", "versions": "all"}, "du": {"bucket": ["logs", "odd"], "depth": "2"},
    "findings": {"severity": "low"}, "history": {"by": "bucket"}, "growth": {"by": "bucket", "over": "7d"},
    "changes": {"by": "prefix", "depth": "2", "bucket": "logs"}, "histogram": {"of": "age"},
    "duplicates": {"limit": "5"}, "small": {"by": "class"}, "versions": {"by": "key", "limit": "9"},
    "uploads": {"sort": "-bytes"}, "cost": {"by": "class"}, "what-if": {"to": "GLACIER_IR", "older_than": "30d"},
    "reconcile": {"sort": "verdict"},
}
SWITCHES = {"properties", "oldest"}


def options(parameters):
    """The same on the command line."""
    for name, values in parameters.items():
        for value in values if isinstance(values, list) else [values]:
            option = "--" + name.replace("_", "-")
            yield option if name in SWITCHES else f"{option}={value}"


def test_every_route_is_asked_here(server):
    names = {route["path"].removeprefix("/api/v1/") for route in server.get("/api/v1/").json["routes"]}
    assert names == {*QUESTIONS, "syncs", "status"}


@pytest.mark.parametrize("name", QUESTIONS)
def test_rows_are_those_of_the_command(audit, server, name):
    parameters = QUESTIONS[name]
    for form in ("jsonl", "csv", "tsv"):
        command = audit.run("query", name, *options(parameters), "--format", form)
        answer = server.ask(name, fmt=form, **{"limit": "10000", **parameters})
        assert answer.status == 200, answer
        assert answer.body == command.stdout.encode(), (name, form)
        assert answer.headers["S3audit-State"]
        # Who asks for so many is told of the rest.
        assert "limit" in parameters or not answer.headers["Link"]
    command = audit.run("query", name, *options(parameters), "--format", "json")
    answer = server.ask(name, **{"limit": "10000", **parameters})
    # Byte for byte, but for the frame around them.
    assert answer.body.startswith(b'{"rows":' + command.stdout.rstrip("\n").encode()), name
    assert set(answer.json) == {"rows", "state", "synced_at", "incomplete", "next", "notes"}


def test_without_a_limit_there_are_as_many_rows_as_the_command_has(audit, server):
    """Where the command has the first 20, or one group, so has the route, on all its pages."""
    for name, parameters in {"versions": {"by": "key"}, "top": {}, "totals": {}}.items():
        command = audit.run("query", name, *options(parameters), "--format", "jsonl")
        assert server.ask(name, fmt="jsonl", **parameters).body == command.stdout.encode(), name
    rows = server.ask("versions", by="key")
    assert len(rows.rows) == 20 and rows.json["next"] is None


def test_keys_of_any_kind_come_and_can_be_asked_for(server):
    rows = server.ask("find", bucket="odd").rows
    assert sorted(row["key"] for row in rows) == sorted(key for key in ODD_KEYS if "\x00" not in key)
    for row in rows:
        own = server.ask("find", bucket="odd", prefix=row["key"]).rows
        assert row in own
        assert all(other["key"].startswith(row["key"]) for other in own)


@pytest.mark.parametrize("parameters", [
    {"bucket": "logs", "limit": "700"}, {"limit": "999", "versions": "all"},
    {"versions": "noncurrent", "limit": "1"}, {"bucket": ["odd", "media"], "limit": "13", "min_size": "1"},
])
def test_pages_make_up_the_whole(server, parameters):
    whole = server.ask("find", **{**parameters, "limit": "10000"}).rows
    if parameters["limit"] == "1":
        whole = whole[:40]
    pages, cursor = [], {}
    while len(pages) < len(whole):
        answer = server.ask("find", **parameters, **cursor)
        assert len(answer.rows) <= int(parameters["limit"])
        pages += answer.rows
        if not answer.json["next"]:
            break
        cursor = {"cursor": answer.json["next"]}
    assert pages == whole


def test_a_link_leads_to_the_next_page(server):
    answer = server.ask("find", bucket="media", limit="250", fmt="csv")
    target = answer.headers["Link"].split(">")[0][1:]
    rest = server.get(target)
    assert rest.status == 200 and rest.headers["Link"] is None
    whole = server.ask("find", bucket="media", fmt="csv", limit="10000").body
    assert answer.body + rest.body.split(b"\n", 1)[1] == whole


def test_pages_hold_while_a_sync_writes(tmp_path):
    """What is neither added nor removed meanwhile comes once, in order."""
    audit = Audit(tmp_path)
    simulator = Simulator("--bucket", "big:uuid:40000", "--share", "20", "--latency", "20")
    audit.use(simulator)
    try:
        audit.sync()
        before = {row[0] for row in audit.sql("SELECT key FROM objects")}
        simulator.night()
        with Serving(audit) as server:
            sync = threading.Thread(target=audit.sync)
            sync.start()
            seen, cursor, walks = [], {}, 0
            while sync.is_alive() or walks == 0:
                answer = server.ask("find", limit="2000", fmt="jsonl", **cursor)
                assert answer.status == 200, answer
                seen += [json.loads(line)["key"] for line in answer.body.splitlines()]
                link = answer.headers["Link"]
                cursor = {"cursor": link.split("cursor=")[1].split(">")[0]} if link else {}
                if not link:
                    assert all(left < right for left, right in zip(seen, seen[1:], strict=False))
                    after = {row[0] for row in audit.sql("SELECT key FROM objects")}
                    assert (before & after) - set(seen) == set()
                    seen, walks = [], walks + 1
            sync.join()
    finally:
        simulator.stop()


def test_cursors_belong_to_their_question(server):
    cursor = server.ask("find", bucket="logs", limit="5").json["next"]
    assert server.ask("find", bucket="logs", limit="9", fmt="csv", cursor=cursor).status == 200
    for name, parameters in [("find", {"bucket": "media"}), ("top", {"bucket": "logs"}),
                             ("find", {"bucket": "logs", "min_size": "1"})]:
        answer = server.ask(name, cursor=cursor, **parameters)
        assert answer.status == 400 and answer.json["parameter"] == "cursor", answer


def test_what_is_not_complete_is_named(tmp_path, s3):
    audit = Audit(tmp_path)
    audit.use(s3)
    s3.buckets = {"good": ["a"], "bad": ["b"]}
    audit.sync()
    with closing(sqlite3.connect(audit.index)) as database, database:
        database.execute("UPDATE bucket SET state = 'denied', error = 'no \"right\"' WHERE name = 'bad'")
    with Serving(audit) as server:
        answer = server.ask("totals")
        assert answer.json["state"] == "partial"
        assert [part["bucket"] for part in answer.json["incomplete"]] == ["bad"]
        assert answer.json["incomplete"][0]["error"] == 'no "right"'
        assert server.ask("totals", bucket="good").json["incomplete"] == []
        assert server.ask("status").rows[0]["denied"] == 1


def test_the_index_may_change_in_any_way(tmp_path, s3):
    """Replaced, cut, removed, restored, vacuumed, overwritten: what is there is answered, or why it cannot be."""
    (tmp_path / "other").mkdir()
    audit, other = Audit(tmp_path), Audit(tmp_path / "other")
    audit.use(s3)
    other.use(s3)
    s3.buckets = {"one": ["a", "b"]}
    with Serving(audit) as server:
        missing = server.ask("buckets")
        assert missing.status == 503 and missing.json["type"].endswith("no-index")
        assert server.get("/").status == server.get("/healthz").status == server.get("/api/v1/").status == 200
        audit.sync()
        assert server.ask("totals").rows[0]["objects"] == 2
        s3.buckets = {"one": ["a", "b", "c"]}
        audit.sync()
        assert server.ask("totals").rows[0]["objects"] == 3
        s3.buckets = {"two": ["x"]}
        other.sync()
        content = audit.index.read_bytes()
        shutil.copy(other.index, audit.home / "new")
        (audit.home / "new").rename(audit.index)
        assert server.ask("totals").rows[0]["objects"] == 1
        # As `cp` does it, over the file that is open.
        audit.index.write_bytes(content)
        assert server.ask("totals").rows[0]["objects"] == 3
        with open(audit.index, "r+b") as file:
            file.truncate(40_000)
        assert server.ask("find").status == 503
        audit.index.write_bytes(b"no database" * 10_000)
        assert server.ask("find").json["type"].endswith("unusable-index")
        audit.index.unlink()
        assert server.ask("find").json["type"].endswith("no-index")
        audit.index.write_bytes(content)
        with closing(sqlite3.connect(audit.index)) as database:
            database.execute("VACUUM")
        assert server.ask("totals").rows[0]["objects"] == 3
        with closing(sqlite3.connect(audit.index)) as database, database:
            database.execute("PRAGMA user_version = 999")
        assert server.ask("totals").status == 503



def test_a_log_that_appears_is_followed(audit_of_another, loner):
    """Who may not write beside the index reads it as if nobody did, until somebody does."""
    loner.give(audit_of_another.index, 0o755, 0o644)
    with Serving(loner, env={"S3AUDIT_INDEX": str(loner.index)}) as server:
        before = server.ask("find", bucket="one").rows
        assert len(before) == 2
        with closing(sqlite3.connect(loner.index)) as database:
            database.execute("PRAGMA journal_mode = WAL")
            with database:
                database.execute("DELETE FROM object WHERE key = 'a'")
            assert [row["key"] for row in server.ask("find", bucket="one").rows] == ["b"]
            with database:
                database.execute("DELETE FROM object")
            assert server.ask("find", bucket="one").rows == []


def test_who_is_not_asked_lets_go_of_the_log(audit_of_another):
    """So that a sync can leave the index as one plain file."""
    with Serving(audit_of_another) as server, closing(sqlite3.connect(audit_of_another.index)) as database:
        # The server reads the index once as it starts, for its metrics.
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA busy_timeout = 0")
        assert server.ask("totals").status == 200

        def is_let_go():
            try:
                return database.execute("PRAGMA journal_mode = DELETE").fetchone() == ("delete",)
            except sqlite3.OperationalError:
                return False

        wait_for(is_let_go, "index without readers", seconds=10)
        assert server.ask("totals").rows[0]["objects"] == 2


def test_who_reads_last_leaves_one_plain_file(audit_of_another):
    """A sync cannot turn its log off while somebody has the index open, and no other has to come for that."""
    audit = audit_of_another
    log = Path(f"{audit.index}-wal")


    def sync_beside_a_reader():
        with closing(sqlite3.connect(audit.index)) as writer:
            writer.execute("PRAGMA journal_mode = WAL")
            with audit.reading():
                writer.close()
                audit.sync()
        assert log.exists()

    sync_beside_a_reader()
    assert audit.query("totals")[0]["objects"] == 2
    assert not log.exists()
    with Serving(audit) as server:
        sync_beside_a_reader()
        assert server.ask("totals").rows[0]["objects"] == 2
        wait_for(lambda: not log.exists(), "a plain file", seconds=10)
        assert server.ask("totals").rows[0]["objects"] == 2


@pytest.fixture
def audit_of_another(tmp_path, s3):
    (tmp_path / "another").mkdir()
    audit = Audit(tmp_path / "another")
    audit.use(s3)
    s3.buckets = {"one": ["a", "b"]}
    audit.sync()
    return audit


@pytest.mark.long
def test_a_hundred_readers_and_a_sync(tmp_path):
    """No error but that there are too many, no total that never was, and a log with an end."""
    audit = Audit(tmp_path)
    simulator = Simulator("--bucket", "big:uuid:60000", "--bucket", "logs:dates:20000", "--share", "30")
    audit.use(simulator)
    faults, answered, log_bytes = [], [], [0]
    targets = [("totals", {}), ("find", {"limit": "500", "bucket": "big"}), ("du", {"depth": "2"}),
               ("buckets", {"fmt": "csv"}), ("status", {}), ("changes", {"by": "bucket"}), ("top", {"number": "9"})]
    try:
        audit.sync()
        simulator.night()
        with Serving(audit, "--quiet") as server:
            over = threading.Event()

            def read(number):
                while not over.is_set():
                    name, parameters = targets[number % len(targets)]
                    answer = server.ask(name, **parameters)
                    if answer.status not in (200, 503) or answer.status == 503 and "busy" not in answer.json["type"]:
                        faults.append(answer)
                    if answer.status == 200:
                        answered.append(name)
                    wal = audit.index.with_name(audit.index.name + "-wal")
                    log_bytes[0] = max(log_bytes[0], wal.stat().st_size if wal.exists() else 0)
                    number += 1

            readers = [threading.Thread(target=read, args=[number]) for number in range(100)]
            for reader in readers:
                reader.start()
            audit.sync()
            over.set()
            for reader in readers:
                reader.join()
            objects = audit.sql("SELECT count(*) FROM objects")[0][0]
            assert server.ask("totals").rows[0]["objects"] == objects
    finally:
        simulator.stop()
    assert faults == [] and len(answered) > 100
    assert log_bytes[0] < 256 << 20
    audit.check_index()
