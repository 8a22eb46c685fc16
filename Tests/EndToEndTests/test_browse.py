"""The terminal browser as a person uses it: walking, looking, filtering, and what it says of what is not known."""

import os
import re
import sqlite3
import unicodedata
from contextlib import closing

import pytest
from wcwidth import wcwidth

from support.browsing import BACKSPACE, DOWN, END, ENTER, ESCAPE, HOME, LEFT, PAGE_UP, RIGHT, Browser
from support.odd_keys import ODD_KEYS, TERMINAL_KEYS

KEYS = {
    "photos": [f"2025/{month:02}/{day:02}.jpg" for month in range(1, 13) for day in range(1, 4)]
    + ["2026/01/x.jpg", "index.html"],
    "logs": ["a/b/c/d/e/f/deep.log", "a/b/c/d/e/g/deeper.log", "a/b/c/d/top.log", "z"],
}


@pytest.fixture
def synced(audit, s3):
    s3.buckets = {name: list(keys) for name, keys in KEYS.items()}
    audit.sync()
    return audit


def title(browser):
    return browser.lines[0]


def at(place):
    return lambda browser: title(browser).startswith(place) and browser.selected is not None


def test_walks_down_and_comes_back_to_its_place(synced):
    with Browser(synced) as browser:
        browser.wait_for(lambda browser: browser.selected and "photos" in browser.selected)
        assert "38 " in browser.selected and "logs" in browser.text
        browser.press(RIGHT)
        browser.wait_for("index.html")
        assert "36 " in browser.selected and browser.selected.endswith("2025/")
        browser.press("n", DOWN, RIGHT)
        browser.wait_for(at("s3://photos/2026/"))
        browser.press(LEFT)
        browser.wait_for(at("s3://photos/ "))
        assert browser.selected.endswith("2026/")
        browser.press(LEFT)
        browser.wait_for(at("everything"))
        assert browser.selected.endswith("photos")
        browser.press("h")
        browser.wait_for("top")
        browser.press("q")
        assert browser.end() == "exit 0"
        browser.assert_terminal_restored()
        assert browser.left_behind == ""


def test_begins_at_a_prefix_and_goes_up_from_there(synced):
    with Browser(synced, "s3://photos/2025/03/") as browser:
        browser.wait_for("03.jpg")
        assert "3 objects" in browser.lines[-2] and "complete" in browser.lines[-2]
        browser.press(BACKSPACE)
        browser.wait_for(at("s3://photos/2025/ "))
        assert browser.selected.endswith("03/")
        browser.press(LEFT, LEFT)
        browser.wait_for(at("everything"))
        assert browser.selected.endswith("photos")


def test_levels_below_the_kept_ones_are_counted(synced):
    """Sums are kept down to depth 4; what is deeper is read key by key."""
    with Browser(synced, "s3://logs/a/b/c/d/") as browser:
        browser.wait_for("top.log")
        browser.press("n")
        browser.wait_for(lambda browser: browser.selected and browser.selected.endswith("e/"))
        assert "2 " in browser.selected and "3 objects" in browser.lines[-2]
        browser.press(ENTER)
        browser.wait_for("g/")
        browser.press(END, "l")
        browser.wait_for(lambda browser: browser.selected and browser.selected.endswith("deeper.log"))
        browser.press("i")
        browser.wait_for("s3://logs/a/b/c/d/e/g/deeper.log")
        browser.wait_for("STANDARD")


def test_sums_are_those_of_every_object(audit, simulator):
    """Every level of a bucket, walked with keys, shows what SQL counts."""
    simulator("--bucket", "deep:deep:3000")
    audit.sync()
    bytes_of = dict(audit.sql("SELECT key, size FROM objects"))
    with Browser(audit, "deep", "--unit", "B", columns=120, rows=60) as browser:
        prefix = ""
        for _ in range(7):
            browser.wait_for(at(f"s3://deep/{prefix} "))
            browser.press("n", "s")
            children = {}
            for key, size in bytes_of.items():
                if key.startswith(prefix):
                    name = re.match("[^/]*/?", key[len(prefix):])[0]
                    count, total = children.get(name, (0, 0))
                    children[name] = (count + 1, total + size)
            most = max(children.items(), key=lambda child: child[1][1])
            browser.wait_for(lambda browser: browser.selected and browser.selected.endswith(" " + most[0]))
            assert f"{most[1][1]:,} B" in browser.selected
            total = sum(size for _, size in children.values())
            assert browser.lines[-2].startswith(f"{total:,} B"), browser.lines[-2]
            if not most[0].endswith("/"):
                break
            assert f" {most[1][0]:,} " in browser.selected
            prefix += most[0]
            browser.press(RIGHT)
        assert prefix.count("/") >= 2


