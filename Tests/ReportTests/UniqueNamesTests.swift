import Report
import Testing

@Suite struct UniqueNamesTests {
  @Test func givesEveryNameOnce() {
    #expect(uniqueNames(["a", "b", "a", "a_2", "a"]) == ["a", "b", "a_2", "a_2_2", "a_3"])
  }
}
