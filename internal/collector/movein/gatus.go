package movein

import (
	"encoding/json"
	"maps"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/budi-monitor/budi/internal/probe"
)

// The configuration of Gatus 5 (its README.md, "Configuration", and the packages
// config, config/endpoint and client). Before it reads the file, Gatus puts values
// of its environment in the places of $NAME and ${NAME}; they are not in the file.

// fields are those of an object, with what an anchor gave it.
type fields map[string]yaml.Node

// readGatus reads a configuration.
func readGatus(data []byte) ([]Entry, []Loss, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return nil, nil, wrong(CodeYAML, "Line", yamlLine(err))
	}
	if left := maxNodes; !fits(&root, &left, 0) {
		return nil, nil, wrong(CodeLarge)
	}
	top, ok := fieldsOf(&root)
	if !ok {
		return nil, nil, wrong(CodeNone)
	}
	var losses tally
	for _, section := range []struct {
		field string
		code  Code
	}{{"alerting", LossNotifications}, {"maintenance", LossAllMaintained}, {"announcements", LossAnnouncements}, {"remote", LossRemote}} {
		if _, has := top[section.field]; has {
			losses.add(section.code, section.field)
		}
	}
	for range listOf(top["suites"]) {
		losses.add(LossSuites, "suites")
	}
	var out []Entry
	for _, section := range []struct {
		field string
		take  func(*gatusEntry)
	}{{"endpoints", (*gatusEntry).endpoint}, {"external-endpoints", (*gatusEntry).external}} {
		for _, node := range listOf(top[section.field]) {
			if len(out) >= MaxEntries {
				return nil, nil, wrong(CodeMany, "Max", MaxEntries)
			}
			out = append(out, gatusOne(node, section.take))
		}
	}
	return out, losses, nil
}

// fits reports whether a file is small, its aliases followed, and not too deep.
func fits(n *yaml.Node, left *int, depth int) bool {
	if *left--; *left < 0 || depth > maxDeep {
		return false
	}
	if n.Kind == yaml.AliasNode {
		return n.Alias != nil && fits(n.Alias, left, depth+1)
	}
	for _, c := range n.Content {
		if !fits(c, left, depth+1) {
			return false
		}
	}
	return true
}

var yamlLinePattern = regexp.MustCompile(`line (\d+)`)

func yamlLine(err error) int {
	m := yamlLinePattern.FindStringSubmatch(err.Error())
	if m == nil {
		return 0
	}
	line, _ := strconv.Atoi(m[1])
	return line
}

func fieldsOf(n *yaml.Node) (fields, bool) {
	var out fields
	return out, n.Decode(&out) == nil
}

func listOf(n yaml.Node) []*yaml.Node {
	at := &n
	for at.Kind == yaml.AliasNode && at.Alias != nil {
		at = at.Alias
	}
	if at.Kind != yaml.SequenceNode {
		return nil
	}
	return at.Content
}

// gatusEntry is an endpoint while it is taken over.
type gatusEntry struct {
	*Entry
	fields fields
	used   map[string]bool
	asks   bool // what is read now is what is asked, so that what is missing pauses
}

func gatusOne(node *yaml.Node, take func(*gatusEntry)) Entry {
	e := Entry{Line: node.Line}
	f, ok := fieldsOf(node)
	if !ok {
		e.leave(LossUnreadable, "", "")
		return e
	}
	g := gatusEntry{Entry: &e, fields: f, used: map[string]bool{}}
	e.Name, e.Group = strings.TrimSpace(g.text("name")), strings.TrimSpace(g.text("group"))
	enabled := g.text("enabled")
	for _, of := range []string{"alerts", "ui", "extra-labels"} {
		g.used[of] = true // the first is told once, the others say nothing of what is watched
	}
	take(&g)
	if _, has := f["maintenance-windows"]; has && !e.Left {
		e.lose(LossMaintenance, "maintenance-windows", "")
	}
	g.used["maintenance-windows"] = true
	if !e.Left {
		for _, name := range slices.Sorted(maps.Keys(f)) {
			if !g.used[name] {
				e.lose(LossField, name, "")
			}
		}
		e.Check.Paused = e.Check.Paused || enabled == "false"
		e.Check.Name = e.Name
	}
	return e
}

