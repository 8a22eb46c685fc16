"""What vouches for the bytes that a restore fetches, and what is made of answers that are wrong."""

import base64
import hashlib
import os
import zlib

import pytest

from support.object_server import ObjectServer, checksum, refusal
from support.restoring import Restoring

BODY = bytes(range(256)) * 40
MIB = 1 << 20


@pytest.fixture
def restoring(audit, tmp_path):
    server = ObjectServer()
    yield Restoring(audit, server, tmp_path)
    server.stop()


def crc32c(body):
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    value = 0xFFFFFFFF
    for byte in body:
        value = value >> 8 ^ table[(value ^ byte) & 0xFF]
    return (value ^ 0xFFFFFFFF).to_bytes(4, "big")


def crc32(body):
    return zlib.crc32(body).to_bytes(4, "big")


def composite(function, body, size):
    digests = [function(body[start:start + size]) for start in range(0, len(body), size)]
    return f"{checksum(function(b''.join(digests)))}-{len(digests)}"


def sha256(body):
    return hashlib.sha256(body).digest()


OPAQUE = {"x_amz_server_side_encryption": "aws:kms", "etag": "0" * 32}
FULL = {"x_amz_checksum_type": "FULL_OBJECT"}
PARTS = {"parts": [4_096, 4_096, 2_048], "x_amz_checksum_type": "COMPOSITE"}
CHECKS = {
    "ETag": {},
    "CRC32": {**FULL, **OPAQUE, "x_amz_checksum_crc32": checksum(crc32(BODY))},
    "CRC32C": {**FULL, **OPAQUE, "x_amz_checksum_crc32c": checksum(crc32c(BODY))},
    "SHA1": {**FULL, **OPAQUE, "x_amz_checksum_sha1": checksum(hashlib.sha1(BODY).digest())},
    "SHA256": {**FULL, **OPAQUE, "x_amz_checksum_sha256": checksum(sha256(BODY))},
    "SHA256 of parts": {**OPAQUE, **PARTS, "x_amz_checksum_sha256": composite(sha256, BODY, 4_096)},
    "CRC32C of parts": {**OPAQUE, **PARTS, "x_amz_checksum_crc32c": composite(crc32c, BODY, 4_096)},
    "ETag of parts": {"parts": [4_096, 4_096, 2_048]},
    "stated MD5": {**OPAQUE, "x_amz_meta_md5chksum": checksum(hashlib.md5(BODY).digest())},
}


@pytest.mark.parametrize("check", CHECKS)
def test_each_check_vouches_and_finds_other_bytes(restoring, check):
    restoring.want({"a": BODY, "b": b"2"})
    restoring.server.put("a", BODY, **CHECKS[check])
    counts = restoring.counts("--require-verified")
    assert counts[f"verified by {check}"] >= 1 and counts["not verified"] == 0
    (restoring.target / "a").unlink()
    restoring.server.objects["a", "v"].body = b"?" + BODY[1:]
    before = len(restoring.server.gets)
    result = restoring.run(status=3)
    assert f"Error: a: its bytes differ from its {check}" in result.stderr
    assert sorted(restoring.files()) == ["b"]
    assert len(restoring.server.gets) == before + 2


def test_parts_of_sizes_that_differ(restoring):
    sizes = [1_000, 5_000, 240, 4_000]
    restoring.want({"a": BODY})
    restoring.server.put("a", BODY, parts=sizes)
    assert restoring.counts()["verified by ETag of parts"] == 1


def test_parts_whose_sizes_no_server_tells(restoring):
    body = os.urandom(11 * MIB)
    restoring.want({"a": body})
    restoring.server.put("a", body, parts=[5 * MIB, 5 * MIB, MIB])
    restoring.server.has_parts = False
    assert restoring.counts()["verified by ETag of parts"] == 1


@pytest.mark.parametrize("headers", [OPAQUE, {"etag": "no digest"}, PARTS])
@pytest.mark.parametrize("length", [0, 4_096, 5_000, len(BODY) - 1])
def test_a_body_that_ends_early_is_never_taken_for_the_object(restoring, headers, length):
    """Its length is right, no listing tells another, and its ETag cannot be compared with it."""
    restoring.want({"a": BODY})
    restoring.server.put("a", BODY, **headers)

    def cut(request):
        if request.method == "GET":
            held = restoring.server.objects["a", "v"]
            return 200, BODY[:length], {"ETag": held.etag, **held.headers}
        return None

    restoring.server.script = cut
    assert "Error: a: " in restoring.run(status=3).stderr
    assert restoring.files() == {}
    restoring.server.script = lambda request: None
    restoring.run()
    restoring.assert_restored()


