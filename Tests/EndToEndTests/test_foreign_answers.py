"""Answers as servers other than AWS write them: what boto3 reads is read, what cannot be read is named."""

import gzip
import http.server
import threading
import time

import pytest

from support import scripted_s3
from support.scripted_s3 import MODIFIED, Answer, bucket_list, error, page

NAMES = [f"bucket-{number:04}" for number in range(1_003)]


@pytest.fixture
def bucket(s3):
    s3.buckets = {"bucket": ["a b", "c", "d/e"]}
    return s3


# Times


@pytest.mark.parametrize("written,stored", [
    ("2026-01-02T05:04:05.000+02:00", "2026-01-02T03:04:05Z"),
    ("2026-01-01T20:04:05.1234567-0700", "2026-01-02T03:04:05.123Z"),
    ("2026-01-02T03:04:05", "2026-01-02T03:04:05Z"), ("2026-01-02t03:04:05z", "2026-01-02T03:04:05Z"),
    ("\n 2026-01-02 03:04:05 UTC ", "2026-01-02T03:04:05Z"), ("20260102T030405Z", "2026-01-02T03:04:05Z"),
    ("Fri, 02 Jan 2026 03:04:05 GMT", "2026-01-02T03:04:05Z"), ("1767323045", "2026-01-02T03:04:05Z")])
def test_times_are_read_in_every_form_of_boto3(audit, bucket, written, stored):
    good = bucket.listing
    bucket.script = lambda request, number: (
        Answer(bucket_list(bucket.buckets).replace(MODIFIED, written)) if not request.bucket
        else Answer(good(request).replace(MODIFIED, written)) if request.is_list else None)
    audit.sync()
    rows = audit.query("find")
    assert {row["last_modified"] for row in rows} == {stored} and len(rows) == 3


def test_a_bucket_may_have_a_creation_date_that_is_none(audit, bucket):
    bucket.script = lambda request, number: (
        None if request.bucket else Answer(bucket_list(bucket.buckets).replace(MODIFIED, "0000-00-00")))
    audit.sync()
    audit.assert_complete(["a b", "c", "d/e"])


def test_a_time_that_is_none_is_quoted_with_its_key_and_not_asked_for_ten_times(audit, bucket):
    bucket.list_script = lambda request, number: Answer(
        page(["a b"]).replace(MODIFIED, "the day before"))
    result = audit.run("list", "s3://bucket")
    assert result.returncode == 1
    assert "a time as LastModified, not 'the day before' of the key 'a b'" in result.stderr
    assert "s3://bucket" in result.stderr and len(bucket.lists) == 2


# Lists that go on


@pytest.mark.parametrize("element,parameter", [
    ("NextContinuationToken", "continuation-token"), ("NextMarker", "marker"),
    ("ContinuationToken", "continuation-token")])
def test_lists_of_buckets_go_on_whatever_the_next_page_is_called(audit, s3, element, parameter):
    s3.buckets = {name: ["k"] for name in NAMES}

    def buckets(request, number):
        if request.bucket:
            return None
        names = [name for name in NAMES if name > request.query.get(parameter, "")]
        more = f"<IsTruncated>true</IsTruncated><{element}>{names[99]}</{element}>" if len(names) > 100 else ""
        return Answer(bucket_list(names[:100]).replace("</ListAll", more + "</ListAll"))

    s3.script = buckets
    audit.sync("--no-properties")
    totals = audit.query("totals")[0]
    assert totals["objects"] == len(NAMES) and totals["state"] == "complete"


@pytest.mark.parametrize("element", ["ContinuationToken", "NextContinuationToken"])
def test_lists_of_buckets_go_on_behind_an_empty_page(audit, s3, element):
    """AWS's own shape: no IsTruncated, and pages without buckets."""
    s3.buckets = {name: ["k"] for name in NAMES}

    def buckets(request, number):
        if request.bucket:
            return None
        token = request.query.get("continuation-token", "")
        if token and not token.startswith("e"):
            return Answer(bucket_list([]).replace("</ListAll", f"<{element}>e{token}</{element}></ListAll"))
        names = [name for name in NAMES if name > token[1:]]
        more = f"<{element}>{names[99]}</{element}>" if len(names) > 100 else ""
        return Answer(bucket_list(names[:100]).replace("</ListAll", more + "</ListAll"))

    s3.script = buckets
    audit.sync("--no-properties")
    assert audit.query("totals")[0]["objects"] == len(NAMES)


@pytest.mark.parametrize("bend", [
    lambda body: body.replace("<Owner><ID>owner</ID>", "<Owner><ID><x>1</x></ID>"),
    lambda body: body.replace(f"<CreationDate>{MODIFIED}", "<CreationDate><x/>"),
    lambda body: '<?xml version="1.0" encoding="ISO-8859-1"?>' + body])
