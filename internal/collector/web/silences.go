package web

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/fleet"
)

// silencesBody is what the template of the list gets.
type silencesBody struct {
	Active, Coming, Ended []shownSilence
	More                  int // that found no room
	MayAct                bool
}

// shownSilence is a silence with what it covers in words.
type shownSilence struct {
	Silence
	Covers [][]covered
}

// covered is one condition: in words where it is an equality that has some.
type covered struct {
	Label string // "" when there are no words
	Value string
	Code  string // as Alertmanager's programs write it
}

func (s *server) silences(w http.ResponseWriter, r *http.Request) error {
	all, err := s.Incidents.Silences(r.Context())
	if err != nil {
		return fmt.Errorf("read the silences: %w", err)
	}
	places, err := s.Incidents.Places(r.Context())
	if err != nil {
		return fmt.Errorf("read what silences are about: %w", err)
	}
	p := s.page(r)
	p.Title = p.T("web.page.silences")
	b := silencesBody{MayAct: p.may(access.Operator)}
	slices.SortFunc(all, func(x, y Silence) int { return cmp.Or(x.Ends.Compare(y.Ends), strings.Compare(x.ID, y.ID)) })
	for _, silence := range all {
		list := &b.Active
		switch {
		case !p.now.Before(silence.Ends):
			list = &b.Ended
		case p.now.Before(silence.Starts):
			list = &b.Coming
		}
		*list = append(*list, shownSilence{Silence: silence})
	}
	slices.SortStableFunc(b.Coming, func(x, y shownSilence) int { return x.Starts.Compare(y.Starts) })
	slices.Reverse(b.Ended) // the last first
	for _, list := range []*[]shownSilence{&b.Active, &b.Coming, &b.Ended} {
		room := maxSilences
		if list == &b.Ended {
			room = maxEnded
		}
		b.More += max(0, len(*list)-room)
		*list = (*list)[:min(len(*list), room)]
		for i := range *list {
			(*list)[i].Covers = p.covers((*list)[i].Silence, places)
		}
	}
	s.render(w, r, http.StatusOK, "silences.html", p, b)
	return nil
}

// maxCovers bounds the conditions of a silence that are shown.
const maxCovers = 10

// covers puts what a silence covers into words.
func (w words) covers(s Silence, places Places) [][]covered {
	var out [][]covered
	for _, set := range s.Sets[:min(len(s.Sets), maxCovers)] {
		var line []covered
		for _, m := range set[:min(len(set), maxCovers)] {
			c := covered{Value: w.Brief(m.Value), Code: w.Brief(fmt.Sprintf("%s%s%q", m.Name, m.Sign, m.Value))}
			if m.Sign == "=" {
				switch m.Name {
				case "site":
					c.Label = w.T("web.silence.site")
					if i := slices.IndexFunc(places.Sites, func(at Site) bool { return at.ID == m.Value }); i >= 0 {
						c.Value = w.SiteName(places.Sites[i])
					}
				case "check":
					c.Label = w.T("web.silence.check")
					if i := slices.IndexFunc(places.Checks, func(at Place) bool { return at.ID == m.Value }); i >= 0 {
						c.Value = w.Brief(places.Checks[i].Name)
					}
				case "device":
					c.Label = w.T("web.silence.device")
				case "alertname":
					c.Label = w.T("web.silence.rule")
				}
			}
			line = append(line, c)
		}
		out = append(out, line)
	}
	return out
}

// silenceFormBody is what the template of the form gets.
type silenceFormBody struct {
	Form                 form
	Sites, Rules, Checks []option
}

// silenceForm shows the form; the address may fill it: site, device, check and
// rule.
func (s *server) silenceForm(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	typed := newForm("length", "hour")
	for _, name := range []string{"site", "device", "check", "rule"} {
		typed.Values.Set(name, clip(q.Get(name), MaxFilter))
	}
	return s.showSilenceForm(w, r, http.StatusOK, typed)
}

