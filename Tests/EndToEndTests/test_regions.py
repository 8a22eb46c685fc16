"""Lists of buckets, and buckets that live elsewhere than the first request went."""

import pytest

from support import scripted_s3
from support.scripted_s3 import KEYS, Answer, error

FEW = {"AWS_MAX_ATTEMPTS": "2"}


@pytest.mark.parametrize("location", [
    "<LocationConstraint/>", "<LocationConstraint>null</LocationConstraint>",
    "<LocationConstraint>default</LocationConstraint>", "<LocationConstraint>EU</LocationConstraint>",
    "<html>no</html>", "<LocationConstraint>evil.example/?</LocationConstraint>"])
def test_head_without_region_and_any_location(audit, bucket, location):
    bucket.region = None
    bucket.script = lambda request, number: (
        Answer(location) if "location" in request.query else None)
    audit.sync(env=FEW)
    audit.assert_complete(KEYS)
    assert all("evil" not in request.host for request in bucket.requests)


def test_list_of_buckets_in_pages(audit, s3):
    s3.buckets = {f"bucket-{number}": [f"k{number}"] for number in range(5)}
    names = list(s3.buckets)

    def script(request, number):
        if request.bucket:
            return None
        start = int(request.query.get("continuation-token", 0))
        following = start + 2 if start + 2 < len(names) else None
        return Answer(scripted_s3.bucket_list(names[start:start + 2], following))
    s3.script = script
    audit.sync()
    assert [row[0] for row in audit.sql("SELECT bucket FROM buckets ORDER BY 1")] == names


def test_list_of_buckets_that_never_ends_is_a_failure(audit, s3):
    s3.script = lambda request, number: (
        None if request.bucket else Answer(scripted_s3.bucket_list(["bucket"], "again")))
    result = audit.sync(status=1)
    assert "buckets" in result.stderr
    assert len(s3.requests) < 10


def test_a_server_without_buckets(audit, s3):
    assert "0 buckets" in audit.sync().stdout


def signed_region(request):
    return request.headers["Authorization"].split("/")[2]


REDIRECTS = {
    "301 with the header": lambda: error(
        "PermanentRedirect", 301, headers={"x-amz-bucket-region": "eu-west-1"}),
    "307 with the header": lambda: error(
        "TemporaryRedirect", 307, headers={"x-amz-bucket-region": "eu-west-1"}),
    "400 with the region in the body": lambda: error(
        "AuthorizationHeaderMalformed", 400, extra="<Region>eu-west-1</Region>"),
    "301 to a foreign host": lambda: error(
        "PermanentRedirect", 301, extra="<Endpoint>evil.example</Endpoint>",
        headers={"x-amz-bucket-region": "eu-west-1", "Location": "http://evil.example/"}),
}


@pytest.mark.parametrize("kind", REDIRECTS)
def test_listing_follows_to_the_bucket_s_region(audit, bucket, kind):
    bucket.region = None
    bucket.list_script = lambda request, number: (
        None if signed_region(request) == "eu-west-1" else REDIRECTS[kind]())
    audit.sync()
    audit.assert_complete(KEYS)
    assert [signed_region(request) for request in bucket.lists].count("us-east-1") == 1
    assert {request.host for request in bucket.requests} == {f"127.0.0.1:{bucket.port}"}


def test_region_from_head_is_used_at_once(audit, bucket):
    bucket.region = "ap-south-1"
    audit.sync("s3://bucket")
    assert {signed_region(request) for request in bucket.lists} == {"ap-south-1"}
    assert audit.bucket("bucket")["region"] == "ap-south-1"


@pytest.mark.parametrize("refusal", [
    ("AuthorizationHeaderMalformed", 400), ("SignatureDoesNotMatch", 403), ("AccessDenied", 403)])
@pytest.mark.parametrize("targets", [(), ("s3://bucket",)], ids=["all", "named"])
def test_location_with_a_name_of_the_server_s_own_is_only_shown(audit, bucket, targets, refusal):
    """IBM's location is us-south-standard, and its signatures are for us-south."""
    bucket.region = None

    def script(request, number):
        if signed_region(request) != "us-south":
            return error(*refusal)
        if "location" in request.query:
            return Answer("<LocationConstraint>us-south-standard</LocationConstraint>")
    bucket.script = script
    for _ in range(2):
        audit.sync(*targets, env={"AWS_REGION": "us-south"})
        audit.assert_complete(KEYS)
        assert audit.bucket("bucket")["region"] == "us-south-standard"


def test_region_from_head_is_used_again(audit, bucket):
    """A server that refuses another region may not say which it wants."""
    bucket.region = "ap-south-1"
    bucket.list_script = lambda request, number: (
        None if signed_region(request) == "ap-south-1" else error("SignatureDoesNotMatch", 403))
    for _ in range(2):
        audit.sync()
        audit.assert_complete(KEYS)


def test_redirect_loop_ends_and_marks_the_bucket(audit, bucket):
    bucket.list_script = lambda request, number: error(
        "PermanentRedirect", 301, headers={
            "x-amz-bucket-region": "eu-west-1" if number % 2 == 0 else "us-east-1"})
    audit.assert_marked()
    assert len(bucket.lists) < 10


@pytest.mark.parametrize("region", ["", "evil.example", "a/b", "us-east-1.evil.example#", "x" * 200])
def test_region_that_is_none_is_never_used(audit, bucket, region):
    bucket.list_script = lambda request, number: error(
        "AuthorizationHeaderMalformed", 400, extra=f"<Region>{region}</Region>",
        headers={"x-amz-bucket-region": region})
    bucket.region = None
    audit.assert_marked()
    assert {request.host for request in bucket.requests} == {f"127.0.0.1:{bucket.port}"}


def test_location_of_another_host_gets_no_request(audit, bucket, tmp_path):
    other = scripted_s3.ScriptedS3()
    other.buckets = {"bucket": ["stolen"]}
    try:
        bucket.list_script = lambda request, number: Answer(
            "", 307, {"Location": other.endpoint + "/bucket?list-type=2"})
        audit.assert_marked()
        assert other.requests == [], "credentials would have gone to a stranger"
    finally:
        other.stop()