def test_reads_a_thousand_objects_at_a_time(audit, s3):
    s3.buckets = {"flat": [f"{number:05}" for number in range(2_500)]}
    audit.sync()
    with Browser(audit, "flat") as browser:
        browser.wait_for("/1,000")
        browser.press("n", END)
        browser.wait_for("1,500 more objects")
        browser.press(RIGHT)
        browser.wait_for("/2,000")
        browser.wait_for(lambda browser: browser.selected.endswith(" 01000"))
        browser.press(END, RIGHT)
        browser.wait_for("/2,500")
        browser.press("n", HOME)
        browser.wait_for(lambda browser: browser.selected and browser.selected.endswith(" 02499"))


def test_filter_takes_any_letter_and_ends(audit, s3):
    s3.buckets = {"words": ["Grüße", "日本語/キー", "plain", "q"]}
    audit.sync()
    with Browser(audit, "words") as browser:
        browser.wait_for("plain")
        # A character of three bytes, in pieces.
        browser.press("/", b"\xe6\x9c")
        browser.press(b"\xac")
        browser.wait_for("1/1 of 4")
        assert browser.selected.endswith("語/")
        browser.press(ESCAPE)
        browser.wait_for("/4")
        browser.press("/", "Q", ENTER)
        browser.wait_for("1/1 of 4")
        browser.press(ESCAPE)
        browser.wait_for("/4")


def test_prints_addresses_on_leaving(synced):
    with Browser(synced, "photos") as browser:
        browser.wait_for("index.html")
        browser.press("n", "y", END, "y")
        browser.wait_for("on leaving")
        browser.press("q")
        assert browser.end() == "exit 0"
        assert browser.left_behind == "s3://photos/2025/\r\ns3://photos/index.html\r\n"


def test_facts_name_what_is_not_known(synced):
    with Browser(synced) as browser:
        browser.wait_for("photos")
        browser.press("i")
        browser.wait_for("cost a month")
        assert "not known" in browser.text and "STANDARD" in browser.text and "is not AWS" in browser.text
        browser.press("i", "q")
        assert browser.end() == "exit 0"


def test_help_has_the_keys(synced):
    with Browser(synced) as browser:
        browser.wait_for("photos")
        browser.press("?")
        browser.wait_for("last modified; again: reverse")
        browser.press("?")
        browser.wait_for("photos")


# What is not complete

def test_marks_denied_and_partial_and_never_listed(audit, s3):
    s3.buckets = {"denied": ["a"], "partial": ["b", "c"], "whole": ["d"], "empty": []}
    audit.sync()
    with closing(sqlite3.connect(audit.index)) as database, database:
        database.execute("UPDATE bucket SET state = 'denied', error = 'access denied' WHERE name = 'denied'")
        database.execute("UPDATE bucket SET state = 'partial' WHERE name = 'partial'")
        database.execute(
            "INSERT INTO bucket (endpoint, name, account_id, state)"
            " SELECT endpoint, 'unseen', account_id, 'never' FROM bucket LIMIT 1")
    with Browser(audit) as browser:
        browser.wait_for("unseen")
        marks = {line.split()[-1]: line[0] for line in browser.lines[2:7]}
        assert marks == {"denied": "!", "partial": "~", "whole": " ", "empty": "e", "unseen": "?"}
        unseen = next(line for line in browser.lines if line.endswith("unseen"))
        assert not re.search(r"\d", unseen) and "–" in unseen
        assert "partial" in browser.lines[-2], "of all of them together"
        browser.press("n", HOME, RIGHT)
        browser.wait_for("access denied")
        assert "denied" in browser.lines[-2]


def test_marks_what_is_old(audit, s3):
    s3.buckets = {"old": ["a"]}
    audit.sync()
    with closing(sqlite3.connect(audit.index)) as database, database:
        database.execute("UPDATE bucket SET synced_ms = synced_ms - 37 * 3600000")
    with Browser(audit) as browser:
        browser.wait_for("old")
        assert browser.selected.startswith("*")


def test_growth_is_that_of_the_history(audit, s3):
    """A week ago a bucket held less, and two of its prefixes; a third is new; another bucket was not there."""
    s3.buckets = {"grown": ["a/1", "b/1"], "young": ["c"]}
    audit.sync()
    with closing(sqlite3.connect(audit.index)) as database, database:
        for table in ("usage_point", "usage_history", "prefix_usage_history"):
            database.execute(f"UPDATE {table} SET at_ms = at_ms - 8 * 86400000")
        database.execute("UPDATE usage_point SET bytes = 1030 WHERE bytes = 2")
        database.execute("UPDATE prefix_usage_history SET bytes = 1025 WHERE prefix = 'a/'")
        database.execute("DELETE FROM usage_point WHERE bucket_id = (SELECT id FROM bucket WHERE name = 'young')")
    s3.buckets["grown"].append("new/1")
    audit.sync("grown")

    def growth(browser, name):
        line = next(line for line in browser.lines[2:-2] if line.endswith(f" {name}"))
        return re.search(r"([+-]?[\d.,]+ \w+|–|0 B) +" + name, line)[1]

    with Browser(audit) as browser:
        browser.wait_for(lambda browser: "-1,027 B" in browser.text or "-1.0 KiB" in browser.text)
        assert growth(browser, "young") == "–"
        browser.press("n", RIGHT)
        browser.wait_for(at("s3://grown/"))
        browser.wait_for(lambda browser: growth(browser, "a/") != "–")
        assert [growth(browser, name) for name in ("a/", "b/", "new/")] == ["-1.0 KiB", "0 B", "+1 B"]
        browser.press("r")
        browser.wait_for("30 days")
        browser.wait_for(lambda browser: growth(browser, "a/") == "–")
        assert growth(browser, "new/") == "–"


