package collector

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/probe"
)

func TestAChangedPageWaitsUntilItIsApproved(t *testing.T) {
	c := newTwoSides(t).c
	good := "<html lang=lt><head><title>Mokykla</title></head><body><h1>Mokykla</h1><p>" + strings.Repeat("Pamokos prasideda aštuntą valandą ryto. ", 12) + "</p></body></html>"
	bad := "<html><head><title>Hacked by Xx</title></head><body><h1>Hacked by Xx Team</h1></body></html>"
	var page atomic.Pointer[string]
	var status atomic.Int32
	show := func(code int, text string) {
		status.Store(int32(code))
		page.Store(&text)
	}
	show(http.StatusOK, good)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(int(status.Load()))
		_, _ = w.Write([]byte(*page.Load()))
	}))
	t.Cleanup(s.Close)
	keeper := access.WithIdentity(t.Context(), access.Local("test"))
	id, err := checkActions{c}.AddCheck(keeper, settings.Check{ID: "www", Website: settings.Website{Content: true}, Spec: probe.Spec{Target: s.URL + "/"}}, "")
	if err != nil {
		t.Fatal(err)
	}
	v := aspectsView{c}
	people := 0
	// lookNow gives the trouble (-1: nothing is said), and when the page that waits
	// was looked at.
	lookNow := func() (float64, time.Time) {
		t.Helper()
		people++ // nobody may look as often as this test
		r, err := v.LookAtAspect(access.WithIdentity(t.Context(), access.Local(fmt.Sprint("test", people))), id, web.AspectContent)
		if err != nil {
			t.Fatal(err)
		}
		shown, err := v.Aspect(keeper, id, web.AspectContent)
		if err != nil || shown.Result == nil || shown.Result.Outcome != r.Outcome {
			t.Fatalf("shown is %+v, %v", shown.Result, err)
		}
		return troubleOf(r), shown.Waiting
	}
	if trouble, waiting := lookNow(); trouble != 0 || !waiting.IsZero() {
		t.Fatalf("the first look: %v %v", trouble, waiting)
	}
	show(http.StatusOK, strings.Replace(good, "</p>", "</p><p>Rytoj pamokų nebus.</p>", 1))
	if trouble, waiting := lookNow(); trouble != 0 || !waiting.IsZero() {
		t.Errorf("an edit: %v %v", trouble, waiting)
	}
	show(http.StatusInternalServerError, bad)
	if trouble, waiting := lookNow(); trouble != -1 || !waiting.IsZero() {
		t.Errorf("an error of the server: %v %v", trouble, waiting)
	}
	show(http.StatusOK, bad)
	trouble, first := lookNow()
	if trouble != 1 || first.IsZero() {
		t.Fatalf("defaced: %v %v", trouble, first)
	}
	trouble, again := lookNow()
	if trouble != 1 || !again.After(first) {
		t.Fatalf("still defaced: %v, waiting is of %v, was of %v", trouble, again, first)
	}
	if err := v.ApproveContent(keeper, id, first); !errors.Is(err, web.ErrLookedAgain) {
		t.Errorf("approving what is not the newest: %v", err)
	}
	show(http.StatusOK, good)
	if trouble, waiting := lookNow(); trouble != 0 || !waiting.IsZero() {
		t.Errorf("mended: %v %v", trouble, waiting)
	}
	show(http.StatusOK, bad)
	_, seen := lookNow()
	if err := v.ApproveContent(keeper, id, seen); err != nil {
		t.Fatal(err)
	}
	if trouble, waiting := lookNow(); trouble != 0 || !waiting.IsZero() {
		t.Errorf("approved: %v %v", trouble, waiting)
	}
	if err := v.ApproveContent(keeper, id, seen); !errors.Is(err, web.ErrLookedAgain) {
		t.Errorf("approving twice: %v", err)
	}
	if trouble, waiting := lookNow(); trouble != 0 || !waiting.IsZero() {
		t.Errorf("what was approved before: %v %v", trouble, waiting)
	}
	// What is not watched any more is forgotten; what was removed may come back.
	kept := func(want string) {
		t.Helper()
		if left, err := c.store.Baselines(); err != nil || strings.Join(left, " ") != want {
			t.Errorf("kept are %v, not %s; %v", left, want, err)
		}
	}
	kept(id)
	if err := (checkActions{c}).RemoveCheck(keeper, id); err != nil {
		t.Fatal(err)
	}
	kept(id)
	if err := (checkActions{c}).RestoreCheck(keeper, id); err != nil {
		t.Fatal(err)
	}
	config := c.Config()
	check, _ := config.Check(id)
	check.Website.Content = false
	if _, err := (checkActions{c}).AddCheck(keeper, settings.Check{ID: "other", Spec: probe.Spec{Target: s.URL + "/"}}, ""); err != nil {
		t.Fatal(err)
	}
	kept(id)
	if err := (checkActions{c}).EditCheck(keeper, check); err != nil {
		t.Fatal(err)
	}
	kept("")
}

func troubleOf(r look.Result) float64 {
	for _, s := range r.Samples {
		if s.Name == metric.WebsiteTrouble {
			return s.Value
		}
	}
	return -1
}
