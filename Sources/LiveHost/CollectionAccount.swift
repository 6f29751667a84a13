private import Glibc
internal import Observations

/// `collection.json`: what was taken, how, by whom and with what rights, and what was not.
struct CollectionAccount {
  /// The version of the layout of files.
  static let layout = 1

  let text: String

  init(_ run: CollectionRun, items: [CollectionRun.Item]) {
    let host = run.host
    var account = JSONText()
    account.add("culprit", "collection")
    account.add("layout", CollectionAccount.layout)
    account.add("version", run.options.version.isEmpty ? nil : run.options.version)
    account.add("host", host.name)
    account.add("system", host.system)
    account.add("bootTime", host.bootTime?.description)
    account.add("bootIdentifier", host.bootIdentifier)
    account.add("started", host.started.description)
    account.add("ended", CollectionRun.now.description)
    account.add("user", run.users.name(host.user))
    account.add("userNumber", host.user)
    account.add("capabilities", String(host.capabilities, radix: 16))
    account.add("maySeeOwnersOfOthers", host.mayLookIntoOthers)
    account.add("seesAllProcesses", host.isInitialProcessNamespace)
    var options = JSONText()
    options.add("snapshots", run.options.snapshots)
    options.add("everyMilliseconds", run.options.interval)
    options.add("arguments", run.options.keepsArguments)
    options.add("captureSeconds", run.options.captureSeconds)
    options.add("leftOut", run.options.leavesOut.sorted(), evenEmpty: true)
    account.add("options", options)
    account.add("namespaces", run.namespaces.all.map(CollectionAccount.text))
    account.add("namespacesUnseen", run.namespaces.unseen)
    // One line for each item, so that people can read it, too.
    let lines = items.map { "  " + CollectionAccount.text($0).text }
    var body = account.text
    body.removeLast()
    text = body + ",\"items\":[\n" + lines.joined(separator: ",\n") + "\n]}\n"
  }

  private static func text(_ space: NetworkNamespace) -> JSONText {
    var text = JSONText()
    text.add("inode", space.inode)
    text.add("name", space.name)
    text.add("isOwn", space.isOwn)
    text.add("processes", space.processes.count)
    return text
  }

  private static func text(_ item: CollectionRun.Item) -> JSONText {
    var text = JSONText()
    text.add("item", item.name)
    text.add("how", item.how)
    text.add("paths", item.paths.sorted(), evenEmpty: true)
    text.add("count", item.count)
    text.add("milliseconds", Int((item.seconds * 1_000).rounded()))
    text.add(
      "problems",
      item.problems.map { problem in
        var text = JSONText()
        text.add("what", problem.what)
        text.add("why", problem.why)
        text.add("count", problem.count)
        text.add("examples", problem.examples)
        return text
      })
    return text
  }
}
