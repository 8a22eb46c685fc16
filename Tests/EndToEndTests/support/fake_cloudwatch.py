"""An account as CloudWatch and Cost Explorer tell of it, with faults on request; and CloudWatch of moto filled.

The list of buckets names regions, as that of AWS does and that of moto does not. Requests are told apart by the region
of their signature, as every region has the same address here.
"""

import json
import re
import time
import urllib.parse
import urllib.request
from xml.sax.saxutils import escape

from support.loopback_server import LoopbackServer

DAY = 86_400


def today():
    return int(time.time()) // DAY


def date(day):
    return time.strftime("%Y-%m-%d", time.gmtime(day * DAY))


def put_points(server, region, points):
    """Gives moto points of S3: (bucket, storage type, day, value); AWS itself takes none from users."""
    for bucket, storage_type, day, value in points:
        metric = "NumberOfObjects" if storage_type == "AllStorageTypes" else "BucketSizeBytes"
        form = {
            "Action": "PutMetricData", "Version": "2010-08-01", "Namespace": "AWS/S3",
            "MetricData.member.1.MetricName": metric, "MetricData.member.1.Value": value,
            "MetricData.member.1.Timestamp": f"{date(day)}T00:00:00Z",
            "MetricData.member.1.Dimensions.member.1.Name": "BucketName",
            "MetricData.member.1.Dimensions.member.1.Value": bucket,
            "MetricData.member.1.Dimensions.member.2.Name": "StorageType",
            "MetricData.member.1.Dimensions.member.2.Value": storage_type}
        urllib.request.urlopen(urllib.request.Request(
            server.endpoint + "/", data=urllib.parse.urlencode(form).encode(), headers={
                "Authorization": f"AWS4-HMAC-SHA256 Credential=testkey/20261130/{region}/monitoring/aws4_request,"
                " SignedHeaders=host, Signature=0"})).close()


def figures(bucket, day, count, **types):
    """The points of a bucket on one day."""
    return [(bucket, name, day, value) for name, value in {"AllStorageTypes": count, **types}.items()]


