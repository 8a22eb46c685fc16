"""Prometheus' text format, read by a parser that shares nothing with the program."""

import re

SAMPLE = re.compile(r'^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? ([0-9.eE+-]+|\+Inf|NaN)$')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(?:,|$)')
ESCAPES = {"\\n": "\n", "\\\\": "\\", '\\"': '"'}


def samples(text):
    """{(name, ((label, value), …)): value}; each sample once, and every line understood."""
    found = {}
    # Other line ends than \n stand in labels.
    for line in text.split("\n"):
        if not line or line.startswith("#"):
            continue
        match = SAMPLE.match(line)
        assert match, line
        name, labels, value = match.groups()
        pairs = [
            (label, re.sub(r'\\.', lambda escape: ESCAPES[escape[0]], text))
            for label, text in LABEL.findall(labels or "")]
        assert LABEL.sub("", labels or "") == "", line
        key = (name, tuple(sorted(pairs)))
        assert key not in found, f"there twice: {line}"
        found[key] = float(value)
    return found


def value(found, name, **labels):
    """The value of one series by some of its labels; None without it."""
    wanted = set(labels.items())
    values = [number for (other, pairs), number in found.items() if other == name and wanted <= set(pairs)]
    assert len(values) <= 1, values
    return values[0] if values else None
