"""What an inventory does not say: nothing is claimed that it does not prove, and what is guessed is said."""

import datetime
import subprocess
import sys
from pathlib import Path

import pytest

from support import index_checks, inventories
from support.imports import contents, imported, other
from support.inventories import Inventory, row_of

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "inventory-csv"


def version(key, name, second=0, latest=False, **more):
    return row_of("logs", key, modified=f"2026-01-02T03:04:{second:02}.000Z", VersionId=name,
                  IsLatest=str(latest).lower(), **more)


def versions_of(audit):
    return audit.sql("SELECT key, version_id FROM versions ORDER BY key, is_latest DESC, rank")


# Versions of one second.


def test_versions_of_one_second_keep_the_order_that_a_listing_told(audit, moto):
    client = moto.client()
    for name in ("logs", "inventories"):
        client.create_bucket(Bucket=name)
    client.put_bucket_versioning(Bucket="logs", VersioningConfiguration={"Status": "Enabled"})
    for number in range(12):
        client.put_object(Bucket="logs", Key="k", Body=b"x" * number)
    audit.sync("logs", "--versions")
    told = versions_of(audit)
    rows = inventories.rows_of_versions(client, "logs")
    assert len({row["LastModifiedDate"] for row in rows}) < len(rows), "some are of one second"
    now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
    place = Inventory(rows, created=now, columns=inventories.VERSION_COLUMNS, files=3, order="shuffled").put(client)
    _, said = imported(audit, place, "--whole-bucket")
    assert versions_of(audit) == told and "is a guess" not in said


def test_what_nobody_told_is_guessed_alike_each_time_and_said(audit, tmp_path):
    rows = [version("k", "z", 9, latest=True), *(version("k", name) for name in "dbca"), version("l", "y", latest=True),
            version("l", "x", 5), version("l", "w", 4)]
    found = []
    for seed in range(4):
        other(audit, tmp_path, f"seed-{seed}")
        folder = Inventory(rows, columns=inventories.VERSION_COLUMNS, files=seed + 1, order="shuffled",
                           seed=seed).write(tmp_path / str(seed))
        _, said = imported(audit, folder, "--whole-bucket")
        assert "the order of 4 versions is a guess" in said and "sync --versions" in said
        found.append(versions_of(audit))
        _, said = imported(audit, folder, "--whole-bucket")
        assert "is a guess" not in said, "from now on the index knows one"
    assert found.count(found[0]) == 4
    index_checks.check_index(audit.index)


# What it is about.


def configure(client, bucket="logs", prefix=None):
    more = {"Filter": {"Prefix": prefix}} if prefix else {}
    client.put_bucket_inventory_configuration(
        Bucket=bucket, Id="all", InventoryConfiguration={
            "Id": "all", "IsEnabled": True, "IncludedObjectVersions": "Current", **more,
            "Schedule": {"Frequency": "Daily"}, "Destination": {"S3BucketDestination": {
                "Bucket": "arn:aws:s3:::inventories", "Format": "CSV"}}})


@pytest.fixture
def configured(moto):
    client = moto.client()
    for name in ("logs", "inventories"):
        client.create_bucket(Bucket=name)
    configure(client)
    return client


def test_what_is_known_by_prefixes_is_no_whole_bucket(audit, simulator, tmp_path):
    server = simulator("--bucket", "big:dates:4000")
    audit.sync("s3://big/logs/2023/05/")
    keys = [row[0] for row in contents(audit, "big")[0]]
    assert keys and audit.bucket("big")["state"] == "partial"
    copy = Inventory([row_of("big", key) for key in keys], bucket="big",
                     created=datetime.datetime.now(datetime.timezone.utc)).write(tmp_path / "copy")
    row, said = imported(audit, copy, "--endpoint-url", server.endpoint, "--force")
    assert row["prefix"].startswith("logs/2023/05/") and "of these keys alone" in said and "--whole-bucket" in said
    assert (audit.bucket("big")["state"], audit.bucket("big")["synced_at"]) == ("partial", None)
    row, said = imported(audit, copy, "--endpoint-url", server.endpoint, "--force", "--whole-bucket")
    assert row["prefix"] == "" and said == "" and audit.bucket("big")["state"] == "complete"


