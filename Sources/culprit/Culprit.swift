// culprit: the command line. A file per command; arguments and wiring only.
import ArgumentParser
import Intake
import Reporting

/// The program; its commands do the work.
struct Culprit: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "culprit",
    abstract: "Names what is behind network traffic that nobody can explain.",
    discussion: """
      Examples:
        culprit analyze router.syslog wan.pcap visitors.log
        culprit analyze case-folder --format json --output report.json
        culprit explain reverse-name-lookup

      Exit status: 0 done; 1 an incident at or above --fail-on; 64 wrong usage; 65 nothing in the \
      evidence could be read; 66 no such file; 69 a pool cannot be reached or refuses; 70 a bug; 73 a file \
      could not be made; 74 output could not be written; 75 try again later; 77 a key that others can read.

      Completion for your shell: culprit --generate-completion-script bash|zsh|fish
      """,
    version: culpritVersion,
    subcommands: [
      Analyze.self, Collect.self, Identify.self, Alike.self, Explain.self, Extract.self,
      Report.self, Simulate.self, Verify.self, KnowledgeCommand.self, Serve.self, Lookup.self,
      Sensor.self, PoolCommand.self,
    ])
}

/// The entry: errors become one line on standard error and a status of `sysexits.h`.
@main
enum Program {
  static func main() {
    do {
      var command = try Culprit.parseAsRoot()
      do {
        try command.run()
      } catch let error as CommandError {
        stop(error.description, status: error.status)
      } catch let error as IntakeError {
        stop(error.description, status: error.exitCode)
      } catch  where isParserError(error) {
        throw error
      } catch {
        stop("\(error) (this is a bug in culprit: please report it)", status: 70)
      }
    } catch {
      Culprit.exit(withError: error)
    }
  }

  /// What the argument parser itself knows how to show: help, usage, a status. To any other error it
  /// would give status 1, which means something else here.
  private static func isParserError(_ error: any Error) -> Bool {
    error is ExitCode || Culprit.exitCode(for: error) != .failure
  }

  private static func stop(_ message: String, status: Int32) -> Never {
    Terminal.complain(message)
    Culprit.exit(withError: ExitCode(status))
  }
}
