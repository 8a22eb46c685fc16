"""What a server refused of versions and uploads is unknown in every answer, and never 0."""

import json

import pytest

from support import scripted_s3

VERSIONING = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
REFUSALS = {
    "denied": scripted_s3.error("AccessDenied", 403), "not-kept": scripted_s3.error("NotImplemented", 501),
    "failed": scripted_s3.error("InvalidRequest", 400)}
FORMATS = ["table", "json", "jsonl", "csv", "tsv", "markdown"]
QUESTIONS = [
    ["versions"], ["versions", "--details"], ["versions", "--by", "class"], ["versions", "--by", "key"],
    ["versions", "--by", "prefix"], ["totals", "--versions", "noncurrent"],
    *(["totals", "--versions", "noncurrent", "--by", by] for by in (
        "bucket", "account", "region", "class", "prefix", "extension", "age", "size")),
    ["du", "--versions", "noncurrent"], ["top", "--versions", "noncurrent"], ["find", "--versions", "noncurrent"],
    ["histogram", "--versions", "noncurrent"], ["histogram", "--of", "age", "--versions", "noncurrent"]]
NUMBERS = {
    "noncurrent_objects", "noncurrent_bytes", "delete_markers", "marker_only_keys", "versions_per_key",
    "oldest_replaced_at", "max_days_when_replaced", "mean_days_when_replaced", "median_days_when_replaced",
    "objects", "bytes"}


@pytest.fixture
def versioned(s3):
    """A server with one versioned bucket; `refusal` is what it answers who asks for its versions."""
    s3.buckets = {"bucket": ["a/1", "a/2", "b/1"]}
    s3.property_script = lambda request, number: (
        scripted_s3.Answer(VERSIONING) if request.subresource == "versioning" else None)
    s3.refusal = REFUSALS["denied"]
    s3.script = lambda request, number: s3.refusal if "versions" in request.query else None
    return s3


@pytest.mark.parametrize("refusal", REFUSALS)
@pytest.mark.parametrize("before", [None, [], ["s3://bucket/a/"]])
def test_a_first_listing_of_versions_that_told_nothing(audit, versioned, refusal, before):
    versioned.refusal = REFUSALS[refusal]
    if before is not None:
        audit.sync(*before)
    audit.sync("--versions", "s3://bucket", status=3)
    for question in QUESTIONS:
        rows = audit.query(*question)
        assert {row["state"] for row in rows} <= {"never"}, (question, rows)
        assert {row.get(name) for row in rows for name in NUMBERS} <= {None}, (question, rows)
        for format in FORMATS:
            result = audit.run("query", *question, "--format", format, "--require-complete")
            assert result.returncode == 3 and "bucket (never, never complete)" in result.stderr, result
            assert "sync --versions" in result.stderr
    assert audit.query("versions") and audit.query("du", "--versions", "noncurrent")
    assert audit.bucket("bucket")["noncurrent_objects"] is None
    # Of both together a part is known at most.
    total, = audit.query("totals", "--versions", "all")
    held = audit.bucket("bucket")["objects"]
    assert (total["objects"], total["state"], total["synced_at"]) == (
        (held, "partial", None) if held else (None, "never", None))
    kinds = {row["finding"] for row in audit.query("findings")}
    assert "noncurrent-versions-kept" not in kinds


def test_a_listing_of_a_prefix_that_told_nothing(audit, versioned):
    audit.sync()
    audit.sync("--versions", "s3://bucket/a/", status=3)
    for scope in ["bucket", "s3://bucket/a/", "s3://bucket/b/"]:
        row, = audit.query("versions", scope)
        assert (row["noncurrent_objects"], row["state"]) == (None, "never"), scope


def test_a_sum_over_one_that_is_not_known_names_it(audit, versioned):
    versioned.buckets["empty"] = []
    versioned.property_script = lambda request, number: (
        scripted_s3.Answer(VERSIONING) if request.subresource == "versioning" else None)
    listing = scripted_s3.Answer("<ListVersionsResult><IsTruncated>false</IsTruncated></ListVersionsResult>")
    versioned.script = lambda request, number: (
        None if "versions" not in request.query else listing if request.bucket == "empty" else versioned.refusal)
    audit.sync("--versions", status=3)
    total, = audit.query("totals", "--versions", "noncurrent")
    assert (total["objects"], total["state"]) == (0, "partial")
    result = audit.run("query", "totals", "--versions", "noncurrent", "--require-complete")
    assert result.returncode == 3
    assert "1 bucket of 2" in result.stderr and "bucket (never, never complete): cannot list" in result.stderr
    rows = {row["bucket"]: row for row in audit.query("versions")}
    assert (rows["empty"]["noncurrent_objects"], rows["empty"]["state"]) == (0, "complete")
    assert (rows["bucket"]["noncurrent_objects"], rows["bucket"]["state"]) == (None, "never")


# Uploads

UPLOADS = "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>" + "".join(
    f"<Upload><Key>{key}</Key><UploadId>{key}</UploadId><Initiated>{scripted_s3.MODIFIED}</Initiated>"
    "<StorageClass>STANDARD</StorageClass></Upload>" for key in ("one", "two")) + "</ListMultipartUploadsResult>"
PARTS = (
    "<ListPartsResult><IsTruncated>false</IsTruncated><Part><PartNumber>1</PartNumber><Size>7</Size></Part>"
    "</ListPartsResult>")


@pytest.fixture
def uploading(s3):
    """A server with two uploads, of which it refuses the parts of those in `closed`."""
    s3.buckets = {"bucket": ["a"]}
    s3.closed = {"two"}

    def answer(request, number):
        if "uploads" in request.query:
            return scripted_s3.Answer(UPLOADS)
        key = request.query.get("uploadId")
        if key is not None:
            return scripted_s3.error("AccessDenied", 403) if key in s3.closed else scripted_s3.Answer(PARTS)
        return None

    s3.script = answer
    return s3


@pytest.mark.parametrize("closed", [{"two"}, {"one", "two"}])
@pytest.mark.parametrize("question", [[], *(["--by", by] for by in ("bucket", "prefix", "class", "age"))])
def test_bytes_of_uploads_whose_parts_were_refused(audit, uploading, closed, question):
    uploading.closed = closed
    audit.sync("--parts", status=3)
    rows = audit.query("uploads", *question)
    if question:
        assert [(row["uploads"], row["bytes"], row["state"]) for row in rows] == [(2, None, "partial")]
    else:
        assert len(rows) == 2 and None in {row["bytes"] for row in rows}
    words = "1 upload holds is not known" if len(closed) == 1 else "2 uploads hold is not known"
    for format in FORMATS:
        result = audit.run("query", "uploads", *question, "--format", format)
        assert result.returncode == 0 and words in result.stderr and "sync --parts" in result.stderr
        assert audit.run("query", "uploads", *question, "--format", format, "--require-complete").returncode == 3
    # A limit of size leaves them out: that is no whole answer either.
    limited = audit.run("query", "uploads", *question, "--min-size", "1", "--format", "json", "--require-complete")
    assert limited.returncode == 3 and "left out" in limited.stderr
    if question:
        assert {row["state"] for row in json.loads(limited.stdout)} <= {"partial"}
    # What is left out for another reason is not missed.
    assert audit.run("query", "uploads", *question, "--key", "none", "--require-complete").returncode == 0
    uploading.closed = set()
    audit.sync("--full", "--parts")
    result = audit.run("query", "uploads", *question, "--require-complete", "--format", "json")
    assert result.returncode == 0 and result.stderr == ""
    assert sum(row["bytes"] for row in json.loads(result.stdout)) == 14
