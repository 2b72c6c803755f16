package web

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
)

func healthDoors() []door {
	return []door{get("/health", access.Viewer, (*server).health).whole()}
}

// healthBody is what the template of the collector's health gets.
type healthBody struct {
	Health
	Tone    string // of the headline
	Parts   []healthPart
	Range   Range
	Ranges  []rangeLink
	Figures []figure
}

// healthPart is one part of the collector: how it is, in words, and what to do.
type healthPart struct {
	ID    string // of its heading
	Title string
	Tone  string // good, warn, bad, or unknown while nothing can be said
	Says  string // the sentence beside the sign
	Lines []string
	Do    string // what to do; "" when nothing has to be done
	Link  string // where; "" when nowhere
	Items []healthItem
}

// healthItem is a name and what is told of it, in English when it is technical.
type healthItem struct {
	Name, Value string
	English     bool
}

// worse makes a part's tone worse, never better.
func (p *healthPart) worse(tone, says, do string) {
	rank := []string{"good", "unknown", "warn", "bad"}
	if slices.Index(rank, tone) <= slices.Index(rank, p.Tone) {
		return
	}
	p.Tone, p.Says, p.Do = tone, says, do
}

func (s *server) health(w http.ResponseWriter, r *http.Request) error {
	reach := Range(r.URL.Query().Get("range"))
	if !slices.Contains(HealthRanges(), reach) {
		reach = Day
	}
	h, err := s.Health.Health(r.Context(), reach)
	if err != nil {
		return fmt.Errorf("measure the collector's health: %w", err)
	}
	p := s.page(r)
	b := healthBody{Health: h, Parts: p.healthParts(h), Range: reach, Tone: "good"}
	for _, part := range b.Parts {
		if part.Tone == "bad" || part.Tone == "warn" && b.Tone != "bad" {
			b.Tone = part.Tone
		}
	}
	for _, other := range HealthRanges() {
		b.Ranges = append(b.Ranges, rangeLink{other, "/health?range=" + string(other) + "#charts", other == reach})
	}
	b.Figures = p.figures(DevicePage{Charts: h.Charts, From: h.From, To: h.To, Step: h.Step})
	switch b.Tone {
	case "good":
		p.Title = p.T("web.health.well")
	case "warn":
		p.Title = p.T("web.health.unsure")
	default:
		p.Title = p.T("web.health.ill")
	}
	s.render(w, r, http.StatusOK, "health.html", p, b)
	return nil
}

// HealthBadge is the badge of a part's tone.
func (w words) HealthBadge(tone string) badge {
	b := badge{Tone: tone, Sign: w.ToneSign(tone)}
	switch tone {
	case "good":
		b.Word = w.T("web.health.good")
	case "warn":
		b.Word = w.T("web.health.warn")
	case "bad":
		b.Word = w.T("web.health.bad")
	default:
		b.Word = w.T("web.health.unknown")
	}
	return b
}

// From when on the parts are worth a word.
const (
	waitsLong       = 30 * time.Minute // a message
	copyOld         = 26 * time.Hour
	copyVeryOld     = 50 * time.Hour
	rulesOld        = 5 * time.Minute
	diskSoonFull    = 30 * 24 * time.Hour
	diskAlmostFull  = 3 * 24 * time.Hour
	diskLow         = 2 << 30 // bytes
	certificateSoon = 21 * 24 * time.Hour
	certificateNow  = 5 * 24 * time.Hour
	authoritySoon   = 90 * 24 * time.Hour
	fewClocks       = 3    // fewer say nothing about the collector's own
	noticeableShare = 0.01 // of looks or samples
	maxHealthItems  = 12
)

func (w words) healthParts(h Health) []healthPart {
	return []healthPart{
		w.tellingHealth(h.Telling), w.rulesHealth(h.Rules, h.ReloadOver), w.looksHealth(h.Looks), w.samplesHealth(h.Samples), w.diskHealth(h.Disk),
		w.copyHealth(h.Copy, h.Started), w.backupHealth(h.Backup, h.Started), w.doorHealth(h.Door), w.certificateHealth(h.Certificate), w.clockHealth(h.Clock),
		w.heartbeatHealth(h.Heartbeat),
	}
}

