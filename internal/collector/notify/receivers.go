package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/config/receiver"
	"github.com/prometheus/alertmanager/template"
	commoncfg "github.com/prometheus/common/config"
	"go.yaml.in/yaml/v3"

	"github.com/budi-monitor/budi/internal/collector/outbox"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// DefaultTimeout bounds one notification.
const DefaultTimeout = 30 * time.Second

// maxReceivers bounds how many there may be.
const maxReceivers = 100

// ReceiverOptions are what receivers need besides their document.
type ReceiverOptions struct {
	File        string // name of the document in messages
	BaseDir     string // where relative file names begin
	ExternalURL string // address of the console, for links
	// Describe words an item for annotations "summary" and "description" that
	// its rule does not bring. It may be nil.
	Describe func(outbox.Item) (summary, description string)
	Timeout  time.Duration // of one notification; default DefaultTimeout
	Logger   *slog.Logger
}

// Receivers are the receivers of one document. They are safe for concurrent
// use.
type Receivers struct {
	opts   ReceiverOptions
	names  []string
	byName map[string]*oneReceiver
}

// LoadReceivers reads a document in Alertmanager's configuration syntax that
// has receivers and, where wanted, templates. Each receiver has exactly one
// integration, so that it is told or it is not. An error is a
// strictyaml.Errors with every mistake that can be found.
func LoadReceivers(doc []byte, o ReceiverOptions) (*Receivers, error) {
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	external, err := url.Parse(strings.TrimRight(o.ExternalURL, "/"))
	if err != nil {
		return nil, fmt.Errorf("read external URL: %w", err)
	}
	o.ExternalURL = external.String()
	out := &Receivers{opts: o, byName: map[string]*oneReceiver{}}

	root, errs := check(doc, o.File)
	if len(errs) > 0 {
		return nil, errs
	}
	if root == nil {
		return out, nil
	}
	first := root.field("receivers").Content[0]
	name := (&document{first}).field("name").Value
	// The library wants a route; everything else stays on its line, so that
	// the library's messages have the right ones.
	text := string(doc)
	if root.Style&yaml.FlowStyle == 0 {
		text += "\nroute: {receiver: " + strconv.Quote(name) + "}\n"
		if _, err := config.Load(text); err != nil {
			return nil, root.blame(libraryErrors(o.File, err))
		}
	}
	root.Content = append(root.Content, scalar("route"), &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{scalar("receiver"), scalar(name)}})
	resolveFiles(root.Node, o.BaseDir)
	rewritten, err := yaml.Marshal(root.Node)
	if err != nil {
		return nil, fmt.Errorf("write receivers: %w", err)
	}
	cfg, err := config.Load(string(rewritten))
	if err != nil {
		return nil, root.blame(libraryErrors(o.File, err))
	}
	templates := slices.Clone(cfg.Templates)
	for i, t := range templates {
		if !filepath.IsAbs(t) {
			templates[i] = filepath.Join(o.BaseDir, t)
		}
	}
	tmpl, err := template.FromGlobs(templates)
	if err != nil {
		return nil, strictyaml.Errors{{File: o.File, Field: "templates", Want: "this template cannot be read: " + err.Error()}}
	}
	tmpl.ExternalURL = external

	for i, rc := range cfg.Receivers { // in the order of the document
		field := fmt.Sprintf("receivers[%d]", i)
		one := &oneReceiver{name: rc.Name, opts: o, busy: make(chan struct{}, 1)}
		integrations, err := receiver.BuildReceiverIntegrations(rc, tmpl, o.Logger,
			commoncfg.WithDialContextFunc(one.dial), commoncfg.WithKeepAlivesDisabled())
		if err != nil {
			return nil, strictyaml.Errors{{File: o.File, Field: field, Value: rc.Name, Want: "this receiver cannot be used: " + err.Error()}}
		}
		if len(integrations) != 1 {
			return nil, strictyaml.Errors{{File: o.File, Field: field, Value: rc.Name, Want: "a receiver needs exactly one integration, for example one entry in webhook_configs"}}
		}
		one.integration = integrations[0]
		out.names = append(out.names, rc.Name)
		out.byName[rc.Name] = one
	}
	return out, nil
}

// Names lists the receivers in the order of the document.
func (r *Receivers) Names() []string { return slices.Clone(r.names) }

// Deliver tells one receiver; it keeps the contract of outbox.Deliverer.
//
// HTTP cannot say "I have it" in two steps, so commit is called before the
// request. Nothing is uncertain when no connection came about or the other
// side answered; otherwise the message may have arrived, and the error wraps
// outbox.ErrUncertain. A refusal that is not worth repeating wraps
// outbox.ErrPermanent, except a wrong password or token, which a person will
// mend.
func (r *Receivers) Deliver(ctx context.Context, name string, d outbox.Delivery, commit func() error) error {
	one := r.byName[name]
	if one == nil {
		return fmt.Errorf("notify %s: there is no such receiver any more: %w", name, outbox.ErrPermanent)
	}
	ctx, cancel := context.WithTimeout(ctx, r.opts.Timeout)
	defer cancel()
	return one.deliver(ctx, d, commit)
}

// document is a mapping of YAML.
type document struct{ *yaml.Node }

func (d *document) field(name string) *yaml.Node {
	for i := 0; i+1 < len(d.Content); i += 2 {
		if d.Content[i].Value == name {
			return d.Content[i+1]
		}
	}
	return nil
}

