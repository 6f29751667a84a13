/// The kinds of statements detectors make. The raw value is the stable name in articles and JSON.
///
/// Each case lists the values it carries. A finding is made wherever the question could be *asked*
/// of the evidence, also where the answer is no; where it could not, no finding is made and the
/// activity's `Capability` list says why. Shares are 0...1, times in seconds.
public enum FindingKind: String, CaseIterable, Hashable, Sendable, Comparable {
  /// What the activity looks like from outside; made for every activity. Values: `transport` (text:
  /// `udp`), `port` (integer; -1 where many), `packets`, `targets`, `bytes` (integer or bound),
  /// `blockedShare`, `perHour` (targets first contacted per hour of activity), `sourcePort`
  /// (integer; -1 where various), `sourcePortFixed` (flag), `direction` (text: `outbound`,
  /// `inbound`, `internal`, `unknown`), `answeredShare`, `refusedShare` (of targets; only with
  /// capability `replies`), `resolvedShare` (targets whose address the DNS had given the sender),
  /// `solicitedShare` (targets that had sent to the subject within the window before),
  /// `durationSeconds`.
  case traffic
  /// NetBIOS name lookups to single addresses. Values: `lookups`, `packets`, `targets`,
  /// `nodeStatusShare` (of packets whose content was seen; absent otherwise), `retriesPerLookup`
  /// (mean), `tries` (median packets per lookup), `cadenceSeconds` (median gap between tries),
  /// `sourcePort` (integer; -1 various), `perHour` (lookups), `identificationOrder` (text:
  /// `ascending`, `byteSwapped`, `none`, `unknown`), `answeredShare`.
  case nameLookups = "name-lookups"
  /// A failed reverse DNS query for a target shortly before the lookup to it, by the same sender.
  /// Values: `lookups`, `preceded`, `share`, `medianLagSeconds`, `reverseQueries`.
  case failedReverseLookupFirst = "failed-reverse-lookup-first"
  /// Targets that had contacted the sender before. Values: `targets`, `visitors` (distinct),
  /// `matched`, `share`, `matchedInWindow`, `shareInWindow`, `windowSeconds`, `medianLagSeconds`,
  /// `pValue`, `population`, `clockOffsetSeconds`, `clockOffsetKnown` (flag), `visitorsStepped`
  /// (flag; only where a rate step was found and visitors cover it), `source` (text: `visitors-log`,
  /// `capture` or `own-log`: the log that shows both the contacts and the probes).
  case solicitedProbes = "solicited-probes"
  /// UDP headers that are really ICMP errors'. Values: `packets`, `verified`, `refuted`,
  /// `untestable`, `icmpType`, `icmpCode`, `sourcePort`, `distinctQuotes`, `destinations`,
  /// `portStepShare` (of the steps between destination ports, those by one).
  case icmpErrorAsUDP = "icmp-error-as-udp"
  /// One service tried at many addresses. Values: `port` and `service` ("tcp port 445"; neither for
  /// ARP, which has `asked` instead), `targets`, `unanswered`, `unexpected` (targets neither answered,
  /// resolved nor solicited), `answeredShare`, `perHour`.
  case sweep
  /// What became of TCP connections tried, as a capture shows both sides. Values: `targets`,
  /// `refused` (connections reset, or answered by an ICMP error), `accepted` (a SYN-ACK came),
  /// `established` (the SYN-ACK was acknowledged, RFC 9293), `silent` (targets that gave no answer),
  /// `establishedShare` (of accepted; absent where none was).
  case connectionStates = "connection-states"
  /// Many ports tried at few addresses. Values: `ports` (distinct), `lowPort`, `highPort`,
  /// `targets`, `answeredShare`, `consecutiveShare` (of the range low...high that was tried).
  case portSweep = "port-sweep"
  /// The rate of an activity stepped up. Values: `beforePerHour`, `afterPerHour`, `ratio`,
  /// `onsetFrom`, `onsetTo` (times), `pValue`, `binSeconds`, `dispersion`, `seriesTested`,
  /// `seriesStepped` (how many series of this evidence stepped within the same interval; 1 is this
  /// one alone), `coincident` (flag: others stepped too).
  case rateStep = "rate-step"
  /// How the targets were chosen, by comparing models of choice (BIC). Values: `targets`, `model` (text:
  /// `undetermined`, `sequential`, `stride`, `bitReversed`, `generator`, `localPreference`, `network`,
  /// `list`, `uniform`), `generator` (text: the known program whose generator or weights fit, `linear` for
  /// another generator, `none`), `runnerUp` (text: the best model of another kind), `lead` (of its
  /// criterion over that), `sequentialShare`, `same24Share`, `same16Share`, `same8Share`,
  /// `neighbourShare`, `because` (text); of a preference `weight24`, `weight16` and `weight8`; of a walk
  /// `step`; where the first half of the targets foretells anything of the second: `foretold` (hits),
  /// `foretoldOf` (targets tested), `foretoldShare`, `foretoldByChance` (of each), `foretoldPValue`, `next`
  /// (text: the targets to come).
  case targetChoice = "target-choice"
  /// Replies nobody here asked for. Values: `packets`, `destinations`, `synAcks`, `resets`,
  /// `icmpErrors`, `sourcePort`.
  case backscatter
  /// What followed a name lookup at the same target. Values: `lookups`, `answered` (lookups
  /// answered), `followed` (targets then tried at TCP/139 or TCP/445), `followedShare` (of
  /// answered). Only with capability `followUp`.
  case shareFollowUp = "share-follow-up"
  /// How packets come in bursts. Values: `bursts`, `burstSize` (median packets), `gapSeconds` (median
  /// between the beginnings of bursts), `withinSeconds` (median within a burst), `runs` (bursts of
  /// three packets and more whose destination ports are consecutive), `runShare` (of such bursts),
  /// `portStep` (+1, -1, or 0 where mixed or constant), `portOrder` (text: `ascending`,
  /// `descending`, `constant`, `mixed`), `sourcePort` (-1: various), `sampled` (packets looked at).
  case burstGrammar = "burst-grammar"
  /// Packets to the broadcast address of a network. Values: `packets`, `share` (of the activity's),
  /// `networks` (distinct broadcast addresses), `address` (text).
  case directedBroadcast = "directed-broadcast"
  /// Source addresses that are not the sender's. Values: `packets`, `impossible` (packets whose source
  /// no host can have: a broadcast or multicast address), `addresses` (distinct, used as source),
  /// `owned` (of these: shown by ARP or by their other traffic to belong to other hardware),
  /// `hardware` (text), `ownAddress` (text: what else that hardware calls itself, or that this is not known).
  case forgedSource = "forged-source"
  /// What a host's coming and going has to do with it. Values: `joins`, `joinsFollowed`, `leaves`,
  /// `leavesFollowed`, `medianDelaySeconds`, `withinSeconds`, `presentShare` (of the time),
  /// `insideShare` (of the activity, while it was present), `candidates` (hosts tried), `pValue`
  /// (all by chance, for the best of so many candidates), `host` (text).
  case startsAndStops = "starts-and-stops-with"
  /// Claims to addresses by ARP. Values: `addresses` (that one hardware claims), `claimants` (hardware
  /// addresses that claim one address), `gratuitous`, `alternations` (how often the claim changed
  /// hands), `conflict` (flag: claimants alternate), `linkUp` (flag: one claimant that asked for its
  /// own address as it came up), `poisoning` (flag: one hardware answers for addresses that others
  /// hold), `contradictions` (how often it asked for an address that it had just called its own),
  /// `overlapSeconds`.
  case arpClaims = "arp-claims"
  /// One host's broadcasts. Values: `packets`, `perMinute` (in the busiest minute), `share` (of all
  /// frames of the stream), `hosts` (that do the same at the same time); where they ask for NetBIOS
  /// names also `sampled` (packets looked at), `names` (distinct, among these), `lookups` (distinct
  /// transactions, among these, for the name that makes up half of them; else for any), and
  /// `answeredShare` (of the lookups, where answers would have been seen).
  case broadcastStorm = "broadcast-storm"
  /// Whether a service failed while the activity went on. Values: `server` (text), `asked`, `answered`,
  /// `insideShare` and `outsideShare` (answered, while the activity was on and while not),
  /// `pingInsideShare` (pings answered while on), `pings`, `lagSeconds`, `pValue`.
  case symptomAlignment = "symptom-alignment"
  /// Whether those it reached went on to do the same. Values: `receivers` (that could have been seen
  /// doing so), `becameSenders` (that began within ten minutes), `receiversPValue`, `share`,
  /// `predecessors` (that had reached the subject just before it began), `episodes` (beginnings of the
  /// subject's own), `episodesAfterProbe`, `medianDelaySeconds`, `pValue`.
  case propagation
  /// How many hosts stand behind the address, by identification counters and times to live. Values:
  /// `applicable` (flag), `estimate`, `low`, `high`, `chains`, `ttlClasses`, `packets`.
  case hostsBehind = "hosts-behind"
  /// Many sources at one service, none of which ever answers. Values: `sources`, `packets`,
  /// `unroutableShare` (of sources: private, reserved or multicast addresses), `timeToLiveShare` (of
  /// sources, the commonest time to live), `singleShare` (of sources: sent once or only the same
  /// again), `answeredShare` (of sources that went on after the service replied), `perSecond`, `port`,
  /// `victim` (text).
  case spoofedFlood = "spoofed-flood"
  /// What all packets have in common. Values: `payloadLength` and `payloadLengthShare` (the commonest),
  /// `payloadKey` (its first four bytes as a number) and `payloadKeyShare`,
  /// `sequenceIsDestinationShare` (TCP sequence number equals the destination address),
  /// `windows` (distinct TCP windows), `timeToLive` and `timeToLiveShare`, `timeToLiveRises` (flag: as
  /// traceroute has it), `sampled`.
  case packetShape = "packet-shape"
  /// Services of the same sender at the same targets. Values: `port` (of the one with most targets in
  /// common), `transportIsTCP` (flag), `targets` (of it), `common`, `share` (of it, in common).
  case companionService = "companion-service"
  /// The longest conversation that the same sender keeps up with one or two hosts at a TCP port that is
  /// none of the services everybody uses. Values: `port`, `targets`, `packets` (the sender's),
  /// `durationSeconds`.
  case longConversation = "long-conversation"
  /// The same packets in another capture under another source. Values: `matched` (distinct packets, by
  /// target and content), `share` (of those looked at), `lagSeconds` (median, after the clocks'
  /// difference; how much later they leave), `hops` (by which the time to live fell on the way),
  /// `translated` (flag: the source port changed), `side` (text: `outside`: this subject passes on
  /// what `other` sends; `inside`: `other` passes on what this subject sends), `other` (text).
  case passedOn = "passed-on"
  /// Packets that come into the network by another hardware than its router. Values: `addresses` (not
  /// its own, that this hardware sends for; the subject's is one), `hardware` (text), `ownAddress`
  /// (text), `router` (text: the hardware by which everything else from outside comes).
  case secondRouter = "second-router"
  /// Ports of the subject from which it answered others. Values: `ports` (distinct), `port` (the one
  /// with most packets that is none of the services every host offers; -1: none), `packets`.
  case answeringPorts = "answering-ports"
  /// Lookups of addresses whose names others had just asked the subject for. Values: `lookups`,
  /// `preceded`, `share`, `medianLagSeconds`.
  case askedByClients = "asked-by-clients"
  /// Targets that had just been seen in traffic of others, not with the subject. Values: `targets`,
  /// `seen`, `share`, `medianLagSeconds`.
  case bystanders
  /// One port of the subject in touch with many peers at many ports. Values: `peers`, `ports`
  /// (distinct, of peers), `sourcePort`, `answeredShare`, `openedByPeersShare`.
  case peers
  /// Answers along the way: ICMP time exceeded about the activity's packets. Values: `routers`
  /// (distinct), `errors`, `targets`.
  case timeExceeded = "time-exceeded"
  /// A dated note, tested. Several may be made. Values: `kind` (text: `intervention`, `change`,
  /// `symptom`), `about` (text: `lan-disconnected`, `host-disconnected`, `service-stopped`,
  /// `software-installed`, `cleaned`, `reboot`, `browsing`, `service-failing`, `other`), `effect`
  /// (text: `unchanged`, `stopped`, `fell`, `rose`, `began`, `resumed`, `untestable`),
  /// `beforePerHour`, `duringPerHour`, `afterPerHour`, `ratio`, `ratioLow`, `ratioHigh` (during
  /// against before, 95 %), `pValue`, `coincides` (flag: a rate step's onset lies within it or just
  /// after), `text` (the user's words), `from`, `to` (times; no `to` for a moment).
  case noteTested = "note-tested"
  /// The clock of the evidence against the other evidence. Values: `offsetSeconds`, `lowSeconds`,
  /// `highSeconds`, `zoneSeconds`, `zoneStated` (flag), `events` (in common), `reference` (text), `path`
  /// (text: the evidence whose times were corrected).
  case clockOffset = "clock-offset"

