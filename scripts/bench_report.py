"""What the bench found: rows with a figure, a target and a verdict; tables; every single run."""

import dataclasses
import statistics


@dataclasses.dataclass
class Row:
    """One line of the table of targets; `holds` is None where there is nothing to hold."""

    work: str
    figure: str
    target: str = ""
    holds: bool | None = None


@dataclasses.dataclass
class Table:
    """Figures that are looked at side by side and have no target of their own."""

    caption: str
    columns: tuple
    lines: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Findings:
    """What one part of the bench found."""

    rows: list = dataclasses.field(default_factory=list)
    tables: list = dataclasses.field(default_factory=list)
    runs: list = dataclasses.field(default_factory=list)

    def add(self, work, figure, target="", holds=None):
        self.rows.append(Row(work, figure, target, holds))

    def record(self, what, number, **figures):
        """Keeps a single run for the JSON file; runs are numbered from 0."""
        self.runs.append({"what": what, "run": number, **figures})

    def figures(self):
        """This part in the JSON file."""
        return {
            "rows": [dataclasses.asdict(row) for row in self.rows],
            "tables": [dataclasses.asdict(table) for table in self.tables],
            "runs": self.runs,
        }


median = statistics.median


def median_ratio(left, right):
    """The median of the ratios of runs in turn: noise that both felt cancels out."""
    return median(one / other for one, other in zip(left, right))


def seconds_text(seconds):
    return f"{seconds:,.0f} s" if seconds >= 100 else f"{seconds:.2f} s"


def megabytes(count):
    return f"{count / 1e6:,.0f} MB"


def count_text(count):
    """A round number of objects as people say it: 2 M, 500 k."""
    for unit, name in ((1_000_000, "M"), (1_000, "k")):
        if count >= unit:
            return f"{count / unit:g} {name}"
    return str(count)


def count_value(text):
    """The number that `1M`, `500k` or `1000` stand for; a ValueError for anything else."""
    units = {"k": 1_000, "M": 1_000_000}
    return int(text[:-1]) * units[text[-1]] if text[-1:] in units else int(text)


def markdown_table(columns, lines):
    """A table; words of a program that failed cannot break it."""
    rule = ["---"] * len(columns)
    rows = (
        [" ".join(cell.split()).replace("|", "\\|") for cell in line]
        for line in (columns, rule, *lines))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


VERDICTS = {True: "yes", False: "**no**", None: ""}


def markdown(parts):
    """The table of targets, then the tables of each part."""
    rows = [
        (row.work, row.figure, row.target, VERDICTS[row.holds])
        for findings in parts.values() for row in findings.rows]
    texts = [markdown_table(("work", "figure", "target", "holds"), rows)] if rows else []
    for findings in parts.values():
        for table in findings.tables:
            texts.append(f"{table.caption}\n\n{markdown_table(table.columns, table.lines)}")
    return "\n\n".join(texts)
