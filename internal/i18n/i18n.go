// Package i18n is the one catalogue of every text that a person reads, in
// English and in Lithuanian: console, mails, reports. Texts live in
// en/*.yaml and lt/*.yaml, one file per part of the product; a test finds keys
// that one language lacks. Plural forms follow Unicode CLDR (Lithuanian has
// one, few, many and other).
//
// Log lines, errors of the command line and JSON are English and not here.
package i18n

import (
	"embed"
	"fmt"
	"io/fs"
	"math"
	"path"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"go.yaml.in/yaml/v3"
	"golang.org/x/text/language"
)

//go:embed en/*.yaml lt/*.yaml
var files embed.FS

// Lang is a language of the catalogue.
type Lang string

// The languages.
const (
	English    Lang = "en"
	Lithuanian Lang = "lt"
)

// Languages lists the languages of the catalogue; the first is the one used
// when nothing better is known.
func Languages() []Lang { return []Lang{English, Lithuanian} }

// ParseLang returns the language named "en" or "lt".
func ParseLang(s string) (Lang, error) {
	for _, l := range Languages() {
		if string(l) == s {
			return l, nil
		}
	}
	return "", fmt.Errorf("unknown language %q: use en or lt", s)
}

// Match picks the language for a browser's Accept-Language header, or fallback
// when the header names none of ours.
func Match(acceptLanguage string, fallback Lang) Lang {
	tags, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil {
		return fallback
	}
	for _, t := range tags {
		base, _ := t.Base()
		if l, err := ParseLang(base.String()); err == nil {
			return l
		}
	}
	return fallback
}

// Catalogue holds the texts. It is safe for concurrent use.
type Catalogue struct {
	localizers map[Lang]*i18n.Localizer
	keys       map[Lang]map[string]bool
}

// Load returns the catalogue that is compiled in: one for the whole program, as
// it never changes. An error means that the program was built with a broken
// file.
func Load() (*Catalogue, error) { return load() }

var load = sync.OnceValues(read)

func read() (*Catalogue, error) {
	bundle := i18n.NewBundle(language.English)
	bundle.RegisterUnmarshalFunc("yaml", yaml.Unmarshal)
	c := &Catalogue{localizers: map[Lang]*i18n.Localizer{}, keys: map[Lang]map[string]bool{}}
	for _, lang := range Languages() {
		c.keys[lang] = map[string]bool{}
		names, err := fs.Glob(files, string(lang)+"/*.yaml")
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			data, err := files.ReadFile(name)
			if err != nil {
				return nil, err
			}
			// The library reads the language from "name.LANG.yaml".
			mf, err := bundle.ParseMessageFileBytes(data, path.Base(name[:len(name)-len(".yaml")])+"."+string(lang)+".yaml")
			if err != nil {
				return nil, fmt.Errorf("read texts %s: %w", name, err)
			}
			for _, m := range mf.Messages {
				if c.keys[lang][m.ID] {
					return nil, fmt.Errorf("read texts %s: key %q is defined twice", name, m.ID)
				}
				c.keys[lang][m.ID] = true
			}
		}
		c.localizers[lang] = i18n.NewLocalizer(bundle, string(lang))
	}
	return c, nil
}

// Has reports whether the key exists in the language.
func (c *Catalogue) Has(lang Lang, key string) bool { return c.keys[lang][key] }

// Keys lists a language's keys, sorted.
func (c *Catalogue) Keys(lang Lang) []string {
	out := make([]string, 0, len(c.keys[lang]))
	for k := range c.keys[lang] {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// Text returns the text of key with data filled into its {{.Name}} places. A
// missing key comes back as the key itself: visible, and found by the tests.
func (c *Catalogue) Text(lang Lang, key string, data map[string]any) string {
	return c.localize(lang, &i18n.LocalizeConfig{MessageID: key, TemplateData: data})
}

// Count returns the plural form of key for n; {{.Count}} in the text is n.
func (c *Catalogue) Count(lang Lang, key string, n int, data map[string]any) string {
	all := map[string]any{"Count": n}
	for k, v := range data {
		all[k] = v
	}
	return c.localize(lang, &i18n.LocalizeConfig{MessageID: key, TemplateData: all, PluralCount: n})
}

func (c *Catalogue) localize(lang Lang, cfg *i18n.LocalizeConfig) string {
	l, ok := c.localizers[lang]
	if !ok || !c.keys[lang][cfg.MessageID] {
		return cfg.MessageID
	}
	s, err := l.Localize(cfg)
	if err != nil {
		return cfg.MessageID
	}
	return s
}

// Time writes a moment to the minute in the zone of t. Both languages use the
// order of ISO 8601, which is the Lithuanian custom and unambiguous in English.
func Time(t time.Time) string { return t.Format("2006-01-02 15:04") }

// Percent writes a share from 0 to 1 in a language. It is rounded down, so that
// only what never failed is 100 %.
func Percent(lang Lang, share float64) string {
	switch {
	case share >= 1:
		return "100 %"
	case share <= 0:
		return "0 %"
	}
	// What is a hair below a hundredth is that hundredth: 0.57 times 10,000 is less
	// than 5,700 to a computer.
	text := strconv.FormatFloat(math.Floor(share*10_000+1e-6)/100, 'f', 2, 64)
	if lang == Lithuanian {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text + " %"
}

// Duration writes a length of time in its two largest units: "3 d. 4 val.",
// "2 h 5 min".
func (c *Catalogue) Duration(lang Lang, d time.Duration) string {
	if d < 0 {
		d = 0
	}
	units := []struct {
		key  string
		size time.Duration
	}{{"unit.days", 24 * time.Hour}, {"unit.hours", time.Hour}, {"unit.minutes", time.Minute}, {"unit.seconds", time.Second}}
	for i, u := range units {
		if d < u.size && i < len(units)-1 {
			continue
		}
		s := c.Text(lang, u.key, map[string]any{"N": int(d / u.size)})
		if i < len(units)-1 {
			next := units[i+1]
			if rest := int((d % u.size) / next.size); rest > 0 {
				s += " " + c.Text(lang, next.key, map[string]any{"N": rest})
			}
		}
		return s
	}
	return ""
}
