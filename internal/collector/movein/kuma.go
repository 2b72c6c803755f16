package movein

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"github.com/budi-monitor/budi/internal/probe"
)

// The backup file of Uptime Kuma 1 is an object with version, notificationList,
// monitorList and, later, proxyList (its server/server.js, "downloadBackup" in
// src/mixins/socket.js). Uptime Kuma 2 writes none any more; the list of monitors
// that its API gives ("monitorList": a list, or an object by ID) has the same
// fields and more (server/model/monitor.js, toJSON). Its texts are the source of
// what the fields mean.

// kumaMonitor is one monitor, as far as it says what is watched.
type kumaMonitor struct {
	ID          number                     `json:"id"`
	Parent      number                     `json:"parent"`
	Name        text                       `json:"name"`
	Type        text                       `json:"type"`
	Active      *flag                      `json:"active"`
	Description text                       `json:"description"`
	Tags        []json.RawMessage          `json:"tags"`
	Notify      map[string]json.RawMessage `json:"notificationIDList"`

	URL      text   `json:"url"`
	Hostname text   `json:"hostname"`
	Port     number `json:"port"`

	Interval       number `json:"interval"`       // seconds, as the next three
	RetryInterval  number `json:"retryInterval"`  //
	Timeout        number `json:"timeout"`        // 0 or none: 0.8 of the interval
	ResendInterval number `json:"resendInterval"` // a number of looks
	MaxRetries     number `json:"maxretries"`
	UpsideDown     flag   `json:"upsideDown"`

	Method       text    `json:"method"`
	Headers      text    `json:"headers"` // JSON in a text
	Body         text    `json:"body"`
	BodyEncoding text    `json:"httpBodyEncoding"` // json, form or xml; none: json
	AuthMethod   text    `json:"authMethod"`
	BasicUser    text    `json:"basic_auth_user"`
	BasicPass    text    `json:"basic_auth_pass"`
	MaxRedirects *number `json:"maxredirects"`
	IgnoreTLS    flag    `json:"ignoreTls"`
	ProxyID      number  `json:"proxyId"`
	CacheBust    flag    `json:"cacheBust"`
	IPFamily     text    `json:"ipFamily"`
	Statuses     []text  `json:"accepted_statuscodes"`

	Keyword       text              `json:"keyword"`
	InvertKeyword flag              `json:"invertKeyword"`
	JSONPath      text              `json:"jsonPath"` // JSONata
	JSONOperator  text              `json:"jsonPathOperator"`
	Expected      text              `json:"expectedValue"`
	Conditions    []json.RawMessage `json:"conditions"`

	DNSType    text   `json:"dns_resolve_type"`
	DNSServer  text   `json:"dns_resolve_server"` // several with commas
	PacketSize number `json:"packetSize"`

	DomainExpiry flag `json:"domainExpiryNotification"` // of 2.1 and later, where a new monitor has it
}

// The values of the databases of Uptime Kuma come as SQLite has them: a truth as
// 1, a number as a text, or null. These types take each of them.
type (
	text   string
	number float64
	flag   bool
)

var errForm = errors.New("a value of another form")

