import Observations
import Testing

/// A veiled address is never taken for a real one.
@Suite struct VeiledAddressTests {
  @Test(arguments: [
    (UInt32(98), UInt32(0xff), "*.*.*.98"), (0x0c04, 0xffff, "*.*.12.4"),
    (0x0a00_0001, 0xff00_00ff, "10.*.*.1"), (0, 0, "*.*.*.*"),
    (0xc633_6400, 0xffff_ff00, "198.51.100.*"),
  ])
  func printsItsVeil(known: UInt32, mask: UInt32, text: String) {
    let veil = Address(veiled: known, mask: mask)
    #expect(veil.description == text)
    #expect(Address(text) == nil)
    #expect(veil.isVeiled && !veil.isIPv4 && !veil.isMulticast && !veil.isPrivate)
  }

  @Test func equalsAndSortsBehindEveryRealOne() {
    let veil = Address(veiled: 98, mask: 255)
    for real in ["0.0.0.98", "10.1.2.98", "255.255.255.255", "::", "ff02::fb", "ffff:7664::1"] {
      let address = Address(real) ?? .unspecified
      #expect(address != veil)
      #expect(address < veil)
    }
    #expect(Address("10.1.2.98")?.isCompatible(withVeil: veil) == true)
    #expect(Address("10.1.2.99")?.isCompatible(withVeil: veil) == false)
  }

  @Test func noTextReadsAsOne() {
    #expect(Address("ffff:7665:696c:6564:0:ff:0:62") == nil)
  }
}
