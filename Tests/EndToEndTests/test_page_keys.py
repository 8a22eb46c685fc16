"""Keys of any bytes are shown as text and stay clickable, and none of them is ever run."""

import re
import urllib.parse

import pytest

from support.page_index import HOSTILE_KEYS

PREFIXES = sorted({key.split(b"/")[0] + b"/" for key in HOSTILE_KEYS if b"/" in key})
DEEP = [b"slash//", b"hash#/tag#", b"percent%2F/x%2F", b"..//../x", b"\xff\xfe/\xfd", b"new\nline/x", b"a//b", b"//"]


def level(key):
    """The prefixes that lead to a key."""
    parts = key.split(b"/")
    return [b"/".join(parts[:depth]) + b"/" for depth in range(1, len(parts))]


def address_of(prefix):
    return "#odd-keys/" + urllib.parse.quote(prefix, safe="/-._~")


def test_every_prefix_opens_by_a_click(open_page):
    look = open_page.go("#odd-keys")
    for place in range(len(PREFIXES)):
        look.page.locator("#table tr:not(.direct) td.name a").nth(place).click()
        look.settle()
        prefix = urllib.parse.unquote_to_bytes(look.address.removeprefix("#odd-keys/"))
        inside = [key for key in HOSTILE_KEYS if key.startswith(prefix)]
        assert prefix in PREFIXES and inside
        assert f"{len(inside)}" == look.texts("#figures .value")[1]
        assert look.page.locator("#crumbs [aria-current]").count() == 1
        look.page.go_back()
        look.settle()
    assert sorted(re.findall(r"\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|\\n", look.text("#table"))) == ["\\n", "\\u202e", "\\xfe", "\\xff"]


@pytest.mark.parametrize("key", DEEP, ids=repr)
def test_the_map_leads_to_every_level(open_page, key):
    look = open_page.go("#odd-keys")
    for prefix in level(key):
        look.page.locator(f'#map a[href="{address_of(prefix)}"], #table a[href="{address_of(prefix)}"]').last.click()
        look.settle()
        assert look.address == address_of(prefix)
        inside = sum(other.startswith(prefix) for other in HOSTILE_KEYS)
        assert look.texts("#figures .value")[1] == str(inside)


def test_objects_of_any_name_have_their_facts(open_page):
    look = open_page
    for prefix in (b"", b"</", b"<script>alert(1)</", b"\xff\xfe/", "\u202egnp.exe/".encode(), b"new\nline/"):
        look.go(address_of(prefix) if prefix else "#odd-keys")
        for place in range(look.page.locator("#objects button").count()):
            look.page.locator("#objects button").nth(place).click()
            assert "Last modified" in look.text("#dialog")
            look.page.keyboard.press("Escape")


def test_nothing_of_a_key_becomes_markup(visit):
    look = visit("#odd-keys")
    for prefix in (b"", b"</", b"<script>alert(1)</", b"<img src=x onerror=alert(1)>/", b"</script><script>alert(1)</"):
        look.go(address_of(prefix) if prefix else "#odd-keys")
        assert look.page.evaluate("""() => [document.scripts.length, document.images.length,
            document.querySelectorAll('[onerror], [onload], [style*=expression], iframe, object').length]""") == [1, 0, 0]
    look.go("#" + urllib.parse.quote("<img src=x onerror=alert(1)>") + "/" + urllib.parse.quote("<svg onload=alert(1)>/"))
    assert "<img src=x onerror=alert(1)>" in look.text("#crumbs")
    for address in ("#javascript:alert(1)//", "#%", "#%zz/%", "#b?metric=%3Cscript%3E", "#/", "#//", "#?", "#b/%00"):
        look.page.evaluate("address => { location.hash = address }", address)
        look.page.wait_for_timeout(100)
    look.go("#")


def test_scripts_made_of_text_are_refused(visit):
    look = visit()
    refused = look.page.evaluate("""() => { try { document.body.innerHTML = '<b>x</b>'; return '' } catch (error) { return error.name } }""")
    assert refused == "TypeError"
    look.messages.clear()
