"""Canary credentials: not in any output, not in any file, whatever happens."""

import base64
import json
import re
import signal
import sys

import pytest

from support import scripted_s3
from support.canary import CANARY, assert_silent
from support.credential_places import (
    LOGIN_SESSION, PLACES, SSO_PROFILE, SSO_SESSION, arrange, login_token, script, sso_token)
from support.fake_credential_services import Reply, sts_error
from support.servers import wait_for
from support.serving import Serving

TROUBLE = {
    "none": lambda request, number: None,
    "denied": lambda request, number: scripted_s3.error("AccessDenied", 403),
    "signature": lambda request, number: scripted_s3.error("SignatureDoesNotMatch", 403),
    "broken": lambda request, number: scripted_s3.Answer("<x>"),
    "throttled": lambda request, number: scripted_s3.error("SlowDown", 503) if number == 0 else None,
    "expired": lambda request, number: scripted_s3.error("ExpiredToken", 400),
    # As S3 writes it: the error repeats what was sent, in elements of their own.
    "echo": lambda request, number: scripted_s3.error(
        "InvalidToken", 400, "The provided token is malformed or otherwise invalid.",
        extra=f"<Token-0>{request.headers['X-Amz-Security-Token']}</Token-0>"
        f"<CanonicalRequest>{request.headers['X-Amz-Security-Token']}</CanonicalRequest>"
        f"<StringToSign>{request.headers['Authorization']}</StringToSign>"),
}


@pytest.mark.parametrize("kind", TROUBLE)
def test_secrets_from_the_environment_stay_there(audit, s3, kind):
    s3.buckets = {"bucket": ["a", "b"]}
    s3.list_script = TROUBLE[kind]
    audit.environment |= CANARY | {"AWS_MAX_ATTEMPTS": "2"}
    result = audit.run("sync", "--verbose")
    assert any(CANARY["AWS_SESSION_TOKEN"] == request.headers.get("X-Amz-Security-Token")
               for request in s3.requests), "they were used"
    assert_silent(audit, result.stdout, result.stderr)
    for query in (["totals", "-v"], ["buckets", "-v"], ["sql", "SELECT * FROM syncs", "-v"]):
        answer = audit.run("query", *query)
        assert_silent(audit, answer.stdout, answer.stderr)


def test_secrets_of_a_broken_profile_are_not_quoted(audit, s3):
    (audit.home / ".aws").mkdir()
    secret = CANARY["AWS_SECRET_ACCESS_KEY"]
    env = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
    for text in (
            f"[default]\naws_access_key_id = A\naws_secret_access_key {secret}\n",
            f"[default\naws_secret_access_key = {secret}\n", f"{secret}\n",
            f"[default]\naws_secret_access_key = {secret}\n",
            f"[default]\naws_access_key_id = \naws_secret_access_key = {secret}\n",
            f"[default]\naws_access_key_id = A\x01\naws_secret_access_key = {secret}\x01\n"):
        (audit.home / ".aws/credentials").write_text(text)
        result = audit.run("sync", "--verbose", env=env)
        assert_silent(audit, result.stdout, result.stderr)


def test_password_in_a_proxy_or_endpoint_is_not_shown(audit):
    secret = CANARY["AWS_SECRET_ACCESS_KEY"].replace("/", "")
    env = {"http_proxy": f"http://user:{secret}@127.0.0.1:1", "AWS_MAX_ATTEMPTS": "1"}
    result = audit.run("sync", "--verbose", "--endpoint-url", "http://s3.invalid", env=env)
    assert result.returncode == 1
    assert secret not in result.stdout + result.stderr
    result = audit.run("sync", "--verbose", "--endpoint-url", f"http://user:{secret}@127.0.0.1:1")
    assert secret not in result.stdout + result.stderr


# Every place that credentials come from. All of its secrets have the word "canary" in them.


