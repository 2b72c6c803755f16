package content

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/budi-monitor/budi/internal/look"
)

// Alarm is how many points make an alarm, Noteworthy how many one finding needs to
// be a warning: whoever knows the page has to say that it may stay.
const (
	Alarm      = 100
	Noteworthy = 30
)

// Codes of findings, each with the texts "finding.<code>" and "finding.<code>.do".
const (
	CodeSaysHacked  = "content_hack_words"
	CodeSlogan      = "content_slogan"
	CodeAbuse       = "content_abuse"
	CodeFakeUpdate  = "content_fake_update"
	CodeSpam        = "content_spam"
	CodeHiddenSpam  = "content_hidden_spam"
	CodeHiddenText  = "content_hidden_text"
	CodeHiddenLinks = "content_hidden_links"
	CodeHiddenFrame = "content_hidden_frame"
	CodeFrameOver   = "content_covering_frame"
	CodeDataFrame   = "content_data_frame"
	CodeObfuscated  = "content_obfuscated"
	CodeMiner       = "content_miner"
	CodeLeadsAway   = "content_leads_away"
	CodeDownload    = "content_download"
	CodePassword    = "content_password_form"
	CodeAccount     = "content_account"
	CodeContacts    = "content_contacts"
	CodeShow        = "content_show"
	CodeTitle       = "content_title"
	CodeReplaced    = "content_replaced"
	CodeShrunk      = "content_shrunk"
	CodeGrown       = "content_grown"
	CodeLetters     = "content_letters"
	CodeScripts     = "content_scripts"
	CodeFrames      = "content_frames"
	CodeForms       = "content_forms"
	CodeStyles      = "content_styles"
	CodeBase        = "content_base"
	CodeLinks       = "content_links"
	CodeAlike       = "content_alike"
	CodeImages      = "content_images"
	CodeStale       = "content_stale"
)

// Codes lists the codes of all findings.
func Codes() []string {
	return []string{
		CodeSaysHacked, CodeSlogan, CodeAbuse, CodeFakeUpdate, CodeSpam, CodeHiddenSpam, CodeHiddenText, CodeHiddenLinks, CodeHiddenFrame, CodeFrameOver, CodeDataFrame,
		CodeObfuscated, CodeMiner, CodeLeadsAway, CodeDownload, CodePassword, CodeAccount, CodeContacts, CodeShow, CodeTitle, CodeReplaced, CodeShrunk, CodeGrown, CodeLetters,
		CodeScripts, CodeFrames, CodeForms, CodeStyles, CodeBase, CodeLinks, CodeAlike, CodeImages, CodeStale,
	}
}

// weight is what a kind of mark counts: strong, and where it may be harmless; alone
// says that it counts without a page to hold it against.
type weight struct {
	code         string
	strong, weak int
	alone        bool
}

// weights is the table of marks; docs/content.md shows it.
var weights = map[string]weight{
	"hack_words":     {CodeSaysHacked, 100, 20, true},
	"slogan":         {CodeSlogan, 100, 40, false},
	"abuse":          {CodeAbuse, 100, 40, false},
	"fake_update":    {CodeFakeUpdate, 100, 30, true},
	"spam_words":     {CodeSpam, 40, 20, false},
	"spam_title":     {CodeSpam, 100, 40, false},
	"spam_host":      {CodeSpam, 100, 100, false},
	"spam_link":      {CodeSpam, 60, 30, false},
	"hidden_spam":    {CodeHiddenSpam, 100, 50, true},
	"hidden_text":    {CodeHiddenText, 30, 30, false},
	"hidden_link":    {CodeHiddenLinks, 100, 25, false},
	"hidden_frame":   {CodeHiddenFrame, 100, 60, true},
	"covering_frame": {CodeFrameOver, 100, 60, false},
	"data_frame":     {CodeDataFrame, 100, 60, false},
	"obfuscated":     {CodeObfuscated, 100, 60, false},
	"miner":          {CodeMiner, 100, 100, true},
	"leads_away":     {CodeLeadsAway, 100, 40, false},
	"download":       {CodeDownload, 100, 60, false},
	"password_form":  {CodePassword, 100, 100, false},
	"account":        {CodeAccount, 100, 20, false},
	"show":           {CodeShow, 20, 20, false},
}

