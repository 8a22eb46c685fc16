"""Answers that are whole: of one moment, about the class that was meant, of the server that was meant, and over
when they are asked to be.
"""

import csv
import io
import json
import re
import signal
import sqlite3
import threading
import time
from contextlib import closing

import pytest

from support import scripted_s3
from support.pipes import wait_until_full

FORMATS = ["json", "jsonl", "csv", "tsv", "table", "markdown"]


@pytest.fixture
def two_servers(audit, s3):
    """A second server beside `s3`: it names the same owner and has a bucket of the same name."""
    other = scripted_s3.ScriptedS3()
    s3.buckets, other.buckets = {"logs": ["a/1", "a/2"], "here": ["x"]}, {"logs": ["a/1", "b/2", "b/3"]}
    for server in (s3, other):
        audit.sync_options = ["--endpoint-url", server.endpoint]
        audit.sync()
    yield s3.endpoint, other.endpoint
    other.stop()


def header(audit, form, *arguments):
    """The names of the columns, in lower case with underscores."""
    result = audit.run("query", *arguments, "--format", form)
    assert result.returncode == 0, result
    first = result.stdout.splitlines()[0]
    if form in ("json", "jsonl"):
        row = json.loads(result.stdout)[0] if form == "json" else json.loads(first)
        return list(row)
    if form in ("csv", "tsv"):
        return next(csv.reader(io.StringIO(first), delimiter="," if form == "csv" else "\t"))
    names = re.split(r" {2,}", first) if form == "table" else first.strip("| ").split(" | ")
    return [name.strip().lower().replace(" ", "_") for name in names]


QUESTIONS = [
    ["find"], ["top"], ["du"], ["totals", "--by", "bucket"], ["totals", "--by", "prefix"]]


@pytest.mark.parametrize("question", QUESTIONS, ids=" ".join)
def test_buckets_of_one_name_are_told_apart(audit, two_servers, question):
    rows = [row for row in audit.query(*question) if row["bucket"] == "logs"]
    assert {(row["account"], row["endpoint"]) for row in rows} == {
        ("owner", endpoint) for endpoint in two_servers}
    for form in FORMATS:
        assert header(audit, form, *question)[-2:] == ["account", "endpoint"], form


@pytest.mark.parametrize("question", [["buckets"], ["buckets", "--properties"], ["findings"]], ids=" ".join)
def test_whole_buckets_have_the_server_beside_the_account(audit, two_servers, question):
    assert {row["endpoint"] for row in audit.query(*question)} == set(two_servers)
    for form in FORMATS:
        names = header(audit, form, *question)
        assert names[names.index("account") + 1] == "endpoint", form


def test_accounts_of_two_servers_are_two_rows(audit, two_servers):
    rows = audit.query("totals", "--by", "account")
    assert [(row["account"], row["objects"]) for row in rows] == [("owner", 3)] * 2
    assert {row["endpoint"] for row in rows} == set(two_servers)
    for endpoint in two_servers:
        found = audit.query("find", "logs", "--account", endpoint)
        assert {row["endpoint"] for row in found} == {endpoint}
    assert audit.query("totals", "--account", two_servers[1], "logs")[0]["objects"] == 3
    result = audit.run("query", "totals", "--account", "nobody")
    assert result.returncode == 1 and all(endpoint in result.stderr for endpoint in two_servers)
    for view in ("objects", "buckets", "bucket_classes", "prefixes", "bucket_properties", "history"):
        found = audit.sql(f"SELECT DISTINCT endpoint FROM {view} ORDER BY endpoint")
        assert [row[0] for row in found] == sorted(two_servers), view


@pytest.mark.parametrize("question", QUESTIONS, ids=" ".join)
def test_one_account_has_no_columns_to_tell_it_apart(audit, s3, question):
    s3.buckets = {"logs": ["a/1"]}
    audit.sync()
    for form in FORMATS:
        assert {"account", "endpoint"}.isdisjoint(header(audit, form, *question)), form


