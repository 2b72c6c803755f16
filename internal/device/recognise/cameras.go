package recognise

import "github.com/budi-monitor/budi/internal/look"

// cameras are cameras and their recorders. Many answer for their own objects only,
// some not even for the system group.
var cameras = []rule{
	axis("1.3.6.1.4.1.368", ""),
	axis("", `^\s*;\s*AXIS [^;]+;`), // older ones say that they are any Linux
	{object: "1.3.6.1.4.1.368", descr: `;\s*AXIS [^;]+;.*(?i:recorder|Camera Station)`, vendor: "Axis", kinds: []look.Kind{look.Recorder}},
	{object: "1.3.6.1.4.1.368", descr: `;\s*AXIS [^;]+;.*(?i:speaker|audio bridge|I/O relay|access control|door controller|radar)`, vendor: "Axis", kinds: []look.Kind{look.Other}},

	hikvision("1.3.6.1.4.1.39165", ""),
	hikvision("", "1.3.6.1.4.1.39165.1.1.0"),
	hikvision(netSNMP, "1.3.6.1.4.1.39165.1.1.0"),
	{
		object: "1.3.6.1.4.1.50001", vendor: "Hikvision", kinds: []look.Kind{look.Recorder},
		// It tells its serial number, of which the end is what is printed on it.
		serial: []source{oid("1.3.6.1.4.1.50001.1.3.0")},
		model:  []source{part("1.3.6.1.4.1.50001.1.3.0", `^((?:DS|iDS)-[\w/-]+?)\d{10}`)},
	},
	{object: "1.3.6.1.4.1.39165", descr: `(?i)\b(NVR|DVR)\b`, vendor: "Hikvision", kinds: []look.Kind{look.Recorder}},

	dahua("1.3.6.1.4.1.1004849", "", look.Camera),
	dahua("1.3.6.1.4.1.1004849", `(?i)(NVR|DVR|XVR|HCVR|EVS|IVSS)`, look.Recorder),
	{object: netSNMP, answers: "1.3.6.1.4.1.1004849.2.1.2.4.0", vendor: "Dahua", kinds: []look.Kind{look.Camera}, model: []source{oid("1.3.6.1.4.1.1004849.2.1.2.6.0")}, serial: []source{oid("1.3.6.1.4.1.1004849.2.1.2.4.0")}, firmware: []source{oid("1.3.6.1.4.1.1004849.2.1.1.1.0")}},

	{object: "1.3.6.1.4.1.46202", vendor: "Avigilon", kinds: []look.Kind{look.Camera}, model: []source{inDescr(`\b(\d[\d.]*\w?-[\w-]+)`)}},
	{object: "1.3.6.1.4.1.36849", vendor: "Hanwha", kinds: []look.Kind{look.Camera}, model: []source{inDescr(`\b([A-Z]{3}-\w+)`)}},
	{object: "1.3.6.1.4.1.3967", vendor: "Bosch", kinds: []look.Kind{look.Camera}, model: []source{oid("1.3.6.1.4.1.3967.1.1.5.1.0"), inDescr(`^(\S.*)$`)}},
	{object: "1.3.6.1.4.1.25066", vendor: "Mobotix", kinds: []look.Kind{look.Camera}},
	{object: "1.3.6.1.4.1.4761", vendor: "Arecont Vision", kinds: []look.Kind{look.Camera}},
	{object: "1.3.6.1.4.1.23465", vendor: "Vivotek", kinds: []look.Kind{look.Camera}, model: []source{inDescr(`\b([A-Z]{2}\d{4}\w*(?:-\w+)*)`)}},
	{object: "1.3.6.1.4.1.14685", vendor: "Vivotek", kinds: []look.Kind{look.Camera}},
	{descr: `(?i)\bvivotek\b`, vendor: "Vivotek", kinds: []look.Kind{look.Camera}, model: []source{inDescr(`\b([A-Z]{2}\d{4}\w*(?:-\w+)*)`)}},
	{descr: `\bSNC-[A-Z]+\d`, vendor: "Sony", kinds: []look.Kind{look.Camera}, model: []source{inDescr(`\b(SNC-[A-Z]+\d+\w*)`)}},
	{descr: `\bWV-[A-Z]+\d`, vendor: "Panasonic", kinds: []look.Kind{look.Camera}, model: []source{inDescr(`\b(WV-[A-Z]+\d+\w*)`)}},
	{descr: `(?i)\bmilesight\b`, vendor: "Milesight", kinds: []look.Kind{look.Camera}, model: []source{inDescr(`\b(MS-\w+(?:-\w+)*)`)}},
	{descr: `(?i)\b(network|IP) ?camera\b`, kinds: []look.Kind{look.Camera}},
	{descr: `(?i)\b(network video recorder|NVR|DVR)\b`, kinds: []look.Kind{look.Recorder}},
}

func axis(object, descr string) rule {
	return rule{
		object: object, descr: descr, vendor: "Axis", kinds: []look.Kind{look.Camera},
		model:    []source{inDescr(`;\s*(AXIS [^;]+?)\s*;`), inDescr(`\b(AXIS \S+)`)},
		firmware: []source{inDescr(`;\s*(\d+\.\d+[\w.]*)\s*;`)},
		serial:   []source{ownMAC()}, // an Axis has no other
	}
}

func hikvision(object, answers string) rule {
	return rule{
		object: object, answers: answers, vendor: "Hikvision", kinds: []look.Kind{look.Camera},
		model:    []source{oid("1.3.6.1.4.1.39165.1.1.0")},
		firmware: []source{oid("1.3.6.1.4.1.39165.1.3.0")},
	}
}

func dahua(object, descr string, kind look.Kind) rule {
	return rule{
		object: object, descr: descr, vendor: "Dahua", kinds: []look.Kind{kind},
		model:    []source{oid("1.3.6.1.4.1.1004849.2.1.2.6.0")},
		serial:   []source{oid("1.3.6.1.4.1.1004849.2.1.2.4.0")},
		firmware: []source{oid("1.3.6.1.4.1.1004849.2.1.1.1.0")},
	}
}
