package enrolment_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/budi-monitor/budi/internal/collector/enrolment"
	"github.com/budi-monitor/budi/internal/wire"
)

const (
	nonce1 = "00000000000000000000000000000001"
	nonce2 = "00000000000000000000000000000002"
)

// headers are those of a good request.
func headers(letter byte, sequence int, at time.Time) map[string]string {
	return map[string]string{
		"Authorization":     "Bearer " + agentSecret(letter),
		wire.HeaderNonce:    nonce1,
		wire.HeaderSequence: strconv.Itoa(sequence),
		wire.HeaderTime:     strconv.FormatInt(at.UnixMilli(), 10),
		wire.HeaderMachine:  request("", letter).Machine.Fingerprint(),
	}
}

// post sends a request through a handler.
func post(h http.Handler, from, body string, header map[string]string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.RemoteAddr = from
	for name, value := range header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// refusal reads the body of an answer that is no success.
func refusal(t *testing.T, w *httptest.ResponseRecorder) wire.Refusal {
	t.Helper()
	var out wire.Refusal
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || w.Header().Get("Content-Type") != "application/json" {
		t.Fatalf("%v in %q", err, w.Body)
	}
	return out
}

func TestTheDoorSaysWhoComes(t *testing.T) {
	c := newCollector(t)
	a := c.enrol(c.token(enrolment.NewToken{Site: "main"}), 'a')
	var got enrolment.Admission
	door := c.Door(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var ok bool
		if got, ok = enrolment.FromContext(r.Context()); !ok {
			t.Error("nobody is known")
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	for name, from := range map[string]struct{ peer, forwarded, want string }{
		"its own address":                    {"192.0.2.7:1234", "", "192.0.2.7"},
		"a stranger's word is not taken":     {"192.0.2.7:1234", "203.0.113.1", "192.0.2.7"},
		"a proxy on this computer":           {"127.0.0.1:1234", "203.0.113.1, 198.51.100.7", "198.51.100.7"},
		"a proxy on this computer, IPv6":     {"[::1]:1234", "2001:db8::1", "2001:db8::1"},
		"a proxy that says nothing sensible": {"127.0.0.1:1234", "unknown", "127.0.0.1"},
		"an address of IPv4 within IPv6":     {"[::ffff:192.0.2.7]:1234", "", "192.0.2.7"},
	} {
		t.Run(name, func(t *testing.T) {
			c.wait(time.Minute)
			h := headers('a', int(c.clock().Sub(t0)/time.Minute), c.clock().Add(-time.Hour))
			if from.forwarded != "" {
				h["X-Forwarded-For"] = from.forwarded
			}
			w := post(door, from.peer, "", h)
			if w.Code != http.StatusNoContent || w.Header().Get(wire.HeaderCollectorStart) != "start-1" || w.Header().Get(wire.HeaderAssignment) != "for pc-1" {
				t.Fatalf("got %d %v %s", w.Code, w.Header(), w.Body)
			}
			if got.Agent.ID != a.ID || got.Offset != time.Hour || got.Agent.Address != from.want {
				t.Errorf("got %+v", got)
			}
		})
	}
	if _, ok := enrolment.FromContext(t.Context()); ok {
		t.Error("somebody is known without a door")
	}
}

func TestTheDoorRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		set    map[string]string // "-" removes
		status int
		code   wire.Code
	}{
		"nobody":                     {map[string]string{"Authorization": "-"}, 401, wire.CodeUnknownAgent},
		"another scheme":             {map[string]string{"Authorization": "Basic YTpi"}, 401, wire.CodeUnknownAgent},
		"an unknown secret":          {map[string]string{"Authorization": "Bearer " + agentSecret('z')}, 401, wire.CodeUnknownAgent},
		"an enrolment token":         {map[string]string{"Authorization": "Bearer budi_enrol_" + agentSecret('a')[11:]}, 401, wire.CodeUnknownAgent},
		"an endless secret":          {map[string]string{"Authorization": "Bearer " + strings.Repeat("a", 60000)}, 401, wire.CodeUnknownAgent},
		"no nonce":                   {map[string]string{wire.HeaderNonce: "-"}, 400, wire.CodeBadRequest},
		"a short nonce":              {map[string]string{wire.HeaderNonce: "ab"}, 400, wire.CodeBadRequest},
		"a nonce in capitals":        {map[string]string{wire.HeaderNonce: strings.Repeat("A", 32)}, 400, wire.CodeBadRequest},
		"no sequence":                {map[string]string{wire.HeaderSequence: "-"}, 400, wire.CodeBadRequest},
		"a negative sequence":        {map[string]string{wire.HeaderSequence: "-1"}, 400, wire.CodeBadRequest},
		"a sequence with a sign":     {map[string]string{wire.HeaderSequence: "+1"}, 400, wire.CodeBadRequest},
		"the last sequence there is": {map[string]string{wire.HeaderSequence: "18446744073709551615"}, 400, wire.CodeBadRequest},
		"no time":                    {map[string]string{wire.HeaderTime: "-"}, 400, wire.CodeBadRequest},
		"a time in words":            {map[string]string{wire.HeaderTime: "now"}, 400, wire.CodeBadRequest},
		"a time in the year 10000":   {map[string]string{wire.HeaderTime: "253402300800000"}, 400, wire.CodeBadRequest},
		"a machine in words":         {map[string]string{wire.HeaderMachine: "board"}, 400, wire.CodeBadRequest},
		"a request again":            {map[string]string{wire.HeaderSequence: "5"}, 409, wire.CodeReplayed},
		"another computer":           {map[string]string{wire.HeaderNonce: nonce2, wire.HeaderMachine: strings.Repeat("0", 64)}, 429, wire.CodeBusy},
	} {
		t.Run(name, func(t *testing.T) {
			w := newCollector(t)
			w.enrol(w.token(enrolment.NewToken{Site: "main"}), 'a')
			if _, err := w.Admit(t.Context(), w.call('a', nonce1, 5)); err != nil {
				t.Fatal(err)
			}
			door := w.Door(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was let in") }))
			h := headers('a', 6, w.clock())
			for name, value := range c.set {
				if h[name] = value; value == "-" {
					delete(h, name)
				}
			}
			answer := post(door, "192.0.2.7:1234", "", h)
			got := refusal(t, answer)
			if answer.Code != c.status || got.Code != c.code || got.Error == "" || len(got.Error) > 300 {
				t.Errorf("got %d %+v", answer.Code, got)
			}
			if after := answer.Header().Get("Retry-After"); (c.code == wire.CodeBusy) != (after != "") {
				t.Errorf("Retry-After %q", after)
			}
		})
	}
}

func TestAHeaderThatIsThereTwiceIsRefused(t *testing.T) {
	c := newCollector(t)
	c.enrol(c.token(enrolment.NewToken{Site: "main"}), 'a')
	door := c.Door(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was let in") }))
	for name := range headers('a', 1, t0) {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		for name, value := range headers('a', 1, t0) {
			r.Header.Set(name, value)
		}
		r.Header.Add(name, r.Header.Get(name))
		w := httptest.NewRecorder()
		door.ServeHTTP(w, r)
		if w.Code != 400 && w.Code != 401 {
			t.Errorf("%s: got %d", name, w.Code)
		}
	}
}

func TestEnrollingOverHTTP(t *testing.T) {
	c := newCollector(t)
	server := httptest.NewServer(c.EnrolHandler())
	defer server.Close()
	token := c.token(enrolment.NewToken{Site: "main", Uses: 1})
	send := func(body io.Reader) (int, string) {
		t.Helper()
		resp, err := http.Post(server.URL, "application/json", body)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(text)
	}
	good, err := json.Marshal(request(token, 'a'))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		status, text := send(strings.NewReader(string(good)))
		var reply wire.EnrolReply
		if err := json.Unmarshal([]byte(text), &reply); err != nil || status != http.StatusOK {
			t.Fatal(status, text, err)
		}
		want := wire.DefaultAssignment()
		want.Version = "for pc-1"
		if d := cmp.Diff(wire.EnrolReply{Agent: reply.Agent, Device: "pc-1", Site: "main", Assignment: want}, reply); d != "" || reply.Agent == "" {
			t.Error(d)
		}
	}
	other, err := json.Marshal(request(token, 'b'))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		body   string
		status int
		code   wire.Code
	}{
		"used up":              {string(other), 403, wire.CodeTokenUsedUp},
		"not JSON":             {"hello", 400, wire.CodeBadRequest},
		"nothing":              {"", 400, wire.CodeBadRequest},
		"half":                 {string(good[:40]), 400, wire.CodeBadRequest},
		"two objects":          {string(good) + string(good), 400, wire.CodeBadRequest},
		"a field of another":   {`{"token":"x","admin":true}`, 400, wire.CodeBadRequest},
		"no host name":         {`{"token":"x","secret":"` + agentSecret('c') + `"}`, 400, wire.CodeBadRequest},
		"a weak secret":        {`{"token":"x","secret":"budi_agent_1","hostname":"PC"}`, 400, wire.CodeBadRequest},
		"a body without end":   {`{"token":"` + strings.Repeat("x", 1<<20) + `"}`, 413, wire.CodeTooLarge},
		"a machine too large":  {fmt.Sprintf(`{"token":"x","secret":%q,"hostname":"PC","machine":{"macs":["a"%s]}}`, agentSecret('c'), strings.Repeat(`,"a"`, 16)), 400, wire.CodeBadRequest},
		"a serial much longer": {fmt.Sprintf(`{"token":"x","secret":%q,"hostname":"PC","machine":{"board_serial":%q}}`, agentSecret('c'), strings.Repeat("x", 600)), 400, wire.CodeBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			status, text := send(strings.NewReader(c.body))
			var got wire.Refusal
			if err := json.Unmarshal([]byte(text), &got); err != nil || status != c.status || got.Code != c.code {
				t.Errorf("got %d %s, %v", status, text, err)
			}
			if strings.Contains(text, agentSecret('c')) || strings.Contains(text, token) {
				t.Error("the answer repeats a secret")
			}
		})
	}
	resp, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusMethodNotAllowed || resp.Header.Get("Allow") != "POST" {
		t.Errorf("GET: %d", resp.StatusCode)
	}
}

