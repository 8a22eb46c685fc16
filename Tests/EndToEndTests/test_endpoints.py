"""Which hosts requests go to, as variables and profiles say, seen by a proxy."""

import pytest

from support.connect_proxy import ConnectProxy


@pytest.fixture
def proxy(audit):
    recorder = ConnectProxy(403)
    audit.environment |= {"HTTPS_PROXY": recorder.url, "AWS_MAX_ATTEMPTS": "1"}
    yield recorder
    recorder.stop()


@pytest.mark.parametrize("variables, host", [
    ({}, "logs.s3.us-east-1.amazonaws.com"),
    ({"AWS_REGION": "cn-north-1"}, "logs.s3.cn-north-1.amazonaws.com.cn"),
    ({"AWS_USE_FIPS_ENDPOINT": "true"}, "logs.s3-fips.us-east-1.amazonaws.com"),
    ({"AWS_USE_DUALSTACK_ENDPOINT": "true"}, "logs.s3.dualstack.us-east-1.amazonaws.com"),
    ({"AWS_ENDPOINT_URL": "https://a.test"}, "a.test"),
    ({"AWS_ENDPOINT_URL": "https://a.test", "AWS_ENDPOINT_URL_S3": "https://b.test"}, "b.test"),
    ({"AWS_ENDPOINT_URL": "https://a.test", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
     "logs.s3.us-east-1.amazonaws.com"),
], ids=str)
def test_variables_choose_the_host(audit, proxy, variables, host):
    result = audit.run("list", "s3://logs", env=variables)
    assert result.returncode == 1, result
    assert proxy.targets and set(proxy.targets) == {f"{host}:443"}


@pytest.mark.parametrize("lines, host", [
    ("use_fips_endpoint = true", "logs.s3-fips.us-east-1.amazonaws.com"),
    ("s3 =\n  addressing_style = path", "s3.us-east-1.amazonaws.com"),
    ("s3 =\n  use_accelerate_endpoint = true", "logs.s3-accelerate.amazonaws.com"),
    ("services = x\n[services x]\ns3 =\n  endpoint_url = https://c.test", "c.test"),
], ids=str)
def test_the_profile_chooses_the_host(audit, proxy, lines, host):
    (audit.home / ".aws").mkdir()
    (audit.home / ".aws" / "config").write_text(f"[default]\n{lines}\n")
    assert audit.run("list", "s3://logs").returncode == 1
    assert proxy.targets and set(proxy.targets) == {f"{host}:443"}


def test_hosts_without_a_proxy_are_asked_directly(audit, proxy):
    env = {"NO_PROXY": "localhost", "AWS_ENDPOINT_URL": "https://localhost:1"}
    assert audit.run("list", "s3://logs", env=env).returncode == 1
    assert proxy.targets == []


def test_hosts_without_a_proxy_may_have_a_port(audit, proxy, s3):
    s3.buckets = {"logs": ["a"]}
    through = {"http_proxy": proxy.url}
    assert audit.run("list", "s3://logs", env={**through, "NO_PROXY": f"127.0.0.1:{s3.port}"}).returncode == 0
    assert audit.run("list", "s3://logs", env={**through, "NO_PROXY": "127.0.0.1:1"}).returncode != 0


def test_an_access_point_brings_its_own_region(audit, s3):
    s3.buckets = {"logs": ["2026/a", "2026/b"]}

    def script(request, number):
        request.bucket = "logs"
    s3.script = script
    arn = "arn:aws:s3:eu-west-1:123456789012:accesspoint/audit"
    result = audit.run("list", f"s3://{arn}/2026/", env={
        "http_proxy": s3.endpoint, "AWS_ENDPOINT_URL": "http://s3.test"})
    assert result.returncode == 0 and "2026/a" in result.stdout, result
    assert {request.host for request in s3.lists} == {"audit-123456789012.s3.test"}
    assert {request.query["prefix"] for request in s3.lists} == {"2026/"}
    scopes = {request.headers["Authorization"].split("/")[2] for request in s3.lists}
    assert scopes == {"eu-west-1"}


@pytest.mark.parametrize("variables, words", [
    ({"AWS_USE_FIPS_ENDPOINT": "yes"}, "AWS_USE_FIPS_ENDPOINT is neither true nor false"),
    ({"AWS_USE_FIPS_ENDPOINT": "true", "AWS_REGION": "cn-north-1"},
     "Partition does not support FIPS"),
], ids=str)
def test_contradictions_are_told(audit, proxy, variables, words):
    for command in ("list", "sync"):
        result = audit.run(command, "s3://logs", env=variables)
        assert result.returncode == 1
        assert words in result.stderr and "Help:" in result.stderr
    assert proxy.targets == []
