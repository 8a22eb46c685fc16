"""Random questions about random histories of versions, against sums of what boto3 lists, in every format."""

import csv
import fnmatch
import io
import json
import os
import random
import re

import pytest

from support.holdings import listed_versions

SEEDS = range(int(os.environ.get("S3AUDIT_SEEDS", 2)))
QUESTIONS = 50
CLASSES = ["STANDARD", "STANDARD_IA", "GLACIER"]
KEYS = ["a/b/c.gz", "a/b/d", "a/x y", "a/%41+", "ä/ö.txt", "b", "b/", "b/c,d", "c/q\"q", "=1", "z/a'b", "z/|"]
FORMATS = ["json", "jsonl", "csv", "tsv", "markdown", "table"]
BINS = [(1, "1 B"), (1 << 10, "1 KiB"), (1 << 14, "16 KiB"), (1 << 17, "128 KiB"), (1 << 20, "1 MiB")]


# What there is, as boto3 lists it: (bucket, key, id, latest, modified, size, etag, class).

def mangle(client, chance, bucket):
    """A history: puts, deletes, versions that go."""
    for _ in range(60):
        key = chance.choice(KEYS)
        if chance.random() < 0.75:
            client.put_object(
                Bucket=bucket, Key=key, StorageClass=chance.choice(CLASSES),
                Body=b"x" * chance.choice([0, 1, 1023, 1024, 5000, 20_000, 140_000]))
        elif chance.random() < 0.6:
            client.delete_object(Bucket=bucket, Key=key)
        else:
            entries = listed_versions(client, bucket)
            if entries:
                entry = chance.choice(entries)
                client.delete_object(Bucket=bucket, Key=entry[0], VersionId=entry[1])


