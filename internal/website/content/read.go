package content

import (
	"bytes"
	"encoding/json"
	"io"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/text/encoding"

	"github.com/budi-monitor/budi/internal/website/charset"
)

// Read reads a page. address is where it was after redirects, asked the host that
// was asked for. It never fails: what cannot be read is left out.
func Read(address *url.URL, asked, contentType string, body []byte) Snapshot {
	plain := *address
	plain.User, plain.RawQuery, plain.Fragment = nil, "", ""
	r := &reader{
		Snapshot: Snapshot{Version: Version, URL: plain.String(), Host: hostName(address), Asked: strings.ToLower(asked), Bytes: len(body), Letters: map[string]int{}, Mail: map[string]int{}, Phones: map[string]int{}},
		hosts:    map[Host]int{}, marks: map[string]int{}, files: map[string]set{}, text: set{}, links: set{}, layout: set{}, inline: set{}, sheet: sheet{},
	}
	var encoded encoding.Encoding
	encoded, r.Encoding = charset.Of(body, contentType)
	root, err := html.Parse(encoded.NewDecoder().Reader(bytes.NewReader(body)))
	if err != nil {
		r.Unread = true
		rest, _ := io.ReadAll(io.LimitReader(bytes.NewReader(body), 64<<10))
		r.say(string(rest), true, seen)
		return r.finish()
	}
	r.styles(root)
	r.walk(root, state{})
	return r.finish()
}

// reader gathers a Snapshot.
type reader struct {
	Snapshot
	hosts  map[Host]int
	marks  map[string]int // key → its place in Marks
	files  map[string]set
	text   set
	links  set
	layout set
	inline set
	sheet  sheet
	words  []string // of the line that is being read
	named  []Mark   // what names of pictures say
	dates  []string
}

// state is what an element hands down to those in it.
type state struct {
	hide  hiding
	short bool // text stands alone: a title, a headline, a link
	over  bool // it lies over the whole page
}

func (r *reader) finish() Snapshot {
	for h, n := range r.hosts {
		if len(r.Hosts) >= maxHosts {
			r.Over = true
			break
		}
		h.Count = n
		r.Hosts = append(r.Hosts, h)
	}
	sortHosts(r.Hosts)
	r.Files = map[string]Sketch{}
	for h, files := range r.files {
		if h == "" || len(files) >= 3 { // fewer say nothing
			r.Files[h] = files.sketch()
		}
	}
	r.Text, r.Links, r.Layout, r.Inline = r.text.sketch(), r.links.sketch(), r.layout.sketch(), r.inline.sketch()
	for _, m := range r.named {
		// The name of a picture is made of the headline, which may be a lesson's.
		if _, ok := r.marks[m.key()]; !ok {
			r.mark(m)
		}
	}
	slices.Sort(r.dates)
	if n := len(r.dates); n > 0 {
		r.Newest = r.dates[n-1]
	}
	slices.SortFunc(r.Marks, func(a, b Mark) int { return strings.Compare(a.key(), b.key()) })
	return r.Snapshot
}

// host notes a host of an address, in a role.
func (r *reader) host(role, ref string) string {
	h := hostOf(ref)
	r.file(role, h, ref)
	if h == "" || domainOf(h) == domainOf(r.Host) && h == r.Host {
		return ""
	}
	r.hosts[Host{Role: role, Name: h}]++
	return h
}

// file notes the path of what is loaded.
func (r *reader) file(role, host, ref string) {
	switch role {
	case RoleScript, RoleStyle, RoleImage, RoleIcon:
	default:
		return
	}
	if host == r.Host {
		host = ""
	}
	u := parseRef(ref)
	if u == nil || len(u.Path) < 4 || strings.EqualFold(u.Scheme, "data") {
		return
	}
	files := r.files[host]
	if files == nil {
		if len(r.files) >= maxFiles {
			return
		}
		files = set{}
		r.files[host] = files
	}
	if host == "" || len(files) < maxFiles {
		files.add(strings.TrimPrefix(u.Path, "/"))
	}
}

