package web

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	qr "github.com/piglig/go-qr"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/reporting"
	"github.com/budi-monitor/budi/internal/i18n"
)

func reportDoors() []door {
	return []door{
		get("/rooms/{id}/code", access.Operator, (*server).roomCode),
		post("/rooms/{id}/code", access.Operator, (*server).openRoom),
		post("/rooms/{id}/code/remove", access.Operator, (*server).closeRoom),
		get("/r/{code}", "", (*server).roomReports),
		post("/r/{code}", "", (*server).report),
	}
}

// codeBody is what the sheet with a room's code gets.
type codeBody struct {
	RoomCode
	Address string
	Picture template.HTML // the code, as SVG that was made here
}

// maxCode bounds a code in an address, in bytes.
const maxCode = 64

func (s *server) roomCode(w http.ResponseWriter, r *http.Request) error {
	id, err := placeID(r)
	if err != nil {
		return err
	}
	page, err := s.Reports.RoomCode(r.Context(), id)
	if err != nil {
		return fmt.Errorf("read the code of room %s: %w", id, err)
	}
	b := codeBody{RoomCode: page}
	if page.Code != "" {
		base := strings.TrimSuffix(s.brand().ExternalURL, "/")
		if base == "" {
			base = "http://" + r.Host
			if r.TLS != nil {
				base = "https://" + r.Host
			}
		}
		b.Address = base + "/r/" + page.Code
		if b.Picture, err = picture(b.Address); err != nil {
			return fmt.Errorf("draw the code of room %s: %w", id, err)
		}
	}
	p := s.page(r)
	p.Title = p.T("web.reports.code_title", "Room", p.Foreign(page.Room.Name))
	p.Path = "/rooms/" + id
	s.render(w, r, http.StatusOK, "roomcode.html", p, b)
	return nil
}

// picture draws an address as a QR code.
func picture(address string) (template.HTML, error) {
	code, err := qr.EncodeText(address, qr.Medium)
	if err != nil {
		return "", fmt.Errorf("make a QR code: %w", err)
	}
	var out bytes.Buffer
	if err := code.WriteAsSVG(qr.NewQrCodeImgConfig(8, 4*8, qr.WithOptimalSVG()), &out); err != nil {
		return "", fmt.Errorf("draw a QR code: %w", err)
	}
	return template.HTML(out.String()), nil //nolint:gosec // lines that the library draws; no text of ours is in it
}

func (s *server) openRoom(w http.ResponseWriter, r *http.Request) error {
	id, err := placeID(r)
	if err != nil {
		return err
	}
	if err := s.ReportsActions.OpenRoom(r.Context(), actor(r), id); err != nil {
		return fmt.Errorf("give room %s a page: %w", id, err)
	}
	s.done(w, r, "/rooms/"+id+"/code", "reports.opened", id)
	return nil
}

func (s *server) closeRoom(w http.ResponseWriter, r *http.Request) error {
	id, err := placeID(r)
	if err != nil {
		return err
	}
	if err := s.ReportsActions.CloseRoom(r.Context(), actor(r), id); err != nil {
		return fmt.Errorf("take the page of room %s away: %w", id, err)
	}
	s.done(w, r, "/rooms/"+id+"/code", "reports.closed", id)
	return nil
}

// reportsBody is what the page of a room gets that everybody may read.
type reportsBody struct {
	RoomReports
	Code   string
	Thing  *ReportThing // what is reported; nil: it is still to be chosen
	Wrongs []option
	Form   form
	Sent   string // "new", "again" after a report
	Lang   string // that was asked for; "" as the browser wants
	Other  tongue
}

// tongue is the language that the page does not speak now, and where it does.
type tongue struct {
	Lang    i18n.Lang
	Address string
}

// Link is an address on the page, in the language that was asked for.
func (b reportsBody) Link(pairs ...string) string {
	q := filled(append(pairs, "lang", b.Lang)...)
	if len(q) == 0 {
		return "/r/" + b.Code
	}
	return "/r/" + b.Code + "?" + q.Encode()
}

func (s *server) roomReports(w http.ResponseWriter, r *http.Request) error {
	return s.showReports(w, r, http.StatusOK, r.URL.Query(), form{})
}

