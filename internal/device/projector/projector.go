// Package projector reads projectors and displays: by PJLink (Look), and by SNMP
// those few whose private objects are known (New). PJLink says more.
//
// A projector that is in standby, warms up or cools down is well: the outcome of
// the look is OK, and only what it says of itself differs. Between two looks at
// one projector lies a minute at least: that is kept by the interval of whoever
// looks (device.Watch looks one at a time); a look is one connection, and closes
// it.
package projector

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/pjlink"
	"github.com/budi-monitor/budi/internal/snmp"
)

// Facts of projectors and displays.
const (
	FactPower      = "power"       // standby, on, cooling, warming
	FactInput      = "input"       // HDMI1, or "digital 1" where it has no name
	FactLampPart   = "lamp_part"   // what to order
	FactFilterPart = "filter_part" // what to order
	FactProtocol   = "protocol"    // PJLink 1, PJLink 2
)

// Look recognises a projector or a display by PJLink, and reads it. It is a
// device.Family.
func Look(ctx context.Context, t device.Target, v *device.Visit) (device.Identity, error) {
	client, err := pjlink.Dial(ctx, pjlink.Target{Host: t.Host, Port: t.Port, Password: t.PJLink})
	if errors.Is(err, pjlink.ErrPassword) {
		// It greets as a projector does: what it is, is known.
		return device.Identity{Kinds: []look.Kind{look.Projector}}, problemOf(err)
	}
	if err != nil {
		return device.Identity{}, problemOf(err)
	}
	defer client.Close()
	r := reader{client: client, visit: v}
	id, err := r.read(ctx)
	if err != nil {
		return id, problemOf(err)
	}
	return id, nil
}

// problemOf brings an error of PJLink into the words of package device.
func problemOf(err error) error {
	for _, e := range []struct{ theirs, ours error }{
		{pjlink.ErrPassword, device.ErrCredentials},
		{pjlink.ErrBusy, device.ErrBusy}, // before ErrNoAnswer, which may be why
		{pjlink.ErrNonsense, device.ErrNonsense},
		{pjlink.ErrNoAnswer, device.ErrNoAnswer},
	} {
		if errors.Is(err, e.theirs) {
			return translated{e.ours, err}
		}
	}
	return err
}

// translated is an error of PJLink that is one of package device's too.
type translated struct{ ours, theirs error }

func (t translated) Error() string   { return t.theirs.Error() }
func (t translated) Unwrap() []error { return []error{t.ours, t.theirs} }

// reader asks one projector everything.
type reader struct {
	client   *pjlink.Client
	visit    *device.Visit
	answered int   // questions that were answered as the specification has it, be it with ERR3
	err      error // the end of the connection; nothing is asked after that
}

// errSilent is that a projector stopped answering: it was there, so it is not
// device.ErrNoAnswer.
var errSilent = errors.New("it stopped answering")

// read asks in the order of importance: a projector may stop at any time. The
// error is nil when at least something was told.
func (r *reader) read(ctx context.Context) (device.Identity, error) {
	id := device.Identity{Kinds: []look.Kind{look.Projector}}
	power, known := r.power(ctx)
	class, _ := ask(ctx, r, r.client.Class)
	r.condition(ctx)
	r.lamps(ctx)
	id.Name = r.text(ctx, r.client.Name)
	maker, model := r.text(ctx, r.client.Manufacturer), r.text(ctx, r.client.Product)
	info := r.text(ctx, r.client.Info)
	input, hasInput := ask(ctx, r, r.client.Input)
	r.visit.Fact(FactProtocol, protocol(class))
	if class >= 2 {
		id.Serial = device.Told(r.text(ctx, r.client.Serial))
		id.Firmware = device.Told(r.text(ctx, r.client.Software))
		r.filter(ctx)
		r.visit.Fact(FactLampPart, device.Told(r.text(ctx, r.client.LampParts)))
		r.visit.Fact(FactFilterPart, device.Told(r.text(ctx, r.client.FilterParts)))
	}
	if hasInput && known && power == pjlink.On {
		r.visit.Fact(FactInput, r.inputName(ctx, class, input))
	}
	id.Vendor, id.Model = vendorAndModel(maker, model)
	id.Descr = info
	if isDisplay(id.Vendor, id.Model, info) {
		id.Kinds = []look.Kind{look.Display}
	}
	switch {
	case errors.Is(r.err, pjlink.ErrPassword):
		return id, r.err
	case r.err != nil:
		return id, fmt.Errorf("%w after %d answers: %s", errSilent, r.answered, r.err.Error())
	case r.answered == 0:
		return id, fmt.Errorf("%w: it greets as a projector, and answers nothing right", pjlink.ErrNonsense)
	}
	return id, nil
}

