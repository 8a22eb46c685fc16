"""`list`: what it prints is what the server holds, each object once; else its status is not 0."""

import csv
import io
import json
import os
import resource
import signal
import subprocess
import sys
import time

import pytest

from support.odd_keys import ODD_KEYS, TERMINAL_KEYS
from support.pipes import wait_until_full
from support.scripted_s3 import KEYS, Answer, error, page
from support.servers import listing, wait_for
from support.terminal import on_terminal

COLUMNS = ["key", "size", "last_modified", "etag", "storage_class"]
FEW = {"AWS_MAX_ATTEMPTS": "2"}


def listed(audit, *arguments, status=0, env=None, **options):
    """Exactly the bytes that `list` prints."""
    result = subprocess.run(
        [audit.binary, "list", *map(str, arguments)], env=audit.variables(env), cwd=audit.home,
        stdin=subprocess.DEVNULL, capture_output=True, timeout=120, **options)
    assert result.returncode == status, result.stderr
    if status == 0:
        assert result.stderr == b""
    return result.stdout


def keys(audit, *arguments, **options):
    """The keys that `list -0` prints, as bytes."""
    found = listed(audit, "-0", *arguments, **options).split(b"\0")
    assert found.pop() == b""
    return found


def rows(audit, *arguments):
    """The objects that `list` prints as JSON, in the form of `servers.listing`."""
    found = {}
    for line in listed(audit, *arguments, "--format", "jsonl").decode().split("\n")[:-1]:
        row = json.loads(line)
        assert list(row) == COLUMNS and row["key"] not in found
        found[row["key"]] = tuple(row[name] for name in ("size", "etag", "last_modified", "storage_class"))
    return found


def in_order(names):
    return sorted(name.encode() for name in names)


@pytest.mark.parametrize("shape", ["flat", "uuid", "dates", "deep", "skewed", "hostile"])
def test_every_shape_of_the_simulator(audit, simulator, shape):
    server = simulator("--bucket", f"shape:{shape}:30000", "--max-keys", "300")
    expected = listing(server.client(), "shape")
    assert rows(audit, "s3://shape") == expected
    assert rows(audit, "s3://shape", "--sorted") == expected
    assert sorted(keys(audit, "shape")) == in_order(expected)
    assert keys(audit, "shape", "--sorted") == in_order(expected)
    assert not audit.index.exists() and list(audit.home.iterdir()) == []


def test_odd_keys_are_exact(audit, moto):
    odd = [key for key in ODD_KEYS if "\0" not in key]
    moto.load("odd", odd)
    assert keys(audit, "odd", "--sorted") == in_order(odd)
    expected = listing(moto.client(), "odd")
    assert rows(audit, "odd") == expected
    found = {row["key"]: row for row in csv.DictReader(
        io.StringIO(listed(audit, "odd", "--format", "csv", "--raw-csv").decode(), newline=""))}
    assert {key: (int(row["size"]), row["etag"], row["last_modified"], row["storage_class"])
            for key, row in found.items()} == expected
    assert "'=1+1" in listed(audit, "odd", "--format", "csv").decode()
    header, *lines = listed(audit, "odd").decode().split("\n")[:-1]
    assert header.split("\t") == COLUMNS
    assert "line\\nfeed" in {line.split("\t")[0] for line in lines} and len(lines) == len(odd)


def test_a_key_with_a_zero_byte_is_not_cut_in_two(audit, moto):
    moto.load("odd", ["a\0b"])
    result = audit.run("list", "odd", "-0")
    assert (result.returncode, result.stdout) == (1, "")
    assert "a\\x00b" in result.stderr and "jsonl" in result.stderr
    assert set(rows(audit, "odd")) == {"a\0b"}


def test_the_same_columns_as_find(audit, moto):
    moto.load("logs", ["2026/a", ("2026/b", 5, "GLACIER"), "other"])
    audit.sync()
    for format in ("jsonl", "csv", "tsv"):
        found = audit.run("query", "find", "s3://logs/2026/", "--format", format).stdout
        ours = listed(audit, "s3://logs/2026/", "--format", format, "--sorted").decode()
        for line, longer in zip(ours.splitlines(), found.splitlines(), strict=True):
            if format == "jsonl":
                assert json.loads(line).items() <= json.loads(longer).items()
            else:
                separator = "," if format == "csv" else "\t"
                assert longer.split(separator)[1:6] == line.split(separator)


