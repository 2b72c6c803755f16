package web

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"

	"github.com/budi-monitor/budi/internal/i18n"
)

// runbookName is what a runbook's page may be called.
var runbookName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// runbook shows a page of the runbooks, in the reader's language when there is
// one. The pages refer to each other as files: "other.md".
func (s *server) runbook(w http.ResponseWriter, r *http.Request) error {
	name := strings.TrimSuffix(r.PathValue("name"), ".md")
	if s.Runbooks == nil || !runbookName.MatchString(name) {
		return ErrNotFound
	}
	p := s.page(r)
	text, err := s.readRunbook(name, p.Lang)
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("read runbook %s: %w", name, err)
	}
	// goldmark leaves raw HTML and javascript: links out unless told otherwise.
	var out bytes.Buffer
	if err := goldmark.New(goldmark.WithExtensions(extension.Table)).Convert(text, &out); err != nil {
		return fmt.Errorf("render runbook %s: %w", name, err)
	}
	p.Title = firstHeading(text, name)
	s.render(w, r, http.StatusOK, "runbook.html", p, template.HTML(out.String())) // made by goldmark from our own pages, without raw HTML
	return nil
}

func (s *server) readRunbook(name string, lang i18n.Lang) ([]byte, error) {
	if lang != i18n.English {
		text, err := fs.ReadFile(s.Runbooks, name+"."+string(lang)+".md")
		if !errors.Is(err, fs.ErrNotExist) {
			return text, err
		}
	}
	return fs.ReadFile(s.Runbooks, name+".md")
}

func firstHeading(text []byte, otherwise string) string {
	for line := range strings.Lines(string(text)) {
		if title, ok := strings.CutPrefix(line, "# "); ok {
			return strings.TrimSpace(title)
		}
	}
	return otherwise
}
