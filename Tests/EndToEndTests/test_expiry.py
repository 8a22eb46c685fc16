"""Credentials that end before the crawl does."""

import sys
import time

import pytest

from support.credential_places import script
from support.fake_credential_services import ACCOUNT, Reply, signer
from support.scripted_s3 import KEYS, error
from support.servers import listing
from support.session_proxy import SessionProxy, expiring_token

SHORT_SECONDS = 3
# Forty pages and the guesses of a first crawl: some six seconds, four at a time.
SLOW = ("--bucket", "one:uuid:10000", "--max-keys", "250", "--latency", "400")


@pytest.fixture
def expiring(audit, issuer):
    """Credentials of three seconds from a container."""
    issuer.lifetime_seconds = SHORT_SECONDS
    issuer.token = expiring_token
    audit.configure()
    audit.environment |= issuer.environment("container")
    return issuer


@pytest.fixture
def checked(audit, simulator):
    """Starts a simulator that refuses sessions that are over; `audit` uses the proxy before it."""
    running = []

    def start(*arguments):
        server = simulator(*arguments)
        running.append(SessionProxy(server))
        audit.use(running[-1])
        audit.environment["AWS_ENDPOINT_URL_STS"] = "http://127.0.0.1:1"
        return server, running[-1]

    yield start
    for proxy in running:
        proxy.stop()


def crawl(audit, *arguments, status=0, **options):
    """A sync and the seconds that it took."""
    started = time.monotonic()
    result = audit.sync("--concurrency", "4", *arguments, status=status, seconds=600, **options)
    return result, time.monotonic() - started


@pytest.mark.alone
@pytest.mark.parametrize("pages, concurrency", [
    (32, 4), pytest.param(1_000, 16, marks=pytest.mark.long)])
def test_a_long_crawl_outlives_its_credentials_several_times(
        audit, expiring, checked, simulator, pages, concurrency):
    # So many pages and a few guesses, some at a time, a second each.
    arguments = [f"--bucket=one:uuid:{pages * 250}", "--max-keys", "250"]
    _, proxy = checked(*arguments, "--latency", "1000")
    result, seconds = crawl(audit, "--concurrency", concurrency)
    assert seconds >= 4 * SHORT_SECONDS
    assert audit.bucket("one")["state"] == "complete"
    assert audit.objects("one") == listing(simulator(*arguments).client(), "one")
    audit.check_index()
    # One renewal serves all requests; none is sent with credentials that are known to be over.
    renewals = len(expiring.issued)
    assert seconds / SHORT_SECONDS - 2 <= renewals <= seconds + 2, "not before half of their time"
    assert renewals * 2 < len(proxy.log)
    assert len(proxy.refusals) <= renewals * concurrency
    assert len({token for token, refused in proxy.log if not refused}) >= 4
    assert proxy.mixed == []


def test_a_renewal_that_fails_once_is_tried_again(audit, expiring, checked):
    checked(*SLOW)
    # The second time credentials are wanted, the first answer is none.
    expiring.script = lambda asked, number: Reply("", 500) if number == 1 else None
    crawl(audit)
    assert audit.bucket("one")["objects"] == 10_000
    assert len(expiring.issued) >= 2 and expiring.count("container") >= 3
    audit.check_index()


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_a_program_is_run_again_and_inherits_nothing(audit, checked):
    """By then connections and the index are open."""
    path = script(audit, "process", """
        ls -l /proc/$$/fd >>open
        end=$(($(date +%s) + 3))
        echo "{\\"Version\\": 1, \\"AccessKeyId\\": \\"A\\", \\"SecretAccessKey\\": \\"s\\","
        echo "\\"SessionToken\\": \\"expires-$end-1\\","
        echo "\\"Expiration\\": \\"$(date -u -d @$end +%Y-%m-%dT%H:%M:%SZ)\\"}"
        """)
    audit.configure(f"[default]\ncredential_process = {path}\n")
    checked(*SLOW)
    crawl(audit)
    assert audit.bucket("one")["objects"] == 10_000
    files = (audit.home / "open").read_text()
    assert files.count("total") >= 2, "it was run again"
    assert "socket:" not in files and str(audit.index) not in files


