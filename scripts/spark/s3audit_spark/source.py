"""`spark.read.format("s3audit")`, by the Python Data Source API of Spark 4: the objects of buckets, listed by executors.

    register(spark)
    spark.read.format("s3audit").option("program", "/usr/local/bin/s3audit").option("ranges", 64).load("s3://logs/2026/")

Each action lists anew; what is asked twice is better cached, or written by the job. Receipts prove each range to its
task, and are no rows: only the job compares them with one another.

Options: `ranges` or `objectsPerRange`, `plan` (a file), `from`, `index`; `program` and `programOnExecutors`;
`requestsPerSecond` with `slots` (how many tasks run at once; else all ranges share it); `concurrency`, `stallTimeout`;
`profile`, `region`, `endpointUrl`, `addressingStyle`, `requestPayer`, `expectedBucketOwner`, `noSignRequest`.
"""

import os
from pathlib import Path

from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition

from . import rows
from .package import send_package
from .plan import PlannedRange, plan, version_of
from .scan import Listing, Scan

CONNECTION = {
    "profile": "profile", "region": "region", "endpointUrl": "endpoint-url", "addressingStyle": "addressing-style",
    "requestPayer": "request-payer", "expectedBucketOwner": "expected-bucket-owner"}


class Part(InputPartition):
    def __init__(self, range):
        self.range = range


class ObjectReader(DataSourceReader):
    def __init__(self, options):
        self.targets = [target for target in options.get("path", "").split(",") if target]
        if not self.targets and not options.get("plan"):
            raise ValueError('name a bucket: load("s3://BUCKET/PREFIX")')
        self.program = options.get("program", "s3audit")
        self.connection = [
            f"--{word}={options.get(name)}" for name, word in CONNECTION.items() if options.get(name) is not None]
        if options.get("noSignRequest", "false").lower() == "true":
            self.connection.append("--no-sign-request")
        self.options = dict(options.items())
        self.count = options.get("ranges")
        self.rate = float(options.get("requestsPerSecond", 0)) or None
        self.slots = int(options.get("slots", 0))
        self.listing = Listing(
            program=options.get("programOnExecutors", self.program),
            options=(*self.connection, *([f"--concurrency={options.get('concurrency')}"] if options.get("concurrency") else [])),
            stall_timeout=float(options.get("stallTimeout", 300)))

    def partitions(self):
        """Called once a DataFrame, on the driver."""
        get = {name.lower(): value for name, value in self.options.items()}.get
        if get("plan"):
            parts = [PlannedRange.parse(line) for line in Path(get("plan")).read_text("utf-8").splitlines() if line.strip()]
        else:
            words = [f"--ranges={self.count}" if self.count else f"--objects-per-range={get('objectsperrange', '1000000')}"]
            words += [f"--{name}={get(name)}" for name in ("from", "index") if get(name)]
            parts = [
                part for target in self.targets
                for part in plan(self.program, os.fsencode(target), *words, *self.connection)]
        rate = self.rate and self.rate / (self.slots or len(parts))
        self.listing = Listing(
            self.listing.program, self.listing.options, rate, self.listing.stall_timeout, version_of(self.program))
        return [Part((part, self.listing)) for part in parts]

    def read(self, partition):
        part, listing = partition.range
        for batch in Scan(listing, part):
            yield rows.object_batch(part.bucket, batch)


class ObjectSource(DataSource):
    """Objects of buckets, with the columns of `rows.OBJECT_COLUMNS`."""

    @classmethod
    def name(cls):
        return "s3audit"

    def schema(self):
        return rows.OBJECT_COLUMNS

    def reader(self, schema):
        return ObjectReader(self.options)


def register(spark):
    send_package(spark)
    spark.dataSource.register(ObjectSource)
