"""Canary credentials: not in any output, not in any file, whatever happens."""

import base64

import pytest

import scripted

CANARY = {
    "AWS_ACCESS_KEY_ID": "AKIACANARYCANARY0001",
    "AWS_SECRET_ACCESS_KEY": "canarySecret/0002+abcdefghijklmnopqrstuv",
    "AWS_SESSION_TOKEN": "canaryToken0003//////////wEaCXVzLWVhc3QtMSJ=",
}
# The access key id is no secret: it names the user, and a signature carries it in the open.
SECRETS = [CANARY["AWS_SECRET_ACCESS_KEY"], CANARY["AWS_SESSION_TOKEN"]]


def assert_silent(audit, *texts):
    secrets = [text.encode() for text in SECRETS] + [b"Signature=", b"AWS4-HMAC-SHA256 Credential"]
    secrets += [base64.b64encode(text.encode())[:24] for text in SECRETS]
    for text in texts:
        for secret in secrets:
            assert secret not in text.encode()
    for file in audit.index.parent.rglob("*"):
        if file.is_file() and ".aws" not in file.parts:
            content = file.read_bytes()
            assert not any(secret in content for secret in secrets), file


TROUBLE = {
    "none": lambda request, number: None,
    "denied": lambda request, number: scripted.error("AccessDenied", 403),
    "signature": lambda request, number: scripted.error("SignatureDoesNotMatch", 403),
    "broken": lambda request, number: scripted.Answer("<x>"),
    "throttled": lambda request, number: scripted.error("SlowDown", 503) if number == 0 else None,
    "expired": lambda request, number: scripted.error("ExpiredToken", 400),
    # As S3 writes it: the error repeats what was sent, in elements of their own.
    "echo": lambda request, number: scripted.error(
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
