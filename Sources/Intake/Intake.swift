// Intake: opens any path or stream, recognises what it is, and hands its records on in batches.
//
// `EvidencePaths` expands what the user named, `EvidenceFile` recognises by content and never by
// name, `ByteSource` shows a file in windows, `EvidenceStream` drives a format's reader over them.
// What could not be read is kept and told, never dropped.
