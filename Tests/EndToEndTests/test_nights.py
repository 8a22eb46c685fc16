"""Who is told how a night went, of what, how often; and that no receiver, however deaf, changes a sync."""

import json
import re
import signal
import socket
import sqlite3
import time
from contextlib import closing

import pytest

from support import scripted_s3
from support.certificate_authority import context
from support.receiver import Receiver
from support.scripted_s3 import error

SECRET = "/hook/T0SECRET/x?key=B0SECRET"
HOUR_MS = 3_600_000


@pytest.fixture
def receiver():
    server = Receiver()
    yield server
    server.stop()


@pytest.fixture
def night(audit, receiver, tmp_path):
    """Runs a sync that tells the receiver, and returns its result; no word of it may hold the secret."""
    files = {}
    for name, path in (("notify", SECRET), ("ping", "/ping/T0SECRET?key=B0SECRET")):
        files[name] = tmp_path / f"{name}-url"
        files[name].write_text(receiver.url(path) + "\n")
        files[name].chmod(0o600)

    def run(*words, status=0, tells=("notify",), **options):
        arguments = [part for name in tells for part in (f"--{name}-url-file", files[name])]
        result = audit.run("sync", *arguments, *words, **options)
        assert result.returncode == status, result
        assert "0SECRET" not in result.stdout + result.stderr
        return result

    run.files = files
    return run


def denying(*names):
    return lambda request, _: error("AccessDenied", 403) if request.bucket in names else None


def age(audit, hours):
    with closing(sqlite3.connect(audit.index)) as database, database:
        database.execute("UPDATE bucket SET synced_ms = synced_ms - ?", [hours * HOUR_MS])
        database.execute("UPDATE usage_point SET at_ms = at_ms - ?", [hours * HOUR_MS])


def test_people_are_told_once_a_change_and_once_when_all_is_well(audit, s3, receiver, night):
    s3.buckets = {"good": ["a"], "bad": ["b"], "worse": ["c"]}
    night()
    assert receiver.notices() == [], "a good night says nothing"
    s3.list_script = denying("bad")
    night(status=3)
    (told,) = receiver.notices()
    assert told["event"] == "refused" and told["buckets"] == ["bad"]
    assert re.match(r"s3audit on \S+: bad is denied: ", told["text"]) and "\n" not in told["text"]
    assert told["index"] == str(audit.index)
    assert told["sync"]["state"] == "partial" and told["sync"]["exit_status"] == 3
    assert [(row["kind"], row["bucket"], row["is_new"]) for row in told["problems"]] == [("refused", "bad", True)]
    night(status=3)
    assert receiver.notices() == [], "nothing has changed"
    s3.list_script = denying("bad", "worse")
    night(status=3)
    (told,) = receiver.notices()
    assert told["buckets"] == ["bad", "worse"] and ": worse is denied" in told["text"], "what is new comes first"
    assert [(row["bucket"], row["is_new"]) for row in told["problems"]] == [("worse", True), ("bad", False)]
    s3.list_script = denying("bad")
    night(status=3)
    (told,) = receiver.notices()
    assert told["buckets"] == ["bad"]
    s3.list_script = denying()
    night()
    (told,) = receiver.notices()
    assert told["event"] == "recovered" and told["buckets"] == [] and "all is well again" in told["text"]
    night()
    assert receiver.notices() == []
    assert not audit.index.with_name(audit.index.name + ".notified").exists()


def test_a_sync_that_never_reaches_its_index_is_told_of_too(audit, s3, receiver, night):
    nobody = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
    result = night(status=1, env=nobody)
    (told,) = receiver.notices()
    assert told["event"] == "failed" and told["sync"]["error"] and told["buckets"] == []
    assert not audit.index.exists()
    assert told["sync"]["error"].split("\n")[0] in result.stderr
    night(status=1, env=nobody)
    assert receiver.notices() == []
    # Another failure is news, and so is its end.
    night(status=1, env={"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_MAX_ATTEMPTS": "1"})
    (told,) = receiver.notices()
    assert told["event"] == "failed"
    s3.buckets = {"good": ["a"]}
    night()
    assert [told["event"] for told in receiver.notices()] == ["recovered"]
    memory = audit.index.with_name(audit.index.name + ".notified")
    night(status=1, env=nobody)
    assert memory.stat().st_mode & 0o777 == 0o600


