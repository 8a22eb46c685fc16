"""`s3audit serve` as one test runs it: on a free port, with its log in a file."""

import http.client
import json
import os
import signal
import socket
import subprocess
import urllib.parse

from support.servers import wait_for


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def rows(self):
        assert self.status == 200, (self.status, self.body)
        return self.json["rows"]

    def __repr__(self):
        return f"{self.status} {self.body[:500]!r}"


class Serving:
    """A server of the answers of one index; `options` are those of the command."""

    def __init__(self, audit, *options, env=None):
        self.log_path = audit.home / f"serve-{id(self)}.log"
        with open(self.log_path, "w") as log:
            self.process = audit.start(
                "serve", "--listen", "127.0.0.1:0", *options, env=env, stderr=log,
                stdout=subprocess.PIPE)
        line = self.process.stdout.readline()
        assert line.startswith("Serving http"), (line, self.log)
        self.url = line.split()[1]
        self.port = urllib.parse.urlsplit(self.url).port

    @property
    def log(self):
        return self.log_path.read_text(errors="surrogateescape")

    def get(self, target, method="GET", headers=None, **parameters):
        """Asks for a path; parameters follow it, a list as one of each."""
        if parameters:
            target += "?" + urllib.parse.urlencode(parameters, doseq=True, quote_via=urllib.parse.quote)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, target, headers=headers or {})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def ask(self, name, **parameters):
        return self.get(f"/api/v1/{name}", **parameters)

    def send(self, request):
        """What comes back for bytes as they are, up to the end of the connection."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            connection.sendall(request)
            parts = []
            while part := connection.recv(65_536):
                parts.append(part)
            return b"".join(parts)

    def wait_for_log(self, text):
        wait_for(lambda: text in self.log, f"'{text}' in the log", seconds=30)

    def hang_up(self):
        self.process.send_signal(signal.SIGHUP)

    def stop(self, seconds=15):
        """Tells it to end, and returns its status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Notified:
    """A socket in the place of systemd's, and what was sent to it."""

    def __init__(self, name):
        self.name = name
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + name[1:] if name.startswith("@") else name)
        self.socket.settimeout(15)

    def next(self, beginning):
        """The next message that begins so; others are passed over."""
        while True:
            message = self.socket.recv(4_096).decode()
            if message.startswith(beginning):
                return message

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        if not self.name.startswith("@"):
            os.unlink(self.name)
