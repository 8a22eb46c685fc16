"""What doctor's policies grant is what is called: no more, no less."""

import json

import pytest

from support.fake_cloudwatch import figures, put_points, today
from support.inventories import Inventory, row_of
from support.permission_recorder import PermissionRecorder

# Needs no permission.
FREE = {"sts:GetCallerIdentity"}


@pytest.fixture
def recorded(audit):
    """Puts a recorder between `audit` and a server."""
    running = []

    def record(server):
        running.append(PermissionRecorder(server))
        audit.use(running[-1])
        return running[-1].actions
    yield record
    for recorder in running:
        recorder.stop()


def granted(audit, feature):
    document = json.loads(audit.run("doctor", "--policy", feature).stdout)
    return {action for statement in document["Statement"] for action in statement["Action"]}


def test_an_estimate(audit, aws, recorded):
    """The list names regions, as that of AWS does."""
    aws.port = aws.server.port
    called = recorded(aws)
    aws.buckets = {"b": "us-east-1", "far": "eu-west-1"}
    for bucket, region in aws.buckets.items():
        aws.points[region] = figures(bucket, today(), 1, StandardStorage=5)
    assert audit.run("estimate").returncode == 0
    assert "ce:GetCostAndUsage" not in called
    audit.run("estimate", "--actual")
    assert called - FREE == granted(audit, "estimate")


def test_an_estimate_of_motos_buckets(audit, moto, recorded):
    moto.load("near", ["a"])
    moto.load("far", ["b"], region="eu-west-1")
    put_points(moto, "eu-west-1", figures("far", today(), 1, GlacierStorage=5))
    called = recorded(moto)
    assert audit.run("estimate").returncode == 0
    audit.run("estimate", "--actual")
    # Moto's list names no regions, so buckets are asked; AWS's does.
    assert called - FREE - {"s3:HeadBucket"} == granted(audit, "estimate")
    called.clear()
    assert audit.run("estimate", "--dry-run").returncode == 0
    assert called - FREE - {"s3:HeadBucket"} == {"s3:ListAllMyBuckets", "cloudwatch:ListMetrics"}


def test_an_inventory(audit, moto, recorded):
    client = moto.client()
    for name in ("logs", "inventories"):
        client.create_bucket(Bucket=name)
    place = Inventory([row_of("logs", "a"), row_of("logs", "b")]).put(client)
    called = recorded(moto)
    result = audit.run("import", "inventory", place)
    assert result.returncode == 0, result
    # S3 itself uses the key of KMS, where there is one.
    assert called - FREE - {"s3:HeadBucket"} == granted(audit, "inventory") - {"kms:Decrypt"}
