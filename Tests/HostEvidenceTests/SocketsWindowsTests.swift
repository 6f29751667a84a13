import HostEvidence
import Observations
import Testing

/// Tables of Windows tools; the texts are made for these tests.
@Suite struct SocketsWindowsTests {
  static let owners = """

    Active Connections

      Proto  Local Address          Foreign Address        State           PID
      TCP    0.0.0.0:135            0.0.0.0:0              LISTENING       988
      RpcSs
     [svchost.exe]
      TCP    192.0.2.5:139          0.0.0.0:0              LISTENING       4
     Can not obtain ownership information
      TCP    192.0.2.5:49712        198.51.100.7:443       ESTABLISHED     3120
     [mail client.exe]
      TCP    192.0.2.5:49713        198.51.100.7:443       TIME_WAIT       0
      UDP    0.0.0.0:1234           *:*                                    1788
     [dns.exe]
      UDP    [fe80::1%12]:546       *:*                                    760
      Dhcp
     [svchost.exe]
    """
  static let ownersRead = [
    "tcp 0.0.0.0:135 - listening 988/svchost.exe", "tcp 192.0.2.5:139 - listening 4/? refused",
    "tcp 192.0.2.5:49712 198.51.100.7:443 established 3120/mail client.exe",
    "tcp 192.0.2.5:49713 198.51.100.7:443 timeWait 0/?", "udp 0.0.0.0:1234 - 1788/dns.exe",
    "udp fe80::1:546 - 760/svchost.exe",
  ]

  @Test func netstatWithOwners() {
    let table = socketTable(Self.owners)
    #expect(table.entries.map(\.summary) == Self.ownersRead)
    #expect(table.instrument == .windowsNetstat([.all, .processIdentifiers, .programs]))
    #expect(table.system == .windows)
    #expect(table.entries[0].components == ["RpcSs"])
    #expect(table.entries[5].local?.zone == "12")
    #expect(table.hasRefusedOwners)
    #expect(table.unrecognisedLines == 0)
    let sight = InstrumentSight(table)
    #expect(sight.owners == .all && sight.showsComponents && sight.moment == .snapshot)
    #expect(!sight.showsUDPPeers && !sight.showsRaw && !sight.showsKernelSenders)
  }

  /// What mails, forums and editors do to a text.
  enum Change: CaseIterable {
    case quoted, quotedTwice, returnAndFeed, returns, hardBlanks, tabs, prompt, colours, noIndent

    func apply(_ text: String) -> String {
      let lines = text.split(separator: "\n")
      switch self {
      case .quoted: return lines.map { "> " + $0 }.joined(separator: "\n")
      case .quotedTwice: return lines.map { "> > " + $0 }.joined(separator: "\n")
      case .returnAndFeed: return text.replacing("\n", with: "\r\n")
      case .returns: return text.replacing("\n", with: "\r")
      case .hardBlanks: return text.replacing(" ", with: "\u{a0}")
      case .tabs: return text.replacing("   ", with: "\t")
      case .prompt:
        return "Microsoft Windows\nC:\\Users\\me>netstat -anob\n\(text)\n\nC:\\Users\\me>"
      case .colours: return text.replacing("TCP", with: "\u{1b}[1;32mTCP\u{1b}[0m")
      case .noIndent: return lines.map { $0.drop { $0 == " " } }.joined(separator: "\n")
      }
    }
  }

  @Test(arguments: Change.allCases)
  func pasted(_ change: Change) {
    let table = socketTable(change.apply(Self.owners))
    #expect(table.entries.map(\.summary) == Self.ownersRead)
  }

  @Test(arguments: [false, true], [false, true])
  func sixteenBits(big: Bool, marked: Bool) {
    var bytes: [UInt8] = marked ? (big ? [0xfe, 0xff] : [0xff, 0xfe]) : []
    for unit in ("Active" + Self.owners).utf16 {
      let (high, low) = (UInt8(unit >> 8), UInt8(unit & 255))
      bytes += big ? [high, low] : [low, high]
    }
    #expect(SocketTables.read(bytes).entries.map(\.summary) == Self.ownersRead)
    var pieces = SocketTableReader()
    for byte in bytes {
      let piece = [byte]
      pieces.take(unsafe piece.span.bytes)
    }
    #expect(pieces.finish().entries.map(\.summary) == Self.ownersRead)
  }

