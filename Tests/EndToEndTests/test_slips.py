"""Commands that mean something else than they say: told in time, with the way out."""

import pytest


@pytest.fixture
def logs(audit, s3):
    s3.buckets = {"logs": ["k1", "k2", "other", "lit*eral"]}
    return s3


@pytest.mark.parametrize("prefix, mark", [("k*", "*"), ("k?", "?"), ("[k]1", "[")])
def test_a_prefix_is_not_a_pattern(audit, logs, prefix, mark):
    listed = audit.run("list", f"s3://logs/{prefix}")
    assert listed.returncode == 0
    synced = audit.sync(f"s3://logs/{prefix}")
    audit.sync()
    answers = [audit.run("query", "find", f"s3://logs/{prefix}"), audit.run("query", "find", "--prefix", prefix),
               audit.run("query", "du", f"s3://logs/{prefix}")]
    for result in [listed, synced, *answers]:
        assert result.returncode == 0
        assert f"in a prefix {mark} is not a pattern" in result.stderr
        assert f"--key '{prefix}'" in result.stderr


@pytest.mark.parametrize("prefix", ["k", "nothing/", "lit*"])
def test_other_prefixes_are_not_warned_of(audit, logs, prefix):
    assert audit.run("list", f"s3://logs/{prefix}").stderr == ""
    audit.sync()
    assert "pattern" not in audit.sync(f"s3://logs/{prefix}", "--full").stderr
    assert audit.run("query", "find", f"s3://logs/{prefix}").stderr == ""


@pytest.mark.parametrize("arguments, words", [
    (["query", "NOSUCH", "--help"], ["NOSUCH", "Subcommands are totals"]),
    (["query", "total", "--help"], ["Did you mean 'totals'?"]), (["snyc", "-h"], ["Did you mean 'sync'?"]),
    (["help", "query", "tpo"], ["Did you mean 'top'?"]), (["--help", "query", "tpo"], ["Did you mean 'top'?"]),
    (["--index", "x", "query", "tpo", "--help"], ["Did you mean 'top'?"]),
])
def test_there_is_no_help_for_what_is_not_there(audit, arguments, words):
    result = audit.run(*arguments)
    assert (result.returncode, result.stdout) == (64, "")
    assert all(word in result.stderr for word in words)


@pytest.mark.parametrize("question", [["totals", "--by", "bucket"], ["buckets"], ["du"], ["findings"]], ids=" ".join)
def test_columns_to_sort_by_are_named(audit, logs, question):
    audit.sync()
    result = audit.run("query", *question, "--sort", "-nothing")
    assert result.returncode == 64
    assert "'nothing'" in result.stderr and "- objects" in result.stderr and "- bytes" in result.stderr
    for spelled in (["--sort", "-bytes"], ["--sort=-bytes"]):
        rows = audit.query(*question, *spelled)
        assert [row["bytes"] for row in rows] == sorted((row["bytes"] for row in rows), reverse=True)
    assert len(audit.query(*question, "-n", "1")) == 1
