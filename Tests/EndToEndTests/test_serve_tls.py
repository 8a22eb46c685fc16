"""`serve` over TLS: of today or none, with a certificate that may be replaced."""

import contextlib
import socket
import ssl

import pytest

from support.certificate_authority import Authority
from support.serving import Serving
from support.servers import wait_for
from support.wire import asked, connect, request


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
