package access_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/secret"
)

// add makes an account with a password for some sites.
func (f *fixture) add(login string, role access.Role, sites ...string) {
	f.t.Helper()
	_, err := f.CreateUser(f.t.Context(), local, access.NewUser{Login: login, Lang: i18n.English, Role: role, Sites: sites, Password: secret.New(password)})
	if err != nil {
		f.t.Fatal(err)
	}
}

// identity logs in and returns who that is, with the session's value.
func (f *fixture) identity(login string) (access.Identity, string) {
	f.t.Helper()
	session, err := f.login(login, password)
	if err != nil {
		f.t.Fatal(err)
	}
	id, err := f.Session(f.t.Context(), session)
	if err != nil {
		f.t.Fatal(err)
	}
	return id, session
}

func TestAChangeOfAnAccountHoldsFromTheNextRequest(t *testing.T) {
	f := newFixture(t)
	f.add("rasa", access.Viewer, "north")
	_, session := f.identity("rasa")
	_, err := f.EditUser(t.Context(), local, "Rasa", access.UserChange{
		Name: new("Rasa P."), Lang: new(i18n.Lithuanian), Role: new(access.Operator), Sites: new([]string{"south"}),
	})
	if err != nil {
		t.Fatal(err)
	}
	id, err := f.Session(t.Context(), session)
	if err != nil {
		t.Fatal(err)
	}
	if id.Name != "Rasa P." || id.Lang != i18n.Lithuanian || id.Role != access.Operator || !id.Sees("south") || id.Sees("north") || id.Whole() {
		t.Errorf("got %+v", id)
	}
	tail, err := f.AuditTail(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	e := tail[0]
	const before = `{"language":"en","name":"rasa","role":"viewer","sites":["north"]}`
	const after = `{"language":"lt","name":"Rasa P.","role":"operator","sites":["south"]}`
	if e.Action != "user.edit" || e.Object != "rasa" || e.Before != before || e.After != after {
		t.Errorf("recorded %+v", e)
	}
	// What changes nothing is no change.
	if _, err := f.EditUser(t.Context(), local, "rasa", access.UserChange{Role: new(access.Operator)}); err != nil {
		t.Fatal(err)
	}
	if tail, _ := f.AuditTail(t.Context(), 1); tail[0].Number != e.Number {
		t.Errorf("recorded %+v", tail[0])
	}
	if _, err := f.EditUser(t.Context(), local, "nobody", access.UserChange{}); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("an account that is not there: %v", err)
	}
	_, err = f.EditUser(t.Context(), local, "rasa", access.UserChange{Name: new(""), Role: new(access.Push), Sites: new([]string{"?"})})
	if got := len(access.Problems(err)); got != 3 {
		t.Errorf("told %d mistakes of 3: %v", got, err)
	}
}

func TestADisabledAccountIsOutAtOnceAndStaysOut(t *testing.T) {
	f := newFixture(t)
	f.add("rasa", access.Viewer)
	_, session := f.identity("rasa")
	if _, err := f.EditUser(t.Context(), local, "rasa", access.UserChange{Disabled: new(true)}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Session(t.Context(), session); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("its session: %v", err)
	}
	if _, err := f.login("rasa", password); !errors.Is(err, access.ErrDisabled) {
		t.Errorf("the right password: %v", err)
	}
	if _, err := f.login("rasa", "some other password"); !errors.Is(err, access.ErrWrongPassword) {
		t.Errorf("who does not know the password learns something: %v", err)
	}
	if _, _, err := f.Invite(t.Context(), local, "rasa"); !errors.Is(err, access.ErrDisabled) {
		t.Errorf("a link for it: %v", err)
	}
	if _, err := f.EditUser(t.Context(), local, "rasa", access.UserChange{Disabled: new(false)}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Session(t.Context(), session); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("the old session came back: %v", err)
	}
	if _, err := f.login("rasa", password); err != nil {
		t.Errorf("enabled again: %v", err)
	}
}

func TestARemovedAccountLeavesNothingButTheRecord(t *testing.T) {
	f := newFixture(t)
	f.add("rasa", access.Viewer)
	_, session := f.identity("rasa")
	if err := f.RemoveUser(t.Context(), local, "RASA"); err != nil {
		t.Fatal(err)
	}
	f.add("rasa", access.Administrator) // somebody else of this name
	if _, err := f.Session(t.Context(), session); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("the session of the one before: %v", err)
	}
	if err := f.RemoveUser(t.Context(), local, "nobody"); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	page, err := f.AuditRecord(t.Context(), access.AuditQuery{Action: "user.remove", Limit: 10})
	if err != nil || len(page.Entries) != 1 || !strings.Contains(page.Entries[0].Before, `"role":"viewer"`) || page.Entries[0].After != "" {
		t.Errorf("recorded %+v, %v", page.Entries, err)
	}
}

