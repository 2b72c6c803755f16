package web_test

import (
	"context"
	"image"
	"image/color"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	qr "github.com/piglig/go-qr"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/reporting"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/i18n"
)

// desk is a room with a page.
type desk struct {
	code     string
	room     web.RoomReports
	err      error
	reported []web.FaultReport
	from     netip.Addr
}

func newDesk() *desk {
	computer := web.ReportThing{Name: "d-0123456789ab", What: reporting.Computer, Seat: "7"}
	projector := web.ReportThing{Name: "any-projector", What: reporting.Projector}
	return &desk{code: "abcdefghij234567klmn", room: web.RoomReports{
		Room: "214 <kabinetas>", Things: []web.ReportThing{projector, computer, {Name: "any-other", What: reporting.Other}},
		Known: []web.KnownFault{
			{ReportThing: computer, Since: now.Add(-time.Hour), Cared: true},
			{ReportThing: projector, Since: now.Add(-24 * time.Hour), Says: "detalė <užsakyta>"},
		},
	}}
}

func (d *desk) RoomCode(_ context.Context, room string) (web.RoomCode, error) {
	if room != "kab-214" {
		return web.RoomCode{}, web.ErrNotFound
	}
	return web.RoomCode{Room: web.Room{ID: room, Name: d.room.Room}, Code: d.code}, nil
}

func (d *desk) RoomReports(_ context.Context, code string) (web.RoomReports, error) {
	if code != d.code {
		return web.RoomReports{}, web.ErrNotFound
	}
	return d.room, nil
}

func (d *desk) OpenRoom(context.Context, string, string) error {
	d.code = "another"
	return nil
}

func (d *desk) CloseRoom(context.Context, string, string) error {
	d.code = ""
	return nil
}

func (d *desk) Report(_ context.Context, _ string, f web.FaultReport, from netip.Addr) (bool, error) {
	d.reported, d.from = append(d.reported, f), from
	return len(d.reported) > 1, d.err
}

func withDesk(d *desk) func(*web.Options) {
	return func(o *web.Options) { o.Reports, o.ReportsActions = d, d }
}

func TestPagesOfReports(t *testing.T) {
	for _, lang := range i18n.Languages() {
		for name, tc := range map[string]struct {
			target string
			role   access.Role
			edit   func(*desk)
		}{
			"reports":        {"/r/abcdefghij234567klmn", "", nil},
			"reports-sent":   {"/r/abcdefghij234567klmn?sent=new", "", func(d *desk) { d.room.Known = nil }},
			"reports-thing":  {"/r/abcdefghij234567klmn?thing=d-0123456789ab", "", nil},
			"reports-code":   {"/rooms/kab-214/code", access.Operator, nil},
			"reports-no-one": {"/rooms/kab-214/code", access.Operator, func(d *desk) { d.code = "" }},
		} {
			d := newDesk()
			if tc.edit != nil {
				tc.edit(d)
			}
			c := newConsole(t, withDesk(d))
			session := ""
			if tc.role != "" {
				session = c.session(tc.role, lang)
			}
			golden(t, name+"."+string(lang), text(t, c.ask(tc.target, session, nil, "Accept-Language", string(lang))))
		}
	}
}

func TestAReportIsReadFromItsForm(t *testing.T) {
	d := newDesk()
	c := newConsole(t, withDesk(d))
	at := "/r/" + d.code
	resp := c.ask(at, "", url.Values{"thing": {"any-projector"}, "wrong": {"no_picture"}, "text": {strings.Repeat("ą", 400)}, "name": {"Ona"}, "lang": {"en"}})
	if resp.StatusCode != 303 || resp.Header.Get("Location") != at+"?lang=en&sent=new" || len(resp.Cookies()) != 0 {
		t.Errorf("%d %v", resp.StatusCode, resp.Header)
	}
	if f := d.reported[0]; f.Thing != "any-projector" || f.Wrong != "no_picture" || f.By != "Ona" || len([]rune(f.Text)) != reporting.MaxText || d.from != clientAddr {
		t.Errorf("%+v from %v", f, d.from)
	}
	for err, want := range map[error]int{&web.Mistake{Field: "wrong", Code: "report"}: 422, web.ErrTooManyReports: 429, web.ErrNotFound: 404} {
		d.err = err
		resp := c.ask(at, "", url.Values{"thing": {"any-projector"}, "text": {"kept <b>"}})
		if page := text(t, resp); resp.StatusCode != want || want != 404 && !strings.Contains(page, "kept &lt;b&gt;") {
			t.Errorf("%v: %d %s", err, resp.StatusCode, page)
		}
	}
}

