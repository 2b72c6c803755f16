package web

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/budi-monitor/budi/internal/collector/access"
)

func guideDoors() []door {
	return []door{
		get("/start", access.Administrator, (*server).start).whole(),
		post("/start/away", access.Administrator, (*server).putAway).whole(),
		post("/start/again", access.Administrator, (*server).bringBack).whole(),
	}
}

// guideSteps is how many steps the first-run guide has.
const guideSteps = 5

// guide is what the first-run guide shows besides the forms of the settings.
type guide struct {
	Progress
	Step  int
	Steps []guideStep
	Sites []Site
}

// guideStep is one entry of the guide's list.
type guideStep struct {
	Number  int
	Name    string
	Done    bool
	Current bool
}

// Next is the step after this one; 0: this is the last.
func (g guide) Next() int {
	if g.Step >= guideSteps {
		return 0
	}
	return g.Step + 1
}

// IsDone reports whether the step that is shown is done.
func (g guide) IsDone() bool { return g.Steps[g.Step-1].Done }

// start shows a step of the guide: the one that is asked for, or the first that
// is not done.
func (s *server) start(w http.ResponseWriter, r *http.Request) error {
	step := stepOf(r)
	if step == 0 {
		progress, err := s.Settings.Progress(r.Context())
		if err != nil {
			return fmt.Errorf("see how far the installation has come: %w", err)
		}
		step = guideSteps
		for i, done := range progress.Steps() {
			if !done {
				step = i + 1
				break
			}
		}
	}
	return s.showSettings(w, r, http.StatusOK, step, func(b *settingsBody) {
		if preset, ok := mailPresets()[r.URL.Query().Get("server")]; ok {
			b.Server = mailForm(&preset)
		}
	})
}

func (s *server) showGuide(w http.ResponseWriter, r *http.Request, code int, p *page, step int, b settingsBody) error {
	progress, err := s.Settings.Progress(r.Context())
	if err != nil {
		return fmt.Errorf("see how far the installation has come: %w", err)
	}
	g := guide{Progress: progress, Step: step}
	names := [guideSteps]string{p.T("web.start.who.name"), p.T("web.start.mail.name"), p.T("web.start.website.name"), p.T("web.start.computer.name"), p.T("web.start.look.name")}
	done := progress.Steps()
	for i, name := range names {
		g.Steps = append(g.Steps, guideStep{Number: i + 1, Name: name, Done: i < len(done) && done[i], Current: i+1 == step})
	}
	if step == 4 {
		agents, err := s.Devices.Agents(r.Context())
		if err != nil {
			return fmt.Errorf("gather the sites: %w", err)
		}
		g.Sites = agents.Sites
	}
	b.Guide = g
	p.Title = p.T("web.start.title", "N", strconv.Itoa(step), "Name", names[step-1])
	s.render(w, r, code, "start.html", p, b)
	return nil
}

func (s *server) putAway(w http.ResponseWriter, r *http.Request) error {
	if err := s.SettingsActions.PutAway(r.Context(), true); err != nil {
		return fmt.Errorf("put the guide away: %w", err)
	}
	s.done(w, r, "/", "start.away", "")
	return nil
}

func (s *server) bringBack(w http.ResponseWriter, r *http.Request) error {
	if err := s.SettingsActions.PutAway(r.Context(), false); err != nil {
		return fmt.Errorf("bring the guide back: %w", err)
	}
	s.done(w, r, "/start", "start.again", "")
	return nil
}

// stepsLeft lists the names of the guide's steps that are not done, for the first
// page; nil for who cannot do them, and once the guide was put away.
func (s *server) stepsLeft(r *http.Request, p *page) ([]guideStep, error) {
	if s.Settings == nil || !p.opens("/start") {
		return nil, nil
	}
	progress, err := s.Settings.Progress(r.Context())
	if err != nil {
		return nil, fmt.Errorf("see how far the installation has come: %w", err)
	}
	if progress.Away {
		return nil, nil
	}
	names := []string{p.T("web.start.who.left"), p.T("web.start.mail.left"), p.T("web.start.website.left"), p.T("web.start.computer.left")}
	var left []guideStep
	for i, done := range progress.Steps() {
		if !done {
			left = append(left, guideStep{Number: i + 1, Name: names[i]})
		}
	}
	return left, nil
}
