package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/statuspage"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/i18n"
)

// Bounds of the console's pages about status pages.
const (
	maxStatusPosts   = 20
	maxStatusFree    = 50
	maxStatusWindows = 20
)

func statusPageDoors() []door {
	admin := access.Administrator
	return []door{
		get("/statuspages", access.Viewer, (*server).statusPages),
		get("/statuspages/_new", admin, (*server).newStatusPage),
		post("/statuspages/_new", admin, (*server).putStatusPage),
		get("/statuspages/{id}", access.Operator, (*server).statusPage),
		get("/statuspages/{id}/preview", access.Operator, (*server).statusPreview),
		get("/statuspages/{id}/edit", admin, (*server).editStatusPage),
		post("/statuspages/{id}/edit", admin, (*server).putStatusPage),
		post("/statuspages/{id}/publish", admin, (*server).publishStatusPage),
		post("/statuspages/{id}/hide", admin, (*server).hideStatusPage),
		post("/statuspages/{id}/remove", admin, (*server).removeStatusPage),
		get("/statuspages/{id}/component", admin, (*server).statusComponent),
		post("/statuspages/{id}/component", admin, (*server).putStatusComponent),
		post("/statuspages/{id}/component/move", admin, (*server).moveStatusComponent),
		post("/statuspages/{id}/component/remove", admin, (*server).removeStatusComponent),
		get("/statuspages/{id}/post", access.Operator, (*server).newStatusPost),
		post("/statuspages/{id}/post", access.Operator, (*server).addStatusPost),
		get("/statusposts/{id}", access.Operator, (*server).statusPost),
		post("/statusposts/{id}/update", access.Operator, (*server).addStatusUpdate),
		get("/statusposts/{id}/edit", access.Operator, (*server).editStatusPost),
		post("/statusposts/{id}/edit", access.Operator, (*server).changeStatusPost),
		post("/statusposts/{id}/remove", access.Operator, (*server).removeStatusPost),
	}
}

// statusID reads which page or post a request is about.
func statusID(r *http.Request) string { return clip(r.PathValue("id"), 60) }

// statusText reads what was typed in each language.
func statusText(v url.Values, field string) statuspage.Text {
	out := statuspage.Text{}
	// Browsers end lines as others do not; what is pasted has tabs, and signs of no
	// width.
	plain := strings.NewReplacer("\r\n", "\n", "\t", " ", "\u200b", "", "\ufeff", "", "\u00ad", "")
	for _, l := range i18n.Languages() {
		if s := strings.TrimSpace(plain.Replace(v.Get(field + "." + string(l)))); s != "" {
			out[l] = strings.ToValidUTF8(s, "\uFFFD")
		}
	}
	return out
}

// setStatusText puts a text into the fields of a form.
func setStatusText(f *form, field string, t statuspage.Text) {
	for l, s := range t {
		f.Values.Set(field+"."+string(l), s)
	}
}

// statusFields are a field's names in each language.
func statusFields(fields ...string) []string {
	var out []string
	for _, f := range fields {
		for _, l := range i18n.Languages() {
			out = append(out, f+"."+string(l))
		}
	}
	return out
}

// StatusText is what a person wrote, in the reader's language where it is there.
func (w words) StatusText(t statuspage.Text) string {
	s, _ := t.In(w.Lang)
	return w.Foreign(s)
}

// statusPagesBody is what the template of the list gets.
type statusPagesBody struct {
	Pages  []statusLine
	MayAdd bool
	MayAct bool
	Sites  []Site
}

// statusLine is a page in the list.
type statusLine struct {
	statuspage.Page
	SiteName string
	Badge    badge
}

// Address is where it is found.
func (l statusLine) Address() string { return "/status/" + l.Path + "/" }

func (w words) statusLine(p statuspage.Page, sites []Site) statusLine {
	line := statusLine{Page: p, SiteName: w.T("web.status.every_site"), Badge: badge{"unknown", "–", w.T("web.status.hidden")}}
	if p.Site != "" {
		line.SiteName = w.siteNames([]string{p.Site}, sites)[0]
	}
	if p.Published {
		line.Badge = badge{"good", "✓", w.T("web.status.published")}
	}
	return line
}

