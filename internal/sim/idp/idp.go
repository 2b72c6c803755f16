// Package idp is a small identity provider on the loopback that speaks OpenID
// Connect: discovery, keys, tokens by code with PKCE. Whoever comes is let in
// without a question, with the claims that were set. It can misbehave: wrong
// claims, other signatures, answers that stall. It is for tests.
package idp

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// What an application is known by.
const (
	ClientID     = "budi"
	ClientSecret = "not to be found"
)

// Claims are what a token says.
type Claims map[string]any

// Server is a running provider. Its exported fields but URL are read and
// changed within Set only.
type Server struct {
	URL string // also the issuer

	Person Claims // of whoever logs in
	Asks   int    // how often somebody asked for the addresses
	Method string // how the client must show its secret; empty: client_secret_basic

	// Misbehaviour; nil: none.
	Document func(Claims)              // changes the discovery document
	Token    func(Claims)              // changes the ID token's claims
	Sign     func(Claims) string       // makes the ID token
	Answer   func(http.ResponseWriter) // answers in place of the token endpoint
	Stall    chan struct{}             // nothing is answered before it is closed

	key  *ecdsa.PrivateKey
	http *http.Server
	mu   sync.Mutex
	code map[string]asked
}

// asked is what a browser came with, and its code stands for.
type asked struct{ nonce, challenge, redirect string }

// Start starts a provider; Close ends it.
func Start(ctx context.Context) (*Server, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the provider's key: %w", err)
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the provider: %w", err)
	}
	s := &Server{URL: "http://" + l.Addr().String(), key: key, code: map[string]asked{}, Person: Claims{
		"sub": "17", "preferred_username": "rasa@mokykla.example", "name": "Rasa Petraitė", "groups": []string{"staff", "it"}, "locale": "lt-LT",
	}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", s.discovery)
	mux.HandleFunc("GET /keys", s.keys)
	mux.HandleFunc("POST /token", s.tokens)
	s.http = &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		stall := s.Stall
		s.mu.Unlock()
		if stall != nil {
			select {
			case <-stall:
			case <-r.Context().Done():
			}
		}
		mux.ServeHTTP(w, r)
	})}
	go func() { _ = s.http.Serve(l) }() // ends with Close
	return s, nil
}

// Close ends the provider at once.
func (s *Server) Close() error { return s.http.Close() }

// Set changes or reads what the provider does, while it runs.
func (s *Server) Set(change func(*Server)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

func (s *Server) discovery(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Asks++
	doc := Claims{
		"issuer": s.URL, "authorization_endpoint": s.URL + "/authorize", "token_endpoint": s.URL + "/token", "jwks_uri": s.URL + "/keys",
		"id_token_signing_alg_values_supported": []string{"ES256", "none", "HS256"},
	}
	if s.Method != "" {
		doc["token_endpoint_auth_methods_supported"] = []string{s.Method}
	}
	if s.Document != nil {
		s.Document(doc)
	}
	write(w, http.StatusOK, doc)
}

func write(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v) // whoever went away needs no answer
}

func (s *Server) keys(w http.ResponseWriter, _ *http.Request) {
	point, err := s.key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	b64 := base64.RawURLEncoding.EncodeToString
	write(w, http.StatusOK, map[string]any{"keys": []Claims{{
		"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "1", "x": b64(point[1:33]), "y": b64(point[33:]),
	}}})
}

// Authorize is the person who logs in at the address to which a browser was
// sent. The answer is what the browser comes back with.
func (s *Server) Authorize(address string) (url.Values, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("log in at the provider: %w", err)
	}
	q := u.Query()
	if q.Get("client_id") != ClientID || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" {
		return nil, errors.New("log in at the provider: asked with " + u.RawQuery)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	code := rand.Text()
	s.code[code] = asked{q.Get("nonce"), q.Get("code_challenge"), q.Get("redirect_uri")}
	return url.Values{"code": {code}, "state": {q.Get("state")}}, nil
}

func (s *Server) tokens(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Answer != nil {
		s.Answer(w)
		return
	}
	id, secret, basic := r.BasicAuth()
	// Both are escaped for forms first (RFC 6749, section 2.3.1).
	id, _ = url.QueryUnescape(id)
	secret, _ = url.QueryUnescape(secret)
	if s.Method == "client_secret_post" {
		id, secret, basic = r.PostFormValue("client_id"), r.PostFormValue("client_secret"), !basic
	}
	was, known := s.code[r.PostFormValue("code")]
	delete(s.code, r.PostFormValue("code")) // it works once
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	switch {
	case id != ClientID || secret != ClientSecret || !basic:
		write(w, http.StatusUnauthorized, Claims{"error": "invalid_client"})
		return
	case !known || base64.RawURLEncoding.EncodeToString(sum[:]) != was.challenge || r.PostFormValue("redirect_uri") != was.redirect:
		write(w, http.StatusBadRequest, Claims{"error": "invalid_grant"})
		return
	}
	now := time.Now()
	claims := Claims{"iss": s.URL, "aud": ClientID, "exp": now.Add(time.Hour).Unix(), "iat": now.Unix(), "nonce": was.nonce}
	maps.Copy(claims, s.Person)
	if s.Token != nil {
		s.Token(claims)
	}
	var token string
	if s.Sign != nil {
		token = s.Sign(claims)
	} else {
		token = Signed(s.key, claims)
	}
	write(w, http.StatusOK, Claims{"access_token": "a", "token_type": "Bearer", "expires_in": 3600, "id_token": token})
}

// Unsigned is a token without its signature: two parts and the dot after them.
func Unsigned(alg string, c Claims) string {
	part := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			panic(err) // claims of a test that cannot be written
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	return part(Claims{"alg": alg, "kid": "1"}) + "." + part(c) + "."
}

// Signed is a token signed by a key (ES256), as the provider's own are.
func Signed(key *ecdsa.PrivateKey, c Claims) string {
	text := Unsigned("ES256", c)
	sum := sha256.Sum256([]byte(text[:len(text)-1]))
	r, v, err := ecdsa.Sign(rand.Reader, key, sum[:])
	if err != nil {
		panic(err) // never: the key is sound
	}
	sig := make([]byte, 64)
	r.FillBytes(sig[:32])
	v.FillBytes(sig[32:])
	return text + base64.RawURLEncoding.EncodeToString(sig)
}
