"""Inventories taken over in the place of listings: from s3sim, from moto, and from copies."""

import datetime
import hashlib
import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from support import index_checks, inventories
from support.imports import contents, imported, other
from support.inventories import Inventory, row_of
from support.servers import wait_for
from support.terminal import on_terminal

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "inventory-csv"


def rows_written(audit, bucket, *arguments):
    """Syncs, and says how many objects it wrote."""
    row = audit.synced(bucket, *arguments)[bucket]
    return row["added"] + row["changed"] + row["removed"]


ORDERS = ["order=sorted", "order=sorted,files=3,members=4", "order=overlapping,files=3",
          "order=shuffled,files=4,members=3"]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("shape", ["dates", "hostile"])
def test_an_import_leaves_what_a_sync_does(audit, simulator, tmp_path, shape, order):
    simulator("--bucket", f"big:{shape}:7000", "--inventory", f"big:{order}")
    row, said = imported(audit, "s3://inventory/big/everything/")
    assert (row["bucket"], row["objects"], row["added"], row["state"]) == ("big", 7000, 7000, "complete")
    # All keys of dates begin with the same bytes.
    assert said == "" or shape == "dates" and said.startswith("Note: the configuration says") and said.count("\n") == 1
    index_checks.check_index(audit.index)
    found = contents(audit, "big")
    # The next sync cuts by its marks, and finds nothing to write.
    assert audit.sql("SELECT count(*) FROM bucket_mark")[0][0] >= 2
    assert rows_written(audit, "big") == 0
    other(audit, tmp_path).sync("big")
    assert found == contents(audit, "big")


@pytest.mark.parametrize("order", ["order=sorted", "order=shuffled,files=3,members=2"])
def test_all_versions_are_as_a_sync_of_versions_has_them(audit, simulator, tmp_path, order):
    simulator("--bucket", "big:dates:2000", "--versioning", "enabled", "--versions-per-key", "1-5",
              "--delete-markers", "20", "--only-markers", "5", "--deep-key", "big/logs/deep:300",
              "--inventory", f"big:versions,{order}")
    row, _ = imported(audit, "s3://inventory/big/everything/")
    assert row["versions"] > 2000 and row["state"] == "complete"
    index_checks.check_index(audit.index)
    found = contents(audit, "big")
    assert found[1] and rows_written(audit, "big", "--versions") == 0
    assert found == contents(audit, "big")
    other(audit, tmp_path).sync("big", "--versions")
    assert found == contents(audit, "big")


def test_nights_go_by_and_only_differences_are_written(audit, simulator):
    server = simulator("--bucket", "big:uuid:5000", "--share", "4", "--inventory", "big:order=shuffled,files=2")
    imported(audit, "s3://inventory/big/everything/")
    server.night()
    row, _ = imported(audit, "s3://inventory/big/everything/")
    written = row["added"] + row["changed"] + row["removed"]
    assert 0 < written < 1000
    assert len(audit.sql("SELECT * FROM object_change")) == written
    again, _ = imported(audit, "s3://inventory/big/everything/")
    assert again["added"] + again["changed"] + again["removed"] == 0
    assert rows_written(audit, "big") == 0


def test_the_moment_of_an_inventory_is_that_of_the_bucket(audit, tmp_path):
    folder = Inventory([row_of("logs", "a")]).write(tmp_path / "copy")
    row, _ = imported(audit, folder, "--whole-bucket")
    assert row["as_of"] == "2026-11-29T01:00:00Z"
    assert audit.bucket("logs")["synced_at"] == "2026-11-29T01:00:00Z"


def test_keys_are_decoded_and_what_is_empty_means_something(audit, tmp_path):
    keys = ["a b", "a+b", "a=b", "ä/ö", "100%", 'say "x"', "line\nbreak", "plain/.-_"]
    rows = [row_of("logs", key, size=number) for number, key in enumerate(sorted(keys, key=str.encode))]
    assert {"a+b", "a%2Bb", "a%3Db"} <= {row["Key"] for row in rows}
    imported(audit, Inventory(rows).write(tmp_path / "copy"))
    assert [row[0] for row in contents(audit, "logs")[0]] == sorted(keys, key=str.encode)


