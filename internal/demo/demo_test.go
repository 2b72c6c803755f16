package demo_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/admin"
	"github.com/budi-monitor/budi/internal/demo"
	"github.com/budi-monitor/budi/internal/i18n"
)

// world is a demonstration that runs, and a token for its API.
type world struct {
	t      *testing.T
	demo   *demo.Demo
	client *http.Client
	token  string
}

const patience = 3 * time.Minute

func start(t *testing.T, o demo.Options) *world {
	t.Helper()
	o.Dir = filepath.Join(t.TempDir(), "demo")
	o.Logger = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	d, err := demo.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the demonstration ended with: %v", err)
		}
	})
	w := &world{t: t, demo: d}
	pem, err := os.ReadFile(filepath.Join(d.DataDir(), "tls", "ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	t.Cleanup(transport.CloseIdleConnections)
	w.client = &http.Client{Transport: transport}
	w.eventually("the admin socket answers", func() error {
		ops, err := admin.Dial(t.Context(), d.DataDir())
		if err != nil {
			return err
		}
		made, err := ops.CreateToken(t.Context(), admin.NewToken{Name: "test", Role: "viewer"})
		w.token = made.Secret
		return err
	})
	return w
}

func (w *world) eventually(what string, check func() error) {
	w.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("%s: %v", what, err)
		}
		select {
		case <-w.t.Context().Done():
			w.t.Fatal(w.t.Context().Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (w *world) get(path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.demo.URL()+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+w.token)
	resp, err := w.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s %s", path, resp.Status, body)
	}
	return body, err
}

// count returns how many series an expression gives.
func (w *world) count(expr string) (int, error) {
	body, err := w.get("/api/v1/query?query=" + url.QueryEscape(expr))
	if err != nil {
		return 0, err
	}
	var answer struct {
		Data struct{ Result []any }
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return 0, err
	}
	return len(answer.Data.Result), nil
}

func (w *world) waitCount(expr string, want int) {
	w.t.Helper()
	w.eventually(expr, func() error {
		n, err := w.count(expr)
		if err == nil && n != want {
			err = fmt.Errorf("%d series, not %d", n, want)
		}
		return err
	})
}

// A school of a few computers: each has an agent that was let in, and is seen.
func TestComputersOfTheSchoolAreSeen(t *testing.T) {
	t.Parallel()
	w := start(t, demo.Options{Computers: 6, Seed: 7, Calm: true, Hurry: true})
	body, err := w.get("/api/budi/v1/devices")
	if err != nil {
		t.Fatal(err)
	}
	var devices struct {
		Devices []struct{ ID, Site, Room, Class, Kind string }
	}
	if err := json.Unmarshal(body, &devices); err != nil {
		t.Fatal(err)
	}
	agents, servers := 0, 0
	for _, d := range devices.Devices {
		if d.ID == "budi" || d.Kind != "computer" { // the collector's own, and printers and the like
			continue
		}
		if d.Room != "" {
			agents++
		}
		if d.Class == "server" && d.Room == "serverine" {
			servers++
		}
	}
	if agents != 6 || servers != 1 {
		t.Errorf("%d computers in rooms, %d of them servers; want 6 and 1: %s", agents, servers, body)
	}
	w.waitCount(`budi_agent_up == 1`, 6)
	w.waitCount(`count by (device) (system_uptime_seconds{job="host", device!="budi"})`, 6)
	w.waitCount(`budi_host_antivirus_enabled == 1`, 5) // of the inventory; not on Linux
}

// A week of samples, changes and incidents is there at the start, and goes on.
func TestThereIsAWeekBeforeTheStart(t *testing.T) {
	t.Parallel()
	w := start(t, demo.Options{Computers: 6, Seed: 7, Calm: true, Hurry: true})
	for expr, want := range map[string]int{
		// The server was always on, the others on some days.
		`count_over_time(system_uptime_seconds{device="serveris"}[7d] offset 10m) > 4500`:                                  1,
		`count by (device) (max_over_time(budi_host_antivirus_enabled[6d] offset 1d))`:                                     5,
		`count by (device) (max_over_time(budi_device_info{job="fleet"}[6d] offset 1d))`:                                   7,
		`count by (check) (min_over_time(probe_success{vantage="collector"}[6d] offset 1h) == 0)`:                          3,
		`count by (device) (max_over_time(budi_agent_up[6d] offset 1d) - min_over_time(budi_agent_up[6d] offset 1d) == 1)`: 6,
	} {
		w.waitCount(expr, want)
	}
	ops, err := admin.Dial(t.Context(), w.demo.DataDir())
	if err != nil {
		t.Fatal(err)
	}
	closed, err := ops.Incidents(t.Context(), true)
	if err != nil || len(closed) < 4 {
		t.Fatalf("the journal has %d incidents, %v", len(closed), err)
	}
	for _, inc := range closed {
		if inc.Ended.Sub(inc.Since) <= 0 || inc.Ended.After(time.Now()) || len(inc.Notified) == 0 {
			t.Errorf("incident %d: since %s, ended %s, told %v", inc.ID, inc.Since, inc.Ended, inc.Notified)
		}
	}
	device, err := ops.Device(t.Context(), "serveris")
	if err != nil {
		t.Fatal(err)
	}
	updated := false
	for _, ch := range device.History {
		updated = updated || ch.Kind == "software" && ch.Item == "samba" && ch.Time.Before(time.Now().AddDate(0, 0, -3))
	}
	if !updated {
		t.Errorf("the history of the server is %+v", device.History)
	}
	// What goes on: counters do not begin anew, and what the agents say now is
	// what they said before.
	w.waitCount(`count_over_time(system_uptime_seconds{device="serveris"}[30s]) > 1 and on (device) resets(system_network_io_bytes_total{device="serveris",network_io_direction="receive"}[1d]) == 0`, 1)
	w.waitCount(`budi_host_antivirus_enabled == 1`, 5) // of the inventory
	all, err := ops.Devices(t.Context(), admin.DeviceFilter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		now, err := ops.Device(t.Context(), d.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, ch := range now.History {
			if ch.Kind != "event" && d.Room != "" && ch.Time.After(time.Now().Add(-time.Hour)) {
				t.Errorf("%s changed at the start: %+v", d.ID, ch)
			}
		}
	}
}

// Printers, projectors, switches and the UPS are looked at by SNMP and PJLink, and
// have a past too.
func TestDevicesOfTheSchoolAreSeen(t *testing.T) {
	t.Parallel()
	w := start(t, demo.Options{Computers: 6, Seed: 7, Calm: true, Hurry: true})
	for expr, want := range map[string]int{
		`budi_device_up{job="snmp"} == 1`:   8,
		`budi_device_up{job="pjlink"} == 1`: 4,
		`count by (device) (budi_printer_supply_ratio > 0 and budi_printer_supply_ratio <= 1)`:                             4,
		`count by (device) (budi_projector_power)`:                                                                         4,
		`count by (device) (ifHCInOctets{device=~"sw-.+"})`:                                                                3,
		`delta(budi_printer_pages_total{device="sp-rastine"}[6d] offset 1d) > 100`:                                         1,
		`count_over_time(budi_projector_light_seconds_total{device="proj-214"}[6d] offset 1d) > 2000`:                      1,
		`sum by (device) (increase(ifHCOutOctets{device="sw-serverine"}[6d] offset 1d)) > 1e9`:                             1,
		`count by (device) (resets(budi_printer_pages_total[8d]) == 0)`:                                                    4,
		`count by (device) (budi_printer_supply_days_left{device="sp-biblioteka"} < 10)`:                                   1,
		`min by (device) (budi_printer_supply_ratio{device="sp-biblioteka"}) < 0.14`:                                       1,
		`max_over_time(budi_printer_supply_ratio{device="sp-biblioteka"}[6d] offset 1d) - budi_printer_supply_ratio > 0.1`: 1,
	} {
		w.waitCount(expr, want)
	}
	body, err := w.get("/api/budi/v1/devices")
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Devices []struct{ ID, Site, Room, Class, Kind, Model string }
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, d := range answer.Devices {
		kinds[d.Kind]++
		if d.Room == "" {
			t.Errorf("%s is nowhere", d.ID)
		}
		if d.ID == "sp-filialas" && d.Site != "filialas" || d.ID == "sw-204" && d.Class != "infrastructure" {
			t.Errorf("%+v", d)
		}
	}
	for kind, n := range map[string]int{"printer": 4, "projector": 3, "display": 1, "switch": 3, "ups": 1} {
		if kinds[kind] != n {
			t.Errorf("%d of kind %s, not %d", kinds[kind], kind, n)
		}
	}
}

// What else is watched of a website is shown, and a job that calls.
func TestTheWebsiteIsLookedAtCloselyAndAJobCalls(t *testing.T) {
	t.Parallel()
	w := start(t, demo.Options{Computers: 3, Seed: 7, Calm: true, Hurry: true})
	w.waitCount(`budi_job_last_success_timestamp_seconds{check="kopija"} > 0`, 1)
	w.waitCount(`probe_success{check="kopija"} == 1`, 1)
	// The school's domain ends in some months, and has a note: its DMARC only watches.
	w.waitCount(`probe_success{check="domenas"} == 1`, 1)
	w.waitCount(`budi_domain_expiry_timestamp_seconds{check="domenas"} > time() + 100 * 86400`, 1)
	w.waitCount(`budi_website_findings{check="domenas", severity="info"} == 1`, 1)
	w.waitCount(`budi_website_findings{check="domenas", severity!="info"} == 0`, 2)
	w.waitCount(`budi_website_broken_links{check="svetaine"} >= 1`, 1)
}

func TestDemonstrationListensOnTheLoopbackOnly(t *testing.T) {
	t.Parallel()
	for _, listen := range []string{"0.0.0.0:9480", ":9480", "192.0.2.1:9480", "example.lt:9480"} {
		if _, err := demo.Open(t.Context(), demo.Options{Dir: filepath.Join(t.TempDir(), "demo"), Listen: listen}); err == nil {
			t.Errorf("it listens on %s", listen)
		}
	}
}

func TestFolderOfSomebodyElseIsLeftAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name := filepath.Join(dir, "thesis.odt")
	if err := os.WriteFile(name, []byte("years of work"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := demo.Open(t.Context(), demo.Options{Dir: dir}); err == nil {
		t.Error("it works in a folder that is not empty")
	}
	if _, err := os.Stat(name); err != nil {
		t.Error(err)
	}
}

// mails are those that were caught, newest first.
func (w *world) mails() (out []struct{ Subject, Text string }, err error) {
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.demo.MailURL()+"/mails.json", nil)
	if err != nil {
		return nil, err
	}
	resp, err := w.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	return out, json.NewDecoder(resp.Body).Decode(&out)
}

// Faults come, are mailed, are mended, and that is mailed too. All of it says
// that it is a demonstration.
func TestFaultsComeAndGoAndAreMailed(t *testing.T) {
	t.Parallel()
	w := start(t, demo.Options{Computers: 3, Seed: 7, Lang: i18n.English, Hurry: true})
	w.eventually("a fault and its recovery are mailed", func() error {
		mails, err := w.mails()
		if err != nil {
			return err
		}
		var subjects []string
		down, up := false, false
		for _, m := range mails {
			subjects = append(subjects, m.Subject)
			if !strings.HasPrefix(m.Subject, "[Demo] ") || !strings.HasPrefix(m.Text, "Demonstration") {
				t.Fatalf("a mail does not say that it is a demonstration: %q\n%s", m.Subject, m.Text)
			}
			down = down || strings.Contains(m.Subject, "is down")
			up = up || strings.Contains(m.Subject, "works again")
		}
		if !down || !up {
			return fmt.Errorf("the mails are %q", subjects)
		}
		return nil
	})
	w.waitCount(`budi_demo == 1`, 1)
	ops, err := admin.Dial(t.Context(), w.demo.DataDir())
	if err != nil {
		t.Fatal(err)
	}
	if status, err := ops.Status(t.Context()); err != nil || !status.Demo {
		t.Errorf("status %+v, %v", status, err)
	}
}
