"""Buckets listed by Spark 4: what it leaves is the bucket, answers as `query` does, or is not there."""

import csv
import io
import json
import os
import shutil
import signal
import stat
import subprocess
from pathlib import Path

import pytest

from support.audit import Audit
from support.odd_keys import ODD_KEYS
from support.scripted_s3 import Answer, page
from support.servers import Simulator, wait_for
from support.spark import (
    EXPORT, JOB, Distribution, Session, listings, printed, state_of, wait_until_none_is_left)

COUNTS = {"uuids": ("uuid", 120_000), "dates": ("dates", 20_000), "123456": ("flat", 1_500), "2026-01-01": ("deep", 900),
          "empty": ("flat", 0)}
SERVED = [part for name, (shape, count) in COUNTS.items() for part in ("--bucket", f"{name}:{shape}:{count}")]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("spark")


@pytest.fixture(scope="module")
def sim():
    server = Simulator(*SERVED, "--latency", "20")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def own(place, sim):
    """An index and an environment of this module."""
    audit = Audit(place)
    audit.use(sim)
    # Plans are made of what a sync leaves.
    audit.sync("-q")
    return audit


@pytest.fixture(scope="module")
def session(place, own):
    started = Session(Distribution("4"), own, place)
    yield started
    started.stop()


@pytest.fixture(scope="module")
def output(place, session, own, sim):
    """What a job has written of all buckets, one of whose listings was killed."""
    targets = [f"s3://{name}" for name in COUNTS]
    folder = place / "first"
    # Before any night.
    for name in COUNTS:
        printed(own, name, place)
    rate = ("--requests-per-second", 9_000)
    with session.asking("--objects-per-range", 30_000, *rate, "--output", folder, *targets) as outcomes:
        wait_for(lambda: listings(sim.endpoint) or outcomes, "listing", 300)
        victim = listings(sim.endpoint)[0]
        # Stopped first, so that it cannot have ended when it is killed.
        os.kill(victim, signal.SIGSTOP)
        wait_for(lambda: state_of(victim) in ("T", ""), "stop")
        assert state_of(victim) == "T"
        # Two of them run at once.
        assert b"--max-requests-per-second\0004500" in Path(f"/proc/{victim}/cmdline").read_bytes()
        os.kill(victim, signal.SIGKILL)
    summary = outcomes[0].summary
    assert summary["objects"] == sum(count for _, count in COUNTS.values())
    assert summary["buckets"] == len(COUNTS)
    return folder


@pytest.mark.parametrize("bucket", COUNTS)
def test_what_is_written_is_the_bucket_though_a_listing_was_killed(session, output, place, bucket):
    found = session.ask("compare", folder=str(output), bucket=bucket, csv=str(place / f"{bucket}.csv"))
    assert found == {"rows": COUNTS[bucket][1], "twice": 0, "equal": True}
    assert (output / "_SUCCESS").exists()
    assert (output / "kind=range" / f"bucket={bucket}").is_dir()
    assert not [path for path in output.parent.iterdir() if path.name.startswith(".first")]


def rows_of(audit, *words):
    """The rows of a command, each as texts."""
    result = audit.run("query", *words, "--format", "csv", "--raw-csv")
    assert result.returncode == 0, result
    return [list(row.values()) for row in csv.DictReader(io.StringIO(result.stdout))]


def texts(answer, count=None):
    return [["" if value is None else str(value) for value in row[:count]] for row in answer]


def test_both_pages_of_sql_answer_as_query_does(session, output, own, sim, place):
    sim.night()
    after = place / "after"
    assert session.listing("--objects-per-range", 10_000, "--output", after, *[f"s3://{name}" for name in COUNTS]).status == 0
    own.sync("-q", "--full")
    last = own.last_sync()["sync"]
    ages = [texts(rows_of(own, "totals", "--by", "age"), 3)]
    answered = session.ask("page", path=str(JOB.with_name("SQL.md")), places={"OUT/": f"{after}/", "BEFORE/": f"{output}/"})
    ages.append(texts(rows_of(own, "totals", "--by", "age"), 3))
    # An object may come of age while three programs look.
    youngest_first = [sorted(rows) for rows in ages]
    changed = [row for row in texts(rows_of(own, "changes", "--since", f"{last - 1}", "--by", "bucket"), 4)]
    for engine, answers in answered.items():
        assert texts(answers["Totals by class"]) == texts(rows_of(own, "totals", "--by", "class"), 3), engine
        assert texts(answers["Totals by prefix"]) == texts(rows_of(own, "totals", "--by", "prefix"), 4), engine
        assert sorted(texts(answers["Totals by age"])) in youngest_first, engine
        below = [row[1:4] for row in texts(rows_of(own, "du", "s3://dates/", "--depth", "2"))]
        assert texts(answers["What lies below a prefix"]) == below, engine
        largest = [row[:3] + row[5:6] for row in texts(rows_of(own, "top", "-n", "20"))]
        assert texts(answers["The largest objects"]) == largest, engine
        assert texts(answers["What changed between two runs"]) == [row for row in changed if set(row[1:]) != {"0"}], engine
        spans = answers["When it was listed"]
        assert [row[0] for row in spans] == sorted(COUNTS) and all(row[2] < row[3] for row in spans), engine
        assert answers["listed"][0][0].startswith("s3://123456/"), engine
    assert answered["Spark"]["When it was listed"] == answered["DuckDB"]["When it was listed"]


