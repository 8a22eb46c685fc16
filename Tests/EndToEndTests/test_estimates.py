"""Figures of CloudWatch: the right day, region and type of each bucket, every fault named, and nothing else touched."""

import json
import signal
import threading

import pytest

from support.fake_cloudwatch import date, figures, put_points, refusal, today

GIB = 1 << 30


def estimated(audit, *arguments, status=0, **options):
    """The rows of an estimate by bucket and type, and what was said beside them."""
    result = audit.run("estimate", *arguments, "--format", "json", **options)
    assert result.returncode == status, result
    rows = json.loads(result.stdout)
    found = {(row["bucket"], row["storage_type"]): row for row in rows}
    assert len(found) == len(rows)
    return found, result.stderr


def view(audit):
    return audit.sql("SELECT bucket, region, storage_type, bytes, objects, day, state FROM estimates ORDER BY 1, 2, 3")


def test_each_bucket_has_the_figures_of_its_own_region(audit, moto):
    moto.load("near", ["a"])
    moto.load("far", ["b"], region="eu-west-1")
    day = today()
    put_points(moto, "us-east-1", figures("near", day, 5, StandardStorage=7 * GIB, GlacierStorage=GIB))
    put_points(moto, "eu-west-1", figures("far", day, 3, DeepArchiveStorage=2 * GIB, CrystalStorage=9))
    # What another region says of a bucket is of before, or of another bucket.
    put_points(moto, "eu-west-1", [("near", "StandardIAStorage", day, 1)])
    put_points(moto, "us-east-1", [("far", "StandardIAStorage", day, 1)])
    rows, _ = estimated(audit)
    assert {key for key in rows if key[1] not in ("StandardStorage", "AllStorageTypes")} == {
        ("near", "GlacierStorage"), ("far", "DeepArchiveStorage"), ("far", "CrystalStorage")}
    assert rows["near", "GlacierStorage"]["bytes"] == GIB
    assert rows["near", "GlacierStorage"]["storage_class"] == "GLACIER"
    assert rows["far", "CrystalStorage"]["bytes"] == 9 and rows["far", "CrystalStorage"]["storage_class"] is None
    assert {row["day"] for row in rows.values()} == {date(day)}
    assert {row["region"] for (bucket, _), row in rows.items() if bucket == "far"} == {"eu-west-1"}
    assert {row[:3] for row in view(audit)} == {(b, rows[b, t]["region"], t) for b, t in rows}


def test_a_day_that_is_not_whole_is_not_shown(audit, moto):
    """Moto itself has STANDARD and the number of today, and no more."""
    moto.load("late", ["a"])
    moto.load("new", ["b"], region="eu-west-1")
    put_points(moto, "us-east-1", figures("late", today() - 1, 4, StandardStorage=8, GlacierStorage=9))
    put_points(moto, "eu-west-1", [("new", "GlacierStorage", today(), 5)])
    rows, _ = estimated(audit)
    late = {storage_type: (row["bytes"], row["objects"], row["day"])
            for (bucket, storage_type), row in rows.items() if bucket == "late"}
    assert late == {"AllStorageTypes": (None, 4, date(today() - 1)), "StandardStorage": (8, None, date(today() - 1)),
                    "GlacierStorage": (9, None, date(today() - 1))}
    assert rows["new", "GlacierStorage"]["day"] == date(today()) and rows["new", "AllStorageTypes"]["objects"] == 1


def test_filters_choose_buckets_regions_and_classes(audit, aws):
    aws.buckets = {"logs-a": "us-east-1", "logs-b": "eu-west-1", "media": "eu-west-1"}
    for bucket, region in aws.buckets.items():
        aws.points.setdefault(region, []).extend(
            figures(bucket, today(), 1, StandardStorage=5, GlacierStorage=6))
    assert {bucket for bucket, _ in estimated(audit, "logs-*")[0]} == {"logs-a", "logs-b"}
    aws.calls.clear()
    assert {bucket for bucket, _ in estimated(audit, "--in-region", "eu-*")[0]} == {"logs-b", "media"}
    assert aws.count("ListMetrics", "us-east-1") == 0
    rows, _ = estimated(audit, "media", "--class", "glacier")
    assert list(rows) == [("media", "GlacierStorage")]
    aws.calls.clear()
    result = audit.run("estimate", "nothing-*")
    assert aws.count("GetMetricData") == 0
    assert result.returncode == 1 and "nothing-*" in result.stderr and "Help:" in result.stderr
    result = audit.run("estimate", "--in-region", "ap-*")
    assert result.returncode == 1 and "us-east-1" in result.stderr
    aws.calls.clear()
    result = audit.run("estimate", "--class", "GLACEIR")
    assert result.returncode == 1 and "GLACEIR" in result.stderr and "GlacierStorage" in result.stderr
    assert aws.count("GetMetricData") == 0, "nothing is paid for a slip"
    assert estimated(audit, "--class", "deep_archive")[0] == {}
    # The others' figures stay in the index.
    assert len({row[0] for row in view(audit)}) == 3