@pytest.mark.parametrize("arguments, expected", [
    (["logs"], ["a", "p/1", "p/2", "q"]), (["s3://logs"], ["a", "p/1", "p/2", "q"]),
    (["s3://logs/p/"], ["p/1", "p/2"]), (["s3://logs/p/1"], ["p/1"]), (["s3://logs/x"], []),
    (["s3://empty"], []),
])
def test_lists_a_bucket_or_a_prefix(audit, s3, arguments, expected):
    s3.buckets = {"logs": ["a", "p/1", "p/2", "q"], "empty": []}
    for options in ([], ["--sorted"]):
        assert keys(audit, *arguments, *options) == [key.encode() for key in expected]
        assert listed(audit, *arguments, *options).count(b"\n") == 1 + len(expected)
        assert listed(audit, *arguments, *options, "--format", "jsonl").count(b"\n") == len(expected)


def test_from_rclone(audit, rclone):
    for key in ("a/b/1", "a.txt", "a/b.txt", "a-b/c", "ab", *(f"many/{n}" for n in range(2_500))):
        path = rclone.folder / "files" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    expected = listing(rclone.client(), "files")
    assert len(expected) == 2_505
    assert rows(audit, "files") == expected
    assert keys(audit, "files", "--sorted") == in_order(expected)


def test_buckets_elsewhere_are_found(audit, simulator):
    server = simulator("--bucket", "euro:uuid:5000:region=eu-west-1")
    assert rows(audit, "s3://euro") == listing(server.client("eu-west-1"), "euro")


# Servers that cannot be listed side by side


def without_order(bucket):
    """Pages in no order, which only tokens lead through."""
    pages = [KEYS[start:start + 100] for start in range(0, len(KEYS), 100)]
    pages = pages[1:] + pages[:1] if bucket == "rotated" else pages[::2] + pages[1::2]

    def script(request, number):
        index = int(request.query.get("continuation-token", "t0")[1:])
        last = index + 1 == len(pages)
        return Answer(page(pages[index], not last, None if last else f"t{index + 1}"))
    return script


@pytest.mark.parametrize("order", ["rotated", "interleaved"])
@pytest.mark.parametrize("options", [[], ["--sorted"]], ids=str)
def test_a_server_without_order(audit, bucket, order, options):
    bucket.list_script = without_order(order)
    found = keys(audit, "bucket", *options)
    assert (found if options else sorted(found)) == in_order(KEYS)


@pytest.mark.parametrize("options", [[], ["--sorted"]], ids=str)
@pytest.mark.parametrize("refusal", ["ignored", "denied"])
def test_a_server_that_does_not_begin_anywhere(audit, bucket, refusal, options):
    bucket.page_size = 50

    def script(request, number):
        if "start-after" not in request.query:
            return None
        if refusal == "denied":
            return None if request.query["start-after"] in KEYS else error("AccessDenied", 403)
        del request.query["start-after"]
        return Answer(bucket.listing(request))
    bucket.list_script = script
    found = keys(audit, "bucket", *options)
    assert (found if options else sorted(found)) == in_order(KEYS)


@pytest.mark.parametrize("options", [[], ["--sorted"]], ids=str)
@pytest.mark.parametrize("fault", [
    "first-page:30", "repeated-page:30", "token-back:30", "no-token@30+", "empty-page:30", "overlap:30",
    "reversed-page:30", "reversed-page@40+", "swapped-keys:30", "duplicate-key@40+", "rolled-up@40+",
    "cut-body:10",
])
def test_a_faulty_listing_is_never_taken_for_a_whole_one(audit, simulator, fault, options):
    simulator("--bucket", "one:uuid:20000")
    truth = keys(audit, "one", "-c", "1")
    simulator("--bucket", "one:uuid:20000", "--max-keys", "200", "--fault", fault)
    result = subprocess.run(
        [audit.binary, "list", "one", "-0", *options], env=audit.variables(FEW), capture_output=True)
    found = result.stdout.split(b"\0")[:-1]
    assert len(set(found)) == len(found) and set(found) <= set(truth)
    if result.returncode == 0:
        assert len(found) == len(truth) == 20_000
    else:
        assert result.returncode == 1 and b"Error: " in result.stderr
    if options:
        assert found == sorted(found)


