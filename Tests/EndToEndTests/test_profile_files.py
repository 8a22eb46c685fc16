"""Profile files as people write them, and what is said of those that cannot be read."""

import json

import pytest

from support import scripted_s3

KEYS = "aws_access_key_id{0}AKIAFILE\naws_secret_access_key{0}secret\n"
ROLE = "role_arn = arn:aws:iam::123456789012:role/r\nsource_profile = keys\n"


@pytest.fixture
def bucket(s3):
    s3.buckets = {"logs": ["a"]}
    return s3


def signer(s3):
    """The access key of the first request, and the region that it is signed for."""
    scope = s3.requests[0].headers["Authorization"].split("Credential=")[1].split("/")
    return scope[0], scope[2]


def checks(audit, *arguments, status=0):
    result = audit.run("doctor", *arguments, "--feature", "sync", "--format", "json")
    assert result.returncode == status, result
    return [row for row in json.loads(result.stdout) if row["area"] == "configuration"]


@pytest.mark.parametrize("delimiter", [":", " : ", ": ", " =\t", "\u00a0=\u00a0"])
@pytest.mark.parametrize("header", ["[p]", "[p] remark", "[p]; remark", "  [p]remark = x"])
def test_keys_are_read_in_every_form(audit, bucket, header, delimiter):
    audit.configure(credentials=f"{header}\n" + KEYS.format(delimiter))
    result = audit.run("list", "s3://logs", "--profile", "p")
    assert result.returncode == 0 and "\na\t" in result.stdout, result
    assert signer(bucket)[0] == "AKIAFILE"


@pytest.mark.parametrize("fault", [
    "[profile other]\nwords\n", "[profile other\nregion = x\n", "[profile other]\ns3 =\n  words\n",
    "[sso-session other]\n= x\n", "[services other]\nwords\n", "[words]\nwords\n", "[\n", "[profile other] x\n y\n",
])
def test_a_fault_of_a_section_that_nobody_uses_is_a_warning(audit, bucket, fault):
    audit.configure(f"{fault}[default]\nregion = eu-west-3\n", "[default]\n" + KEYS.format("="))
    del audit.environment["AWS_REGION"]
    for arguments in (["list", "s3://logs"], ["sync", "s3://logs"]):
        result = audit.run(*arguments)
        assert result.returncode == 0 and "config:" not in result.stderr, result
    assert signer(bucket) == ("AKIAFILE", "eu-west-3")
    warnings = [row for row in checks(audit, "s3://logs") if row["status"] == "warning"]
    assert warnings and all(row["check"] == "config file" and row["help"] for row in warnings)
    assert ".aws/config:" in warnings[0]["detail"]


@pytest.mark.parametrize("config, line", [
    ("[default]\nwords\n", 2), ("[default\nregion = x\n", 1), ("region = x\n[default]\n", 1),
    ("[default]\ns3 =\n  addressing_style: path\n", 3), ("[default]\nservices = s\n[services s]\nwords\n", 4),
    (f"[default]\n{ROLE}[profile keys]\nwords\n", 5),
])
def test_a_fault_of_a_section_that_is_used_is_named(audit, bucket, config, line):
    audit.configure(config, "[default]\n")
    audit.environment.pop("AWS_ENDPOINT_URL")
    result = audit.run("list", "s3://logs")
    assert result.returncode == 1
    assert f".aws/config:{line}: " in result.stderr and "Help:" in result.stderr, result
    assert "words" not in result.stderr and bucket.requests == []


def test_a_fault_that_is_not_text_is_one_of_its_section(audit, bucket):
    audit.configure(credentials="[default]\n" + KEYS.format("="))
    (audit.home / ".aws" / "config").write_bytes(b"# caf\xe9\n[profile caf\xe9]\nregion = caf\xe9\n[default]\n")
    assert audit.run("list", "s3://logs").returncode == 0
    details = [row["detail"] for row in checks(audit, "s3://logs") if row["status"] == "warning"]
    assert len(details) == 3 and all("UTF-8" in detail for detail in details)


