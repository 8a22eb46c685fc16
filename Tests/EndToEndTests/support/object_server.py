"""Plays an S3 server that hands out versions of objects, as fast or as badly as a test tells it to."""

import base64
import csv
import hashlib
import threading
import time
import urllib.parse
from dataclasses import dataclass, field

from support.loopback_server import LoopbackServer

BUCKET = "photos"
MODIFIED = "Fri, 20 Nov 2026 01:02:03 GMT"


@dataclass
class Held:
    body: bytes
    etag: str
    headers: dict = field(default_factory=dict)
    # Bytes of the parts that it was uploaded in; None for an object of one piece.
    parts: list | None = None


@dataclass
class Request:
    method: str
    key: str
    version: str | None
    part: int | None
    headers: dict


class ObjectServer:
    """Answers GET and HEAD of versions; `script` may answer a request first, with (status, body, headers)."""

    def __init__(self):
        self.objects = {}
        self.requests = []
        self.script = lambda request: None
        # Seconds before each 64 KiB of a body.
        self.pace = 0
        # Whether ranges and numbers of parts are understood.
        self.has_ranges = self.has_parts = True
        self._lock = threading.Lock()
        self._server = LoopbackServer(GET=self._serve, HEAD=self._serve)
        self.endpoint = f"http://127.0.0.1:{self._server.port}"

    def stop(self):
        self._server.stop()

    def put(self, key, body, version="v", etag=None, parts=None, **headers):
        """Keeps an object; `parts` has the sizes of its parts, and makes an ETag of them."""
        if parts:
            pieces, start = [], 0
            for size in parts:
                pieces.append(hashlib.md5(body[start:start + size]).digest())
                start += size
            etag = etag or f"{hashlib.md5(b''.join(pieces)).hexdigest()}-{len(parts)}"
        etag = etag or hashlib.md5(body).hexdigest()
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.objects[key, version] = Held(body, f'"{etag}"', headers, parts)
        return version

    @property
    def gets(self):
        return [request for request in self.requests if request.method == "GET"]

    def _serve(self, handler):
        path, _, query = handler.path.partition("?")
        values = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        key = urllib.parse.unquote(path.removeprefix(f"/{BUCKET}/"), errors="surrogateescape")
        part = int(values["partNumber"]) if "partNumber" in values else None
        request = Request(
            handler.command, key, values.get("versionId"), part, dict(handler.headers))
        with self._lock:
            self.requests.append(request)
            answer = self.script(request)
        self._send(handler, *(answer or self._answer(request)))

    def _answer(self, request):
        held = self.objects.get((request.key, request.version))
        if held is None:
            return refusal("NoSuchVersion", 404)
        if request.headers.get("If-Match", held.etag) != held.etag:
            return refusal("PreconditionFailed", 412)
        headers = {"ETag": held.etag, "Last-Modified": MODIFIED, **held.headers}
        total = len(held.body)
        if request.part and held.parts and self.has_parts:
            start = sum(held.parts[:request.part - 1])
            end = start + held.parts[request.part - 1]
            headers["x-amz-mp-parts-count"] = str(len(held.parts))
        elif "Range" in request.headers and self.has_ranges:
            first, last = request.headers["Range"].removeprefix("bytes=").split("-")
            start, end = int(first), min(int(last) + 1, total)
        else:
            return 200, held.body, headers
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{total}"
        return 206, held.body[start:end], headers

    def _send(self, handler, status, body, headers):
        handler.send_response(status)
        for name, value in headers.items():
            if value is not None:
                handler.send_header(name, value)
        if "Content-Length" not in headers:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if handler.command == "HEAD":
            return
        try:
            for start in range(0, len(body), 1 << 16):
                if self.pace:
                    time.sleep(self.pace)
                handler.wfile.write(body[start:start + (1 << 16)])
                handler.wfile.flush()
        except OSError:
            # The program was killed, or has no more use for it.
            handler.close_connection = True


def refusal(code, status):
    return status, f"<Error><Code>{code}</Code><Message>No.</Message></Error>".encode(), {}


def checksum(digest):
    return base64.b64encode(digest).decode()


def write_manifest(path, versions, sizes=None):
    """A manifest of `versions` by key; keys may hold bytes that are no text, as the file system's names do."""
    with path.open("w", newline="", errors="surrogateescape") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["key", "version_id"] + (["size"] if sizes else []))
        for key, version in versions.items():
            rows.writerow([key, version] + ([sizes[key]] if sizes else []))
    return path