# What goes wrong


@pytest.mark.parametrize("options", [[], ["--sorted"], ["-c", "1"], ["-0"]], ids=str)
def test_a_denied_bucket_ends_with_3(audit, simulator, options):
    simulator("--bucket", "closed:uuid:10:denied")
    result = audit.run("list", "s3://closed", *options)
    assert (result.returncode, result.stdout) == (3, "")
    assert "Error: cannot list s3://closed" in result.stderr and "s3:ListBucket" in result.stderr


def test_an_unknown_bucket_and_no_server_end_with_1(audit, s3):
    result = audit.run("list", "s3://nosuch")
    assert (result.returncode, result.stdout) == (1, "") and "NoSuchBucket" in result.stderr
    s3.stop()
    result = audit.run("list", "s3://nosuch", env=FEW)
    assert (result.returncode, result.stdout) == (1, "") and "Error:" in result.stderr


@pytest.mark.parametrize("options", [[], ["--sorted"], ["-c", "1"]], ids=str)
@pytest.mark.parametrize("answer, status", [
    (error("InternalError", 500), 1), (error("AccessDenied", 403), 3), (Answer("<", 200), 1),
    (Answer(page(["k"], True), cut_at=50), 1), (Answer(page(["a"], True, "t5")), 1),
], ids=["500", "403", "garbage", "cut", "out of place"])
def test_a_server_that_fails_half_way(audit, bucket, options, answer, status):
    bucket.page_size = 20
    bucket.list_script = lambda request, number: answer if number >= 120 else None
    result = audit.run("list", "bucket", "--format", "jsonl", *options, env=FEW)
    assert result.returncode == status
    found = [json.loads(line)["key"] for line in result.stdout.splitlines()]
    assert 0 < len(found) < len(KEYS) and len(set(found)) == len(found)
    assert "Warning: the listing is not complete" in result.stderr and "Error: " in result.stderr
    if options == ["--sorted"]:
        assert found == KEYS[:len(found)], "what is printed is whole up to its last key"


def test_throttling_is_waited_out(audit, bucket):
    bucket.page_size = 100
    bucket.list_script = lambda request, number: error("SlowDown", 503) if number % 4 == 1 else None
    assert sorted(keys(audit, "bucket")) == in_order(KEYS)


@pytest.mark.parametrize("arguments, words", [
    ([], ["target"]), (["a", "b"], ["b"]), (["logs-*"], ["logs-*", "pattern"]), (["s3:///x"], ["no bucket"]),
    (["a/b"], ["a/b"]), (["b", "--format", "table"], ["jsonl"]), (["b", "--format", "json"], ["jsonl"]),
    (["b", "--format", "markdown"], ["tsv"]), (["b", "-0", "--format", "csv"], ["--print0", "--format"]),
    (["b", "-c", "0"], ["--concurrency"]), (["b", "--max-requests-per-second", "0"], ["rate"]),
])
def test_mistakes_are_told_with_64(audit, s3, arguments, words):
    result = audit.run("list", *arguments)
    assert (result.returncode, result.stdout) == (64, "") and s3.requests == []
    for word in words:
        assert word in result.stderr


def test_concurrency_and_pace_are_kept(audit, bucket):
    bucket.page_size, bucket.latency_seconds = 100, 0.01
    assert keys(audit, "bucket", "-c", "1") == in_order(KEYS)
    assert bucket.in_flight_max == 1 and len(bucket.lists) == 30
    keys(audit, "bucket", "-c", "4")
    assert 2 <= bucket.in_flight_max <= 4
    start, before = time.monotonic(), len(bucket.requests)
    keys(audit, "bucket", "--max-requests-per-second", "40")
    assert time.monotonic() - start >= (len(bucket.requests) - before - 1) / 40


# Readers and disks


@pytest.mark.parametrize("options", [[], ["--sorted"]], ids=str)
def test_head_ends_it_quietly(audit, simulator, options):
    simulator("--bucket", "one:uuid:200000")
    process = audit.start("list", "one", *options)
    assert process.stdout.readline().startswith("key\t")
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(20) == 0


