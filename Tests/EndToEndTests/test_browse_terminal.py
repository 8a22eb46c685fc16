"""What becomes of the terminal when a browser is resized, stopped, killed, or loses its index."""

import os
import shutil
import signal

import pytest

from support.browsing import (
    CTRL_C, CTRL_Z, DOWN, END, ESCAPE, LEFT, LEFT_ALTERNATE_SCREEN, RIGHT, Browser)


@pytest.fixture
def synced(audit, s3):
    s3.buckets = {"photos": [f"2025/{number:03}" for number in range(60)] + ["x"], "logs": ["y"]}
    audit.sync()
    return audit


@pytest.fixture
def browser(synced):
    with Browser(synced) as browser:
        browser.wait_for("photos")
        browser.wait_for(lambda browser: browser.settings() != browser.settings_before)
        yield browser


ENDINGS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
# A crash of the program is one of these.
DEATHS = [signal.SIGSEGV, signal.SIGILL, signal.SIGABRT, signal.SIGBUS, signal.SIGTRAP, signal.SIGQUIT]


@pytest.mark.parametrize("number", ENDINGS, ids=lambda number: number.name)
def test_signals_end_it_with_the_terminal_as_it_was(browser, number):
    browser.send(number)
    assert browser.end() == "exit 130"
    browser.assert_terminal_restored()


@pytest.mark.parametrize("number", DEATHS, ids=lambda number: number.name)
def test_deaths_leave_the_terminal_as_it_was(browser, number):
    browser.send(number)
    assert browser.end() == f"signal {int(number)}"
    browser.assert_terminal_restored()


def test_ctrl_c_ends_it(browser):
    browser.press(CTRL_C)
    assert browser.end() == "exit 130"
    browser.assert_terminal_restored()


def test_two_signals_at_once_leave_the_terminal_as_it_was(browser):
    browser.send(signal.SIGSTOP)
    assert browser.next_change() == "stopped"
    browser.send(signal.SIGTERM)
    browser.send(signal.SIGHUP)
    browser.send(signal.SIGCONT)
    assert browser.end() == "exit 130"
    browser.assert_terminal_restored()


def test_ends_when_the_terminal_goes_away(browser):
    browser.hang_up()
    assert browser.end() == "exit 130"


def test_leaves_while_it_counts(synced, browser):
    browser.press(RIGHT, "q")
    assert browser.end() == "exit 0"
    browser.assert_terminal_restored()


@pytest.mark.parametrize("way", ["key", "signal"])
def test_stops_and_goes_on(browser, way):
    raw = browser.settings()
    browser.press(DOWN)
    browser.wait_for(lambda browser: browser.selected and browser.selected.endswith("logs"))
    for _ in range(2):
        if way == "key":
            browser.press(CTRL_Z)
        else:
            browser.send(signal.SIGTSTP)
        assert browser.next_change() == "stopped"
        browser.wait_for(
            lambda browser: browser.shown.rfind(LEFT_ALTERNATE_SCREEN) > browser.shown.rfind(b"\x1b[?1049h"))
        browser.assert_terminal_restored()
        browser.screen.reset()
        browser.resize(60, 12)
        browser.send(signal.SIGCONT)
        assert browser.next_change() == "continued"
        browser.wait_for("photos")
        assert browser.settings() == raw
        assert browser.selected.endswith("logs")
    browser.press(RIGHT)
    browser.wait_for("s3://logs/")
    browser.press("q")
    assert browser.end() == "exit 0"
    browser.assert_terminal_restored()


def test_takes_the_terminal_again_after_a_stop_that_nobody_can_see(browser):
    """SIGSTOP leaves no time to put anything back: the shell does, and the screen is drawn anew."""
    raw = browser.settings()
    browser.send(signal.SIGSTOP)
    assert browser.next_change() == "stopped"
    browser.set(browser.settings_before)
    browser.screen.reset()
    browser.send(signal.SIGCONT)
    assert browser.next_change() == "continued"
    browser.wait_for("photos")
    browser.wait_for(lambda browser: browser.settings() == raw)
    browser.press("q")
    assert browser.end() == "exit 0"
    browser.assert_terminal_restored()