def test_a_first_copy_is_taken_for_all(audit, tmp_path):
    # Both begin with one byte more than the slash, which is half a character.
    folder = Inventory([row_of("logs", "a/é1"), row_of("logs", "a/è2")]).write(tmp_path / "copy")
    row, said = imported(audit, folder, "--prefix", "a/")
    assert row["prefix"] == "a/" and audit.bucket("logs")["state"] == "partial"
    row, said = imported(audit, folder)
    assert row["prefix"] == "a/" and "of these keys alone" in said
    row, said = imported(other(audit, tmp_path), folder)
    assert row["prefix"] == "" and "all keys begin with 'a/" in said and "it is taken for that" in said
    assert audit.bucket("logs")["state"] == "complete"
    none = Inventory([], seed=9).write(tmp_path / "none")
    row, said = imported(other(audit, tmp_path, "third"), none)
    assert row["objects"] == 0 and "there are no keys" in said and "--whole-bucket" in said


def test_what_a_configuration_that_was_widened_removes_is_said(audit, configured, tmp_path):
    imported(audit, Inventory([row_of("logs", "a/1"), row_of("logs", "b/1")]).put(configured))
    later = inventories.CREATED + datetime.timedelta(days=1)
    part = Inventory([row_of("logs", "a/1"), row_of("logs", "a/2")], created=later, date="2026-11-30T01-00Z").put(
        configured)
    row, said = imported(audit, part, "--prefix", "a/")
    assert (row["added"], row["removed"]) == (1, 0) and said == ""
    row, said = imported(audit, part)
    assert (row["added"], row["removed"]) == (0, 1)
    assert said.startswith("Warning: ") and "others are removed, such as 'b/1'" in said and "--prefix" in said


def test_a_configuration_is_believed_where_nothing_is_lost_and_that_is_said(audit, configured):
    place = Inventory([row_of("logs", "a/1"), row_of("logs", "a/2")]).put(configured)
    row, said = imported(audit, place)
    assert row["prefix"] == "" and "the configuration says that the inventory is of all of logs" in said
    assert "all keys in it begin with 'a/'" in said
    # Once it is known whole, there is nothing new to say.
    assert imported(audit, place)[1] == ""


def test_a_configuration_that_was_narrowed_claims_nothing(audit, configured):
    configure(configured, prefix="a/b/")
    place = Inventory([row_of("logs", "a/b/1"), row_of("logs", "a/c")]).put(configured)
    _, said = imported(audit, place, status=1)
    assert "'a/c' does not begin with 'a/b/'" in said and "--whole-bucket" in said
    assert not audit.index.exists()


def test_another_prefix_that_is_newer_hinders_nothing(audit, configured, tmp_path):
    later = inventories.CREATED + datetime.timedelta(days=1)
    imported(audit, Inventory([row_of("logs", "b/1")], created=later).write(tmp_path / "b"), "--prefix", "b/")
    configure(configured, prefix="a/")
    row, _ = imported(audit, Inventory([row_of("logs", "a/1")]).put(configured))
    assert row["prefix"] == "a/" and len(contents(audit, "logs")[0]) == 2


# Rows that end.

SCHEMA = ", ".join(inventories.COLUMNS)


def marked(rows, end=None, schema=SCHEMA):
    text = inventories.text_of(rows, inventories.COLUMNS)
    return f"#schema {schema}\n".encode() + text + (f"#end {end}\n".encode() if end is not None else b"")


def from_file(audit, tmp_path, data, status=0, schema=SCHEMA):
    path = tmp_path / "rows.csv"
    path.write_bytes(data)
    return imported(audit, "--csv", path, "--schema", schema, "--force", "--whole-bucket", status=status)


ROWS = [row_of("logs", "a"), row_of("logs", "b")]


