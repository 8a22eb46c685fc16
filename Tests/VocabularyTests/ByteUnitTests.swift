import Testing
import Vocabulary

@Suite struct ByteUnitTests {
  @Test(
    arguments: [
      (ByteUnit.auto, 0, "0 B"), (.auto, 1_023, "1,023 B"), (.auto, 1_024, "1.0 KiB"),
      (.auto, 1_536, "1.5 KiB"), (.auto, 1_048_575, "1,024.0 KiB"), (.auto, 1_048_576, "1.0 MiB"),
      (.auto, 1 << 30, "1.0 GiB"), (.auto, 1 << 40, "1.0 TiB"),
      (.auto, (1 << 50) - 1, "1,024.0 TiB"),
      (.auto, 1 << 50, "1.0 PiB"), (.auto, .max, "8,192.0 PiB"), (.PiB, 3 << 49, "1.5 PiB"),
      (.PB, 1_250_000_000_000_000, "1.3 PB"),
      (.auto, -2_048, "-2.0 KiB"), (.B, 1_234_567, "1,234,567 B"), (.KB, 1_000, "1.0 KB"),
      (.KB, 1_049, "1.0 KB"), (.KB, 1_050, "1.1 KB"), (.KB, 1_950, "2.0 KB"), (.KB, 1, "0.0 KB"),
      (.MB, 1_500_000, "1.5 MB"), (.GB, 1_000_000_000, "1.0 GB"),
      (.TB, 2_500_000_000_000, "2.5 TB"), (.KiB, 1_024, "1.0 KiB"), (.MiB, 1 << 19, "0.5 MiB"),
      (.GiB, 3 << 29, "1.5 GiB"), (.TiB, 1 << 40, "1.0 TiB"),
      (.TiB, .max, "8,388,608.0 TiB"), (.TiB, .min, "-8,388,608.0 TiB"),
      (.TB, .max, "9,223,372.0 TB"),
    ] as [(ByteUnit, Int64, String)])
  func writesOneDigitAfterThePoint(unit: ByteUnit, count: Int64, text: String) {
    #expect(unit.text(count) == text)
  }

  @Test func isNamedAsItIsWritten() {
    for unit in ByteUnit.allCases {
      #expect(ByteUnit(rawValue: unit.rawValue) == unit)
      guard let bytes = unit.bytes, bytes > 1 else { continue }
      #expect(unit.text(bytes) == "1.0 \(unit.rawValue)")
    }
  }
}