def test_the_day_is_one_that_has_everything(audit, aws):
    day = today()
    aws.buckets = dict.fromkeys(["whole", "late", "emptied", "never"], "us-east-1")
    aws.points["us-east-1"] = [
        *figures("whole", day - 1, 1, StandardStorage=1), *figures("whole", day, 2, StandardStorage=2),
        # A type is still to come today.
        *figures("late", day - 2, 1, StandardStorage=1, GlacierStorage=1),
        *figures("late", day - 1, 2, StandardStorage=2, GlacierStorage=2), *figures("late", day, 3, StandardStorage=3),
        # Lifecycle emptied a type the day before yesterday.
        *figures("emptied", day - 2, 1, StandardStorage=1, GlacierStorage=1),
        *figures("emptied", day - 1, 2, StandardStorage=2), *figures("emptied", day, 3, StandardStorage=3),
        # Each day lacks what the one before had.
        *[("never", "StandardStorage", day - 1, 1), ("never", "GlacierStorage", day, 9)]]
    rows, said = estimated(audit, status=3)
    assert rows["whole", "StandardStorage"]["bytes"] == 2 and rows["whole", "AllStorageTypes"]["objects"] == 2
    assert {row["day"] for (bucket, _), row in rows.items() if bucket == "late"} == {date(day - 1)}
    assert rows["late", "GlacierStorage"]["bytes"] == 2
    assert ("emptied", "GlacierStorage") not in rows and rows["emptied", "StandardStorage"]["bytes"] == 3
    assert rows["never", "GlacierStorage"]["state"] == "incomplete" and ("never", "StandardStorage") not in rows
    assert "never" in said and rows["never", "GlacierStorage"]["day"] == date(day)


def test_days_are_a_window(audit, aws):
    aws.buckets = {"silent": "us-east-1"}
    aws.points["us-east-1"] = figures("silent", today() - 6, 1, StandardStorage=5)
    rows, said = estimated(audit)
    [row] = rows.values()
    assert row["bytes"] is None and row["state"] == "no figure" and "4 days" in row["error"] and "silent" in said
    rows, _ = estimated(audit, "--days", "7")
    assert rows["silent", "StandardStorage"]["bytes"] == 5
    for wrong in ("0", "456", "x"):
        assert audit.run("estimate", "--days", wrong).returncode == 64


def test_no_figure_is_not_nothing_and_gone_is_not_there(audit, aws):
    aws.buckets = {"empty": "us-east-1", "moved": "eu-west-1"}
    aws.points["us-east-1"] = [
        *figures("old", today(), 9, StandardStorage=9), *figures("moved", today(), 8, StandardStorage=8)]
    rows, said = estimated(audit)
    assert rows["empty", None]["state"] == "no figure" and rows["empty", None]["bytes"] is None
    assert rows["moved", None]["state"] == "no figure", "the figure of its old region is not its"
    assert rows["old", "StandardStorage"]["state"] == "gone" and rows["old", "StandardStorage"]["bytes"] == 9
    assert "old" in said
    table = audit.run("estimate", "--unit", "B").stdout
    assert [line for line in table.splitlines() if line.startswith("total")][0].split()[2] == "0"
    assert {bucket for bucket, _ in estimated(audit, "old")[0]} == {"old"}
    # After two weeks CloudWatch forgets it, and so does the index.
    aws.points["us-east-1"] = []
    estimated(audit)
    assert {row[0] for row in view(audit)} == {"empty", "moved"}


