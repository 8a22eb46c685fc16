"""Buckets that Spark's executors list by `s3audit`, a range of keys a task.

A job (`scripts/spark/job.py`, see `job.py` here) plans ranges, has each listed by one task, and publishes the Parquet
only when receipts prove that nothing is missing or twice. On Spark 4 there is a data source too:

    import s3audit_spark
    s3audit_spark.register(spark)
    spark.read.format("s3audit").option("ranges", 64).load("s3://logs/2026/").where("size > 1e9").show()
"""

from .plan import PlannedRange, plan
from .scan import Listing, ListingFailed

__all__ = ["Listing", "ListingFailed", "PlannedRange", "plan", "register"]


def register(spark):
    """Makes `spark.read.format("s3audit")` known to a session of Spark 4. See `source.py`."""
    from .source import register
    register(spark)
