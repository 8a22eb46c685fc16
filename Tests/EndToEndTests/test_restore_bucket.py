"""`restore` into a bucket: the service copies exactly the versions that are wanted, each once."""

import csv
import io
import json
import random
import signal
import time

import pytest

from support.odd_keys import ODD_KEYS
from support.terminal import on_terminal
from support.write_proxy import WriteProxy

SOURCE, TARGET = "photos", "restored"
PART = 5 << 20


@pytest.fixture
def client(moto):
    """A client of a moto with two versioned buckets."""
    client = moto.client()
    for bucket in (SOURCE, TARGET):
        client.create_bucket(Bucket=bucket)
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return client


@pytest.fixture
def proxy(moto, client, audit):
    """Stands before moto and disturbs what a test tells it to."""
    proxy = WriteProxy(moto)
    audit.use(proxy)
    yield proxy
    proxy.stop()


def put(client, key, body=b"", bucket=SOURCE, **more):
    return client.put_object(Bucket=bucket, Key=key, Body=body, **more).get("VersionId", "null")


def put_parts(client, key, bodies, **more):
    upload = client.create_multipart_upload(Bucket=SOURCE, Key=key, **more)["UploadId"]
    parts = [
        {"PartNumber": number, "ETag": client.upload_part(
            Bucket=SOURCE, Key=key, UploadId=upload, PartNumber=number, Body=body)["ETag"]}
        for number, body in enumerate(bodies, 1)]
    return client.complete_multipart_upload(
        Bucket=SOURCE, Key=key, UploadId=upload, MultipartUpload={"Parts": parts})["VersionId"]


