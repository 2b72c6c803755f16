package settings

import (
	"cmp"
	"slices"

	"github.com/budi-monitor/budi/internal/collector/heartbeat"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// SetHeartbeat changes whom the collector tells that it is alive; nil: nobody.
// An address that is left empty stays what it was; dropFail takes the one for
// trouble away. It fails with Problems.
func (s *Settings) SetHeartbeat(h *heartbeat.Config, dropFail bool) error {
	if h == nil {
		s.Heartbeat = nil
		return nil
	}
	next := *h
	if was := s.Heartbeat; was != nil {
		if next.URL.IsZero() {
			next.URL = was.URL
		}
		if next.FailURL.IsZero() && !dropFail {
			next.FailURL = was.FailURL
		}
	}
	if problems := HeartbeatProblems(next); len(problems) > 0 {
		return problems
	}
	s.Heartbeat = &next
	return nil
}

// HeartbeatProblems says what is wrong with a heartbeat.
func HeartbeatProblems(h heartbeat.Config) Problems {
	if !h.Enabled() {
		return Problems{problem("url", CodeMissing)}
	}
	out := collect(h.Validate, func(field string, _ strictyaml.Problem) (string, []any) {
		switch field {
		case "url", "fail_url":
			return CodeBeatURL, []any{"Max", heartbeat.MaxURL}
		case "interval":
			return CodeInterval, []any{"Low", heartbeat.MinInterval, "High", heartbeat.MaxInterval}
		case "method":
			return CodeBeatMethod, nil
		}
		return "", nil
	})
	slices.SortStableFunc(out, func(a, b Problem) int { return cmp.Compare(a.Field, b.Field) })
	return out
}
