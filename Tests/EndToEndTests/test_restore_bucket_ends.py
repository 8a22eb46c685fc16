"""`restore` into a bucket that is killed while an answer is on its way: nothing is there twice, or left over."""

import csv
import signal

import pytest

from support.servers import Simulator
from support.write_proxy import WriteProxy

SOURCE, TARGET = "photos", "restored"


@pytest.fixture
def simulator():
    """One object that was put whole: in parts, its copy has another ETag, and no checksum tells what it is."""
    simulator = Simulator(
        "--bucket", f"{SOURCE}:flat:1:class=STANDARD", "--bucket", f"{TARGET}:flat:0", "--versioning", "enabled",
        "--contents", "--sizes", "6000000")
    yield simulator
    simulator.stop()


@pytest.mark.parametrize("answer", ["uploads", "uploadId"])
def test_what_was_done_without_an_answer_is_found(audit, simulator, tmp_path, answer):
    client, proxy = simulator.client(), WriteProxy(simulator)
    try:
        audit.use(proxy)
        row = client.list_object_versions(Bucket=SOURCE)["Versions"][0]
        foreign = client.create_multipart_upload(Bucket=TARGET, Key=row["Key"])["UploadId"]
        path = tmp_path / "manifest.csv"
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([["key", "version_id"], [row["Key"], row["VersionId"]]])
        command = (
            "restore", "-m", path, "-b", SOURCE, f"s3://{TARGET}", "--copy-part-size", "5MiB")
        proxy.holds = answer
        process = audit.start(*command)
        proxy.wait_for_held()
        process.send_signal(signal.SIGKILL)
        process.communicate()
        found = client.list_object_versions(Bucket=TARGET).get("Versions", [])
        assert len(found) == (1 if answer == "uploadId" else 0)
        result = audit.run(*command)
        assert result.returncode == 0, result.stderr
        assert len(client.list_object_versions(Bucket=TARGET)["Versions"]) == 1
        # What somebody else uploads there stays.
        uploads = client.list_multipart_uploads(Bucket=TARGET)["Uploads"]
        assert [upload["UploadId"] for upload in uploads] == [foreign]
    finally:
        proxy.stop()
