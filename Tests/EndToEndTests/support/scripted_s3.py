"""Plays an S3 server that misbehaves exactly as a test tells it to, and is sound where it tells nothing."""

import threading
import time
import urllib.parse
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from support.loopback_server import LoopbackServer

MODIFIED = "2026-01-02T03:04:05.000Z"
SUBRESOURCES = {
    "versioning", "encryption", "lifecycle", "replication", "publicAccessBlock", "policyStatus", "acl",
    "object-lock", "logging", "tagging", "intelligent-tiering"}
# What the bucket of most tests holds: three pages.
KEYS = [f"key-{number:04}" for number in range(3_000)]


@dataclass
class Request:
    method: str
    bucket: str
    query: dict
    headers: dict
    host: str

    @property
    def subresource(self):
        """The subresource that is asked for, of those that say how a bucket is set up."""
        return next(iter(SUBRESOURCES & self.query.keys()), None)

    @property
    def is_list(self):
        """Whether objects are listed, by ListObjectsV2 or by ListObjects, which is tried where that is refused."""
        others = {"location", "session", "versions", "uploads"}
        return self.method == "GET" and bool(self.bucket) and not self.subresource and not others & self.query.keys()


@dataclass
class Answer:
    body: str = ""
    status: int = 200
    headers: dict = field(default_factory=dict)
    # Bytes of the body that are sent before the connection is cut; None sends all.
    cut_at: int | None = None


def quoted(key):
    """As AWS writes keys under encoding-type=url: a space is '+'."""
    return urllib.parse.quote_plus(key, safe="/*-._")


def page(keys, truncated=False, token=None, encoding="url", encode=None, etag='"{}"', size=1):
    """A ListObjectsV2 page of `keys`, encoded with `encode` as `encoding` says."""
    encode = encode or (quoted if encoding == "url" else escape)
    rows = "".join(
        f"<Contents><Key>{encode(key)}</Key><LastModified>{MODIFIED}</LastModified>"
        f"<ETag>{escape(etag.format('d41d8cd98f00b204e9800998ecf8427e'))}</ETag>"
        f"<Size>{size}</Size><StorageClass>STANDARD</StorageClass></Contents>" for key in keys)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        f"<IsTruncated>{'true' if truncated else 'false'}</IsTruncated>"
        + (f"<EncodingType>{encoding}</EncodingType>" if encoding else "")
        + (f"<NextContinuationToken>{token}</NextContinuationToken>" if token else "")
        + f"<KeyCount>{len(keys)}</KeyCount>{rows}</ListBucketResult>")


def error(code, status, message="No.", headers=None, extra=""):
    return Answer(
        f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message>{extra}"
        "<RequestId>R1</RequestId></Error>", status, headers or {})


class ScriptedS3:
    """Answers S3's calls from `buckets`, unless a script of the test answers first.

    A script is called with each request and its number among those it was called with, from 0; it
    returns an Answer, or None for the well-behaved one. Requests for properties have a script of
    their own; no other sees them, and unless it answers they are not supported.
    """

    def __init__(self, tls=None):
        self.buckets = {}
        self.page_size = 1000
        self.region = "us-east-1"
        self.closes_connections = False
        self.latency_seconds = 0
        self.in_flight = self.in_flight_max = 0
        self.requests = []
        self.script = lambda request, number: None
        self.list_script = lambda request, number: None
        self.property_script = lambda request, number: None
        self._numbers = {"script": 0, "list_script": 0, "property_script": 0}
        self._lock = threading.Lock()
        self._server = LoopbackServer(tls, GET=self._serve, HEAD=self._serve)
        self.port = self._server.port
        self.endpoint = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"

    def stop(self):
        self._server.stop()

    @property
    def lists(self):
        """The requests for pages of objects so far."""
        return [request for request in self.requests if request.is_list]

    def _serve(self, handler):
        path, _, query = handler.path.partition("?")
        if path.startswith("http://"):
            # Asked as a proxy: the whole URL stands in the request.
            path = urllib.parse.urlsplit(path).path
        request = Request(
            handler.command, urllib.parse.unquote(path).strip("/"),
            dict(urllib.parse.parse_qsl(query, keep_blank_values=True)),
            dict(handler.headers), handler.headers.get("Host", ""))
        with self._lock:
            self.requests.append(request)
            if request.subresource:
                answer = self._scripted("property_script", request) or error("NotImplemented", 501)
            else:
                answer = self._scripted("script", request)
            if answer is None and request.is_list:
                answer = self._scripted("list_script", request)
            self.in_flight += 1
            self.in_flight_max = max(self.in_flight, self.in_flight_max)
        time.sleep(self.latency_seconds)
        with self._lock:
            self.in_flight -= 1
        self._send(handler, answer or self._answer(request))

    def _scripted(self, name, request):
        number = self._numbers[name]
        self._numbers[name] += 1
        return getattr(self, name)(request, number)

    def _send(self, handler, answer):
        body = answer.body.encode()
        # The handler would add the right time.
        send = handler.send_response_only if "Date" in answer.headers else handler.send_response
        send(answer.status)
        headers = {"Content-Type": "application/xml", **answer.headers}
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        if self.closes_connections:
            handler.send_header("Connection", "close")
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(body[:answer.cut_at])
        if self.closes_connections or answer.cut_at is not None:
            handler.close_connection = True

    def _answer(self, request):
        if not request.bucket:
            return Answer(bucket_list(self.buckets))
        if request.bucket not in self.buckets:
            return error("NoSuchBucket", 404)
        if request.method == "HEAD":
            return Answer(headers={"x-amz-bucket-region": self.region} if self.region else {})
        if "location" in request.query:
            return Answer(f"<LocationConstraint>{self.region or ''}</LocationConstraint>")
        return Answer(self.listing(request))

    def listing(self, request):
        """The page that a well-behaved server answers with."""
        prefix = request.query.get("prefix", "")
        keys = sorted(self.buckets[request.bucket], key=str.encode)
        keys = [key for key in keys if key.startswith(prefix)]
        token, after = request.query.get("continuation-token"), request.query.get("start-after")
        if token is not None:
            keys = keys[int(token.removeprefix("t")):]
            start = int(token.removeprefix("t"))
        else:
            start = sum(key.encode() <= after.encode() for key in keys) if after else 0
            keys = keys[start:]
        end = start + self.page_size
        truncated = len(keys) > self.page_size
        return page(
            keys[:self.page_size], truncated, f"t{end}" if truncated else None,
            encoding=request.query.get("encoding-type"))


def bucket_list(names, token=None, regions=None):
    rows = "".join(
        f"<Bucket><Name>{name}</Name><CreationDate>{MODIFIED}</CreationDate>"
        + (f"<BucketRegion>{regions[name]}</BucketRegion>" if regions else "") + "</Bucket>"
        for name in sorted(names))
    return (
        '<ListAllMyBucketsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        "<Owner><ID>owner</ID><DisplayName>o</DisplayName></Owner>"
        f"<Buckets>{rows}</Buckets>"
        + (f"<ContinuationToken>{token}</ContinuationToken>" if token else "")
        + "</ListAllMyBucketsResult>")
