#!/usr/bin/env bash
# A host with senders of every kind, a far end that captures, and what the host's tools show of them.
#
#   unshare --net --mount --pid --fork --kill-child --mount-proc [-r] host.sh SENDERS FOLDER [CULPRIT]
#
# SENDERS is the built senders.c, CULPRIT the program, which is a tool like others. Into FOLDER go far.pcap, a file for each snapshot, `truth` (sender,
# process, port, address: a line each) and `skipped` (what could not be tried, and why).
set -euo pipefail
senders=$1 folder=$2 culprit=${3:-}
cd "$folder"
host=192.0.2.1 far=192.0.2.2
other=198.51.100.1 far_other=198.51.100.2
declare -A input output process
touch skipped truth
skip() { echo "$*" >>skipped; }

# A name for the program is a sender's kind; a start reads who it is once it has sent.
start() { # NAME COMMAND...
  local name=$1 word
  shift
  mkfifo "$name.in" "$name.out"
  "$@" <"$name.in" >"$name.out" 2>"$name.err" &
  exec {in}>"$name.in" {out}<"$name.out"
  input[$name]=$in output[$name]=$out
  if ! read -r -t 10 word "process[$name]" <&"$out" || [[ $word != ready ]]; then
    skip "$name: $(tail -1 "$name.err")"
    unset "input[$name]"
    return 1
  fi
}
run() { # KIND ARGUMENT...: the command that does it
  ln -sf "$senders" "$folder/$1"
  command=("$folder/$1" "${@:2}")
}
truth() { echo "$1 ${process[$1]:--} $2 $3" >>truth; } # NAME PORT ADDRESS
far_side() { nsenter --net="/proc/$far_space/ns/net" "$@"; }

# Network namespaces live as long as a process in them does.
space() { # an empty one; its process in $made
  mkfifo "space.$1"
  unshare --net sh -c 'echo up; read -r _' <>"space.$1.wait" >"space.$1" &
  made=$!
  read -r -t 10 _ <"space.$1"
}
mkfifo space.far.wait space.inner.wait space.lan.wait
space far && far_space=$made
space inner && inner_space=$made
space lan && lan_space=$made

link() { # HOST'S CARD, NAMESPACE, ITS CARD, HOST'S ADDRESS, ITS ADDRESS
  ip link add "$1" type veth peer name "$3" netns "$2"
  ip addr add "$4/24" dev "$1"
  ip link set "$1" up
  nsenter --net="/proc/$2/ns/net" sh -c \
    "ip link set lo up; ip addr add $5/24 dev $3; ip link set $3 up"
}
ip link set lo up
link card0 "$far_space" far0 $host $far
link card1 "$far_space" far1 $other $far_other
link inner "$inner_space" eth0 10.9.0.1 10.9.0.2
link lan "$lan_space" eth0 10.8.0.1 10.8.0.2
nsenter --net="/proc/$inner_space/ns/net" ip route add default via 10.9.0.1
nsenter --net="/proc/$lan_space/ns/net" ip route add default via 10.8.0.1
echo 1 >/proc/sys/net/ipv4/ip_forward
masquerade() {
  nft add table ip nat
  nft 'add chain ip nat out { type nat hook postrouting priority 100; }'
  nft add rule ip nat out oifname card0 ip saddr 10.0.0.0/8 masquerade
}
hides=yes
masquerade 2>nft.err || { hides=; skip "behind masquerade: $(tail -1 nft.err)"; }

run far-tap far0 "$folder/far.pcap"
start far-tap far_side "${command[@]}"
run far-accept $far
start far-accept far_side "${command[@]}"

# Ordinary senders, whose port is theirs.
run plain 0.0.0.0 5001 $far
start plain "${command[@]}" && truth plain 5001 $host
run plain-card $host 5002 $far
start plain-card "${command[@]}" && truth plain-card 5002 $host
run stream $host 5003 $far
start stream "${command[@]}" && truth stream 5003 $host
# A port that another holds by IPv4 alone, which sends nothing.
if { ip addr add fd00::1/64 dev card0 nodad && far_side ip addr add fd00::2/64 dev far0 nodad; } \
  2>six.err; then
  run idle-four 0.0.0.0 5041 $far
  start idle-four "${command[@]}"
  run idle6 fd00::1 5042 fd00::2
  start idle6 "${command[@]}"
  run plain6 :: 5041 fd00::2
  start plain6 "${command[@]}" && truth plain6 5041 fd00::1
else
  skip "IPv6: $(tail -1 six.err)"
fi
# A second card: both are bound to it. One sends by the first all the same, packet by packet; the
# other sends nothing, and its port is forged on the first below.
run elsewhere $other 5009 $far $host
start elsewhere "${command[@]}" && truth elsewhere 5009 $host
run idle-other $other 5004 $far
start idle-other "${command[@]}"
if setpriv --reuid=65534 --regid=65534 --clear-groups true 2>/dev/null; then
  run plain-user 0.0.0.0 5005 $far
  start plain-user setpriv --reuid=65534 --regid=65534 --clear-groups "${command[@]}" &&
    truth plain-user 5005 $host
  user=yes
else
  user=
  skip "an ordinary user: only one user is mapped here"
