package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// form is what was typed and what is wrong with it. The zero value is an empty
// form.
type form struct {
	Values url.Values
	Wrong  map[string]string // field → sentence; "" → about the whole form
}

// newForm is a form with values in it: names and values by turns.
func newForm(pairs ...string) form {
	f := form{Values: url.Values{}}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Values.Add(pairs[i], pairs[i+1])
	}
	return f
}

// Refuse says what is wrong with a field; the first word about a field stays.
func (f *form) Refuse(field, sentence string) {
	if f.Wrong == nil {
		f.Wrong = map[string]string{}
	}
	if f.Wrong[field] == "" {
		f.Wrong[field] = sentence
	}
}

// OK reports whether nothing is wrong.
func (f form) OK() bool { return len(f.Wrong) == 0 }

// option is one choice of a list.
type option struct{ Value, Text string }

// field is one input of a form, as the template "field" shows it.
type field struct {
	Name, Label string
	Type        string   // of the input; also "select", "textarea", "checkbox"
	Value       string   // never of a password
	Hint, Wrong string   // sentences, beside the input
	Max         int      // characters; 0: no limit is told to the browser
	Rows        int      // of a textarea
	Auto        string   // for autocomplete
	Example     string   // shown while the input is empty
	Options     []option // of a select
	Required    bool
	Focus       bool
	Code        bool // no capitals, no spelling: a name for machines
}

// DescribedBy lists the IDs of the sentences about the field.
func (f field) DescribedBy() string {
	switch {
	case f.Hint != "" && f.Wrong != "":
		return f.Name + "-hint " + f.Name + "-wrong"
	case f.Hint != "":
		return f.Name + "-hint"
	case f.Wrong != "":
		return f.Name + "-wrong"
	default:
		return ""
	}
}

// Checked reports whether a checkbox is ticked.
func (f field) Checked() bool { return f.Value != "" }

// Field makes an input of a form. label is the key of its name; pairs say more:
// "type" (text when left out), "hint" (a key), "max", "rows", "auto", "example",
// "options" ([]option), "required", "focus", "code" (true).
func (w words) Field(f form, name, label string, pairs ...any) (field, error) {
	out := field{Name: name, Label: w.T(label), Type: "text", Value: f.Values.Get(name), Wrong: f.Wrong[name]}
	for i := 0; i+1 < len(pairs); i += 2 {
		ok := true
		switch pairs[i] {
		case "type":
			out.Type, ok = pairs[i+1].(string)
		case "hint":
			var key string
			if key, ok = pairs[i+1].(string); ok {
				out.Hint = w.T(key)
			}
		case "max":
			out.Max, ok = pairs[i+1].(int)
		case "rows":
			out.Rows, ok = pairs[i+1].(int)
		case "auto":
			out.Auto, ok = pairs[i+1].(string)
		case "example":
			out.Example, ok = pairs[i+1].(string)
		case "options":
			out.Options, ok = pairs[i+1].([]option)
		case "required":
			out.Required, ok = pairs[i+1].(bool)
		case "focus":
			out.Focus, ok = pairs[i+1].(bool)
		case "code":
			out.Code, ok = pairs[i+1].(bool)
		default:
			ok = false
		}
		if !ok {
			return field{}, fmt.Errorf("field %s: %v cannot be %v", name, pairs[i], pairs[i+1])
		}
	}
	if out.Type == "password" {
		out.Value = ""
	}
	return out, nil
}

// emptiness is what stands where there is nothing to list: what would be here,
// and how it gets here.
type emptiness struct{ Title, Text, Path, Action string }

// Empty makes an empty state from keys; path and action may be "" for those who
// cannot do anything about it.
func (w words) Empty(title, text, path, action string) emptiness {
	e := emptiness{Title: w.T(title), Text: w.T(text), Path: path}
	if path != "" {
		e.Action = w.T(action)
	}
	return e
}

// question asks once more before something is done that cannot be undone.
type question struct{ Path, Action, Why string }

// Confirm makes a question: a button that opens a sentence and the button that
// does it, by a POST to path. action and why are keys, pairs fill why.
func (w words) Confirm(path, action, why string, pairs ...any) question {
	return question{path, w.T(action), w.T(why, pairs...)}
}

// errForm says that a form was not filled in by our page.
var errForm = errors.New("the form cannot be read")

// readForm reads a form's fields; a too large one is an *http.MaxBytesError.
func readForm(r *http.Request) error {
	err := r.ParseForm()
	var tooLarge *http.MaxBytesError
	if err != nil && !errors.As(err, &tooLarge) {
		return errForm
	}
	return err
}

func clipRunes(s string, limit int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:limit])
}
