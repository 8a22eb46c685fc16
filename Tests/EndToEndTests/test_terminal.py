"""What a person sees: progress, tables, help, mistakes; and what pipes see instead."""

import os
import re
import signal
import subprocess
import time

import pytest

from support.commands import every_command
from support.odd_keys import TERMINAL_KEYS
from support.terminal import on_terminal

ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@pytest.fixture
def slow(simulator):
    return simulator("--bucket", "slow:uuid:8000", "--bucket", "other:uuid:3000", "--latency", "120")


def test_progress_is_live_on_a_terminal_and_gone_at_the_end(audit, slow):
    status, shown = on_terminal(audit, "sync")
    assert status == 0
    assert re.search(r"slow +[\d,]+ objects", shown) and "objects/s" in shown and "/2 buckets" in shown
    assert "\x1b[" in shown, "it is drawn over itself"
    assert "Synced 2 buckets: 11,000 objects" in shown.splitlines()[-5]


def test_progress_fits_the_terminal(audit, slow):
    _, shown = on_terminal(audit, "sync", columns=40)
    assert "objects" in shown
    live = shown[:shown.index("Synced")]
    assert all(len(ESCAPES.sub("", line)) <= 40 for line in re.split(r"[\r\n]+", live))


def test_no_progress_in_a_pipe_or_when_quiet(audit, slow):
    result = audit.sync()
    assert result.stderr == ""
    assert "\x1b" not in result.stdout
    status, shown = on_terminal(audit, "sync", "--quiet")
    assert (status, shown) == (0, "")
    status, shown = on_terminal(audit, "sync", "--progress", "never")
    assert "objects/s" not in shown.split("Synced")[0]


@pytest.mark.long
def test_plain_progress_is_lines_with_a_time(audit, simulator):
    simulator("--bucket", "slow:uuid:40000", "--latency", "300")
    result = audit.sync("--progress", "plain")
    lines = result.stderr.splitlines()
    assert lines
    for line in lines:
        assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ .*buckets.*objects", line), line
    assert "\x1b" not in result.stderr


def test_plain_progress_has_no_escapes_on_a_terminal(audit, slow):
    _, shown = on_terminal(audit, "sync", "--progress", "plain")
    assert "\x1b" not in shown


def test_interrupt_on_a_terminal_leaves_it_clean(audit, slow):
    status, shown = on_terminal(audit, "sync", interrupt_at="objects/s")
    assert status == 130
    assert "nterrupted" in shown.splitlines()[-2] and "same command" in shown.splitlines()[-1]


