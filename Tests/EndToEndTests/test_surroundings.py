"""What surrounds a sync: TLS, proxies, host names, limits of the system, readers, time."""

import resource
import signal
import socket
import sqlite3
import ssl
import subprocess
import threading
import time

import pytest

from support import scripted_s3
from support.limits import limited
from support.scripted_s3 import KEYS, Answer, error, page
from support.servers import wait_for


@pytest.mark.parametrize("attempts", [1, 5])
def test_a_number_of_attempts_counts_before_any_answer_too(audit, attempts):
    contacts = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        def hang_up():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                contacts.append(connection.recv(65536))
                connection.close()
        threading.Thread(target=hang_up, daemon=True).start()
        endpoint = f"http://127.0.0.1:{server.getsockname()[1]}"
        result = audit.run("list", "s3://bucket", env={
            "AWS_ENDPOINT_URL": endpoint, "AWS_MAX_ATTEMPTS": str(attempts)})
        assert result.returncode == 1
        assert len(contacts) == attempts
        # Without a call that is accepted, the thread would never see that the socket is gone.
        server.shutdown(socket.SHUT_RDWR)


def test_tls_is_verified_and_takes_more_certificates(audit, certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = scripted_s3.ScriptedS3(context)
    server.buckets = {"bucket": ["a", "b"]}
    audit.use(server)
    try:
        result = audit.run("sync", env={"AWS_MAX_ATTEMPTS": "1"})
        assert result.returncode == 1 and "certificate" in result.stderr.lower()
        assert server.requests == []
        audit.sync(env={"AWS_CA_BUNDLE": str(certificate)})
        assert audit.bucket("bucket")["objects"] == 2
        (audit.home / ".aws").mkdir()
        (audit.home / ".aws" / "config").write_text(f"[default]\nca_bundle = {certificate}\n")
        audit.sync()
    finally:
        server.stop()


def test_proxy_is_used_and_passed_by(audit, s3):
    s3.buckets = {"bucket": ["a"]}
    env = {"http_proxy": s3.endpoint, "AWS_ENDPOINT_URL": "http://s3.test:9000"}
    audit.sync(env=env)
    assert audit.bucket("bucket")["objects"] == 1
    assert {request.host for request in s3.requests} == {"s3.test:9000"}
    # Nobody listens where this proxy should be.
    audit.sync(env={"http_proxy": "http://127.0.0.1:1", "no_proxy": "127.0.0.1"})
    audit.sync(env={"http_proxy": "http://127.0.0.1:1", "NO_PROXY": "127.0.0.1"})


def test_virtual_host_style_puts_the_bucket_in_the_host_name(audit, s3):
    s3.buckets = {"bucket": ["a"]}
    url = f"http://localhost:{s3.port}"

    def script(request, number):
        if request.host == f"bucket.localhost:{s3.port}":
            request.bucket = "bucket"
    s3.script = script
    audit.sync("--addressing-style", "virtual", "--endpoint-url", url, "s3://bucket")
    assert audit.bucket("bucket")["objects"] == 1
    assert {request.host for request in s3.lists} == {f"bucket.localhost:{s3.port}"}
    audit.sync("--endpoint-url", url, "s3://bucket")
    assert s3.lists[-1].host == f"localhost:{s3.port}", "custom endpoints get paths by default"


def test_endpoint_with_a_path_of_its_own(audit, s3):
    s3.buckets = {"bucket": ["a"]}

    def script(request, number):
        request.bucket = request.bucket.removeprefix("gateway/s3").strip("/")
    s3.script = script
    audit.sync("--endpoint-url", s3.endpoint + "/gateway/s3/")
    assert audit.bucket("bucket")["objects"] == 1


@pytest.mark.parametrize("prefix", ["a b/", "a+b/", "a%20b/", "ü/日本/", "quote'\"/", "/", "//", "no-slash"])
def test_prefixes_of_any_kind(audit, moto, prefix):
    moto.load("bucket", ["!", prefix + "in", prefix + "also/in", "~"])
    audit.sync(f"s3://bucket/{prefix}")
    assert set(audit.objects("bucket")) == {prefix + "in", prefix + "also/in"}
    assert audit.query("totals", f"s3://bucket/{prefix}")[0]["objects"] == 2


def test_keys_that_are_not_utf_8(audit, s3):
    s3.buckets = {"bucket": []}
    s3.list_script = lambda request, number: Answer(page(["a%FFb", "a%FFc"], encode=str))
    audit.sync()
    assert audit.sql("SELECT hex(key) FROM objects ORDER BY 1") == [("61FF62",), ("61FF63",)]
    again = audit.synced()["bucket"]
    assert (again["added"], again["changed"], again["removed"]) == (0, 0, 0)
    assert audit.query("find", "--key", "*b")[0]["key"] == "a\ufffdb"


def test_names_of_buckets_that_cannot_be_are_refused_one_by_one(audit, s3):
    hostile = ["..", "a/b", "a?b", "&#27;[31m", "x" * 300, "evil.example#"]
    s3.buckets = {"fine": ["a"]}
    s3.script = lambda request, number: (
        None if request.bucket else Answer(scripted_s3.bucket_list(["fine", *hostile])))
    result = audit.run("sync", env={"AWS_MAX_ATTEMPTS": "1"})
    assert result.returncode == 3
    assert "\x1b" not in result.stderr + result.stdout
    assert audit.bucket("fine")["objects"] == 1
    assert {request.bucket for request in s3.lists} == {"fine"}
    assert "\x1b" not in audit.run("query", "buckets").stdout
    assert {request.host for request in s3.requests} == {f"127.0.0.1:{s3.port}"}


@pytest.mark.alone
def test_interrupt_while_nothing_has_answered_yet(audit, s3):
    s3.latency_seconds = 3
    process = audit.start("sync")
    wait_for(lambda: s3.requests, "the first request")
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert process.returncode == 130 and "nterrupted" in err
    assert time.monotonic() - start < 2


def test_old_checkpoints_are_not_built_upon(audit, simulator):
    server = simulator("--bucket", "one:uuid:20000", "--latency", "60")
    process = audit.start("sync")
    wait_for(lambda: server.requests()["requests"].get("ListObjectsV2", 0) >= 10, "ten pages")
    process.send_signal(signal.SIGINT)
    process.communicate()
    with sqlite3.connect(audit.index) as database:
        database.execute("UPDATE crawl SET started_ms = started_ms - 25 * 3600000")
    assert audit.synced()["one"]["resumed"] is False
    assert audit.bucket("one")["objects"] == 20_000


def test_full_disk_is_an_error_that_can_be_resumed(audit, simulator):
    simulator("--bucket", "one:uuid:30000")
    result = audit.run("sync", preexec_fn=limited(resource.RLIMIT_FSIZE, 1 << 20))
    assert result.returncode == 1 and "Error:" in result.stderr and "Help:" in result.stderr
    audit.check_index()
    audit.sync()
    assert audit.bucket("one")["objects"] == 30_000
    audit.check_index()


def with_closed(audit, stream, *arguments):
    """Runs with one of the standard streams closed: `>&-`, say."""
    return subprocess.run(
        ["sh", "-c", f'exec "$0" "$@" {stream}', audit.binary, *arguments], env=audit.variables(None),
        cwd=audit.home, capture_output=True, text=True, timeout=30)


@pytest.mark.parametrize("arguments", [
    ["--version"], ["sync"], ["query", "totals"], ["list", "bucket"], ["list", "bucket", "--sorted"]],
    ids=" ".join)
def test_a_closed_output_is_an_error_and_nothing_else_is_written_to(audit, bucket, arguments):
    audit.sync()
    result = with_closed(audit, ">&-", *arguments)
    assert result.returncode == 1 and "cannot write the output" in result.stderr
    audit.assert_complete(KEYS)


@pytest.mark.parametrize("stream", ["2>&-", "<&-", "<&- 2>&-"])
def test_closed_streams_that_are_not_needed_are_no_matter(audit, bucket, stream):
    bucket.buckets["denied"] = []
    bucket.list_script = lambda request, number: (
        error("AccessDenied", 403) if request.bucket == "denied" else None)
    assert with_closed(audit, stream, "sync").returncode == 3
    audit.assert_complete(KEYS)
    result = with_closed(audit, stream, "list", "bucket", "-0")
    assert result.returncode == 0 and result.stdout.split("\0")[:-1] == KEYS


@pytest.mark.parametrize("files, warns", [
    (32, True), pytest.param(40, True, marks=pytest.mark.long), (100, False),
    pytest.param(256, False, marks=pytest.mark.long)])
def test_few_file_descriptors_are_enough(audit, simulator, files, warns):
    buckets = [f"--bucket=b-{number}:uuid:1500" for number in range(40)]
    simulator(*buckets, "--bucket=large:uuid:120000", "--latency", "20")
    limits = {"preexec_fn": limited(resource.RLIMIT_NOFILE, files)}
    result = audit.sync(**limits)
    words = f"Warning: this process may have few open files, so only {files - 28} requests are in flight"
    assert (words in result.stderr) is warns and ("ulimit -n" in result.stderr) is warns
    assert audit.sql("SELECT count(*), sum(objects) FROM buckets") == [(41, 180_000)]
    for arguments in (["list", "large"], ["list", "large", "--sorted"]):
        result = audit.run(*arguments, "-0", **limits)
        assert result.returncode == 0 and result.stdout.count("\0") == 120_000
    assert audit.run("sync", "--quiet", **limits).stderr == ""


@pytest.mark.parametrize("limit, value, words", [
    (resource.RLIMIT_NOFILE, 8, "open files"), (resource.RLIMIT_NOFILE, 31, "open files"),
    (resource.RLIMIT_AS, 300 << 20, "address space"), (resource.RLIMIT_AS, 900 << 20, "address space")])
@pytest.mark.parametrize("arguments", [["sync"], ["list", "bucket"], ["query", "totals"], ["doctor"]], ids=" ".join)
def test_too_little_of_what_a_process_needs_is_an_error(audit, bucket, arguments, limit, value, words):
    result = audit.run(*arguments, preexec_fn=limited(limit, value), seconds=20)
    assert result.returncode == 1 and result.stdout == "" and bucket.requests == []
    assert f"Error: this process may have only {value >> 20 or value}" in result.stderr, result
    assert words in result.stderr and "Help:  raise the limit: ulimit" in result.stderr


@pytest.mark.parametrize("threads", range(1, 10))
@pytest.mark.parametrize("arguments", [["sync"], ["list", "bucket"], ["query", "totals"], ["doctor"]], ids=" ".join)
def test_too_few_threads_are_an_error(loner, bucket, arguments, threads):
    loner.use(bucket)
    result = loner.run(*arguments, preexec_fn=limited(resource.RLIMIT_NPROC, threads), seconds=20)
    assert result.returncode == 1 and result.stdout == "" and bucket.requests == []
    assert "Error: this process may have fewer than the" in result.stderr, result
    assert "Help:  raise the limit of processes and threads: ulimit -u" in result.stderr


def test_threads_that_suffice_at_the_start_suffice_to_the_end(loner, simulator):
    """The least number with which a sync begins is enough for all of it."""
    server = simulator("--bucket=one:uuid:150000", "--bucket=two:dates:5000", "--latency", "5")
    loner.use(server)
    for threads in range(4, 40):
        result = loner.run("sync", preexec_fn=limited(resource.RLIMIT_NPROC, threads), seconds=60)
        if result.returncode == 0:
            break
        assert result.returncode == 1 and "threads that it needs" in result.stderr
    assert loner.sql("SELECT sum(objects) FROM buckets") == [(155_000,)]


@pytest.mark.long
@pytest.mark.alone
def test_sigterm_ends_it_when_no_thread_can_be_made_any_more(loner, s3):
    """Idle threads end after some seconds, and others of the user take their places."""
    s3.latency_seconds = 60
    loner.use(s3)
    process = loner.start("sync", preexec_fn=limited(resource.RLIMIT_NPROC, 40))
    wait_for(lambda: s3.requests, "the first request")
    time.sleep(7)
    others = [loner.occupy() for _ in range(45)]
    try:
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=25) == 130
    finally:
        for other in others:
            other.kill()
            other.wait()


