"""`sync --metrics-file`: what it tells, who can read it, and what becomes of it when a sync fails."""

import os
import signal
import sqlite3
import stat
from contextlib import closing

import pytest

from support.metrics_text import samples, value
from support.prometheus import ROOT, NodeExporter, promtool
from support.scripted_s3 import error
from support.servers import wait_for
from support.serving import Serving


@pytest.fixture
def file(tmp_path):
    folder = tmp_path / "textfile"
    folder.mkdir()
    return folder / "s3audit.prom"


def written(file):
    return samples(file.read_text())


def test_promtool_has_nothing_to_say(audit, moto, file):
    moto.load("logs", [("a/1", 200_000), ("a/2", 300_000, "GLACIER"), ("b", 500_000)])
    moto.client().put_bucket_versioning(
        Bucket="logs", VersioningConfiguration={"Status": "Enabled"})
    moto.client().put_object(Bucket="logs", Key="b", Body=b"new")
    moto.client().create_multipart_upload(Bucket="logs", Key="c")
    moto.load("empty")
    audit.sync(
        "--versions", "--parts", "--metrics-file", file, "--metrics-prefix", "s3://logs/a/")
    assert promtool("check", "metrics", text=file.read_text()) == (0, "")
    found = written(file)
    names = {name for name, _ in found}
    # Every metric there is: a new one must pass here, too.
    assert names == {
        "s3audit_build_info", "s3audit_index_bytes", "s3audit_buckets", "s3audit_findings",
        "s3audit_metrics_omitted_buckets", "s3audit_prefix_bytes", "s3audit_prefix_objects",
        "s3audit_last_sync_start_timestamp_seconds", "s3audit_last_sync_end_timestamp_seconds",
        "s3audit_last_sync_duration_seconds", "s3audit_last_sync_success", "s3audit_last_sync_exit_status",
        "s3audit_last_sync_requests", "s3audit_last_sync_retries", "s3audit_bucket_info",
        "s3audit_bucket_bytes", "s3audit_bucket_objects", "s3audit_bucket_noncurrent_bytes",
        "s3audit_bucket_noncurrent_versions", "s3audit_bucket_delete_markers", "s3audit_bucket_upload_bytes",
        "s3audit_bucket_uploads", "s3audit_bucket_unpriced_bytes",
        "s3audit_bucket_last_modified_timestamp_seconds", "s3audit_bucket_synced_timestamp_seconds",
        "s3audit_bucket_complete", "s3audit_bucket_denied", "s3audit_bucket_changed_objects"}
    assert value(found, "s3audit_bucket_bytes", bucket="logs", storage_class="GLACIER") == 300_000
    assert value(found, "s3audit_bucket_bytes", bucket="empty", storage_class="STANDARD") == 0
    assert value(found, "s3audit_prefix_bytes", bucket="logs", prefix="a/") == 500_000
    assert value(found, "s3audit_bucket_noncurrent_bytes", bucket="logs") == 500_000
    assert value(found, "s3audit_bucket_uploads", bucket="logs") == 1
    # The server is not AWS: nobody knows what it costs there.
    assert value(found, "s3audit_bucket_unpriced_bytes", bucket="logs") == 1_000_003


