import Testing

@Suite struct S3Tests {
}
