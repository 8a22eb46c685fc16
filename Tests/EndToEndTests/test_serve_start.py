"""How `serve` begins, what stops it before it listens, what it says to systemd, and how it ends."""

import http.client
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time

import pytest

from support.certificate_authority import Authority
from support.ports import free_port
from support.servers import wait_for
from support.serving import Notified, Serving

TOKEN = "0123456789abcdef-0123456789abcdef"


@pytest.fixture
def synced(audit, s3):
    s3.buckets = {"one": ["a", "b"]}
    audit.sync()
    return audit


@pytest.fixture
def token_file(audit):
    path = audit.home / "token"
    path.write_text(TOKEN + "\n")
    path.chmod(0o600)
    return path


def refused(audit, *options, status, words, env=None):
    result = audit.run("serve", *options, env=env, seconds=30)
    assert result.returncode == status, result
    assert words in result.stderr and result.stdout == "", result
    assert TOKEN[:16] not in result.stderr
    return result


@pytest.mark.parametrize(("options", "words"), [
    (["--listen", "0.0.0.0:0"], "there is no token"), (["--listen", "[::]:0"], "there is no token"),
    (["--listen", "example.com:0"], "there is no token"), (["--listen", ":9412"], "an address is missing before the port"),
    (["--listen", "9412"], "a port alone is no address; use 127.0.0.1:9412"), (["--listen", "host"], "there is no token"),
    (["--listen", "127.0.0.1:99999"], "ports go from 0 to 65535"), (["--listen", "1.2.3.4:"], "a port is a number"),
    (["--listen", "::1"], "stands in brackets"), (["--listen", "[::1"], "bracket has no end"),
    (["--listen", "[host]:1"], "address of IPv6"), (["--listen", "1.2.3:9412"], "four numbers"),
    (["--listen", "http://1.2.3.4"], "scheme"), (["--listen", ""], "use an address and a port"), (["--tls-cert", "c"], "belong together"),
    (["--query-timeout", "soon"], "10s"), (["--max-connections", "1"], "8 to 10000"),
    (["--allow-host", "http://x"], "without scheme"), (["--log-format", "xml"], "text"), (["extra"], "Unexpected"),
])
def test_a_command_line_that_cannot_be(audit, options, words):
    refused(audit, *options, status=64, words=words)


def test_what_is_wrong_is_said_before_anything_listens(audit, synced, token_file, tmp_path):
    short = audit.home / "short"
    short.write_text("0123456789abcde\n")
    short.chmod(0o600)
    refused(audit, "--token-file", short, status=1, words="fewer than 16")
    refused(audit, status=1, words="S3AUDIT_TOKEN has fewer than 16", env={"S3AUDIT_TOKEN": "short"})
    refused(audit, status=1, words="S3AUDIT_TOKEN has fewer than 16", env={"S3AUDIT_TOKEN": ""})
    refused(audit, status=1, words="no header can hold", env={"S3AUDIT_TOKEN": "0123456789 abcdef"})
    refused(audit, "--token-file", audit.home / "none", status=1, words="No such file")
    refused(audit, "--token-file", "", status=1, words="the name of the token's file is empty")
    os.mkfifo(audit.home / "pipe", 0o600)
    refused(audit, "--token-file", audit.home / "pipe", status=1, words="is no plain file")
    token_file.chmod(0o644)
    refused(audit, "--token-file", token_file, status=1, words="every user of this machine")
    certificate = audit.home / "cert.pem"
    certificate.write_text("no certificate")
    refused(audit, "--tls-cert", certificate, "--tls-key", certificate, status=1, words="every user of this machine")
    certificate.chmod(0o600)
    refused(audit, "--tls-cert", certificate, "--tls-key", certificate, status=1, words="PEM")
    refused(audit, "--tls-cert", certificate, "--tls-key", audit.home / "none", status=1, words="No such file")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        refused(audit, "--listen", f"127.0.0.1:{port}", status=1, words="another program listens there")
    audit.index.write_bytes(b"no database at all" * 1_000)
    refused(audit, status=1, words="is not an s3audit index")


@pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("setpriv"), reason="only root can become another user")
def test_an_index_that_may_not_be_looked_at_is_not_missing(audit, synced):
    folder = audit.home / "closed"
    folder.mkdir(mode=0o700)
    synced.index.rename(folder / "index.sqlite3")
    for parent in folder.parents:
        if parent.owner() == "root" and parent.stat().st_mode & 0o077 == 0:
            parent.chmod(0o711)
    result = subprocess.run(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", audit.binary, "serve", "--listen",
         "127.0.0.1:0", "--index", folder / "index.sqlite3"],
        capture_output=True, text=True, timeout=30, check=False, env={"HOME": "/"})
    assert result.returncode == 1 and "Permission denied" in result.stderr, result


