"""A bucket of moto with a history: what every key held at every moment, kept beside it as it was made."""

import datetime
import random


class BucketHistory:
    """Random puts, deletes and deletes by id of a versioned bucket, a second apart, all of them past."""

    def __init__(self, moto, bucket, keys, operations, seed):
        self.moto, self.bucket = moto, bucket
        self.client = moto.client()
        self.client.create_bucket(Bucket=bucket)
        self.client.put_bucket_versioning(
            Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        self.random = random.Random(seed)
        # By key, oldest first: (time, version id, bytes; None for a delete marker).
        self.stacks = {}
        self.start = datetime.datetime.now(datetime.timezone.utc).replace(
            microsecond=0) - datetime.timedelta(seconds=operations + 3_600)
        for number in range(operations):
            self.do(self.random.choice(keys), self.start + datetime.timedelta(seconds=number))
        self.end = self.start + datetime.timedelta(seconds=operations)
        moto.date(bucket, [
            (key, version, time.isoformat())
            for key, stack in self.stacks.items() for time, version, _ in stack])

    def do(self, key, time):
        stack = self.stacks.setdefault(key, [])
        chance = self.random.random()
        if chance < 0.15 and stack:
            _, version, _ = stack.pop(self.random.randrange(len(stack)))
            self.client.delete_object(Bucket=self.bucket, Key=key, VersionId=version)
        elif chance < 0.35 and stack:
            answer = self.client.delete_object(Bucket=self.bucket, Key=key)
            stack.append((time, answer["VersionId"], None))
        else:
            body = self.random.randbytes(self.random.choice([0, 1, 100, 5_000]))
            answer = self.client.put_object(Bucket=self.bucket, Key=key, Body=body)
            stack.append((time, answer["VersionId"], body))

    def moments(self, count):
        """The beginning, the end, and some in between."""
        seconds = (self.end - self.start).seconds
        offsets = [-1, seconds] + [self.random.randrange(seconds) for _ in range(count)]
        return [self.start + datetime.timedelta(seconds=offset) for offset in offsets]

    def state(self, time):
        """{key: (version id, bytes)}."""
        held = {}
        for key, stack in self.stacks.items():
            past = [entry for entry in stack if entry[0] <= time]
            if past and past[-1][2] is not None:
                held[key] = past[-1][1:]
        return held


def written(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
