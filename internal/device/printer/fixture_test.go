package printer_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/device/drivertest"
	"github.com/budi-monitor/budi/internal/device/printer"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/sim/snmpagent"
	"github.com/budi-monitor/budi/internal/snmp"
)

// fixture reads a file of testdata; all of them are written by hand.
func fixture(t *testing.T, name string) *snmpagent.Recording {
	t.Helper()
	f, err := os.Open("testdata/" + name + ".snmprec")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := snmpagent.Read(f)
	if err != nil || r.Skipped > 0 {
		t.Fatalf("%s: %v, %d lines skipped", name, err, r.Skipped)
	}
	return r
}

func lookAt(t *testing.T, r *snmpagent.Recording) look.Result {
	t.Helper()
	result := drivertest.Look(t, drivertest.Serve(t, r), printer.Driver{})
	if result.Outcome != look.OK {
		t.Fatalf("outcome %s: %+v", result.Outcome, result.Problem)
	}
	return result
}

func TestSuppliesAsTheRFCMeansThem(t *testing.T) {
	r := lookAt(t, fixture(t, "copier"))
	var got []string
	for _, s := range r.Device.Supplies {
		fills := ""
		if s.Fills {
			fills = " fills"
		}
		got = append(got, fmt.Sprintf("%s|%s|%s|%s|%s|%s|%s|%v|%s%s", s.Index, s.Name, s.Type, s.Colour, s.Part, s.Serial, s.Unit, show(s.Percent), s.State, fills))
	}
	want := []string{
		"1.1|Black Cartridge HP CF400X|toner|black|CF400X||percent|63|known",
		"1.2|Cyan Toner|toner|cyan|||impressions|100|known", // a little more than full is full
		"1.3|Magenta Toner|toner|magenta|006R01511|45304780E0000489|impressions|-|some_remaining",
		"1.4|Yellow Toner|toner|yellow||CRUM-17043012345|impressions|-|unknown",
		"1.5|Waste Toner Container|wasteToner||||tenthsOfMilliliters|80|known fills", // the room in it
		"1.6|Trommel für Gerät|opc||||impressions|-|unknown",                         // 150 % makes no sense
		"1.7|Fuser Unit|fuser||||impressions|-|level_without_capacity",
		"1.8|Staples|staples||||items|-|no_restriction",
		"1.10|Waste box of the finisher|wasteToner||||percent|-|level_without_capacity fills",
		"1.11|Transfer Belt|transferUnit||||unknown|-|unknown",
		"1.13|Tri-color ink|ink|tri-colour|||tenthsOfMilliliters|0|known",
		"1.14|Žydros spalvos ryškalai|developer|cyan|||impressions|50|known",
		"1.15|Toner TK-5240Y|toner|yellow|TK-5240Y||percent|-|unknown", // 37 percent, or 37 of 5000?
		"1.16||unknown|||||-|level_without_capacity",
	}
	same(t, "supplies", got, want)
}

func TestTrays(t *testing.T) {
	r := lookAt(t, fixture(t, "copier"))
	var got []string
	for _, tray := range r.Device.Trays {
		got = append(got, fmt.Sprintf("%s|%s|%s|%v|%v|%s", tray.Index, tray.Name, tray.Media, show(tray.Level), show(tray.Capacity), tray.State))
	}
	same(t, "trays", got, []string{
		"1.1|Tray 1|A4|250|500|known",
		"1.2|Tray 2|A3|0|500|empty",
		"1.3|Bypass||-|-|some_remaining",
		"1.4|Tray 4||-|500|unknown",
		"1.5|Manual feed||-|100|no_restriction",
		"1.6|Roll||-|-|known", // metres are no sheets
		"1.7|Tray 7|A5|-|500|missing",
	})
}

