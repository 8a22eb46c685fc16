"""What a killed sync leaves behind: how to kill one, what must hold then, and what it may cost."""

import os
import shutil
import signal
import sqlite3
import statistics
import subprocess
import threading
from contextlib import closing

PAGE_KEYS = 100
CONCURRENCY = 8
# Requests beyond the pages that a sync may send, of those that an uninterrupted one does.
EXTRA = 0.05
COLUMNS = {
    "objects": "bucket, key, size, last_modified, etag, storage_class",
    "bucket_classes": "bucket, storage_class, objects, bytes",
    "prefixes": "bucket, prefix, depth, objects, bytes",
    "buckets": "bucket, region, created, objects, bytes, last_modified, state, error",
}


def opened(path, mode):
    database = sqlite3.connect(f"file:{path}?mode={mode}", uri=True)
    database.text_factory = bytes
    return closing(database)


def snapshot(path):
    """Everything that an index says of its buckets but when it was made."""
    with opened(path, "ro") as database:
        return {
            view: database.execute(f"SELECT {columns} FROM {view} ORDER BY 1, 2, 3").fetchall()
            for view, columns in COLUMNS.items()}


def assert_same(found, expected):
    """Compares two snapshots; pytest would take minutes to tell long lists apart."""
    for view, rows in expected.items():
        if found[view] != rows:
            left, right = set(found[view]), set(rows)
            raise AssertionError(
                f"{view}: {len(left - right)} rows too many, as {sorted(left - right)[:3]};"
                f" {len(right - left)} too few, as {sorted(right - left)[:3]}")


class Tally:
    """The figures of all kills of a run of the tests."""

    def __init__(self):
        self.seeded = self.named = self.lost = self.lost_most = 0
        self.ratios = []
        self.lock = threading.Lock()

    @property
    def kills(self):
        return self.seeded + self.named

    def __str__(self):
        return (
            f"Kills: {self.seeded} at seeded moments, {self.named} at crashpoints; {len(self.ratios)}"
            f" syncs resumed to the end. LIST requests: {statistics.mean(self.ratios or [0]):.3f} x an"
            f" uninterrupted sync, at worst {max(self.ratios, default=0):.3f}, and what a kill lost in"
            f" flight or not committed: {self.lost / self.kills:.1f} pages, at most {self.lost_most}.")


TALLY = Tally()


