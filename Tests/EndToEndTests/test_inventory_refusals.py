"""Inventories that are not taken over: each says why and what to do, and the index is as it was."""

import datetime
import gzip
import hashlib

import pytest

from support import inventories
from support.inventories import Inventory, row_of
from support.loopback_server import LoopbackServer

LATER = inventories.CREATED + datetime.timedelta(days=1)


@pytest.fixture
def known(audit, tmp_path):
    """An index that has a bucket already."""
    result = audit.run("import", "inventory", Inventory(
        [row_of("logs", key) for key in ("x", "y")]).write(tmp_path / "known"))
    assert result.returncode == 0, result
    return audit


def refused(audit, *arguments, status=1):
    """Imports, and asserts that the index is byte for byte what it was; returns what is said."""
    before = hashlib.sha256(audit.index.read_bytes()).digest()
    result = audit.run("import", "inventory", *arguments)
    assert result.returncode == status, result
    assert hashlib.sha256(audit.index.read_bytes()).digest() == before
    assert result.stdout == "" and "Help:" in result.stderr
    return result.stderr


def rows(count=40):
    return [row_of("logs", f"k{number:03}") for number in range(count)]


def test_checksums_that_differ(known, tmp_path):
    inventory = Inventory(rows(), files=3, created=LATER)
    key = inventory.data_keys[1]
    data = bytearray(inventory.files[key])
    right = hashlib.md5(data).hexdigest()
    data[-9] ^= 1
    inventory.replace(key, bytes(data), is_told=False)
    said = refused(known, inventory.write(tmp_path / "file"))
    assert key.rsplit("/", 1)[1] in said and right in said and hashlib.md5(data).hexdigest() in said
    inventory = Inventory(rows(), created=LATER)
    checksum = inventory.manifest_key.replace(".json", ".checksum")
    inventory.files[checksum] = b"0" * 32 + b"\n"
    said = refused(known, inventory.write(tmp_path / "manifest"))
    assert "manifest.json" in said and "0" * 32 in said


def test_seconds_are_no_milliseconds(known, tmp_path):
    inventory = Inventory(rows(), created=LATER)
    inventory.manifest["creationTimestamp"] = "1764000000"
    inventory.seal()
    said = refused(known, inventory.write(tmp_path / "file"))
    assert "1970-01-21" in said and "milliseconds" in said


@pytest.mark.parametrize("stamp", ["4102444800000", str((1 << 63) - 1)])
def test_a_moment_that_has_yet_to_come_hides_no_later_inventory(known, tmp_path, stamp):
    inventory = Inventory(rows(), created=LATER)
    inventory.manifest["creationTimestamp"] = stamp
    inventory.seal()
    result = known.run("import", "inventory", inventory.write(tmp_path / "file"), "--whole-bucket")
    assert result.returncode == 0 and "has yet to come" in result.stderr
    now = datetime.datetime.now(datetime.timezone.utc)
    assert known.bucket("logs")["synced_at"][:4] == str(now.year)
    later = Inventory(rows(3), created=now + datetime.timedelta(minutes=1), seed=2).write(tmp_path / "later")
    result = known.run("import", "inventory", later, "--whole-bucket")
    assert result.returncode == 0, result


@pytest.mark.parametrize("end, words", [
    ('""\n', "line 2: 1 columns, and the schema has 6"), ('"logs","b","12', "line 2"),
    ('logs,b,123,2026-01-02T03:04:05.000Z,e,STAND', "line 2: the last row has no line end"),
    ('\n"cut short by an error', "line 3")])
def test_rows_without_a_checksum_that_are_cut_short(known, tmp_path, end, words):
    path = tmp_path / "rows.csv"
    whole = inventories.text_of(rows(1), inventories.COLUMNS)
    path.write_bytes(whole + end.encode())
    said = refused(known, "--csv", path, "--schema", ", ".join(inventories.COLUMNS), "--force")
    assert words in said


def test_files_that_are_missing_or_cut_short(known, tmp_path):
    inventory = Inventory(rows(), files=2, created=LATER)
    folder = inventory.write(tmp_path / "missing")
    name = inventory.data_keys[0].rsplit("/", 1)[1]
    (folder / "data" / name).unlink()
    said = refused(known, folder)
    assert name in said and "is missing" in said
    inventory.write(folder)
    path = folder / "data" / name
    path.write_bytes(path.read_bytes()[:-20])
    said = refused(known, folder)
    assert name in said and "cut short" in said


@pytest.mark.parametrize("cut", [5, 60])
def test_a_stream_that_ends_early_though_its_checksum_is_right(known, tmp_path, cut):
    inventory = Inventory(rows(), created=LATER)
    key = inventory.data_keys[0]
    inventory.replace(key, inventory.files[key][:-cut])
    assert "cut short" in refused(known, inventory.write(tmp_path / "copy"))


