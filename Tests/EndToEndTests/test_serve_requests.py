"""Who is let in by `serve`, what is refused, and what every answer has beside its rows."""

import gzip
import json
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from support.audit import Audit
from support.scripted_s3 import ScriptedS3
from support.servers import wait_for
from support.serving import Serving


@pytest.fixture(scope="module")
def audit(tmp_path_factory):
    audit = Audit(tmp_path_factory.mktemp("asked"))
    s3 = ScriptedS3()
    s3.buckets = {"logs": ["a/1", "a/2", "b"]}
    audit.use(s3)
    audit.sync()
    s3.stop()
    return audit


@pytest.fixture(scope="module")
def server(audit):
    with Serving(audit, "--allow-host", "audit.example.com") as server:
        yield server


def status(server, *lines):
    request = "\r\n".join(lines) + "\r\nConnection: close\r\n\r\n"
    return int(server.send(request.encode()).split(b" ", 2)[1])


@pytest.mark.parametrize(("lines", "expected"), [
    (["GET / HTTP/1.1", "Host: localhost"], 200),
    (["GET / HTTP/1.1", "Host: audit.example.com"], 200),
    (["GET / HTTP/1.1", "Host: 192.0.2.7:80"], 200),
    (["GET / HTTP/1.1", "Host: evil.example"], 421),
    (["GET / HTTP/1.1", "Host: localhost", "Host: localhost"], 400),
    (["GET / HTTP/1.1"], 400),
    (["GET http://localhost/healthz HTTP/1.1", "Host: localhost"], 200),
    (["GET http://evil.example/ HTTP/1.1", "Host: localhost"], 421),
    (["GET / HTTP/1.1", "Host: localhost", "Origin: http://localhost"], 200),
    (["GET / HTTP/1.1", "Host: localhost", "Origin: http://evil.example"], 403),
    (["GET / HTTP/1.1", "Host: localhost", "Origin: null"], 403),
    (["POST / HTTP/1.1", "Host: localhost", "Content-Length: 0"], 405),
    (["POST / HTTP/1.1", "Host: evil.example", "Content-Length: 3"], 421),
    (["DELETE /api/v1/buckets HTTP/1.1", "Host: localhost"], 405),
    (["OPTIONS / HTTP/1.1", "Host: localhost"], 405),
    (["GET / HTTP/1.1", "Host: localhost", "Content-Length: 3"], 413),
    (["GET / HTTP/1.1", "Host: localhost", "Transfer-Encoding: chunked"], 413),
    (["GET /none HTTP/1.1", "Host: localhost"], 404),
    (["GET /api/v1 HTTP/1.1", "Host: localhost"], 404),
    (["GET /api/v1/sql HTTP/1.1", "Host: localhost"], 404),
    (["GET /api/v1/../v1/buckets HTTP/1.1", "Host: localhost"], 404),
    (["GET /api/v1/%62uckets HTTP/1.1", "Host: localhost"], 200),
    (["GET /%00 HTTP/1.1", "Host: localhost"], 400),
    (["HEAD /api/v1/buckets HTTP/1.1", "Host: localhost"], 200),
])
def test_the_gate(server, lines, expected):
    assert status(server, *lines) == expected


@pytest.mark.parametrize(("target", "parameter", "words"), [
    ("find?buckt=x", "buckt", "Did you mean 'bucket'?"), ("find?limit=0", "limit", "1 to 10000"),
    ("find?limit=10001", "limit", "1 to 10000"), ("find?prefix=a&prefix=b", "prefix", "twice"),
    ("find?min_size=large", "min_size", "use bytes or a unit"), ("find?older_than=9", "older_than", "unit"),
    ("find?since=2026-13-01", "since", "use a date"), ("find?bucket=x/y", "bucket", "bucket pattern"),
    ("find?regex=%5B", "regex", "not a regular expression"), ("find?regex=(a)%5C1", "regex", "longer than"),
    ("find?prefix=%00", "prefix", "zero"), ("find?prefix=%FF", "prefix", "UTF-8"),
    ("find?cursor=x", "cursor", "none of this question"), ("find?bucket=none", "bucket", "there are logs"),
    ("find?class=NONE", "class", "storage class"), ("find?account=none", "account", "no account"),
    ("find?in_region=none", "in_region", "region"), ("top?number=0", "number", "1 to 10000"),
    ("totals?by=x", "by", "one of"), ("buckets?sort=x", "sort", "There is no column 'x' to sort by"),
    ("buckets?properties=1", "properties", "true or false"), ("find?min_size=2&max_size=1", "max_size", "at least 2"),
    ("find?since=2026-02-01&before=2026-01-01", "before", "No time"), ("changes?since=7", "since", "no sync 7"),
    ("find?since=2026-02-01&older_than=9y", "older_than", "No time"), ("history?since=1d&before=2d", "before", "No time"),
    ("what-if", "to", "to"), ("versions?depth=2", "depth", "add 'by=prefix'"), ("status?x=1", "x", "no parameter"),
])
def test_questions_that_cannot_be_understood(server, target, parameter, words):
    answer = server.get("/api/v1/" + target)
    problem = answer.json
    assert answer.status == problem["status"] == 400, answer
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert problem.get("parameter") == parameter and words in problem["detail"], problem
    assert "--" not in problem["detail"], problem


