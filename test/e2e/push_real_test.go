//go:build real

package e2e

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/sim/freeport"
)

// TestRealPrometheusPushes lets Debian's prometheus, which scrapes itself,
// deliver its samples by remote write, and tries to speak for somebody else.
func TestRealPrometheusPushes(t *testing.T) {
	w := newTLSWorld(t, "")
	w.start()
	token := strings.TrimSpace(w.mustCommand("token", "create", "--name", "lab-prometheus", "--role", "push", "--site", "main"))
	w.write("token", token)
	own := freeport.Addr(t)
	w.write("prometheus.yml", fmt.Sprintf(`global: {scrape_interval: 1s, external_labels: {site: elsewhere, source: somebody}}
scrape_configs:
  - job_name: prometheus
    static_configs: [{targets: ['%s'], labels: {device: server-of-another-site}}]
remote_write:
  - url: %s
    authorization: {credentials_file: %s}
    tls_config: {ca_file: %s}
    queue_config: {batch_send_deadline: 1s}
`, own, w.url("/api/v1/write"), w.path("token"), w.path("data/tls/ca.crt")))
	cmd := exec.Command("prometheus", "--config.file="+w.path("prometheus.yml"), "--storage.tsdb.path="+w.path("prometheus"), "--web.listen-address="+own)
	var log logBuffer
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("log of prometheus:\n%s", tail(log.String(), 5000))
		}
	})
	// Whatever it says, its samples are of its token's site and source, and the
	// device that is not of this site is none of ours.
	w.waitNumber(`count(up{site="main", source="lab-prometheus", exported_site="elsewhere", exported_source="somebody", exported_device="server-of-another-site", job="prometheus"})`, positive)
	w.waitNumber(`count(count_over_time(prometheus_tsdb_head_series{source="lab-prometheus"}[5m]) > 5)`, positive)
	if v, ok := w.number(`count({site="elsewhere"}) or count({source="somebody"})`); ok {
		t.Errorf("%v series of somebody else were written", v)
	}
	// Revoked, it is refused.
	w.mustCommand("token", "revoke", "lab-prometheus")
	w.eventually("prometheus to be refused", func() error {
		if !strings.Contains(log.String(), "401") {
			return fmt.Errorf("its log does not say 401")
		}
		return nil
	})
}
