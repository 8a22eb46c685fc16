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

from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition

from . import rows
from .package import send_package
from .plan import plan, read_plan, tiled, version_of
from .scan import Listing, Scan, positive, share_of

CONNECTION = {
    "profile": "profile", "region": "region", "endpointUrl": "endpoint-url", "addressingStyle": "addressing-style",
    "requestPayer": "request-payer", "expectedBucketOwner": "expected-bucket-owner"}


def words(options, names):
    """Those of the named options that are given, as `s3audit` takes them."""
    return [f"--{word}={options.get(name)}" for name, word in names.items() if options.get(name) is not None]


class Part(InputPartition):
    """A range, and how it is listed."""

    def __init__(self, range, listing):
        self.range = range
        self.listing = listing


class ObjectReader(DataSourceReader):
    def __init__(self, options):
        """`options` knows its names in whatever letters."""
        self.options = options
        self.targets = [target for target in options.get("path", "").split(",") if target]
        if not self.targets and not options.get("plan"):
            raise ValueError('name a bucket: load("s3://BUCKET/PREFIX")')
        self.connection = words(options, CONNECTION)
        if options.get("noSignRequest", "false").lower() == "true":
            self.connection.append("--no-sign-request")

    def partitions(self):
        """Called once a DataFrame, by a process on the driver."""
        program = self.options.get("program", "s3audit")
        parts = tiled(program, self._plan(program))
        rate = share_of(self._number("requestsPerSecond", float), self._number("slots", int, len(parts)))
        listing = Listing(
            program=self.options.get("programOnExecutors", program),
            options=(*self.connection, *words(self.options, {"concurrency": "concurrency"})),
            requests_per_second=rate, stall_timeout=self._number("stallTimeout", float, 300), version=version_of(program))
        return [Part(part, listing) for part in parts]

    def _number(self, name, convert, default=None):
        text = self.options.get(name)
        if text is None:
            return default
        try:
            return positive(convert)(text)
        except ValueError:
            raise ValueError(f"{name} is {text}, which is no number above 0") from None

    def _plan(self, program):
        if self.options.get("plan"):
            return read_plan(self.options.get("plan"))
        cut = words(self.options, {"ranges": "ranges", "objectsPerRange": "objects-per-range"})
        cut = cut or ["--objects-per-range=1000000"]
        origin = words(self.options, {"from": "from", "index": "index"})
        return [
            part for target in self.targets
            for part in plan(program, os.fsencode(target), *cut, *origin, *self.connection)]

    def read(self, partition):
        for batch in Scan(partition.listing, partition.range):
            yield rows.object_batch(partition.range.bucket, batch)


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