def test_versions_markers_and_the_null_version(audit, tmp_path):
    def version(key, number, **more):
        return row_of("logs", key, modified=f"2026-01-0{number}T00:00:00.000Z", **more)
    rows = [
        version("k", 3, VersionId="", IsLatest="true", IsDeleteMarker="true", Size="", ETag="", StorageClass=""),
        version("k", 2, VersionId="v2", IsLatest="false", size=2), version("k", 1, IsLatest="false", VersionId="v1"),
        version("m", 1, VersionId="", size=5), version("m", 1, VersionId="", size=5)]
    imported(audit, Inventory(reversed(rows), columns=inventories.VERSION_COLUMNS).write(tmp_path / "copy"))
    assert audit.sql(
        "SELECT key, version_id, is_latest, is_delete_marker, size FROM versions ORDER BY key, is_latest DESC, rank"
    ) == [("k", "null", 1, 1, None), ("k", "v2", 0, 0, 2), ("k", "v1", 0, 0, 1), ("m", "null", 1, 0, 5)]
    index_checks.check_index(audit.index)


def test_a_bucket_in_moto_and_an_inventory_by_other_hands(audit, moto, tmp_path):
    client = moto.client()
    for name in ("logs", "inventories"):
        client.create_bucket(Bucket=name)
    client.put_bucket_versioning(Bucket="logs", VersioningConfiguration={"Status": "Enabled"})
    for key in ("a b+c", "ä/1", "ä/2", "z%20"):
        client.put_object(Bucket="logs", Key=key, Body=b"x" * len(key))
    client.put_object(Bucket="logs", Key="ä/1", Body=b"new")
    client.delete_object(Bucket="logs", Key="z%20")
    now = datetime.datetime.now(datetime.timezone.utc)
    objects = Inventory(inventories.rows_of_bucket(client, "logs"), created=now, files=2, members=3,
                        order="shuffled").put(client)
    row, said = imported(audit, objects)
    assert (row["objects"], row["state"]) == (3, "complete")
    assert rows_written(audit, "logs", "--no-versions") == 0
    versions = Inventory(inventories.rows_of_versions(client, "logs"), created=now + datetime.timedelta(days=1),
                         columns=inventories.VERSION_COLUMNS, folder="logs/versions", seed=7).put(client)
    other(audit, tmp_path)
    row, _ = imported(audit, versions)
    assert (row["objects"], row["versions"]) == (3, 3)
    found = contents(audit, "logs")
    assert rows_written(audit, "logs", "--versions") == 0
    other(audit, tmp_path, "third").sync("logs", "--versions")
    assert sorted(map(str, found[1])) == sorted(map(str, contents(audit, "logs")[1]))


