internal import AWS
internal import Answers
internal import Arguments
internal import Crawl
internal import HTTP
internal import HTTPServing
internal import Index
internal import Inventory
internal import Report
internal import Restore
internal import S3
internal import SQLite
internal import Sync
internal import System
internal import Vocabulary

/// What the user can do about an error; nil when there is nothing to say.
func hint(for error: any Error) -> String? {
  switch error {
  case let error as CommandFailure: error.hint
  case let error as IndexError: error.hint
  case let error as OtherIndexError: error.hint
  case let error as BackupError: error.hint
  case let error as ExportError: error.hint
  case let error as SettingError: error.hint
  case let error as RescueError: error.hint
  case is VacuumError: "free space on that disk"
  case is QueryTimeout: "give it more time with --timeout"
  case is NoActualCosts:
    "ask Cost Explorer, for $0.01 a page: s3audit estimate --actual, with --tag KEY for a tag"
  case is RowsLeftOut: "say how many you want with --limit"
  case let error as CrawlFailure: hint(for: error.error)
  case let error as RefusedAccount: hint(for: error.error)
  case let error as AllAccountsRefused: error.refusals.lazy.compactMap { hint(for: $0) }.first
  case let error as ServingError: error.hint
  case let error as S3Error where error.isRefusedBucketList:
    "name the buckets that you may list: s3audit sync s3://BUCKET …"
  case let error as S3Error where error.keepsNoVersions:
    "sync its objects alone: leave out --versions, or give --no-versions where it is remembered"
  case let error as S3Error: error.hint?.text
  case let error as ConfigurationError: error.hint ?? hint(for: error.kind)
  case let error as STSError: error.hint
  case let error as PricingError where error.problem == nil:
    "'s3audit doctor --policy prices' prints what it needs; saved lists need no permission"
  case let error as RegionRefusal: error.hint
  case let error as CostExplorerError: error.hint
  case let error as HTTPError: error.hint
  case let error as BucketSelection.NoMatch: error.hint
  case let error as BucketSelection.NoRegionMatch: error.hint
  case let error as LateRestart: error.hint
  case let error as InventoryError: error.hint
  case let error as ListingError: error.hint
  case let error as ManifestError: error.hint
  case let error as SpillError: error.hint
  case let error as SortingError: error.hint
  case let error as TargetRefusal: error.hint
  case is DigestIndexError: "move it away, or name another index with --index"
  case is KeyWithZero: "list it with --format jsonl, or tsv"
  case let error as SystemError where error.isDiskFull:
    "free space on that disk; what was finished stays, and the same command goes on"
  case let error as SQLiteError: hint(for: error.primaryCode)
  default: nil
  }
}

extension S3Error {
  /// The account may list single buckets and yet not the buckets.
  fileprivate var isRefusedBucketList: Bool {
    code == "AccessDenied" && resource == S3Client.bucketListResource && hint != .checkClock
  }
}

extension S3Error.Hint {
  /// The hint in the words of the command line.
  var text: String {
    switch self {
    case .words(let words): words
    case .nameRegion: "give the bucket's region with --region"
    case .signFor(let region):
      "sign for its region with --region \(region.escapingControls(scalarsMax: 100))"
    case .useEndpoint(let url):
      "give that URL with --endpoint-url \(url.escapingControls(scalarsMax: 300))"
    case .tryHTTPS: "if the server speaks TLS, begin the URL of --endpoint-url with https://"
    case .checkPort:
      "is this the port of the S3 API? check --endpoint-url; web consoles have a port of their own"
    case .askWhoIsOnTheWay(let proxy?):
      "requests go through the proxy \(proxy.escapingControls(scalarsMax: 300)), which may be what "
        + "answers; NO_PROXY names hosts that need none"
    case .askWhoIsOnTheWay(nil):
      "a firewall on the way or another web server may be what answers; check --endpoint-url"
    case .leaveBucketOutOfEndpoint: "leave the bucket out of the URL of --endpoint-url"
    case .addressVirtually: "use --addressing-style virtual"
    case .addressByPath: "use --addressing-style path"
    case .nameRegionOrCheckEndpoint:
      "give the bucket's region with --region, and check the endpoint"
    case .askForLess: "lower --concurrency, or set --max-requests-per-second"
    case .comeBackOrAskForLess: "run again later, or lower --concurrency"
    case .comeBackAndAskForLess: "run again later; --max-requests-per-second asks for less"
    case .checkExpectedOwner(let account):
      "the bucket may belong to another account than \(account), which --expected-bucket-owner names"
    case .checkPermissionsOrAgreeToPay:
      "\(Self.permissionWords); if requesters pay for the bucket, agree with --request-payer requester"
    }
  }
}

/// What to do about settings that say nothing of it themselves.
private func hint(for kind: ConfigurationError.Kind) -> String? {
  switch kind {
  case .credentialsMissing:
    """
    run 'aws configure', set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile \
    with --profile, or read a public bucket with --no-sign-request
    """
  case .codeNeeded(let profile, let origin):
    """
    let the AWS CLI ask for it: eval "$(aws configure export-credentials --profile \
    '\(profile)' --format env)"
    """ + (origin == .option ? ", then leave out --profile" : "")
  case .accessPointElsewhere(let region, let partition?):
    """
    the access point is in \(region): give --region \(region), with credentials of its partition, \
    \(partition)
    """
  case .accessPointElsewhere(let region, nil):
    """
    the access point is in \(region): give --region \(region), or let ARNs lead to other regions with \
    s3_use_arn_region = true in the profile (AWS_S3_USE_ARN_REGION)
    """
  default: nil
  }
}

private func hint(for code: SQLiteError.PrimaryCode?) -> String? {
  switch code {
  case .full:
    """
    free space on the index's disk, and where temporary files go (TMPDIR); what was committed is \
    safe, and a sync goes on from it
    """
  case .busy: "another program has locked it: try again when that has finished"
  case .ioError: "check the index's disk; what was committed is safe"
  case .readOnly, .cannotOpen: "check the permissions of the index file and its folder"
  case .denied: "only reading is allowed here; use the sqlite3 shell on a copy for more"
  case .corrupt: "restore a backup, or let 's3audit check --repair' save what can be read"
  default: nil
  }
}
