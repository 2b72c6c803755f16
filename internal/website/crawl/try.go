package crawl

import (
	"context"
	"encoding/binary"
	"hash/fnv"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/probe"
)

// reads reports whether an address is read for what it links to, not only asked.
func (r *run) reads(a *address) bool { return a.Kind == KindPage || a.Kind == KindFrame }

// head asks whether something is there without having it sent. Servers that
// refuse HEAD, answer it wrongly or not at all, are asked for the first byte.
func (r *run) head(ctx context.Context, host, u string) (probe.Answer, *look.Problem) {
	a, problem := r.ask(ctx, host, probe.Fetch{Method: http.MethodHead, URL: u, Limit: 1, Redirects: MaxRedirects})
	if r.stop != "" || problem == nil && (a.Status < 400 || a.Status == http.StatusTooManyRequests || a.Status == 999) ||
		problem != nil && problem.Code != probe.CodeClosed && problem.Code != probe.CodeBadResponse && problem.Code != probe.CodeResponseTimeout {
		return a, problem
	}
	a, problem = r.ask(ctx, host, probe.Fetch{URL: u, Header: http.Header{"Range": {"bytes=0-0"}}, Limit: 1, Redirects: MaxRedirects})
	if a.Status == http.StatusRequestedRangeNotSatisfiable {
		a.Status = http.StatusOK // it is there, and empty
	}
	return a, problem
}

// tryOwn tries an address of the website itself.
func (r *run) tryOwn(ctx context.Context, i int32) {
	a := &r.s.All[i]
	u, err := url.Parse(a.URL)
	if a.Mark != waiting || err != nil {
		return // settled since it was queued
	}
	rules := r.robotsOf(ctx, u)
	if r.stop != "" {
		return
	}
	if !rules.allows(pathOf(u)) {
		r.settle(i, forbidden)
		return
	}
	if u.RawQuery != "" && r.twins(u.Path) {
		r.leftOut(a.URL)
		r.settle(i, endless)
		return
	}
	var answer probe.Answer
	var problem *look.Problem
	switch {
	case a.Map:
		answer, problem = r.ask(ctx, ours, probe.Fetch{URL: a.URL, Limit: maxSitemap, Redirects: 5})
	case r.reads(a), a.Kind == KindStyle && kindByName(u) != KindStyle, strings.HasSuffix(strings.ToLower(u.Path), ".css"):
		answer, problem = r.ask(ctx, ours, probe.Fetch{URL: a.URL, Limit: maxPage, Redirects: MaxRedirects})
	default:
		answer, problem = r.head(ctx, ours, a.URL)
	}
	if r.stop != "" {
		return
	}
	a.Tries++
	a.Run = r.s.Runs
	if a.Map {
		r.readMap(i, answer)
		return
	}
	v := judge(answer, problem)
	if i == 0 && v != good {
		// Without the first page there is no website.
		a.Tries--
		r.silent(ctx, codeOf(problem))
		return
	}
	r.verdict(ctx, i, v, answer, problem)
	if r.stop == "" && v == good {
		r.countQuery(&r.s.All[i], u)
		r.read(ctx, i, answer)
	}
}

// countQuery counts the pages of one path that were read, for twins.
func (r *run) countQuery(a *address, u *url.URL) {
	if a.Kind == KindPage && a.Mark == fine && u.RawQuery != "" {
		r.readQueries[u.Path]++
	}
}

// twins reports whether the addresses of a path show the same page again and again:
// their queries mean nothing. Of a website all of whose pages have one path some may
// well be the same ("in preparation").
func (r *run) twins(path string) bool {
	return r.s.Twins[path] >= maxTwins && maxTwinShare*r.s.Twins[path] >= r.readQueries[path]
}

// verdict is what an answer says of its address.
type verdict int

const (
	good     verdict = iota
	gone             // it says itself that it is not there
	doubtful         // it may be mended in a minute: it is asked again in another run
	later            // we are to ask later
	barred           // the policy does not let it be reached
)

// judge says what an answer of the website itself means.
func judge(a probe.Answer, problem *look.Problem) verdict {
	if problem != nil {
		switch problem.Code {
		case probe.CodeForbidden:
			return barred
		case probe.CodeTooManyRedirects:
			return gone
		case probe.CodeRedirectRefused:
			return good // it leads to a program: tel:, an app
		default:
			return doubtful
		}
	}
	switch s := a.Status; {
	case s < 400, s == http.StatusUnauthorized, s == http.StatusProxyAuthRequired:
		return good
	case s == http.StatusNotFound, s == http.StatusGone:
		return gone
	case s == http.StatusTooManyRequests, s == http.StatusServiceUnavailable && a.Header.Get("Retry-After") != "":
		return later
	default:
		return doubtful
	}
}

