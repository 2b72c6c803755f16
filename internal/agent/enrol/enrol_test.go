package enrol_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/agent/agenttest"
	"github.com/budi-monitor/budi/internal/agent/enrol"
	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/wire"
)

var (
	tokenSecret = wire.EnrolTokenPrefix + strings.Repeat("A", 43)
	agentSecret = wire.AgentSecretPrefix + strings.Repeat("B", 42) + "E"
)

// collector serves a handler as a collector with its own authority does.
func collector(t *testing.T, h http.HandlerFunc) (url string, ca *agenttest.Authority) {
	t.Helper()
	now := time.Now()
	ca = agenttest.NewAuthority(t, now.Add(-time.Hour))
	return agenttest.Serve(t, ca.Certificate(t, now.Add(-time.Hour), now.Add(time.Hour)), h).URL, ca
}

func request(url string, ca *agenttest.Authority) enrol.Request {
	token := wire.EnrolToken{Secret: tokenSecret}
	if ca != nil {
		token.CA = ca.Fingerprint
	}
	return enrol.Request{
		URL: url, Token: token.String(), Hostname: "pc-7", System: "linux", Version: "1.2.3", Server: true,
		Machine: wire.Machine{SystemUUID: "u"}, Secret: secret.New(agentSecret),
	}
}

func reply(w http.ResponseWriter) {
	_ = json.NewEncoder(w).Encode(wire.EnrolReply{Agent: "a-1", Device: "pc-7", Site: "main", Assignment: wire.DefaultAssignment()})
}

func TestEnrol(t *testing.T) {
	var got wire.EnrolRequest
	url, ca := collector(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != wire.PathEnrol || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
		}
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Error(err)
		}
		reply(w)
	})
	identity, assignment, err := enrol.Enrol(t.Context(), request(url, ca))
	if err != nil {
		t.Fatal(err)
	}
	want := wire.EnrolRequest{Token: tokenSecret, Secret: agentSecret, Hostname: "pc-7", System: "linux", Server: true, Version: "1.2.3", Machine: wire.Machine{SystemUUID: "u"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the collector was told %+v", got)
	}
	if identity.URL != url || string(identity.CA) != string(ca.DER) || identity.Agent != "a-1" || identity.Device != "pc-7" || identity.Site != "main" || identity.Secret.Reveal() != agentSecret {
		t.Errorf("identity %+v", identity)
	}
	if !reflect.DeepEqual(assignment, wire.DefaultAssignment()) {
		t.Errorf("assignment %+v", assignment)
	}
}

func TestOnThisComputerWithoutTLS(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { reply(w) }))
	defer server.Close()
	identity, _, err := enrol.Enrol(t.Context(), request(server.URL, nil))
	if err != nil || identity.CA != nil {
		t.Errorf("%+v, %v", identity, err)
	}
	ca := agenttest.NewAuthority(t, time.Now())
	if _, _, err := enrol.Enrol(t.Context(), request(server.URL, ca)); err == nil || !strings.Contains(err.Error(), "https://") {
		t.Errorf("a token with an authority: %v", err)
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	answer := func(status int, code wire.Code) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_ = json.NewEncoder(w).Encode(wire.Refusal{Code: code, Error: "told by the test"})
		}
	}
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		want   string
		final  bool
	}{
		"an unknown token": {answer(403, wire.CodeTokenUnknown), "copy the whole token again", true},
		"expired":          {answer(403, wire.CodeTokenExpired), "has expired: make a new one", true},
		"used up":          {answer(403, wire.CodeTokenUsedUp), "as often as it may be", true},
		"not understood":   {answer(400, wire.CodeBadRequest), "versions", true},
		"another server":   {http.NotFound, "correct the collector's address", false},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://elsewhere.invalid/", http.StatusPermanentRedirect)
		}, "is a redirect (308)", false},
		"a page":          {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }, "sign-in page", false},
		"another service": {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") }, "names no agent", false},
		"strange names": {func(w http.ResponseWriter, _ *http.Request) {
			_ = json.NewEncoder(w).Encode(wire.EnrolReply{Agent: "a", Device: "../etc", Site: "main"})
		}, "names no agent", false},
		"a huge answer": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(make([]byte, 3<<20))
		}, "more than", false},
	} {
		t.Run(name, func(t *testing.T) {
			url, ca := collector(t, tt.answer)
			identity, _, err := enrol.Enrol(t.Context(), request(url, ca))
			if err == nil || !strings.Contains(err.Error(), tt.want) || errors.Is(err, enrol.ErrRefused) != tt.final {
				t.Errorf("got %v", err)
			}
			if err != nil && (strings.Contains(err.Error(), tokenSecret) || strings.Contains(err.Error(), agentSecret)) {
				t.Errorf("the error holds a secret: %v", err)
			}
			if identity.Agent != "" {
				t.Errorf("got %+v", identity)
			}
		})
	}
}

func TestWhatIsWrongBeforeAnybodyIsAsked(t *testing.T) {
	var visits atomic.Int32
	url, ca := collector(t, func(http.ResponseWriter, *http.Request) { visits.Add(1) })
	for name, tt := range map[string]struct {
		change func(*enrol.Request)
		want   string
	}{
		"no token":                       {func(r *enrol.Request) { r.Token = "" }, "no enrolment token"},
		"a part of a token":              {func(r *enrol.Request) { r.Token = r.Token[:30] }, "lost in copying"},
		"a token with a part of the end": {func(r *enrol.Request) { r.Token = r.Token[:len(r.Token)-5] }, "behind the dot is damaged"},
		"another authority":              {func(r *enrol.Request) { r.Token = wire.EnrolToken{Secret: tokenSecret, CA: [32]byte{1}}.String() }, "another fingerprint"},
		"without the end of the token":   {func(r *enrol.Request) { r.Token = tokenSecret }, "the whole enrolment token"},
		"no TLS":                         {func(r *enrol.Request) { r.URL = "http://10.0.0.1" }, "https://"},
		"a proxy's address":              {func(r *enrol.Request) { r.Proxy = "proxy" }, "http://proxy:3128"},
		"no secret of its own":           {func(r *enrol.Request) { r.Secret = secret.String{} }, "agent's secret"},
	} {
		r := request(url, ca)
		tt.change(&r)
		if _, _, err := enrol.Enrol(t.Context(), r); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if visits.Load() != 0 {
		t.Error("a token was shown to a server that should not see it")
	}
}

// An answer that is lost is asked for again, with the same secret; one that is
// busy is asked later.
func TestEnrolIsTriedAgain(t *testing.T) {
	var visits atomic.Int32
	var secrets []string
	url, ca := collector(t, func(w http.ResponseWriter, r *http.Request) {
		var got wire.EnrolRequest
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Error(err)
		}
		secrets = append(secrets, got.Secret)
		switch visits.Add(1) {
		case 1:
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, "{")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		case 2:
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			reply(w)
		}
	})
	if _, _, err := enrol.Enrol(t.Context(), request(url, ca)); err != nil {
		t.Fatal(err)
	}
	if len(secrets) != 3 || secrets[0] != agentSecret || secrets[2] != agentSecret {
		t.Errorf("asked with %q", secrets)
	}
}

func TestEnrolEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	url, ca := collector(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		cancel()
	})
	if _, _, err := enrol.Enrol(ctx, request(url, ca)); err == nil {
		t.Error("no error")
	}
}
