package collector

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/boltstore"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/notify"
	"github.com/budi-monitor/budi/internal/collector/outbox"
	"github.com/budi-monitor/budi/internal/collector/web"
)

// incidentsView gathers what the pages about incidents and silences show.
type incidentsView struct{ c *Collector }

var _ web.IncidentsView = incidentsView{}

// Incident implements web.IncidentsView.
func (v incidentsView) Incident(ctx context.Context, id incident.ID) (web.IncidentPage, error) {
	inc, err := v.incident(ctx, id)
	if err != nil {
		return web.IncidentPage{}, err
	}
	rows, err := v.c.store.IncidentRows(id)
	if err != nil {
		return web.IncidentPage{}, fmt.Errorf("read who was told of incident %d: %w", id, err)
	}
	page := web.IncidentPage{Incident: inc}
	for _, r := range rows {
		m := web.Message{Contact: r.Contact, Kind: r.Kind, Reason: r.Reason, Owed: r.OwedAt, Final: r.State.Final(), Attempts: r.Attempts, Problem: r.LastError}
		if r.State == outbox.Sent {
			m.Sent = r.Finished
		}
		page.Messages = append(page.Messages, m)
	}
	for _, cause := range inc.Because {
		explains, err := v.incident(ctx, cause)
		if errors.Is(err, web.ErrNotFound) {
			continue // of another site
		}
		if err != nil {
			return web.IncidentPage{}, err
		}
		page.Because = append(page.Because, explains)
	}
	for _, other := range v.c.alerting.open() {
		if slices.Contains(other.Because, id) && !hidden(ctx, other.Labels["site"]) {
			page.Symptoms = append(page.Symptoms, other)
		}
	}
	slices.SortFunc(page.Messages, func(a, b web.Message) int { return a.Owed.Compare(b.Owed) })
	if inc.State == incident.Closed {
		return page, nil
	}
	for _, silenceID := range v.c.silences.Muted(ctx, alertLabels(inc)) {
		s, err := v.c.silences.Get(ctx, silenceID)
		if who, known := access.FromContext(ctx); err == nil && known && s.Of(who.Sites) {
			page.Silences = append(page.Silences, silenceOf(s))
		} else {
			page.Hidden = true
		}
	}
	return page, nil
}

// incident returns an incident that who asks may see, open or closed.
func (v incidentsView) incident(ctx context.Context, id incident.ID) (incident.Incident, error) {
	inc, found, err := v.c.store.Incident(id)
	if err != nil {
		return inc, fmt.Errorf("read incident %d: %w", id, err)
	}
	for _, now := range v.c.alerting.open() {
		if now.ID == id {
			inc, found = now, true // newer than what is stored
		}
	}
	if !found || hidden(ctx, inc.Labels["site"]) {
		return inc, fmt.Errorf("incident %d: %w", id, web.ErrNotFound)
	}
	return inc, nil
}

// alertLabels are the labels that a silence must match to cover an incident.
func alertLabels(inc incident.Incident) map[string]string {
	labels := maps.Clone(inc.Labels)
	if labels == nil {
		labels = map[string]string{}
	}
	labels["alertname"] = inc.Rule
	return labels
}

// Open implements web.IncidentsView.
func (v incidentsView) Open(ctx context.Context) ([]incident.Incident, error) {
	return slices.DeleteFunc(v.c.alerting.open(), func(i incident.Incident) bool { return hidden(ctx, i.Labels["site"]) }), nil
}

// Journal implements web.IncidentsView.
func (v incidentsView) Journal(ctx context.Context, q web.JournalQuery) (web.JournalPage, error) {
	found, last, next, err := v.c.store.SearchJournal(boltstore.JournalSearch{
		Before: q.Before, Limit: q.Limit, Values: q.Values,
		Match: func(inc incident.Incident) bool {
			return !hidden(ctx, inc.Labels["site"]) && (q.Match == nil || q.Match(inc))
		},
	})
	if err != nil {
		return web.JournalPage{}, err
	}
	return web.JournalPage{Incidents: found, Next: next, Reached: last.Since}, nil
}

// Places implements web.IncidentsView.
func (v incidentsView) Places(ctx context.Context) (web.Places, error) {
	p, err := fleetView(v).picture(ctx)
	if err != nil {
		return web.Places{}, err
	}
	out := web.Places{Sites: p.siteList()}
	config := v.c.Config()
	for _, check := range config.Checks {
		if site := config.siteOf(check); !hidden(ctx, site) {
			out.Checks = append(out.Checks, web.Place{ID: check.ID, Name: check.Title(), Site: site})
		}
	}
	for _, r := range v.c.rules.Rules() {
		out.Rules = append(out.Rules, r.Name)
	}
	slices.Sort(out.Rules)
	out.Rules = slices.Compact(out.Rules)
	return out, nil
}