def test_many_remarks_do_not_fill_the_screen(audit, bucket):
    lines = "".join(f"name{number}: x\n" for number in range(50))
    audit.configure(f"[default]\n{lines}", "[default]\n" + KEYS.format("="))
    rows = [row for row in checks(audit, "s3://logs") if row["status"] == "warning"]
    assert len(rows) == 6 and "45 more lines" in rows[-1]["detail"]


@pytest.mark.parametrize("value", ["", " ", "\u00a0"])
@pytest.mark.parametrize("variable", ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"])
def test_a_blank_variable_leaves_its_file_unread(audit, bucket, variable, value):
    keys = "[default]\n" + KEYS.format("=")
    audit.configure(*([keys, ""] if variable == "AWS_CONFIG_FILE" else ["", keys]))
    assert audit.run("list", "s3://logs").returncode == 0
    result = audit.run("list", "s3://logs", env={variable: value})
    assert result.returncode == 1 and f"{variable} is blank, so that no file is read" in result.stderr, result


@pytest.mark.parametrize("partition, region, words", [
    ("aws-cn", "cn-north-1", "--region cn-north-1, with credentials of its partition, aws-cn"),
    ("aws-us-gov", "us-gov-west-1", "--region us-gov-west-1, with credentials of its partition, aws-us-gov"),
    ("aws", "eu-west-1", "--region eu-west-1, or let ARNs lead to other regions with s3_use_arn_region"),
])
@pytest.mark.parametrize("command", [["list"], ["sync"], ["sync", "--dry-run"]], ids=str)
def test_an_access_point_elsewhere_is_refused_before_anybody_is_asked(
        audit, bucket, command, partition, region, words):
    keys = KEYS.format("=")
    audit.configure(f"[default]\n{ROLE}s3_use_arn_region = false\n[profile keys]\n{keys}")
    # Whoever would be asked for keys, or for the list, would be asked here.
    env = {"AWS_ENDPOINT_URL_STS": bucket.endpoint}
    arn = f"s3://arn:{partition}:s3:{region}:123456789012:accesspoint/a"
    result = audit.run(*command, arn, env=env)
    assert result.returncode == 1 and words in result.stderr, result
    assert bucket.requests == []


def test_quotes_around_keys_are_named_where_the_keys_are_refused(audit, bucket):
    bucket.script = lambda request, number: scripted_s3.error("SignatureDoesNotMatch", 403)
    for delimiter, said in [(" = ", False), (" = '", True)]:
        audit.configure(credentials="[default]\n" + KEYS.format(delimiter).replace(
            "\n", "'\n" if said else "\n"))
        for command in (["list", "s3://logs"], ["sync"]):
            result = audit.run(*command)
            assert result.returncode in (1, 3) and "signature does not match" in result.stderr, result
            assert ("quotes belong to the value" in result.stderr) == said, result


def test_a_program_that_says_more_than_its_json(audit, bucket):
    program = audit.home / "keys.sh"
    program.write_text("#!/bin/sh\necho Opening a browser\necho '{}'\n")
    program.chmod(0o755)
    audit.configure(f"[default]\ncredential_process = {program}\n")
    result = audit.run("list", "s3://logs")
    assert result.returncode == 1 and "printed no JSON object" in result.stderr
    assert "Help:  its standard output has to be the JSON object and nothing else" in result.stderr


def test_a_setting_of_s3_switches_dual_stack_on_only(audit):
    audit.configure("[default]\nuse_dualstack_endpoint = true\ns3 =\n  use_dualstack_endpoint = false\n")
    details = [row["detail"] for row in checks(audit, "s3://logs", status=1) if row["check"] == "endpoint"]
    assert details and "s3.dualstack.us-east-1.amazonaws.com" in details[0]
