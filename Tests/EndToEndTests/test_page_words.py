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


def test_uploads_of_no_known_size_are_counted(browser, tmp_path):
    audit = Audit(tmp_path)
    page_index.fill(audit, int(time.time() * 1000))
    change(audit, "UPDATE upload SET bytes = NULL, parts = NULL")
    with serving(audit) as server, Visit(browser, server.url, "#prod-media") as look:
        look.settle()
        assert "120 uploads, size not known: sync --uploads --parts" in look.text("#figures")


def test_a_sync_that_was_killed_and_changes_beside_prefixes_are_told(browser, tmp_path):
    audit = Audit(tmp_path)
    page_index.fill(audit, int(time.time() * 1000))
    last = "(SELECT max(id) FROM sync)"
    change(audit, "UPDATE object_change SET key = substr(key, 1 + length('users/a/')) WHERE key LIKE 'users/a/%'",
           f"UPDATE sync SET state = 'running', finished_ms = NULL WHERE id = {last}")
    with serving(audit) as server, Visit(browser, server.url, "#app-uploads") as look:
        look.settle()
        assert "ended without a word (killed)" in look.text("#foot") and "running" not in look.text("#foot")
        assert "directly here" in look.text("#night") and look.page.locator("#night a").count() == 0


def test_two_buckets_of_one_name_are_two(browser, tmp_path):
    audit = Audit(tmp_path)
    now_ms = int(time.time() * 1000)
    page_index.fill(audit, now_ms)
    with closing(sqlite3.connect(audit.index)) as database, database:
        account = database.execute("INSERT INTO account (endpoint, number, state, synced_ms) VALUES (?, 'm', 'complete', ?)",
                                   ["http://minio:9000", now_ms]).lastrowid
        bucket = database.execute("INSERT INTO bucket (endpoint, name, account_id, state, synced_ms)"
                                  " VALUES ('http://minio:9000', 'prod-media', ?, 'complete', ?)", [account, now_ms]).lastrowid
        standard = database.execute("SELECT id FROM storage_class WHERE name = 'STANDARD'").fetchone()[0]
        database.execute("INSERT INTO bucket_usage (bucket_id, storage_class_id, objects, bytes, small_objects, small_bytes)"
                         " VALUES (?, ?, 3, 3072, 0, 0)", [bucket, standard])
        database.execute("INSERT INTO prefix_usage VALUES (?, 1, 'here/', 3, 3072)", [bucket])
    with serving(audit) as server, Visit(browser, server.url) as look:
        look.settle()
        links = look.page.locator("#table td.name a", has_text="prod-media")
        assert links.count() == 2 and "http://minio:9000" in look.text("#table")
        for place, (size, prefixes) in enumerate([("148", 7), ("3", 1)]):
            links.nth(place).click()
            look.settle()
            asked = len(look.requests)
            assert look.texts("#figures .value")[0].startswith(size) and "account=" in look.address
            assert look.page.locator("#table tr:not(.direct) td.name").count() == prefixes
            look.page.locator("#table td.name a").first.click()
            look.settle()
            assert "account=" in look.address
            assert all("account=" in url for url in look.requests[asked:] if "/api/" in url and "bucket=" in url)
            look.go("#")
        look.go("#prod-media")
        assert "Several buckets have this name" in look.text("#instead")
        look.page.locator("#instead a", has_text="minio").click()
        look.settle()
        assert look.texts("#figures .value")[1] == "3" and "at http://minio:9000" in look.text("#crumbs")


def test_growth_says_since_when(open_page):
    look = open_page.go("#?days=365")
    assert "since " in look.text("#table th.growth") and "since " in look.text("#figures") and "a year" not in look.text("#figures")
    assert "since " in look.page.locator("#map a").first.get_attribute("aria-label").replace("\u00a0", " ")
    assert look.go("#?days=30").text("#table th.growth").strip() == "30 days"


def test_a_part_has_no_day_for_a_budget_of_the_whole(open_page):
    look = open_page.go("#?budget=499TiB")
    assert "10 of 15 buckets" in look.text("#history-side") and "no day known" in look.text("#history-side")
    assert "of 166 TiB" in look.text("#findings")


def test_what_lies_beside_prefixes_is_a_row_as_others(open_page):
    look = open_page.go("#odd-keys")
    assert look.page.locator("#table .direct .bar span").evaluate("bar => bar.offsetWidth") > 10
    assert "direct" in (look.page.locator("#table tbody tr").first.get_attribute("class") or "")
    look.page.locator("#table th button", has_text="Name").click()
    assert "direct" not in (look.page.locator("#table tbody tr").first.get_attribute("class") or "")
    # One night is no line.
    assert "History begins" in look.text("#history") and look.page.locator("#history svg").count() == 0


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
    # What is no bucket's name is the first place that it is a part of.
    look.page.locator("#jump-field").fill("CDN-lo")
    look.page.keyboard.press("Enter")
    look.settle()
    assert look.address == "#cdn-logs"
    look.page.keyboard.press("Escape")
    assert look.page.locator("#jump-field").input_value() == ""
