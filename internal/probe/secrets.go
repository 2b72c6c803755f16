package probe

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Bounds of what is taken out of what is told: shorter texts are no secrets, and
// would spoil what people read.
const (
	minPassword       = 4 // bytes
	minSecret         = 6 // bytes of a header, a cookie, a field of a form, a body
	minCapturedSecret = 8 // bytes of what a site gave
)

// MaskedError says that a Spec has the mask where a secret must be: what a page
// showed came back, and what was there before is not known, or would be sent to
// another place than before.
type MaskedError struct {
	Field string // "target", "http.headers", "http.steps"
}

// Error names the field.
func (e *MaskedError) Error() string {
	return fmt.Sprintf("%s has %s in it, which stands for something secret; write it again", e.Field, Mask)
}

// Masked returns the spec as it may be shown: with the mask for the name and the
// password of the target, the values of headers, cookies and forms, bodies, and
// who asks. The spec itself stays as it is.
func (s Spec) Masked() Spec {
	if t, err := ParseTarget(s.Target); err == nil {
		s.Target = t.String()
	}
	h := &s.HTTP
	h.Headers, h.Cookies, h.Form = maskMap(h.Headers), maskMap(h.Cookies), maskMap(h.Form)
	h.Body, h.Auth = maskOne(h.Body), Auth{maskOne(h.Auth.Username), maskOne(h.Auth.Password), maskOne(h.Auth.Bearer)}
	h.Steps = slices.Clone(h.Steps)
	for i := range h.Steps {
		step := &h.Steps[i]
		step.Headers, step.Form, step.Body = maskMap(step.Headers), maskMap(step.Form), maskOne(step.Body)
	}
	return s
}

// maskOne leaves a text that is nothing but the place of a captured one.
func maskOne(s string) string {
	if !isSecret(s) {
		return s
	}
	return Mask
}

func isSecret(s string) bool { return s != "" && placePattern.FindString(s) != s }

func maskMap(m map[string]string) map[string]string {
	out := maps.Clone(m)
	for name := range out {
		out[name] = maskOne(out[name])
	}
	return out
}

// HasSecrets reports whether there is something that Masked would hide.
func (s Spec) HasSecrets() bool { return len(s.Secrets()) > 0 }

// Secrets are all texts that Masked hides, by their fields: "target" (of which it
// is the whole), "http.headers.X-Key", "http.steps.2.body", steps counted from 1.
func (s Spec) Secrets() map[string]string {
	out := map[string]string{}
	add := func(field, text string) {
		if isSecret(text) {
			out[field] = text
		}
	}
	all := func(field string, m map[string]string) {
		for name, text := range m {
			add(field+"."+name, text)
		}
	}
	if t, err := ParseTarget(s.Target); err == nil && t.url != nil && t.url.User != nil {
		add("target", s.Target)
	}
	h := s.HTTP
	add("http.body", h.Body)
	add("http.auth.username", h.Auth.Username)
	add("http.auth.password", h.Auth.Password)
	add("http.auth.bearer", h.Auth.Bearer)
	all("http.headers", h.Headers)
	all("http.cookies", h.Cookies)
	all("http.form", h.Form)
	for i, step := range h.Steps {
		field := "http.steps." + strconv.Itoa(i+1)
		add(field+".body", step.Body)
		all(field+".headers", step.Headers)
		all(field+".form", step.Form)
	}
	return out
}

// publicHeaders are those whose values everybody may know: to hide them in what is
// told would hide "text/html" and "lt" wherever they stand.
var publicHeaders = []string{"Accept", "Accept-Language", "Cache-Control", "Content-Type", "Origin", "Referer", "User-Agent", "X-Requested-With"}

