package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/secret"
)

// polledDoors are the routes by which devices are added that are looked at over
// the network, and by which is changed how they are asked.
func polledDoors() []door {
	return []door{
		get("/polled/new", access.Operator, (*server).newPolled),
		post("/polled/new", access.Operator, (*server).addPolled),
		get("/polled/{id}/edit", access.Operator, (*server).polledForm),
		post("/polled/{id}/edit", access.Operator, (*server).editPolled),
		post("/polled/{id}/pause", access.Operator, (*server).pausePolled),
		post("/polled/{id}/resume", access.Operator, (*server).resumePolled),
	}
}

// Fields of these forms, named as those of settings.Problem.
const (
	fieldRoom        = "room"
	fieldCredentials = "credentials"
	fieldSubnets     = "subnets"
	fieldVersion     = "snmp.version"
	fieldCommunity   = "snmp.community"
	fieldUser        = "snmp.user"
	fieldAuth        = "snmp.auth"
	fieldAuthKey     = "snmp.auth_key"
	fieldPriv        = "snmp.priv"
	fieldPrivKey     = "snmp.priv_key"
	fieldPassword    = "pjlink.password"
)

func accessFields() []string {
	return []string{fieldCredentials, fieldVersion, fieldCommunity, fieldUser, fieldAuth, fieldAuthKey, fieldPriv, fieldPrivKey, fieldPassword}
}

func polledFields() []string {
	return append(accessFields(), fieldTarget, fieldName, fieldRoom, fieldSite, fieldInterval)
}

// polledBody is what the template of the form gets.
type polledBody struct {
	PolledChoices
	Form  form
	ID    string // of a device that is there; "": a new one
	Has   AccessHas
	Key   string // of what was typed in the first step, when the second is shown
	Trial *DeviceTrial
	Told  *lookBody // what Trial found, in words
	Known *knownDevice
}

// knownDevice is a device that is there already.
type knownDevice struct {
	Reference
	Moved bool
}

// Open reports whether the part of the form with the secrets is opened.
func (b polledBody) Open() bool {
	return slices.ContainsFunc(accessFields(), func(name string) bool { return b.Form.Values.Get(name) != "" || b.Form.Wrong[name] != "" }) ||
		b.Trial != nil && b.Trial.Result.Device == nil
}

// readAccess reads what a device wants to know before it answers. Secrets go
// nowhere but into the result.
func readAccess(r *http.Request) settings.Access {
	get := func(name string) string { return strings.TrimSpace(clip(r.PostForm.Get(name), 2*maxShown)) }
	hidden := func(name string) (out secret.String) {
		if value := r.PostForm.Get(name); value != "" {
			out = secret.New(clip(value, 4*maxShown))
		}
		return out
	}
	return settings.Access{
		SNMP: settings.SNMP{
			Version: get(fieldVersion), Community: hidden(fieldCommunity), User: get(fieldUser),
			Auth: get(fieldAuth), AuthKey: hidden(fieldAuthKey), Priv: get(fieldPriv), PrivKey: hidden(fieldPrivKey),
		},
		PJLink: settings.PJLink{Password: hidden(fieldPassword)},
	}
}

// typedForm is what was typed, without the secrets.
func typedForm(r *http.Request) form {
	f := form{Values: r.PostForm}
	for _, name := range []string{fieldCommunity, fieldAuthKey, fieldPrivKey, fieldPassword} {
		f.Values.Del(name)
	}
	return f
}

// accessForm fills a form with what a device wants to know, without the secrets.
func accessForm(f *form, a settings.Access) {
	for name, value := range map[string]string{fieldVersion: a.SNMP.Version, fieldUser: a.SNMP.User, fieldAuth: a.SNMP.Auth, fieldPriv: a.SNMP.Priv} {
		f.Values.Set(name, value)
	}
}

// readPolled reads how a device is asked.
func readPolled(r *http.Request) settings.Device {
	get := func(name string) string { return strings.TrimSpace(clip(r.PostForm.Get(name), maxCheckAddress)) }
	d := settings.Device{Target: get(fieldTarget), Credentials: get(fieldCredentials), Access: readAccess(r)}
	if n, err := strconv.Atoi(get(fieldInterval)); err == nil && n > 0 && n < 1e6 {
		d.Interval = time.Duration(n) * time.Second
	}
	return d
}

func (s *server) newPolled(w http.ResponseWriter, r *http.Request) error {
	f := newForm()
	f.Values.Set(fieldSite, clip(r.URL.Query().Get("site"), maxWord))
	return s.showPolled(w, r, http.StatusOK, polledBody{Form: f})
}

