package ingest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/wire"
)

// Bounds of a report as JSON, before it is decoded: an empty object costs two
// bytes as text and hundreds in memory.
const (
	maxObjects = 10 * wire.MaxItems
	maxMembers = 100 * wire.MaxItems
)

// gzipped is a compression that reports may have beside those of package wire:
// what every tool can make.
const gzipped = "gzip"

// report takes one report.
func (d *Doors) report(w http.ResponseWriter, r *http.Request, take func(context.Context, wire.ReportRequest) (wire.ReportReply, error)) error {
	right, ok := r.Context().Value(rightKey{}).(Right)
	if !ok {
		return errors.New("the request has no right; whoever admits it must say whose it is")
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return unsupported("Accept-Post", "application/json", "Content-Type %.100q is not understood here; use application/json", r.Header.Get("Content-Type"))
	}
	encoding, err := encodingOf(r, []string{"", wire.Zstd, gzipped})
	if err != nil {
		return err
	}
	hold := &lease{from: d.memory, who: right.who()}
	defer hold.end()
	buf := d.buffers.get()
	defer d.buffers.put(buf)

	buf.body, err = readBody(w, r, hold, buf.body[:0])
	d.metrics.bytes.WithLabelValues(doorReports).Add(float64(len(buf.body)))
	if err != nil {
		return err
	}
	buf.plain, err = d.packed.unpack(buf.body, encoding, hold, buf.plain)
	if err != nil {
		return err
	}
	req, err := parseReport(buf.plain)
	if err != nil {
		return err
	}
	reply, err := take(r.Context(), req)
	if err != nil {
		return fmt.Errorf("take a report: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	// The agent may be gone; it asks again.
	_ = json.NewEncoder(w).Encode(reply)
	return nil
}

// parseReport decodes a report. What is beyond the limits is an error that
// names the field; fields that are not known are left out, because an agent may
// be newer than its collector.
func parseReport(text []byte) (wire.ReportRequest, error) {
	if objects, members := count(text); objects > maxObjects || members > maxMembers {
		return wire.ReportRequest{}, tooLarge("the report has more than %d objects or %d values; send less at once", maxObjects, maxMembers)
	}
	var req wire.ReportRequest
	dec := json.NewDecoder(bytes.NewReader(text))
	if err := dec.Decode(&req); err != nil {
		return wire.ReportRequest{}, badRequest("the body is no report: %s", clip(err.Error()))
	}
	if _, err := dec.Token(); err != io.EOF {
		return wire.ReportRequest{}, badRequest("the body has more than one report")
	}
	if problem := checkReport(&req); problem != "" {
		return wire.ReportRequest{}, badRequest("%s", problem)
	}
	return req, nil
}

// clip bounds what an error repeats of a sender's text.
func clip(s string) string {
	if len(s) > 300 {
		s = s[:300] + "…"
	}
	return strings.ToValidUTF8(s, "�")
}

// count returns how many objects, and how many values that are followed by
// another, a JSON text has.
func count(text []byte) (objects, members int) {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{':
			objects++
		case c == ',':
			members++
		}
	}
	return objects, members
}

// checkReport returns which field is beyond the limits of package wire and how,
// or "".
func checkReport(r *wire.ReportRequest) string {
	if p := firstLong("hostname", r.Hostname, "system", r.System, "version", r.Version, "spool.notice", r.Spool.Notice); p != "" {
		return p
	}
	if err := r.Machine.Check(); err != nil {
		return clip(err.Error())
	}
	switch {
	case r.Spool.Samples < 0 || r.Spool.Dropped < 0:
		return "spool: a number is below zero"
	case len(r.Facts) > wire.MaxFactSets:
		return fmt.Sprintf("facts: more than %d kinds", wire.MaxFactSets)
	case len(r.Events) > wire.MaxEvents:
		return fmt.Sprintf("events: more than %d", wire.MaxEvents)
	case len(r.Checks) > wire.MaxChecks:
		return fmt.Sprintf("checks: more than %d", wire.MaxChecks)
	}
	for i := range r.Checks {
		if p := checkSaid(&r.Checks[i]); p != "" {
			return fmt.Sprintf("checks[%d].%s", i, p)
		}
	}
	kinds := map[string]bool{}
	for i := range r.Facts {
		set := &r.Facts[i]
		field := fmt.Sprintf("facts[%d]", i)
		switch {
		case !plain(set.Kind):
			return field + ".kind: use lower-case letters, digits and underscores"
		case kinds[set.Kind]:
			return fmt.Sprintf("%s.kind: %s is there twice", field, set.Kind)
		case len(set.Items) > wire.MaxItems:
			return fmt.Sprintf("%s.items: more than %d", field, wire.MaxItems)
		}
		kinds[set.Kind] = true
		for j := range set.Items {
			if p := checkItem(&set.Items[j]); p != "" {
				return fmt.Sprintf("%s.items[%d].%s", field, j, p)
			}
		}
	}
	for i := range r.Events {
		if p := checkEvent(&r.Events[i]); p != "" {
			return fmt.Sprintf("events[%d].%s", i, p)
		}
	}
	return ""
}

func checkItem(it *look.Item) string {
	if p := firstLong("key", it.Key); p != "" {
		return p
	}
	return checkMap("fields", it.Fields)
}

func checkSaid(s *wire.Said) string {
	if fleet.CheckID(s.Check) != nil {
		return "check: it is no ID"
	}
	if p := firstLong("outcome", string(s.Outcome)); p != "" || s.Problem == nil {
		return p
	}
	if !plain(s.Problem.Code) {
		return "problem.code: use lower-case letters, digits and underscores"
	}
	if p := firstLong("problem.detail", s.Problem.Detail); p != "" {
		return p
	}
	return checkMap("problem.args", s.Problem.Args)
}

func checkEvent(e *look.Event) string {
	if !plain(e.Code) {
		return "code: use lower-case letters, digits and underscores"
	}
	return checkMap("args", e.Args)
}

func checkMap(field string, m map[string]string) string {
	if len(m) > wire.MaxFields {
		return fmt.Sprintf("%s: more than %d", field, wire.MaxFields)
	}
	for name, value := range m {
		if !plain(name) {
			return fmt.Sprintf("%s: a name is not of lower-case letters, digits and underscores: %.50q", field, name)
		}
		if len(value) > wire.MaxText {
			return fmt.Sprintf("%s[%q]: longer than %d bytes", field, name, wire.MaxText)
		}
	}
	return ""
}

// firstLong takes fields and their values, and returns what is wrong with the
// first that is too long.
func firstLong(pairs ...string) string {
	for i := 0; i < len(pairs); i += 2 {
		if len(pairs[i+1]) > wire.MaxText {
			return fmt.Sprintf("%s: longer than %d bytes", pairs[i], wire.MaxText)
		}
	}
	return ""
}

// plain reports whether a name is as package look wants names: lower-case
// letters, digits and underscores.
func plain(name string) bool {
	if name == "" || len(name) > wire.MaxText {
		return false
	}
	for i := range len(name) {
		if c := name[i]; c != '_' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}