class Victim:
    """An index, and the chain of syncs that are killed at it until one is let finish."""

    def __init__(self, audit, server):
        self.audit = audit
        self.server = server
        self.copy = audit.index.with_name("copy.sqlite3")
        self.sent = self.lost = self.kills = 0
        self.lists_before = self.lists_sent()
        self.syncs_before = first(audit.index, "SELECT count(*) FROM sync")

    def lists_sent(self):
        return self.server.requests()["requests"].get("ListObjectsV2", 0)

    def listed(self):
        """How many objects the last kill left committed in unfinished crawls."""
        if not self.kills:
            return 0
        return first(
            self.copy,
            "SELECT coalesce(sum(crawl_range.objects), 0) FROM crawl_range"
            " JOIN crawl ON crawl.id = crawl_id WHERE state = 'running'")

    def run(self, seconds=None, crashpoint=None):
        """Runs a sync, to be killed after so many seconds or at a crashpoint; whether it was."""
        process = self.audit.start(
            "sync", "--quiet", "--concurrency", CONCURRENCY,
            env={"S3AUDIT_TEST_CRASHPOINT": crashpoint}, stdout=subprocess.DEVNULL)
        try:
            _, err = process.communicate(timeout=60 if seconds is None else seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            _, err = process.communicate()
        assert process.returncode in (0, -signal.SIGKILL), (process.returncode, err)
        was_killed = process.returncode != 0
        assert not (was_killed and seconds is None and crashpoint is None), "killed by somebody else"
        if was_killed:
            self.kills += 1
            with TALLY.lock:
                TALLY.named += crashpoint is not None
                TALLY.seeded += crashpoint is None
            self.copy_index()
            check_index(self.copy)
        lists = self.lists_sent()
        sent, self.lists_before = lists - self.lists_before, lists
        self.sent += sent
        if was_killed:
            self.count_lost(sent, process.pid)
        return was_killed

    def copy_index(self):
        """What is looked at, so that the next sync finds the files as the kill left them."""
        for suffix in ("", "-wal", "-shm", "-journal"):
            if os.path.exists(f"{self.copy}{suffix}"):
                os.unlink(f"{self.copy}{suffix}")
            # The last of the four is there while a file that has no log yet is made.
            if os.path.exists(f"{self.audit.index}{suffix}") and suffix != "-shm":
                shutil.copyfile(f"{self.audit.index}{suffix}", f"{self.copy}{suffix}")

    def count_lost(self, sent, pid):
        """Adds up the requests that a kill made vain: in flight, or not committed."""
        committed = first(
            self.copy,
            "SELECT coalesce(sum((objects + ?1 - 1) / ?1), 0) FROM sync_crawl WHERE sync_id ="
            " (SELECT max(id) FROM sync WHERE pid = ?2)", PAGE_KEYS, pid)
        lost = max(0, sent - committed)
        self.lost += lost
        with TALLY.lock:
            TALLY.lost += lost
            TALLY.lost_most = max(TALLY.lost_most, lost)

    def assert_finished(self, lists, expected=None):
        """After a sync that was let finish: the index is `expected`, unless that is None, and the
        whole chain sent the LIST requests of an uninterrupted sync, `lists`, and those it lost.
        """
        check_index(self.audit.index)
        if expected:
            assert_same(snapshot(self.audit.index), expected)
        states = [row[0] for row in self.audit.sql("SELECT state FROM sync ORDER BY id")]
        assert states[-1] == "complete" and "running" not in states
        assert self.audit.sql("SELECT count(*) FROM crawl WHERE state <> 'complete'") == [(0,)]
        if "complete" in states[self.syncs_before:-1]:
            return  # Killed when all was done: then the next sync begins anew.
        useful = self.sent - self.lost
        if self.kills:
            with TALLY.lock:
                TALLY.ratios.append(useful / lists)
        # Where a bucket is cut varies, and with it how many ranges end in a page that is not full.
        assert useful <= (1 + EXTRA) * lists + CONCURRENCY, (
            f"{self.sent} LIST requests, {self.lost} of them lost in {self.kills} kills;"
            f" an uninterrupted sync sends {lists}")


def first(path, statement, *values):
    """A number out of an index; 0 when a kill came before it was made."""
    if not path.exists():
        return 0
    with opened(path, "ro") as database:
        return database.execute(statement, values).fetchone()[0] if has_schema(database) else 0


def has_schema(database):
    """Whether the file was made whole: a kill can come before."""
    return database.execute(
        "SELECT count(*) FROM sqlite_schema WHERE name IN ('crawl_range', 'objects')"
    ).fetchone()[0] == 2


def check_index(path):
    """Asserts what must be true of an index at any instant."""
    if not path.exists():
        return
    with opened(path, "rw") as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [(b"ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        if has_schema(database):
            check_sums(database)
            check_crawls(database)


def check_sums(database):
    """Rollups are the sums of the rows."""
    assert database.execute(
        "SELECT bucket_id, storage_class_id, count(*), sum(size) FROM object GROUP BY 1, 2"
        " ORDER BY 1, 2").fetchall() == database.execute(
        "SELECT * FROM bucket_usage ORDER BY 1, 2").fetchall()
    wrong = database.execute(
        "SELECT * FROM prefix_usage AS kept WHERE (objects, bytes) IS NOT ("
        " SELECT count(*), sum(size) FROM object WHERE bucket_id = kept.bucket_id"
        # '0' comes after '/'.
        " AND key >= kept.prefix AND key < substr(kept.prefix, 1, length(kept.prefix) - 1) || '0')"
        " LIMIT 3").fetchall()
    assert wrong == [], "sums of prefixes differ from rows"
    kept = database.execute(
        "SELECT bucket_id, depth, sum(objects) FROM prefix_usage GROUP BY 1, 2").fetchall()
    counted = database.execute(
        "SELECT bucket_id, depth, count(*) FROM object JOIN ("
        " SELECT 1 AS depth UNION SELECT 2 UNION SELECT 3 UNION SELECT 4)"
        " ON length(key) - length(replace(key, '/', '')) >= depth GROUP BY 1, 2").fetchall()
    assert sorted(kept) == sorted(counted), "prefixes are missing"


def check_crawls(database):
    """What is stored is what the checkpoints say, and the checkpoints leave no key out."""
    crawls = database.execute(
        "SELECT id, bucket_id, journaled, (SELECT state FROM bucket WHERE id = bucket_id)"
        " FROM crawl WHERE state = 'running'").fetchall()
    for crawl, bucket, is_journaled, state in crawls:
        assert state == b"partial"
        ranges = database.execute(
            "SELECT lo, hi, cursor, objects, done FROM crawl_range WHERE crawl_id = ? ORDER BY lo",
            [crawl]).fetchall()
        check_tiling(ranges)
        for lo, hi, cursor, objects, is_done in ranges:
            # A range that is done has been compared up to its end.
            end = hi if is_done else cursor
            stored = database.execute(
                "SELECT count(*) FROM object WHERE bucket_id = ?1 AND key > CAST(?2 AS TEXT)"
                " AND (?3 IS NULL OR key <= CAST(?3 AS TEXT))", [bucket, lo, end]).fetchone()[0]
            assert stored == objects, f"{objects} listed in ({lo}, {end}], {stored} stored"
        listed = sum(row[3] for row in ranges)
        counted, added = database.execute(
            "SELECT coalesce(sum(objects), 0), coalesce(sum(added), 0) FROM sync_crawl"
            " WHERE crawl_id = ?", [crawl]).fetchone()
        assert counted == listed, "counted twice, or not at all"
        if not is_journaled:
            rows = database.execute(
                "SELECT count(*) FROM object WHERE bucket_id = ?", [bucket]).fetchone()[0]
            removed = database.execute(
                "SELECT coalesce(sum(removed), 0) FROM sync_crawl WHERE crawl_id = ?", [crawl]
            ).fetchone()[0]
            assert rows == listed == added - removed, "rows beyond the checkpoints of a first crawl"
    without = database.execute(
        "SELECT name FROM bucket WHERE state = 'partial' AND id NOT IN ("
        " SELECT bucket_id FROM crawl WHERE state = 'running')").fetchall()
    assert without == [], "marked partial, and nothing to take up"


def check_tiling(ranges):
    assert ranges, "a running crawl without a range"
    assert ranges[0][0] == b"" and ranges[-1][1] is None
    for (_, hi, _, _, _), (lo, _, _, _, _) in zip(ranges, ranges[1:]):
        assert hi == lo, f"between {hi} and {lo} are keys of no range, or of two"
    for lo, hi, cursor, objects, _ in ranges:
        assert cursor >= lo and (hi is None or lo < hi and cursor <= hi) and objects >= 0
