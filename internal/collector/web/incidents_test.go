package web_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/web"
)

// change changes an incident.
func (w *world) change(id incident.ID, f func(*incident.Incident) error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	p, ok := w.incidents[id]
	if !ok {
		return web.ErrNotFound
	}
	if err := f(&p.Incident); err != nil {
		return err
	}
	w.incidents[id] = p
	return w.err
}

func (w *world) TakeBack(_ context.Context, id incident.ID, by string) error {
	return w.change(id, func(inc *incident.Incident) error {
		switch {
		case inc.State == incident.Closed:
			return incident.ErrNotOpen
		case inc.Acked == nil:
			return incident.ErrNotAcked
		}
		inc.Acked = nil
		w.said = append(w.said, fmt.Sprintf("%s took back %d", by, id))
		return nil
	})
}

func (w *world) Comment(_ context.Context, id incident.ID, by, text string) error {
	return w.change(id, func(inc *incident.Incident) (err error) {
		if *inc, err = inc.With(incident.Note{Kind: incident.Comment, By: by, At: now, Text: text}); err == nil {
			w.said = append(w.said, fmt.Sprintf("%s of %d: %s", by, id, text))
		}
		return err
	})
}

func (w *world) Open(context.Context) ([]incident.Incident, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []incident.Incident
	for _, p := range w.incidents {
		if p.Incident.State != incident.Closed {
			out = append(out, p.Incident)
		}
	}
	return out, w.err
}

func (w *world) Journal(_ context.Context, q web.JournalQuery) (web.JournalPage, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.query = q
	var page web.JournalPage
	for _, inc := range w.journal { // newest number first
		if q.Before > 0 && inc.ID >= q.Before {
			continue
		}
		if len(page.Incidents) == q.Limit {
			page.Next = page.Incidents[q.Limit-1].ID
			break
		}
		page.Reached = inc.Since
		if q.Match == nil || q.Match(inc) {
			page.Incidents = append(page.Incidents, inc)
		}
	}
	return page, w.err
}

func (w *world) Places(context.Context) (web.Places, error) { return w.places, w.err }

func (w *world) Device(_ context.Context, site, text string) (id, at string, err error) {
	if text != "pc-214" || site != "" && site != "mokykla" {
		return "", "", web.ErrNotFound
	}
	return "pc-214", "mokykla", nil
}

func (w *world) Silences(context.Context) ([]web.Silence, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.silences), w.err
}

func (w *world) Silence(_ context.Context, s web.Silence) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return "", w.err
	}
	s.ID = fmt.Sprintf("made-%d", len(w.silences))
	w.silences = append(w.silences, s)
	return s.ID, nil
}

func (w *world) SilenceIncident(ctx context.Context, id incident.ID, by, comment string, until time.Time) (string, error) {
	if p, ok := w.incidents[id]; !ok || p.Incident.State == incident.Closed {
		return "", incident.ErrNotOpen
	}
	return w.Silence(ctx, web.Silence{Sets: [][]web.Matcher{{{Name: "incident", Sign: "=", Value: fmt.Sprint(id)}}}, Ends: until, By: by, Comment: comment})
}

func (w *world) EndSilence(_ context.Context, id, by string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := slices.IndexFunc(w.silences, func(s web.Silence) bool { return s.ID == id })
	switch {
	case i < 0:
		return web.ErrNotFound
	case !now.Before(w.silences[i].Ends):
		return web.ErrSilenceOver
	}
	w.silences[i].Ends = now
	w.said = append(w.said, by+" ended "+id)
	return nil
}

func (w *world) SilenceAgain(_ context.Context, id, by string) (string, error) {
	if !strings.HasPrefix(id, "made-") {
		return "", web.ErrSilenceOver
	}
	w.said = append(w.said, by+" began again "+id)
	return id + "-again", nil
}
