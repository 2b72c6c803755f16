package collector

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/fleet"
)

// A list from the accountant, in the letters of Windows: each line says what it
// would do; what is right is done in one step, and is taken back in one.
func TestAListOfDevicesIsTakenOver(t *testing.T) {
	c, _ := openForDoors(t)
	ctx, do := as(t.Context(), access.Operator), fleetActions{c}
	for _, id := range []string{"pc-1", "pc-2", "pc-3"} {
		putDevice(t, c, "main", id, fleet.Workstation)
	}
	putDevice(t, c, "north", "pc-n", fleet.Workstation)
	if _, err := c.agents.inventory.Change(ctx, "test", "", inventory.Several{New: []inventory.NewEntry{{Name: "Sena", Site: "main", Class: fleet.Workstation, Serial: "SN-77777"}, {Name: "A", Asset: "9", Site: "main", Class: fleet.Workstation}, {Name: "B", Asset: "9", Site: "main", Class: fleet.Workstation}}}); err != nil {
		t.Fatal(err)
	}
	list, err := charmap.Windows1257.NewEncoder().String(strings.Join([]string{
		"Kompiuterio vardas;Pavadinimas;Serijos numeris;Inventoriaus numeris;Padalinys;Kabinetas;Vieta patalpoje;Paskirtis;Kaina",
		"PC-1;Mokytojo kompiuteris;;000127;;Žalioji salė;3;;399,99", // changed
		"pc-2;;;;;;;darbo vieta;", // as it is
		";Šviesi lenta;SN-00731;000431;main;žalioji salė;A2;Vaizdo ir garso įranga;1,50",
		";;sn-77777;000555;;;;;",        // by its serial
		"pc-1;Dar kartą;;;;;;;",         // twice
		"pc-3;;;;north;;;;",             // of another site
		";Nauja;;;nowhere;;;;",          // no such site
		"pc-3;;;;;214;far too long;x;",  // no such purpose
		"pc-3;;;;;Rūsys;far too long;;", // no such seat; its room is not made
		";;;9;;;;;",                     // several
		";;;;main;;;;",                  // without a name
	}, "\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := do.PreviewDevices(ctx, "rasa", []byte(list))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, l := range got.Lines {
		said := fmt.Sprint(l.Line, " ", l.Kind, " ", l.ID)
		for _, ch := range l.Changes {
			said += fmt.Sprintf(" %s:%s>%s", ch.Field, ch.Old, ch.New)
		}
		for _, p := range l.Problems {
			said += " " + p.Field + "!" + p.Code
		}
		lines = append(lines, said)
	}
	want := []string{
		"2 changed pc-1 name:pc-1>Mokytojo kompiuteris room:>Žalioji salė seat:>3 asset:>000127",
		"3 unchanged pc-2",
		"4 new  site:>main room:>žalioji salė seat:>A2 asset:>000431 serial:>SN-00731",
		"5 changed sena asset:>000555",
		"6 wrong pc-1 !twice",
		"7 wrong pc-3 site!site",
		"8 wrong  site!site",
		"9 wrong pc-3 class!class",
	}
	for i, w := range want {
		if i >= len(lines) || lines[i] != w {
			t.Errorf("got  %q\nwant %q", lines[min(i, len(lines)-1)], w)
		}
	}
	for i, w := range []string{"wrong", "asset!several", "name!name"} {
		if len(lines) != 11 || !strings.Contains(lines[8+i], w) {
			t.Errorf("%q lacks %q", lines[8+i], w)
		}
	}
	if len(got.Unknown) != 1 || got.Unknown[0] != "Kaina" {
		t.Errorf("unknown columns %q", got.Unknown)
	}
	before := fmt.Sprint(c.agents.inventory.Info())
	if rooms, err := c.agents.inventory.Rooms(ctx, ""); err != nil || len(rooms) != 0 {
		t.Errorf("the preview made rooms: %+v, %v", rooms, err)
	}

	if _, err := do.ImportDevices(ctx, "jonas", got.Key); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("somebody else's list: %v", err)
	}
	undo, err := do.ImportDevices(ctx, "rasa", got.Key)
	if err != nil || !strings.HasPrefix(undo, "3-") {
		t.Fatalf("%q, %v", undo, err)
	}
	d, err := c.agents.inventory.Device(ctx, "sviesi-lenta")
	if err != nil || d.Name != "Šviesi lenta" || d.Class != fleet.Presentation || d.Asset != "000431" || d.Seat != "A2" || d.Room == "" {
		t.Errorf("%+v, %v", d, err)
	}
	if rooms, err := c.agents.inventory.Rooms(ctx, "main"); err != nil || len(rooms) != 1 || rooms[0].Name != "Žalioji salė" {
		t.Errorf("%+v, %v", rooms, err)
	}
	entries, err := c.access.AuditTail(ctx, 1)
	if err != nil || len(entries) != 1 || entries[0].Detail != "a list: 1 new, 2 changed" {
		t.Errorf("%+v, %v", entries, err)
	}
	if _, err := do.ImportDevices(ctx, "rasa", got.Key); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("taken over twice: %v", err)
	}
	if _, err := do.Undo(ctx, "rasa", undo); err != nil {
		t.Fatal(err)
	}
	if after := fmt.Sprint(c.agents.inventory.Info()); after != before {
		t.Errorf("not as before:\n%s\n%s", after, before)
	}

	// Who sees another site only finds and changes nothing here.
	elsewhere := as(t.Context(), access.Operator, "north")
	got, err = do.PreviewDevices(elsewhere, "north", []byte("id;name;site\npc-1;x;\n;y;main\n"))
	if err != nil || len(got.Lines) != 2 || got.Lines[0].Kind != web.ImportWrong || got.Lines[1].Kind != web.ImportWrong {
		t.Errorf("%+v, %v", got, err)
	}
}