def test_three_thousand_metrics_take_six_requests_and_a_dry_run_none(audit, aws):
    aws.buckets = {f"b{number:04}": "us-east-1" for number in range(1_000)}
    aws.points["us-east-1"] = [
        point for bucket in aws.buckets for point in figures(bucket, today(), 1, StandardStorage=1, GlacierStorage=1)]
    result = audit.run("estimate", "--dry-run", "--format", "json")
    [row] = json.loads(result.stdout)
    assert (row["metrics"], row["requests"], row["usd"]) == (3_000, 6, 0.03), row
    assert row["list_requests"] == 6 and "ListMetrics" in result.stderr and "million" in result.stderr
    assert aws.count("GetMetricData") == 0 and not audit.index.exists()
    rows, _ = estimated(audit)
    assert len(rows) == 3_000 and aws.count("GetMetricData") == 6
    sizes = [len(aws.queries(form)) for action, _, form in aws.calls if action == "GetMetricData"]
    assert sizes == [500] * 6


def test_a_region_that_refuses_hides_no_other(audit, aws):
    aws.buckets = {"near": "us-east-1", "far": "eu-west-1"}
    for bucket, region in aws.buckets.items():
        aws.points[region] = figures(bucket, today(), 1, StandardStorage=5)
    estimated(audit)
    aws.fault = lambda action, region, *_: (
        refusal(403, "AccessDenied", "not authorized") if (region, action) == ("eu-west-1", "GetMetricData") else None)
    aws.points["us-east-1"] = figures("near", today(), 1, StandardStorage=6)
    rows, said = estimated(audit, status=3)
    assert rows["near", "StandardStorage"]["bytes"] == 6
    assert rows["far", None]["state"] == "denied" and rows["far", None]["bytes"] is None
    assert "eu-west-1" in said and "not authorized" in said and "doctor --policy estimate" in said
    # The index keeps what it had, marked.
    assert audit.sql("SELECT bytes, state FROM estimates WHERE bucket = 'far' AND bytes IS NOT NULL") == [
        (5, "denied")]
    aws.fault = lambda action, *_: refusal(403, "AccessDenied") if action == "ListMetrics" else None
    before = view(audit)
    result = audit.run("estimate")
    assert result.returncode == 1 and "cannot ask CloudWatch in" in result.stderr and "Help:" in result.stderr
    assert view(audit) == before


def test_throttling_is_borne(audit, aws):
    aws.buckets = {"b": "us-east-1"}
    aws.points["us-east-1"] = figures("b", today(), 1, StandardStorage=5)
    aws.fault = lambda action, region, form, before: (
        refusal(400, "Throttling", "Rate exceeded") if action == "GetMetricData" and before < 2 else None)
    assert estimated(audit)[0]["b", "StandardStorage"]["bytes"] == 5
    assert aws.count("GetMetricData") == 3


@pytest.mark.parametrize("status", ["PartialData", "InternalError"])
def test_what_is_not_answered_whole_is_asked_again(audit, aws, status):
    aws.buckets = {"b": "us-east-1"}
    aws.points["us-east-1"] = figures("b", today(), 1, StandardStorage=5)
    aws.status = lambda region, number, before: status if before == 0 and number == 0 else "Complete"
    rows, _ = estimated(audit)
    assert rows["b", "StandardStorage"]["bytes"] == 5 and aws.count("GetMetricData") == 2
    assert len(aws.queries(aws.calls[-2][2] if aws.calls[-1][0] != "GetMetricData" else aws.calls[-1][2])) == 1
    aws.status = lambda region, number, before: status
    rows, said = estimated(audit, status=3)
    assert rows["b", "StandardStorage"]["state"] == "incomplete" and "b" in said


def test_forbidden_metrics_are_denied(audit, aws):
    aws.buckets = {"b": "us-east-1"}
    aws.points["us-east-1"] = figures("b", today(), 1, StandardStorage=5)
    aws.status = lambda *_: "Forbidden"
    rows, said = estimated(audit, status=3)
    assert {row["state"] for row in rows.values()} == {"denied"}
    assert "forbids metrics of: b" in said


@pytest.mark.parametrize("value", ["NaN", "-1.0", "9007199254740994.0", "x"])
def test_values_that_are_no_sizes_are_named(audit, aws, value):
    aws.buckets = {"b": "us-east-1"}
    aws.points["us-east-1"] = figures("b", today(), 3, StandardStorage=value, GlacierStorage="1.5E3")
    rows, said = estimated(audit, status=3)
    assert rows["b", "StandardStorage"]["bytes"] is None and rows["b", "StandardStorage"]["state"] == "failed"
    assert value in rows["b", "StandardStorage"]["error"] and value in said
    assert rows["b", "GlacierStorage"]["bytes"] == 1_500 and rows["b", "AllStorageTypes"]["objects"] == 3