// variable is a place that Gatus fills from its environment.
var variable = regexp.MustCompile(`\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))`)

// text is the value of a field, "" when it has none.
func (g *gatusEntry) text(field string) string {
	g.used[field] = true
	return g.value(g.fields[field], field)
}

// value is a text as Gatus has it: $$ is one dollar. What its environment holds is
// a loss.
func (g *gatusEntry) value(n yaml.Node, field string) string {
	var s string
	if n.Kind == 0 || n.Decode(&s) != nil {
		return ""
	}
	const dollar = "\x00" // no YAML has it
	s = strings.ReplaceAll(s, "$$", dollar)
	if m := variable.FindString(s); m != "" {
		switch {
		case g.asks:
			g.pause(LossVariable, field, m)
		default:
			g.lose(LossVariable, field, m)
		}
	}
	return strings.ReplaceAll(s, dollar, "$")
}

// section is an object within the entry; ok when it is there.
func (g *gatusEntry) section(field string) (fields, bool) {
	g.used[field] = true
	n, has := g.fields[field]
	if !has {
		return nil, false
	}
	f, ok := fieldsOf(&n)
	if !ok {
		g.pause(LossField, field, "")
	}
	return f, ok && len(f) > 0
}

// duration is the value of a field, 0 when it has none.
func (g *gatusEntry) duration(n yaml.Node, field string) time.Duration {
	s := g.value(n, field)
	if s == "" {
		return 0
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		g.lose(LossField, field, s)
	}
	return d
}

// endpoint takes over what Gatus asks.
func (g *gatusEntry) endpoint() {
	e := g.Entry
	g.asks = true
	address := strings.TrimSpace(g.text("url"))
	if variable.MatchString(strings.ReplaceAll(address, "$$", "")) {
		e.leave(LossVariable, "url", variable.FindString(address))
		return
	}
	question, isDNS := g.section("dns")
	scheme, rest, _ := strings.Cut(address, "://")
	switch scheme = strings.ToLower(scheme); {
	case isDNS:
		g.question(address, question)
	case scheme == "http" || scheme == "https":
		e.Check.Target = address
		g.request()
	case scheme == "tcp" || scheme == "tls":
		e.Check.Target = address
		if g.text("body") != "" {
			e.pause(LossPayload, "body", "")
		}
	case scheme == "icmp":
		e.Check.Target = "icmp://" + bracketed(rest)
	default:
		kind, _, _ := strings.Cut(address, "://")
		e.leave(LossType, "url", kind)
		return
	}
	g.client()
	g.asks = false
	e.setInterval(g.duration(g.fields["interval"], "interval"), "interval")
	g.used["interval"] = true
	g.conditions()
	if e.Left {
		return
	}
	e.settle()
}

// question takes over a question to a DNS server.
func (g *gatusEntry) question(server string, question fields) {
	e := g.Entry
	host, port, err := net.SplitHostPort(server)
	if err != nil {
		host, port = server, ""
	}
	server = bracketed(host)
	if port != "" && port != "53" {
		server = net.JoinHostPort(host, port)
	}
	name, kind := "", ""
	for _, field := range slices.Sorted(maps.Keys(question)) {
		switch v := g.value(question[field], "dns."+field); field {
		case "query-name":
			name = strings.TrimSpace(v)
		case "query-type":
			kind = strings.ToUpper(strings.TrimSpace(v))
		default:
			e.lose(LossField, "dns."+field, "")
		}
	}
	e.Check.Target = "dns://" + server + "/" + name
	if kind != "A" {
		e.Check.DNS.Type = kind
	}
}

// randomText is a place that Gatus fills anew each time.
var randomText = regexp.MustCompile(`\[RANDOM_STRING_\d+\]`)

