import Detection
import Observations

/// Cases of worms that spread by one service: their own, and what outwardly comes close.
enum WormCases {
  private static func sweep(_ port: Int) -> [Finding] { [Hand.sweep(290, of: 300, port: port)] }
  private static let pings: [String: FindingValue] = ["bytes": .integer(82_800)]
  private static func filled(_ key: Int) -> Finding {
    Hand.shape(["payloadKey": .integer(key), "payloadKeyShare": .number(1)])
  }
  private static let shares = Hand.finding(
    .shareAccess,
    [
      "targets": .integer(9), "shares": .integer(3), "drives": .integer(0), "hidden": .integer(9),
      "channel": .integer(9), "most": .integer(9), "share": .text("ADMIN$"),
    ])

  static let positive: [CauseCase] = [
    CauseCase(
      "code-red-2-worm", .tcp, 80,
      sweep(80) + [
        Hand.choice("localPreference", by: "codeRed2"), Hand.propagation(became: 4),
      ], can: CauseCase.watched),
    CauseCase(
      "conficker-worm", .tcp, 445, sweep(445) + [Hand.choice("generator", by: "conficker")]),
    CauseCase(
      "deloder-worm", .tcp, 445,
      sweep(445) + [
        Hand.choice("uniform"), Hand.answers(from: 5_900), Hand.conversation(6_667), shares,
      ]),
    CauseCase(
      "iot-bot-worm", .tcp, 37_215,
      sweep(37_215) + [
        Hand.choice("uniform"), Hand.companion(52_869, common: 90), Hand.propagation(became: 4),
      ], can: CauseCase.watched),
    CauseCase(
      "nimda-worm", .tcp, 80,
      sweep(80) + [
        Hand.choice("localPreference", by: "nimda"), Hand.companion(139, common: 9),
        Hand.propagation(became: 4),
      ], can: CauseCase.watched),
    CauseCase(
      "sasser-worm", .tcp, 445,
      sweep(445) + [
        Hand.choice("localPreference", by: "sasser"), Hand.companion(9_996, common: 9),
        Hand.answers(from: 5_554),
      ]),
    CauseCase(
      "welchia-worm", .icmp, 8,
      sweep(8) + [filled(0xaaaa_aaaa), Hand.companion(135, common: 60)], traffic: pings),
  ]

  static let nearMisses: [CauseCase] = [
    CauseCase(
      "code-red-2-worm", .tcp, 80,
      sweep(80) + [
        Hand.choice("localPreference", by: "codeRed2"), Hand.propagation(became: 0),
      ], can: CauseCase.watched),
    CauseCase("conficker-worm", .tcp, 445, sweep(445) + [Hand.choice("uniform")]),
    CauseCase(
      "deloder-worm", .tcp, 445,
      sweep(445) + [Hand.choice("uniform"), Hand.conversation(6_667), shares]),
    CauseCase(
      "iot-bot-worm", .tcp, 37_215,
      sweep(37_215) + [Hand.choice("uniform"), Hand.companion(52_869, common: 90)]),
    CauseCase(
      "nimda-worm", .tcp, 80,
      sweep(80) + [
        Hand.choice("localPreference", by: "codeRed2"), Hand.propagation(became: 4),
      ], can: CauseCase.watched),
    CauseCase(
      "sasser-worm", .tcp, 445,
      sweep(445) + [Hand.choice("localPreference", by: "sasser"), Hand.answers(from: 8_081)]),
    CauseCase(
      "welchia-worm", .icmp, 8,
      sweep(8) + [filled(0x6162_6364), Hand.companion(135, common: 60)],
      traffic: ["bytes": .integer(54_000)]),
  ]
}
