"""Price lists of AWS taken over: bulk offers, saved answers, URLs; and each that cannot be."""

import gzip
import json
import os
import random
import subprocess
import threading
import time

import pytest

from support import index_checks
from support.loopback_server import LoopbackServer
from support.written_index import WrittenIndex, offer

NOW_MS = 1_796_000_000_000
STANDARD = ("EU-TimedStorage-ByteHrs", "eu-west-1", "", [("0", "51200", "0.0230000000"), ("51200", "Inf", "0.02")])


def imported(audit, *arguments, status=0, **options):
    result = audit.run("import", "prices", *arguments, "--format", "json", **options)
    assert result.returncode == status, result
    return (json.loads(result.stdout) if status == 0 else None), result.stderr


def saved(audit, text, name="offer.json"):
    path = audit.home / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def prices(audit):
    """Those that only a test can have imported."""
    return audit.sql("SELECT region, usage_type, tier_from, tier_to, usd, effective_date FROM prices"
                     " WHERE effective_date < '2025-01-01' ORDER BY 1, 2, 3, 6")


def test_an_offer_is_taken_over_and_seen_in_the_view(audit):
    rows, _ = imported(audit, saved(audit, offer([STANDARD])))
    assert [(row["prices"], row["regions"], row["effective_from"], row["skipped"]) for row in rows] == [
        (2, 1, "2020-01-01", 0)]
    assert ("eu-west-1", "TimedStorage-ByteHrs", 0, 51_200, "0.0230000000", "2020-01-01") in prices(audit)
    # The program's own rows are there, too.
    assert audit.sql("SELECT count(*) FROM prices WHERE region = 'us-east-1'")[0][0] > 30
    again, _ = imported(audit, saved(audit, offer([STANDARD])))
    assert again[0]["prices"] == 2
    assert len([row for row in prices(audit) if row[0] == "eu-west-1" and row[5] == "2020-01-01"]) == 2


def test_an_imported_price_counts_from_its_day(audit):
    written = WrittenIndex(audit, NOW_MS)
    written.write([{"name": "b", "region": "ap-east-1", "rows": [("current", "STANDARD", 1 << 30, 10, 1)]}])
    lists = [saved(audit, offer([("APE1-TimedStorage-ByteHrs", "ap-east-1", "", [("0", "Inf", usd)])], date=date), date)
             for usd, date in (("0.5", "2026-10-01"), ("0.25", "2026-09-01"))]
    _, said = imported(audit, *lists)
    def usd(day):
        return audit.query("cost", "--prices-as-of", day)[0]["usd"]
    assert usd("2026-10-02") == 5.0 and usd("2026-09-30") == 2.5 and usd("2026-11-01") == 5.0
    assert usd("2026-08-30") is None
    _, said = imported(audit, lists[1])
    assert "older" in said
    assert usd("2026-11-01") == 5.0


def item(service="AmazonS3GlacierDeepArchive", usage="EU-TimedStorage-GDA-ByteHrs"):
    return {"product": {"sku": "S", "attributes": {"servicecode": service, "usagetype": usage, "operation": "",
                                                   "regionCode": "eu-west-1"}},
            "serviceCode": service, "version": "1", "publicationDate": "2026-09-01T00:00:00Z",
            "terms": {"OnDemand": {"S.T": {"effectiveDate": "2026-09-01T00:00:00Z", "priceDimensions": {"S.T.R": {
                "beginRange": "0", "endRange": "Inf", "unit": "GB-Mo", "pricePerUnit": {"USD": "0.00099"}}}}}}}