func TestTheLastAdministratorOfAllSitesStays(t *testing.T) {
	f := newFixture(t)
	f.add("chief", access.Administrator)
	f.add("north", access.Administrator, "north") // not of all sites
	f.add("rasa", access.Operator)
	if _, err := f.CreateUser(t.Context(), local, access.NewUser{Login: "invited", Lang: i18n.English, Role: access.Administrator}); err != nil {
		t.Fatal(err) // cannot log in yet
	}
	e := access.External{Issuer: "https://login.example", Subject: "1", Login: "guest", Lang: i18n.English, Role: access.Administrator}
	if _, _, err := f.LoginExternal(t.Context(), e, access.Client{Address: school}); err != nil {
		t.Fatal(err) // cannot log in when the provider is gone
	}
	refuse := map[string]access.UserChange{
		"a lower role": {Role: new(access.Operator)}, "some sites only": {Sites: new([]string{"north"})}, "disabled": {Disabled: new(true)},
	}
	for name, change := range refuse {
		if _, err := f.EditUser(t.Context(), local, "chief", change); !errors.Is(err, access.ErrLastOne) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := f.RemoveUser(t.Context(), local, "chief"); !errors.Is(err, access.ErrLastOne) {
		t.Errorf("removed: %v", err)
	}
	if _, err := f.EditUser(t.Context(), local, "rasa", access.UserChange{Role: new(access.Administrator)}); err != nil {
		t.Fatal(err)
	}
	// Of two who are removed at once one stays.
	var group sync.WaitGroup
	results := make(chan error, 2)
	for _, login := range []string{"chief", "rasa"} {
		group.Go(func() { results <- f.RemoveUser(context.WithoutCancel(t.Context()), local, login) })
	}
	group.Wait()
	if a, b := <-results, <-results; (a == nil) == (b == nil) || !errors.Is(errors.Join(a, b), access.ErrLastOne) {
		t.Errorf("got %v and %v", a, b)
	}
}

func TestNobodyGivesMoreThanTheyHave(t *testing.T) {
	f := newFixture(t)
	f.add("chief", access.Administrator)
	f.add("north", access.Administrator, "north", "east")
	f.add("clerk", access.Operator, "north")
	north, _ := f.identity("north")
	clerk, _ := f.identity("clerk")
	beyond := func(err error) bool {
		p := access.Problems(err)
		return len(p) == 1 && p[0].Code == "beyond"
	}
	create := func(by access.Identity, role access.Role, sites ...string) error {
		_, err := f.CreateUser(t.Context(), by, access.NewUser{Login: fmt.Sprint("new-", role, len(sites)), Lang: i18n.English, Role: role, Sites: sites})
		return err
	}
	if err := create(north, access.Viewer); !beyond(err) {
		t.Errorf("all sites from one who has two: %v", err)
	}
	if err := create(north, access.Viewer, "north", "south"); !beyond(err) {
		t.Errorf("a site that is not theirs: %v", err)
	}
	if err := create(north, access.Administrator, "east"); err != nil {
		t.Errorf("what they have: %v", err)
	}
	if err := create(clerk, access.Administrator, "north"); !beyond(err) {
		t.Errorf("a role above their own: %v", err)
	}
	token := func(by access.Identity, role access.Role, sites ...string) error {
		_, _, err := f.CreateToken(t.Context(), by, fmt.Sprint(by.Login, role, len(sites)), role, sites, time.Time{})
		return err
	}
	if err := token(north, access.Viewer); !beyond(err) {
		t.Errorf("a token for all sites: %v", err)
	}
	if err := token(clerk, access.Push, "north"); !beyond(err) {
		t.Errorf("a token that pushes, from an operator: %v", err)
	}
	if err := token(north, access.Push, "north"); err != nil {
		t.Errorf("a token that pushes, from an administrator: %v", err)
	}
	if _, err := f.EditUser(t.Context(), north, "clerk", access.UserChange{Sites: new([]string{})}); !beyond(err) {
		t.Errorf("raised to all sites: %v", err)
	}
	for name, err := range map[string]error{
		"edit": func() error {
			_, err := f.EditUser(t.Context(), north, "chief", access.UserChange{Disabled: new(true)})
			return err
		}(),
		"remove":   f.RemoveUser(t.Context(), north, "chief"),
		"password": f.SetPassword(t.Context(), north, "chief", secret.New(password)),
		"invite":   func() error { _, _, err := f.Invite(t.Context(), north, "chief"); return err }(),
		"sessions": f.EndSessions(t.Context(), north, "chief", ""),
		"clerk":    f.EndSessions(t.Context(), clerk, "north", ""),
	} {
		if !errors.Is(err, access.ErrForbidden) {
			t.Errorf("%s of somebody with more rights: %v", name, err)
		}
	}
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	f := newFixture(t)
	f.add("rasa", access.Viewer)
	f.add("jonas", access.Viewer)
	rasa, old := f.identity("rasa")
	f.pass(time.Hour)
	_, current := f.identity("rasa")
	_, other := f.identity("jonas")
	list, err := f.Sessions(t.Context(), "rasa", current)
	if err != nil || len(list) != 2 {
		t.Fatalf("got %+v, %v", list, err)
	}
	if s := list[0]; !s.Current || list[1].Current || s.Address != school.String() || s.Browser != "Firefox, Linux" || !s.Created.Equal(f.clock()) || strings.Contains(current, s.ID) {
		t.Errorf("got %+v", list)
	}
	jonas, err := f.Sessions(t.Context(), "jonas", "")
	if err != nil || len(jonas) != 1 {
		t.Fatalf("got %+v, %v", jonas, err)
	}
	if err := f.EndSession(t.Context(), rasa, "rasa", jonas[0].ID); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("a session of another under their own name: %v", err)
	}
	if err := f.EndSession(t.Context(), rasa, "jonas", jonas[0].ID); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("a session of another: %v", err)
	}
	if err := f.EndSessions(t.Context(), rasa, "rasa", current); err != nil {
		t.Fatal(err)
	}
	for value, want := range map[string]error{old: access.ErrUnauthenticated, current: nil, other: nil} {
		if _, err := f.Session(t.Context(), value); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
	if err := f.EndSession(t.Context(), local, "jonas", jonas[0].ID); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Session(t.Context(), other); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("ended by the keeper: %v", err)
	}
	f.pass(8 * 24 * time.Hour)
	if list, _ := f.Sessions(t.Context(), "rasa", ""); len(list) != 0 {
		t.Errorf("what is over is listed: %+v", list)
	}
}

