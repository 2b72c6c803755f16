// Package recognise finds out what an SNMP agent is: vendor, kinds, model, serial
// number, firmware. What is known of vendors is in tables, one file for each
// family (printers.go, network.go …): a new vendor or model is a line there. It
// reads no state: that is the drivers'.
//
// # How rules work
//
// Every rule whose conditions all hold has a say, the most specific first: what
// one says stays, what it leaves open the next may say. So a vendor's rule can
// name the vendor and where its devices keep the serial number, and a longer
// object identifier below it the kind. A source that leads to nothing leaves its
// turn to the next. What no rule knows is looked for where standards have it
// (Printer-MIB, ENTITY-MIB, HOST-RESOURCES-MIB).
package recognise

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/snmp"
)

// rule is one line of a table. Conditions that are empty hold always.
type rule struct {
	// Conditions.
	object  string // sysObjectID is this or below it, by whole arcs
	descr   string // regular expression that sysDescr matches; (?i) for any case
	answers string // an object that the agent has; it is asked for when the others hold, and alone only where sysObjectID names no maker (some cameras)

	// vague is for what stands for anybody's device, such as the object that every
	// Linux has: it has its say after all others.
	vague bool

	// What follows. Empty: not said.
	vendor   string
	kinds    []look.Kind // the main one first
	model    []source
	serial   []source
	firmware []source
	hardware []source
}

// source says where a fact is. Make one with the functions below.
type source struct {
	oid    string // an object's instance, or a column when walk is set; with a dot in front: below sysObjectID
	walk   bool   // the first telling value of a column
	limit  int    // how many values of the column are looked at; 0: maxColumn
	entity int    // a column of entPhysicalEntry, of the first chassis
	fixed  string // the fact itself; with match: if sysDescr matches
	mac    bool   // the hardware address of the first interface
	field  field  // of the system group
	match  string // regular expression on the text; its first group, or all of it, is the fact
	form   string // what is made of the parts, $1, $2 …; nothing when one is missing
	parts  []source
}

type field int

const (
	none field = iota
	fieldDescr
	fieldName
)

// oid is an object: oid("1.3.6.1.4.1.318.1.1.1.1.1.1.0").
func oid(instance string) source { return source{oid: instance} }

// own is an object below the device's own sysObjectID: own("1.1.5.1.0"). Makers that
// number their devices' objects so do it below the number of the family, of which a
// variant is one more arc.
func own(instance string) source { return source{oid: "." + instance} }

// part is a part of an object's text: the first group of a regular expression.
func part(instance, match string) source { return source{oid: instance, match: match} }

// column is the first telling value in a column of a table.
func column(oid string) source { return source{oid: oid, walk: true} }

// columnPart is a part of the first value in a column that the expression
// matches.
func columnPart(oid, match string) source { return source{oid: oid, walk: true, match: match} }

// columnPartOf is columnPart of a column in which so many values are looked at.
func columnPartOf(oid string, limit int, match string) source {
	return source{oid: oid, walk: true, match: match, limit: limit}
}

// inDescr is a part of sysDescr: the first group of a regular expression.
func inDescr(match string) source { return source{field: fieldDescr, match: match} }

// inName is a part of sysName.
func inName(match string) source { return source{field: fieldName, match: match} }

// joined is a fact that is made of several: joined("$1 / $2", oid(a), oid(b)).
func joined(form string, parts ...source) source { return source{form: form, parts: parts} }

// text is a fact that a rule knows itself.
func text(s string) source { return source{fixed: s} }

// textIf is a fact that follows from what sysDescr matches.
func textIf(descr, s string) source { return source{fixed: s, match: descr} }

// ownMAC is the hardware address of the first interface that has one of its own.
func ownMAC() source { return source{mac: true} }

// Columns of entPhysicalEntry (RFC 6933).
const (
	entPhysicalEntry = "1.3.6.1.2.1.47.1.1.1.1"

	entDescr    = 2
	entClass    = 5
	entName     = 7
	entHardware = 8
	entFirmware = 9
	entSoftware = 10
	entSerial   = 11
	entMaker    = 12
	entModel    = 13
)

