//go:build browser

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// browser is a person with a browser of their own. They find things by what is
// written on them, as people do and as programs for the blind do: a field by its
// label, a button or a link by its text.
type browser struct {
	t   testing.TB
	ctx context.Context
	c   *collector
}

// newBrowser starts Chromium with an empty profile, in a language.
func newBrowser(c *collector, language string) *browser {
	c.t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		c.t.Fatal("there is no Chromium; Debian's package is called chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.IgnoreCertErrors,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("lang", language), chromedp.Flag("accept-lang", language),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"), // nothing leaves this computer
		chromedp.UserDataDir(c.t.TempDir()), chromedp.WindowSize(1280, 900), chromedp.WSURLReadTimeout(patience),
	)
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, end := chromedp.NewContext(allocator)
	c.t.Cleanup(func() { end(); stop() })
	b := &browser{t: c.t, ctx: ctx, c: c}
	// The browser lives as long as the context that it was started with.
	if _, err := chromedp.Run(ctx, chromedp.Navigate("about:blank")); err != nil {
		c.t.Fatalf("start the browser: %v", err)
	}
	go func() {
		for m, err := range chromedp.Console(ctx) {
			// The browser's log has an entry for each answer that is no success.
			if err != nil || m.Type != chromedp.ConsoleException {
				continue
			}
			c.t.Errorf("a script of the page failed: %s", m.Text)
		}
	}()
	return b
}

// patiently gives an action as long as the tests have patience.
func patiently[T any](b *browser, action chromedp.Action[T]) (T, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, action)
}

// do does something that must work.
func (b *browser) do(what string, action chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if _, err := patiently(b, action); err != nil {
		b.t.Fatalf("%s: %v\nthe page: %s", what, err, b.text())
	}
}

// open goes to a path of the collector, or to a whole address.
func (b *browser) open(path string) {
	b.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = b.c.url(path)
	}
	b.do("open "+path, chromedp.Navigate(path))
}

// eval returns the value of an expression in the page.
func eval[T any](b *browser, expression string) (T, error) {
	return patiently(b, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// mustEval is eval for what must work.
func mustEval[T any](b *browser, expression string) T {
	b.t.Helper()
	v, err := eval[T](b, expression)
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

// text is what can be read on the page.
func (b *browser) text() string {
	text, err := eval[string](b, `document.title + "\n" + document.body.innerText`)
	if err != nil {
		return err.Error()
	}
	return text
}

// at is the path of the page.
func (b *browser) at() string {
	b.t.Helper()
	return mustEval[string](b, `location.pathname + location.search`)
}

// see waits until all texts can be read on the page. Pages are loaded anew in
// between, as a person would who waits for something, when reload is set.
func (b *browser) see(texts ...string)       { b.t.Helper(); b.wait(false, texts...) }
func (b *browser) seeInTime(texts ...string) { b.t.Helper(); b.wait(true, texts...) }
func (b *browser) wait(reload bool, texts ...string) {
	b.t.Helper()
	began := time.Now()
	b.c.eventually(fmt.Sprintf("the browser to show %q", texts), func() error {
		shown := strings.ToLower(b.text())
		for _, text := range texts {
			if !strings.Contains(shown, strings.ToLower(text)) {
				if reload && time.Since(began) > time.Second {
					began = time.Now()
					b.reload()
				}
				return fmt.Errorf("%q is not on the page %s:\n%s", text, b.at(), shown)
			}
		}
		return nil
	})
}

// dontSee expects that a text is not on the page that has been loaded.
func (b *browser) dontSee(texts ...string) {
	b.t.Helper()
	shown := strings.ToLower(b.text())
	for _, text := range texts {
		if strings.Contains(shown, strings.ToLower(text)) {
			b.t.Errorf("%q is on the page:\n%s", text, shown)
		}
	}
}

func quote(s string) string {
	q, _ := json.Marshal(s)
	return string(q)
}

// labelled is the field whose label begins with a text.
func labelled(label string) string {
	return `[...document.querySelectorAll("main label")].filter(l => l.textContent.trim().toLowerCase().startsWith(` + quote(strings.ToLower(label)) + `)).map(l => l.control).find(c => c)`
}

// named is the visible button or link whose text is, or else begins with, a text.
func named(text string) string {
	return `(() => { const want = ` + quote(strings.ToLower(text)) + `; const all = [...document.querySelectorAll("button, a, summary, input[type=submit]")].filter(e => e.checkVisibility());
	const says = e => e.textContent.trim().replace(/\s+/g, " ").toLowerCase();
	return all.find(e => says(e) === want) || all.find(e => says(e).startsWith(want)); })()`
}

func (b *browser) there(what, expression string) {
	b.t.Helper()
	b.c.eventually(what+" to be on the page", func() error {
		if ok, err := eval[bool](b, `!!(`+expression+`)`); err != nil || !ok {
			return fmt.Errorf("%v; the page %s:\n%s", err, b.at(), b.text())
		}
		return nil
	})
}

// fill types into the field with a label, over what was there.
func (b *browser) fill(label, value string) {
	b.t.Helper()
	field := labelled(label)
	b.there("the field "+label, field)
	mustEval[bool](b, `(() => { const f = `+field+`; f.focus(); f.value = ""; return true })()`)
	b.do("type into "+label, chromedp.SendKeys(chromedp.JSPath(field), value))
}

// typeInto types into the field with an ID: for pages whose language does not
// matter to the test.
func (b *browser) typeInto(id, text string) {
	b.t.Helper()
	b.do("type into "+id, chromedp.SendKeys(chromedp.ID(id), text))
}

// choose picks an option of a list by its text.
func (b *browser) choose(label, text string) {
	b.t.Helper()
	field := labelled(label)
	b.there("the list "+label, field)
	ok := mustEval[bool](b, `(() => { const f = `+field+`; const o = [...f.options].find(o => o.text.trim().toLowerCase() === `+quote(strings.ToLower(text))+`); if (!o) return false; f.value = o.value; f.dispatchEvent(new Event("change", {bubbles: true})); return true })()`)
	if !ok {
		b.t.Fatalf("choose %q in %q: there is no such option\n%s", text, label, b.text())
	}
}

// press presses the button, or follows the link, with a text, and waits for the
// page that comes.
func (b *browser) press(text string) {
	b.t.Helper()
	b.there("the button "+text, named(text))
	stays := mustEval[bool](b, `(() => { const e = `+named(text)+`; e.scrollIntoView({block: "center"}); return e.tagName === "SUMMARY" || !!e.dataset.copy })()`)
	click := chromedp.Click(chromedp.JSPath(named(text)))
	if stays {
		b.do("press "+text, click)
		return
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, click); err != nil {
		b.t.Fatalf("press %s: %v\nthe page: %s", text, err, b.text())
	}
}

// logIn logs in by the form.
func (b *browser) logIn(login, password string, words ...string) {
	b.t.Helper()
	if len(words) == 0 {
		words = []string{"Login name", "Password", "Log in"}
	}
	b.open("/login")
	b.fill(words[0], login)
	b.fill(words[1], password)
	b.press(words[2])
}

// keys presses keys, wherever the page is.
func (b *browser) keys(keys string) {
	b.t.Helper()
	b.do("press the keys "+keys, chromedp.KeyEvent(keys))
}

// reload loads the page again.
func (b *browser) reload() {
	b.t.Helper()
	b.do("load the page again", chromedp.Reload())
}

// phone makes the window that of a phone in the hand.
func (b *browser) phone() {
	b.t.Helper()
	b.do("become a phone", chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile, chromedp.EmulateTouch))
}

// desktop makes the window that of a desk again.
func (b *browser) desktop() {
	b.t.Helper()
	b.do("become a desktop", chromedp.EmulateViewport(1280, 900))
}

// theme is what the system prefers: "light" or "dark".
func (b *browser) theme(name string) {
	b.t.Helper()
	b.do("change the theme", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}})
		return err
	}))
}