BAD_TEXTS = {
    "few columns": (b'"logs","a","1"\n', ["line 3", "3 columns", "6"]),
    "many columns": (b'"logs","a","1","2026-01-02T03:04:05.000Z","e","STANDARD","x"\n', ["line 3", "7 columns"]),
    "no closing quote": (b'"logs","a', ["line 3", "quote"]),
    "bytes behind a quote": (b'"logs"x,"a"\n', ["line 3"]),
    "other bucket": (b'"other","a","1","2026-01-02T03:04:05.000Z","e","STANDARD"\n', ["line 3", "other", "logs"]),
    "bad escape": (b'"logs","a%2","1","2026-01-02T03:04:05.000Z","e","STANDARD"\n', ["line 3", "a%2"]),
    "bad digits": (b'"logs","a%zz","1","2026-01-02T03:04:05.000Z","e","STANDARD"\n', ["line 3", "a%zz"]),
    "zero": (b'"logs","a%00b","1","2026-01-02T03:04:05.000Z","e","STANDARD"\n', ["line 3", "zero"]),
    "long key": (b'"logs","' + b"%61" * 1025 + b'","1","2026-01-02T03:04:05.000Z","e","STANDARD"\n',
                 ["line 3", "1025"]),
    "empty key": (b'"logs","","1","2026-01-02T03:04:05.000Z","e","STANDARD"\n', ["line 3", "empty"]),
    "no size": (b'"logs","a","","2026-01-02T03:04:05.000Z","e","STANDARD"\n', ["line 3", "Size"]),
    "negative size": (b'"logs","a","-1","2026-01-02T03:04:05.000Z","e","STANDARD"\n', ["line 3", "-1"]),
    "huge size": (b'"logs","a","9999999999999999999","2026-01-02T03:04:05.000Z","e","STANDARD"\n', ["line 3"]),
    "no time": (b'"logs","a","1","yesterday","e","STANDARD"\n', ["line 3", "yesterday", "LastModifiedDate"]),
    "a lone return": (b'"logs","a","1","2026-01-02T03:04:05.000Z","e","STANDARD"\r"logs"', ["line 3", "carriage return"]),
    "no class": (b'"logs","a","1","2026-01-02T03:04:05.000Z","e",""\n', ["line 3", "StorageClass"]),
}


@pytest.mark.parametrize("name", BAD_TEXTS)
def test_rows_that_cannot_be(known, tmp_path, name):
    bad, expected = BAD_TEXTS[name]
    inventory = Inventory(rows(2), files=1, created=LATER)
    text = inventories.text_of(rows(2), inventories.COLUMNS) + bad
    inventory.replace(inventory.data_keys[0], gzip.compress(text))
    said = refused(known, inventory.write(tmp_path / "copy"))
    for words in [inventory.data_keys[0].rsplit("/", 1)[1], *expected]:
        assert words in said


@pytest.mark.parametrize("name", ["", "a\x07b", "a b", "a/b"])
def test_buckets_that_cannot_be(known, tmp_path, name):
    inventory = Inventory([row_of(name, "a")], created=LATER)
    inventory.manifest["sourceBucket"] = name
    inventory.seal()
    assert "sourceBucket" in refused(known, inventory.write(tmp_path / "copy"))
    path = tmp_path / "rows.csv"
    path.write_bytes(inventories.text_of([row_of(name, "a")], inventories.COLUMNS))
    said = refused(known, "--csv", path, "--schema", ", ".join(inventories.COLUMNS))
    assert "line 1" in said and "is no Bucket" in said and "\x07" not in said


@pytest.mark.parametrize("columns", [inventories.COLUMNS, inventories.VERSION_COLUMNS])
def test_more_bytes_than_a_bucket_holds(known, tmp_path, columns):
    many = [row_of("logs", f"k{number}", size=1 << 53, VersionId="v") for number in range(1100)]
    inventory = Inventory(many, columns=columns, files=2, created=LATER)
    said = refused(known, inventory.write(tmp_path / "copy"), "--whole-bucket")
    assert "more than" in said and "cannot be" in said
    # The same row many times is one object.
    same = Inventory([row_of("logs", "x", size=1 << 53, VersionId="v")] * 1100, columns=columns, created=LATER, seed=2)
    result = known.run("import", "inventory", same.write(tmp_path / "same"), "--whole-bucket")
    assert result.returncode == 0 and known.sql("SELECT sum(size) FROM objects") == [(1 << 53,)]


def test_versions_without_the_latest(known, tmp_path):
    def version(key, name, latest):
        return row_of("logs", key, VersionId=name, IsLatest=latest)
    some = [version("a", "1", "true"), version("b", "1", "false"), version("b", "2", "false"), version("c", "1", "false")]
    inventory = Inventory(some, columns=inventories.VERSION_COLUMNS, files=2, created=LATER)
    said = refused(known, inventory.write(tmp_path / "copy"), "--whole-bucket")
    assert "2 keys have versions and none that is the latest, such as 'b'" in said
    some += [version("b", "3", "true"), version("c", "2", "true")]
    whole = Inventory(some, columns=inventories.VERSION_COLUMNS, files=3, created=LATER, seed=2)
    assert known.run("import", "inventory", whole.write(tmp_path / "whole"), "--whole-bucket").returncode == 0