  @Test func wrappedRows() {
    let table = socketTable(
      """
        Proto  Local Address          Foreign Address        State           PID
        TCP    192.0.2.5:49712        198.51.100.7:443       ESTABLISHED
      3120
        TCP    [2001:db8::5]:49713    [2001:db8:1:2:3:4:
      5:6]:443    ESTABLISHED     3121
        UDP    0.0.0.0:1234
       *:*                                    1788
        TCP    192.0.2.5:49714        198.51.100.7:443       ESTABLISHED
        UDP    0.0.0.0:1235           *:*                                    1789
      """)
    #expect(
      table.entries.map(\.summary) == [
        "tcp 192.0.2.5:49712 198.51.100.7:443 established 3120/?",
        "tcp 2001:db8::5:49713 2001:db8:1:2:3:4:5:6:443 established 3121/?",
        "udp 0.0.0.0:1234 - 1788/?", "tcp 192.0.2.5:49714 198.51.100.7:443 established",
        "udp 0.0.0.0:1235 - 1789/?",
      ])
    #expect(table.problems.counts[.rowCut] == 1)
    #expect(table.unrecognisedLines == 0)
  }

  /// Title, heading, the words for listening and established, and the refusal of an owner.
  static let languages: [[String]] = [
    [
      "Aktive Verbindungen", "Proto  Lokale Adresse     Remoteadresse      Status       PID",
      "ABHÖREN", "HERGESTELLT", "Es können keine Besitzerinformationen abgerufen werden.",
    ],
    [
      "Connexions actives", "Proto  Adresse locale     Adresse distante   État         PID",
      "LISTENING", "ESTABLISHED", "Impossible d'obtenir les informations de propriétaire",
    ],
    [
      "Conexiones activas", "Proto  Dirección local    Dirección remota   Estado       PID",
      "LISTENING", "ESTABLISHED", "No se puede obtener información de propiedad",
    ],
    [
      "Conexões ativas", "Proto  Endereço local     Endereço externo   Estado       PID",
      "LISTENING", "ESTABLISHED", "Não é possível obter informações de propriedade",
    ],
    [
      "アクティブな接続", "プロトコル  ローカル アドレス    外部アドレス    状態      PID",
      "LISTENING", "ESTABLISHED", "所有者情報を取得できません",
    ],
  ]

  @Test(arguments: languages)
  func localised(_ words: [String]) {
    let (title, heading, listen) = (words[0], words[1], words[2])
    let (open, refusal) = (words[3], words[4])
    let text = """
      \(title)

        \(heading)
        TCP    0.0.0.0:135    0.0.0.0:0    \(listen)    988
       [svchost.exe]
        TCP    192.0.2.5:4000    198.51.100.7:80    \(open)    4
       \(refusal)
        UDP    0.0.0.0:500    *:*    696
      """
    let expected = [
      "tcp 0.0.0.0:135 - listening 988/svchost.exe",
      "tcp 192.0.2.5:4000 198.51.100.7:80 established 4/? refused", "udp 0.0.0.0:500 - 696/?",
    ]
    let table = socketTable(text)
    #expect(table.entries.map(\.summary) == expected)
    #expect(table.unrecognisedLines == 0)
    // The same in the code page of Western Europe, where it has the letters.
    guard text.unicodeScalars.allSatisfy({ $0.value < 256 }) else { return }
    let western = SocketTables.read(text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })
    #expect(western.entries.map(\.summary) == expected)
  }

  @Test func netstatWithoutOwners() {
    let table = socketTable(
      """
      Active Connections
        Proto  Local Address          Foreign Address        State
        TCP    host5:epmap            host5.example:0        LISTENING
        TCP    192.0.2.5:1026         198.51.100.7:http      CLOSE_WAIT
        UDP    host5:netbios-ns       *:*
      """)
    #expect(
      table.entries.map(\.summary) == [
        "tcp host5:epmap host5.example:0 listening",
        "tcp 192.0.2.5:1026 198.51.100.7:http closeWait", "udp host5:netbios-ns -",
      ])
    #expect(table.resolvesNames)
    #expect(InstrumentSight(table).owners == .none)
  }

  @Test func fport() {
    let table = socketTable(
      """
      FPort v2.0 - TCP/IP Process to Port Mapper
      Pid   Process            Port  Proto Path
      392   svchost        ->  135   TCP   C:\\WINNT\\system32\\svchost.exe
      8     System         ->  137   UDP
      600   My Server      ->  8080  TCP   C:\\Program Files\\My Server\\server.exe
      """)
    #expect(
      table.entries.map(\.summary) == [
        "tcp ?:135 - 392/svchost", "udp ?:137 - 8/System", "tcp ?:8080 - 600/My Server",
      ])
    #expect(table.entries[2].programPath == "C:\\Program Files\\My Server\\server.exe")
    #expect(!InstrumentSight(table).showsAddresses)
  }

  @Test func emptyFportIsStillRecognised() {
    let text = "FPort v2.0\nPid   Process            Port  Proto Path\n"
    #expect(SocketTables.recognise(Array(text.utf8)) == .fport)
    #expect(socketTable(text).entries.isEmpty)
  }

  @Test func tcpViews() {
    let old = socketTable(
      """
      alg.exe:1716\tTCP\thost:1027\thost:0\tLISTENING\t
      [System Process]:0\tTCP\t192.0.2.5:1200\t198.51.100.7:80\tTIME_WAIT\t
      dns.exe:1788\tUDP\t0.0.0.0:1234\t*:*\t\t
      """)
    #expect(old.instrument == .tcpView)
    #expect(
      old.entries.map(\.summary) == [
        "tcp host:1027 host:0 listening 1716/alg.exe",
        "tcp 192.0.2.5:1200 198.51.100.7:80 timeWait 0/[System Process]",
        "udp 0.0.0.0:1234 - 1788/dns.exe",
      ])
    let later = socketTable(
      "Process\tPID\tProtocol\tLocal Address\tLocal Port\tRemote Address\tRemote Port\tState\n"
        + "svchost.exe\t988\tTCP\t0.0.0.0\t135\t0.0.0.0\t0\tLISTENING\n"
        + "dns.exe\t1788\tUDP\thost5\t1234\t*\t*\t\n")
    #expect(
      later.entries.map(\.summary) == [
        "tcp 0.0.0.0:135 - listening 988/svchost.exe", "udp host5:1234 - 1788/dns.exe",
      ])
    let newest = socketTable(
      "Process Name,Process ID,Protocol,State,Local Address,Local Port,Remote Address,Remote Port,"
        + "Create Time,Module Name\n"
        + "svchost.exe,988,TCP,Listen,0.0.0.0,135,0.0.0.0,0,\"10/9/2021 8:03:01 AM\",RpcSs\n")
    #expect(newest.entries.map(\.summary) == ["tcp 0.0.0.0:135 - listening 988/svchost.exe"])
    #expect(newest.entries.first?.createdText == "10/9/2021 8:03:01 AM")
    #expect(newest.entries.first?.components == ["RpcSs"])
  }

  @Test func tcpvconAsText() {
    let table = socketTable(
      """
      TCPView v4.0 - TCP/UDP endpoint lister
      Copyright (C) 1998-2021 somebody
      Sysinternals - www.sysinternals.com

      [TCP] C:\\Windows\\System32\\svchost.exe
      \tPID:     988
      \tState:   LISTENING
      \tLocal:   0.0.0.0:135
      \tRemote:  0.0.0.0:0
      [UDP] dns.exe
      \tPID:     1788
      \tLocal:   0.0.0.0:1234
      \tRemote:  *:*
      """)
    #expect(
      table.entries.map(\.summary) == [
        "tcp 0.0.0.0:135 - listening 988/svchost.exe", "udp 0.0.0.0:1234 - 1788/dns.exe",
      ])
    #expect(table.unrecognisedLines == 0)
  }

  @Test func currPorts() {
    let table = socketTable(
      "Process Name,Process ID,Protocol,Local Port,Local Port Name,Local Address,Remote Port,"
        + "Remote Port Name,Remote Address,Remote Host Name,State,Process Path\n"
        + "dns.exe,1788,UDP,1234,,0.0.0.0,,,,,,C:\\WINDOWS\\System32\\dns.exe\n"
        + "\"a, b.exe\",44,TCP,4000,,192.0.2.5,80,http,198.51.100.7,host.example,Established,\n")
    #expect(table.instrument == .currPorts)
    #expect(
      table.entries.map(\.summary) == [
        "udp 0.0.0.0:1234 - 1788/dns.exe",
        "tcp 192.0.2.5:4000 198.51.100.7:80 established 44/a, b.exe",
      ])
    #expect(table.entries[0].programPath == "C:\\WINDOWS\\System32\\dns.exe")
  }

  @Test func powerShell() {
    let row = "tcp 192.0.2.5:49712 198.51.100.7:443 established 3120/?"
    let aligned = socketTable(
      """
      PS C:\\> Get-NetTCPConnection

      LocalAddress                        LocalPort RemoteAddress                       RemotePort State       AppliedSetting OwningProcess
      ------------                        --------- -------------                       ---------- -----       -------------- -------------
      ::                                  49664     ::                                  0          Listen                     760
      192.0.2.5                           49712     198.51.100.7                        443        Established Internet       3120
      """)
    #expect(aligned.instrument == .getNetTCPConnection)
    #expect(aligned.entries.map(\.summary) == ["tcp :::49664 - listening 760/?", row])
    #expect(aligned.unrecognisedLines == 0)
    let list = socketTable(
      """
      LocalAddress   : 192.0.2.5
      LocalPort      : 49712
      RemoteAddress  : 198.51.100.7
      RemotePort     : 443
      State          : Established
      OwningProcess  : 3120

      LocalAddress   : 0.0.0.0
      LocalPort      : 500
      OwningProcess  : 696
      """)
    #expect(list.entries.map(\.summary) == [row, "udp 0.0.0.0:500 - 696/?"])
    let json = socketTable(
      """
      [{"LocalAddress":"192.0.2.5","LocalPort":49712,"RemoteAddress":"198.51.100.7",
        "RemotePort":443,"State":5,"OwningProcess":3120,"Nested":{"a":[1,{"b":"}"}]}},
       {"LocalAddress":"0.0.0.0","LocalPort":500,"OwningProcess":696}]
      """)
    #expect(json.entries.map(\.summary) == [row, "udp 0.0.0.0:500 - 696/?"])
    let csv = socketTable(
      "#TYPE Selected\n\"LocalAddress\",\"LocalPort\",\"RemoteAddress\",\"RemotePort\",\"State\",\"OwningProcess\"\n"
        + "\"192.0.2.5\",\"49712\",\"198.51.100.7\",\"443\",\"Established\",\"3120\"\n")
    #expect(csv.entries.map(\.summary) == [row])
  }

  @Test func sensors() {
    let sysmon = socketTable(
      """
      <Event xmlns="x"><System><EventID>3</EventID></System><EventData>
      <Data Name="UtcTime">2021-10-09 08:03:01.250</Data><Data Name="ProcessId">1788</Data>
      <Data Name="Image">C:\\Windows\\System32\\dns.exe</Data><Data Name="User">NT AUTHORITY\\SYSTEM</Data>
      <Data Name="Protocol">udp</Data><Data Name="Initiated">true</Data>
      <Data Name="SourceIp">192.0.2.5</Data><Data Name="SourcePort">1234</Data>
      <Data Name="DestinationIp">198.51.100.7</Data><Data Name="DestinationPort">53</Data>
      </EventData></Event>
      """)
    #expect(
      sysmon.entries.map(\.summary) == [
        "udp 192.0.2.5:1234 198.51.100.7:53 1788/dns.exe user=NT AUTHORITY\\SYSTEM out"
      ])
    #expect(sysmon.entries.first?.created == Timestamp("2021-10-09T08:03:01.25Z"))
    #expect(InstrumentSight(sysmon).moment == .events && InstrumentSight(sysmon).showsUDPPeers)
    let blocked = socketTable(
      """
      <Event><System><EventID>5157</EventID><TimeCreated SystemTime='2021-10-09T08:03:01Z'/></System>
      <EventData><Data Name='ProcessID'>4</Data><Data Name='Application'>System</Data>
      <Data Name='Direction'>%%14592</Data><Data Name='SourceAddress'>198.51.100.7</Data>
      <Data Name='SourcePort'>137</Data><Data Name='DestAddress'>192.0.2.5</Data>
      <Data Name='DestPort'>137</Data><Data Name='Protocol'>17</Data></EventData></Event>
      <Event><System><EventID>4688</EventID></System></Event>
      """)
    #expect(
      blocked.entries.map(\.summary) == [
        "udp 192.0.2.5:137 198.51.100.7:137 4/System blocked in"
      ])
    #expect(blocked.unrecognisedLines == 1)
  }

  @Test func taskLists() {
    let table = socketTable(
      """
      C:\\>tasklist /svc

      Image Name                     PID Services
      ========================= ======== ============================================
      System Idle Process              0 N/A
      svchost.exe                    988 RpcEptMapper,
                                         RpcSs
      dns.exe                       1788 DNS
      """)
    #expect(table.instrument == .tasklist)
    #expect(table.processes[988]?.services == ["RpcEptMapper", "RpcSs"])
    #expect(table.processes[1788]?.name == "dns.exe")
    #expect(table.processes[0]?.name == "System Idle Process")
    let csv = socketTable(
      "\"Image Name\",\"PID\",\"Session Name\",\"Session#\",\"Mem Usage\"\n\"dns.exe\",\"1788\",\"Services\",\"0\",\"10,120 K\"\n"
    )
    #expect(csv.processes[1788]?.name == "dns.exe")
  }

  @Test func netstatThenTaskList() {
    let table = socketTable(
      Self.owners
        + "\n\nImage Name                     PID Session Name        Session#    Mem Usage\n"
        + "========================= ======== ================ =========== ============\n"
        + "dns.exe                       1788 Services                   0     10,120 K\n")
    #expect(table.entries.map(\.summary) == Self.ownersRead)
    #expect(table.processes[1788]?.name == "dns.exe")
    #expect(table.instruments.count == 2)
    #expect(!table.instrument.isProcessList)
  }

  @Test func netstatWithoutRights() {
    let table = socketTable("C:\\>netstat -anb\nThe requested operation requires elevation.\n")
    #expect(table.isPrivileged == false && table.hasRefusedOwners)
    #expect(table.entries.isEmpty && table.unrecognisedLines == 0)
  }
}
