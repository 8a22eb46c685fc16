"""`query duplicates` and `query small`: against groups and sums that are counted here from what boto3 lists."""

import json
import random
import sqlite3
from collections import defaultdict
from contextlib import closing

import pytest

from support.audit import Audit
from support.servers import listing

SMALL = 131_072
CLASSES = ["STANDARD", "STANDARD_IA", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE", "INTELLIGENT_TIERING"]


def asked(audit, question, *arguments, status=0):
    result = audit.run("query", question, *arguments, "--format", "json")
    assert result.returncode == status, result
    return json.loads(result.stdout), result.stderr


@pytest.fixture(scope="module")
def stored(tmp_path_factory, moto_server):
    """Buckets with copies of one another; `secret` encrypts with KMS."""
    audit, moto = Audit(tmp_path_factory.mktemp("stored")), moto_server
    audit.use(moto)
    moto.reset()
    chance, client = random.Random(7), moto.client()
    bodies = [bytes([65 + number]) * length for number, length in enumerate([0, 1, 10, 1_000, 20_000, SMALL, SMALL + 5])]
    for bucket in ("one", "two", "secret"):
        client.create_bucket(Bucket=bucket)
        for number in range(40):
            body = chance.choice(bodies) if number % 3 else f"{bucket} {number}".encode()
            client.put_object(
                Bucket=bucket, Key=f"{number % 4}/{number % 3}/{number}", Body=body,
                StorageClass=chance.choice(CLASSES))
    for bucket in ("one", "two"):
        upload = client.create_multipart_upload(Bucket=bucket, Key="parts")["UploadId"]
        tags = [client.upload_part(Bucket=bucket, Key="parts", UploadId=upload, PartNumber=part,
                                   Body=b"p" * (5 << 20))["ETag"] for part in (1, 2)]
        client.complete_multipart_upload(
            Bucket=bucket, Key="parts", UploadId=upload,
            MultipartUpload={"Parts": [{"PartNumber": n + 1, "ETag": tag} for n, tag in enumerate(tags)]})
    client.put_bucket_encryption(Bucket="secret", ServerSideEncryptionConfiguration={"Rules": [{
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]})
    audit.sync()
    audit.served = {bucket: listing(client, bucket) for bucket in ("one", "two", "secret")}
    return audit


def groups(stored, buckets=("one", "two", "secret"), passes=lambda key, row: True):
    """(etag, size, proven) to the (bucket, key)s of it, of everything that is not empty."""
    found = defaultdict(list)
    for bucket in sorted(buckets):
        for key, row in stored.served[bucket].items():
            if row[0] > 0 and passes(key, row):
                found[row[1], row[0]].append((bucket, key))
    split = {}
    for (etag, size), copies in found.items():
        proven = sorted(copy for copy in copies if copy[0] != "secret")
        others = sorted(copy for copy in copies if copy[0] == "secret")
        if len(proven) > 1:
            split[etag, size, "multipart" if "-" in etag else "md5"] = proven
            if others:
                split[etag, size, "opaque"] = others
        elif len(copies) > 1:
            split[etag, size, "opaque"] = sorted(copies)
    return split


def wasted(size, certainty, copies):
    return None if certainty == "opaque" else size * (len(copies) - 1)


@pytest.mark.parametrize("arguments, buckets, passes", [
    ([], ("one", "two", "secret"), lambda key, row: True), (["one"], ("one",), lambda key, row: True),
    (["--bucket", "*o*"], ("one", "two"), lambda key, row: True),
    (["--min-size", "1000"], ("one", "two", "secret"), lambda key, row: row[0] >= 1_000),
    (["--prefix", "1/", "--class", "GLACIER"], ("one", "two", "secret"),
     lambda key, row: key.startswith("1/") and row[3] == "GLACIER")])
def test_groups_are_those_of_the_listing(stored, arguments, buckets, passes):
    expected = groups(stored, buckets, passes)
    rows, said = asked(stored, "duplicates", *arguments)
    assert {(row["etag"], row["size"], row["certainty"]): (
        row["copies"], row["wasted_bytes"], (row["bucket"], row["key"])) for row in rows} == {
        (etag, size, certainty): (len(copies), wasted(size, certainty, copies), copies[0])
        for (etag, size, certainty), copies in expected.items()}
    wastes = [row["wasted_bytes"] for row in rows]
    known = [waste for waste in wastes if waste is not None]
    assert known == sorted(known, reverse=True) and wastes == known + [None] * (len(wastes) - len(known))
    has_opaque = any(certainty == "opaque" for _, _, certainty in expected)
    assert ("prove nothing" in said) == has_opaque


def test_every_certainty_is_there(stored):
    rows, _ = asked(stored, "duplicates")
    assert {row["certainty"] for row in rows} == {"md5", "multipart", "opaque"}


def test_list_has_every_copy(stored):
    rows, _ = asked(stored, "duplicates", "--list")
    expected = [(etag, size, certainty, *copy) for (etag, size, certainty), copies in groups(stored).items()
                for copy in copies]
    assert sorted((row["etag"], row["size"], row["certainty"], row["bucket"], row["key"]) for row in rows) == sorted(
        expected)
    assert asked(stored, "duplicates", "--list", "-n", 4)[0] == rows[:4]


def test_a_table_ends_with_the_waste_of_all(stored):
    total = sum(wasted(size, certainty, copies) or 0 for (_, size, certainty), copies in groups(stored).items())
    result = stored.run("query", "duplicates", "-n", 2, "--unit", "B")
    assert result.returncode == 0
    last = next(line for line in result.stdout.splitlines() if line.startswith("total"))
    assert f"{total:,}" in last and "2 of" in result.stdout


def test_buckets_whose_encryption_is_not_known_prove_nothing(audit, moto):
    moto.load("data", [("a", 10), ("b", 10)])
    audit.sync("--no-properties")
    rows, said = asked(audit, "duplicates")
    assert [(row["certainty"], row["wasted_bytes"], row["copies"]) for row in rows] == [("opaque", None, 2)]
    assert "s3:GetEncryptionConfiguration" in said and "data" in said
    audit.sync()
    rows, said = asked(audit, "duplicates")
    assert [(row["certainty"], row["wasted_bytes"]) for row in rows] == [("md5", 10)] and said == ""


def test_objects_without_an_etag_are_said(audit, moto):
    moto.load("data", [("a", 10), ("b", 10), ("c", 10)])
    audit.sync()
    with closing(sqlite3.connect(audit.index)) as database, database:
        # As of an inventory without that column.
        database.execute("UPDATE object SET etag = '?' WHERE key <> 'a'")
    rows, said = asked(audit, "duplicates", status=3)
    assert rows == [] and "the ETags of 2 objects are not known" in said


def test_copies_on_two_servers_are_one_group(audit, moto):
    moto.load("data", [("a", 10), ("b", 11)])
    audit.sync()
    with closing(sqlite3.connect(audit.index)) as database, database:
        bucket = database.execute(
            "INSERT INTO bucket (endpoint, name, state, synced_ms) SELECT 'http://other', name, state, synced_ms"
            " FROM bucket").lastrowid
        database.execute(
            "INSERT INTO object SELECT ?, key, size, last_modified_ms, etag, storage_class_id, version_id"
            " FROM object WHERE key = 'a'", [bucket])
        database.execute(
            "INSERT INTO bucket_property (bucket_id, property, state, read_ms) VALUES (?, 'encryption', 'none', 0)",
            [bucket])
    rows, _ = asked(audit, "duplicates", "--list")
    assert len({row["endpoint"] for row in rows}) == 2
    assert [(row["copies"], row["key"], row["certainty"]) for row in rows] == [(2, "a", "md5")] * 2


# MARK: - Small objects

def billed(rows, under):
    """What is said of the objects in `rows`, (size, class)s."""
    small = [(size, name) for size, name in rows if size < under]
    padded = [size for size, name in small if name in ("STANDARD_IA", "ONEZONE_IA", "GLACIER_IR") and size < SMALL]
    archived = [size for size, name in small if name in ("GLACIER", "DEEP_ARCHIVE")]
    return (len(small), sum(size for size, _ in small), pytest.approx(100 * len(small) / len(rows)),
            sum(SMALL - size for size in padded), 40_960 * len(archived))


def figures(row):
    return tuple(row[name] for name in ("objects", "bytes", "objects_percent", "padding_bytes", "overhead_bytes"))


def objects(stored, bucket):
    return {key: (row[0], row[3]) for key, row in stored.served[bucket].items()}


@pytest.mark.parametrize("under, size", [("128KiB", SMALL), ("131072", SMALL), ("1000", 1_000), ("1MiB", 1 << 20)])
@pytest.mark.parametrize("filters", [[], ["--regex", "."]])
def test_small_by_bucket_and_class(stored, under, size, filters):
    rows, _ = asked(stored, "small", "--under", under, *filters)
    assert {row["bucket"]: figures(row) for row in rows} == {
        bucket: billed(objects(stored, bucket).values(), size) for bucket in stored.served}
    rows, _ = asked(stored, "small", "--under", under, "--by", "class", *filters)
    everything = [row for bucket in stored.served for row in objects(stored, bucket).values()]
    assert {row["storage_class"]: figures(row) for row in rows} == {
        name: billed([row for row in everything if row[1] == name], size) for name in {row[1] for row in everything}}


def test_small_by_prefix(stored):
    rows, _ = asked(stored, "small", "one", "--by", "prefix", "--depth", 2)
    held = objects(stored, "one")
    prefixes = {""} | {"/".join(key.split("/")[:depth]) + "/" for key in held if "/" in key for depth in (1, 2)}
    assert {row["prefix"]: figures(row) for row in rows} == {
        prefix: billed([row for key, row in held.items() if key.startswith(prefix)], SMALL) for prefix in prefixes}


def test_rules_that_nobody_knows_are_null(audit, moto):
    moto.load("data", [("a", 10), ("b", 20, "ONEZONE_IA"), ("c", SMALL, "GLACIER_IR")])
    audit.sync()
    with closing(sqlite3.connect(audit.index)) as database, database:
        # Classes that moto does not take.
        database.execute("UPDATE storage_class SET name = 'OUTPOSTS' WHERE name = 'ONEZONE_IA'")
        database.execute("UPDATE storage_class SET name = 'SNOW' WHERE name = 'GLACIER_IR'")
    rows, said = asked(audit, "small", "--by", "class")
    assert {row["storage_class"]: (row["objects"], row["padding_bytes"], row["overhead_bytes"]) for row in rows} == {
        "STANDARD": (1, 0, 0), "OUTPOSTS": (1, None, None), "SNOW": (0, 0, 0)}
    assert "OUTPOSTS" in said and "SNOW" not in said
    assert figures(asked(audit, "small")[0][0])[3:] == (None, None)


@pytest.mark.parametrize("arguments, words", [
    (["small", "--under", "0"], "fewer bytes"), (["small", "--under", "few"], "use bytes or a unit"),
    (["small", "--depth", "2"], "about prefixes"), (["small", "--by", "prefix", "--depth", "0"], "1 to 64"),
    (["duplicates", "-n", "0"], "1 or more"), (["duplicates", "--min-size", "x"], "use bytes or a unit")])
def test_slips_are_named(stored, arguments, words):
    result = stored.run("query", *arguments)
    assert result.returncode == 64 and words in result.stderr and result.stdout == ""
