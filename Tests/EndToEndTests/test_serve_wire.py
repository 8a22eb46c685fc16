"""`serve` among hostile clients: requests that are none, and connections that only take up room."""

import contextlib
import http.client
import os
import socket
import ssl
import statistics
import subprocess
import threading
import time

import pytest

from support.audit import Audit
from support.certificate_authority import Authority
from support.serving import Serving
from support.servers import wait_for


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Serving(Audit(tmp_path_factory.mktemp("wire"))) as server:
        yield server


def request(*headers, line="GET /healthz HTTP/1.1"):
    lines = [line, "Host: localhost", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1")


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


@pytest.mark.parametrize("headers", [[], ["Cookie: " + ";".join(["a=b"] * 1_900)]])
@pytest.mark.parametrize("separator", ["&", "=&", "?&"])
def test_any_number_of_parameters_has_an_answer_at_once(server, separator, headers):
    parameters = separator.join(["a"] * (8_000 // (len(separator) + 1)))
    begun = time.monotonic()
    line = f"GET /api/v1/find?{parameters} HTTP/1.1"
    answer = server.send(request("Connection: close", *headers, line=line))
    assert answer.startswith(b"HTTP/1.1 400 ") and b'"parameter":"a' in answer, answer
    assert time.monotonic() - begun < 3


def connect(server, receive_bytes=None):
    client = socket.socket()
    if receive_bytes:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    client.settimeout(60)
    client.connect(("127.0.0.1", server.port))
    return client


def seconds_until_cut(client, step):
    """Sends a little again and again until the other side has ended the connection."""
    begun = time.monotonic()
    with contextlib.suppress(OSError):
        while time.monotonic() - begun < 60:
            client.sendall(step)
            client.settimeout(0.3)
            with contextlib.suppress(TimeoutError):
                if not client.recv(4_096):
                    break
    return time.monotonic() - begun


def test_a_head_that_drips_is_cut(audit):
    # Of a server where many were cut in this minute, the log has their number alone.
    with Serving(audit) as server:
        with connect(server) as client:
            client.sendall(b"GET /healthz HTTP/1.1\r\n")
            assert 4.5 < seconds_until_cut(client, b"X-A: b\r\n") < 8
        server.wait_for_log("slow-request")


def test_a_body_that_drips_is_not_waited_for(server):
    with connect(server) as client:
        client.sendall(request("Content-Length: 100000", line="POST / HTTP/1.1"))
        assert client.recv(4_096)[9:12] == b"405"
        assert seconds_until_cut(client, b"x") < 3


class Healthy(threading.Thread):
    """A client that asks until it is told to stop, each time on a connection of its own.

    `seconds` is how long each answer took.
    """

    def __init__(self, server):
        super().__init__()
        self.server = server
        self.is_over = threading.Event()
        self.seconds = []
        self.failures = []

    def run(self):
        while not self.is_over.wait(0.001):
            begun = time.monotonic()
            try:
                answer = self.server.get("/healthz", headers={"Host": "localhost"})
                assert answer.status == 200
            except (OSError, AssertionError) as error:
                self.failures.append(repr(error))
            self.seconds.append(time.monotonic() - begun)

    def check(self, count):
        """Has it ask `count` times more; all has to be well."""
        enough = len(self.seconds) + count
        wait_for(lambda: len(self.seconds) >= enough, f"{enough} answers", seconds=60)
        self.is_over.set()
        self.join()
        assert self.failures == []
        p99 = statistics.quantiles(self.seconds, n=100)[98]
        assert p99 < 0.1, sorted(self.seconds)[-10:]


@pytest.mark.alone
def test_600_connections_that_ask_nothing_leave_room_for_who_asks(server):
    healthy = Healthy(server)
    with contextlib.ExitStack() as stack:
        for number in range(600):
            client = stack.enter_context(connect(server))
            client.sendall(b"GET /healthz HTTP/1.1\r\nX-A: ")
            if number == 300:
                healthy.start()
        healthy.check(400)


@pytest.mark.long
@pytest.mark.parametrize("attack", [("-H", "-i", "1"), ("-B", "-i", "1"), ("-X", "-n", "1")])
def test_slowhttptest_does_not_slow_others(server, attack):
    attacker = subprocess.Popen(
        ["slowhttptest", "-c", "600", "-r", "200", "-l", "20", *attack, "-u", server.url],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(3)
        healthy = Healthy(server)
        healthy.start()
        healthy.check(2_000)
    finally:
        attacker.terminate()
        attacker.wait()


def test_half_a_request_does_not_hold_up_the_end(audit):
    with Serving(audit) as server, connect(server) as idle, connect(server) as half:
        idle.sendall(request())
        assert idle.recv(4_096)
        half.sendall(b"GET / HTTP/1.1\r\n")
        begun = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - begun < 3


def test_an_address_has_its_share(tmp_path, audit):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("203.0.113.1", 9))
            address = probe.getsockname()[0]
        except OSError:
            pytest.skip("this machine has no address but its own")
    token = tmp_path / "token"
    token.write_text("a token of many letters".replace(" ", "-"))
    token.chmod(0o600)
    with Serving(audit, "--listen", f"{address}:0", "--token-file", token) as server:
        with contextlib.ExitStack() as stack:
            clients = [
                stack.enter_context(socket.create_connection((address, server.port), timeout=2))
                for _ in range(40)]
            server.wait_for_log("many-connections")
            served = 0
            for client in clients:
                with contextlib.suppress(OSError):
                    client.sendall(request())
                    served += client.recv(4_096).startswith(b"HTTP/1.1 ")
            assert served == 32


# TLS


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


def handshake(server, authority, least=ssl.TLSVersion.TLSv1_2, most=ssl.TLSVersion.TLSv1_3):
    context = ssl.create_default_context(cafile=authority.path)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version, context.maximum_version = least, most
    plain = socket.create_connection(("127.0.0.1", server.port), timeout=10)
    return context.wrap_socket(plain, server_hostname="127.0.0.1")


def test_the_end_of_a_tls_connection_is_no_request(audit, authority):
    certificate = authority.certificate("127.0.0.1")
    with Serving(audit, "--tls-cert", certificate, "--tls-key", certificate) as server:
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            for count in range(3):
                with handshake(server, authority, version, version) as client:
                    assert [asked(client) for _ in range(count)] == [b"200"] * count
                    with contextlib.suppress(OSError):
                        client.unwrap()
        assert "unreadable" not in server.log
        # What is no TLS at all, is told.
        with connect(server) as client, contextlib.suppress(ConnectionError):
            client.sendall(request())
            client.recv(4_096)
        server.wait_for_log("unreadable")


def test_a_log_that_nobody_reads_stops_nobody(audit):
    reading, writing = os.pipe()
    process = audit.start(
        "serve", "--listen", "127.0.0.1:0", "--log-format", "json", stdout=subprocess.PIPE, stderr=writing)
    os.close(writing)
    try:
        port = int(process.stdout.readline().rstrip("/\n").rpartition(":")[2])
        target = "/healthz?" + "a" * 2_000
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        for _ in range(900):
            connection.request("GET", target)
            assert connection.getresponse().read() == b"ok\n"
            if connection.sock is None:
                connection.connect()
        # Somebody reads again: what was kept comes, and how much was not.
        text = b""
        while b"lines of the log were dropped" not in text:
            part = os.read(reading, 65_536)
            assert part
            text += part
        assert 0 < int(text.split(b"Note: ")[-1].split()[0]) < 900
        process.terminate()
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        os.close(reading)


def asked(client):
    # Without a body one piece is the whole answer.
    client.sendall(request(line="HEAD /healthz HTTP/1.1"))
    return client.recv(4_096)[9:12]


@pytest.mark.filterwarnings("ignore:.*TLSv1:DeprecationWarning")
def test_tls_is_of_today_or_none(audit, authority):
    certificate = authority.certificate("127.0.0.1")
    with Serving(audit, "--tls-cert", certificate, "--tls-key", certificate) as server:
        assert server.url.startswith("https://")
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with handshake(server, authority, version, version) as client:
                assert asked(client) == b"200"
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            with pytest.raises((ssl.SSLError, ConnectionError)):
                handshake(server, authority, version, version)
        with connect(server) as client:
            with contextlib.suppress(ConnectionError):
                client.sendall(request())
                assert b"HTTP" not in client.recv(4_096)


def test_a_new_certificate_is_shown_after_sighup(audit, authority, tmp_path):
    place = tmp_path / "served.pem"
    place.touch(0o600)
    first, second = (authority.certificate("127.0.0.1") for _ in range(2))
    place.write_bytes(first.read_bytes())
    with Serving(audit, "--tls-cert", place, "--tls-key", place) as server:
        with handshake(server, authority) as before:
            shown = before.getpeercert()["serialNumber"]
            assert asked(before) == b"200"
            # What cannot be used leaves all as it was.
            place.write_text("nonsense")
            server.hang_up()
            server.wait_for_log("certificate")
            with handshake(server, authority) as client:
                assert client.getpeercert()["serialNumber"] == shown
            place.write_bytes(second.read_bytes())
            server.hang_up()

            def shows_another():
                with handshake(server, authority) as client:
                    return client.getpeercert()["serialNumber"] != shown and asked(client) == b"200"

            wait_for(shows_another, "the new certificate", seconds=10)
            assert asked(before) == b"200"


@pytest.mark.parametrize("case", ["other key", "no certificate", "no key", "noise"])
def test_a_certificate_that_cannot_be_used_is_said_at_once(audit, authority, tmp_path, case):
    whole, other = (authority.certificate("127.0.0.1") for _ in range(2))
    blocks = whole.read_text().partition("-----BEGIN CERTIFICATE-----")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    key.touch(0o600)
    key.write_text({"other key": other.read_text(), "no key": ""}.get(case, blocks[0]))
    noise = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    certificate.write_text(
        {"no certificate": "", "noise": noise}.get(case, blocks[1] + blocks[2]))
    result = audit.run(
        "serve", "--listen", "127.0.0.1:0", "--tls-cert", certificate, "--tls-key", key, seconds=20)
    assert result.returncode == 1
    assert result.stdout == ""
    assert "Error: cannot use the TLS certificate and its key: " in result.stderr
