import HostEvidence
import Observations
import Testing

/// Tables of Linux, BSD and macOS tools; the texts are made for these tests.
@Suite struct SocketsUnixTests {
  @Test func ss() {
    let table = socketTable(
      """
      user@host:~$ sudo ss -tunapew0
      Netid State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process
      p_raw UNCONN 0      0                 *:eth0             *      users:(("tcpdump",pid=900,fd=4)) ino:7001 sk:1
      p_dgr UNCONN 0      0           [35020]:eth1             *      users:(("lldpd",pid=901,fd=5))
      raw   UNCONN 0      0           0.0.0.0:icmp       0.0.0.0:*    users:(("ping",pid=902,fd=3)) ino:7002
      udp   UNCONN 0      0      127.0.0.53%lo:53         0.0.0.0:*    users:(("systemd-resolve",pid=811,fd=12)) uid:101 ino:7003 sk:3 <->
      tcp   LISTEN 0      511              *:80               *:*    users:(("nginx",pid=30,fd=6),("nginx",pid=31,fd=6)) ino:7004
      tcp   ESTAB  0      0      [2001:db8::5]:22  [2001:db8::9]:50000 users:(("Web Content",pid=40,fd=4))
      tcp   TIME-WAIT 0   0      192.0.2.5:4000  198.51.100.7:443
      u_str ESTAB 0 0 * 1234 * 1235
      """)
    #expect(
      table.entries.map(\.summary) == [
        "packet/3 - - unconnected 900/tcpdump inode=7001 on=eth0",
        "packet/88cc - - unconnected 901/lldpd on=eth1",
        "raw/1 0.0.0.0:* - unconnected 902/ping inode=7002",
        "udp 127.0.0.53:53 - unconnected 811/systemd-resolve user=101 inode=7003 on=lo",
        "tcp :::80 - listening 30/nginx inode=7004",
        "tcp 2001:db8::5:22 2001:db8::9:50000 established 40/Web Content",
        "tcp 192.0.2.5:4000 198.51.100.7:443 timeWait",
      ])
    #expect(
      table.entries[4].sharedWith == [SocketHolder(processIdentifier: 31, processName: "nginx")])
    #expect(table.localSockets == 1 && table.unrecognisedLines == 0)
    let sight = InstrumentSight(table)
    #expect(sight.owners == .all && sight.showsRaw && sight.showsPacket && !sight.showsUDPPeers)
  }

  @Test func ssOfOneKind() {
    let table = socketTable(
      """
      $ ss -un
      Recv-Q Send-Q Local Address:Port Peer Address:Port
      """)
    #expect(table.entries.isEmpty)
    let stated = socketTable(
      """
      $ ss -una
      State  Recv-Q Send-Q Local Address:Port Peer Address:Port
      UNCONN 0      0            0.0.0.0:68        0.0.0.0:*
      """)
    #expect(stated.entries.map(\.summary) == ["udp 0.0.0.0:68 - unconnected"])
    let unstated = socketTable(
      """
      State  Recv-Q Send-Q Local Address:Port Peer Address:Port
      ESTAB  0      0          192.0.2.5:68     192.0.2.1:67
      """)
    #expect(unstated.entries.map(\.summary) == ["unknown 192.0.2.5:68 192.0.2.1:67 established"])
  }

  @Test func linuxNetstat() {
    let table = socketTable(
      """
      (Not all processes could be identified, non-owned process info
       will not be shown, you would have to be root to see it all.)
      Active Internet connections (servers and established)
      Proto Recv-Q Send-Q Local Address           Foreign Address         State       User       Inode      PID/Program name    Timer
      tcp        0      0 0.0.0.0:22              0.0.0.0:*               LISTEN      0          24001      -                    off (0.00/0/0)
      tcp        0      0 192.0.2.5:22            198.51.100.7:50000      ESTABLISHED 1000       24002      812/sshd: me         keepalive (71.14/0/0)
      tcp6       0      0 2001:db8:1:2:3:4:5::443 :::*                    LISTEN      33         24003      30/nginx             off (0.00/0/0)
      udp        0      0 0.0.0.0:68              0.0.0.0:*                           0          24004      700/dhclient         off (0.00/0/0)
      raw        0      0 0.0.0.0:1               0.0.0.0:*               7           1000       24005      902/ping             off (0.00/0/0)
      Active UNIX domain sockets (servers and established)
      Proto RefCnt Flags       Type       State         I-Node   PID/Program name     Path
      unix  2      [ ACC ]     STREAM     LISTENING     20812    1/init               /run/x
      """)
    #expect(
      table.entries.map(\.summary) == [
        "tcp 0.0.0.0:22 - listening user=0 inode=24001",
        "tcp 192.0.2.5:22 198.51.100.7:50000 established 812/sshd: me user=1000 inode=24002",
        "tcp 2001:db8:1:2:3:4:5::443(cut) - listening 30/nginx user=33 inode=24003",
        "udp 0.0.0.0:68 - 700/dhclient user=0 inode=24004",
        "raw/1 0.0.0.0:* - unconnected 902/ping user=1000 inode=24005",
      ])
    #expect(table.entries[2].local?.address == nil)
    #expect(table.localSockets == 1 && table.unrecognisedLines == 0)
    #expect(table.isPrivileged == false)
    #expect(InstrumentSight(table).owners == .ownUserOnly)
  }

  @Test func lsof() {
    let table = socketTable(
      """
      COMMAND   PID     USER   FD   TYPE DEVICE SIZE/OFF NODE NAME
      sshd      812     root    3u  IPv4  24001      0t0  TCP *:22 (LISTEN)
      Web\\x20C   40       me   31u  IPv6  24002      0t0  TCP [2001:db8::5]:4000->[2001:db8::9]:443 (ESTABLISHED)
      dhclient  700     root    6u  IPv4  24004      0t0  UDP *:68
      tcpdump   900     root    4u  pack   7001      0t0  ALL type=SOCK_RAW
      loose     901       me    3u  sock    0,8      0t0 7009 protocol: UDP
      bash      902       me  cwd    DIR    8,1     4096    2 /
      """)
    #expect(
      table.entries.map(\.summary) == [
        "tcp 0.0.0.0:22 - listening 812/sshd user=root inode=24001",
        "tcp 2001:db8::5:4000 2001:db8::9:443 established 40/Web\\x20C user=me inode=24002",
        "udp 0.0.0.0:68 - 700/dhclient user=root inode=24004",
        "packet/? - - 900/tcpdump user=root inode=7001", "udp - - 901/loose user=me",
      ])
    #expect(table.unrecognisedLines == 0)
  }

  @Test func kernelTables() {
    let heading =
      "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid"
      + "  timeout inode ref pointer drops\n"
    let row = " 00000000:00000000 00:00000000 00000000     0        0 24004 2 0000000000000000 0\n"
    let table = socketTable(
      """
      ==> /proc/net/udp <==
      \(heading)  312: 0502000A:0044 00000000:0000 07\(row)
      ==> /proc/net/raw <==
      \(heading)   17: 00000000:0011 00000000:0000 07\(row.replacing("24004", with: "24005"))
      ==> /proc/net/packet <==
      sk               RefCnt Type Proto  Iface R Rmem   User   Inode
      ffff8c7a0de93a80 3      3    0003   2     1 0      0      7001

      $ ls -l /proc/*/fd
      /proc/700/fd:
      total 0
      lrwx------ 1 root root 64 Oct  9 08:03 6 -> socket:[24004]
      lrwx------ 1 root root 64 Oct  9 08:03 7 -> /dev/null
      ls: cannot open directory '/proc/811/fd': Permission denied
      lrwx------ 1 root root 64 Oct  9 08:03 /proc/900/fd/4 -> 'socket:[7001]'
      """)
    #expect(
      table.entries.map(\.summary) == [
        "udp 10.0.2.5:68 - unconnected 700/? user=0 inode=24004",
        "raw/17 0.0.0.0:* - unconnected user=0 inode=24005",
        "packet/3 - - 900/? user=0 inode=7001 on=2",
      ])
    #expect(table.isPrivileged == false)
    #expect(table.unrecognisedLines == 0)
    // Without the name of the file a small port in its own slot may be a raw socket.
    let bare = socketTable(heading + "   17: 00000000:0011 00000000:0000 07" + row)
    #expect(bare.entries.first?.transport == .unknown)
  }

  @Test func bsd() {
    let table = socketTable(
      """
      Active Internet connections (including servers)
      Proto Recv-Q Send-Q  Local Address          Foreign Address        (state)
      tcp4       0      0  192.0.2.5.22           198.51.100.7.50000     ESTABLISHED
      tcp46      0      0  *.80                   *.*                    LISTEN
      tcp6       0      0  2001:db8:1:2:3:4.443   2001:db8:1:2:3:4:5:6.5 ESTABLISHED
      udp4       0      0  *.514                  *.*
      """)
    #expect(
      table.entries.map(\.summary) == [
        "tcp 192.0.2.5:22 198.51.100.7:50000 established", "tcp :::80 - listening",
        "tcp 2001:db8:1:2:3:4:443 2001:db8:1:2:3:4:5:6.5:*(cut) established",
        "udp 0.0.0.0:514 -",
      ])
    #expect(table.problems.counts[.fieldCut] == 1)
    #expect(InstrumentSight(table).owners == .none)
  }

  @Test func sockstat() {
    let table = socketTable(
      """
      USER     COMMAND    PID   FD PROTO  LOCAL ADDRESS         FOREIGN ADDRESS
      root     sshd       812   4  tcp4   *:22                  *:*
      bind     named      700   20 udp4   192.0.2.5:53          *:*
      ?        ?          ?     ?  tcp4   192.0.2.5:22          198.51.100.7:50000
      root     syslogd    600   4  dgram  /var/run/log
      """)
    #expect(
      table.entries.map(\.summary) == [
        "tcp 0.0.0.0:22 - 812/sshd user=root", "udp 192.0.2.5:53 - 700/named user=bind",
        "tcp 192.0.2.5:22 198.51.100.7:50000",
      ])
    #expect(table.localSockets == 1)
  }

  @Test func osquery() {
    let open = "udp 192.0.2.5:1234 198.51.100.7:53 700/named inode=24004"
    let json = socketTable(
      """
      [
        {"pid":"700","name":"named","socket":"24004","family":"2","protocol":"17","local_address":"192.0.2.5","remote_address":"198.51.100.7","local_port":"1234","remote_port":"53","state":""},
        {"pid":"30","port":"80","protocol":"6","family":"10","address":"::"}
      ]
      """)
    #expect(json.entries.map(\.summary) == [open, "tcp :::80 - 30/?"])
    #expect(json.instrument == .osquerySockets && json.unrecognisedLines == 0)
    let bars = socketTable(
      """
      +-----+-------+--------+--------+----------+---------------+--------------+------------+-------------+
      | pid | name  | socket | family | protocol | local_address | remote_address | local_port | remote_port |
      +-----+-------+--------+--------+----------+---------------+--------------+------------+-------------+
      | 700 | named | 24004  | 2      | 17       | 192.0.2.5     | 198.51.100.7 | 1234       | 53          |
      +-----+-------+--------+--------+----------+---------------+--------------+------------+-------------+
      """)
    #expect(bars.entries.map(\.summary) == [open])
  }

  @Test func auditAndProcesses() {
    let table = socketTable(
      """
      type=SYSCALL msg=audit(1600000000.123:456): arch=c000003e syscall=42 success=yes exit=0 a0=5 ppid=1 pid=700 auid=1000 uid=1000 comm="curl" exe="/usr/bin/curl" key="net"
      type=SOCKADDR msg=audit(1600000000.123:456): saddr=020001BBC63364070000000000000000
      """)
    #expect(table.entries.map(\.summary) == ["unknown - 198.51.100.7:443 700/curl user=1000 out"])
    #expect(table.entries.first?.programPath == "/usr/bin/curl")
    let processes = socketTable(
      """
      USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND
      root           2  0.0  0.0      0     0 ?        S    08:00   0:00 [kthreadd]
      me           700  0.0  0.1   1234   567 pts/0    S+   08:01   0:00 /usr/bin/curl -s x
      """)
    #expect(processes.processes[2]?.name == "[kthreadd]")
    #expect(processes.processes[700]?.name == "curl" && processes.processes[700]?.user == "me")
  }

  @Test(
    arguments: [
      ("Thu Oct  9 12:00:00 UTC 2008", "2008-10-09T12:00:00Z"),
      ("2008-10-09T14:00:00+02:00", "2008-10-09T12:00:00Z"),
      ("Thu Oct  9 12:00:00 CEST 2008", nil), ("2008-10-09 12:00:00", nil),
    ] as [(String, String?)])
  func timeOfTheTable(_ line: String, _ time: String?) {
    let table = socketTable(
      line + "\nudp        0      0 0.0.0.0:68      0.0.0.0:*                 700/dhclient\n")
    #expect(table.entries.map(\.summary) == ["udp 0.0.0.0:68 - 700/dhclient"])
    #expect(table.captured == time.flatMap { Timestamp($0) })
  }
}
