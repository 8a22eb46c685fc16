"""What the page knows without a document, run in the page itself: names, addresses, figures, scales and rectangles."""

import json
import random
import re

import pytest

from support.page_index import HOSTILE_KEYS


@pytest.fixture(scope="module")
def model(open_page):
    return open_page.model


def encoded(key):
    return "".join(chr(byte) if chr(byte).isalnum() and byte < 128 or byte in b"-._~/" else f"%{byte:02X}" for byte in key)


def test_names_of_any_bytes_come_back(model):
    names = [encoded(key) for key in HOSTILE_KEYS]
    assert model("(model, names) => names.map(name => model.encodeBytes(model.decodeBytes(name)))", names) == names
    for key, name in zip(HOSTILE_KEYS, names):
        address = model("(model, prefix) => model.formatAddress({ bucket: 'b', prefix })", name)
        assert model("(model, hash) => model.parseAddress(hash).prefix", address) == name
        try:
            text = key.decode()
        except UnicodeDecodeError:
            assert model("(model, name) => model.textOf(name)", name) is None
            assert model("(model, name) => model.prefixParameter(name)", name) == ["prefix_encoded", name]
        else:
            assert model("(model, name) => model.textOf(name)", name) == text
            assert model("(model, text) => model.encodeText(text)", text) == name


def test_what_cannot_be_seen_is_shown(model):
    shown = {b"a\nb": "a\\nb", b"\xff\xfe/": "\\xff\\xfe/", "\u202egnp".encode(): "\\u202egnp", b"end ": "end\u2423",
             b"two  blanks": "two\u2423 blanks", "a\u200bb".encode(): "a\\u200bb", b"\x1b[31m": "\\x1b[31m",
             "\u0085".encode(): "\\x85", "日本/ü🎉".encode(): "日本/ü🎉", "\U000e0041".encode(): "\\ue0041"}
    for key, text in shown.items():
        assert model("(model, name) => model.visible(name)", encoded(key)) == text


@pytest.mark.parametrize("address, scope", [
    ("", {"bucket": "", "prefix": ""}), ("#logs", {"bucket": "logs", "prefix": ""}),
    ("#logs/", {"bucket": "logs", "prefix": ""}), ("#logs//", {"bucket": "logs", "prefix": "/"}),
    ("#b/a%2Fb/", {"prefix": "a/b/"}), ("#b/100%/", {"prefix": "100%25/"}), ("#b/%ff/", {"prefix": "%FF/"}),
    ("#b/x%3Fmetric=cost/?metric=objects", {"prefix": "x%3Fmetric%3Dcost/", "metric": "objects"}),
    ("#?days=90&budget=500TiB", {"days": 90, "budget": 500 << 40}), ("#?days=91&metric=x", {"days": 30, "metric": "size"}),
    ("#b/x/?account=http%3A%2F%2Fs%3A1", {"bucket": "b", "account": "http://s:1"}), ("#?account=x", {"account": ""}),
    ("#b/x/?list=1", {"bucket": "b", "list": True}), ("#?list=1", {"list": False}),
], ids=lambda value: value if isinstance(value, str) else "")
def test_addresses(model, address, scope):
    assert scope.items() <= model("(model, hash) => model.parseAddress(hash)", address).items()


@pytest.mark.parametrize("search, address, token, rest", [
    ("", "#token=abc%2Fd", "abc/d", "#"), ("", "#b/p/?token=a+b&days=7", "a+b", "#b/p/?days=7"),
    ("", "#b?days=7&token=x", "x", "#b?days=7"), ("", "#b/?token=x", "x", "#b/"), ("?token=x", "#b", "x", "#b"),
    ("?a=1&token=x", "", "x", "?a=1"), ("", "#token=x?days=7", "x", "#?days=7"), ("", "#b/token=x/", None, "#b/token=x/"),
])
def test_a_token_is_found_in_any_place_of_an_address(model, search, address, token, rest):
    assert model("(model, [search, hash]) => model.withoutToken(search, hash)", [search, address]) == {
        "token": token, "rest": rest}


def test_names_are_patterns_of_themselves_alone(model):
    assert model("(model, names) => names.map(model.literal)", ["a*b?[c]", "logs"]) == ["a[*]b[?][[]c]", "logs"]


