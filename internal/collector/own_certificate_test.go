package collector

import (
	"crypto/x509"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestTheOwnPageIsKnownUnderTheNextCertificateToo: the private authority issues
// another one while the collector runs, each year and for each new address.
func TestTheOwnPageIsKnownUnderTheNextCertificateToo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "collector.yml")
	if err := os.WriteFile(file, []byte("tls: {private: true}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	c, err := Open(t.Context(), Options{DataDir: filepath.Join(dir, "data"), ConfigFile: file, Listen: "127.0.0.1:0",
		Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.close() }()
	known, before := c.server.known(), c.server.shown().Leaf
	now = now.AddDate(0, 11, 0)
	if err := c.authority.Renew(); err != nil {
		t.Fatal(err)
	}
	leaf := c.server.shown().Leaf
	if leaf.Equal(before) {
		t.Fatal("there is no other certificate after eleven months")
	}
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: known.Roots, DNSName: known.Name, CurrentTime: now}); err != nil {
		t.Errorf("the collector does not know its own page any more: %v", err)
	}
}