// ask puts a question, unless the connection has ended. It returns false when
// there is no value.
func ask[T any](ctx context.Context, r *reader, question func(context.Context) (T, error)) (T, bool) {
	var none T
	if r.err != nil {
		return none, false
	}
	value, err := question(ctx)
	switch {
	case err == nil:
		r.answered++
		return value, true
	case errors.Is(err, pjlink.ErrNoAnswer), errors.Is(err, pjlink.ErrPassword):
		r.err = err
	case errors.Is(err, pjlink.ErrFailure):
		r.answered++
		r.alert("critical", "failure")
	case !errors.Is(err, pjlink.ErrNonsense):
		r.answered++ // ERR1 to ERR3
	}
	return none, false
}

// alert notes something that the projector complains of, once.
func (r *reader) alert(severity, code string) {
	for _, a := range r.visit.Device.Alerts {
		if a.Code == code {
			return
		}
	}
	r.visit.Device.Alerts = append(r.visit.Device.Alerts, look.Alert{Severity: severity, Code: code})
}

func (r *reader) text(ctx context.Context, question func(context.Context) (string, error)) string {
	s, _ := ask(ctx, r, question)
	return snmp.Clean([]byte(s))
}

func (r *reader) power(ctx context.Context) (pjlink.Power, bool) {
	power, ok := ask(ctx, r, r.client.Power)
	if ok {
		r.visit.Fact(FactPower, power.String())
		r.visit.Add(metric.ProjectorPower, float64(power))
	}
	return power, ok
}

// condition reads what is wrong with which part (ERST).
func (r *reader) condition(ctx context.Context) {
	c, ok := ask(ctx, r, r.client.Condition)
	if !ok {
		return
	}
	for _, part := range []struct {
		name  string
		level pjlink.Level
	}{
		{PartFan, c.Fan}, {PartLamp, c.Lamp}, {PartTemperature, c.Temperature},
		{PartCover, c.Cover}, {PartFilter, c.Filter}, {PartOther, c.Other},
	} {
		problem(r.visit, part.name, int(part.level))
	}
}

// The parts of a projector, as label and as code of an alert.
const (
	PartFan         = "fan"
	PartLamp        = "lamp"
	PartTemperature = "temperature"
	PartCover       = "cover"
	PartFilter      = "filter"
	PartOther       = "other"
)

// problem notes how a part is: 0 well, 1 warning, 2 error.
func problem(v *device.Visit, part string, level int) {
	v.Add(metric.ProjectorProblem, float64(level), look.Label{Name: metric.LabelPart, Value: part})
	if severity := map[int]string{1: "warning", 2: "critical"}[level]; severity != "" {
		v.Device.Alerts = append(v.Device.Alerts, look.Alert{Severity: severity, Code: part})
	}
}

// lamps reads the hours of what makes the light. Who has no lamps answers ERR1;
// some lasers answer with the hours of the laser.
func (r *reader) lamps(ctx context.Context) {
	lamps, _ := ask(ctx, r, r.client.Lamps)
	for i, l := range lamps {
		name := "lamp"
		if len(lamps) > 1 {
			name = "lamp " + strconv.Itoa(i+1)
		}
		lampHours(r.visit, name, float64(l.Hours))
	}
}

func lampHours(v *device.Visit, name string, hours float64) {
	v.Device.Sensors = append(v.Device.Sensors, look.Sensor{Name: name, Class: look.LampHours, Value: hours})
}

func (r *reader) filter(ctx context.Context) {
	hours, ok := ask(ctx, r, r.client.FilterHours)
	if !ok {
		return
	}
	r.visit.Device.Sensors = append(r.visit.Device.Sensors, look.Sensor{Name: "filter", Class: look.FilterHours, Value: float64(hours)})
	r.visit.Add(metric.ProjectorFilter, float64(hours)*3600)
}

