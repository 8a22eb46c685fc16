import Testing

@Suite struct ReportTests {
}
