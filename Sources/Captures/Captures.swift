// Captures: packet captures in, observations out.
//
// `CaptureFormats` recognises a container. `Containers/` holds one file per container: it frames the
// records and says where they cannot be trusted. `PacketDecoder` takes a frame down to an
// observation: `Links/` holds the ways to a frame's network layer, a line each in
// `LinkFormat.known`, `Tunnels/` the ways into packets that carry packets, a line each in
// `TunnelFormat.known`, `Protocols/` one view per protocol: borrowed, checked once when made. The
// decoder's fast path reads the ordinary packet (Ethernet, IPv4 without options, TCP or UDP) directly;
// whatever is not ordinary goes through the views, and both give the same observation.
