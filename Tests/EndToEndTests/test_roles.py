"""Users, policies and roles, as moto enforces them with IAM on."""

import json

import pytest

from support.fake_credential_services import ACCOUNT, Reply, signer, sts_error
from support.servers import wait_for

FEW = {"AWS_MAX_ATTEMPTS": "2"}
EVERYTHING = [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]
ASSUME = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def deny(action, bucket="*"):
    resource = ["*"] if bucket == "*" else [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    return {"Effect": "Deny", "Action": action, "Resource": resource}


def role_arn(name):
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


class Account:
    """An account in moto with three buckets, in which every call is checked."""

    def __init__(self, moto):
        self.moto = moto
        self.iam = moto.iam()
        for bucket in ("one", "shut", "two"):
            moto.load(bucket, [f"{bucket}/{number}" for number in range(5)])

    def user(self, *statements, name="auditor"):
        """A user with these rights; its keys as lines of a profile."""
        self.moto.enforce(False)
        self.iam.create_user(UserName=name)
        if statements:
            self.iam.put_user_policy(
                UserName=name, PolicyName="p", PolicyDocument=document(*statements))
        keys = self.iam.create_access_key(UserName=name)["AccessKey"]
        self.moto.enforce()
        return (
            f"aws_access_key_id = {keys['AccessKeyId']}\n"
            f"aws_secret_access_key = {keys['SecretAccessKey']}\n")

    def role(self, name, *statements, principal=f"arn:aws:iam::{ACCOUNT}:user/auditor", **trust):
        self.moto.enforce(False)
        self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=document({
            "Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole",
            **trust}))
        self.iam.put_role_policy(
            RoleName=name, PolicyName="p", PolicyDocument=document(*statements))
        self.moto.enforce()
        return role_arn(name)


@pytest.fixture
def account(moto):
    yield Account(moto)
    moto.enforce(False)


def profile(arn, *lines, source="base"):
    return "\n".join([
        "[default]", f"role_arn = {arn}", *([f"source_profile = {source}"] if source else []), *lines,
        ""])


def test_a_denied_bucket_is_recorded_and_the_others_are_complete(audit, account):
    audit.configure("[default]\n" + account.user(*EVERYTHING, deny("s3:ListBucket", "shut")))
    result = audit.sync(status=3)
    assert "s3://shut" in result.stderr and "AccessDenied" in result.stderr
    assert "s3:ListBucket" in result.stderr
    assert {name: audit.bucket(name)["state"] for name in ("one", "shut", "two")} == {
        "one": "complete", "shut": "denied", "two": "complete"}
    assert "AccessDenied" in audit.bucket("shut")["error"]
    assert len(audit.objects("two")) == 5


def test_a_named_bucket_needs_no_right_to_list_them_all(audit, account):
    audit.configure("[default]\n" + account.user(*EVERYTHING, deny("s3:ListAllMyBuckets")))
    refused = audit.run("sync")
    assert refused.returncode == 1
    assert "AccessDenied" in refused.stderr and "s3audit sync s3://BUCKET" in refused.stderr
    audit.sync("one", "s3://two/two/")
    assert audit.bucket("one")["state"] == "complete" and len(audit.objects("two")) == 5


def test_keys_that_nobody_knows(audit, account):
    account.user()
    audit.configure(
        "[default]\naws_access_key_id = AKIANOBODY\naws_secret_access_key = x\n")
    result = audit.run("sync")
    assert result.returncode == 1 and "InvalidAccessKeyId" in result.stderr


def test_a_role_lists_what_its_user_may_not(audit, account):
    keys = account.user(ASSUME)
    arn = account.role("Auditor", *EVERYTHING)
    audit.configure(profile(
        arn, "role_session_name = nightly-audit", "duration_seconds = 1800") + "[profile base]\n"
        + keys)
    audit.sync()
    assert audit.bucket("one")["state"] == "complete"
    session, = account.moto.sessions()
    assert session["session_name"] == "nightly-audit" and session["role_arn"] == arn
    # The user itself may nothing.
    assert audit.run("sync", "--profile", "base").returncode == 1


def test_a_session_without_a_name_gets_one(audit, account):
    keys = account.user(ASSUME)
    audit.configure(profile(account.role("Auditor", *EVERYTHING)) + "[profile base]\n" + keys)
    audit.sync()
    session, = account.moto.sessions()
    assert 2 <= len(session["session_name"]) <= 64