def test_every_answer_keeps_to_itself(server):
    for target in ["/", "/healthz", "/api/v1/buckets", "/api/v1/find?x=1", "/none", "/api/v1/openapi.json"]:
        headers = server.get(target).headers
        assert headers["X-Content-Type-Options"] == "nosniff", target
        assert headers["Referrer-Policy"] == "no-referrer", target
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin", target
        assert not [name for name in headers if name.lower().startswith("access-control")], target
        assert headers["Cache-Control"] == ("no-cache" if target == "/" else "no-store"), target
    assert "frame-ancestors 'none'" in server.get("/").headers["Content-Security-Policy"]


def test_page_files_are_sent_once(server):
    answer = server.get("/")
    again = server.get("/", headers={"If-None-Match": f"W/{answer.headers['ETag']}, \"x\""})
    assert again.status == 304 and again.body == b""


def test_head_is_get_without_a_body(server):
    for target in ["/", "/api/v1/buckets?fmt=csv", "/api/v1/none"]:
        get, head = server.get(target), server.get(target, method="HEAD")
        assert head.status == get.status and head.body == b""
        assert head.headers["Content-Length"] == get.headers["Content-Length"]


def test_buckets_for_whoever_knows_only_the_address(audit, server):
    answer = server.get("/?fmt=tsv")
    assert answer.body == audit.run("query", "buckets", "--format", "tsv").stdout.encode()


def test_the_log_is_text_or_json(audit):
    with Serving(audit) as server:
        server.send(b"GET /\x1b[2J?token=secretsecretsecret HTTP/1.0\r\nHost: localhost\r\n\r\n")
        server.get("/api/v1/buckets?token=secretsecretsecret")
        server.wait_for_log("/api/v1/buckets?token=-")
        assert "secret" not in server.log and "\x1b" not in server.log
    with Serving(audit, "--log-format", "json") as server:
        server.get("/api/v1/find?limit=1")
        server.wait_for_log("find")
        entry = json.loads(server.log.splitlines()[-1])
        assert entry["status"] == 200 and entry["target"] == "/api/v1/find?limit=1" and entry["ms"] > 0
        assert entry["peer"] == "127.0.0.1" and entry["bytes"] > 100


def test_the_description_names_every_route_and_parameter(server):
    document = server.get("/api/v1/openapi.json").json
    routes = {route["path"]: route["parameters"] for route in server.get("/api/v1/").json["routes"]}
    assert {path: [one["name"] for one in item["get"]["parameters"]]
            for path, item in document["paths"].items()} == routes
    assert document["openapi"].startswith("3.1")


def test_a_question_that_takes_too_long_ends(tmp_path):
    audit = Audit(tmp_path)
    s3 = ScriptedS3()
    s3.buckets = {"logs": [f"{number:06}" for number in range(3_000)]}
    audit.use(s3)
    audit.sync()
    s3.stop()
    with closing(sqlite3.connect(audit.index)) as database, database:
        database.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900000)"
            " INSERT INTO object (bucket_id, key, size, last_modified_ms, storage_class_id, etag)"
            " SELECT 1, 'z' || i, 1, 0, 1, 'e' FROM n")
    with Serving(audit, "--query-timeout", "0.1s") as server:
        answer = server.ask("totals", by="extension")
        assert answer.status == 503 and answer.json["type"].endswith("query-timeout"), answer
        assert server.ask("buckets").status == 200