// UnmarshalJSON implements json.Unmarshaler.
func (t *text) UnmarshalJSON(b []byte) error {
	var v any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return err
	}
	switch v := v.(type) {
	case nil:
		*t = ""
	case string:
		*t = text(v)
	case json.Number, bool:
		*t = text(fmt.Sprint(v))
	default:
		return errForm
	}
	return nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (n *number) UnmarshalJSON(b []byte) error {
	var t text
	if err := t.UnmarshalJSON(b); err != nil {
		return err
	}
	if t == "" {
		*n = 0
		return nil
	}
	f, err := strconv.ParseFloat(string(t), 64)
	if err != nil || f != f || f > 1e9 || f < -1e9 {
		return errForm
	}
	*n = number(f)
	return nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (f *flag) UnmarshalJSON(b []byte) error {
	var t text
	if err := t.UnmarshalJSON(b); err != nil {
		return err
	}
	*f = t != "" && t != "0" && t != "false"
	return nil
}

func (n number) seconds() time.Duration { return time.Duration(float64(n) * float64(time.Second)) }

// raw is a monitor as it stands in the file.
type raw struct {
	line int
	json json.RawMessage
}

// readKuma reads a backup file, or a list of monitors.
func readKuma(data []byte) ([]Entry, []Loss, error) {
	if probe.JSONDepth(data) > maxDeep {
		return nil, nil, wrong(CodeLarge)
	}
	list, err := kumaList(data)
	if err != nil {
		var e *Error
		if errors.As(err, &e) {
			return nil, nil, err
		}
		return nil, nil, wrong(CodeJSON, "Line", mistakeIn(data))
	}
	monitors := make([]kumaMonitor, len(list))
	broken := make([]bool, len(list))
	groups := map[number]*kumaMonitor{} // every monitor, by ID: any may be a parent
	for i, r := range list {
		// What could be read before the mistake is kept: the name, most of all.
		broken[i] = json.Unmarshal(r.json, &monitors[i]) != nil
		if id := monitors[i].ID; id != 0 && groups[id] == nil {
			groups[id] = &monitors[i]
		}
	}
	var (
		out    []Entry
		losses tally
		ends   []string // domains whose end was watched
	)
	for i, m := range monitors {
		if domain := m.domain(); domain != "" && !broken[i] {
			losses.add(LossDomains, "domainExpiryNotification")
			if !slices.Contains(ends, domain) {
				ends = append(ends, domain)
			}
		}
		for _, l := range []struct {
			has   bool
			code  Code
			field string
		}{
			{len(m.Notify) > 0, LossNotifications, "notificationIDList"}, {m.MaxRetries > 0 && m.Type != "push", LossRetries, "maxretries"}, {m.ResendInterval > 0, LossResend, "resendInterval"},
			{len(m.Tags) > 0, LossTags, "tags"}, {m.Description != "", LossDescriptions, "description"},
		} {
			if l.has {
				losses.add(l.code, l.field)
			}
		}
		if m.Type == "group" && !broken[i] {
			continue // its name stands before those of what is in it
		}
		e := Entry{Line: list[i].line, Name: strings.TrimSpace(string(m.Name))}
		if broken[i] {
			e.leave(LossUnreadable, "", "")
		} else {
			group, resting := m.within(groups)
			e.Group = group
			m.take(&e)
			if !e.Left && (resting || m.Active != nil && !bool(*m.Active)) {
				e.Check.Paused = true
			}
		}
		e.Check.Name = e.Name
		out = append(out, e)
	}
	losses.set(LossDomains, strings.Join(ends, ", "))
	return out, losses, nil
}

// onURL are the types of monitors whose domain is that of a URL. All others have a
// name of a host, or nothing.
var onURL = []text{"http", "keyword", "json-query", "real-browser", "websocket-upgrade"}

// domain is the name that somebody registered, when the monitor watched until when.
// There is none behind an address, nor within names that nobody sells (.lan).
func (m kumaMonitor) domain() string {
	if !m.DomainExpiry {
		return ""
	}
	host := strings.TrimSpace(string(m.Hostname))
	if slices.Contains(onURL, m.Type) {
		u, err := url.Parse(strings.TrimSpace(string(m.URL)))
		if err != nil {
			return ""
		}
		host = u.Hostname()
	}
	host, err := probe.ASCIIHost(host)
	if err != nil {
		return ""
	}
	if _, sold := publicsuffix.PublicSuffix(host); !sold {
		return ""
	}
	name, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return ""
	}
	if read, err := idna.Display.ToUnicode(name); err == nil {
		return read
	}
	return name
}

// within names the groups that a monitor is in, the outermost first, and says
// whether one of them rests.
func (m kumaMonitor) within(all map[number]*kumaMonitor) (group string, resting bool) {
	var names []string
	for at := m.Parent; at != 0 && len(names) < maxDeep; {
		parent := all[at]
		if parent == nil || parent.Type != "group" {
			break
		}
		names = append(names, strings.TrimSpace(string(parent.Name)))
		resting = resting || parent.Active != nil && !bool(*parent.Active)
		at = parent.Parent
	}
	slices.Reverse(names)
	return strings.Join(names, " / "), resting
}

// kumaList finds the monitors. Its errors are those of encoding/json, or an *Error.
func kumaList(data []byte) ([]raw, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	first, err := d.Token()
	if err != nil {
		return nil, err
	}
	var list []raw
	switch first {
	case json.Delim('['):
		list, err = elements(d, data, false)
	case json.Delim('{'):
		for d.More() {
			key, err := d.Token()
			if err != nil {
				return nil, err
			}
			if key != "monitorList" {
				var skip json.RawMessage
				if err := d.Decode(&skip); err != nil {
					return nil, err
				}
				continue
			}
			open, err := d.Token()
			if err != nil {
				return nil, err
			}
			if open != json.Delim('[') && open != json.Delim('{') {
				return nil, wrong(CodeNone)
			}
			if list, err = elements(d, data, open == json.Delim('{')); err != nil {
				return nil, err
			}
		}
		_, err = d.Token()
	}
	return list, err
}