def test_a_denied_bucket_of_a_role(audit, account):
    keys = account.user(ASSUME)
    arn = account.role("Auditor", *EVERYTHING, deny("s3:ListBucket", "shut"))
    audit.configure(profile(arn) + "[profile base]\n" + keys)
    audit.sync(status=3)
    assert audit.bucket("shut")["state"] == "denied"
    assert audit.bucket("one")["state"] == "complete"


def test_a_role_that_its_user_may_not_assume(audit, account):
    keys = account.user()
    audit.configure(profile(account.role("Auditor", *EVERYTHING)) + "[profile base]\n" + keys)
    result = audit.run("sync")
    assert result.returncode == 1
    assert "AccessDenied" in result.stderr and role_arn("Auditor") in result.stderr
    assert "sts:AssumeRole" in result.stderr and "Help:" in result.stderr


def test_a_role_that_does_not_trust_its_user(audit, account):
    keys = account.user(ASSUME)
    arn = account.role(
        "Auditor", *EVERYTHING, principal=f"arn:aws:iam::{ACCOUNT}:user/somebody-else")
    audit.configure(profile(arn) + "[profile base]\n" + keys)
    result = audit.run("sync")
    assert result.returncode == 1 and "AccessDenied" in result.stderr and arn in result.stderr


@pytest.mark.parametrize("sent, works", [("external-7", True), ("external-8", False)])
def test_external_ids(audit, account, sent, works):
    keys = account.user(ASSUME)
    arn = account.role(
        "Auditor", *EVERYTHING, Condition={"StringEquals": {"sts:ExternalId": "external-7"}})
    audit.configure(profile(arn, f"external_id = {sent}") + "[profile base]\n" + keys)
    if works:
        audit.sync()
        assert account.moto.sessions()[0]["external_id"] == "external-7"
    else:
        result = audit.run("sync")
        assert result.returncode == 1
        assert "AccessDenied" in result.stderr and "external" in result.stderr
        assert account.moto.sessions() == []


def test_a_chain_of_roles(audit, account):
    keys = account.user(ASSUME)
    account.role("Hop", ASSUME)
    account.role(
        "Auditor", *EVERYTHING, principal=f"arn:aws:sts::{ACCOUNT}:assumed-role/Hop/hop-session")
    audit.configure(
        profile(role_arn("Auditor"), "role_session_name = last", source="hop")
        + f"[profile hop]\nrole_arn = {role_arn('Hop')}\nsource_profile = base\n"
        "role_session_name = hop-session\n[profile base]\n" + keys)
    audit.sync()
    assert [session["session_name"] for session in account.moto.sessions()] == [
        "hop-session", "last"]


def test_credential_source_environment(audit, account):
    keys = dict(line.split(" = ") for line in account.user(ASSUME).splitlines())
    arn = account.role("Auditor", *EVERYTHING)
    audit.configure(f"[profile p]\nrole_arn = {arn}\ncredential_source = Environment\n")
    audit.sync("--profile", "p", env={name.upper(): value for name, value in keys.items()})
    assert audit.bucket("two")["state"] == "complete"


@pytest.mark.parametrize("source, way, key", [
    ("EcsContainer", "container", "ASIACONTAINER0001"), ("Ec2InstanceMetadata", "imds", "ASIAIMDS0001")])
def test_other_credential_sources(audit, s3, issuer, source, way, key):
    s3.buckets = {"bucket": ["a"]}
    audit.configure(f"[default]\nrole_arn = {role_arn('Auditor')}\ncredential_source = {source}\n")
    audit.sync(env=issuer.environment(way, "sts"))
    asked, = [asked for asked in issuer.asked
              if asked.way == "sts" and asked.form["Action"] == "AssumeRole"]
    assert signer({"Authorization": asked.headers["authorization"]}) == key
    assert asked.headers["x-amz-security-token"] == f"canary-token-of-{way}-1"
    assert {signer(request.headers) for request in s3.requests} == {"ASIAAUDITOR0001"}


