package notify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/notify"
)

func open(t *testing.T, path string) *notify.Silences {
	t.Helper()
	s, err := notify.OpenSilences(path, notify.SilenceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// everywhere is who sees all sites.
func everywhere(context.Context) ([]string, bool) { return nil, true }

func serve(t *testing.T, s *notify.Silences, receivers ...string) (*httptest.Server, *notify.API) {
	t.Helper()
	api, err := notify.NewAPI(notify.APIOptions{Silences: s, Receivers: receivers, Sites: everywhere})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(api)
	t.Cleanup(srv.Close)
	return srv, api
}

// call makes a request and decodes the answer into out, unless that is nil.
func call(t *testing.T, method, address, body string, out any) (status int, text string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if out != nil {
		if err := json.Unmarshal(b, out); err != nil {
			t.Fatalf("%s %s: %d %s: %v", method, address, resp.StatusCode, b, err)
		}
	}
	return resp.StatusCode, string(b)
}

// silenceBody is what amtool 0.25 posts.
func silenceBody(name, value string, d time.Duration) string {
	now := time.Now().UTC()
	return fmt.Sprintf(`{"comment":"atnaujinamas serveris","createdBy":"jonas","startsAt":%q,"endsAt":%q,"matchers":[{"isEqual":true,"isRegex":false,"name":%q,"value":%q}]}`,
		now.Format(time.RFC3339Nano), now.Add(d).Format(time.RFC3339Nano), name, value)
}

func addSilence(t *testing.T, srv *httptest.Server, name, value string) string {
	t.Helper()
	var got struct{ SilenceID string }
	if status, text := call(t, "POST", srv.URL+"/api/v2/silences", silenceBody(name, value, time.Hour), &got); status != 200 || got.SilenceID == "" {
		t.Fatalf("add a silence: %d %s", status, text)
	}
	return got.SilenceID
}

func TestASilenceIsOnDiskBeforeTheAnswer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "silences")
	srv, _ := serve(t, open(t, path))
	id := addSilence(t, srv, "check", "mokykla.lt")

	// What kill -9 would leave: the file as it is now.
	again := open(t, path)
	if got := again.Muted(t.Context(), map[string]string{"check": "mokykla.lt"}); !slices.Equal(got, []string{id}) {
		t.Errorf("after the kill %v mute, want %s", got, id)
	}
	if got := again.Muted(t.Context(), map[string]string{"check": "kita.lt"}); len(got) != 0 {
		t.Errorf("another check is muted by %v", got)
	}

	if status, text := call(t, "DELETE", srv.URL+"/api/v2/silence/"+id, "", nil); status != 200 {
		t.Fatalf("expire: %d %s", status, text)
	}
	if got := open(t, path).Muted(t.Context(), map[string]string{"check": "mokykla.lt"}); len(got) != 0 {
		t.Errorf("after it was expired and a kill %v mute", got)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("file mode %v, %v; others may read it", info.Mode(), err)
	}
	if left, _ := filepath.Glob(path + ".tmp-*"); len(left) > 0 {
		t.Errorf("temporary files are left: %v", left)
	}
}