// The picture says the address under it: what the sheet shows is drawn again
// from its lines and read.
func TestTheCodeOnTheSheetLeadsToThePage(t *testing.T) {
	d := newDesk()
	c := newConsole(t, withDesk(d), func(o *web.Options) {
		o.Brand = func() web.Brand { return web.Brand{ExternalURL: "https://budi.mokykla.example"} }
	})
	page := text(t, c.ask("/rooms/kab-214/code", c.session(access.Operator, i18n.Lithuanian), nil))
	address := "https://budi.mokykla.example/r/" + d.code
	if !strings.Contains(page, ">"+address+"<") {
		t.Fatalf("the sheet does not say %s", address)
	}
	if got, err := qr.Decode(drawn(t, page)); err != nil || got != address {
		t.Errorf("the code says %q, %v", got, err)
	}
	if resp := c.ask("/rooms/kab-214/code", c.session(access.Viewer, i18n.Lithuanian), nil); resp.StatusCode != 403 {
		t.Errorf("a viewer: %d", resp.StatusCode)
	}
}

// drawn fills the path of the SVG on a page, even-odd as it is meant.
func drawn(t *testing.T, page string) image.Image {
	t.Helper()
	box := regexp.MustCompile(`viewBox="0 0 (\d+) (\d+)"`).FindStringSubmatch(page)
	path := regexp.MustCompile(`<path[^>]* d="([^"]+)"`).FindAllStringSubmatch(page, -1)
	if box == nil || len(path) == 0 {
		t.Fatalf("no picture in %s", page)
	}
	size, _ := strconv.Atoi(box[1])
	const scale = 4
	img := image.NewGray(image.Rect(0, 0, size*scale, size*scale))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	// crossings[y][x] counts the vertical lines of row y at x.
	crossings := make([][]int, size)
	for y := range crossings {
		crossings[y] = make([]int, size+1)
	}
	for _, p := range path {
		x, y, x0, y0 := 0, 0, 0, 0
		vertical := func(to int) {
			for row := min(y, to); row < max(y, to); row++ {
				crossings[row][x]++
			}
			y = to
		}
		for _, m := range regexp.MustCompile(`([MmLlHhVvZz])([^MmLlHhVvZz]*)`).FindAllStringSubmatch(p[1], -1) {
			var n []int
			for _, f := range regexp.MustCompile(`-?\d+`).FindAllString(m[2], -1) {
				v, _ := strconv.Atoi(f)
				n = append(n, v)
			}
			switch m[1] {
			case "M":
				x, y, x0, y0 = n[0], n[1], n[0], n[1]
			case "m":
				x, y = x+n[0], y+n[1]
				x0, y0 = x, y
			case "H":
				x = n[0]
			case "h":
				x += n[0]
			case "V":
				vertical(n[0])
			case "v":
				vertical(y + n[0])
			case "L":
				vertical(n[1])
				x = n[0]
			case "l":
				vertical(y + n[1])
				x += n[0]
			case "Z", "z":
				vertical(y0)
				x = x0
			}
		}
	}
	for y := range size {
		inside := false
		for x := range size {
			if crossings[y][x]%2 == 1 {
				inside = !inside
			}
			if !inside {
				continue
			}
			for dy := range scale {
				for dx := range scale {
					img.SetGray(x*scale+dx, y*scale+dy, color.Gray{})
				}
			}
		}
	}
	return img
}