func (w words) tellingHealth(t TellingHealth) healthPart {
	p := healthPart{ID: "telling", Title: w.T("web.health.telling.title"), Tone: "good", Says: w.T("web.health.telling.good"), Link: "/settings"}
	p.Lines = append(p.Lines, w.N("web.health.telling.contacts", t.Contacts), w.N("web.health.telling.sent", t.Sent))
	switch waited := w.now.Sub(t.Oldest); {
	case t.Waiting == 0:
		p.Lines = append(p.Lines, w.T("web.health.telling.none_waits"))
	default:
		p.Lines = append(p.Lines, w.N("web.health.telling.waiting", t.Waiting, "Length", w.Length(waited)))
		if waited > waitsLong {
			p.worse("bad", w.T("web.health.telling.stuck"), w.T("web.health.telling.stuck_do"))
		}
	}
	if t.Contacts == 0 {
		p.worse("bad", w.T("web.health.telling.nobody"), w.T("web.health.telling.nobody_do"))
	}
	if t.GivenUp > 0 {
		p.Lines = append(p.Lines, w.N("web.health.telling.given_up", t.GivenUp))
		p.worse("warn", w.T("web.health.telling.lost"), w.T("web.health.telling.lost_do"))
	}
	if t.Problem != "" {
		p.Items = append(p.Items, healthItem{w.T("web.health.telling.problem"), w.Foreign(t.Problem), true})
	}
	return p
}

func (w words) rulesHealth(r RulesHealth, reloadOver bool) healthPart {
	p := healthPart{ID: "rules", Title: w.T("web.health.rules.title"), Tone: "good", Says: w.T("web.health.rules.good")}
	p.Lines = append(p.Lines, w.N("web.health.rules.count", r.Count))
	switch age := w.now.Sub(r.Evaluated); {
	case r.Evaluated.IsZero():
		p.worse("unknown", w.T("web.health.rules.never"), "")
	default:
		p.Lines = append(p.Lines, w.T("web.health.rules.evaluated", "Ago", w.T("web.ago", "Length", w.Length(age)), "Took", w.Took(r.Took)))
		if age > rulesOld {
			p.worse("bad", w.T("web.health.rules.stuck"), w.T("web.health.rules.stuck_do"))
		}
	}
	for _, f := range r.Failing[:min(len(r.Failing), maxHealthItems)] {
		p.Items = append(p.Items, healthItem{w.Foreign(f.Name), w.Foreign(f.Problem), true})
	}
	if n := len(r.Failing); n > 0 {
		p.worse("bad", w.N("web.health.rules.failing", n), w.T("web.health.rules.failing_do"))
	}
	if r.StepErrors > 0 {
		p.worse("bad", w.T("web.health.rules.not_stored"), w.T("web.health.rules.not_stored_do"))
	}
	if r.NoRoom > 0 {
		p.worse("bad", w.N("web.health.rules.no_room", r.NoRoom), w.T("web.health.rules.no_room_do"))
	}
	if r.NotLoaded || reloadOver {
		p.worse("warn", w.T("web.health.rules.reload"), w.T("web.health.rules.reload_do"))
	}
	return p
}

func (w words) looksHealth(l LooksHealth) healthPart {
	p := healthPart{ID: "looks", Title: w.T("web.health.looks.title"), Tone: "good", Says: w.T("web.health.looks.good")}
	p.Lines = append(p.Lines, w.N("web.health.looks.made", l.Made), w.N("web.health.looks.late", l.Late), w.N("web.health.looks.skipped", l.Skipped))
	switch all := float64(l.Made + l.Skipped); {
	case l.Made == 0:
		p.worse("unknown", w.T("web.health.looks.none"), "")
	case float64(l.Late+l.Skipped) > noticeableShare*all:
		p.worse("warn", w.T("web.health.looks.behind"), w.T("web.health.looks.behind_do"))
	}
	return p
}