func TestALinkToChooseAPasswordWorksOnceForThreeDays(t *testing.T) {
	f := newFixture(t)
	if _, err := f.CreateUser(t.Context(), local, access.NewUser{Login: "rasa", Lang: i18n.English, Role: access.Viewer}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.login("rasa", ""); !errors.Is(err, access.ErrWrongPassword) {
		t.Errorf("without a password: %v", err)
	}
	invite := func() string {
		t.Helper()
		value, until, err := f.Invite(t.Context(), local, "rasa")
		if err != nil || !until.Equal(f.clock().Add(72*time.Hour)) {
			t.Fatalf("until %v, %v", until, err)
		}
		return value.Reveal()
	}
	first := invite()
	value := invite()
	for name, wrong := range map[string]string{"one that was replaced": first, "none": "", "a guess": strings.Repeat("x", 43)} {
		if _, err := f.AcceptInvite(t.Context(), wrong, secret.New(password)); !errors.Is(err, access.ErrInviteOver) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if u, err := f.CheckInvite(t.Context(), value); err != nil || u.Login != "rasa" {
		t.Errorf("got %+v, %v", u, err)
	}
	if _, err := f.AcceptInvite(t.Context(), value, secret.New("short")); len(access.Problems(err)) != 1 {
		t.Errorf("a short password: %v", err)
	}
	if _, err := f.AcceptInvite(t.Context(), value, secret.New(password)); err != nil {
		t.Fatal(err)
	}
	if _, err := f.login("rasa", password); err != nil {
		t.Errorf("with the chosen password: %v", err)
	}
	if _, err := f.AcceptInvite(t.Context(), value, secret.New(password+"!")); !errors.Is(err, access.ErrInviteOver) {
		t.Errorf("the second time: %v", err)
	}
	// Being disabled ends the link for good.
	value = invite()
	for _, disabled := range []bool{true, false} {
		if _, err := f.EditUser(t.Context(), local, "rasa", access.UserChange{Disabled: &disabled}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.CheckInvite(t.Context(), value); !errors.Is(err, access.ErrInviteOver) {
			t.Errorf("disabled %v: %v", disabled, err)
		}
	}
	value = invite()
	f.pass(access.InviteLife)
	if _, err := f.CheckInvite(t.Context(), value); !errors.Is(err, access.ErrInviteOver) {
		t.Errorf("after three days: %v", err)
	}
	if _, err := f.login("rasa", password); err != nil {
		t.Errorf("a link that nobody used took the password away: %v", err)
	}
}

func TestPeopleChangeWhatIsTheirs(t *testing.T) {
	f := newFixture(t)
	f.add("rasa", access.Viewer)
	rasa, session := f.identity("rasa")
	if _, err := f.EditSelf(t.Context(), rasa, "Rasa Petraitė", i18n.Lithuanian); err != nil {
		t.Fatal(err)
	}
	if id, err := f.Session(t.Context(), session); err != nil || id.Name != "Rasa Petraitė" || id.Lang != i18n.Lithuanian || id.Role != access.Viewer {
		t.Errorf("got %+v, %v", id, err)
	}
	const another = "visai kitas slaptažodis"
	err := f.ChangePassword(t.Context(), rasa, secret.New("not the password"), secret.New(another))
	if p := access.Problems(err); len(p) != 1 || p[0].Field != "current" {
		t.Errorf("a wrong password until now: %v", err)
	}
	if err := f.ChangePassword(t.Context(), rasa, secret.New(password), secret.New(another)); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Session(t.Context(), session); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("a session from before: %v", err)
	}
	if _, err := f.login("rasa", another); err != nil {
		t.Errorf("the new password: %v", err)
	}
	var throttled *access.ThrottledError
	for range 6 {
		err = f.ChangePassword(t.Context(), rasa, secret.New("guess guess"), secret.New(another))
	}
	if !errors.As(err, &throttled) {
		t.Errorf("guesses at an open browser are not slowed down: %v", err)
	}
}

func TestWhoComesFromAProvider(t *testing.T) {
	f := newFixture(t)
	f.add("chief", access.Administrator)
	f.add("jonas", access.Viewer)
	from := access.Client{Address: school}
	e := access.External{Issuer: "https://login.example", Subject: "17", Login: "Rasa@Example.lt", Name: "Rasa", Lang: i18n.Lithuanian, Role: access.Viewer, Sites: []string{"north"}}
	session, until, err := f.LoginExternal(t.Context(), e, from)
	if err != nil {
		t.Fatal(err)
	}
	if !until.Equal(f.clock().Add(12 * time.Hour)) {
		t.Errorf("until %v", until)
	}
	id, err := f.Session(t.Context(), session)
	if err != nil || id.Login != "rasa@example.lt" || id.Role != access.Viewer || id.Whole() {
		t.Fatalf("got %+v, %v", id, err)
	}

	// The provider's word is new at each log-in; the login stays.
	e.Role, e.Sites, e.Login, e.Name = access.Administrator, nil, "renamed@example.lt", "Rasa P."
	if _, _, err := f.LoginExternal(t.Context(), e, from); err != nil {
		t.Fatal(err)
	}
	if id, err = f.Session(t.Context(), session); err != nil || id.Login != "rasa@example.lt" || id.Role != access.Administrator || !id.Whole() || id.Name != "Rasa P." {
		t.Errorf("got %+v, %v", id, err)
	}
	if tail, _ := f.AuditTail(t.Context(), 2); tail[1].Action != "user.edit" || !strings.Contains(tail[1].Before, `"role":"viewer"`) || tail[1].Actor != "provider https://login.example" {
		t.Errorf("recorded %+v", tail)
	}

	// Nobody gets an account by its name.
	other := e
	other.Subject, other.Login = "18", "jonas"
	if _, _, err := f.LoginExternal(t.Context(), other, from); !errors.Is(err, access.ErrExists) {
		t.Errorf("the login of a local account: %v", err)
	}
	other.Issuer, other.Subject, other.Login = "https://other.example", "17", "rasa@example.lt"
	if _, _, err := f.LoginExternal(t.Context(), other, from); !errors.Is(err, access.ErrExists) {
		t.Errorf("the subject at another provider: %v", err)
	}

	// What the provider decides is not decided here.
	for name, err := range map[string]error{
		"role": func() error {
			_, err := f.EditUser(t.Context(), local, id.Login, access.UserChange{Role: new(access.Viewer)})
			return err
		}(),
		"name":         func() error { _, err := f.EditSelf(t.Context(), id, "Other", i18n.English); return err }(),
		"password":     f.SetPassword(t.Context(), local, id.Login, secret.New(password)),
		"own password": f.ChangePassword(t.Context(), id, secret.New(""), secret.New(password)),
		"invite":       func() error { _, _, err := f.Invite(t.Context(), local, id.Login); return err }(),
	} {
		if !errors.Is(err, access.ErrElsewhere) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := f.login(id.Login, ""); !errors.Is(err, access.ErrWrongPassword) {
		t.Errorf("with an empty password: %v", err)
	}

	if err := f.EndExternal(t.Context(), e.Issuer, e.Subject); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Session(t.Context(), session); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("who lost the last group: %v", err)
	}
	session, _, err = f.LoginExternal(t.Context(), e, from)
	if err != nil {
		t.Fatal(err)
	}
	f.pass(12 * time.Hour)
	if _, err := f.Session(t.Context(), session); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("the provider's word holds longer than half a day: %v", err)
	}
	if _, err := f.EditUser(t.Context(), local, id.Login, access.UserChange{Disabled: new(true)}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.LoginExternal(t.Context(), e, from); !errors.Is(err, access.ErrDisabled) {
		t.Errorf("disabled here: %v", err)
	}
}

func TestTheRecordIsReadByPageAndFilter(t *testing.T) {
	f := newFixture(t)
	for i := range 30 {
		f.pass(time.Minute)
		e := access.Entry{Actor: fmt.Sprint("user u", i%3), Action: []string{"check.edit", "check.add", "user.edit"}[i%3], Object: fmt.Sprint("Object ", i)}
		if err := f.Audit(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	ask := func(q access.AuditQuery) access.AuditPage {
		t.Helper()
		page, err := f.AuditRecord(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		return page
	}
	var objects []string
	q := access.AuditQuery{Action: "check.", Limit: 7}
	for {
		page := ask(q)
		for _, e := range page.Entries {
			objects = append(objects, strings.TrimPrefix(e.Object, "Object "))
		}
		if q.Before = page.Next; q.Before == 0 {
			break
		}
	}
	if got := strings.Join(objects, " "); got != "28 27 25 24 22 21 19 18 16 15 13 12 10 9 7 6 4 3 1 0" {
		t.Errorf("got %s", got)
	}
	if page := ask(access.AuditQuery{Actor: "U2", Object: "object 29", Limit: 5}); len(page.Entries) != 1 || page.Next != 0 {
		t.Errorf("got %+v", page)
	}
	day := f.clock()
	if page := ask(access.AuditQuery{From: day.Add(-2 * time.Minute), Until: day, Limit: 5}); len(page.Entries) != 2 {
		t.Errorf("got %+v", page)
	}
}

func TestChangesTellWhatDiffers(t *testing.T) {
	type thing struct {
		Name  string        `json:"name"`
		Every int           `json:"every"`
		Text  string        `json:"text,omitempty"`
		Key   secret.String `json:"key"`
	}
	long := strings.Repeat("ž", 5000)
	for name, tc := range map[string]struct {
		before, after         any
		wantBefore, wantAfter string
	}{
		"what is equal is left out": {thing{Name: "a", Every: 1}, thing{Name: "a", Every: 2}, `{"every":1}`, `{"every":2}`},
		"nothing before":            {nil, thing{Name: "a"}, "", `{"every":0,"key":"","name":"a"}`},
		"nothing after":             {&thing{Name: "a"}, nil, `{"every":0,"key":"","name":"a"}`, ""},
		"a field that comes":        {thing{}, thing{Text: "x"}, "", `{"text":"x"}`},
		"a secret is a mask":        {thing{}, thing{Key: secret.New("hunter2")}, `{"key":""}`, `{"key":"\u003csecret\u003e"}`},
		"no objects":                {1, 2, "1", "2"},
		"no change":                 {thing{Name: "a"}, thing{Name: "a"}, "", ""},
	} {
		if b, a := access.Changes(tc.before, tc.after); b != tc.wantBefore || a != tc.wantAfter {
			t.Errorf("%s: got %s and %s", name, b, a)
		}
	}
	many := map[string]string{}
	for i := range 100 {
		many[fmt.Sprint("field", i)] = long
	}
	_, after := access.Changes(nil, many)
	var back map[string]string
	if err := json.Unmarshal([]byte(after), &back); err != nil || len(after) > 4000 || len(back) < 5 {
		t.Errorf("%d bytes, %d fields, %v", len(after), len(back), err)
	}
}

func TestBrowsersAreNamedInShort(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0":                                                        "Firefox, Windows",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0":           "Edge, Windows",
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36":                         "Chrome, Android",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1": "Safari, iPhone",
		"curl/8.14.1": "curl",
		"":            "",
	} {
		if got := access.Browser(agent); got != want {
			t.Errorf("%s: got %q, want %q", agent, got, want)
		}
	}
}
