package oidc_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"
)

// idp is a small identity provider on the loopback: discovery, keys, tokens. It
// can misbehave.
type idp struct {
	*httptest.Server
	t   testing.TB
	key *ecdsa.PrivateKey

	mu     sync.Mutex
	codes  map[string]asked
	claims map[string]any // of whoever logs in
	asks   int            // for discovery

	// Misbehaviour; nil or zero: none.
	document func(map[string]any)                  // changes the discovery document
	token    func(map[string]any)                  // changes the ID token's claims
	sign     func(claims map[string]any) string    // makes the ID token
	answer   func(http.ResponseWriter) (done bool) // answers in place of the token endpoint
	stall    chan struct{}                         // nothing is answered before it is closed
	method   string                                // how the client must show its secret; "" is Basic
	extra    map[string]any                        // beside the ID token
}

// asked is what a browser came with, and its code stands for.
type asked struct{ nonce, challenge, redirect string }

const (
	clientID     = "budi"
	clientSecret = "not to be found"
)

func newIDP(t testing.TB) *idp {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &idp{t: t, key: key, codes: map[string]asked{}, claims: map[string]any{
		"sub": "17", "preferred_username": "rasa@mokykla.example", "name": "Rasa Petraitė", "groups": []string{"staff", "it"}, "locale": "lt-LT",
	}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET /keys", p.keys)
	mux.HandleFunc("POST /token", p.tokens)
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		stall := p.stall
		p.mu.Unlock()
		if stall != nil {
			select {
			case <-stall:
			case <-r.Context().Done():
			}
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *idp) set(change func(*idp)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

func (p *idp) discovery(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asks++
	doc := map[string]any{
		"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
		"id_token_signing_alg_values_supported": []string{"ES256", "none", "HS256"},
	}
	if p.method != "" {
		doc["token_endpoint_auth_methods_supported"] = []string{p.method}
	}
	if p.document != nil {
		p.document(doc)
	}
	p.write(w, doc)
}

func (p *idp) write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		p.t.Error(err)
	}
}

func (p *idp) keys(w http.ResponseWriter, _ *http.Request) {
	point, err := p.key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		p.t.Error(err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	p.write(w, map[string]any{"keys": []map[string]any{{
		"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "1", "x": b64(point[1:33]), "y": b64(point[33:]),
	}}})
}

// authorize is the person who logs in at the provider: the answer is what the
// browser comes back with.
func (p *idp) authorize(address string) url.Values {
	p.t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		p.t.Fatal(err)
	}
	q := u.Query()
	if q.Get("client_id") != clientID || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" {
		p.t.Errorf("asked with %v", q)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	code := rand.Text()
	p.codes[code] = asked{q.Get("nonce"), q.Get("code_challenge"), q.Get("redirect_uri")}
	return url.Values{"code": {code}, "state": {q.Get("state")}}
}

func (p *idp) tokens(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.answer != nil && p.answer(w) {
		return
	}
	id, secret, basic := r.BasicAuth()
	// Both are escaped for forms first (RFC 6749, section 2.3.1).
	id, _ = url.QueryUnescape(id)
	secret, _ = url.QueryUnescape(secret)
	if p.method == "client_secret_post" {
		id, secret, basic = r.PostFormValue("client_id"), r.PostFormValue("client_secret"), !basic
	}
	was, known := p.codes[r.PostFormValue("code")]
	delete(p.codes, r.PostFormValue("code")) // it works once
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	w.Header().Set("Content-Type", "application/json")
	switch {
	case id != clientID || secret != clientSecret || !basic:
		w.WriteHeader(http.StatusUnauthorized)
		p.write(w, map[string]any{"error": "invalid_client"})
		return
	case !known || base64.RawURLEncoding.EncodeToString(sum[:]) != was.challenge || r.PostFormValue("redirect_uri") != was.redirect:
		w.WriteHeader(http.StatusBadRequest)
		p.write(w, map[string]any{"error": "invalid_grant"})
		return
	}
	now := time.Now()
	claims := map[string]any{"iss": p.URL, "aud": clientID, "exp": now.Add(time.Hour).Unix(), "iat": now.Unix(), "nonce": was.nonce}
	maps.Copy(claims, p.claims)
	if p.token != nil {
		p.token(claims)
	}
	sign := p.signed
	if p.sign != nil {
		sign = p.sign
	}
	out := map[string]any{"access_token": "a", "token_type": "Bearer", "expires_in": 3600, "id_token": sign(claims)}
	maps.Copy(out, p.extra)
	p.write(w, out)
}

// signed makes an ID token with the provider's key.
func (p *idp) signed(claims map[string]any) string { return signedBy(p.t, p.key, "ES256", claims) }

func signedBy(t testing.TB, key *ecdsa.PrivateKey, alg string, claims map[string]any) string {
	part := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			t.Error(err)
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	text := part(map[string]any{"alg": alg, "kid": "1"}) + "." + part(claims)
	if key == nil {
		return text + "."
	}
	sum := sha256.Sum256([]byte(text))
	r, v, err := ecdsa.Sign(rand.Reader, key, sum[:])
	if err != nil {
		t.Error(err)
		return ""
	}
	sig := make([]byte, 64)
	r.FillBytes(sig[:32])
	v.FillBytes(sig[32:])
	return text + "." + base64.RawURLEncoding.EncodeToString(sig)
}
