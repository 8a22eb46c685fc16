"""Whether the Parquet of a job is whole, by what it holds alone.

The receipts of each bucket tile its keys and agree about them where they meet (`s3audit plan --check`), and the stored
objects are as many, and hold as many bytes, as the receipts say.
"""

import json
from collections import defaultdict
from typing import NamedTuple

from pyspark.sql import functions as sql

from . import rows
from .plan import untiled


# All columns of an object but its size, which is added up.
COUNTED = ("key", "key_bytes", "last_modified", "etag", "storage_class")


class Sums(NamedTuple):
    objects: int = 0
    bytes: int = 0

    def __str__(self):
        return f"{self.objects} objects of {self.bytes} bytes"


class Stored:
    """What a folder holds: its receipts as they were written, and sums of its objects by bucket."""

    def __init__(self, spark, store, folder, reads_all=False):
        """`spark` has the settings of `job.session`: names of buckets are text.

        With `reads_all` every column is read and compared with the checksums of its pages, so that bytes that have
        changed on a disk are an error. A job, which has just written them, asks for sizes alone.
        """

        def rows_of(kind):
            # One kind at a time: a folder whose name begins with a point is taken for an empty one by Spark.
            below = store.below(folder, f"kind={kind}")
            if not store.is_there(below):
                return None
            reader = spark.read.schema(rows.COLUMNS).option("basePath", folder)
            return reader.option("parquet.page.verify-checksum.enabled", str(reads_all).lower()).parquet(store.pattern(below))

        self.folder = folder
        ranges, objects = rows_of("range"), rows_of("object")
        self.receipts = [] if ranges is None else [
            (row.bucket, row.receipt) for row in ranges.select("bucket", "receipt").collect()]
        counted = COUNTED if reads_all else ()
        found = [] if objects is None else objects.groupBy("bucket").agg(
            sql.count("*").alias("objects"), sql.coalesce(sql.sum("size"), sql.lit(0)).alias("bytes"),
            *[sql.count(name).alias(name) for name in counted]).collect()
        self.sums = {row.bucket: Sums(row.objects, row.bytes) for row in found}
        self.nameless = {row.bucket: row.objects - row.key for row in found if reads_all and row.key < row.objects}

    def findings(self, program, buckets=()):
        """Every contradiction, a line each; none where all is as it should be. `buckets` have to be there."""
        if not self.receipts:
            return [f"{self.folder} holds no receipt"]
        told = defaultdict(Sums)
        findings = [f"s3://{bucket}: {count} stored objects have no key" for bucket, count in sorted(self.nameless.items())]
        for bucket, line in self.receipts:
            try:
                receipt = json.loads(line)
                named, objects, size = receipt["bucket"], int(receipt["objects"]), int(receipt["bytes"])
            except (TypeError, ValueError, KeyError, OverflowError, RecursionError):
                findings.append(f"s3://{bucket}: a receipt cannot be read: {line}")
                continue
            if "checksum" not in receipt:
                # Any of its fields may have been changed.
                findings.append(f"s3://{bucket}: a receipt has lost its checksum: {line}")
            if named != bucket:
                findings.append(f"s3://{bucket}: a receipt is of s3://{named}")
            told[bucket] = Sums(told[bucket].objects + objects, told[bucket].bytes + size)
        for bucket in sorted({*told, *self.sums, *buckets}):
            there = self.sums.get(bucket, Sums())
            if bucket not in told:
                findings.append(f"s3://{bucket}: there is no receipt")
            elif there != told[bucket]:
                findings.append(f"s3://{bucket}: {there} are stored, the receipts tell of {told[bucket]}")
        return findings + untiled(program, [line for _, line in self.receipts])

    def summary(self):
        """What a folder that was found whole tells of, with its span of time."""
        receipts = [json.loads(line) for _, line in self.receipts]
        total = {name: sum(receipt[name] for receipt in receipts) for name in ("objects", "bytes", "requests", "retries")}
        return {
            "output": self.folder, "buckets": len({receipt["bucket"] for receipt in receipts}), "ranges": len(receipts),
            **total, "started": min(receipt["started"] for receipt in receipts),
            "finished": max(receipt["finished"] for receipt in receipts)}