  /// What the strangers who try a service have in common. Values: `sources` (whose order of targets can
  /// be seen), `networks` (of 65,536 addresses), `walkers` (that go upwards), `share` of these with
  /// its Wilson interval `shareLow` and `shareHigh` (95 %), `once` (one packet for each), `port`.
  case population
  /// Ports that a process holds in advance, by a table of sockets. Values: `ports`, `lowest`, `highest`,
  /// `share` (of the range that is taken), `wantedTaken` (ports it holds that services of a name want),
  /// `wantedChance` (that a blind draw takes at least one of these), `isEven` (flag), `known` (text: what
  /// is known to hold so many; "none" where nothing is), `knownSize` (how many that holds; 0 where nothing
  /// is), `process` (text), `path` (text).
  case socketPool = "socket-pool"
  /// To whom an activity's packets belong by the tables of its host's sockets, by the one that says
  /// most. Values: `status` (text: `owned`, `kernel`, `rawSocket`, `packetSocket`, `unowned`,
  /// `ambiguous`, `notVisible`), `process` (text, in lower case; "none" where none is named), `system`
  /// (text: `windows`, `linux`, `bsd`, `mac`, `solaris`, `unknown`), `instrument` (text), `path`
  /// (text), `rawSockets` and `packetSockets` (in the tables; -1: none lists such sockets).
  case packetOwner = "packet-owner"
  /// What a comparison of a program's file yields. Values: `verdict` (text: `matches`, `consistent`,
  /// `differs`, `unknown`), `name` (text).
  case fileVerdict = "file-verdict"
  /// Two looks of the same tool at one host. Values: `socketsKept`, `socketsNew`, `socketsGone`;
  /// where owners are named `processesKept`, `processesNew`, `processesGone` and `appeared` (text: the new
  /// ones); where both have a pool `pool` (text: `stable`, `redrawn`, `changing`), `poolProcess` (text: whose)
  /// and `poolKeptShare`; `trafficBegan` (flag: traffic of the host began between the two), `orderedBy` (text: `time`,
  /// `path`), `before` and `after` (text: the pieces of evidence).
  case snapshotComparison = "snapshot-comparison"
  /// What a firewall's log says of the translation of the subject's address (NAT) during the activity.
  /// Values: `role` (text: `outside`, the address stands for others; `inside`, it goes out under
  /// another), `addresses` (those at the other side), `translations` (of all of them), `address` (text:
  /// the one with most), `share` (its part), `path` (text: the log).
  case addressTranslation = "address-translation"