// hostWeight is what a new host in a role counts, by how it stands to the page.
type hostWeight struct {
	code               string
	home, foreign, bad int
}

var hostWeights = map[string]hostWeight{
	RoleScript:    {CodeScripts, 40, 100, 100},
	RoleInline:    {CodeScripts, 10, 40, 100},
	RoleFrame:     {CodeFrames, 20, 100, 100},
	RoleForm:      {CodeForms, 40, 100, 100},
	RoleStyle:     {CodeStyles, 10, 60, 100},
	RoleBase:      {CodeBase, 100, 100, 100},
	RoleRefresh:   {CodeLeadsAway, 60, 100, 100},
	RoleCanonical: {CodeLeadsAway, 40, 100, 100},
	RoleIcon:      {CodeImages, 0, 60, 60},
	RoleImage:     {CodeImages, 0, 5, 25},
	RoleLink:      {CodeLinks, 0, 6, 25},
}

// mostOf bounds what many new hosts of one role count together.
var mostOf = map[string]int{RoleImage: 40, RoleLink: 100, RoleIcon: 60, RoleStyle: 100}

// Verdict is what is to be thought of a page.
type Verdict struct {
	Points   int            // Alarm and more: as a defacement changes it
	Findings []look.Finding // the worst first
}

// Alarming reports whether somebody must act.
func (v Verdict) Alarming() bool { return v.Points >= Alarm }

// Silent reports whether the change is an ordinary edit, which nobody need see.
func (v Verdict) Silent() bool {
	return v.Points < Alarm && !slices.ContainsFunc(v.Findings, func(f look.Finding) bool { return f.Severity != look.Info })
}

// Compare holds a page against those that were approved, and against the one that
// it is most like; hosts and marks of any of them are known. Without any it is
// judged by itself: only what no good page has counts.
func Compare(approved []Snapshot, now Snapshot) Verdict {
	if len(approved) == 0 {
		c := &comparison{now: now}
		c.marks(nil)
		return c.verdict()
	}
	known := map[string]bool{}
	for _, s := range approved {
		for _, m := range s.Marks {
			known[m.key()] = true
		}
	}
	var best Verdict
	for i, base := range approved {
		for j, other := range approved {
			if i != j {
				base = base.withHosts(other)
			}
		}
		c := &comparison{base: &base, now: now}
		c.marks(known)
		c.hosts()
		c.alike()
		c.contacts()
		c.title()
		c.text()
		c.letters()
		if v := c.verdict(); i == 0 || v.Points < best.Points {
			best = v
		}
	}
	return best
}

// comparison is one comparison under way.
type comparison struct {
	base     *Snapshot // nil: there is none
	now      Snapshot
	points   int
	findings []look.Finding
}

// add adds a finding of so many points; args are name, value pairs.
func (c *comparison) add(points int, code, subject, detail string, args ...string) {
	if points <= 0 {
		return
	}
	c.points += points
	f := look.Finding{Code: code, Severity: look.Info, Subject: clip(subject, maxSubject), Detail: clip(detail, look.MaxDetail), Args: map[string]string{"points": strconv.Itoa(points)}}
	switch {
	case points >= Alarm:
		f.Severity = look.Critical
	case points >= Noteworthy:
		f.Severity = look.Warning
	}
	for i := 0; i+1 < len(args); i += 2 {
		f.Args[args[i]] = clip(args[i+1], maxSubject)
	}
	c.findings = append(c.findings, f)
}

