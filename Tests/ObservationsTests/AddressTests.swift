import Observations
import Testing

@Suite struct AddressTests {
  @Test(arguments: [
    "192.0.2.1", "0.0.0.0", "255.255.255.255", "2001:db8::1", "::", "::1", "fe80::1:0:0:1",
    "1:2:3:4:5:6:7:8", "1::", "2001:db8:0:1:1:1:1:1",
  ])
  func textRoundTrips(text: String) {
    #expect(Address(text)?.description == text)
  }

  @Test(arguments: [
    "", "1.2.3", "1.2.3.256", "1.2.3.4.5", "a.b.c.d", ":", ":::", "1:2:3:4:5:6:7", "1::2::3",
    "12345::", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8:9", "1:", "0001.2.3.4", "1.2.3.-4",
  ])
  func nonsenseIsRefused(text: String) {
    #expect(Address(text) == nil)
  }

  @Test func mappedQuadIsIPv4() {
    #expect(Address("::ffff:192.0.2.7") == Address(ipv4: 0xc000_0207))
    #expect(Address("::ffff:192.0.2.7")?.isIPv4 == true)
  }

  @Test func blocksHoldTheirOwn() throws {
    let block = try #require(Prefix("192.0.2.77/24"))
    #expect(block.description == "192.0.2.0/24")
    #expect(block.contains(try #require(Address("192.0.2.255"))))
    #expect(!block.contains(try #require(Address("192.0.3.0"))))
    #expect(!block.contains(try #require(Address("2001:db8::"))))
    #expect(Prefix("0.0.0.0/0")?.contains(try #require(Address("8.8.8.8"))) == true)
    #expect(Prefix("2001:db8::/129") == nil)
    #expect(Prefix("10.0.0.0/33") == nil)
  }

  @Test(
    arguments: zip(
      ["10.1.2.3", "172.31.0.1", "172.32.0.1", "100.64.0.1", "192.168.1.1", "fd00::1", "8.8.8.8"],
      [true, true, false, true, true, true, false]))
  func privateBlocks(text: String, expected: Bool) throws {
    #expect(try #require(Address(text)).isPrivate == expected)
  }
}

@Suite struct TimestampTests {
  @Test(
    arguments: [
      (Int64.min, -9_223_372_037), (.min + 1, -9_223_372_037), (-1_000_000_001, -2),
      (-1_000_000_000, -1), (-1, -1), (0, 0), (999_999_999, 0), (1_000_000_000, 1),
      (.max, 9_223_372_036),
    ] as [(Int64, Int64)])
  func wholeSecondsAreRoundedDown(_ nanoseconds: Int64, _ seconds: Int64) {
    #expect(Timestamp(nanoseconds: nanoseconds).wholeSeconds == seconds)
  }

  @Test(
    arguments: [
      (Int64.min, "1677-09-21T00:12:43.145224192Z"), (.max, "2262-04-11T23:47:16.854775807Z"),
    ] as [(Int64, String)])
  func theLastTimesThereAreCanBeWritten(_ nanoseconds: Int64, _ text: String) {
    #expect(Timestamp(nanoseconds: nanoseconds).description == text)
  }

  @Test(
    arguments: zip(
      [
        "1970-01-01T00:00:00Z", "2008-10-10T09:30:00.5Z", "2000-02-29T23:59:59.000000001Z",
        "1969-12-31T23:59:59.999Z", "2015-03-07T05:09:30.045015+02:00", "2003-01-25 05:30:00-0500",
      ],
      [
        "1970-01-01T00:00:00Z", "2008-10-10T09:30:00.500Z", "2000-02-29T23:59:59.000000001Z",
        "1969-12-31T23:59:59.999Z", "2015-03-07T03:09:30.045015Z", "2003-01-25T10:30:00Z",
      ]))
  func parsesAndPrints(text: String, expected: String) {
    #expect(Timestamp(text)?.description == expected)
  }

  @Test(arguments: [
    "", "2008", "2008-13-01T00:00:00Z", "2008-01-01T24:00:00Z", "2008-01-01T00:00:00.Z", "x",
  ])
  func nonsenseIsRefused(text: String) {
    #expect(Timestamp(text) == nil)
  }

  @Test func everyDayOfFourCenturiesRoundTrips() {
    for day in stride(from: Int64(-40_000), to: 100_000, by: 1) {
      let time = Timestamp(seconds: day * 86_400 + 12_345)
      #expect(CivilTime(time).timestamp == time)
    }
  }
}