@pytest.mark.parametrize("where", ["environment", "profile", "both"])
def test_web_identity(audit, account, where):
    arn = account.role("Auditor", *EVERYTHING)
    account.moto.enforce()
    token = audit.home / "jwt"
    token.write_text("header.payload.signature")
    audit.configure(
        f"[default]\nrole_arn = {arn}\nweb_identity_token_file = {token}\n"
        "role_session_name = by-profile\n" if where != "environment" else "")
    environment = {} if where == "profile" else {
        "AWS_ROLE_ARN": arn, "AWS_WEB_IDENTITY_TOKEN_FILE": str(token),
        "AWS_ROLE_SESSION_NAME": "by-environment"}
    audit.sync(env=environment)
    session, = account.moto.sessions()
    assert session["session_name"] == (
        "by-profile" if where == "profile" else "by-environment")
    assert audit.bucket("one")["state"] == "complete"


def test_web_identity_is_sent_unsigned_and_only_to_sts(audit, s3, issuer):
    s3.buckets = {"bucket": ["a"]}
    token = audit.home / "jwt"
    token.write_text("header.payload.signature")
    audit.configure()
    audit.sync(env=issuer.environment("sts") | {
        "AWS_ROLE_ARN": role_arn("Auditor"), "AWS_WEB_IDENTITY_TOKEN_FILE": str(token)})
    asked = next(asked for asked in issuer.asked if asked.way == "sts")
    assert asked.form["WebIdentityToken"] == "header.payload.signature"
    assert "authorization" not in asked.headers and "WebIdentityToken" not in asked.query
    assert all("payload" not in str(request) for request in s3.requests)


@pytest.mark.parametrize("lines, says", [
    (["web_identity_token_file = /nowhere/jwt"], "/nowhere/jwt"),
    ([], "source_profile"), (["source_profile = nobody"], "nobody"),
    (["credential_source = Moon"], "Moon"),
    (["source_profile = base", "credential_source = Environment"], "credential_source")],
    ids=["no token", "no source", "unknown profile", "unknown source", "two sources"])
def test_roles_that_are_not_whole(audit, s3, issuer, lines, says):
    audit.configure(profile(role_arn("Auditor"), *lines, source=None))
    result = audit.run("sync", env=issuer.environment("sts"))
    assert result.returncode == 1 and says in result.stderr, result
    assert issuer.asked == [] and s3.requests == []


def test_a_source_profile_without_keys(audit, s3, issuer):
    audit.configure(profile(role_arn("Auditor")) + "[profile base]\nregion = us-east-1\n")
    result = audit.run("sync", env=issuer.environment("sts", "imds"))
    assert result.returncode == 1 and "base" in result.stderr
    assert s3.requests == [] and issuer.count("sts") == 0


def test_a_device_cannot_be_asked_for_its_code(audit, s3, issuer):
    """Unattended runs have nobody to type it."""
    audit.configure(
        profile(role_arn("Auditor"), f"mfa_serial = arn:aws:iam::{ACCOUNT}:mfa/me")
        + "[profile base]\naws_access_key_id = A\naws_secret_access_key = s\n")
    result = audit.run("sync", env=issuer.environment("sts"))
    assert result.returncode == 1
    assert "MFA" in result.stderr and "mfa_serial" in result.stderr and "Help:" in result.stderr
    assert issuer.asked == [] and s3.requests == []


@pytest.mark.parametrize("length", [2, 3])
def test_a_circle_of_source_profiles_ends(audit, s3, issuer, length):
    audit.configure("".join(
        f"[profile p{number}]\nrole_arn = {role_arn(number)}\n"
        f"source_profile = p{(number + 1) % length}\n" for number in range(length)))
    result = audit.run("sync", "--profile", "p0", env=issuer.environment("sts"), seconds=10)
    assert result.returncode == 1
    assert "loop" in result.stderr and "p1" in result.stderr
    assert issuer.asked == [] and s3.requests == []


def test_a_profile_that_is_its_own_source_signs_with_its_own_keys(audit, s3, issuer):
    s3.buckets = {"bucket": ["a"]}
    audit.configure(profile(
        role_arn("Auditor"), "aws_access_key_id = AKIAOWN", "aws_secret_access_key = s",
        source="default"))
    audit.sync(env=issuer.environment("sts"))
    assert "Credential=AKIAOWN/" in issuer.asked[0].headers["authorization"]
    assert {signer(request.headers) for request in s3.requests} == {"ASIAAUDITOR0001"}