  /// What the subject is called, by the best word there is. Values: `name` (text), `how` (text: `netbios`,
  /// `dhcp`, `multicast`, which are its own word; `dns`; `tls`, `http`: what clients asked it for), `names`
  /// (kept of it), `workgroup` and `user` (text, by NetBIOS; "not known"), `targets` (looked at) and
  /// `targetsNamed` (of these).
  case hostNames = "host-names"
  /// Shares of files that the subject asked others for, by the text of its requests. Values: `targets`
  /// (asked for any), `shares` (distinct names), `drives` (targets asked for a share that is a single
  /// letter), `hidden` (targets asked for ADMIN$, C$ and the like), `channel` (targets asked for IPC$),
  /// `most` (targets asked for the commonest), `share` (text: that one).
  case shareAccess = "share-access"
  /// What the subject's packets carried at this port, told by the content alone. Values: `protocol`
  /// (text: `DNS`, `HTTP`, `NTP`, `NetBIOS names`, `SIP`, `SMB`, `SNMP`, `SSDP`, `SSH`, `STUN`, `TFTP`,
  /// `TLS`, `mDNS/LLMNR`; the commonest), `protocols` (distinct), `packets` (recognised), `share` (of the commonest),
  /// `usual` (text: what the port is named for; "none"), `contradicts` (flag: most of them are something
  /// else).
  case content
  /// Whether the subject's first contacts fail as a scanner's do: a threshold random walk (Jung and others,
  /// 2004). Values: `applicable` (flag), `verdict` (text: `scanner`, `ordinary`, `undecided`,
  /// `notApplicable`), `because` (text); where applicable `contacts`, `failures`, `standsAt` (the likelihood
  /// ratio in decibans), `ordinarySuccess` and `scannerSuccess` (of first contacts), `measured` (flag: the
  /// former by this evidence), `contactsNeeded` (on average), `missedShare` and `falseShare` (of such walks).
  case thresholdWalk = "threshold-walk"
  /// How regularly the activity's bursts begin, from half of the full score on. Never decisive. Values:
  /// `score` with its parts `skewScore` and `scatterScore` (0...1), `intervalSeconds` (median),
  /// `scatterSeconds` (median distance from it), `events`, `isEnough` (flag: 24 at least), `usual` (text: what
  /// innocent things run at such a period; "nothing known"), `isUsual` (flag: something does).
  case periodicity
  /// The rate doubled, by a chart of hours (CUSUM of negative binomial counts) that raises one false alarm
  /// in 30 days at most. Values: `alarms`, `usualPerHour` (by the beginning), `dispersion`, `threshold`,
  /// `hours` (looked at), `hoursToFalseAlarm`, `onsetFrom`, `onsetTo` (times), `afterPerHour`, `ratio`,
  /// `othersRatio` (by how much everything else in this evidence grew; absent where there is too little),
  /// `wholeEvidence` (flag: that is half again at least, so that the logging may have changed), `coincident`
  /// (events then) and `coincides` (text: which).
  case rateChange = "rate-change"
  /// How fast the subject tries. Values: `events`, `seconds`, `perSecond` with its 95 % interval `low` and
  /// `high`, `tooSlowFor` (text: measured worms that try ten times as fast at least); of what comes in
  /// also, if it chose blindly among all addresses: `watched` (addresses that it may meet here),
  /// `blindPerSecond` with `blindLow` and `blindHigh`, and `slowScanChance` (that ten blind tries a second
  /// meet so many of ours).
  case scanRate = "scan-rate"
  /// How many sources of a service there are, by those that two sensors met within a day. Values: `first`,
  /// `second`, `common`, `estimate` (Chapman) with its 95 % interval `low` and `high`, `port`.
  case populationSize = "population-size"
  /// New sources of a service come ever faster. Values: `sources`, `doublingSeconds` with its 95 % interval
  /// `doublingLow` and `doublingHigh`, `port`, `like` (text: a measured worm that doubled as fast; "none").
  case growth
  /// One packet that comes again and again. Values: `kind` (text: `routers`, its time to live falls; `link`,
  /// it stays the same), `packets` (different ones), `copies` (of the one with most), `step` (by which the
  /// time to live falls: the routers of the loop), `highest` and `lowest` (time to live), `seconds`,
  /// `subject` and `target` (text).
  case packetLoop = "packet-loop"
  /// Many sources answer from one port what few were seen to ask. Values: `sources`, `receivers`, `port`,
  /// `packets`, `bytesPerPacket`, `ports` (of the receivers), `amplification` (bytes answered for each asked,
  /// published of this service; 0: not known), `requestsVisible` (flag: the receivers' own packets are in the
  /// evidence), `receiver` (text: one).
  case reflection
  /// The same content from many sources to many targets that do not answer. Values: `sources`, `targets`,
  /// `packets` (looked at), `port`, `payloadLength`, `payloadKey` (its first four bytes as a number).
  case contentPrevalence = "content-prevalence"
  /// Packets to where only one thing is sent. Values: `purpose` (text: `ssdp`, `multicast-dns`, `llmnr`,
  /// `ws-discovery`, `slp`, `metadata`, `private-network`), `what` (text: the same in words), `where` (text: the group or address
  /// set apart for it), `port`, `packets`, `targets`, `registered` (flag: no other address was met at that
  /// port), `perMinute` (in the busiest minute), `share` (of all packets of the stream), `blockedShare`,
  /// `answeredShare` (of targets, where answers to single hosts would have been seen), `hosts` (that do the
  /// same in this stream); of `private-network` also `services` (ports) and `houseShare` (of packets: for
  /// names, logons, files, mail and terminals).
  case specialPurpose = "special-purpose"
  /// Lookups of a name that hosts ask for by themselves. Values: `name` (text: `wpad`, `isatap`), `asked`
  /// (text: the full name asked for most), `names` (different full ones), `lookups`, `byDNS`, `byMulticast`,
  /// `byNetBIOS`, `denied` (answers that nobody has it), `answered` (answers with an address),
  /// `answeredShare` (of lookups), `hosts` (that ask as often in this stream), `perHour`.
  case nameAsked = "name-asked"

