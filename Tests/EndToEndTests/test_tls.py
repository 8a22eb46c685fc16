"""TLS with an authority of one's own, and proxies in between."""

import base64
import time

import pytest

from support import scripted_s3
from support.certificate_authority import DAY, Authority, context
from support.connect_proxy import ConnectProxy
from support.fake_credential_services import ACCOUNT
from support.servers import Moto


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def tls_moto_server(authority):
    server = Moto(certificate=authority.certificate("127.0.0.1"))
    yield server
    server.stop()


@pytest.fixture
def tls_moto(tls_moto_server, authority, audit, monkeypatch):
    """A moto that speaks TLS, with one bucket; `audit` uses it and trusts nobody yet."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    monkeypatch.setenv("AWS_CA_BUNDLE", str(authority.path))
    tls_moto_server.reset()
    tls_moto_server.load("bucket", ["a", "b"])
    audit.use(tls_moto_server)
    return tls_moto_server


@pytest.fixture
def tls_s3(audit):
    """Starts scripted servers that speak TLS with a certificate."""
    running = []

    def start(certificate):
        running.append(scripted_s3.ScriptedS3(context(certificate)))
        running[-1].buckets = {"bucket": ["a", "b"]}
        audit.use(running[-1])
        return running[-1]

    yield start
    for server in running:
        server.stop()


@pytest.fixture
def tunnel():
    running = []

    def start(*arguments):
        running.append(ConnectProxy(*arguments))
        return running[-1]

    yield start
    for proxy in running:
        proxy.stop()


def refused(audit, **options):
    """A sync that TLS ends, soon: repeating does not help against a certificate."""
    started = time.monotonic()
    result = audit.run("sync", **options)
    assert result.returncode == 1, result
    assert time.monotonic() - started < 5
    return result.stderr


def test_an_authority_of_the_environment_is_trusted(audit, tls_moto, authority):
    audit.sync(env={"AWS_CA_BUNDLE": str(authority.path)})
    assert audit.bucket("bucket")["objects"] == 2


def test_an_authority_of_the_profile_is_trusted(audit, tls_moto, authority):
    (audit.home / ".aws").mkdir()
    (audit.home / ".aws/config").write_text(
        f"[default]\nca_bundle = {authority.path}\n[profile p]\nca_bundle = {authority.path}\n"
        "aws_access_key_id = A\naws_secret_access_key = s\n")
    audit.sync()
    audit.sync("--profile", "p")
    assert audit.bucket("bucket")["objects"] == 2


def test_the_environment_goes_before_the_profile(audit, tls_moto, authority, tmp_path):
    (audit.home / ".aws").mkdir()
    (audit.home / ".aws/config").write_text(f"[default]\nca_bundle = {authority.path}\n")
    other = Authority(tmp_path, "Other CA")
    assert "certificate" in refused(audit, env={"AWS_CA_BUNDLE": str(other.path)})


def test_an_authority_that_nobody_named_is_refused_with_the_way_out(audit, tls_moto):
    error = refused(audit)
    assert "certificate" in error and "AWS_CA_BUNDLE" in error and "Help:" in error
    assert "ca_bundle" in error


@pytest.mark.parametrize("content", [None, "", "no certificate\n"], ids=["none", "empty", "garbage"])
def test_a_bundle_that_cannot_be_used(audit, tls_moto, tmp_path, content):
    path = tmp_path / "bundle.pem"
    if content is not None:
        path.write_text(content)
    assert str(path) in refused(audit, env={"AWS_CA_BUNDLE": str(path)})


@pytest.mark.parametrize("host, begins, ends, says", [
    ("other.example", -DAY, DAY, "127.0.0.1"), ("127.0.0.1", -2 * DAY, -DAY, "expired"),
    ("127.0.0.1", DAY, 2 * DAY, "certificate")], ids=["another host", "expired", "not yet valid"])
def test_certificates_that_are_not_right(audit, tls_s3, authority, host, begins, ends, says):
    server = tls_s3(authority.certificate(host, begins=begins, ends=ends))
    error = refused(audit, env={"AWS_CA_BUNDLE": str(authority.path)})
    assert "certificate" in error.lower() and says in error
    assert server.requests == []


def test_a_role_is_assumed_over_tls_too(audit, tls_moto, authority):
    audit.configure(
        f"[default]\nrole_arn = arn:aws:iam::{ACCOUNT}:role/Auditor\nsource_profile = base\n"
        f"ca_bundle = {authority.path}\n[profile base]\naws_access_key_id = A\n"
        "aws_secret_access_key = s\n")
    audit.sync()
    assert audit.bucket("bucket")["objects"] == 2
    audit.configure((audit.home / ".aws/config").read_text().replace("ca_bundle", "#ca_bundle"))
    error = refused(audit)
    assert "certificate" in error and "AWS_CA_BUNDLE" in error


def test_web_identity_is_not_sent_to_whom_nobody_trusts(audit, tls_s3, authority):
    server = tls_s3(authority.certificate("127.0.0.1"))
    (audit.home / "jwt").write_text("a.b.c")
    audit.configure()
    refused(audit, env={
        "AWS_ROLE_ARN": f"arn:aws:iam::{ACCOUNT}:role/R",
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(audit.home / "jwt")})
    assert server.requests == []


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy"])
def test_a_proxy_tunnels_tls(audit, tls_moto, authority, tunnel, variable):
    proxy = tunnel()
    env = {"AWS_CA_BUNDLE": str(authority.path), variable: proxy.url}
    audit.sync(env=env)
    assert set(proxy.targets) == {f"127.0.0.1:{tls_moto.port}"}
    assert audit.bucket("bucket")["objects"] == 2
    proxy.targets.clear()
    for exception in ("127.0.0.1", "*", "example.com,127.0.0.1"):
        audit.sync(env={**env, "NO_PROXY": exception})
    audit.sync(env={**env, "no_proxy": "127.0.0.1"})
    assert proxy.targets == []


def test_the_password_of_a_proxy_is_sent_and_not_shown(audit, tls_moto, authority, tunnel):
    proxy = tunnel()
    url = f"http://me:c%40nary-7@127.0.0.1:{proxy.port}"
    result = audit.sync(
        "--verbose", env={"AWS_CA_BUNDLE": str(authority.path), "HTTPS_PROXY": url})
    assert base64.b64decode(proxy.authorizations[0].removeprefix("Basic ")) == b"me:c@nary-7"
    assert "nary-7" not in result.stdout + result.stderr


def test_a_proxy_that_refuses(audit, tls_moto, authority, tunnel):
    proxy = tunnel(407)
    result = audit.run("sync", env={
        "AWS_CA_BUNDLE": str(authority.path), "HTTPS_PROXY": proxy.url, "AWS_MAX_ATTEMPTS": "1"})
    assert result.returncode == 1 and "407" in result.stderr


@pytest.mark.parametrize("way", ["container", "imds"])
def test_credentials_of_this_machine_are_not_asked_for_through_a_proxy(audit, s3, issuer, way):
    """A proxy would answer with its own role, or see the keys."""
    s3.buckets = {"bucket": ["a"]}
    audit.configure()
    audit.environment["AWS_ENDPOINT_URL_S3"] = "http://s3.test"
    del audit.environment["AWS_ENDPOINT_URL"]
    audit.sync(env=issuer.environment(way) | {"http_proxy": s3.endpoint})
    assert issuer.ways() == {way}
    assert {request.host for request in s3.requests} == {"s3.test"}
