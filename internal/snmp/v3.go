package snmp

import (
	"errors"
	"fmt"

	"github.com/gosnmp/gosnmp"
)

// minPassphrase is what RFC 3414 (section 11.2) demands; agents refuse shorter
// ones when users are made.
const minPassphrase = 8

// secure puts version 3's credentials into a handle.
func (c Credentials) secure(h *gosnmp.GoSNMP) error {
	auth, known := map[string]gosnmp.SnmpV3AuthProtocol{
		"": gosnmp.NoAuth, "MD5": gosnmp.MD5, "SHA": gosnmp.SHA, "SHA224": gosnmp.SHA224,
		"SHA256": gosnmp.SHA256, "SHA384": gosnmp.SHA384, "SHA512": gosnmp.SHA512,
	}[c.Auth]
	if !known {
		return fmt.Errorf("there is no authentication %q", c.Auth)
	}
	priv, known := map[string]gosnmp.SnmpV3PrivProtocol{
		"": gosnmp.NoPriv, "DES": gosnmp.DES, "AES": gosnmp.AES, "AES192": gosnmp.AES192,
		"AES256": gosnmp.AES256, "AES192C": gosnmp.AES192C, "AES256C": gosnmp.AES256C,
	}[c.Priv]
	h.Version, h.SecurityModel, h.ContextName = gosnmp.Version3, gosnmp.UserSecurityModel, c.Context
	h.MsgFlags = gosnmp.NoAuthNoPriv
	if auth != gosnmp.NoAuth {
		h.MsgFlags = gosnmp.AuthNoPriv
	}
	if priv != gosnmp.NoPriv {
		h.MsgFlags = gosnmp.AuthPriv
	}
	authKey, privKey := c.AuthKey.Reveal(), c.PrivKey.Reveal()
	switch {
	case !known:
		return fmt.Errorf("there is no privacy %q", c.Priv)
	case c.User == "" || len(c.User) > 32: // RFC 3411, SnmpAdminString of usmUserName
		return errors.New("version 3 needs the name of a user, of at most 32 bytes")
	case len(c.Context) > 255:
		return errors.New("the name of the context is too long")
	case priv != gosnmp.NoPriv && auth == gosnmp.NoAuth:
		return errors.New("privacy needs authentication too")
	case auth != gosnmp.NoAuth && len(authKey) < minPassphrase:
		return fmt.Errorf("the passphrase for authentication is shorter than %d bytes", minPassphrase)
	case priv != gosnmp.NoPriv && len(privKey) < minPassphrase:
		return fmt.Errorf("the passphrase for privacy is shorter than %d bytes", minPassphrase)
	}
	h.SecurityParameters = &gosnmp.UsmSecurityParameters{
		UserName:               c.User,
		AuthenticationProtocol: auth, AuthenticationPassphrase: authKey,
		PrivacyProtocol: priv, PrivacyPassphrase: privKey,
	}
	return nil
}

// Validate says what is wrong with credentials before anybody is asked, without
// repeating a secret.
func (c Credentials) Validate() error {
	switch c.Version {
	case "", V1, V2c:
		return nil
	case V3:
		return c.secure(&gosnmp.GoSNMP{})
	}
	return fmt.Errorf("there is no version %q of SNMP: write 1, 2c or 3", c.Version)
}
