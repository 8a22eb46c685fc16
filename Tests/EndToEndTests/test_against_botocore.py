"""Configurations made at random: whatever botocore makes of them, s3audit must ask the same.

A proxy plays all hosts of AWS for s3audit; botocore's requests are taken from it before they are sent.
"""

import io
import json
import os
import random
import re
import urllib.parse

import botocore.awsrequest
import botocore.loaders
import botocore.session
import pytest

from support.certificate_authority import Authority, context
from support.fake_credential_services import ACCOUNT
from support.loopback_server import LoopbackServer

LOADER = botocore.loaders.create_loader()
LISTING = (
    '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><KeyCount>0</KeyCount>'
    "<EncodingType>url</EncodingType><IsTruncated>false</IsTruncated></ListBucketResult>")
REGIONS = [
    "us-east-1", "us-west-2", "eu-central-1", "ap-southeast-5", "us-gov-west-1", "cn-north-1",
    "us-iso-east-1", "us-isob-east-1", "eu-isoe-west-1", "us-isof-south-1", "eusc-de-east-1",
    "fips-us-gov-west-1", "us-east-2-fips"]
ENDPOINTS = [
    "http://minio.test:9000", "https://s3.test/base", "http://192.0.2.1:8080", "https://s3.test:443/",
    "https://bucket.vpce-1.s3.us-east-1.vpce.amazonaws.com"]
BUCKETS = ["logs"] * 4 + [
    "dotted.name", "UpperCase", "under_score", "name--usw2-az1--x-s3",
    f"arn:aws:s3:us-west-2:{ACCOUNT}:accesspoint/ap",
    f"arn:aws:s3-outposts:us-west-2:{ACCOUNT}:outpost/op-01234567890123456/accesspoint/ap"]
# Lines that botocore refuses, in sections that nobody uses: s3audit reads the rest as if they were not there.
FAULTS = [
    "[profile broken]\nwords", "[profile broken]\n= words", "[profile broken]\n  deep", "[profile broken",
    "[profile broken]\ns3 =\n  words", "[profile broken]\nregion: r\nregion: r", "[sso-session broken]\nwords",
    "[services broken]\ns3 =\n  addressing_style: path", "[words]\nwords", "[]", "[profile broken]\r\nx = 1\rwords",
    "[profile broken]\nx = 1\n[profile broken]"]
PROFILES = ["default", "default", "dev", "a@b.example", "p%q", "two words", "a;b", "it's", "ünï", "~"]


def answer(method, url, headers, body):
    """What a request shows of the configuration, and the text of the answer to it."""
    parts = urllib.parse.urlsplit(url)
    host = parts.netloc.removesuffix(":443" if parts.scheme == "https" else ":80")
    # us-east-1 has two names each; s3audit and version 2 of the CLI use the newer.
    host = re.sub(r"(^|\.)(s3|sts)\.amazonaws\.com$", r"\1\2.us-east-1.amazonaws.com", host)
    headers = {name.lower(): value for name, value in headers.items()}
    scope = re.search(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/", headers.get("authorization", ""))
    shown = [
        method, f"{parts.scheme}://{host}{parts.path}", scope and scope.groups(),
        headers.get("x-amz-security-token")]
    if method == "POST":
        form = dict(urllib.parse.parse_qsl(body))
        role = form["RoleArn"].rpartition("/")[2]
        names = ["Action", "RoleArn", "ExternalId", "DurationSeconds", "WebIdentityToken"]
        keys = (
            f"<Credentials><AccessKeyId>ASIA{role}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
            f"<SessionToken>token-{role}</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration>"
            "</Credentials>")
        action = form["Action"]
        return shown + [form.get(name) for name in names], (
            f'<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result>{keys}'
            f"</{action}Result></{action}Response>")
    if "session" in urllib.parse.parse_qs(parts.query, keep_blank_values=True):
        return shown, (
            "<CreateSessionResult><Credentials><SessionToken>t</SessionToken><SecretAccessKey>s"
            "</SecretAccessKey><AccessKeyId>ASIAEXPRESS</AccessKeyId><Expiration>2100-01-01T00:00:00Z"
            "</Expiration></Credentials></CreateSessionResult>")
    return shown, LISTING


class Everyone:
    """A proxy that plays every host itself, with certificates of its own authority."""

    def __init__(self, folder):
        self.shown = []
        self._authority = Authority(folder)
        self._contexts = {}
        self._server = LoopbackServer(CONNECT=self._connect, GET=self._serve, POST=self._serve)
        self.environment = dict.fromkeys(["http_proxy", "https_proxy"], f"http://127.0.0.1:{self._server.port}")
        self.environment["AWS_CA_BUNDLE"] = str(self._authority.path)

    def stop(self):
        self._server.stop()

    def _connect(self, handler):
        """Goes on with the client on the same connection, as the host that it asked for."""
        host = handler.path.rpartition(":")[0]
        handler.send_response(200)
        handler.end_headers()
        # The client says nothing before it has this.
        handler.wfile.flush()
        if host not in self._contexts:
            self._contexts[host] = context(self._authority.certificate(host))
        handler.tunnelled = f"https://{handler.path}"
        handler.connection = self._contexts[host].wrap_socket(handler.connection, server_side=True)
        handler.rfile = handler.connection.makefile("rb")
        handler.wfile = handler.connection.makefile("wb")

    def _serve(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0)).decode()
        url = getattr(handler, "tunnelled", "") + handler.path
        shown, text = answer(handler.command, url, handler.headers, body)
        self.shown.append(shown)
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text.encode())