func TestAlertsAreWhatIsWrong(t *testing.T) {
	r := lookAt(t, fixture(t, "copier"))
	var got []string
	for _, a := range r.Device.Alerts {
		got = append(got, strings.Join([]string{a.Severity, a.Code, a.Group, a.Text, a.Location}, "|"))
	}
	same(t, "alerts", got, []string{
		"critical|jam|mediaPath|Paper jam in the duplex unit|4",
		"warning|markerTonerAlmostEmpty|markerSupplies|Magenta is low|Magenta Toner",
		"warning|inputMediaSupplyEmpty|input|Tray 2 is empty|Tray 2",
		"warning|inputMediaTrayMissing|input|Insert tray 7|Tray 7",
		"warning|staplerJam|finDevice|Staple jam|",
		"warning|other|generalPrinter|Call for maintenance|",
		"critical|coverOpen|cover||Right door",
		"critical|interlockOpen|cover||Rear door",
		"warning|outputMediaTrayAlmostFull|output||", // a bit of the errors that nothing else explains
	})
	same(t, "display", r.Device.Console, []string{"Popierius užstrigo", "Klappe öffnen"})
	if got := drivertest.Fact(r, printer.FactStatus); got != "stopped" {
		t.Errorf("status %q", got)
	}
	if pages, unit := drivertest.Fact(r, look.FactPages), drivertest.Fact(r, printer.FactPageUnit); pages != "120000" || unit != "impressions" {
		t.Errorf("%s %s, want 120000 impressions", pages, unit)
	}
	same(t, "errors", errorsOf(r), []string{"doorOpen", "jammed", "outputNearFull"})
}

// errorsOf lists the errors whose sample is 1, and fails when one has no sample.
func errorsOf(r look.Result) []string {
	var out []string
	for _, s := range r.Samples {
		if s.Name == metric.PrinterError && s.Value == 1 {
			out = append(out, s.Labels[0].Value)
		}
	}
	return out
}

func countErrors(r look.Result) int {
	n := 0
	for _, s := range r.Samples {
		if s.Name == metric.PrinterError {
			n++
		}
	}
	return n
}

const errorState = "1.3.6.1.2.1.25.3.5.1.2.1"

// Printers send as many octets of errors as they like; bits mean the same.
func TestErrorStateOfAnyLength(t *testing.T) {
	for _, c := range []struct {
		state snmpagent.Value
		want  string
	}{
		{snmpagent.Octets(), ""},
		{snmpagent.Octets(0x00), ""},
		{snmpagent.Octets(0x80), "lowPaper"},
		{snmpagent.Octets(0x01), "serviceRequested"},
		{snmpagent.Octets(0x06), "jammed offline"},
		{snmpagent.Octets(0x00, 0x00), ""},
		{snmpagent.Octets(0x20, 0x00), "lowToner"},
		{snmpagent.Octets(0x00, 0x80), "inputTrayMissing"},
		{snmpagent.Octets(0x00, 0x02), "overduePreventMaint"},
		{snmpagent.Octets(0x00, 0x01), ""}, // a bit without a meaning
		{snmpagent.Octets(0x44, 0x04, 0xff, 0xff), "noPaper jammed inputTrayEmpty"},
	} {
		recording := fixture(t, "small")
		recording.Set(errorState, c.state)
		r := lookAt(t, recording)
		if got := strings.Join(errorsOf(r), " "); got != c.want {
			t.Errorf("%+v: %q, want %q", c.state, got, c.want)
		}
		if n := countErrors(r); n != 15 {
			t.Errorf("%+v: %d samples of errors; all 15 are there, so that each can end", c.state, n)
		}
		if len(r.Device.Alerts) != len(errorsOf(r)) {
			t.Errorf("%+v: alerts %+v", c.state, r.Device.Alerts)
		}
	}
}

// What the printer has no word for is not said: neither that all is well.
func TestNoErrorsAreInvented(t *testing.T) {
	recording := fixture(t, "small")
	recording.Remove(errorState)
	if n := countErrors(lookAt(t, recording)); n != 0 {
		t.Errorf("%d samples of errors from a printer that tells none", n)
	}
	recording.Set("1.3.6.1.2.1.43.5.1.1.19.1", snmpagent.Counter32(3)) // it counts alerts, and has none now
	if n := countErrors(lookAt(t, recording)); n != 15 {
		t.Errorf("%d samples of errors from a printer whose table of alerts is empty", n)
	}
}

