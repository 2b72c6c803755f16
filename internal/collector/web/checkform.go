package web

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
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
	return []string{probe.KindHTTP, probe.KindTCP, probe.KindTLS, probe.KindICMP, probe.KindDNS, probe.KindDomain, probe.KindJob}
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
	fieldHeaders   = "http.headers"
	fieldWho       = "http.auth.username"
	fieldWhoSecret = "http.auth.password"
	fieldBearer    = "http.auth.bearer"
	fieldCookies   = "http.cookies"
	fieldBody      = "http.body"
	fieldForm      = "http.form"
	fieldIP        = "http.ip_version"
	fieldHTTP      = "http.http_version"
	fieldMaxSize   = "http.max_size"
	fieldMatches   = "http.matches"
	fieldNotMatch  = "http.not_matches"
	fieldRules     = "http.expect_headers"
	fieldJSON      = "http.json"
	fieldSteps     = "http.steps"
	fieldSecurity  = "website.security"
	fieldContent   = "website.content"
	fieldLinks     = "website.links"
	fieldVantages  = "vantages"
	fieldPeriod    = "job.period"
	fieldGrace     = "job.grace"
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
		fieldStatus, strings.Join(c.HTTP.ExpectStatus, ", "), fieldMethod, c.HTTP.Asks(),
		fieldHeaders, pairsText(c.HTTP.Headers, ": "), fieldCookies, pairsText(c.HTTP.Cookies, "="), fieldForm, pairsText(c.HTTP.Form, "="), fieldBody, c.HTTP.Body,
		fieldWho, c.HTTP.Auth.Username, fieldWhoSecret, c.HTTP.Auth.Password, fieldBearer, c.HTTP.Auth.Bearer,
		fieldIP, c.HTTP.IPVersion, fieldHTTP, c.HTTP.HTTPVersion,
		fieldMatches, strings.Join(c.HTTP.Matches, "\n"), fieldNotMatch, strings.Join(c.HTTP.NotMatches, "\n"),
		fieldRules, settings.ListText(settings.ListHeaders, c.HTTP), fieldJSON, settings.ListText(settings.ListJSON, c.HTTP), fieldSteps, settings.ListText(settings.ListSteps, c.HTTP),
		fieldDNSType, cmp.Or(c.DNS.Type, "A"), fieldAnswers, strings.Join(c.DNS.Answers, "\n"),
		fieldParents, strings.Join(c.Parents, ", "), fieldRunsOn, strings.Join(c.RunsOn, ", "), fieldDependsOn, strings.Join(c.DependsOn, ", "))
	for name, on := range map[string]bool{fieldSecurity: c.Website.Security, fieldContent: c.Website.Content, fieldLinks: c.Website.Links} {
		if on {
			f.Values.Set(name, "yes")
		}
	}
	setDomain(f, c.Domain)
	if len(c.Vantages) > 0 {
		f.Values.Set(fieldVantages, strings.Join(c.Vantages, ", "))
	}
	if c.Job.Period != 0 {
		f.Values.Set(fieldPeriod, seconds(c.Job.Period))
	}
	if c.Job.Grace != 0 {
		f.Values.Set(fieldGrace, seconds(c.Job.Grace))
	}
	if n := c.HTTP.MaxRedirects; n != nil {
		f.Values.Set(fieldRedirects, strconv.Itoa(*n))
	}
	if c.HTTP.MaxSize != 0 {
		f.Values.Set(fieldMaxSize, strconv.FormatInt(c.HTTP.MaxSize, 10))
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
	if b.Kind != probe.KindJob && b.Kind != probe.KindDomain {
		c.Vantages = things(get(fieldVantages))
	}
	c.Target = get(fieldTarget)
	if b.Kind == probe.KindJob {
		c.Target = probe.TargetJob
		p.readJob(&b.Form, &c.Job)
	}
	if c.Target != "" && c.Target != settings.SelfTarget && !probe.SaysHow(c.Target) {
		c.Target = schemeOf(b.Kind) + c.Target
	}
	number := func(name, code string, into *time.Duration, usual time.Duration) {
		text := strings.Replace(get(name), ",", ".", 1)
		if text == "" {
			return
		}
		n, err := strconv.ParseFloat(text, 64)
		if err != nil || n <= 0 || n > 1e6 {
			low, high := settings.ShortestInterval(b.Kind), settings.MaxInterval
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
	number(fieldInterval, settings.CodeInterval, &c.Interval, settings.UsualInterval(b.Kind))
	number(fieldTimeout, settings.CodeTimeout, &c.Timeout, settings.UsualTimeout(b.Kind))
	switch b.Kind {
	case probe.KindHTTP:
		c.Website = settings.Website{
			Security: get(fieldSecurity) != "", Content: get(fieldContent) != "", Links: get(fieldLinks) != "",
		}
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
		p.readSending(r, &b.Form, &c)
	case probe.KindDomain:
		p.readDomain(&b.Form, &c.Domain)
	case probe.KindDNS:
		c.DNS.Answers = texts(get(fieldAnswers))
		if t := get(fieldDNSType); t != "A" {
			c.DNS.Type = t
		}
	}
	return c, nil
}

// readSending reads what a form says of a website beyond the usual.
func (p *page) readSending(r *http.Request, f *form, c *settings.Check) {
	raw := func(name string) string {
		return strings.ReplaceAll(clip(r.PostForm.Get(name), maxCheckTexts), "\r\n", "\n")
	}
	get := func(name string) string { return strings.TrimSpace(raw(name)) }
	h := &c.HTTP
	for _, list := range []struct {
		name, between, code string
		into                *map[string]string
	}{{fieldHeaders, ":", settings.CodeHeaders, &h.Headers}, {fieldCookies, "=", settings.CodeCookies, &h.Cookies}, {fieldForm, "=", settings.CodeForm, &h.Form}} {
		var ok bool
		if *list.into, ok = pairsOf(get(list.name), list.between); !ok {
			f.Refuse(list.name, p.SettingsProblem(settings.New(list.name, list.code, "Name", "", "Max", probe.MaxFields)))
		}
	}
	h.Auth = probe.Auth{Username: get(fieldWho), Password: raw(fieldWhoSecret), Bearer: get(fieldBearer)}
	h.Body = raw(fieldBody)
	h.IPVersion, h.HTTPVersion = get(fieldIP), get(fieldHTTP)
	if text := get(fieldMaxSize); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if h.MaxSize = n; err != nil || n == 0 {
			h.MaxSize = -1 // refused below, with the right words
		}
	}
	h.Matches, h.NotMatches = texts(get(fieldMatches)), texts(get(fieldNotMatch))
	for _, list := range []string{settings.ListHeaders, settings.ListJSON, settings.ListSteps} {
		p.refuseSettings(f, settings.ReadList(list, raw("http."+list), &c.Spec), "http."+list)
	}
}

// pairsText writes names and values, one pair a line.
func pairsText(m map[string]string, between string) string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		lines = append(lines, name+between+m[name])
	}
	return strings.Join(lines, "\n")
}

