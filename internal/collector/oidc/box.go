package oidc

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// loginLife is how long somebody may take at the provider.
const loginLife = 10 * time.Minute

// login is what must be remembered between the way there and the way back. It
// travels in the browser, sealed, so that log-ins which nobody ends cost nothing
// here.
type login struct {
	State    string `json:"s"`
	Nonce    string `json:"n"`
	Verifier string `json:"v"`
	Next     string `json:"p"`
	Ends     int64  `json:"e"` // Unix seconds
}

// box seals log-ins: nobody else can read or make one (AES-256-GCM).
type box struct{ aead cipher.AEAD }

// maxSealed bounds what is opened; browsers keep 4,096 bytes for a cookie.
const maxSealed = 4096

func newBox(key []byte) (*box, error) {
	if len(key) != 32 {
		return nil, fmt.Errorf("seal log-ins: the key has %d bytes and must have 32", len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("seal log-ins: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("seal log-ins: %w", err)
	}
	return &box{aead}, nil
}

func (b *box) seal(l login) (string, error) {
	text, err := json.Marshal(l)
	if err != nil {
		return "", fmt.Errorf("seal a log-in: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b.aead.Seal(nil, nil, text, nil)), nil
}

func (b *box) open(sealed string) (login, error) {
	var l login
	if len(sealed) > maxSealed {
		return l, errors.New("open a log-in: it is too long")
	}
	data, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return l, fmt.Errorf("open a log-in: %w", err)
	}
	text, err := b.aead.Open(nil, nil, data, nil)
	if err != nil {
		return l, fmt.Errorf("open a log-in: %w", err)
	}
	if err := json.Unmarshal(text, &l); err != nil || l.State == "" || l.Nonce == "" {
		return login{}, errors.New("open a log-in: a part of it is missing")
	}
	return l, nil
}

func random() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}
