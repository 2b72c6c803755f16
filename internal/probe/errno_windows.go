package probe

import (
	"errors"

	"golang.org/x/sys/windows"
)

// Windows' sockets have error numbers of their own, which package syscall does
// not map to ECONNREFUSED and the like.

func isRefused(err error) bool { return errors.Is(err, windows.WSAECONNREFUSED) }

func isReset(err error) bool {
	return errors.Is(err, windows.WSAECONNRESET) || errors.Is(err, windows.WSAECONNABORTED) || errors.Is(err, windows.WSAENETRESET)
}

func isNoRoute(err error) bool {
	return errors.Is(err, windows.WSAEHOSTUNREACH) || errors.Is(err, windows.WSAENETUNREACH) ||
		errors.Is(err, windows.WSAEHOSTDOWN) || errors.Is(err, windows.WSAENETDOWN)
}

// isLocal reports whether this computer is at fault: no sockets or memory
// left, or a rule of its own firewall.
func isLocal(err error) bool {
	for _, errno := range []error{
		windows.WSAEMFILE, windows.WSAENOBUFS, windows.WSAEADDRNOTAVAIL, windows.WSAEACCES, windows.WSAEINVAL,
	} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}
