"""From the CSV of `s3audit list` to the rows of a job, by Arrow.

Keys are bytes. Spark's text is UTF-8, so a key that is not has U+FFFD for what cannot be shown in `key`, and all of its
bytes in `key_bytes`, which is null for every other key.
"""

import functools

import pyarrow as pa
from pyarrow import csv

CSV_TYPES = {
    "key": pa.binary(), "size": pa.int64(), "last_modified": pa.timestamp("us", tz="UTC"),
    "etag": pa.string(), "storage_class": pa.string(),
}
OBJECT_COLUMNS = (
    "bucket string, key string, key_bytes binary, size bigint, last_modified timestamp, etag string,"
    " storage_class string")
# What is partitioned by stands in the names of folders: `kind` is `object` or `range`.
COLUMNS = f"kind string, {OBJECT_COLUMNS}, receipt string"
BLOCK_BYTES = 1 << 20

_OBJECT_FIELDS = [
    ("bucket", pa.string()), ("key", pa.string()), ("key_bytes", pa.binary()), ("size", pa.int64()),
    ("last_modified", CSV_TYPES["last_modified"]), ("etag", pa.string()), ("storage_class", pa.string())]
OBJECT_SCHEMA = pa.schema(_OBJECT_FIELDS)
SCHEMA = pa.schema([("kind", pa.string()), *_OBJECT_FIELDS, ("receipt", pa.string())])


def read(stream, types=None):
    """Yields the batches of a CSV, whose columns have types given: a bucket `123456` and a key `NULL` are text."""
    types = types or CSV_TYPES
    yield from csv.open_csv(
        stream,
        read_options=csv.ReadOptions(block_size=BLOCK_BYTES, use_threads=False),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=types, include_columns=list(types), null_values=[""], strings_can_be_null=False))


def keys_of(column):
    """`key` and `key_bytes` of a column of bytes."""
    try:
        return column.cast(pa.string()), pa.nulls(len(column), pa.binary())
    except pa.ArrowInvalid:
        texts, exact = [], []
        for key in column.to_pylist():
            try:
                texts.append(key.decode())
                exact.append(None)
            except UnicodeDecodeError:
                texts.append(key.decode(errors="replace"))
                exact.append(key)
        return pa.array(texts, pa.string()), pa.array(exact, pa.binary())


@functools.lru_cache(maxsize=8)
def _repeated(text, count):
    return pa.repeat(pa.scalar(text, pa.string()), count)


def same(text, count):
    """A column of one text. It is cut from a longer one that is made once."""
    length = 1 << max(count - 1, 1).bit_length()
    return _repeated(text, length).slice(0, count)


def object_columns(bucket, batch):
    """The columns of `OBJECT_COLUMNS` of one batch of a listing."""
    key, key_bytes = keys_of(batch.column("key"))
    return [
        same(bucket, batch.num_rows), key, key_bytes, batch.column("size"), batch.column("last_modified"),
        batch.column("etag"), batch.column("storage_class")]


def object_batch(bucket, batch):
    return pa.RecordBatch.from_arrays(object_columns(bucket, batch), schema=OBJECT_SCHEMA)


def object_rows(bucket, batch):
    """A batch of a listing as rows of a job, whose kind is `object`."""
    columns = object_columns(bucket, batch)
    return pa.RecordBatch.from_arrays(
        [same("object", batch.num_rows), *columns, pa.nulls(batch.num_rows, pa.string())], schema=SCHEMA)


def range_row(bucket, receipt):
    """The receipt of a range as a row of a job, whose kind is `range`."""
    values = {"kind": "range", "bucket": bucket, "receipt": receipt}
    return pa.RecordBatch.from_arrays(
        [pa.array([values.get(field.name)], field.type) for field in SCHEMA], schema=SCHEMA)