func FuzzDoor(f *testing.F) {
	good := headers('a', 1, t0)
	f.Add(good["Authorization"], good[wire.HeaderNonce], good[wire.HeaderSequence], good[wire.HeaderTime], good[wire.HeaderMachine], "198.51.100.7", "127.0.0.1:1")
	f.Add("Bearer", "", "-0", "1e9", "", ",", "")
	f.Fuzz(func(t *testing.T, authorization, nonce, sequence, sent, machine, forwarded, peer string) {
		c, err := enrolment.Open(enrolment.Options{Store: newMemory(), Devices: &devices{}, Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return t0 }})
		if err != nil {
			t.Fatal(err)
		}
		token, _, err := c.CreateToken(t.Context(), "ona", enrolment.NewToken{Site: "main"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Enrol(t.Context(), request(token.Reveal(), 'a'), ""); err != nil {
			t.Fatal(err)
		}
		passed := false
		w := post(c.Door(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { passed = true; w.WriteHeader(204) })), peer, "", map[string]string{
			"Authorization": authorization, wire.HeaderNonce: nonce, wire.HeaderSequence: sequence, wire.HeaderTime: sent, wire.HeaderMachine: machine,
			"X-Forwarded-For": forwarded,
		})
		switch {
		case passed && !strings.HasSuffix(authorization, agentSecret('a')):
			t.Error("somebody else was let in")
		case !passed:
			refusal(t, w)
		}
	})
}

func FuzzEnrol(f *testing.F) {
	body, err := json.Marshal(request("budi_enrol_x", 'a'))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body)
	f.Add([]byte(`{"machine":{"macs":[null]}}`))
	c, err := enrolment.Open(enrolment.Options{Store: newMemory(), Devices: &devices{}, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if w := post(c.EnrolHandler(), "192.0.2.1:1", string(body), nil); w.Code < 400 || w.Code >= 500 {
			t.Errorf("%d for %q", w.Code, body)
		}
	})
}
