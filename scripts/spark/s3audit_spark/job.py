"""Ranges of buckets as a DataFrame, one range a task, and that as Parquet: objects and receipts from one scan.

    kind=object/bucket=logs/…   the objects
    kind=range/bucket=logs/…    a receipt for each range, in the column `receipt`

Both are rows of one DataFrame, so that Spark commits the objects of a task and their receipt together, or neither.
"""

from . import rows
from .scan import Scan

# Text stays text, times have statistics that other programs read, and rows are not sorted before they are written.
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
    "spark.sql.maxConcurrentOutputFileWriters": "8",
}
PARTITIONED_BY = ("kind", "bucket")


def session(spark):
    """A session beside the caller's with the settings above."""
    own = spark.newSession()
    for name, value in SETTINGS.items():
        own.conf.set(name, value)
    return own


def _scanning(plan, listing):
    """What each task does: it has one number, that of its range."""

    def run(batches):
        for batch in batches:
            for number in batch.column(0).to_pylist():
                part = plan[number]
                scan = Scan(listing, part)
                for objects in scan:
                    yield rows.object_rows(part.bucket, objects)
                yield rows.range_row(part.bucket, scan.receipt)

    return run


def frame(spark, plan, listing):
    """Objects and receipts of a plan, with the columns `rows.COLUMNS`. Each action lists anew."""
    count = len(plan)
    return spark.range(0, count, 1, count).mapInArrow(_scanning(plan, listing), rows.COLUMNS)


def write(spark, plan, listing, folder):
    """Lists a plan into `folder`, which must not be there. Nothing in it says yet that it is whole."""
    (frame(spark, plan, listing).write.partitionBy(*PARTITIONED_BY)
     # Only what is verified gets a `_SUCCESS`; and a killed driver must leave nothing in place, as version 2 does.
     .option("mapreduce.fileoutputcommitter.marksuccessfuljobs", "false")
     .option("mapreduce.fileoutputcommitter.algorithm.version", "1")
     .mode("errorifexists").parquet(folder))


def slots_of(spark, count):
    """How many tasks may run at once, at most: what each may ask is the job's share of it."""
    context = spark.sparkContext
    conf = context.getConf()

    def number(name, default):
        text = conf.get(name, None)
        return int(text) if text is not None and text.isdigit() else default

    cores = number("spark.executor.cores", 1) // number("spark.task.cpus", 1)
    if conf.get("spark.dynamicAllocation.enabled", "false") == "true":
        # How many executors come is not known, unless it is limited.
        executors = number("spark.dynamicAllocation.maxExecutors", count)
        return max(1, min(count, executors * max(1, cores)))
    # Executors that have not registered yet are no part of `defaultParallelism`.
    planned = number("spark.executor.instances", 0) * max(1, cores)
    return max(1, min(count, max(context.defaultParallelism, planned, number("spark.cores.max", 0))))
