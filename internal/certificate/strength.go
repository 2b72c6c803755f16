package certificate

import (
	"crypto"
	"crypto/dsa" //nolint:staticcheck // to tell that somebody still has such a key
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/md5" // for signatures that are told to be weak
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"fmt"

	"github.com/budi-monitor/budi/internal/look"
)

// Keys of fewer bits are told. 2048 for RSA is what public authorities demand
// (Baseline Requirements, section 6.1.5); RSA of less than 1024 has been broken by
// amateurs.
const (
	minRSA  = 2048
	tinyRSA = 1024
	minEC   = 256
)

// strength tells of weak keys and signatures on the path.
func (j *judge) strength() {
	for _, c := range j.path {
		switch bits, kind := bitsOf(c); {
		case tiny(c):
			j.tell(CodeTinyKey, look.Critical, c, "", "key", keyOf(c))
		case kind == kindRSA && bits < minRSA, kind == kindEC && bits < minEC, kind == kindDSA:
			j.tell(CodeWeakKey, look.Warning, c, "", "key", keyOf(c))
		}
		if weak(c.SignatureAlgorithm) && !selfSigned(c) { // what signs itself proves nothing by it
			j.tell(CodeWeakSignature, look.Critical, c, "", "signature", c.SignatureAlgorithm.String())
		}
	}
}

const (
	kindRSA = "RSA"
	kindEC  = "ECDSA"
	kindDSA = "DSA"
)

// tiny reports whether one computer can break a certificate's key.
func tiny(c *x509.Certificate) bool {
	bits, kind := bitsOf(c)
	return kind == kindRSA && bits < tinyRSA
}

// bitsOf is the length and the kind of a certificate's key; 0 and "" for a kind
// that is not known.
func bitsOf(c *x509.Certificate) (int, string) {
	switch k := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return k.N.BitLen(), kindRSA
	case *ecdsa.PublicKey:
		return k.Curve.Params().BitSize, kindEC
	case *dsa.PublicKey:
		return k.P.BitLen(), kindDSA
	default:
		return 0, ""
	}
}

// keyOf names a certificate's key: "RSA 2048", "ECDSA P-256", "Ed25519".
func keyOf(c *x509.Certificate) string {
	if k, ok := c.PublicKey.(*ecdsa.PublicKey); ok {
		return kindEC + " " + k.Curve.Params().Name
	}
	if _, ok := c.PublicKey.(ed25519.PublicKey); ok {
		return "Ed25519"
	}
	if bits, kind := bitsOf(c); kind != "" {
		return fmt.Sprintf("%s %d", kind, bits)
	}
	return c.PublicKeyAlgorithm.String()
}

// weak reports whether no browser accepts such a signature any more.
func weak(a x509.SignatureAlgorithm) bool {
	switch a {
	case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1:
		return true
	default:
		return false
	}
}

// signed reports whether issuer's key made the signature of c, weak ones included:
// the library checks none of those.
func signed(issuer, c *x509.Certificate) bool {
	var (
		hash crypto.Hash
		sum  []byte
	)
	switch c.SignatureAlgorithm {
	case x509.MD5WithRSA:
		all := md5.Sum(c.RawTBSCertificate)
		hash, sum = crypto.MD5, all[:]
	case x509.SHA1WithRSA, x509.ECDSAWithSHA1:
		all := sha1.Sum(c.RawTBSCertificate)
		hash, sum = crypto.SHA1, all[:]
	default:
		return issuer.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
	}
	switch k := issuer.PublicKey.(type) {
	case *rsa.PublicKey:
		return c.SignatureAlgorithm != x509.ECDSAWithSHA1 && rsa.VerifyPKCS1v15(k, hash, sum, c.Signature) == nil
	case *ecdsa.PublicKey:
		return c.SignatureAlgorithm == x509.ECDSAWithSHA1 && ecdsa.VerifyASN1(k, sum, c.Signature)
	default:
		return false
	}
}
