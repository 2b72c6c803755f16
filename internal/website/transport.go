package website

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"time"

	"github.com/budi-monitor/budi/internal/look"
)

// handshakeTimeout bounds one connection with its handshake.
const handshakeTimeout = 15 * time.Second

// session is what a handshake told, also when it failed after that.
type session struct {
	chain   []*x509.Certificate
	version uint16
	done    bool // it came to its end
}

// transport judges certificate and TLS of the website asked for. It shakes hands
// twice: once with everything that we know, for a website that browsers refuse
// has a certificate too, and once with the versions that nobody should offer.
func (v *visit) transport(ctx context.Context) {
	best := v.handshake(ctx, tls.VersionTLS10, tls.VersionTLS13)
	if best.chain == nil {
		return // the reading of the page tells why
	}
	v.judgeChain(best)
	if best.version < tls.VersionTLS12 {
		v.tell(CodeOnlyOld, look.Critical, versionName(best.version), "", "version", versionName(best.version))
		return
	}
	if old := v.handshake(ctx, tls.VersionTLS10, tls.VersionTLS11); old.done {
		v.tell(CodeOldVersions, look.Warning, versionName(old.version), "", "version", versionName(old.version))
	}
}

// speaksTLS reports whether the host answers by TLS at port 443, and for itself:
// where many websites are on one server, another's certificate may be shown.
func (v *visit) speaksTLS(ctx context.Context) bool {
	s := v.shake(ctx, v.url.Hostname(), "443", tls.VersionTLS12, tls.VersionTLS13)
	return s.done && len(s.chain) > 0 && s.chain[0].VerifyHostname(v.url.Hostname()) == nil
}

func (v *visit) handshake(ctx context.Context, from, to uint16) session {
	return v.shake(ctx, v.secure.Hostname(), cmp.Or(v.secure.Port(), "443"), from, to)
}

func (v *visit) shake(ctx context.Context, host, port string, from, to uint16) session {
	ctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	var s session
	dialer := net.Dialer{Resolver: v.o.Probe.Resolver, Control: v.o.Probe.Reach.Control}
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return s
	}
	defer func() { _ = conn.Close() }()
	c := tls.Client(conn, &tls.Config{
		ServerName: host, MinVersion: from, MaxVersion: to, CipherSuites: everySuite(),
		InsecureSkipVerify: true, // package certificate judges
		// Called as soon as the certificates are there: a key that the library
		// refuses ends the handshake after that.
		VerifyPeerCertificate: func(raw [][]byte, _ [][]*x509.Certificate) error {
			for _, der := range raw {
				if cert, err := x509.ParseCertificate(der); err == nil {
					s.chain = append(s.chain, cert)
				}
			}
			return nil
		},
	})
	s.done = c.HandshakeContext(ctx) == nil
	s.version = c.ConnectionState().Version
	return s
}

// everySuite lists all ciphers that the library can speak, the old ones too.
func everySuite() []uint16 {
	var out []uint16
	for _, list := range [][]*tls.CipherSuite{tls.CipherSuites(), tls.InsecureCipherSuites()} {
		for _, s := range list {
			out = append(out, s.ID)
		}
	}
	return out
}

func versionName(v uint16) string {
	if v < tls.VersionTLS10 || v > tls.VersionTLS13 {
		return ""
	}
	return tls.VersionName(v)
}