func (w words) samplesHealth(s SamplesHealth) healthPart {
	p := healthPart{ID: "samples", Title: w.T("web.health.samples.title"), Tone: "good", Says: w.T("web.health.samples.good")}
	if s.PerSecond < 0 {
		p.worse("unknown", w.T("web.health.samples.none"), "")
	} else {
		p.Lines = append(p.Lines, w.T("web.health.samples.rate", "N", w.rate(s.PerSecond)))
	}
	p.Lines = append(p.Lines, w.N("web.health.samples.series", int(min(s.Series, 1<<31-1))))
	if !s.Oldest.IsZero() {
		p.Lines = append(p.Lines, w.T("web.health.samples.oldest", "Time", w.Time(s.Oldest), "Ago", w.T("web.ago", "Length", w.Since(s.Oldest))))
	}
	p.Lines = append(p.Lines, w.N("web.health.samples.kept", s.KeptDays, "Size", w.gigabytes(s.KeptBytes)))
	if s.MemoryOnly {
		p.worse("bad", w.T("web.health.samples.memory"), w.T("web.health.samples.memory_do"))
	}
	if s.Failures > 0 {
		p.worse("warn", w.N("web.health.samples.failures", s.Failures), w.T("web.health.samples.failures_do"))
	}
	p.Items = append(p.Items, w.badSamples(s.Bad)...)
	return p
}

// badSamples lists why samples were skipped.
func (w words) badSamples(counts []Count) []healthItem {
	var out []healthItem
	for _, c := range counts[:min(len(counts), maxHealthItems)] {
		out = append(out, healthItem{Name: w.known("health.bad_sample.", c.Key), Value: strconv.Itoa(c.N)})
	}
	return out
}

func (w words) diskHealth(d DiskHealth) healthPart {
	p := healthPart{ID: "disk", Title: w.T("web.health.disk.title"), Tone: "good", Says: w.T("web.health.disk.good")}
	p.Lines = append(p.Lines, w.T("web.health.disk.size", "Size", w.Bytes(d.Size), "Folder", w.Foreign(d.Folder)))
	if d.Free >= 0 {
		p.Lines = append(p.Lines, w.T("web.health.disk.free", "Size", w.Bytes(uint64(d.Free))))
	} else {
		p.worse("unknown", w.T("web.health.disk.unknown"), "")
	}
	lasts := d.Lasts()
	switch {
	case !d.PaceKnown:
		p.Lines = append(p.Lines, w.T("web.health.disk.early"))
	case d.PerDay <= 0:
		p.Lines = append(p.Lines, w.T("web.health.disk.steady"))
	case d.Free >= 0:
		p.Lines = append(p.Lines, w.T("web.health.disk.lasts", "PerDay", w.Bytes(uint64(d.PerDay)), "Length", w.span(lasts)))
	}
	switch {
	case d.ReserveGone:
		p.worse("bad", w.T("web.health.disk.full"), w.T("web.health.disk.do"))
	case lasts > 0 && lasts < diskAlmostFull:
		p.worse("bad", w.T("web.health.disk.days", "Length", w.span(lasts)), w.T("web.health.disk.do"))
	case lasts > 0 && lasts < diskSoonFull:
		p.worse("warn", w.T("web.health.disk.days", "Length", w.span(lasts)), w.T("web.health.disk.do"))
	case d.Free >= 0 && d.Free < diskLow:
		p.worse("warn", w.T("web.health.disk.low"), w.T("web.health.disk.do"))
	}
	return p
}

func (w words) copyHealth(c CopyHealth, started time.Time) healthPart {
	p := healthPart{ID: "copy", Title: w.T("web.health.copy.title"), Tone: "good", Says: w.T("web.health.copy.good")}
	if c.Made.IsZero() {
		if w.now.Sub(started) < time.Hour {
			p.worse("unknown", w.T("web.health.copy.soon"), "")
		} else {
			p.worse("bad", w.T("web.health.copy.none"), w.T("web.health.copy.do"))
		}
		return p
	}
	p.Lines = append(p.Lines, w.T("web.health.copy.made", "Time", w.Time(c.Made), "Ago", w.T("web.ago", "Length", w.Since(c.Made)), "Size", w.Bytes(c.Bytes)))
	switch age := w.now.Sub(c.Made); {
	case age > copyVeryOld:
		p.worse("bad", w.T("web.health.copy.old"), w.T("web.health.copy.do"))
	case age > copyOld:
		p.worse("warn", w.T("web.health.copy.old"), w.T("web.health.copy.do"))
	}
	return p
}