def test_the_newest_complete_date_of_a_folder(audit, moto, tmp_path):
    client = moto.client()
    for name in ("logs", "inventories"):
        client.create_bucket(Bucket=name)
    for day, size in ((27, 1), (28, 2), (29, 3)):
        inventory = Inventory([row_of("logs", "a", size=size)], date=f"2026-11-{day}T0{day - 26}-07Z", seed=day,
                              created=inventories.CREATED + datetime.timedelta(days=day))
        if day == 29:
            del inventory.files[inventory.manifest_key]
        folder = inventory.put(client)
        inventory.write(tmp_path / "copy")
    client.put_object(Bucket="inventories", Key="logs/all/hive/dt=2026-11-28-02-07/symlink.txt", Body=b"x")
    def size():
        return contents(audit, "logs")[0][0][1]
    client.put_object(Bucket="inventories", Key="logs/all/9999-99-99T99-99Z/note.txt", Body=b"x")
    (tmp_path / "copy" / "9999-99-99T99-99Z").mkdir()
    for place in (folder, tmp_path / "copy"):
        _, said = imported(audit, place, "--date", "2026-11-27", "--force")
        assert size() == 1
        _, said = imported(audit, place)
        assert size() == 2 and "2026-11-29T03-07Z has no manifest yet" in said and "9999" not in said
        _, said = imported(audit, place, "--date", "2026-11-29", status=1)
        assert "being written" in said
        _, said = imported(audit, place, "--date", "2026-10-01", status=1)
        assert "no inventory of 2026-10-01" in said
        # One of the dates, and what is named so and is none.
        dated = f"{place}2026-11-27T01-07Z/" if isinstance(place, str) else place / "2026-11-27T01-07Z"
        imported(audit, dated, "--date", "2026-11-27", "--force")
        assert size() == 1
        _, said = imported(audit, dated, "--date", "2026-11-28", status=1)
        assert "no inventory of 2026-11-28" in said
    _, said = imported(audit, f"{folder}2026-11-28T02-07Z/manifest.json")
    assert size() == 2


def test_an_etag_that_nobody_told_is_no_change(audit, simulator, tmp_path):
    simulator("--bucket", "big:dates:3000", "--inventory", "big:fields=Size+LastModifiedDate+StorageClass")
    row, said = imported(audit, "s3://inventory/big/everything/")
    assert row["added"] == 3000 and "no ETags" in said
    assert audit.sql("SELECT DISTINCT etag FROM objects") == [(None,)]
    assert {row["etag"] for row in audit.query("find", "s3://big", "--limit", "20")} == {None}
    # The sync adds them, and calls no object changed.
    assert rows_written(audit, "big") == 0
    assert audit.sql("SELECT count(*) FROM objects WHERE etag IS NULL") == [(0,)]
    etags = audit.sql("SELECT key, etag FROM objects ORDER BY key")
    row, _ = imported(audit, "s3://inventory/big/everything/", "--force")
    assert row["added"] + row["changed"] + row["removed"] == 0
    assert audit.sql("SELECT key, etag FROM objects ORDER BY key") == etags
    assert audit.sql("SELECT count(*) FROM object_change") == [(0,)]


def test_an_etag_of_other_bytes_is_not_kept(audit, tmp_path):
    columns = tuple(name for name in inventories.COLUMNS if name != "ETag")
    imported(audit, Inventory([row_of("logs", "a"), row_of("logs", "b")]).write(tmp_path / "one"))
    later = Inventory([row_of("logs", "a", modified="2026-02-02T00:00:00.000Z"),
                       row_of("logs", "b", storage_class="GLACIER")], columns=columns)
    row, _ = imported(audit, later.write(tmp_path / "two"))
    assert row["changed"] == 2
    assert audit.sql("SELECT key, etag IS NULL FROM objects ORDER BY key") == [("a", 1), ("b", 0)]


def test_columns_that_nobody_knows_are_passed_over(audit, tmp_path):
    columns = ("Bucket", "Key", "FutureColumn", "ObjectOwner", *inventories.COLUMNS[2:], "Another")
    rows = [row_of("logs", "a", FutureColumn='say "hello, world"', ObjectOwner="me")]
    row, _ = imported(audit, Inventory(rows, columns=columns).write(tmp_path / "copy"))
    assert row["objects"] == 1


def test_an_empty_bucket_is_empty(audit, simulator):
    simulator("--bucket", "big:flat:0", "--inventory", "big")
    row, _ = imported(audit, "s3://inventory/big/everything/")
    assert (row["objects"], row["state"]) == (0, "complete")