func (s *server) statusPages(w http.ResponseWriter, r *http.Request) error {
	got, err := s.StatusPages.StatusPages(r.Context())
	if err != nil {
		return fmt.Errorf("gather the status pages: %w", err)
	}
	p := s.page(r)
	p.Title = p.T("web.page.statuspages")
	b := statusPagesBody{MayAdd: p.may(access.Administrator), MayAct: p.may(access.Operator), Sites: got.Sites}
	for _, page := range got.Pages {
		b.Pages = append(b.Pages, p.statusLine(page, got.Sites))
	}
	s.render(w, r, http.StatusOK, "statuspages.html", p, b)
	return nil
}

// statusFormBody is what the template of a page's form gets.
type statusFormBody struct {
	Form  form
	ID    string // empty: a new one
	Sites []option
}

func (s *server) newStatusPage(w http.ResponseWriter, r *http.Request) error {
	f := newForm()
	for _, l := range i18n.Languages() {
		f.Values.Set("lang."+string(l), "yes")
	}
	return s.showStatusForm(w, r, http.StatusOK, statusFormBody{Form: f})
}

func (s *server) editStatusPage(w http.ResponseWriter, r *http.Request) error {
	got, err := s.StatusPages.StatusPage(r.Context(), statusID(r))
	if err != nil {
		return fmt.Errorf("read a status page: %w", err)
	}
	f := newForm("path", got.Page.Path, "host", got.Page.Host, "site", got.Page.Site)
	if len(got.Page.Languages) > 0 {
		f.Values.Set("first", string(got.Page.Languages[0]))
	}
	for _, l := range got.Page.Languages {
		f.Values.Set("lang."+string(l), "yes")
	}
	setStatusText(&f, "name", got.Page.Name)
	setStatusText(&f, "intro", got.Page.Intro)
	return s.showStatusForm(w, r, http.StatusOK, statusFormBody{Form: f, ID: got.Page.ID})
}

func (s *server) showStatusForm(w http.ResponseWriter, r *http.Request, code int, b statusFormBody) error {
	got, err := s.StatusPages.StatusPages(r.Context())
	if err != nil {
		return fmt.Errorf("gather the status pages: %w", err)
	}
	p := s.page(r)
	p.Title = p.T("web.status.new")
	if b.ID != "" {
		p.Title = p.T("web.status.change")
	}
	if p.Me.Whole() {
		b.Sites = append(b.Sites, option{"", p.T("web.status.every_site")})
	}
	for _, site := range got.Sites {
		b.Sites = append(b.Sites, option{site.ID, p.SiteName(site)})
	}
	s.render(w, r, code, "statusform.html", p, b)
	return nil
}

// StatusLanguages lists the languages of pages.
func (w words) StatusLanguages() []option {
	var out []option
	for _, l := range i18n.Languages() {
		out = append(out, option{string(l), w.T("web.status.language." + string(l))})
	}
	return out
}

func (s *server) putStatusPage(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	v := r.PostForm
	page := statuspage.Page{ID: statusID(r), Path: clip(strings.ToLower(typed(r, "path")), 100), Host: clip(strings.ToLower(typed(r, "host")), 300), Site: clip(typed(r, "site"), 100),
		Name: statusText(v, "name"), Intro: statusText(v, "intro")}
	for _, l := range i18n.Languages() {
		if v.Get("lang."+string(l)) != "" {
			page.Languages = append(page.Languages, l)
		}
	}
	if i := slices.Index(page.Languages, i18n.Lang(v.Get("first"))); i > 0 {
		page.Languages = slices.Insert(slices.Delete(page.Languages, i, i+1), 0, i18n.Lang(v.Get("first")))
	}
	id, err := s.StatusPagesActions.PutStatusPage(r.Context(), page, r.Host)
	if problems := settings.Of(err); problems != nil {
		f := form{Values: v}
		s.page(r).refuseSettings(&f, problems, append(statusFields("name", "intro"), "path", "host", "site", "languages")...)
		return s.showStatusForm(w, r, http.StatusUnprocessableEntity, statusFormBody{Form: f, ID: page.ID})
	}
	if err != nil {
		return fmt.Errorf("save a status page: %w", err)
	}
	s.done(w, r, "/statuspages/"+id, "status.saved", "")
	return nil
}

