"""Which files are read, which programs run and which hosts contacted, as the kernel and a proxy see it."""

import re
import shutil
import subprocess

import pytest

from support.connect_proxy import ConnectProxy
from support.credential_places import PLACES, arrange, sso_token
from support.fake_credential_services import ACCOUNT, signer

NAME_SERVICE = "/var/run/nscd/socket"


def why_not_traced():
    if not shutil.which("strace"):
        return "strace is not installed"
    if subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True).returncode:
        return "strace may not trace here"


WHY_NOT_TRACED = why_not_traced()
traced = pytest.mark.skipif(bool(WHY_NOT_TRACED), reason=str(WHY_NOT_TRACED))


class Trace:
    """What one run of s3audit and its children asked of the kernel."""

    def __init__(self, audit, *arguments, status=0, **options):
        self.home, self.binary = str(audit.home), audit.binary
        folder = audit.index.with_name("trace")
        folder.mkdir()
        calls = "trace=open,openat,openat2,connect,sendto,sendmsg,sendmmsg,execve"
        # A file for each thread: in one for all of them, calls are torn apart.
        command = ["-ff", "-qq", "-yy", "-s", "2000", "-e", calls, "-o", folder / "of"]
        audit.binary = shutil.which("strace")
        try:
            result = audit.run(*command, self.binary, *arguments, **options)
        finally:
            audit.binary = self.binary
        assert result.returncode == status, result
        self.text = "".join(file.read_text(errors="replace") for file in folder.iterdir())
        shutil.rmtree(folder)

    def opened(self):
        """The files below the home directory that were opened, each as often as it was."""
        found = re.findall(r'open(?:at2?)?\((?:[^"(]*, )?"([^"]+)"[^\n]*= \d', self.text)
        return [path.removeprefix(self.home + "/") for path in found if path.startswith(self.home)]

    def contacted(self):
        """Addresses and ports; of UNIX sockets the path, but for the C library's own name service."""
        found = re.findall(
            r'connect\([^{]*\{sa_family=AF_INET6?, sin6?_port=htons\((\d+)\)[^}]*?"([^"]+)"', self.text)
        local = re.findall(r'connect\([^{]*\{sa_family=AF_UNIX, sun_path="([^"]+)"', self.text)
        return {(address, int(port)) for port, address in found} | set(local) - {NAME_SERVICE}

    def run(self):
        """The programs and their arguments, but for s3audit itself."""
        found = re.findall(r'execve\("([^"]+)", (\[[^\n]*?\]),[^\n]*= 0', self.text)
        return [(program, words) for program, words in found if program != self.binary]


@pytest.fixture
def home(audit, s3):
    """Buckets; `audit` uses this server for S3 alone."""
    s3.buckets = {f"bucket-{number}": ["a"] for number in range(5)}
    audit.environment["AWS_ENDPOINT_URL_S3"] = audit.environment.pop("AWS_ENDPOINT_URL")
    # Nothing keeps it from asking for an instance's role but its own judgement.
    del audit.environment["AWS_EC2_METADATA_DISABLED"]
    return s3


def everything(audit, issuer):
    arrange(audit, issuer, list(PLACES))


@traced
def test_keys_of_the_environment_contact_the_endpoint_alone(audit, home, issuer):
    everything(audit, issuer)
    # Who names a server for STS wants the account's number from it.
    del audit.environment["AWS_ENDPOINT_URL_STS"]
    trace = Trace(audit, "sync", "--verbose")
    assert trace.contacted() == {("127.0.0.1", home.port)}
    assert issuer.asked == [] and trace.run() == []
    assert set(trace.opened()) <= {".aws/config", ".aws/credentials"}
    assert {signer(request.headers) for request in home.requests} == {PLACES["environment"]}


@traced
def test_keys_of_a_profile_contact_the_endpoint_alone(audit, home):
    audit.configure(
        "[default]\nregion = eu-west-1\n",
        "[default]\naws_access_key_id = AKIACREDENTIALS\naws_secret_access_key = canary\n")
    trace = Trace(audit, "sync")
    assert trace.contacted() == {("127.0.0.1", home.port)}
    assert sorted(trace.opened()) == [".aws/config", ".aws/credentials"], "each is read once"
    assert trace.run() == []


@traced
def test_unsigned_requests_need_no_credentials(audit, home, issuer):
    everything(audit, issuer)
    trace = Trace(audit, "sync", "--no-sign-request", "bucket-1")
    assert trace.contacted() == {("127.0.0.1", home.port)}
    assert issuer.asked == [] and trace.run() == []
    assert set(trace.opened()) <= {".aws/config", ".aws/credentials"}
    assert all("Authorization" not in request.headers for request in home.requests)
    assert all("X-Amz-Security-Token" not in request.headers for request in home.requests)