def test_readers_see_one_moment_while_a_sync_writes(audit, simulator):
    simulator("--bucket", "one:uuid:20000", "--bucket", "two:dates:8000", "--latency", "100")
    process = audit.start("sync")
    wait_for(audit.index.exists, "index")
    rounds, seen = 0, []
    while process.poll() is None:
        totals = audit.run("query", "totals", "--format", "csv")
        if totals.returncode:
            assert "no index" in totals.stderr or "not an s3audit index" in totals.stderr, totals
            continue
        rows = audit.sql(
            "SELECT (SELECT count(*) FROM objects), (SELECT sum(objects) FROM bucket_classes)")
        assert rows[0][0] == (rows[0][1] or 0), "rollups are of the same moment as the rows"
        rounds, seen = rounds + 1, [*seen, rows[0][0]]
    process.communicate()
    assert process.returncode == 0 and rounds >= 3
    assert seen == sorted(seen)
    assert audit.query("totals")[0]["objects"] == 28_000


def test_another_locale_changes_nothing(audit, moto):
    moto.load("bucket", ["grüße", "日本語"])
    audit.sync(env={"LANG": "C", "LC_ALL": "C"})
    result = audit.run("query", "find", env={"LANG": "C", "LC_ALL": "C"})
    assert "grüße" in result.stdout and "日本語" in result.stdout


def test_time_zone_changes_nothing(audit, moto):
    moto.load("bucket", [("a", 1, None, "2025-06-30T23:59:59+00:00")])
    audit.sync(env={"TZ": "Pacific/Kiritimati"})
    for zone in ("Pacific/Kiritimati", "America/Los_Angeles"):
        result = audit.run("query", "find", "--before", "2025-07-01", "--format", "csv", env={"TZ": zone})
        assert "2025-06-30T23:59:59Z" in result.stdout
        result = audit.run("query", "find", "--since", "2025-07-01", "--format", "csv", env={"TZ": zone})
        assert "2025" not in result.stdout