def test_saved_answers_files_of_several_kinds_and_standard_input(audit):
    answer = json.dumps({"FormatVersion": "aws_v1", "PriceList": [json.dumps(item())]})
    csv = "\n".join([
        '"FormatVersion","v1.0"', '"Disclaimer","x"', '"Publication Date","2026-09-18T17:47:47Z"', '"Version","1"',
        '"OfferCode","AmazonS3"',
        '"SKU","OfferTermCode","RateCode","TermType","PriceDescription","EffectiveDate","StartingRange","EndingRange",'
        '"Unit","PricePerUnit","Currency","serviceCode","Location","usageType","operation","Region Code"',
        '"A","T","A.T.1","OnDemand","$0.03, per GB","2026-09-01","0","Inf","GB-Mo","0.03","USD","AmazonS3",'
        '"EU (Milan)","EUS1-TimedStorage-ByteHrs","","eu-south-1"', ""])
    rows, _ = imported(audit, saved(audit, answer), saved(audit, csv, "s3.csv"),
                       saved(audit, gzip.compress(offer([STANDARD]).encode()), "z.gz"))
    assert [row["prices"] for row in rows] == [1, 1, 2]
    with open(saved(audit, offer([STANDARD], date="2021-01-01"))) as file:
        rows, _ = imported(audit, "-", stdin=file)
    assert rows[0]["source"] == "standard input" and rows[0]["effective_to"] == "2021-01-01"
    with open(saved(audit, gzip.compress(offer([STANDARD], date="2022-01-01").encode()), "y.gz"), "rb") as file:
        rows, _ = imported(audit, "-", stdin=file)
    assert rows[0]["effective_to"] == "2022-01-01"
    # The answers alone, as the aws command writes them with a query.
    rows, _ = imported(audit, saved(audit, json.dumps([json.dumps(item()), item()]), "list.json"))
    assert rows[0]["prices"] == 1


def test_a_pipe_under_a_name_is_read(audit):
    path = saved(audit, offer([STANDARD]))
    result = subprocess.run(
        ["bash", "-c", f"{audit.binary} import prices <(gzip < {path})"], env=audit.environment, capture_output=True)
    assert result.returncode == 0, result
    assert audit.run("import", "prices", "/dev/null").returncode == 1


def test_a_url_is_read(audit):
    def answer(handler):
        body = offer([STANDARD]).encode() if "index" in handler.path else b""
        handler.send_response(200 if body else 404)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
    server = LoopbackServer(GET=answer)
    rows, _ = imported(audit, f"http://127.0.0.1:{server.port}/index.json")
    assert rows[0]["prices"] == 2
    _, said = imported(audit, f"http://127.0.0.1:{server.port}/nothing", status=1)
    assert "404" in said
    server.stop()


def test_live_asks_page_by_page(audit):
    asked = []

    def answer(handler):
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        asked.append((body, handler.headers["X-Amz-Target"], handler.headers["Authorization"]))
        usage = {"AmazonS3": "EU-TimedStorage-ByteHrs", "AmazonS3GlacierDeepArchive": "EU-TimedStorage-GDA-ByteHrs"}
        answer = {"FormatVersion": "aws_v1", "PriceList": []}
        if body.get("NextToken"):
            answer["PriceList"] = [json.dumps(item(body["ServiceCode"], usage[body["ServiceCode"]]))]
        else:
            answer["NextToken"] = "more"
        text = json.dumps(answer).encode()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text)
    server = LoopbackServer(POST=answer)
    rows, _ = imported(audit, "--live", env={"AWS_ENDPOINT_URL_PRICING": f"http://127.0.0.1:{server.port}"})
    server.stop()
    assert [row["prices"] for row in rows] == [1, 1] and len(asked) == 4
    assert {target for _, target, _ in asked} == {"AWSPriceListService.GetProducts"}
    assert all("/us-east-1/pricing/aws4_request" in signature for *_, signature in asked)
    assert asked[0][0]["Filters"] == [] and asked[1][0]["NextToken"] == "more"


def answering(answers):
    """A price list that answers each service as told: with its price, with none, or with an error's body."""
    def answer(handler):
        service = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))["ServiceCode"]
        text = json.dumps(answers[service]).encode()
        handler.send_response(400 if "__type" in answers[service] else 200)
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text)
    server = LoopbackServer(POST=answer)
    return server, {"AWS_ENDPOINT_URL_PRICING": f"http://127.0.0.1:{server.port}", "AWS_MAX_ATTEMPTS": "1"}


