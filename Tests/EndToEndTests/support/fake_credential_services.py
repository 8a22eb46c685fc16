"""Plays every service of AWS that hands out credentials: STS, SSO, sign-in, containers and instances.

One server on loopback is all of them; which one a request is for, its path says.
"""

import datetime
import json
import re
import threading
import time
import urllib.parse
from dataclasses import dataclass, field

from support.loopback_server import LoopbackServer

ACCOUNT = "123456789012"
METADATA = "/latest/meta-data/iam/security-credentials/"


@dataclass
class Asked:
    """A request, and which of the ways it took: `container`, `imds`, `sts`, `sso`, `oidc` or `signin`."""

    way: str
    method: str
    path: str
    query: dict
    headers: dict
    body: bytes

    @property
    def form(self):
        """The parameters of a call of the query protocol, as STS has them."""
        return dict(urllib.parse.parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def json(self):
        return json.loads(self.body)


@dataclass
class Reply:
    body: str | bytes | dict = ""
    status: int = 200
    headers: dict = field(default_factory=dict)
    delay_seconds: float = 0


def timestamp(seconds):
    """ISO 8601 as the services write it."""
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def sts_error(code, message, status=403):
    return Reply(
        '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>'
        f"<Code>{code}</Code><Message>{message}</Message></Error><RequestId>R1</RequestId>"
        "</ErrorResponse>", status)


class Issuer:
    """Every key tells by its name where it came from: ASIA, the way (for STS the role), a number.

    Every secret has the word `canary` in it, and nothing else has.

    `script` is called with each request and the number of requests that way before; it returns a
    Reply, or None for the well-behaved one.
    """

    def __init__(self):
        self.lifetime_seconds = 3600
        self.script = lambda asked, number: None
        self.token = lambda way, number, expires: f"canary-token-of-{way}-{number}"
        # What the ways demand; None takes anything.
        self.authorization = None
        self.sso_tokens = None
        self.speaks_metadata_v2 = True
        self.demands_metadata_token = True
        self.region = "us-east-1"
        self.asked = []
        self.issued = []
        self._lock = threading.Lock()

        self._server = LoopbackServer(GET=self._serve, PUT=self._serve, POST=self._serve, HEAD=self._serve)
        self.port = self._server.port
        self.endpoint = f"http://127.0.0.1:{self.port}"

    def stop(self):
        self._server.stop()

    def ways(self):
        """Which ways were taken at all."""
        return {asked.way for asked in self.asked}

    def count(self, way):
        return sum(asked.way == way for asked in self.asked)

    def calls(self, action):
        """The parameters of the calls of STS with this action, oldest first."""
        forms = [asked.form for asked in self.asked if asked.way == "sts"]
        return [form for form in forms if form["Action"] == action]

    def environment(self, *ways):
        """The variables that lead to this server."""
        variables = {
            "container": {"AWS_CONTAINER_CREDENTIALS_FULL_URI": self.endpoint + "/container"},
            "imds": {
                "AWS_EC2_METADATA_SERVICE_ENDPOINT": self.endpoint,
                "AWS_EC2_METADATA_DISABLED": None},
            "sts": {"AWS_ENDPOINT_URL_STS": self.endpoint},
            "sso": {
                "AWS_ENDPOINT_URL_SSO": self.endpoint, "AWS_ENDPOINT_URL_SSO_OIDC": self.endpoint},
            "signin": {"AWS_ENDPOINT_URL_SIGNIN": self.endpoint},
        }
        return {name: value for way in ways for name, value in variables[way].items()}

    def issue(self, way):
        """New keys: (access key, secret, session token, the second they expire)."""
        expires = time.time() + self.lifetime_seconds
        with self._lock:
            number = sum(key[0].startswith(f"ASIA{way.upper()}") for key in self.issued) + 1
            key = (
                f"ASIA{way.upper()}{number:04}", f"canary/secret+of={way}-{number}",
                self.token(way, number, expires), expires)
            self.issued.append(key)
        return key

    def _serve(self, handler):
        path, _, query = handler.path.partition("?")
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        asked = Asked(
            way_of(path), handler.command, path,
            dict(urllib.parse.parse_qsl(query, keep_blank_values=True)),
            {name.lower(): value for name, value in handler.headers.items()}, body)
        with self._lock:
            number = self.count(asked.way)
            self.asked.append(asked)
        reply = self.script(asked, number) or getattr(self, "_" + asked.way)(asked)
        time.sleep(reply.delay_seconds)
        body = json.dumps(reply.body) if isinstance(reply.body, dict) else reply.body
        body = body.encode() if isinstance(body, str) else body
        handler.send_response(reply.status)
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def _container(self, asked):
        if self.authorization and asked.headers.get("authorization") != self.authorization:
            return Reply({"code": "AccessDenied", "message": "The token is not the right one."}, 401)
        return Reply(as_metadata(self.issue("container")))

    def _imds(self, asked):
        if asked.path == "/latest/api/token":
            if not self.speaks_metadata_v2:
                return Reply("", 404)
            if asked.method != "PUT" or "x-aws-ec2-metadata-token-ttl-seconds" not in asked.headers:
                return Reply("", 400)
            return Reply("canary-metadata")
        token = asked.headers.get("x-aws-ec2-metadata-token")
        if self.speaks_metadata_v2 and self.demands_metadata_token and token != "canary-metadata":
            return Reply("", 401)
        if asked.path == METADATA or asked.path + "/" == METADATA:
            return Reply("instance-role")
        if asked.path == METADATA + "instance-role":
            return Reply({"Code": "Success", "Type": "AWS-HMAC", **as_metadata(self.issue("imds"))})
        if asked.path == "/latest/meta-data/placement/region":
            return Reply(self.region)
        return Reply("", 404)

    def _sts(self, asked):
        action = asked.form["Action"]
        if action == "GetCallerIdentity":
            result = (
                f"<Arn>arn:aws:sts::{ACCOUNT}:assumed-role/r/s</Arn><UserId>U:s</UserId>"
                f"<Account>{ACCOUNT}</Account>")
        else:
            role = asked.form["RoleArn"].rpartition("/")[2]
            key, secret, token, expires = self.issue(role)
            result = (
                f"<Credentials><AccessKeyId>{key}</AccessKeyId>"
                f"<SecretAccessKey>{secret}</SecretAccessKey><SessionToken>{token}</SessionToken>"
                f"<Expiration>{timestamp(expires)}</Expiration></Credentials><AssumedRoleUser>"
                f"<AssumedRoleId>A:s</AssumedRoleId><Arn>arn:aws:sts::{ACCOUNT}:assumed-role/{role}/s"
                "</Arn></AssumedRoleUser>")
        return Reply(
            f'<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result>'
            f"{result}</{action}Result></{action}Response>")

    def _sso(self, asked):
        token = asked.headers.get("x-amz-sso_bearer_token")
        if self.sso_tokens is not None and token not in self.sso_tokens:
            return Reply(
                {"message": "Session token not found or invalid"}, 401,
                {"x-amzn-ErrorType": "UnauthorizedException"})
        key, secret, token, expires = self.issue("sso")
        return Reply({"roleCredentials": {
            "accessKeyId": key, "secretAccessKey": secret, "sessionToken": token,
            "expiration": int(expires * 1000)}})

    def _oidc(self, asked):
        number = self.count("oidc")
        return Reply({
            "accessToken": f"canary-access-{number}", "expiresIn": self.lifetime_seconds,
            "refreshToken": f"canary-refresh-{number}", "tokenType": "Bearer"})

    def _signin(self, asked):
        key, secret, token, _ = self.issue("signin")
        return Reply({
            "accessToken": {"accessKeyId": key, "secretAccessKey": secret, "sessionToken": token},
            "tokenType": "aws_sigv4", "expiresIn": self.lifetime_seconds,
            "refreshToken": f"canary-login-{self.count('signin')}"})


def way_of(path):
    ways = {
        "/": "sts", "/token": "oidc", "/v1/token": "signin", "/federation/credentials": "sso"}
    return ways.get(path) or ("imds" if path.startswith("/latest/") else "container")


def as_metadata(key):
    """Keys as containers and instances get them."""
    access_key, secret, token, expires = key
    return {
        "AccessKeyId": access_key, "SecretAccessKey": secret, "Token": token,
        "Expiration": timestamp(expires), "LastUpdated": timestamp(time.time())}


def signer(headers):
    """The access key that a request of S3 is signed with; None for an unsigned one."""
    found = re.search(r"Credential=([^/]+)/", headers.get("Authorization", ""))
    return found and found.group(1)
