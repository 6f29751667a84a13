// FirewallLogs: logs of firewalls, and logs of servers that list their visitors, as observations.
//
// `LogFormats` recognises a log by its content and makes its reader. A format is one file (or one
// folder: `Netfilter/`), one line in `LogFormats.registry` and one folder under `Fixtures/logs`.
// Shared by all: `Bytes` (checked loads, numbers, addresses), `LineFeed` (lines out of windows) and
// `StampClock` (times, with or without a year).
//
// The contract: whatever the bytes, a reader consumes them, counts what is wrong and traps nowhere;
// what it yields does not depend on how the bytes were cut into windows.