def test_live_goes_on_where_aws_has_no_price(audit):
    nothing = {"FormatVersion": "aws_v1", "PriceList": []}
    server, env = answering({"AmazonS3": {"PriceList": [item("AmazonS3", "EU-TimedStorage-ByteHrs")]},
                             "AmazonS3GlacierDeepArchive": nothing})
    rows, said = imported(audit, "--live", env=env)
    assert [row["prices"] for row in rows] == [1] and rows[0]["source"].endswith("AmazonS3")
    assert "Warning: AWS has no price of AmazonS3GlacierDeepArchive" in said
    server.stop()
    server, env = answering(dict.fromkeys(["AmazonS3", "AmazonS3GlacierDeepArchive"], nothing))
    _, said = imported(audit, "--live", status=1, env=env)
    assert "none of its prices" in said
    server.stop()


def test_live_that_is_refused_names_the_policy(audit):
    server, env = answering({"AmazonS3": {"__type": "AccessDeniedException", "Message": "no"}})
    _, said = imported(audit, "--live", status=1, env=env)
    server.stop()
    assert "AccessDeniedException" in said and "doctor --policy prices" in said
    assert "pricing:GetProducts" in audit.run("doctor", "--policy", "prices").stdout


def test_unknown_usage_types_and_places_are_counted_and_named(audit):
    path = saved(audit, offer([STANDARD, ("USE1-Nonsense", "us-east-1", "", [("0", "Inf", "1")])]))
    rows, said = imported(audit, path, "--verbose")
    assert rows[0]["skipped"] == 1 and "USE1-Nonsense" in said


def test_the_offer_of_2016(audit):
    folder = os.path.join(os.environ.get("S3AUDIT_VECTORS", "../shared/vectors"), "..", "prices")
    path = os.path.abspath(os.path.join(folder, "AmazonS3-offer-2016.json"))
    if not os.path.exists(path):
        pytest.skip(f"there is no {path}")
    rows, said = imported(audit, path)
    assert rows[0]["effective_from"] == "2016-01-01" and rows[0]["skipped"] >= 217 and "older" in said
    tiers = audit.sql("SELECT tier_from, usd FROM prices WHERE region = 'us-east-1' AND effective_date = '2016-01-01'"
                      " AND usage_type = 'TimedStorage-ByteHrs' ORDER BY 1")
    assert [tier for tier, _ in tiers] == [0, 1_024, 51_200, 512_000, 1_024_000, 5_120_000]


