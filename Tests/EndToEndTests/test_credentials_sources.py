"""Every place that credentials come from, and which of several wins."""

import datetime
import json
import stat
import time

import pytest

from support import scripted_s3
from support.credential_places import (
    LOGIN_SESSION, PLACES, SSO_PROFILE, SSO_SESSION, arrange, login_token, process, script,
    sso_token)
from support.fake_credential_services import ACCOUNT, METADATA, Reply, signer, timestamp

FEW = {"AWS_MAX_ATTEMPTS": "2"}
NO_KEYS = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}


@pytest.fixture(autouse=True)
def keyless(audit, s3):
    """No keys in the environment, and a bucket to list."""
    s3.buckets = {"bucket": ["a", "b"]}
    audit.environment["AWS_ENDPOINT_URL_S3"] = audit.environment.pop("AWS_ENDPOINT_URL")
    audit.configure()


def signers(s3):
    """The access keys that the requests of S3 were signed with."""
    return {signer(request.headers) for request in s3.requests}


def refused(audit, *arguments, status=1, **options):
    """A sync that ends without any credentials; its error."""
    result = audit.run("sync", *arguments, **options)
    assert result.returncode == status, result
    assert "Error:" in result.stderr
    return result.stderr


# Which of several wins.

@pytest.mark.parametrize("first", PLACES)
def test_the_first_place_that_has_credentials_wins(audit, s3, issuer, first):
    names = list(PLACES)
    arrange(audit, issuer, names[names.index(first):])
    audit.sync()
    assert signers(s3) == {PLACES[first]}


@pytest.mark.parametrize("first", PLACES)
def test_the_only_place_is_found(audit, s3, issuer, first):
    arrange(audit, issuer, [first])
    audit.sync()
    assert signers(s3) == {PLACES[first]}


def test_a_profile_by_option_takes_the_environment_out(audit, s3, issuer):
    arrange(audit, issuer, ["environment", "web identity", "config file"], "p")
    audit.sync("--profile", "p")
    assert signers(s3) == {"AKIACONFIG"}


def test_a_profile_by_variable_leaves_the_environment_first(audit, s3, issuer):
    arrange(audit, issuer, ["environment", "config file"], "p")
    audit.sync(env={"AWS_PROFILE": "p"})
    assert signers(s3) == {"AKIAENVIRONMENT"}
    s3.requests.clear()
    audit.sync(env={"AWS_PROFILE": "p", **NO_KEYS})
    assert signers(s3) == {"AKIACONFIG"}


def test_a_profile_by_option_without_keys_still_reaches_the_instance(audit, s3, issuer):
    arrange(audit, issuer, ["environment", "imds"], "p")
    audit.sync("--profile", "p")
    assert signers(s3) == {PLACES["imds"]}


def test_a_profile_that_does_not_exist_is_refused_before_anything_is_asked(audit, s3, issuer):
    arrange(audit, issuer, ["container", "imds"])
    assert "nobody" in refused(audit, "--profile", "nobody")
    assert s3.requests == [] and issuer.asked == []


def test_without_any_credentials_every_place_is_named(audit, s3):
    error = refused(audit)
    for word in ("AWS_ACCESS_KEY_ID", "credentials", "config", "container", "--no-sign-request"):
        assert word in error, word
    assert s3.requests == []


def test_a_place_that_fails_is_not_passed_over_for_the_next(audit, s3, issuer):
    issuer.script = lambda asked, number: Reply("", 500) if asked.way == "container" else None
    arrange(audit, issuer, ["container", "imds"])
    refused(audit, env=FEW)
    assert issuer.ways() == {"container"} and s3.requests == []


@pytest.mark.parametrize("name", ["config", "credentials"])
def test_a_profile_file_that_cannot_be_read_stops_nothing(audit, s3, name):
    """A folder in its place: root may read whatever its permissions say."""
    (audit.home / ".aws" / name).unlink()
    (audit.home / ".aws" / name).mkdir()
    audit.sync(env={"AWS_ACCESS_KEY_ID": "AKIAENVIRONMENT", "AWS_SECRET_ACCESS_KEY": "s"})
    assert signers(s3) == {"AKIAENVIRONMENT"}
    assert audit.run("sync", "--no-sign-request", "s3://bucket").returncode == 0
    assert f".aws/{name} cannot be read" in refused(audit)
    assert f".aws/{name} (cannot be read" in refused(audit, "--profile", "nobody")