func TestASilenceThatCannotBeSavedIsAnError(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	srv, _ := serve(t, open(t, filepath.Join(dir, "silences")))
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if status, text := call(t, "POST", srv.URL+"/api/v2/silences", silenceBody("check", "x", time.Hour), nil); status != 500 || !strings.Contains(text, "could not be saved") {
		t.Errorf("got %d %s", status, text)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	addSilence(t, srv, "check", "y")
	if got := open(t, filepath.Join(dir, "silences")).Muted(t.Context(), map[string]string{"check": "x"}); len(got) != 1 {
		t.Error("the one that was not saved at first is not saved with the next")
	}
}

func TestADamagedFileIsMovedAsideAndTold(t *testing.T) {
	good := filepath.Join(t.TempDir(), "silences")
	srv, _ := serve(t, open(t, good))
	addSilence(t, srv, "check", "mokykla.lt")
	whole, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"cut in the middle":  whole[:len(whole)-7],
		"random bytes":       []byte("\x93\x01\xff\x00\xfe garbage garbage"),
		"a text":             []byte("silences: []\n"),
		"a message of zeros": make([]byte, 100),
		"huge length":        {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "silences")
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			s := open(t, path)
			if n := s.Notices(); len(n) != 1 || !strings.Contains(n[0], "damaged") {
				t.Errorf("notices %q", n)
			}
			aside, _ := filepath.Glob(path + ".damaged-*")
			if len(aside) != 1 {
				t.Fatalf("aside are %v", aside)
			}
			if kept, err := os.ReadFile(aside[0]); err != nil || !bytes.Equal(kept, data) {
				t.Errorf("the damaged file was changed: %q, %v", kept, err)
			}
			srv, _ := serve(t, s)
			addSilence(t, srv, "check", "kita.lt")
			if len(open(t, path).Notices()) != 0 {
				t.Error("the new file is damaged too")
			}
		})
	}
}

func FuzzASilencesFileNeverCrashes(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x05\x0a\x03\x0a\x01a"))
	f.Add(make([]byte, 64))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "silences")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := notify.OpenSilences(path, notify.SilenceOptions{})
		if err != nil {
			t.Fatal(err)
		}
		s.Muted(t.Context(), map[string]string{"a": "b"})
	})
}

func TestNumberAndSizeOfSilencesAreBounded(t *testing.T) {
	s, err := notify.OpenSilences(filepath.Join(t.TempDir(), "silences"), notify.SilenceOptions{MaxSilences: 2, MaxSilenceBytes: 1000})
	if err != nil {
		t.Fatal(err)
	}
	srv, _ := serve(t, s)
	if status, _ := call(t, "POST", srv.URL+"/api/v2/silences", silenceBody("check", strings.Repeat("x", 2000), time.Hour), nil); status != 400 {
		t.Errorf("a silence of 2000 bytes: %d, want 400", status)
	}
	if status, _ := call(t, "POST", srv.URL+"/api/v2/silences", silenceBody("check", strings.Repeat("x", 200_000), time.Hour), nil); status < 400 {
		t.Errorf("a body of 200 kB: %d", status)
	}
	addSilence(t, srv, "check", "1")
	addSilence(t, srv, "check", "2")
	if status, text := call(t, "POST", srv.URL+"/api/v2/silences", silenceBody("check", "3", time.Hour), nil); status != 400 || !strings.Contains(text, "maximum") {
		t.Errorf("a third silence: %d %s", status, text)
	}
}

func TestRunSavesWhenItEnds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "silences")
	s := open(t, path)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Run(ctx); err != nil {
		t.Fatal(err)
	}
}

type apiAlert struct {
	Labels, Annotations map[string]string
	StartsAt, EndsAt    time.Time
	GeneratorURL        string
	Fingerprint         string
	Receivers           []struct{ Name string }
	Status              struct {
		State       string
		SilencedBy  []string
		InhibitedBy []string
	}
}

