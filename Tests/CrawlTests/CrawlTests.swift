import Testing

@Suite struct CrawlTests {
}
