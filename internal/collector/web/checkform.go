package web

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/probe"
)

func isTooMany(err error) bool { return errors.Is(err, ErrTooMany) }

// kinds lists what can be looked at, the usual first.
func kinds() []string {
	return []string{probe.KindHTTP, probe.KindTCP, probe.KindTLS, probe.KindICMP, probe.KindDNS}
}

// checkFormBody is what the template of the form gets.
type checkFormBody struct {
	Form    form
	ID      string // "" for a new one
	From    string // the check that is cloned; "": none
	Kind    string
	Kinds   []kindLink
	Tried   *attempt
	Sites   []option // two or more, or none
	Example string   // of an address of this kind
}

// kindLink leads to the form for another kind of target.
type kindLink struct {
	Kind    string
	Current bool
}

// checkFields are the fields of the form. They are named like those of the
// configuration file, and like those of settings.Problem.
const (
	fieldName      = "name"
	fieldID        = "id"
	fieldSite      = "site"
	fieldTarget    = "target"
	fieldInterval  = "interval"
	fieldTimeout   = "timeout"
	fieldContains  = "http.contains"
	fieldNot       = "http.not_contains"
	fieldStatus    = "http.expect_status"
	fieldMethod    = "http.method"
	fieldRedirects = "http.max_redirects"
	fieldDNSType   = "dns.type"
	fieldAnswers   = "dns.answers"
	fieldParents   = "parents"
	fieldRunsOn    = "runs_on"
	fieldDependsOn = "depends_on"
	fieldPower     = "power"
)

// checkFormOf fills the form with a check.
func checkFormOf(c settings.Check) form {
	f := newForm(fieldName, c.Name, fieldID, c.ID, fieldSite, c.Site, fieldTarget, c.Target,
		fieldInterval, seconds(c.Every()), fieldTimeout, seconds(c.Within()),
		fieldContains, strings.Join(c.HTTP.Contains, "\n"), fieldNot, strings.Join(c.HTTP.NotContains, "\n"),
		fieldStatus, strings.Join(c.HTTP.ExpectStatus, ", "), fieldMethod, cmp.Or(c.HTTP.Method, http.MethodGet),
		fieldDNSType, cmp.Or(c.DNS.Type, "A"), fieldAnswers, strings.Join(c.DNS.Answers, "\n"),
		fieldParents, strings.Join(c.Parents, ", "), fieldRunsOn, strings.Join(c.RunsOn, ", "), fieldDependsOn, strings.Join(c.DependsOn, ", "))
	if n := c.HTTP.MaxRedirects; n != nil {
		f.Values.Set(fieldRedirects, strconv.Itoa(*n))
	}
	return f
}

// seconds writes a time as forms do.
func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) }

// readCheck makes a check of what was typed. What cannot be a number is told in
// the form.
func (p *page) readCheck(r *http.Request, b *checkFormBody) (settings.Check, error) {
	if err := readForm(r); err != nil {
		return settings.Check{}, err
	}
	b.Form = form{Values: r.PostForm}
	get := func(name string) string { return strings.TrimSpace(clip(r.PostForm.Get(name), maxCheckTexts)) }
	b.Kind, b.From = get("kind"), get("from")
	if !slices.Contains(kinds(), b.Kind) {
		b.Kind = probe.KindHTTP
	}
	c := settings.Check{ID: get(fieldID), Name: get(fieldName), Site: get(fieldSite)}
	c.Parents, c.RunsOn, c.DependsOn = things(get(fieldParents)), things(get(fieldRunsOn)), things(get(fieldDependsOn))
	c.Target = get(fieldTarget)
	if c.Target != "" && c.Target != settings.SelfTarget && !strings.Contains(c.Target, "://") {
		c.Target = schemeOf(b.Kind) + c.Target
	}
	number := func(name, code string, into *time.Duration, usual time.Duration) {
		text := strings.Replace(get(name), ",", ".", 1)
		if text == "" {
			return
		}
		n, err := strconv.ParseFloat(text, 64)
		if err != nil || n <= 0 || n > 1e6 {
			low, high := settings.MinInterval, settings.MaxInterval
			if name == fieldTimeout {
				low, high = 100*time.Millisecond, probe.MaxTimeout
			}
			b.Form.Refuse(name, p.SettingsProblem(settings.New(name, code, "Low", low, "High", high)))
			return
		}
		if *into = time.Duration(n * float64(time.Second)); *into == usual {
			*into = 0
		}
	}
	number(fieldInterval, settings.CodeInterval, &c.Interval, settings.DefaultInterval)
	number(fieldTimeout, settings.CodeTimeout, &c.Timeout, probe.DefaultTimeout)
	switch b.Kind {
	case probe.KindHTTP:
		c.HTTP.Contains, c.HTTP.NotContains = texts(get(fieldContains)), texts(get(fieldNot))
		c.HTTP.ExpectStatus = strings.FieldsFunc(get(fieldStatus), func(r rune) bool { return r == ',' || r == ' ' || r == ';' })
		if method := get(fieldMethod); method != http.MethodGet {
			c.HTTP.Method = method
		}
		if text := get(fieldRedirects); text != "" {
			n, err := strconv.Atoi(text)
			if err != nil {
				n = -1 // refused below, with the right words
			}
			c.HTTP.MaxRedirects = &n
		}
	case probe.KindDNS:
		c.DNS.Answers = texts(get(fieldAnswers))
		if t := get(fieldDNSType); t != "A" {
			c.DNS.Type = t
		}
	}
	return c, nil
}

