package web

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/domain"
	"github.com/budi-monitor/budi/internal/probe"
)

// Fields of the form that only a domain has.
const (
	fieldRecords   = "domain.records"
	fieldMail      = "domain.mail"
	fieldSelectors = "domain.dkim_selectors"
	fieldWarn      = "domain.warn_days"
	fieldUrgent    = "domain.urgent_days"
)

func domainFields() []string {
	return []string{fieldRecords, fieldMail, fieldSelectors, fieldWarn, fieldUrgent}
}

// setDomain fills the form with what is right for a domain.
func setDomain(f form, t domain.Terms) {
	f.Values.Set(fieldRecords, recordLines(t.Records))
	f.Values.Set(fieldSelectors, strings.Join(t.Selectors, ", "))
	if t.Mail != nil {
		f.Values.Set(fieldMail, strconv.FormatBool(*t.Mail))
	}
	for name, days := range map[string]int{fieldWarn: t.WarnDays, fieldUrgent: t.UrgentDays} {
		if days != 0 {
			f.Values.Set(name, strconv.Itoa(days))
		}
	}
}

// recordLines writes expected records as the form has them: one value a line.
func recordLines(all []domain.Record) string {
	var lines []string
	for _, r := range all {
		if len(r.Values) == 0 {
			lines = append(lines, r.Name+" "+r.Type)
		}
		for _, v := range r.Values {
			lines = append(lines, r.Name+" "+r.Type+" "+v)
		}
	}
	return strings.Join(lines, "\n")
}

// readRecords reads them. Lines of one name and type are one record.
func readRecords(text string) []domain.Record {
	var out []domain.Record
	for _, line := range texts(text) {
		words := strings.Fields(line)
		r := domain.Record{Name: words[0]}
		if len(words) > 1 {
			r.Type = strings.ToUpper(words[1])
		}
		i := slices.IndexFunc(out, func(o domain.Record) bool { return o.Name == r.Name && o.Type == r.Type })
		if i < 0 {
			out, i = append(out, r), len(out)
		}
		if len(words) > 2 {
			out[i].Values = append(out[i].Values, strings.Join(words[2:], " "))
		}
	}
	return out
}

// readDomain reads what is right for a domain.
func (p *page) readDomain(f *form, t *domain.Terms) {
	get := func(name string) string { return strings.TrimSpace(clip(f.Values.Get(name), maxCheckTexts)) }
	t.Records, t.Selectors = readRecords(get(fieldRecords)), things(get(fieldSelectors))
	if yes, err := strconv.ParseBool(get(fieldMail)); err == nil {
		t.Mail = &yes
	}
	for name, into := range map[string]*int{fieldWarn: &t.WarnDays, fieldUrgent: &t.UrgentDays} {
		text := get(name)
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > domain.MaxDays {
			f.Refuse(name, p.SettingsProblem(settings.New(name, settings.CodeDays, "Max", domain.MaxDays)))
			continue
		}
		*into = n
	}
}

// MailChoices lists what can be said of a domain's mail.
func (w words) MailChoices() []option {
	return []option{{"", w.T("web.domain.mail.found")}, {"true", w.T("web.domain.mail.yes")}, {"false", w.T("web.domain.mail.no")}}
}

// DomainOf is the domain that a website hangs on; empty: none that somebody
// registers.
func (words) DomainOf(c settings.Check) string {
	t, err := probe.ParseTarget(c.Target)
	if err != nil || t.Kind != probe.KindHTTP || !c.Outside() {
		return ""
	}
	if _, err := netip.ParseAddr(t.Host); err == nil {
		return ""
	}
	return domain.Registered(t.Host)
}

// DomainMail is the list of mail servers in words.
func (w words) DomainMail(list []string) string {
	if len(list) == 0 {
		return "–"
	}
	return w.Foreign(strings.Join(list, ", "))
}

// ServerState is the badge of how a name server answers.
func (w words) ServerState(state string) badge {
	switch state {
	case "ok":
		return badge{"good", "✓", w.T("web.domain.state.ok")}
	case "unasked": // that says nothing about the server
		return badge{"unknown", "–", w.T("web.domain.state.unasked")}
	}
	return badge{"warn", "!", w.known("web.domain.state.", state)}
}