// marks counts what is suspicious by itself and was not approved: each kind once,
// and more of the weak ones together.
func (c *comparison) marks(known map[string]bool) {
	type sum struct {
		points, count, strong int
		first                 Mark
	}
	sums := map[string]*sum{}
	var kinds []string
	for _, m := range c.now.Marks {
		w, ok := weights[m.Kind]
		if !ok || known[m.key()] || known == nil && !w.alone {
			continue
		}
		points := w.strong
		if m.Weak {
			points = w.weak
		}
		if m.Kind == "hidden_text" && m.Count >= 25 {
			points = Alarm // labels for readers' programs are short
		}
		s := sums[m.Kind]
		if s == nil {
			s = &sum{first: m}
			sums[m.Kind] = s
			kinds = append(kinds, m.Kind)
		}
		if points > s.points {
			s.first = m
		}
		s.points = max(s.points, points)
		s.count++
		if !m.Weak {
			s.strong++
		}
	}
	for _, kind := range kinds {
		s := sums[kind]
		points := s.points
		switch {
		case (kind == "spam_words" || kind == "spam_link") && s.strong >= 3:
			points = Alarm
		case kind == "spam_words" && s.count >= 2 && c.base != nil && len(c.newLinks()) > 0:
			points = Alarm // a lecture about gambling names it, and leads nowhere
		case kind == "spam_link" && sums["spam_words"] != nil && kinOf(s.first.Subject, c.now.Host, c.now.Asked) >= foreign:
			points = Alarm
		case kind == "password_form" && c.base != nil && slices.Contains(c.base.HostsOf(RoleLink), s.first.Subject):
			points = 40 // of a place to which the page leads already, such as the school's diary
		case kind == "account" && c.base != nil && c.accountGone():
			points = Alarm // one in place of another
		case kind == "fake_update" && s.count >= 2:
			points = Alarm // step by step: prove that you are human, press this, then that
		case kind == "hidden_link" && s.count >= 4:
			points = Alarm
		case kind == "hidden_text" && s.count >= 2, kind == "show" && s.count >= 3:
			points *= 2
		}
		c.add(points, weights[kind].code, s.first.Subject, s.first.Excerpt, "what", s.first.Subject, "count", strconv.Itoa(s.count))
	}
}

// accountGone reports whether an account that was named is named no more.
func (c *comparison) accountGone() bool {
	return slices.ContainsFunc(c.base.Marks, func(m Mark) bool {
		return m.Kind == "account" && !slices.ContainsFunc(c.now.Marks, func(now Mark) bool { return now.key() == m.key() })
	})
}

// hosts counts those that no approved page names in their role.
func (c *comparison) hosts() {
	roles := map[string][]string{}
	points := map[string]int{}
	var order []string
	had := map[Host]bool{}
	domains := map[string]bool{}
	for _, h := range c.base.Hosts {
		had[Host{Role: h.Role, Name: h.Name}] = true
		if h.Role == RoleScript || h.Role == RoleFrame || h.Role == RoleForm {
			domains[h.Role+" "+domainOf(h.Name)] = true
		}
	}
	for _, h := range c.now.Hosts {
		w, ok := hostWeights[h.Role]
		if !ok || had[Host{Role: h.Role, Name: h.Name}] || domains[h.Role+" "+domainOf(h.Name)] && !anybodys(h.Name) {
			continue
		}
		p := 0
		switch kinOf(h.Name, c.now.Host, c.now.Asked, c.base.Host) {
		case home:
			p = w.home
		case foreign:
			p = w.foreign
		case bad:
			p = w.bad
			if h.Role == RoleLink && domainOf(h.Name) != "" && anybodys(h.Name) {
				p = w.foreign // many put documents there, and link to them
			}
		}
		switch {
		case p == 0, kinOf(h.Name, c.now.Host, c.now.Asked) == foreign && c.carries(h):
			continue
		case h.Role == RoleForm && (slices.Contains(c.base.HostsOf(RoleLink), h.Name) || takesForms(h.Name)):
			p = min(p, 40)
		}
		if points[h.Role] == 0 {
			order = append(order, h.Role)
		}
		if p < Alarm && points[h.Role] < Alarm && h.Role == RoleScript {
			p = min(p, 80-points[h.Role]) // several from nearby are still from nearby
		}
		points[h.Role] += p
		if len(roles[h.Role]) < maxNew {
			roles[h.Role] = append(roles[h.Role], h.Name)
		}
	}
	for _, role := range order {
		p := points[role]
		if most, ok := mostOf[role]; ok {
			p = min(p, most)
		} else {
			p = min(p, Alarm)
		}
		if role == RoleIcon && slices.ContainsFunc(roles[RoleIcon], func(h string) bool { return slices.Contains(roles[RoleImage], h) }) {
			p = Alarm // the icon and pictures: by these visitors know whose page it is
		}
		if role == RoleLink && len(roles[role]) < 4 {
			p = min(p, 45)
		}
		names := roles[role]
		c.add(p, hostWeights[role].code, names[0], strings.Join(names[:min(len(names), 10)], " "), "what", names[0], "hosts", strings.Join(names[:min(len(names), 3)], ", "), "count", strconv.Itoa(len(names)), "role", role)
	}
}

