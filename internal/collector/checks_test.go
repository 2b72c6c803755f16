package collector

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/mail"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/sim/website"
)

// console opens a collector with a file's text, without running it.
func console(t *testing.T, dir, file string) *Collector {
	t.Helper()
	name := ""
	if file != "" {
		name = filepath.Join(dir, "collector.yml")
		if err := os.WriteFile(name, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := Open(t.Context(), Options{DataDir: filepath.Join(dir, "data"), ConfigFile: name, Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func closed(t *testing.T, c *Collector) {
	t.Helper()
	if err := c.close(); err != nil {
		t.Fatal(err)
	}
}

func codes(err error) string {
	var out []string
	for _, p := range settings.Of(err) {
		out = append(out, p.Field+" "+p.Code)
	}
	return strings.Join(out, ", ")
}

func pageCheck(id, target string) settings.Check {
	return settings.Check{ID: id, Name: "Svetainė " + id, Spec: probe.Spec{Target: target}}
}

const declaredCheck = "host: {disabled: true}\nexternal_url: https://file.example\nchecks: [{id: failo, name: Failo, target: 'https://failo.example', site: main}]\n"

func TestChecksOfTheConsoleStandBesideThoseOfTheFile(t *testing.T) {
	dir := t.TempDir()
	c := console(t, dir, declaredCheck)
	rasa := of(t.Context(), "rasa")
	do, view := checkActions{c}, checksView{c}

	id, err := do.AddCheck(rasa, settings.Check{Name: "Mokyklos svetainė", Spec: probe.Spec{Target: "https://rasa:hunter2@www.mokykla.example/"}}, "")
	if err != nil || id != "mokyklos-svetaine" {
		t.Fatalf("%q, %v", id, err)
	}
	again, err := do.AddCheck(rasa, settings.Check{Name: "Mokyklos svetainė", Spec: probe.Spec{Target: "https://kita.example/"}}, "")
	if err != nil || again != "mokyklos-svetaine-2" {
		t.Fatalf("%q, %v", again, err)
	}
	for want, err := range map[string]error{
		"id id_taken":          func() error { _, err := do.AddCheck(rasa, pageCheck(id, "https://a.example"), ""); return err }(),
		"id id_in_file":        func() error { _, err := do.AddCheck(rasa, pageCheck("failo", "https://a.example"), ""); return err }(),
		"target target_scheme": func() error { _, err := do.AddCheck(rasa, pageCheck("naujas", "ftp://a.example"), ""); return err }(),
		"target target_masked": func() error {
			_, err := do.AddCheck(rasa, pageCheck("naujas", "https://***@thief.example/"), id)
			return err
		}(),
		"site site": func() error {
			check := pageCheck("naujas", "https://a.example")
			check.Site = "kitur"
			_, err := do.AddCheck(rasa, check, "")
			return err
		}(),
	} {
		if codes(err) != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	for name, err := range map[string]error{
		"edit":   do.EditCheck(rasa, pageCheck("failo", "https://a.example")),
		"pause":  do.PauseCheck(rasa, "failo", true),
		"remove": do.RemoveCheck(rasa, "failo"),
	} {
		if codes(err) != "id id_in_file" {
			t.Errorf("%s of what the file declares: %v", name, err)
		}
	}
	page, err := view.Check(rasa, "failo", web.Day)
	if err != nil || page.File != filepath.Join(dir, "collector.yml") {
		t.Errorf("it is declared in %q, %v", page.File, err)
	}
	page, err = view.Check(rasa, id, web.Day)
	if err != nil || page.File != "" || page.Spec.Target != "https://***@www.mokykla.example/" || page.Target != page.Spec.Target {
		t.Errorf("shown as %+v, %v", page.Spec, err)
	}

	// What was shown masked comes back and means what it was; another address
	// does not get the password.
	edited := page.Spec
	edited.Name = "Svetainė"
	if err := do.EditCheck(rasa, edited); err != nil {
		t.Fatal(err)
	}
	if check, _ := c.settings.Current().Check(id); check.Target != "https://rasa:hunter2@www.mokykla.example/" || check.Name != "Svetainė" {
		t.Errorf("stored %q %q", check.Name, check.Target)
	}
	edited.Target = "https://***@thief.example/"
	if err := do.EditCheck(rasa, edited); codes(err) != "target target_masked" {
		t.Errorf("got %v", err)
	}
	copied, err := do.AddCheck(rasa, settings.Check{Name: "Kopija", Spec: probe.Spec{Target: page.Spec.Target}}, id)
	if check, _ := c.settings.Current().Check(copied); err != nil || check.Target != "https://rasa:hunter2@www.mokykla.example/" {
		t.Errorf("copied %q, %v", check.Target, err)
	}

	// It is all there after a restart, and in the audit record, without secrets.
	tail, err := c.access.AuditTail(t.Context(), 10)
	if err != nil || len(tail) != 5 || tail[1].Action != "check.edit" || tail[1].Actor != "user rasa" || tail[1].Object != id ||
		tail[1].Before != `{"checks.mokyklos-svetaine.name":"Mokyklos svetainė"}` || tail[1].After != `{"checks.mokyklos-svetaine.name":"Svetainė"}` || strings.Contains(fmt.Sprint(tail), "hunter2") {
		t.Errorf("recorded %+v, %v", tail, err)
	}
	closed(t, c)
	c = console(t, dir, declaredCheck)
	defer closed(t, c)
	config := c.Config()
	if n := len(config.Checks); n != 4 {
		t.Errorf("%d checks after the restart", n)
	}
	if _, ok := (*c.looking.plan.Load())[checkPrefix+id]; !ok {
		t.Error("it is not looked at after the restart")
	}
	if data, err := os.ReadFile(filepath.Join(dir, "data", "budi.db")); err != nil || bytes.Contains(data, []byte("hunter2")) {
		t.Errorf("budi.db holds the password, or %v", err)
	}
}

func TestRemovedChecksComeBackAndPausedOnesRest(t *testing.T) {
	c := console(t, t.TempDir(), declaredCheck)
	defer closed(t, c)
	rasa := of(t.Context(), "rasa")
	do, view := checkActions{c}, checksView{c}
	if _, err := do.AddCheck(rasa, pageCheck("www", "https://www.example"), ""); err != nil {
		t.Fatal(err)
	}
	watched := func() bool { _, ok := (*c.looking.plan.Load())[checkPrefix+"www"]; return ok }
	if err := do.PauseCheck(rasa, "www", true); err != nil || watched() {
		t.Errorf("paused: watched %v, %v", watched(), err)
	}
	if list, err := view.Checks(rasa, web.CheckFilter{State: web.CheckPaused, Limit: 10}); err != nil || len(list.Checks) != 1 || list.States[web.CheckFirst] != 1 {
		t.Errorf("paused ones: %+v, %v", list, err)
	}
	if !c.checkOutOfWatch(map[string]string{"check": "www", "vantage": vantageCollector}) {
		t.Error("a paused check hangs its incidents")
	}
	if err := do.PauseCheck(rasa, "www", false); err != nil || !watched() {
		t.Errorf("resumed: watched %v, %v", watched(), err)
	}
	if err := do.RemoveCheck(rasa, "www"); err != nil || watched() {
		t.Errorf("removed: watched %v, %v", watched(), err)
	}
	for what, labels := range map[string]map[string]string{
		"another's":  {"check": "www", "vantage": "branch"},
		"the file's": {"check": "failo", "vantage": vantageCollector},
		"a device":   {"device": "pc"},
	} {
		if c.checkOutOfWatch(labels) {
			t.Errorf("%s is out of watch", what)
		}
	}
	if !c.checkOutOfWatch(map[string]string{"check": "www", "vantage": vantageCollector}) {
		t.Error("a removed check hangs its incidents")
	}
	if _, err := view.Check(rasa, "www", web.Day); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("it is shown: %v", err)
	}
	if list, err := view.Checks(rasa, web.CheckFilter{Limit: 10}); err != nil || len(list.Removed) != 1 || list.Removed[0].ID != "www" {
		t.Errorf("removed ones: %+v, %v", list.Removed, err)
	}
	if _, err := do.AddCheck(rasa, pageCheck("www", "https://www.example"), ""); codes(err) != "id id_removed" {
		t.Errorf("its ID is given again: %v", err)
	}
	if err := do.RestoreCheck(rasa, "www"); err != nil || !watched() {
		t.Errorf("restored: watched %v, %v", watched(), err)
	}
	if err := do.RestoreCheck(rasa, "www"); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("restored twice: %v", err)
	}
}

// What a check sends to a website is as secret as a password in its target: on
// pages, in the API, in the record and on the disk.
func TestWhatACheckSendsIsSecret(t *testing.T) {
	dir := t.TempDir()
	c := console(t, dir, "host: {disabled: true}\n")
	rasa := of(t.Context(), "rasa")
	do := checkActions{c}
	check := pageCheck("katalogas", "https://www.example/")
	check.HTTP = probe.HTTPSpec{
		Auth: probe.Auth{Bearer: "hunter2-token"}, Cookies: map[string]string{"a": "hunter2-cookie"},
		Steps: []probe.Step{{Name: "in", URL: "/login", Form: map[string]string{"user": "hunter2-user", "password": "hunter2-word"}}, {Headers: map[string]string{"X-Key": "hunter2-key"}}},
	}
	id, err := do.AddCheck(rasa, check, "")
	if err != nil {
		t.Fatal(err)
	}
	page, err := checksView{c}.Check(rasa, id, web.Day)
	if err != nil {
		t.Fatal(err)
	}
	shown, err := apiChecks{c}.Check(rasa, id)
	if err != nil {
		t.Fatal(err)
	}
	for place, v := range map[string]any{"the page": page, "the API": shown} {
		if text := fmt.Sprintf("%+v", v); strings.Contains(text, "hunter2") || !strings.Contains(text, "***") {
			t.Errorf("%s shows %s", place, text)
		}
	}
	edited := page.Spec
	edited.Name = "Katalogas"
	edited.HTTP.Steps[0].Form["password"] = "hunter2-new"
	if err := do.EditCheck(rasa, edited); err != nil {
		t.Fatal(err)
	}
	for want, edit := range map[string]func(*settings.Check){
		"http.auth secret_masked":  func(k *settings.Check) { k.Target = "https://thief.example/" },
		"http.steps secret_masked": func(k *settings.Check) { k.HTTP.Steps[1].URL = "https://thief.example/" },
	} {
		page, err := checksView{c}.Check(rasa, id, web.Day)
		if err != nil {
			t.Fatal(err)
		}
		elsewhere := page.Spec
		edit(&elsewhere)
		if err := do.EditCheck(rasa, elsewhere); codes(err) != want {
			t.Errorf("got %v, want %s", err, want)
		}
		if _, err := do.TryCheck(rasa, elsewhere, id); codes(err) != want {
			t.Errorf("a try: got %v, want %s", err, want)
		}
	}
	tail, err := c.access.AuditTail(t.Context(), 10)
	if text := fmt.Sprint(tail); err != nil || strings.Contains(text, "hunter2") || !strings.Contains(text, `"checks.katalogas.http.steps.1.form.password":"\u003canother secret\u003e"`) {
		t.Errorf("recorded %s, %v", text, err)
	}
	closed(t, c)
	c = console(t, dir, "host: {disabled: true}\n")
	defer closed(t, c)
	want := check.HTTP
	want.Steps[0].Form["password"] = "hunter2-new"
	if got, _ := c.settings.Current().Check(id); !reflect.DeepEqual(got.HTTP, want) {
		t.Errorf("stored %+v", got.HTTP)
	}
	if data, err := os.ReadFile(filepath.Join(dir, "data", "budi.db")); err != nil || bytes.Contains(data, []byte("hunter2")) {
		t.Errorf("budi.db holds a secret, or %v", err)
	}
}

// A password in a target is on no page, and in no search, before the first look
// either.
func TestAPasswordInATargetIsNotShownBeforeTheFirstLook(t *testing.T) {
	c := console(t, t.TempDir(), "host: {disabled: true}\n")
	defer closed(t, c)
	rasa := of(t.Context(), "rasa")
	if _, err := (checkActions{c}).AddCheck(rasa, pageCheck("www", "https://rasa:hunter2@www.example/"), ""); err != nil {
		t.Fatal(err)
	}
	overview, err := view{c}.Overview(rasa)
	if err != nil {
		t.Fatal(err)
	}
	site, err := placesView{c}.Site(rasa, "main")
	if err != nil {
		t.Fatal(err)
	}
	list, err := checksView{c}.Checks(rasa, web.CheckFilter{Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	if len(overview.Checks) != 1 || len(site.Checks) != 1 || len(list.Checks) != 1 {
		t.Fatalf("%d, %d, %d", len(overview.Checks), len(site.Checks), len(list.Checks))
	}
	for page, target := range map[string]string{"overview": overview.Checks[0].Target, "site": site.Checks[0].Target, "checks": list.Checks[0].Target} {
		if strings.Contains(target, "hunter2") || !strings.Contains(target, "www.example") {
			t.Errorf("%s shows %s", page, target)
		}
	}
	groups, err := searchView{c}.Search(rasa, []string{"hunter2"})
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range groups {
		if len(g.Found) > 0 {
			t.Errorf("the password is searched: %+v", g)
		}
	}
}

// Whoever is of one site sees and changes the checks of that site only.
func TestChecksBelongToSites(t *testing.T) {
	c := console(t, t.TempDir(), declaredCheck)
	defer closed(t, c)
	for _, id := range []string{"north", "south"} {
		if err := c.agents.inventory.PutSite(t.Context(), "test", inventory.Site{ID: id, Name: "Site " + id}); err != nil {
			t.Fatal(err)
		}
	}
	do, view := checkActions{c}, checksView{c}
	north, all := of(t.Context(), "rasa", "north"), of(t.Context(), "ona")
	check := pageCheck("siaure", "https://www.example")
	check.Site = "north"
	if _, err := do.AddCheck(north, check, ""); err != nil {
		t.Fatal(err)
	}
	check.ID, check.Site = "pietus", "south"
	if _, err := do.AddCheck(all, check, ""); err != nil {
		t.Fatal(err)
	}
	if w := (*c.looking.plan.Load())[checkPrefix+"siaure"]; w.identity[0] != (look.Label{Name: "site", Value: "north"}) {
		t.Errorf("stamped %+v", w.identity)
	}
	if list, err := view.Checks(north, web.CheckFilter{Limit: 10}); err != nil || len(list.Checks) != 1 || list.Checks[0].ID != "siaure" || len(list.Sites) != 1 {
		t.Errorf("listed %+v, %v", list, err)
	}
	if sites, err := view.CheckSites(all); err != nil || len(sites) != 3 || sites[0].ID != "main" {
		t.Errorf("sites %+v, %v", sites, err)
	}
	check.ID = "pietus"
	_, viewErr := view.Check(north, "pietus", web.Day)
	_, tryErr := do.TryStored(north, "pietus")
	_, cloneErr := do.AddCheck(north, settings.Check{Name: "x", Site: "north", Spec: check.Spec}, "pietus")
	for name, err := range map[string]error{
		"view": viewErr, "try": tryErr, "clone": cloneErr, "edit": do.EditCheck(north, check), "pause": do.PauseCheck(north, "pietus", true), "remove": do.RemoveCheck(north, "pietus"),
	} {
		if !errors.Is(err, web.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := do.RemoveCheck(all, "pietus"); err != nil {
		t.Fatal(err)
	}
	if err := do.RestoreCheck(north, "pietus"); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("restore: %v", err)
	}
	if err := c.agents.inventory.DropSite(t.Context(), "test", "south"); !errors.Is(err, inventory.ErrInUse) {
		t.Errorf("a site went away under a check that can be restored: %v", err)
	}
	// Nobody moves a check to where they are not, nor makes one there.
	check.ID, check.Site = "siaure", "south"
	if err := do.EditCheck(north, check); codes(err) != "site site" {
		t.Errorf("moved: %v", err)
	}
	check.ID, check.Site = "kitas", ""
	if _, err := do.AddCheck(north, check, ""); codes(err) != "site site" {
		t.Errorf("made at the collector's own site: %v", err)
	}
	if _, err := do.TryCheck(north, check, ""); codes(err) != "site site" {
		t.Errorf("tried at the collector's own site: %v", err)
	}
	list := []byte("id;target;site\npietus;https://x.example;south\nsiaure;https://y.example;Site North\nnaujas;https://z.example;\n")
	preview, err := do.PreviewChecks(north, list)
	if err != nil || preview.Lines[0].Kind != web.ImportWrong || preview.Lines[1].Kind != web.ImportChanged || preview.Lines[2].Kind != web.ImportWrong {
		t.Errorf("a list: %+v, %v", preview.Lines, err)
	}
}

func TestTryingLooksOnceAndStoresNothing(t *testing.T) {
	site, err := website.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	site.Set(website.Page("Labas"))
	c := console(t, t.TempDir(), "host: {disabled: true}\n")
	defer closed(t, c)
	do, rasa := checkActions{c}, of(t.Context(), "rasa")
	check := settings.Check{Spec: probe.Spec{Target: site.URL("/"), HTTP: probe.HTTPSpec{Contains: []string{"Labas"}}}}
	if r, err := do.TryCheck(rasa, check, ""); err != nil || r.Outcome != look.OK {
		t.Errorf("%+v, %v", r, err)
	}
	check.HTTP.Contains[0] = "Viso"
	if r, err := do.TryCheck(rasa, check, ""); err != nil || r.Outcome != look.Failed || r.Problem.Code != "text_missing" {
		t.Errorf("%+v, %v", r, err)
	}
	check.HTTP.Contains = nil
	site.Set(website.Hang())
	check.Timeout = 200 * time.Millisecond
	if r, err := do.TryCheck(rasa, check, ""); err != nil || r.Outcome != look.Unreachable {
		t.Errorf("%+v, %v", r, err)
	}
	check.Target = "ftp://x"
	if _, err := do.TryCheck(rasa, check, ""); codes(err) != "target target_scheme" {
		t.Errorf("got %v", err)
	}
	if len(c.settings.Current().Checks) != 0 || len(c.Config().Checks) != 0 {
		t.Error("it was stored")
	}
	// One person has ten tries in a minute; another is not in their way.
	check.Target = "tcp://127.0.0.1:1"
	refused := 0
	for range 2 * triesAllowed {
		if _, err := do.TryCheck(rasa, check, ""); errors.Is(err, web.ErrTooMany) {
			refused++
		}
	}
	if refused != triesAllowed+3 {
		t.Errorf("%d of %d were refused", refused, 2*triesAllowed)
	}
	if _, err := do.TryCheck(of(t.Context(), "ona"), check, ""); err != nil {
		t.Errorf("another person: %v", err)
	}
}

func TestListsOfChecks(t *testing.T) {
	c := console(t, t.TempDir(), declaredCheck)
	defer closed(t, c)
	rasa := of(t.Context(), "rasa")
	do := checkActions{c}
	kept := pageCheck("www", "https://www.example")
	kept.Interval, kept.HTTP.NotContains = 5*time.Minute, []string{"Klaida"}
	for _, check := range []settings.Check{kept, pageCheck("kita", "https://rasa:hunter2@kita.example/")} {
		if _, err := do.AddCheck(rasa, check, ""); err != nil {
			t.Fatal(err)
		}
	}
	list := []byte("Identifikatorius;Pavadinimas;Adresas;Dažnis;Tekstas;Kaina\n" +
		"www;Nauja svetainė;www.example;5 min.;Tvarkaraštis | Naujienos;7\n" + // 2: changed
		";Kitas vardas;https://***@kita.example/;;;\n" + // 3: known by its address, changed
		";Paštas;tcp://pastas.example:25;90 s;;\n" + // 4: new
		"failo;x;https://x.example;;;\n" + // 5: the file's
		"blogas;x;ftp://x;;;\n" + // 6: wrong address
		"pastas;x;https://x.example;;;\n" + // 7: its ID was made for line 4
		"tcp;x;tcp://x.example:1;vakar;Tekstas;\n") // 8: two mistakes
	got, err := do.PreviewChecks(rasa, list)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, l := range got.Lines {
		lines = append(lines, fmt.Sprint(l.Line, " ", l.Kind, " ", l.ID, " ", codes(l.Problems), " ", len(l.Changes)))
	}
	want := []string{
		"2 changed www  2", "3 changed kita  1", "4 new pastas  0", "5 wrong failo id id_in_file 0", "6 wrong blogas target target_scheme 0",
		"7 wrong pastas id id_taken 0", "8 wrong tcp interval interval, http wrong_kind 0",
	}
	if strings.Join(lines, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
	if len(got.Unknown) != 1 || got.Unknown[0] != "Kaina" {
		t.Errorf("unknown columns %q", got.Unknown)
	}
	if _, err := do.ImportChecks(of(t.Context(), "ona"), got.Key); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("another person's list: %v", err)
	}
	if n, err := do.ImportChecks(rasa, got.Key); n != 3 || err != nil {
		t.Errorf("%d taken over, %v", n, err)
	}
	if _, err := do.ImportChecks(rasa, got.Key); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("twice: %v", err)
	}
	now := c.settings.Current()
	www, _ := now.Check("www")
	kita, _ := now.Check("kita")
	post, _ := now.Check("pastas")
	if www.Name != "Nauja svetainė" || www.Target != "https://www.example" || len(www.HTTP.Contains) != 2 || len(www.HTTP.NotContains) != 1 || www.Interval != 5*time.Minute {
		t.Errorf("www is %+v", www)
	}
	if kita.Name != "Kitas vardas" || kita.Target != "https://rasa:hunter2@kita.example/" || post.Interval != 90*time.Second || len(now.Checks) != 3 {
		t.Errorf("kita is %+v, pastas is %+v of %d", kita, post, len(now.Checks))
	}
	again, err := do.PreviewChecks(rasa, list[:bytes.Index(list, []byte("failo"))])
	if err != nil || len(again.Lines) != 3 {
		t.Fatalf("%+v, %v", again, err)
	}
	for _, l := range again.Lines {
		if l.Kind != web.ImportUnchanged {
			t.Errorf("line %d would do something again: %+v", l.Line, l)
		}
	}
}

// Only a bare name is a website: what says how to look stays what it is.
func TestListsKeepWhatIsNoWebsite(t *testing.T) {
	c := console(t, t.TempDir(), "host: {disabled: true}\n")
	defer closed(t, c)
	rasa := of(t.Context(), "rasa")
	do := checkActions{c}
	job := settings.Check{ID: "kopija", Name: "Kopija", Spec: probe.Spec{Target: probe.TargetJob}, Job: settings.Job{Period: time.Hour}}
	if _, err := do.AddCheck(rasa, job, ""); err != nil {
		t.Fatal(err)
	}
	list := []byte("id;name;target;interval\n" +
		";;domain:mokykla.lt;\n" + // 2
		";Antras;DOMAIN:Mokykla.eu;2 val.\n" + // 3
		"kopija;Atsarginė kopija;job:;\n" + // 4: changed
		";Kita;job:;\n" + // 5: without an ID it is another, and nobody says how often it calls
		";Budi;self;\n" + // 6
		";Svetainė;mokykla.lt;\n" + // 7: a website
		";;domain:https://mokykla.lt;\n" + // 8
		";;domain:;\n") // 9
	got, err := do.PreviewChecks(rasa, list)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, l := range got.Lines {
		lines = append(lines, fmt.Sprint(l.Line, " ", l.Kind, " ", l.ID, " ", l.Target, " ", codes(l.Problems)))
	}
	want := []string{
		"2 new mokykla-lt domain:mokykla.lt ", "3 new antras DOMAIN:Mokykla.eu ", "4 changed kopija job: ", "5 wrong kita job: job.period interval",
		"6 new budi self ", "7 new svetaine https://mokykla.lt ", "8 wrong check domain:https://mokykla.lt target target_domain", "9 wrong check-2 domain: target target_domain",
	}
	if strings.Join(lines, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
	if n, err := do.ImportChecks(rasa, got.Key); n != 5 || err != nil {
		t.Errorf("%d taken over, %v", n, err)
	}
	now := c.settings.Current()
	if check, _ := now.Check("mokykla-lt"); check.Target != "domain:mokykla.lt" || check.Kind() != probe.KindDomain {
		t.Errorf("%+v", check)
	}
	again, err := do.PreviewChecks(rasa, []byte("target\ndomain:mokykla.lt\n"))
	if err != nil || len(again.Lines) != 1 || again.Lines[0].Kind != web.ImportUnchanged {
		t.Errorf("%+v, %v", again, err)
	}
}

// The file wins whatever was set in the console before, and a file that leaves
// no room for it stops neither a start nor a reload.
func TestTheFileWins(t *testing.T) {
	dir := t.TempDir()
	c := console(t, dir, "host: {disabled: true}\n")
	ona := of(t.Context(), "ona")
	smtp := &mail.Config{From: "budi@example.lt", SMTP: mail.SMTP{Host: "127.0.0.1", Security: mail.None}}
	if err := c.change(ona, "settings.mail", "", func(s *settings.Settings) error { return s.SetMail(smtp) }); codes(err) != "external_url url_missing" {
		t.Errorf("mail without an address for its links: %v", err)
	}
	if err := c.change(ona, "settings.contact", "", func(s *settings.Settings) error {
		return s.PutContact("", settings.Contact{Name: "rasa", Email: "rasa@example.lt"})
	}); codes(err) != "email no_mail" {
		t.Errorf("a contact without mail: %v", err)
	}
	if len(c.settings.Current().Contacts) != 0 || c.settings.Current().Mail != nil {
		t.Error("what was refused is stored")
	}
	with := *smtp
	with.SMTP.Username, with.SMTP.Password, with.SMTP.Security, with.SMTP.Host = "budi", secret.New("hunter2"), mail.StartTLS, "smtp.example.lt"
	err := c.change(ona, "settings", "", func(s *settings.Settings) error {
		return errors.Join(s.SetExternalURL("https://console.example"), s.SetInstitution("Mokykla"), s.SetLanguage("lt"), s.SetMail(&with),
			s.PutContact("", settings.Contact{Name: "rasa", Email: "rasa@example.lt"}), s.PutCheck(pageCheck("www", "https://www.example")))
	})
	if err != nil {
		t.Fatal(err)
	}
	config := c.Config()
	if config.ExternalURL != "https://console.example" || config.institution() != "Mokykla" || config.Language != "lt" || config.Mail.SMTP.Password.Reveal() != "hunter2" || len(config.Contacts) != 1 || len(config.LeftOut()) != 0 {
		t.Errorf("in use: %+v", config)
	}
	closed(t, c)
	if data, err := os.ReadFile(filepath.Join(dir, "data", "budi.db")); err != nil || bytes.Contains(data, []byte("hunter2")) {
		t.Errorf("budi.db holds the password, or %v", err)
	}

	c = console(t, dir, declaredCheck+"institution: Failo mokykla\nlanguage: en\n")
	defer closed(t, c)
	config = c.Config()
	if config.ExternalURL != "https://file.example" || config.institution() != "Failo mokykla" || config.Language != "en" || !config.Declared("external_url") || config.Declared("mail") {
		t.Errorf("in use: %+v", config)
	}
	if config.Mail == nil || config.Mail.SMTP.Host != "smtp.example.lt" || len(config.Checks) != 2 {
		t.Errorf("of the console: %+v, %+v", config.Mail, config.Checks)
	}
	// The file takes the check's ID; then it takes the mail's.
	write := func(text string) error {
		if err := os.WriteFile(filepath.Join(dir, "collector.yml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return c.Reload(t.Context())
	}
	if err := write("host: {disabled: true}\nexternal_url: https://file.example\nchecks: [{id: www, target: 'https://failo.example'}]\nmail: {from: failas@example.lt, smtp: {host: 127.0.0.1, security: none}}\n"); err != nil {
		t.Fatal(err)
	}
	config = c.Config()
	if check, _ := config.Check("www"); check.Target != "https://failo.example" || config.Mail.From != "failas@example.lt" || len(config.Contacts) != 1 {
		t.Errorf("in use: %+v", config)
	}
	// And without a file's word the console's are back, for nothing was lost.
	if err := write("host: {disabled: true}\n"); err != nil {
		t.Fatal(err)
	}
	config = c.Config()
	if check, _ := config.Check("www"); check.Target != "https://www.example" || config.Mail.From != "budi@example.lt" {
		t.Errorf("in use: %+v", config)
	}
	// A mistake in the file changes nothing.
	if err := write("nonsense: true\n"); err == nil || len(c.Config().Checks) != 1 {
		t.Errorf("a mistake: %v", err)
	}
}
