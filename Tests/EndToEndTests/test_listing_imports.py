"""`import listing`: what `list` has printed of ranges, with its receipts, as if a sync had listed it."""

import gzip
import json
import random
import shutil
import signal
from urllib.parse import quote_from_bytes

import pytest

from support import index_checks, servers
from support.audit import another
from support.index_tables import tables

SAME = ("object", "bucket_usage", "prefix_usage", "usage_history", "object_change")


def list_ranges(audit, folder, cuts, bucket="logs", prefix="", options=()):
    """Lists a bucket range by range: the files, and the receipts."""
    folder.mkdir(exist_ok=True)
    ends = ["", *cuts, ""]
    files = []
    for number, (lower, upper) in enumerate(zip(ends, ends[1:])):
        file, receipt = folder / f"{number}.csv", folder / f"{number}.json"
        with open(file, "wb") as output:
            process = audit.start(
                "list", f"s3://{bucket}/{prefix}", f"--range={lower}:{upper}", "--receipt", str(receipt), "--format",
                "csv", "--raw-csv", *options, stdout=output)
            _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        files.append((file, receipt))
    return files


def imported(audit, files, receipts, *options, status=0, **more):
    words = [word for receipt in receipts for word in ("--receipt", receipt)]
    result = audit.run("import", "listing", *files, *words, *options, "--format", "json", **more)
    assert result.returncode == status, result
    return (json.loads(result.stdout)[0] if result.stdout else None), result.stderr


def check(audit):
    result = audit.run("check")
    assert result.returncode == 0, result


def cuts_of(audit, count, seed=1):
    keys = sorted(row[0].encode() for row in audit.sql("SELECT key FROM object"))
    return [quote_from_bytes(key, "/") for key in sorted(random.Random(seed).sample(keys, count))]


class World:
    """A bucket in two nights, listed in ranges, and what syncs of it leave."""

    def __init__(self, folder):
        self.server = servers.Simulator("--bucket", "logs:dates:4000", "--share", "10")
        self.synced = another(folder, "synced", self.server)
        self.nights, self.expected = [], []
        for night in range(2):
            self.synced.sync("--no-properties")
            self.expected.append(tables(self.synced.index))
            cuts = cuts_of(self.synced, 6, seed=night)
            self.nights.append(list_ranges(self.synced, folder / f"night{night}", cuts))
            self.server.night()
        self.server.stop()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return World(tmp_path_factory.mktemp("world"))


def night(audit, world, number, count=None, **options):
    pairs = world.nights[number][:count]
    random.Random(number).shuffle(pairs)
    return imported(audit, [file for file, _ in pairs], [receipt for _, receipt in pairs],
                    "--endpoint-url", world.server.endpoint, **options)


def compare(audit, expected, names=SAME):
    found = tables(audit.index)
    for name in names:
        rows = [sorted(repr([cell for cell in row if not is_moment(cell)]) for row in table[name])
                for table in (found, expected)]
        assert rows[0] == rows[1], name


def is_moment(cell):
    """Times of syncs, and the numbers of what was done then."""
    return isinstance(cell, int) and cell > 1_700_000_000_000 or isinstance(cell, tuple) and isinstance(cell[0], int)


def test_ranges_that_tile_are_a_sync(world, audit):
    row, _ = night(audit, world, 0)
    assert (row["state"], row["objects"], row["added"], row["ranges"]) == ("complete", 4000, 4000, 7)
    check(audit)
    index_checks.check_index(audit.index)
    assert audit.bucket("logs")["state"] == "complete"
    for name in SAME:
        if name != "object_change":
            compare(audit, world.expected[0], [name])
    starts = [json.loads(receipt.read_text())["started"] for _, receipt in world.nights[0]]
    assert audit.sql("SELECT synced_at FROM buckets")[0][0] in min(starts)
    row, _ = night(audit, world, 1)
    assert row["added"] + row["changed"] + row["removed"] == len(world.expected[1]["object_change"]) > 0
    compare(audit, world.expected[1])
    check(audit)
    row, _ = night(audit, world, 1)
    assert row["added"] + row["changed"] + row["removed"] == 0
    # An older night does not come back by mistake.
    assert "the index is newer" in night(audit, world, 0, status=1)[1]


