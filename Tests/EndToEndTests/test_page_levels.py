"""All that a level holds can be seen and opened, however much that is."""

import sqlite3
import time
from contextlib import closing

import pytest

from support import page_index
from support.audit import Audit
from support.page import Visit, serving
from support.page_index import HOSTILE_KEYS

DIRECT = sum(b"/" not in key for key in HOSTILE_KEYS)


def test_objects_beside_prefixes_are_in_the_map_and_in_a_list(open_page):
    look = open_page.go("#odd-keys")
    tile = look.page.locator("#map a.rest")
    assert tile.get_attribute("aria-label").startswith(f"{DIRECT} objects directly here")
    tile.click()
    look.settle()
    assert look.address == "#odd-keys?list=1" and look.text("#objects-title") == "Objects here"
    assert look.page.locator("#objects button").count() == DIRECT
    assert all("/" not in name for name in look.texts("#objects button"))
    look.page.locator("#objects-side a").click()
    look.settle()
    assert look.text("#objects-title") == "Largest objects"
    # Where there are no prefixes, the objects themselves are the tiles.
    look.go("#odd-keys/hash%23/")
    assert look.text("#map-title") == "Where it is: no prefixes here"
    look.page.locator("#map a").click()
    assert "hash#/tag#" in look.text("#dialog")
    look.page.keyboard.press("Escape")
    look.go("#odd-keys")
    assert look.text("#map-title") == "Where it is"
    look.check_quiet()


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """An index with 700 buckets of one prefix, and one bucket of 2,500 objects beside 40 prefixes."""
    audit = Audit(tmp_path_factory.mktemp("many"))
    now_ms = int(time.time() * 1000)
    page_index.fill(audit, now_ms)
    with closing(sqlite3.connect(audit.index)) as database, database:
        account, standard = (database.execute(f"SELECT min(id) FROM {table}").fetchone()[0]
                             for table in ("account", "storage_class"))
        for number in range(700):
            bucket = database.execute(
                "INSERT INTO bucket (endpoint, name, account_id, state, synced_ms) VALUES ('', ?, ?, 'complete', ?)",
                [f"one-of-many-{number:03}", account, now_ms]).lastrowid
            size = (1 << 42) + number
            database.execute("INSERT INTO bucket_usage (bucket_id, storage_class_id, objects, bytes, small_objects, small_bytes)"
                             " VALUES (?, ?, 1, ?, 0, 0)", [bucket, standard, size])
            database.execute("INSERT INTO prefix_usage VALUES (?, 1, 'p/', 1, ?)", [bucket, size])
        keys = [f"k{number:04}" for number in range(2500)] + [f"p{number:02}/x" for number in range(40)]
        database.executemany(
            "INSERT INTO object (bucket_id, key, size, last_modified_ms, etag, storage_class_id) VALUES (?, ?, 9, ?, 'e', ?)",
            [(bucket, key, now_ms, standard) for key in keys])
        database.execute("DELETE FROM prefix_usage WHERE bucket_id = ?", [bucket])
        database.executemany("INSERT INTO prefix_usage VALUES (?, 1, ?, 1, 9)",
                             [(bucket, f"p{number:02}/") for number in range(40)])
        database.execute("UPDATE bucket_usage SET objects = 2540, bytes = 2540 * 9 WHERE bucket_id = ?", [bucket])
    with serving(audit) as server:
        yield server


def test_many_buckets_are_shown_bit_by_bit_and_found_again(browser, many):
    with Visit(browser, many.url) as look:
        look.settle()
        assert "715" in look.text("#table-side")
        assert look.page.locator("#table tbody tr").count() == 100
        look.page.evaluate("document.querySelector('#table tbody tr').dataset.seen = 'yes'")
        look.page.locator("#table .more-rows").scroll_into_view_if_needed()
        place = look.page.evaluate("scrollY")
        look.page.locator("#table .more-rows").click()
        # What was there is the same, at the same place, and the first of what came has the focus.
        assert look.page.locator("#table tbody tr").count() == 715
        assert look.page.locator("#table [data-seen]").count() == 1 and look.page.evaluate("scrollY") == place
        assert look.page.evaluate("document.activeElement.closest('tr').sectionRowIndex") == 100
        # All but the seven that hold more than one part in 250, the empty one, and two that were never listed.
        assert "705 more" in look.text("#map")
        # Back leads to the same rows at the same height.
        row = look.page.locator("#table tbody tr").nth(600)
        row.scroll_into_view_if_needed()
        look.wait(lambda: look.page.evaluate("new Promise(done => requestAnimationFrame(() => done(scrollY)))") > 10_000, "place")
        place = look.page.evaluate("scrollY")
        row.locator("a").click()
        look.settle()
        assert look.page.evaluate("scrollY") == 0
        look.page.go_back()
        look.settle()
        assert look.page.locator("#table tbody tr").count() == 715
        assert abs(look.page.evaluate("scrollY") - place) < 2


def test_a_level_of_many_objects_is_listed_page_by_page(browser, many):
    with Visit(browser, many.url, "#one-of-many-699") as look:
        look.settle()
        assert look.text("#map a.rest").startswith("2,500 objects")
        look.page.locator("#table .direct a").click()
        look.settle()
        shown = look.page.locator("#objects button.key")
        assert shown.count() == 100
        for expected in (1100, 2100, 2500):
            look.page.locator("#objects .more-rows").click()
            look.wait(lambda: shown.count() == expected, f"{expected} objects")
        assert look.page.locator("#objects .more-rows").count() == 0
        names = [f"k{number:04}" for number in range(2500)]
        assert look.texts("#objects button.key") == names
        look.go("#odd-keys")
        look.page.go_back()
        look.settle()
        assert look.texts("#objects button.key") == names
