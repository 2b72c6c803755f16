package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/website/crawl"
)

// schemeCrawl begins the target of a crawl; the address of a website follows.
const schemeCrawl = "crawl:"

// crawlFlags are those of a crawl.
type crawlFlags struct {
	pages int
	pace  time.Duration
}

func (f *crawlFlags) add(cmd *cobra.Command) {
	cmd.Flags().IntVar(&f.pages, "pages", 500, "of crawl:…: how many pages are read at most; 0: all")
	cmd.Flags().DurationVar(&f.pace, "pace", crawl.DefaultPace, "of crawl:…: how long to wait between two requests")
}

// maxCrawl bounds a crawl by command.
const maxCrawl = 24 * time.Hour

// lookCrawl makes the crawl of a website: one run, and a second one for what
// answered badly. Interrupted, it gives what it found so far. How far it has come
// is told beside the result.
func lookCrawl(target string, f crawlFlags, cmd *cobra.Command) (look.Func, time.Duration, error) {
	if f.pages < 0 || f.pace < 0 {
		return nil, 0, fmt.Errorf("--pages and --pace cannot be below zero")
	}
	address := strings.TrimPrefix(target, schemeCrawl)
	t, err := probe.ParseTarget(address)
	if err != nil {
		return nil, 0, err
	}
	s, err := crawl.New(address, time.Now(), nil)
	if err != nil {
		return nil, 0, err
	}
	return func(ctx context.Context) look.Result {
		client := probe.NewClient(probe.Options{})
		defer client.Close()
		told := time.Time{}
		o := crawl.Options{Client: client, Pages: f.pages, Pace: f.pace, RetryAfter: 5 * time.Second, Progress: func(p crawl.Progress) {
			if time.Since(told) >= time.Second {
				told = time.Now()
				_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "%d pages read, %d addresses tried, %d known besides, %d broken: %s\n", p.Pages, p.Checked, p.Waiting, p.Broken, p.Now)
			}
		}}
		for range 10 { // what answers badly for longer than that is told as waiting
			why, err := crawl.Run(ctx, s, o)
			if err != nil || why != crawl.WhyLater || !wait(ctx, time.Until(s.Due)) {
				break
			}
		}
		r := s.Result(schemeCrawl+t.String(), time.Now())
		r.Time = s.Began
		return r
	}, maxCrawl, nil
}

// wait waits a short time; false: it is not short, or ctx ended.
func wait(ctx context.Context, d time.Duration) bool {
	if d > time.Minute {
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
