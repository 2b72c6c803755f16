package settings

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	"github.com/budi-monitor/budi/internal/collector/heartbeat"
	"github.com/budi-monitor/budi/internal/collector/mail"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/secret"
)

// SealedGeneral is General with its secrets sealed.
type SealedGeneral struct {
	General
	Mail      *SealedMail      `json:"mail,omitempty"`
	Heartbeat *SealedHeartbeat `json:"heartbeat,omitempty"`
}

// SealedMail is a mail.Config without its secrets, and these sealed by the name
// of their field.
type SealedMail struct {
	mail.Config
	Secrets map[string][]byte `json:"secrets,omitempty"`
}

// SealedHeartbeat is a heartbeat.Config without its addresses, and these sealed
// by the name of their field.
type SealedHeartbeat struct {
	heartbeat.Config
	Secrets map[string][]byte `json:"secrets,omitempty"`
}

// SealedCheck is a Check; a target with a name or a password in it is sealed.
type SealedCheck struct {
	Check
	Target []byte `json:"target_sealed,omitempty"` // then the Check's is empty
	HTTP   []byte `json:"http_sealed,omitempty"`   // the same, as JSON
}

// SealedDevice is a Device without its secrets, and these sealed by the name of
// their field.
type SealedDevice struct {
	Device
	Secrets map[string][]byte `json:"secrets,omitempty"`
}

// SealedCredential is a Credential without its secrets, and these sealed by the
// name of their field.
type SealedCredential struct {
	Credential
	Secrets map[string][]byte `json:"secrets,omitempty"`
}

// sealer seals secrets. The place that one belongs to is authenticated with it,
// so that none can be put in the place of another.
type sealer struct{ aead cipher.AEAD }