def test_figures(model):
    cases = {
        "bytes": [(0, "0 B"), (1023, "1,023 B"), (1024, "1 KiB"), (501_702_646_103_477, "456 TiB"), (1 << 40, "1 TiB"),
                  (8_700_000_000_000, "7.91 TiB"), (None, "–"), ((1 << 50) - 1, "1,024 TiB"), (1013 << 30, "1,013 GiB"), (1 << 60, "1,024 PiB")],
        "count": [(9_999, "9,999"), (10_000, "10.0 k"), (850_941_263, "850.9 M"), (None, "–"), (999_960, "1.0 M")],
        "money": [(0, "$ 0.00"), (39.54, "$ 39.54"), (6_400.4, "$ 6,400"), (None, "–")],
        "percent": [(9.5, "+9.5 %"), (-15.2, "−15 %"), (0.01, "0.0 %"), (None, "–"), (9.96, "+10 %")],
        "parseSize": [("500 TiB", 500 << 40), ("1.5TB", 1_500_000_000_000), ("7", 7), ("0", None), ("many", None), ("5 x", None)],
    }
    for name, pairs in cases.items():
        for value, expected in pairs:
            found = model(f"(model, value) => model.{name}(value)", value)
            assert (found.replace("\u00a0", " ") if isinstance(found, str) else found) == expected, (name, value)


def test_units_are_those_of_tables(model, page_audit):
    arguments = ["query", "du", "data-lake-raw", "--depth", "2"]
    sizes = [row["bytes"] for row in json.loads(page_audit.run(*arguments, "--format", "json").stdout)]
    table = re.findall(r" ([\d,.]+) ([KMGTP]?i?B) ", page_audit.run(*arguments).stdout)
    assert model("(model, sizes) => sizes.map(size => model.bytesParts(size).unit)", sizes) == [unit for _, unit in table]
    # One is of a thousand and some more of its unit.
    assert any(float(number.replace(",", "")) > 999 for number, _ in table)


def test_ages_are_words(model):
    ages = [0, 59_000, 60_000, 3_599_000, 3_600_000, 47 * 3_600_000, 48 * 3_600_000]
    words = model("(model, ages) => ages.map(gone => model.ago('2026-11-01T00:00:00Z', Date.UTC(2026, 10, 1) + gone))", ages)
    assert [text.replace("\u00a0", " ") for text in words] == [
        "just now", "just now", "1 min ago", "59 min ago", "1 h ago", "47 h ago", "2 d ago"]


def test_prices_never_say_more_than_is_known(model):
    def price(**row):
        return model("(model, row) => model.price(row)", row)["text"].replace("\u00a0", " ")

    assert price(usd=12.5) == "$ 12.50"
    assert price(usd=None, usd_at_least=100, usd_at_most=None) == "≥ $ 100"
    assert price(usd=None, usd_at_least=100, usd_at_most=200) == "$ 100–200"
    assert price(usd=None, usd_at_least=0, usd_at_most=None) == "–"


def test_growth_has_seven_steps(model):
    changes = [-100, -25, -24.9, -10, -9.9, -2, -1.9, 0, 1.9, 2, 9.9, 10, 24.9, 25, 1e6, None]
    assert model("(model, changes) => changes.map(model.growthStep)", changes) == [
        0, 0, 1, 1, 2, 2, 3, 3, 3, 4, 4, 5, 5, 6, 6, 3]


def test_rectangles_tile_their_box(model):
    chance = random.Random(7)
    for _ in range(60):
        items = [{"name": str(place), "value": chance.choice([0, 1, 5, chance.random() * 10 ** chance.randrange(9)])}
                 for place in range(chance.randrange(1, 40))]
        width, height = chance.randrange(50, 1000), chance.randrange(50, 600)
        box = {"x": 0, "y": 0, "width": width, "height": height}
        placed = model("(model, { items, box }) => model.squarify(items, box)", {"items": items, "box": box})
        whole = sum(item["value"] for item in items)
        assert len(placed) == sum(item["value"] > 0 for item in items)
        for one in placed:
            assert one["width"] * one["height"] == pytest.approx(one["item"]["value"] / whole * width * height, rel=1e-6)
            assert one["x"] >= -1e-6 and one["x"] + one["width"] <= width + 1e-6
            assert one["y"] >= -1e-6 and one["y"] + one["height"] <= height + 1e-6
        for place, one in enumerate(placed):
            for other in placed[place + 1:]:
                assert (min(one["x"] + one["width"], other["x"] + other["width"]) - max(one["x"], other["x"]) < 1e-6
                        or min(one["y"] + one["height"], other["y"] + other["height"]) - max(one["y"], other["y"]) < 1e-6)


def test_rectangles_are_near_squares_as_in_the_paper(model):
    # Bruls, Huizing and van Wijk, figure 4: areas 6 6 4 3 2 2 1 in a box of 6 by 4.
    items = [{"name": str(place), "value": value} for place, value in enumerate([6, 6, 4, 3, 2, 2, 1])]
    placed = model("(model, items) => model.squarify(items, { x: 0, y: 0, width: 6, height: 4 })", items)
    sizes = [(round(one["width"], 2), round(one["height"], 2)) for one in placed]
    assert sizes[:4] == [(3, 2), (3, 2), (1.71, 2.33), (1.29, 2.33)]


