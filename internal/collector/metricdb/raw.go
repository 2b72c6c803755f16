package metricdb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

// Ended reports whether the value of a raw sample is a stale marker: the series
// ended there, or had a gap.
func Ended(v float64) bool { return value.IsStaleNaN(v) }

// Raw hands over the samples of every series of a metric as they are stored,
// from one moment to another, both included: no lookback, and with the markers
// that Ended finds. Of the labels that are named only series with that value are
// taken. The slice that do gets is used again for the next series. Raw is not
// bounded by Options.MaxSamples, because it holds one series at a time.
func (db *DB) Raw(ctx context.Context, name string, with map[string]string, from, to time.Time, do func(labels map[string]string, samples []Sample) error) (err error) {
	q, err := db.store.Querier(from.UnixMilli(), to.UnixMilli())
	if err != nil {
		return fmt.Errorf("read samples: %w", err)
	}
	defer func() { err = errors.Join(err, q.Close()) }()
	matchers := []*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, name)}
	for label, v := range with {
		matchers = append(matchers, labels.MustNewMatcher(labels.MatchEqual, label, v))
	}
	set := q.Select(ctx, false, nil, matchers...)
	var it chunkenc.Iterator
	var samples []Sample
	for set.Next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		series := set.At()
		samples = samples[:0]
		it = series.Iterator(it)
		for kind := it.Next(); kind != chunkenc.ValNone; kind = it.Next() {
			if kind != chunkenc.ValFloat {
				continue // native histograms have no single value
			}
			t, v := it.At()
			if t >= from.UnixMilli() && t <= to.UnixMilli() {
				samples = append(samples, Sample{time.UnixMilli(t), v})
			}
		}
		if err := it.Err(); err != nil {
			return fmt.Errorf("read samples of %s: %w", name, err)
		}
		if len(samples) == 0 {
			continue
		}
		if err := do(series.Labels().Map(), samples); err != nil {
			return err
		}
	}
	if err := set.Err(); err != nil {
		return fmt.Errorf("read samples of %s: %w", name, err)
	}
	return nil
}