// carries reports whether what is loaded from a new host are files that the page had
// from its own before: a network of copies (CDN) was switched on.
func (c *comparison) carries(h Host) bool {
	switch h.Role {
	case RoleScript, RoleStyle, RoleImage, RoleIcon:
	default:
		return false
	}
	files := c.now.Files[h.Name]
	return files.Size >= 3 && files.kept(c.base.Files[""]) > 0.6
}

// contacts counts telephone numbers and addresses of mail that gave way to those of
// somebody else.
func (c *comparison) contacts() {
	points, subject := 0, ""
	gone := func(was, is map[string]int, same func(string) bool) bool {
		for name, n := range was {
			if same(name) && is[name] < n {
				return true
			}
		}
		return false
	}
	mine := func(h string) bool { return c.now.Mail[h] == 0 || kinOf(h, c.now.Host, c.now.Asked) == own }
	mail := gone(c.base.Mail, c.now.Mail, mine)
	if mail {
		for _, h := range slices.Sorted(maps.Keys(c.now.Mail)) {
			if c.base.Mail[h] == 0 && kinOf(h, c.now.Host, c.now.Asked) >= home && !freeMail[h] {
				points, subject = 40, h
			}
		}
	}
	if gone(c.base.Phones, c.now.Phones, func(country string) bool { return country == homePhone }) {
		for _, country := range slices.Sorted(maps.Keys(c.now.Phones)) {
			if c.base.Phones[country] == 0 {
				points += 60
				if mail && points < Alarm {
					points = Alarm // of both, and be it to where everybody may have an address
				}
				if subject == "" {
					subject = "+" + country
				}
				break
			}
		}
	}
	c.add(points, CodeContacts, subject, "", "what", subject)
}

// alike counts links to somebody's host that bears the name of the page's own, or of
// one that it leads to: that is how visitors are taken to a copy of where they sign in.
func (c *comparison) alike() {
	const short = 6 // letters: names with fewer are in many others
	var names, domains []string
	for _, h := range append([]string{c.base.Host}, c.base.HostsOf(RoleLink)...) {
		if d := domainOf(h); strings.Contains(d, ".") {
			domains = append(domains, d)
		}
		if name, _, _ := strings.Cut(domainOf(h), "."); len(name) >= short && name != "example" && name != "localhost" {
			names = append(names, name)
		}
	}
	for _, h := range c.newHosts(home) {
		label, _, _ := strings.Cut(domainOf(h), ".")
		long := 8
		if kinOf(h, c.now.Host, c.now.Asked) == home {
			long = 10 // neighbours have names like each other's
		}
		for _, name := range names {
			if confusable(label, name, long) {
				c.add(Alarm, CodeAlike, h, "", "what", h, "like", name)
				return
			}
		}
	}
	for _, h := range c.newLinks() {
		label, _, _ := strings.Cut(domainOf(h), ".")
		for _, name := range names {
			if strings.Contains(label, name) {
				c.add(Alarm, CodeAlike, h, "", "what", h, "like", name)
				return
			}
		}
		for _, d := range domains {
			// "diary.lt.other.com", "diary-lt.other.com", "cliary-lt.other.com"; "shop.com.tr" is the shop in Türkiye.
			if strings.Contains("."+dotted(h), "."+dotted(d)+".") && !strings.HasPrefix(domainOf(h), d+".") {
				c.add(Alarm, CodeAlike, h, "", "what", h, "like", d)
				return
			}
		}
	}
}

// wordsOf are the words of a title that mean something.
func wordsOf(title string) []string {
	return strings.FieldsFunc(strings.ToLower(title), func(r rune) bool { return !strings.ContainsRune("0123456789abcdefghijklmnopqrstuvwxyz", r) && r < 0x80 })
}