func TestStatus(t *testing.T) {
	for _, c := range []struct {
		device, printer int64
		want            string
	}{
		{2, 3, "ready"}, {2, 4, "printing"}, {2, 5, "warmup"}, {2, 1, "standby"}, {3, 3, "attention"}, {3, 4, "attention"},
		{5, 1, "stopped"}, {5, 5, "warmup"}, {1, 2, ""}, {2, 2, ""}, {1, 3, "ready"}, {99, 99, ""},
	} {
		recording := fixture(t, "small")
		recording.Set("1.3.6.1.2.1.25.3.2.1.5.1", snmpagent.Integer(c.device))
		recording.Set("1.3.6.1.2.1.25.3.5.1.1.1", snmpagent.Integer(c.printer))
		if got := drivertest.Fact(lookAt(t, recording), printer.FactStatus); got != c.want {
			t.Errorf("hrDeviceStatus %d, hrPrinterStatus %d: %q, want %q", c.device, c.printer, got, c.want)
		}
	}
}

// A printer without units, classes, colorants and alerts.
func TestSmallPrinter(t *testing.T) {
	r := lookAt(t, fixture(t, "small"))
	if len(r.Device.Supplies) != 1 || r.Device.Supplies[0].Colour != "black" || r.Device.Supplies[0].Type != "toner" || *r.Device.Supplies[0].Percent != 20 {
		t.Errorf("supplies %+v", r.Device.Supplies)
	}
	if drivertest.Fact(r, look.FactPages) != "4711" || drivertest.Fact(r, printer.FactPageUnit) != "" {
		t.Errorf("facts %+v", r.Facts)
	}
	if drivertest.Fact(r, look.FactSerial) != "EX20-1" || r.Kind != "printer" {
		t.Errorf("kind %s, facts %+v", r.Kind, r.Facts)
	}
}