@pytest.mark.parametrize("action", ["ListMetrics", "GetMetricData"])
def test_pages_without_an_end_are_an_error(audit, aws, action):
    aws.buckets = {"b": "us-east-1"}
    aws.points["us-east-1"] = figures("b", today(), 1, StandardStorage=5)

    def answer(asked, region, form, before):
        if asked != action:
            return None
        status, body = getattr(aws, action)(region, {**form, "NextToken": "0"}, before)
        return status, body.replace(f"</{action}Result>", f"<NextToken>t</NextToken></{action}Result>")
    aws.fault = answer
    result = audit.run("estimate")
    assert result.returncode == 1 and "no end" in result.stderr, result
    assert aws.count(action) <= 4 and not audit.index.exists()


@pytest.mark.parametrize("body", ["<html>proxy</html>", "<GetMetricDataResponse/>", "<GetMetricDataResponse><GetM"])
def test_answers_that_are_none_are_an_error(audit, aws, body):
    aws.buckets = {"b": "us-east-1"}
    aws.points["us-east-1"] = figures("b", today(), 1, StandardStorage=5)
    aws.fault = lambda action, *_: (200, body) if action == "GetMetricData" else None
    result = audit.run("estimate", env={"AWS_MAX_ATTEMPTS": "20"})
    assert result.returncode == 1 and "GetMetricData was not answered" in result.stderr, result
    # Each attempt may be billed.
    assert aws.count("GetMetricData") == 3 and "6 metrics were asked for" in result.stderr, result
    assert "$0.00006" in result.stderr and not audit.index.exists()
    assert sorted(path.name for path in audit.index.parent.glob(audit.index.name + "*")) == []


def test_the_index_is_tried_before_anything_is_paid(stranger, aws):
    aws.buckets = {"b": "us-east-1"}
    aws.points["us-east-1"] = figures("b", today(), 1, StandardStorage=5)
    stranger.use(aws)
    stranger.index.parent.chmod(0o755)
    for arguments in (["estimate"], ["estimate", "--actual"]):
        result = stranger.run(*arguments)
        assert result.returncode == 1 and "index" in result.stderr and "Help:" in result.stderr, result
    assert aws.count("GetMetricData") == aws.count("GetCostAndUsage") == 0


def test_a_bucket_in_no_known_region_has_no_figure(audit, aws):
    """What CloudWatch says of its name at home may be of another bucket."""
    aws.buckets = {"known": "us-east-1", "lost": ""}
    aws.points["us-east-1"] = [
        *figures("known", today(), 1, StandardStorage=5), *figures("lost", today(), 1, StandardStorage=7)]
    rows, said = estimated(audit, status=3)
    assert rows["known", "StandardStorage"]["bytes"] == 5
    lost = rows["lost", None]
    assert (lost["region"], lost["bytes"], lost["state"]) == (None, None, "failed") and "region" in lost["error"]
    assert "nobody says in which region" in said and "lost" in said and len(rows) == 3
    assert [row[0] for row in view(audit) if row[3] == 7] == []
    result = audit.run("estimate", "--dry-run")
    assert result.returncode == 3 and "lost" in result.stderr
    # As soon as somebody says it, its figure is its own.
    aws.buckets["lost"] = "us-east-1"
    assert estimated(audit)[0]["lost", "StandardStorage"]["bytes"] == 7
    assert {row[1] for row in view(audit)} == {"us-east-1"}


@pytest.mark.parametrize("stamp", [
    lambda day: f"{date(day)}T05:00:00Z", lambda day: f"{date(day + 9)}T00:00:00Z"])
def test_values_of_other_moments_are_named(audit, aws, stamp):
    aws.buckets = {"odd": "us-east-1", "b": "us-east-1"}
    aws.points["us-east-1"] = [
        *figures("odd", today(), 1, StandardStorage=5), *figures("b", today() - 1, 1, StandardStorage=6)]
    aws.stamp = lambda day: stamp(day) if day == today() else f"{date(day)}T00:00:00Z"
    rows, said = estimated(audit, status=3)
    assert rows["b", "StandardStorage"]["bytes"] == 6 and rows["b", "StandardStorage"]["state"] == "complete"
    assert rows["odd", None]["state"] == "failed" and rows["odd", None]["bytes"] is None
    assert stamp(today())[:13] in rows["odd", None]["error"] and stamp(today())[:13] in said and "odd" in said
    # Beside days that are well it puts them in doubt.
    aws.points["us-east-1"] += figures("odd", today() - 1, 1, StandardStorage=4)
    rows, said = estimated(audit, status=3)
    assert rows["odd", "StandardStorage"]["bytes"] == 4 and rows["odd", "StandardStorage"]["state"] == "failed"
    assert said.count("odd: ") == 1 and "no sizes" not in said