func TestAlertsAreShownAsClientsAskForThem(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "silences"))
	srv, api := serve(t, s, "jonas", "teams")
	start := time.Now().Add(-time.Hour).UTC().Truncate(time.Second)
	api.SetAlerts([]notify.Alert{
		{Labels: map[string]string{"alertname": "SiteDown", "check": "mokykla.lt", "severity": "critical"}, Annotations: map[string]string{"summary": "s"}, StartsAt: start, GeneratorURL: "https://budi.example.lt/incidents/1"},
		{Labels: map[string]string{"alertname": "SiteDown", "check": "kita.lt", "severity": "critical"}, StartsAt: start},
		{Labels: map[string]string{"alertname": "DiskNearlyFull", "device": "serveris"}, StartsAt: start},
		{Labels: map[string]string{"alertname": "Gone"}, StartsAt: start, EndsAt: start.Add(time.Minute)},
	})
	id := addSilence(t, srv, "check", "kita.lt")

	var all []apiAlert
	// As Grafana's data source and amtool ask.
	call(t, "GET", srv.URL+"/api/v2/alerts?active=true&inhibited=true&silenced=true&unprocessed=true", "", &all)
	if len(all) != 3 {
		t.Fatalf("%d alerts, want 3 (the one that ended is not shown): %+v", len(all), all)
	}
	for _, a := range all {
		want := "active"
		if a.Labels["check"] == "kita.lt" {
			want = "suppressed"
			if !slices.Equal(a.Status.SilencedBy, []string{id}) {
				t.Errorf("silenced by %v, want %s", a.Status.SilencedBy, id)
			}
		}
		if a.Status.State != want || !a.StartsAt.Equal(start) || !a.EndsAt.After(time.Now()) || len(a.Receivers) != 2 {
			t.Errorf("got %+v, want state %s", a, want)
		}
	}
	for query, want := range map[string]int{
		"active=true&inhibited=false&silenced=false":                      2,
		"filter=" + url.QueryEscape(`alertname="SiteDown"`):               2,
		"filter=" + url.QueryEscape(`check=~"mok.*"`) + "&silenced=false": 1,
		"receiver=jonas": 3,
		"receiver=ona":   0,
		"filter=" + url.QueryEscape(`severity="critical"`) + "&active=false": 1,
	} {
		var got []apiAlert
		call(t, "GET", srv.URL+"/api/v2/alerts?"+query, "", &got)
		if len(got) != want {
			t.Errorf("%s: %d alerts, want %d", query, len(got), want)
		}
	}
	var groups []struct {
		Labels   map[string]string
		Receiver struct{ Name string }
		Alerts   []apiAlert
	}
	call(t, "GET", srv.URL+"/api/v2/alerts/groups", "", &groups)
	if len(groups) != 4 || groups[0].Labels["alertname"] != "DiskNearlyFull" || len(groups[2].Alerts) != 2 {
		t.Errorf("groups %+v", groups)
	}
	if status, text := call(t, "GET", srv.URL+"/api/v2/alerts?filter="+url.QueryEscape(`a=~"("`), "", nil); status != 400 {
		t.Errorf("a broken filter: %d %s", status, text)
	}

	api.SetAlerts(nil)
	var none []apiAlert
	if _, text := call(t, "GET", srv.URL+"/api/v2/alerts", "", &none); len(none) != 0 || strings.TrimSpace(text) != "[]" {
		t.Errorf("without alerts: %s", text)
	}
}

func TestStatusAndReceiversShowNamesAndNoSecrets(t *testing.T) {
	srv, api := serve(t, open(t, filepath.Join(t.TempDir(), "silences")), `ona "x": y`, "jonas", "jonas", "nobody")
	var status struct {
		Cluster     struct{ Status string }
		Config      struct{ Original string }
		VersionInfo map[string]string
	}
	call(t, "GET", srv.URL+"/api/v2/status", "", &status)
	if status.Cluster.Status != "disabled" || !strings.Contains(status.Config.Original, "name: jonas") {
		t.Errorf("status %+v", status)
	}
	var receivers []struct{ Name string }
	call(t, "GET", srv.URL+"/api/v2/receivers", "", &receivers)
	if len(receivers) != 3 || receivers[0].Name != "jonas" || receivers[1].Name != `ona "x": y` {
		t.Errorf("receivers %+v", receivers)
	}
	if err := api.SetReceivers([]string{"petras"}); err != nil {
		t.Fatal(err)
	}
	call(t, "GET", srv.URL+"/api/v2/receivers", "", &receivers)
	if len(receivers) != 2 || receivers[0].Name != "petras" {
		t.Errorf("after a reload %+v", receivers)
	}
}