// request takes over what a website is asked.
func (g *gatusEntry) request() {
	e := g.Entry
	e.setMethod(g.text("method"), "method")
	if headers, ok := g.section("headers"); ok {
		for _, name := range slices.Sorted(maps.Keys(headers)) {
			if !strings.EqualFold(name, "User-Agent") || !strings.HasPrefix(g.value(headers[name], "headers."+name), "Gatus/") {
				e.setHeader(name, g.value(headers[name], "headers."+name), "headers")
			}
		}
	}
	body := g.text("body")
	body = strings.NewReplacer("[ENDPOINT_NAME]", g.Name, "[ENDPOINT_GROUP]", g.Group, "[ENDPOINT_URL]", e.Check.Target).Replace(body)
	if randomText.MatchString(body) {
		e.pause(LossRandom, "body", "")
	}
	kind := ""
	if g.text("graphql") == "true" {
		text, _ := json.Marshal(map[string]string{"query": body}) // texts can be written
		body, kind = string(text), "application/json"
	}
	e.setBody(body, kind, "body")
	e.setRedirects(probe.MaxRedirects, "", "") // Gatus follows as many as there are
}

// client takes over how Gatus connects.
func (g *gatusEntry) client() {
	e := g.Entry
	settings, _ := g.section("client")
	for _, field := range slices.Sorted(maps.Keys(settings)) {
		name := "client." + field
		switch field {
		case "timeout":
			e.setTimeout(g.duration(settings[field], name), name)
		case "insecure":
			if g.value(settings[field], name) == "true" && e.Check.Kind() != probe.KindTCP && e.Check.Kind() != probe.KindICMP && e.Check.Kind() != probe.KindDNS {
				e.pause(LossCertificate, name, "true")
			}
		case "ignore-redirect":
			if g.value(settings[field], name) == "true" && e.Check.Kind() == probe.KindHTTP {
				e.setRedirects(0, name, "true")
			}
		case "dns-resolver":
			e.pause(LossResolver, name, g.value(settings[field], name))
		case "network":
			switch v := g.value(settings[field], name); v {
			case "ip4":
				e.setNetwork(probe.IPv4, name, v)
			case "ip6":
				e.setNetwork(probe.IPv6, name, v)
			}
		case "proxy-url", "tunnel":
			e.pause(LossProxy, name, "")
		case "oauth2", "identity-aware-proxy", "kerberos", "tls":
			e.pause(LossAuth, name, field)
		default:
			e.pause(LossClient, name, field)
		}
	}
}

// external takes over what calls Gatus.
func (g *gatusEntry) external() {
	e := g.Entry
	g.used["token"] = true // of an address that is another one now
	heartbeat, _ := g.section("heartbeat")
	period := g.duration(heartbeat["interval"], "heartbeat.interval")
	if period <= 0 {
		e.leave(LossNoPeriod, "heartbeat.interval", "")
		return
	}
	e.setPeriod(period, 0, "heartbeat.interval")
}

// conditions takes over what an answer must be.
func (g *gatusEntry) conditions() {
	e := g.Entry
	g.used["conditions"] = true
	nodes := listOf(g.fields["conditions"])
	var onStatus []condition
	for _, n := range nodes {
		before := len(e.Losses)
		text := g.value(*n, "conditions")
		if len(e.Losses) > before {
			continue // told
		}
		c, ok := parseCondition(text)
		switch {
		case !ok:
			e.lose(LossCondition, "conditions", text)
		case c.subject == "[STATUS]" && e.Check.Kind() == probe.KindHTTP:
			onStatus = append(onStatus, c)
		default:
			if code := c.take(&e.Check); code == LossRcode {
				e.leave(code, "conditions", text)
				return
			} else if code != "" {
				e.lose(code, "conditions", text)
			}
		}
	}
	if e.Check.Kind() != probe.KindHTTP {
		return
	}
	does := statuses(func(status string) bool {
		return !slices.ContainsFunc(onStatus, func(c condition) bool { return !c.holds(status) })
	})
	switch {
	case len(does) == 0:
		all := make([]string, len(onStatus))
		for i, c := range onStatus {
			all[i] = c.text
		}
		e.leave(LossImpossible, "conditions", strings.Join(all, ", "))
	case !slices.Equal(does, []string{"200-299"}): // as a check has it when nobody says
		e.Check.HTTP.ExpectStatus = does
	}
}
