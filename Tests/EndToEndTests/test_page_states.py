"""Every state has its words, and nobody is kept out who reads by ear or by contrast."""

import sqlite3
import time
from contextlib import closing

import pytest
from axe_playwright_python.sync_playwright import Axe

from support import page_index
from support.audit import Audit
from support.page import PHONE, Visit, serving
from support.servers import wait_for

STATES = {
    "#finance-reports": ["S3 refuses to list this bucket.", "Figures are from", "s3:ListBucket",
                         "s3audit doctor s3://finance-reports", "not listed last night", "No prefixes here"],
    "#refused-always": ["S3 refuses to list this bucket.", "never listed", "there are no figures"],
    "#app-uploads": ["did not come to its end: interrupted", "true, but not all", "s3audit sync s3://app-uploads"],
    "#build-artifacts": ["Last listed 3 d ago.", "s3audit sync s3://build-artifacts"],
    "#never-listed": ["This bucket was never listed.", "s3audit sync s3://never-listed", "History begins with"],
    "#empty-sandbox": ["No objects", "the bucket is empty", "History begins with the first object."],
    "#odd-keys": ["price unknown", "unknown"],
    "#no-such-bucket": ["No such bucket", "This bucket is not in the index", "s3audit sync s3://no-such-bucket"],
    "#prod-*?days=7": ["No such bucket", "prod-*"],
    "#prod-media/none/": ["nothing begins with this"],
    "#odd-keys/ha": ["What begins with ha.", "no history", "hash#/", "1 object"],
    "#odd-keys/hash%23": ["What begins with hash#.", "See odd-keys/hash#/ or odd-keys/"],
    "#odd-keys/hash%23/t": ["What begins with t.", "See odd-keys/hash#/"],
    "#odd-keys/none-": ["What begins with none-.", "nothing begins with this", "See odd-keys/"],
    "#data-lake-raw/events/us/x/": ["History is kept of buckets and of two levels"],
    "#": ["5 of 15 buckets not fresh", "synced", "10 of 15 buckets", "some prices are not known"],
}


@pytest.mark.parametrize("address", STATES)
def test_a_state_has_its_words(open_page, address):
    look = open_page.go(address)
    text = look.text("body")
    for words in STATES[address]:
        assert words in text, words
    # The browser tells on its console what the server refuses.
    look.check_quiet()


def test_what_is_not_known_is_no_zero(open_page):
    look = open_page.go("#never-listed")
    assert look.texts("#figures .value")[:3] == ["–", "–", "–"]
    look.go("#")
    row = look.page.locator("#table tr", has_text="never-listed")
    assert [row.locator(cell).inner_text() for cell in ("td.size", "td.objects", "td.growth", "td.cost")] == ["–"] * 4
    assert "never listed" in row.inner_text()


@pytest.mark.parametrize("scheme, device, addresses", [
    ("light", {}, ["#", "#finance-reports", "#app-uploads", "#odd-keys?list=1", "#no-such-bucket"]), ("light", PHONE, ["#", "#empty-sandbox"]),
    ("dark", {}, ["#", "#finance-reports"]), ("dark", PHONE, ["#never-listed"]),
], ids=["light", "light-phone", "dark", "dark-phone"])
def test_axe_finds_nothing(browser, page_server, scheme, device, addresses):
    with Visit(browser, page_server.url, color_scheme=scheme, bypass_csp=True, **device) as look:
        for address in addresses:
            look.go(address)
            found = Axe().run(look.page)
            assert found.violations_count == 0, (address, found.generate_report())


def test_axe_finds_nothing_in_dialogs(browser, page_server):
    with Visit(browser, page_server.url, bypass_csp=True) as look:
        look.settle()
        look.page.keyboard.press("?")
        found = Axe().run(look.page)
        assert found.violations_count == 0, found.generate_report()
        look.page.keyboard.press("Escape")
        look.page.locator("#objects button").first.click()
        found = Axe().run(look.page)
        assert found.violations_count == 0, found.generate_report()


@pytest.fixture
def own(tmp_path):
    """An index of a test's own, which it may change."""
    audit = Audit(tmp_path)
    page_index.fill(audit, int(time.time() * 1000))
    return audit


def change(audit, statement, *values):
    with closing(sqlite3.connect(audit.index)) as database, database:
        database.execute(statement, values)


def hurry(look):
    """Asks for the state now, and not when the next seconds are over."""
    look.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_without_an_index_there_are_two_commands_and_then_the_index(browser, tmp_path):
    audit = Audit(tmp_path)
    with serving(audit) as server:
        look = Visit(browser, server.url)
        look.says("No index yet")
        assert "s3audit doctor" in look.text("#instead") and "s3audit sync" in look.text("#instead")
        page_index.fill(audit, int(time.time() * 1000))
        hurry(look)
        look.says("data-lake-raw")
        assert look.page.locator("#instead").is_hidden()
        look.context.close()


def test_what_a_sync_changes_is_shown_when_it_is_there(browser, own):
    with serving(own) as server, Visit(browser, server.url, "#empty-sandbox") as look:
        look.settle()
        assert "syncing" not in look.text("#fresh")
        change(own, "UPDATE bucket SET state = 'denied', error = 'access denied' WHERE name = 'empty-sandbox'")
        hurry(look)
        look.says("S3 refuses to list this bucket.")


def test_a_sync_is_seen_while_it_runs_and_when_it_has_ended(browser, audit, simulator):
    simulator("--bucket", "logs:dates:3000", "--latency", "500")
    running = audit.start("sync", "--no-properties")
    wait_for(audit.index.exists, "an index")
    with serving(audit) as server, Visit(browser, server.url) as look:
        look.says("syncing")
        assert running.wait(60) == 0
        hurry(look)
        look.wait(lambda: "3,000" in look.text("#figures"), "the objects that it found")
        assert "syncing" not in look.text("#fresh") and "just now" in look.text("#fresh")


def test_a_server_that_is_gone_leaves_its_figures(browser, own):
    with serving(own) as server:
        look = Visit(browser, server.url)
        look.settle()
    hurry(look)
    look.says("The server does not answer.")
    assert "The figures are those of" in look.text("#notices") and "456" in look.text("#figures")
    assert "away" in look.page.evaluate("document.body.className")
    look.page.locator("#table a").first.click()
    look.says("The server is away.")
    assert "counting" not in look.text("#figures")
    look.page.evaluate("history.back()")
    with serving(own, port=server.port):
        hurry(look)
        look.wait(lambda: "does not answer" not in look.text("body"), "figures again")
        look.settle()
    look.context.close()


def test_a_token_is_asked_for_once_and_kept_out_of_the_address(browser, own):
    with serving(own, token="0123456789abcdef") as server:
        look = Visit(browser, server.url)
        look.says("The server asks for the token")
        look.page.locator("#token-field").fill("wrong-wrong-wrong")
        look.page.keyboard.press("Enter")
        look.says("The server does not accept this token.")
        assert "456" not in look.text("body")
        look.page.locator("#token-field").fill("0123456789abcdef")
        look.page.keyboard.press("Enter")
        look.settle()
        assert "456" in look.text("#figures")
        look.page.reload()
        look.settle()
        assert "456" in look.text("#figures")
        look.context.close()
        with Visit(browser, server.url, "#token=0123456789abcdef") as look:
            look.settle()
            assert "token" not in look.page.evaluate("location.href")
            assert all("0123456789abcdef" not in url for url in look.requests)
