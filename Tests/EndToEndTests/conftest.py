"""Fixtures: the built program in a home of its own, and the servers it talks to."""

import os
import shutil
import signal
import tempfile
import time
from pathlib import Path

import pytest

# The asserts of helpers say as much as those of tests; before anything imports them.
pytest.register_assert_rewrite("support")

from support import killed_sync, page, page_index, scripted_s3, servers
from support.audit import Audit, Loner, Stranger
from support.certificate_authority import self_signed
from support.fake_cloudwatch import FakeCloudWatch
from support.fake_credential_services import Issuer


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="also run the tests that take minutes")


def pytest_configure(config):
    # Shells have what they run behind their backs ignore Ctrl-C, and programs leave that to those they start.
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    config.addinivalue_line("markers", "long: takes minutes; runs with --long only")
    config.addinivalue_line("markers", "alone: measures pace, so nothing else may run beside it")
    for variable in ("S3AUDIT_BINARY", "S3SIM_BINARY"):
        if not os.access(os.environ.get(variable, ""), os.X_OK):
            raise pytest.UsageError(f"{variable} names no program: run scripts/test")


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--long"):
        for item in items:
            if "long" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="takes minutes: runs with --long"))


def pytest_sessionfinish(session):
    """A worker process tells the one that reports what it has counted."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["kills"] = killed_sync.TALLY.figures()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    # A worker that has crashed says nothing any more.
    killed_sync.TALLY.add(getattr(node, "workeroutput", {}).get("kills", {}))


def pytest_terminal_summary(terminalreporter):
    if killed_sync.TALLY.kills:
        terminalreporter.write_line(str(killed_sync.TALLY))


@pytest.fixture
def audit(tmp_path):
    return Audit(tmp_path)


@pytest.fixture
def profiles(audit):
    """Writes profiles given as {name: settings}; keys are the tests' own where none are given."""

    def write(**settings):
        sections = []
        for name, values in settings.items():
            values = {
                "region": "us-east-1", "aws_access_key_id": f"AK{name.upper()}",
                "aws_secret_access_key": "secret", **values}
            lines = [f"{key} = {value}" for key, value in values.items() if value is not None]
            sections.append("\n".join([f"[profile {name}]", *lines]))
        (audit.home / ".aws").mkdir(exist_ok=True)
        (audit.home / ".aws/config").write_text("\n".join(sections) + "\n")
        for name in (*servers.KEYS, "AWS_ENDPOINT_URL", "AWS_REGION"):
            audit.environment.pop(name, None)
        audit.sync_options = [part for name in settings for part in ("--profile", name)]

    return write


@pytest.fixture
def stranger(audit):
    folder = Path(tempfile.mkdtemp())
    yield Stranger(audit, folder)
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir():
            path.chmod(0o755)
    shutil.rmtree(folder)


@pytest.fixture
def loner(audit):
    if os.geteuid() != 0:
        pytest.skip("only root can be another user")
    folder = Path(tempfile.mkdtemp())
    yield Loner(audit, folder)
    shutil.rmtree(folder)


@pytest.fixture
def certificate(tmp_path):
    return self_signed(tmp_path)


@pytest.fixture(scope="session")
def moto_server():
    server = servers.Moto()
    yield server
    server.stop()


@pytest.fixture
def moto(moto_server, audit):
    """A moto without buckets, which `audit` uses."""
    moto_server.reset()
    audit.use(moto_server)
    return moto_server


@pytest.fixture
def fake_cloudwatch():
    server = FakeCloudWatch()
    yield server
    server.stop()


@pytest.fixture
def aws(audit, fake_cloudwatch):
    """An account that tells of itself by its list, CloudWatch and Cost Explorer; `audit` uses it."""
    audit.use(fake_cloudwatch)
    return fake_cloudwatch


@pytest.fixture
def cloudwatch(audit, moto, fake_cloudwatch):
    """S3 is moto's, and CloudWatch says what a test has it say."""
    audit.environment["AWS_ENDPOINT_URL_CLOUDWATCH"] = fake_cloudwatch.endpoint
    return fake_cloudwatch


@pytest.fixture
def rclone(tmp_path, audit):
    folder = tmp_path / "served"
    folder.mkdir()
    server = servers.Rclone(folder)
    audit.use(server)
    yield server
    server.stop()


@pytest.fixture
def simulator(audit):
    """Starts simulators with the arguments of s3sim; `audit` uses the last."""
    running = []

    def start(*arguments, port=None):
        running.append(servers.Simulator(*arguments, port=port))
        audit.use(running[-1])
        return running[-1]

    yield start
    for server in running:
        server.stop()


@pytest.fixture
def s3(audit):
    """A scripted server, which `audit` uses."""
    server = scripted_s3.ScriptedS3()
    audit.use(server)
    yield server
    server.stop()


@pytest.fixture
def issuer():
    """A server that hands out credentials; nothing leads to it before `issuer.environment(…)`."""
    server = Issuer()
    yield server
    server.stop()


@pytest.fixture
def bucket(s3):
    """A scripted server with `KEYS` in a bucket of that name."""
    s3.buckets = {"bucket": list(scripted_s3.KEYS)}
    return s3


@pytest.fixture(scope="module")
def browser():
    """Chromium, started once a module."""
    with page.chromium() as started:
        yield started


@pytest.fixture(scope="module")
def page_audit(tmp_path_factory):
    """An index in which every state of the page occurs; tests leave it as it is."""
    audit = Audit(tmp_path_factory.mktemp("page"))
    page_index.fill(audit, int(time.time() * 1000))
    return audit


@pytest.fixture(scope="module")
def page_server(page_audit):
    with page.serving(page_audit) as server:
        yield server


@pytest.fixture(scope="module")
def open_page(browser, page_server):
    """The page, opened once a module and left open from test to test."""
    with page.Visit(browser, page_server.url) as look:
        yield look.settle()


@pytest.fixture
def visit(browser, page_server):
    """Opens the page at an address; what it leaves on the console, or asks of others, fails the test."""
    open_visits = []

    def start(address="", **options):
        open_visits.append(page.Visit(browser, page_server.url, address, **options))
        return open_visits[-1].settle()

    yield start
    for one in open_visits:
        one.context.close()
        one.check_quiet()