@pytest.mark.parametrize("headers", [
    OPAQUE, {"x_amz_server_side_encryption_customer_algorithm": "AES256", "etag": "0" * 32},
    {"etag": "no digest"}, {**OPAQUE, "x_amz_checksum_xxhash64": "AAAAAAAAAAA="}])
def test_what_nothing_vouches_for_is_counted(restoring, headers):
    restoring.want({"a": BODY})
    restoring.server.put("a", BODY, **headers)
    assert restoring.counts()["not verified"] == 1
    (restoring.target / "a").unlink()
    result = restoring.run("--require-verified", status=3)
    assert "Error: a: nothing that the service knows" in result.stderr
    assert "without --require-verified" in result.stderr
    assert restoring.files() == {}


def test_a_checksum_that_is_not_known_is_passed_over(restoring):
    restoring.want({"a": BODY})
    restoring.server.put("a", BODY, x_amz_checksum_xxhash3="AAAAAAAAAAA=")
    assert restoring.counts()["verified by ETag"] == 1


LONG = os.urandom(40 * MIB)


def ranged(server, answer):
    """Answers ranges by `answer(first, last)`, all else well."""

    def script(request):
        if "Range" not in request.headers:
            return None
        first, last = request.headers["Range"].removeprefix("bytes=").split("-")
        return answer(int(first), min(int(last), len(LONG) - 1))

    server.script = script


HEADERS = {"ETag": f'"{hashlib.md5(LONG).hexdigest()}"'}


@pytest.mark.parametrize("answer", [
    lambda first, last: (200, LONG, HEADERS),
    lambda first, last: (200, LONG[first:last + 1], HEADERS),
    lambda first, last: (206, LONG[first:last + 1], HEADERS),
    lambda first, last: (
        206, LONG[:9], {**HEADERS, "Content-Range": f"bytes 0-8/{len(LONG)}"}),
], ids=["whole", "without range", "206 without range", "another range"])
def test_a_server_without_ranges_is_asked_for_the_whole(restoring, answer):
    restoring.want({"a": LONG}, sizes=True)
    ranged(restoring.server, answer)
    counts = restoring.counts("--require-verified")
    assert counts["restored"] == 1
    restoring.assert_restored()
    assert len(restoring.server.gets) <= 3


def test_long_objects_come_in_ranges(restoring):
    restoring.want({"a": LONG, "b": LONG[:32 * MIB], "c": LONG[:8 * MIB], "d": b""})
    counts = restoring.counts("--require-verified")
    assert counts["restored"] == 4
    restoring.assert_restored()


@pytest.mark.parametrize("code, status, words", [
    ("AccessDenied", 403, "doctor --policy restore --bucket photos"),
    ("NoSuchVersion", 404, "a new manifest"), ("InvalidObjectState", 403, "--thaw")])
def test_the_way_out_stands_there_once(restoring, code, status, words):
    restoring.want({f"f{n}": b"%d" % n for n in range(20)})
    restoring.server.script = lambda request: (
        refusal(code, status) if int(request.key[1:]) < 15 else None)
    result = restoring.run(status=3)
    assert result.stderr.count("Error: f") == 15
    assert result.stderr.count("Help:") == 1 and words in result.stderr
    assert len(restoring.files()) == 5


def test_a_null_version_that_was_overwritten(restoring):
    etag = f'"{hashlib.md5(b"old").hexdigest()}"'
    restoring.manifest.write_text(f'key,version_id,etag\na,null,"""{etag[1:-1]}"""\n')
    restoring.server.put("a", b"new", "null")
    result = restoring.run(status=3)
    assert "overwritten" in result.stderr and "Help:" in result.stderr
    assert restoring.files() == {}


def test_compressed_bodies_stay_as_they_are(restoring):
    body = base64.b64decode("H4sIAAAAAAAAA0vLzwcAIWVzjAMAAAA=")
    restoring.want({"a.gz": body})
    restoring.server.put("a.gz", body, Content_Encoding="gzip")
    restoring.run("--require-verified")
    restoring.assert_restored()


def test_a_head_that_does_not_say_how_long(restoring):
    restoring.want({"a": LONG}, sizes=True)

    def script(request):
        if request.method == "HEAD":
            return 200, b"", {**HEADERS, "Content-Length": None}
        return None

    restoring.server.script = script
    restoring.run()
    restoring.assert_restored()
