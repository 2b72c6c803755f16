package mail

import (
	_ "embed"
	"fmt"
	htmltemplate "html/template"
	"strings"
	texttemplate "text/template"
)

//go:embed letter.txt.tmpl
var textSource string

//go:embed letter.html.tmpl
var htmlSource string

func parseTemplates() (*texttemplate.Template, *htmltemplate.Template, error) {
	text, err := texttemplate.New("text").Funcs(texttemplate.FuncMap{"wrap": wrap, "upper": strings.ToUpper}).Parse(textSource)
	if err != nil {
		return nil, nil, fmt.Errorf("read text template: %w", err)
	}
	html, err := htmltemplate.New("html").Parse(htmlSource)
	if err != nil {
		return nil, nil, fmt.Errorf("read HTML template: %w", err)
	}
	return text, html, nil
}

// wrap breaks prose into lines of at most 76 runes where there are spaces.
func wrap(s string) string {
	const width = 76
	var b strings.Builder
	n := 0
	for i, word := range strings.Fields(s) {
		size := len([]rune(word))
		switch {
		case i == 0:
		case n+1+size > width:
			b.WriteByte('\n')
			n = 0
		default:
			b.WriteByte(' ')
			n++
		}
		b.WriteString(word)
		n += size
	}
	return b.String()
}
