package web

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/fleet"
)

// agentsBody is what the template of the list of agents gets.
type agentsBody struct {
	Sites     []Site
	Agents    []Agent // of this page
	Pages     pager
	Clones    []Agent
	Tokens    []TokenEntry
	Text      string
	Site      string // ID, when the list is narrowed to it
	MayManage bool
	Lifetimes []lifetime
}

// lifetime is one choice of how long a token is valid.
type lifetime struct {
	Hours  int
	Length time.Duration
}

func lifetimes() []lifetime {
	var out []lifetime
	for _, hours := range []int{1, 24, 7 * 24, 30 * 24} {
		out = append(out, lifetime{hours, time.Duration(hours) * time.Hour})
	}
	return out
}

func (s *server) agents(w http.ResponseWriter, r *http.Request) error {
	page, err := s.Devices.Agents(r.Context())
	if err != nil {
		return fmt.Errorf("gather agents: %w", err)
	}
	b := agentsBody{Sites: page.Sites, Text: clip(strings.TrimSpace(r.URL.Query().Get("q")), MaxFilter), Lifetimes: lifetimes()}
	all := slices.SortedFunc(slices.Values(page.Agents), func(a, b Agent) int {
		return cmp.Or(a.rank()-b.rank(), strings.Compare(a.Title(), b.Title()), strings.Compare(a.ID, b.ID))
	})
	for _, a := range all {
		if a.Clone != nil && a.Revoked.IsZero() && len(b.Clones) < maxClones {
			b.Clones = append(b.Clones, a)
		}
	}
	b.Site = clip(r.URL.Query().Get("site"), fleet.MaxIDLength)
	all = slices.DeleteFunc(all, func(a Agent) bool { return !a.matches(b.Text) || b.Site != "" && a.Site.ID != b.Site })
	number := pageNumber(r.URL.Query().Get("page"))
	from := min((number-1)*MaxDevices, len(all))
	b.Agents = all[from:min(from+MaxDevices, len(all))]
	b.Pages = pages("/agents", url.Values{"q": {b.Text}, "site": {b.Site}}, number, len(b.Agents), len(all))
	b.Tokens = page.Tokens[:min(len(page.Tokens), maxTokens)]
	p := s.page(r)
	p.Title = p.T("web.agents.title")
	b.MayManage = p.may(access.Administrator)
	s.render(w, r, http.StatusOK, "agents.html", p, b)
	return nil
}

// rank puts what needs a look first and what is over last.
func (a Agent) rank() int {
	switch {
	case !a.Revoked.IsZero():
		return 2
	case a.Clone != nil:
		return 0
	default:
		return 1
	}
}

// matches reports whether all words of a text are in what is told of an agent.
func (a Agent) matches(text string) bool {
	all := strings.ToLower(strings.Join([]string{a.ID, a.Device, a.DeviceName, a.Hostname, a.Site.ID, a.Site.Name, a.System, a.Version, a.Address, a.Token}, " "))
	return !slices.ContainsFunc(strings.Fields(strings.ToLower(text)), func(word string) bool { return !strings.Contains(all, word) })
}

// find reads the agent that a request is about.
func (s *server) find(r *http.Request) (Agent, error) {
	page, err := s.Devices.Agents(r.Context())
	if err != nil {
		return Agent{}, fmt.Errorf("gather agents: %w", err)
	}
	i := slices.IndexFunc(page.Agents, func(a Agent) bool { return a.ID == r.PathValue("id") })
	if i < 0 {
		return Agent{}, ErrNotFound
	}
	return page.Agents[i], nil
}

// revokeForm asks whether an agent shall really be refused.
func (s *server) revokeForm(w http.ResponseWriter, r *http.Request) error {
	agent, err := s.find(r)
	if err != nil {
		return err
	}
	p := s.page(r)
	p.Title = p.T("web.revoke.title", "Name", p.Foreign(agent.Title()))
	s.render(w, r, http.StatusOK, "revoke.html", p, agent)
	return nil
}

func (s *server) revokeAgent(w http.ResponseWriter, r *http.Request) error {
	agent, err := s.find(r)
	if err != nil {
		return err
	}
	if err := s.DevicesActions.RevokeAgent(r.Context(), actor(r), agent.ID); err != nil {
		return fmt.Errorf("revoke agent %s: %w", agent.ID, err)
	}
	http.Redirect(w, r, "/agents", http.StatusSeeOther)
	return nil
}