@pytest.fixture(scope="module")
def everyone(tmp_path_factory):
    server = Everyone(tmp_path_factory.mktemp("authority"))
    yield server
    server.stop()


class Body(io.BytesIO):
    def stream(self, *_, **__):
        yield self.read()


def asked_by_botocore(monkeypatch, variables, profile, bucket):
    """The requests of a listing, from the first for credentials on; None when there is none."""
    shown = []

    def as_text(value):
        return value.decode() if isinstance(value, bytes) else value or ""

    def take(request, **_):
        headers = {name: as_text(value) for name, value in request.headers.items()}
        seen, text = answer(request.method, request.url, headers, as_text(request.body))
        shown.append(seen)
        return botocore.awsrequest.AWSResponse(request.url, 200, {}, Body(text.encode()))

    with monkeypatch.context() as patch:
        for name in list(os.environ):
            patch.delenv(name)
        for name, value in variables.items():
            patch.setenv(name, value)
        session = botocore.session.Session()
        session.register_component("data_loader", LOADER)
        session.register("before-send", take)
        if profile:
            session.set_config_variable("profile", profile)
        try:
            session.create_client("s3").list_objects_v2(Bucket=bucket)
        except Exception:
            # It is an error for the CLI too; what s3audit says then is for other tests.
            return None
    return shown


def header(chance, kind, name):
    if name == "default":
        return chance.choice(["[default]", "[profile default]", "[default] # comment", "[default]:remark"])
    if re.search(r"[\s;']", name):
        return f'[{kind} "{name}"]'
    return chance.choice([
        f"[{kind} {name}]", f"[{kind}\t{name} ] ; comment", f"[{kind} '{name}']", f"[{kind} {name}] re = mark",
        f"[{kind}s {name}]remark" if kind == "profile" else f"[{kind} {name}]"])


def properties(chance, pairs):
    """Lines of a section, in the ways that people write them."""
    depth = chance.choice([""] * 6 + ["  ", "\t"])
    lines = []
    for name, value in pairs.items():
        form = chance.choice([
            "{} = {}", "{}={}", "{}\t= {} ", "{}: {}", "{}:{}", "{} :\t{}", "{}\u00a0=\u00a0{}\u2003", "{}=\u3000{}\x0b"])
        name = chance.choice([name, name, name, name.upper(), name.title()])
        lines.append(depth + form.format(name, value))
        lines += chance.choice([[]] * 9 + [[""], ["# comment"], [depth + "  ; comment"]])
    return "\n".join(lines) + "\n"


def settings(chance):
    """Everything about a profile but where its keys come from."""
    odds = {
        "region": (0.6, REGIONS), "use_fips_endpoint": (0.1, ["true", "False"]),
        "use_dualstack_endpoint": (0.1, ["True", "false"]), "endpoint_url": (0.1, ENDPOINTS),
        "s3_use_arn_region": (0.1, ["true", "false"]), "services": (0.1, ["mine"]),
        "sts_regional_endpoints": (0.1, ["legacy", "regional"]), "output": (0.2, ["json"])}
    pairs = {
        name: chance.choice(values) for name, (odd, values) in odds.items() if chance.random() < odd}
    if chance.random() < 0.2:
        pairs["s3"] = "".join(f"\n    {name} = {value}" for name, value in [
            ("addressing_style", chance.choice(["path", "virtual", "auto"])),
            (chance.choice(["use_dualstack_endpoint", "use_arn_region", "preferred_transfer_client"]),
             chance.choice(["true", "false"]))])
    return pairs


def keys(chance, tag):
    token = chance.choice([{}, {}, {"aws_session_token": "t"}, {"aws_security_token": "old"}])
    return {"aws_access_key_id": f"AKIA{tag}", "aws_secret_access_key": "a#b;c/+="} | token