def test_data_files_lie_by_key_or_by_name(audit, tmp_path):
    inventory = Inventory([row_of("logs", "a"), row_of("logs", "b")], files=2)
    for name, place in (("by-key", lambda key: key), ("flat", lambda key: key.rsplit("/", 1)[1])):
        folder = tmp_path / name
        for key, data in inventory.files.items():
            path = folder / place(key)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        manifest = next(folder.rglob("manifest.json"))
        row, _ = imported(audit, manifest)
        assert row["objects"] == 2


def test_a_file_that_became_no_index_is_none(audit, tmp_path):
    # As a kill leaves it between the making of the file and the schema.
    audit.index.write_bytes(b"")
    imported(audit, Inventory([row_of("logs", "a"), row_of("logs", "b")]).write(tmp_path / "copy"))
    assert len(contents(audit, "logs")[0]) == 2


def test_rows_as_other_programs_write_them(audit, tmp_path):
    row = row_of("logs", "", raw_key='say%20"x"', etag='"e"', storage_class='A"B', VersionId='v"1')
    text = b"\xef\xbb\xbf" + inventories.text_of([row, row_of("logs", "z", VersionId="v")],
                                                inventories.VERSION_COLUMNS)
    assert b'"A""B"' in text and b'"v""1"' in text
    path = tmp_path / "rows.csv"
    path.write_bytes(text)
    schema = "bucket,key,version_id,is_latest,is_delete_marker,size,last_modified_date,e_tag,storage_class"
    imported(audit, "--csv", path, "--schema", schema)
    assert audit.sql("SELECT bucket, key, version_id, etag, storage_class FROM versions ORDER BY key") == [
        ("logs", 'say "x"', 'v"1', "e", 'A"B'), ("logs", "z", "v", "9b74c9897bac770ffc029102a200c5de", "STANDARD")]


def test_ctrl_c_while_files_come_leaves_no_index(audit, simulator):
    server = simulator("--bucket", "big:uuid:30000", "--inventory", "big", "--bandwidth", "100000")
    process = audit.start("import", "inventory", "s3://inventory/big/everything/")
    wait_for(lambda: any("/data/" in (line.get("key") or "") for line in server.log()), "request for a data file")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Interrupted before anything was stored; the index is as it was." in said and "the same command" in said
    assert not audit.index.exists()


def test_ctrl_c_while_rows_are_stored_keeps_them(audit, simulator):
    simulator("--bucket", "big:uuid:150000", "--inventory", "big")
    _, shown = on_terminal(audit, "import", "inventory", "s3://inventory/big/everything/", interrupt_at="storing: ")
    assert re.search(r"Interrupted after [\d,]+ of 150,000 rows; what was stored is kept", shown)
    row, said = imported(audit, "s3://inventory/big/everything/")
    assert row["objects"] == 150_000 and audit.bucket("big")["state"] == "complete"


def test_progress_is_live_on_a_terminal_alone(audit, simulator):
    simulator("--bucket", "big:uuid:40000", "--inventory", "big:files=4", "--bandwidth", "2000000")
    place = "s3://inventory/big/everything/"
    status, shown = on_terminal(audit, "import", "inventory", place)
    assert status == 0
    assert re.search(r"reading: \d of 4 files, [\d,]+ rows, [\d.]+ \w*B of [\d.]+ MiB", shown)
    assert "\x1b[" in shown and "reading" not in shown.splitlines()[-1]
    assert imported(audit, place)[1] == ""
    assert on_terminal(audit, "import", "inventory", place, "--quiet") == (0, "")


# Prefixes.


def test_an_inventory_of_a_prefix_is_about_that_prefix(audit, simulator):
    simulator("--bucket", "big:dates:4000", "--inventory", "big:prefix=logs/2023/05/,id=part",
              "--inventory", "big:id=all")
    audit.sync("big")
    whole = contents(audit, "big")
    row, _ = imported(audit, "s3://inventory/big/part/", "--force")
    assert row["prefix"] == "logs/2023/05/" and 0 < row["objects"] < 4000
    assert row["added"] + row["changed"] + row["removed"] == 0
    assert contents(audit, "big") == whole and audit.bucket("big")["state"] == "complete"