def test_what_was_not_heard_is_told_again(audit, s3, receiver, night):
    s3.buckets = {"good": ["a"], "bad": ["b"]}
    s3.list_script = denying("bad")
    receiver.answer = lambda path: 404
    result = night(status=3)
    assert f"Warning: {receiver.host} was not told: it answers 404" in result.stderr
    assert len(receiver.requests) == 1, "an answer that will not change is not asked for again"
    receiver.notices()
    receiver.answer = lambda path: 200
    night(status=3)
    assert len(receiver.notices()) == 1


def test_staleness_and_growth(audit, s3, receiver, night):
    s3.buckets = {"bucket": list(scripted_s3.KEYS), "other": ["a"]}
    night()
    age(audit, 24)
    s3.buckets["bucket"] += [f"more/{number}" for number in range(3_000)]
    night("--notify-growth", "1000000%")
    assert receiver.notices() == []
    night("--notify-growth", "20%")
    (told,) = receiver.notices()
    assert told["event"] == "grown" and told["buckets"] == ["bucket"] and "grew by" in told["text"]
    age(audit, 40)
    night("other")
    assert receiver.notices() == [], "people who wait for one bucket are told of that alone"
    night("s3://bucket/more/")
    (told,) = receiver.notices()
    assert told["event"] == "stale" and told["buckets"] == ["bucket"] and "is stale" in told["text"]