// chassis is a column of the first chassis in ENTITY-MIB.
func chassis(column int) source { return source{entity: column} }

// Recogniser knows all tables. It is safe for concurrent use.
type Recogniser struct {
	rules    []compiled
	patterns map[string]*regexp.Regexp // by text
	brands   []brandName
}

// compiled is a rule and how specific it is.
type compiled struct {
	rule
	rank int
}

// New reads the tables. It panics when a table holds what cannot be read: a
// programmer's mistake, which a test finds.
func New() *Recogniser {
	r := &Recogniser{patterns: map[string]*regexp.Regexp{}, brands: brandNames()}
	for _, table := range tables() {
		for _, line := range table {
			rank := 0
			if line.object != "" {
				rank = 10 * (1 + strings.Count(line.object, "."))
			}
			if line.descr != "" {
				rank += 6
				r.compile(line.descr)
			}
			if line.answers != "" {
				rank += 4
			}
			if line.vague {
				rank -= 1000
			}
			for _, sources := range [][]source{line.model, line.serial, line.firmware, line.hardware} {
				r.compileAll(sources)
			}
			r.rules = append(r.rules, compiled{line, rank})
		}
	}
	slices.SortStableFunc(r.rules, func(a, b compiled) int { return b.rank - a.rank })
	return r
}

func (r *Recogniser) compileAll(sources []source) {
	for _, s := range sources {
		if s.match != "" {
			r.compile(s.match)
		}
		r.compileAll(s.parts)
	}
}

func (r *Recogniser) compile(pattern string) {
	if r.patterns[pattern] == nil {
		r.patterns[pattern] = regexp.MustCompile(pattern)
	}
}

// Objects that every agent is asked for: the system group (RFC 3418), the
// identity of its engine (RFC 3411), and of its bridge.
const (
	sysDescr     = "1.3.6.1.2.1.1.1.0"
	sysObjectID  = "1.3.6.1.2.1.1.2.0"
	sysUpTime    = "1.3.6.1.2.1.1.3.0"
	sysContact   = "1.3.6.1.2.1.1.4.0"
	sysName      = "1.3.6.1.2.1.1.5.0"
	sysLocation  = "1.3.6.1.2.1.1.6.0"
	sysServices  = "1.3.6.1.2.1.1.7.0"
	snmpEngineID = "1.3.6.1.6.3.10.2.1.1.0"
	bridgeMAC    = "1.3.6.1.2.1.17.1.1.0"
	ifPhysAddr   = "1.3.6.1.2.1.2.2.1.6"
)

// modules are the roots below which an agent has something when it has the
// module.
var modules = []struct{ name, root string }{
	{device.HasInterface, "1.3.6.1.2.1.2.2.1"},
	{device.HasHost, "1.3.6.1.2.1.25"},
	{device.HasPrinter, "1.3.6.1.2.1.43"},
	{device.HasUPS, "1.3.6.1.2.1.33.1"},
	{device.HasEntity, "1.3.6.1.2.1.47.1.1.1.1"},
	{device.HasBridge, "1.3.6.1.2.1.17"},
	{device.HasLLDP, "1.0.8802.1.1.2"},
	{device.HasPoE, "1.3.6.1.2.1.105"},
}

// Bounds of what recognising asks for.
const (
	maxMACs     = 64
	maxColumn   = 40  // values of a column that are looked at for a telling one
	maxEntities = 500 // rows of ENTITY-MIB until a chassis is found
	maxChassis  = 16  // of which the first that says what it is
)