def encodings(word):
    """What `word` looks like in plain, hexadecimal and base64, wherever it stands in a longer text."""
    text = word.encode()
    seen = {text, text.hex().encode(), text.hex().upper().encode()}
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + text + b"\0" * 3)
        # The digits that hold nothing but bits of the word.
        first, last = -(-offset * 8 // 6), (offset + len(text)) * 8 // 6
        seen.add(encoded[first:last])
    return seen


CANARIES = encodings("canary") | {b"Signature=", b"AWS4-HMAC-SHA256 Credential"}
# The caches that `aws sso login` and `aws login` share with every SDK: secrets are their purpose.
CACHES = re.compile(r"\.aws/(sso|login)/cache/[0-9a-f]+\.json$")


def files_of(audit):
    folder = audit.index.parent
    return {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


class Silence:
    """What was on disk before; nothing written or printed since may hold a secret."""

    def __init__(self, audit):
        self._audit = audit
        self._before = files_of(audit)

    def keeps(self, *texts):
        for text in texts:
            found = [word for word in CANARIES if word in text.encode()]
            assert not found, text
        for file, content in files_of(self._audit).items():
            if content == self._before.get(file) or CACHES.search(str(file)):
                continue
            assert not any(word in content for word in CANARIES), file

    def runs(self, *arguments, **options):
        result = self._audit.run(*arguments, **options)
        self.keeps(result.stdout, result.stderr)
        return result


def commands(audit):
    """Every command there is, as a call that does something."""
    known = {
        "sync": [["sync"], ["sync", "--dry-run"], ["sync", "--full", "--progress", "plain"]],
        "list": [["list", "s3://bucket"]],
        "query": [["query", "totals"], ["query", "buckets"], ["query", "sql", "SELECT * FROM syncs"]],
        "completions": [["completions", "bash"]],
        # Runs until it is told to end, and is asked apart.
        "serve": []}
    section = audit.run("help").stdout.partition("SUBCOMMANDS:\n")[2].partition("\n\n")[0]
    names = re.findall(r"^  (\w+)  ", section, re.M)
    assert "sync" in names and "query" in names
    return [[*call, "--verbose"] for name in names for call in known.get(name, [[name]])]


@pytest.fixture
def elsewhere(audit, s3):
    """A bucket, and no endpoint for other services than S3."""
    s3.buckets = {"bucket": ["a", "b"]}
    audit.environment["AWS_ENDPOINT_URL_S3"] = audit.environment.pop("AWS_ENDPOINT_URL")
    audit.environment["AWS_MAX_ATTEMPTS"] = "2"
    # Whatever is not arranged is refused at once, and nothing leaves this machine.
    for service in ("STS", "SSO", "SSO_OIDC", "SIGNIN", "CLOUDWATCH"):
        audit.environment[f"AWS_ENDPOINT_URL_{service}"] = "http://127.0.0.1:1"
    return s3


def test_the_search_for_canaries_finds_them(audit):
    for text in ("a canary", "63616e617279", base64.b64encode(b"canary token").decode(),
                 base64.b64encode(b"my canary").decode(), base64.b64encode(b"xycanary.").decode()):
        assert any(word in text.encode() for word in CANARIES), text


@pytest.mark.parametrize("place", PLACES)
def test_no_command_shows_what_a_place_gave(audit, elsewhere, issuer, place):
    issuer.authorization = "Bearer canary-authorization"
    arrange(audit, issuer, [place])
    audit.environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = issuer.authorization
    silence = Silence(audit)
    for command in commands(audit):
        silence.runs(*command)
    assert audit.bucket("bucket")["objects"] == 2, "the credentials were used"
    with Serving(audit, "--verbose") as serving:
        for target in ("/api/v1/status", "/api/v1/syncs", "/api/v1/buckets", "/metrics", "/"):
            silence.keeps(serving.get(target).body.decode())
    silence.keeps(serving.log)


@pytest.mark.parametrize("kind", ["denied", "signature", "expired", "echo", "broken"])
@pytest.mark.parametrize("place", ["role", "sso", "container", "process"])
def test_no_refusal_of_s3_shows_what_a_place_gave(audit, elsewhere, issuer, place, kind):
    elsewhere.list_script = TROUBLE[kind] if kind != "echo" else lambda request, number: scripted_s3.error(
        "InvalidToken", 400, extra="".join(
            f"<E>{request.headers.get(name)}</E>" for name in ("X-Amz-Security-Token", "Authorization")))
    arrange(audit, issuer, [place])
    silence = Silence(audit)
    assert silence.runs("sync", "--verbose").returncode in (1, 3)
    assert silence.runs("query", "buckets", "--verbose").returncode in (0, 3)
    silence.runs("list", "s3://bucket", "--verbose")


def echo(asked):
    """All that a request said, in the places of an error that nobody has to read."""
    return json.dumps([asked.path, asked.query, asked.headers, asked.body.decode()])


STUMBLES = {
    "sts": [
        lambda asked: Reply(
            f"<ErrorResponse><Error><Code>AccessDenied</Code><Message>No.</Message>"
            f"<Detail><![CDATA[{echo(asked)}]]></Detail></Error></ErrorResponse>", 403),
        lambda asked: Reply(echo(asked), 400), lambda asked: Reply("<x>" + echo(asked)),
        lambda asked: sts_error("ExpiredToken", "No.", 403),
        lambda asked: Reply(
            "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId>"
            "<SecretAccessKey>canary</SecretAccessKey></Credentials></AssumeRoleResult>"
            "</AssumeRoleResponse>")],
    "json": [
        lambda asked: Reply({"message": "No.", "echo": echo(asked)}, 401),
        lambda asked: Reply(echo(asked), 400), lambda asked: Reply("<canary>"),
        lambda asked: Reply({"AccessKeyId": "A", "SecretAccessKey": "canary"}),
        lambda asked: Reply({"roleCredentials": {"secretAccessKey": "canary", "sessionToken": "canary"}}),
        lambda asked: Reply({"accessToken": "canary"})],
}


@pytest.mark.parametrize("place, form, number", [
    (place, form, number)
    for place, form in [
        ("role", "sts"), ("web identity", "sts"), ("sso", "json"), ("sso over", "json"),
        ("login over", "json"), ("container", "json"), ("imds", "json")]
    for number in range(len(STUMBLES[form]))
    # A container that answers nothing useful is asked again after a second, twice.
    if place != "container" or number in (0, 3)])
def test_no_refusal_of_a_place_shows_what_was_sent(audit, elsewhere, issuer, place, form, number):
    arrange(audit, issuer, [place.removesuffix(" over")])
    if place == "sso over":
        sso_token(audit, -60)
    if place == "login over":
        login_token(audit, -60)
        audit.environment |= issuer.environment("signin")
    audit.environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "Bearer canary-authorization"
    issuer.script = lambda asked, _: (
        None if asked.path == "/latest/api/token" else STUMBLES[form][number](asked))
    silence = Silence(audit)
    assert silence.runs("sync", "--verbose").returncode == 1
    assert issuer.asked and elsewhere.requests == []


@pytest.mark.parametrize("text", [
    "echo canary\n", "echo '{\"Version\": 1, \"SecretAccessKey\": \"canary\"'\n",
    """echo '{"Version": 1, "AccessKeyId": "canary-id", "SecretAccessKey": 7}'\n""",
    """echo '{"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "canary", "Expiration": "canary"}'\n""",
    "echo canary; exit 3\n"])
def test_the_output_of_a_program_is_not_quoted(audit, elsewhere, text):
    audit.configure(f"[default]\ncredential_process = {script(audit, 'process', text)}\n")
    silence = Silence(audit)
    assert silence.runs("sync", "--verbose").returncode == 1


@pytest.mark.parametrize("content", [
    "canary", "{", '{"accessToken": "canary"', '{"accessToken": "canary", "expiresAt": "canary"}',
    '{"accessToken": {"secretAccessKey": "canary"}, "expiresAt": 7}', '["canary"]'])
def test_broken_caches_are_not_quoted(audit, elsewhere, content):
    for config, path in (
            (SSO_PROFILE + SSO_SESSION, sso_token(audit)),
            (f"login_session = {LOGIN_SESSION}\n", login_token(audit))):
        path.write_text(content)
        audit.configure("[default]\n" + config)
        silence = Silence(audit)
        assert silence.runs("sync", "--verbose").returncode == 1


def test_broken_tokens_of_web_identity_are_not_quoted(audit, elsewhere, issuer):
    arrange(audit, issuer, ["web identity"])
    for content in (b"", b"canary\xff\xfe", b"canary\r\nX: y", b"canary" * 100_000):
        (audit.home / "jwt").write_bytes(content)
        issuer.script = lambda asked, number: sts_error("InvalidIdentityToken", "No.", 400)
        silence = Silence(audit)
        assert silence.runs("sync", "--verbose").returncode == 1


def test_caches_are_written_for_their_owner_alone(audit, elsewhere, issuer):
    """Also where the umask would let everybody read them."""
    arrange(audit, issuer, ["sso"])
    path = sso_token(audit, -60)
    path.chmod(0o644)
    audit.sync(umask=0)
    assert b"canary-access-1" in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_killed_sync_leaves_no_secret_in_its_log(audit, elsewhere, issuer):
    elsewhere.buckets = {"bucket": [f"k{number:04}" for number in range(20_000)]}
    elsewhere.latency_seconds = 0.1
    arrange(audit, issuer, ["role"])
    silence = Silence(audit)
    process = audit.start("sync", "--verbose", "--concurrency", "2")
    wal = audit.index.with_name(audit.index.name + "-wal")
    wait_for(lambda: wal.exists() and wal.stat().st_size and len(elsewhere.lists) > 4, "log")
    process.send_signal(signal.SIGKILL)
    out, err = process.communicate()
    assert wal.exists() and wal.stat().st_size
    silence.keeps(out, err)


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_children_get_no_secret_as_an_argument(audit, elsewhere):
    """Arguments can be read by everybody on the machine."""
    path = script(audit, "process", """
        for process in $$ $PPID; do tr '\\0' '\\n' </proc/$process/cmdline; done >arguments 2>/dev/null
        echo '{"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "canary"}'
        """)
    audit.configure(f"[default]\ncredential_process = {path}\n")
    audit.sync("--verbose")
    assert "canary" not in (audit.home / "arguments").read_text()
