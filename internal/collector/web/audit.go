package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
)

// auditBody is what the template of the record gets.
type auditBody struct {
	Form    form
	Groups  []option
	Entries []auditEntry
	Older   string // address of the page of older entries; "" when there are none
	Newest  string // address of the first page; "" when this is it
	Any     bool   // some filter is set
}

// auditEntry is one line of the record, in words.
type auditEntry struct {
	access.Entry
	Did     string
	Changes []change
}

// Whom is what was done something to, unless it is whoever did it.
func (e auditEntry) Whom() string {
	if e.Actor == "user "+e.Object {
		return ""
	}
	return e.Object
}

// change is one field that is different.
type change struct {
	Field, Before, After string
	Was                  bool // false: it is about something that was not there before
}

// auditGroups are the beginnings of actions that can be chosen.
func auditGroups() []string {
	return []string{"user.", "session.", "token.", "incident.", "silence", "check.", "device.", "site.", "room.", "agent.", "settings.", "contact.", "mail.", "config.", "backup.", "status."}
}

func (s *server) auditRecord(w http.ResponseWriter, r *http.Request) error {
	p := s.page(r)
	p.Title = p.T("web.page.audit")
	query := r.URL.Query()
	f := form{Values: url.Values{}}
	for _, name := range []string{"who", "what", "of", "from", "until"} {
		f.Values.Set(name, clip(strings.TrimSpace(query.Get(name)), MaxFilter))
	}
	q := access.AuditQuery{Actor: f.Values.Get("who"), Object: f.Values.Get("of"), Limit: maxAuditShown}
	if group := f.Values.Get("what"); slices.Contains(auditGroups(), group) {
		q.Action = group
	}
	day := func(name string) time.Time {
		text := f.Values.Get(name)
		if text == "" {
			return time.Time{}
		}
		t, err := time.ParseInLocation(time.DateOnly, text, s.Location)
		if err != nil {
			f.Refuse(name, p.T("web.audit.bad_day"))
		}
		return t
	}
	q.From, q.Until = day("from"), day("until")
	if !q.Until.IsZero() {
		q.Until = q.Until.AddDate(0, 0, 1) // that day belongs to it
	}
	if before, err := strconv.ParseUint(query.Get("before"), 10, 64); err == nil {
		q.Before = before
	}
	found, err := s.Access.AuditRecord(r.Context(), q)
	if err != nil {
		return err
	}
	b := auditBody{Form: f, Groups: []option{{"", p.T("web.audit.any")}}}
	for _, group := range auditGroups() {
		b.Groups = append(b.Groups, option{group, p.T("audit.group." + strings.TrimSuffix(group, "."))})
	}
	filters := url.Values{}
	for name := range f.Values {
		if value := f.Values.Get(name); value != "" {
			filters.Set(name, value)
		}
	}
	b.Any = len(filters) > 0
	if q.Before > 0 {
		b.Newest = "/audit?" + filters.Encode()
	}
	if found.Next > 0 {
		filters.Set("before", strconv.FormatUint(found.Next, 10))
		b.Older = "/audit?" + filters.Encode()
	}
	for _, e := range found.Entries {
		b.Entries = append(b.Entries, auditEntry{e, p.did(e.Action), p.changes(e.Before, e.After)})
	}
	code := http.StatusOK
	if !f.OK() {
		code = http.StatusUnprocessableEntity
	}
	s.render(w, r, code, "audit.html", p, b)
	return nil
}

// did writes an action; one that has no words yet is told as it is.
func (w words) did(action string) string {
	if key := "audit." + action; w.c.Has(w.Lang, key) {
		return w.T(key)
	}
	return action
}

// Actor writes who did something: the name alone for people, and what else it
// was for others.
func (w words) Actor(actor string) string {
	kind, name, found := strings.Cut(actor, " ")
	if key := "audit.actor." + kind; found && w.c.Has(w.Lang, key) {
		return w.T(key, "Name", w.Foreign(name))
	}
	return w.Foreign(strings.TrimPrefix(actor, "user "))
}

// changes reads what was before and after, as access.Changes writes it; any
// other text is told as it is.
func (w words) changes(before, after string) []change {
	b, bOK := objectOf(before)
	a, aOK := objectOf(after)
	if !bOK || !aOK {
		return []change{{"", w.Foreign(before), w.Foreign(after), before != ""}}
	}
	var names []string
	for name := range b {
		names = append(names, name)
	}
	for name := range a {
		if _, both := b[name]; !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var out []change
	for _, name := range names[:min(len(names), maxAuditField)] {
		field := name
		if key := "audit.field." + name; w.c.Has(w.Lang, key) {
			field = w.T(key)
		}
		out = append(out, change{w.Foreign(field), w.value(b[name]), w.value(a[name]), before != ""})
	}
	return out
}

// objectOf reads a JSON object; "" is one without fields.
func objectOf(text string) (map[string]any, bool) {
	if text == "" {
		return nil, true
	}
	var out map[string]any
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber() // as it was written
	return out, decoder.Decode(&out) == nil
}

// value writes a value of a field; nothing for none.
func (w words) value(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return w.Foreign(v)
	case bool:
		if v {
			return w.T("audit.yes")
		}
		return w.T("audit.no")
	case []any:
		var parts []string
		for _, item := range v[:min(len(v), maxAuditField)] {
			parts = append(parts, w.value(item))
		}
		return strings.Join(parts, ", ")
	case map[string]any:
		text, err := json.Marshal(v)
		if err != nil {
			return ""
		}
		return w.Foreign(string(text))
	default:
		return w.Foreign(fmt.Sprint(v))
	}
}
