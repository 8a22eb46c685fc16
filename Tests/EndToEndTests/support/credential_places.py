"""Every place that credentials come from, as the `aws` command would leave it, arranged for one test.

Every secret has the word `canary` in it, and nothing else has.
"""

import hashlib
import json
import textwrap
import time

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from support.fake_credential_services import ACCOUNT, timestamp

# From first to last: what makes the place available, and the key that it gives.
PLACES = {
    "environment": "AKIAENVIRONMENT", "role": "ASIAAUDITOR0001", "web identity": "ASIAWEB0001",
    "sso": "ASIASSO0001", "credentials file": "AKIACREDENTIALS", "login": "ASIALOGIN",
    "process": "AKIAPROCESS", "config file": "AKIACONFIG", "container": "ASIACONTAINER0001",
    "imds": "ASIAIMDS0001"}


def script(audit, name, text):
    path = audit.home / name
    path.write_text("#!/bin/sh\n" + textwrap.dedent(text))
    path.chmod(0o700)
    return path


def process(audit, key="AKIAPROCESS", **more):
    """A program that prints credentials, and its path."""
    document = {"Version": 1, "AccessKeyId": key, "SecretAccessKey": "canary-process", **more}
    return script(audit, "process", f"echo {key} >>ran\ncat <<'END'\n{json.dumps(document)}\nEND\n")


SSO_SESSION = """
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-west-1
sso_registration_scopes = sso:account:access
"""
SSO_PROFILE = f"sso_session = corp\nsso_account_id = {ACCOUNT}\nsso_role_name = Auditor\n"


def sso_token(audit, lasts_seconds=3600, name="corp", **more):
    """A session as `aws sso login` caches it, and its file; None leaves a part out."""
    folder = audit.home / ".aws/sso/cache"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (hashlib.sha1(name.encode()).hexdigest() + ".json")
    parts = {
        "startUrl": "https://corp.awsapps.com/start", "region": "eu-west-1",
        "accessToken": "canary-access-0", "expiresAt": timestamp(time.time() + lasts_seconds),
        "clientId": "client", "clientSecret": "canary-client", "refreshToken": "canary-refresh-0",
        "registrationExpiresAt": timestamp(time.time() + 86400), **more}
    path.write_text(json.dumps({name: part for name, part in parts.items() if part is not None}))
    path.chmod(0o600)
    return path


LOGIN_SESSION = f"arn:aws:iam::{ACCOUNT}:user/me"


def login_token(audit, lasts_seconds=3600):
    """A session as `aws login` caches it, and its file."""
    folder = audit.home / ".aws/login/cache"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (hashlib.sha256(LOGIN_SESSION.encode()).hexdigest() + ".json")
    key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption()).decode()
    path.write_text(json.dumps({
        "accessToken": {
            "accessKeyId": "ASIALOGIN", "secretAccessKey": "canary-login",
            "sessionToken": "canary-login-token", "accountId": ACCOUNT,
            "expiresAt": timestamp(time.time() + lasts_seconds)},
        "tokenType": "aws_sigv4", "refreshToken": "canary-login-0", "idToken": "canary-id",
        "clientId": "arn:aws:signin:::devtools/same-device", "dpopKey": key}))
    path.chmod(0o600)
    return path


def arrange(audit, issuer, places, profile="default"):
    """Makes credentials available at all `places`, in one profile."""
    config, credentials, more = [], [], ""
    header = f"[{profile}]" if profile == "default" else f"[profile {profile}]"
    variables = {}
    if "environment" in places:
        variables |= {
            "AWS_ACCESS_KEY_ID": "AKIAENVIRONMENT", "AWS_SECRET_ACCESS_KEY": "canary-environment"}
    if "role" in places or "web identity" in places:
        variables |= issuer.environment("sts")
    if "role" in places:
        config.append(f"role_arn = arn:aws:iam::{ACCOUNT}:role/Auditor\nsource_profile = base")
        more += "[profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = canary-base\n"
    if "web identity" in places:
        (audit.home / "jwt").write_text("canary-header.payload.signature")
        variables |= {
            "AWS_WEB_IDENTITY_TOKEN_FILE": str(audit.home / "jwt"),
            "AWS_ROLE_ARN": f"arn:aws:iam::{ACCOUNT}:role/Web"}
    if "sso" in places:
        variables |= issuer.environment("sso")
        sso_token(audit)
        config.append(SSO_PROFILE)
        more += SSO_SESSION
    if "credentials file" in places:
        credentials.append(
            "aws_access_key_id = AKIACREDENTIALS\naws_secret_access_key = canary-credentials")
    if "login" in places:
        login_token(audit)
        config.append(f"login_session = {LOGIN_SESSION}")
    if "process" in places:
        config.append(f"credential_process = {process(audit)}")
    if "config file" in places:
        config.append("aws_access_key_id = AKIACONFIG\naws_secret_access_key = canary-config")
    for place in ("container", "imds"):
        variables |= issuer.environment(place) if place in places else {}
    audit.configure(
        "\n".join([header, *config, more]), "\n".join([f"[{profile}]", *credentials, ""]))
    audit.environment |= variables