def test_lists_of_buckets_are_read_by_their_names(audit, s3, bend):
    s3.buckets = {"bucket": ["k"]}
    s3.script = lambda request, number: None if request.bucket else Answer(bend(bucket_list(s3.buckets)))
    audit.sync("--no-properties")
    audit.assert_complete(["k"])


def test_a_list_of_buckets_that_cannot_go_on_is_an_error(audit, bucket):
    bucket.script = lambda request, number: None if request.bucket else Answer(
        bucket_list(bucket.buckets).replace("</ListAll", "<IsTruncated>true</IsTruncated></ListAll"))
    result = audit.run("sync")
    assert result.returncode == 1 and "there are more buckets" in result.stderr


def test_a_token_beside_a_no_is_followed(audit, bucket):
    bucket.buckets = {"bucket": scripted_s3.KEYS}
    good = bucket.listing
    bucket.list_script = lambda request, number: Answer(
        good(request).replace("<IsTruncated>true", "<IsTruncated>false"))
    audit.sync()
    audit.assert_complete(scripted_s3.KEYS)


# Roots and fields


@pytest.mark.parametrize("bend", [
    lambda text: text.replace("ListAllMyBucketsResult", "ListBucketsResponse"),
    lambda text: text.replace("ListBucketResult", "ListObjectsV2Output"),
    lambda text: text.replace("<ListBucketResult ", "<ns2:ListBucketResult xmlns:ns2='u' ").replace(
        "</ListBucketResult", "</ns2:ListBucketResult"),
    lambda text: text.replace("Contents>", "s3:Contents>").replace("Key>", "s3:Key>"),
    lambda text: text.replace("<IsTruncated>false", "<IsTruncated>\n  False\n"),
    lambda text: text.replace("<Size>1<", "<Size> 1\n<"),
    lambda text: text.replace("<KeyCount>", "<Name>b</Name><Name>c</Name><KeyCount> x"),
    lambda text: text.replace("<KeyCount>", "<StartAfter>\x01\x1f</StartAfter><KeyCount>"),
], ids=["Linode", "another root", "prefix", "prefixes within", "padded boolean", "padded size", "spare fields",
        "control characters"])
def test_answers_are_read_by_what_they_hold(audit, bucket, bend):
    good = bucket.listing
    bucket.script = lambda request, number: (
        Answer(bend(bucket_list(bucket.buckets))) if not request.bucket
        else Answer(bend(good(request))) if request.is_list else None)
    audit.sync()
    audit.assert_complete(["a b", "c", "d/e"])


def test_a_server_that_repeats_the_key_undecoded_is_listed_whole(audit, moto):
    keys = [f"{letter}\x01{number:03}" for letter in "abc" for number in range(700)]
    moto.load("bucket", keys)
    for _ in range(2):
        audit.sync("--full")
        audit.assert_complete(keys)


# Headers and coding


class Compressing(http.server.BaseHTTPRequestHandler):
    """Hands out `answers` by path, compressed; keeps the headers of each request."""

    protocol_version = "HTTP/1.1"
    answers, seen = {}, []
    compress = staticmethod(gzip.compress)

    def do_GET(self):
        self.seen.append(dict(self.headers))
        body = self.compress(self.answers[self.path.partition("?")[0]].encode())
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.mark.parametrize("compress", [
    lambda body: gzip.compress(body[:99]) + gzip.compress(b"") + gzip.compress(body[99:]),
    lambda body: gzip.compress(body) + bytes(512), lambda body: body])
def test_gzip_is_read_as_others_read_it(audit, compress, monkeypatch):
    monkeypatch.setattr(Compressing, "compress", staticmethod(compress))
    result = list_compressed(audit, page(["a", "b"]))
    assert result.returncode == 0 and len(result.stdout.splitlines()) == 3, result.stderr


def test_damaged_gzip_is_a_lost_connection_with_words_of_its_own(audit, monkeypatch):
    monkeypatch.setattr(Compressing, "compress", staticmethod(lambda body: gzip.compress(body)[:-9]))
    result = list_compressed(audit, page(["a"]))
    assert result.returncode == 1 and "compressed" in result.stderr and "TLS" not in result.stderr
    assert len(Compressing.seen) > 1