def test_renewals_that_fail_for_good_leave_what_can_be_taken_up_again(audit, expiring, checked):
    server, _ = checked(*SLOW)
    expiring.lifetime_seconds = 5
    expiring.script = lambda asked, number: Reply({"code": "Gone"}, 404) if number else None
    result = audit.run("sync", "--concurrency", "2", env={"AWS_MAX_ATTEMPTS": "2"}, seconds=60)
    assert result.returncode not in (0, 64), result
    assert "Error:" in result.stderr and "Help:" in result.stderr
    assert audit.bucket("one")["state"] == "partial"
    audit.check_index()
    held = len(audit.objects("one"))
    assert 0 < held < 10_000
    expiring.script = lambda asked, number: None
    expiring.lifetime_seconds = 3600
    listed = server.requests()["requests"]["ListObjectsV2"]
    # With more in flight, guesses would hide what is listed twice.
    again = audit.synced("--concurrency", "2")["one"]
    assert again["resumed"] and audit.bucket("one")["state"] == "complete"
    assert audit.bucket("one")["objects"] == 10_000
    audit.check_index()
    assert server.requests()["requests"]["ListObjectsV2"] - listed < 40 + 20


def test_a_session_that_is_revoked_is_replaced_once(audit, issuer, checked):
    """The credentials say that they are valid for an hour; the service says no."""
    issuer.token = expiring_token
    audit.configure()
    audit.environment |= issuer.environment("container")
    _, proxy = checked("--bucket", "one:uuid:12000", "--latency", "200")
    proxy.revoke_at = 6
    crawl(audit)
    assert proxy.refusals, "some requests came too late"
    assert len(issuer.issued) == 2
    assert audit.bucket("one")["objects"] == 12_000 and audit.bucket("one")["state"] == "complete"
    audit.check_index()


@pytest.mark.parametrize("code", ["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"])
def test_a_service_that_refuses_every_session_is_not_asked_for_ever(audit, s3, issuer, code):
    s3.buckets = {"bucket": KEYS}
    s3.list_script = lambda request, number: error(code, 400, "This session has ended.")
    audit.configure()
    audit.environment["AWS_ENDPOINT_URL_S3"] = audit.environment.pop("AWS_ENDPOINT_URL")
    result = audit.run("sync", env=issuer.environment("container") | {"AWS_MAX_ATTEMPTS": "3"})
    assert result.returncode in (1, 3) and code in result.stderr
    assert "session" in result.stderr
    assert len(issuer.issued) <= 8 and len(s3.lists) <= 12


def test_keys_that_cannot_be_renewed_are_not_repeated(audit, bucket):
    """Keys of the environment that are over stay so."""
    bucket.list_script = lambda request, number: error("ExpiredToken", 400)
    result = audit.run("sync", env={"AWS_SESSION_TOKEN": "old"})
    assert result.returncode in (1, 3) and "ExpiredToken" in result.stderr
    assert "Help:" in result.stderr and len(bucket.lists) <= 4


def test_credentials_that_are_over_before_the_start_are_not_sent(audit, s3, issuer):
    issuer.lifetime_seconds = -10
    audit.configure()
    audit.environment["AWS_ENDPOINT_URL_S3"] = audit.environment.pop("AWS_ENDPOINT_URL")
    result = audit.run("sync", env=issuer.environment("container") | {"AWS_MAX_ATTEMPTS": "2"})
    assert result.returncode == 1 and "expired" in result.stderr
    assert s3.requests == []


def test_requests_that_wait_share_one_renewal(audit, s3, issuer):
    """Forty buckets at once, each refused with the first session."""
    s3.buckets = {f"bucket-{number:02}": ["a", "b"] for number in range(40)}
    s3.latency_seconds = 0.1
    s3.list_script = lambda request, number: (
        error("ExpiredToken", 400) if signer(request.headers) == "ASIAAUDITOR0001" else None)
    audit.configure(
        f"[default]\nrole_arn = arn:aws:iam::{ACCOUNT}:role/Auditor\nsource_profile = base\n"
        "[profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = s\n")
    audit.environment["AWS_ENDPOINT_URL_S3"] = audit.environment.pop("AWS_ENDPOINT_URL")
    issuer.script = lambda asked, number: Reply(
        issuer._sts(asked).body, delay_seconds=0.3 if number else 0)
    audit.sync("--no-properties", env=issuer.environment("sts"))
    assert len(issuer.calls("AssumeRole")) == 2
    assert audit.sql("SELECT count(*), sum(objects) FROM buckets") == [(40, 80)]
