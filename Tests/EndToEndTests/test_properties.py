"""How buckets are set up: read at each sync, shown, and judged by `query findings`."""

import json

import pytest

from support import scripted_s3

NAMES = ["versioning", "encryption", "lifecycle", "replication", "public_access_block", "policy_status",
         "acl", "object_lock", "logging", "tags", "intelligent_tiering"]


def shown(audit, bucket):
    row, = audit.query("buckets", bucket, "--properties")
    return {name: row[name] for name in NAMES}


def findings(audit, *arguments):
    rows = audit.query("findings", *arguments)
    return {(row["bucket"], row["finding"]): row for row in rows}


def kinds(audit, bucket, *arguments):
    return [finding for _, finding in findings(audit, bucket, *arguments)]


def documents(audit, bucket):
    rows = audit.sql(
        "SELECT property, document FROM bucket_properties WHERE bucket = ? AND state = 'set'", bucket)
    return {name: json.loads(document) for name, document in rows}


@pytest.fixture
def account(moto, audit):
    """A bucket with everything set, one with nothing."""
    s3 = moto.client()
    moto.load("bare", ["a"])
    moto.load("target")
    s3.put_bucket_acl(Bucket="target", ACL="log-delivery-write")
    s3.put_bucket_versioning(Bucket="target", VersioningConfiguration={"Status": "Enabled"})
    s3.create_bucket(Bucket="full", ObjectLockEnabledForBucket=True)
    s3.put_bucket_versioning(Bucket="full", VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_encryption(Bucket="full", ServerSideEncryptionConfiguration={"Rules": [{
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "arn:k"},
        "BucketKeyEnabled": True}]})
    s3.put_bucket_lifecycle_configuration(Bucket="full", LifecycleConfiguration={"Rules": [
        {"ID": "all", "Status": "Enabled", "Filter": {"Prefix": ""},
         "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
         "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}},
        {"ID": "off", "Status": "Disabled", "Filter": {"Prefix": "x/"}, "Expiration": {"Days": 9}}]})
    s3.put_bucket_replication(Bucket="full", ReplicationConfiguration={
        "Role": "arn:aws:iam::1:role/r", "Rules": [{
            "ID": "r", "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": ""},
            "DeleteMarkerReplication": {"Status": "Disabled"},
            "Destination": {"Bucket": "arn:aws:s3:::target"}}]})
    s3.put_public_access_block(Bucket="full", PublicAccessBlockConfiguration={
        "BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True,
        "RestrictPublicBuckets": True})
    s3.put_object_lock_configuration(Bucket="full", ObjectLockConfiguration={
        "ObjectLockEnabled": "Enabled",
        "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 30}}})
    s3.put_bucket_logging(Bucket="full", BucketLoggingStatus={
        "LoggingEnabled": {"TargetBucket": "target", "TargetPrefix": "p/"}})
    s3.put_bucket_tagging(Bucket="full", Tagging={"TagSet": [{"Key": "team", "Value": "data & co"}]})
    return moto


def test_everything_that_is_set_is_shown(audit, account):
    audit.sync()
    assert shown(audit, "full") == {
        "versioning": "Enabled", "encryption": "aws:kms", "lifecycle": "1", "replication": "1",
        "public_access_block": "all", "policy_status": "none", "acl": "private",
        "object_lock": "GOVERNANCE 30 days", "logging": "target/p/", "tags": "1",
        # Moto answers with a listing.
        "intelligent_tiering": "unsupported"}
    assert shown(audit, "bare") == {
        **dict.fromkeys(NAMES, "none"), "acl": "private", "intelligent_tiering": "unsupported"}
    assert {name: audit.bucket("full")[name] for name in NAMES} == shown(audit, "full")
    found = documents(audit, "full")
    assert found["tags"] == {"team": "data & co"}
    assert found["lifecycle"]["rules"][0] == {
        "id": "all", "is_enabled": True, "noncurrent_expiration_days": 30, "abort_uploads_days": 7}
    assert found["replication"]["rules"][0]["destination"] == "arn:aws:s3:::target"


def test_the_columns_are_there_on_request_only(audit, account):
    audit.sync()
    row = audit.query("buckets", "full")[0]
    assert not set(NAMES) & row.keys()
    header = audit.run("query", "buckets", "--properties", "--format", "csv").stdout.splitlines()[0]
    assert header.split(",")[-len(NAMES):] == NAMES


def test_a_good_bucket_has_no_findings_and_a_bare_one_has_its(audit, account):
    audit.sync()
    assert kinds(audit, "full") == []
    assert kinds(audit, "bare") == [
        "public-access-not-blocked", "unencrypted", "versioning-off", "no-lifecycle-for-uploads"]
    assert kinds(audit, "target") == [
        "public-access-not-blocked", "unencrypted", "no-lifecycle-for-noncurrent-versions",
        "no-lifecycle-for-uploads"]
    row = findings(audit)["bare", "unencrypted"]
    assert (row["severity"], row["objects"], row["state"]) == ("medium", 1, "complete")
    assert kinds(audit, "bare", "--severity", "high") == []


def test_public_is_found_by_policy_and_by_acl_unless_it_is_blocked(audit, moto):
    s3 = moto.client()
    policy = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::policy/*"}]}
    for name in ("policy", "acl", "blocked"):
        moto.load(name)
    s3.put_bucket_policy(Bucket="policy", Policy=json.dumps(policy))
    for name in ("acl", "blocked"):
        s3.put_bucket_acl(Bucket=name, ACL="public-read")
    s3.put_public_access_block(Bucket="blocked", PublicAccessBlockConfiguration={
        "BlockPublicAcls": False, "IgnorePublicAcls": True, "BlockPublicPolicy": True,
        "RestrictPublicBuckets": True})
    audit.sync()
    found = findings(audit, "--severity", "high")
    assert set(found) == {("policy", "public"), ("acl", "public")}
    assert "policy" in found["policy", "public"]["detail"]
    assert "public-read" in found["acl", "public"]["detail"]


def test_small_objects_are_summed_with_what_they_cost_for_nothing(audit, moto):
    kib = 1024
    moto.load("small", [
        ("a", 1, "STANDARD_IA"), ("b", 128 * kib - 1, "STANDARD_IA"), ("c", 128 * kib, "STANDARD_IA"),
        ("d", 10, "GLACIER"), ("e", 10, "STANDARD")])
    audit.sync()
    rows = {row["detail"].split(":")[0].split()[-1]: row for row in audit.query("findings", "small")
            if row["finding"] == "small-objects-in-ia-or-glacier"}
    assert {name: (row["objects"], row["bytes"], row["overhead_bytes"]) for name, row in rows.items()} \
        == {"STANDARD_IA": (2, 128 * kib, 128 * kib), "GLACIER": (1, 10, 40 * kib)}


def test_what_changes_is_seen_at_the_next_sync(audit, account):
    audit.sync()
    s3 = account.client()
    s3.put_bucket_versioning(Bucket="target", VersioningConfiguration={"Status": "Suspended"})
    s3.delete_bucket_tagging(Bucket="full")
    audit.sync("--no-properties")
    assert shown(audit, "target")["versioning"] == "Enabled"
    row = audit.synced()["bare"]
    assert row["added"] == row["changed"] == row["removed"] == 0
    assert shown(audit, "target")["versioning"] == "Suspended"
    assert shown(audit, "full")["tags"] == "none"
    assert "versioning-off" in kinds(audit, "target")


def test_a_denied_one_is_denied_and_the_sync_is_well(audit, bucket):
    def answer(request, _):
        if request.subresource == "acl":
            return scripted_s3.error("AccessDenied", 403)
        if request.subresource == "versioning":
            return scripted_s3.Answer(
                "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
        return scripted_s3.error("NoSuchLifecycleConfiguration", 404)
    bucket.property_script = answer
    audit.sync()
    found = shown(audit, "bucket")
    assert found["acl"] == "denied" and found["versioning"] == "Enabled"
    assert audit.bucket("bucket")["state"] == "complete"
    assert "access denied" in audit.sql(
        "SELECT error FROM bucket_properties WHERE property = 'acl'")[0][0]
    row = findings(audit)["bucket", "not-checked"]
    assert row["severity"] == "info" and "public (acl denied)" in row["detail"]
    # It is said wherever the answer might have been that severe.
    assert kinds(audit, "bucket", "--severity", "high") == ["not-checked"]


@pytest.mark.parametrize("answer", [
    scripted_s3.error("InternalError", 500), scripted_s3.Answer("<html>busy</html>"),
    scripted_s3.Answer("<Tagging><TagSet>"),
], ids=["500", "a page", "cut short"])
def test_what_cannot_be_read_is_failed_and_the_sync_is_well(audit, bucket, answer):
    bucket.property_script = lambda request, _: answer if request.subresource == "tagging" else None
    audit.sync(env={"AWS_MAX_ATTEMPTS": "2"})
    assert shown(audit, "bucket")["tags"] == "failed"
    assert shown(audit, "bucket")["acl"] == "unsupported"
    audit.assert_complete(scripted_s3.KEYS)


def test_one_that_is_throttled_holds_back_nothing(audit, s3):
    s3.buckets = {f"bucket-{number}": ["a"] for number in range(4)}
    s3.property_script = lambda request, _: (
        scripted_s3.error("SlowDown", 503) if request.subresource == "replication" else None)
    audit.sync(seconds=60)
    assert audit.last_sync()["requests"] == len(s3.requests)
    asked = [request.bucket for request in s3.requests if request.subresource == "replication"]
    for bucket in s3.buckets:
        assert audit.bucket(bucket)["state"] == "complete"
        assert shown(audit, bucket)["replication"] == "failed" and asked.count(bucket) == 3


def test_a_bucket_that_may_not_be_listed_is_still_looked_at(audit, bucket):
    bucket.list_script = lambda *_: scripted_s3.error("AccessDenied", 403)
    bucket.property_script = lambda request, _: scripted_s3.error("NoSuchTagSet", 404)
    audit.sync(status=3)
    assert shown(audit, "bucket") == dict.fromkeys(NAMES, "none")


def test_they_are_asked_for_once_and_not_without_being_wanted(audit, bucket):
    audit.sync("s3://bucket/key-00", "s3://bucket/key-01")
    asked = [request.subresource for request in bucket.requests if request.subresource]
    assert sorted(asked) == sorted(scripted_s3.SUBRESOURCES)
    audit.sync("--no-properties")
    audit.sync("--dry-run")
    assert len(asked) == sum(bool(request.subresource) for request in bucket.requests)


def test_rclone_supports_next_to_nothing(audit, rclone):
    (rclone.folder / "bucket").mkdir()
    (rclone.folder / "bucket" / "a").write_text("a")
    audit.sync("bucket")
    assert shown(audit, "bucket") == {**dict.fromkeys(NAMES, "unsupported"), "versioning": "none"}
    assert kinds(audit, "bucket") == ["versioning-off", "not-checked"]


def test_the_simulator_supports_one(audit, simulator):
    simulator("--bucket", "logs:flat:10")
    audit.sync()
    assert shown(audit, "logs") == dict.fromkeys(NAMES, "unsupported") | {"versioning": "none"}


def test_a_bucket_that_was_never_looked_at_is_said_to_be(audit, bucket):
    audit.sync("--no-properties")
    assert shown(audit, "bucket") == dict.fromkeys(NAMES)
    row = findings(audit)["bucket", "not-checked"]
    assert row["detail"] == "its properties were never read"


def test_findings_are_of_buckets(audit, bucket):
    audit.sync()
    result = audit.run("query", "findings", "s3://bucket/a/")
    assert result.returncode == 64 and "prefix" in result.stderr
    assert audit.run("query", "findings", "other").returncode == 1
    assert audit.run("query", "findings", "--severity", "none").returncode == 64