// judgeOut says what an answer of another website means. Many of them turn
// programs away whatever they are asked for: that says nothing about the page.
func judgeOut(a probe.Answer, problem *look.Problem) verdict {
	if problem != nil {
		switch problem.Code {
		case probe.CodeForbidden:
			return barred
		case probe.CodeRedirectRefused, probe.CodeHeaderTooLarge, probe.CodeBodyCut, probe.CodeTransferTimeout:
			return good
		default:
			return doubtful
		}
	}
	switch s := a.Status; {
	case s == http.StatusNotFound, s == http.StatusGone:
		return gone
	case s == http.StatusInternalServerError, s == http.StatusBadGateway, s == http.StatusGatewayTimeout:
		return doubtful
	default:
		return good
	}
}

// codeOf is the code of what was wrong.
func codeOf(problem *look.Problem) string {
	if problem == nil {
		return probe.CodeUnexpectedStatus
	}
	return problem.Code
}

// verdict settles what an answer said, or puts it off.
func (r *run) verdict(ctx context.Context, i int32, v verdict, answer probe.Answer, problem *look.Problem) {
	a := &r.s.All[i]
	a.Status, a.Code = answer.Status, ""
	if v == good {
		if !a.Out {
			r.failed = r.failed[:0]
		}
		r.settle(i, fine)
		return
	}
	a.Code = codeOf(problem)
	if problem != nil && !r.online(ctx) {
		a.Tries--
		r.end(WhyOffline, r.o.Now().Add(pauseOffline))
		return
	}
	switch {
	case v == barred:
		r.settle(i, forbidden)
		return
	case v == later && a.Tries < maxTries:
		wait := r.retryAfter(answer.Header)
		if wait == 0 {
			wait = pauseBusy
		}
		if a.After = r.o.Now().Add(wait).Unix(); !a.Out {
			a.After = 0
			r.own = append(r.own, i)
			r.next[ours] = r.o.Now().Add(wait)
		}
		return
	case v == later:
		r.settle(i, fine) // it is there, and does not want to be asked
		return
	case v == gone, v == doubtful && a.Tries > 1:
		r.settle(i, broken)
	default:
		a.After = r.o.Now().Add(r.o.RetryAfter).Unix()
	}
	if !a.Out {
		r.failed = append(r.failed, i)
		r.suspect(ctx)
	}
}

// suspect asks for the first page when so much fails in succession that the
// website itself may be down; then nothing that failed since counts.
func (r *run) suspect(ctx context.Context) {
	if len(r.failed) < inARow {
		return
	}
	failed := r.failed
	r.failed = nil
	a, problem := r.ask(ctx, ours, probe.Fetch{URL: r.s.Start, Limit: maxPage, Redirects: MaxRedirects})
	if r.stop == "" && problem == nil && judge(a, nil) == good {
		return
	}
	for _, i := range failed {
		a := &r.s.All[i]
		if a.Mark == broken {
			r.counts.Checked, r.counts.Broken, r.counts.Waiting = r.counts.Checked-1, r.counts.Broken-1, r.counts.Waiting+1
		}
		a.Mark, a.Tries, a.After, a.Code, a.Status = waiting, max(0, a.Tries-1), 0, "", 0
	}
	r.silent(ctx, codeOf(problem))
}

// tryOut tries an address of another website.
func (r *run) tryOut(ctx context.Context, i int32, host string) {
	a := &r.s.All[i]
	first := a.Tries == 0
	answer, problem := r.head(ctx, host, a.URL)
	if r.stop != "" {
		return
	}
	if r.outRun[host]++; first {
		r.outAll[host]++
	}
	a.Tries++
	a.Run, a.At = r.s.Runs, r.o.Now().Unix()
	if answer.Status == http.StatusTooManyRequests || answer.Status == 999 {
		r.outRun[host] = perHostRun // that was enough for today
	}
	r.verdict(ctx, i, judgeOut(answer, problem), answer, problem)
}

// readMap takes the addresses out of a sitemap. One that is not there is no
// fault: nobody follows links to it.
func (r *run) readMap(i int32, answer probe.Answer) {
	a := &r.s.All[i]
	a.Status = answer.Status
	r.settle(i, fine)
	if answer.Status != http.StatusOK || answer.URL == nil {
		return
	}
	pages, maps := parseSitemap(answer.Body, answer.URL)
	for _, u := range maps {
		if r.isOwn(u) {
			r.addMap(u)
		}
	}
	for _, u := range pages {
		if len(r.s.All) >= r.o.Addresses/2 {
			break // pictures and links need room too
		}
		if r.isOwn(u) {
			r.add(i, link{url: u, kind: kindByName(u)})
		}
	}
}

// read takes the links out of what was answered.
func (r *run) read(ctx context.Context, i int32, answer probe.Answer) {
	a := &r.s.All[i]
	final := answer.URL
	if final == nil || answer.Status < 200 || answer.Status >= 300 || len(answer.Body) == 0 {
		return
	}
	if err := spell(final); err != nil {
		return
	}
	final.RawQuery = withoutSession(final.RawQuery)
	if i == 0 {
		r.ownHost(final)
	}
	contentType := strings.ToLower(answer.Header.Get("Content-Type"))
	switch {
	case r.reads(a):
		if !isHTML(contentType, answer.Body) {
			a.Kind = KindDocument
			if strings.HasPrefix(contentType, "image/") {
				a.Kind = KindImage
			}
			return
		}
		f := extract(answer.Body, answer.Header.Get("Content-Type"), final)
		if r.notThere(i, f) || !r.landed(ctx, i, final) {
			return
		}
		r.s.Pages++
		r.take(i, f, final.Path)
	case a.Kind == KindStyle:
		if r.isOwn(final) && !strings.Contains(contentType, "html") {
			r.take(i, extractCSS(answer.Body, final), "")
		}
	}
}