@traced
@pytest.mark.parametrize("place, more", [
    ("role", set()), ("web identity", {"jwt"}), ("sso", {".aws/sso/cache/"}),
    ("login", {".aws/login/cache/"}), ("container", set()), ("imds", set())])
def test_a_place_contacts_and_reads_what_it_needs(audit, home, issuer, place, more):
    arrange(audit, issuer, [place])
    trace = Trace(audit, "sync")
    allowed = {("127.0.0.1", home.port), ("127.0.0.1", issuer.port)}
    assert trace.contacted() <= allowed and ("127.0.0.1", home.port) in trace.contacted()
    files = trace.opened()
    assert files.count(".aws/config") == 1 and files.count(".aws/credentials") == 1
    others = set(files) - {".aws/config", ".aws/credentials"}
    assert all(any(file.startswith(start) for start in more) for file in others), others
    assert bool(others) == bool(more)
    assert trace.run() == []


@traced
def test_a_program_is_run_by_itself(audit, home, issuer):
    arrange(audit, issuer, ["process"])
    trace = Trace(audit, "sync", "--verbose")
    assert trace.contacted() == {("127.0.0.1", home.port)}
    programs = trace.run()
    assert any("process" in arguments for _, arguments in programs)
    assert all("canary" not in arguments for _, arguments in programs)


@traced
def test_disabled_metadata_means_that_nobody_is_asked(audit, home):
    audit.configure()
    trace = Trace(audit, "sync", status=1, env={"AWS_EC2_METADATA_DISABLED": "true"})
    assert trace.contacted() == set()


@traced
def test_queries_contact_nobody_and_read_no_credentials(audit, home, issuer):
    audit.sync()
    everything(audit, issuer)
    for query in (["totals"], ["buckets"], ["sql", "SELECT * FROM syncs"]):
        trace = Trace(audit, "query", *query)
        assert trace.contacted() == set() and trace.opened() == [] and trace.run() == []


@traced
def test_secrets_leave_for_their_own_service_alone(audit, home, issuer):
    """Everything that is sent in the clear here goes by the kernel: the JWT only to STS."""
    arrange(audit, issuer, ["web identity"])
    trace = Trace(audit, "sync")
    sent = [line for line in trace.text.splitlines() if "canary-header" in line and "send" in line]
    assert sent and all(f"127.0.0.1:{issuer.port}" in line for line in sent)


# The hosts of AWS itself: a proxy that refuses sees whom a command would have contacted.


@pytest.fixture
def refusing():
    proxy = ConnectProxy(403)
    yield proxy
    proxy.stop()


ROLE = (
    f"[default]\nrole_arn = arn:aws:iam::{ACCOUNT}:role/R\nsource_profile = base\n{{}}\n"
    "[profile base]\naws_access_key_id = A\naws_secret_access_key = s\n")
SSO = (
    f"[default]\nsso_session = corp\nsso_account_id = {ACCOUNT}\nsso_role_name = r\n"
    "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = ap-south-1\n")
FIPS = {"AWS_USE_FIPS_ENDPOINT": "true"}
HOSTS = [
    # STS names the number of the account.
    ("", {"AWS_REGION": "eu-west-1"}, "s3.eu-west-1.amazonaws.com sts.eu-west-1.amazonaws.com"),
    (ROLE.format(""), {"AWS_REGION": "eu-west-1"}, "sts.eu-west-1.amazonaws.com"),
    (ROLE.format("region = eu-north-1"), {"AWS_REGION": None}, "sts.eu-north-1.amazonaws.com"),
    (ROLE.format(""), FIPS, "sts-fips.us-east-1.amazonaws.com"),
    (ROLE.format(""), {"AWS_REGION": "cn-north-1"}, "sts.cn-north-1.amazonaws.com.cn"),
    (SSO, {}, "portal.sso.ap-south-1.amazonaws.com"),
    (SSO + "over", {}, "oidc.ap-south-1.amazonaws.com"),
]


@pytest.mark.parametrize("config, variables, hosts", HOSTS, ids=[
    f"{number} {hosts}" for number, (_, _, hosts) in enumerate(HOSTS)])
def test_hosts_of_aws(audit, refusing, config, variables, hosts):
    keys = {} if "role_arn" in config or "sso" in config else {
        "AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "s"}
    over = config.endswith("over")
    audit.configure(config.removesuffix("over"))
    if "sso" in config:
        sso_token(audit, -60 if over else 3600)
    result = audit.run("sync", env={
        "HTTPS_PROXY": refusing.url, "AWS_MAX_ATTEMPTS": "1", **keys, **variables})
    assert result.returncode == 1
    assert set(refusing.targets) == {f"{host}:443" for host in hosts.split()}, result.stderr
