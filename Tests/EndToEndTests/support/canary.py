"""Canary credentials, and a look for them in all that a run of s3audit wrote."""

import base64

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