// Identify asks an agent what it is, with about twenty requests. Errors are the
// agent's, wrapped; when it answers at all there is none.
func (r *Recogniser) Identify(ctx context.Context, a device.Agent) (device.Identity, error) {
	k := &known{agent: a, values: snmp.Values{}, columns: map[string][]snmp.Value{}, patterns: r.patterns, brands: r.brands}
	err := k.get(ctx, sysDescr, sysObjectID, sysUpTime, sysContact, sysName, sysLocation, sysServices, snmpEngineID, bridgeMAC)
	if err != nil {
		return device.Identity{}, fmt.Errorf("read the system group: %w", err)
	}
	uptime, _ := k.values[sysUpTime].Uint()
	id := device.Identity{
		Descr: k.values[sysDescr].Text(), ObjectID: k.values[sysObjectID].OID(), Uptime: uptime,
		Contact: k.values[sysContact].Text(), Name: k.values[sysName].Text(), Location: k.values[sysLocation].Text(),
		EngineID: hex.EncodeToString(k.values[snmpEngineID].Bytes()), Has: map[string]bool{},
	}
	for _, m := range modules {
		id.Has[m.name] = len(k.column(ctx, m.root, 1)) > 0
		if k.gone {
			return device.Identity{}, fmt.Errorf("see what the agent has: %w", k.err)
		}
	}
	k.apply(ctx, &id, r.matching(ctx, k, id))
	k.standard(ctx, &id)
	id.Kinds = kindsOf(id, k)
	if id.Vendor == "" && id.Is(look.Printer) {
		id.Vendor = k.brand(ctx, id)
	}
	if id.Vendor == "" {
		id.Vendor = enterpriseOf(id.ObjectID)
	}
	if id.Has[device.HasEntity] && (id.Vendor == "" || id.Vendor == anybody) {
		id.Vendor = cmp.Or(asPeopleCall(k.read(ctx, chassis(entMaker), id)), id.Vendor)
	}
	if id.Vendor == anybody && !id.Is(look.Server) && !id.Is(look.Computer) && !id.Is(look.Other) {
		id.Vendor = "" // whose camera it is, the program in it does not say
	}
	if id.Model == "" && id.Vendor != anybody {
		id.Model = modelIn(id.Descr, id.Vendor)
	}
	id.MACs = k.macs(ctx, id)
	id.Model = withoutVendor(id.Model, id.Vendor)
	if k.gone {
		return device.Identity{}, fmt.Errorf("recognise: %w", k.err)
	}
	return id, nil
}

// matching are the rules whose conditions hold, the most specific first.
func (r *Recogniser) matching(ctx context.Context, k *known, id device.Identity) []rule {
	var likely []rule
	var ask []string
	for _, line := range r.rules {
		if line.object != "" && id.ObjectID != line.object && !strings.HasPrefix(id.ObjectID, line.object+".") {
			continue
		}
		if line.descr != "" && !r.patterns[line.descr].MatchString(id.Descr) {
			continue
		}
		if line.object == "" && line.descr == "" && strings.HasPrefix(id.ObjectID, private) {
			continue
		}
		likely = append(likely, line.rule)
		if line.answers != "" {
			ask = append(ask, line.answers)
		}
	}
	_ = k.get(ctx, ask...) // what does not answer does not match
	return slices.DeleteFunc(likely, func(line rule) bool { return line.answers != "" && k.values[line.answers].IsZero() })
}

// apply lets the rules say what the device is.
func (k *known) apply(ctx context.Context, id *device.Identity, rules []rule) {
	var ask []string
	for _, line := range rules {
		for _, sources := range [][]source{line.model, line.serial, line.firmware, line.hardware} {
			ask = append(ask, instances(sources, id.ObjectID)...)
		}
	}
	_ = k.get(ctx, ask...) // what is missing is not said
	for _, line := range rules {
		if line.vague && (id.Has[device.HasPrinter] || line.object == netSNMP && id.Has[device.HasBridge]) {
			continue // net-snmp itself has neither: it is a printer or a switch that runs Linux
		}
		if id.Vendor == "" {
			id.Vendor = line.vendor
		}
		if len(id.Kinds) == 0 {
			id.Kinds = line.kinds
		}
		for _, f := range []struct {
			into    *string
			sources []source
		}{{&id.Model, line.model}, {&id.Serial, line.serial}, {&id.Firmware, line.firmware}, {&id.Hardware, line.hardware}} {
			for _, s := range f.sources {
				if *f.into != "" {
					break
				}
				*f.into = k.read(ctx, s, *id)
				if *f.into == "Linux" {
					*f.into = "" // the first word of what many write into sysDescr
				}
			}
		}
	}
}

