"""Answers of `query` in every format, checked against the rows they are made from."""

import csv
import datetime
import io
import json
import re
import subprocess

import pytest

from support.audit import Audit
from support.servers import listing

HOSTILE = ["=cmd|' /C calc'!A1", "+1", "-2", "@sum", 'a"b', "a,b", "line\nfeed", "tab\tstop", "back\\slash",
           "\x1b]0;title\x07", "\u202eevil", "spaces  ", "naïve", "🎉", "\r\n", "|pipe|", "{}", "%41", "\x85"]
NOW = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)


def days_ago(days):
    return (NOW - datetime.timedelta(days=days)).isoformat()


@pytest.fixture(scope="module")
def index(tmp_path_factory, moto_server):
    """An index that the tests of this file read, and `expected`, what boto3 says of the same."""
    audit = Audit(tmp_path_factory.mktemp("queries"))
    audit.use(moto_server)
    moto_server.reset()
    moto_server.load("hostile", [(key, 10 + n) for n, key in enumerate(HOSTILE)])
    moto_server.load("logs-a", [
        (f"{year}/{month:02}/{day:02}.log", month * day, "GLACIER" if year < 2025 else None,
         days_ago((2026 - year) * 365 + month)) for year in (2024, 2025, 2026)
        for month in range(1, 13) for day in range(1, 29)], "eu-west-1")
    moto_server.load("logs-b", [("only.log", 100_000), ("dir/", 0), ("dir/x", 5), ("dirty", 6)])
    moto_server.load("void")
    audit.sync()
    s3 = moto_server.client()
    audit.expected = {
        (bucket, key): row for bucket in ("hostile", "logs-a", "logs-b", "void")
        for key, row in listing(s3, bucket).items()}
    return audit


def found(rows):
    return {
        (row["bucket"], row["key"]):
        (int(row["size"]), row["etag"], row["last_modified"], row["storage_class"]) for row in rows}


def parsed(text, format):
    """The rows of a machine format, read by Python's own readers."""
    if format == "json":
        return json.loads(text)
    if format == "jsonl":
        return [json.loads(line) for line in text.split("\n") if line]
    if format == "csv":
        return list(csv.DictReader(io.StringIO(text, newline="")))
    lines = [line.split("\t") for line in text.removesuffix("\n").split("\n")]
    unescape = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\"}
    fields = [[re.sub(r"\\([tnr\\])", lambda m: unescape[m[1]], field) for field in line]
              for line in lines[1:]]
    return [dict(zip(lines[0], row, strict=True)) for row in fields]


def answer(index, *arguments, format):
    result = index.run("query", *arguments, "--format", format)
    assert result.returncode == 0, result
    return parsed(result.stdout, format)


@pytest.mark.parametrize("format", ["json", "jsonl", "csv", "tsv"])
def test_find_returns_every_row_exactly(index, format):
    raw = ["--raw-csv"] if format == "csv" else []
    rows = parsed(bytes_of(index, "query", *raw, "find", "--format", format), format)
    assert found(rows) == index.expected
    assert len(rows) == len(index.expected)


def bytes_of(index, *arguments):
    """The output as it is: text mode would change line ends inside keys."""
    result = subprocess.run(
        [index.binary, *arguments], env=index.variables(None), capture_output=True, check=True)
    return result.stdout.decode()


def test_csv_is_safe_to_open_in_a_spreadsheet_unless_raw_is_asked_for(index):
    guarded = {row["key"] for row in answer(index, "find", "hostile", format="csv")}
    assert "'=cmd|' /C calc'!A1" in guarded
    assert not any(key[0] in "=+-@\t\r" for key in guarded)


@pytest.mark.parametrize("format", ["json", "jsonl", "csv", "tsv"])
def test_totals_buckets_and_du_add_up(index, format):
    expected = index.expected
    total, = answer(index, "totals", format=format)
    assert int(total["objects"]) == len(expected)
    assert int(total["bytes"]) == sum(row[0] for row in expected.values())
    assert total["state"] == "complete"
    for row in answer(index, "buckets", format=format):
        sizes = [value[0] for (bucket, _), value in expected.items() if bucket == row["bucket"]]
        assert (int(row["objects"]), int(row["bytes"])) == (len(sizes), sum(sizes))
    for row in answer(index, "totals", "--by", "class", format=format):
        sizes = [value[0] for value in expected.values() if value[3] == row["storage_class"]]
        assert (int(row["objects"]), int(row["bytes"])) == (len(sizes), sum(sizes))
    for row in answer(index, "du", "logs-a", "--depth", "2", format=format):
        sizes = [value[0] for (bucket, key), value in expected.items()
                 if bucket == "logs-a" and key.startswith(row["prefix"])]
        assert (int(row["objects"]), int(row["bytes"])) == (len(sizes), sum(sizes))