// pairsOf reads names and values, one pair a line; false when a line is none, or
// a name stands twice.
func pairsOf(s, between string) (map[string]string, bool) {
	var out map[string]string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		name, value, ok := strings.Cut(line, between)
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if _, twice := out[name]; !ok || name == "" || twice {
			return nil, false
		}
		if out == nil {
			out = map[string]string{}
		}
		out[name] = value
	}
	return out, true
}

// Sending reports whether a form says more of a website than the usual.
func (f form) Sending() bool { return f.says(sendingFields()) }

// Judging is Sending for what the answer must be.
func (f form) Judging() bool { return f.says(judgingFields()) }

func (f form) says(names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return f.Values.Get(name) != "" || f.Wrong[name] != "" })
}

func sendingFields() []string {
	return []string{fieldHeaders, fieldWho, fieldWhoSecret, fieldBearer, fieldCookies, fieldBody, fieldForm, fieldIP, fieldHTTP, fieldSteps}
}

func judgingFields() []string {
	return []string{fieldMatches, fieldNotMatch, fieldRules, fieldJSON, fieldMaxSize}
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
	switch kind {
	case probe.KindHTTP:
		return "https://"
	case probe.KindDomain:
		return probe.SchemeDomain
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
		b.Form = checkFormOf(settings.Check{
			Website: settings.Website{Security: true, Content: true, Links: true},
			Job:     settings.Job{Period: 24 * time.Hour},
		})
		b.Form.Values.Set(fieldTarget, clip(r.URL.Query().Get("target"), probe.MaxTarget))
		b.Form.Values.Set(fieldInterval, seconds(settings.UsualInterval(b.Kind)))
		b.Form.Values.Set(fieldTimeout, seconds(settings.UsualTimeout(b.Kind)))
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
	if b.Kind != probe.KindJob { // which has no address of its own
		b.Example = schemeOf(b.Kind) + p.T("web.check.example."+b.Kind)
	}
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
	return slices.Concat(sendingFields(), judgingFields(), domainFields(), []string{fieldName, fieldID, fieldSite, fieldTarget, fieldInterval, fieldTimeout, fieldContains, fieldNot, fieldStatus, fieldMethod, fieldRedirects, fieldVantages, fieldPeriod, fieldGrace, fieldDNSType, fieldAnswers, fieldParents, fieldRunsOn, fieldDependsOn})
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

// websiteBox is one of the boxes of what else is watched of a website.
type websiteBox struct {
	Name, Text string
	Checked    bool
}

// WebsiteBoxes lists what else can be watched of a website.
func (w words) WebsiteBoxes(f form) []websiteBox {
	var out []websiteBox
	for _, name := range []string{fieldSecurity, fieldContent, fieldLinks} {
		out = append(out, websiteBox{name, w.T("web.check." + name), f.Values.Get(name) != ""})
	}
	return out
}

// Methods lists how a website can be asked.
func (words) Methods() []option {
	var out []option
	for _, m := range probe.Methods() {
		out = append(out, option{m, m})
	}
	return out
}

// IPVersions lists by which version of the Internet Protocol a website is asked.
func (w words) IPVersions() []option {
	out := []option{{"", w.T("web.check.ip.any")}}
	for _, v := range []string{probe.IPv4, probe.IPv6, probe.IPBoth} {
		out = append(out, option{v, w.T("web.check.ip." + v)})
	}
	return out
}

// HTTPVersions lists by which version of HTTP a website must answer.
func (w words) HTTPVersions() []option {
	return []option{{"", w.T("web.check.http.any")}, {probe.HTTP11, "HTTP/1.1"}, {probe.HTTP2, "HTTP/2"}}
}

// DNSTypes lists the records that can be asked for.
func (words) DNSTypes() []option {
	var out []option
	for _, t := range []string{"A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT"} {
		out = append(out, option{t, t})
	}
	return out
}