def test_follows_the_size_of_the_terminal(browser):
    browser.press(RIGHT, RIGHT)
    browser.wait_for("s3://photos/2025/")
    browser.press("n", END)
    for columns, rows in [(250, 70), (40, 8), (100, 30)]:
        browser.resize(columns, rows)
        browser.wait_for(
            lambda browser: browser.selected and browser.selected.endswith(" 059")
            and browser.lines[rows - 2].startswith("60 B"))
    browser.resize(39, 8)
    browser.wait_for("39x8 is too small: 40x8 is")
    assert all(not line for line in browser.lines[1:])
    browser.resize(30, 5)
    browser.wait_for("30x5 is too small")
    browser.resize(80, 24)
    browser.wait_for(lambda browser: browser.selected and browser.selected.endswith(" 059"))


def test_starts_on_a_screen_that_is_too_small(synced):
    with Browser(synced, columns=30, rows=5) as browser:
        browser.wait_for("30x5 is too small")
        browser.press("q")
        assert browser.end() == "exit 0"
        browser.assert_terminal_restored()


def test_a_lone_escape_is_told_from_a_sequence(browser):
    browser.press("/", "p")
    browser.wait_for("1/1 of 2")
    browser.press(ESCAPE)
    browser.wait_for("1/2")
    browser.press(b"\x1b", b"[")
    browser.press(b"B")
    # However long it takes, it is one or the other, and nothing breaks.
    browser.press(RIGHT)
    browser.wait_for("s3://")


# The index under it

def test_reads_anew_what_a_sync_wrote(synced, s3, browser):
    browser.press(RIGHT)
    browser.wait_for("s3://photos/")
    s3.buckets["photos"].append("new-one")
    synced.sync()
    assert "new-one" not in browser.text
    browser.press("R")
    browser.wait_for("new-one")
    browser.press(LEFT)
    browser.wait_for("everything")
    assert "62 " in browser.text


def test_keeps_no_sync_waiting(synced, browser):
    """An open browser holds no transaction: a sync takes the log in and leaves a plain file."""
    browser.press(RIGHT)
    browser.wait_for("s3://photos/")
    result = synced.sync()
    assert "Warning" not in result.stderr
    assert not os.path.exists(f"{synced.index}-wal") or os.path.getsize(f"{synced.index}-wal") == 0
    browser.press("q")
    assert browser.end() == "exit 0"


def test_says_that_the_index_was_replaced(synced, browser):
    other = synced.index.with_name("other.sqlite3")
    shutil.copy(synced.index, other)
    os.replace(other, synced.index)
    browser.press(RIGHT)
    browser.wait_for("another file has taken")
    browser.press("R")
    browser.wait_for(lambda browser: "another file" not in browser.text)
    browser.press(RIGHT)
    browser.wait_for("s3://photos/")


def test_says_that_the_index_has_gone(synced, browser):
    os.remove(synced.index)
    browser.press(RIGHT)
    browser.wait_for("has gone")
    browser.press("R")
    browser.wait_for("there is no index")
    browser.press("q")
    assert browser.end() == "exit 0"


def test_survives_that_the_index_is_cut_short(synced, browser):
    size = os.path.getsize(synced.index)
    with open(synced.index, "r+b") as file:
        file.truncate(size // 3)
    browser.press(RIGHT)
    browser.wait_for(lambda browser: "photos" in browser.text and browser.lines[-1])
    browser.press("R")
    browser.wait_for(lambda browser: any(word in browser.lines[-1] for word in ("damaged", "malformed", "not an s3audit")))
    browser.press("q")
    assert browser.end() == "exit 0"
    browser.assert_terminal_restored()
