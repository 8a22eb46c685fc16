"""The command line of the job: `list` writes Parquet and verifies it, `check` verifies what is there."""

import argparse
import json
import os
import re
import shutil
import sys
from contextlib import contextmanager

from .package import send_package
from .plan import CONTRADICTED, FAILED, USAGE, ProgramFailed, Refusal, plan as planned, read_plan, tiled, version_of
from .scan import SPARK_FILE, Listing, positive, share_of
from .store import OutputThere, Store

CONNECTION = (
    "profile", "region", "endpoint-url", "addressing-style", "request-payer", "expected-bucket-owner")


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"Error: {message}\n")


def parser():
    parser = Parser(prog="job.py", description="Lists buckets by the executors of Spark, a range of keys a task.")
    commands = parser.add_subparsers(dest="command", required=True, parser_class=Parser)

    listing = commands.add_parser(
        "list", help="list buckets into Parquet, and verify it",
        description="Lists buckets into Parquet. It is published only when receipts prove that it is whole.")
    listing.add_argument("targets", nargs="*", metavar="s3://BUCKET[/PREFIX]")
    listing.add_argument("--output", required=True, metavar="FOLDER", help="where the Parquet goes, on any file system of Spark's")
    listing.add_argument("--replace", action="store_true", help="replace the output of an earlier job")
    cut = listing.add_mutually_exclusive_group()
    cut.add_argument("--objects-per-range", type=positive(int), metavar="COUNT", help="how many objects a task lists, about (default: 1000000)")
    cut.add_argument("--ranges", type=positive(int), metavar="COUNT", help="in how many ranges each bucket is cut")
    cut.add_argument("--plan", action="append", metavar="FILE", help="ranges as 's3audit plan' printed them, in the place of buckets")
    listing.add_argument("--from", dest="origin", choices=("index", "server"), help="where the plan is taken from; see 's3audit plan'")
    listing.add_argument("--index", metavar="FILE", help="the index that the plan is taken from")
    listing.add_argument("--requests-per-second", type=positive(float), metavar="RATE", help="of all tasks together")
    listing.add_argument("--slots", type=positive(int), metavar="COUNT", help="how many tasks run at once (default: as Spark's settings say)")
    listing.add_argument("--concurrency", type=positive(int), metavar="COUNT", help="requests in flight, a task")
    listing.add_argument("--stall-timeout", type=positive(float), default=300, metavar="SECONDS", help="a task whose s3audit is silent for so long fails (default: 300)")
    listing.add_argument("--s3audit-on-executors", metavar="PATH", help="the program where executors have it already (default: the driver's is sent to them)")
    for name in CONNECTION:
        listing.add_argument(f"--{name}", metavar="VALUE", help="as of 's3audit list'")
    listing.add_argument("--no-sign-request", action="store_true", help="as of 's3audit list'")

    check = commands.add_parser(
        "check", help="verify the Parquet of a job", description="Verifies the Parquet of a job by what it holds. Ends with 2 if it is not whole.")
    check.add_argument("folder", metavar="FOLDER")
    for command in (listing, check):
        command.add_argument("--s3audit", default="s3audit", metavar="PATH", help="the program on the driver (default: the one in PATH)")
    return parser


def connection_options(options):
    found = []
    for name in CONNECTION:
        value = getattr(options, name.replace("-", "_"))
        if value is not None:
            found.append(f"--{name}={value}")
    return found + (["--no-sign-request"] if options.no_sign_request else [])


def plan_of(options):
    """The ranges of all buckets of a job, which tile them."""
    if bool(options.plan) == bool(options.targets):
        raise Refusal("name buckets, or a --plan", USAGE)
    if options.plan:
        parts = [part for path in options.plan for part in read_plan(path)]
    else:
        cut = f"--ranges={options.ranges}" if options.ranges else f"--objects-per-range={options.objects_per_range or 1_000_000}"
        words = [cut, *connection_options(options)]
        words += [f"--from={options.origin}"] if options.origin else []
        words += [f"--index={options.index}"] if options.index else []
        parts = [part for target in options.targets for part in planned(options.s3audit, os.fsencode(target), *words)]
    return tiled(options.s3audit, parts)


