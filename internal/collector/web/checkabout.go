package web

import (
	"maps"
	"slices"
	"strings"

	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/probe"
)

// told is one thing that a check says of a website.
type told struct {
	Label, Text string
	Lines       bool // Text is a list as in the configuration file
}

// Told lists what a check says of a website beyond the usual, in the order of the
// form. Of what is secret the names are told.
func (w words) Told(h probe.HTTPSpec) []told {
	var out []told
	add := func(label, text string) {
		if text != "" {
			out = append(out, told{Label: w.T(label), Text: text})
		}
	}
	list := func(label, name string) {
		if text := settings.ListText(name, h); text != "" {
			out = append(out, told{w.T(label), text, true})
		}
	}
	names := func(m map[string]string) string { return strings.Join(slices.Sorted(maps.Keys(m)), ", ") }
	if method := h.Asks(); method != probe.Methods()[0] {
		add("web.check.method", method)
	}
	add("web.check.matches", strings.Join(h.Matches, " · "))
	add("web.check.not_matches", strings.Join(h.NotMatches, " · "))
	list("web.check.expect_headers", settings.ListHeaders)
	list("web.check.json", settings.ListJSON)
	if h.MaxSize > 0 {
		add("web.check.max_size", w.Number(float64(h.MaxSize)))
	}
	add("web.check.headers_sent", names(h.Headers))
	switch {
	case h.Auth.Bearer != "":
		add("web.check.who", w.T("web.check.bearer"))
	case h.Auth != (probe.Auth{}):
		add("web.check.who", w.T("web.check.who_password"))
	}
	add("web.check.cookies_sent", names(h.Cookies))
	add("web.check.form_sent", names(h.Form))
	add("web.check.body", h.Body)
	if h.IPVersion != "" {
		add("web.check.ip", w.T("web.check.ip."+h.IPVersion))
	}
	if h.HTTPVersion != "" {
		add("web.check.http", "HTTP/"+h.HTTPVersion)
	}
	list("web.check.steps", settings.ListSteps)
	return out
}