def test_costs_are_those_of_the_query(audit, moto, file):
    moto.load("logs", [("a", 700_000), ("b", 300_000, "STANDARD_IA"), ("c", 10, "GLACIER")])
    moto.load("media", [("a", 900_000, "DEEP_ARCHIVE")])
    audit.sync()
    with closing(sqlite3.connect(audit.index)) as index, index:
        # As if AWS had them, and a million times as large.
        index.execute("UPDATE bucket SET endpoint = '', region = 'us-east-1'")
        index.execute("UPDATE bucket_usage SET bytes = bytes * 1000000, small_bytes = small_bytes * 1000000")
    audit.sync(status=1, env={"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, *["--metrics-file", file])
    found = written(file)
    asked = {
        (bucket, row["storage_class"]): float(row["usd"])
        for bucket in ("logs", "media")
        for row in audit.query("cost", bucket, "--by", "class") if row["usd"] is not None}
    told = {
        (dict(labels)["bucket"], dict(labels)["storage_class"]): number
        for (name, labels), number in found.items() if name == "s3audit_bucket_monthly_cost_dollars"}
    assert len(asked) >= 3
    # The other classes are STANDARD, of which "media" has nothing.
    assert told == {**asked, ("media", "STANDARD"): 0}


def test_the_node_exporter_reads_it_also_after_a_sync_that_failed(audit, moto, file):
    moto.load("logs", [("a", 7)])
    audit.sync("--metrics-file", file, preexec_fn=lambda: os.umask(0o077))
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert stat.S_IMODE(audit.index.stat().st_mode) == 0o600
    with closing(sqlite3.connect(audit.index)) as index, index:
        # What nobody can name a bucket, in case somebody does.
        index.execute("INSERT INTO bucket (endpoint, name) VALUES ('a\\\"', 'b\"\\\n c\r\x1b} 1')")
    exporter = NodeExporter(file.parent)
    try:
        assert "s3audit_last_sync_success 1" in exporter.lines()
        audit.sync("--metrics-file", file, status=1, env={"AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
        lines = exporter.lines()
    finally:
        exporter.stop()
    found = samples("\n".join(lines))
    assert value(found, "node_textfile_scrape_error") == 0
    assert value(found, "s3audit_last_sync_success") == 0
    assert value(found, "s3audit_last_sync_exit_status") == 1
    assert value(found, "s3audit_bucket_bytes", bucket="logs", storage_class="STANDARD") == 7
    assert value(found, "s3audit_bucket_complete", bucket='b"\\\n c\r\x1b} 1') == 0
    assert os.listdir(file.parent) == [file.name]


def test_a_sync_that_is_refused_says_so(audit, bucket, file):
    audit.sync("bucket", "--metrics-file", file)
    before = written(file)
    bucket.list_script = lambda request, number: error("AccessDenied", 403)
    audit.sync("bucket", "--metrics-file", file, status=3)
    after = written(file)
    assert value(after, "s3audit_last_sync_exit_status") == 3
    assert value(after, "s3audit_bucket_denied", bucket="bucket") == 1
    assert value(after, "s3audit_bucket_complete", bucket="bucket") == 0
    # The last figures stay, and no series has gone.
    assert value(after, "s3audit_bucket_objects", bucket="bucket") == 3_000
    assert after.keys() == before.keys()


def test_a_sync_that_is_interrupted_says_so(audit, bucket, file):
    bucket.latency_seconds = 0.2
    process = audit.start("sync", "bucket", "--concurrency", "1", "--metrics-file", file)
    wait_for(lambda: bucket.lists, "list")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert value(written(file), "s3audit_last_sync_exit_status") == 130
    assert value(written(file), "s3audit_last_sync_success") == 0


def test_a_sync_without_credentials_or_index_says_so(audit, file):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        audit.environment.pop(name)
    audit.sync("--metrics-file", file, status=1)
    assert not audit.index.exists()
    found = written(file)
    assert value(found, "s3audit_last_sync_exit_status") == 1
    assert {name for name, _ in found if not name.startswith("s3audit_last_sync")} == {"s3audit_build_info"}
    file.unlink()
    # A slip is the end of a night's sync, too.
    audit.sync("--profile", "no-such", "--metrics-file", file, status=1)
    assert value(written(file), "s3audit_last_sync_success") == 0


def test_everybody_is_told_the_same_of_the_last_sync(audit, bucket, file):
    """Also of one that found no credentials, and so reached nobody: the index has it, and its times."""
    with Serving(audit) as server:
        for options, status in (([], 0), (["--profile", "no-such"], 1), ([], 1)):
            if status:
                audit.environment.pop("AWS_ACCESS_KEY_ID", None)
            audit.sync("bucket", "--metrics-file", file, *options, status=status)
            found = {
                name: number for (name, _), number in written(file).items() if name.startswith("s3audit_last_sync")}
            assert found["s3audit_last_sync_success"] == (0 if status else 1)
            assert found["s3audit_last_sync_exit_status"] == status

            def told(found=found):
                return found.items() <= {
                    name: number
                    for (name, _), number in samples(server.get("/metrics").body.decode()).items()}.items()

            wait_for(told, "the same of the server", seconds=5)
    syncs = audit.sql("SELECT state FROM sync ORDER BY id")
    assert syncs == [("complete",), ("failed",), ("failed",)]


@pytest.mark.parametrize("name", ["s3audit.txt", "s3audit.prom.gz", ".prom", "prom", "folder/.prom", ""])
def test_a_name_that_no_collector_reads_is_refused(audit, bucket, file, name):
    result = audit.sync("bucket", "--metrics-file", f"{file.parent}/{name}", status=64)
    assert "*.prom" in result.stderr
    assert bucket.requests == []


@pytest.mark.parametrize("make", ["nothing", "folder", "file"])
def test_a_file_that_cannot_be_written_ends_the_sync_before_it_begins(audit, bucket, file, make):
    if make == "folder":
        file.mkdir()
        path = file
    else:
        path = file.parent / "other/s3audit.prom"
        if make == "file":
            path.parent.write_text("")
    result = audit.sync("bucket", "--metrics-file", path, status=1)
    assert f"cannot write {path}" in result.stderr, result.stderr
    assert bucket.requests == []
    assert not audit.index.exists()


def test_metrics_that_cannot_be_written_at_the_end_are_a_warning(audit, bucket, file):
    def script(request, number):
        if file.parent.exists():
            file.parent.rmdir()

    bucket.list_script = script
    result = audit.sync("bucket", "--metrics-file", file)
    assert "Warning: the metrics were not written: " in result.stderr
    assert audit.bucket("bucket")["objects"] == 3_000


def test_a_link_is_replaced_and_a_dry_run_writes_nothing(audit, bucket, file):
    other = file.parent.parent / "precious"
    other.write_text("mine")
    file.symlink_to(other)
    audit.sync("bucket", "--dry-run", "--metrics-file", file)
    assert file.is_symlink()
    audit.sync("bucket", "--metrics-file", file)
    assert not file.is_symlink() and other.read_text() == "mine"
    assert value(written(file), "s3audit_last_sync_success") == 1


@pytest.mark.parametrize("arguments", [
    ("--metrics-buckets", "5"), ("--metrics-prefix", "s3://b/p/"),
    ("--metrics-file", "a.prom", "--metrics-prefix", "s3://b"),
    ("--metrics-file", "a.prom", "--metrics-prefix", "s3://b*/p"),
    ("--metrics-file", "a.prom", "--metrics-prefix", "b"),
    ("--metrics-file", "a.prom", "--metrics-buckets", "-1"),
    ("--metrics-file", "a.prom", *["--metrics-prefix", "s3://b/p"] * 101),
])
def test_options_that_mean_nothing_are_refused(audit, bucket, arguments):
    assert "'--metrics-" in audit.sync("bucket", *arguments, status=64).stderr
    assert bucket.requests == []


def test_a_prefix_whose_bucket_is_not_there_is_said(audit, bucket, file):
    said = "these have no metrics, as their buckets are not in the index: s3://none/p/"
    prefixes = ["--metrics-prefix", "s3://none/p/", "--metrics-prefix", "s3://bucket/p/"]
    assert f"Warning: {said}\n" in audit.sync("bucket", "--metrics-file", file, *prefixes).stderr
    with Serving(audit, *prefixes) as server:
        assert f"Note: {said}\n" in server.log


def test_the_largest_buckets_are_told(audit, moto, file):
    for number in range(1, 4):
        moto.load(f"bucket-{number}", [("a", number)])
    audit.sync("--metrics-file", file, "--metrics-buckets", "2")
    found = written(file)
    assert {dict(labels)["bucket"] for name, labels in found if name == "s3audit_bucket_complete"} == {
        "bucket-2", "bucket-3"}
    assert value(found, "s3audit_metrics_omitted_buckets") == 1
    assert value(found, "s3audit_buckets", state="complete") == 3


def test_each_alert_fires_and_falls_silent():
    rules = ROOT / "scripts/prometheus/alerts.yml"
    status, text = promtool("check", "rules", rules)
    assert status == 0 and "7 rules found" in text, text
    status, text = promtool("test", "rules", rules.with_name("alerts-test.yml"))
    assert status == 0, text
    # None is left out of the test.
    names = {line.split()[-1] for line in rules.read_text().splitlines() if "- alert:" in line}
    tested = {
        line.split()[-1] for line in rules.with_name("alerts-test.yml").read_text().splitlines()
        if "alertname:" in line}
    assert names == tested and len(names) == 7
