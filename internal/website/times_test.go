package website_test

import (
	"crypto/x509"
	"time"
)

type tlsCert = x509.Certificate

// ago is so many days before now.
func ago(days int) time.Time { return time.Now().Add(time.Duration(-days) * 24 * time.Hour) }
