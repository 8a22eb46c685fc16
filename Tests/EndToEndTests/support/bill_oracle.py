"""What AWS would bill for a month, by fractions: written from AWS's rules, and not from the program.

Prices are us-east-1's and us-east-2's of September 2026, which are the same.
"""

from collections import defaultdict
from fractions import Fraction as F

GIB = 1 << 30
SMALL = 131_072
TIERS = [(0, 51_200, F("0.023")), (51_200, 512_000, F("0.022")), (512_000, None, F("0.021"))]
FLAT = {
    "STANDARD_IA": F("0.0125"), "ONEZONE_IA": F("0.01"), "GLACIER_IR": F("0.004"), "GLACIER": F("0.0036"),
    "DEEP_ARCHIVE": F("0.00099"), "GDA-Staging": F("0.021"), "AIA": F("0.004")}
MONITORING = F("0.0000025")
PADDED = {"STANDARD_IA", "ONEZONE_IA", "GLACIER_IR"}
ARCHIVES = {"GLACIER", "DEEP_ARCHIVE"}
CLASSES = ["STANDARD", *PADDED, *ARCHIVES, "INTELLIGENT_TIERING"]


def tiered(gib):
    return sum((min(gib, high if high is not None else gib) - low) * usd
               for low, high, usd in TIERS if gib > low)


def quantities(row, frequent):
    """What a row (state, class, size, count) is billed for: ({pool: bytes}, monitored objects, billed bytes).

    None stands for what has no price.
    """
    state, storage_class, size, count = row[:4]
    data = size * count
    if state == "uploads":
        if storage_class == "GLACIER":
            return {None: data}, 0
        if storage_class == "DEEP_ARCHIVE":
            return {"GDA-Staging": data}, 0
        return {"FA" if storage_class == "INTELLIGENT_TIERING" else storage_class: data}, 0
    if storage_class in PADDED:
        return {storage_class: max(size, SMALL) * count}, 0
    if storage_class in ARCHIVES:
        return {storage_class: data + 32_768 * count, "STANDARD": 8_192 * count}, 0
    if storage_class == "INTELLIGENT_TIERING":
        if size < SMALL:
            return {"FA": data}, 0
        return {"FA" if frequent else "AIA": data}, count
    return {storage_class: data}, 0


class Bill:
    """The bill of buckets, each a dict with account, region, name and rows; `payer` says who pays."""

    def __init__(self, buckets, consolidated=False):
        self.payer = (lambda bucket: "") if consolidated else (lambda bucket: bucket["account"])
        self.volumes = {True: defaultdict(int), False: defaultdict(int)}
        for frequent in self.volumes:
            for bucket in buckets:
                for row in rows(bucket):
                    for pool, size in quantities(row, frequent)[0].items():
                        self.volumes[frequent][self.key(bucket, pool)] += size

    def key(self, bucket, pool):
        return self.payer(bucket), bucket["region"], pool

    def cost(self, bucket, row, frequent):
        """(dollars, whether that is all)."""
        total, whole = F(0), True
        parts, watched = quantities(row, frequent)
        for pool, size in parts.items():
            if pool is None:
                whole = whole and size == 0
            elif pool in FLAT:
                total += F(size, GIB) * FLAT[pool]
            elif size:
                volume = self.volumes[frequent][self.key(bucket, pool)]
                total += tiered(F(volume, GIB)) * F(size, volume)
        return total + watched * MONITORING, whole

    def sums(self, bucket):
        """(at least, at most or None, billed bytes)."""
        least, most, billed = F(0), F(0), 0
        for row in rows(bucket):
            (low, whole), (high, _) = self.cost(bucket, row, False), self.cost(bucket, row, True)
            least += min(low, high)
            most = None if most is None or not whole else most + max(low, high)
            billed += sum(quantities(row, True)[0].values())
        return least, most, billed


def rows(bucket):
    uploads = [("uploads", storage_class, size, 1) for storage_class, size, _ in bucket.get("uploads") or []]
    return [*bucket["rows"], *uploads]


def near(text, amount):
    """Whether digits are an amount to six places."""
    return text is not None and abs(F(str(text)) - amount) <= F(1, 1_000_000)
