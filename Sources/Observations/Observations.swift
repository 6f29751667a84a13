// Observations: the vocabulary every other room speaks.
//
// Trivial value types and no input or output: addresses, prefixes, timestamps, one normalised
// network event (`Observation`, 64 bytes) and the batches it travels in, the named anomalies that
// readers count, and `Finding`, what a detector states. `Memory/` holds the one piece of raw memory
// management of the analysis rooms (`Slab`), so that unsafe code has a single home.