def test_full_disk_under_the_output_is_an_error(audit, simulator):
    simulator("--bucket", "one:uuid:3000")
    if not os.path.exists("/dev/full"):
        pytest.skip("this system has no /dev/full")
    with open("/dev/full", "w") as full:
        result = subprocess.run(
            [audit.binary, "list", "one"], env=audit.variables(None), stdout=full,
            stderr=subprocess.PIPE, text=True)
    assert result.returncode == 1 and "output" in result.stderr


def test_full_disk_under_a_sorted_listing_is_an_error(audit, simulator, tmp_path):
    simulator("--bucket", "one:uuid:300000")
    # Ends every file at 1 MB, with an error where Python ignores the signal for it.
    result = subprocess.run(
        [audit.binary, "list", "one", "--sorted"], env=audit.variables({"TMPDIR": str(tmp_path)}),
        capture_output=True, text=True, restore_signals=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20)))
    assert result.returncode == 1
    assert f"cannot write a temporary file in {tmp_path}" in result.stderr and "TMPDIR" in result.stderr
    assert {path.name for path in tmp_path.iterdir()} <= {"home"}
    result = audit.run("list", "one", "--sorted", env={"TMPDIR": str(tmp_path / "nosuch")})
    assert result.returncode == 1 and "nosuch" in result.stderr


@pytest.mark.parametrize("options", [[], ["--sorted"]], ids=str)
def test_a_slow_reader_gets_all_of_it(audit, simulator, options):
    simulator("--bucket", "one:uuid:100000")
    process = audit.start("list", "one", "-0", *options)
    wait_until_full(process.stdout)
    found = process.stdout.read().split("\0")[:-1]
    assert process.wait(20) == 0 and len(set(found)) == len(found) == 100_000


@pytest.mark.parametrize("reads", [True, False], ids=["read", "not read"])
def test_ctrl_c_ends_it_with_130(audit, simulator, reads):
    server = simulator("--bucket", "one:uuid:10M", "--latency", "50")
    process = audit.start("list", "one")
    if reads:
        process.stdout.readline()
    wait_for(lambda: sum(server.requests()["requests"].values()) > 50, "requests")
    process.send_signal(signal.SIGINT)
    started = time.monotonic()
    err = process.communicate(timeout=20)[1] if reads else process.stderr.read()
    assert process.wait(20) == 130 and time.monotonic() - started < 10
    assert "Interrupted" in err and "not complete" in err


def test_hostile_keys_do_nothing_to_a_terminal(audit, moto):
    moto.load("hostile", TERMINAL_KEYS)
    status, shown = on_terminal(audit, "list", "hostile", columns=400)
    assert status == 0 and "ok ünïcode 🎉" in shown
    bad = {c for c in shown.replace("\r\n", "\n") if (ord(c) < 32 and c not in "\n\t")
           or 127 <= ord(c) < 160 or c in "\u202e\u2066\u2069\u200b\u2028"}
    assert not bad


def test_progress_is_shown_beside_a_file_only(audit, simulator, tmp_path):
    simulator("--bucket", "slow:uuid:30000", "--latency", "200")
    _, shown = on_terminal(audit, "list", "slow")
    assert "objects/s" not in shown
    result = audit.run("list", "slow", "--progress", "always")
    assert result.returncode == 0 and "objects/s" in result.stderr


# A process counts the memory of the one that it was forked from: this one is small.
MEASURING = """
import resource, subprocess, sys
subprocess.run(sys.argv[2:], stdout=open(sys.argv[1], "wb"), check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@pytest.mark.long
@pytest.mark.parametrize("options", [[], ["--sorted"], ["-0"], ["--format", "jsonl"]], ids=str)
def test_memory_is_bounded(audit, simulator, tmp_path, options):
    simulator("--bucket", "large:flat:2M")
    result = subprocess.run(
        [sys.executable, "-c", MEASURING, tmp_path / "out", audit.binary, "list", "large", *options],
        env=audit.variables(None), capture_output=True, text=True, check=True)
    # Kilobytes on Linux, bytes on macOS.
    assert int(result.stdout) * (1024 if sys.platform == "linux" else 1) < 150 << 20
    end = b"\0" if "-0" in options else b"\n"
    with open(tmp_path / "out", "rb") as out:
        count = sum(chunk.count(end) for chunk in iter(lambda: out.read(1 << 20), b""))
    assert count == 2_000_000 + (0 if "-0" in options or "jsonl" in options else 1)
