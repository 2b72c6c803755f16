package collector

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/metric"
)

// How the forecast of disks is made: by the pace of this week, each hour, for
// what would be full within two weeks. The week is read every two hours: at a
// thousand computers that is some 200,000 samples an hour, not ten million for
// each look at the first page.
const (
	forecastEvery  = time.Hour
	forecastAhead  = 14 * 24 * time.Hour
	forecastPace   = "7d:2h"
	forecastPoints = 12 // fewer say nothing of a pace
	maxForecasts   = 200
)

// diskForecast says when a filesystem will be full.
type diskForecast struct {
	device, mount string
	full          time.Time
}

// forecaster looks ahead from time to time. It is safe for concurrent use.
type forecaster struct {
	c *Collector

	mu    sync.Mutex
	found []diskForecast
}

// disks are the filesystems that will be full soon, the soonest first.
func (f *forecaster) disks() []diskForecast {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.found // never changed, only replaced
}

// run looks ahead until ctx ends.
func (f *forecaster) run(ctx context.Context) error {
	tick := time.NewTicker(forecastEvery)
	defer tick.Stop()
	for {
		if err := f.look(ctx); err != nil && ctx.Err() == nil {
			f.c.log.Warn("forecast when disks will be full", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// forecastQuery gives the seconds until a filesystem is full: what is free by
// what is lost in a second. A computer that is off is told by what it said in the
// last day.
func forecastQuery() string {
	free := fmt.Sprintf(`max by (site, device, %s) (%s{job="host",%s="free"})`, metric.LabelFilesystemMountpoint, metric.SystemFilesystemUsage, metric.LabelFilesystemState)
	return fmt.Sprintf(`bottomk(%d, (last_over_time((%s)[1d:2h]) / -deriv((%s)[%s]) > 0) < %d and count_over_time((%s)[%s]) >= %d)`,
		maxForecasts, free, free, forecastPace, int(forecastAhead.Seconds()), free, forecastPace, forecastPoints)
}

// look makes the forecast anew.
func (f *forecaster) look(ctx context.Context) error {
	now := f.c.now()
	points, err := f.c.db.Query(ctx, forecastQuery(), now)
	if err != nil {
		return err
	}
	var found []diskForecast
	for _, p := range points {
		found = append(found, diskForecast{
			device: p.Labels["device"], mount: p.Labels[metric.LabelFilesystemMountpoint], full: now.Add(time.Duration(p.Value) * time.Second),
		})
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.found = found
	return nil
}
