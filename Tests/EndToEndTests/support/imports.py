"""Imports of inventories, and what they leave in the index."""

import json


def imported(audit, *arguments, status=0, **options):
    """What an import reports, and what it says besides."""
    result = audit.run("import", "inventory", *arguments, "--format", "json", **options)
    assert result.returncode == status, result
    return (json.loads(result.stdout)[0] if result.stdout else None), result.stderr


def contents(audit, bucket):
    """All that the index has of a bucket's objects and versions."""
    objects = audit.sql(
        "SELECT key, size, last_modified, etag, storage_class FROM objects WHERE bucket = ? ORDER BY key", bucket)
    versions = audit.sql(
        "SELECT key, row_number() OVER (PARTITION BY key ORDER BY is_latest DESC, rank), version_id, is_latest,"
        " is_delete_marker, size, last_modified, etag, storage_class FROM versions WHERE bucket = ?"
        " ORDER BY key, 2", bucket)
    return objects, versions


def other(audit, tmp_path, name="other"):
    """The same program and server with an index of its own."""
    audit.index = tmp_path / f"{name}.sqlite3"
    audit.environment["S3AUDIT_INDEX"] = str(audit.index)
    return audit