def manifest(folder, versions, name="manifest.csv"):
    path = folder / name
    with path.open("w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["key", "version_id"])
        rows.writerows(versions.items())
    return path


def restore(audit, path, *more, target=f"s3://{TARGET}", status=0):
    result = audit.run("restore", "-m", path, "-b", SOURCE, target, *more)
    assert result.returncode == status, result.stdout + result.stderr
    return result


def history(client, bucket):
    """All versions and markers of a bucket: {key: [(id or marker, is latest)]}."""
    found = {}
    pages = client.get_paginator("list_object_versions").paginate(Bucket=bucket)
    for page in pages:
        for kind in ("Versions", "DeleteMarkers"):
            for row in page.get(kind, []):
                found.setdefault(row["Key"], []).append((row["VersionId"], kind))
    return {key: sorted(rows) for key, rows in found.items()}


def contents(client, bucket):
    keys = [
        row["Key"] for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        for row in page.get("Contents", [])]
    return {key: client.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}


def uploads(client):
    return client.list_multipart_uploads(Bucket=TARGET).get("Uploads", [])


def lived_in(client, bucket=SOURCE, seed=1, count=60):
    """Fills a bucket with a history; the versions to bring back, and their bytes."""
    chance, versions, bytes_of = random.Random(seed), {}, {}
    for number in range(count):
        key = f"d{number % 5}/é {number}"
        for _ in range(chance.randrange(3)):
            put(client, key, b"before", bucket)
        bytes_of[key] = b"wanted %d" % number * chance.randrange(4)
        versions[key] = put(client, key, bytes_of[key], bucket)
        if chance.random() < 0.5:
            put(client, key, b"after", bucket)
        if chance.random() < 0.3:
            client.delete_object(Bucket=bucket, Key=key)
    return versions, bytes_of


def test_brings_versions_into_another_bucket_once(audit, client, tmp_path):
    versions, bytes_of = lived_in(client)
    path = manifest(tmp_path, versions)
    result = restore(audit, path, target=f"s3://{TARGET}/back/")
    assert contents(client, TARGET) == {f"back/{key}": body for key, body in bytes_of.items()}
    assert "verified by ETag" in result.stdout and "not verified" not in result.stdout
    before = history(client, TARGET)
    assert all(len(rows) == 1 for rows in before.values())
    restore(audit, path, target=f"s3://{TARGET}/back/")
    assert history(client, TARGET) == before
    # Also where nothing is remembered.
    remembered = list(audit.index.parent.glob(f"{audit.index.name}.restored*"))
    assert remembered
    for path_of_records in remembered:
        path_of_records.unlink()
    restore(audit, path, target=f"s3://{TARGET}/back/")
    assert history(client, TARGET) == before


def test_a_second_run_asks_once_a_thousand_keys(audit, client, proxy, tmp_path):
    versions, _ = lived_in(client)
    path = manifest(tmp_path, versions)
    restore(audit, path)
    proxy.requests.clear()
    restore(audit, path)
    # The region or versioning of the bucket, and one page of what is there.
    assert len(proxy.requests) <= 3, proxy.requests


def test_undoes_in_place(audit, client, tmp_path):
    versions, bytes_of = lived_in(client)
    new = put(client, "new", b"since")
    before = history(client, SOURCE)
    current = {
        row["Key"]: row["VersionId"]
        for row in client.list_object_versions(Bucket=SOURCE)["Versions"] if row["IsLatest"]}
    path = manifest(tmp_path, versions)
    restore(audit, path, target=f"s3://{SOURCE}")
    assert contents(client, SOURCE) == {**bytes_of, "new": b"since"}
    after = history(client, SOURCE)
    for key, rows in after.items():
        # One copy, and only where another version was current, or a marker.
        is_right = key == "new" or current.get(key) == versions[key]
        same = current.get(key) and contents_before(client, key, current[key]) == bytes_of.get(key)
        assert len(rows) - len(before[key]) == (0 if is_right or same else 1), key
    restore(audit, path, target=f"s3://{SOURCE}")
    assert history(client, SOURCE) == after
    assert (new, "Versions") in after["new"]


def test_undoes_with_all_that_came_since(audit, client, tmp_path):
    versions, bytes_of = lived_in(client)
    for key in ["new", "d1/newer"]:
        put(client, key, b"since")
    restore(audit, manifest(tmp_path, versions), "--delete", target=f"s3://{SOURCE}")
    assert contents(client, SOURCE) == bytes_of
    before = history(client, SOURCE)
    assert [kind for _, kind in before["new"]].count("DeleteMarkers") == 1
    restore(audit, manifest(tmp_path, versions), "--delete", target=f"s3://{SOURCE}")
    assert history(client, SOURCE) == before


def test_what_is_current_is_known_by_a_listing(audit, client, proxy, tmp_path):
    """A whole manifest tells the current version from others without a question for each key."""
    for number in range(40):
        put(client, f"k{number}", b"%d" % number)
    path = tmp_path / "full.csv"
    with path.open("w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["key", "version_id", "size", "etag", "last_modified", "storage_class"])
        for row in client.list_object_versions(Bucket=SOURCE)["Versions"]:
            rows.writerow([
                row["Key"], row["VersionId"], row["Size"], row["ETag"].strip('"'),
                row["LastModified"].strftime("%Y-%m-%dT%H:%M:%SZ"), row["StorageClass"]])
    result = restore(audit, path, target=f"s3://{SOURCE}")
    assert len(proxy.requests) <= 3 and "right already" in result.stdout


def test_brings_a_moment_back(audit, client, tmp_path):
    """Into another bucket below a prefix, then in its place, with all that came since deleted."""
    lived_in(client)
    then = contents(client, SOURCE)
    time.sleep(1.1)
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    time.sleep(1.1)
    for key in list(then)[::2]:
        put(client, key, b"since")
    client.delete_object(Bucket=SOURCE, Key=list(then)[1])
    put(client, "d1/new", b"new")

    def bring(*arguments):
        result = audit.run("restore", "--as-of", moment, *arguments)
        assert result.returncode == 0, result.stderr
    below = {key.removeprefix("d1/"): body for key, body in then.items() if key.startswith("d1/")}
    bring(f"s3://{SOURCE}/d1/", f"s3://{TARGET}/back/")
    assert contents(client, TARGET) == {f"back/{key}": body for key, body in below.items()}
    now = contents(client, SOURCE)
    bring(f"s3://{SOURCE}/d1/", f"s3://{SOURCE}/d1/", "--delete")
    others = {key: body for key, body in now.items() if not key.startswith("d1/")}
    assert contents(client, SOURCE) == {
        **others, **{key: body for key, body in then.items() if key.startswith("d1/")}}
    bring(f"s3://{SOURCE}", f"s3://{SOURCE}", "--delete")
    assert contents(client, SOURCE) == then
    before = history(client, SOURCE)
    bring(f"s3://{SOURCE}", f"s3://{SOURCE}", "--delete")
    assert history(client, SOURCE) == before


def test_ignored_keys_are_left_alone(audit, client, tmp_path):
    versions = {key: put(client, key, b"x") for key in ["a", "b.tmp"]}
    for key in ["p/old", "p/old.tmp"]:
        put(client, key, b"old", TARGET)
    restore(audit, manifest(tmp_path, versions), "--ignore", r"\.tmp$", "--delete", "--yes",
            target=f"s3://{TARGET}/p/")
    assert sorted(contents(client, TARGET)) == ["p/a", "p/old.tmp"]


def contents_before(client, key, version):
    return client.get_object(Bucket=SOURCE, Key=key, VersionId=version)["Body"].read()


def test_carries_metadata_tags_and_class(audit, client, tmp_path):
    extra = {
        "Metadata": {"owner": "ann", "empty": ""}, "ContentType": "text/x-odd",
        "ContentEncoding": "gzip", "ContentLanguage": "de", "CacheControl": "max-age=3",
        "ContentDisposition": "attachment; filename=\"a b\"", "StorageClass": "STANDARD_IA",
        "Tagging": "a%20b=c%2Bd&e=f"}
    versions = {
        "whole": put(client, "whole", b"w" * 100, **extra),
        "parts": put_parts(client, "parts", [b"a" * PART, b"b" * PART, b"c"], **extra)}
    put(client, "whole", b"other")
    restore(audit, manifest(tmp_path, versions), "--require-verified", "--copy-part-size", "6MiB")
    for key, version in versions.items():
        wanted = client.get_object(Bucket=SOURCE, Key=key, VersionId=version)
        found = client.get_object(Bucket=TARGET, Key=key)
        for name in ("Metadata", "ContentType", "ContentEncoding", "ContentLanguage", "CacheControl",
                     "ContentDisposition", "StorageClass"):
            assert found.get(name) == wanted.get(name), (key, name)
        assert found["Body"].read() == wanted["Body"].read()
        tags = client.get_object_tagging(Bucket=TARGET, Key=key)["TagSet"]
        assert sorted((tag["Key"], tag["Value"]) for tag in tags) == [("a b", "c+d"), ("e", "f")]
    restore(audit, manifest(tmp_path, versions), "--no-tags", "--storage-class", "ONEZONE_IA",
            target=f"s3://{TARGET}/bare/")
    for key in versions:
        found = client.head_object(Bucket=TARGET, Key=f"bare/{key}")
        assert found["StorageClass"] == "ONEZONE_IA"
        assert client.get_object_tagging(Bucket=TARGET, Key=f"bare/{key}")["TagSet"] == []


def test_metadata_alone_is_a_difference(audit, client, tmp_path):
    version = put(client, "k", b"same", Metadata={"a": "1"})
    put(client, "k", b"same", Metadata={"a": "2"})
    path = manifest(tmp_path, {"k": version})
    restore(audit, path, target=f"s3://{SOURCE}")
    assert client.head_object(Bucket=SOURCE, Key="k")["Metadata"] == {"a": "1"}
    before = history(client, SOURCE)
    restore(audit, path, target=f"s3://{SOURCE}")
    assert history(client, SOURCE) == before


def test_objects_of_parts_keep_their_etag(audit, client, tmp_path):
    bodies = [bytes([65 + number]) * PART for number in range(3)]
    versions = {"own": put_parts(client, "own", bodies), "whole": put(client, "whole", b"".join(bodies))}
    path = manifest(tmp_path, versions)
    restore(audit, path, "--require-verified")
    etags = {key: client.head_object(Bucket=TARGET, Key=key)["ETag"] for key in versions}
    assert etags["own"] == client.head_object(Bucket=SOURCE, Key="own")["ETag"]
    # In parts of another size the ETag is another; that it is right is remembered.
    restore(audit, path, "--copy-part-size", "6MiB", target=f"s3://{TARGET}/cut/")
    assert client.head_object(Bucket=TARGET, Key="cut/whole")["ETag"].endswith('-3"')
    assert contents(client, TARGET)["cut/whole"] == b"".join(bodies)
    before = history(client, TARGET)
    restore(audit, path, "--copy-part-size", "6MiB", target=f"s3://{TARGET}/cut/")
    restore(audit, path)
    assert history(client, TARGET) == before
    assert uploads(client) == []


def test_every_key_goes_through(audit, client, tmp_path):
    versions, bytes_of = {}, {}
    for number, key in enumerate(ODD_KEYS):
        # What no client sends, or moto does not take.
        if "/../" in f"/{key}/" or "/./" in f"/{key}/" or "\0" in key:
            continue
        try:
            versions[key] = put(client, key, b"%d" % number)
        except Exception:
            continue
        bytes_of[key] = b"%d" % number
    assert len(versions) > 40
    entries = [{"key": key, "version_id": version} for key, version in versions.items()]
    path = tmp_path / "manifest.csv"
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    rows.writerow(["key", "version_id"])
    rows.writerows([entry["key"], entry["version_id"]] for entry in entries)
    path.write_bytes(text.getvalue().encode())
    restore(audit, path, "--copy-part-size", "5MiB")
    assert contents(client, TARGET) == bytes_of

    # Moto cannot list versions of such keys.
    def current():
        return {key: client.head_object(Bucket=TARGET, Key=key)["VersionId"] for key in versions}
    before = current()
    restore(audit, path)
    assert current() == before


def test_a_target_key_that_is_too_long_is_named(audit, client, tmp_path):
    versions = {key: put(client, key, b"x") for key in ["k" * 1020, "short"]}
    result = restore(audit, manifest(tmp_path, versions), target=f"s3://{TARGET}/pre/fix/", status=3)
    assert "1028 bytes" in result.stderr
    assert list(contents(client, TARGET)) == ["pre/fix/short"]


@pytest.mark.parametrize("state", ["none", "Suspended"])
def test_a_target_without_versions_is_refused(audit, client, tmp_path, state):
    client.create_bucket(Bucket="plain")
    if state != "none":
        client.put_bucket_versioning(Bucket="plain", VersioningConfiguration={"Status": state})
    versions = {"k": put(client, "k", b"wanted")}
    put(client, "k", b"there", "plain")
    path = manifest(tmp_path, versions)
    for more in [[], ["--dry-run"]]:
        result = restore(audit, path, *more, target="s3://plain", status=1)
        assert "s3://plain" in result.stderr and "--allow-permanent" in result.stderr
    assert contents(client, "plain") == {"k": b"there"}
    restore(audit, path, "--allow-permanent", target="s3://plain")
    assert contents(client, "plain") == {"k": b"wanted"}


@pytest.mark.parametrize("more, question", [
    ([], "Put delete markers over them?"),
    (["--allow-permanent"], "Delete them, for good where versioning is not enabled?")])
def test_the_question_says_what_is_gone_for_good(audit, client, tmp_path, more, question):
    path = manifest(tmp_path, {"k": put(client, "k", b"wanted")})
    for number in range(9):
        put(client, f"other {number}", b"there", TARGET)
    status, shown = on_terminal(
        audit, "restore", "-m", path, "-b", SOURCE, f"s3://{TARGET}", "--delete", *more,
        answers={"[y/N]": "n\n"})
    assert question in shown and status == 3
    assert len(contents(client, TARGET)) == 10


def test_a_target_that_is_not_there_is_named(audit, client, tmp_path):
    path = manifest(tmp_path, {"k": put(client, "k")})
    for more in [[], ["--check"], ["--dry-run"]]:
        result = restore(audit, path, *more, target="s3://nowhere", status=1)
        assert "s3://nowhere" in result.stderr and "no such bucket" in result.stderr


def test_delete_puts_one_marker_over_what_is_not_wanted(audit, client, tmp_path):
    versions, bytes_of = lived_in(client)
    for number in range(9):
        put(client, f"back/old {number}", b"old", TARGET)
    put(client, "beside", b"stays", TARGET)
    path, target = manifest(tmp_path, versions), f"s3://{TARGET}/back/"
    planned = restore(audit, path, "--delete", "--dry-run", "--format", "json", target=target)
    actions = [row["action"] for row in json.loads(planned.stdout)]
    assert actions.count("copy") == len(versions) and actions.count("delete marker") == 9
    assert set(contents(client, TARGET)) == {f"back/old {n}" for n in range(9)} | {"beside"}
    result = restore(audit, path, "--delete", target=target)
    assert "9 keys" in result.stderr
    wanted = {f"back/{key}": body for key, body in bytes_of.items()}
    assert contents(client, TARGET) == {**wanted, "beside": b"stays"}
    before = history(client, TARGET)
    assert len(before["back/old 1"]) == 2
    restore(audit, path, "--delete", target=target)
    assert history(client, TARGET) == before


def test_delete_asks_before_most_goes(audit, client, tmp_path):
    for number in range(9):
        put(client, f"old {number}", b"old", TARGET)
    path = manifest(tmp_path, {"k": put(client, "k", b"k")})
    result = restore(audit, path, "--delete", status=3)
    assert "--yes" in result.stderr and len(contents(client, TARGET)) == 10
    restore(audit, path, "--delete", "--yes")
    assert list(contents(client, TARGET)) == ["k"]


def test_delete_waits_for_all_versions(audit, client, tmp_path):
    put(client, "old", b"old", TARGET)
    versions = {"k": put(client, "k", b"k"), "gone": "no-such-version", "l": put(client, "l", b"l")}
    failed = tmp_path / "failed.csv"
    result = restore(audit, manifest(tmp_path, versions), "--delete", "--failed", failed, status=3)
    assert "Error: gone: " in result.stderr and "nothing was deleted" in result.stderr
    assert sorted(contents(client, TARGET)) == ["k", "l", "old"]
    with failed.open() as file:
        assert [row["key"] for row in csv.DictReader(file)] == ["gone"]


def test_dry_run_writes_nothing(audit, client, proxy, tmp_path):
    versions, _ = lived_in(client)
    versions["big"] = put_parts(client, "big", [b"a" * PART, b"b"])
    path = manifest(tmp_path, versions)
    for format in ["json", "csv", "tsv", "jsonl", "markdown", "table"]:
        result = restore(audit, path, "--dry-run", "--delete", "--format", format)
        assert "copy" in result.stdout and "multipart copy" in result.stdout
    assert {method for method, _ in proxy.requests} <= {"GET", "HEAD"}
    restore(audit, path)
    result = restore(audit, path, "--dry-run", "--format", "jsonl")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert {row["action"] for row in rows} == {"nothing"} and len(rows) == len(versions)


def test_check_compares_only(audit, client, proxy, tmp_path):
    versions = {key: put(client, key, key.encode() * 9) for key in "abcd"}
    path = manifest(tmp_path, versions)
    restore(audit, path)
    restore(audit, path, "--check")
    put(client, "b", b"B" * 9, TARGET)
    client.delete_object(Bucket=TARGET, Key="c")
    put(client, "d", b"d" * 9, TARGET, Metadata={"x": "y"})
    proxy.requests.clear()
    result = restore(audit, path, "--check", status=2)
    assert {method for method, _ in proxy.requests} <= {"GET", "HEAD"}
    assert "Error: b: the target has other bytes" in result.stderr
    assert "Error: c: there is no such object in the target" in result.stderr
    assert "Error: d: the target has other metadata" in result.stderr


def test_archived_versions_are_named(audit, client, tmp_path):
    versions = {
        "cold": put(client, "cold", b"cold", StorageClass="GLACIER"), "warm": put(client, "warm", b"w"),
        "big": put_parts(client, "big", [b"a" * PART, b"b"], StorageClass="DEEP_ARCHIVE")}
    result = restore(audit, manifest(tmp_path, versions), status=3)
    assert "Error: cold: " in result.stderr and "Error: big: " in result.stderr
    assert "archived" in result.stderr
    assert list(contents(client, TARGET)) == ["warm"]
    assert uploads(client) == []


def test_a_null_version_that_was_overwritten_is_reported(audit, client, tmp_path):
    client.create_bucket(Bucket="plain")
    old = client.put_object(Bucket="plain", Key="k", Body=b"meant")["ETag"].strip('"')
    client.put_object(Bucket="plain", Key="same", Body=b"same")
    path = tmp_path / "manifest.csv"
    path.write_text(
        "key,version_id,size,etag,storage_class\n"
        f"k,null,5,{old},STANDARD\nsame,null,4,51037a4a37730f52c8732586d3aaa316,STANDARD\n")
    client.put_object(Bucket="plain", Key="k", Body=b"newer")
    result = audit.run("restore", "-m", path, "-b", "plain", f"s3://{TARGET}")
    assert result.returncode == 3, result.stderr
    assert "Error: k: the version 'null' was overwritten" in result.stderr
    assert contents(client, TARGET) == {"same": b"same"}


def test_errors_within_an_answer_of_200_are_errors(audit, client, proxy, tmp_path):
    versions = {key: put(client, key, key.encode()) for key in ["a", "b"]}
    versions["parts"] = put_parts(client, "parts", [b"a" * PART, b"b"])
    # What they were answers to was not done.
    proxy.fail_within_200 = {"a": ["SlowDown"], "b": ["AccessDenied"] * 99, "parts": ["InternalError"]}
    result = restore(audit, manifest(tmp_path, versions), status=3)
    assert "Error: b: " in result.stderr and "AccessDenied" in result.stderr
    assert sorted(contents(client, TARGET)) == ["a", "parts"]
    assert all(len(rows) == 1 for rows in history(client, TARGET).values())
    assert uploads(client) == []


@pytest.mark.parametrize("loss", ["after", "before", "500"])
def test_lost_answers_make_no_second_copy(audit, client, proxy, tmp_path, loss):
    versions = {f"k{number}": put(client, f"k{number}", b"%d" % number) for number in range(12)}
    versions["parts"] = put_parts(client, "parts", [b"a" * PART, b"b"])
    put(client, "k3", b"there", TARGET)
    put(client, "gone", b"there", TARGET)
    proxy.lose(loss)
    restore(audit, manifest(tmp_path, versions), "--delete")
    assert proxy.lost > 14
    found = history(client, TARGET)
    counts = {key: len(rows) for key, rows in found.items()}
    assert counts == {**dict.fromkeys(versions, 1), "k3": 2, "gone": 2}
    assert contents(client, TARGET)["k3"] == b"3"
    assert uploads(client) == []


def test_what_fails_leaves_no_upload(audit, client, proxy, tmp_path):
    versions = {"parts": put_parts(client, "parts", [b"a" * PART, b"b"]), "k": put(client, "k")}
    proxy.deny_parts = True
    restore(audit, manifest(tmp_path, versions), status=3)
    assert uploads(client) == [] and list(contents(client, TARGET)) == ["k"]


def test_an_interrupted_copy_leaves_no_upload(audit, client, proxy, tmp_path):
    path = manifest(tmp_path, {"parts": put_parts(client, "parts", [b"a" * PART, b"b"])})
    proxy.seconds_per_part = 3
    process = audit.start("restore", "-m", path, "-b", SOURCE, f"s3://{TARGET}")
    proxy.wait_for_part()
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert process.returncode == 130
    assert uploads(client) == []
    # After a kill nobody can; the next run does.
    process = audit.start("restore", "-m", path, "-b", SOURCE, f"s3://{TARGET}")
    proxy.wait_for_part()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert len(uploads(client)) == 1
    proxy.seconds_per_part = 0
    restore(audit, path)
    assert uploads(client) == []
    assert len(history(client, TARGET)["parts"]) == 1


def test_kills_make_no_second_copy(audit, client, tmp_path):
    versions, bytes_of = lived_in(client, count=150)
    versions["parts"] = put_parts(client, "parts", [b"a" * PART, b"b"])
    path = manifest(tmp_path, versions)
    for moment in range(14):
        process = audit.start("restore", "-m", path, "-b", SOURCE, f"s3://{TARGET}", "--concurrency", "4")
        time.sleep(0.05 + moment * 0.04)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    restore(audit, path)
    assert contents(client, TARGET) == {**bytes_of, "parts": b"a" * PART + b"b"}
    # A request of a process that was killed may be carried out when the next one has looked already.
    restore(audit, path)
    assert {key for key, rows in history(client, TARGET).items() if len(rows) > 1} == set()
    assert uploads(client) == []


def test_options_of_buckets_need_one(audit, tmp_path):
    for more in (["--allow-permanent"], ["--no-tags"], ["--storage-class", "X"], ["--copy-part-size", "5MiB"]):
        result = audit.run("restore", "-m", "m.csv", "-b", SOURCE, "-r", tmp_path, *more)
        assert result.returncode == 64 and more[0] in result.stderr
    for size in ["4MiB", "6GiB", "x"]:
        result = audit.run("restore", "-m", "m", "-b", SOURCE, "s3://t", "--copy-part-size", size)
        assert result.returncode == 64
