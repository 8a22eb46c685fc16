"""AWS as moto plays it, in a process of its own on loopback, and quick to fill.

usage: fake_aws.py PORT [CERTIFICATE]

With the file of a certificate and its key it speaks TLS. Beside moto's own API it answers `POST /_load` with
{"bucket", "region", "objects": [[key, size, storage class or null, last modified or null], …]}: the
bucket is made if needed and its objects are put straight into moto's memory, some thousand a second
instead of a few hundred. Everything that reads them afterwards goes through moto's S3.

`POST /_date` with {"bucket", "versions": [[key, version id, last modified], …]} gives versions and delete
markers another time than that of their writing: moments of a history are told apart by seconds.

`POST /_expire` ends all sessions that STS has handed out. moto itself never looks at the end of a session;
here S3 refuses one that is over, as AWS does. And STS takes web identities without a signature,
which moto with IAM asks for.
"""

import datetime
import json
import re
import sys

from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.utils import utcnow
from moto.s3.models import s3_backends
from moto.server import DomainDispatcherApplication, create_backend_app
from moto.sts.models import sts_backends
from moto.sts.responses import TokenResponse
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
        # Computed when it is first asked for, and wrong when two requests ask at once.
        getattr(stored, "etag")
        if modified:
            stored.last_modified = datetime.datetime.fromisoformat(modified).replace(tzinfo=None)


def date(spec):
    keys = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[spec["bucket"]].keys
    for key, version, modified in spec["versions"]:
        for stored in keys.getlist(key):
            if str(stored.version_id) == version:
                stored.last_modified = datetime.datetime.fromisoformat(modified).replace(tzinfo=None)


def sessions():
    for account in list(sts_backends.values()):
        for backend in list(account.values()):
            yield from backend.assumed_roles


def is_of_ended_session(environ):
    found = re.search(r"Credential=([^/]+)/[^,]*/s3/", environ.get("HTTP_AUTHORIZATION", ""))
    return found and any(
        session.access_key_id == found.group(1) and session.expiration <= utcnow()
        for session in sessions())


EXPIRED = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>ExpiredToken</Code>'
    b"<Message>The provided token has expired.</Message><RequestId>R1</RequestId></Error>")


def application(moto):
    def answer(environ, start_response):
        if is_of_ended_session(environ):
            start_response("400 Bad Request", [("Content-Length", str(len(EXPIRED)))])
            return [EXPIRED]
        if environ["PATH_INFO"] == "/_load":
            load(json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))))
        elif environ["PATH_INFO"] == "/_date":
            date(json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))))
        elif environ["PATH_INFO"] == "/_expire":
            for session in sessions():
                session.expiration = utcnow()
        else:
            return moto(environ, start_response)
        start_response("200 OK", [("Content-Length", "0")])
        return [b""]

    return answer


def take_unsigned_web_identities():
    checked = TokenResponse._authenticate_and_authorize_normal_action

    def check(self, resource="*"):
        if self._get_action() != "AssumeRoleWithWebIdentity":
            checked(self, resource)
    TokenResponse._authenticate_and_authorize_normal_action = check


def main():
    take_unsigned_web_identities()
    moto = DomainDispatcherApplication(create_backend_app)
    certificate = sys.argv[2] if len(sys.argv) > 2 else None
    run_simple(
        "127.0.0.1", int(sys.argv[1]), application(moto), threaded=True,
        request_handler=QuietHandler, ssl_context=certificate and (certificate, certificate))


if __name__ == "__main__":
    main()