def test_roles_are_asked_for_once_and_as_the_profile_says(audit, s3, issuer):
    s3.buckets = {f"bucket-{number}": ["a"] for number in range(20)}
    audit.configure(
        profile(role_arn("team/Auditor"), "external_id = id:7/8", "duration_seconds = 900",
                "role_session_name = a=b,c@d")
        + "[profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = s\n")
    audit.sync(env=issuer.environment("sts"))
    call, = issuer.calls("AssumeRole")
    assert call == {
        "Action": "AssumeRole", "Version": "2011-06-15", "RoleArn": role_arn("team/Auditor"),
        "RoleSessionName": "a=b,c@d", "ExternalId": "id:7/8", "DurationSeconds": "900"}


STS_PLACES = {
    "the variable of the service": lambda url: ({"AWS_ENDPOINT_URL_STS": url}, "", ""),
    "the services section of the profile": lambda url: (
        {}, "services = local", f"[services local]\nsts =\n  endpoint_url = {url}\n"),
}


@pytest.mark.parametrize("place", STS_PLACES)
def test_where_sts_is(audit, s3, issuer, place):
    s3.buckets = {"bucket": ["a"]}
    variables, line, section = STS_PLACES[place](issuer.endpoint)
    # Everything else goes where only S3 listens.
    audit.configure(
        profile(role_arn("Auditor"), line)
        + "[profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = s\n" + line + "\n"
        + section)
    environment = {
        "AWS_ENDPOINT_URL": None, "AWS_ENDPOINT_URL_S3": s3.endpoint, **variables}
    audit.sync(env=environment)
    assert len(issuer.calls("AssumeRole")) == 1


def test_one_endpoint_serves_both(audit, account):
    """`AWS_ENDPOINT_URL`, as all tests with moto above have it, and the profile's own."""
    keys = account.user(ASSUME)
    line = f"endpoint_url = {account.moto.endpoint}"
    audit.configure(
        profile(account.role("Auditor", *EVERYTHING), line) + "[profile base]\n" + keys + line + "\n")
    audit.sync(env={"AWS_ENDPOINT_URL": None})
    assert audit.bucket("one")["state"] == "complete"


def test_a_session_that_ends_in_the_middle_is_replaced(audit, account):
    keys = account.user(ASSUME)
    account.moto.load("large", [f"k{number:05}" for number in range(4_000)])
    audit.configure(profile(account.role("Auditor", *EVERYTHING)) + "[profile base]\n" + keys)
    process = audit.start("sync", "large", "--concurrency", "1", "--max-requests-per-second", "2")
    wait_for(audit.index.exists, "index")
    account.moto.expire()
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert len(account.moto.sessions()) == 2
    assert len(audit.objects("large")) == 4_000


@pytest.mark.parametrize("reply, attempts", [
    (sts_error("Throttling", "Rate exceeded", 400), 2), (Reply("", 500), 2),
    (sts_error("IDPCommunicationError", "no", 400), 2)], ids=["throttled", "broken", "idp"])
def test_a_stumble_of_sts_is_repeated(audit, s3, issuer, reply, attempts):
    s3.buckets = {"bucket": ["a"]}
    issuer.script = lambda asked, number: reply if number == 0 else None
    (audit.home / "jwt").write_text("header.payload.signature")
    audit.configure()
    audit.sync(env=issuer.environment("sts") | {
        "AWS_ROLE_ARN": role_arn("Auditor"),
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(audit.home / "jwt")})
    assert len(issuer.calls("AssumeRoleWithWebIdentity")) == attempts


@pytest.mark.parametrize("reply", [
    sts_error("ExpiredTokenException", "Token expired: canary \x1b[31m".replace("\x1b", "&#27;"), 400),
    sts_error("InvalidIdentityToken", "No OpenIDConnect provider found", 400), Reply("<x>"),
    Reply("<html>no</html>", 200), Reply("", 404)],
    ids=["expired", "unknown", "broken", "html", "not found"])
def test_answers_of_sts_that_are_no_credentials(audit, s3, issuer, reply):
    issuer.script = lambda asked, number: reply
    (audit.home / "jwt").write_text("header.payload.signature")
    audit.configure()
    result = audit.run("sync", env=issuer.environment("sts") | FEW | {
        "AWS_ROLE_ARN": role_arn("Auditor"),
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(audit.home / "jwt")})
    assert result.returncode == 1 and role_arn("Auditor") in result.stderr, result
    assert "\x1b" not in result.stderr and "payload" not in result.stderr
    assert s3.requests == []