def test_the_readme_names_every_route_and_parameter(server):
    section = (Path(__file__).parents[2] / "README.md").read_text().split("## Serving\n")[1].split("\n## ")[0]
    documented = {
        path: re.findall(r"`(\w+)`", parameters)
        for path, parameters in re.findall(r"^\| `(/api/v1/[\w-]+)` \| (.*) \|$", section, re.MULTILINE)}
    routes = {
        route["path"]: [name for name in route["parameters"] if name not in ("fmt", "limit", "cursor")]
        for route in server.get("/api/v1/").json["routes"]}
    assert documented == routes


def test_prometheus_is_told_with_an_index_and_without(audit, tmp_path):
    (tmp_path / "none").mkdir()
    without = Audit(tmp_path / "none")
    with Serving(audit) as server, Serving(without) as other:
        server.ask("buckets")
        server.get("/no/such/path")
        answer = server.get("/metrics")
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        text = answer.body.decode()
        assert 's3audit_bucket_objects{' in text and "process_resident_memory_bytes" in text
        assert 's3audit_http_requests_total{route="buckets",code="200"} 1' in text
        assert 's3audit_http_requests_total{route="refused",code="404"} 1' in text
        assert server.get("/metrics", method="HEAD").status == 200
        # Prometheus asks for gzip: a thousand buckets of eight classes are megabytes of text that repeats itself.
        packed = server.get("/metrics", headers={"Accept-Encoding": "br;q=1, GZIP; q=0.5"})
        assert packed.headers["Content-Encoding"] == "gzip" and len(packed.body) < len(text) / 4
        unpacked = gzip.decompress(packed.body).decode()
        assert unpacked.splitlines()[:40] == text.splitlines()[:40] and "process_resident_memory_bytes" in unpacked
        for words in ("gzip;q=0", "gzipped", "br"):
            assert not server.get("/metrics", headers={"Accept-Encoding": words}).headers["Content-Encoding"]
        # The scrape fails, so that the alert on metrics that are absent tells of it.
        assert other.get("/metrics").status == 503
        without.index.write_bytes(audit.index.read_bytes())
        assert "s3audit_bucket_objects{" in other.get("/metrics").body.decode()
        os.truncate(without.index, 20_000)
        # What was right a moment ago is told while the text is made anew.
        wait_for(lambda: other.get("/metrics").status == 503, "refusal", seconds=3)


# What a browser says of where a request comes from (https://www.w3.org/TR/fetch-metadata/), and what it is answered.
SITES = [
    ("same-origin", "cors", "empty", "/api/v1/buckets", 200), ("none", "navigate", "document", "/api/v1/buckets", 200),
    ("cross-site", "navigate", "document", "/", 200), ("same-site", "navigate", "document", "/", 200),
    ("cross-site", "no-cors", "image", "/api/v1/duplicates", 403), ("cross-site", "no-cors", "image", "/metrics", 403),
    ("same-site", "no-cors", "script", "/app.js", 403), ("cross-site", "navigate", "iframe", "/", 403),
    ("cross-site", "navigate", "document", "/api/v1/duplicates", 403),
    ("cross-site", "navigate", "document", "/?fmt=tsv", 403), ("none", "navigate", "document", "/?fmt=tsv", 200),
    ("CROSS-SITE", "no-cors", "image", "/", 403),
]


@pytest.mark.parametrize("site, mode, kind, target, status", SITES)
def test_pages_of_other_sites_ask_nothing(server, site, mode, kind, target, status):
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": kind}
    assert server.get(target, headers=headers).status == status


def described(server, tmp_path, *options):
    """Asks all that the description allows, and much that it does not."""
    settings = tmp_path / "schemathesis.toml"
    # Which texts are sizes, dates or names of buckets, no schema says.
    settings.write_text('[checks]\npositive_data_acceptance.expected-statuses = ["2xx", "400"]\n')
    return subprocess.run(
        [Path(sys.executable).parent / "st", "--config-file", settings, "run", server.url + "api/v1/openapi.json",
         "--checks", "all", "--seed", "1", *options],
        capture_output=True, text=True, cwd=tmp_path, timeout=300, check=False)


@pytest.mark.parametrize("options", [
    ["--phases", "coverage"],
    pytest.param(["--phases", "coverage,fuzzing", "--max-examples", "50"], marks=pytest.mark.long),
])
def test_every_operation_does_what_the_description_says(server, tmp_path, options):
    result = described(server, tmp_path, *options)
    assert result.returncode == 0, result.stdout[-3_000:]