@pytest.mark.long
def test_a_data_source_of_spark_reads_objects_alone(session, sim, own, tmp_path):
    found = session.ask(
        "source", options={"objectsPerRange": "700", "program": own.binary, "endpointUrl": sim.endpoint, "requestsPerSecond": "5000"},
        target="s3://123456,s3://2026-01-01,s3://empty", where="bucket = '123456'")
    there = {name: len(open(printed(own, name, tmp_path)).readlines()) - 1 for name in ("123456", "2026-01-01")}
    assert found["total"][0] == found["total"][2] == sum(there.values())
    assert found["where"] == there["123456"]
    assert found["columns"] == ["bucket", "key", "key_bytes", "size", "last_modified", "etag", "storage_class"]
    wait_until_none_is_left(sim.endpoint)


@pytest.mark.long
def test_a_data_source_reads_nothing_that_is_twice_or_not_all(session, sim, own, tmp_path):
    def planned(name, *ranges):
        path = tmp_path / name
        path.write_text("".join(json.dumps({"bucket": "123456", "objects": None, "range": part}) + "\n" for part in ranges))
        return {"plan": str(path)}

    for target, options, said in (
            ("s3://123456,s3://123456", {}, "nothing is listed"), ("s3://123456,s3://123456/1", {}, "two prefixes"),
            ("", planned("gap", ":a", "b:"), "gap"), ("", planned("twice", ":", ":"), "nothing is listed"),
            ("", planned("empty"), "holds no range"), ("s3://123456", {"stallTimeout": "-1"}, "no number above 0"),
            ("s3://123456", {"requestsPerSecond": "nan"}, "no number above 0"),
            ("s3://123456", {"requestsPerSecond": "5", "slots": "0"}, "no number above 0")):
        with pytest.raises(AssertionError, match=said):
            session.ask("source", options={"program": own.binary, "endpointUrl": sim.endpoint, **options}, target=target, where="true")
    assert session.ask(
        "source", options={"program": own.binary, "endpointUrl": sim.endpoint, **planned("whole", ":a", "a:")}, target="",
        where="size >= 0")["total"][0] > 0


def test_check_names_what_is_missing_or_twice(session, output, tmp_path):
    assert session.check(output).summary["objects"] == sum(count for _, count in COUNTS.values())

    def spoilt(name, spoil):
        copy = tmp_path / name
        shutil.copytree(output, copy)
        spoil(copy)
        found = session.check(copy)
        assert found.status == 2, found
        return found.out

    def first(folder, kind, bucket="uuids"):
        return sorted((folder / f"kind={kind}" / f"bucket={bucket}").glob("*.parquet"))[0]

    assert "s3://uuids" in spoilt("no-objects", lambda copy: first(copy, "object").unlink())
    assert "s3://uuids" in spoilt("no-receipt", lambda copy: first(copy, "range").unlink())
    assert "s3://empty" in spoilt("moved", lambda copy: first(copy, "range", "empty").replace(copy / "kind=range/bucket=uuids/a.parquet"))
    twice = spoilt("twice", lambda copy: [
        shutil.copy(first(copy, kind), first(copy, kind).with_name("z.parquet")) for kind in ("object", "range")])
    assert "twice" in twice
    assert "_SUCCESS" in spoilt("unfinished", lambda copy: (copy / "_SUCCESS").unlink())
    assert "lost its checksum" in spoilt(
        "no-checksum", lambda copy: session.ask("without_checksum", folder=str(copy), bucket="empty"))


def test_check_notices_a_byte_that_has_changed_in_a_key(session, output, tmp_path):
    copy = tmp_path / "rotten"
    shutil.copytree(output, copy)
    path = sorted((copy / "kind=object/bucket=uuids").glob("*.parquet"))[0]
    # Not every file system has checksums beside its files.
    path.with_name(f".{path.name}.crc").unlink()
    with path.open("r+b") as file:
        # The first column is the keys.
        file.seek(500)
        byte = file.read(1)[0]
        file.seek(500)
        file.write(bytes([byte ^ 1]))
    found = session.check(copy)
    assert found.status == 1 and path.name in found.err and "integrity" in found.err, found


def test_of_two_jobs_into_one_folder_one_is_told(session, own, tmp_path):
    words = ["list", "--s3audit", own.binary, "--output", str(tmp_path / "one"), "s3://123456"]
    assert sorted(session.ask("at_once", jobs=[words, words])) == [0, 1]
    assert session.check(tmp_path / "one").summary["buckets"] == 1
    assert "made by another job" in session.ask("late", folder=str(tmp_path / "late"))
    # Nothing of the one that was late is in it, or beside it.
    assert sorted(path.name for path in tmp_path.iterdir()) == ["late", "one"]
    assert len(list((tmp_path / "late").rglob(".late*"))) == 1