@pytest.mark.parametrize("missing", ["Key", "Size", "LastModifiedDate", "StorageClass"])
def test_columns_that_are_missing(known, tmp_path, missing):
    columns = tuple(name for name in inventories.COLUMNS if name != missing)
    said = refused(known, Inventory(rows(), columns=columns, created=LATER).write(tmp_path / "copy"))
    assert f"no column {missing}" in said
    assert missing == "Key" or f"add {missing} to the inventory's optional fields" in said


def test_versions_need_all_of_their_columns(known, tmp_path):
    columns = tuple(name for name in inventories.VERSION_COLUMNS if name != "IsDeleteMarker")
    said = refused(known, Inventory(rows(), columns=columns, created=LATER).write(tmp_path / "copy"))
    assert "IsDeleteMarker" in said


def test_an_inventory_that_is_older_than_the_index(known, tmp_path):
    early = Inventory([row_of("logs", "x")], created=inventories.CREATED - datetime.timedelta(days=2)).write(tmp_path / "early")
    said = refused(known, early)
    assert "2026-11-27T01:00:00Z" in said and "2026-11-29T01:00:00Z" in said and "--force" in said
    assert known.run("import", "inventory", early, "--force", "--whole-bucket").returncode == 0
    assert known.sql("SELECT key FROM objects") == [("x",)]
    assert known.bucket("logs")["synced_at"] == "2026-11-27T01:00:00Z"


def test_formats_that_are_not_read(known, tmp_path):
    for name in ("Parquet", "ORC"):
        said = refused(known, Inventory(rows(), file_format=name, created=LATER).write(tmp_path / name))
        assert name in said and "scripts/inventory-csv" in said and "--csv -" in said


def test_manifests_that_are_none(known, tmp_path):
    for number, text in enumerate([b"", b"{", b"[]", b"{}", b'{"sourceBucket": "x"}']):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "manifest.json").write_bytes(text)
        assert "no manifest of an inventory" in refused(known, folder / "manifest.json")
    inventory = Inventory(rows(), created=LATER)
    del inventory.manifest["files"][0]["MD5checksum"]
    inventory.seal()
    assert "MD5checksum" in refused(known, inventory.write(tmp_path / "md5"))
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "neither" in refused(known, empty)
    assert "nothing at" in refused(known, tmp_path / "nowhere")


def test_arguments_that_mean_nothing(known, tmp_path):
    for arguments in ([], ["--csv", "-"], ["x", "--csv", "-"], ["x", "--schema", "Key"], ["x", "--date", "today"],
                      ["x", "--date", "2026-13-45"], ["x", "--date", "2026-02-30"],
                      ["x", "--prefix", "a", "--whole-bucket"], ["s3://a*/x"]):
        result = known.run("import", "inventory", *arguments)
        assert result.returncode == 64, (arguments, result)


def test_a_destination_that_may_not_be_read(known, simulator):
    simulator("--bucket", "logs:flat:10", "--bucket", "inventory:flat:0:denied", "--inventory", "logs")
    said = refused(known, "s3://inventory/logs/everything/2026-11-29T01-00Z/manifest.json")
    assert "s3:GetObject" in said and "kms:Decrypt" in said and "doctor --policy inventory" in said


KMS_DENIAL = (
    "User: arn:aws:iam::111122223333:user/reader is not authorized to perform: kms:Decrypt on the resource associated "
    "with this ciphertext because no identity-based policy allows the kms:Decrypt action")


@pytest.mark.parametrize("code, status", [("AccessDenied", 403), ("KMS.DisabledException", 400)])
def test_a_key_of_kms_that_may_not_be_used(known, code, status):
    def get(handler):
        body = f"<Error><Code>{code}</Code><Message>{KMS_DENIAL}</Message><RequestId>R</RequestId></Error>".encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/xml")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
    server = LoopbackServer(GET=get)
    known.environment["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{server.port}"
    said = refused(known, "s3://inventories/logs/all/2026-11-29T01-00Z/manifest.json")
    server.stop()
    assert "manifest.json" in said and "KMS" in said and "Help:  allow kms:Decrypt" in said


def test_a_source_that_is_not_there(known, moto):
    moto.client().create_bucket(Bucket="inventories")
    assert "neither" in refused(known, "s3://inventories/logs/all/")
    said = known.run("import", "inventory", "s3://nowhere/logs/all/")
    assert said.returncode == 1 and "no such bucket" in said.stderr


def test_a_bucket_of_several_servers(known, simulator, tmp_path):
    simulator("--bucket", "logs:flat:10")
    known.sync("logs")
    folder = Inventory([row_of("logs", "x"), row_of("logs", "y")], created=LATER).write(tmp_path / "copy")
    del known.environment["AWS_ENDPOINT_URL"]
    said = refused(known, folder, "--whole-bucket")
    assert "several servers" in said and "--endpoint-url" in said
