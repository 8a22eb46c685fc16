"""Servers that answer ranges side by side with what cannot all be true.

One page after another their listing is whole; the index must come to the same, or say that it did not.
"""

import bisect

import pytest

from support.scripted_s3 import Answer, page

SMALL = [f"backup/{number:05}" for number in range(1_500)]
LARGE = [f"backup-2024/{number:06}" for number in range(20_000)]
KEYS = sorted(SMALL + LARGE)

# How servers sort that do not sort bytes: file systems by folder, others by UTF-16 or without case.
ORDERS = {
    "folders": (SMALL + LARGE, lambda key: key.split("/")),
    "utf-16": (
        [f"\U0001f600{number:05}" for number in range(1_500)] + [f"\uff21{number:06}" for number in range(20_000)],
        lambda key: key.encode("utf-16-be")),
    "no case": (
        [f"b{number:05}" for number in range(1_500)] + [f"C{number:06}" for number in range(20_000)], str.lower),
}


class Listing:
    """A script that lists `keys` in the order of `sort`; tokens are keys, as `start-after` is."""

    def __init__(self, keys, sort=str.encode):
        self._sort = sort
        self._keys = sorted(keys, key=sort)
        self._sorted = [sort(key) for key in self._keys]

    def __call__(self, request, _):
        token = request.query.get("continuation-token")
        after = token or request.query.get("start-after")
        start = bisect.bisect_right(self._sorted, self._sort(after)) if after else 0
        return self.answer(self._keys[start:start + 1_000], start + 1_000 < len(self._keys), token, after)

    def answer(self, keys, truncated, _token, _after):
        return Answer(page(keys, truncated, keys[-1] if truncated else None))


class FindsNothingAfterUnknownKeys(Listing):
    def answer(self, keys, truncated, token, after):
        if after and not token and after not in self._keys:
            return Answer(page([], False))
        return super().answer(keys, truncated, token, after)


class EndsEarly(Listing):
    """Says in the middle that nothing follows, unless it is asked by token."""

    def answer(self, keys, truncated, token, after):
        if not token and keys and self._keys[5_000] <= keys[-1] < self._keys[9_000]:
            truncated = False
        return super().answer(keys, truncated, token, after)


class SaysNothingOfTheEnd(Listing):
    def answer(self, keys, truncated, token, after):
        body = page(keys).replace("<IsTruncated>false</IsTruncated>", "")
        return Answer(body)


@pytest.mark.parametrize("name", ORDERS)
def test_other_orders_lose_nothing_on_later_nights(audit, bucket, name):
    keys, sort = ORDERS[name]
    bucket.list_script = Listing(keys, sort)
    for _ in range(3):
        audit.sync()
        audit.assert_complete(sorted(keys, key=str.encode))
    # What is known to be without order is listed by token alone, and nothing is written.
    assert len(bucket.lists) <= 3 * (len(keys) // 1_000 + 20)
    last = audit.last_sync()
    assert (last["added"], last["changed"], last["removed"]) == (0, 0, 0)


def test_a_server_that_has_been_mended_is_listed_side_by_side_again(audit, bucket):
    keys, sort = ORDERS["folders"]
    bucket.list_script = Listing(keys, sort)
    audit.sync()
    bucket.list_script = Listing(keys)
    audit.sync()
    asked = len(bucket.lists)
    audit.sync()
    audit.assert_complete(KEYS)
    assert not any("continuation-token" in request.query for request in bucket.lists[asked:])


@pytest.mark.parametrize("number", range(1, 6))
def test_a_listing_without_order_begins_again_after_a_kill(audit, bucket, number):
    keys, sort = ORDERS["folders"]
    bucket.list_script = Listing(keys, sort)
    killed = audit.run("sync", env={"S3AUDIT_TEST_CRASHPOINT": f"cursor-advanced:{number * 4}"})
    assert killed.returncode == -9
    audit.sync()
    audit.assert_complete(KEYS)


@pytest.mark.parametrize("listing", [FindsNothingAfterUnknownKeys, EndsEarly, SaysNothingOfTheEnd])
def test_contradictions_are_seen(audit, bucket, listing):
    bucket.list_script = listing(KEYS)
    audit.sync()
    audit.assert_complete(KEYS)
    printed = audit.run("list", "s3://bucket", "--print0", "--sorted")
    assert printed.returncode == 0
    assert printed.stdout.split("\0")[:-1] == KEYS
