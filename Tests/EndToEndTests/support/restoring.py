"""A restore into a folder of a test's own, and what stands in it afterwards."""

import json
import os

from support.object_server import BUCKET, write_manifest

PART = ".s3audit-part-"


class Restoring:
    """s3audit with a server of objects, a manifest of what is wanted, and a folder."""

    def __init__(self, audit, server, folder):
        self.audit = audit
        self.server = server
        self.folder = folder
        self.target = folder / "out"
        self.manifest = folder / "manifest.csv"
        self.wanted = {}
        audit.use(server)

    def want(self, objects, version="v", sizes=False):
        """Makes these objects, by key, all that is wanted."""
        for key, body in objects.items():
            self.server.put(key, body, version)
        self.wanted = dict(objects)
        lengths = {key: len(body) for key, body in objects.items()}
        write_manifest(self.manifest, dict.fromkeys(objects, version), lengths if sizes else None)

    def words(self, *more):
        return ["restore", "-m", self.manifest, "-b", BUCKET, "-r", self.target, *more]

    def run(self, *more, status=0, **options):
        result = self.audit.run(*self.words(*more), **options)
        assert result.returncode == status, result.stdout + result.stderr
        return result

    def start(self, *more, **options):
        return self.audit.start(*self.words(*more), **options)

    def counts(self, *more, status=0):
        """The closing table: keys by outcome."""
        result = self.run(*more, "--format", "json", status=status)
        return {row["outcome"]: row["keys"] for row in json.loads(result.stdout)}

    def files(self):
        """Bytes of all files below the folder, by key; links by where they lead."""
        return tree(self.target)

    def leftovers(self):
        return [name for name in self.files() if PART in name]

    def assert_restored(self):
        assert self.files() == self.wanted


def tree(folder):
    found = {}
    for parent, names, files in os.walk(folder):
        for name in files + names:
            path = os.path.join(parent, name)
            key = os.path.relpath(path, folder)
            if os.path.islink(path):
                found[key] = os.readlink(path)
            elif os.path.isfile(path):
                with open(path, "rb") as file:
                    found[key] = file.read()
    return found
