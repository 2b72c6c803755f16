package web

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/budi-monitor/budi/internal/collector/movein"
	"github.com/budi-monitor/budi/internal/collector/settings"
)

// importBody is what the template of the import gets.
type importBody struct {
	Form    form
	Preview bool
	CheckImport
	Counts []importCount
	Right  int // lines that would be taken over
	Lossy  int // lines of which something does not come along
	Paused int // lines that come paused because of that
	Hidden int // lines that found no room
}

// importCount is how many lines do one thing.
type importCount struct {
	Kind ImportKind
	N    int
}

// listError is an error of package csvfile: a sentence and what fills it.
type listError interface {
	error
	Key() string
	Places() map[string]any
}

func (s *server) importForm(w http.ResponseWriter, r *http.Request) error {
	return s.showImport(w, r, http.StatusOK, importBody{Form: newForm()})
}

func (s *server) showImport(w http.ResponseWriter, r *http.Request, code int, b importBody) error {
	p := s.page(r)
	p.Title = p.T("web.import.title")
	s.render(w, r, code, "checkimport.html", p, b)
	return nil
}

// readList reads a list that was sent as a file or pasted.
func readList(r *http.Request, limit int64) ([]byte, error) {
	err := r.ParseMultipartForm(limit)
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, err
	}
	if err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return nil, errForm
	}
	if r.MultipartForm != nil {
		defer func() { _ = r.MultipartForm.RemoveAll() }() // nothing is on the disk within the limit
		if files := r.MultipartForm.File["file"]; len(files) > 0 && files[0].Size > 0 {
			f, err := files[0].Open()
			if err != nil {
				return nil, errForm
			}
			defer f.Close()
			return io.ReadAll(io.LimitReader(f, limit))
		}
	}
	return []byte(r.PostForm.Get("text")), nil
}

func (s *server) previewImport(w http.ResponseWriter, r *http.Request) error {
	list, err := readList(r, MaxCheckList)
	if err != nil {
		return err
	}
	p := s.page(r)
	got, err := s.ChecksActions.PreviewChecks(r.Context(), list)
	var wrong listError
	if errors.As(err, &wrong) {
		b := importBody{Form: newForm("text", clip(r.PostForm.Get("text"), MaxCheckList))}
		b.Form.Refuse("text", p.c.Text(p.Lang, wrong.Key(), wrong.Places()))
		return s.showImport(w, r, http.StatusUnprocessableEntity, b)
	}
	if err != nil {
		return fmt.Errorf("read a list of checks: %w", err)
	}
	b := importBody{Preview: true, CheckImport: got}
	kinds := map[ImportKind]int{}
	for _, l := range got.Lines {
		kinds[l.Kind]++
		if len(l.Losses) > 0 && l.Kind != ImportLeft {
			b.Lossy++
		}
		if l.Paused {
			b.Paused++
		}
	}
	b.Counts, b.Right = importCounts(kinds)
	b.Lines = slices.Clone(got.Lines)
	// What somebody has to act on comes first, and is never cut off: it is the
	// report of what does not come along.
	slices.SortStableFunc(b.Lines, func(x, y ImportLine) int {
		return cmp.Or(y.lack()-x.lack(), x.Kind.rank()-y.Kind.rank())
	})
	shown := maxImportShown
	for shown < len(b.Lines) && b.Lines[shown].lack() > 0 {
		shown++
	}
	b.Hidden = max(0, len(b.Lines)-shown)
	b.Lines = b.Lines[:min(len(b.Lines), shown)]
	return s.showImport(w, r, http.StatusOK, b)
}

// importCounts lists how many lines are of each kind, and how many would change
// something.
func importCounts(kinds map[ImportKind]int) (counts []importCount, right int) {
	for _, kind := range ImportKinds() {
		counts = append(counts, importCount{kind, kinds[kind]})
	}
	return counts, kinds[ImportNew] + kinds[ImportChanged]
}

// rank is the place of a kind in a preview.
func (k ImportKind) rank() int { return slices.Index(ImportKinds(), k) }

// lack says how much of a line does not come along: 0 when nothing.
func (l ImportLine) lack() int {
	switch {
	case l.Kind == ImportWrong || l.Kind == ImportLeft:
		return 2
	case len(l.Losses) > 0:
		return 1
	}
	return 0
}

func (s *server) applyImport(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	p := s.page(r)
	n, err := s.ChecksActions.ImportChecks(r.Context(), clip(r.PostForm.Get("key"), 100))
	text, code, refused := p.refusal(err)
	if errors.Is(err, ErrNotFound) {
		text, code, refused = p.T("web.import.gone"), http.StatusConflict, true
	}
	if refused {
		b := importBody{Form: newForm()}
		b.Form.Refuse("text", text)
		return s.showImport(w, r, code, b)
	}
	if err != nil {
		return fmt.Errorf("take over a list of checks: %w", err)
	}
	s.done(w, r, "/checks", "checks.imported", strconv.Itoa(n))
	return nil
}

// ImportBadge is the badge of what a line would do.
func (w words) ImportBadge(kind ImportKind) badge {
	word := w.T("web.import." + string(kind))
	switch kind {
	case ImportNew:
		return badge{"good", "+", word}
	case ImportChanged:
		return badge{"info", "↻", word}
	case ImportUnchanged:
		return badge{"unknown", "–", word}
	case ImportLeft:
		return badge{"warn", "!", word}
	default:
		return badge{"bad", "✕", word}
	}
}

// Loss says what of another program does not come along.
func (w words) Loss(l movein.Loss) string {
	return w.c.Text(w.Lang, "movein.loss."+string(l.Code), map[string]any{"Value": w.Foreign(l.Value), "Count": l.Count})
}

// ImportColumn names a column of a list, or a field of a check.
func (w words) ImportColumn(field string) string { return w.known("web.import.column.", field) }

// ImportValue writes the value of a field of a check.
func (w words) ImportValue(c settings.Change, value string) string {
	if d, err := time.ParseDuration(value); err == nil && (c.Field == fieldInterval || c.Field == fieldTimeout) {
		return w.Length(d)
	}
	return w.Brief(value)
}