@pytest.mark.parametrize("format", ["json", "jsonl", "csv", "tsv"])
@pytest.mark.parametrize("order, place, reverse", [
    ("--largest", 0, True), ("--smallest", 0, False), ("--newest", 2, True), ("--oldest", 2, False)])
def test_top_is_ordered(index, format, order, place, reverse):
    rows = answer(index, "top", order, "-n", "25", format=format)
    values = [list(found([row]).values())[0][place] for row in rows]
    best = sorted((row[place] for row in index.expected.values()), reverse=reverse)[:25]
    assert values == best


def test_top_of_each_bucket(index):
    rows = index.query("top", "-n", "2", "--per-bucket")
    assert sorted(row["bucket"] for row in rows) == ["hostile"] * 2 + ["logs-a"] * 2 + ["logs-b"] * 2


def test_top_looks_only_below_the_prefixes_it_is_given(index):
    rows = index.query("top", "s3://logs-a/2025/", "s3://logs-b/dir/", "-n", "40")
    expected = sorted(
        (-row[0], bucket, key) for (bucket, key), row in index.expected.items()
        if (bucket, key.split("/")[0]) in {("logs-a", "2025"), ("logs-b", "dir")})[:40]
    assert [(-row["size"], row["bucket"], row["key"]) for row in rows] == expected


@pytest.mark.parametrize("format", ["table", "markdown"])
def test_tables_show_the_same_figures(index, format):
    for arguments in (["totals"], ["buckets"], ["top"], ["du", "logs-a"], ["totals", "--by", "class"]):
        text = index.run("query", *arguments, "--unit", "B", "--format", format).stdout
        digits = text.replace(",", "")
        for row in index.query(*arguments):
            for column in ("objects", "bytes", "size"):
                if column in row:
                    assert str(row[column]) in digits


CASES = [
    (["logs-*"], lambda b, k, r: b.startswith("logs-")),
    (["--bucket", "logs-?", "--bucket", "void"], lambda b, k, r: b.startswith("logs-")),
    (["s3://logs-a/2025/"], lambda b, k, r: b == "logs-a" and k.startswith("2025/")),
    (["s3://logs-b/dir"], lambda b, k, r: b == "logs-b" and k.startswith("dir")),
    (["--prefix", "2026/1"], lambda b, k, r: k.startswith("2026/1")),
    (["--key", "*/01/*.log"], lambda b, k, r: re.fullmatch(r".*/01/.*\.log", k)),
    (["--key", "[ab]?b"], lambda b, k, r: re.fullmatch(r"[ab].b", k)),
    (["--regex", "^20(24|26)/.*9"], lambda b, k, r: re.search(r"^20(24|26)/.*9", k)),
    (["--min-size", "300"], lambda b, k, r: r[0] >= 300),
    (["--max-size", "0"], lambda b, k, r: r[0] == 0),
    (["--min-size", "10", "--max-size", "12B"], lambda b, k, r: 10 <= r[0] <= 12),
    (["--min-size", "97KiB"], lambda b, k, r: r[0] >= 97 * 1024),
    (["--class", "glacier"], lambda b, k, r: r[3] == "GLACIER"),
    (["--class", "STANDARD", "--class", "GLACIER", "logs-a"], lambda b, k, r: b == "logs-a"),
    (["--older-than", "1y"], lambda b, k, r: r[2] < days_ago(365)),
    (["--newer-than", "100d", "logs-*"],
     lambda b, k, r: b != "hostile" and r[2] > days_ago(100)),
    (["--before", (NOW - datetime.timedelta(days=400)).strftime("%Y-%m-%d")],
     lambda b, k, r: r[2] < (NOW - datetime.timedelta(days=400)).strftime("%Y-%m-%d")),
    (["--since", (NOW - datetime.timedelta(days=370)).strftime("%Y-%m-%d"), "--before",
      (NOW - datetime.timedelta(days=1)).strftime("%Y-%m-%d")],
     lambda b, k, r: (NOW - datetime.timedelta(days=370)).strftime("%Y-%m-%d") <= r[2]
     < (NOW - datetime.timedelta(days=1)).strftime("%Y-%m-%d")),
    (["void"], lambda b, k, r: False),
]