def list_compressed(audit, body):
    """Lists a bucket of a server that sends `body`."""
    Compressing.answers, Compressing.seen = {"/bucket": body}, []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Compressing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        return audit.run(
            "list", "s3://bucket", "--endpoint-url", f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()


def test_what_comes_compressed_unasked_is_read(audit):
    Compressing.answers = {"/bucket": page(["a", "b"])}
    Compressing.seen = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Compressing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        result = audit.run(
            "list", "s3://bucket", "--endpoint-url", f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
    assert result.returncode == 0 and len(result.stdout.splitlines()) == 3, result.stderr
    for headers in Compressing.seen:
        assert headers["Accept-Encoding"] == "identity" and "Accept" not in headers
        assert "accept" not in headers["Authorization"].split("SignedHeaders=")[1].split(",")[0]


# Other servers' refusals: what is said, and the way out


def html(status, text):
    return Answer(text, status, {"Content-Type": "text/html"})


def test_a_console_is_told_at_once(audit, s3):
    s3.script = lambda request, number: html(200, "<!doctype html><title>Some Console</title>")
    start = time.monotonic()
    result = audit.run("sync")
    assert result.returncode == 1 and "a web page, 'Some Console'" in result.stderr
    assert "the port of the S3 API" in result.stderr
    assert len(s3.requests) == 2 and time.monotonic() - start < 5


@pytest.mark.parametrize("answer,words,help", [
    (Answer("<h1>Moved</h1>", 301, {"Location": "https://127.0.0.1:7/x"}),
     "redirects to https://127.0.0.1:7", "--endpoint-url https://127.0.0.1:7"),
    (Answer("<title>Sign in</title><html>", 302, {"Location": "https://login.example.com/sso?x=1"}),
     "redirects to https://login.example.com", "firewall"),
    (Answer("", 301), "does not say where to", "--endpoint-url"),
    (Answer("", 301, {"Location": "/ui/"}), "to its own '/ui/'", "web consoles have a port of their own"),
    (html(400, "<html><title>plain HTTP request was sent to HTTPS port</title></html>"),
     "'plain HTTP request was sent to HTTPS port'", "https://"),
    (html(403, "<html><title>403</title><h1>Blocked (ticket 1)</h1></html>"),
     "a web page, '403: Blocked (ticket 1)'", "firewall"),
    (Answer(page(["k"])), "the list of a bucket", "leave the bucket out"),
    (error("AuthorizationHeaderMalformed", 400, "expected: 1/garage/s3/x"), "1/garage/s3/x", "--region"),
], ids=["TLS", "login", "nowhere", "console", "TLS port", "firewall", "bucket in the host", "region in words"])
def test_refused_lists_of_buckets_name_the_way_out(audit, s3, answer, words, help):
    s3.script = lambda request, number: answer
    result = audit.run("sync")
    assert result.returncode == 1 and words in result.stderr
    assert help in result.stderr.split("Help:")[1] and "requester" not in result.stderr


@pytest.mark.parametrize("answer,words,help", [
    (error("SecondLevelDomainForbidden", 403), "in front of its host", "--addressing-style virtual"),
    (error("TemporaryRedirect", 307, extra="<Endpoint>s3.far.test</Endpoint>",
           headers={"Location": "https://s3.far.test/bucket"}),
     "redirects to https://s3.far.test", "--endpoint-url https://s3.far.test"),
    (html(403, "<html><h1>Blocked</h1></html>"), "a web page, 'Blocked'", "firewall"),
], ids=["virtual hosts", "another endpoint", "firewall"])
def test_refused_listings_name_the_way_out(audit, bucket, answer, words, help):
    bucket.list_script = lambda request, number: answer
    for command in (("list", "s3://bucket"), ("sync",)):
        result = audit.run(*command)
        assert result.returncode in (1, 3) and words in result.stderr, result.stderr
        assert help in result.stderr and "s3:ListBucket" not in result.stderr


@pytest.mark.parametrize("headers,help", [
    ({"Location": "https://login.example.com/sso"}, "firewall"), ({}, "check the endpoint")])
def test_listings_that_lead_nowhere_name_the_way_out(audit, bucket, headers, help):
    bucket.list_script = lambda request, number: Answer("", 302, headers)
    result = audit.run("list", "s3://bucket", env={"AWS_REGION": "eu-1"})
    assert result.returncode == 1 and help in result.stderr, result.stderr
    assert "--endpoint-url https://login" not in result.stderr


def test_a_request_that_was_lost_is_sent_again(audit, bucket):
    bucket.script = lambda request, number: Answer("", 408) if number % 2 == 0 else None
    audit.sync()
    audit.check_index()
    assert audit.last_sync()["retries"] > 0


def test_the_proxy_that_refuses_is_named(audit, s3):
    s3.script = lambda request, number: html(403, "<html><title>Blocked</title></html>")
    proxy = s3.endpoint.replace("://", "://user:secret@")
    result = audit.run("list", "s3://b", "--endpoint-url", "http://s3.far.test", env={"http_proxy": proxy})
    assert s3.endpoint in result.stderr and "secret" not in result.stderr


def test_buckets_are_listed_in_the_region_that_the_server_names(audit, bucket):
    def refusal(request, number):
        if "/eu-1/" in request.headers["Authorization"]:
            return None
        return error("AuthorizationHeaderMalformed", 400, extra="<Region>eu-1</Region>")

    bucket.script = refusal
    audit.sync()
    audit.assert_complete(["a b", "c", "d/e"])
