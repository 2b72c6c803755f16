package settings_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/snmp"
)

func hidden(a, b secret.String) bool { return a.Reveal() == b.Reveal() }

func addDevices(t *testing.T, w *world) {
	t.Helper()
	_, _, err := w.Change(t.Context(), "rasa", func(s *settings.Settings) error {
		if err := s.PutCredential(settings.Credential{Name: "switches", Subnets: []string{"192.0.2.0/24"},
			Access: settings.Access{SNMP: settings.SNMP{User: "budi", Auth: "SHA256", AuthKey: secret.New("auth-hunter2"), Priv: "AES", PrivKey: secret.New("priv-hunter2")}}}); err != nil {
			return err
		}
		if err := s.PutDevice(settings.Device{ID: "printer-2", Target: "snmp://192.0.2.10?community=comm-hunter2"}); err != nil {
			return err
		}
		return s.PutDevice(settings.Device{ID: "projector-1", Target: "pjlink://:pj-hunter2@192.0.2.11", Interval: time.Minute})
	}, func(_ settings.Settings, store func() error) error { return store() })
	if err != nil {
		t.Fatal(err)
	}
}

func TestDevicesComeBackWithTheirSecretsWhichAreSealed(t *testing.T) {
	w := newWorld(t)
	addDevices(t, w)
	before := w.Current()
	w.again()
	if diff := cmp.Diff(before, w.Current(), cmp.Comparer(hidden), cmp.AllowUnexported(netip.Prefix{})); diff != "" {
		t.Error(diff)
	}
	d, _ := w.Current().Device("printer-2")
	if d.Target != "snmp://192.0.2.10" || d.SNMP.Community.Reveal() != "comm-hunter2" {
		t.Errorf("the secret was not taken out of the target: %+v", d)
	}
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(w.path)
	if err != nil || bytes.Contains(raw, []byte("hunter2")) {
		t.Errorf("a secret is in the file in clear (%v)", err)
	}
}

func TestTheAuditRecordOfDevicesKeepsSecrets(t *testing.T) {
	w := newWorld(t)
	addDevices(t, w)
	before, after, err := w.Change(t.Context(), "rasa", func(s *settings.Settings) error {
		d, _ := s.Device("printer-2")
		d.SNMP.Community, d.Paused = secret.New("hunter3"), true
		return s.PutDevice(d)
	}, func(_ settings.Settings, store func() error) error { return store() })
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprint(settings.Differences(before, after))
	if strings.Contains(text, "hunter") || !strings.Contains(text, "devices.printer-2.paused") || !strings.Contains(text, `devices.printer-2.snmp.community: "<another secret>"`) {
		t.Errorf("%s", text)
	}
	text = fmt.Sprint(settings.Differences(settings.Settings{}, after))
	if strings.Contains(text, "hunter") || !strings.Contains(text, "credentials.switches.subnets") {
		t.Errorf("%s", text)
	}
}

func TestARemovedDeviceCanBeRestoredForThirtyDays(t *testing.T) {
	w := newWorld(t)
	addDevices(t, w)
	do := func(edit func(s *settings.Settings) error) {
		t.Helper()
		if _, _, err := w.Change(t.Context(), "rasa", edit, func(_ settings.Settings, store func() error) error { return store() }); err != nil {
			t.Fatal(err)
		}
	}
	do(func(s *settings.Settings) error { return s.RemoveDevice("printer-2", w.now) })
	w.now = w.now.Add(settings.KeepRemoved)
	do(func(s *settings.Settings) error { return s.PauseDevice("projector-1", true) })
	if _, ok := w.Current().Device("printer-2"); !ok {
		t.Fatal("it is gone too early")
	}
	w.now = w.now.Add(time.Second)
	do(func(s *settings.Settings) error { return s.PauseDevice("projector-1", false) })
	w.again()
	if d, ok := w.Current().Device("printer-2"); ok {
		t.Errorf("still there: %+v", d)
	}
}

// What a device is asked with: its own secrets, those it names, those of the most
// specific subnet, in this order; SNMP and PJLink each by itself.
func TestWhichSecretsADeviceIsAskedWith(t *testing.T) {
	community := func(s string) settings.Access {
		return settings.Access{SNMP: settings.SNMP{Community: secret.New(s)}}
	}
	all := []settings.Credential{
		{Name: "all", Subnets: []string{"192.0.2.0/24", "2001:db8::/32"}, Access: community("wide")},
		{Name: "row", Subnets: []string{"192.0.2.64/28"}, Access: community("narrow")},
		{Name: "projectors", Subnets: []string{"192.0.2.64/27"}, Access: settings.Access{PJLink: settings.PJLink{Password: secret.New("pj")}}},
		{Name: "named", Access: community("named")},
	}
	for name, tc := range map[string]struct {
		d    settings.Device
		want string
	}{
		"the target's own":           {settings.Device{Target: "snmp://192.0.2.70?community=own", Credentials: "named"}, "own"},
		"the device's own":           {settings.Device{Target: "snmp://192.0.2.70", Access: community("own")}, "own"},
		"those that it names":        {settings.Device{Target: "snmp://192.0.2.70", Credentials: "named"}, "named"},
		"the most specific subnet":   {settings.Device{Target: "snmp://192.0.2.70"}, "narrow"},
		"the wider one":              {settings.Device{Target: "192.0.2.7:1161"}, "wide"},
		"of the other family":        {settings.Device{Target: "snmp://[2001:db8::1]"}, "wide"},
		"of another network":         {settings.Device{Target: "snmp://198.51.100.1"}, ""},
		"a name is in none":          {settings.Device{Target: "snmp://printer.example"}, ""},
		"mapped into the newer form": {settings.Device{Target: "snmp://[::ffff:192.0.2.70]"}, "narrow"},
	} {
		got, err := tc.d.At(all)
		if err != nil || got.SNMP.Community.Reveal() != tc.want {
			t.Errorf("%s: asked with %q (%v), want %q", name, got.SNMP.Community.Reveal(), err, tc.want)
		}
	}
	if got, err := (settings.Device{Target: "pjlink://192.0.2.90", Access: community("x")}).At(all); err != nil || got.PJLink.Reveal() != "pj" {
		t.Errorf("the password of the subnet: %q (%v)", got.PJLink.Reveal(), err)
	}
	three := settings.Device{Target: "snmp://192.0.2.1", Access: settings.Access{SNMP: settings.SNMP{User: "budi"}}}
	if got, err := three.At(nil); err != nil || got.SNMP.Version != snmp.V3 {
		t.Errorf("with a user: version %q (%v)", got.SNMP.Version, err)
	}
}