# Containers.


@pytest.mark.parametrize("source", ["variable", "file"])
def test_containers_ask_with_their_authorization(audit, s3, issuer, source):
    issuer.authorization = "Bearer abc"
    (audit.home / "token").write_text("Bearer abc")
    audit.environment |= issuer.environment("container") | (
        {"AWS_CONTAINER_AUTHORIZATION_TOKEN": "Bearer abc"} if source == "variable" else
        # The file wins over the variable.
        {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(audit.home / "token"),
         "AWS_CONTAINER_AUTHORIZATION_TOKEN": "old"})
    audit.sync()
    assert signers(s3) == {"ASIACONTAINER0001"}
    assert s3.requests[0].headers["X-Amz-Security-Token"] == "canary-token-of-container-1"
    assert issuer.count("container") == 1


def test_the_authorization_of_a_container_is_read_anew_for_each_renewal(audit, s3, issuer):
    """EKS replaces the file long before the process ends."""
    token = audit.home / "token"
    token.write_text("first")

    def replace(asked, number):
        token.write_text("second")
    issuer.script = replace
    s3.list_script = lambda request, number: (
        None if signer(request.headers) == "ASIACONTAINER0002"
        else scripted_s3.error("ExpiredToken", 400))
    audit.sync(env=issuer.environment("container") | {
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(token)})
    assert [asked.headers["authorization"] for asked in issuer.asked] == ["first", "second"]


@pytest.mark.parametrize("uri", [
    "http://example.com/x", "http://192.0.2.1/x", "http://localhost.example.com/x",
    "http://127.0.0.1.example.com/x", "ftp://127.0.0.1/x", "http://127.0.0.1@example.com/x"])
def test_containers_in_plain_text_elsewhere_are_refused(audit, s3, uri):
    started = time.monotonic()
    error = refused(audit, env={
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": uri,
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "authorization-canary"})
    assert time.monotonic() - started < 5, "nobody was asked"
    assert "AWS_CONTAINER_CREDENTIALS_FULL_URI" in error and s3.requests == []
    assert "authorization-canary" not in error


@pytest.mark.parametrize("reply", [
    Reply("no JSON"), Reply({"AccessKeyId": "A"}),
    Reply({"code": "AccessDenied", "message": "no \x1b[31m"}, 401)],
    ids=["garbage", "half", "denied"])
def test_containers_that_answer_nothing_useful(audit, s3, issuer, reply):
    issuer.script = lambda asked, number: reply
    error = refused(audit, env=issuer.environment("container") | FEW)
    assert "container" in error.lower() and "\x1b" not in error
    assert s3.requests == []


def test_a_container_that_stumbles_once_is_asked_again(audit, s3, issuer):
    issuer.script = lambda asked, number: Reply("", 503) if number == 0 else None
    audit.sync(env=issuer.environment("container"))
    assert issuer.count("container") == 2


def test_a_line_end_in_an_authorization_is_refused(audit, s3, issuer):
    (audit.home / "token").write_text("abc\r\nX-Evil: 1")
    refused(audit, env=issuer.environment("container") | {
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(audit.home / "token")})
    assert not any("x-evil" in asked.headers for asked in issuer.asked)


# Instances.


def test_instances_are_asked_with_a_token(audit, s3, issuer):
    audit.sync(env=issuer.environment("imds"))
    assert signers(s3) == {"ASIAIMDS0001"}
    assert (issuer.asked[0].method, issuer.asked[0].path) == ("PUT", "/latest/api/token")
    assert int(issuer.asked[0].headers["x-aws-ec2-metadata-token-ttl-seconds"]) > 0
    others = [asked for asked in issuer.asked if asked.method == "GET"]
    assert {asked.headers["x-aws-ec2-metadata-token"] for asked in others} == {"canary-metadata"}
    assert METADATA + "instance-role" in [asked.path for asked in others]


def region(s3):
    """The region in the scope of the first request's signature: later ones go where the bucket is."""
    return s3.requests[0].headers["Authorization"].split("/")[2]


def placement(issuer):
    return [asked.path for asked in issuer.asked if "/placement/" in asked.path]