class FakeCloudWatch:
    """Buckets by region, and points by region: {region: [(bucket, type, day, value)]}."""

    def __init__(self):
        # None: the list is refused.
        self.buckets = {}
        self.points = {}
        # Called with (action, region, form, number of such calls before): a whole answer (status, body) or None.
        self.fault = lambda *_: None
        # Called with (region, metric number, calls of GetMetricData before): a status code.
        self.status = lambda *_: "Complete"
        # What is written for a day: a midnight, as AWS has it.
        self.stamp = lambda day: f"{date(day)}T00:00:00Z"
        # Pages of a metric list.
        self.page = 500
        self.number = "123456789012"
        self.calls = []
        self.bills = []
        self.server = LoopbackServer(GET=self._get, POST=self._post, HEAD=self._get)
        self.endpoint = f"http://127.0.0.1:{self.server.port}"

    def stop(self):
        self.server.stop()

    def count(self, action, region=None):
        return sum(1 for call in self.calls if call[0] == action and region in (None, call[1]))

    def _get(self, handler):
        self.calls.append((handler.command, handler.path, {}))
        if self.buckets is None:
            return self._send(handler, 403, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>")
        buckets = "".join(
            f"<Bucket><Name>{name}</Name><CreationDate>2026-01-01T00:00:00Z</CreationDate>"
            + (f"<BucketRegion>{region}</BucketRegion>" if region else "") + "</Bucket>" for name, region in self.buckets.items())
        self._send(
            handler, 200, f"<ListAllMyBucketsResult><Owner><ID>owner</ID></Owner><Buckets>{buckets}</Buckets>"
            "</ListAllMyBucketsResult>")

    def _post(self, handler):
        body = handler.rfile.read(int(handler.headers["Content-Length"])).decode()
        region = re.search(r"Credential=[^/]+/\d+/([^/]+)/", handler.headers["Authorization"])[1]
        target = handler.headers.get("X-Amz-Target")
        if target:
            action, form = target.split(".")[1], json.loads(body)
        else:
            form = dict(urllib.parse.parse_qsl(body, keep_blank_values=True))
            action = form["Action"]
        before = self.count(action, region)
        self.calls.append((action, region, form))
        answer = self.fault(action, region, form, before)
        self._send(handler, *(answer or getattr(self, action)(region, form, before)))

    def _send(self, handler, status, body):
        data = body.encode()
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(data)

    def GetCallerIdentity(self, *_):
        return 200, (
            f"<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::{self.number}:user/a</Arn>"
            f"<Account>{self.number}</Account><UserId>U</UserId></GetCallerIdentityResult></GetCallerIdentityResponse>")

    def ListMetrics(self, region, form, _):
        metrics = sorted({
            (bucket, name) for bucket, name, *_ in self.points.get(region, [])
            if (name == "AllStorageTypes") == (form["MetricName"] == "NumberOfObjects")})
        first = int(form.get("NextToken", "0"))
        members = "".join(
            f"<member><Namespace>AWS/S3</Namespace><MetricName>{form['MetricName']}</MetricName><Dimensions>"
            f"<member><Name>StorageType</Name><Value>{name}</Value></member>"
            f"<member><Name>BucketName</Name><Value>{escape(bucket)}</Value></member></Dimensions></member>"
            for bucket, name in metrics[first:first + self.page])
        token = f"<NextToken>{first + self.page}</NextToken>" if first + self.page < len(metrics) else ""
        return 200, (
            f"<ListMetricsResponse><ListMetricsResult><Metrics>{members}</Metrics>{token}</ListMetricsResult>"
            "</ListMetricsResponse>")

    def queries(self, form):
        """{id: (metric, dimensions in order)} of a request."""
        found = {}
        for key, value in form.items():
            match = re.fullmatch(r"MetricDataQueries\.member\.(\d+)\.Id", key)
            if match:
                metric = f"MetricDataQueries.member.{match[1]}.MetricStat.Metric"
                found[value] = (form[f"{metric}.MetricName"], [
                    (form[f"{metric}.Dimensions.member.{n}.Name"], form[f"{metric}.Dimensions.member.{n}.Value"])
                    for n in (1, 2)])
        return found

    def GetMetricData(self, region, form, before):
        start, end = (self._day(form[name]) for name in ("StartTime", "EndTime"))
        members = ""
        for number, (id, (_, dimensions)) in enumerate(self.queries(form).items()):
            # As moto does: in another order than that of the list there is nothing.
            assert [name for name, _ in dimensions] == ["StorageType", "BucketName"]
            points = [
                (day, value) for bucket, name, day, value in self.points.get(region, [])
                if (name, bucket) == (dimensions[0][1], dimensions[1][1]) and start <= day < end]
            members += (
                f"<member><Id>{id}</Id><Label>x</Label><Timestamps>"
                + "".join(f"<member>{self.stamp(day)}</member>" for day, _ in points) + "</Timestamps><Values>"
                + "".join(f"<member>{value}</member>" for _, value in points)
                + f"</Values><StatusCode>{self.status(region, number, before)}</StatusCode></member>")
        return 200, (
            f"<GetMetricDataResponse><GetMetricDataResult><Messages/><MetricDataResults>{members}</MetricDataResults>"
            "</GetMetricDataResult></GetMetricDataResponse>")

    def _day(self, text):
        assert text.endswith("T00:00:00Z"), f"{text} is no midnight"
        return int(time.mktime(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ")) - time.timezone) // DAY

    def GetCostAndUsage(self, region, form, before):
        assert region == "us-east-1"
        page = int(form.get("NextPageToken", "0"))
        answer = {"ResultsByTime": self.bills[page] if page < len(self.bills) else []}
        if page + 1 < len(self.bills):
            answer["NextPageToken"] = str(page + 1)
        return 200, json.dumps(answer)


def refusal(status, code, message="no"):
    """A refusal of the Query protocol."""
    return status, (
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        "<RequestId>R1</RequestId></ErrorResponse>")


def billed(month, end, groups, estimated=False, tag=None):
    """A month of Cost Explorer's; a group is (service, key, amount)."""
    return {
        "TimePeriod": {"Start": month, "End": end}, "Total": {}, "Estimated": estimated, "Groups": [
            {"Keys": [service, f"{tag}${key}" if tag else key],
             "Metrics": {"UnblendedCost": {"Amount": amount, "Unit": "USD"},
                         "UsageQuantity": {"Amount": "1.5", "Unit": "GB-Mo"}}}
            for service, key, amount in groups]}