// wide reports by how much the page is wider than the window: nobody should have
// to scroll sideways.
func (b *browser) wide() int {
	b.t.Helper()
	return mustEval[int](b, `document.documentElement.scrollWidth - document.documentElement.clientWidth`)
}

// picture takes a picture of the window, or of the whole page.
func (b *browser) picture(file string, whole bool) {
	b.t.Helper()
	action := chromedp.CaptureScreenshot()
	if whole {
		action = chromedp.FullScreenshot(100)
	}
	png, err := patiently(b, action)
	if err == nil {
		err = os.WriteFile(file, png, 0o644)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// axe is the text of axe-core, which finds what keeps people out.
func axe(t testing.TB) string {
	t.Helper()
	file := os.Getenv("BUDI_AXE")
	if file == "" {
		t.Skip("BUDI_AXE does not name the file axe.min.js of the npm package axe-core; .ci/run does")
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// barriers lists what axe-core finds on the page by the rules of WCAG 2.2, AA,
// and its own best practices.
func (b *browser) barriers(axe string) []string {
	b.t.Helper()
	mustEval[bool](b, axe+"; true")
	type violation struct {
		ID    string `json:"id"`
		Help  string `json:"help"`
		Nodes []struct {
			HTML    string `json:"html"`
			Summary string `json:"failureSummary"`
		} `json:"nodes"`
	}
	found := mustEval[[]violation](b, `axe.run(document, {resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(r => r.violations)`)
	var out []string
	for _, f := range found {
		for _, n := range f.Nodes[:min(len(f.Nodes), 3)] {
			out = append(out, fmt.Sprintf("%s (%s): %.300s\n\t%s", f.ID, f.Help, n.HTML, strings.ReplaceAll(n.Summary, "\n", "\n\t")))
		}
	}
	return out
}

// setupLink waits for the line that a new collector prints.
func (c *collector) setupLink() *url.URL {
	c.t.Helper()
	select {
	case line := <-c.lines:
		if link := regexp.MustCompile(`https?://\S+/setup\?token=\S+`).FindString(line); link != "" {
			u, err := url.Parse(link)
			if err != nil {
				c.t.Fatal(err)
			}
			return u
		}
		c.t.Fatalf("no link in %q", line)
	case <-time.After(patience):
		c.t.Fatal("no link was printed")
	}
	return nil
}
