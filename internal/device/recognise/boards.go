package recognise

import "github.com/budi-monitor/budi/internal/look"

// boards are boards that answer for a server's hardware. Model and serial number
// are those of the server, as far as the board tells them.
var boards = []rule{
	{
		object: "1.3.6.1.4.1.674.10892.5", vendor: "Dell", kinds: []look.Kind{look.ServerBoard},
		model:    []source{oid("1.3.6.1.4.1.674.10892.5.1.3.12.0"), oid("1.3.6.1.4.1.674.10892.2.1.1.2.0")},
		serial:   []source{oid("1.3.6.1.4.1.674.10892.5.1.3.2.0"), oid("1.3.6.1.4.1.674.10892.2.1.1.11.0")},
		firmware: []source{oid("1.3.6.1.4.1.674.10892.5.1.1.8.0"), oid("1.3.6.1.4.1.674.10892.2.1.2.1.0")},
	},
	{
		descr: `^Dell Out-of-band SNMP Agent|\biDRAC\d*\b`, vendor: "Dell", kinds: []look.Kind{look.ServerBoard},
		model: []source{oid("1.3.6.1.4.1.674.10892.2.1.1.2.0"), inDescr(`\b(iDRAC\d*)`)},
	},
	{ // before iDRAC7, and of blade chassis
		object: "1.3.6.1.4.1.674.10892.2", vendor: "Dell", kinds: []look.Kind{look.ServerBoard},
		model:    []source{oid("1.3.6.1.4.1.674.10892.2.1.1.2.0"), oid("1.3.6.1.4.1.674.10892.2.1.1.1.0")},
		serial:   []source{oid("1.3.6.1.4.1.674.10892.2.1.1.11.0"), oid("1.3.6.1.4.1.674.10892.2.1.1.6.0")},
		firmware: []source{oid("1.3.6.1.4.1.674.10892.2.1.2.1.0")},
	},

	{
		object: "1.3.6.1.4.1.232.9.4", vendor: "HPE", kinds: []look.Kind{look.ServerBoard},
		model:    []source{oid("1.3.6.1.4.1.232.2.2.4.2.0")},
		serial:   []source{oid("1.3.6.1.4.1.232.2.2.2.1.0")},
		firmware: []source{oid("1.3.6.1.4.1.232.9.2.2.2.0"), part("1.3.6.1.4.1.232.11.2.14.1.1.5.0", `^(\d+\.\d+)`), inDescr(`Lights-Out \d* ?(\d+\.\d+)`)},
		hardware: []source{inDescr(`(Integrated Lights-Out \d+)`)},
	},
	{
		descr: `Integrated Lights-Out`, vendor: "HPE", kinds: []look.Kind{look.ServerBoard},
		model: []source{oid("1.3.6.1.4.1.232.2.2.4.2.0")}, serial: []source{oid("1.3.6.1.4.1.232.2.2.2.1.0")},
	},

	{ // Supermicro with ATEN's firmware
		object: "1.3.6.1.4.1.21317", vendor: "Supermicro", kinds: []look.Kind{look.ServerBoard},
		model: []source{oid("1.3.6.1.4.1.21317.1.14.1.2.0"), inDescr(`\b(X\d+\w{2,}[\w+-]*)`)}, firmware: []source{oid("1.3.6.1.4.1.21317.1.14.1.3.0")},
	},
	{object: "1.3.6.1.4.1.10876", vendor: "Supermicro", kinds: []look.Kind{look.ServerBoard}},

	{
		object: "1.3.6.1.4.1.231", answers: "1.3.6.1.4.1.231.2.10.2.2.10.2.3.1.5.1", vendor: "Fujitsu", kinds: []look.Kind{look.ServerBoard},
		model:    []source{part("1.3.6.1.4.1.231.2.10.2.2.10.2.3.1.4.1", `.`), oid("1.3.6.1.4.1.231.2.10.2.2.10.2.3.1.5.1")},
		serial:   []source{oid("1.3.6.1.4.1.231.2.10.2.2.10.2.3.1.7.1")},
		firmware: []source{oid("1.3.6.1.4.1.231.2.10.2.2.10.4.1.1.11.1")},
	},
	{descr: `(?i)\biRMC\b`, vendor: "Fujitsu", kinds: []look.Kind{look.ServerBoard}, model: []source{inDescr(`(?i)\b(iRMC\s?S?\d*)`)}},

	{ // Huawei's iBMC, by the row of its table of firmware that is named "Active iBMC"
		object: "1.3.6.1.4.1.2011.2.235", vendor: "Huawei", kinds: []look.Kind{look.ServerBoard},
		model:    []source{oid("1.3.6.1.4.1.2011.2.235.1.1.1.6.0")},
		serial:   []source{oid("1.3.6.1.4.1.2011.2.235.1.1.1.7.0")},
		firmware: []source{oid("1.3.6.1.4.1.2011.2.235.1.1.11.50.1.4.11.65.99.116.105.118.101.32.105.66.77.67")},
	},

	lenovo("1.3.6.1.4.1.19046.11.1", "1.3.6.1.4.1.19046.11.1.1", "Lenovo"),
	lenovo("1.3.6.1.4.1.2.3.51.3", "1.3.6.1.4.1.2.3.51.3.1", "IBM"),
	lenovo("1.3.6.1.4.1.2.6.158", "1.3.6.1.4.1.2.3.51.3.1", "IBM"),

	cimc(text("UCS"), "1.3.6.1.4.1.9.1", `(?i)Cisco Integrated Management Controller|\bCIMC\b`),
	cimc(text("UCS"), "1.3.6.1.4.1.9.1.1512", ""),
}

// lenovo are Lenovo's XCC and, before it, IBM's IMM, which numbered alike.
func lenovo(object, root, vendor string) rule {
	return rule{
		object: object, vendor: vendor, kinds: []look.Kind{look.ServerBoard},
		model:    []source{oid(root + ".5.2.1.5.0"), oid(root + ".5.2.1.1.0")},
		serial:   []source{oid(root + ".5.2.1.3.0")},
		firmware: []source{column(root + ".5.1.1.4"), column(root + ".5.1.1.3")},
	}
}

// cimc are Cisco's UCS rack servers.
func cimc(otherwise source, object, descr string) rule {
	return rule{
		object: object, descr: descr, vendor: "Cisco", kinds: []look.Kind{look.ServerBoard},
		model:    []source{column("1.3.6.1.4.1.9.9.719.1.9.6.1.6"), column("1.3.6.1.4.1.9.9.719.1.9.35.1.32"), inDescr(`\[(UCS [^\]]+?)\s*\]`), otherwise},
		serial:   []source{column("1.3.6.1.4.1.9.9.719.1.9.35.1.47"), column("1.3.6.1.4.1.9.9.719.1.9.6.1.14")},
		firmware: []source{inDescr(`(?i)Firmware Version\s*(\S+?),?(?:\s|$)`), inDescr(`\b(\d+\.\d+\(\w+\))`)},
	}
}