func newSealer(key []byte) (sealer, error) {
	if len(key) != 32 {
		return sealer{}, fmt.Errorf("seal settings: the key must have 32 bytes, not %d", len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return sealer{}, fmt.Errorf("seal settings: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return sealer{}, fmt.Errorf("seal settings: %w", err)
	}
	return sealer{aead}, nil
}

func (s sealer) sealText(place, text string) []byte {
	nonce := make([]byte, s.aead.NonceSize(), s.aead.NonceSize()+len(text)+s.aead.Overhead())
	_, _ = rand.Read(nonce) // never fails (crypto/rand since Go 1.24)
	return s.aead.Seal(nonce, nonce, []byte(text), []byte(place))
}

var errSealed = errors.New("the sealed value is too short")

func (s sealer) openText(place string, sealed []byte) (string, error) {
	n := s.aead.NonceSize()
	if len(sealed) < n {
		return "", errSealed
	}
	text, err := s.aead.Open(nil, sealed[:n], sealed[n:], []byte(place))
	return string(text), err
}

// secretsOf names every secret of a mail.Config.
func secretsOf(m *mail.Config) map[string]*secret.String {
	return map[string]*secret.String{
		"smtp.password":             &m.SMTP.Password,
		"smtp.oauth2.client_secret": &m.SMTP.OAuth2.ClientSecret,
		"smtp.oauth2.refresh_token": &m.SMTP.OAuth2.RefreshToken,
	}
}

// addressesOf names every secret of a heartbeat.Config.
func addressesOf(h *heartbeat.Config) map[string]*secret.String {
	return map[string]*secret.String{"url": &h.URL, "fail_url": &h.FailURL}
}

// secrets names every secret of an Access.
func (a *Access) secrets() map[string]*secret.String {
	return map[string]*secret.String{
		"snmp.community": &a.SNMP.Community, "snmp.auth_key": &a.SNMP.AuthKey, "snmp.priv_key": &a.SNMP.PrivKey, "pjlink.password": &a.PJLink.Password,
	}
}

const (
	placeMail      = "mail."
	placeHeartbeat = "heartbeat."
	placeCheck     = "check."
	placeDevice    = "device."     // and the ID of the device and a dot
	placeAccess    = "credential." // and the name of the credential and a dot
)

// sealAll takes secrets out of where they are and returns them sealed.
func (s sealer) sealAll(place string, secrets map[string]*secret.String) map[string][]byte {
	sealed := map[string][]byte{}
	for name, value := range secrets {
		if !value.IsZero() {
			sealed[name] = s.sealText(place+name, value.Reveal())
			*value = secret.String{}
		}
	}
	return sealed
}

// openAll puts secrets back where they belong; lost says that one could not be
// opened.
func (s sealer) openAll(place string, sealed map[string][]byte, secrets map[string]*secret.String) (lost bool) {
	for name, value := range secrets {
		text, there := sealed[name]
		if !there {
			continue
		}
		opened, err := s.openText(place+name, text)
		if err != nil {
			lost = true
			continue
		}
		*value = secret.New(opened)
	}
	return lost
}

func (s sealer) general(g General) SealedGeneral {
	out := SealedGeneral{General: g}
	if g.Mail != nil {
		m := SealedMail{Config: *g.Mail}
		m.Secrets = s.sealAll(placeMail, secretsOf(&m.Config))
		out.Mail = &m
	}
	if g.Heartbeat != nil {
		h := SealedHeartbeat{Config: *g.Heartbeat}
		h.Secrets = s.sealAll(placeHeartbeat, addressesOf(&h.Config))
		out.Heartbeat = &h
	}
	return out
}

func (s sealer) check(c Check) SealedCheck {
	out := SealedCheck{Check: c}
	// What cannot be read as a URL is not stored in clear either.
	if u, err := url.Parse(c.Spec.Target); err != nil || u.User != nil {
		out.Target = s.sealText(placeCheck+c.ID, c.Spec.Target)
		out.Check.Spec.Target = ""
	}
	// Texts that are secret stand in many places: all of it is sealed, or nothing.
	if h := (probe.Spec{HTTP: c.HTTP}); h.HasSecrets() {
		if text, err := json.Marshal(c.HTTP); err == nil { // nothing in it can fail
			out.HTTP = s.sealText(placeCheck+c.ID+".http", string(text))
			out.Check.HTTP = probe.HTTPSpec{}
		}
	}
	return out
}

func (s sealer) device(d Device) SealedDevice {
	out := SealedDevice{Device: d}
	out.Secrets = s.sealAll(placeDevice+d.ID+".", out.Device.secrets())
	return out
}

// credentials never returns nil.
func (s sealer) credentials(all []Credential) []SealedCredential {
	out := make([]SealedCredential, len(all))
	for i, c := range all {
		out[i].Credential = c
		out[i].Secrets = s.sealAll(placeAccess+c.Name+".", out[i].Credential.secrets())
	}
	return out
}

// open makes Settings of what is stored; lost says that a secret could not be
// opened: what it belongs to is there without it.
func (s sealer) open(stored Stored) (out Settings, lost bool) {
	out.General, out.Logo = stored.General.General, stored.Logo
	if m := stored.General.Mail; m != nil {
		config := m.Config
		lost = s.openAll(placeMail, m.Secrets, secretsOf(&config))
		out.Mail = &config
	}
	if h := stored.General.Heartbeat; h != nil {
		config := h.Config
		lost = s.openAll(placeHeartbeat, h.Secrets, addressesOf(&config)) || lost
		out.Heartbeat = &config
	}
	for _, c := range stored.Checks {
		if len(c.Target) > 0 {
			target, err := s.openText(placeCheck+c.ID, c.Target)
			if err != nil {
				lost = true
			}
			c.Check.Spec.Target = target
		}
		if len(c.HTTP) > 0 {
			text, err := s.openText(placeCheck+c.ID+".http", c.HTTP)
			if err != nil || json.Unmarshal([]byte(text), &c.Check.HTTP) != nil {
				lost = true
			}
		}
		out.Checks = append(out.Checks, c.Check)
	}
	for _, d := range stored.Devices {
		one := d.Device
		lost = s.openAll(placeDevice+one.ID+".", d.Secrets, one.secrets()) || lost
		out.Devices = append(out.Devices, one)
	}
	for _, c := range stored.Credentials {
		one := c.Credential
		lost = s.openAll(placeAccess+one.Name+".", c.Secrets, one.secrets()) || lost
		out.Credentials = append(out.Credentials, one)
	}
	return out, lost
}