// texts are the lines that have something in them.
func texts(s string) []string {
	var out []string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// things are what somebody lists with commas between.
func things(s string) []string {
	var out []string
	for name := range strings.FieldsFuncSeq(s, func(c rune) bool { return c == ',' || c == ';' || c == '\n' }) {
		if name = strings.TrimSpace(name); name != "" {
			out = append(out, name)
		}
	}
	return out
}

// Hanging reports whether a form says what its thing hangs on.
func (f form) Hanging() bool {
	for _, name := range []string{fieldParents, fieldRunsOn, fieldDependsOn, fieldPower} {
		if f.Values.Get(name) != "" || f.Wrong[name] != "" {
			return true
		}
	}
	return false
}

// schemeOf begins the target of a kind.
func schemeOf(kind string) string {
	if kind == probe.KindHTTP {
		return "https://"
	}
	return kind + "://"
}

func (s *server) newCheck(w http.ResponseWriter, r *http.Request) error {
	b := checkFormBody{Kind: r.URL.Query().Get("kind")}
	if from := r.URL.Query().Get("from"); from != "" {
		page, err := s.Checks.Check(r.Context(), clip(from, 100), Day)
		if err != nil {
			return fmt.Errorf("read check %s: %w", from, err)
		}
		copied := page.Spec
		b.From, b.Kind = copied.ID, copied.Kind()
		copied.ID = ""
		if copied.Name != "" {
			copied.Name = clipRunes(s.page(r).T("web.check.copy_of", "Name", copied.Name), settings.MaxName/2)
		}
		b.Form = checkFormOf(copied)
	} else {
		b.Form = checkFormOf(settings.Check{})
	}
	return s.showCheckForm(w, r, http.StatusOK, b)
}

func (s *server) editCheckForm(w http.ResponseWriter, r *http.Request) error {
	id, err := deviceID(r)
	if err != nil {
		return err
	}
	page, err := s.Checks.Check(r.Context(), id, Day)
	if err != nil {
		return fmt.Errorf("read check %s: %w", id, err)
	}
	if page.File != "" {
		text := s.page(r).SettingsProblem(settings.New(fieldID, settings.CodeIDInFile, "ID", id, "File", page.File))
		return s.showCheck(w, r, http.StatusUnprocessableEntity, nil, text)
	}
	return s.showCheckForm(w, r, http.StatusOK, checkFormBody{Form: checkFormOf(page.Spec), ID: id, Kind: page.Spec.Kind()})
}

func (s *server) showCheckForm(w http.ResponseWriter, r *http.Request, code int, b checkFormBody) error {
	if !slices.Contains(kinds(), b.Kind) {
		b.Kind = probe.KindHTTP
	}
	for _, kind := range kinds() {
		b.Kinds = append(b.Kinds, kindLink{kind, kind == b.Kind})
	}
	p := s.page(r)
	sites, err := s.Checks.CheckSites(r.Context())
	if err != nil {
		return fmt.Errorf("list sites: %w", err)
	}
	if len(sites) > 1 || b.Form.Wrong[fieldSite] != "" {
		for _, site := range sites[:min(len(sites), maxCheckSites)] {
			b.Sites = append(b.Sites, option{site.ID, p.SiteName(site)})
		}
	}
	b.Example = schemeOf(b.Kind) + p.T("web.check.example."+b.Kind)
	if p.Title = p.T("web.check.new"); b.ID != "" {
		p.Title = p.T("web.check.edit_title", "Name", p.Foreign(cmp.Or(b.Form.Values.Get(fieldName), b.ID)))
	}
	s.render(w, r, code, "checkform.html", p, b)
	return nil
}

func (s *server) addCheck(w http.ResponseWriter, r *http.Request) error {
	return s.takeCheck(w, r, checkFormBody{}, func(c settings.Check, from string) (string, error) {
		return s.ChecksActions.AddCheck(r.Context(), c, from)
	}, "check.added")
}

func (s *server) editCheck(w http.ResponseWriter, r *http.Request) error {
	id, err := deviceID(r)
	if err != nil {
		return err
	}
	return s.takeCheck(w, r, checkFormBody{ID: id}, func(c settings.Check, _ string) (string, error) {
		return id, s.ChecksActions.EditCheck(r.Context(), c)
	}, "check.changed")
}

// takeCheck tries what a form says, or saves it.
func (s *server) takeCheck(w http.ResponseWriter, r *http.Request, b checkFormBody, save func(c settings.Check, from string) (string, error), did string) error {
	p := s.page(r)
	c, err := p.readCheck(r, &b)
	if err != nil {
		return err
	}
	if b.ID != "" {
		c.ID = b.ID
	}
	if !b.Form.OK() { // tell the rest too
		known := c
		known.ID = cmp.Or(c.ID, "new") // one is made when there is none
		p.refuseSettings(&b.Form, known.Problems(), checkFieldNames()...)
	}
	trying := r.PostForm.Get("do") == "try"
	if b.Form.OK() && trying {
		var result look.Result
		if result, err = s.ChecksActions.TryCheck(r.Context(), c, cmp.Or(b.From, b.ID)); err == nil {
			b.Tried = p.attempt(result)
			return s.showCheckForm(w, r, http.StatusOK, b)
		}
	} else if b.Form.OK() {
		var id string
		if id, err = save(c, b.From); err == nil {
			s.done(w, r, "/checks/"+id, did, id)
			return nil
		}
	}
	code := http.StatusUnprocessableEntity
	switch problems := settings.Of(err); {
	case len(problems) > 0:
		p.refuseSettings(&b.Form, problems, checkFieldNames()...)
	case isTooMany(err):
		b.Form.Refuse("", p.T("web.check.too_many"))
		code = http.StatusTooManyRequests
	case err != nil:
		return fmt.Errorf("take a check: %w", err)
	}
	return s.showCheckForm(w, r, code, b)
}

func checkFieldNames() []string {
	return []string{fieldName, fieldID, fieldSite, fieldTarget, fieldInterval, fieldTimeout, fieldContains, fieldNot, fieldStatus, fieldMethod, fieldRedirects, fieldDNSType, fieldAnswers, fieldParents, fieldRunsOn, fieldDependsOn}
}

// Intervals lists the usual intervals, and the one that is typed.
func (w words) Intervals(f form) []option {
	return w.times(f.Values.Get(fieldInterval), 30, 60, 120, 300, 600, 900, 1800, 3600, 6*3600, 24*3600)
}

// Timeouts lists the usual time-outs, and the one that is typed.
func (w words) Timeouts(f form) []option {
	return w.times(f.Values.Get(fieldTimeout), 2, 5, 10, 20, 30, 60)
}

func (w words) times(typed string, usual ...int) []option {
	var out []option
	for _, n := range usual {
		out = append(out, option{strconv.Itoa(n), w.Length(time.Duration(n) * time.Second)})
	}
	if typed != "" && !slices.ContainsFunc(out, func(o option) bool { return o.Value == typed }) {
		text := typed
		if n, err := strconv.ParseFloat(typed, 64); err == nil && n > 0 && n < 1e6 {
			text = w.Took(time.Duration(n * float64(time.Second)))
		}
		out = append([]option{{typed, text}}, out...)
	}
	return out
}

// Methods lists how a website can be asked.
func (words) Methods() []option { return []option{{"GET", "GET"}, {"HEAD", "HEAD"}} }

// DNSTypes lists the records that can be asked for.
func (words) DNSTypes() []option {
	var out []option
	for _, t := range []string{"A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT"} {
		out = append(out, option{t, t})
	}
	return out
}