def test_the_instance_says_the_region_where_nobody_else_does(audit, s3, issuer):
    issuer.region = "eu-west-3"
    env = issuer.environment("imds") | {"AWS_REGION": None}
    result = audit.sync("--verbose", env=env)
    assert region(s3) == "eu-west-3" and "region: eu-west-3, the instance's" in result.stderr
    rows = json.loads(audit.run("doctor", "--format", "json", env=env).stdout)
    assert {row["check"]: row["detail"] for row in rows}["region"] == "eu-west-3, from the instance"
    s3.requests.clear()
    issuer.asked.clear()
    audit.sync("--region", "eu-west-1", env=env)
    assert region(s3) == "eu-west-1" and placement(issuer) == []


@pytest.mark.parametrize("answer", [Reply("", 500), Reply("evil.test/"), Reply("", 404)])
def test_without_an_answer_the_region_is_the_first(audit, s3, issuer, answer):
    issuer.script = lambda asked, number: answer if "/placement/" in asked.path else None
    audit.sync(env=issuer.environment("imds") | FEW | {"AWS_REGION": None})
    assert region(s3) == "us-east-1" and placement(issuer)


def test_the_instance_is_not_asked_beside_keys_from_elsewhere(audit, s3, issuer):
    arrange(audit, issuer, ["config file", "imds"])
    audit.sync(env={"AWS_REGION": None})
    assert region(s3) == "us-east-1" and issuer.asked == []


@pytest.mark.parametrize("disabled, works", [("false", True), (None, False), ("true", False)])
def test_instances_that_know_no_tokens(audit, s3, issuer, disabled, works):
    """The first version of the service answers whoever makes the instance ask: it must be asked for."""
    issuer.speaks_metadata_v2 = False
    env = issuer.environment("imds") | FEW | {"AWS_EC2_METADATA_V1_DISABLED": disabled}
    if works:
        audit.sync(env=env)
        assert signers(s3) == {"ASIAIMDS0001"}
    else:
        assert "token" in refused(audit, env=env)
        assert issuer.issued == [] and s3.requests == []


@pytest.mark.parametrize("value", ["true", "TRUE"])
def test_disabled_instances_are_not_asked(audit, s3, issuer, value):
    error = refused(audit, env=issuer.environment("imds") | {"AWS_EC2_METADATA_DISABLED": value})
    assert "AWS_EC2_METADATA_DISABLED" in error
    assert issuer.asked == [] and s3.requests == []


def test_instances_without_a_role(audit, s3, issuer):
    issuer.script = lambda asked, number: (
        Reply("", 404) if asked.path.startswith("/latest/meta-data/iam") else None)
    refused(audit, env=issuer.environment("imds") | FEW)
    assert s3.requests == []


