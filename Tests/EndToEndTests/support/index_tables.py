"""All that the tables of an index hold, with names in the place of numbers: what two indexes can be compared by."""

import sqlite3
from contextlib import closing

# The index's own, and what differs between processes.
LEFT_OUT = {"schema_migration", "schema_view", "setting"}
NUMBERS = {"sync_id": "sync", "crawl_id": "crawl", "bucket_id": "bucket", "account_id": "account",
           "storage_class_id": "class", "class_before_id": "class", "class_after_id": "class", "list_id": "list"}


def tables(path):
    """Rows of every table, as sorted lists of tuples."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        database.text_factory = bytes
        names = [row[0].decode() for row in database.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
        known = {
            "sync": named(database, "SELECT id, started_ms, pid FROM sync"),
            "bucket": named(database, "SELECT id, endpoint, name FROM bucket"),
            "account": named(database, "SELECT id, endpoint, owner, number FROM account"),
            "class": {**named(database, "SELECT id, name FROM storage_class"), 0: (b"",)},
            "list": named(database, "SELECT id, name, checksum FROM price_list"),
        }
        known["crawl"] = {
            row[0]: (known["bucket"][row[1]], *row[2:])
            for row in database.execute("SELECT id, bucket_id, prefix, started_ms FROM crawl")}
        return {name: rows(database, name, known) for name in names if name not in LEFT_OUT}


def named(database, statement):
    return {row[0]: row[1:] for row in database.execute(statement)}


def rows(database, table, known):
    cursor = database.execute(f"SELECT * FROM {table}")
    columns = [column[0] for column in cursor.description]
    kinds = [NUMBERS.get(name) for name in columns]
    # A number of its own says nothing.
    kept = [place for place, name in enumerate(columns) if name != "id"]
    found = [
        tuple(known[kinds[place]][row[place]] if kinds[place] and row[place] is not None else row[place]
              for place in kept)
        for row in cursor]
    return sorted(found, key=repr)


def assert_equal(found, expected, but=()):
    for table, rows in expected.items():
        if table not in but and found[table] != rows:
            left, right = set(found[table]), set(rows)
            raise AssertionError(f"{table}: too many {sorted(left - right, key=repr)[:3]}, too few"
                                 f" {sorted(right - left, key=repr)[:3]}")