func TestHowOftenADeviceIsLookedAt(t *testing.T) {
	for kind, want := range map[look.Kind]time.Duration{look.Switch: time.Minute, look.UPS: time.Minute, look.NAS: time.Minute, look.Printer: 5 * time.Minute, look.Projector: 5 * time.Minute, look.Other: 5 * time.Minute} {
		if got := (settings.Device{}).Every(kind); got != want {
			t.Errorf("%s: each %s, want %s", kind, got, want)
		}
	}
	for _, c := range []struct {
		target string
		kind   look.Kind
		want   time.Duration
	}{
		{"pjlink://192.0.2.11", look.Other, time.Minute}, // before the first look
		{"PJLink://192.0.2.11", look.Projector, time.Minute},
		{"192.0.2.11", look.Projector, time.Minute}, // it may be PJLink that it answered
		{"192.0.2.11", look.Switch, 10 * time.Second},
		{"snmp://192.0.2.11", look.Projector, 10 * time.Second},
	} {
		if got := (settings.Device{Target: c.target, Interval: 10 * time.Second}).Every(c.kind); got != c.want {
			t.Errorf("%s, a %s, set to 10 s: every %s, not %s", c.target, c.kind, got, c.want)
		}
	}
	if got := (settings.Device{Interval: time.Hour}).Every(look.Switch); got != time.Hour {
		t.Errorf("as it was said: %s", got)
	}
	for _, kind := range look.Kinds() {
		if settings.ClassOf(kind) == "" {
			t.Errorf("%s has no class", kind)
		}
	}
}

func TestMistakesInDevices(t *testing.T) {
	good := settings.Device{ID: "a", Target: "snmp://192.0.2.1"}
	for name, tc := range map[string]struct {
		edit func(*settings.Device)
		want string
	}{
		"nothing":        {func(*settings.Device) {}, ""},
		"no ID":          {func(d *settings.Device) { d.ID = "" }, "id: device_id"},
		"no target":      {func(d *settings.Device) { d.Target = "" }, "target: device_target"},
		"another scheme": {func(d *settings.Device) { d.Target = "http://192.0.2.1" }, "target: device_target"},
		"twice": {func(d *settings.Device) {
			d.Target, d.SNMP.Community = "snmp://192.0.2.1?community=a", secret.New("b")
		}, "target: target_secret"},
		"class":          {func(d *settings.Device) { d.Class = "toaster" }, "class: class"},
		"interval":       {func(d *settings.Device) { d.Interval = time.Second }, "interval: interval"},
		"itself":         {func(d *settings.Device) { d.Parents = []string{"a"} }, "parents: circle"},
		"version":        {func(d *settings.Device) { d.SNMP.Version = "4" }, "snmp.version: snmp_version"},
		"user without 3": {func(d *settings.Device) { d.SNMP.Version, d.SNMP.User = "2c", "x" }, "snmp.user: snmp_three"},
		"3 without user": {func(d *settings.Device) { d.SNMP.Version = "3" }, "snmp.user: snmp_user"},
		"community of 3": {func(d *settings.Device) { d.SNMP.User, d.SNMP.Community = "x", secret.New("y") }, "snmp.community: snmp_community"},
		"unknown auth":   {func(d *settings.Device) { d.SNMP.User, d.SNMP.Auth = "x", "SHA3" }, "snmp.auth: protocol"},
		"no key":         {func(d *settings.Device) { d.SNMP.User, d.SNMP.Auth = "x", "SHA" }, "snmp.auth_key: key_missing"},
		"short key": {func(d *settings.Device) { d.SNMP.User, d.SNMP.Auth, d.SNMP.AuthKey = "x", "SHA", secret.New("1234567") },
			"snmp.auth_key: key_short"},
		"privacy alone": {func(d *settings.Device) {
			d.SNMP.User, d.SNMP.Priv, d.SNMP.PrivKey = "x", "AES", secret.New("12345678")
		}, "snmp.priv: priv_alone"},
	} {
		d := good
		tc.edit(&d)
		if got := d.Problems().Error(); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
	for name, tc := range map[string]struct {
		c    settings.Credential
		want string
	}{
		"empty":  {settings.Credential{}, "name: name_missing; snmp: access_missing"},
		"subnet": {settings.Credential{Name: "a", Subnets: []string{"192.0.2.1"}, Access: settings.Access{SNMP: settings.SNMP{Version: "1"}}}, "subnets: subnet"},
	} {
		if got := tc.c.Problems().Error(); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
	if !slices.Contains(settings.Codes(), settings.CodeKeyShort) {
		t.Error("a code without a sentence")
	}
}
