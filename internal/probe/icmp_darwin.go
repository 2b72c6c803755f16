package probe

import "syscall"

// errNoPingSocket is what a system without ping sockets says.
const errNoPingSocket = syscall.EPROTONOSUPPORT

// pingHint says how to permit pings.
const pingHint = "look at the security software of this computer: macOS itself lets every program ping"

// pingPrivileges lists the ways to send. macOS has ping sockets for everybody.
func pingPrivileges() []bool { return []bool{false} }
