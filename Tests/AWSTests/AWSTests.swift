import Testing

@Suite struct AWSTests {
}
