"""A small server in place of `s3audit serve`, to be replaced by it: the page's files, and answers of `s3audit query`."""

import json
import os
import sqlite3
import subprocess
import threading
import time
import urllib.parse
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'")
TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class StandIn:
    def __init__(self, audit, files, token=None, port=0):
        self.audit, self.files, self.token, self.kept, self.is_stopped = audit, files, token, {}, False
        self.server = ThreadingHTTPServer(("127.0.0.1", port), type("Handler", (_Handler,), {"stand_in": self}))
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        threading.Thread(target=self.server.serve_forever, args=[0.05], daemon=True).start()

    def stop(self):
        self.is_stopped = True
        self.server.shutdown()
        self.server.server_close()

    def stamp(self):
        files = [f"{self.audit.index}{end}" for end in ("", "-wal")]
        return " ".join(f"{os.stat(path).st_ino} {os.stat(path).st_mtime_ns}" for path in files if os.path.exists(path))

    def query(self, name, pairs):
        """Status of the program, rows, and its words."""
        key = (self.stamp(), name, tuple(pairs))
        if key not in self.kept:
            values = dict(pairs)
            prefix = values.get("prefix", "").encode("utf-8", "surrogateescape")
            prefix = urllib.parse.unquote_to_bytes(values["prefix_encoded"]) if "prefix_encoded" in values else prefix
            scopes = [b"s3://" + value.encode() + b"/" + prefix for at, value in pairs if at == "bucket"]
            options = [part for at, value in pairs if at not in ("bucket", "prefix", "prefix_encoded") and (at, name) != ("limit", "history")
                       for part in ("--" + at.replace("_", "-"), value)]
            result = subprocess.run(
                [self.audit.binary, "query", name, *scopes, *options, "--format", "json"],
                env=self.audit.variables(None), capture_output=True, check=False)
            words = result.stderr.decode()
            rows = json.loads(result.stdout) if result.returncode in (0, 3) else []
            self.kept[key] = (result.returncode, self.with_bytes(rows), words)
        return self.kept[key]

    def with_bytes(self, rows):
        """Adds the percent form of keys and prefixes that are not UTF-8."""
        for row in rows:
            for column, table in (("key", "object"), ("prefix", "prefix_usage")):
                if "\ufffd" in (row.get(column) or ""):
                    for (name,) in self.read(f"SELECT CAST({column} AS BLOB) FROM {table}"):
                        if name.decode("utf-8", "replace") == row[column]:
                            row[column + "_encoded"] = urllib.parse.quote(name, safe="/")
        return rows

    def read(self, statement):
        with self.audit.reading() as database:
            return database.execute(statement).fetchall()

    def status(self):
        states = dict(self.read("SELECT state, count(*) FROM bucket GROUP BY 1"))
        syncs = self.read("SELECT id, started_ms, finished_ms, state, requests FROM sync ORDER BY id DESC LIMIT 2")
        running = syncs.pop(0) if syncs and syncs[0][3] == "running" else None
        last = syncs[0] if syncs else (None,) * 5
        return {
            "version": "0.7.0", "schema": 19, "index_bytes": os.path.getsize(self.audit.index), "stamp": self.stamp(),
            "buckets": sum(states.values()), **{state: states.get(state, 0) for state in ("complete", "partial", "denied", "never")},
            "last_sync": last[0], "last_sync_started_at": iso(last[1]), "last_sync_ended_at": iso(last[2]),
            "last_sync_state": last[3], "last_sync_requests": last[4], "last_sync_objects": 0, "last_sync_errors": 0,
            "sync_running": running is not None, "running_started_at": iso(running and running[1]),
            "running_objects": 0 if running else None, "prices_date": "2026-09-01", "oldest_history_at": None}


def iso(milliseconds):
    return milliseconds and time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(milliseconds / 1000))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    stand_in = None

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        if self.stand_in.is_stopped:
            self.close_connection = True
            return None
        target = urllib.parse.urlsplit(self.path)
        if not target.path.startswith("/api/v1/"):
            file = self.stand_in.files / (target.path[1:] or "index.html")
            return self.send(200, file.read_bytes(), TYPES[file.suffix]) if file.is_file() else self.refuse(404, "")
        if self.stand_in.token and self.headers.get("Authorization") != f"Bearer {self.stand_in.token}":
            return self.refuse(401, "The token is not the one that is wanted.")
        if not self.stand_in.audit.index.exists():
            return self.refuse(503, "There is no index yet.", "urn:s3audit:no-index")
        pairs = urllib.parse.parse_qsl(target.query, errors="surrogateescape")
        return self.answer(target.path.rpartition("/")[2], [pair for pair in pairs if pair[0] != "fmt"])

    def answer(self, name, pairs):
        if name == "status":
            return self.rows([self.stand_in.status()], [])
        status, rows, words = self.stand_in.query(name, pairs)
        if status not in (0, 3):
            return self.refuse(400, words.partition("\n")[0].removeprefix("Error: "))
        return self.rows(rows, [line.partition(": ")[2] for line in words.splitlines() if line.startswith(("Note", "Warn"))])

    def rows(self, rows, notes):
        envelope = {"rows": rows, "state": "complete", "synced_at": None, "incomplete": [], "next": None, "notes": notes}
        self.send(200, json.dumps(envelope).encode(), "application/json")

    def refuse(self, status, detail, kind="about:blank"):
        problem = {"type": kind, "title": "", "status": status, "detail": detail}
        self.send(status, json.dumps(problem).encode(), "application/problem+json")

    def send(self, status, body, kind):
        self.send_response(status)
        for name, value in (("Content-Type", kind), ("Content-Length", str(len(body))), ("Content-Security-Policy", POLICY),
                            ("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store")):
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(body)
        except BrokenPipeError:
            pass
