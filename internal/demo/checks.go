package demo

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/sim/school"
	"github.com/budi-monitor/budi/internal/sim/website"
)

// check is a website that is looked at, as the configuration says.
type check struct {
	id, name string
	target   string
	site     *site
	contains []string
}

func (d *Demo) checks() []check {
	p := &d.places
	return []check{
		{"svetaine", "Gimnazijos svetainė", p.home.URL("/"), p.home, []string{"Pavyzdžių gimnazija"}},
		{"dienynas", "Elektroninis dienynas", p.register.URL("/"), p.register, nil},
		{"katalogas", "Bibliotekos katalogas", p.library.URL("/"), p.library, nil},
		{"valgykla", "Valgyklos meniu", p.canteen.SecureURL("/"), p.canteen, nil},
	}
}

// pastChecks tells of the websites what looks at them give now: well, and in
// their stories as they were then. Only how long a look took is another each
// time.
func (d *Demo) pastChecks(ctx context.Context, stories []story) ([]source, error) {
	var out []source
	for i, c := range d.checks() {
		pr, err := probe.New(probe.Spec{Target: c.target, Timeout: 5 * time.Second, HTTP: probe.HTTPSpec{Contains: c.contains}}, probe.Options{Roots: d.places.canteen.Roots()})
		if err != nil {
			return nil, fmt.Errorf("look at %s: %w", c.target, err)
		}
		well := pr.Look(ctx)
		if well.Outcome != look.OK {
			return nil, fmt.Errorf("look at %s: %v", c.target, well.Problem)
		}
		var bad []story
		for _, s := range stories {
			if s.check == c.id {
				bad = append(bad, s)
			}
		}
		for i := range bad {
			bad[i].breakIt(c.site)
			bad[i].result = pr.Look(ctx)
			if err := bad[i].mendIt(c.site); err != nil {
				return nil, fmt.Errorf("mend %s: %w", c.target, err)
			}
		}
		seed := uint64(i)
		out = append(out, source{newWriter("site", school.Main, "check", c.id, "vantage", "collector", "job", "probe"), pastStep, func(at time.Time) []look.Sample {
			for _, s := range bad {
				if !at.Before(s.from) && at.Before(s.to) {
					return s.result.Samples
				}
			}
			return varied(well.Samples, seed, at)
		}})
	}
	return out, nil
}

// varied makes durations longer or shorter, by the day's work and by chance.
func varied(samples []look.Sample, seed uint64, at time.Time) []look.Sample {
	hours := at.Sub(at.Truncate(24 * time.Hour)).Hours()
	chance := math.Abs(math.Sin(float64(at.Unix()/60) * (1.7 + float64(seed))))
	factor := 0.8 + 0.3*math.Max(0, math.Sin((hours-5)/12*math.Pi)) + 0.35*chance*chance
	out := make([]look.Sample, len(samples))
	for i, s := range samples {
		if strings.Contains(s.Name, "duration") {
			s.Value *= factor
		}
		out[i] = s
	}
	return out
}

// breakIt makes a website as it was in the story.
func (s *story) breakIt(w *site) {
	if s.status != 0 {
		w.Set(website.Status(s.status))
	} else {
		w.Down()
	}
}

func (s *story) mendIt(w *site) error {
	w.well()
	return w.Up()
}