// otherTitle reports whether the title has nothing of the approved one, nor says that
// the page stands in for it.
func (c *comparison) otherTitle() bool {
	was, is := wordsOf(c.base.Title), wordsOf(c.now.Title)
	if len(was) == 0 || c.base.Title == c.now.Title || c.now.Interim && working.MatchString(plainText(c.now.Title)) {
		return false
	}
	return !slices.ContainsFunc(is, func(w string) bool { return len(w) > 2 && slices.Contains(was, w) })
}

var (
	latin   = regexp.MustCompile(`\p{Latin}{3}`)
	letters = regexp.MustCompile(`[\p{L}\p{M}]{3}`)
)

// title counts one that has nothing of the approved one.
func (c *comparison) title() {
	if c.otherTitle() {
		points := 60
		if latin.MatchString(c.base.Title) && !latin.MatchString(c.now.Title) && letters.MatchString(c.now.Title) {
			points = Alarm // in another alphabet
		}
		c.add(points, CodeTitle, c.now.Title, "", "was", c.base.Title, "is", c.now.Title)
	}
}

// text counts how much of the page is another.
func (c *comparison) text() {
	text, layout, links := c.base.Text.kept(c.now.Text), c.base.Layout.kept(c.now.Layout), c.base.Links.kept(c.now.Links)
	percent := func(v float64) string { return fmt.Sprintf("%.0f %%", v*100) }
	size := []string{"was", strconv.Itoa(c.base.Words), "is", strconv.Itoa(c.now.Words), "kept", percent(text)}
	// Words that a script shows later are words too.
	enough := c.base.Words >= 25 || c.base.Text.Size >= 40
	if c.interim() || text < 0.3 && c.cutOff() {
		c.add(60, CodeReplaced, "", "", size...)
		return
	}
	switch {
	case text < 0.2 && c.otherTitle() && c.base.Text.Size >= 8:
		c.add(100, CodeReplaced, "", "", size...)
	case enough && text < 0.12 && layout < 0.25 && links < 0.3:
		c.add(100, CodeReplaced, "", "", size...)
	case enough && text < 0.12:
		c.add(70, CodeReplaced, "", "", size...)
	case enough && text < 0.3 && layout < 0.3:
		c.add(60, CodeReplaced, "", "", size...)
	case enough && text < 0.3:
		c.add(30, CodeReplaced, "", "", size...)
	}
	switch {
	case c.base.Words >= 60 && c.now.Words*20 < c.base.Words && layout > 0.7 && links > 0.7:
		c.add(100, CodeShrunk, "", "", size...) // it is all there and hidden
	case c.base.Words >= 60 && c.now.Words*20 < c.base.Words:
		c.add(70, CodeShrunk, "", "", size...)
	case c.base.Words >= 60 && c.now.Words*4 < c.base.Words:
		c.add(40, CodeShrunk, "", "", size...)
	case c.now.Words > 10*c.base.Words+2000:
		c.add(70, CodeGrown, "", "", size...)
	case c.now.Words > 4*c.base.Words+300:
		c.add(30, CodeGrown, "", "", size...)
	}
	// The text stays, and what was one's own leads elsewhere.
	lost := int((1 - links) * float64(c.base.Links.Size))
	if h := c.mostLinked(); h.Count >= 5 && lost >= 5 && text > 0.6 {
		c.add(Alarm, CodeLinks, h.Name, "", "hosts", h.Name, "count", strconv.Itoa(h.Count), "role", RoleLink)
	} else if lost >= 3 && text == 1 && c.now.Text.kept(c.base.Text) == 1 && len(c.newLinks()) >= 2 {
		c.add(Alarm, CodeLinks, c.newLinks()[0], "", "hosts", strings.Join(c.newLinks()[:min(3, len(c.newLinks()))], ", "), "count", strconv.Itoa(len(c.newLinks())), "role", RoleLink) // and no word is another
	} else if c.base.Linked >= 8 && links < 0.3 && text > 0.6 && len(c.newLinks()) > 0 {
		points := 60
		if c.base.Links.Size >= 6 {
			points = 100
		}
		c.add(points, CodeLinks, c.newLinks()[0], "", "hosts", strings.Join(c.newLinks()[:min(3, len(c.newLinks()))], ", "), "count", strconv.Itoa(len(c.newLinks())), "role", RoleLink)
	}
}

