import Testing

@Suite struct IndexTests {
}
