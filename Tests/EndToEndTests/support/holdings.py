"""What s3sim says it holds, and what boto3's paginators list of it, in the same form."""

import json
import urllib.parse
import urllib.request

from support.servers import iso


def held(server, bucket):
    """The simulator's own account: (versions and delete markers in order, {uploads})."""
    with urllib.request.urlopen(f"{server.endpoint}/_sim/holdings/{bucket}") as answer:
        lines = [json.loads(line) for line in answer]
    entries, uploads = [], set()
    for line in lines:
        key = urllib.parse.unquote(line["key"])
        if line["kind"] == "upload":
            uploads.add((key, line["id"], short(line["initiated"]), line["class"],
                         line["parts"], line["bytes"]))
        else:
            entries.append((
                key, line["id"], line["latest"], short(line["modified"]), line.get("size"),
                line.get("etag"), line.get("class")))
    return entries, uploads


def listed_versions(client, bucket, page_size=1000, **parameters):
    """Versions and delete markers as boto3 lists them, page by page.

    boto3 hands over two lists a page, versions and delete markers, so their order among each other is
    lost: they are put in order by key, IsLatest and time.
    """
    entries = []
    pages = client.get_paginator("list_object_versions").paginate(
        Bucket=bucket, PaginationConfig={"PageSize": page_size}, **parameters)
    for page in pages:
        rows = [
            (row["Key"], row["VersionId"], row["IsLatest"], iso(row["LastModified"]),
             row.get("Size"), row["ETag"].strip('"') if "ETag" in row else None,
             row.get("StorageClass"))
            for kind in ("Versions", "DeleteMarkers") for row in page.get(kind, [])]
        rows.sort(key=lambda row: row[3], reverse=True)
        rows.sort(key=lambda row: (row[0].encode(), not row[2]))
        entries += rows
    return entries


def listed_uploads(client, bucket, page_size=1000, with_parts=True):
    """The uploads as boto3 lists them, with the number and bytes of their parts.

    Answers about parts hold the key, and none of their parameters encodes it: a key that XML cannot hold
    makes them unreadable, as S3's are.
    """
    uploads, page = set(), {"IsTruncated": True}
    while page["IsTruncated"]:
        # boto3's paginator would send the encoded marker back.
        markers = {
            "KeyMarker": urllib.parse.unquote_plus(page["NextKeyMarker"]),
            "UploadIdMarker": page["NextUploadIdMarker"]} if "NextKeyMarker" in page else {}
        page = client.list_multipart_uploads(
            Bucket=bucket, EncodingType="url", MaxUploads=page_size, **markers)
        for row in page.get("Uploads", []):
            key = urllib.parse.unquote_plus(row["Key"])
            upload = (key, row["UploadId"], iso(row["Initiated"]), row["StorageClass"])
            if with_parts:
                parts = [
                    part["Size"]
                    for answer in client.get_paginator("list_parts").paginate(
                        Bucket=bucket, Key=key, UploadId=row["UploadId"],
                        PaginationConfig={"PageSize": 2})
                    for part in answer.get("Parts", [])]
                upload += (len(parts), sum(parts))
            uploads.add(upload)
    return uploads


def short(time):
    """A time as `iso` writes it."""
    return time.replace(".000Z", "Z")