@contextmanager
def started_session():
    """The session of whoever calls, or one that ends with the command."""
    from pyspark import SparkContext
    from pyspark.conf import SparkConf
    from pyspark.sql import SparkSession
    # A session is active in the thread that made it alone; its context is the one of all threads.
    if SparkContext._active_spark_context is not None:
        yield SparkSession.builder.getOrCreate()
        return
    conf = SparkConf()
    if conf.get("spark.master", "local[*]").startswith("local"):
        # Workers on this machine are to be the same Python as the driver.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.config(conf=conf)
    if not conf.get("spark.app.name"):
        builder = builder.appName("s3audit")
    spark = builder.getOrCreate()
    try:
        yield spark
    finally:
        spark.stop()


def program_for_executors(spark, options):
    if options.s3audit_on_executors:
        return options.s3audit_on_executors
    path = shutil.which(options.s3audit)
    if path is None:
        raise Refusal(f"there is no s3audit to run at {options.s3audit}")
    path = os.path.realpath(path)
    spark.sparkContext.addFile(path)
    return SPARK_FILE + os.path.basename(path)


def list_buckets(options):
    from . import job
    from .check import Stored
    version = version_of(options.s3audit)
    with started_session() as spark:
        own = job.session(spark)
        store = Store(own, options.output)
        store.check_free(options.replace)
        parts = plan_of(options)
        try:
            rate = share_of(options.requests_per_second, options.slots or job.slots_of(own, len(parts)))
        except ValueError as error:
            raise Refusal(str(error), USAGE) from None
        extra = [f"--concurrency={options.concurrency}"] if options.concurrency else []
        listing = Listing(
            program=program_for_executors(own, options), options=(*connection_options(options), *extra),
            requests_per_second=rate, stall_timeout=options.stall_timeout, version=version)
        send_package(own)
        try:
            job.write(own, parts, listing, store.staging)
            stored = Stored(own, store, store.staging)
            findings = stored.findings(options.s3audit, {part.bucket for part in parts})
            if findings:
                raise Refusal(
                    "\n".join(["what was listed contradicts itself, and is not published:", *findings]), CONTRADICTED)
            store.publish(options.replace)
        finally:
            store.discard()
        print(json.dumps({**stored.summary(), "output": store.output}), flush=True)


def check_folder(options):
    from . import job
    from .check import Stored
    version_of(options.s3audit)
    with started_session() as spark:
        own = job.session(spark)
        store = Store(own, options.folder)
        if not store.is_there():
            raise Refusal(f"there is no folder {options.folder}")
        stored = Stored(own, store, store.output, reads_all=True)
        findings = [] if store.is_finished() else [f"{store.output} has no _SUCCESS: no job has finished it"]
        findings += stored.findings(options.s3audit)
        if findings:
            print(*findings, sep="\n", flush=True)
            raise Refusal(f"{store.output} is not whole", CONTRADICTED)
        print(json.dumps(stored.summary()), flush=True)


def message_of(error):
    """What a person can act on in an error of Spark's: the words of the task that failed, where it was one."""
    text = str(error)
    told = re.findall(r"s3audit_spark\.[\w.]+: (.*)", text)
    if told:
        return told[-1].strip()
    raised = re.findall(r"^Traceback \(most recent call last\):\n(?:[ \t].*\n|\n)+(\S.*)", text, re.MULTILINE)
    if raised:
        return f"a task failed: {raised[-1].strip()}"
    causes = re.findall(r"^(?:Caused by|Reason): (?:[\w.$]+: )?(.*)", text, re.MULTILINE)
    cause = (causes[-1] if causes else text.splitlines()[0] if text else type(error).__name__).strip()
    unread = re.findall(r"reading file (\S.*?\.parquet)", text)
    return f"{unread[-1]}: {cause}" if unread and unread[-1] not in cause else cause


def main(arguments=None):
    options = parser().parse_args(arguments)
    try:
        {"list": list_buckets, "check": check_folder}[options.command](options)
        return 0
    except (Refusal, ProgramFailed) as error:
        print(f"Error: {error}" if not str(error).startswith("Error:") else str(error), file=sys.stderr)
        return error.status
    except OutputThere as error:
        print(f"Error: {error}", file=sys.stderr)
        return FAILED
    except Exception as error:
        print(f"Error: {message_of(error)}", file=sys.stderr)
        return FAILED