def test_a_map_has_two_levels_and_says_what_is_left_out(model):
    groups = [{"name": f"g{place:02}", "value": 1000 - place, "children": [
        {"name": f"c{child:02}", "value": (1000 - place) / 20} for child in range(20)]} for place in range(40)]
    tiles = model("(model, groups) => model.mapTiles(groups, 2000, 1600)", groups)
    assert sum(tile["kind"] == "group" for tile in tiles) == 24
    names = [tile["item"]["name"] for tile in tiles]
    assert "16 more" in names and names.count("8 more") == 24
    shallow = model("(model, groups) => model.mapTiles(groups, 2000, 1600, { isDeep: false })", groups)
    assert len(shallow) == 25 and all(tile["kind"] == "tile" for tile in shallow)
    # Of what was not asked for a number is said only where it is known.
    some = "(model, groups) => model.mapTiles(groups, 2000, 1600, { isDeep: false, whole: 80000, unseen: %s }).map(tile => tile.item).find(item => item.isRest)"
    assert [model(some % unseen, groups)["name"] for unseen in (1000, "null")] == ["1,016 more", "more"]
    assert model(some % 1000, groups)["value"] == 80_000 - sum(1000 - place for place in range(24))
    small = model("(model, groups) => model.mapTiles(groups, 200, 120)", groups)
    assert all(tile["kind"] == "tile" for tile in small)


def test_what_is_left_over_is_a_strip_where_it_is_most(model):
    groups = [{"name": f"g{place:03}", "value": 10} for place in range(500)]
    tiles = model("(model, groups) => model.mapTiles(groups, 800, 500)", groups)
    rest = [tile for tile in tiles if tile["item"].get("isRest")]
    assert [tile["item"]["name"] for tile in rest] == ["476 more"] and rest[0]["height"] < 40
    assert rest[0]["item"]["share"] == pytest.approx(476 / 500)
    # The others have the rest of the box, as near to squares as ever.
    assert all(tile["width"] > 80 and tile["height"] > 60 for tile in tiles if tile not in rest)


def test_arrows_lead_to_the_nearest_tile(model):
    tiles = [{"x": x, "y": y, "width": 10, "height": 10, "at": f"{x},{y}"} for x in (0, 10, 20) for y in (0, 10)]
    script = ("(model, { tiles, from, key }) => model.neighbour(tiles, tiles[from], key)?.at ?? null")
    moves = {"ArrowRight": "20,0", "ArrowLeft": "0,0", "ArrowDown": "10,10", "ArrowUp": None}
    for key, expected in moves.items():
        assert model(script, {"tiles": tiles, "from": 2, "key": key}) == expected


DAY = 86_400_000


def days(totals):
    return [{"at": place * DAY, "total": total, "parts": {}} for place, total in enumerate(totals)]


def test_nights_without_a_listing_are_gaps(model):
    rows = [{"at": "2026-11-01T00:00:00Z", "storage_class": "STANDARD", "bytes": 1, "objects": 1},
            {"at": "2026-11-01T00:00:00Z", "storage_class": "GLACIER", "bytes": 2, "objects": 1},
            {"at": "2026-11-02T00:00:00Z", "storage_class": "STANDARD", "bytes": None, "objects": None},
            {"at": "2026-11-02T00:00:00Z", "storage_class": "GLACIER", "bytes": 2, "objects": None},
            {"at": "2026-11-03T00:00:00Z", "storage_class": "GLACIER", "bytes": 4, "objects": 1}]
    assert model("(model, rows) => model.historyDays(rows, 'bytes').map(day => day.total)", rows) == [3, None, 4]
    assert model("(model, days) => model.runs(days).map(run => run.length)", days([1, 2, None, 3, None, None, 4, 5])) == [2, 1, 2]


def test_ticks_are_round_in_their_unit(model):
    tib = 1 << 40
    assert model("(model, most) => model.ticks(most, true)", 436 * tib) == [place * 100 * tib for place in range(5)]
    assert model("(model, most) => model.ticks(most, false)", 850_000_000) == [place * 200_000_000 for place in range(5)]
    assert model("(model, most) => model.ticks(most, true)", 3) == [0, 1, 2, 3]
    assert model("(model, values) => model.sparkRange(values)", [1000, 1001]) == pytest.approx([980.48, 1020.52])


def test_equal_areas_are_tiles_and_not_one_grey_one(model):
    names = model(
        "(model, count) => model.largest(Array.from({ length: count }, (_, n) => ({ name: `p${n}/`, value: 1000 })),"
        " model.MAP.groups, count * 1000, 'rest').map(item => item.name)", 300)
    assert len(names) == 25 and names[-1] == "276 more"


@pytest.mark.parametrize("name", ["__proto__", "constructor", "toString", "NEW_CLASS", "two words"])
def test_classes_of_any_name_are_text(model, name):
    assert model("(model, name) => model.className(name)", name) == name
    assert re.fullmatch(r"class-[a-z_]+", model("(model, name) => model.classColour(name)", name))
