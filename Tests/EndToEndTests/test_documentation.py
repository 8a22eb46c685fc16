"""What the documentation says is what the program does: its SQL runs, its commands parse."""

import re
import shlex
import sqlite3
from pathlib import Path

import pytest

from support.audit import Audit
from support.commands import every_command

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
SCHEMA = (ROOT / "Migrations/README.md").read_text()


def fenced(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def commands(text):
    """Every `s3audit …` line: of console blocks after `$`, with continued lines joined, and inline."""
    lines = [
        line.removeprefix("$ ") for block in fenced(text, "console")
        for line in block.replace("\\\n", " ").splitlines() if line.startswith("$ ")]
    lines += re.findall(r"`(s3audit [^`\n]*)`", text)
    found = []
    for line in lines:
        line = re.split(r"[|>]\s*/|\s>\s|\s#", line)[0].strip()
        if line.startswith("s3audit "):
            found.append(line)
    return sorted(set(found))


@pytest.fixture(scope="module")
def index(tmp_path_factory, moto_server):
    audit = Audit(tmp_path_factory.mktemp("documentation"))
    audit.use(moto_server)
    moto_server.reset()
    moto_server.load("logs", [(f"2026/{n:02}/x", 200_000 * n, "STANDARD_IA") for n in range(30)])
    moto_server.load("old", [("a/b/c", 5, None, "2019-01-01T00:00:00+00:00"), ("a/copy", 5)])
    audit.sync()
    moto_server.client().delete_object(Bucket="old", Key="a/copy")
    audit.sync()
    return audit


STATEMENTS = fenced(SCHEMA, "sql")


def test_there_are_ten_questions():
    assert len(STATEMENTS) >= 10


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda text: text.split("\n")[0][:60])
def test_documented_sql_runs_in_both_shells(index, statement):
    for one in filter(str.strip, statement.split(";\n")):
        rows = index.query("sql", one)
        with sqlite3.connect(f"file:{index.index}?mode=ro", uri=True) as database:
            assert len(database.execute(one).fetchall()) == len(rows)


def test_most_documented_sql_has_an_answer(index):
    answered = sum(bool(index.query("sql", statement)) for statement in STATEMENTS)
    assert answered >= len(STATEMENTS) - 2


def test_every_view_and_column_is_documented_and_the_reverse(index):
    with sqlite3.connect(f"file:{index.index}?mode=ro", uri=True) as database:
        views = [row[0] for row in database.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY name")]
        columns = {view: [row[1] for row in database.execute(f"PRAGMA table_info({view})")]
                   for view in views}
    documented = {}
    for section in re.split(r"^### ", SCHEMA, flags=re.MULTILINE)[1:]:
        name = re.match(r"`(\w+)`", section)
        assert name, section[:40]
        table = section.split("| column |")[1].split("\n\n")[0]
        documented[name[1]] = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert documented == columns


ALL_COMMANDS = sorted({*commands(README), *commands(SCHEMA)})


def test_commands_are_found():
    assert len(ALL_COMMANDS) >= 12


@pytest.mark.parametrize("line", ALL_COMMANDS)
def test_documented_commands_parse(index, line):
    words = shlex.split(line)[1:]
    if "…" in line or "|" in line:
        words = [word for word in words if "…" not in word]
        words = [word.split("|")[0] for word in words]
    result = index.run(*words, "--help")
    assert result.returncode == 0, result
    # What follows --help is not read, so options and values are tried without it as well.
    if words[0] in ("query", "sync") and "…" not in line:
        ran = index.run(*words, *(["--dry-run"] if words[0] == "sync" else []))
        # The table of commands names them without their arguments.
        assert ran.returncode != 64 or "Missing expected argument" in ran.stderr, ran


def options_of(text):
    return set(re.findall(r"(?<![\w-])--([a-z][a-z0-9-]*)", text))


def test_every_option_is_in_the_readme_and_the_reverse(index):
    known = {"help", "version"}
    manual = index.run("man").stdout.replace("\\-", "-")
    known |= options_of(manual)
    for path in every_command():
        known |= options_of(index.run(*path, "--help").stdout)
    # Options of other programs that the README shows.
    foreign = {
        "product", "static-swift-stdlib", "summarize", "summarise", "long", "account", "format", "collector",
        "system", "home-dir", "now", "rm", "name", "restart",
        "uninstall"}
    written = options_of(README)
    assert known - written == set(), "options that the README does not mention"
    assert written - known - foreign == set(), "options that the program does not have"


def test_exit_codes_of_help_and_readme_agree(index):
    section = README.split("## Exit codes")[1].split("\n## ")[0]
    codes = re.findall(r"^\| (\d+) \|", section, re.MULTILINE)
    manual = index.run("--help").stdout.split("EXIT STATUS:")[1]
    assert codes == re.findall(r"^  (\d+) ", manual, re.MULTILINE)
