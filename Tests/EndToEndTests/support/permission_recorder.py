"""Stands before a server that plays AWS, and notes which permission of IAM each request needs."""

import http.client
import re
import threading
import urllib.parse

from support.loopback_server import LoopbackServer

# Those that the recorder writes itself.
OWN_HEADERS = {"content-length", "connection", "date", "server", "transfer-encoding"}
SERVICES = {"monitoring": "cloudwatch", "ce": "ce", "sts": "sts", "pricing": "pricing"}


class PermissionRecorder:
    """Passes requests on to `server`; `actions` has what AWS's Service Authorization Reference says that each needs.

    HEAD of a bucket, which needs s3:ListBucket, is noted as s3:HeadBucket: a list of AWS's makes it needless.
    """

    def __init__(self, server):
        self.actions = set()
        self._port = server.port
        self._lock = threading.Lock()
        self._server = LoopbackServer(GET=self._serve, HEAD=self._serve, POST=self._serve)
        self.port = self._server.port
        self.endpoint = f"http://127.0.0.1:{self.port}"

    def stop(self):
        self._server.stop()

    def _serve(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        with self._lock:
            self.actions.add(action_of(handler.command, handler.path, handler.headers, body))
        upstream = http.client.HTTPConnection("127.0.0.1", self._port)
        upstream.request(handler.command, handler.path, body=body or None, headers=dict(handler.headers))
        answer = upstream.getresponse()
        data = answer.read()
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in OWN_HEADERS:
                handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(data)
        upstream.close()


def action_of(method, path, headers, body):
    service = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/", headers["Authorization"])[1]
    if service != "s3":
        target = headers.get("X-Amz-Target")
        name = target.split(".")[1] if target else dict(urllib.parse.parse_qsl(body.decode()))["Action"]
        return f"{SERVICES[service]}:{name}"
    place, _, query = path.partition("?")
    bucket, _, key = place.strip("/").partition("/")
    asked = set(urllib.parse.parse_qs(query, keep_blank_values=True))
    if not bucket:
        return "s3:ListAllMyBuckets"
    if key:
        return "s3:GetObject"
    if method == "HEAD":
        return "s3:HeadBucket"
    for name, action in {"inventory": "GetInventoryConfiguration", "list-type": "ListBucket",
                         "location": "GetBucketLocation"}.items():
        if name in asked:
            return f"s3:{action}"
    return f"s3:? {method} {path}"
