"""Whoever is told how a sync went: a webhook and a service that waits for pings, in one server."""

import json

from support.loopback_server import LoopbackServer


class Receiver:
    """Notes what it is sent, and answers as a test has it: `answer` gets the path, and returns a status, or None for
    a connection that is cut without a word."""

    def __init__(self, tls=None):
        self.requests = []
        self.answer = lambda path: 200
        self.headers = {}
        self.server = LoopbackServer(tls, POST=self.take, GET=self.take)
        self.host = f"127.0.0.1:{self.server.port}"
        self.scheme = "https" if tls else "http"

    def take(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        self.requests.append((handler.path, body.decode()))
        status = self.answer(handler.path)
        if status is None:
            handler.close_connection = True
            return
        handler.send_response(status)
        for name, value in self.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    def url(self, path):
        return f"{self.scheme}://{self.host}{path}"

    @property
    def paths(self):
        return [path for path, _ in self.requests]

    def notices(self):
        """What the webhook was told since the last time."""
        told = [json.loads(body) for path, body in self.requests if path.startswith("/hook")]
        self.requests.clear()
        return told

    def stop(self):
        self.server.stop()