def test_a_first_import_of_a_prefix_is_no_whole_bucket(audit, simulator):
    simulator("--bucket", "big:dates:4000", "--inventory", "big:prefix=logs/2023/05/")
    imported(audit, "s3://inventory/big/everything/")
    assert audit.bucket("big")["state"] == "partial"


def test_a_killed_sync_does_not_go_on_behind_what_an_import_has_put_back(audit, simulator, tmp_path):
    server = simulator("--bucket", "big:dates:4000", "--max-keys", "50", "--latency", "20")
    process = audit.start("sync", "big", "--concurrency", "1", env={"S3AUDIT_TEST_CRASHPOINT": "batch-committed:6"})
    assert process.wait(60) == -9
    first = audit.sql("SELECT min(key) FROM objects")[0][0]
    prefix = first[:first.rindex("/") + 1]
    path = tmp_path / "rows.csv"
    path.write_bytes(inventories.text_of([row_of("big", prefix + "!gone")], inventories.COLUMNS))
    # A row without a server's name would be another bucket's.
    imported(audit, "--csv", path, "--schema", SCHEMA, "--prefix", prefix, "--force", "--endpoint-url", server.endpoint)
    assert prefix + "!gone" in [row[0] for row in audit.sql("SELECT key FROM objects WHERE bucket = 'big'")]
    audit.sync("big")
    assert audit.sql("SELECT count(*) FROM objects WHERE key LIKE '%!gone'")[0][0] == 0
    assert audit.sql("SELECT count(*) FROM objects")[0][0] == server.counts("big")["objects"]


def test_where_nobody_says_what_it_is_about(audit, tmp_path):
    imported(audit, Inventory([row_of("logs", "a/1"), row_of("logs", "b/1")]).write(tmp_path / "whole"))
    before = contents(audit, "logs")
    part = Inventory([row_of("logs", "a/1"), row_of("logs", "a/11")]).write(tmp_path / "part")
    _, said = imported(audit, part, status=1)
    assert "'a/1'" in said and "b/1" in said and "--prefix 'a/'" in said and "--whole-bucket" in said
    assert contents(audit, "logs") == before
    row, _ = imported(audit, part, "--prefix", "a/")
    assert (row["added"], row["removed"]) == (1, 0)
    row, _ = imported(audit, part, "--whole-bucket")
    assert (row["added"], row["removed"]) == (0, 1)
    _, said = imported(audit, part, "--prefix", "b/", status=1)
    assert "a/1" in said and "does not begin with 'b/'" in said
    _, said = imported(audit, Inventory([], seed=9).write(tmp_path / "none"), status=1)
    assert "no keys" in said


def test_the_configuration_is_asked_and_may_be_denied(audit, moto):
    client = moto.client()
    for name in ("logs", "inventories"):
        client.create_bucket(Bucket=name)
    client.put_bucket_inventory_configuration(
        Bucket="logs", Id="all", InventoryConfiguration={
            "Id": "all", "IsEnabled": True, "IncludedObjectVersions": "Current", "Filter": {"Prefix": "a/"},
            "Schedule": {"Frequency": "Daily"}, "Destination": {"S3BucketDestination": {
                "Bucket": "arn:aws:s3:::inventories", "Format": "CSV"}}})
    place = Inventory([row_of("logs", "a/1")]).put(client)
    row, said = imported(audit, place)
    assert row["prefix"] == "a/" and audit.bucket("logs")["state"] == "partial"
    # Another id is of no configuration: the keys decide.
    place = Inventory([row_of("logs", "a/1")], folder="logs/other").put(client)
    row, said = imported(audit, place)
    assert row["prefix"] == "a/1" and "nobody says" in said and "NoSuch" in said


# Rows without a manifest.

SCHEMA = ", ".join(inventories.COLUMNS)