// createToken makes a token and leads to the page that shows it.
func (s *server) createToken(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	form := r.PostForm
	hours, err := strconv.Atoi(form.Get("hours"))
	if err != nil || !slices.ContainsFunc(lifetimes(), func(l lifetime) bool { return l.Hours == hours }) {
		return errForm
	}
	uses, err := strconv.Atoi(form.Get("uses"))
	if err != nil || uses < 1 || uses > maxUses {
		return errForm
	}
	n := NewEnrolToken{Site: form.Get("site"), TTL: time.Duration(hours) * time.Hour, Uses: uses}
	if fleet.CheckID(n.Site) != nil {
		return errForm
	}
	if class := form.Get("class"); class != "" {
		if n.Class, err = fleet.ParseClass(class); err != nil {
			return errForm
		}
	}
	token, err := s.DevicesActions.CreateEnrolToken(r.Context(), actor(r), n)
	if err != nil {
		return fmt.Errorf("make an enrolment token: %w", err)
	}
	http.Redirect(w, r, "/enrolment/"+s.keep(r, token), http.StatusSeeOther)
	return nil
}

// showToken shows a new token to the session that made it, for some minutes:
// who loads the page again makes no other token.
func (s *server) showToken(w http.ResponseWriter, r *http.Request) error {
	value, _ := s.kept(r, r.PathValue("id"))
	token, ok := value.(EnrolToken)
	if !ok {
		return ErrNotFound
	}
	p := s.page(r)
	p.Title, p.Path = p.T("web.token.title"), "/agents"
	s.render(w, r, http.StatusOK, "token.html", p, token)
	return nil
}

func (s *server) revokeToken(w http.ResponseWriter, r *http.Request) error {
	id := clip(r.PathValue("id"), 200)
	if err := s.DevicesActions.RevokeEnrolToken(r.Context(), actor(r), id); err != nil {
		return fmt.Errorf("revoke an enrolment token: %w", err)
	}
	http.Redirect(w, r, "/agents#tokens", http.StatusSeeOther)
	return nil
}

// AgentBadges tells how an agent is.
func (w words) AgentBadges(a Agent) []badge {
	if !a.Revoked.IsZero() {
		return []badge{{"unknown", "–", w.T("web.agents.revoked")}}
	}
	var out []badge
	switch {
	case a.LastHeard.IsZero():
		out = append(out, w.ConditionBadge(Never))
	case a.Silent:
		out = append(out, badge{"unknown", "–", w.T("web.agents.silent")})
	default:
		out = append(out, w.ConditionBadge(Heard))
	}
	if a.Clone != nil {
		out = append(out, w.ConditionBadge(Cloned))
	}
	if a.ClockWrong() {
		out = append(out, w.ConditionBadge(ClockWrong))
	}
	return out
}

// TokenBadge tells whether a token still enrols somebody.
func (w words) TokenBadge(t TokenEntry) badge {
	switch {
	case !t.Revoked.IsZero():
		return badge{"unknown", "–", w.T("web.tokens.revoked")}
	case t.Left <= 0:
		return badge{"unknown", "–", w.T("web.tokens.used_up")}
	case !w.now.Before(t.Expires):
		return badge{"unknown", "–", w.T("web.tokens.expired")}
	default:
		return badge{"good", "✓", w.T("web.tokens.usable")}
	}
}

// By names who did something, without the kind of their account.
func (w words) By(actor string) string { return w.Foreign(strings.TrimPrefix(actor, "user ")) }

// Commands are what a keeper types on a computer to enrol it. Neither address
// nor token holds a sign that a shell takes for its own; they stand in quotes all
// the same, so that nobody has to know.
func (t EnrolToken) Commands() []command {
	secret, msi := t.Secret.Reveal(), fmt.Sprintf(`msiexec /i budi-agent-x64.msi /qn BUDI_URL="%s" BUDI_TOKEN="%s"`, t.URL, t.Secret.Reveal())
	enroll := fmt.Sprintf("sudo budi-agent enroll --url '%s' --token '%s'", t.URL, secret)
	return []command{
		{"windows", "web.token.windows", msi},
		{"powershell", "web.token.powershell", fmt.Sprintf("Start-Process msiexec.exe -Wait -ArgumentList '/i', 'budi-agent-x64.msi', '/qn', 'BUDI_URL=%s', 'BUDI_TOKEN=%s'", t.URL, secret)},
		{"policy", "web.token.policy", "if exist \"%ProgramFiles%\\Budi\\budi-agent.exe\" exit /b 0\n" + strings.Replace(msi, "budi-agent-x64.msi", `\\SERVER\SHARE\budi-agent-x64.msi`, 1)},
		{"debian", "web.token.linux", "sudo apt install ./budi-agent_*_amd64.deb\n" + enroll},
		{"tarball", "web.token.tarball", "tar -xzf budi-agent-*-linux-amd64.tar.gz\nsudo install -m 0755 budi-agent-*-linux-amd64/budi-agent /usr/local/bin/\nsudo budi-agent install\n" + enroll},
	}
}

// command is one way to enrol a computer.
type command struct {
	Name  string // of the element
	Title string // key of a text
	Text  string
}