// instances are the objects that sources ask for by their names.
func instances(sources []source, object string) []string {
	var out []string
	for _, s := range sources {
		if s.oid != "" && !s.walk {
			out = append(out, s.objects(object)...)
		}
		out = append(out, instances(s.parts, object)...)
	}
	return out
}

// objects are the instances where a source may be found on a device with this
// sysObjectID.
func (s source) objects(object string) []string {
	if !strings.HasPrefix(s.oid, ".") {
		return []string{s.oid}
	}
	if !strings.HasPrefix(object, private) {
		return nil
	}
	out := []string{object + s.oid}
	if parent := object[:strings.LastIndexByte(object, '.')]; strings.HasPrefix(parent, private) {
		out = append(out, parent+s.oid)
	}
	return out
}

// Objects of the standards that tell what the tables do not.
const (
	prtGeneralSerialNumber = "1.3.6.1.2.1.43.5.1.1.17"
	hrDeviceDescr          = "1.3.6.1.2.1.25.3.2.1.3"
	hrDeviceType           = "1.3.6.1.2.1.25.3.2.1.2"
	hrDevicePrinter        = "1.3.6.1.2.1.25.3.1.5"
	hrDeviceDisk           = "1.3.6.1.2.1.25.3.1.6"
	upsIdentModel          = "1.3.6.1.2.1.33.1.1.2.0"
	upsIdentMaker          = "1.3.6.1.2.1.33.1.1.1.0"
)

// standard looks where standards have what no table said.
func (k *known) standard(ctx context.Context, id *device.Identity) {
	say := func(into *string, sources ...source) {
		for _, s := range sources {
			if *into == "" {
				*into = k.read(ctx, s, *id)
			}
		}
	}
	if id.Has[device.HasPrinter] {
		say(&id.Serial, column(prtGeneralSerialNumber))
		if id.Model == "" {
			id.Model = k.printerDescr(ctx)
		}
	}
	if len(id.Kinds) == 0 && !id.Has[device.HasPrinter] && !id.Has[device.HasUPS] && id.Has[device.HasHost] {
		// Of a printer without Printer-MIB, HOST-RESOURCES-MIB says that it is one; a
		// computer has rows of its printers too, and disks.
		if descr := k.printerDescr(ctx); descr != "" && !k.hasDisk(ctx) {
			id.Kinds = []look.Kind{look.Printer}
			say(&id.Model, text(snmp.Clip(descr, maxFact)))
		}
	}
	if id.Has[device.HasUPS] && (len(id.Kinds) == 0 || id.Is(look.UPS)) {
		_ = k.get(ctx, upsIdentModel, upsIdentMaker, upsSoftware, agentVersion)
		say(&id.Vendor, oid(upsIdentMaker))
		id.Vendor = asPeopleCall(id.Vendor)
		say(&id.Model, oid(upsIdentModel))
		say(&id.Firmware, oid(upsSoftware), oid(agentVersion))
	}
	if id.Has[device.HasEntity] {
		say(&id.Model, chassis(entModel), chassis(entDescr))
		say(&id.Serial, chassis(entSerial))
		say(&id.Firmware, chassis(entSoftware), chassis(entFirmware))
		say(&id.Hardware, chassis(entHardware))
	}
}

// printerDescr is hrDeviceDescr of the row that is a printer.
func (k *known) printerDescr(ctx context.Context) string {
	descr, err := k.agent.Table(ctx, "1.3.6.1.2.1.25.3.2.1", 2, 3)
	k.note(ctx, err)
	for _, row := range descr {
		if row.Cells[2].OID() == hrDevicePrinter && device.Told(row.Text(3)) != "" {
			return row.Text(3)
		}
	}
	return ""
}

