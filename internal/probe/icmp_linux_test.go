package probe_test

import (
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/budi-monitor/budi/internal/probe"
)

// The test drops the right to raw sockets on its thread. Where the system lets
// everybody ping there is nothing to see.
func TestAForbiddenPingIsUnknownAndSaysHowToAllowIt(t *testing.T) {
	runtime.LockOSThread() // and never unlock: the thread ends with the test
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	if err := unix.Capset(&header, &none[0]); err != nil {
		t.Skipf("cannot drop capabilities: %v", err)
	}
	if fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_ICMP); err == nil {
		_ = unix.Close(fd)
		data, _ := os.ReadFile("/proc/sys/net/ipv4/ping_group_range")
		t.Skipf("this system lets everybody ping: net.ipv4.ping_group_range is %s", data)
	}
	r := lookAt(t, probe.Spec{Target: "icmp://127.0.0.1", Timeout: 5 * time.Second}, probe.Options{})
	wantProblem(t, r, probe.CodeICMPNotPermitted)
	for _, hint := range []string{"net.ipv4.ping_group_range", "CAP_NET_RAW"} {
		if r.Problem != nil && !strings.Contains(r.Problem.Detail, hint) {
			t.Errorf("the detail does not name %s: %q", hint, r.Problem.Detail)
		}
	}
}