func (s *server) showSilenceForm(w http.ResponseWriter, r *http.Request, code int, typed form) error {
	places, err := s.Incidents.Places(r.Context())
	if err != nil {
		return fmt.Errorf("read what silences can be about: %w", err)
	}
	p := s.page(r)
	p.Title, p.Path = p.T("web.silence.new"), "/silences/new"
	b := silenceFormBody{Form: typed}
	if p.Me == nil || len(p.Me.Sites) == 0 {
		b.Sites = append(b.Sites, option{"", p.T("web.silence.any_site")})
	}
	for _, site := range places.Sites {
		b.Sites = append(b.Sites, option{site.ID, p.SiteName(site)})
	}
	b.Rules = append(b.Rules, option{"", p.T("web.silence.any_rule")})
	for _, rule := range places.Rules {
		b.Rules = append(b.Rules, option{rule, p.Brief(rule)})
	}
	b.Checks = append(b.Checks, option{"", p.T("web.silence.any_check")})
	for _, check := range places.Checks[:min(len(places.Checks), maxChoices)] {
		b.Checks = append(b.Checks, option{check.ID, p.Brief(cmp.Or(check.Name, check.ID))})
	}
	s.render(w, r, code, "silence.html", p, b)
	return nil
}

// silence makes a silence from the form.
func (s *server) silence(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	p := s.page(r)
	typed := form{Values: r.PostForm}
	me, _ := access.FromContext(r.Context())
	n := Silence{By: me.Name, Comment: clipRunes(strings.TrimSpace(typed.Values.Get("why")), maxComment)}
	matchers, err := s.typedMatchers(r, p, &typed)
	if err != nil {
		return err
	}
	n.Sets = [][]Matcher{matchers}
	from := p.now
	if typed.Values.Get("from") != "" {
		if n.Starts = p.typedTime(&typed, "from"); n.Starts.After(p.now) {
			from = n.Starts
		}
		if n.Starts.Sub(p.now) > maxSilenceLength {
			typed.Refuse("from", p.T("web.silence.too_far"))
		}
	}
	n.Ends = p.until(&typed, from)
	var id string
	if typed.OK() {
		id, err = s.IncidentsActions.Silence(r.Context(), n)
		if err := p.refuseSilence(&typed, err); err != nil {
			return fmt.Errorf("make a silence: %w", err)
		}
	}
	if !typed.OK() {
		return s.showSilenceForm(w, r, http.StatusUnprocessableEntity, typed)
	}
	s.auditSilence(r, "silence.begin", id, n.Comment, nil, silenceEntry{Covers: matchersText(matchers), From: p.Machine(from), Until: p.Machine(n.Ends)})
	s.done(w, r, "/silences", "silence.made", id)
	return nil
}

// typedMatchers reads what a silence is to cover. Where a device or a check is
// chosen, its site is named too.
func (s *server) typedMatchers(r *http.Request, p *page, typed *form) ([]Matcher, error) {
	places, err := s.Incidents.Places(r.Context())
	if err != nil {
		return nil, fmt.Errorf("read what silences can be about: %w", err)
	}
	get := func(name string) string { return clip(strings.TrimSpace(typed.Values.Get(name)), MaxFilter) }
	site, device, check, rule := clip(get("site"), fleet.MaxIDLength), get("device"), get("check"), get("rule")
	if site != "" && !slices.ContainsFunc(places.Sites, func(at Site) bool { return at.ID == site }) {
		typed.Refuse("site", p.T("web.silence.choose"))
	}
	if rule != "" && !slices.Contains(places.Rules, rule) {
		typed.Refuse("rule", p.T("web.silence.choose"))
	}
	if check != "" {
		i := slices.IndexFunc(places.Checks, func(at Place) bool { return at.ID == check })
		switch {
		case i < 0:
			typed.Refuse("check", p.T("web.silence.choose"))
		case site != "" && places.Checks[i].Site != site:
			typed.Refuse("check", p.T("web.silence.elsewhere"))
		default:
			site = places.Checks[i].Site
		}
	}
	if device != "" {
		id, at, err := s.Incidents.Device(r.Context(), site, device)
		switch {
		case errors.Is(err, ErrNotFound):
			typed.Refuse("device", p.T("web.silence.no_device"))
		case err != nil:
			return nil, fmt.Errorf("find device %q: %w", device, err)
		case check != "":
			typed.Refuse("device", p.T("web.silence.one_thing"))
		default:
			device, site = id, at
		}
	}
	if site == "" && len(p.Me.Sites) > 0 {
		typed.Refuse("site", p.T("web.silence.choose_site"))
	}
	var matchers []Matcher
	for _, pair := range [][2]string{{"site", site}, {"device", device}, {"check", check}, {"alertname", rule}} {
		if pair[1] != "" {
			matchers = append(matchers, Matcher{pair[0], "=", pair[1]})
		}
	}
	if len(matchers) == 0 {
		typed.Refuse("", p.T("web.silence.nothing"))
	}
	return matchers, nil
}