def test_instances_that_are_not_there_cost_little_time(audit, s3):
    started = time.monotonic()
    refused(audit, env={
        "AWS_EC2_METADATA_DISABLED": None,
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1"})
    assert time.monotonic() - started < 10


def test_an_instance_as_moto_plays_it(audit, moto):
    moto.load("bucket", ["a"])
    audit.environment["AWS_ENDPOINT_URL_S3"] = moto.endpoint
    result = audit.sync("--verbose", env={
        "AWS_EC2_METADATA_DISABLED": None, "AWS_EC2_METADATA_SERVICE_ENDPOINT": moto.endpoint})
    assert audit.bucket("bucket")["objects"] == 1
    assert "test-secret-key" not in result.stdout + result.stderr


# Programs.


def test_a_program_is_run_once(audit, s3):
    expires = timestamp(time.time() + 3600)
    path = process(audit, SessionToken="canary-process-token", Expiration=expires)
    audit.configure(f"[default]\ncredential_process = {path} --flag 'two words'\n")
    audit.sync()
    assert signers(s3) == {"AKIAPROCESS"}
    assert s3.requests[0].headers["X-Amz-Security-Token"] == "canary-process-token"
    assert (audit.home / "ran").read_text().split() == ["AKIAPROCESS"]


def test_the_arguments_of_a_program_are_split_and_nothing_is_expanded(audit, s3):
    """As the CLI does it: in words, without a shell."""
    path = script(audit, "process", """
        for argument in "$@"; do echo "$argument"; done >arguments
        echo '{"Version": 1, "AccessKeyId": "AKIAPROCESS", "SecretAccessKey": "s"}'
        """)
    audit.configure(
        f"""[default]\ncredential_process = "{path}" 'one two' "three $HOME" four\\ five ~ * $(id)\n""")
    audit.sync()
    assert (audit.home / "arguments").read_text().splitlines() == [
        "one two", "three $HOME", "four five", "~", "*", "$(id)"]


@pytest.mark.parametrize("text, says", [
    ("echo oops >&2\nexit 3\n", "oops"), ("exit 3\n", "3"), ("echo garbage\n", "JSON"),
    ("true\n", ""), ("echo '{}'\n", "Version"),
    ("""echo '{"Version": 2, "AccessKeyId": "A", "SecretAccessKey": "s"}'\n""", "ersion"),
    ("""echo '{"Version": 1, "AccessKeyId": "A"}'\n""", "SecretAccessKey"),
    ("head -c 100000000 /dev/zero\n", ""),
    ("kill -9 $$\n", "")],
    ids=["fails", "fails in silence", "garbage", "nothing", "no version", "later version", "half",
         "floods", "dies"])
def test_programs_that_give_nothing_useful(audit, s3, text, says):
    path = script(audit, "process", text)
    audit.configure(f"[default]\ncredential_process = {path}\n")
    error = refused(audit)
    assert str(path) in error and says in error
    assert s3.requests == []


def test_a_program_that_does_not_exist(audit, s3):
    audit.configure("[default]\ncredential_process = /nowhere/at-all\n")
    assert "/nowhere/at-all" in refused(audit)


def test_a_program_that_is_slow_is_waited_for(audit, s3):
    path = process(audit)
    path.write_text(path.read_text().replace("#!/bin/sh\n", "#!/bin/sh\nsleep 1\n"))
    audit.configure(f"[default]\ncredential_process = {path}\n")
    audit.sync()
    assert signers(s3) == {"AKIAPROCESS"}


def test_a_program_whose_credentials_are_over_is_refused(audit, s3):
    path = process(audit, Expiration="2020-01-01T00:00:00Z")
    audit.configure(f"[default]\ncredential_process = {path}\n")
    assert "expired" in refused(audit)


# SSO.


def test_a_cached_session_of_sso_is_used(audit, s3, issuer):
    sso_token(audit)
    issuer.sso_tokens = {"canary-access-0"}
    audit.configure("[default]\n" + SSO_PROFILE + SSO_SESSION)
    audit.sync(env=issuer.environment("sso"))
    assert signers(s3) == {"ASIASSO0001"}
    asked, = issuer.asked
    assert (asked.method, asked.path) == ("GET", "/federation/credentials")
    assert asked.query == {"role_name": "Auditor", "account_id": ACCOUNT}
    assert "authorization" not in asked.headers


def test_the_older_form_of_sso_is_used(audit, s3, issuer):
    sso_token(audit, name="https://corp.awsapps.com/start")
    audit.configure(
        "[default]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\n"
        f"sso_account_id = {ACCOUNT}\nsso_role_name = Auditor\n")
    audit.sync(env=issuer.environment("sso"))
    assert signers(s3) == {"ASIASSO0001"}


@pytest.mark.parametrize("lasts_seconds", [-60, 120])
def test_a_session_of_sso_is_renewed_and_written_back(audit, s3, issuer, lasts_seconds):
    path = sso_token(audit, lasts_seconds)
    issuer.sso_tokens = {"canary-access-1"}
    audit.configure("[default]\n" + SSO_PROFILE + SSO_SESSION)
    audit.sync(env=issuer.environment("sso"))
    assert signers(s3) == {"ASIASSO0001"}
    asked, = [asked for asked in issuer.asked if asked.way == "oidc"]
    assert asked.json == {
        "grantType": "refresh_token", "clientId": "client", "clientSecret": "canary-client",
        "refreshToken": "canary-refresh-0"}
    kept = json.loads(path.read_text())
    assert kept["accessToken"] == "canary-access-1" and kept["refreshToken"] == "canary-refresh-1"
    assert kept["clientSecret"] == "canary-client" and kept["registrationExpiresAt"]
    expires = datetime.datetime.fromisoformat(kept["expiresAt"]).timestamp()
    assert abs(expires - time.time() - 3600) < 60
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == [path.name], "nothing else is left"
    # The next run finds the renewed one.
    audit.sync(env=issuer.environment("sso"))
    assert issuer.count("oidc") == 1


def test_a_session_of_sso_that_cannot_be_renewed_serves_until_its_end(audit, s3, issuer):
    path = sso_token(audit, 120)
    before = path.read_bytes()
    issuer.script = lambda asked, number: (
        Reply({"error": "invalid_grant"}, 400) if asked.way == "oidc" else None)
    audit.configure("[default]\n" + SSO_PROFILE + SSO_SESSION)
    audit.sync(env=issuer.environment("sso"))
    assert signers(s3) == {"ASIASSO0001"} and path.read_bytes() == before


def test_a_session_of_sso_that_is_over_says_how_to_log_in(audit, s3, issuer):
    sso_token(audit, -60, refreshToken=None, clientSecret=None)
    audit.configure("[profile p]\n" + SSO_PROFILE + SSO_SESSION)
    assert "aws sso login --profile p" in refused(
        audit, "--profile", "p", env=issuer.environment("sso"))
    for path in (audit.home / ".aws/sso/cache").iterdir():
        path.unlink()
    assert "aws sso login --profile p" in refused(
        audit, "--profile", "p", env=issuer.environment("sso"))
    assert issuer.count("sso") == 0 and s3.requests == []


def test_a_session_of_sso_that_is_refused_says_how_to_log_in(audit, s3, issuer):
    sso_token(audit)
    issuer.sso_tokens = set()
    audit.configure("[default]\n" + SSO_PROFILE + SSO_SESSION)
    assert "aws sso login" in refused(audit, env=issuer.environment("sso"))
    assert s3.requests == []


@pytest.mark.parametrize("config", [
    "[default]\nsso_session = missing\nsso_account_id = 1\nsso_role_name = r\n",
    "[default]\nsso_session = corp\n" + SSO_SESSION,
    "[default]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = r\n[sso-session corp]\n",
    "[default]\nsso_start_url = https://x\nsso_account_id = 1\nsso_role_name = r\n"],
    ids=["no session", "no role", "empty session", "no region"])
def test_sso_that_is_not_whole_names_what_is_missing(audit, s3, issuer, config):
    sso_token(audit)
    audit.configure(config)
    assert "sso_" in refused(audit, env=issuer.environment("sso"))
    assert issuer.asked == []


# aws login.


def test_a_login_is_used_while_it_lasts(audit, s3, issuer):
    login_token(audit)
    audit.configure(f"[default]\nlogin_session = {LOGIN_SESSION}\n")
    audit.sync(env=issuer.environment("signin"))
    assert signers(s3) == {"ASIALOGIN"} and issuer.asked == []


def test_a_login_is_renewed_and_written_back(audit, s3, issuer):
    path = login_token(audit, -60)
    audit.configure(f"[default]\nlogin_session = {LOGIN_SESSION}\n")
    audit.sync(env=issuer.environment("signin"))
    assert signers(s3) == {"ASIASIGNIN0001"}
    asked, = issuer.asked
    assert asked.json == {
        "clientId": "arn:aws:signin:::devtools/same-device", "grantType": "refresh_token",
        "refreshToken": "canary-login-0"}
    assert asked.headers["dpop"].count(".") == 2
    kept = json.loads(path.read_text())
    assert kept["accessToken"]["accessKeyId"] == "ASIASIGNIN0001"
    assert kept["accessToken"]["accountId"] == ACCOUNT
    assert kept["refreshToken"] == "canary-login-1" and kept["dpopKey"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("why", ["over", "never"])
def test_a_login_that_is_over_says_how_to_log_in(audit, s3, issuer, why):
    if why == "over":
        login_token(audit, -60)
    issuer.script = lambda asked, number: Reply(
        {"error": "TOKEN_EXPIRED", "message": "no"}, 403,
        {"x-amzn-ErrorType": "AccessDeniedException"})
    audit.configure(f"[default]\nlogin_session = {LOGIN_SESSION}\n")
    assert "aws login" in refused(audit, env=issuer.environment("signin"))
    assert s3.requests == []