// showPolled shows the form: the address, and once a look was made what was found
// there.
func (s *server) showPolled(w http.ResponseWriter, r *http.Request, code int, b polledBody) error {
	var err error
	if b.PolledChoices, err = s.Polled.PolledChoices(r.Context()); err != nil {
		return fmt.Errorf("list what a device can be asked with: %w", err)
	}
	p := s.page(r)
	if t := b.Trial; t != nil {
		l := &DeviceLook{Target: t.Result.Target, Newest: &t.Result}
		if t.Result.Device != nil {
			l.Told = &t.Result
		}
		b.Told = p.lookOf(l, "", nil)
		if t.Known != nil {
			b.Known = &knownDevice{Reference{Name: p.Brief(t.Known.Name), Path: t.Known.Path}, t.Moved}
		}
	}
	p.Path = "/devices/_new"
	if p.Title = p.T("web.polled.new"); b.ID != "" {
		p.Title = p.T("web.polled.edit_title", "Name", b.ID)
	}
	s.render(w, r, code, "polled.html", p, b)
	return nil
}

// addPolled is both steps: what was typed is looked at once and kept for some
// minutes; then the device is added with its name and its room.
func (s *server) addPolled(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	if r.PostForm.Get("do") == "add" {
		return s.finishPolled(w, r)
	}
	d := readPolled(r)
	d.Site = clip(r.PostForm.Get(fieldSite), maxWord)
	return s.tryPolled(w, r, d, polledBody{Form: typedForm(r)})
}

// tryPolled looks once and shows what was found.
func (s *server) tryPolled(w http.ResponseWriter, r *http.Request, d settings.Device, b polledBody) error {
	trial, err := s.PolledActions.TryDevice(r.Context(), d)
	if done, err := s.refusePolled(w, r, b, err); done || err != nil {
		return err
	}
	b.Trial = &trial
	if b.ID == "" {
		b.Key = s.keep(r, d)
		if b.Form.Values.Get(fieldName) == "" {
			b.Form.Values.Set(fieldName, clipRunes(s.page(r).Foreign(trial.Title), maxWord))
		}
	}
	return s.showPolled(w, r, http.StatusOK, b)
}

// refusePolled shows the form again when something cannot be; it reports whether
// it did.
func (s *server) refusePolled(w http.ResponseWriter, r *http.Request, b polledBody, err error) (bool, error) {
	p := s.page(r)
	problems := settings.Of(err)
	switch {
	case err == nil:
		return false, nil
	case len(problems) > 0:
		p.refuseSettings(&b.Form, problems, polledFields()...)
		return true, s.showPolled(w, r, http.StatusUnprocessableEntity, b)
	case isTooMany(err):
		b.Form.Refuse("", p.T("web.check.too_many"))
		return true, s.showPolled(w, r, http.StatusTooManyRequests, b)
	}
	return false, fmt.Errorf("look at a device once: %w", err)
}

// finishPolled adds what was looked at.
func (s *server) finishPolled(w http.ResponseWriter, r *http.Request) error {
	b := polledBody{Form: typedForm(r), Key: clip(r.PostForm.Get("key"), maxWord)}
	value, _ := s.kept(r, b.Key)
	d, ok := value.(settings.Device)
	if !ok {
		b.Key = ""
		b.Form.Refuse("", s.page(r).T("web.polled.again"))
		return s.showPolled(w, r, http.StatusUnprocessableEntity, b)
	}
	get := func(name string) string { return clipRunes(strings.TrimSpace(r.PostForm.Get(name)), maxWord) }
	d.Name, d.Room = get(fieldName), get(fieldRoom)
	d.Site = cmp.Or(get(fieldSite), d.Site)
	added, err := s.PolledActions.AddDevice(r.Context(), d, r.PostForm.Get("anyway") != "")
	if len(settings.Of(err)) > 0 {
		b.Trial = &DeviceTrial{Result: added.Result}
	}
	if done, err := s.refusePolled(w, r, b, err); done || err != nil {
		return err
	}
	did := "polled.added"
	if added.Moved {
		did = "polled.moved"
	}
	s.done(w, r, "/devices/"+added.ID, did, added.ID)
	return nil
}

// inFile refuses to change what the configuration file declares.
func (w words) inFile(id, file string) string {
	return w.SettingsProblem(settings.New(fieldID, settings.CodeIDInFile, "ID", id, "File", file))
}

