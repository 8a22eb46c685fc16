"""An index of twelve buckets and ninety-five nights, written straight, in which every state of the page occurs.

Sums stand in the rollups alone, as nothing here could hold 850 million objects; the objects that are there are the
largest ones, and all of the bucket of odd keys.
"""

import math
import sqlite3
from contextlib import closing

from support.odd_keys import ODD_KEYS
from support.written_index import DAY_MS, WrittenIndex

HOUR_MS = 3_600_000
TIB, GIB = 1 << 40, 1 << 30
NIGHTS = 95
# Nights ago on which no sync ran.
MISSED = range(38, 42)
LARGE_MIX = {"STANDARD": 0.5, "INTELLIGENT_TIERING": 0.3, "GLACIER_IR": 0.2}
LAKE_MIX = {"STANDARD": 0.33, "STANDARD_IA": 0.45, "GLACIER": 0.22}
COLD_MIX = {"STANDARD_IA": 0.15, "GLACIER": 0.35, "DEEP_ARCHIVE": 0.5}
PLAIN_MIX = {"STANDARD": 1.0}

# What ends in "/" is a prefix: its bytes in GiB, its growth of 30 days and its children, which take equal-ish shares.
BUCKETS = [
    ("prod-media", "prod", "us-east-1", 61_300_000, LARGE_MIX, [
        ("renditions/", 51_302, 9.9, "1080p/ 720p/ 480p/ audio/"), ("originals/", 50_790, -4.2, "2026/ 2025/ 2024/ old/"),
        ("thumbnails/", 23_040, 12, "large/ small/"), ("captions/", 16_180, 1.8, "en/ de/ fr/"),
        ("trailers/", 4_854, 12, "hd/ sd/"), ("tmp-uploads/", 3_860, -2.8, ""), ("stills/", 1_792, 8.8, "raw/")]),
    ("data-lake-raw", "prod", "us-east-1", 214_800_000, LAKE_MIX, [
        ("events/", 55_091, 18, "us/ eu/ apac/ latam/"), ("clickstream/", 20_992, 29, "a/ b/ c/ d/ e/ f/"),
        ("orders/", 8_427, 38, "us/ eu/ apac/ latam/"), ("inventory/", 5_171, 7, "raw/ v2/ v1/"),
        ("third-party/", 5_161, 2.1, "b/ a/ c/ d/"), ("sessions/", 2_263, 44, "tenant-1/ tenant-2/ tenant-3/"),
        ("cdc/", 1_167, 14, ""), ("probe/", 512, 11, "")]),
    ("backups-eu", "prod", "eu-west-1", 4_100_000, COLD_MIX, [
        ("postgres/", 40_140, 4.4, "main/ replica/ wal/"), ("mysql/", 13_619, 5.7, "main/ logs/"),
        ("k8s-etcd/", 11_776, 6.5, "a/ b/"), ("vault/", 6_210, -6, "1/"), ("ldap/", 1_910, -3, "")]),
    ("ml-training-sets", "research", "us-west-2", 18_900_000,
     {"STANDARD": 0.7, "INTELLIGENT_TIERING": 0.3}, [
         ("images/", 16_282, 41, "train/ test/"), ("audio/", 12_800, 46, "raw/ clean/"),
         ("text/", 8_110, 53, "web/ books/"), ("checkpoints/", 6_625, 39, "run-87/ run-88/"),
         ("labels/", 1_853, 33, "")]),
    ("data-lake-curated", "prod", "us-east-1", 9_600_000, {"STANDARD": 0.6, "STANDARD_IA": 0.4}, [
        ("features/", 11_981, -2.1, "v1/ v2/"), ("daily/", 9_482, 3.0, "2026/ 2025/"), ("marts/", 5_632, 5.5, "sales/ ops/"),
        ("ml/", 5_365, 0.4, "")]),
    ("cdn-logs", "prod", "us-east-1", 388_200_000, {"STANDARD": 0.3, "GLACIER": 0.3, "DEEP_ARCHIVE": 0.4}, [
        ("2026/", 10_342, -1, "11/ 10/ 09/"), ("2025/", 7_762, -15, "12/ 11/"), ("2024/", 5_171, -22, "12/"),
        ("2023/", 72, -30, "")]),
    ("app-uploads", "prod", "us-east-1", 96_400_000, {"STANDARD": 0.8, "INTELLIGENT_TIERING": 0.2}, [
        ("users/", 9_830, 7.7, "a/ b/ c/"), ("avatars/", 4_813, 12, ""), ("exports/", 3_072, 5, "csv/")]),
    ("audit-archive", "prod", "us-east-1", 52_700_000, {"STANDARD": 0.1, "DEEP_ARCHIVE": 0.9}, [
        ("trail/", 12_390, 1.9, "")]),
    ("build-artifacts", "research", "us-west-2", 3_200_000, PLAIN_MIX, [("ci/", 6_554, -5.2, "")]),
    ("staging-media", "staging", "us-east-1", 1_700_000, PLAIN_MIX, [("renditions/", 3_994, 0.4, "")]),
]
ACCOUNTS = {"prod": "111122223333", "research": "444455556666", "staging": "777788889999"}
LARGEST = [
    ("prod-media", "originals/2026/11/feature-0312-master.mov", 1.92 * TIB, "STANDARD", 9),
    ("backups-eu", "postgres/main/base/2026-11-01.tar.zst", 1.41 * TIB, "GLACIER", 29),
    ("ml-training-sets", "checkpoints/run-88/step-240000.safetensors", 812 * GIB, "STANDARD", 3),
    ("ml-training-sets", "checkpoints/run-88/step-230000.safetensors", 812 * GIB, "STANDARD", 4),
    ("data-lake-curated", "ml/features-wide.parquet", 604 * GIB, "STANDARD_IA", 47),
]
LAST_NIGHT = [
    ("data-lake-raw", "events/us/part-", 412, 40, "added"),
    ("ml-training-sets", "checkpoints/run-88/step-", 288, 3, "added"),
    ("prod-media", "renditions/1080p/", 161, 24, "added"), ("app-uploads", "users/a/", 22, 12, "added"),
    ("cdn-logs", "2024/12/", 534, 31, "removed"),
]
LIFECYCLE = ('{"rules":[{"id":"all","is_enabled":true,"abort_uploads_days":7,'
             '"noncurrent_expiration_days":30}]}')
