package probe

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/budi-monitor/budi/internal/buildinfo"
	"github.com/budi-monitor/budi/internal/look"
)

// step is one request made ready, with what its answer must be.
type step struct {
	Step
	name       string // for people; "": the look has one request
	method     string
	address    *url.URL // nil: it depends on what was captured
	header     http.Header
	filled     bool // a header depends on what was captured
	expect     []statusRange
	expectText string

	headers     []headerRule
	contains    [][]byte
	notContains [][]byte
	longest     int // bytes of the longest text
	matches     []*regexp.Regexp
	notMatches  []*regexp.Regexp
	values      []jsonRule
	captures    []capture
	isJSON      bool // the page must be JSON
	keeps       bool // the page is needed as a whole
}

// agentName is how we introduce ourselves.
func agentName() string { return "budi/" + buildinfo.Get().Version }

// newStep makes a Step ready; New has validated it.
func (w *web) newStep(s Step) *step {
	out := &step{Step: s, method: s.method(), header: http.Header{"User-Agent": {agentName()}}, expectText: "2xx"}
	if len(placeholders(s.URL)) == 0 {
		out.address, _ = s.address(w.url, nil)
	}
	for name, value := range s.Headers {
		out.header.Set(name, value)
		out.filled = out.filled || len(placeholders(value)) > 0
	}
	if len(s.Form) > 0 && out.header.Get("Content-Type") == "" {
		out.header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	expect := s.ExpectStatus
	if len(expect) == 0 {
		expect = []string{"2xx"}
	}
	out.expectText = strings.Join(expect, ", ")
	for _, text := range expect {
		if one, err := parseStatus(text); err == nil {
			out.expect = append(out.expect, one)
		}
	}
	for _, c := range s.ExpectHeaders {
		out.headers = append(out.headers, newHeaderRule(c))
	}
	texts := func(list []string) (out [][]byte, longest int) {
		for _, text := range list {
			out, longest = append(out, []byte(text)), max(longest, len(text))
		}
		return out, longest
	}
	var longest int
	out.contains, out.longest = texts(s.Contains)
	out.notContains, longest = texts(s.NotContains)
	out.longest = max(out.longest, longest)
	patterns := func(list []string) (out []*regexp.Regexp) {
		for _, text := range list {
			if p, err := compile(text); err == nil {
				out = append(out, p)
			}
		}
		return out
	}
	out.matches, out.notMatches = patterns(s.Matches), patterns(s.NotMatches)
	for _, c := range s.JSON {
		out.values = append(out.values, newJSONRule(c))
	}
	out.isJSON = len(out.values) > 0
	for name, from := range s.Capture {
		if c, err := newCapture(name, from); err == nil {
			out.captures = append(out.captures, c)
			out.isJSON = out.isJSON || c.path != nil
		}
	}
	out.keeps = out.isJSON || len(out.matches)+len(out.notMatches)+len(out.captures) > 0
	return out
}

func (s *step) expects(status int) bool {
	for _, one := range s.expect {
		if one.low <= status && status <= one.high {
			return true
		}
	}
	return false
}

// session is one look under way: its requests share cookies, and what was
// captured.
type session struct {
	w        *web
	t        *tracer
	client   http.Client
	timeout  time.Duration
	captured map[string]string

	step      *step
	from      *url.URL // where the step began
	redirects int      // of the whole look
	location  *url.URL // of the newest redirect
	hops      []look.Hop
	last      *http.Response
	read      int64 // bytes of the last page
}

// Errors by which following redirects ends.
var (
	errTooManyRedirects = errors.New("too many redirects")
	errRedirectRefused  = errors.New("redirect to what is no website")
	errRedirectBody     = errors.New("redirect that wants what was sent elsewhere")
)

// look makes all requests by one version of the Internet Protocol.
func (w *web) look(ctx context.Context, p *Probe, r *look.Result, by *route) *look.Problem {
	ctx, t := trace(ctx)
	jar, err := cookiejar.New(nil) // some sites redirect until their cookie comes back
	if err != nil {
		return newProblem(CodeLocalError, err)
	}
	if len(w.cookies) > 0 {
		jar.SetCookies(w.url, w.cookies)
	}
	transport := w.transport(by)
	defer by.release(transport)
	s := &session{w: w, t: t, timeout: p.timeout, hops: make([]look.Hop, 0, len(w.steps))}
	s.client = http.Client{Transport: &tripper{next: transport, t: t, may: w.version != HTTP2}, Jar: jar, CheckRedirect: s.redirect}

	var problem *look.Problem
	for _, one := range w.steps {
		if problem = s.make(ctx, one); problem != nil {
			if one.name != "" {
				with(problem, look.ArgStep, one.name)
			}
			break
		}
	}
	hops := t.story()
	addConnection(r, hops)
	addHTTP(r, s.last, s.redirects, s.read)
	addPhases(r, hops)
	addTLS(r, hops)
	r.Web = &look.Web{Redirects: s.hops}
	s.hide(r, problem)
	return problem
}

// redirect is the CheckRedirect of the look's client.
func (s *session) redirect(next *http.Request, via []*http.Request) error {
	s.location = next.URL
	followed := s.w.maxRedirects > 0
	if followed {
		s.hop(via[len(via)-1], next.Response, next.URL)
	}
	switch {
	case !followed:
		return http.ErrUseLastResponse
	case next.URL.Scheme != "http" && next.URL.Scheme != "https":
		return errRedirectRefused
	case len(via) > s.w.maxRedirects:
		return errTooManyRedirects
	}
	if !samePlace(s.from, next.URL) {
		// What the keeper of the check wrote is for the host asked for.
		if next.Body != nil && next.Body != http.NoBody {
			return errRedirectBody
		}
		next.Header = http.Header{"User-Agent": {agentName()}}
	}
	s.redirects++
	return nil
}

// samePlace reports whether what is secret may go to b because it went to a: the
// same host and port, or from http to https of the same host.
func samePlace(a, b *url.URL) bool {
	if !strings.EqualFold(a.Hostname(), b.Hostname()) {
		return false
	}
	return a.Scheme == b.Scheme && addressOf(a) == addressOf(b) || a.Scheme == "http" && a.Port() == "" && b.Scheme == "https" && b.Port() == ""
}

// hop keeps a request and its answer for people.
func (s *session) hop(req *http.Request, resp *http.Response, location *url.URL) {
	h := look.Hop{Step: s.step.name, Method: req.Method, URL: look.Clip(maskURL(req.URL.String(), req.URL), MaxTarget)}
	if resp != nil {
		h.Status, h.Protocol = resp.StatusCode, resp.Proto
	}
	if location != nil {
		h.Location = look.Clip(maskURL(location.String(), location), MaxTarget)
	}
	if c, ok := s.t.newest(); ok {
		if h.Seconds = time.Since(c.start).Seconds(); !c.bodyEnd.IsZero() {
			h.Seconds = c.bodyEnd.Sub(c.start).Seconds()
		}
		if c.remote != nil {
			h.Address = c.remote.String()
		}
	}
	s.hops = append(s.hops, h)
}

// request makes the request of a step.
func (s *session) request(ctx context.Context, one *step) (*http.Request, *look.Problem) {
	address, header := one.address, one.header
	value := func(name string) string {
		if text, ok := s.captured[name]; ok {
			return text
		}
		return "${" + name + "}" // nothing captures it: it is no place, but what is to be sent
	}
	if address == nil {
		var err error
		if address, err = one.Step.address(s.w.url, s.captured); err != nil {
			return nil, newProblem(CodeCaptureUnusable, nil, "field", "url")
		}
	}
	header = header.Clone()
	if one.filled {
		for name := range one.Headers {
			text := fill(one.Headers[name], value)
			if !httpguts.ValidHeaderFieldValue(text) {
				return nil, newProblem(CodeCaptureUnusable, nil, "field", name)
			}
			header.Set(name, text)
		}
	}
	if s.w.auth != "" && samePlace(s.w.url, address) && header.Get("Authorization") == "" {
		header.Set("Authorization", s.w.auth)
	}
	var body io.Reader
	if len(one.Form) > 0 {
		form := url.Values{}
		for name, text := range one.Form {
			form.Set(name, fill(text, value))
		}
		body = strings.NewReader(form.Encode())
	} else if one.Body != "" {
		body = strings.NewReader(fill(one.Body, value))
	}
	req, err := http.NewRequestWithContext(ctx, one.method, address.String(), body)
	if err != nil {
		return nil, newProblem(CodeLocalError, err)
	}
	req.Header = header
	return req, nil
}

// make makes one step.
func (s *session) make(ctx context.Context, one *step) *look.Problem {
	s.step, s.last, s.read, s.location = one, nil, 0, nil
	before := s.t.connections()
	req, problem := s.request(ctx, one)
	if problem != nil {
		return problem
	}
	s.from = req.URL
	resp, err := s.client.Do(req)
	var (
		got     page
		readErr error
	)
	switch {
	case resp != nil && err == nil:
		s.last = resp
		got, readErr = one.read(resp.Body, s.w.size)
		_ = resp.Body.Close()
		if s.read = got.read; readErr == nil {
			s.t.bodyRead()
		}
		s.hop(resp.Request, resp, s.location)
		s.hops[len(s.hops)-1].Location = ""
		if s.w.maxRedirects == 0 && s.location != nil {
			s.hops[len(s.hops)-1].Location = look.Clip(maskURL(s.location.String(), s.location), MaxTarget)
		}
	case resp != nil: // a redirect that is not followed
		s.last = resp
	default:
		if s.location != nil { // of the way on
			req = &http.Request{Method: http.MethodGet, URL: s.location}
		}
		s.hop(req, nil, nil)
	}
	var last hop
	if s.t.connections() > before {
		last, _ = s.t.newest()
	}
	switch {
	case errors.Is(err, errTooManyRedirects):
		return newProblem(CodeTooManyRedirects, nil, "count", strconv.Itoa(s.w.maxRedirects), "location", maskURL(s.location.String(), s.location))
	case errors.Is(err, errRedirectRefused):
		return newProblem(CodeRedirectRefused, nil, "location", maskURL(s.location.String(), s.location))
	case errors.Is(err, errRedirectBody):
		return newProblem(CodeRedirectBody, nil, "location", maskURL(s.location.String(), s.location))
	case err != nil:
		var outer *url.Error
		if errors.As(err, &outer) {
			err = outer.Err // without the URL: it may hold a password
		}
		return explain(err, last.stage(), last.address, s.timeout)
	}
	if problem := s.judge(resp, got, readErr, last); problem != nil {
		return problem
	}
	return s.capture(resp, got)
}

// judge holds an answer against what it must be.
func (s *session) judge(resp *http.Response, got page, readErr error, last hop) *look.Problem {
	one := s.step
	switch {
	case s.w.version == HTTP2 && resp.ProtoMajor != 2, s.w.version == HTTP11 && (resp.ProtoMajor != 1 || resp.ProtoMinor != 1):
		return newProblem(CodeHTTPVersion, nil, "got", resp.Proto, "expected", "HTTP/"+s.w.version)
	case !one.expects(resp.StatusCode):
		return newProblem(CodeUnexpectedStatus, nil, "status", strconv.Itoa(resp.StatusCode), "expected", one.expectText)
	}
	for i := range one.headers {
		if problem := one.headers[i].judge(resp.Header); problem != nil {
			return problem
		}
	}
	switch {
	case readErr != nil:
		return explain(readErr, atTransfer, last.address, s.timeout)
	case s.w.size > 0 && got.read > s.w.size:
		return newProblem(CodePageTooLarge, nil, "limit", strconv.FormatInt(s.w.size, 10))
	case got.present != nil:
		return newProblem(CodeTextForbidden, nil, "text", string(got.present))
	case got.missing != nil && got.cut:
		return newProblem(CodeBodyTooLarge, nil, "text", string(got.missing), "limit", strconv.Itoa(MaxBody>>10))
	case got.missing != nil:
		return newProblem(CodeTextMissing, nil, "text", string(got.missing))
	}
	late := func() *look.Problem { // a search cannot be stopped, the next one need not begin
		if err := s.t.ctx.Err(); err != nil {
			return explain(err, atTransfer, last.address, s.timeout)
		}
		return nil
	}
	for i, p := range one.notMatches {
		if problem := late(); problem != nil {
			return problem
		}
		if p.Match(got.kept) {
			return newProblem(CodePatternForbidden, nil, "pattern", one.NotMatches[i])
		}
	}
	for i, p := range one.matches {
		if problem := late(); problem != nil {
			return problem
		}
		switch {
		case p.Match(got.kept):
		case got.keptCut:
			return newProblem(CodeBodyTooLarge, nil, "text", one.Matches[i], "limit", strconv.Itoa(MaxBody>>10))
		default:
			return newProblem(CodePatternMissing, nil, "pattern", one.Matches[i])
		}
	}
	return nil
}

// capture reads what must be JSON, judges it, and keeps what later steps need.
func (s *session) capture(resp *http.Response, got page) *look.Problem {
	one := s.step
	var values any
	if one.isJSON {
		if got.keptCut {
			return newProblem(CodeBodyTooLarge, nil, "text", "JSON", "limit", strconv.Itoa(MaxBody>>10))
		}
		var err error
		if values, err = readJSON(got.kept); err != nil {
			return newProblem(CodeJSONInvalid, err)
		}
		for i := range one.values {
			if problem := one.values[i].judge(values); problem != nil {
				return problem
			}
		}
	}
	isHTML := strings.Contains(strings.ToLower(resp.Header.Get("Content-Type")), "html")
	for i := range one.captures {
		c := &one.captures[i]
		text, ok := c.find(got.kept, values, isHTML)
		if !ok {
			return newProblem(CodeCaptureMissing, nil, "name", c.name)
		}
		if s.captured == nil {
			s.captured = map[string]string{}
		}
		s.captured[c.name] = text
	}
	return nil
}

// hide takes what is secret out of what is told: a site may send back what it was
// sent, in an address or a header.
func (s *session) hide(r *look.Result, problem *look.Problem) {
	hide := s.w.hide
	if len(s.captured) > 0 {
		secrets := slices.Clone(s.w.secrets)
		for _, text := range s.captured {
			if len(text) >= minCapturedSecret { // a token, not the number of a page
				secrets = append(secrets, text)
			}
		}
		hide = hider(secrets)
	}
	if hide == nil {
		return
	}
	for i := range r.Web.Redirects {
		h := &r.Web.Redirects[i]
		h.URL, h.Location = hide.Replace(h.URL), hide.Replace(h.Location)
	}
	for i := range r.Facts {
		r.Facts[i].Value = hide.Replace(r.Facts[i].Value)
	}
	if problem != nil {
		problem.Detail = hide.Replace(problem.Detail)
		for name, text := range problem.Args {
			if name != look.ArgStep {
				problem.Args[name] = hide.Replace(text)
			}
		}
	}
}

// page is what was read of an answer.
type page struct {
	read    int64  // bytes
	cut     bool   // there may be more
	missing []byte // the first wanted text that is not there
	present []byte // the first unwanted text that is there
	kept    []byte // at most MaxBody, when the step needs the page as a whole
	keptCut bool   // there is more
}

// read reads a page up to MaxBody, or to one byte more than size, and looks for
// the texts in it, a piece at a time: many looks at once must not hold as many
// pages in memory.
func (s *step) read(body io.Reader, size int64) (p page, err error) {
	limit := int64(MaxBody)
	if size > 0 {
		limit = size + 1
	}
	body = io.LimitReader(body, limit)
	if len(s.contains)+len(s.notContains) == 0 && !s.keeps {
		p.read, err = io.Copy(io.Discard, body)
		return p, err
	}
	const piece = 8 << 10
	var (
		buf   = make([]byte, piece+s.longest)
		tail  int // bytes of the piece before, in which a text may begin
		found = make([]bool, len(s.contains))
		whole bytes.Buffer
	)
	for err == nil {
		var got int
		got, err = body.Read(buf[tail : tail+piece])
		p.read += int64(got)
		if s.keeps {
			room := min(got, MaxBody-whole.Len())
			whole.Write(buf[tail : tail+room])
			p.keptCut = p.keptCut || room < got
		}
		window := buf[:tail+got]
		for i, text := range s.contains {
			found[i] = found[i] || bytes.Contains(window, text)
		}
		for _, text := range s.notContains {
			if p.present == nil && bytes.Contains(window, text) {
				p.present = text
			}
		}
		tail = copy(buf, window[max(0, len(window)-max(s.longest, 1)+1):])
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	p.cut = p.read >= limit
	p.kept, p.keptCut = whole.Bytes(), p.keptCut || p.cut && size == 0
	for i, ok := range found {
		if !ok {
			p.missing = s.contains[i]
			break
		}
	}
	return p, err
}