func (w words) doorHealth(d DoorHealth) healthPart {
	p := healthPart{ID: "door", Title: w.T("web.health.door.title"), Tone: "good", Says: w.T("web.health.door.good"), Link: "/agents"}
	p.Lines = append(p.Lines, w.N("web.health.door.agents", d.Agents), w.N("web.health.door.requests", d.Requests), w.N("web.health.door.samples", d.Samples))
	refused, bad := total(d.Refused), total(d.Bad)
	switch {
	case d.Failed > 0:
		p.worse("bad", w.N("web.health.door.failed", d.Failed), w.T("web.health.door.failed_do"))
	case float64(refused) > noticeableShare*float64(d.Requests):
		p.worse("warn", w.N("web.health.door.refused", refused), w.T("web.health.door.refused_do"))
	case float64(bad) > noticeableShare*float64(d.Samples):
		p.worse("warn", w.N("web.health.door.bad", bad), w.T("web.health.door.bad_do"))
	case d.Agents == 0 && d.Requests == 0:
		p.Says = w.T("web.health.door.none")
	}
	for _, c := range d.Refused[:min(len(d.Refused), maxHealthItems)] {
		p.Items = append(p.Items, healthItem{Name: w.known("health.refused.", c.Key), Value: strconv.Itoa(c.N)})
	}
	p.Items = append(p.Items, w.badSamples(d.Bad)...)
	return p
}

func total(counts []Count) (n int) {
	for _, c := range counts {
		n += c.N
	}
	return n
}

func (w words) certificateHealth(c CertificateHealth) healthPart {
	p := healthPart{ID: "certificate", Title: w.T("web.health.certificate.title"), Tone: "good", Says: w.T("web.health.certificate.good")}
	if !c.TLS {
		p.Says = w.T("web.health.certificate.none")
		p.Lines = append(p.Lines, w.T("web.health.certificate.none_why"))
		return p
	}
	until := func(key string, t time.Time) string {
		return w.T(key, "Date", w.Time(t), "Length", w.span(t.Sub(w.now)))
	}
	left := c.Until.Sub(w.now)
	switch {
	case left <= 0:
		p.Lines = append(p.Lines, w.T("web.health.certificate.over", "Date", w.Time(c.Until)))
		p.worse("bad", w.T("web.health.certificate.expired"), w.T("web.health.certificate.do"))
	default:
		p.Lines = append(p.Lines, until("web.health.certificate.until", c.Until))
	}
	if c.Own {
		p.Lines = append(p.Lines, w.T("web.health.certificate.own"), until("web.health.certificate.authority", c.AuthorityUntil))
		if c.AuthorityUntil.Sub(w.now) < authoritySoon {
			p.worse("warn", w.T("web.health.certificate.authority_soon"), w.T("web.health.certificate.authority_do"))
		}
		return p
	}
	switch {
	case left < certificateNow:
		p.worse("bad", w.T("web.health.certificate.soon"), w.T("web.health.certificate.do"))
	case left < certificateSoon:
		p.worse("warn", w.T("web.health.certificate.soon"), w.T("web.health.certificate.do"))
	}
	return p
}

func (w words) clockHealth(c ClockHealth) healthPart {
	p := healthPart{ID: "clock", Title: w.T("web.health.clock.title"), Tone: "good", Says: w.T("web.health.clock.good")}
	p.Lines = append(p.Lines, w.T("web.health.clock.now", "Time", w.now.In(w.loc).Format("2006-01-02 15:04:05"), "Zone", w.loc.String()))
	if c.Compared < fewClocks {
		p.worse("unknown", w.T("web.health.clock.alone"), "")
		return p
	}
	p.Lines = append(p.Lines, w.N("web.health.clock.compared", c.Compared), w.N("web.health.clock.apart", c.Apart))
	if c.Offset.Abs() >= ClockNotice {
		key := "web.health.clock.behind"
		if c.Offset > 0 {
			key = "web.health.clock.ahead"
		}
		p.worse("bad", w.T(key, "Length", w.Length(c.Offset.Abs())), w.T("web.health.clock.do"))
	}
	return p
}

// rate writes how many a second.
func (w words) rate(v float64) string {
	if v < 10 {
		return w.number(v, 1)
	}
	return w.number(v, 0)
}

// span writes a length of time that may be years.
func (w words) span(d time.Duration) string {
	days := int(d.Hours() / 24)
	switch {
	case days >= 2*365:
		return w.N("web.health.years", days/365)
	case days >= 2:
		return w.N("web.check.days", days)
	default:
		return w.Length(d)
	}
}

// gigabytes writes a size as the configuration does, in powers of ten.
func (w words) gigabytes(n uint64) string {
	digits := 1
	if n%1e9 == 0 {
		digits = 0
	}
	return w.number(float64(n)/1e9, digits) + " GB"
}