def test_pings_begin_and_end_with_the_exit_code(audit, s3, receiver, night):
    s3.buckets = {"good": ["a"], "bad": ["b"]}
    night(tells=["ping"])
    assert receiver.paths == ["/ping/T0SECRET/start?key=B0SECRET", "/ping/T0SECRET/0?key=B0SECRET"]
    receiver.requests.clear()
    s3.list_script = denying("bad")
    night(tells=["ping"], status=3)
    assert [path.split("?")[0] for path in receiver.paths] == ["/ping/T0SECRET/start", "/ping/T0SECRET/3"]
    assert "bad is denied" in receiver.requests[-1][1]
    receiver.requests.clear()
    night(tells=["ping"], status=1, env={"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None})
    assert [path.split("?")[0] for path in receiver.paths] == ["/ping/T0SECRET/start", "/ping/T0SECRET/1"]
    receiver.requests.clear()
    night("--dry-run", tells=["ping"])
    assert receiver.requests == []


def test_an_interrupted_sync_pings_and_is_no_news(audit, simulator, receiver, night):
    simulator("--bucket", "logs:uuid:200000", "--latency", "200")
    process = audit.start(
        "sync", "--notify-url-file", night.files["notify"], "--ping-url-file", night.files["ping"])
    deadline = time.monotonic() + 20
    while not receiver.requests and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.3)
    process.terminate()
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130, errors
    assert [path.split("?")[0] for path in receiver.paths] == ["/ping/T0SECRET/start", "/ping/T0SECRET/130"]


def test_the_environment_names_receivers(audit, s3, receiver):
    s3.buckets = {"bad": ["b"]}
    s3.list_script = denying("bad")
    result = audit.run("sync", env={
        "S3AUDIT_NOTIFY_URL": receiver.url(SECRET), "S3AUDIT_PING_URL": receiver.url("/ping/")})
    assert result.returncode == 3 and "SECRET" not in result.stderr
    assert sorted(receiver.paths) == sorted(["/ping/start", "/ping/3", SECRET])
    # An empty variable is none, as the lines of an environment file are until they are filled in.
    assert audit.run("sync", env={"S3AUDIT_NOTIFY_URL": "", "S3AUDIT_PING_URL": ""}).returncode == 3


@pytest.mark.parametrize("text", [
    "", "\n", "http://example.com", "http://example.com/hook", "file:///etc/passwd", "ftp://127.0.0.1/", "hook",
    "https://", "https:///path", "https://user:pass@example.com/", "http://127.0.0.1@example.com/",
    "http://localhost.example.com/", "http://127.0.0.1.example.com/", "http://127.1/", "http://[::2]/",
    "http://localhost:0/", "http://localhost:99999/", "https://example.com/a b", "https://example.com/\nhttps://x/",
    "https://example.com/#part", "https://ex\u00e4mple.com/", r"http://localhost\@example.com/"])
def test_urls_that_are_none(audit, s3, tmp_path, text):
    file = tmp_path / "url"
    file.write_text(text)
    file.chmod(0o600)
    for option in ("--notify-url-file", "--ping-url-file"):
        result = audit.run("sync", option, file)
        assert result.returncode == 64, result
        assert f"The URL in the file of '{option}' cannot be used" in result.stderr
        # What is wrong there may be a secret in the wrong place.
        assert len(text) < 10 or text.split("\n")[0] not in result.stderr
    assert s3.requests == [] and not audit.index.exists()


def test_slips(audit, s3, receiver, night, tmp_path):
    for words in (["--notify-growth", "20%"], ["--notify-growth", "-1", "--notify-url-file", night.files["notify"]]):
        assert audit.run("sync", *words).returncode == 64
    assert audit.run("sync", "--notify-url-file", tmp_path / "none").returncode == 1
    night.files["notify"].chmod(0o644)
    result = night(status=1)
    assert "every user of this machine may read" in result.stderr
    assert audit.run("sync", env={"S3AUDIT_NOTIFY_URL": "http://example.com/T0SECRET"}).returncode == 64
    assert s3.requests == []


def test_no_redirect_is_followed(audit, s3, receiver, night):
    s3.buckets = {"bad": ["b"]}
    s3.list_script = denying("bad")
    elsewhere = Receiver()
    receiver.answer = lambda path: 302
    receiver.headers = {"Location": elsewhere.url("/hook")}
    try:
        result = night(status=3, tells=("notify", "ping"))
    finally:
        elsewhere.stop()
    assert elsewhere.requests == []
    assert result.stderr.count("a redirect, which is not followed") == 2


def test_a_receiver_that_comes_back_within_three_tries(audit, s3, receiver, night):
    s3.buckets = {"bad": ["b"]}
    s3.list_script = denying("bad")
    receiver.answer = lambda path: 503 if len(receiver.requests) < 2 else None if len(receiver.requests) < 3 else 200
    result = night(status=3)
    assert len(receiver.requests) == 3 and "not told" not in result.stderr


def test_a_certificate_that_nobody_knows_is_not_trusted(audit, s3, certificate, tmp_path):
    s3.buckets = {"bad": ["b"]}
    s3.list_script = denying("bad")
    receiver = Receiver(context(certificate))
    url = {"S3AUDIT_NOTIFY_URL": receiver.url(SECRET)}
    try:
        result = audit.run("sync", env=url)
        assert result.returncode == 3 and "its certificate is not trusted" in result.stderr
        assert receiver.requests == []
        assert audit.run("sync", env=url | {"AWS_CA_BUNDLE": str(certificate)}).returncode == 3
        assert len(receiver.notices()) == 1
    finally:
        receiver.stop()


def test_a_file_of_somebody_else_in_the_place_of_what_was_told(audit, s3, receiver, night):
    s3.buckets = {"good": ["a"]}
    memory = audit.index.with_name(audit.index.name + ".notified")
    memory.write_text("notes of somebody")
    s3.list_script = denying("good")
    result = night(status=3)
    assert "what was told is not kept, so it is told again" in result.stderr
    assert len(receiver.notices()) == 1
    assert memory.read_text() == "notes of somebody"


def test_jobs_on_one_index_tell_each_of_its_own(audit, s3, receiver, night):
    s3.buckets = {"good": ["a"], "bad": ["b"]}
    night("good")
    s3.list_script = denying("bad")
    night("bad", status=3)
    (told,) = receiver.notices()
    assert told["buckets"] == ["bad"]
    night("good")
    assert receiver.notices() == [], "what the other job has told is neither news nor a recovery"
    night("bad", status=3)
    assert receiver.notices() == []
    s3.list_script = denying()
    night("bad")
    assert [told["event"] for told in receiver.notices()] == ["recovered"]


def test_whoever_mends_the_words_of_a_job_hears_that_all_is_well(audit, s3, receiver, night):
    s3.buckets = {"good": ["a"]}
    night("good", "no-such-bucket", status=3)
    assert len(receiver.notices()) == 1
    night()
    assert [told["event"] for told in receiver.notices()] == ["recovered"]
    assert not audit.index.with_name(audit.index.name + ".notified").exists()


def test_what_an_older_version_told_is_not_told_again(audit, s3, receiver, night):
    s3.buckets = {"good": ["a"], "bad": ["b"]}
    s3.list_script = denying("bad")
    night(status=3)
    receiver.notices()
    memory = audit.index.with_name(audit.index.name + ".notified")
    ((troubles,),) = [told.values() for told in json.loads(memory.read_text())["told"].values()]
    memory.write_text(json.dumps({"format": "s3audit notified 1", "troubles": troubles}))
    night(status=3)
    assert receiver.notices() == []


def test_what_was_left_out_on_purpose_is_no_trouble(audit, s3, receiver, night):
    s3.buckets = {"good": ["a"], "other": ["b"]}
    night("--exclude", "other")
    night("good")
    assert receiver.notices() == []


def test_a_receiver_that_is_not_there_changes_no_exit_code(audit, s3, tmp_path):
    s3.buckets = {"good": ["a"], "bad": ["b"]}
    nobody = {"S3AUDIT_NOTIFY_URL": "http://127.0.0.1:1/T0SECRET", "S3AUDIT_PING_URL": "http://127.0.0.1:1/T0SECRET"}
    s3.list_script = denying("bad")
    result = audit.run("sync", env=nobody)
    assert result.returncode == 3 and "Synced 1 of 2 buckets" in result.stdout
    assert result.stderr.count("Warning: 127.0.0.1:1 was not told: it cannot be reached") == 2
    assert "0SECRET" not in result.stderr + result.stdout


def test_whoever_will_not_wait_for_a_deaf_receiver_presses_ctrl_c(audit, s3):
    s3.buckets = {"bad": ["b"]}
    s3.list_script = denying("bad")
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        process = audit.start(
            "sync", env={"S3AUDIT_NOTIFY_URL": f"http://127.0.0.1:{silent.getsockname()[1]}/T0SECRET"})
        silent.settimeout(20)
        connection, _ = silent.accept()
        process.send_signal(signal.SIGINT)
        started = time.monotonic()
        _, errors = process.communicate(timeout=20)
        connection.close()
    assert time.monotonic() - started < 5
    assert process.returncode == 3 and "bad" in errors, "how the sync ended is known by then"


@pytest.mark.long
def test_the_deafest_receivers_delay_a_sync_by_forty_seconds_at_most(audit, s3, tmp_path):
    s3.buckets = {"bad": ["b"]}
    s3.list_script = denying("bad")
    # They take connections and never answer.
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/T0SECRET"
        started = time.monotonic()
        result = audit.run("sync", env={"S3AUDIT_NOTIFY_URL": url, "S3AUDIT_PING_URL": url})
        took = time.monotonic() - started
    assert result.returncode == 3 and 30 < took < 41, (took, result)
    assert result.stderr.count("was not told: no answer within 10 s") == 2 and "SECRET" not in result.stderr
    assert audit.bucket("bad")["state"] == "denied"


def test_a_hostile_name_or_error_calls_nobody(audit, s3, receiver, night):
    s3.buckets = {"bad": ["b"]}
    s3.list_script = lambda request, _: error("InvalidRequest", 400, "&lt;!channel&gt; @all")
    night(status=3)
    (told,) = receiver.notices()
    assert "channel" in told["problems"][0]["text"], "what the server said is there"
    assert "<" not in told["text"] and "@" not in told["text"]