// inputName is what the projector calls an input, or the specification does.
func (r *reader) inputName(ctx context.Context, class int, input pjlink.Input) string {
	if class >= 2 {
		name, _ := ask(ctx, r, func(ctx context.Context) (string, error) { return r.client.InputName(ctx, input) })
		if name := snmp.Clean([]byte(name)); name != "" {
			return name
		}
	}
	return input.String()
}

func protocol(class int) string {
	if class == 0 {
		return "PJLink"
	}
	return "PJLink " + strconv.Itoa(class)
}

// vendors are makers as people write them, by what projectors say in lower case.
var vendors = map[string]string{
	"epson": "Epson", "seiko epson": "Epson", "seiko epson corp.": "Epson", "seiko epson corporation": "Epson",
	"panasonic": "Panasonic", "nec": "NEC", "sharp": "Sharp", "sharp/nec": "Sharp/NEC", "sharp nec display solutions": "Sharp/NEC", "nec display solutions": "NEC",
	"sony": "Sony", "hitachi": "Hitachi", "maxell": "Maxell", "benq": "BenQ", "acer": "Acer", "optoma": "Optoma", "casio": "Casio", "christie": "Christie",
	"barco": "Barco", "viewsonic": "ViewSonic", "vivitek": "Vivitek", "infocus": "InFocus", "canon": "Canon", "ricoh": "Ricoh",
	"mitsubishi": "Mitsubishi", "mitsubishi electric": "Mitsubishi", "sanyo": "Sanyo", "dell": "Dell", "digital projection": "Digital Projection",
	"lg": "LG", "lg electronics": "LG", "lge": "LG", "samsung": "Samsung", "samsung electronics": "Samsung", "philips": "Philips", "iiyama": "iiyama", "jvc": "JVC", "jvckenwood": "JVC",
	"eiki": "Eiki", "boxlight": "Boxlight", "promethean": "Promethean", "smart": "SMART", "smart technologies": "SMART", "newline": "Newline", "vestel": "Vestel", "xgimi": "XGIMI",
}

// vendorAndModel makes INF1 and INF2 what people write: Epson, L200.
func vendorAndModel(maker, model string) (string, string) {
	maker, model = device.Told(maker), device.Told(model)
	vendor := maker
	if known := vendors[strings.ToLower(strings.TrimSpace(maker))]; known != "" {
		vendor = known
	}
	for _, prefix := range []string{maker, vendor} {
		if n := len(prefix); n > 0 && len(model) > n && strings.EqualFold(model[:n], prefix) && strings.ContainsRune(" -_/", rune(model[n])) {
			model = strings.TrimLeft(model[n:], " -_/")
		}
	}
	return vendor, model
}

// What tells displays from projectors: words, and beginnings of models. Where
// nothing does it is a projector.
var (
	displayWords  = regexp.MustCompile(`(?i)\b(displays?|monitor|signage|flat ?panel|white ?board|touch ?screen|multisync|bravia|prolite|activpanel|led wall|television|tv)\b`)
	displayModels = regexp.MustCompile(`(?i)^(TH-\d|PN-|BDL\d|\d\dBDL|IFP\d|CDE\d|FW-\d|FWD-|MultiSync)`)
	companies     = regexp.MustCompile(`(?i)\bdisplay (solutions|systems|products|technolog\w*)\b`) // of NEC, Sharp and others: names, no displays
	projectors    = regexp.MustCompile(`(?i)^(NP-?|VPL-|EB-|EH-|ELP|PT-|XJ-|MC-|CP-|DH\d|LV-|LX-|WUX)[A-Z0-9]`)
	lgProjectors  = regexp.MustCompile(`(?i)^(BU|BF|HU|HF|PF|PH|CF|AU|GRU)\d`)
)

// isDisplay tells a display from a projector by what it says of itself.
func isDisplay(vendor, model, info string) bool {
	info = companies.ReplaceAllString(info, "")
	projector := strings.Contains(strings.ToLower(model+" "+info), "projector") || projectors.MatchString(model)
	switch vendor {
	case "Samsung", "Philips", "iiyama", "Promethean", "Newline", "Vestel":
		return !projector
	case "LG":
		return !projector && model != "" && !lgProjectors.MatchString(model)
	}
	return !projector && (displayWords.MatchString(model) || displayWords.MatchString(info) || displayModels.MatchString(model))
}
