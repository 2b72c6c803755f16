package mailbox_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/sim/mailbox"
	"github.com/budi-monitor/budi/internal/sim/smtp"
)

func newBox(t *testing.T, lang i18n.Lang) *mailbox.Box {
	t.Helper()
	c, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	b, err := mailbox.New(mailbox.Options{Catalogue: c, Lang: lang, Keep: 3, Console: "https://127.0.0.1:9480", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func message(subject, html string) smtp.Message {
	data := "Subject: " + subject + "\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nThe text <b>of</b> " + subject + "\r\n" +
		"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + html + "\r\n--b--\r\n"
	return smtp.Message{From: "budi@example.lt", To: []string{"rasa@example.lt"}, Data: []byte(data), Header: mail.Header{"Subject": {subject}}, Time: time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)}
}

func get(t *testing.T, b *mailbox.Box, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	b.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return w
}

func TestMailsAreListedNewestFirstAndTheOldestForgotten(t *testing.T) {
	b := newBox(t, i18n.English)
	if page := get(t, b, "/").Body.String(); !strings.Contains(page, "No mail yet") {
		t.Errorf("an empty box does not say so:\n%s", page)
	}
	for i := range 5 {
		b.Catch(message(fmt.Sprint("subject-", i+1), "<p>hello</p>"))
	}
	page := get(t, b, "/").Body.String()
	last := -1
	for _, want := range []string{"subject-5", "subject-4", "subject-3"} {
		at := strings.Index(page, want)
		if at <= last {
			t.Errorf("%s is not in its place", want)
		}
		last = at
	}
	if strings.Contains(page, "subject-2") || get(t, b, "/mail/2").Code != http.StatusNotFound || get(t, b, "/mail/none").Code != http.StatusNotFound {
		t.Error("what was forgotten is shown")
	}
	if list := get(t, b, "/mails.json").Body.String(); !strings.HasPrefix(list, `[{"number":5,`) {
		t.Errorf("as JSON: %s", list)
	}
}

func TestAMailIsShownAsTextAndInAFrameThatRunsNothing(t *testing.T) {
	b := newBox(t, i18n.Lithuanian)
	b.Catch(message("<script>alert(1)</script>", "<p onclick=alert(1)>Sveiki</p><script>alert(1)</script>"))
	page := get(t, b, "/mail/1").Body.String()
	for _, want := range []string{"&lt;script&gt;", "The text &lt;b&gt;of&lt;/b&gt;", `sandbox="`, "Gavėjas", "Demonstracija"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	if strings.Contains(page, "allow-scripts") || strings.Contains(page, "<script>") {
		t.Errorf("the page lets the mail run:\n%s", page)
	}
	html := get(t, b, "/mail/1/html")
	if policy := html.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "sandbox") || !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "script") {
		t.Errorf("policy of the mail: %q", policy)
	}
	if !strings.Contains(html.Body.String(), "Sveiki") {
		t.Errorf("the mail: %s", html.Body)
	}
}
