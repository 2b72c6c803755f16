package probe

import "syscall"

// errNoPingSocket is what a kernel without ping sockets says.
const errNoPingSocket = syscall.EPROTONOSUPPORT

// pingHint says how to permit pings.
const pingHint = `allow them to everybody with "sysctl -w net.ipv4.ping_group_range='0 2147483647'" (lasting: a file in /etc/sysctl.d), or give the program the capability CAP_NET_RAW (AmbientCapabilities=CAP_NET_RAW in its systemd unit)`

// pingPrivileges lists the ways to send, best first: a ping socket, which
// needs net.ipv4.ping_group_range, then a raw one, which needs CAP_NET_RAW.
func pingPrivileges() []bool { return []bool{false, true} }