def test_ranges_that_do_not_tile_leave_the_rest_as_it_was(world, audit):
    night(audit, world, 0)
    before = dict(audit.sql("SELECT key, etag FROM object"))
    row, message = night(audit, world, 1, count=3, status=3)
    assert row["state"] == "partial" and "nothing was listed of the range" in message, message
    assert audit.bucket("logs")["state"] == "partial" and audit.run("check").returncode == 0
    end = json.loads(world.nights[1][2][1].read_text())["last"]
    after = dict(audit.sql("SELECT key, etag FROM object"))
    assert {key: tag for key, tag in after.items() if key > end} == {
        key: tag for key, tag in before.items() if key > end}
    # The others make it whole, whoever brings them, and in whatever order.
    for file, receipt in reversed(world.nights[1][3:]):
        row, _ = imported(audit, [file], [receipt], "--endpoint-url", world.server.endpoint,
                          status=0 if file == world.nights[1][3][0] else 3)
    assert row["state"] == "complete"
    compare(audit, world.expected[1])
    check(audit)


def test_indexes_of_ranges_make_one(world, tmp_path):
    parts = []
    for number in range(3):
        part = another(tmp_path, f"part{number}")
        pairs = world.nights[0][number::3]
        imported(part, [file for file, _ in pairs], [receipt for _, receipt in pairs], "--endpoint-url",
                 world.server.endpoint, status=3)
        parts.append(part.index)
    joined = another(tmp_path, "joined")
    for count, status in ((2, 3), (3, 0)):
        result = joined.run("import", "index", *parts[:count], "--format", "json")
        assert result.returncode == status, result
        assert joined.run("check").returncode == 0
    for name in SAME[:3]:
        compare(joined, world.expected[0], [name])
    assert joined.bucket("logs")["state"] == "complete"
    before = tables(joined.index)
    for part in parts:
        assert joined.run("import", "index", part).returncode == 0
    assert tables(joined.index) == before


def test_a_sync_lists_what_is_missing(tmp_path):
    server = servers.Simulator("--bucket", "logs:dates:6000")
    audit = another(tmp_path, "mine", server)
    whole = another(tmp_path, "whole", server)
    whole.sync()
    pairs = list_ranges(audit, tmp_path / "ranges", cuts_of(whole, 4))
    imported(audit, [pairs[0][0], pairs[2][0]], [pairs[0][1], pairs[2][1]], status=3)
    known = audit.sql("SELECT count(*) FROM object")[0][0]
    audit.sync()
    server.stop()
    assert audit.sql("SELECT objects FROM sync_crawl ORDER BY sync_id DESC LIMIT 1") == [(6000 - known,)]
    check(audit)
    index_checks.assert_same(index_checks.snapshot(audit.index), index_checks.snapshot(whole.index))


def test_compressed_unsorted_several_in_a_file_and_one_on_standard_input(world, audit, tmp_path):
    pairs = world.nights[0]
    header, rows = None, []
    for file, _ in pairs[:3]:
        header, *lines = file.read_bytes().splitlines(keepends=True)
        rows += lines
    random.Random(5).shuffle(rows)
    (tmp_path / "some.csv.gz").write_bytes(gzip.compress(b"".join([header, *rows])))
    receipts = tmp_path / "all.jsonl"
    receipts.write_bytes(b"\n".join(receipt.read_bytes().strip() for _, receipt in pairs) + b"\n\n")
    with open(pairs[3][0], "rb") as stdin:
        row, _ = imported(audit, [tmp_path / "some.csv.gz", "-", *(file for file, _ in pairs[4:])], [receipts],
                          "--endpoint-url", world.server.endpoint, stdin=stdin)
    assert row["state"] == "complete"
    for name in SAME[:3]:
        compare(audit, world.expected[0], [name])


