"""`serve` among hostile clients: connections that only take up room, and a log that nobody reads."""

import contextlib
import http.client
import os
import socket
import statistics
import subprocess
import threading
import time

import pytest

from support.audit import Audit
from support.serving import Serving
from support.servers import wait_for
from support.wire import connect, request


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Serving(Audit(tmp_path_factory.mktemp("wire"))) as server:
        yield server


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
            # Who comes late, on a slow machine, has a place of who has asked nothing yet.
            wait_for(lambda: "many-connections" in server.log or "crowded" in server.log, "its line")
            served = 0
            for client in clients:
                with contextlib.suppress(OSError):
                    client.sendall(request())
                    served += client.recv(4_096).startswith(b"HTTP/1.1 ")
            assert served == 32

            def another_is_served():
                with contextlib.suppress(OSError):
                    with socket.create_connection((address, server.port), timeout=2) as client:
                        client.sendall(request())
                        return client.recv(4_096).startswith(b"HTTP/1.1 ")
                return False

            # All of them ask nothing by now: the oldest goes for who does.
            wait_for(another_is_served, "a place", seconds=20)


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