// statusPageBody is what the template of one page gets.
type statusPageBody struct {
	StatusPageShown
	Line       statusLine
	Components []statusComponentLine
	Shown      []statusPostLine
	MayEdit    bool
}

// statusComponentLine is a component in the console.
type statusComponentLine struct {
	statuspage.Component
	What    string // of what it is made
	Missing bool   // nothing of it is there any more
}

// statusPostLine is a post in the console.
type statusPostLine struct {
	statuspage.Post
	Badge badge
	Says  string
}

func (w words) statusPostLine(p statuspage.Post) statusPostLine {
	line := statusPostLine{Post: p, Says: w.T("status.post." + string(p.Status()))}
	kind := w.T("web.status.kind." + string(p.Kind))
	switch {
	case p.At(w.now) == statuspage.Over:
		line.Badge = badge{"good", "✓", kind}
	case p.Kind == statuspage.Maintenance:
		line.Badge = badge{"info", "⚒", kind}
	default:
		line.Badge = badge{"warn", "!", kind}
	}
	return line
}

func (s *server) statusPage(w http.ResponseWriter, r *http.Request) error {
	got, err := s.StatusPages.StatusPage(r.Context(), statusID(r))
	if err != nil {
		return fmt.Errorf("read a status page: %w", err)
	}
	p := s.page(r)
	p.Title = p.StatusText(got.Page.Name)
	b := statusPageBody{StatusPageShown: got, Line: p.statusLine(got.Page, got.Sites), MayEdit: p.may(access.Administrator)}
	for _, c := range got.Page.Components {
		line := statusComponentLine{Component: c, Missing: true}
		var names []string
		for _, t := range c.Things {
			if thing, ok := got.Things[t]; ok {
				names, line.Missing = append(names, thing.Name), false
			}
		}
		if len(names) > maxWhere {
			names = append(names[:maxWhere], p.T("web.more", "N", len(names)-maxWhere))
		}
		line.What = p.Foreign(strings.Join(names, ", "))
		b.Components = append(b.Components, line)
	}
	for _, post := range got.Posts[:min(len(got.Posts), maxStatusPosts)] {
		b.Shown = append(b.Shown, p.statusPostLine(post))
	}
	s.render(w, r, http.StatusOK, "statuspage.html", p, b)
	return nil
}

