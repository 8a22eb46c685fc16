import Answers
import Testing
import Vocabulary

@Suite struct BucketArgumentTests {
  @Test(arguments: [
    ("logs/a/b", "logs"), ("logs", "logs"), ("arn/a", "arn"), ("arn:x/a", "arn:x"),
    ("arn:aws:s3:us-east-1:1:accesspoint/ap/a/b", "arn:aws:s3:us-east-1:1:accesspoint/ap"),
    ("arn:aws:s3:us-east-1:1:accesspoint:ap/a:b", "arn:aws:s3:us-east-1:1:accesspoint:ap"),
    ("arn:aws:s3::1:accesspoint/x.mrap/a", "arn:aws:s3::1:accesspoint/x.mrap"),
    ("arn:aws:s3:us-east-1:1:accesspoint/ap", "arn:aws:s3:us-east-1:1:accesspoint/ap"),
    (
      "arn:aws:s3-outposts:us-east-1:1:outpost/op/accesspoint:ap/a",
      "arn:aws:s3-outposts:us-east-1:1:outpost/op/accesspoint:ap"
    ),
  ])
  func tellsTheBucketFromTheKey(path: String, bucket: String) throws {
    #expect(try BucketArgument("s3://\(path)").bucket == bucket)
  }
}
