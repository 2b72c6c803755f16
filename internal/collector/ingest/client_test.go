package ingest_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	remoteapi "github.com/prometheus/client_golang/exp/api/remote"

	"github.com/budi-monitor/budi/internal/collector/ingest"
)

// Prometheus' own client is content with the door, in both versions.
func TestPrometheusClient(t *testing.T) {
	w := newWorld(t)
	next := w.doors.Push()
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(rw, r.WithContext(ingest.WithRight(r.Context(), pusher("srv-1"))))
	}))
	defer srv.Close()
	client, err := remoteapi.NewAPI(srv.URL, remoteapi.WithAPIHTTPClient(srv.Client()), remoteapi.WithAPIPath("api/v1/write"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	v1 := old(noon, 1, "__name__", "up", "job", "v1", "device", "srv-1")
	if _, err := client.Write(ctx, remoteapi.WriteV1MessageType, v1); err != nil {
		t.Errorf("1.0: %v", err)
	}
	m := newMessage().add([]point{{noon.Add(-time.Minute), 1}, {noon, 2}}, "__name__", "up", "job", "v2").add([]point{{noon, 1}}, "__name__", "ALERTS").done()
	stats, err := client.Write(ctx, remoteapi.WriteV2MessageType, m)
	if err != nil {
		t.Errorf("2.0: %v", err)
	}
	if stats.Samples != 2 {
		t.Errorf("the client read that %d samples were written", stats.Samples)
	}
	w.finds("up", `{__name__="up",device="srv-1",job="v1",site="main",source="prom"} 1`, `{__name__="up",job="v2",site="main",source="prom"} 2`)
}