// interim reports whether the page stands in for the real one: it says so, bears its
// name, is short, and has nothing of strangers.
func (c *comparison) interim() bool {
	return c.now.Interim && !c.otherTitle() && c.now.Words < 120 && c.now.Words*2 < c.base.Words && len(c.findings) == 0 && len(c.newLinks()) == 0
}

// cutOff reports whether the page is the beginning of the former one, as when the
// server ended its answer early: nothing on it is new, and some text is there.
func (c *comparison) cutOff() bool {
	return c.now.Words >= 20 && c.now.Words < c.base.Words && c.now.Title == c.base.Title && len(c.findings) == 0 &&
		c.now.Text.kept(c.base.Text) == 1 && c.now.Layout.kept(c.base.Layout) == 1
}

// mostLinked is the host of newLinks to which most links lead.
func (c *comparison) mostLinked() Host {
	var most Host
	names := c.newLinks()
	for _, h := range c.now.Hosts {
		if h.Role == RoleLink && h.Count > most.Count && slices.Contains(names, h.Name) {
			most = h
		}
	}
	return most
}

// newLinks are the hosts of links that are new, and anybody's.
func (c *comparison) newLinks() []string { return c.newHosts(foreign) }

// newHosts are the hosts of links that are new, and stand to the page as least or
// farther away.
func (c *comparison) newHosts(least kin) []string {
	var out []string
	known := c.base.HostsOf(RoleLink)
	for _, h := range c.now.HostsOf(RoleLink) {
		if !slices.Contains(known, h) && kinOf(h, c.now.Host, c.now.Asked) >= least {
			out = append(out, h)
		}
	}
	return out
}

// leadsToBad reports whether a new link leads where only few should.
func (c *comparison) leadsToBad() bool {
	return slices.ContainsFunc(c.newLinks(), func(h string) bool { return kinOf(h, c.now.Host, c.now.Asked) == bad })
}

// letters counts alphabets that were not there, and a language that is gone.
func (c *comparison) letters() {
	was, is := c.base.Letters, c.now.Letters
	total := is["latin"] + is["cyrillic"] + is["far"]
	if total < 40 {
		return
	}
	switch {
	case is["far"] >= 30 && was["far"]*4 < is["far"]:
		points := 60
		if is["far"]*5 > total {
			points = 100
		}
		c.add(points, CodeLetters, "", "", "count", strconv.Itoa(is["far"]))
	case is["cyrillic"] >= 40 && is["cyrillic"]*6 > total && was["cyrillic"] == 0 && c.base.Text.kept(c.now.Text) < 0.75:
		c.add(100, CodeLetters, "", "", "count", strconv.Itoa(is["cyrillic"])) // in place of what stood there
	case is["russian"] >= 3 && is["cyrillic"] >= 60 && was["cyrillic"]*4 < is["cyrillic"] && c.leadsToBad():
		c.add(100, CodeLetters, "", "", "count", strconv.Itoa(is["cyrillic"])) // an appeal; those in Ukrainian have other letters
	case is["cyrillic"] >= 200 && was["cyrillic"]*4 < is["cyrillic"] && is["cyrillic"]*2 > total:
		c.add(60, CodeLetters, "", "", "count", strconv.Itoa(is["cyrillic"]))
	case was["lithuanian"]*25 > was["latin"] && was["latin"] > 100 && is["lithuanian"]*200 < total:
		c.add(50, CodeLetters, "", "", "count", strconv.Itoa(total))
	}
}

func (c *comparison) verdict() Verdict {
	if c.points >= Alarm && !slices.ContainsFunc(c.findings, func(f look.Finding) bool { return f.Severity == look.Critical }) {
		// Together they are an alarm: the heaviest speaks for all.
		best := 0
		for i, f := range c.findings {
			if n, _ := strconv.Atoi(f.Args["points"]); n >= best {
				best = n
				c.findings[0], c.findings[i] = c.findings[i], c.findings[0]
			}
		}
		c.findings[0].Severity = look.Critical
	}
	look.SortFindings(c.findings)
	return Verdict{c.points, c.findings}
}

// Judgeable reports whether an answer is a page whose content can be held against
// another: not an error, a maintenance page with its own status, or a file.
func Judgeable(status int, contentType string) bool {
	return status == http.StatusOK && (contentType == "" || strings.Contains(strings.ToLower(contentType), "html"))
}