@pytest.mark.parametrize("arguments, keeps", CASES, ids=lambda case: " ".join(case) if isinstance(
    case, list) else "")
def test_filters_keep_what_they_say(index, arguments, keeps):
    expected = {name: row for name, row in index.expected.items() if keeps(*name, row)}
    assert found(index.query("find", *arguments)) == expected
    total, = index.query("totals", *arguments)
    assert total["objects"] == len(expected)
    assert total["bytes"] == sum(row[0] for row in expected.values())


def test_du_goes_deeper_than_the_kept_prefixes(audit, moto):
    moto.load("deep", [("/".join("abcdefgh"[:n]) + f"/f{n}", n) for n in range(1, 9)])
    audit.sync()
    rows = {row["prefix"]: (row["objects"], row["bytes"]) for row in audit.query("du", "deep", "-d", "8")}
    for depth in range(1, 9):
        prefix = "/".join("abcdefgh"[:depth]) + "/"
        assert rows[prefix] == (9 - depth, sum(range(depth, 9)))


def test_du_of_everything_begins_with_the_buckets(index):
    rows = {row["bucket"]: row["objects"] for row in index.query("du", "--depth", "0")}
    expected = {name: row["objects"] for row in index.query("buckets") for name in [row["bucket"]]}
    assert {name: rows.get(name, 0) for name in expected} == expected


def test_sql_answers_and_refuses_to_write(index):
    assert index.query("sql", "SELECT count(*) AS n FROM objects") == [{"n": len(index.expected)}]
    before = index.index.read_bytes()
    for statement in (
            "DELETE FROM object", "DROP TABLE object", "UPDATE bucket SET name = 'x'",
            "ATTACH 'other.sqlite3' AS o", "PRAGMA user_version = 9", "PRAGMA journal_mode = DELETE",
            "CREATE TEMP TABLE t (x)", "INSERT INTO setting VALUES ('a', 'b')", "VACUUM",
            "VACUUM INTO 'copy.sqlite3'", "SELECT 1; DELETE FROM object", "BEGIN IMMEDIATE",
            "SELECT load_extension('x')", "WITH x AS (SELECT 1) DELETE FROM object"):
        result = index.run("query", "sql", statement)
        assert result.returncode in (1, 64) and "Error:" in result.stderr, (statement, result)
    assert index.index.read_bytes() == before
    assert list(index.home.iterdir()) == []


def test_sql_reads_standard_input_and_keeps_its_limits(index):
    result = subprocess.run(
        [index.binary, "query", "sql", "-", "--format", "csv"], input="SELECT 1 AS one, NULL AS none;\n",
        env=index.variables(None), capture_output=True, text=True)
    assert result.stdout.splitlines() == ["one,none", "1,"]
    count = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {}) SELECT {} FROM n"
    result = index.run("query", "sql", count.format(10, "i"), "--limit", "3", "--format", "csv")
    assert (result.returncode, result.stdout.split()) == (0, ["i", "1", "2", "3"])
    result = index.run("query", "sql", count.format(10**12, "sum(i)"), "--timeout", "1")
    assert result.returncode == 1 and "--timeout" in result.stderr
    result = index.run("query", "sql", "SELEC 1")
    assert result.returncode == 1 and "syntax error" in result.stderr


def test_a_bucket_that_is_not_there_is_an_error_with_help(index):
    for query in ("totals", "find", "du", "top", "buckets"):
        result = index.run("query", query, "nosuch")
        assert result.returncode == 1, result
        assert "nosuch" in result.stderr and "logs-a" in result.stderr


def test_queries_do_not_write_the_index(index):
    before = index.index.read_bytes()
    for query in ("totals", "buckets", "top", "find"):
        assert index.run("query", query).returncode == 0
    assert index.index.read_bytes() == before


def test_a_read_only_index_answers(index):
    index.index.chmod(0o400)
    folder = index.index.parent
    try:
        folder.chmod(0o500)
        assert index.query("totals")[0]["objects"] == len(index.expected)
    finally:
        folder.chmod(0o700)
        index.index.chmod(0o600)