// mark notes a trait.
func (r *reader) mark(m Mark) {
	m.Subject, m.Excerpt = clip(m.Subject, maxSubject), clip(m.Excerpt, maxExcerpt)
	if i, ok := r.marks[m.key()]; ok {
		r.Marks[i].Count += max(1, m.Count)
		r.Marks[i].Weak = r.Marks[i].Weak && m.Weak
		return
	}
	if len(r.Marks) >= maxMarks {
		r.Over = true
		return
	}
	m.Count = max(1, m.Count)
	r.marks[m.key()] = len(r.Marks)
	r.Marks = append(r.Marks, m)
}

// say holds a text against what defaced pages say.
func (r *reader) say(text string, short bool, hide hiding) {
	if len(text) < 4 {
		return
	}
	marks := said(text, short)
	spam := 0
	for _, m := range marks {
		if m.Kind == "spam_words" {
			spam++
		}
	}
	if spam > 0 && hide == seen && warns.MatchString(plainText(text)) {
		marks = slices.DeleteFunc(marks, func(m Mark) bool { return m.Kind == "spam_words" })
	}
	for _, m := range marks {
		if m.Kind == "spam_words" && (hide == sneaky || hide == folded && spam >= 3) {
			m.Kind, m.Weak = "hidden_spam", false
		}
		r.mark(m)
	}
}

