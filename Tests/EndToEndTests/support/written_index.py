"""Indexes whose rows are written straight, for bills of buckets that no server here could hold."""

import json
import sqlite3
from contextlib import closing

DAY_MS = 86_400_000
SMALL = 131_072


class WrittenIndex:
    """An index that s3audit has made, and that a test fills: rows, rollups and all."""

    def __init__(self, audit, now_ms):
        self.audit = audit
        self.now_ms = now_ms
        result = audit.run("import", "prices", _offer(audit.home))
        assert result.returncode == 0, result
        self._accounts = {}

    def write(self, buckets):
        """`buckets`: dicts with name, account, region, endpoint, versioning, tags, uploads and rows.

        A row is (state, class, size, count, days old). With rollups_only there are sums and no objects: for
        buckets of millions.
        """
        with closing(sqlite3.connect(self.audit.index)) as database, database:
            for bucket in buckets:
                self._write(database, bucket)

    def _class(self, database, name):
        database.execute("INSERT OR IGNORE INTO storage_class (name) VALUES (?)", [name])
        return database.execute("SELECT id FROM storage_class WHERE name = ?", [name]).fetchone()[0]

    def _account(self, database, number):
        if number not in self._accounts:
            self._accounts[number] = database.execute(
                "INSERT INTO account (endpoint, number, state) VALUES ('', ?, 'complete')", [number]).lastrowid
        return self._accounts[number]

    def _write(self, database, bucket):
        account = self._account(database, bucket.get("account", "111122223333"))
        listed = any(row[0] == "noncurrent" for row in bucket["rows"]) or bucket.get("versions")
        bucket_id = database.execute(
            "INSERT INTO bucket (endpoint, name, region, account_id, state, synced_ms, versions_begun_ms,"
            " versions_synced_ms, uploads_synced_ms) VALUES (?, ?, ?, ?, 'complete', ?, ?, ?, ?)",
            [bucket.get("endpoint", ""), bucket["name"], bucket.get("region", "us-east-1"), account,
             self.now_ms, self.now_ms if listed else None, self.now_ms if listed else None,
             self.now_ms if bucket.get("uploads") is not None else None]).lastrowid
        for name, (state, document) in bucket.get("properties", {}).items():
            database.execute(
                "INSERT INTO bucket_property (bucket_id, property, state, document, read_ms)"
                " VALUES (?, ?, ?, ?, ?)", [bucket_id, name, state, document, self.now_ms])
        for place, (state, storage_class, size, count, days) in enumerate(bucket["rows"]):
            class_id = self._class(database, storage_class)
            prefix = bucket.get("prefixes", ["p/"])[place % len(bucket.get("prefixes", ["p/"]))]
            keys = ((bucket_id, f"{prefix}{place:04}/{number:08}", size, self.now_ms - days * DAY_MS, class_id)
                    for number in range(count))
            if bucket.get("rollups_only"):
                self._sum(database, "bucket_usage", bucket_id, class_id, size, count)
            elif state == "current":
                database.executemany(
                    "INSERT INTO object (bucket_id, key, size, last_modified_ms, etag, storage_class_id)"
                    " VALUES (?, ?, ?, ?, 'e', ?)", keys)
                self._sum(database, "bucket_usage", bucket_id, class_id, size, count)
            else:
                database.executemany(
                    "INSERT INTO object_version (bucket_id, key, size, last_modified_ms, storage_class_id,"
                    " rank, version_id, kind, etag) VALUES (?, ?, ?, ?, ?, 0, 'v', 0, 'e')", keys)
                self._sum(database, "version_usage", bucket_id, class_id, size, count)
        for place, (storage_class, size, days) in enumerate(bucket.get("uploads") or []):
            database.execute(
                "INSERT INTO upload (bucket_id, key, upload_id, initiated_ms, storage_class_id, parts, bytes)"
                " VALUES (?, ?, 'u', ?, ?, 1, ?)",
                [bucket_id, f"u/{place}", self.now_ms - days * DAY_MS, self._class(database, storage_class), size])

    def _sum(self, database, table, bucket_id, class_id, size, count):
        small = count if size < SMALL else 0
        markers = ", markers" if table == "version_usage" else ""
        database.execute(
            f"INSERT INTO {table} (bucket_id, storage_class_id, objects, bytes, small_objects, small_bytes{markers})"
            f" VALUES (?, ?, ?, ?, ?, ?{', 0' if markers else ''}) ON CONFLICT DO UPDATE SET"
            " objects = objects + excluded.objects, bytes = bytes + excluded.bytes,"
            " small_objects = small_objects + excluded.small_objects,"
            " small_bytes = small_bytes + excluded.small_bytes",
            [bucket_id, class_id, count, size * count, small, small * size])


def _offer(folder):
    """The smallest list that can be imported, of a price that no test asks for."""
    path = folder / "offer.json"
    path.write_text(offer([("APX9-TimedStorage-ByteHrs", "ap-nowhere-9", "", [("0", "Inf", "1")])]))
    return path


def offer(prices, code="AmazonS3", date="2020-01-01", currency="USD"):
    """A bulk offer; a price is (usage type, region, operation, tiers of (from, to, USD))."""
    products, terms = {}, {}
    for place, (usage, region, operation, tiers) in enumerate(prices):
        sku = f"SKU{place}"
        products[sku] = {"sku": sku, "attributes": {
            "servicecode": code, "usagetype": usage, "operation": operation, "regionCode": region}}
        terms[sku] = {f"{sku}.T": {
            "offerTermCode": "T", "sku": sku, "effectiveDate": f"{date}T00:00:00Z", "termAttributes": {},
            "priceDimensions": {
                f"{sku}.T.{number}": {
                    "beginRange": low, "endRange": high, "unit": "GB-Mo", "pricePerUnit": {currency: usd}}
                for number, (low, high, usd) in enumerate(tiers)}}}
    return json.dumps({
        "formatVersion": "v1.0", "offerCode": code, "version": "1", "publicationDate": f"{date}T00:00:00Z",
        "products": products, "terms": {"OnDemand": terms}})