def test_rows_come_by_standard_input(audit, tmp_path):
    text = inventories.text_of([row_of("logs", "a b"), row_of("logs", "c")], inventories.COLUMNS)
    path = tmp_path / "rows.csv"
    for data, name in ((text, "-"), (inventories.compressed(text, 3), str(path))):
        path.write_bytes(data)
        with open(path) as file:
            row, said = imported(audit, "--csv", name, "--schema", SCHEMA, stdin=file)
        assert (row["bucket"], row["objects"]) == ("logs", 2)
        assert row["as_of"] == "2026-01-02T03:04:05Z" and "--time" in said
    row, said = imported(audit, "--csv", path, "--schema", SCHEMA, "--time", "2026-11-29T01:00:00Z")
    assert row["as_of"] == "2026-11-29T01:00:00Z" and "--time" not in said
    path.write_bytes(b"")
    _, said = imported(audit, "--csv", path, "--schema", SCHEMA, status=1)
    assert "no rows" in said


def converted(*arguments, status=0, script=SCRIPT):
    result = subprocess.run([sys.executable, script, *map(str, arguments)], capture_output=True, timeout=120)
    assert result.returncode == status, result
    return result.stdout, result.stderr.decode()


def parquet_table(pyarrow):
    times = [datetime.datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=datetime.timezone.utc)] * 3
    return pyarrow.table({
        "bucket": ["logs"] * 3, "key": ["a b+c", "ä/\n\"x\",", "m"], "version_id": ["v1", None, "v2"],
        "is_latest": [True] * 3, "is_delete_marker": [False, False, True], "size": [1, 2, None],
        "last_modified_date": pyarrow.array(times, pyarrow.timestamp("ms", "UTC")), "e_tag": ["e1", "e2", None],
        "storage_class": ["STANDARD", "GLACIER", None], "unknown_column": [1, 2, 3]})


@pytest.mark.parametrize("kind", ["parquet", "orc"])
def test_other_formats_are_converted(audit, tmp_path, kind):
    pyarrow = pytest.importorskip("pyarrow", reason="no reader of Parquet and ORC is installed")
    path = tmp_path / f"rows.{kind}"
    if kind == "parquet":
        import pyarrow.parquet
        pyarrow.parquet.write_table(parquet_table(pyarrow), path)
    else:
        import pyarrow.orc
        pyarrow.orc.write_table(parquet_table(pyarrow), path)
    rows, schema = converted(path)
    assert converted("--schema", path)[0].decode() == schema
    (tmp_path / "rows.csv").write_bytes(rows)
    row, _ = imported(audit, "--csv", tmp_path / "rows.csv", "--schema", schema)
    assert (row["objects"], row["versions"]) == (2, 1)
    assert audit.sql(
        "SELECT key, version_id, size, last_modified, etag, storage_class FROM versions ORDER BY key") == [
        ("a b+c", "v1", 1, "2026-01-02T03:04:05.678Z", "e1", "STANDARD"),
        ("m", "v2", None, "2026-01-02T03:04:05.678Z", None, None),
        ("ä/\n\"x\",", "null", 2, "2026-01-02T03:04:05.678Z", "e2", "GLACIER")]
    manifest = Inventory([], file_format=kind.title())
    manifest.manifest["files"] = [{"key": f"logs/all/data/{path.name}", "size": path.stat().st_size,
                                   "MD5checksum": hashlib.md5(path.read_bytes()).hexdigest()}]
    (tmp_path / "manifest.json").write_text(json.dumps(manifest.manifest))
    assert converted(tmp_path / "manifest.json")[0] == rows
    path.write_bytes(path.read_bytes() + b"x")
    assert "is not what it was" in converted(tmp_path / "manifest.json", status=1)[1]


def test_the_converter_says_what_it_lacks(tmp_path):
    assert "there is no file" in converted(tmp_path / "none.parquet", status=1)[1]
