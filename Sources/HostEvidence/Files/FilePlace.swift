/// A file's place, made comparable. Windows does not tell upper from lower case in names; other
/// systems do, and there two names that differ in it are two files.
struct FilePlace: Hashable, Comparable {
  /// The file name first, then the folders upwards; in lower case where that is of no account.
  let components: [String]
  /// Whether the path begins at a root, so that nothing can stand before it.
  let isRooted: Bool
  /// Whether it is a path of Windows, or a name without folders that only Windows gives.
  let isOfWindows: Bool

  private static let endings = [
    ".exe", ".dll", ".sys", ".ocx", ".com", ".drv", ".scr", ".cpl", ".msi", ".bat", ".cmd",
  ]

  init(_ path: String) {
    let parts = path.split { $0 == "/" || $0 == "\\" }.filter { $0 != "." }
    let hasDrive = parts.first.map { $0.count == 2 && $0.hasSuffix(":") } ?? false
    let lower = path.lowercased()
    isOfWindows =
      hasDrive || path.contains("\\")
      || (!path.contains("/") && Self.endings.contains { lower.hasSuffix($0) })
    isRooted = path.hasPrefix("/") || path.hasPrefix("\\") || hasDrive
    let isLower = isOfWindows
    components = parts.reversed().map { isLower ? $0.lowercased() : String($0) }
  }

  /// The path as its system writes it.
  var text: String {
    let path = components.reversed().joined(separator: isOfWindows ? "\\" : "/")
    guard isRooted else { return path }
    if isOfWindows { return components.last?.hasSuffix(":") == true ? path : "\\\\" + path }
    return "/" + path
  }

  /// The file name.
  var name: String { components.first ?? "" }

  /// Whether this may be a shorter way to write the other place.
  func canBe(_ whole: Self) -> Bool {
    if self == whole { return true }
    guard components.count <= whole.components.count else { return false }
    if isRooted, !whole.isRooted || components.count != whole.components.count { return false }
    // A bare name may be of either system; the fuller path decides.
    guard isOfWindows || whole.isOfWindows else {
      return whole.components.starts(with: components)
    }
    return zip(components, whole.components).allSatisfy { $0.lowercased() == $1.lowercased() }
  }

  static func < (one: Self, other: Self) -> Bool {
    if one.components != other.components {
      return one.components.lexicographicallyPrecedes(other.components)
    }
    if one.isRooted != other.isRooted { return other.isRooted }
    return !one.isOfWindows && other.isOfWindows
  }
}
