"""Plays the part of AWS that ends sessions: a proxy before an S3 server that refuses tokens whose time is over."""

import http.client
import re
import threading
import time

from support import scripted_s3
from support.fake_credential_services import signer
from support.loopback_server import LoopbackServer

# Those that the proxy writes itself.
OWN_HEADERS = {"content-length", "connection", "date", "server", "transfer-encoding"}


class SessionProxy:
    """Passes requests on to `server`, unless their session token says that its time is over.

    A token is `expires-EPOCHSECONDS`, as an `Issuer` with `expiring_token` hands it out. What AWS calls
    ExpiredToken is the answer after that second, and to every token in `revoked`. The request of the
    number `revoke_at` has the token that it comes with revoked behind it.
    """

    def __init__(self, server):
        self.revoked = set()
        self.revoke_at = None
        # (token, was refused) of each request.
        self.log = []
        # Requests whose key and token are of different sessions.
        self.mixed = []
        self._port = server.port
        self._lock = threading.Lock()
        self._local = threading.local()

        self._server = LoopbackServer(GET=self._serve, HEAD=self._serve)
        self.port = self._server.port
        self.endpoint = f"http://127.0.0.1:{self.port}"

    def stop(self):
        self._server.stop()

    @property
    def refusals(self):
        return [token for token, refused in self.log if refused]

    def _serve(self, handler):
        token = handler.headers.get("X-Amz-Security-Token", "")
        expires = re.fullmatch(r"expires-(\d+)(-.*)?", token)
        with self._lock:
            refused = (
                not expires or time.time() >= int(expires.group(1)) or token in self.revoked)
            self.log.append((token, refused))
            if len(self.log) == self.revoke_at:
                self.revoked.add(token)
            if not (signer(handler.headers) or "").endswith(f"{token.rpartition('-')[2]:0>4}"):
                self.mixed.append(dict(handler.headers))
        if refused:
            answer = scripted_s3.error("ExpiredToken", 400, "The provided token has expired.")
            return self._send(handler, answer.status, {}, answer.body.encode())
        if not hasattr(self._local, "upstream"):
            self._local.upstream = http.client.HTTPConnection("127.0.0.1", self._port)
        upstream = self._local.upstream
        upstream.request(handler.command, handler.path, headers=dict(handler.headers))
        answer = upstream.getresponse()
        self._send(handler, answer.status, answer.headers, answer.read())

    def _send(self, handler, status, headers, body):
        handler.send_response(status)
        for name, value in headers.items():
            if name.lower() not in OWN_HEADERS:
                handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(body)


def expiring_token(way, number, expires):
    return f"expires-{int(expires)}-{number}"
