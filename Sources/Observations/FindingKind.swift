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
  /// (flag; only where a rate step was found and visitors cover it), `source` (text: `visitors-log`
  /// or `capture`).
  case solicitedProbes = "solicited-probes"
  /// UDP headers that are really ICMP errors'. Values: `packets`, `verified`, `refuted`,
  /// `untestable`, `icmpType`, `icmpCode`, `sourcePort`, `distinctQuotes`, `destinations`.
  case icmpErrorAsUDP = "icmp-error-as-udp"
  /// One service tried at many addresses. Values: `port`, `targets`, `unanswered`, `unexpected`
  /// (targets neither answered, resolved nor solicited), `answeredShare`, `perHour`.
  case sweep
  /// Many ports tried at few addresses. Values: `ports` (distinct), `lowPort`, `highPort`,
  /// `targets`, `answeredShare`, `consecutiveShare` (of the range low...high that was tried).
  case portSweep = "port-sweep"
  /// The rate of an activity stepped up. Values: `beforePerHour`, `afterPerHour`, `ratio`,
  /// `onsetFrom`, `onsetTo` (times), `pValue`, `binSeconds`, `dispersion`, `seriesTested`,
  /// `seriesStepped` (how many series of this evidence stepped within the same interval; 1 is this
  /// one alone), `coincident` (flag: others stepped too).
  case rateStep = "rate-step"
  /// How the targets were chosen. Values: `targets`, `model` (text: `undetermined`, `sequential`,
  /// `localPreference`, `uniform`, `list`), `sequentialShare`, `same24Share`, `same16Share`,
  /// `same8Share`, `because` (text).
  case targetChoice = "target-choice"
  /// Replies nobody here asked for. Values: `packets`, `destinations`, `synAcks`, `resets`,
  /// `icmpErrors`, `sourcePort`.
  case backscatter
  /// What followed a name lookup at the same target. Values: `lookups`, `answered` (lookups
  /// answered), `followed` (targets then tried at TCP/139 or TCP/445), `followedShare` (of
  /// answered). Only with capability `followUp`.
  case shareFollowUp = "share-follow-up"

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

  /// In order of name.
  public static func < (a: Capability, b: Capability) -> Bool { a.rawValue < b.rawValue }
}
