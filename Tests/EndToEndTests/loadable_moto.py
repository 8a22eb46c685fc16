"""A moto server on loopback that can be filled quickly.

usage: loadable_moto.py PORT

Beside moto's own API it answers `POST /_load` with {"bucket", "region", "objects": [[key, size,
storage class or null, last modified or null], …]}: the bucket is made if needed and its objects are
put straight into moto's memory, some thousand a second instead of a few hundred. Everything that
reads them afterwards goes through moto's S3.
"""

import datetime
import json
import sys

from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, run_simple


class QuietHandler(WSGIRequestHandler):
    def log_request(self, *_):
        pass


def load(spec):
    backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    name = spec["bucket"]
    if name not in backend.buckets:
        backend.create_bucket(name, spec.get("region", "us-east-1"))
    for key, size, storage_class, modified in spec["objects"]:
        stored = backend.put_object(name, key, b"x" * size, storage=storage_class or "STANDARD")
        if modified:
            stored.last_modified = datetime.datetime.fromisoformat(modified).replace(tzinfo=None)


def application(moto):
    def answer(environ, start_response):
        if environ["PATH_INFO"] != "/_load":
            return moto(environ, start_response)
        load(json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))))
        start_response("200 OK", [("Content-Length", "0")])
        return [b""]

    return answer


def main():
    moto = DomainDispatcherApplication(create_backend_app)
    run_simple(
        "127.0.0.1", int(sys.argv[1]), application(moto), threaded=True,
        request_handler=QuietHandler)


if __name__ == "__main__":
    main()