// styles reads the style sheets in the page before what they hide.
func (r *reader) styles(n *html.Node) {
	if n.Type == html.ElementNode && n.DataAtom == atom.Style {
		css := textOf(n)
		r.sheet.read(css)
		for _, m := range cssURL.FindAllStringSubmatch(css, 50) {
			role := RoleImage
			if strings.HasPrefix(strings.ToLower(m[1]), "@import") {
				role = RoleStyle
			}
			r.host(role, m[2])
		}
		for _, m := range cssText.FindAllStringSubmatch(css, 20) {
			r.say(m[1], true, seen)
		}
		return
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		r.styles(c)
	}
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

// attributes of an element, the first of each name.
func attributesOf(n *html.Node) map[string]string {
	out := make(map[string]string, len(n.Attr))
	for _, a := range n.Attr {
		if _, ok := out[a.Key]; !ok {
			out[a.Key] = a.Val
		}
	}
	return out
}

func (r *reader) walk(n *html.Node, s state) {
	switch n.Type {
	case html.TextNode:
		r.textNode(n.Data, s)
		return
	case html.CommentNode:
		for _, m := range said(n.Data[:min(len(n.Data), 2000)], true) {
			if m.Kind != "spam_words" && !m.Weak && !strings.Contains(n.Data, "[if ") {
				r.mark(m)
			}
		}
		return
	case html.ElementNode:
		if !r.element(n, &s) {
			return
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		r.walk(c, s)
	}
	if n.Type == html.ElementNode && block(n.DataAtom) {
		r.endLine(s)
	}
}

// block reports whether an element stands on lines of its own.
func block(a atom.Atom) bool {
	switch a {
	case atom.P, atom.Div, atom.Li, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Td, atom.Th, atom.Br, atom.Center, atom.Marquee, atom.Section,
		atom.Article, atom.Header, atom.Footer, atom.Nav, atom.Pre, atom.Blockquote, atom.Title, atom.Body, atom.Font, atom.Form, atom.Figcaption, atom.Button, atom.A:
		return true
	}
	return false
}

// textNode takes words.
func (r *reader) textNode(text string, s state) {
	for _, w := range strings.FieldsFunc(text, func(c rune) bool {
		return !unicode.IsLetter(c) && !unicode.IsDigit(c) && !unicode.IsMark(c) && // vowels of Thai and Hindi are marks
			!strings.ContainsRune("-+'’.:#@$_|~*€!", c)
	}) {
		if len(r.words) < 400 {
			r.words = append(r.words, w)
		}
		plainWord := strings.ToLower(strings.Trim(w, "-+'’.:#@$_|~*€!"))
		if plainWord == "" {
			continue
		}
		if s.hide == sneaky {
			continue
		}
		r.text.add(plainWord)
		if s.hide == seen {
			r.Words++
			for _, c := range plainWord {
				switch {
				case strings.ContainsRune("ąčęėįšųūž", c):
					r.Letters["lithuanian"]++
					r.Letters["latin"]++
				case c < 0x250 && unicode.IsLetter(c):
					r.Letters["latin"]++
				case unicode.Is(unicode.Cyrillic, c):
					r.Letters["cyrillic"]++
					if strings.ContainsRune("ыэёъ", c) {
						r.Letters["russian"]++
					}
				case unicode.IsLetter(c) && !unicode.Is(unicode.Greek, c):
					r.Letters["far"]++
				}
			}
		}
	}
	if s.hide == seen {
		r.findDates(text)
	}
}

// endLine judges what stood on one line.
func (r *reader) endLine(s state) {
	if len(r.words) == 0 {
		return
	}
	line := strings.Join(r.words, " ")
	n := len(r.words)
	r.words = r.words[:0]
	r.say(line, s.short || n <= 14, s.hide)
	if s.hide == seen && !r.Interim {
		low, _ := plain(line)
		r.Interim = working.MatchString(low)
	}
	r.accounts(line)
	r.contacts(line)
	if s.hide == sneaky && n >= 5 {
		r.mark(Mark{Kind: "hidden_text", Subject: line, Excerpt: line, Count: n})
	}
}

var executables = regexp.MustCompile(`(?i)\.(?:exe|scr|apk|msi|bat|cmd|ps1|vbs|hta|jar|dmg|pkg|iso|lnk|xapk)(?:$|\?)`)

// element reads one; false: what is in it is not read further.
func (r *reader) element(n *html.Node, s *state) bool {
	a := attributesOf(n)
	classes := strings.Fields(a["class"])
	own := max(hidingOf(a["style"], fades(a)), r.sheet.of(n.Data, a["id"], classes))
	if _, ok := a["hidden"]; ok || strings.EqualFold(a["aria-hidden"], "true") {
		own = max(own, folded)
	}
	s.hide = max(s.hide, own)
	if len(r.layout) < 20_000 {
		r.layout.add(n.Data + "." + strings.Join(classes, "."))
	}
	for name, value := range a {
		switch {
		case strings.HasPrefix(name, "on") && len(value) > 8:
			r.code(value, true)
		case name == "style":
			s.over = s.over || liesOver.MatchString(strings.ToLower(value)) && s.hide == seen
			for _, m := range cssURL.FindAllStringSubmatch(value, 5) {
				r.host(RoleImage, m[2])
			}
		}
	}
	switch n.DataAtom {
	case atom.Html:
		r.Language = clip(strings.ToLower(a["lang"]), 20)
	case atom.Title:
		if r.Title == "" && n.Namespace == "" { // after an error of the server it stands in the body
			r.Title = clip(textOf(n), maxTitle)
			if boasts := owned.FindString(plainText(r.Title)); boasts != "" {
				r.mark(Mark{Kind: "hack_words", Subject: boasts, Excerpt: r.Title})
			}
			r.spamInTitle(r.Title)
		}
		s.short = true
	case atom.H1, atom.H2, atom.H3, atom.Marquee, atom.Center, atom.Font, atom.B, atom.Strong, atom.Button:
		s.short = true
		if n.DataAtom == atom.Marquee {
			r.mark(Mark{Kind: "show", Subject: "marquee", Weak: true})
		}
	case atom.Base:
		r.host(RoleBase, a["href"])
	case atom.Meta:
		r.meta(a)
	case atom.Link:
		r.linkElement(a)
	case atom.Script:
		r.script(n, a)
		return false
	case atom.Style, atom.Template:
		return false
	case atom.Noscript:
		// With scripting html.Parse keeps its content as text.
		if t := textOf(n); t != "" {
			if root, err := html.Parse(strings.NewReader(t)); err == nil {
				hidden := *s
				hidden.hide = max(hidden.hide, folded)
				r.walk(root, hidden)
			}
			return false
		}
	case atom.Iframe, atom.Frame, atom.Embed, atom.Object:
		r.frame(n, a, *s)
	case atom.Form:
		r.form(n, a)
	case atom.Input:
		if ref := a["formaction"]; ref != "" {
			r.host(RoleForm, ref)
		}
	case atom.Img, atom.Video, atom.Audio, atom.Source, atom.Image:
		for _, name := range []string{"src", "data-src", "poster", "href", "xlink:href"} {
			r.host(RoleImage, a[name])
			if !strings.HasPrefix(a[name], "data:") && len(r.named) < maxMarks {
				r.named = append(r.named, said(strings.ReplaceAll(path.Base(a[name]), "-", " "), true)...)
			}
		}
		r.say(a["alt"], true, s.hide)
		if n.DataAtom == atom.Img && s.over && onTop.MatchString(a["style"]) {
			r.mark(Mark{Kind: "covering_frame", Subject: clip(path.Base(a["src"]), 40)})
		}
		if _, auto := a["autoplay"]; auto && n.DataAtom == atom.Audio {
			r.mark(Mark{Kind: "show", Subject: "audio", Weak: true})
		}
	case atom.Body:
		s.hide = max(s.hide, r.sheet[everything])
		back := strings.ToLower(a["bgcolor"] + " " + a["style"])
		if strings.Contains(back, "black") || strings.Contains(back, "#000") {
			r.mark(Mark{Kind: "show", Subject: "black", Weak: true})
		}
		if a["oncontextmenu"] != "" || a["onselectstart"] != "" {
			r.mark(Mark{Kind: "show", Subject: "no copying", Weak: true})
		}
	case atom.A, atom.Area:
		r.anchor(n, a, s)
	}
	return true
}

func (r *reader) meta(a map[string]string) {
	content := a["content"]
	switch name := strings.ToLower(a["name"] + a["property"] + a["http-equiv"]); name {
	case "refresh":
		_, to, ok := strings.Cut(content, ";")
		if !ok {
			_, to, _ = strings.Cut(content, ",")
		}
		to = strings.TrimSpace(to)
		if len(to) > 4 && strings.EqualFold(to[:3], "url") {
			to = strings.TrimLeft(to[3:], " =\"'")
		}
		to = strings.Trim(to, `"' `)
		switch u := parseRef(to); {
		case u == nil || to == "":
		case hostOf(to) == "" || hostOf(to) == r.Host:
			r.Interim = r.Interim || u.Path != "" && !strings.HasSuffix(r.URL, u.Path)
		}
		if h := r.host(RoleRefresh, to); h == "" && strings.HasPrefix(strings.ToLower(to), "data:") {
			r.mark(Mark{Kind: "data_frame", Subject: "refresh"})
		}
	case "description", "keywords", "og:title", "og:description", "og:site_name", "twitter:title", "twitter:description":
		r.say(content, true, seen)
		r.spamInTitle(content)
	case "og:url":
		r.host(RoleCanonical, content)
	}
}

// spamInTitle notes advertising in what search engines and networks show of a page:
// nobody writes it there but for them.
func (r *reader) spamInTitle(text string) {
	for _, m := range said(text, true) {
		if m.Kind == "spam_words" && !m.Weak && !warns.MatchString(plainText(text)) {
			m.Kind = "spam_title"
			r.mark(m)
		}
	}
}

func (r *reader) linkElement(a map[string]string) {
	rel := strings.ToLower(a["rel"])
	switch {
	case strings.Contains(rel, "canonical"), strings.Contains(rel, "alternate") && a["hreflang"] != "": // the same page in other languages
		r.host(RoleCanonical, a["href"])
	case strings.Contains(rel, "stylesheet"), a["as"] == "style":
		r.host(RoleStyle, a["href"])
	case strings.Contains(rel, "icon"):
		r.host(RoleIcon, a["href"])
	case a["as"] == "script", strings.Contains(rel, "modulepreload"):
		r.host(RoleScript, a["href"])
	}
}

// anchor reads a link.
func (r *reader) anchor(n *html.Node, a map[string]string, s *state) {
	ref := a["href"]
	s.short = true
	if ref == "" || strings.HasPrefix(ref, "#") {
		return
	}
	r.Linked++
	low := strings.ToLower(strings.TrimSpace(ref))
	switch {
	case strings.HasPrefix(low, "javascript:"):
		r.code(ref[len("javascript:"):], true)
		return
	case strings.HasPrefix(low, "data:text/html"):
		r.mark(Mark{Kind: "data_frame", Subject: "link"})
		return
	case strings.HasPrefix(low, "mailto:"), strings.HasPrefix(low, "tel:"):
		return
	}
	h := r.host(RoleLink, ref)
	text := strings.Join(strings.Fields(deepText(n, 0)), " ")
	if executables.MatchString(ref) && !wellKnown(h) {
		r.mark(Mark{Kind: "download", Subject: path.Base(strings.TrimRight(ref, "/")), Excerpt: ref, Weak: h == ""})
	}
	if h == "" {
		if u := parseRef(ref); u != nil {
			r.links.add(u.Path + "?" + u.RawQuery)
		}
		if s.hide == sneaky && isSpam(text, "", false) {
			r.mark(Mark{Kind: "hidden_spam", Subject: text, Excerpt: text})
		}
		return
	}
	k := kinOf(h, r.Host, r.Asked)
	if k >= foreign && s.over {
		r.mark(Mark{Kind: "covering_frame", Subject: h, Excerpt: text + " " + ref})
	}
	if k >= foreign && coversPage.MatchString(strings.ToLower(a["style"])) {
		r.mark(Mark{Kind: "leads_away", Subject: h, Excerpt: ref})
	}
	spam := k != own && k != good && isSpam(text, h, s.hide == seen && k == home)
	switch {
	case spam && s.hide != seen:
		r.mark(Mark{Kind: "hidden_spam", Subject: h, Excerpt: text + " " + ref})
	case k >= foreign && spamHost.MatchString(h):
		r.mark(Mark{Kind: "spam_host", Subject: h, Excerpt: text + " " + ref})
	case spam:
		// A word may be innocent where the host is neither a stranger nor named so.
		innocent := k == home && !spamLink.MatchString(h) && !advertises(text, false)
		r.mark(Mark{Kind: "spam_link", Subject: h, Excerpt: text + " " + ref, Weak: innocent})
	case s.hide != seen && k >= foreign:
		r.mark(Mark{Kind: "hidden_link", Subject: h, Excerpt: text + " " + ref, Weak: s.hide == folded})
	}
}

func plainText(s string) string { p, _ := plain(s); return p }

// deepText is the text within an element, as far as it is a link's.
func deepText(n *html.Node, depth int) string {
	var b strings.Builder
	for c := n.FirstChild; c != nil && depth < 8 && b.Len() < 400; c = c.NextSibling {
		switch c.Type {
		case html.TextNode:
			b.WriteString(c.Data + " ")
		case html.ElementNode:
			b.WriteString(deepText(c, depth+1))
		}
	}
	return b.String()
}

// frame reads a page within the page.
func (r *reader) frame(n *html.Node, a map[string]string, s state) {
	ref := a["src"]
	if ref == "" {
		ref = a["data"]
	}
	low := strings.ToLower(strings.TrimSpace(ref))
	if strings.HasPrefix(low, "data:text") || strings.HasPrefix(low, "data:application") || strings.HasPrefix(low, "javascript:") && len(low) > 30 {
		r.mark(Mark{Kind: "data_frame", Subject: n.Data})
		return
	}
	if doc := a["srcdoc"]; doc != "" {
		if root, err := html.Parse(strings.NewReader(doc)); err == nil {
			r.walk(root, s)
		}
	}
	h := r.host(RoleFrame, ref)
	if h == "" {
		return
	}
	k := kinOf(h, r.Host, r.Asked)
	if (s.hide != seen || tiny(a["width"], a["height"])) && k >= foreign {
		r.mark(Mark{Kind: "hidden_frame", Subject: h, Excerpt: ref, Weak: s.hide == folded})
	}
	style := strings.ToLower(a["style"] + ";width:" + a["width"] + ";height:" + a["height"])
	if k >= foreign && coversPage.MatchString(style) {
		r.mark(Mark{Kind: "covering_frame", Subject: h, Excerpt: ref})
	}
}

// liesOver is the style of what lies over the whole page and stays there.
var liesOver = regexp.MustCompile(`position\s*:\s*fixed[^"]*(?:inset\s*:\s*0|width\s*:\s*100(?:%|vw)[^"]*height\s*:\s*100(?:%|vh))`)

// onTop is the style of what lies over all else; pictures behind the text have none.
var onTop = regexp.MustCompile(`(?i)z-index\s*:\s*\d{3,}`)

var coversPage = regexp.MustCompile(`(?s)(?:width\s*:\s*100(?:%|vw).*height\s*:\s*100(?:%|vh)|height\s*:\s*100(?:%|vh).*width\s*:\s*100(?:%|vw)|position\s*:\s*fixed.*(?:inset\s*:\s*0|top\s*:\s*0))`)

func (r *reader) form(n *html.Node, a map[string]string) {
	if h := r.host(RoleForm, a["action"]); h != "" && hasPassword(n, 0) && kinOf(h, r.Host, r.Asked) >= home {
		r.mark(Mark{Kind: "password_form", Subject: h, Excerpt: a["action"]})
	}
	if commands(n, 0) {
		r.mark(Mark{Kind: "hack_words", Subject: "a form for commands"})
	}
}

// commands reports whether a form takes commands for the server.
func commands(n *html.Node, depth int) bool {
	for c := n.FirstChild; c != nil && depth < 30; c = c.NextSibling {
		if c.DataAtom == atom.Input || c.DataAtom == atom.Textarea {
			switch a := attributesOf(c); strings.ToLower(a["name"]) {
			case "cmd", "command", "exec", "shell", "c0mmand", "phpcode", "eval":
				if kind := strings.ToLower(a["type"]); kind != "hidden" && kind != "submit" && kind != "button" {
					return true
				}
			}
		}
		if commands(c, depth+1) {
			return true
		}
	}
	return false
}

func hasPassword(n *html.Node, depth int) bool {
	for c := n.FirstChild; c != nil && depth < 30; c = c.NextSibling {
		if c.DataAtom == atom.Input && strings.EqualFold(attributesOf(c)["type"], "password") || hasPassword(c, depth+1) {
			return true
		}
	}
	return false
}

// script reads one that is loaded, or that stands in the page.
func (r *reader) script(n *html.Node, a map[string]string) {
	if ref := a["src"]; ref != "" {
		r.host(RoleScript, ref)
		if code, ok := dataOf(ref); ok {
			r.code(code, false) // plug-ins that make pages faster write scripts so
		} else if strings.HasPrefix(strings.ToLower(ref), "data:") {
			r.mark(Mark{Kind: "obfuscated", Subject: "data:"})
		}
		return
	}
	code := textOf(n)
	switch kind := strings.ToLower(a["type"]); {
	case strings.Contains(kind, "json"):
		r.json(code)
	case kind == "" || strings.Contains(kind, "javascript") || kind == "module" || strings.Contains(kind, "ecmascript"):
		r.code(code, false)
	}
}

// json reads texts of structured data.
func (r *reader) json(code string) {
	var v any
	if json.Unmarshal([]byte(code), &v) != nil {
		return
	}
	var each func(any, int)
	each = func(v any, depth int) {
		if depth > 8 {
			return
		}
		switch v := v.(type) {
		case string:
			for _, m := range said(v, false) {
				if m.Kind == "spam_words" {
					m.Kind = "hidden_spam"
				}
				r.mark(m)
			}
		case []any:
			for _, e := range v[:min(len(v), 100)] {
				each(e, depth+1)
			}
		case map[string]any:
			for _, e := range v {
				each(e, depth+1)
			}
		}
	}
	each(v, 0)
}