fi
run brief 0.0.0.0 5006 $far
start brief "${command[@]}" && truth brief 5006 $host
run inherited 0.0.0.0 5007 $far
start inherited "${command[@]}" && truth inherited 5007 $host
run handed 0.0.0.0 5008 $far
start handed "${command[@]}" && truth handed 5008 $host

# Senders below the ports: 770 is nobody's, 5011 an innocent process's that sends nothing.
run idle 0.0.0.0 5011 $far
start idle "${command[@]}"
run rawly $host 770 $far
start rawly "${command[@]}" && truth rawly 770 $host
run rawly-held $host 5011 $far
start rawly-held "${command[@]}" && truth rawly-held 5011 $host
run rawly-card $host 5004 $far
start rawly-card "${command[@]}" && truth rawly-card 5004 $host
hardware=$(far_side ip -o link show far0 | sed 's/.*ether \([0-9a-f:]*\).*/\1/')
run packet $host 771 $far card0 "$hardware"
start packet "${command[@]}" && truth packet 771 $host
if { ip tuntap add mode tun name tun0 && ip link set tun0 up; } 2>tun.err; then
  echo 1 >/proc/sys/net/ipv4/conf/tun0/accept_local
  run tunnel $host 772 $far tun0
  start tunnel "${command[@]}" && truth tunnel 772 $host
else
  skip "tunnel: $(tail -1 tun.err)"
fi

# Others' packets: a container's, another host's.
if [[ $hides ]]; then
  run plain-inner 0.0.0.0 5021 $far
  start plain-inner nsenter --net="/proc/$inner_space/ns/net" "${command[@]}" &&
    truth plain-inner 5021 $host
  run idle-inner 0.0.0.0 5022 $far
  start idle-inner "${command[@]}"
  run plain-innerheld 0.0.0.0 5022 $far
  start plain-innerheld nsenter --net="/proc/$inner_space/ns/net" "${command[@]}" &&
    truth plain-innerheld 5022 $host
  run plain-lan 0.0.0.0 5023 $far
  # It stands for another host's process, which no tool of this one can see.
  start plain-lan nsenter --net="/proc/$lan_space/ns/net" "${command[@]}" &&
    process[plain-lan]=- && truth plain-lan 5023 $host
fi

# The kernel's own: it answers pings and refuses connections, and wraps what goes into a tunnel.
run far-ping $host
start far-ping far_side "${command[@]}" && process[echo]=- && truth echo 0 $host
run far-knock $host 5031
start far-knock far_side "${command[@]}" && process[reset]=- && truth reset 5031 $host
if ip link add vx0 type vxlan id 7 dev card0 remote $far dstport 5032 srcport 5032 5033 \
  2>vx.err; then
  ip addr add 10.7.0.1/24 dev vx0
  ip link set vx0 up
  ip neigh add 10.7.0.2 lladdr 02:00:00:00:00:01 dev vx0
  run plain-wrapped 10.7.0.1 5034 10.7.0.2
  start plain-wrapped "${command[@]}" && truth wrapped 5032 $host
else
  skip "a tunnel of the kernel's: $(tail -1 vx.err)"
fi

# What the host's tools show, each with its time and command above it.
look() { # NAME COMMAND
  {
    date -u +%Y-%m-%dT%H:%M:%S.%NZ
    echo "# $2"
    eval "$2" 2>&1 || true
  } >"look.$1"
  [[ $user ]] || return 0
  {
    date -u +%Y-%m-%dT%H:%M:%S.%NZ
    echo "$ $2"
    setpriv --reuid=65534 --regid=65534 --clear-groups bash -c "$2" 2>&1 || true
  } >"look.$1.user"
}
has() { command -v "$1" >/dev/null || { skip "$1: not installed"; return 1; }; }
if has ss; then
  look ss-tuanp 'ss -tuanp'
  look ss-tuan 'ss -tuan'
  look ss-tuwanpe 'ss -tuwanpe'
  look ss-tuwanpe0 'ss -tuwanpe0'
  look ss-tanp 'ss -tanp'
fi
if has netstat; then
  look netstat-tuanp 'netstat -tuanp'
  look netstat-tuan 'netstat -tuan'
  look netstat-tuwanpe 'netstat -tuwanpe'
fi
if has lsof; then
  look lsof-i 'lsof -nP -i'
  look lsof 'lsof -nP'
fi
all='tcp udp raw icmp packet tcp6 udp6'
files="for file in $all; do echo /proc/net/\$file; cat /proc/net/\$file; done"
look proc "$files"
look proc-fd "$files; ls -l /proc/[0-9]*/fd"
if [[ $culprit ]]; then
  collect="home=\$(mktemp -d); '$culprit' collect --yes --folder \$home/out"
  for item in processes firewall network logs programs timers modules; do
    collect+=" --leave-out $item"
  done
  look collect "$collect >/dev/null 2>&1; cat \$home/out/sockets.jsonl; rm -r \$home"
fi

# The packets after the look; then the end of the capture, which goes the same way.
for name in "${!input[@]}"; do
  case $name in far-tap | far-accept) continue ;; esac
  echo >&"${input[$name]}"
  read -r -t 10 _ <&"${output[$name]}" || skip "$name: no second packet"
done
run end $far
"${command[@]}"
read -r -t 10 word <&"${output[far-tap]}"
[[ $word == done ]]