def arrange(chance, audit):
    """Writes all files; returns variables and the profile for --profile."""
    (audit.home / "jwt").write_text("token")
    names = list(dict.fromkeys(chance.choices(PROFILES, k=3)))
    config, credentials = [], []
    for number, name in enumerate(names):
        role = {"role_arn": f"arn:aws:iam::{ACCOUNT}:role/Role{number}"}
        document = {"Version": 1, "AccessKeyId": f"AKIAPROCESS{number}", "SecretAccessKey": "s"}
        pairs = chance.choice([
            keys(chance, f"CONFIG{number}"), {"aws_secret_access_key": "left-over"}, {},
            role | {"source_profile": chance.choice(names), "external_id": "a=b"},
            role | {"source_profile": chance.choice(names), "duration_seconds": "900"},
            role | {"credential_source": "Environment"},
            role | {"web_identity_token_file": audit.home / "jwt"},
            {"credential_process": f"echo '{json.dumps(document)}'"}])
        text = properties(chance, pairs | settings(chance))
        config.append(header(chance, "profile", name) + "\n" + text)
        if chance.random() < 0.6:
            text = properties(chance, keys(chance, f"SHARED{number}"))
            credentials.append(f"[{name}]{chance.choice(['', '', ' # comment', ' remark'])}\n{text}")
    section = f"s3 =\n  endpoint_url = {chance.choice(ENDPOINTS)}\nsts =\n  endpoint_url = https://sts.test\n"
    config.append(header(chance, "services", "mine") + "\n" + section)
    if chance.random() < 0.1:
        common = {"region": chance.choice(REGIONS), "output": "text"}
        chance.choice([config, credentials]).append("[DEFAULT]\n" + properties(chance, common))
    for sections in (config, credentials):
        chance.shuffle(sections)
    ends = chance.choice(["\n", "\n", "\r\n", "\r"])
    audit.configure(
        "\n".join(config).replace("\n", ends), "\n".join(credentials).replace("\n", ends))
    odds = {
        "AWS_PROFILE": (0.3, names), "AWS_DEFAULT_REGION": (0.5, REGIONS),
        "AWS_SECRET_ACCESS_KEY": (0.9, ["s"]), "AWS_ACCESS_KEY_ID": (0.4, ["AKIAENVIRONMENT"]),
        "AWS_SESSION_TOKEN": (0.2, ["t"]), "AWS_SECURITY_TOKEN": (0.1, ["old"]),
        "AWS_ENDPOINT_URL": (0.05, ENDPOINTS), "AWS_ENDPOINT_URL_S3": (0.1, ENDPOINTS),
        "AWS_USE_FIPS_ENDPOINT": (0.1, ["true", "false"]),
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": (0.1, ["true"]),
        "AWS_CONFIG_FILE": (0.1, ["~/.aws/config", "$HOME/.aws/config", "${HOME}/.aws/config", "", " "]),
        "AWS_SHARED_CREDENTIALS_FILE": (0.03, ["", " "])}
    variables = {
        name: chance.choice(values) for name, (odd, values) in odds.items() if chance.random() < odd}
    return variables, chance.choice([None, None, *names])


def spoil(chance, path):
    """Puts a fault of a section that nobody uses behind all others."""
    with open(path, "a", newline="") as file:
        file.write("\n" + chance.choice(FAULTS) + "\n")


@pytest.mark.parametrize("seed", range(200))
def test_the_same_is_asked(audit, everyone, monkeypatch, seed):
    chance = random.Random(seed)
    variables, profile = arrange(chance, audit)
    bucket = chance.choice(BUCKETS)
    if "outpost" in bucket:
        # There botocore leaves out the path of an endpoint, and s3audit keeps a proxy's.
        for path in (audit.home / ".aws").iterdir():
            path.write_text(path.read_text().replace("s3.test/base", "s3.test"))
        variables = {name: value.replace("s3.test/base", "s3.test") for name, value in variables.items()}
    del audit.environment["AWS_REGION"]
    audit.environment |= everyone.environment | {"AWS_DEFAULT_REGION": "eu-west-1"} | variables
    expected = asked_by_botocore(monkeypatch, audit.environment, profile, bucket)
    if chance.random() < 0.5:
        spoil(chance, audit.home / ".aws" / "config")
    everyone.shown.clear()
    result = audit.run("list", f"s3://{bucket}", *(["--profile", profile] if profile else []))
    if expected:
        assert everyone.shown[:len(expected)] == expected, result
        assert result.returncode == 0, result
