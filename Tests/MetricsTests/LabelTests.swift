import Testing

@testable import Metrics

/// How text is written that comes from anybody.
@Suite struct LabelTests {
  @Test(arguments: [
    ("plain", #"{bucket="plain"}"#), ("a\"b", #"{bucket="a\"b"}"#), ("a\\b", #"{bucket="a\\b"}"#),
    ("a\nb", #"{bucket="a\nb"}"#), ("a\\\"\n", #"{bucket="a\\\"\n"}"#),
    ("a\rb\t", "{bucket=\"a\rb\t\"}"),
    ("\u{0}", "{bucket=\"\u{FFFD}\"}"), ("", ""),
    ("\"} 1\ns3audit_x 2", #"{bucket="\"} 1\ns3audit_x 2"}"#),
  ])
  func valuesAreEscaped(value: String, expected: String) {
    #expect(String(decoding: Labels(["bucket": value]).inBraces, as: UTF8.self) == expected)
  }

  @Test(arguments: [
    (Int64(1_764_486_000_123), "1764486000.123"), (1_764_486_000_000, "1764486000"), (5, "0.005"),
    (0, "0"), (-1_500, "-1.500"), (.min, "-9223372036854775.808"),
  ])
  func millisecondsAreSeconds(milliseconds: Int64, expected: String) {
    #expect(Exposition.seconds(milliseconds) == expected)
  }

  @Test func aFamilyWithoutSamplesLeavesNoTrace() {
    var text = Exposition()
    text.begin(MetricFamily("empty", "Nothing."))
    text.begin(MetricFamily("full", "Something."))
    text.add(1)
    text.add(2, Labels(["a": "b"]))
    #expect(
      String(decoding: text.bytes, as: UTF8.self) == """
        # HELP full Something.
        # TYPE full gauge
        full 1
        full{a="b"} 2

        """)
  }
}
