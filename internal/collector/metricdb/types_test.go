package metricdb_test

import (
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

// Short names for what a sample of the TSDB must offer besides a float.
type (
	histogramT      = histogram.Histogram
	floatHistogramT = histogram.FloatHistogram
	valueType       = chunkenc.ValueType
)

const valFloat = chunkenc.ValFloat
