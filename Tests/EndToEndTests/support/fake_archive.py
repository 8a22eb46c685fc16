"""Plays a bucket of archived versions: what can be read, what has to be brought back, and who asked for it."""

import re
import threading
import urllib.parse
from dataclasses import dataclass, field
from hashlib import md5
from xml.sax.saxutils import escape

from support.loopback_server import LoopbackServer

MODIFIED = "Fri, 02 Jan 2026 03:04:05 GMT"
MODIFIED_ISO = "2026-01-02T03:04:05.000Z"
END = "Thu, 31 Dec 2026 00:00:00 GMT"
END_ISO = "2026-12-31T00:00:00.000Z"


@dataclass
class Version:
    body: bytes
    storage_class: str = "STANDARD"
    # A tier of INTELLIGENT_TIERING.
    tier: str | None = None
    # Nobody has asked, it is "under way", or its copy is "ready".
    thaw: str | None = None
    # What RestoreObject is refused with: status and code.
    refusal: tuple | None = None
    # The bodies of the requests that began to bring it back.
    begun: list = field(default_factory=list)

    @property
    def is_archived(self):
        return bool(self.tier) or self.storage_class in ("GLACIER", "DEEP_ARCHIVE")

    @property
    def etag(self):
        return f'"{md5(self.body).hexdigest()}"'


class FakeArchive:
    """`versions` are by key and version id; a key's newest comes last."""

    def __init__(self, versions):
        self.versions = versions
        self.requests = []
        self._lock = threading.Lock()
        self._server = LoopbackServer(GET=self._serve, HEAD=self._serve, POST=self._serve)
        self.endpoint = f"http://127.0.0.1:{self._server.port}"

    def stop(self):
        self._server.stop()

    def finish(self):
        """Hours go by: all that was asked for is there."""
        for version in self.versions.values():
            if version.thaw == "under way":
                version.thaw, version.tier = "ready" if not version.tier else None, None

    @property
    def begun(self):
        """How often each version was asked to come back and not refused."""
        return {name: len(version.begun) for name, version in self.versions.items() if version.begun}

    def count(self, method):
        return sum(request.startswith(method + " ") for request in self.requests)

    def _serve(self, handler):
        length = int(handler.headers.get("Content-Length") or 0)
        body = handler.rfile.read(length).decode()
        path, _, query = handler.path.partition("?")
        query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        _, _, key = urllib.parse.unquote(path).lstrip("/").partition("/")
        with self._lock:
            self.requests.append(f"{handler.command} {handler.path}")
            if "versions" in query:
                status, headers, answer = 200, {}, self._listing(query)
            else:
                version = self.versions.get((key, query.get("versionId")))
                status, headers, answer = self._answer(handler.command, version, query, body)
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(answer)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(answer)

    def _answer(self, method, version, query, body):
        if version is None:
            return error(404, "NoSuchVersion")
        if method == "POST":
            return self._begin(version, body)
        if method == "GET" and version.is_archived and version.thaw != "ready":
            tier = f"<AccessTier>{version.tier}</AccessTier>" if version.tier else ""
            return error(
                403, "InvalidObjectState", f"<StorageClass>{version.storage_class}</StorageClass>{tier}")
        headers = {
            "ETag": version.etag, "Last-Modified": MODIFIED, "x-amz-storage-class": version.storage_class}
        if version.tier:
            headers["x-amz-archive-status"] = version.tier
        if version.thaw == "under way":
            headers["x-amz-restore"] = 'ongoing-request="true"'
        if version.thaw == "ready":
            headers["x-amz-restore"] = f'ongoing-request="false", expiry-date="{END}"'
        return 200, headers, version.body

    def _begin(self, version, body):
        if version.refusal:
            return error(*version.refusal)
        if not version.is_archived:
            return error(403, "InvalidObjectState")
        if version.thaw == "under way":
            return error(409, "RestoreAlreadyInProgress")
        version.begun.append(body)
        if version.thaw == "ready":
            return 200, {}, b""
        version.thaw = "under way"
        return 202, {}, b""

    def _listing(self, query):
        after = query.get("key-marker", "")
        names = sorted(name for name in self.versions if name[0] > after)
        page = names[:1000]
        rows = "".join(self._row(*name) for name in page)
        next_key = f"<NextKeyMarker>{escape(page[-1][0])}</NextKeyMarker>" if page else ""
        return (
            "<ListVersionsResult>"
            f"<IsTruncated>{str(len(names) > len(page)).lower()}</IsTruncated>{next_key}{rows}"
            "</ListVersionsResult>").encode()

    def _row(self, key, version_id):
        version = self.versions[key, version_id]
        status = {
            None: "",
            "under way": "<RestoreStatus><IsRestoreInProgress>true</IsRestoreInProgress></RestoreStatus>",
            "ready": (
                "<RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress>"
                f"<RestoreExpiryDate>{END_ISO}</RestoreExpiryDate></RestoreStatus>")}[version.thaw]
        return (
            f"<Version><Key>{escape(key)}</Key><VersionId>{version_id}</VersionId><IsLatest>true</IsLatest>"
            f"<LastModified>{MODIFIED_ISO}</LastModified><ETag>{escape(version.etag)}</ETag>"
            f"<Size>{len(version.body)}</Size><StorageClass>{version.storage_class}</StorageClass>{status}"
            "</Version>")


def error(status, code, details=""):
    return status, {}, f"<Error><Code>{code}</Code><Message>No.</Message>{details}</Error>".encode()


def days_and_speed(body):
    """What a request to bring a version back says."""
    days = re.search(r"<Days>(\d+)</Days>", body)
    return days and int(days[1]), re.search(r"<Tier>(\w+)</Tier>", body)[1]
