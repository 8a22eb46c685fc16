"""Tables on terminals of any width: nothing wraps, what was asked for has the room, and what has none is named."""

import re
import subprocess
import unicodedata

import pytest

from support import scripted_s3
from support.odd_keys import TERMINAL_KEYS
from support.terminal import on_terminal

WIDTHS = [40, 60, 80, 100, 200]
LONG_BUCKET = "prod-eu-west-1-application-access-logs-of-the-last-seven-years"
KEYS = [
    "2026/11/20/eu-west-1/application/access-00017.log.gz", "日本語/キー/" * 20, "🎉" * 120, "k" * 1000, "e\u0301" * 90,
    *TERMINAL_KEYS]

QUERIES = [
    ["find"], ["top"], ["top", "--oldest"], ["du", "--depth", "3"], ["buckets"], ["buckets", "--properties"],
    ["findings"], ["totals"], ["totals", "--by", "bucket"], ["totals", "--by", "prefix"],
    ["totals", "--by", "account"], ["totals", "--by", "extension"], ["totals", "--by", "region"],
    ["sql", "SELECT * FROM objects"], ["sql", "SELECT * FROM buckets"], ["sql", "SELECT * FROM syncs"],
]


def columns(line):
    """What a line takes on a terminal."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def shown(audit, *arguments, width):
    status, text = on_terminal(audit, *arguments, "--no-color", columns=width)
    assert status == 0, text
    return text.replace("\r\n", "\n").split("\n")


@pytest.fixture
def synced(audit, s3):
    s3.buckets = {LONG_BUCKET: KEYS, "logs": KEYS}
    s3.property_script = lambda request, number: scripted_s3.error("AccessDenied", 403, "No, never. " * 20)
    audit.sync()
    return audit


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("query", QUERIES, ids=" ".join)
def test_no_line_wraps(synced, query, width):
    for line in shown(synced, "query", *query, width=width):
        assert columns(line) <= width, line


@pytest.mark.parametrize("width", WIDTHS)
def test_keys_have_the_room(synced, width):
    lines = shown(synced, "query", "top", "logs", width=width)
    longest = max((line for line in lines if "kkk" in line), key=len)
    cut = re.search("k+…?k*", longest)[0]
    assert len(cut) >= width * 2 // 5 - 1
    assert all(re.search(r"\b1 B", line) for line in lines if "kkk" in line)
    if width < 200:
        assert "not shown at" in "\n".join(lines)


@pytest.mark.parametrize("width", WIDTHS)
def test_findings_are_told_apart(synced, width):
    lines = shown(synced, "query", "findings", "logs", width=width)
    assert any("not-checked" in line for line in lines)
    shown_findings = [line for line in lines if line.startswith("logs ")]
    assert any("not-checked" in line for line in shown_findings)
    for line in shown_findings:
        # Whatever else a row has to say, what was found can be told.
        assert len(max(re.findall(r"[\w…-]+", line[len("logs"):]), key=len)) >= 11, line
    # The sentence has lines of its own, all of it.
    text = " ".join(" ".join(lines).split())
    assert "could not be" in text or "AccessDenied" in text or "denied" in text


@pytest.mark.parametrize("width", WIDTHS)
def test_states_that_are_not_complete_are_shown(audit, s3, width):
    s3.buckets = {"denied": ["a"], "logs": ["b"]}
    s3.list_script = lambda request, number: (
        scripted_s3.error("AccessDenied", 403) if request.bucket == "denied" else None)
    audit.sync(status=3)
    for query in (["buckets"], ["totals", "--by", "bucket"], ["findings"]):
        _, text = on_terminal(audit, "query", *query, "--no-color", "--quiet", columns=width)
        assert re.search(r"^denied.* denied", text, re.MULTILINE), text


def test_pipes_and_files_have_everything(synced):
    for query in QUERIES:
        piped = synced.run("query", *query).stdout
        narrow = synced.run("query", *query, env={"COLUMNS": "40"}).stdout
        assert piped == narrow and "not shown" not in piped


def test_markdown_has_every_column(synced):
    _, text = on_terminal(synced, "query", "top", "--format", "markdown", "--no-color", columns=40)
    assert "ETag" in text and "not shown" not in text


# --- Raw bytes

FORMATS = ["table", "json", "jsonl", "csv", "tsv", "markdown"]


def assert_harmless(text):
    plain = text.replace("\r\n", "\n")
    bad = {c for c in plain if (ord(c) < 32 and c not in "\n\t") or 127 <= ord(c) < 160
           or c in "\u202e\u2066\u2069\u200b\u2028"}
    assert not bad, (bad, plain[:500])


@pytest.mark.parametrize("form", FORMATS)
def test_no_format_sends_a_terminal_what_it_obeys(audit, s3, form):
    s3.buckets = {"logs": TERMINAL_KEYS}
    audit.sync()
    for query in (["find"], ["top"], ["du", "--depth", "2"], ["sql", "SELECT key AS \"\x1b[2J\u202ex\" FROM objects"]):
        status, text = on_terminal(audit, "query", *query, "--format", form, "--no-color", columns=200)
        assert status == 0
        assert_harmless(text)
    exact = audit.run("query", "find", "--format", form).stdout
    if form == "csv":
        assert "\x1b]0;owned\x07" in exact and "\u202efdp.exe" in exact


@pytest.mark.parametrize("options", [[], ["--format", "csv"], ["--format", "jsonl"], ["--format", "tsv"], ["-0"]],
                         ids=" ".join)
def test_lists_send_a_terminal_nothing_that_it_obeys(audit, s3, options):
    s3.buckets = {"logs": TERMINAL_KEYS}
    status, text = on_terminal(audit, "list", "s3://logs", *options)
    assert status == 0
    assert_harmless(text)
    assert "ok ünïcode 🎉" in text
    exact = subprocess.run(
        [audit.binary, "list", "s3://logs", *options], env=audit.variables(None), capture_output=True, check=True
    ).stdout.decode()
    if "-0" in options:
        assert sorted(exact.split("\0")[:-1]) == sorted(TERMINAL_KEYS)
    elif options[-1:] != ["jsonl"]:
        assert "\x1b]0;owned\x07" in exact