func (s *server) polledForm(w http.ResponseWriter, r *http.Request) error {
	id, page, err := s.polledOf(r)
	if err != nil {
		return err
	}
	f := newForm(fieldTarget, page.Spec.Target, fieldCredentials, page.Spec.Credentials)
	if page.Spec.Interval != 0 {
		f.Values.Set(fieldInterval, seconds(page.Spec.Interval))
	}
	accessForm(&f, page.Spec.Access)
	code := http.StatusOK
	if page.File != "" {
		f.Refuse("", s.page(r).inFile(id, page.File))
		code = http.StatusUnprocessableEntity
	}
	return s.showPolled(w, r, code, polledBody{Form: f, ID: id, Has: page.Has})
}

func (s *server) polledOf(r *http.Request) (string, PolledDevice, error) {
	id, err := deviceID(r)
	if err != nil {
		return "", PolledDevice{}, err
	}
	page, err := s.Polled.PolledDevice(r.Context(), id)
	if err != nil {
		return "", PolledDevice{}, fmt.Errorf("read how %s is asked: %w", id, err)
	}
	return id, page, nil
}

// editPolled changes how a device is asked, or looks once as it would be asked.
func (s *server) editPolled(w http.ResponseWriter, r *http.Request) error {
	id, page, err := s.polledOf(r)
	if err != nil {
		return err
	}
	if err := readForm(r); err != nil {
		return err
	}
	d := readPolled(r)
	d.ID = id
	forget, try := r.PostForm.Get("forget") != "", r.PostForm.Get("do") == "look"
	b := polledBody{Form: typedForm(r), ID: id, Has: page.Has}
	if try {
		return s.tryPolled(w, r, d, b)
	}
	if done, err := s.refusePolled(w, r, b, s.PolledActions.EditDevice(r.Context(), d, !forget)); done || err != nil {
		return err
	}
	s.done(w, r, "/devices/"+id, "polled.changed", id)
	return nil
}

func (s *server) pausePolled(w http.ResponseWriter, r *http.Request) error {
	return s.switchPolled(w, r, true, "polled.paused")
}

func (s *server) resumePolled(w http.ResponseWriter, r *http.Request) error {
	return s.switchPolled(w, r, false, "polled.resumed")
}

func (s *server) switchPolled(w http.ResponseWriter, r *http.Request, paused bool, did string) error {
	id, err := deviceID(r)
	if err != nil {
		return err
	}
	err = s.PolledActions.PauseDevice(r.Context(), id, paused)
	if problems := settings.Of(err); len(problems) > 0 {
		f := form{}
		f.Refuse("", s.page(r).SettingsProblem(problems[0]))
		return s.showDevice(w, r, http.StatusUnprocessableEntity, id, f)
	}
	if err != nil {
		return fmt.Errorf("pause or resume %s: %w", id, err)
	}
	s.done(w, r, "/devices/"+id, did, id)
	return nil
}

// CredentialOptions lists whose secrets a device can be asked with.
func (w words) CredentialOptions(names []string) []option {
	out := []option{{"", w.T("web.polled.by_subnet")}}
	for _, name := range names {
		out = append(out, option{name, w.Brief(name)})
	}
	return out
}

// SNMPVersions lists the versions of SNMP.
func (w words) SNMPVersions() []option {
	return []option{{"", w.T("web.polled.version_usual")}, {"1", "1"}, {"2c", "2c"}, {"3", "3"}}
}

// Protocols lists protocols, and none.
func (w words) Protocols(names []string) []option {
	out := []option{{"", w.T("web.polled.none")}}
	for _, name := range names {
		out = append(out, option{name, name})
	}
	return out
}

// SiteOptions lists sites for a form.
func (w words) SiteOptions(sites []Site) []option {
	var out []option
	for _, site := range sites[:min(len(sites), maxCheckSites)] {
		out = append(out, option{site.ID, w.SiteName(site)})
	}
	return out
}

// DeviceIntervals lists the usual intervals, and that by the kind.
func (w words) DeviceIntervals(f form) []option {
	usual := w.times(f.Values.Get(fieldInterval), 60, 300, 600, 1800, 3600)
	return append([]option{{"", w.T("web.polled.by_kind")}}, usual...)
}

// Kept is the hint at a secret that there is.
func (AccessHas) Kept(has bool) string {
	if has {
		return "web.polled.kept"
	}
	return "web.polled.secret_hint"
}
