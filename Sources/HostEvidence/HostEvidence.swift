// HostEvidence: what a host says of itself. The digests of files, and in Sockets the tables of
// sockets and processes that netstat and its kin print; manifests will move in here.