// blame finds the receivers to which problems without a place belong, by
// reading each receiver alone.
func (d *document) blame(problems strictyaml.Errors) strictyaml.Errors {
	for i, p := range problems {
		if p.Line > 0 || p.Field != "" {
			continue
		}
		for j, n := range d.field("receivers").Content {
			one := &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{
				scalar("receivers"), {Kind: yaml.SequenceNode, Content: []*yaml.Node{n}},
				scalar("route"), {Kind: yaml.MappingNode, Content: []*yaml.Node{scalar("receiver"), (&document{n}).field("name")}},
			}}
			text, err := yaml.Marshal(one)
			if err != nil {
				continue
			}
			_, err = config.Load(string(text))
			if err != nil && slices.ContainsFunc(libraryErrors(p.File, err), func(same strictyaml.Problem) bool { return same.Want == p.Want }) {
				problems[i].Line, problems[i].Field = n.Line, fmt.Sprintf("receivers[%d]", j)
				break
			}
		}
	}
	return problems
}

func scalar(s string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s, Style: yaml.DoubleQuotedStyle}
}

// check finds what the library would not, or would say unclearly. Without a
// document there is neither a result nor a mistake.
func check(doc []byte, file string) (*document, strictyaml.Errors) {
	var errs strictyaml.Errors
	bad := func(n *yaml.Node, field, value, want string) {
		line := 0
		if n != nil {
			line = n.Line
		}
		errs = append(errs, strictyaml.Problem{File: file, Line: line, Field: field, Value: value, Want: want})
	}
	if len(doc) > strictyaml.MaxBytes {
		bad(nil, "", "", fmt.Sprintf("the document has %d bytes; at most %d are read", len(doc), strictyaml.MaxBytes))
		return nil, errs
	}
	var top yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(doc))
	if err := dec.Decode(&top); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		return nil, libraryErrors(file, err)
	}
	if dec.Decode(new(yaml.Node)) == nil {
		bad(nil, "", "", `there is more than one document; remove the line that is "---"`)
		return nil, errs
	}
	if len(top.Content) == 0 || top.Content[0].Kind != yaml.MappingNode {
		if len(top.Content) == 1 && top.Content[0].Tag == "!!null" {
			return nil, nil
		}
		bad(&top, "", "", "write receivers: with a list below it")
		return nil, errs
	}
	root := &document{top.Content[0]}
	for i := 0; i+1 < len(root.Content); i += 2 {
		key := root.Content[i]
		switch key.Value {
		case "receivers", "templates":
		case "route", "inhibit_rules", "time_intervals", "mute_time_intervals":
			bad(key, key.Value, "", "there is no routing here: name the receiver as a contact")
		case "global":
			bad(key, key.Value, "", "write these settings in each receiver; mail is configured under mail:")
		default:
			bad(key, key.Value, "", "there is no such field; write receivers or templates")
		}
	}
	list := root.field("receivers")
	if list == nil || list.Kind != yaml.SequenceNode || len(list.Content) == 0 {
		bad(list, "receivers", "", "write a list of receivers, each with a name and one integration")
		return nil, errs
	}
	if len(list.Content) > maxReceivers {
		bad(list, "receivers", "", fmt.Sprintf("there are %d receivers; at most %d are possible", len(list.Content), maxReceivers))
		return nil, errs
	}
	seen := map[string]bool{}
	for i, n := range list.Content {
		field := fmt.Sprintf("receivers[%d]", i)
		if n.Kind != yaml.MappingNode {
			bad(n, field, n.Value, "a receiver has the fields name and one ending in _configs")
			continue
		}
		one := &document{n}
		name := one.field("name")
		switch {
		case name == nil || name.Value == "":
			bad(n, field+".name", "", "give the receiver a name")
		case seen[name.Value]:
			bad(name, field+".name", name.Value, "there is another receiver with this name")
		default:
			seen[name.Value] = true
		}
		if mail := one.field("email_configs"); mail != nil {
			bad(mail, field+".email_configs", "", "mail is configured under mail:")
			continue
		}
		if count := integrations(one); count != 1 {
			bad(n, field, "", fmt.Sprintf("the receiver has %d integrations; write one receiver for each", count))
		}
	}
	return root, errs
}

func integrations(one *document) int {
	n := 0
	for i := 0; i+1 < len(one.Content); i += 2 {
		if strings.HasSuffix(one.Content[i].Value, "_configs") {
			n += len(one.Content[i+1].Content)
		}
	}
	return n
}

// resolveFiles makes the values of fields that name a file absolute: the
// library does it for some of them only.
func resolveFiles(n *yaml.Node, dir string) {
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 1 && c.Kind == yaml.ScalarNode &&
			strings.HasSuffix(n.Content[i-1].Value, "_file") && c.Value != "" && !filepath.IsAbs(c.Value) {
			c.Value = filepath.Join(dir, c.Value)
			continue
		}
		resolveFiles(c, dir)
	}
}

// quotedURL is how net/url repeats an address that it cannot read, or parts of
// it; those of receivers hold secrets.
var quotedURL = regexp.MustCompile(`parse ".*`)

// libraryErrors makes problems of the library's message, one a line.
func libraryErrors(file string, err error) strictyaml.Errors {
	var errs strictyaml.Errors
	for line := range strings.SplitSeq(quotedURL.ReplaceAllString(err.Error(), "write unusual characters of a name, password or token as %XX"), "\n") {
		line = strings.TrimSpace(line)
		if line != "" && line != "yaml: unmarshal errors:" {
			errs = append(errs, strictyaml.FromLibrary(file, line))
		}
	}
	return errs
}
