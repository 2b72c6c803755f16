package probe

import "golang.org/x/sys/windows"

// errNoPingSocket is what a system without raw sockets says.
const errNoPingSocket = windows.WSAEPROTONOSUPPORT

// pingHint says how to permit pings.
const pingHint = "look at the security software of this computer: Windows itself lets every program ping"

// pingPrivileges lists the ways to send. Windows has raw sockets for ICMP,
// also without administrator's rights, and no other kind.
func pingPrivileges() []bool { return []bool{true} }
