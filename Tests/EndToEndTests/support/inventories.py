"""Inventories written by Python's own csv, gzip and json, as S3 describes them; and damaged ones."""

import csv
import datetime
import gzip
import hashlib
import io
import json
import random
import urllib.parse

COLUMNS = ("Bucket", "Key", "Size", "LastModifiedDate", "ETag", "StorageClass")
VERSION_COLUMNS = ("Bucket", "Key", "VersionId", "IsLatest", "IsDeleteMarker", "Size", "LastModifiedDate", "ETag",
                   "StorageClass")
DATE = "2026-11-29T01-00Z"
CREATED = datetime.datetime(2026, 11, 29, 1, 0, tzinfo=datetime.timezone.utc)


def stamp(time):
    return time.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def encoded(key):
    return urllib.parse.quote_plus(key, safe="/")


def row_of(bucket, key, size=1, modified="2026-01-02T03:04:05.000Z", etag="9b74c9897bac770ffc029102a200c5de",
           storage_class="STANDARD", **more):
    """A row by its columns; `raw_key` is written as it is."""
    return {"Bucket": bucket, "Key": more.pop("raw_key", None) or encoded(key), "Size": size,
            "LastModifiedDate": modified, "ETag": etag, "StorageClass": storage_class, "VersionId": "",
            "IsLatest": "true", "IsDeleteMarker": "false", **more}


def text_of(rows, columns):
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    for row in rows:
        writer.writerow([row.get(name, "") for name in columns])
    return out.getvalue().encode()


def compressed(data, members=1):
    """gzip in so many members, cut anywhere."""
    size = max(1, -(-len(data) // members))
    pieces = [data[start:start + size] for start in range(0, len(data), size)] or [b""]
    return b"".join(gzip.compress(piece, mtime=0) for piece in pieces)


class Inventory:
    """The files of one inventory by their keys: `files` is what is delivered, and may be changed before that."""

    def __init__(self, rows, bucket="logs", columns=COLUMNS, files=1, members=1, order="sorted", created=CREATED,
                 date=DATE, folder=None, file_format="CSV", destination="inventories", seed=1):
        rows = list(rows)
        if order == "shuffled":
            random.Random(seed).shuffle(rows)
        parts = ([rows[number::files] for number in range(files)] if order != "sorted"
                 else [rows[len(rows) * n // files:len(rows) * (n + 1) // files] for n in range(files)])
        self.folder = folder if folder is not None else f"{bucket}/all"
        self.date = date
        self.files = {}
        listed = []
        for number, part in enumerate(parts):
            key = f"{self.folder}/data/{hashlib.md5(f'{seed} {number}'.encode()).hexdigest()}.csv.gz"
            self.files[key] = compressed(text_of(part, columns), members)
            listed.append({"key": key, "size": len(self.files[key]),
                           "MD5checksum": hashlib.md5(self.files[key]).hexdigest()})
        self.data_keys = list(self.files)
        self.manifest = {
            "sourceBucket": bucket, "destinationBucket": f"arn:aws:s3:::{destination}", "version": "2016-11-30",
            "creationTimestamp": str(int(created.timestamp() * 1000)), "fileFormat": file_format,
            "fileSchema": ", ".join(columns), "files": listed}
        self.seal()

    @property
    def manifest_key(self):
        return f"{self.folder}/{self.date}/manifest.json"

    def seal(self):
        """Writes manifest and checksum as they follow from `manifest`."""
        data = json.dumps(self.manifest, indent=2).encode()
        self.files[self.manifest_key] = data
        self.files[self.manifest_key.replace(".json", ".checksum")] = hashlib.md5(data).hexdigest().encode() + b"\n"

    def replace(self, key, data, is_told=True):
        """Gives a data file other bytes, which the manifest tells unless it is to lie."""
        self.files[key] = data
        if is_told:
            for entry in self.manifest["files"]:
                if entry["key"] == key:
                    entry.update(size=len(data), MD5checksum=hashlib.md5(data).hexdigest())
            self.seal()

    def write(self, folder):
        """Writes a copy as `aws s3 sync` of the configuration's folder does; returns that folder."""
        for key, data in self.files.items():
            path = folder / key.removeprefix(self.folder + "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return folder

    def put(self, client, bucket="inventories"):
        for key, data in self.files.items():
            client.put_object(Bucket=bucket, Key=key, Body=data)
        return f"s3://{bucket}/{self.folder}/"


def rows_of_bucket(client, bucket):
    """The rows of what a bucket holds now, by its own listing."""
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return [row_of(bucket, entry["Key"], entry["Size"], stamp(entry["LastModified"]), entry["ETag"].strip('"'),
                   entry.get("StorageClass", "STANDARD"))
            for page in pages for entry in page.get("Contents", [])]


def rows_of_versions(client, bucket):
    """The rows of all versions and delete markers."""
    rows = []
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for entry in page.get("Versions", []):
            rows.append(row_of(
                bucket, entry["Key"], entry["Size"], stamp(entry["LastModified"]), entry["ETag"].strip('"'),
                entry.get("StorageClass", "STANDARD"),
                VersionId="" if entry["VersionId"] == "null" else entry["VersionId"],
                IsLatest=str(entry["IsLatest"]).lower()))
        for entry in page.get("DeleteMarkers", []):
            rows.append({
                "Bucket": bucket, "Key": encoded(entry["Key"]),
                "VersionId": "" if entry["VersionId"] == "null" else entry["VersionId"],
                "IsLatest": str(entry["IsLatest"]).lower(), "IsDeleteMarker": "true",
                "LastModifiedDate": stamp(entry["LastModified"])})
    return sorted(rows, key=lambda row: row["Key"])
