"""A file that no longer says what is in it: lost or changed first pages, schemas and records of migrations."""

import re

import pytest

from support import spoiled_index
from support.index_checks import assert_same, check_index, snapshot
from support.spoiled_index import change

PAGE = 16384


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    with spoiled_index.nights(tmp_path_factory.mktemp("source"), 2) as made:
        yield made


@pytest.fixture
def copied(audit, source):
    return spoiled_index.copy(source, audit)


def overwrite(path, at, content):
    with open(path, "r+b") as file:
        file.seek(at)
        file.write(content)


def schema_pages(audit):
    """The pages that the table of tables has, besides the first."""
    content = audit.index.read_bytes()
    return [at for at in range(PAGE, len(content), PAGE)
            if b"CREATE VIEW" in content[at:at + PAGE] or content[at:at + PAGE].count(b"CREATE TABLE ") > 3]


def change_text(audit, old, new):
    """Changes a word of the schema in the file, as a disk would."""
    content = audit.index.read_bytes()
    found = [match.start() for match in re.finditer(re.escape(old), content)]
    assert found and len(old) == len(new)
    for at in found:
        overwrite(audit.index, at, new)


def vacuum(audit):
    assert audit.run("vacuum").returncode == 0


# What is done to the file.
DAMAGES = {
    "a table's text": lambda audit: change_text(audit, b"CREATE TABLE usage_point", b"CREATE TABLF usage_point"),
    "a table's name": lambda audit: change_text(audit, b"tableusage_gap", b"tableusbge_gap"),
    "a view's text": lambda audit: change_text(audit, b"CREATE VIEW objects", b"CREATE VIFW objects"),
    "records of migrations": lambda audit: change(audit, "DELETE FROM schema_migration"),
    "a record of a migration": lambda audit: change(
        audit, "UPDATE schema_migration SET checksum = '0' WHERE name = 'v003_changes'"),
    "the page of those records": lambda audit: overwrite(audit.index, PAGE, bytes(PAGE)),
    "the version, upwards": lambda audit: overwrite(audit.index, 60, bytes([0, 1, 0, 0])),
    "the version, downwards": lambda audit: overwrite(audit.index, 60, bytes([0, 0, 0, 0])),
    "the mark of an index": lambda audit: overwrite(audit.index, 68, bytes([0x7f])),
    "the header": lambda audit: overwrite(audit.index, 0, bytes(100)),
    "the first page": lambda audit: overwrite(audit.index, 0, bytes(PAGE)),
    "the first page after a vacuum": lambda audit: (vacuum(audit), overwrite(audit.index, 0, b"x" * PAGE)),
    "a page of the schema": lambda audit: overwrite(audit.index, schema_pages(audit)[0], bytes(PAGE)),
}


USUAL = {"a table's text", "records of migrations", "the version, downwards", "the header",
         "the first page after a vacuum", "a page of the schema"}


@pytest.mark.parametrize("name", [name if name in USUAL else pytest.param(name, marks=pytest.mark.long)
                                  for name in DAMAGES])
def test_what_is_in_a_file_without_its_schema_is_saved(copied, name):
    before = snapshot(copied.index)
    nights = copied.sql("SELECT * FROM usage_point ORDER BY 1, 2")
    DAMAGES[name](copied)
    damaged = copied.index.read_bytes()
    found = copied.run("check")
    assert found.returncode == 2, found
    result = copied.run("check", "--repair")
    assert result.returncode == 0, result
    assert copied.run("check").returncode == 0
    check_index(copied.index)
    assert_same(snapshot(copied.index), before)
    assert copied.sql("SELECT * FROM usage_point ORDER BY 1, 2") == nights
    kept = list(copied.index.parent.glob("index.sqlite3.damaged-*"))
    if "kept as" in result.stderr:
        assert [path.read_bytes() for path in kept] == [damaged]
    assert {path.name for path in copied.index.parent.glob("index.sqlite3*")} <= {
        "index.sqlite3", "index.sqlite3.lock", *(path.name for path in kept)}


def test_a_file_without_any_sign_of_an_index_is_left_alone(copied):
    overwrite(copied.index, 0, bytes(2 * PAGE))
    damaged = copied.index.read_bytes()
    result = copied.run("check", "--repair")
    assert result.returncode == 1 and "is not an s3audit index" in result.stderr, result
    assert copied.index.read_bytes() == damaged


def test_where_tables_begin_is_never_guessed_against_the_file(copied):
    """An index that came about in another way has other trees in those pages."""
    change(copied, "CREATE TABLE moved AS SELECT * FROM usage_gap", "DROP TABLE usage_gap",
           "CREATE TABLE usage_gap (bucket_id, at_ms, sync_id, state)")
    overwrite(copied.index, 0, bytes(PAGE))
    damaged = copied.index.read_bytes()
    result = copied.run("check", "--repair")
    assert result.returncode == 1, result
    assert "where its tables begin is lost" in result.stderr and "restore a backup" in result.stderr
    assert copied.index.read_bytes() == damaged
    assert list(copied.index.parent.glob("index.sqlite3.*")) == [copied.index.parent / "index.sqlite3.lock"]
