"""The S3 servers that are processes of their own, on free ports of loopback: moto, rclone and s3sim."""

import datetime
import functools
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import boto3
import botocore.config
import botocore.parsers
import botocore.session

from support.ports import answers, free_port

HERE = Path(__file__).parent
KEYS = {"AWS_ACCESS_KEY_ID": "testkey", "AWS_SECRET_ACCESS_KEY": "testsecret"}


def wait_for(condition, what, seconds=60):
    """Polls: a process outside tells nobody when it is ready."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"no {what} within {seconds} s")
        time.sleep(0.02)


class Server:
    """A process that listens on a port of loopback."""

    def __init__(self, command, port, env=None):
        self.port = port
        self.endpoint = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            command, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: self.is_up(), f"answer from {command[0]}")

    def is_up(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"the server ended with {self.process.returncode}")
        return answers(self.port)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def client(self, region="us-east-1", **options):
        return quick_session().client(
            "s3", endpoint_url=self.endpoint, region_name=region,
            aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
            config=botocore.config.Config(s3={"addressing_style": "path"}, **options))


class Moto(Server):
    """AWS as moto plays it; its buckets can be filled in bulk."""

    def __init__(self, env=None, certificate=None):
        port = free_port()
        command = [sys.executable, str(HERE / "fake_aws.py"), str(port)]
        super().__init__(command + ([str(certificate)] if certificate else []), port, env)
        if certificate:
            self.endpoint = f"https://127.0.0.1:{port}"

    def reset(self):
        self.post("/moto-api/reset", b"")

    def enforce(self, enforces=True):
        """Whether signatures and IAM's policies count from here on."""
        self.post("/moto-api/reset-auth", b"0" if enforces else b"inf")

    def expire(self):
        """Ends every session that STS has handed out."""
        self.post("/_expire", b"")

    def sessions(self):
        """What STS knows of the sessions it has handed out, oldest first."""
        with urllib.request.urlopen(self.endpoint + "/moto-api/data.json") as answer:
            return json.load(answer).get("sts", {}).get("AssumedRole", [])

    def iam(self, service="iam", **keys):
        """A client of another service than S3, as the account itself or with `keys`."""
        return boto3.client(
            service, endpoint_url=self.endpoint, region_name="us-east-1",
            **(keys or {"aws_access_key_id": "x", "aws_secret_access_key": "x"}))

    def load(self, bucket, keys=(), region="us-east-1"):
        """Adds objects given as keys, or as (key, size[, storage class[, modified]])."""
        rows = []
        for key in keys:
            row = [key, 1] if isinstance(key, str) else list(key)
            rows.append(row + [None] * (4 - len(row)))
        self.post(
            "/_load", json.dumps({"bucket": bucket, "region": region, "objects": rows}).encode())

    def date(self, bucket, versions):
        """Gives (key, version id, ISO 8601 time)s another time of their last change."""
        self.post("/_date", json.dumps({"bucket": bucket, "versions": list(versions)}).encode())

    def post(self, path, body):
        urllib.request.urlopen(urllib.request.Request(
            self.endpoint + path, data=body, headers={"Content-Type": "text/plain"})).close()


class Rclone(Server):
    """`rclone serve s3` over a folder whose own folders are the buckets."""

    def __init__(self, folder):
        self.folder = Path(folder)
        port = free_port()
        rclone = Path(sys.executable).with_name("rclone")
        super().__init__(
            [str(rclone), "serve", "s3", "--addr", f"127.0.0.1:{port}", "--auth-key",
             ",".join(KEYS.values()), "--vfs-cache-mode", "off", "--dir-cache-time", "0s",
             str(folder)],
            port, {"RCLONE_CONFIG": os.devnull})


class Simulator(Server):
    """s3sim: buckets of any size, latency, throttling, faults."""

    def __init__(self, *arguments, port=None):
        port = port or free_port()
        super().__init__([os.environ["S3SIM_BINARY"], "--port", str(port), *arguments], port)

    def requests(self):
        with urllib.request.urlopen(self.endpoint + "/_sim/stats") as answer:
            return json.load(answer)

    def log(self):
        """The last requests, oldest first: operation, bucket, key, status and more of each."""
        with urllib.request.urlopen(self.endpoint + "/_sim/log") as answer:
            return [json.loads(line) for line in answer]

    def counts(self, bucket):
        """How many objects, versions and delete markers a bucket has."""
        with urllib.request.urlopen(f"{self.endpoint}/_sim/counts/{bucket}") as answer:
            return json.load(answer)

    def night(self):
        self.post("/_sim/night")

    def heal(self):
        """Ends all faults."""
        self.post("/_sim/heal")

    def post(self, path):
        urllib.request.urlopen(urllib.request.Request(self.endpoint + path, data=b"")).close()


@functools.cache
def quick_session():
    """A session of boto3 that reads times as Python does: its own reader takes more than half of a listing."""
    def moment(text):
        try:
            return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
        except ValueError:
            return botocore.parsers.DEFAULT_TIMESTAMP_PARSER(text)
    session = botocore.session.get_session()
    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=moment)
    return boto3.Session(botocore_session=session)


def listing(client, bucket, **parameters):
    """The bucket as boto3's own paginator lists it: {key: (size, etag, modified, class)}."""
    rows = {}
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, **parameters):
        for row in page.get("Contents", []):
            rows[row["Key"]] = (
                row["Size"], row["ETag"].strip('"'), iso(row["LastModified"]),
                row.get("StorageClass", "STANDARD"))
    return rows


def iso(moment):
    """A time as the index writes it: milliseconds only where there are some."""
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    thousandths = moment.microsecond // 1000
    return f"{text}.{thousandths:03}Z" if thousandths else f"{text}Z"
