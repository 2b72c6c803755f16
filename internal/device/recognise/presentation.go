package recognise

import "github.com/budi-monitor/budi/internal/look"

// projectorMakers are rules for projectors that say so in sysDescr, with their
// maker's name and perhaps the model beside it.
func projectorMakers() []rule {
	var rules []rule
	for _, maker := range []string{"NEC", "Panasonic", "Sony", "Epson", "BenQ", "Optoma", "ViewSonic", "Acer", "Casio", "Hitachi", "Maxell", "Mitsubishi", "InFocus", "Vivitek", "Barco", "Christie", "Canon", "Sharp", "JVC", "Ricoh", "LG", "Digital Projection"} {
		rules = append(rules, rule{
			descr: `(?i)\b` + maker + `\b.*\bprojector\b`, vendor: maker, kinds: []look.Kind{look.Projector},
			model: []source{inDescr(`(?i)\b` + maker + `\b (?:(?:network |data )?projector )?((?:[A-Z]{1,4}-)?[A-Z]{0,4}\d[\w-]*)`), inDescr(`(?i)\bprojector ((?:[A-Z]{1,4}-)?[A-Z]{1,4}\d[\w-]*)`)},
		})
	}
	return rules
}

// presentation are projectors and displays. Few makers publish their objects; the
// others are known by what they call themselves.
var presentation = []rule{
	{
		object: "1.3.6.1.4.1.1248.4.1", vendor: "Epson", kinds: []look.Kind{look.Projector},
		model: []source{inDescr(`\b((?:EB|EH|EMP|ELP|CB|CH|PowerLite|BrightLink)[- ]?(?:Pro )?[A-Z]{0,3}\d[\w/+-]*)`)},
		// One object holds both: "10018/X4AB0123".
		serial:   []source{part("1.3.6.1.4.1.1248.4.1.1.1.8.0", `^[^/]+/\s*(.+)$`)},
		firmware: []source{part("1.3.6.1.4.1.1248.4.1.1.1.8.0", `^\s*([^/]+?)\s*(?:/|$)`)},
	},
	{
		object: "1.3.6.1.4.1.25766", vendor: "Christie", kinds: []look.Kind{look.Projector},
		model: []source{inDescr(`\b((?:CP|D4K|DHD|DWU|DS\+|4K|M 4K|CineLife)\d[\w-]*)`)},
	},
	{
		object: "1.3.6.1.4.1.12612.220", vendor: "Barco", kinds: []look.Kind{look.Projector},
		model:    []source{oid("1.3.6.1.4.1.12612.220.11.2.2.12.1.0"), inDescr(`\b([DS]P\d?K?-\w+)`)},
		serial:   []source{oid("1.3.6.1.4.1.12612.220.11.2.2.1.0")},
		firmware: []source{oid("1.3.6.1.4.1.12612.220.11.2.2.8.0"), oid("1.3.6.1.4.1.12612.220.11.1.2.12.0")},
	},

	{descr: `\bVPL-[A-Z]{1,4}\d`, vendor: "Sony", kinds: []look.Kind{look.Projector}, model: []source{inDescr(`\b(VPL-[A-Z]{1,4}\d+\w*)`)}},
	{descr: `(?i)panasonic.*\bPT-[A-Z]{1,4}\d`, vendor: "Panasonic", kinds: []look.Kind{look.Projector}, model: []source{inDescr(`\b(PT-[A-Z]{1,4}\d+\w*)`)}},
	{descr: `(?i)panasonic.*\bTH-\d`, vendor: "Panasonic", kinds: []look.Kind{look.Display}, model: []source{inDescr(`\b(TH-\d+\w*)`)}},
	{descr: `\bNP-[A-Z]{1,3}\d{3}`, vendor: "NEC", kinds: []look.Kind{look.Projector}, model: []source{inDescr(`\b(NP-[A-Z]{1,3}\d+\w*)`)}},
	{descr: `(?i)\bmultisync\b`, vendor: "NEC", kinds: []look.Kind{look.Display}, model: []source{inDescr(`(?i)\b(multisync \w[\w-]*)`)}},
	{descr: `\bPN-[A-Z]{0,3}\d{2,}`, vendor: "Sharp", kinds: []look.Kind{look.Display}, model: []source{inDescr(`\b(PN-[A-Z]{0,3}\d+\w*)`)}},
	{descr: `(?i)\bsamsung\b.*\b(signage|display)\b`, vendor: "Samsung", kinds: []look.Kind{look.Display}},
	{descr: `(?i)\bLG\b.*\b(signage|display|webos)\b`, vendor: "LG", kinds: []look.Kind{look.Display}},
	{descr: `(?i)\bprojector\b`, kinds: []look.Kind{look.Projector}},
	{descr: `(?i)\b(digital signage|signage display|flat panel|interactive (display|panel|board|whiteboard))\b`, kinds: []look.Kind{look.Display}},
}