// Device implements web.IncidentsView.
func (v incidentsView) Device(ctx context.Context, site, text string) (id, at string, err error) {
	who, _ := access.FromContext(ctx)
	devices, err := v.c.agents.inventory.Devices(ctx, inventory.Filter{Sites: who.Sites, Site: site, Text: text})
	if err != nil {
		return "", "", err
	}
	var named []inventory.Device
	for _, d := range devices {
		if d.ID == text {
			return d.ID, d.Site, nil
		}
		if strings.EqualFold(d.Name, text) || strings.EqualFold(d.Hostname, text) {
			named = append(named, d)
		}
	}
	if len(named) != 1 {
		return "", "", fmt.Errorf("device %q: %w", text, web.ErrNotFound)
	}
	return named[0].ID, named[0].Site, nil
}

// Silences implements web.IncidentsView.
func (v incidentsView) Silences(ctx context.Context) ([]web.Silence, error) {
	who, _ := access.FromContext(ctx)
	all, err := v.c.silences.List(ctx)
	if err != nil {
		return nil, err
	}
	covers := map[string]int{}
	for _, inc := range v.c.alerting.open() {
		if hidden(ctx, inc.Labels["site"]) {
			continue
		}
		for _, id := range v.c.silences.Muted(ctx, alertLabels(inc)) {
			covers[id]++
		}
	}
	var out []web.Silence
	for _, s := range all {
		if s.Of(who.Sites) {
			shown := silenceOf(s)
			shown.Incidents = covers[s.ID]
			shown.Again = s.State(v.c.now()) == notify.SilenceExpired && v.c.now().Before(s.Planned)
			out = append(out, shown)
		}
	}
	return out, nil
}

func silenceOf(s notify.Silence) web.Silence {
	out := web.Silence{ID: s.ID, Starts: s.Starts, Ends: s.Ends, By: s.By, Comment: s.Comment}
	for _, set := range s.Sets {
		var matchers []web.Matcher
		for _, m := range set {
			matchers = append(matchers, web.Matcher{Name: m.Name, Sign: m.Sign(), Value: m.Value})
		}
		out.Sets = append(out.Sets, matchers)
	}
	return out
}

// incidentsActions is what people may do about incidents and silences.
type incidentsActions struct{ c *Collector }

var _ web.IncidentsActions = incidentsActions{}

// Acknowledge implements web.IncidentsActions.
func (a incidentsActions) Acknowledge(ctx context.Context, id incident.ID, by, comment string, until time.Time) error {
	if err := a.seen(ctx, id); err != nil {
		return err
	}
	_, err := a.c.alerting.acknowledge(id, by, comment, until)
	return err
}

// TakeBack implements web.IncidentsActions.
func (a incidentsActions) TakeBack(ctx context.Context, id incident.ID, by string) error {
	if err := a.seen(ctx, id); err != nil {
		return err
	}
	_, err := a.c.alerting.takeBack(id, by)
	return err
}

// Close implements web.IncidentsActions.
func (a incidentsActions) Close(ctx context.Context, id incident.ID, by, comment string) error {
	if err := a.seen(ctx, id); err != nil {
		return err
	}
	_, err := a.c.alerting.closeByHand(id, by, comment)
	return err
}

// seen returns web.ErrNotFound for an open incident of a site that who asks does
// not see.
func (a incidentsActions) seen(ctx context.Context, id incident.ID) error {
	for _, inc := range a.c.alerting.open() {
		if inc.ID == id && hidden(ctx, inc.Labels["site"]) {
			return fmt.Errorf("incident %d: %w", id, web.ErrNotFound)
		}
	}
	return nil
}

// Comment implements web.IncidentsActions.
func (a incidentsActions) Comment(ctx context.Context, id incident.ID, by, text string) error {
	if _, err := incidentsView(a).incident(ctx, id); err != nil {
		return err
	}
	_, err := a.c.alerting.addNote(id, incident.Note{Kind: incident.Comment, By: by, Text: text})
	return err
}

// Repair implements web.IncidentsActions.
func (a incidentsActions) Repair(ctx context.Context, id incident.ID, by, text string) error {
	if _, err := incidentsView(a).incident(ctx, id); err != nil {
		return err
	}
	_, err := a.c.alerting.addNote(id, incident.Note{Kind: incident.Repaired, By: by, Text: text})
	return err
}

// Publish implements web.IncidentsActions.
func (a incidentsActions) Publish(ctx context.Context, id incident.ID, by, text string) error {
	if _, err := incidentsView(a).incident(ctx, id); err != nil {
		return err
	}
	_, err := a.c.alerting.addNote(id, incident.Note{Kind: incident.Published, By: by, Text: text})
	return err
}

// SilenceIncident implements web.IncidentsActions.
func (a incidentsActions) SilenceIncident(ctx context.Context, id incident.ID, by, comment string, until time.Time) (string, error) {
	inc, err := incidentsView(a).incident(ctx, id)
	if err != nil {
		return "", err
	}
	if inc.State == incident.Closed {
		return "", fmt.Errorf("silence incident %d: %w", id, incident.ErrNotOpen)
	}
	return a.begin(ctx, notify.Silence{Sets: [][]notify.Matcher{coverOf(inc)}, Ends: until, By: by, Comment: comment})
}

