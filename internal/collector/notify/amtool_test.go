package notify_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/notify"
)

func TestAmtoolWorks(t *testing.T) {
	amtool, err := exec.LookPath("amtool")
	if err != nil {
		t.Skip("amtool is not installed; Debian has it in prometheus-alertmanager")
	}
	s := open(t, filepath.Join(t.TempDir(), "silences"))
	srv, api := serve(t, s, "jonas")
	api.SetAlerts([]notify.Alert{{Labels: map[string]string{"alertname": "SiteDown", "check": "mokykla.lt"}, StartsAt: time.Now().Add(-time.Hour)}})
	run := func(want string, args ...string) string {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), amtool, append([]string{"--alertmanager.url=" + srv.URL}, args...)...).Output()
		if err != nil || !strings.Contains(string(out), want) {
			t.Fatalf("amtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return strings.TrimSpace(string(out))
	}
	run("SiteDown", "alert", "query", "alertname=SiteDown")
	id := run("-", "silence", "add", "--author=jonas", "--comment=darbai", "--duration=1h", "check=mokykla.lt")
	run(id, "silence", "query")
	if out := run("", "alert", "query"); strings.Contains(out, "SiteDown") {
		t.Errorf("the alert is silenced, but shown as active:\n%s", out)
	}
	run("SiteDown", "alert", "query", "--silenced")
	run("", "silence", "expire", id)
	run("SiteDown", "alert", "query")
	run("jonas", "config", "show")
	if out, err := exec.CommandContext(t.Context(), amtool, "--alertmanager.url="+srv.URL, "alert", "add", "alertname=Own").CombinedOutput(); err == nil {
		t.Errorf("an alert could be posted:\n%s", out)
	}
}
