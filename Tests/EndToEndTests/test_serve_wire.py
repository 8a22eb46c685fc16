"""`serve` among hostile clients: requests that are none."""

import contextlib
import time

import pytest

from support.audit import Audit
from support.serving import Serving
from support.servers import wait_for
from support.wire import request


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Serving(Audit(tmp_path_factory.mktemp("wire"))) as server:
        yield server


# What comes, by what is wrong with it, and what is answered; 0 is the end of the connection without a word.
MALFORMED = {
    "two lengths": (request("Content-Length: 5", "Content-Length: 6"), 400),
    "two equal lengths": (request("Content-Length: 0", "Content-Length: 0"), 400),
    "list of lengths": (request("Content-Length: 0, 0"), 400),
    "length with sign": (request("Content-Length: +1"), 400),
    "negative length": (request("Content-Length: -1"), 400),
    "hexadecimal length": (request("Content-Length: 0x1"), 400),
    "length with blank": (request("Content-Length: 1 2"), 400),
    "empty length": (request("Content-Length:"), 400),
    "huge length": (request("Content-Length: 99999999999999999999"), 413),
    "length and chunked": (request("Content-Length: 1", "Transfer-Encoding: chunked"), 400),
    "chunked and length": (request("Transfer-Encoding: chunked", "Content-Length: 1"), 400),
    "chunked twice": (request("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"), 400),
    "chunked, identity": (request("Transfer-Encoding: chunked, identity"), 400),
    "unknown coding": (request("Transfer-Encoding: xchunked"), 400),
    "coding behind vertical tab": (request("Transfer-Encoding: \x0bchunked"), 400),
    "chunked in 1.0": (request("Transfer-Encoding: chunked", line="POST / HTTP/1.0"), 400),
    "a body": (request("Content-Length: 3") + b"abc", 413),
    "a chunked body": (request("Transfer-Encoding: chunked") + b"1\r\na\r\n0\r\n\r\n", 413),
    "a body with POST": (request("Content-Length: 3", line="POST / HTTP/1.1") + b"abc", 405),
    "bare LF behind the line": (b"GET /healthz HTTP/1.1\nHost: localhost\r\n\r\n", 400),
    "bare LF behind a header": (b"GET /healthz HTTP/1.1\r\nHost: localhost\n\r\n", 400),
    "bare LF at the end": (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\n", 400),
    "bare LF everywhere": (b"GET /healthz HTTP/1.1\nHost: localhost\n\n", 400),
    "bare CR in a value": (request("A: b\rContent-Length: 5"), 400),
    "folded value": (request("A: b\r\n c"), 400),
    "folded Host": (b"GET /healthz HTTP/1.1\r\nHost:\r\n localhost\r\n\r\n", 400),
    "folded first header": (b"GET /healthz HTTP/1.1\r\n Host: localhost\r\n\r\n", 400),
    "zero in a value": (request("A: b\0c"), 400),
    "zero in a name": (request("A\0: b"), 400),
    "control byte in a value": (request("A: b\x01c"), 400),
    "escape in a value": (request("A: \x1b[31m"), 400),
    "delete in a value": (request("A: b\x7f"), 400),
    "blank before the colon": (request("Content-Length : 5"), 400),
    "tab before the colon": (request("A\t: b"), 400),
    "header without colon": (request("nonsense"), 400),
    "header without name": (request(": b"), 400),
    "name in brackets": (request("(A): b"), 400),
    "name beyond ASCII": (request("\xe4: b"), 400),
    "two blanks before the target": (request(line="GET  /healthz HTTP/1.1"), 400),
    "two blanks behind the target": (request(line="GET /healthz  HTTP/1.1"), 400),
    "tabs for blanks": (request(line="GET\t/healthz\tHTTP/1.1"), 0),
    "blank in the target": (request(line="GET /he althz HTTP/1.1"), 400),
    "blank in front": (request(line=" GET /healthz HTTP/1.1"), 0),
    "blank at the end": (request(line="GET /healthz HTTP/1.1 "), 400),
    "zero in the target": (request(line="GET /heal\0thz HTTP/1.1"), 400),
    "control byte in the target": (request(line="GET /heal\x01thz HTTP/1.1"), 400),
    "bytes beyond ASCII": (request(line="GET /\xe4 HTTP/1.1"), 400),
    "fragment": (request(line="GET /healthz#a HTTP/1.1"), 400),
    "no slash": (request(line="GET healthz HTTP/1.1"), 400),
    "another scheme": (request(line="GET file:///etc/passwd HTTP/1.1"), 400),
    "another host": (request("Connection: close", line="GET http://evil/healthz HTTP/1.1"), 421),
    "authority": (request(line="CONNECT localhost:443 HTTP/1.1"), 400),
    "lower-case method": (request("Connection: close", line="get /healthz HTTP/1.1"), 405),
    "method in brackets": (request(line="(GET) /healthz HTTP/1.1"), 400),
    "no target": (request(line="GET HTTP/1.1"), 400),
    "one word": (request(line="GET"), 0),
    "HTTP/0.9": (b"GET /healthz\r\n\r\n", 400),
    "HTTP/1.2": (request(line="GET /healthz HTTP/1.2"), 505),
    "HTTP/2.0": (request(line="GET /healthz HTTP/2.0"), 505),
    "HTTP/2's greeting": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "HTTP/11.1": (request(line="GET /healthz HTTP/11.1"), 400),
    "http/1.1": (request(line="GET /healthz http/1.1"), 400),
    "SMTP": (b"EHLO localhost\r\n\r\n", 400),
    "noise": (b"\x16\x03\x01\r\n\r\n", 0),
    "no Host": (b"GET /healthz HTTP/1.1\r\n\r\n", 400),
    "two Hosts": (request("Host: localhost"), 400),
    "long target": (request(line=f"GET /{'a' * 8_192} HTTP/1.1"), 414),
    "endless target": (b"GET /" + b"a" * 60_000, 414),
    "long header": (request("A: " + "a" * 17_000), 431),
    "endless header": (request("A: " + "a" * 60_000)[:-4], 431),
    "65 headers": (request(*["A: b"] * 64), 431),
    "3000 headers": (request(*["A:b"] * 3_000), 431),
    "cookies without end": (request("Cookie: " + ";".join(["a"] * 8_500)), 431),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_no_request_is_refused(server, name):
    sent, status = MALFORMED[name]
    # Whoever reads on behind it finds another request.
    hidden = request()
    with contextlib.suppress(ConnectionError):
        answer = server.send(sent + (hidden if sent.endswith(b"\r\n\r\n") else b""))
        assert answer[9:12] == (b"%d" % status if status else b"")
        assert b" 200 " not in answer and answer.count(b"HTTP/1.1 ") <= 1
        assert status == 0 or b"connection: close" in answer.lower()
    assert server.get("/healthz", headers={"Host": "localhost"}).status == 200


# Refused before anybody is asked, and no business of a browser's either.
OWN = ["two lengths", "list of lengths", "negative length", "hexadecimal length", "empty length", "huge length",
       "length and chunked", "unknown coding", "bare CR in a value", "HTTP/1.2", "long target", "long header"]


@pytest.mark.parametrize("name", OWN)
def test_a_refusal_has_the_headers_of_every_answer_and_one_line(server, name):
    sent, status = MALFORMED[name]
    lines = server.log.count("bad-request")
    answer = server.send(sent).lower()
    assert answer.count(b"http/1.1 ") == 1 and answer[9:12] == b"%d" % status
    for header in (b"nosniff", b"referrer-policy: no-referrer", b"cross-origin-resource-policy: same-origin"):
        assert header in answer
    wait_for(lambda: server.log.count("bad-request") > lines, "its line", seconds=5)
    time.sleep(0.05)
    assert server.log.count("bad-request") == lines + 1


# Refused by the library that reads requests, before anybody could see one: with an answer of its own.
OF_THE_LIBRARY = ["HTTP/2.0", "HTTP/2's greeting", "endless target", "SMTP", "no target", "HTTP/0.9"]


@pytest.mark.parametrize("name", OF_THE_LIBRARY)
def test_a_refusal_of_the_library_is_told_with_its_status(server, name):
    sent, status = MALFORMED[name]
    told = f'"- bad-request" {status} '
    lines = server.log.count(told)
    assert server.send(sent)[9:12] == b"%d" % status
    wait_for(lambda: server.log.count(told) > lines, "its line", seconds=5)


@pytest.mark.parametrize("headers", [[], ["Cookie: " + ";".join(["a=b"] * 1_900)]])
@pytest.mark.parametrize("separator", ["&", "=&", "?&"])
def test_any_number_of_parameters_has_an_answer_at_once(server, separator, headers):
    parameters = separator.join(["a"] * (8_000 // (len(separator) + 1)))
    begun = time.monotonic()
    line = f"GET /api/v1/find?{parameters} HTTP/1.1"
    answer = server.send(request("Connection: close", *headers, line=line))
    assert answer.startswith(b"HTTP/1.1 400 ") and b'"parameter":"a' in answer, answer
    assert time.monotonic() - begun < 3