def test_keys_of_any_bytes_come_back(session, audit, s3, tmp_path):
    keys = [key.encode() for key in ODD_KEYS] + [b"\xff", b"a\xfe\x00b", b"\xed\xa0\x80", b"half \xe2\x82", b"\n\xff,\""]
    s3.buckets = {"bucket": []}
    s3.list_script = lambda request, number: Answer(page(sorted(keys))) if request.bucket == "bucket" else None
    plan = tmp_path / "plan"
    plan.write_text(json.dumps({"bucket": "bucket", "objects": None, "range": ":"}) + "\n")
    written = session.listing("--plan", plan, "--output", tmp_path / "out", "--endpoint-url", s3.endpoint)
    assert written.summary["objects"] == len(keys)
    found = session.ask("compare", folder=str(tmp_path / "out"), bucket="bucket", csv=printed(audit, "bucket", tmp_path))
    assert found == {"rows": len(keys), "twice": 0, "equal": True}


def program(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.mark.long
def test_what_executors_lack_is_named_and_nothing_published(session, own, tmp_path):
    older = program(tmp_path / "older", f'case "$*" in *--receipt*) echo "Error: Unknown option --receipt" >&2; exit 64; esac; exec {own.binary} "$@"')
    poorer = program(tmp_path / "poorer", f'unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY; exec {own.binary} "$@"')
    silent = program(tmp_path / "silent", "exec sleep 600")
    broken = program(tmp_path / "broken", f'{own.binary} "$@"; exit 1')
    for path, said, options in (
            (tmp_path / "missing", "there is no s3audit to run", ()), (older, "older than the driver's", ()),
            (poorer, "credentials", ()), (silent, "said nothing for 0.5 s", ("--stall-timeout", "0.5")),
            (broken, "ended with 1", ()), ("not a\0name", "embedded null byte", ())):
        result = session.listing(
            "--ranges", 1, "--s3audit-on-executors", path, "--output", tmp_path / "out", "s3://123456", *options)
        assert result.status == 1 and said in result.err, result
        assert not (tmp_path / "out").exists() and not list(tmp_path.glob(".out*"))


def test_an_output_that_is_there_stays(session, own, output, tmp_path):
    others = tmp_path / "others"
    others.mkdir()
    (others / "file").write_text("mine")
    for options in ((), ("--replace",)):
        result = session.listing("--ranges", 1, "--output", others, *options, "s3://123456")
        assert result.status == 1 and str(others) in result.err, result
        assert [path.name for path in others.iterdir()] == ["file"]
    # Spark would take this name for a pattern, and its neighbour for a part of it.
    ours = tmp_path / "[o]urs*"
    shutil.copytree(output, ours)
    shutil.copytree(output, tmp_path / "ours of yesterday")
    assert session.listing("--ranges", 1, "--output", ours, "s3://123456").status == 1
    patient = ("--stall-timeout", "1e300")
    assert session.listing("--ranges", 1, "--output", ours, "--replace", *patient, "s3://123456").status == 0
    assert session.check(ours).summary["buckets"] == 1
    assert session.job("list", "s3://123456").status == 64
    twice = session.listing("--output", tmp_path / "twice", "s3://123456", "s3://123456")
    assert twice.status == 2 and "nothing is listed" in twice.err, twice
    slow = session.listing("--requests-per-second", 1, "--slots", 2, "--output", tmp_path / "slow", "s3://123456")
    assert slow.status == 64 and "less than one" in slow.err


def test_an_export_of_an_index_is_the_same_parquet(session, own, tmp_path):
    own.sync("-q", "--full")
    folder = tmp_path / "exported"
    command = [str(Distribution("4").python), str(EXPORT), "--s3audit", own.binary, "--output", str(folder)]
    result = subprocess.run(command, env=own.environment, capture_output=True, encoding="utf-8")
    assert result.returncode == 0, result
    assert json.loads(result.stdout)["buckets"] == len(COUNTS)
    for bucket in COUNTS:
        found = session.ask("compare", folder=str(folder), bucket=bucket, csv=printed(own, bucket, tmp_path))
        assert found["equal"] and found["twice"] == 0, (bucket, found)
    again = subprocess.run(command, env=own.environment, capture_output=True, encoding="utf-8")
    assert again.returncode == 1 and "is there already" in again.stderr


def test_an_export_that_is_ended_leaves_nothing(own, tmp_path):
    slow = program(tmp_path / "slow", f"echo $$ > {tmp_path}/pid.new; mv {tmp_path}/pid.new {tmp_path}/pid; exec sleep 600")
    (tmp_path / "exports").mkdir()
    export = subprocess.Popen(
        [str(Distribution("4").python), str(EXPORT), "--s3audit", str(slow), "--output", str(tmp_path / "exports/one")],
        env=own.environment)
    try:
        wait_for(lambda: (tmp_path / "pid").exists() or export.poll() is not None, "export", 120)
        export.terminate()
        assert export.wait(60) == 128 + signal.SIGTERM
    finally:
        export.kill()
    assert state_of(int((tmp_path / "pid").read_text())) in ("Z", "")
    assert list((tmp_path / "exports").iterdir()) == []
