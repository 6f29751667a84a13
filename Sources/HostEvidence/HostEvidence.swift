// HostEvidence: what a host says of itself. So far the digests of files; socket tables, process
// lists and manifests will move in here.