def test_buckets_are_of_one_moment(audit, s3):
    s3.buckets = {f"bucket-{number}": ["k"] for number in range(40)}
    audit.sync()
    stop = threading.Event()

    def write():
        with closing(sqlite3.connect(audit.index, isolation_level=None, timeout=10)) as database:
            # As a sync does first: beside a plain file's writer readers would have to wait.
            database.execute("PRAGMA journal_mode = WAL")
            number = 0
            while not stop.is_set():
                number += 1
                database.execute("BEGIN IMMEDIATE")
                database.execute("UPDATE bucket_usage SET objects = ?", (number,))
                database.execute("UPDATE bucket SET error = ?", (str(number),))
                database.execute("COMMIT")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(100):
            seen = {(row["objects"], row["error"]) for row in audit.query("buckets")}
            assert len(seen) == 1, seen
            objects, error = seen.pop()
            assert error in (None, str(objects))
    finally:
        stop.set()
        writer.join()


@pytest.fixture
def cold(audit, s3):
    """Buckets whose classes differ in nothing but the case."""
    s3.buckets = {"lower": ["a"], "upper": ["a", "b"]}
    s3.list_script = lambda request, _: scripted_s3.Answer(
        s3.listing(request).replace("STANDARD", "cold" if request.bucket == "lower" else "COLD"))
    audit.sync()


def test_every_column_has_a_name_of_its_own(audit, cold):
    text = audit.run("query", "buckets", "--format", "json").stdout
    rows = json.loads(text, object_pairs_hook=list)
    assert all(len({name for name, _ in row}) == len(row) for row in rows)
    # They say whose they are: a number would not.
    sums = {(row["bytes_COLD"] > 0, row["bytes_cold"] > 0) for row in json.loads(text)}
    assert sums == {(True, False), (False, True)}


def test_class_is_the_one_that_is_spelled_like_it(audit, cold):
    for name, objects in [("cold", 1), ("COLD", 2), ("Cold", 3), ("glacier", 0)]:
        assert audit.query("totals", "--class", name)[0]["objects"] == objects
    for name in ("clod", ""):
        result = audit.run("query", "totals", "--class", name)
        assert (result.returncode, result.stdout) == (1, "")
        assert f"the storage class '{name}'" in result.stderr and "COLD, cold" in result.stderr


def test_choices_are_lines_and_what_was_typed_is_none(audit):
    result = audit.run("query", "totals", "--by", "a\nb\x1b[2J")
    assert result.returncode == 64
    assert r"The value 'a\nb\e[2J' is invalid for '--by <what>'" in result.stderr
    assert "\n  - bucket\n  - account\n" in result.stderr


@pytest.mark.parametrize("arguments, command", [
    (["query", "totals", "--min-size", "2", "--max-size", "1"], "query totals"),
    (["query", "findings", "s3://logs/a/"], "query findings"),
    (["list", "logs", "--print0", "--format", "csv"], "list"),
    (["list", "logs", "--endpoint-url", "ftp://x"], "list"),
    (["sync", "--endpoint-url", ""], "sync"), (["sync", "--region", "us east"], "sync"),
    (["query", "find", "--older-than", "+5d"], "query find"),
], ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_usage_errors_name_their_command(audit, s3, arguments, command):
    s3.buckets = {"logs": ["a/1"]}
    audit.sync()
    result = audit.run(*arguments)
    assert result.returncode == 64 and result.stdout == "", result
    assert f"Usage: s3audit {command} " in result.stderr
    assert f"See 's3audit {command} --help'" in result.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("question", [["find"], ["sql", "SELECT * FROM objects"]], ids=lambda words: words[0])
def test_signal_ends_an_answer_that_nobody_takes(audit, simulator, question, number):
    simulator("--bucket", "one:uuid:5000")
    audit.sync()
    process = audit.start("query", *question, "--format", "csv")
    wait_until_full(process.stdout)
    assert process.poll() is None
    process.send_signal(number)
    started = time.monotonic()
    assert process.wait(20) == 130 and time.monotonic() - started < 5
    process.communicate()