func TestSilencesCanBeListedReadChangedAndExpired(t *testing.T) {
	srv, _ := serve(t, open(t, filepath.Join(t.TempDir(), "silences")))
	id := addSilence(t, srv, "alertname", "SiteDown")
	type sil struct {
		ID, Comment, CreatedBy string
		Status                 struct{ State string }
		Matchers               []struct{ Name, Value string }
	}
	var list []sil
	call(t, "GET", srv.URL+"/api/v2/silences?filter="+url.QueryEscape(`alertname="SiteDown"`), "", &list)
	if len(list) != 1 || list[0].ID != id || list[0].Status.State != "active" || list[0].CreatedBy != "jonas" {
		t.Fatalf("list %+v", list)
	}
	var one sil
	call(t, "GET", srv.URL+"/api/v2/silence/"+id, "", &one)
	if one.Matchers[0].Value != "SiteDown" {
		t.Errorf("one %+v", one)
	}
	if status, _ := call(t, "DELETE", srv.URL+"/api/v2/silence/"+id, "", nil); status != 200 {
		t.Errorf("expire: %d", status)
	}
	call(t, "GET", srv.URL+"/api/v2/silence/"+id, "", &one)
	if one.Status.State != "expired" {
		t.Errorf("after expiring: %+v", one)
	}
	for _, bad := range []string{`{`, `{"matchers":[]}`, silenceBody("", "x", time.Hour), silenceBody("a", "b", -time.Hour)} {
		if status, text := call(t, "POST", srv.URL+"/api/v2/silences", bad, nil); status < 400 || status >= 500 {
			t.Errorf("%s: %d %s", bad, status, text)
		}
	}
	if status, _ := call(t, "GET", srv.URL+"/api/v2/silence/none", "", nil); status < 400 {
		t.Errorf("a silence that is not: %d", status)
	}
}

func TestOnlyTheListedRoutesExist(t *testing.T) {
	srv, _ := serve(t, open(t, filepath.Join(t.TempDir(), "silences")))
	for _, tc := range []struct {
		method, path string
		want         int
	}{
		{"POST", "/api/v2/alerts", 405},
		{"DELETE", "/api/v2/silences", 405},
		{"PUT", "/api/v2/silence/x", 405},
		{"GET", "/api/v2/swagger.json", 404},
		{"GET", "/api/v2/", 404},
		{"GET", "/api/v2/silence/", 404},
		{"GET", "/api/v2/silence/a/b", 404},
		{"GET", "/api/v1/alerts", 404},
	} {
		status, text := call(t, tc.method, srv.URL+tc.path, "", nil)
		if status != tc.want || !json.Valid([]byte(text)) {
			t.Errorf("%s %s: %d %s, want %d in JSON", tc.method, tc.path, status, text, tc.want)
		}
	}
	if _, text := call(t, "POST", srv.URL+"/api/v2/alerts", `[{"labels":{"alertname":"x"}}]`, nil); !strings.Contains(text, "rules") {
		t.Errorf("posting alerts: %s", text)
	}
}

// What a cause explains is suppressed by it, as Alertmanager shows what a rule of
// inhibition suppresses.
func TestASymptomIsInhibitedByItsCause(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "silences"))
	srv, api := serve(t, s, "jonas")
	start := time.Now().Add(-time.Hour)
	api.SetAlerts([]notify.Alert{
		{Number: 1, Labels: map[string]string{"alertname": "ServerSilent", "device": "sw-1"}, StartsAt: start},
		{Number: 2, Because: []uint64{1, 99}, Labels: map[string]string{"alertname": "SiteDown", "check": "www"}, StartsAt: start},
	})
	var all []apiAlert
	call(t, "GET", srv.URL+"/api/v2/alerts?active=true&inhibited=true&silenced=true&unprocessed=true", "", &all)
	if len(all) != 2 {
		t.Fatalf("%d alerts", len(all))
	}
	slices.SortFunc(all, func(a, b apiAlert) int { return len(a.Labels["check"]) - len(b.Labels["check"]) })
	cause, symptom := all[0], all[1]
	if cause.Status.State != "active" || symptom.Status.State != "suppressed" || !slices.Equal(symptom.Status.InhibitedBy, []string{cause.Fingerprint}) {
		t.Errorf("the cause is %+v, the symptom %+v", cause.Status, symptom.Status)
	}
}