# What it is started with

def test_needs_a_terminal(synced):
    result = synced.run("browse")
    assert result.returncode == 64 and "query du" in result.stderr and result.stdout == ""


@pytest.mark.parametrize("term", ["dumb", "", None])
def test_needs_a_terminal_that_can_place_text(synced, term):
    with Browser(synced, env={"TERM": term}) as browser:
        assert browser.end() == "exit 64"
        assert b"query du" in browser.shown and b"\x1b[?1049h" not in browser.shown


@pytest.mark.parametrize("arguments, words", [
    (["nowhere"], "no bucket in the index matches 'nowhere'"),
    (["s3://*/2025/"], "2 buckets match"),
])
def test_scopes_that_lead_nowhere(synced, arguments, words):
    with Browser(synced, *arguments) as browser:
        assert browser.end() == "exit 1"
        assert words.encode() in browser.shown and b"\x1b[?1049h" not in browser.shown


def test_patterns_choose_buckets(synced):
    with Browser(synced, "ph*") as browser:
        browser.wait_for("photos")
        assert "1/1" in title(browser) and "logs" not in browser.text


def test_says_that_there_is_no_index(audit):
    with Browser(audit) as browser:
        assert browser.end() == "exit 1"
        assert b"there is no index" in browser.shown
    audit.index.write_bytes(b"something else" * 1000)
    with Browser(audit) as browser:
        assert browser.end() == "exit 1"
        assert b"not an s3audit index" in browser.shown


def test_an_index_without_buckets_is_shown_as_never_listed(audit, s3):
    s3.buckets = {"gone": ["a"]}
    audit.sync()
    audit.run("forget", "gone")
    with Browser(audit) as browser:
        browser.wait_for("nothing is here")
        browser.press("q")
        assert browser.end() == "exit 0"


def test_writes_nothing(synced):
    before = synced.index.read_bytes()
    synced.index.chmod(0o444)
    with Browser(synced) as browser:
        browser.wait_for("photos")
        browser.press(RIGHT, "i", ESCAPE, "R", "q")
        assert browser.end() == "exit 0"
    assert synced.index.read_bytes() == before
    assert sorted(os.listdir(synced.index.parent)) == ["home", "index.sqlite3", "index.sqlite3.lock"]


# Names that mean harm, on any screen

SIZES = [(40, 8), (80, 24), (250, 70)]


def columns(line):
    """As terminals count them, in the eyes of others."""
    return sum(max(0, wcwidth(character)) for character in line)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_hostile_keys_never_reach_the_terminal(audit, s3, size):
    keys = [key for key in {*ODD_KEYS, *TERMINAL_KEYS} if "\0" not in key]
    s3.buckets = {"hostile": keys}
    audit.sync()
    with Browser(audit, "hostile", columns=size[0], rows=size[1]) as browser:
        browser.wait_for("s3://hostile/")
        browser.press("n", "i")
        browser.wait_for("address")
        browser.press("i", "y", "c", "p", END, "i")
        browser.wait_for("address")
        browser.press("i")
        for _ in range(len(keys) // max(1, size[1] - 4) + 1):
            browser.press(PAGE_UP)
        browser.wait_for(lambda browser: "1/" in title(browser))
        browser.press("q")
        assert browser.end() == "exit 0"
    shown = browser.shown.decode()
    # Of its own: places, erasing, styles, modes.
    plain = re.sub(r"\x1b\[(\d+;\d+H|\d*[JKm]|\?(1049|25|7)[hl])", "", shown)
    bad = {c for c in plain.replace("\r\n", "") if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")}
    assert not bad
    drawn = shown[:shown.rindex("\x1b[?1049l")]
    for line in re.split(r"\x1b\[\d+;1H\x1b\[2K", drawn)[1:]:
        line = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line)
        assert columns(line) <= size[0], line


def test_no_color_is_respected(synced):
    with Browser(synced, env={"NO_COLOR": "1"}) as browser:
        browser.wait_for("photos")
        browser.press("q")
        browser.end()
    assert not re.search(rb"\x1b\[3\dm", browser.shown)
    with Browser(synced) as browser:
        browser.wait_for("photos")
        browser.press("q")
        browser.end()
    assert re.search(rb"\x1b\[3\dm", browser.shown)