// elements reads a list, or the values of an object, up to its end.
func elements(d *json.Decoder, data []byte, named bool) ([]raw, error) {
	var (
		out     []raw
		counted int64
		line    = 1
	)
	for d.More() {
		if len(out) >= MaxEntries {
			return nil, wrong(CodeMany, "Max", MaxEntries)
		}
		if named {
			if _, err := d.Token(); err != nil {
				return nil, err
			}
		}
		var r raw
		if err := d.Decode(&r.json); err != nil {
			return nil, err
		}
		begins := d.InputOffset() - int64(len(r.json))
		line += bytes.Count(data[counted:begins], []byte("\n"))
		counted, r.line = begins, line
		out = append(out, r)
	}
	_, err := d.Token()
	return out, err
}

// mistakeIn is the line from which on a text is no JSON.
func mistakeIn(data []byte) int {
	offset := int64(len(data))
	var syntax *json.SyntaxError
	if errors.As(json.Unmarshal(data, new(json.RawMessage)), &syntax) {
		offset = min(syntax.Offset, offset)
	}
	return 1 + bytes.Count(data[:offset], []byte("\n"))
}

// take makes a check of a monitor.
func (m kumaMonitor) take(e *Entry) {
	if m.UpsideDown {
		e.leave(LossUpsideDown, "upsideDown", "true")
		return
	}
	switch m.Type {
	case "http", "keyword", "json-query":
		e.Check.Target = strings.TrimSpace(string(m.URL))
		m.web(e)
	case "port":
		e.Check.Target = "tcp://" + hostPort(string(m.Hostname), m.Port)
	case "ping":
		e.Check.Target = "icmp://" + bracketed(string(m.Hostname))
		if m.PacketSize != 0 && m.PacketSize != 56 {
			e.lose(LossPing, "packetSize", fmt.Sprint(m.PacketSize))
		}
	case "dns":
		m.dns(e)
	case "push":
		e.setPeriod(m.Interval.seconds(), time.Duration(m.MaxRetries)*m.RetryInterval.seconds(), "interval")
		return
	case "snmp":
		e.leave(LossSNMP, "type", string(m.Type))
		return
	default:
		e.leave(LossType, "type", string(m.Type))
		return
	}
	e.setInterval(m.Interval.seconds(), "interval")
	if m.Type != "dns" && len(m.Conditions) > 0 {
		return // left over from when it was of another type
	}
	for range m.Conditions {
		e.lose(LossCondition, "conditions", "")
	}
}

// web takes over what a website is asked and what it must answer.
func (m kumaMonitor) web(e *Entry) {
	h := &e.Check.HTTP
	e.setMethod(string(m.Method), "method")
	m.headers(e)
	m.auth(e)
	if strings.TrimSpace(string(m.Body)) != "" {
		kinds := map[text]string{"": "application/json", "json": "application/json", "form": "application/x-www-form-urlencoded", "xml": "text/xml; charset=utf-8"}
		e.setBody(string(m.Body), kinds[m.BodyEncoding], "body")
	}
	if m.MaxRedirects != nil { // else five, as axios has it, and as here
		e.setRedirects(int(*m.MaxRedirects), "maxredirects", fmt.Sprint(*m.MaxRedirects))
	}
	if bool(m.IgnoreTLS) && strings.HasPrefix(strings.ToLower(e.Check.Target), "https:") {
		e.pause(LossCertificate, "ignoreTls", "true")
	}
	if m.ProxyID != 0 {
		e.pause(LossProxy, "proxyId", "")
	}
	if m.CacheBust {
		e.lose(LossCacheBust, "cacheBust", "true")
	}
	switch m.IPFamily {
	case "ipv4":
		e.setNetwork(probe.IPv4, "ipFamily", "")
	case "ipv6":
		e.setNetwork(probe.IPv6, "ipFamily", "")
	}
	timeout := m.Timeout.seconds()
	if timeout <= 0 {
		timeout = min(m.Interval.seconds()*8/10, probe.MaxTimeout)
	}
	e.setTimeout(timeout, "timeout")
	for _, s := range m.Statuses {
		h.ExpectStatus = append(h.ExpectStatus, strings.TrimSpace(string(s)))
	}
	if slices.Equal(h.ExpectStatus, []string{"200-299"}) {
		h.ExpectStatus = nil // as here
	}
	switch m.Type {
	case "keyword":
		m.keyword(h)
	case "json-query":
		m.json(e)
	}
	e.settle()
}