  /// In order of name.
  public static func < (a: FindingKind, b: FindingKind) -> Bool { a.rawValue < b.rawValue }
}

/// What a piece of evidence could have shown about an activity. Absence counts only where this says
/// so.
public enum Capability: String, CaseIterable, Hashable, Sendable, Comparable {
  /// The bytes of packets: content, not only headers.
  case content
  /// Replies to the subject would have been recorded.
  case replies
  /// What contacted the subject before would have been recorded (a visitors' log, or a capture with
  /// inbound traffic).
  case visitors
  /// The subject's DNS queries and their answers would have been recorded.
  case dns
  /// TCP attempts after an answered lookup would have been recorded, and nothing kept them from
  /// happening.
  case followUp = "follow-up"
  /// At least 30 distinct targets: how they were chosen can be asked.
  case targetChoice = "target-choice"
  /// At least 24 time bins: a step in the rate can be asked for.
  case rate
  /// Whole packets, so that a checksum over the payload can be verified.
  case wholePackets = "whole-packets"
  /// Receivers of the activity would have been seen if they had begun to do the same.
  case replication
  /// Hardware addresses: who put a packet on the wire, whatever address it bears.
  case hardware
  /// Dated notes of what was done and noticed.
  case notes
  /// The DNS queries that others sent to the subject.
  case clientQueries = "client-queries"
  /// Traffic between others than the subject.
  case bystanders
  /// A table of the sender's own sockets, which could have named who holds the port.
  case sockets

  /// In order of name.
  public static func < (a: Capability, b: Capability) -> Bool { a.rawValue < b.rawValue }
}