// notThere reports whether a page is the one that the website shows for addresses
// that it cannot have, and settles that. When its first page is that, it shows the
// same everywhere.
func (r *run) notThere(i int32, f found) bool {
	n := r.s.Nowhere
	if n == nil || n.Print == 0 || n.Print != f.print {
		return false
	}
	if i == 0 {
		*n = nowhere{Blind: true}
		return false
	}
	r.counts.Checked-- // it was settled as fine
	r.settle(i, broken)
	r.s.All[i].Code = CodeNotThere
	return true
}

// isHTML reports whether an answer is a page.
func isHTML(contentType string, body []byte) bool {
	if contentType != "" {
		return strings.Contains(contentType, "html")
	}
	return strings.HasPrefix(http.DetectContentType(body), "text/html")
}

// landed reports whether the page at which a request ended, after redirects, is
// to be read: it is of the website, and was not read yet.
func (r *run) landed(ctx context.Context, i int32, final *url.URL) bool {
	to := final.String()
	if to == r.s.All[i].URL {
		return true
	}
	if !r.isOwn(final) {
		return false
	}
	rules := r.robotsOf(ctx, final)
	if r.stop != "" || !rules.allows(pathOf(final)) {
		return false
	}
	at, known := r.index[to]
	switch {
	case !known:
		r.append(address{URL: to, Kind: KindPage, Mark: fine, Status: http.StatusOK, Run: r.s.Runs, Depth: r.s.All[i].Depth})
		return true
	case r.s.All[at].Mark == waiting:
		r.s.All[at].Status = http.StatusOK
		r.settle(at, fine)
		return true
	default:
		return false
	}
}

// take adds the links of a page. Of a page that was met under another query of
// the same path, nothing is new.
func (r *run) take(i int32, f found, path string) {
	if path != "" {
		h := fnv.New64a()
		_, _ = h.Write([]byte(path))
		_ = binary.Write(h, binary.BigEndian, f.print)
		key := h.Sum64()
		r.s.Prints[key]++
		if r.s.Prints[key] > 1 {
			r.s.Twins[path]++
			return
		}
	}
	r.s.Left += f.left
	for _, l := range f.links {
		r.add(i, l)
	}
}

// add adds one link that stands on page i.
func (r *run) add(i int32, l link) {
	key := l.raw
	if l.url != nil {
		key = l.url.String()
	}
	if at, known := r.index[key]; known {
		r.standsOn(at, i)
		return
	}
	a := address{URL: key, Kind: l.kind, Depth: r.s.All[i].Depth + 1}
	if l.url == nil {
		a.Mark, a.Code = broken, CodeUnreadable
		if at, ok := r.append(a); ok {
			r.counts.Checked, r.counts.Broken = r.counts.Checked+1, r.counts.Broken+1
			r.standsOn(at, i)
		}
		return
	}
	if a.Out = !r.isOwn(l.url); a.Out {
		a.Kind = KindExternal
		if at := r.s.Known[key]; at > 0 {
			a.Mark, a.At, a.Status = fine, at, http.StatusOK
		}
	} else if r.hasNoEnd(l.url, key, a.Depth) {
		r.leftOut(key)
		return
	}
	at, ok := r.append(a)
	if !ok {
		return
	}
	r.standsOn(at, i)
	if a.Mark == waiting {
		r.count(&a, l.url)
		r.queue(at, l.url)
	}
}

// hasNoEnd reports whether an address looks like one of too many.
func (r *run) hasNoEnd(u *url.URL, key string, depth int) bool {
	return depth > maxDepth || grows(u.Path) || u.RawQuery != "" && r.queries[u.Path] >= maxQueries ||
		depth > freeDepth && r.shapes[shape(key)] >= maxShape
}

// leftOut counts what is not followed because there would be no end of it.
func (r *run) leftOut(u string) {
	if r.s.Endless++; len(r.s.EndlessAt) < maxTold {
		r.s.EndlessAt = append(r.s.EndlessAt, u)
	}
}

// standsOn remembers that an address stands on page i.
func (r *run) standsOn(at, i int32) {
	a := &r.s.All[at]
	if a.Times++; len(a.On) < maxOn {
		a.On = append(a.On, i)
	}
}

// pathOf is what robots.txt speaks of.
func pathOf(u *url.URL) string {
	if u.RawQuery != "" {
		return u.EscapedPath() + "?" + u.RawQuery
	}
	return u.EscapedPath()
}

// moment is a Unix time as a time; 0: none.
func moment(unix int64) time.Time {
	if unix == 0 {
		return time.Time{}
	}
	return time.Unix(unix, 0).UTC()
}