// keyword takes over a text of the answer. One in JSON was written anew, without
// blanks, before the text was looked for: a text with a part of JSON in it becomes an
// expression that lets blanks be.
func (m kumaMonitor) keyword(h *probe.HTTPSpec) {
	texts, expressions := &h.Contains, &h.Matches
	if m.InvertKeyword {
		texts, expressions = &h.NotContains, &h.NotMatches
	}
	if !strings.Contains(string(m.Keyword), `":`) {
		*texts = []string{string(m.Keyword)}
		return
	}
	*expressions = []string{jsonSigns.ReplaceAllString(regexp.QuoteMeta(string(m.Keyword)), `\s*${1}\s*`)}
}

// jsonSigns are what stands between the values of JSON, in a quoted expression.
var jsonSigns = regexp.MustCompile(`(\\[\[{}\]]|[:,])`)

func (m kumaMonitor) headers(e *Entry) {
	if strings.TrimSpace(string(m.Headers)) == "" {
		return
	}
	var headers map[string]text
	if json.Unmarshal([]byte(m.Headers), &headers) != nil {
		e.pause(LossHeader, "headers", "")
		return
	}
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		e.setHeader(name, string(headers[name]), "headers")
	}
}

// auth takes over who asks. Before there was a method, a name was enough.
func (m kumaMonitor) auth(e *Entry) {
	switch {
	case m.AuthMethod == "basic" || m.AuthMethod == "" && m.BasicUser != "":
		if e.Check.HTTP.Auth == (probe.Auth{}) { // a header that says so goes before it
			e.Check.HTTP.Auth = probe.Auth{Username: string(m.BasicUser), Password: string(m.BasicPass)}
		}
	case m.AuthMethod != "" && m.AuthMethod != "null":
		e.pause(LossAuth, "authMethod", string(m.AuthMethod))
	}
}

// json takes over a query on an answer in JSON.
func (m kumaMonitor) json(e *Entry) {
	path, ok := fromJSONata(string(m.JSONPath))
	if !ok {
		e.lose(LossJSONPath, "jsonPath", string(m.JSONPath))
		return
	}
	rule := probe.JSONRule{Path: path}
	value := string(m.Expected)
	limit, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	numeric := err == nil && limit-limit == 0
	rules := []probe.JSONRule{rule}
	switch op := m.JSONOperator; {
	case op == "" || op == "==":
		rules[0].Equals = &value
	case op == "!=":
		rule.Equals, rule.Forbidden = &value, true
		rules = append(rules, rule) // and there must be a value
	case op == "contains" && value != "":
		rules[0].Contains = value
	case numeric && setLimit(&rules[0], string(op), limit):
	default:
		e.lose(LossJSONPath, "jsonPathOperator", string(op))
		return
	}
	e.Check.HTTP.JSON = rules
}

// dns takes over a question to a DNS server.
func (m kumaMonitor) dns(e *Entry) {
	servers := strings.FieldsFunc(string(m.DNSServer), func(r rune) bool { return r == ',' || r == ' ' })
	if len(servers) == 0 {
		servers = []string{""}
	}
	if len(servers) > 1 {
		e.lose(LossDNSServers, "dns_resolve_server", string(m.DNSServer))
	}
	server := bracketed(servers[0])
	if m.Port != 0 && m.Port != 53 {
		server = hostPort(servers[0], m.Port)
	}
	e.Check.Target = "dns://" + server + "/" + strings.TrimSpace(string(m.Hostname))
	if kind := strings.ToUpper(strings.TrimSpace(string(m.DNSType))); kind != "A" {
		e.Check.DNS.Type = kind
	}
}

// bracketed is a host as it stands in a target.
func bracketed(host string) string {
	host = strings.TrimSpace(host)
	if strings.Contains(host, ":") && !strings.HasPrefix(host, "[") {
		return "[" + host + "]"
	}
	return host
}

// hostPort is a host with a port as both stand in a target.
func hostPort(host string, port number) string {
	return net.JoinHostPort(strings.Trim(strings.TrimSpace(host), "[]"), strconv.Itoa(int(port)))
}