BAD = {
    "no offer": ("{}", "no price list"), "not JSON at all": ("hello", "no price list"),
    "empty": ("", "no price list"),
    "another service's": (offer([STANDARD], code="AmazonECR"), "this is the offer of AmazonECR, not of S3"),
    "another currency": (offer([STANDARD], currency="CNY"), "CNY"),
    "a gap": (offer([(*STANDARD[:3], [("0", "10", "1"), ("11", "Inf", "1")])]), "no tier"),
    "an overlap": (offer([(*STANDARD[:3], [("0", "10", "1"), ("9", "Inf", "1")])]), "two tiers"),
    "negative": (offer([(*STANDARD[:3], [("0", "Inf", "-1")])]), "'-1' is no price"),
    "missing": (offer([(*STANDARD[:3], [("0", "Inf", "")])]), "no price"),
    "not decimal": (offer([(*STANDARD[:3], [("0", "Inf", "0x1")])]), "'0x1' is no price"),
    "no text": (offer([(*STANDARD[:3], [("0", "Inf", None)])]), "TimedStorage-ByteHrs in eu-west-1: there is no price"),
    "no day": (offer([STANDARD], date="2020-13-45"), "'2020-13-45T00:00:00Z' is no date"),
    "truncated": (offer([STANDARD])[:-30], "ends too early"),
    "followed by something": (offer([STANDARD]) + "]", "not well-formed"),
    "nested without end": ("[" * 1_000_000, "not well-formed"),
    "not UTF-8": (offer([STANDARD]).encode().replace(b"GB-Mo", b"GB-\xff"), "not well-formed"),
    "words of others": (
        offer([STANDARD], code="Evil\x1b[31m\nHelp: x"), "the offer of Evil\\e[31m\\nHelp: x, not of S3"),
    "a region that is none": (offer([("EU-TimedStorage-ByteHrs", "eu\nwest", "", [("0", "Inf", "1")])]), "none of its"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_lists_change_nothing(audit, name):
    imported(audit, saved(audit, offer([STANDARD])))
    before = audit.sql("SELECT * FROM prices")
    text, words = BAD[name]
    path = saved(audit, text, "bad.json")
    _, said = imported(audit, saved(audit, offer([STANDARD], date="2022-01-01"), "good.json"), path, status=1)
    assert words in said and "bad.json" in said and "Help:" in said, said
    assert audit.sql("SELECT * FROM prices") == before


def test_a_list_may_come_through_a_pipe_or_a_link(audit):
    pipe = audit.home / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(offer([STANDARD]).encode()))
    writer.start()
    rows, _ = imported(audit, pipe)
    writer.join()
    assert rows[0]["prices"] == 2
    link = audit.home / "link.json"
    link.symlink_to(saved(audit, offer([STANDARD], date="2022-01-01")))
    rows, _ = imported(audit, link)
    assert rows[0]["prices"] == 2


def test_what_is_no_file_is_named_with_the_reason(audit):
    (audit.home / "folder").mkdir()
    for name, words in [("folder", "it cannot be read"), ("nothere.json", "there is no such file"),
                        ("folder/nothere.json", "there is no such file")]:
        _, said = imported(audit, audit.home / name, status=1)
        assert f"{name}: {words}" in said and "Help:" in said, said
CSV = "\n".join([
    '"OfferCode","AmazonS3"', '"SKU","TermType","EffectiveDate","StartingRange","EndingRange","Unit","PricePerUnit",'
    '"Currency","serviceCode","usageType","operation","Region Code"',
    '"A","OnDemand","2026-09-01","0","Inf","GB-Mo","0.03","USD","AmazonS3","EU-TimedStorage-ByteHrs","","eu-west-1"', ""])


def test_a_csv_that_was_cut_off_is_none(audit):
    imported(audit, saved(audit, CSV))
    before = audit.sql("SELECT * FROM prices")
    last = CSV.rindex('"A"')
    for end in range(last + 1, len(CSV) - len('"eu-west-1"\n')):
        _, said = imported(audit, saved(audit, CSV[:end]), status=1)
        assert "the list ends too early" in said, end
    assert audit.sql("SELECT * FROM prices") == before


def test_kills_and_two_at_once_leave_all_of_a_list_or_none(audit):
    imported(audit, saved(audit, offer([STANDARD])))
    whole = [(f"EU-{usage}", f"xx-region-{number}", "", STANDARD[3]) for number in range(60)
             for usage in ("TimedStorage-ByteHrs", "TimedStorage-SIA-ByteHrs")]
    path = saved(audit, offer(whole, date="2026-10-01"), "large.json")
    rows = "SELECT count(*) FROM prices WHERE region LIKE 'xx-region-%'"
    chance = random.Random(4)
    for _ in range(10):
        process = audit.start("import", "prices", path)
        time.sleep(chance.uniform(0.01, 0.1))
        process.kill()
        process.communicate()
        index_checks.check_index(audit.index)
        assert audit.sql(rows)[0][0] in (0, 240)
    processes = [audit.start("import", "prices", path) for _ in range(3)]
    ends = [(process.communicate()[1], process.returncode) for process in processes]
    assert any(status == 0 for _, status in ends)
    assert all(status == 0 or "is writing" in said for said, status in ends), ends
    assert audit.sql(rows)[0][0] == 240


def test_bad_arguments(audit):
    assert audit.run("import", "prices").returncode == 64
    assert audit.run("import", "prices", "-", "-").returncode == 64
    result = audit.run("import", "prices", "nothere.json")
    assert result.returncode == 1 and "nothere.json" in result.stderr and not audit.index.exists()
    assert audit.run("import", "prices", "ftp://host/file").returncode == 1
