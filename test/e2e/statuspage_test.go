package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/sim/website"
)

// publicHost is the host name that the status page has for itself.
const publicHost = "bukle.mokykla.example"

// visitor asks for a public page, as somebody who never logged in does.
func (c *collector) visitor(host, path string) (int, string) {
	c.t.Helper()
	req, err := http.NewRequest(http.MethodGet, c.url(path), nil)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Host = host
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// reads expects a public page that says all of words.
func (c *collector) reads(host, path string, words ...string) string {
	c.t.Helper()
	code, body := c.visitor(host, path)
	if code != http.StatusOK {
		c.t.Fatalf("%s%s: status %d: %s", host, path, code, body)
	}
	for _, word := range words {
		if !strings.Contains(body, word) {
			c.t.Errorf("%s%s does not say %q:\n%s", host, path, word, body)
		}
	}
	return body
}

// keeper logs in as an administrator and returns what sends the console's forms:
// it says on which page the form ended, and what stands there.
func (c *collector) keeper() func(path string, pairs ...string) (at, page string) {
	c.t.Helper()
	c.addUser("rasa@example.lt", "labai slapta frazė", "administrator")
	jar, err := cookiejar.New(nil)
	if err != nil {
		c.t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	send := func(path string, pairs ...string) (string, string) {
		c.t.Helper()
		form := url.Values{}
		for i := 0; i+1 < len(pairs); i += 2 {
			form.Add(pairs[i], pairs[i+1])
		}
		resp, err := browser.PostForm(c.url(path), form)
		if err != nil {
			c.t.Fatal(err)
		}
		defer resp.Body.Close()
		page, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK {
			c.t.Fatalf("the form %s: status %d, %v\n%s", path, resp.StatusCode, err, page)
		}
		return resp.Request.URL.Path, string(page)
	}
	send("/login", "login", "rasa@example.lt", "password", "labai slapta frazė")
	return send
}

// TestTheStoryOfAStatusPage goes from a new page to a fault that the public reads
// of, and through a kill: what a person wrote was on the disk when the form was
// answered.
func TestTheStoryOfAStatusPage(t *testing.T) {
	t.Parallel()
	site, err := website.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(site.Close)
	site.Set(website.Page("<h1>Labas</h1>"))
	c := newCollector(t)
	c.write("rules.yml", `groups:
  - name: test
    rules:
      - {alert: Down, expr: probe_success == 0, labels: {severity: critical}, annotations: {summary: down, topology: down}}
`)
	c.write("collector.yml", fmt.Sprintf(`host: {disabled: true}
alerting: {hold_fault: 0s, hold_recovery: 1s, hold_symptom: 0s, flap_within: 0s, rules_interval: 1s, rule_files: [rules.yml], without_rules: [SiteDown]}
checks: [{id: srv-dc01, name: Vidinis serveris dc01, target: '%s', interval: 2s, timeout: 2s}]
`, site.URL("/")))
	c.start()
	send := c.keeper()

	at, _ := send("/statuspages/_new", "path", "mokykla", "host", publicHost, "name.lt", "Mokyklos būklė", "name.en", "How the school is", "lang.lt", "yes", "lang.en", "yes")
	id := path.Base(at)
	_, page := send("/statuspages/"+id+"/component", "name.lt", "Dienynas", "name.en", "The diary", "things", "srv-dc01")
	line := regexp.MustCompile(`component\?of=([0-9a-f-]+)`).FindStringSubmatch(page)
	if line == nil {
		t.Fatalf("the line is not there:\n%s", page)
	}
	for _, host := range []string{c.listen, publicHost} {
		for _, path := range []string{"/", "/feed.atom"} {
			if host == c.listen {
				path = "/status/mokykla" + path
			}
			if code, body := c.visitor(host, path); code != http.StatusNotFound {
				t.Errorf("%s%s before it is published: status %d: %s", host, path, code, body)
			}
		}
	}

	c.eventually("the first look", func() error {
		if _, data := c.request("GET", "/api/budi/v1/checks/srv-dc01", nil, ""); !strings.Contains(string(data), `"ok"`) {
			return fmt.Errorf("it is %s", data)
		}
		return nil
	})
	send("/statuspages/" + id + "/publish")
	c.reads(publicHost, "/?lang=lt", "Mokyklos būklė", "Dienynas", `class="state good"`)
	if code, _ := c.visitor(publicHost, "/login"); code != http.StatusNotFound {
		t.Errorf("the console under the page's name: status %d", code)
	}

	// What was shown in Lithuanian is kept for 20 seconds. Who asks in English is
	// the first one, and sees how it is now.
	site.Set(website.Status(http.StatusInternalServerError))
	c.waitIncident("srv-dc01", func(inc incident) bool { return inc.State == "open" })
	c.eventually("the public to see it", func() error {
		if page := c.reads(publicHost, "/?lang=en", "The diary"); !strings.Contains(page, `class="state trouble"`) {
			return fmt.Errorf("the page says %s", page)
		}
		return nil
	})

	// A person's word is shown at once, to everybody.
	_, page = send("/statuspages/"+id+"/post", "kind", "incident", "title.lt", "Dienynas neveikia", "text.lt", "Ieškome priežasties.", "impact", "outage", "status", "investigating", "about", line[1])
	post := regexp.MustCompile(`/statusposts/([0-9a-f-]+)`).FindStringSubmatch(page)
	if post == nil {
		t.Fatalf("the entry is not there:\n%s", page)
	}
	send("/statusposts/"+post[1]+"/update", "status", "identified", "text.lt", "Sugedo diskas.\nKeičiame.", "text.en", "A disk broke.")
	story := func() (feed string) {
		t.Helper()
		c.reads(publicHost, "/?lang=lt", "Dienynas neveikia", "Ieškome priežasties.", "Sugedo diskas.", "<p>Keičiame.</p>", "Priežastis žinoma", `class="state trouble"`)
		page := c.reads(c.listen, "/status/mokykla/?lang=en", `<h3 lang="lt">Dienynas neveikia</h3>`, "A disk broke.", "The cause is known", `class="state trouble"`)
		feed = c.reads(publicHost, "/feed.atom?lang=lt", "<title>Dienynas neveikia</title>", "Sugedo diskas.", "urn:uuid:"+post[1])
		for _, inside := range []string{"srv-dc01", "Vidinis", "127.0.0.1", "rasa"} {
			if strings.Contains(page+feed, inside) {
				t.Errorf("the public reads of %q", inside)
			}
		}
		return feed
	}
	before := story()

	c.kill()
	c.start()
	if after := story(); after != before {
		t.Errorf("the feed is another one after a kill:\n%s\nbefore:\n%s", after, before)
	}
	send("/statuspages/" + id + "/hide")
	if code, _ := c.visitor(publicHost, "/?lang=lt"); code != http.StatusNotFound {
		t.Errorf("after it was taken away: status %d", code)
	}
}