func (s *server) statusPreview(w http.ResponseWriter, r *http.Request) error {
	lang := i18n.Lang(clip(r.URL.Query().Get("lang"), 10))
	if lang == "" {
		lang = s.page(r).Lang
	}
	body, policy, err := s.StatusPages.StatusPreview(r.Context(), statusID(r), lang)
	if err != nil {
		return fmt.Errorf("preview a status page: %w", err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", policy)
	_, _ = w.Write(body) // whoever went away needs no answer
	return nil
}

func (s *server) publishStatusPage(w http.ResponseWriter, r *http.Request) error {
	return s.showStatusPage(w, r, true, "status.published")
}

func (s *server) hideStatusPage(w http.ResponseWriter, r *http.Request) error {
	return s.showStatusPage(w, r, false, "status.hidden")
}

func (s *server) showStatusPage(w http.ResponseWriter, r *http.Request, published bool, did string) error {
	id := statusID(r)
	if err := s.StatusPagesActions.PublishStatusPage(r.Context(), id, published); err != nil {
		return fmt.Errorf("publish a status page, or hide it: %w", err)
	}
	s.done(w, r, "/statuspages/"+id, did, id)
	return nil
}

func (s *server) removeStatusPage(w http.ResponseWriter, r *http.Request) error {
	if err := s.StatusPagesActions.RemoveStatusPage(r.Context(), statusID(r)); err != nil {
		return fmt.Errorf("remove a status page: %w", err)
	}
	s.done(w, r, "/statuspages", "status.removed", "")
	return nil
}

// statusComponentBody is what the template of a component's form gets.
type statusComponentBody struct {
	Page statuspage.Page
	Form form
	ID   string // empty: a new one
	Free []StatusThing
	More int
}

func (s *server) statusComponent(w http.ResponseWriter, r *http.Request) error {
	got, err := s.StatusPages.StatusPage(r.Context(), statusID(r))
	if err != nil {
		return fmt.Errorf("read a status page: %w", err)
	}
	b := statusComponentBody{Form: newForm(), ID: clip(r.URL.Query().Get("of"), 60)}
	if b.ID != "" {
		c, ok := got.Page.Component(b.ID)
		if !ok {
			return fmt.Errorf("component %s: %w", b.ID, ErrNotFound)
		}
		setStatusText(&b.Form, "name", c.Name)
		setStatusText(&b.Form, "group", c.Group)
		var things []string
		for _, t := range c.Things {
			if _, ok := got.Things[t]; ok {
				things = append(things, string(t))
			}
		}
		b.Form.Values.Set("things", strings.Join(things, ", "))
	}
	// The name that is used inside is taken over by who sees it here and saves it.
	if i := slices.IndexFunc(got.Free, func(t StatusThing) bool { return string(t.ID) == r.URL.Query().Get("thing") }); i >= 0 {
		b.Form.Values.Set("things", string(got.Free[i].ID))
		for _, l := range got.Page.Languages {
			b.Form.Values.Set("name."+string(l), got.Free[i].Name)
		}
	}
	return s.showStatusComponent(w, r, http.StatusOK, got, b)
}

func (s *server) showStatusComponent(w http.ResponseWriter, r *http.Request, code int, got StatusPageShown, b statusComponentBody) error {
	p := s.page(r)
	p.Title = p.T("web.status.new_component")
	if b.ID != "" {
		p.Title = p.T("web.status.change_component")
	}
	b.Page = got.Page
	b.More = max(0, len(got.Free)-maxStatusFree)
	b.Free = got.Free[:len(got.Free)-b.More]
	s.render(w, r, code, "statuscomponent.html", p, b)
	return nil
}

func (s *server) putStatusComponent(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	v, id := r.PostForm, statusID(r)
	c := statuspage.Component{ID: clip(v.Get("of"), 60), Name: statusText(v, "name"), Group: statusText(v, "group")}
	err := s.StatusPagesActions.PutStatusComponent(r.Context(), id, c, names(clip(v.Get("things"), maxTypedList)))
	if problems := settings.Of(err); problems != nil {
		got, err := s.StatusPages.StatusPage(r.Context(), id)
		if err != nil {
			return fmt.Errorf("read a status page: %w", err)
		}
		b := statusComponentBody{Form: form{Values: v}, ID: c.ID}
		s.page(r).refuseSettings(&b.Form, problems, append(statusFields("name", "group"), "things")...)
		return s.showStatusComponent(w, r, http.StatusUnprocessableEntity, got, b)
	}
	if err != nil {
		return fmt.Errorf("save a component of a status page: %w", err)
	}
	s.done(w, r, "/statuspages/"+id+"#components", "status.component_saved", "")
	return nil
}

func (s *server) moveStatusComponent(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	by := 1
	if r.PostForm.Get("to") == "up" {
		by = -1
	}
	id := statusID(r)
	if err := s.StatusPagesActions.MoveStatusComponent(r.Context(), id, clip(r.PostForm.Get("of"), 60), by); err != nil {
		return fmt.Errorf("move a component of a status page: %w", err)
	}
	http.Redirect(w, r, "/statuspages/"+id+"#components", http.StatusSeeOther)
	return nil
}

func (s *server) removeStatusComponent(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	id := statusID(r)
	if err := s.StatusPagesActions.RemoveStatusComponent(r.Context(), id, clip(r.PostForm.Get("of"), 60)); err != nil {
		return fmt.Errorf("remove a component of a status page: %w", err)
	}
	s.done(w, r, "/statuspages/"+id+"#components", "status.component_removed", "")
	return nil
}

// statusPostBody is what the template of a post's form gets.
type statusPostBody struct {
	Page    statuspage.Page
	Kind    statuspage.Kind
	ID      string // empty: a new one
	Form    form
	About   []string // IDs of components that are ticked
	Windows []StatusWindow
}

// Ticked reports whether a component is chosen.
func (b statusPostBody) Ticked(id string) bool { return slices.Contains(b.About, id) }

func statusKind(s string) statuspage.Kind {
	if statuspage.Kind(s) == statuspage.Maintenance {
		return statuspage.Maintenance
	}
	return statuspage.Incident
}

func (s *server) newStatusPost(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	b := statusPostBody{Kind: statusKind(q.Get("kind")), Form: newForm("impact", string(statuspage.Partly), "from", clip(q.Get("from"), 20), "to", clip(q.Get("to"), 20))}
	return s.showStatusPostForm(w, r, http.StatusOK, statusID(r), b)
}

func (s *server) editStatusPost(w http.ResponseWriter, r *http.Request) error {
	page, post, err := s.StatusPages.StatusPost(r.Context(), statusID(r))
	if err != nil {
		return fmt.Errorf("read a post of a status page: %w", err)
	}
	b := statusPostBody{Kind: post.Kind, ID: post.ID, About: post.Components, Form: newForm("impact", string(post.Impact))}
	setStatusText(&b.Form, "title", post.Title)
	if post.Kind == statuspage.Maintenance {
		b.Form.Values.Set("from", post.From.In(s.Location).Format(localTime))
		b.Form.Values.Set("to", post.To.In(s.Location).Format(localTime))
	}
	return s.showStatusPostForm(w, r, http.StatusOK, page.ID, b)
}

func (s *server) showStatusPostForm(w http.ResponseWriter, r *http.Request, code int, page string, b statusPostBody) error {
	got, err := s.StatusPages.StatusPage(r.Context(), page)
	if err != nil {
		return fmt.Errorf("read a status page: %w", err)
	}
	p := s.page(r)
	what := "new_"
	if b.ID != "" {
		what = "change_"
	}
	p.Title, p.Path = p.T("web.status."+what+string(b.Kind)), "/statuspages/"+got.Page.ID
	b.Page = got.Page
	if b.Kind == statuspage.Maintenance && b.ID == "" {
		b.Windows = got.Windows[:min(len(got.Windows), maxStatusWindows)]
	}
	s.render(w, r, code, "statuspost.html", p, b)
	return nil
}

// StatusImpacts lists what an incident can mean.
func (w words) StatusImpacts() []option {
	var out []option
	for _, i := range statuspage.Impacts() {
		out = append(out, option{string(i), w.T("status.impact." + string(i))})
	}
	return out
}

// StatusSteps lists how far a post can be.
func (w words) StatusSteps(k statuspage.Kind) []option {
	var out []option
	for _, s := range k.Statuses() {
		out = append(out, option{string(s), w.T("status.post." + string(s))})
	}
	return out
}

// StatusWindow is a link that fills in the times of a maintenance.
func (w words) StatusWindow(page string, win StatusWindow) string {
	return "/statuspages/" + page + "/post?" + filled("kind", string(statuspage.Maintenance), "from", win.From.In(w.loc).Format(localTime), "to", win.To.In(w.loc).Format(localTime)).Encode()
}

func (s *server) addStatusPost(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	v := r.PostForm
	post := statuspage.Post{Page: statusID(r), Kind: statusKind(v.Get("kind"))}
	first := statuspage.Announced
	if post.Kind == statuspage.Incident {
		first = statuspage.Status(clip(v.Get("status"), 20))
	}
	post.Updates = []statuspage.Update{{Status: first, Text: statusText(v, "text")}}
	return s.putStatusPost(w, r, post)
}

func (s *server) changeStatusPost(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	page, old, err := s.StatusPages.StatusPost(r.Context(), statusID(r))
	if err != nil {
		return fmt.Errorf("read a post of a status page: %w", err)
	}
	return s.putStatusPost(w, r, statuspage.Post{ID: old.ID, Page: page.ID, Kind: old.Kind})
}

// putStatusPost saves a post with what the form says of it as a whole.
func (s *server) putStatusPost(w http.ResponseWriter, r *http.Request, post statuspage.Post) error {
	v, p := r.PostForm, s.page(r)
	f := form{Values: v}
	post.Title, post.Components = statusText(v, "title"), v["about"][:min(len(v["about"]), statuspage.MaxComponents)]
	if post.Kind == statuspage.Incident {
		post.Impact = statuspage.Impact(clip(v.Get("impact"), 20))
	} else {
		post.From, post.To = p.typedTime(&f, "from"), p.typedTime(&f, "to")
	}
	var err error
	if f.OK() {
		err = s.StatusPagesActions.PutStatusPost(r.Context(), post)
	}
	problems := settings.Of(err)
	p.refuseSettings(&f, problems, append(statusFields("title", "text"), "impact", "status", "from", "to")...)
	switch {
	case !f.OK():
		return s.showStatusPostForm(w, r, http.StatusUnprocessableEntity, post.Page, statusPostBody{Kind: post.Kind, ID: post.ID, Form: f, About: post.Components})
	case err != nil:
		return fmt.Errorf("write on a status page: %w", err)
	}
	s.done(w, r, "/statuspages/"+post.Page+"#posts", "status.posted", "")
	return nil
}

// statusStoryBody is what the template of one post gets.
type statusStoryBody struct {
	Page    statuspage.Page
	Post    statusPostLine
	Updates []statuspage.Update // the newest first
	Form    form
	Over    bool
	Full    bool
}

func (s *server) statusPost(w http.ResponseWriter, r *http.Request) error {
	return s.showStatusPost(w, r, http.StatusOK, nil)
}

func (s *server) showStatusPost(w http.ResponseWriter, r *http.Request, code int, typed *form) error {
	page, post, err := s.StatusPages.StatusPost(r.Context(), statusID(r))
	if err != nil {
		return fmt.Errorf("read a post of a status page: %w", err)
	}
	p := s.page(r)
	p.Title, p.Path = p.StatusText(post.Title), "/statuspages/"+page.ID
	b := statusStoryBody{Page: page, Post: p.statusPostLine(post), Over: post.At(p.now) == statuspage.Over, Full: len(post.Updates) >= statuspage.MaxUpdates}
	for _, u := range slices.Backward(post.Updates) {
		b.Updates = append(b.Updates, u)
	}
	statuses := post.Kind.Statuses()
	b.Form = newForm("status", string(statuses[min(len(statuses)-1, slices.Index(statuses, post.Status())+1)]))
	if typed != nil {
		b.Form = *typed
	}
	s.render(w, r, code, "statusstory.html", p, b)
	return nil
}

func (s *server) addStatusUpdate(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	id := statusID(r)
	err := s.StatusPagesActions.AddStatusUpdate(r.Context(), id, statuspage.Update{Status: statuspage.Status(clip(r.PostForm.Get("status"), 20)), Text: statusText(r.PostForm, "text")})
	if problems := settings.Of(err); problems != nil {
		f := form{Values: r.PostForm}
		s.page(r).refuseSettings(&f, problems, append(statusFields("text"), "status")...)
		return s.showStatusPost(w, r, http.StatusUnprocessableEntity, &f)
	}
	if err != nil {
		return fmt.Errorf("write an update on a status page: %w", err)
	}
	s.done(w, r, "/statusposts/"+id, "status.updated", "")
	return nil
}

func (s *server) removeStatusPost(w http.ResponseWriter, r *http.Request) error {
	page, err := s.StatusPagesActions.RemoveStatusPost(r.Context(), statusID(r))
	if err != nil {
		return fmt.Errorf("remove a post of a status page: %w", err)
	}
	s.done(w, r, "/statuspages/"+page+"#posts", "status.post_removed", "")
	return nil
}

// StatusThingPath is the form of a component of one check.
func (w words) StatusThingPath(page string, id topology.ID) string {
	return "/statuspages/" + page + "/component?" + filled("thing", string(id)).Encode()
}

// statusTextFields gives a form to the template of the fields of a text.
type statusTextFields struct {
	words
	Form form
	Page statuspage.Page
}

// WithStatusText gives a form to a shared template.
func (w words) WithStatusText(f form, p statuspage.Page) statusTextFields {
	return statusTextFields{w, f, p}
}