def test_a_token_is_asked_for_by_everything_that_tells_of_the_index(synced, token_file):
    with Serving(synced, "--token-file", token_file) as server:
        server.wait_for_log(f"The token is in {token_file}")
        for target in ["/api/v1/buckets", "/api/v1/", "/api/v1/openapi.json", "/metrics", "/?fmt=tsv", "/none"]:
            answer = server.get(target)
            assert answer.status == 401 and answer.headers["WWW-Authenticate"].startswith("Bearer"), target
        assert server.get("/").status == server.get("/healthz").status == 200
        header = {"Authorization": f"Bearer {TOKEN}"}
        assert server.get("/api/v1/buckets", headers=header).status == 200
        assert server.get("/none", headers=header).status == 404
        assert server.ask("find", token=TOKEN, limit="1").status == 200
        link = server.ask("find", token=TOKEN, limit="1").headers["Link"]
        assert "token" not in link
        for _ in range(30):
            # A client that goes on with an old one.
            assert server.ask("buckets", token="of-last-week").status == 401
        assert server.ask("buckets", token=TOKEN).status == 200
        for number in range(9):
            assert server.ask("buckets", token=f"wrong{number}").status == 401
        answer = server.ask("buckets", token=TOKEN)
        assert answer.status == 429 and int(answer.headers["Retry-After"]) > 50
        server.wait_for_log("429")
        assert TOKEN not in server.log and "token=-" in server.log


def test_a_new_token_counts_from_a_hang_up_on(synced, token_file):
    with Serving(synced, "--token-file", token_file) as server:
        token_file.write_text("another token".replace(" ", "-") * 3)
        server.hang_up()
        wanted = {"Authorization": "Bearer " + "another-token" * 3}
        deadline = time.monotonic() + 10
        while server.get("/api/v1/", headers=wanted).status != 200 and time.monotonic() < deadline:
            # Only a few wrong ones are allowed.
            time.sleep(1.5)
        assert server.get("/api/v1/", headers=wanted).status == 200
        token_file.write_text("bad")
        server.hang_up()
        server.wait_for_log("fewer than 16")
        assert server.get("/api/v1/", headers=wanted).status == 200


@pytest.mark.parametrize("kind", ["path", "abstract"])
def test_systemd_hears_of_it(synced, tmp_path, kind):
    name = str(tmp_path / "notify") if kind == "path" else f"@s3audit-{os.getpid()}-{free_port()}"
    with Notified(name) as notified:
        env = {"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "300000"}
        server = Serving(synced, env=env)
        try:
            assert server.url in notified.next("READY=1")
            notified.next("WATCHDOG=1")
            server.hang_up()
            notified.next("RELOADING=1")
            notified.next("READY=1")
        finally:
            assert server.stop() == 0
        notified.next("STOPPING=1")


def test_what_was_asked_is_answered_before_the_end(synced):
    server = Serving(synced)
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(b"GET /api/v1/totals HTTP/1.1\r\nHost: localhost\r\n\r\n")
        server.process.send_signal(signal.SIGTERM)
        assert connection.recv(64).startswith(b"HTTP/1.1 200")
    assert server.process.wait(15) == 0
    server.stop()
    server = Serving(synced, "--quiet")
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(15) == 0 and server.log == ""
    server.stop()


def test_tls_is_spoken_and_a_new_certificate_counts(synced, tmp_path):
    authorities = [Authority(tmp_path, name) for name in ("First CA", "Second CA")]
    served = tmp_path / "served.pem"
    served.touch(0o600)

    def speaks(authority):
        context = ssl.create_default_context(cafile=authority.path)
        connection = http.client.HTTPSConnection("127.0.0.1", server.port, context=context, timeout=20)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except ssl.SSLCertVerificationError:
            return False
        finally:
            connection.close()

    served.write_bytes(authorities[0].certificate("127.0.0.1").read_bytes())
    with Serving(synced, "--tls-cert", served, "--tls-key", served) as server:
        assert server.url.startswith("https://")
        assert speaks(authorities[0]) and not speaks(authorities[1])
        served.write_text("no certificate")
        server.hang_up()
        server.wait_for_log("PEM")
        assert speaks(authorities[0])
        served.write_bytes(authorities[1].certificate("127.0.0.1").read_bytes())
        server.hang_up()
        wait_for(lambda: speaks(authorities[1]), "new certificate", seconds=10)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the library is linked")
def test_only_who_serves_loads_the_library_of_servers(audit):
    """A machine of a cluster, which lists and serves nobody, may have none."""
    listed = subprocess.run(["ldd", audit.binary], capture_output=True, encoding="utf-8")
    assert "libcurl" in listed.stdout and "microhttpd" not in listed.stdout, listed