# Keys of bytes that are no UTF-8 beside those that S3 allows and programs stumble over.
HOSTILE_KEYS = [
    *(key.encode() for key in ODD_KEYS if "\0" not in key), b"slash//", b"hash#/tag#", b"percent%2F/x%2F",
    b"</script><script>alert(1)</script>/x", b"\xff\xfe/\xfd", b"\xff\xfebytes", b"new\nline/x", "\u202egnp.exe/x".encode(),
    b"<img src=x onerror=alert(1)>/x", b"&amp;/x", b"..//../x"]


def fill(audit, now_ms):
    """Writes everything into the index of `audit`; the last night ended four hours ago."""
    WrittenIndex(audit, now_ms)
    with closing(sqlite3.connect(audit.index)) as database, database:
        _Writer(database, now_ms).write()


class _Writer:
    def __init__(self, database, now_ms):
        self.database, self.now_ms = database, now_ms
        self.last_ms = now_ms - 4 * HOUR_MS
        self.nights = [night for night in range(NIGHTS - 1, -1, -1) if night not in MISSED]

    def write(self):
        self.accounts = {
            name: self._insert("account", endpoint="", number=number, owner=f"owner-{name}", profile=name,
                               state="complete", synced_ms=self.last_ms)
            for name, number in ACCOUNTS.items()}
        self.syncs = {
            night: self._insert("sync", pid=1, started_ms=self._at(night) - 5_000,
                                finished_ms=self._at(night) + 14 * 60_000, state="partial", requests=921_344, retries=12)
            for night in self.nights}
        for name, account, region, objects, mix, prefixes in BUCKETS:
            self._bucket(name, account, region, objects, mix, prefixes)
        self._denied()
        self._empty()
        self._insert("bucket", endpoint="", name="never-listed", region="us-east-1", state="never",
                     account_id=self.accounts["staging"])
        self._insert("bucket", endpoint="", name="refused-always", region="us-east-1", state="denied",
                     account_id=self.accounts["staging"], error="access denied (AccessDenied)")
        self._odd_keys()
        for bucket, key, size, storage_class, days in LARGEST:
            self._object(bucket, key.encode(), int(size), storage_class, days)
        self._last_night()
        self._versions("prod-media", 2_100_000, 4_860, "STANDARD")
        self._versions("app-uploads", 31_200_000, 6_246, "STANDARD")
        self._uploads("prod-media", 120, 24 * GIB)
        self._properties()
        self.database.execute("UPDATE bucket SET state = 'partial', error = 'interrupted', synced_ms = ?"
                              " WHERE name = 'app-uploads'", [self.now_ms - 29 * HOUR_MS])
        self.database.execute("UPDATE bucket SET synced_ms = ? WHERE name = 'build-artifacts'",
                              [self.now_ms - 3 * DAY_MS])

    def _at(self, night):
        return self.last_ms - night * DAY_MS

    def _insert(self, table, **values):
        names = ", ".join(values)
        return self.database.execute(
            f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(values))})", list(values.values())).lastrowid

    def _class(self, name):
        self.database.execute("INSERT OR IGNORE INTO storage_class (name) VALUES (?)", [name])
        return self.database.execute("SELECT id FROM storage_class WHERE name = ?", [name]).fetchone()[0]

    def _id(self, bucket):
        return self.database.execute("SELECT id FROM bucket WHERE name = ?", [bucket]).fetchone()[0]

    def _row(self, name, account, region, state="complete", **values):
        return self._insert("bucket", endpoint="", name=name, region=region, account_id=self.accounts[account],
                            account_is_owner=1, state=state,
                            **{"synced_ms": self.last_ms, "versions_begun_ms": self.last_ms,
                               "versions_synced_ms": self.last_ms, "uploads_synced_ms": self.last_ms,
                               "newest_object_ms": self.last_ms - HOUR_MS, **values})

    def _bucket(self, name, account, region, objects, mix, prefixes, **values):
        bucket = self._row(name, account, region, **values)
        whole = sum(gib for _, gib, _, _ in prefixes) * GIB
        for prefix, gib, growth, children in prefixes:
            count = int(objects * gib * GIB / whole)
            self._prefix(bucket, 1, prefix, gib * GIB, count, growth)
            parts = children.split()
            for place, child in enumerate(parts):
                share = 2 * (len(parts) - place) / (len(parts) * (len(parts) + 1))
                self._prefix(bucket, 2, prefix + child, int(gib * GIB * share), int(count * share),
                             growth * (0.4 + place * 0.4))
                self._prefix(bucket, 3, prefix + child + "x/", int(gib * GIB * share), int(count * share), None)
        for storage_class, share in mix.items():
            self._insert("bucket_usage", bucket_id=bucket, storage_class_id=self._class(storage_class),
                         objects=int(objects * share), bytes=int(whole * share),
                         small_objects=int(objects * share / 4), small_bytes=int(objects * share / 4) * 9_000)
        growth = sum(gib * percent for _, gib, percent, _ in prefixes) * GIB / whole
        self._history(bucket, name, objects, whole, growth, mix)

    def _then(self, value, growth, night):
        """What there was so many nights ago, at `growth` percent a month."""
        return int(value / (1 + growth / 100) ** (night / 30) * (1 - 0.002 * (night > 0) * math.sin(night)))

    def _history(self, bucket, name, objects, whole, growth, mix):
        for night in self.nights:
            if night == 0 and name in ("app-uploads", "build-artifacts"):
                continue
            total = self._then(whole, growth, night)
            count = self._then(objects, growth / 2, night)
            self._insert("usage_point", bucket_id=bucket, at_ms=self._at(night), sync_id=self.syncs[night],
                         objects=count, bytes=total, prefix_depth=2, prefixes_left_out=0)
            self._crawl(bucket, night)
            for storage_class, share in mix.items():
                self._insert("usage_history", bucket_id=bucket, at_ms=self._at(night),
                             storage_class_id=self._class(storage_class), objects=int(count * share),
                             bytes=int(total * share))

    def _crawl(self, bucket, night):
        crawl = self._insert("crawl", bucket_id=bucket, prefix="", state="complete", started_ms=self._at(night),
                             finished_ms=self._at(night) + 10 * 60_000, journaled=night != NIGHTS - 1)
        self._insert("sync_crawl", sync_id=self.syncs[night], crawl_id=crawl, objects=1000, added=0, removed=0)

    def _prefix(self, bucket, depth, prefix, size, objects, growth):
        self._insert("prefix_usage", bucket_id=bucket, depth=depth, prefix=prefix, objects=objects, bytes=size)
        if growth is None:
            return
        for night in self.nights:
            self._insert("prefix_usage_history", bucket_id=bucket, depth=depth, prefix=prefix, at_ms=self._at(night),
                         objects=self._then(objects, growth, night), bytes=self._then(size, growth, night))
        self._insert("prefix_usage_recorded", bucket_id=bucket, depth=depth, prefix=prefix, objects=objects, bytes=size)

    def _denied(self):
        """Refused for nine nights: what it held before is what is known."""
        bucket = self._row("finance-reports", "prod", "eu-central-1", state="denied", error="access denied (AccessDenied)",
                           synced_ms=self._at(9))
        self._insert("bucket_usage", bucket_id=bucket, storage_class_id=self._class("STANDARD"), objects=41_200,
                     bytes=860 * GIB, small_objects=0, small_bytes=0)
        for night in self.nights:
            if night < 9:
                self._insert("usage_gap", bucket_id=bucket, at_ms=self._at(night), sync_id=self.syncs[night], state="denied")
                continue
            size = int(860 * GIB * (1 - 0.003 * abs(math.sin(night))))
            self._insert("usage_point", bucket_id=bucket, at_ms=self._at(night), sync_id=self.syncs[night],
                         objects=41_200, bytes=size, prefix_depth=2, prefixes_left_out=0)
            self._insert("usage_history", bucket_id=bucket, at_ms=self._at(night),
                         storage_class_id=self._class("STANDARD"), objects=41_200, bytes=size)

    def _empty(self):
        bucket = self._row("empty-sandbox", "research", "us-west-2", newest_object_ms=None)
        for night in self.nights:
            self._insert("usage_point", bucket_id=bucket, at_ms=self._at(night), sync_id=self.syncs[night],
                         objects=0, bytes=0, prefix_depth=2, prefixes_left_out=0)

    def _object(self, bucket, key, size, storage_class, days):
        self.database.execute(
            "INSERT OR REPLACE INTO object (bucket_id, key, size, last_modified_ms, etag, storage_class_id)"
            " VALUES (?, CAST(? AS TEXT), ?, ?, 'e', ?)",
            [self._id(bucket), key, size, self.now_ms - days * DAY_MS, self._class(storage_class)])

    def _odd_keys(self):
        bucket = self._row("odd-keys", "staging", "ap-nowhere-7")
        prefixes = {}
        for place, key in enumerate(HOSTILE_KEYS):
            self._object("odd-keys", key, 1000 + place, "STANDARD", 2)
            parts = key.split(b"/")
            for depth in range(1, min(len(parts), 5)):
                prefix = b"/".join(parts[:depth]) + b"/"
                objects, size = prefixes.get((depth, prefix), (0, 0))
                prefixes[depth, prefix] = objects + 1, size + 1000 + place
        for (depth, prefix), (objects, size) in prefixes.items():
            self.database.execute("INSERT INTO prefix_usage VALUES (?, ?, CAST(? AS TEXT), ?, ?)",
                                  [bucket, depth, prefix, objects, size])
            if depth <= 2:
                for table, columns in (("prefix_usage_history", "at_ms, "), ("prefix_usage_recorded", "")):
                    self.database.execute(
                        f"INSERT INTO {table} (bucket_id, depth, prefix, {columns}objects, bytes)"
                        f" VALUES (?, ?, CAST(? AS TEXT), {'?, ' if columns else ''}?, ?)",
                        [bucket, depth, prefix, *([self.last_ms] if columns else []), objects, size])
        count, size = len(HOSTILE_KEYS), sum(1000 + place for place in range(len(HOSTILE_KEYS)))
        self._insert("bucket_usage", bucket_id=bucket, storage_class_id=self._class("STANDARD"), objects=count, bytes=size,
                     small_objects=count, small_bytes=size)
        self._insert("usage_point", bucket_id=bucket, at_ms=self.last_ms, sync_id=self.syncs[0], objects=count, bytes=size,
                     prefix_depth=2, prefixes_left_out=0)
        self._insert("usage_history", bucket_id=bucket, at_ms=self.last_ms, storage_class_id=self._class("STANDARD"),
                     objects=count, bytes=size)

    def _last_night(self):
        for bucket, prefix, gib, count, change in LAST_NIGHT:
            for number in range(count):
                size = int(gib * GIB / count)
                self._insert("object_change", sync_id=self.syncs[0], bucket_id=self._id(bucket),
                             key=f"{prefix}{number:04}", at_ms=self.last_ms + 60_000, change=change,
                             size_before=size if change == "removed" else None,
                             size_after=size if change == "added" else None)

    def _versions(self, bucket, objects, gib, storage_class):
        self._insert("version_usage", bucket_id=self._id(bucket), storage_class_id=self._class(storage_class),
                     objects=objects, bytes=gib * GIB, markers=objects // 10, small_objects=0, small_bytes=0)

    def _uploads(self, bucket, count, size):
        for number in range(count):
            self._insert("upload", bucket_id=self._id(bucket), key=f"tmp-uploads/{number}", upload_id=str(number),
                         initiated_ms=self.now_ms - (412 - number) * DAY_MS, storage_class_id=self._class("STANDARD"),
                         parts=8, bytes=size)

    def _properties(self):
        good = {
            "versioning": ("Enabled", '{"mfa_delete":false,"status":"Enabled"}'),
            "encryption": ("AES256", '{"algorithm":"AES256","has_bucket_key":false}'),
            "public_access_block": ("all", '{"block_public_acls":true,"block_public_policy":true,'
                                           '"ignore_public_acls":true,"restrict_public_buckets":true}'),
        }
        for identity, name in self.database.execute("SELECT id, name FROM bucket").fetchall():
            for prop, (value, document) in good.items():
                if name in ("staging-media", "finance-reports") and prop == "public_access_block":
                    continue
                self._property(identity, prop, "set", value, document)
            tidy = name not in ("prod-media", "app-uploads", "finance-reports")
            if name != "finance-reports":
                self._property(identity, "lifecycle", *(("set", "1", LIFECYCLE) if tidy else ("none", None, None)))
            for prop in ("policy_status", "acl", "replication", "logging", "tags"):
                state = "denied" if name == "finance-reports" else "none"
                self._property(identity, prop, state, None, None)
        staging = self._id("staging-media")
        self.database.execute("UPDATE bucket_property SET state = 'set', value = 'public', document = ? WHERE bucket_id = ?"
                              " AND property = 'policy_status'", ['{"is_public":true}', staging])
        self._property(staging, "public_access_block", "none", None, None)

    def _property(self, bucket, name, state, value, document):
        self._insert("bucket_property", bucket_id=bucket, property=name, state=state, value=value, document=document,
                     error="AccessDenied" if state == "denied" else None, read_ms=self.last_ms)
