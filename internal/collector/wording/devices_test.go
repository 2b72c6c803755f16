package wording_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/wording"
	"github.com/budi-monitor/budi/internal/i18n"
)

// deviceIncident is an incident of a rule about a device of a kind.
func deviceIncident(message, kind string, value float64, labels, annotations map[string]string) incident.Incident {
	inc := incident.Incident{
		Severity: incident.Warning, Since: since, Value: value,
		Labels:      map[string]string{"site": "main", "device": "d-1"},
		Names:       map[string]string{"site": "Mokykla", "device": "Mokytojų kambarys", incident.NameKind: kind},
		Annotations: map[string]string{"message": message},
	}
	for k, v := range labels {
		inc.Labels[k] = v
	}
	for k, v := range annotations {
		inc.Annotations[k] = v
	}
	return inc
}

func TestWhatIsSaidOfDevices(t *testing.T) {
	c := catalogue(t)
	low := map[string]string{"supplies": "Black Toner CF400X, Drum"}
	for name, tc := range map[string]struct {
		inc    incident.Incident
		en, lt []string // parts of the subject, of where and of what
	}{
		"a switch that is silent": {deviceIncident("device_down", "switch", 0, nil, nil),
			[]string{"“Mokytojų kambarys” does not answer", "switch “Mokytojų kambarys”", "off, hangs"},
			[]string{"Neatsako „Mokytojų kambarys“", "komutatorius „Mokytojų kambarys“", "išjungtas, pakibęs"}},
		"a UPS that knows how long it lasts": {deviceIncident("ups_on_battery", "ups", 1, nil, map[string]string{"minutes": "26"}),
			[]string{"“Mokytojų kambarys” runs on its battery", "UPS “", "lasts about 26 minutes."},
			[]string{"„Mokytojų kambarys“ veikia iš akumuliatoriaus", "UPS „", "užteks maždaug 26 min."}},
		"a UPS that does not": {deviceIncident("ups_on_battery", "ups", 1, nil, map[string]string{"minutes": ""}),
			[]string{"“Mokytojų kambarys” runs on its battery", "UPS “", "from its battery."},
			[]string{"„Mokytojų kambarys“ veikia iš akumuliatoriaus", "UPS „", "iš akumuliatoriaus."}},
		"supplies with a forecast": {deviceIncident("supply_low", "printer", 9, nil, low),
			[]string{"Supplies of “Mokytojų kambarys” will last 9 d", "printer “", "will need: Black Toner CF400X, Drum. At the pace of the last weeks the first of these is used up, or full, in about 9 d."},
			[]string{"„Mokytojų kambarys“: eksploatacinių medžiagų liko 9 d.", "spausdintuvas „", "prireiks: Black Toner CF400X, Drum. Spausdinant tiek, kiek pastarosiomis savaitėmis, pirmoji medžiaga baigsis (ar talpykla prisipildys) maždaug po 9 d."}},
		"supplies without one": {deviceIncident("supply_low", "printer", -1, nil, low),
			[]string{"Supplies of “Mokytojų kambarys” are nearly used up", "printer “", "needs: Black Toner CF400X, Drum."},
			[]string{"„Mokytojų kambarys“: baigiasi eksploatacinės medžiagos", "spausdintuvas „", "reikia: Black Toner CF400X, Drum."}},
		"a port with the name that its keeper gave it": {deviceIncident("device_fault", "switch", 40, map[string]string{"trouble": "port_flapping", "ifName": "Gi1/0/7"}, map[string]string{"alias": "library"}),
			[]string{"Port Gi1/0/7 of “Mokytojų kambarys” comes and goes", "port Gi1/0/7", "Port Gi1/0/7 (library) of"},
			[]string{"„Mokytojų kambarys“: vis nutrūksta prievado Gi1/0/7 ryšys", "prievadas Gi1/0/7", "prievado Gi1/0/7 (library) ryšys"}},
		"a disk of a storage device": {deviceIncident("disk_failing", "nas", 0, nil, nil),
			[]string{"Disk ? of “Mokytojų kambarys” is failing", "storage device “", "its disk or array ?"},
			[]string{"Genda „Mokytojų kambarys“ diskas ?", "tinklo saugykla „", "jo diskas arba diskų masyvas ?"}},
		"a part that the catalogue knows": {deviceIncident("device_fault", "projector", 2, map[string]string{"trouble": "part", "name": "fan"}, nil),
			[]string{"A part of “Mokytojų kambarys” has failed: the fan", "part the fan", "failed: the fan."},
			[]string{"Sugedo „Mokytojų kambarys“ dalis: ventiliatorius", "dalis ventiliatorius", "sugedo jo dalis: ventiliatorius."}},
		"a part in the device's own words": {deviceIncident("device_fault", "switch", 2, map[string]string{"trouble": "part", "name": "PSU 2"}, nil),
			[]string{"A part of “Mokytojų kambarys” has failed: PSU 2", "part PSU 2", "failed: PSU 2."},
			[]string{"Sugedo „Mokytojų kambarys“ dalis: PSU 2", "dalis PSU 2", "sugedo jo dalis: PSU 2."}},
	} {
		for lang, want := range map[i18n.Lang][]string{i18n.English: tc.en, i18n.Lithuanian: tc.lt} {
			w := wording.Of(c, lang, tc.inc, since.Add(time.Hour))
			for i, got := range []string{w.Subject(incident.Fault), w.Where(), w.What()} {
				if !strings.Contains(got, want[i]) {
					t.Errorf("%s: %q is not in %q", name, want[i], got)
				}
			}
			if rest := w.Others(); rest != "" {
				t.Errorf("%s: labels are told as %q", name, rest)
			}
		}
	}
}

// Every trouble has words of its own in both languages, which fit a subject.
func TestEveryTroubleOfADeviceHasItsWords(t *testing.T) {
	c := catalogue(t)
	for _, trouble := range []string{"jam", "lamp", "filter", "part", "battery", "port_flapping", "port_errors", "half_duplex"} {
		for _, lang := range i18n.Languages() {
			for _, part := range []string{"subject", "recovered", "what", "why", "do"} {
				if key := "rule.device_fault." + part + "_" + trouble; !c.Has(lang, key) {
					t.Errorf("there is no %s in %s", key, lang)
				}
			}
			inc := deviceIncident("device_fault", "printer", 1, map[string]string{"trouble": trouble, "name": "PSU", "ifName": "7"}, nil)
			w := wording.Of(c, lang, ended(inc, incident.Recovered), since)
			for _, kind := range []incident.Kind{incident.Fault, incident.Recovery} {
				if s := w.Subject(kind); utf8.RuneCountInString(s) > wording.MaxSubject || strings.Contains(s, "?") {
					t.Errorf("%s in %s: %q", trouble, lang, s)
				}
			}
		}
	}
}
