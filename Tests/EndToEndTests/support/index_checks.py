"""What must be true of an index at any instant, also after a kill, and what two indexes must share."""

import sqlite3
from contextlib import closing

COLUMNS = {
    "objects": "bucket, key, size, last_modified, etag, storage_class",
    "bucket_classes": "bucket, storage_class, objects, bytes",
    "prefixes": "bucket, prefix, depth, objects, bytes",
    "buckets": "bucket, region, created, objects, bytes, last_modified, state, error,"
               " noncurrent_objects, noncurrent_bytes, delete_markers, uploads, upload_bytes",
    # Ranks differ from index to index; the order that they stand for does not.
    "versions": "bucket, key, row_number() OVER (PARTITION BY bucket, key ORDER BY is_latest DESC, rank),"
                " version_id, is_latest, is_delete_marker, size, last_modified, etag, storage_class",
    "uploads": "bucket, key, upload_id, initiated, storage_class, parts, bytes",
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


def first(path, statement, *values):
    """A number out of an index; 0 when a kill came before it was made."""
    if not path.exists():
        return 0
    with opened(path, "ro") as database:
        return database.execute(statement, values).fetchone()[0] if has_schema(database) else 0


def has_schema(database):
    """Whether the file was made whole: a kill can come before."""
    return database.execute(
        "SELECT count(*) FROM sqlite_schema WHERE name IN ('crawl_range', 'objects', 'versions')"
    ).fetchone()[0] == 3


def check_index(path):
    """Asserts what must be true of an index at any instant."""
    if not path.exists():
        return
    with opened(path, "rw") as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [(b"ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        if has_schema(database):
            check_sums(database)
            check_versions(database)
            check_crawls(database)


# Objects under 128 KiB, and their bytes.
SMALL = "sum(size < 131072), sum(iif(size < 131072, size, 0))"
SMALL_VERSIONS = "sum(kind = 0 AND size < 131072), sum(iif(kind = 0 AND size < 131072, size, 0))"


def check_sums(database):
    """Rollups are the sums of the rows."""
    assert database.execute(
        f"SELECT bucket_id, storage_class_id, count(*), sum(size), {SMALL} FROM object GROUP BY 1, 2"
        " ORDER BY 1, 2").fetchall() == database.execute(
        "SELECT bucket_id, storage_class_id, objects, bytes, small_objects, small_bytes"
        " FROM bucket_usage ORDER BY 1, 2").fetchall()
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


def check_versions(database):
    """Rollups of versions are the sums of the rows, and no key has two current entries."""
    assert database.execute(
        "SELECT bucket_id, coalesce(storage_class_id, 0), sum(kind = 0), sum(size), sum(kind > 0),"
        f" {SMALL_VERSIONS} FROM object_version GROUP BY 1, 2 ORDER BY 1, 2").fetchall() == database.execute(
        "SELECT bucket_id, storage_class_id, objects, bytes, markers, small_objects, small_bytes"
        " FROM version_usage ORDER BY 1, 2").fetchall()
    assert database.execute(
        "SELECT object.key FROM object_version JOIN object USING (bucket_id, key) WHERE kind = 2"
        " LIMIT 3").fetchall() == [], "a key with an object and a current delete marker"
    assert database.execute(
        "SELECT bucket_id, key, version_id FROM object_version GROUP BY 1, 2, 3 HAVING count(*) > 1"
        " LIMIT 3").fetchall() == [], "a version that is stored twice"
    crawls = database.execute(
        "SELECT bucket_id, crawl_range.lo, CASE done WHEN 1 THEN hi ELSE cursor END,"
        " crawl_range.versions FROM crawl JOIN crawl_range ON crawl_id = crawl.id"
        " WHERE state = 'running' AND crawl.versions = 1").fetchall()
    for bucket, lo, end, versions in crawls:
        stored = database.execute(
            "SELECT count(*) FROM object_version WHERE bucket_id = ?1 AND key > CAST(?2 AS TEXT)"
            " AND (?3 IS NULL OR key <= CAST(?3 AS TEXT))", [bucket, lo, end]).fetchone()[0]
        assert stored == versions, f"{versions} versions listed in ({lo}, {end}], {stored} stored"
    counted = database.execute(
        "SELECT sum(sync_crawl.versions), (SELECT sum(versions) FROM crawl_range"
        " WHERE crawl_range.crawl_id = crawl.id) FROM crawl JOIN sync_crawl ON crawl_id = crawl.id"
        " WHERE state = 'running' AND crawl.versions = 1 GROUP BY crawl.id").fetchall()
    assert [row for row in counted if row[0] != row[1]] == [], "versions counted twice, or not at all"


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
        # A first crawl is one before which nothing was listed of the bucket.
        is_first = not is_journaled and database.execute(
            "SELECT count(*) FROM sync_crawl JOIN crawl ON crawl.id = crawl_id"
            " WHERE bucket_id = ?1 AND crawl.id < ?2", [bucket, crawl]).fetchone() == (0,)
        assert database.execute(
            "SELECT count(*) FROM sync_crawl WHERE objects < 0 OR added < 0 OR versions < 0"
        ).fetchone() == (0,), "less than nothing was listed"
        counted, added = database.execute(
            "SELECT coalesce(sum(objects), 0), coalesce(sum(added), 0) FROM sync_crawl"
            " WHERE crawl_id = ?", [crawl]).fetchone()
        assert counted == listed, "counted twice, or not at all"
        if is_first:
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
