package access_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
)

func TestASignedLinkSaysWhatWasSigned(t *testing.T) {
	f := newFixture(t)
	expires := f.clock().Add(time.Hour)
	for _, contact := range []string{"", "rasa", "Rasa Petraitė", strings.Repeat("ž", 150)} {
		token := f.SignAck(1<<63, contact, expires)
		link, err := f.VerifyAck(token)
		if err != nil {
			t.Fatalf("contact %q: %v", contact, err)
		}
		if link.Incident != 1<<63 || !link.Expires.Equal(expires) || !strings.HasPrefix(contact, link.Contact) || len(contact) <= 200 && link.Contact != contact {
			t.Errorf("contact %q: got %+v", contact, link)
		}
		if strings.Trim(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			t.Errorf("token %q is not safe in a URL", token)
		}
	}
	if token := f.SignAck(12, "rasa", expires); len(token) > 40 {
		t.Errorf("a token of %d characters is not compact", len(token))
	}
}

func TestASignedLinkExpires(t *testing.T) {
	f := newFixture(t)
	token := f.SignAck(12, "rasa", f.clock().Add(time.Hour))
	f.pass(time.Hour - time.Second)
	if _, err := f.VerifyAck(token); err != nil {
		t.Fatal(err)
	}
	f.pass(time.Second)
	link, err := f.VerifyAck(token)
	if !errors.Is(err, access.ErrLinkExpired) || link.Incident != 12 {
		t.Errorf("got %+v, %v", link, err)
	}
	if _, err := f.VerifyAck(f.SignAck(1, "", time.Time{})); !errors.Is(err, access.ErrLinkExpired) {
		t.Errorf("the zero time: %v", err)
	}
}

func TestAnyChangedBitMakesALinkInvalid(t *testing.T) {
	f := newFixture(t)
	token := f.SignAck(12, "rasa", f.clock().Add(time.Hour))
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		for bit := range 8 {
			forged := append([]byte(nil), raw...)
			forged[i] ^= 1 << bit
			if _, err := f.VerifyAck(base64.RawURLEncoding.EncodeToString(forged)); !errors.Is(err, access.ErrLinkInvalid) {
				t.Fatalf("bit %d of byte %d: %v", bit, i, err)
			}
		}
	}
	for i := range len(token) {
		if _, err := f.VerifyAck(token[:i]); !errors.Is(err, access.ErrLinkInvalid) {
			t.Fatalf("the first %d characters: %v", i, err)
		}
	}
	other := newFixture(t)
	if _, err := other.VerifyAck(token); !errors.Is(err, access.ErrLinkInvalid) {
		t.Errorf("with another collector's key: %v", err)
	}
}

// Nobody without the key makes a link, and no two spellings are one link.
func FuzzVerifyAck(f *testing.F) {
	c := newFixture(f)
	expires := c.clock().Add(time.Hour)
	good := map[string]bool{}
	for _, contact := range []string{"", "rasa", "Rasa Petraitė"} {
		token := c.SignAck(12, contact, expires)
		good[token] = true
		f.Add(token)
		f.Add(token + "=")
		f.Add(token + "A")
		f.Add(token[1:])
	}
	f.Add(strings.Repeat("A", 1000))
	f.Add("AQwA\n")
	f.Fuzz(func(t *testing.T, token string) {
		link, err := c.VerifyAck(token)
		switch {
		case good[token] && (err != nil || link.Incident != 12):
			t.Errorf("a good link: %+v, %v", link, err)
		case !good[token] && !errors.Is(err, access.ErrLinkInvalid):
			t.Errorf("%q passed: %+v, %v", token, link, err)
		}
	})
}