def test_rows_say_that_they_are_all(audit, tmp_path):
    row, said = from_file(audit, tmp_path, marked(ROWS, 2))
    assert row["objects"] == 2 and "#end" not in said
    row, said = from_file(audit, tmp_path, marked(ROWS, 2) + marked([row_of("logs", "c")], 1).replace(b"\n", b"\r\n"))
    assert row["objects"] == 3 and "#end" not in said
    row, said = from_file(audit, tmp_path, inventories.text_of(ROWS, inventories.COLUMNS))
    assert row["objects"] == 2 and "no line '#end' tells that the rows of" in said


@pytest.mark.parametrize("data, words", [
    (marked(ROWS), "line 4: the line '#end' is missing"), (marked(ROWS, 2) + marked(ROWS), "'#end' is missing"),
    (marked(ROWS, 3), "line 4: 2 rows came since the beginning, and '#end' says 3"),
    (marked(ROWS, 2) + inventories.text_of(ROWS, inventories.COLUMNS), "'#end' is missing"),
    (marked(ROWS, 2, schema="Key, Bucket, Size, LastModifiedDate, ETag, StorageClass"), "another schema"),
    (marked([]) + marked(ROWS, 2), "'#end' is missing"), (b"# a comment\n", "neither a row nor")])
def test_rows_that_are_not_all(audit, tmp_path, data, words):
    _, said = from_file(audit, tmp_path, data, status=1)
    assert words in said and "Help:" in said and not audit.index.exists()


def parquet(pyarrow, path, count, times=None):
    import pyarrow.parquet
    stamps = [1_767_323_045_678 + number for number in range(count)]
    pyarrow.parquet.write_table(pyarrow.table({
        "bucket": ["logs"] * count, "key": [f"k/{number:06}" for number in range(count)], "size": list(range(count)),
        "last_modified_date": pyarrow.array(stamps, times or pyarrow.timestamp("ms", "UTC")),
        "e_tag": ["e"] * count, "storage_class": ["STANDARD"] * count}), path)


def test_a_converter_that_is_killed_at_the_end_of_a_line(audit, tmp_path):
    pyarrow = pytest.importorskip("pyarrow", reason="no reader of Parquet is installed")
    parquet(pyarrow, tmp_path / "rows.parquet", 5000)
    # Into a file, which no part of it may begin anew.
    with open(tmp_path / "out.csv", "wb") as out:
        subprocess.run([sys.executable, SCRIPT, tmp_path / "rows.parquet"], stdout=out, stderr=subprocess.PIPE,
                       check=True, timeout=60)
    text = (tmp_path / "out.csv").read_bytes()
    assert text.startswith(b"#schema ") and text.endswith(b"\n#end 5000\n") and text.count(b"\n") == 5002
    schema = text.split(b"\n")[0].removeprefix(b"#schema ").decode()
    cut = text[:text.index(b"\n", len(text) // 2) + 1]
    _, said = from_file(audit, tmp_path, cut, status=1, schema=schema)
    assert "'#end' is missing" in said and not audit.index.exists()
    row, said = from_file(audit, tmp_path, text, schema=schema)
    assert row["objects"] == 5000 and "#end" not in said


@pytest.mark.parametrize("reader", ["duckdb", "pyarrow"])
def test_times_that_are_plain_numbers(tmp_path, reader):
    pyarrow = pytest.importorskip("pyarrow", reason="no reader of Parquet is installed")
    if reader == "duckdb":
        pytest.importorskip("duckdb", reason="duckdb is not installed")
        hidden = "pass"
    else:
        hidden = "sys.modules['duckdb'] = None"
    path = tmp_path / "rows.parquet"
    parquet(pyarrow, path, 1, pyarrow.int64())
    code = f"import runpy, sys; {hidden}; sys.argv = [{str(SCRIPT)!r}, {str(path)!r}]; " \
           f"runpy.run_path({str(SCRIPT)!r}, run_name='__main__')"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, text=True)
    assert result.returncode == 0, result
    assert '"2026-01-02T03:04:05.678Z"' in result.stdout and result.stdout.endswith("#end 1\n")
