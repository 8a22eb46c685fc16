"""Plays the part of a service that stumbles over what is written: a proxy before an S3 server."""

import http.client
import threading
import time
import urllib.parse

from support import scripted_s3
from support.loopback_server import LoopbackServer
from support.servers import wait_for

# Those that the proxy writes itself.
OWN_HEADERS = {"content-length", "connection", "date", "server", "transfer-encoding"}


class WriteProxy:
    """Passes requests on to `server`, and disturbs the first one to each key that a test names.

    `requests` has (method, path with query) of all that came. `fail_within_200` has codes for a key: so
    many answers to its copy, or to the completion of its upload, are 200 with an error, and nothing is done.
    `holds` names a parameter: answers to POSTs with it are kept back, though what they ask for was done.
    """

    def __init__(self, server):
        self.requests = []
        self.fail_within_200 = {}
        self.deny_parts = False
        self.seconds_per_part = 0
        self.lost = 0
        self.holds = None
        self._held = threading.Event()
        self._released = threading.Event()
        self._loss = None
        self._lost = set()
        self._parts = 0
        self._port = server.port
        self._lock = threading.Lock()
        methods = dict.fromkeys(["GET", "HEAD", "PUT", "POST", "DELETE"], self._serve)
        self._server = LoopbackServer(**methods)
        self.port = self._server.port
        self.endpoint = f"http://127.0.0.1:{self.port}"

    def stop(self):
        self._released.set()
        self._server.stop()

    def wait_for_held(self):
        """Returns when an answer is kept back; the next ones come again."""
        assert self._held.wait(60)
        self.holds = None

    def lose(self, loss):
        """Loses the first answer to each writing request: `after` it was done, `before` that, or as a `500`
        that comes instead."""
        self._loss = loss

    def wait_for_part(self):
        """Returns when one more part has begun."""
        seen = self._parts
        wait_for(lambda: self._parts > seen, "part")

    def _serve(self, handler):
        path, _, query = handler.path.partition("?")
        names = set(urllib.parse.parse_qs(query, keep_blank_values=True))
        key = urllib.parse.unquote(path).rsplit("/", 1)[-1]
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        is_part = "partNumber" in names and handler.command == "PUT"
        with self._lock:
            self.requests.append((handler.command, handler.path))
            if is_part:
                self._parts += 1
        if is_part:
            time.sleep(self.seconds_per_part)
        if is_part and self.deny_parts:
            return self._answer(handler, scripted_s3.error("AccessDenied", 403))
        is_write = handler.command in ("PUT", "POST", "DELETE")
        # What ends a copy: neither the beginning of an upload nor its parts.
        ends = is_write and "uploads" not in names and "partNumber" not in names
        with self._lock:
            codes = self.fail_within_200.get(key) if ends else None
            code = codes.pop() if codes else None
        if code:
            return self._answer(handler, scripted_s3.error(code, 200))
        loss = self._to_lose(handler) if is_write else None
        if loss == "before":
            return self._cut(handler)
        if loss == "500":
            return self._answer(handler, scripted_s3.error("InternalError", 500))
        upstream = http.client.HTTPConnection("127.0.0.1", self._port)
        upstream.putrequest(handler.command, handler.path, skip_host=True, skip_accept_encoding=True)
        for name, value in handler.headers.items():
            upstream.putheader(name, value)
        upstream.endheaders(body or None)
        answer = upstream.getresponse()
        text = answer.read()
        upstream.close()
        if loss == "after":
            return self._cut(handler)
        if handler.command == "POST" and self.holds in names:
            self._held.set()
            self._released.wait()
        self._send(handler, answer.status, answer.headers, text, answer.getheader("Content-Length"))

    def _to_lose(self, handler):
        with self._lock:
            request = (handler.command, handler.path)
            if self._loss is None or request in self._lost:
                return None
            self._lost.add(request)
            self.lost += 1
            return self._loss

    def _cut(self, handler):
        handler.close_connection = True
        handler.connection.shutdown(2)

    def _answer(self, handler, answer):
        self._send(handler, answer.status, {}, answer.body.encode())

    def _send(self, handler, status, headers, body, length=None):
        handler.send_response(status)
        for name, value in headers.items():
            if name.lower() not in OWN_HEADERS:
                handler.send_header(name, value)
        # The answer to HEAD has the length of a body that does not come.
        handler.send_header("Content-Length", length or str(len(body)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(body)
