package access

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"time"
	"unicode/utf8"
)

// Errors of signed links.
var (
	ErrLinkInvalid = errors.New("the link was not made by this collector, or a part of it is missing")
	ErrLinkExpired = errors.New("the link has expired")
)

// AckLink is what a signed link says.
type AckLink struct {
	Incident uint64
	Contact  string // in whose name
	Expires  time.Time
}

// A link's token is the unpadded URL-safe base64 of
//
//	version (1) | incident (uvarint) | expiry, Unix seconds (uvarint) | contact | tag
//
// where tag is the first 16 bytes of HMAC-SHA256 over all before it: 128 bits
// (RFC 2104, section 5, allows half of the hash and no less).
const (
	ackPurpose    = "acknowledge link 1"
	ackVersion    = 1
	ackTagBytes   = 16
	ackMaxContact = 200
	ackMaxToken   = 400
)

var ackEncoding = base64.RawURLEncoding.Strict() // one spelling only

// SignAck returns the token for a link that acknowledges an incident in the
// name of a contact until expires (to the second). A contact longer than 200
// bytes is cut.
func (c *Control) SignAck(incidentID uint64, contact string, expires time.Time) string {
	if len(contact) > ackMaxContact {
		contact = contact[:ackMaxContact]
		for !utf8.ValidString(contact) && contact != "" {
			contact = contact[:len(contact)-1]
		}
	}
	b := []byte{ackVersion}
	b = binary.AppendUvarint(b, incidentID)
	b = binary.AppendUvarint(b, uint64(max(expires.Unix(), 0)))
	b = append(b, contact...)
	return ackEncoding.EncodeToString(append(b, c.ackTag(b)...))
}

func (c *Control) ackTag(b []byte) []byte {
	h := hmac.New(sha256.New, c.linkKey)
	h.Write(b)
	return h.Sum(nil)[:ackTagBytes]
}

// VerifyAck reads a token. It fails with ErrLinkInvalid, or with
// ErrLinkExpired and what the link said.
func (c *Control) VerifyAck(token string) (AckLink, error) {
	if len(token) > ackMaxToken {
		return AckLink{}, ErrLinkInvalid
	}
	b, err := ackEncoding.DecodeString(token)
	if err != nil || len(b) < 1+ackTagBytes {
		return AckLink{}, ErrLinkInvalid
	}
	body, tag := b[:len(b)-ackTagBytes], b[len(b)-ackTagBytes:]
	if subtle.ConstantTimeCompare(tag, c.ackTag(body)) != 1 || body[0] != ackVersion {
		return AckLink{}, ErrLinkInvalid
	}
	body = body[1:]
	id, n := binary.Uvarint(body)
	if n <= 0 {
		return AckLink{}, ErrLinkInvalid
	}
	body = body[n:]
	expires, n := binary.Uvarint(body)
	if n <= 0 || expires > 1<<40 {
		return AckLink{}, ErrLinkInvalid
	}
	link := AckLink{Incident: id, Contact: string(body[n:]), Expires: time.Unix(int64(expires), 0)}
	if !c.now().Before(link.Expires) {
		return link, ErrLinkExpired
	}
	return link, nil
}
