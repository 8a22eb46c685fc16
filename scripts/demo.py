"""The account that scripts/try looks at: loads it into a moto server, or changes a few objects.

usage: demo.py load|change ENDPOINT
"""

import datetime
import json
import random
import sys
import urllib.request

import boto3

NOW = datetime.datetime.now(datetime.timezone.utc)


def row(key, size, storage_class, days_old):
    modified = (NOW - datetime.timedelta(days=days_old)).isoformat(timespec="seconds")
    return [key, size, storage_class, modified]


def access_logs(draw):
    for day in range(120):
        date = NOW - datetime.timedelta(days=day)
        storage_class = "STANDARD" if day < 30 else "STANDARD_IA" if day < 90 else "GLACIER"
        for hour in range(0, 24):
            key = f"access/{date:%Y/%m/%d}/{hour:02}.log.gz"
            yield row(key, draw.randint(200, 4000), storage_class, day)


def photos(draw):
    for number in range(900):
        key = f"users/{draw.randrange(40):02}/IMG_{number:04}.jpeg"
        yield row(key, draw.randint(8_000, 24_000), "INTELLIGENT_TIERING", draw.randrange(700))


def backups(draw):
    for week in range(26):
        for name in ("db", "wiki", "mail"):
            key = f"{name}/week-{week:02}/dump.tar.gz"
            yield row(key, draw.randint(100_000, 400_000), "GLACIER", week * 7)


def load(endpoint):
    draw = random.Random(1)
    buckets = {
        "acme-logs": ("us-east-1", access_logs(draw)),
        "acme-photos": ("eu-west-1", photos(draw)),
        "acme-backups": ("eu-central-1", backups(draw)),
        "acme-empty": ("us-east-1", []),
    }
    for bucket, (region, rows) in buckets.items():
        spec = {"bucket": bucket, "region": region, "objects": list(rows)}
        request = urllib.request.Request(f"{endpoint}/_load", data=json.dumps(spec).encode())
        urllib.request.urlopen(request).close()


def change(endpoint):
    s3 = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
    for number in range(3):
        s3.put_object(Bucket="acme-photos", Key=f"users/40/NEW_{number}.jpeg", Body=b"x" * 9_000)
    s3.put_object(Bucket="acme-backups", Key="db/week-00/dump.tar.gz", Body=b"x" * 500_000)
    s3.delete_object(Bucket="acme-backups", Key="mail/week-25/dump.tar.gz")


if __name__ == "__main__":
    {"load": load, "change": change}[sys.argv[1]](sys.argv[2])
