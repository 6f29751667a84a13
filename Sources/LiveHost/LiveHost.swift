// LiveHost: this machine asked about itself. One file for each thing that is gathered; Gatherers
// lists them. Every gatherer takes the places of /proc and / from HostFiles, so that tests can hand
// it a made tree, and whatever could not be read is written down with the system's reason.
