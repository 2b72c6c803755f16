package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
)

// apiTokensBody is what the template of the API tokens gets.
type apiTokensBody struct {
	Tokens []access.Token
	Sites  []Site
	Pages  pager
	Form   form
	Choice siteChoice
	Roles  []option
	Lives  []option
}

// tokenDays are the choices of how long a token works; 0 is until it is revoked.
func tokenDays() []int { return []int{30, 90, 365, 2 * 365, 0} }

func (s *server) apiTokens(w http.ResponseWriter, r *http.Request) error {
	f := newForm("role", string(access.Viewer), "whole", "yes", "days", "365")
	return s.showAPITokens(w, r, http.StatusOK, s.page(r), f)
}

func (s *server) showAPITokens(w http.ResponseWriter, r *http.Request, code int, p *page, f form) error {
	tokens, err := s.Access.Tokens(r.Context())
	if err != nil {
		return err
	}
	sites, err := s.sites(r)
	if err != nil {
		return err
	}
	b := apiTokensBody{Sites: sites, Form: f, Choice: chooseSites(sites, f), Roles: p.roleOptions(append(access.Roles(), access.Push))}
	for _, days := range tokenDays() {
		text := p.T("web.apitokens.forever")
		if days > 0 {
			text = p.Length(time.Duration(days) * 24 * time.Hour)
		}
		b.Lives = append(b.Lives, option{strconv.Itoa(days), text})
	}
	number := pageNumber(r.URL.Query().Get("page"))
	from := min((number-1)*maxPeople, len(tokens))
	b.Tokens = tokens[from:min(from+maxPeople, len(tokens))]
	b.Pages = pages("/tokens", nil, number, len(b.Tokens), len(tokens))
	p.Title = p.T("web.page.tokens")
	s.render(w, r, code, "apitokens.html", p, b)
	return nil
}

func (s *server) addAPIToken(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	p, f := s.page(r), form{Values: r.PostForm}
	sites := p.chosenSites(&f)
	days, err := strconv.Atoi(f.Values.Get("days"))
	if err != nil || !slices.Contains(tokenDays(), days) {
		return errForm
	}
	var expires time.Time
	if days > 0 {
		expires = p.now.Add(time.Duration(days) * 24 * time.Hour)
	}
	if f.OK() {
		value, made, err := s.Access.CreateToken(r.Context(), asker(r), f.Values.Get("name"), access.Role(f.Values.Get("role")), sites, expires)
		if err == nil {
			p.Title = p.T("web.apitokens.made", "Name", p.Foreign(made.Name))
			b := onceBody{Intro: p.T("web.apitokens.once"), Text: value.Reveal(), Back: "/tokens", BackText: p.T("web.page.tokens")}
			if !expires.IsZero() {
				b.Ends = p.T("web.apitokens.ends", "Time", p.Time(expires))
			}
			s.render(w, r, http.StatusOK, "once.html", p, b)
			return nil
		}
		switch {
		case errors.Is(err, access.ErrExists):
			f.Refuse("name", p.T("web.apitokens.exists"))
		case !p.refuse(&f, err):
			return err
		case access.Role(f.Values.Get("role")) == access.Push && f.Wrong["sites"] != "":
			f.Wrong["sites"] = p.T("web.apitokens.push_site")
		}
	}
	return s.showAPITokens(w, r, http.StatusUnprocessableEntity, p, f)
}

func (s *server) revokeAPIToken(w http.ResponseWriter, r *http.Request) error {
	name := clipRunes(r.PathValue("id"), maxShown)
	if err := s.Access.RevokeToken(r.Context(), asker(r), name); err != nil {
		return err
	}
	s.done(w, r, "/tokens", "token.revoked", name)
	return nil
}

// APITokenBadge tells whether an API token still opens anything.
func (w words) APITokenBadge(t access.Token) badge {
	switch left := t.Expires.Sub(w.now); {
	case t.Expires.IsZero() || left > 14*24*time.Hour:
		return badge{"good", "✓", w.T("web.apitokens.works")}
	case left > 0:
		return badge{"warn", "!", w.T("web.apitokens.soon")}
	default:
		return badge{"unknown", "–", w.T("web.tokens.expired")}
	}
}