// untold are the texts that a look must not tell, should a site send them back.
// Names of users and short texts are left, which would spoil what people read.
func (s Spec) untold(auth Auth) []string {
	var out []string
	for field, text := range s.Secrets() {
		header := http.CanonicalHeaderKey(field[strings.LastIndexByte(field, '.')+1:])
		switch {
		case field == "target" || field == "http.auth.username":
		case strings.Contains(field, "headers.") && slices.Contains(publicHeaders, header):
		case len(text) >= minSecret:
			out = append(out, text)
		}
	}
	for _, text := range []string{auth.Password, auth.Bearer} {
		if len(text) >= minPassword {
			out = append(out, text)
		}
	}
	if auth.Username != "" {
		out = append(out, base64.StdEncoding.EncodeToString([]byte(auth.Username+":"+auth.Password)))
	}
	return out
}

// hider replaces secrets, as they are and as they stand in an address; nil when
// there is nothing to replace.
func hider(secrets []string) *strings.Replacer {
	var pairs []string
	secrets = slices.Clone(secrets)
	slices.SortFunc(secrets, func(a, b string) int { return cmp.Compare(len(b), len(a)) }) // the longest first
	for _, text := range secrets {
		for _, form := range []string{text, url.QueryEscape(text), url.PathEscape(text)} {
			pairs = append(pairs, form, Mask)
		}
	}
	if len(pairs) == 0 {
		return nil
	}
	return strings.NewReplacer(pairs...)
}

// Unmasked puts back what Masked hid, from was, which is what the spec was before
// a page showed it. Secrets go to no other place than before: whoever points them
// elsewhere must know them. The error is a *MaskedError.
func (s Spec) Unmasked(was Spec) (Spec, error) {
	if was.Target != "" && s.Target == was.Masked().Target {
		s.Target = was.Target
	}
	if strings.Contains(s.Target, "://"+Mask+"@") {
		return s, &MaskedError{"target"}
	}
	h, old := &s.HTTP, was.HTTP
	if !samePlaces(s.Target, was.Target) {
		old = HTTPSpec{}
	}
	var err error
	one := func(field string, text *string, was string) {
		if *text != Mask {
			return
		}
		if was == "" {
			if err == nil {
				err = &MaskedError{"http." + field}
			}
			return
		}
		*text = was
	}
	all := func(field string, m *map[string]string, was map[string]string) {
		out := maps.Clone(*m)
		for _, name := range slices.Sorted(maps.Keys(out)) {
			text := out[name]
			one(field, &text, was[name])
			out[name] = text
		}
		*m = out
	}
	all("headers", &h.Headers, old.Headers)
	one("body", &h.Body, old.Body)
	all("form", &h.Form, old.Form)
	one("auth", &h.Auth.Username, old.Auth.Username)
	one("auth", &h.Auth.Password, old.Auth.Password)
	one("auth", &h.Auth.Bearer, old.Auth.Bearer)
	all("cookies", &h.Cookies, old.Cookies)
	h.Steps = slices.Clone(h.Steps)
	for i := range h.Steps {
		step := &h.Steps[i]
		before := old.stepLike(*step, i, s.Target, was.Target)
		all("steps", &step.Headers, before.Headers)
		all("steps", &step.Form, before.Form)
		one("steps", &step.Body, before.Body)
	}
	return s, err
}

// samePlaces reports whether two targets are of one host, port and scheme.
func samePlaces(a, b string) bool {
	x, err := ParseTarget(a)
	y, err2 := ParseTarget(b)
	return err == nil && err2 == nil && x.url != nil && y.url != nil && x.url.Scheme == y.url.Scheme && addressOf(x.url) == addressOf(y.url)
}

// stepLike finds the step of this name that asks in the same place; zero when
// there is none.
func (h HTTPSpec) stepLike(s Step, i int, target, was string) Step {
	place := func(s Step, target string) string {
		t, err := ParseTarget(target)
		if err != nil || t.url == nil {
			return ""
		}
		u, err := s.address(t.url, nil)
		if err != nil {
			return ""
		}
		return u.Scheme + "://" + addressOf(u)
	}
	for j, old := range h.Steps {
		if old.title(j) == s.title(i) && place(s, target) != "" && place(s, target) == place(old, was) {
			return old
		}
	}
	return Step{}
}
