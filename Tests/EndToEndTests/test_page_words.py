"""What the page says of itself is true: about tokens, first nights, what was not listed, and names of strangers."""

import sqlite3
import time
from contextlib import closing

from support import page_index
from support.audit import Audit
from support.page import Visit, serving

TOKEN = "0123456789abcdef"
ODD = "x\u202e[*]\u0007"


def change(audit, *statements):
    with closing(sqlite3.connect(audit.index)) as database, database:
        for statement in statements:
            database.execute(statement)


def test_what_is_no_token_is_told_in_words(browser, tmp_path):
    audit = Audit(tmp_path)
    page_index.fill(audit, int(time.time() * 1000))
    with serving(audit, token=TOKEN) as server:
        for wrong in ("€uro-signs-and-more", "x" * 40_000, "white space inside"):
            look = Visit(browser, server.url)
            look.says("The server asks for the token")
            look.page.locator("#token-field").fill(wrong)
            look.page.keyboard.press("Enter")
            look.says("The server does not accept this token.")
            assert look.page.locator("#cards").is_hidden()
            # What no header can hold was not sent.
            assert sum("/api/" in url for url in look.requests) == 1
            look.context.close()
        for address in (f"#prod-media/?token={TOKEN}&days=7", f"#prod-media?days=7&token={TOKEN}",
                        f"?token={TOKEN}#prod-media?days=7"):
            with Visit(browser, server.url, address) as look:
                look.wait(lambda: "148" in look.text("#figures"), "figures")
                assert TOKEN not in look.page.evaluate("location.href + JSON.stringify(history.state)")
                assert "prod-media" in look.text("#crumbs") and look.address.endswith("?days=7")


def test_names_of_strangers_move_nothing(browser, tmp_path):
    audit = Audit(tmp_path)
    page_index.fill(audit, int(time.time() * 1000))
    with closing(sqlite3.connect(audit.index)) as database, database:
        database.execute("UPDATE bucket SET name = ?, error = ?, state = 'partial' WHERE name = 'odd-keys'",
                         [ODD, "\u202ereversed\u0007"])
    hostile = "() => [document.title, document.body.textContent, ...[...document.querySelectorAll('*')].flatMap(node =>" \
        " [node.title, node.ariaLabel])].filter(text => /[\\u0000-\\u0008\\u202a-\\u202e\\u2066-\\u2069]/.test(text ?? ''))"
    with serving(audit) as server, Visit(browser, server.url) as look:
        look.settle()
        assert look.page.evaluate(hostile) == []
        look.page.locator("#table a", has_text="\\u202e").click()
        look.settle()
        assert look.texts("#figures .value")[1] == "63"
        assert look.page.evaluate(hostile) == [] and "\\u202e[*]" in look.page.title()
        # A name that looks like a pattern is none.
        look.go("#prod-*")
        assert "No such bucket" in look.text("#instead")


def test_a_first_sync_that_fails_has_no_tick(browser, audit, s3):
    audit.run("sync", "--no-properties")
    change(audit, "UPDATE sync SET state = 'failed'")
    with serving(audit) as server, Visit(browser, server.url) as look:
        look.says("sync failed")
        assert look.page.locator("#fresh .synced").count() == 0


def test_the_first_night_is_no_night_without_a_listing(browser, audit, bucket):
    assert audit.run("sync", "--no-properties").returncode == 0
    with serving(audit) as server, Visit(browser, server.url) as look:
        for address in ("#", "#bucket"):
            look.go(address)
            assert "nothing to compare with yet" in look.text("#figures") and "not listed last night" not in look.text("body")
            assert "listed by sync --versions --uploads" in look.text("#figures")


def test_uploads_that_nobody_listed_are_no_zero(browser, tmp_path):
    audit = Audit(tmp_path)
    page_index.fill(audit, int(time.time() * 1000))
    change(audit, "DELETE FROM upload", "UPDATE bucket SET uploads_synced_ms = NULL")
    with serving(audit) as server, Visit(browser, server.url, "#prod-media") as look:
        look.settle()
        assert "uploads not listed" in look.text("#figures")


def test_costs_in_the_map_say_how_far_they_are_known(open_page):
    look = open_page.go("#?metric=cost")
    text = look.text("#map")
    assert "$ 2,206–3,071" in text and "≥ $ 790" in text and "$ 1,409" in text


def test_the_field_to_jump_is_chosen_whole(open_page):
    look = open_page.go("#")
    look.page.locator("#jump-field").fill("left over")
    look.page.locator("#jump-field").blur()
    look.page.keyboard.press("/")
    look.page.keyboard.type("cdn")
    assert look.page.locator("#jump-field").input_value() == "cdn"
    look.page.locator("#jump-field").fill("")
    look.page.locator("#jump-field").blur()