def test_hostile_keys_do_nothing_to_a_terminal(audit, moto):
    moto.load("hostile", TERMINAL_KEYS + [key + "/x" for key in TERMINAL_KEYS])
    audit.sync()
    for query in (["find"], ["top"], ["du", "hostile"], ["sql", "SELECT key FROM objects"]):
        for options in ([], ["--no-color"]):
            status, shown = on_terminal(audit, "query", *query, *options, columns=400)
            assert status == 0
            # Colors of its own may be there, nothing else.
            plain = re.sub(r"\x1b\[[0-9;]*m", "", shown).replace("\r\n", "\n")
            bad = {c for c in plain if (ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160
                   or c in "\u202e\u2066\u2069\u200b\u2028"}
            assert not bad, (query, bad)
            assert "ok ünïcode 🎉" in plain
    assert "\x1b" not in shown, "no color was asked for"


def test_tables_in_a_pipe_are_escaped_too(audit, moto):
    moto.load("hostile", TERMINAL_KEYS)
    audit.sync()
    for format in ("table", "markdown", "json", "jsonl"):
        out = audit.run("query", "find", "--format", format).stdout
        assert not set("\x1b\x07\x08\r") & set(out), format


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_color_is_respected(audit, simulator, variables):
    simulator("--bucket", "one:uuid:10")
    audit.sync()
    _, shown = on_terminal(audit, "query", "buckets", env=variables)
    assert "\x1b" not in shown


def test_head_ends_it_quietly(audit, simulator):
    simulator("--bucket", "one:uuid:30000")
    audit.sync()
    for format in ("table", "json", "jsonl", "csv"):
        process = audit.start("query", "find", "--format", format)
        process.stdout.read(100)
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(20) == 0


def test_full_disk_under_the_output_is_an_error(audit, simulator):
    simulator("--bucket", "one:uuid:3000")
    audit.sync()
    if not os.path.exists("/dev/full"):
        pytest.skip("this system has no /dev/full")
    with open("/dev/full", "w") as full:
        result = subprocess.run(
            [audit.binary, "query", "find"], env=audit.variables(None), stdout=full,
            stderr=subprocess.PIPE, text=True)
    assert result.returncode == 1 and "output" in result.stderr


@pytest.mark.alone
def test_ctrl_c_ends_a_query(audit, simulator):
    simulator("--bucket", "one:uuid:100")
    audit.sync()
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT sum(i) FROM n"
    process = audit.start("query", "sql", endless)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert process.returncode == 130 and "nterrupted" in err


@pytest.mark.parametrize("command", every_command(), ids=" ".join)
def test_help_of_every_command(audit, command):
    result = audit.run(*command, "--help")
    assert result.returncode == 0 and result.stderr == ""
    assert "OVERVIEW:" in result.stdout and "USAGE: s3audit" in result.stdout
    # Commands of examples stay on one line, to be copied.
    lines = [line for line in result.stdout.splitlines() if not line.startswith("  s3audit ")]
    assert all(len(line) <= 80 for line in lines)
    assert audit.run("help", *command).stdout == result.stdout


def test_bare_command_and_version(audit):
    assert audit.run().stdout == audit.run("--help").stdout
    result = audit.run("--version")
    assert re.fullmatch(r"s3audit \d+\.\d+\.\d+\S*\n", result.stdout)


@pytest.mark.parametrize("arguments, words", [
    (["sync", "--bukcet"], ["--bukcet"]),
    (["query", "find", "--bukcet", "x"], ["--bukcet", "--bucket"]),
    (["sync", "--concurency", "3"], ["Did you mean '--concurrency'"]),
    (["snyc"], ["snyc", "sync"]),
    (["query", "total"], ["total", "totals"]),
    (["query", "sql"], ["Missing expected argument", "statement"]),
    (["query", "totals", "--by"], ["--by"]),
    (["query", "totals", "--by", "colour"], ["colour", "class"]),
    (["query", "find", "--min-size", "big"], ["--min-size", "1MiB"]),
    (["query", "find", "--older-than", "30"], ["--older-than", "30d"]),
    (["query", "find", "--before", "yesterday"], ["--before", "2026-11-20"]),
    (["query", "find", "--regex", "("], ["--regex"]),
    (["query", "find", "--limit", "0"], ["--limit"]),
    (["query", "totals", "--format", "xml"], ["xml", "json"]),
    (["query", "totals", "a/b"], ["a/b", "s3://"]),
    (["sync", "s3://logs-*/x"], ["pattern"]),
    (["sync", "s3:///x"], ["s3:///x"]),
    (["man", "extra"], ["extra"]),
    (["completions", "csh"], ["csh", "bash"]),
])
def test_mistakes_are_told_with_64(audit, arguments, words):
    result = audit.run(*arguments)
    assert result.returncode == 64 and result.stdout == ""
    assert result.stderr.startswith("Error:")
    for word in words:
        assert word in result.stderr


def test_hostile_arguments_reach_no_terminal(audit):
    for arguments in (["\x1b[31m"], ["sync", "--\x1b[31m"], ["query", "totals", "\x1b[31m"]):
        result = audit.run(*arguments)
        assert result.returncode in (1, 64) and "\x1b" not in result.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_valid(audit, shell):
    script = audit.run("completions", shell).stdout
    assert "s3audit" in script and "--concurrency" in script
    checked = subprocess.run(
        ["sh", "-c", f"command -v {shell} >/dev/null || exit 0; {shell} -n"], input=script,
        capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_manual_page_is_there(audit):
    page = audit.run("man").stdout
    assert page.startswith(".") and "s3audit" in page and "EXIT STATUS" in page
