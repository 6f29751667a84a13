/// The kernel's modules, and what taints it.
struct ModuleGatherer: Gatherer {
  let name = "modules"
  let how = "/proc/modules, /proc/sys/kernel/tainted"

  func takes(_ options: CollectOptions) -> String {
    "modules of the kernel, and whether it holds foreign or unsigned ones"
  }

  /// The bits that say something of code from elsewhere (admin-guide/tainted-kernels).
  private static let taints: [(bit: Int, meaning: String)] = [
    (0, "a module of a licence of its own"), (1, "a module was loaded by force"),
    (3, "a module was unloaded by force"), (10, "a module of the staging area"),
    (12, "a module from outside of the kernel's sources"), (13, "an unsigned module"),
    (15, "the kernel was patched while it ran"),
  ]

  func gather(_ run: inout CollectionRun) {
    var text = ""
    if let file = run.read(run.files.proc + "/sys/kernel/tainted", limit: 64, as: "the taint") {
      let bits = file.lines.first.flatMap { UInt64($0) } ?? 0
      text += "# tainted: \(bits)\n"
      for (bit, meaning) in ModuleGatherer.taints where bits & 1 << UInt64(bit) != 0 {
        text += "# \(meaning)\n"
      }
    }
    var count = 0
    do {
      let file = try run.files.read(run.files.proc + "/modules", limit: 1 << 20)
      // The addresses at the end help only whoever attacks the kernel.
      for line in file.lines.sorted() {
        text +=
          line.split(separator: " ").filter { !$0.hasPrefix("0x") }.joined(separator: " ") + "\n"
        count += 1
      }
    } catch {
      run.note("modules", error.isAbsence ? "this kernel has none" : error.text)
    }
    run.add("modules.txt", text, count: count)
  }
}
