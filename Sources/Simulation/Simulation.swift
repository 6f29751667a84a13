// Simulation: evidence with known truth.
//
// A scenario turns a seed into files: captures, logs, and `truth.json`, which says what is in them.
// The same seed gives the same bytes on every machine, so nothing here asks the clock, the
// environment, the C mathematics library or the order of a hashed table: time is whole
// microseconds, chance is `RandomSource`, and a share in `truth.json` is a quotient of integers.
//
// `Packets/` builds frames, `Writers/` the files, `Scenarios/` holds one file per scenario. A new
// scenario is one file there and one line in `Scenarios.all`.