func matchersText(matchers []Matcher) string {
	var out []string
	for _, m := range matchers {
		out = append(out, fmt.Sprintf("%s%s%q", m.Name, m.Sign, m.Value))
	}
	return strings.Join(out, ", ")
}

// silenceID reads which silence a form is about.
func silenceID(r *http.Request) (string, error) {
	id := r.PathValue("id")
	if len(id) > maxSilenceID || id == "" {
		return "", ErrNotFound
	}
	return id, nil
}

// endSilence ends a silence before its time.
func (s *server) endSilence(w http.ResponseWriter, r *http.Request) error {
	id, err := silenceID(r)
	if err != nil {
		return err
	}
	if err := readForm(r); err != nil {
		return err
	}
	me, _ := access.FromContext(r.Context())
	before := s.silenceEntry(r, id)
	if err := s.IncidentsActions.EndSilence(r.Context(), id, me.Name); err != nil {
		return fmt.Errorf("end silence %s: %w", id, err)
	}
	s.auditSilence(r, "silence.end", id, "", before, silenceEntry{Until: s.page(r).Machine(s.Now())})
	s.done(w, r, silenceBack(r), "silence.ended", id)
	return nil
}

// silenceAgain takes the end of a silence back.
func (s *server) silenceAgain(w http.ResponseWriter, r *http.Request) error {
	id, err := silenceID(r)
	if err != nil {
		return err
	}
	if err := readForm(r); err != nil {
		return err
	}
	me, _ := access.FromContext(r.Context())
	again, err := s.IncidentsActions.SilenceAgain(r.Context(), id, me.Name)
	if err != nil {
		return fmt.Errorf("begin silence %s again: %w", id, err)
	}
	s.auditSilence(r, "silence.begin", again, "", nil, s.silenceEntry(r, again))
	s.done(w, r, silenceBack(r), "silence.made", again)
	return nil
}

// silenceBack is the page that a form about a silence was on: that of an
// incident, or the list.
func silenceBack(r *http.Request) string {
	if id, err := parseIncidentID(r.PostForm.Get("incident")); err == nil {
		return fmt.Sprintf("/incidents/%d", id)
	}
	return "/silences"
}

// silenceEntry is a silence in the audit record.
type silenceEntry struct {
	Silence string `json:"silence,omitempty"`
	Covers  string `json:"covers,omitempty"`
	From    string `json:"from,omitempty"`
	Until   string `json:"until"`
}

// silenceEntry is how a silence is now; nil when there is none.
func (s *server) silenceEntry(r *http.Request, id string) any {
	all, err := s.Incidents.Silences(r.Context())
	if err != nil {
		return nil // what is done is recorded without
	}
	for _, silence := range all {
		if silence.ID == id {
			var covers []string
			for _, set := range silence.Sets {
				covers = append(covers, matchersText(set))
			}
			return silenceEntry{Covers: strings.Join(covers, "; "), Until: s.page(r).Machine(silence.Ends)}
		}
	}
	return nil
}

// auditSilence records a change that is made already, as audit does.
func (s *server) auditSilence(r *http.Request, action, id, detail string, before, after any) {
	entry := access.Entry{Actor: actor(r), Action: action, Object: "silence " + id, Detail: detail}
	entry.Before, entry.After = access.Changes(before, after)
	if err := s.Access.Audit(r.Context(), entry); err != nil {
		s.log.Error("record who changed what", "actor", entry.Actor, "action", action, "silence", id, "err", err)
	}
}
