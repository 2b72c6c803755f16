package web

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/secret"
)

func heartbeatDoors() []door {
	admin := access.Administrator
	return []door{
		get("/settings/heartbeat", admin, (*server).heartbeat).whole(),
		post("/settings/heartbeat", admin, (*server).setHeartbeat).whole(),
		post("/settings/heartbeat/try", admin, (*server).tryHeartbeat).whole(),
		post("/settings/heartbeat/remove", admin, (*server).removeHeartbeat).whole(),
	}
}

// heartbeatBody is what the template gets.
type heartbeatBody struct {
	HeartbeatPage
	Form form
	Part healthPart
}

const heartbeatPath = "/settings/heartbeat"

func (s *server) heartbeat(w http.ResponseWriter, r *http.Request) error {
	return s.showHeartbeat(w, r, http.StatusOK, nil)
}

// showHeartbeat shows the page; typed is a form that was refused. Addresses are
// never sent back, not even those that were typed this moment.
func (s *server) showHeartbeat(w http.ResponseWriter, r *http.Request, code int, typed *form) error {
	set, err := s.Heartbeat.Heartbeat(r.Context())
	if err != nil {
		return fmt.Errorf("gather the heartbeat: %w", err)
	}
	p := s.page(r)
	b := heartbeatBody{HeartbeatPage: set, Part: p.heartbeatHealth(set.HeartbeatHealth)}
	if typed != nil {
		b.Form = *typed
	} else {
		every := cmp.Or(set.Interval, time.Minute)
		b.Form = newForm(fieldInterval, strconv.Itoa(int(every.Seconds())), "method", cmp.Or(set.Method, http.MethodGet))
	}
	p.Title = p.T("web.heartbeat.title")
	s.render(w, r, code, "heartbeat.html", p, b)
	return nil
}

func (s *server) setHeartbeat(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	value := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	f := newForm(fieldInterval, clipRunes(value(fieldInterval), 20), "method", clipRunes(value("method"), 20), "no_fail", value("no_fail"))
	e := HeartbeatEdit{URL: secret.New(value("url")), FailURL: secret.New(value("fail_url")), DropFail: value("no_fail") != "", Method: value("method")}
	seconds, err := strconv.Atoi(value(fieldInterval))
	if err != nil {
		seconds = -1 // refused with the bounds
	}
	e.Interval = time.Duration(min(seconds, 1_000_000)) * time.Second
	if err := s.HeartbeatActions.SetHeartbeat(r.Context(), &e); err != nil {
		problems := settings.Of(err)
		if problems == nil {
			return fmt.Errorf("change the heartbeat: %w", err)
		}
		s.page(r).refuseSettings(&f, problems, "url", "fail_url", fieldInterval, "method")
		return s.showHeartbeat(w, r, http.StatusUnprocessableEntity, &f)
	}
	s.done(w, r, heartbeatPath, "heartbeat.saved", "")
	return nil
}

func (s *server) tryHeartbeat(w http.ResponseWriter, r *http.Request) error {
	if err := s.HeartbeatActions.TryHeartbeat(r.Context()); err != nil {
		return fmt.Errorf("try the heartbeat: %w", err)
	}
	s.done(w, r, heartbeatPath, "heartbeat.tried", "")
	return nil
}

func (s *server) removeHeartbeat(w http.ResponseWriter, r *http.Request) error {
	err := s.HeartbeatActions.SetHeartbeat(r.Context(), nil)
	if problems := settings.Of(err); problems != nil {
		f := newForm()
		s.page(r).refuseSettings(&f, problems)
		return s.showHeartbeat(w, r, http.StatusUnprocessableEntity, &f)
	}
	if err != nil {
		return fmt.Errorf("remove the heartbeat: %w", err)
	}
	s.done(w, r, heartbeatPath, "heartbeat.removed", "")
	return nil
}

// BeatIntervals lists the usual intervals of a heartbeat, and the one that is
// typed.
func (w words) BeatIntervals(f form) []option {
	return w.times(f.Values.Get(fieldInterval), 60, 120, 300, 600, 900, 1800, 3600)
}

// BeatMethods lists how the watcher can be called.
func (w words) BeatMethods() []option {
	return []option{{http.MethodGet, "GET"}, {http.MethodPost, "POST"}, {http.MethodHead, "HEAD"}}
}

// beatFails is from how many failures on a heartbeat is a problem.
const beatFails = 3

// heartbeatHealth says how the heartbeat fares.
func (w words) heartbeatHealth(h HeartbeatHealth) healthPart {
	p := healthPart{ID: "heartbeat", Title: w.T("web.heartbeat.title"), Tone: "good", Says: w.T("web.heartbeat.good"), Link: heartbeatPath}
	if h.Server == "" {
		p.worse("unknown", w.T("web.heartbeat.none"), w.T("web.heartbeat.none_do"))
		return p
	}
	p.Lines = append(p.Lines, w.T("web.heartbeat.to", "Server", w.Foreign(h.Server), "Length", w.Length(h.Interval)))
	if !h.Good.IsZero() {
		p.Lines = append(p.Lines, w.T("web.heartbeat.taken", "Ago", w.T("web.ago", "Length", w.Since(h.Good))))
	}
	switch {
	case h.Withheld == "not_stored":
		p.worse("bad", w.T("web.heartbeat.not_stored"), w.T("web.heartbeat.withheld_do"))
	case h.Withheld != "":
		p.worse("bad", w.T("web.heartbeat.not_told"), w.T("web.heartbeat.withheld_do"))
	case h.Last.IsZero():
		p.worse("unknown", w.T("web.heartbeat.soon"), "")
	}
	if h.Failures > 0 {
		p.Lines = append(p.Lines, w.N("web.heartbeat.failures", h.Failures))
		tone := "warn"
		if h.Failures >= beatFails {
			tone = "bad"
		}
		p.worse(tone, w.T("web.heartbeat.failing"), w.T("web.heartbeat.failing_do"))
	}
	if h.Problem != "" {
		p.Items = append(p.Items, healthItem{w.T("web.heartbeat.problem"), w.Foreign(h.Problem), true})
	}
	return p
}