// A quick look has the same to say as a deep one, reads less, and sees what
// changed.
func TestQuickLook(t *testing.T) {
	recording := fixture(t, "copier")
	agent := drivertest.Start(t, snmpagent.Options{Recording: recording})
	client := drivertest.Dial(t, drivertest.Target(agent))
	id := device.Identity{Kinds: []look.Kind{look.Printer}, Has: map[string]bool{device.HasPrinter: true}}
	visit := func(last *look.Device) *device.Visit {
		t.Helper()
		v := &device.Visit{Deep: last == nil, Last: last}
		if err := (printer.Driver{}).Look(t.Context(), client, id, v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	deep := visit(nil)
	asked := agent.Requests()
	quick := visit(&deep.Device)
	if again := agent.Requests() - asked; again >= asked {
		t.Errorf("a quick look made %d requests, a deep one %d", again, asked)
	}
	same(t, "quick look", []string{fmt.Sprintf("%+v", texts(quick.Device))}, []string{fmt.Sprintf("%+v", texts(deep.Device))})

	agent.Set("1.3.6.1.2.1.43.11.1.1.9.1.1", snmpagent.Integer(7))
	agent.Set("1.3.6.1.2.1.43.8.2.1.10.1.1", snmpagent.Integer(0))
	v := visit(&deep.Device)
	if s := v.Device.Supplies[0]; *s.Percent != 7 || s.Name != "Black Cartridge HP CF400X" {
		t.Errorf("supply %+v", s)
	}
	if v.Device.Trays[0].State != "empty" {
		t.Errorf("tray %+v", v.Device.Trays[0])
	}
	if *deep.Device.Supplies[0].Percent != 63 {
		t.Error("the last look was written to")
	}

	// Another supply came: names are read again.
	agent.Set("1.3.6.1.2.1.43.11.1.1.6.1.17", snmpagent.Text("Second black"))
	agent.Set("1.3.6.1.2.1.43.11.1.1.8.1.17", snmpagent.Integer(100))
	agent.Set("1.3.6.1.2.1.43.11.1.1.9.1.17", snmpagent.Integer(100))
	v = visit(&deep.Device)
	if last := v.Device.Supplies[len(v.Device.Supplies)-1]; last.Name != "Second black" {
		t.Errorf("the last supply is %+v", last)
	}
}

// Pages are counted in impressions before sheets, never added, and never made of
// feet or hours; a maker's total stands in where there is nothing else.
func TestPageCounts(t *testing.T) {
	const unit, count = "1.3.6.1.2.1.43.10.2.1.3.1.%d", "1.3.6.1.2.1.43.10.2.1.4.1.%d"
	type marker struct {
		unit  int64
		count uint32
	}
	for _, c := range []struct {
		name    string
		markers []marker
		want    string
	}{
		{"impressions", []marker{{7, 100}}, "100 impressions"},
		{"sheets", []marker{{8, 100}}, "100 sheets"},
		{"four colours", []marker{{7, 100}, {7, 90}, {7, 95}, {7, 80}}, "100 impressions"},
		{"impressions and sheets", []marker{{8, 60}, {7, 50}}, "50 impressions"},
		{"a plotter", []marker{{16, 1000}, {17, 300}}, " "},
		{"hours", []marker{{11, 4000}}, " "},
		{"a unit that is not told", []marker{{2, 77}}, "77 "},
		{"none yet", []marker{{7, 0}}, "0 impressions"},
	} {
		recording := fixture(t, "small")
		for i, m := range c.markers {
			recording.Set(fmt.Sprintf(unit, i+1), snmpagent.Integer(m.unit))
			recording.Set(fmt.Sprintf(count, i+1), snmpagent.Counter32(m.count))
		}
		r := lookAt(t, recording)
		if got := drivertest.Fact(r, look.FactPages) + " " + drivertest.Fact(r, printer.FactPageUnit); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	recording := fixture(t, "small")
	recording.Remove(fmt.Sprintf(count, 1))
	recording.Set("1.3.6.1.2.1.1.2.0", snmpagent.ObjectID("1.3.6.1.4.1.1347.41"))
	recording.Set("1.3.6.1.4.1.1347.43.10.1.1.12.1.1", snmpagent.Counter32(424242))
	if got := drivertest.Fact(lookAt(t, recording), look.FactPages); got != "424242" {
		t.Errorf("a maker's total: %q", got)
	}
	recording.Set(fmt.Sprintf(unit, 1), snmpagent.Integer(7))
	recording.Set(fmt.Sprintf(count, 1), snmpagent.Counter32(0))
	if got := drivertest.Fact(lookAt(t, recording), look.FactPages); got != "424242" {
		t.Errorf("a maker's total beside a counter that does not count: %q", got)
	}
}

// Brother's steps are no amounts.
func TestStepsOfBrother(t *testing.T) {
	for level, want := range map[int64]any{0: "-", 1: "-", 3: "-", 40: 40.0} {
		recording := fixture(t, "small")
		recording.Set("1.3.6.1.2.1.1.2.0", snmpagent.ObjectID("1.3.6.1.4.1.2435.2.3.9.1"))
		recording.Set("1.3.6.1.2.1.43.11.1.1.8.1.1", snmpagent.Integer(100))
		recording.Set("1.3.6.1.2.1.43.11.1.1.9.1.1", snmpagent.Integer(level))
		if s := lookAt(t, recording).Device.Supplies[0]; show(s.Percent) != want {
			t.Errorf("level %d of a Brother: %v, want %v", level, show(s.Percent), want)
		}
	}
}

// A printer that names its character set is read in it.
func TestLocalCharacterSets(t *testing.T) {
	for charset, texts := range map[int64]map[string]string{
		2257: {"Juod\xf8 da\xfe\xf8 kaset\xeb": "Juodų dažų kasetė"},
		2251: {"\xd7\xe5\xf0\xed\xfb\xe9 \xf2\xee\xed\xe5\xf0": "Черный тонер"},
		4:    {"Ger\xe4t": "Gerät"},
		9999: {"Ger\xe4t": "Gerät"},
	} {
		for sent, want := range texts {
			recording := fixture(t, "small")
			recording.Set("1.3.6.1.2.1.43.5.1.1.2.1", snmpagent.Integer(3))
			recording.Set("1.3.6.1.2.1.43.5.1.1.10.1", snmpagent.Integer(3))
			recording.Set("1.3.6.1.2.1.43.7.1.1.4.1.3", snmpagent.Integer(charset))
			recording.Set("1.3.6.1.2.1.43.11.1.1.6.1.1", snmpagent.Text(sent))
			recording.Set("1.3.6.1.2.1.43.8.2.1.13.1.1", snmpagent.Text(sent))
			recording.Set("1.3.6.1.2.1.43.16.5.1.2.1.1", snmpagent.Text(sent))
			r := lookAt(t, recording)
			if s := r.Device.Supplies[0].Name; s != want {
				t.Errorf("character set %d: supply %q, want %q", charset, s, want)
			}
			if s := r.Device.Trays[0].Name; s != want {
				t.Errorf("character set %d: tray %q, want %q", charset, s, want)
			}
			same(t, "display", r.Device.Console, []string{want})
		}
	}
}

// Supplies and trays of the same name have series of their own.
func TestNamesThatSeveralHave(t *testing.T) {
	recording := fixture(t, "small")
	for row := 2; row <= 3; row++ {
		recording.Set(fmt.Sprintf("1.3.6.1.2.1.43.11.1.1.6.1.%d", row), snmpagent.Text("Black toner"))
		recording.Set(fmt.Sprintf("1.3.6.1.2.1.43.11.1.1.8.1.%d", row), snmpagent.Integer(100))
		recording.Set(fmt.Sprintf("1.3.6.1.2.1.43.11.1.1.9.1.%d", row), snmpagent.Integer(int64(row)))
		recording.Set(fmt.Sprintf("1.3.6.1.2.1.43.8.2.1.9.1.%d", row), snmpagent.Integer(100))
		recording.Set(fmt.Sprintf("1.3.6.1.2.1.43.8.2.1.10.1.%d", row), snmpagent.Integer(50))
		recording.Set(fmt.Sprintf("1.3.6.1.2.1.43.8.2.1.13.1.%d", row), snmpagent.Text("Tray"))
	}
	r := lookAt(t, recording)
	seen := map[string]bool{}
	for _, s := range r.Samples {
		if key := fmt.Sprint(s.Name, s.Labels); seen[key] {
			t.Errorf("two samples of %s", key)
		} else {
			seen[key] = true
		}
	}
	if v, ok := drivertest.Sample(r, metric.PrinterSupply, metric.LabelSupply, "Black toner #1.3"); !ok || v != 0.03 {
		t.Errorf("supply 1.3: %v, %v", v, ok)
	}
	if _, ok := drivertest.Sample(r, metric.PrinterTray, metric.LabelTray, "Tray #1.2"); !ok {
		t.Error("no sample of tray 1.2")
	}
}

// texts is a device without pointers.
func texts(d look.Device) []string {
	var out []string
	for _, s := range d.Supplies {
		out = append(out, fmt.Sprint(s.Index, s.Name, s.Type, s.Colour, s.Part, s.Serial, s.Unit, s.Fills, show(s.Level), show(s.Capacity), show(s.Percent), s.State))
	}
	for _, tray := range d.Trays {
		out = append(out, fmt.Sprint(tray.Index, tray.Name, tray.Media, show(tray.Level), show(tray.Capacity), tray.State))
	}
	return append(out, fmt.Sprint(d.Alerts, d.Console))
}

// cut is an agent whose walk of one table is cut short.
type cut struct {
	device.Agent
	entry string
}

func (c cut) Table(ctx context.Context, entry string, columns ...int) ([]snmp.Row, error) {
	rows, err := c.Agent.Table(ctx, entry, columns...)
	if entry == c.entry && err == nil {
		return rows[:len(rows)/2], snmp.ErrTruncated
	}
	return rows, err
}

// Errors that could not be read whole are not over.
func TestAnswersCutShortEndNoAlert(t *testing.T) {
	for _, entry := range []string{"1.3.6.1.2.1.25.3.5.1", "1.3.6.1.2.1.43.18.1.1"} {
		client := drivertest.Dial(t, drivertest.Serve(t, fixture(t, "copier")))
		v := &device.Visit{Deep: true}
		err := printer.Driver{}.Look(t.Context(), cut{client, entry}, device.Identity{Kinds: []look.Kind{look.Printer}}, v)
		if err == nil || len(v.Device.Supplies) == 0 || len(v.Device.Trays) == 0 || v.Facts[look.FactPages] == "" {
			t.Errorf("%s cut short: %v; the rest is to be read: %+v", entry, err, v)
		}
		for _, s := range v.Samples {
			if s.Name == metric.PrinterError {
				t.Fatalf("%s cut short: %+v", entry, s)
			}
		}
	}
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s:\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// A printer that tells no type and no colour says in the description what a supply
// is, in the language of its display or by the number to order.
func TestSuppliesOfWhichOnlyTheDescriptionTells(t *testing.T) {
	for description, want := range map[string]string{
		"Отработанный тонер":            "Отработанный тонер|wasteToner|fills",
		"Pojemnik na zużyty toner":      "Pojemnik na zużyty toner|wasteToner|fills",
		"Bac de récupération de toner":  "Bac de récupération de toner|wasteToner|fills",
		"Tonerio atliekų dėžutė":        "Tonerio atliekų dėžutė|wasteToner|fills",
		"Kaitinimo blokas":              "Kaitinimo blokas|fuser|",
		"Perkėlimo juosta":              "Perkėlimo juosta|transferUnit|",
		"Geltonų miltelių kasetė":       "Geltonų miltelių kasetė|toner|yellow",
		"Тонер-картридж голубого цвета": "Тонер-картридж голубого цвета|toner|cyan",
		"Imaging Unit C":                "Imaging Unit C|opc|cyan",
		"K Drum Unit":                   "K Drum Unit|opc|black",
		"Belt Unit":                     "Belt Unit|transferUnit|",
		"Black Cartridge HP W1106A\n":   "Black Cartridge HP W1106A|toner|black",
		"CLT-M506L":                     "CLT-M506L|toner|magenta",
		"TN-247Y":                       "TN-247Y|toner|yellow",
		"MX61GTCA":                      "MX61GTCA|toner|cyan",
		"Toner T-FC505E-M":              "Toner T-FC505E-M|toner|magenta",
		"TonerBlack":                    "TonerBlack|toner|black",
		"lightMagenta ink":              "lightMagenta ink|ink|light magenta",
		"Drum Cartridge K, PN 013R1;SN": "Drum Cartridge K|opc|black",
		"\xfe\xff\x04\x22\x04\x3e\x04\x3d\x04\x35\x04\x40": "Тонер|toner|", // UTF-16 after its mark
		"\x00T\x00o\x00n\x00e\x00r\x00 \x00K":              "Toner K|toner|black",
	} {
		recording := snmpagent.NewRecording()
		recording.Set("1.3.6.1.2.1.1.2.0", snmpagent.ObjectID("1.3.6.1.4.1.32473.1"))
		recording.Set("1.3.6.1.2.1.43.11.1.1.6.1.1", snmpagent.Text(description))
		recording.Set("1.3.6.1.2.1.43.11.1.1.9.1.1", snmpagent.Integer(-3))
		s := lookAt(t, recording).Device.Supplies[0]
		got := s.Name + "|" + s.Type + "|" + s.Colour
		if s.Fills {
			got += "fills"
		}
		if got != want {
			t.Errorf("%q: %s, want %s", description, got, want)
		}
	}
}

// What is in a "Black Cartridge" follows from the printer's model, where that tells.
func TestCartridgesByTheModel(t *testing.T) {
	for model, want := range map[string]string{"HP LaserJet 9999": "toner", "HP OfficeJet 9999": "ink", "HP 9999": "unknown"} {
		recording := snmpagent.NewRecording()
		recording.Set("1.3.6.1.2.1.1.2.0", snmpagent.ObjectID("1.3.6.1.4.1.11.2.3.9.1"))
		recording.Set("1.3.6.1.2.1.25.3.2.1.3.1", snmpagent.Text(model))
		recording.Set("1.3.6.1.2.1.43.11.1.1.6.1.1", snmpagent.Text("Black Cartridge"))
		recording.Set("1.3.6.1.2.1.43.11.1.1.9.1.1", snmpagent.Integer(-3))
		if s := lookAt(t, recording).Device.Supplies[0]; s.Type != want || s.Colour != "black" {
			t.Errorf("%s: %s, %s; want %s", model, s.Type, s.Colour, want)
		}
	}
}

// An agent that has numbers without a sign means the special values all the same.
func TestLevelsWithoutASign(t *testing.T) {
	for level, want := range map[uint32]look.SupplyState{1<<32 - 1: look.SupplyUnrestricted, 1<<32 - 2: look.SupplyUnknown, 1<<32 - 3: look.SupplySomeRemaining} {
		recording := fixture(t, "small")
		recording.Set("1.3.6.1.2.1.43.11.1.1.9.1.1", snmpagent.Gauge32(level))
		if s := lookAt(t, recording).Device.Supplies[0]; s.State != want || s.Percent != nil {
			t.Errorf("level %d: %s, %v percent, want %s", level, s.State, show(s.Percent), want)
		}
	}
}