def test_a_prefix_alone(tmp_path):
    server = servers.Simulator("--bucket", "logs:deep:2000")
    audit, whole = another(tmp_path, "mine", server), another(tmp_path, "whole", server)
    whole.sync()
    top = whole.sql("SELECT min(key) FROM object")[0][0].split("/")[0] + "/"
    keys = [row[0] for row in whole.sql("SELECT key FROM object WHERE key >= ? AND key < ? ORDER BY key", top,
                                        top[:-1] + "0")]
    pairs = list_ranges(audit, tmp_path / "ranges", [keys[len(keys) // 2]], prefix=top)
    server.stop()
    row, _ = imported(audit, [file for file, _ in pairs], [receipt for _, receipt in pairs])
    assert (row["prefix"], row["state"], row["objects"]) == (top, "complete", len(keys))
    assert audit.query("totals", f"s3://logs/{top}")[0]["state"] == "complete"
    assert audit.bucket("logs")["state"] == "partial"


ODD = [b"a", b"a,b", b'a"b"', b"a\nb", b"a\r\nb", b"a\x00", b"a\x00b", b"-x", b"=1+1", b"\xff\xfe", b"z\xc3",
       "ä☃".encode(), b" ", b"+", b"%41", b"..", b"'", b'"', b'""']


def test_keys_of_any_bytes_come_back_exact(audit, tmp_path):
    """Written here: no server of tests has keys with zero bytes."""
    keys = sorted(ODD)
    middle = keys[len(keys) // 2]
    halves = [[key for key in keys if key <= middle], [key for key in keys if key > middle]]
    files, receipts = [], []
    for number, half in enumerate(halves):
        lines = [b"key,size,last_modified,etag,storage_class\n"]
        for size, key in enumerate(half):
            lines.append(b'"%s",%d,2026-11-20T01:02:03.004Z,"e""%d",GLACIER\n' % (key.replace(b'"', b'""'), size, size))
        (tmp_path / f"{number}.csv").write_bytes(b"".join(lines))
        text = [encoded(key) for key in (half[0], half[-1], middle)]
        receipt = {
            "bucket": "logs", "objects": len(half), "bytes": sum(range(len(half))), "first": text[0], "last": text[1],
            "next": None, "range": f":{text[2]}" if number == 0 else f"{text[2]}:", "requests": 1, "retries": 0,
            "started": "2026-11-29T01:02:03Z", "finished": "2026-11-29T01:02:04Z", "version": "1"}
        (tmp_path / f"{number}.json").write_text(vouched(receipt))
        files.append(tmp_path / f"{number}.csv")
        receipts.append(tmp_path / f"{number}.json")
    row, _ = imported(audit, files, receipts)
    assert (row["state"], row["objects"]) == ("complete", len(keys))
    with index_checks.opened(audit.index, "ro") as database:
        found = database.execute("SELECT CAST(key AS BLOB), CAST(etag AS BLOB), last_modified_ms FROM object"
                                 " ORDER BY key").fetchall()
    assert [key for key, _, _ in found] == keys
    assert found[0][1] == b'e"0' and {moment for _, _, moment in found} == {1763600523004 + 365 * 86400000}
    check(audit)


def encoded(key):
    text = quote_from_bytes(key, "/")
    return "%2D" + text[1:] if text.startswith("-") else text


def vouched(receipt):
    """The line of a receipt, with the checksum that goes with its other fields: FNV-1a of 64 bits."""
    fields = {name: value for name, value in receipt.items() if name != "checksum"}
    hash = 0xcbf29ce484222325
    for byte in json.dumps(fields, sort_keys=True, separators=(",", ":")).encode():
        hash = (hash ^ byte) * 0x100000001b3 % 2 ** 64
    return json.dumps({**fields, "checksum": f"{hash:016x}"})


# What is done to one file or receipt, and what is said of it then.
def cut_in_a_row(file, receipt):
    file.write_bytes(file.read_bytes()[:-10])
    return "no line end"


def cut_at_a_line(file, receipt):
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-1]))
    return "and its receipt"


def a_row_of_another_range(file, receipt):
    file.write_bytes(file.read_bytes() + b"zzz,1,2026-11-20T01:02:03Z,e,STANDARD\n")
    return "is in no range of a receipt"


def a_key_twice(file, receipt):
    lines = file.read_bytes().splitlines(keepends=True)
    # As many objects and bytes as the receipt says.
    of_a_size = {}
    for line in lines[2:-1]:
        of_a_size.setdefault(line.split(b",")[1], []).append(line)
    one, other = next((rows[0], rows[1]) for rows in of_a_size.values() if len(rows) > 1)
    lines[lines.index(other)] = one
    file.write_bytes(b"".join(lines))
    return "comes twice"


def another_size(file, receipt):
    lines = file.read_bytes().splitlines(keepends=True)
    fields = lines[3].split(b",")
    fields[1] = b"%d" % (int(fields[1]) + 1)
    file.write_bytes(b"".join([*lines[:3], b",".join(fields), *lines[4:]]))
    return "bytes of the range"


def no_header(file, receipt):
    file.write_bytes(file.read_bytes().split(b"\n", 1)[1])
    return "no listing in CSV"


def no_file(file, receipt):
    file.write_bytes(file.read_bytes().split(b"\n", 1)[0] + b"\n")
    return "no file has the"


def a_bad_time(file, receipt):
    file.write_bytes(file.read_bytes().replace(b"Z,", b"X,", 1))
    return "is no last_modified"


def a_changed_receipt(file, receipt):
    receipt.write_text(receipt.read_text().replace('"objects":', '"objects":1'))
    return "was changed after it was written"


def a_plan(file, receipt):
    receipt.write_text('{"bucket":"logs","objects":1,"range":":m"}\n')
    return "is no receipt: it has no 'bytes'"


def no_json(file, receipt):
    receipt.write_text("hello\n")
    return "is no receipt"


def an_empty_receipt(file, receipt):
    receipt.write_text("\n")
    return "holds no receipt"


def another_bucket(file, receipt):
    receipt.write_text(vouched({**json.loads(receipt.read_text()), "bucket": "media"}))
    return "is of the bucket media"


def no_checksum(file, receipt):
    fields = json.loads(receipt.read_text())
    del fields["checksum"]
    receipt.write_text(json.dumps(fields))
    return "it has no 'checksum'"


def the_same_range_twice(file, receipt):
    receipt.write_text(receipt.read_text() * 2)
    return "have keys in common"


@pytest.mark.parametrize("spoil", [
    cut_in_a_row, cut_at_a_line, a_row_of_another_range, a_key_twice, another_size, no_header, no_file, a_bad_time,
    a_changed_receipt, a_plan, no_json, an_empty_receipt, another_bucket, no_checksum, the_same_range_twice])
def test_what_is_wrong_is_named_before_anything_is_written(world, audit, tmp_path, spoil):
    pairs = []
    for number, pair in enumerate(world.nights[0][:3]):
        pairs.append([tmp_path / f"{number}.csv", tmp_path / f"{number}.json"])
        for source, target in zip(pair, pairs[-1]):
            shutil.copyfile(source, target)
    words = spoil(*pairs[1])
    _, message = imported(audit, [file for file, _ in pairs], [receipt for _, receipt in pairs], status=1)
    assert words in message and "Help: " in message, message
    if spoil not in (a_key_twice,):
        assert str(pairs[1][0]) in message or str(pairs[1][1]) in message, message
    assert not audit.index.exists()


def test_csv_that_a_spreadsheet_may_read_is_taken_over_where_its_keys_are_the_buckets(tmp_path):
    server = servers.Simulator("--bucket", "odd:hostile:3000", "--bucket", "plain:dates:10")
    audit = another(tmp_path, "mine", server)
    for bucket, status in (("odd", 1), ("plain", 0)):
        with open(tmp_path / "r.csv", "wb") as output:
            process = audit.start("list", f"s3://{bucket}", "--format", "csv", "--receipt", tmp_path / "r.json",
                                  stdout=output)
            _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        _, message = imported(audit, [tmp_path / "r.csv"], [tmp_path / "r.json"], status=status)
        assert ("--raw-csv" in message) == (status == 1), message
    server.stop()
    assert audit.sql("SELECT name FROM bucket") == [("plain",)]


def test_command_lines_that_mean_nothing(world, audit):
    file, receipt = world.nights[0][0]
    assert audit.run("import", "listing", file).returncode == 64
    assert audit.run("import", "listing", "-", "--receipt", "-").returncode == 64
    _, message = imported(audit, [file, file], [receipt], status=1)
    assert "both have keys of the range" in message
    assert audit.run("import", "listing", file, "--receipt", file.with_suffix(".none")).returncode == 1


KILLS = ["crawl-planned", "rows-merged:2", "crawl-closed"]
MORE_KILLS = ["index-opened", "sync-begun", "cursor-advanced:2", "batch-summed", "crawl-listed", "crawl-committed",
              "sync-committed", "index-at-rest"]


@pytest.mark.parametrize("crashpoint", [*KILLS, *(pytest.param(name, marks=pytest.mark.long) for name in MORE_KILLS)])
def test_a_kill_is_made_good_by_the_same_import(world, audit, crashpoint):
    night(audit, world, 0)
    words = [word for file, receipt in world.nights[1] for word in (file, "--receipt", receipt)]
    process = audit.start("import", "listing", *words, "--endpoint-url", world.server.endpoint,
                          env={"S3AUDIT_TEST_CRASHPOINT": crashpoint})
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    index_checks.check_index(audit.index)
    night(audit, world, 1)
    for name in SAME[:4]:
        compare(audit, world.expected[1], [name])
    check(audit)
