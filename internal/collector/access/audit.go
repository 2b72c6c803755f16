package access

import (
	"context"
	"fmt"
	"strings"
)

// maxAuditText bounds each text of an audit entry, in bytes.
const maxAuditText = 500

// Audit appends an entry. Time is set when it is zero; texts are cut to 500
// bytes. The newest MaxAudit entries are kept: at twenty changes a day that is
// more than a year.
func (c *Control) Audit(ctx context.Context, e Entry) error {
	if e.Time.IsZero() {
		e.Time = c.now()
	}
	for _, s := range []*string{&e.Actor, &e.Action, &e.Object, &e.Detail} {
		*s = clip(*s)
	}
	if err := c.store.AppendAudit(ctx, e, MaxAudit); err != nil {
		return fmt.Errorf("store audit entry %s of %s: %w", e.Action, e.Actor, err)
	}
	return nil
}

// record is Audit for a change that is made already: that its entry could not
// be stored is told to the log, not to whoever made the change.
func (c *Control) record(ctx context.Context, e Entry) {
	if err := c.Audit(ctx, e); err != nil {
		c.log.Error("record who changed what", "actor", e.Actor, "action", e.Action, "object", e.Object, "err", err)
	}
}

// AuditTail lists the newest n entries, newest first.
func (c *Control) AuditTail(ctx context.Context, n int) ([]Entry, error) {
	entries, err := c.store.AuditTail(ctx, min(max(n, 0), MaxAudit))
	if err != nil {
		return nil, fmt.Errorf("list audit entries: %w", err)
	}
	return entries, nil
}

func clip(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) > maxAuditText {
		s = strings.ToValidUTF8(s[:maxAuditText-len("…")], "") + "…"
	}
	return s
}