def test_a_bucket_without_a_name_is_none(audit, aws):
    aws.buckets = {"b": "us-east-1"}
    aws.points["us-east-1"] = [
        *figures("b", today(), 1, StandardStorage=5), *figures("", today(), 1, StandardStorage=7)]
    rows, said = estimated(audit)
    assert {bucket for bucket, _ in rows} == {"b"} and "2 metrics of a bucket without a name" in said
    assert "gone" not in said


def test_metrics_are_paged(audit, aws):
    aws.buckets = {f"b{number}": "us-east-1" for number in range(20)}
    aws.points["us-east-1"] = [
        point for bucket in aws.buckets for point in figures(bucket, today(), 1, StandardStorage=1)]
    aws.page = 3
    rows, _ = estimated(audit)
    assert len(rows) == 40 and aws.count("ListMetrics") == 14


def test_nothing_else_of_the_index_changes(audit, moto):
    moto.load("bucket", ["x", "y"])
    audit.sync()
    tables = [name for name, in audit.sql(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('estimate', 'schema_migration')"
        " AND name NOT LIKE 'sqlite_%'")]
    before = {table: audit.sql(f"SELECT * FROM {table} ORDER BY 1") for table in tables}
    estimated(audit)
    assert {table: audit.sql(f"SELECT * FROM {table} ORDER BY 1") for table in tables} == before
    assert len(view(audit)) == 2
    audit.check_index()
    audit.sync()
    assert len(view(audit)) == 2


def test_another_writer_keeps_the_index(audit, aws):
    """Nothing is asked, and so nothing paid, for figures that could not be kept."""
    aws.buckets = {"b": "us-east-1"}
    aws.points["us-east-1"] = figures("b", today(), 1, StandardStorage=5)
    estimated(audit)
    (held, free) = threading.Event(), threading.Event()

    def hold(action, *_):
        if action == "GetMetricData" and not held.is_set():
            held.set()
            free.wait(60)
    aws.fault = hold
    first = audit.start("estimate")
    assert held.wait(60)
    asked = len(aws.calls)
    second = audit.run("estimate")
    assert second.returncode == 1 and "Help:" in second.stderr, second
    assert f"another command (process {first.pid}) is writing" in second.stderr and "sync" not in second.stderr
    assert len(aws.calls) == asked
    free.set()
    assert first.wait(60) == 0
    for pipe in (first.stdout, first.stderr):
        pipe.close()


def test_ctrl_c_ends_it_and_leaves_nothing(audit, aws):
    aws.buckets = {"b": "us-east-1"}
    aws.points["us-east-1"] = figures("b", today(), 1, StandardStorage=5)
    (held, free) = threading.Event(), threading.Event()

    def hold(action, *_):
        if action == "GetMetricData":
            held.set()
            free.wait(60)
    aws.fault = hold
    process = audit.start("estimate")
    assert held.wait(60)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130
    free.set()
    for pipe in (process.stdout, process.stderr):
        pipe.close()
    assert not audit.index.exists()


def test_a_server_that_is_not_aws_has_no_cloudwatch(audit, bucket):
    result = audit.run(
        "estimate", "--endpoint-url", bucket.endpoint, env={"AWS_ENDPOINT_URL": None})
    assert result.returncode == 1 and "AWS_ENDPOINT_URL_CLOUDWATCH" in result.stderr, result


def test_a_list_that_is_refused_says_the_way_out(audit, aws):
    aws.buckets = None
    result = audit.run("estimate")
    assert result.returncode == 1 and "doctor --policy estimate" in result.stderr, result
    assert aws.count("ListMetrics") == 0 and not audit.index.exists()


def test_arguments_that_mean_nothing_are_refused(audit):
    for arguments in (
            ["s3://b/prefix"], ["--months", "2"], ["--tag", "team"], ["--actual", "b"], ["--actual", "--days", "3"],
            ["--actual", "--class", "GLACIER"], ["--actual", "--in-region", "eu-*"], ["--actual", "--months", "38"],
            ["--tag", ""]):
        result = audit.run("estimate", *arguments)
        assert result.returncode == 64, (arguments, result)