// coverOf are the matchers that cover an incident, and others of the same rule
// about the same device or check; of what is about neither, this one alone.
func coverOf(inc incident.Incident) []notify.Matcher {
	matchers := []notify.Matcher{notify.Equal("alertname", inc.Rule)}
	names := []string{"site", "device", "check"}
	if inc.Labels["device"] == "" && inc.Labels["check"] == "" {
		names = slices.Sorted(maps.Keys(inc.Labels))
	}
	for _, name := range names {
		if value := inc.Labels[name]; value != "" && name != "severity" && name != "alertname" {
			matchers = append(matchers, notify.Equal(name, value))
		}
	}
	return matchers
}

// Silence implements web.IncidentsActions.
func (a incidentsActions) Silence(ctx context.Context, s web.Silence) (string, error) {
	n := notify.Silence{Starts: s.Starts, Ends: s.Ends, By: s.By, Comment: s.Comment}
	for _, set := range s.Sets {
		var matchers []notify.Matcher
		for _, m := range set {
			matchers = append(matchers, notify.Matcher{Name: m.Name, Value: m.Value, Regex: strings.HasSuffix(m.Sign, "~"), Negative: strings.HasPrefix(m.Sign, "!")})
		}
		n.Sets = append(n.Sets, matchers)
	}
	return a.begin(ctx, n)
}

func (a incidentsActions) begin(ctx context.Context, n notify.Silence) (string, error) {
	if who, known := access.FromContext(ctx); !known || !n.Of(who.Sites) {
		return "", fmt.Errorf("make a silence that reaches beyond the sites of who makes it: %w", web.ErrNotFound)
	}
	id, err := a.c.silences.Begin(ctx, n)
	if err != nil {
		return "", silenceError(err)
	}
	return id, a.note(ctx, id, incident.Silenced, n.By, n.Comment, n.Ends)
}

// note tells of a silence in the stories of the open incidents that it covers
// now.
func (a incidentsActions) note(ctx context.Context, id string, kind incident.NoteKind, by, comment string, until time.Time) error {
	return a.c.alerting.addNotes(func(inc incident.Incident) bool {
		return slices.Contains(a.c.silences.Muted(ctx, alertLabels(inc)), id)
	}, incident.Note{Kind: kind, By: by, Text: clipped(comment, incident.MaxNoteLength), Until: until})
}

// clipped cuts a text to a number of characters.
func clipped(s string, limit int) string {
	if runes := []rune(s); len(runes) > limit {
		return string(runes[:limit])
	}
	return s
}

// silence returns a silence that who asks may see and change.
func (a incidentsActions) silence(ctx context.Context, id string) (notify.Silence, error) {
	s, err := a.c.silences.Get(ctx, id)
	if err != nil {
		return s, silenceError(err)
	}
	if who, known := access.FromContext(ctx); !known || !s.Of(who.Sites) {
		return s, fmt.Errorf("silence %s: %w", id, web.ErrNotFound)
	}
	return s, nil
}

// EndSilence implements web.IncidentsActions.
func (a incidentsActions) EndSilence(ctx context.Context, id, by string) error {
	if _, err := a.silence(ctx, id); err != nil {
		return err
	}
	// Whom it covers is known only while it does.
	covered := map[incident.ID]bool{}
	for _, inc := range a.c.alerting.open() {
		covered[inc.ID] = slices.Contains(a.c.silences.Muted(ctx, alertLabels(inc)), id)
	}
	if err := a.c.silences.End(ctx, id); err != nil {
		return silenceError(err)
	}
	return a.c.alerting.addNotes(func(inc incident.Incident) bool { return covered[inc.ID] }, incident.Note{Kind: incident.Unsilenced, By: by})
}

// SilenceAgain implements web.IncidentsActions.
func (a incidentsActions) SilenceAgain(ctx context.Context, id, by string) (string, error) {
	s, err := a.silence(ctx, id)
	if err != nil {
		return "", err
	}
	again, err := a.c.silences.Again(ctx, id, by)
	if err != nil {
		return "", silenceError(err)
	}
	begun, err := a.c.silences.Get(ctx, again)
	if err != nil {
		return "", silenceError(err)
	}
	return again, a.note(ctx, again, incident.Silenced, by, s.Comment, begun.Ends)
}

// silenceError translates errors of the silences for the pages.
func silenceError(err error) error {
	for theirs, ours := range map[error]error{
		notify.ErrNoSilence: web.ErrNotFound, notify.ErrSilenceInvalid: web.ErrSilence,
		notify.ErrSilencesFull: web.ErrSilencesFull, notify.ErrSilenceOver: web.ErrSilenceOver,
	} {
		if errors.Is(err, theirs) {
			return fmt.Errorf("%w: %w", ours, err)
		}
	}
	return err
}
