package collector

import (
	"io/fs"
	"math"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/metric"
)

// registerDataFolder makes what the data folder takes, and what is left on its
// disk, numbers like all others: they are sampled each minute, so that the
// console can tell how long the disk lasts.
func registerDataFolder(r prometheus.Registerer, dir string, db *metricdb.DB) {
	r.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: metric.DataSize, Help: "Size of everything in the data folder."},
			func() float64 { return float64(folderSize(dir)) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: metric.DataFree, Help: "Bytes that the collector may still write to the disk of the data folder."},
			func() float64 {
				free, err := db.Free()
				if err != nil {
					return math.NaN()
				}
				return float64(free)
			}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: metric.SamplesSeries, Help: "Series that were written to in the last hours."},
			func() float64 {
				e, err := db.Extent()
				if err != nil {
					return math.NaN()
				}
				return float64(e.Series)
			}),
	)
}

// folderSize adds up the files below a folder. What goes while it is counted
// does not count.
func folderSize(dir string) (bytes int64) {
	_ = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return nil //nolint:nilerr // the rest is still worth counting
		}
		if info, err := e.Info(); err == nil {
			bytes += info.Size()
		}
		return nil
	})
	return bytes
}