def made(client, chance):
    for bucket in ["one", "two", "plain"]:
        client.create_bucket(Bucket=bucket)
        if bucket != "plain":
            client.put_bucket_versioning(
                Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        mangle(client, chance, bucket)


def is_marker(entry):
    return entry[5] is None


# Questions: words for the command line, and what passes them.

def scope(chance):
    word = chance.choice([None, "one", "two", "plain", "*o*", "s3://one/a/", "s3://two/z", "s3://one/b"])
    if word is None:
        return [], ["one", "plain", "two"], ""
    if word.startswith("s3://"):
        bucket, prefix = word[5:].split("/", 1)
        return [word], [bucket], prefix
    return [word], [name for name in ["one", "plain", "two"] if fnmatch.fnmatchcase(name, word)], ""


def filters(chance, entries):
    words, tests = [], []
    if chance.random() < 0.2:
        pattern = chance.choice(["*a*", "a/*", "?", "*.gz", "[bz]*"])
        words += ["--key", pattern]
        tests.append(lambda entry: fnmatch.fnmatchcase(entry[1], pattern))
    if chance.random() < 0.1:
        words += ["--regex", "^[a-c]"]
        tests.append(lambda entry: re.search("^[a-c]", entry[1]) is not None)
    if chance.random() < 0.2:
        least = chance.choice([1, 1024, 10_000])
        words += ["--min-size", least]
        tests.append(lambda entry: not is_marker(entry) and entry[5] >= least)
    if chance.random() < 0.15:
        most = chance.choice([0, 1023, 20_000])
        if "--min-size" not in words:
            words += ["--max-size", most]
            tests.append(lambda entry: not is_marker(entry) and entry[5] <= most)
    if chance.random() < 0.2:
        name = chance.choice(CLASSES)
        words += ["--class", name]
        tests.append(lambda entry: entry[7] == name)
    if chance.random() < 0.15:
        moment = chance.choice(entries)[4]
        option, passes = chance.choice([
            ("--since", lambda entry: entry[4] >= moment), ("--before", lambda entry: entry[4] < moment)])
        words += [option, moment]
        tests.append(passes)
    return words, lambda entry: all(test(entry) for test in tests)


def counts(which):
    return lambda entry: not is_marker(entry) and {
        "all": True, "current": entry[3], "noncurrent": not entry[3]}[which]


def summed(entries):
    return len(entries), sum(entry[5] for entry in entries)


def size_label(size):
    if size < 1:
        return "0 B"
    for (_, low), (limit, high) in zip(BINS, BINS[1:]):
        if size < limit:
            return f"{low} to {high}"
    return "1 MiB to 16 MiB"


def grouped(entries, group):
    groups = {}
    for entry in entries:
        groups.setdefault(group(entry), []).append(entry)
    return {name: summed(own) for name, own in groups.items()}


# Answers, from any format to rows of texts.

TITLES = {"%_of_objects": "objects_percent", "%_of_bytes": "bytes_percent", "synced": "synced_at"}


def shown(cell):
    """A cell for people as machines would have it: without the bar beside a share."""
    cell = re.sub("^[█▉▊▋▌▍▎▏]+ +", "", cell)
    if re.fullmatch(r"[0-9,]+( B)?", cell) and not re.search(r",(?![0-9]{3})", cell):
        return cell.replace(",", "").replace(" B", "")
    moment = re.fullmatch(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\dZ)", cell)
    return "T".join(moment.groups()) if moment else {"yes": "true", "no": "false"}.get(cell, cell)


def read(text, format):
    if format in ("json", "jsonl"):
        rows = json.loads(text) if format == "json" else [json.loads(line) for line in text.splitlines()]
        words = {None: "", True: "true", False: "false"}
        return [{name: words[value] if value is None or value is True or value is False else str(value)
                 for name, value in row.items()} for row in rows]
    if format == "csv":
        return list(csv.DictReader(io.StringIO(text)))
    lines = text.splitlines()
    if len(lines) < 2:
        return []
    if format == "tsv":
        table = [line.split("\t") for line in lines]
    elif format == "markdown":
        cut = [[re.sub(r"\\(.)", r"\1", cell.strip()) for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
               for line in lines]
        table = [cut[0]] + cut[2:]
    else:
        spans = [match.span() for match in re.finditer("-+", lines[1])]
        cut = [[line[start:end].strip() for start, end in spans] for line in lines
               if not line.startswith("---")]
        table = cut
    names = [name if format == "tsv" else name.lower().replace(" ", "_") for name in table[0]]
    names = [TITLES.get(name, name) for name in names]
    if format == "tsv":
        return [dict(zip(names, row)) for row in table[1:]]
    rows = [dict(zip(names, map(shown, row))) for row in table[1:]]
    return [row for row in rows if next(iter(row.values())) != "total"]


# One question each.

def text(entry):
    words = ["" if value is None else str(value) for value in entry]
    words[3] = words[3].lower()
    return tuple(words)


def ask_totals(chance, ask, entries, buckets, which):
    group = chance.choice([None, "bucket", "class", "prefix", "size"])
    rows = ask("totals", *(["--by", group] if group else []))
    sums = [(int(row["objects"]), int(row["bytes"])) for row in rows]
    if group is None:
        assert sums == [summed(entries)]
    elif group == "bucket":
        assert [row["bucket"] for row in rows] == buckets
        assert sums == [summed([one for one in entries if one[0] == bucket]) for bucket in buckets]
    else:
        places = {"class": lambda entry: entry[7], "size": lambda entry: size_label(entry[5]),
                  "prefix": lambda entry: (entry[0], entry[1][:entry[1].find("/") + 1])}
        names = [(row["bucket"], row["prefix"]) if group == "prefix" else
                 row["storage_class" if group == "class" else "size"] for row in rows]
        assert len(set(names)) == len(names)
        found = {"0 B" if name == "0" else name: sum for name, sum in zip(names, sums) if sum[0]}
        assert found == grouped(entries, places[group])


def ask_du(chance, ask, entries, buckets, which, prefix):
    depth = chance.randrange(3)
    rows = ask("du", "--depth", depth)
    places = [(bucket, prefix) for bucket in buckets]
    for entry in entries:
        ends = [at for at, byte in enumerate(entry[1]) if byte == "/" and at >= len(prefix)]
        places += [(entry[0], entry[1][:end + 1]) for end in ends[:depth]]
    wanted = sorted(set(places), key=lambda place: (place[0], place[1].encode()))
    assert [(row["bucket"], row["prefix"]) for row in rows] == wanted
    for row, (bucket, start) in zip(rows, wanted):
        below = [one for one in entries if one[0] == bucket and one[1].startswith(start)]
        assert (int(row["objects"]), int(row["bytes"])) == summed(below)


def ask_top(chance, ask, entries, buckets, which):
    order = chance.choice(["largest", "smallest", "newest", "oldest"])
    count = chance.choice([1, 5, 1000])
    is_per_bucket = chance.random() < 0.3
    rows = ask("top", f"--{order}", "-n", count, *(["--per-bucket"] if is_per_bucket else []))
    column, place = ("size", 5) if order in ("largest", "smallest") else ("last_modified", 4)
    wanted = []
    for own in [[bucket] for bucket in buckets] if is_per_bucket else [buckets]:
        values = sorted((one[place] for one in entries if one[0] in own),
                        reverse=order in ("largest", "newest"))
        wanted += map(str, values[:count])
    assert [row[column] for row in rows] == wanted
    check_entries(rows, entries, which, is_all=False)


def check_entries(rows, entries, which, is_all):
    names = ["bucket", "key", "version_id", "is_latest", "last_modified", "size", "etag", "storage_class"]
    if which == "current":
        names = [name for name in names if name not in ("version_id", "is_latest")]
    kept = [place for place, name in enumerate(
        ["bucket", "key", "version_id", "is_latest", "last_modified", "size", "etag", "storage_class"])
        if name in names]
    wanted = sorted(tuple(text(entry)[place] for place in kept) for entry in entries)
    found = sorted(tuple(row[name] for name in names) for row in rows)
    if is_all:
        assert found == wanted
    else:
        assert len(set(found)) == len(found) and set(found) <= set(wanted)


def ask_find(chance, ask, entries, buckets, which):
    rows = ask("find")
    check_entries(rows, entries, which, is_all=True)
    places = [(row["bucket"], row["key"].encode()) for row in rows]
    assert places == sorted(places)
    if which != "current":
        assert [row["is_delete_marker"] for row in rows] == [
            "true" if row["size"] == "" else "false" for row in rows]


def ask_histogram(chance, ask, entries, buckets, which):
    by_class = chance.random() < 0.5
    rows = ask("histogram", *(["--by", "class"] if by_class else []))
    found = {
        (row.get("storage_class"), "0 B" if row["size"] == "0" else row["size"]):
            (int(row["objects"]), int(row["bytes"]))
        for row in rows}
    assert found == grouped(
        entries, lambda entry: (entry[7] if by_class else None, size_label(entry[5])))
    if entries:
        assert sum(float(row["objects_percent"]) for row in rows) == pytest.approx(100, abs=0.1)


def ask_versions(chance, ask, entries, buckets, which, knows_markers):
    """Its entries are what is not the latest, and every marker."""
    def sums(own):
        old = [one for one in own if not is_marker(one)]
        markers = str(len(own) - len(old)) if knows_markers else ""
        return (*map(str, summed(old)), markers)

    group = chance.choice(["bucket", "key", "prefix"])
    rows = ask("versions", "--by", group, *(["-n", "1000"] if group == "key" else []))
    found = [(row["noncurrent_objects"], row["noncurrent_bytes"], row["delete_markers"]) for row in rows]
    for row, shown_sums in zip(rows, found):
        below = [one for one in entries if one[0] == row["bucket"]]
        if group == "key":
            below = [one for one in below if one[1] == row["key"]]
        elif group == "prefix":
            below = [one for one in below if one[1].startswith(row["prefix"])]
        assert shown_sums == sums(below), row
    if group == "bucket":
        assert [row["bucket"] for row in rows] == buckets
    if group == "key":
        assert {(row["bucket"], row["key"]) for row in rows} == {
            one[:2] for one in entries if not is_marker(one)}


@pytest.mark.parametrize("seed", SEEDS)
def test_answers_are_what_boto3_lists(audit, moto, seed):
    chance = random.Random(seed)
    client = moto.client()
    made(client, chance)
    if chance.random() < 0.5:
        audit.sync()
    audit.sync("--versions")
    for bucket in ["one", "two", "plain"]:
        mangle(client, chance, bucket)
    audit.sync()
    everything = [(bucket, *entry) for bucket in ["one", "plain", "two"]
                  for entry in listed_versions(client, bucket)]
    for number in range(QUESTIONS):
        words, buckets, prefix = scope(chance)
        more, passes = filters(chance, everything)
        which = chance.choice(["all", "noncurrent", "current"])
        kind = chance.choice(["totals", "du", "top", "find", "histogram", "versions"])
        format = chance.choice(FORMATS)
        in_reach = [entry for entry in everything
                    if entry[0] in buckets and entry[1].startswith(prefix) and passes(entry)]
        asked = []

        def ask(question, *arguments):
            options = [] if question == "versions" else ["--versions", which]
            line = ["query", question, *words, *more, *arguments, *options, "--format", format,
                    "--unit", "B", *(["--raw-csv"] if format == "csv" else [])]
            result = audit.run(*line, "--require-complete")
            assert result.returncode == 0, result
            asked[:] = line
            return read(result.stdout, format)

        try:
            if kind == "versions":
                old = [entry for entry in in_reach if is_marker(entry) or not entry[3]]
                knows_markers = not {"--min-size", "--max-size", "--class"} & set(map(str, more))
                ask_versions(chance, ask, old, buckets, which, knows_markers)
            elif kind == "find":
                shown_entries = [entry for entry in in_reach if counts(which)(entry)
                                 or which != "current" and is_marker(entry)
                                 and (which == "all" or not entry[3])]
                ask_find(chance, ask, shown_entries, buckets, which)
            else:
                counted = [entry for entry in in_reach if counts(which)(entry)]
                extra = (prefix,) if kind == "du" else ()
                globals()[f"ask_{kind}"](chance, ask, counted, buckets, which, *extra)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}, question {number}: {asked}\n{error}") from error