// hasDisk reports whether HOST-RESOURCES-MIB has a row of a disk.
func (k *known) hasDisk(ctx context.Context) bool {
	return slices.ContainsFunc(k.column(ctx, hrDeviceType, maxColumn), func(v snmp.Value) bool { return v.OID() == hrDeviceDisk })
}

// sysServices bits (RFC 3418): what layers a device serves.
const (
	layer2 = 1 << 1
	layer3 = 1 << 2
)

// kindsOf is what the rules said, and what the device's modules say besides.
func kindsOf(id device.Identity, k *known) []look.Kind {
	kinds := slices.Clone(id.Kinds)
	add := func(kind look.Kind) {
		if !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	known := len(kinds) > 0
	if id.Has[device.HasPrinter] && !known {
		add(look.Printer)
	}
	if id.Has[device.HasUPS] && !known {
		add(look.UPS)
	}
	if len(kinds) == 0 {
		services, _ := k.values[sysServices].Int()
		switch {
		case id.Has[device.HasBridge] && services&layer3 != 0 && services&layer2 == 0:
			add(look.Router)
		case id.Has[device.HasBridge] || services == layer2 || services == layer2|1:
			add(look.Switch)
		case services&layer3 != 0 && services&64 == 0:
			add(look.Router)
		default:
			add(look.Other)
		}
	}
	return kinds
}

// withoutVendor takes the vendor's name from the beginning of a model.
func withoutVendor(model, vendor string) string {
	if vendor != "" && len(model) > len(vendor)+1 && strings.EqualFold(model[:len(vendor)], vendor) && model[len(vendor)] == ' ' {
		return strings.TrimSpace(model[len(vendor):])
	}
	return model
}

// known is what an agent told so far. What it does not have is not asked twice.
type known struct {
	agent    device.Agent
	values   snmp.Values
	columns  map[string][]snmp.Value
	entity   string // index of the first chassis
	sought   bool   // the chassis was looked for
	patterns map[string]*regexp.Regexp
	brands   []brandName
	gone     bool // it stopped answering
	err      error
}

// note keeps an error that means that nothing more will come.
func (k *known) note(ctx context.Context, err error) {
	if err != nil && (ctx.Err() != nil || errors.Is(err, snmp.ErrNoAnswer)) {
		k.gone, k.err = true, err
	}
}

// get asks for objects that were not asked for yet.
func (k *known) get(ctx context.Context, oids ...string) error {
	var ask []string
	for _, o := range oids {
		if _, asked := k.values[o]; !asked && !slices.Contains(ask, o) {
			ask = append(ask, o)
		}
	}
	if len(ask) == 0 || k.gone {
		return k.err
	}
	got, err := k.agent.Get(ctx, ask...)
	for _, o := range ask {
		k.values[o] = got[o] // a zero Value: asked in vain
	}
	k.note(ctx, err)
	return err
}

// column reads at most limit values below an object.
func (k *known) column(ctx context.Context, root string, limit int) []snmp.Value {
	if values, read := k.columns[root]; read || k.gone {
		return values
	}
	found, err := k.agent.Walk(ctx, root, limit)
	k.note(ctx, err)
	values := make([]snmp.Value, 0, len(found))
	for _, v := range found {
		values = append(values, v.Value)
	}
	k.columns[root] = values
	return values
}

// chassisColumn reads a column of the first chassis that says what it is, or of the
// first stack or module where there is no chassis. Agents have rows for places that
// are empty, in a stack too: the first one is not always a thing.
func (k *known) chassisColumn(ctx context.Context, column int) snmp.Value {
	if !k.sought {
		k.sought = true
		found, err := k.agent.Walk(ctx, fmt.Sprintf("%s.%d", entPhysicalEntry, entClass), maxEntities)
		k.note(ctx, err)
		for _, class := range []int64{3, 11, 9} { // chassis, stack, module
			var parts []string
			for _, v := range found {
				if n, _ := v.Value.Int(); n == class && len(parts) < maxChassis {
					parts = append(parts, v.OID[strings.LastIndexByte(v.OID, '.')+1:])
				}
			}
			if len(parts) > 0 {
				k.entity = k.telling(ctx, parts)
				break
			}
		}
		if k.entity != "" {
			var ask []string
			for _, c := range []int{entDescr, entName, entHardware, entFirmware, entSoftware, entSerial, entMaker, entModel} {
				ask = append(ask, fmt.Sprintf("%s.%d.%s", entPhysicalEntry, c, k.entity))
			}
			_ = k.get(ctx, ask...)
		}
	}
	return k.values[fmt.Sprintf("%s.%d.%s", entPhysicalEntry, column, k.entity)]
}

// telling is the first of several parts that has a serial number or a model; the
// first when none has.
func (k *known) telling(ctx context.Context, parts []string) string {
	if len(parts) == 1 {
		return parts[0]
	}
	var ask []string
	for _, part := range parts {
		ask = append(ask, fmt.Sprintf("%s.%d.%s", entPhysicalEntry, entSerial, part), fmt.Sprintf("%s.%d.%s", entPhysicalEntry, entModel, part))
	}
	_ = k.get(ctx, ask...)
	for i, part := range parts {
		if device.Told(k.values[ask[2*i]].Text()) != "" || device.Told(k.values[ask[2*i+1]].Text()) != "" {
			return part
		}
	}
	return parts[0]
}

// read follows a source; "" when it leads to nothing that tells something.
func (k *known) read(ctx context.Context, s source, id device.Identity) string {
	switch {
	case s.fixed != "":
		if s.match != "" && !k.patterns[s.match].MatchString(id.Descr) {
			return ""
		}
		return s.fixed
	case s.mac:
		if macs := k.macs(ctx, id); len(macs) > 0 {
			return macs[0]
		}
		return ""
	case s.form != "":
		return k.joined(ctx, s, id)
	case s.field == fieldDescr:
		return k.found(s, id.Descr)
	case s.field == fieldName:
		return k.found(s, id.Name)
	case s.entity != 0:
		return k.found(s, k.chassisColumn(ctx, s.entity).Text())
	case s.walk:
		for _, v := range k.column(ctx, s.oid, cmp.Or(s.limit, maxColumn)) {
			if t := k.found(s, v.Text()); t != "" {
				return t
			}
		}
		return ""
	}
	objects := s.objects(id.ObjectID)
	_ = k.get(ctx, objects...)
	for _, o := range objects {
		if t := k.found(s, k.values[o].Text()); t != "" {
			return t
		}
	}
	return ""
}

// joined makes a fact of the parts of a source.
func (k *known) joined(ctx context.Context, s source, id device.Identity) string {
	var pairs []string
	for i, part := range s.parts {
		fact := k.read(ctx, part, id)
		if fact == "" {
			return ""
		}
		pairs = append(pairs, fmt.Sprintf("$%d", i+1), fact)
	}
	return snmp.Clip(strings.NewReplacer(pairs...).Replace(s.form), maxFact)
}

// found is the part of a text that a source wants.
func (k *known) found(s source, text string) string {
	if s.match != "" {
		m := k.patterns[s.match].FindStringSubmatch(text)
		if m == nil {
			return ""
		}
		text = m[min(1, len(m)-1)]
	}
	text = strings.TrimSpace(text)
	if device.Told(text) == "" {
		return ""
	}
	return snmp.Clip(text, maxFact)
}

// maxFact bounds a fact, in bytes.
const maxFact = 200

// macs are the hardware addresses of the device's interfaces and bridge.
func (k *known) macs(ctx context.Context, id device.Identity) []string {
	var out []string
	add := func(v snmp.Value) {
		// Locally administered and multicast addresses do not tell devices apart.
		if mac := v.MAC(); mac != "" && v.Bytes()[0]&3 == 0 && !slices.Contains(out, mac) {
			out = append(out, mac)
		}
	}
	add(k.values[bridgeMAC])
	if id.Has[device.HasInterface] {
		for _, v := range k.column(ctx, ifPhysAddr, maxMACs) {
			add(v)
		}
	}
	slices.Sort(out)
	return out
}
