package access

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// Bounds of an audit entry's texts, in bytes.
const (
	maxAuditText   = 500
	maxAuditChange = 4000 // of Before and of After
	maxAuditValue  = 600  // of one field in them
)

// Audit appends an entry. Time is set when it is zero; texts are cut to 500
// bytes, Before and After to 4,000. The newest MaxAudit entries are kept: at
// twenty changes a day that is more than a year.
func (c *Control) Audit(ctx context.Context, e Entry) error {
	if e.Time.IsZero() {
		e.Time = c.now()
	}
	for _, s := range []*string{&e.Actor, &e.Action, &e.Object, &e.Detail} {
		*s = clipTo(*s, maxAuditText)
	}
	e.Before, e.After = clipTo(e.Before, maxAuditChange), clipTo(e.After, maxAuditChange)
	if err := c.store.AppendAudit(ctx, e, MaxAudit); err != nil {
		return fmt.Errorf("store audit entry %s of %s: %w", e.Action, e.Actor, err)
	}
	return nil
}

// record is Audit for a change that is made already: that its entry could not
// be stored is told to the log, not to whoever made the change.
func (c *Control) record(ctx context.Context, e Entry) {
	// Done is done: it is recorded although the client is gone.
	if err := c.Audit(context.WithoutCancel(ctx), e); err != nil {
		c.log.Error("record who changed what", "actor", e.Actor, "action", e.Action, "object", e.Object, "err", err)
	}
}

// AuditTail lists the newest n entries, newest first.
func (c *Control) AuditTail(ctx context.Context, n int) ([]Entry, error) {
	page, err := c.AuditRecord(ctx, AuditQuery{Limit: n})
	return page.Entries, err
}

// AuditQuery chooses entries of the record; the zero value of a field leaves
// it out. Letter case does not count.
type AuditQuery struct {
	Actor  string // a part of the actor
	Action string // the action or the beginning of it, for example "user."
	Object string // a part of the object or of the detail
	From   time.Time
	Until  time.Time // not included
	Before uint64    // entries with a lower Number only: AuditPage.Next of the page before
	Limit  int       // at most MaxAudit
}

// AuditPage is a part of the record, newest first.
type AuditPage struct {
	Entries []Entry
	Next    uint64 // for AuditQuery.Before; 0: there are no older ones
}

// AuditRecord lists the entries that a query chooses, newest first. It is for
// those who see the whole institution: entries belong to no site.
func (c *Control) AuditRecord(ctx context.Context, q AuditQuery) (AuditPage, error) {
	q.Actor, q.Action, q.Object = strings.ToLower(q.Actor), strings.ToLower(q.Action), strings.ToLower(q.Object)
	limit := min(max(q.Limit, 0), MaxAudit)
	before := q.Before
	if before == 0 {
		before = math.MaxUint64
	}
	var page AuditPage
	err := c.store.AuditBack(ctx, before, func(e Entry) bool {
		if !q.fits(e) {
			return ctx.Err() == nil
		}
		if len(page.Entries) == limit {
			if limit > 0 {
				page.Next = page.Entries[limit-1].Number
			}
			return false
		}
		page.Entries = append(page.Entries, e)
		return ctx.Err() == nil
	})
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return AuditPage{}, fmt.Errorf("list audit entries: %w", err)
	}
	return page, nil
}

func (q AuditQuery) fits(e Entry) bool {
	switch {
	case !q.From.IsZero() && e.Time.Before(q.From), !q.Until.IsZero() && !e.Time.Before(q.Until):
		return false
	case !strings.Contains(strings.ToLower(e.Actor), q.Actor), !strings.HasPrefix(strings.ToLower(e.Action), q.Action):
		return false
	}
	return strings.Contains(strings.ToLower(e.Object), q.Object) || strings.Contains(strings.ToLower(e.Detail), q.Object)
}

// Changes tells two values apart for Entry.Before and Entry.After: both are
// written as JSON, and of two objects only the fields that differ are kept; nil
// is nothing. Long values are cut, so what comes out is for people. It is up to
// the caller to leave out what nobody may read: a secret.String is only a mask.
func Changes(before, after any) (string, string) {
	b, a := fields(before), fields(after)
	for name, value := range b {
		if other, both := a[name]; both && bytes.Equal(value, other) {
			delete(b, name)
			delete(a, name)
		}
	}
	return written(b), written(a)
}

// fields are those of the JSON object; a value that is none is one field, "".
func fields(v any) map[string]json.RawMessage {
	if v == nil {
		return nil
	}
	data, err := json.Marshal(v)
	if err != nil || string(data) == "null" {
		return nil
	}
	var out map[string]json.RawMessage
	if json.Unmarshal(data, &out) != nil {
		return map[string]json.RawMessage{"": data}
	}
	return out
}

// written joins the fields in the order of their names, within the bounds.
func written(all map[string]json.RawMessage) string {
	if len(all) == 0 {
		return ""
	}
	if alone, ok := all[""]; ok && len(all) == 1 {
		return clipTo(string(alone), maxAuditChange)
	}
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	out := []byte{'{'}
	for _, name := range names {
		value := all[name]
		if len(value) > maxAuditValue {
			value = quoted(clipTo(string(value), maxAuditValue))
		}
		key := quoted(clipTo(name, 100))
		if len(out)+len(key)+len(value) > maxAuditChange-20 {
			out = append(out, `"…":"…",`...)
			break
		}
		out = append(append(append(append(out, key...), ':'), value...), ',')
	}
	out[len(out)-1] = '}'
	return string(out)
}

func quoted(s string) []byte {
	b, _ := json.Marshal(s) // a text can be written
	return b
}

func clipTo(s string, limit int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit-len("…")], "") + "…"
	}
	return s
}
