package crawl

import (
	"bytes"
	"strconv"
	"strings"
	"time"
)

// robotsToken is the name by which robots.txt means us.
const robotsToken = "budi"

// Bounds of a robots.txt. RFC 9309 section 2.5 asks for 500 KiB at least.
const (
	maxRobots      = 500 << 10
	maxRules       = 5000
	maxSitemaps    = 50
	maxRobotsDelay = time.Minute // a longer Crawl-delay is taken for this
)

// robots is what a robots.txt says to us (RFC 9309). The zero robots allows
// everything.
//
// It is read here and not by a library: the one that Go programs use lets
// "Allow: /$" allow every address that ends with a slash, gives up a whole file
// for one line that it cannot read, takes a rule for an agent "b" for ours, and
// forbids where a rule of the same length allows.
type robots struct {
	rules    []rule
	delay    time.Duration // Crawl-delay, which is no part of the RFC but meant
	sitemaps []string
	nothing  bool // allowed: robots.txt could not be had
}

type rule struct {
	pattern string // in the form of tidy; may hold "*" and end with "$"
	allow   bool
}

// parseRobots reads a robots.txt. Lines that cannot be read are passed over.
func parseRobots(body []byte) robots {
	body = bytes.TrimPrefix(body[:min(len(body), maxRobots)], []byte("\xef\xbb\xbf"))
	var ours, everybody robots
	var found bool           // a group names us
	var forUs, forAll bool   // whom the group that is read is for
	var begun, inAgents bool // whether there was a group; whether its agents are being listed
	var sitemaps []string    // of no group
	apply := func(f func(*robots)) {
		if forUs {
			f(&ours)
		}
		if forAll {
			f(&everybody)
		}
	}
	lines := strings.FieldsFunc(string(body), func(r rune) bool { return r == '\n' || r == '\r' })
	for _, line := range lines {
		line, _, _ = strings.Cut(line, "#")
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		value = strings.TrimSpace(value)
		switch name = strings.ToLower(strings.TrimSpace(name)); name {
		case "user-agent":
			if !inAgents {
				forUs, forAll = false, false
			}
			begun, inAgents = true, true
			// Some write a version behind the name.
			token, _, _ := strings.Cut(value, "/")
			forUs, forAll = forUs || strings.EqualFold(token, robotsToken), forAll || value == "*"
			found = found || forUs
		case "allow", "disallow":
			inAgents = false
			if !begun || value == "" {
				continue
			}
			if value[0] != '/' && value[0] != '*' {
				value = "/" + value
			}
			r := rule{tidy(value), name == "allow"}
			apply(func(to *robots) {
				if len(to.rules) < maxRules {
					to.rules = append(to.rules, r)
				}
			})
		case "crawl-delay":
			inAgents = false
			seconds, err := strconv.ParseFloat(value, 64)
			if err != nil || !(seconds >= 0) {
				continue
			}
			delay := time.Duration(min(seconds, maxRobotsDelay.Seconds()) * float64(time.Second))
			apply(func(to *robots) { to.delay = max(to.delay, delay) })
		case "sitemap":
			if len(sitemaps) < maxSitemaps {
				sitemaps = append(sitemaps, value)
			}
		}
	}
	if !found {
		ours = everybody
	}
	ours.sitemaps = sitemaps
	return ours
}

// allows reports whether a path, with its query, may be asked for: the longest
// rule that fits says so, and of two as long the one that allows (section 2.2.2).
func (r *robots) allows(path string) bool {
	if r.nothing {
		return false
	}
	if len(r.rules) == 0 || path == "/robots.txt" {
		return true
	}
	path = tidy(path)
	longest, allowed := -1, true
	for _, rule := range r.rules {
		n := len(rule.pattern)
		if n < longest || n == longest && (allowed || !rule.allow) || !fits(rule.pattern, path) {
			continue
		}
		longest, allowed = n, rule.allow
	}
	return allowed
}

// fits reports whether a path begins as the pattern says: "*" stands for
// anything, "$" at the end for the end. It takes time in proportion to pattern
// times path, whatever they are.
func fits(pattern, path string) bool {
	pattern, whole := strings.CutSuffix(pattern, "$")
	if !whole {
		pattern += "*"
	}
	star, mark, i, j := -1, 0, 0, 0
	for i < len(path) {
		switch {
		case j < len(pattern) && pattern[j] == '*':
			if j == len(pattern)-1 {
				return true
			}
			star, mark = j, i
			j++
		case j < len(pattern) && pattern[j] == path[i]:
			i, j = i+1, j+1
		case star >= 0:
			mark++
			i, j = mark, star+1
		default:
			return false
		}
	}
	return strings.Trim(pattern[j:], "*") == ""
}