// report takes a fault that somebody reports.
func (s *server) report(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	p, v := s.page(r), r.PostForm
	speak(p, v)
	code := clip(r.PathValue("code"), maxCode)
	joined, err := s.ReportsActions.Report(r.Context(), code, FaultReport{
		Thing: clip(v.Get("thing"), maxCode), Wrong: clip(v.Get("wrong"), maxCode),
		Text: clipRunes(v.Get("text"), reporting.MaxText), By: clipRunes(v.Get("name"), reporting.MaxName),
	}, clientAddr(r))
	f := form{Values: v}
	switch {
	case errors.Is(err, ErrRefused):
		f.Refuse("wrong", p.T("web.reports.choose"))
		return s.showReports(w, r, http.StatusUnprocessableEntity, v, f)
	case errors.Is(err, ErrTooManyReports):
		f.Refuse("", p.T("web.reports.too_many"))
		return s.showReports(w, r, http.StatusTooManyRequests, v, f)
	case err != nil:
		return fmt.Errorf("report a fault: %w", err)
	}
	sent := "new"
	if joined {
		sent = "again"
	}
	http.Redirect(w, r, reportsBody{Code: code, Lang: asked(v)}.Link("sent", sent), http.StatusSeeOther)
	return nil
}

// asked is the language that somebody chose on the page; "": none.
func asked(v url.Values) string {
	if l := v.Get("lang"); slices.Contains(i18n.Languages(), i18n.Lang(l)) {
		return l
	}
	return ""
}

// speak makes a page speak the language that somebody chose on it.
func speak(p *page, v url.Values) {
	if l := asked(v); l != "" {
		p.Lang = i18n.Lang(l)
	}
}

func (s *server) showReports(w http.ResponseWriter, r *http.Request, status int, v url.Values, f form) error {
	code := clip(r.PathValue("code"), maxCode)
	room, err := s.Reports.RoomReports(r.Context(), code)
	if err != nil {
		return fmt.Errorf("read the page of a room: %w", err)
	}
	p := s.page(r)
	speak(p, v)
	p.Did = nil
	p.Title = p.T("web.reports.title", "Room", p.Foreign(room.Room))
	b := reportsBody{RoomReports: room, Code: code, Form: f, Lang: asked(v)}
	if sent := v.Get("sent"); sent == "new" || sent == "again" {
		b.Sent = sent
	}
	slices.SortStableFunc(b.Known, func(a, b KnownFault) int { return b.Since.Compare(a.Since) })
	b.Known = b.Known[:min(len(b.Known), maxFull)]
	if i := slices.IndexFunc(room.Things, func(t ReportThing) bool { return t.Name == v.Get("thing") }); i >= 0 {
		b.Thing = &room.Things[i]
		p.Title = p.T("web.reports.what_is_wrong", "Thing", p.ReportedThing(*b.Thing))
		for _, wrong := range b.Thing.What.Wrongs() {
			b.Wrongs = append(b.Wrongs, option{wrong, p.T("report.wrong." + wrong)})
		}
	}
	for _, l := range i18n.Languages() {
		if l != p.Lang {
			b.Other = tongue{l, reportsBody{Code: code, Lang: string(l)}.Link("thing", clip(v.Get("thing"), maxCode))}
		}
	}
	s.render(w, r, status, "reports.html", p, b)
	return nil
}

// ReportedThing is how people call a thing.
func (w words) ReportedThing(t ReportThing) string {
	name := w.T("report.what." + string(t.What))
	if t.Seat != "" {
		return w.T("report.seat", "What", name, "Seat", w.Brief(t.Seat))
	}
	return name
}

// SinceDay says since when something is so, as people say it.
func (w words) SinceDay(t time.Time) string {
	day := func(t time.Time) time.Time {
		y, m, d := t.In(w.loc).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	}
	switch days := int(day(w.now).Sub(day(t)) / (24 * time.Hour)); {
	case days <= 0:
		return w.T("report.since.today")
	case days == 1:
		return w.T("report.since.yesterday")
	case days < 7:
		return w.T("report.since." + strings.ToLower(t.In(w.loc).Weekday().String()))
	default:
		return w.T("report.since.day", "Day", t.In(w.loc).Format(time.DateOnly))
	}
}
