package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/i18n"
)

// pulse stands for the heartbeat of the collector.
type pulse struct {
	page    web.HeartbeatPage
	done    []string
	refuses error
}

func (p *pulse) Heartbeat(context.Context) (web.HeartbeatPage, error) { return p.page, nil }

func (p *pulse) SetHeartbeat(_ context.Context, e *web.HeartbeatEdit) error {
	if e == nil {
		p.done = append(p.done, "none")
		return p.refuses
	}
	p.done = append(p.done, fmt.Sprint(e.URL.Reveal(), " | ", e.FailURL.Reveal(), " | ", e.DropFail, " | ", e.Interval, " | ", e.Method))
	return p.refuses
}

func (p *pulse) TryHeartbeat(context.Context) error {
	p.done = append(p.done, "try")
	return nil
}

func withPulse(p *pulse) func(*web.Options) {
	return func(o *web.Options) { o.Heartbeat, o.HeartbeatActions = p, p }
}

func beating() web.HeartbeatHealth {
	return web.HeartbeatHealth{Server: "https://hc.savivaldybe.example/…", Interval: time.Minute, Last: ago(20 * time.Second), Good: ago(20 * time.Second)}
}

func TestHeartbeatPages(t *testing.T) {
	for _, lang := range i18n.Languages() {
		for name, tc := range map[string]struct {
			page web.HeartbeatPage
			form url.Values
		}{
			"heartbeat-none": {},
			"heartbeat":      {page: web.HeartbeatPage{HeartbeatHealth: beating(), Method: "POST"}},
			"heartbeat-file": {page: web.HeartbeatPage{File: "/etc/budi/collector.yml", InFile: true, HeartbeatHealth: web.HeartbeatHealth{
				Server: "https://hc.savivaldybe.example/…", FailServer: "https://hc.savivaldybe.example/…", Interval: 2 * time.Minute, Last: ago(time.Minute), Good: ago(time.Hour), Withheld: "not_told",
			}}},
			"heartbeat-refused": {
				page: web.HeartbeatPage{HeartbeatHealth: web.HeartbeatHealth{
					Server: "https://hc.savivaldybe.example/…", FailServer: "http://10.0.0.7:3001/…", Interval: 7 * time.Minute, Last: ago(time.Minute), Failures: 21, Problem: "call https://hc.savivaldybe.example/…: " + hostile,
				}},
				form: url.Values{"url": {"hc/slaptas"}, "interval": {"1"}, "method": {"GET"}},
			},
		} {
			t.Run(name+"."+string(lang), func(t *testing.T) {
				p := &pulse{page: tc.page}
				if tc.form != nil {
					p.refuses = settings.Problems{settings.New("url", settings.CodeBeatURL, "Max", 2000), settings.New("interval", settings.CodeInterval, "Low", 10*time.Second, "High", 24*time.Hour)}
				}
				c := newConsole(t, withPulse(p))
				page := text(t, c.ask("/settings/heartbeat", c.session(access.Administrator, lang), tc.form))
				golden(t, name+"."+string(lang), page)
				for _, bad := range []string{"<script>", "<no value>", "style=", "slaptas", "\u202e"} {
					if strings.Contains(inside(page), bad) {
						t.Errorf("the page holds %q", bad)
					}
				}
			})
		}
	}
}

func TestHeartbeatForms(t *testing.T) {
	for name, tc := range map[string]struct {
		target string
		form   url.Values
		to     string
		done   string
	}{
		"saved":   {"/settings/heartbeat", url.Values{"url": {" https://a/b "}, "fail_url": {"https://a/b/fail"}, "interval": {"120"}, "method": {"POST"}}, "heartbeat.saved", "https://a/b | https://a/b/fail | false | 2m0s | POST"},
		"kept":    {"/settings/heartbeat", url.Values{"url": {""}, "no_fail": {"yes"}, "interval": {"60"}, "method": {"GET"}}, "heartbeat.saved", " |  | true | 1m0s | GET"},
		"no time": {"/settings/heartbeat", url.Values{"url": {"https://a/b"}, "interval": {"soon"}}, "heartbeat.saved", "https://a/b |  | false | -1s | "},
		"tried":   {"/settings/heartbeat/try", url.Values{"x": {""}}, "heartbeat.tried", "try"},
		"no more": {"/settings/heartbeat/remove", url.Values{"x": {""}}, "heartbeat.removed", "none"},
	} {
		t.Run(name, func(t *testing.T) {
			p := &pulse{}
			c := newConsole(t, withPulse(p))
			resp := c.ask(tc.target, c.session(access.Administrator, i18n.English), tc.form)
			if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/settings/heartbeat?did="+tc.to+"&of=" {
				t.Errorf("answered %d to %s", resp.StatusCode, resp.Header.Get("Location"))
			}
			if got := strings.Join(p.done, ", "); got != tc.done {
				t.Errorf("asked for %q, not %q", got, tc.done)
			}
		})
	}
}
