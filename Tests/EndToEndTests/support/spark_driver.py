"""The driver of a test's Spark session: questions come as lines of JSON, and so do answers. Runs in Spark's own Python."""

import contextlib
import io
import json
import os
import re
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# Whatever else writes to standard output must not come between answers.
answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)
sys.path.insert(0, sys.argv[1])

import pyarrow as pa
import pyarrow.compute as compute
import pyarrow.dataset
import pyarrow.parquet as parquet
from pyspark.sql import SparkSession

from s3audit_spark import command, rows
from s3audit_spark.job import session as job_session
from s3audit_spark.store import OutputThere, Store

COMPARED = ["name", "size", "last_modified", "etag", "storage_class"]


def job(arguments):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = command.main(arguments)
        except SystemExit as ended:
            status = ended.code
    return {"status": status, "out": out.getvalue(), "err": err.getvalue()}


def by_name(table):
    """Rows in the order of their keys' bytes."""
    return table.select(COMPARED).combine_chunks().sort_by("name")


def stored(folder, bucket):
    """What Parquet holds of a bucket; Spark's own files are not asked who wrote them."""
    path = Path(folder, "kind=object", f"bucket={bucket}")
    if not path.exists():
        return pa.table({name: pa.array([], rows.CSV_TYPES[name if name != "name" else "key"]) for name in COMPARED})
    table = pyarrow.dataset.dataset(path, format="parquet", exclude_invalid_files=True).to_table()
    shown = table["key"].to_pylist() if table["key_bytes"].null_count < len(table) else []
    assert all("\ufffd" in key for key, exact in zip(shown, table["key_bytes"].to_pylist()) if exact is not None)
    return table.append_column("name", compute.coalesce(table["key_bytes"], table["key"].cast(pa.binary())))


def printed(path):
    """What `s3audit list` printed as CSV."""
    with open(path, "rb") as file:
        table = pa.Table.from_batches(list(rows.read(file)), pa.schema(list(rows.CSV_TYPES.items())))
    return table.append_column("name", table["key"])


def compare(folder, bucket, csv):
    """How many rows there are, how many names are not the only ones, and whether all is as it was printed."""
    found, wanted = by_name(stored(folder, bucket)), by_name(printed(csv))
    return {
        "rows": len(found), "twice": len(found) - compute.count_distinct(found["name"]).as_py(),
        "equal": found.equals(wanted)}


def stayed(folder, bucket, before, after):
    """Of the names in two listings: how many are in both, and how many of those are missing, or there twice."""
    found = stored(folder, bucket)["name"].to_pylist()
    both = set(printed(before)["name"].to_pylist()) & set(printed(after)["name"].to_pylist())
    there = [name for name in found if name in both]
    return {"stayed": len(both), "missing": len(both - set(there)), "twice": len(there) - len(set(there))}


def plain(value):
    return value.decode(errors="surrogateescape") if isinstance(value, bytes) else value if isinstance(value, (int, str, type(None))) else str(value)


def statements(page, engine, places):
    """The statements of a page of SQL for an engine: a title, and the parts of a block."""
    title = ""
    for heading, block in re.findall(r"^## ([^\n]*)$|^```sql\n(.*?)^```$", Path(page).read_text("utf-8"), re.MULTILINE | re.DOTALL):
        if heading:
            title = heading
            continue
        first, _, text = block.partition("\n")
        if first.removeprefix("-- ") not in (engine, "both"):
            continue
        for name, place in places.items():
            text = text.replace(name, place)
        yield title, [part.strip() for part in text.split(";\n") if part.strip()]


def page(path, places):
    """The rows of each statement of a page that answers something, by engine and title."""
    import duckdb
    session = SparkSession.active().newSession()
    database = duckdb.connect()

    def spark(text):
        return [list(map(plain, row)) for row in session.sql(text).collect()]

    def duck(text):
        result = database.execute(text)
        return [list(map(plain, row)) for row in result.fetchall()]

    found = {}
    for engine, run in (("Spark", spark), ("DuckDB", duck)):
        answered = found[engine] = {}
        for title, parts in statements(path, engine, places):
            for part in parts:
                answer = run(part.rstrip(";"))
                if part.startswith(("SELECT", "WITH")):
                    answered[title] = answer
        answered["listed"] = run("SELECT file_path, last_modified FROM listed ORDER BY file_path LIMIT 3")
    return found


def source(options, target, where):
    """Counts by the data source: all objects and bytes, and those of a condition."""
    import s3audit_spark
    spark = SparkSession.active()
    s3audit_spark.register(spark)
    frame = spark.read.format("s3audit").options(**options).load(target)
    total = frame.selectExpr("count(*)", "sum(size)", "count(DISTINCT key)").collect()[0]
    return {"total": list(total), "where": frame.where(where).count(), "columns": frame.columns}


def at_once(jobs):
    """How jobs end that begin together, each in a thread of its own, where no session is active."""
    with ThreadPoolExecutor(len(jobs)) as threads:
        return list(threads.map(command.main, jobs))


def late(folder):
    """Two jobs found a folder free, and the second one renames its own to it when the first has: what it is told."""
    session = job_session(SparkSession.active())
    first, second = Store(session, folder), Store(session, folder)
    for store in (first, second):
        store.check_free(False)
        part = Path(store.staging.removeprefix("file:"), "kind=range")
        part.mkdir(parents=True)
        (part / Path(store.staging).name).touch()
    first.publish(False)
    try:
        second._rename(second.staging, second.output)
    except OutputThere as error:
        return str(error)


def without_checksum(folder, bucket):
    """Takes the checksums from a bucket's receipts."""
    for path in Path(folder, "kind=range", f"bucket={bucket}").glob("*.parquet"):
        table = parquet.ParquetFile(path).read()
        lines = [json.loads(line) for line in table["receipt"].to_pylist()]
        texts = [json.dumps({name: value for name, value in fields.items() if name != "checksum"}) for fields in lines]
        place = table.schema.get_field_index("receipt")
        parquet.write_table(table.set_column(place, "receipt", pa.array(texts)), path)
        path.with_name(f".{path.name}.crc").unlink()


def settings_of():
    return dict(SparkSession.active().sparkContext.getConf().getAll())


QUESTIONS = {
    "job": job, "compare": compare, "page": page, "source": source, "stayed": stayed, "settings": settings_of,
    "at_once": at_once, "late": late, "without_checksum": without_checksum}


def main():
    spark = SparkSession.builder.getOrCreate()
    spark.sparkContext.setLogLevel("WARN")
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer = {"answer": QUESTIONS[asked.pop("question")](**asked)}
        except Exception:
            answer = {"error": traceback.format_exc()}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
    spark.stop()


main()
