"""An index of some nights over two buckets, one with versions, and copies of it that tests spoil."""

import shutil
import sqlite3
from contextlib import closing, contextmanager

from support import servers
from support.audit import Audit

BUCKETS = ("--bucket", "logs:dates:6000", "--bucket", "media:uuid:1500:versioning=enabled")


@contextmanager
def nights(folder, count):
    """The index, as what has made it, and the server that it is of."""
    audit = Audit(folder)
    server = servers.Simulator(*BUCKETS)
    audit.use(server)
    audit.sync("--versions")
    for _ in range(count - 1):
        server.night()
        audit.sync("--versions")
    yield audit, server
    server.stop()


def copy(source, audit):
    """The same index for one test alone."""
    original, server = source
    shutil.copy(original.index, audit.index)
    audit.use(server)
    return audit


def change(audit, *statements):
    with closing(sqlite3.connect(audit.index, isolation_level=None)) as database:
        for statement in statements:
            database.execute(statement)
