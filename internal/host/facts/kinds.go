package facts

// Kind is one kind of facts, as docs/privacy.md describes it.
type Kind struct {
	Name    string   // of look.FactSet.Kind
	Fields  []string // every field that an item may have, sorted
	Default bool     // collected unless it is switched off
	About   string   // what it is and what an item's key is, English
}

// Names of the kinds.
const (
	System     = "system"
	CPU        = "cpu"
	Memory     = "memory"
	Disk       = "disk"
	Network    = "network"
	Monitor    = "monitor"
	OS         = "os"
	Update     = "update"
	Antivirus  = "antivirus"
	Firewall   = "firewall"
	Encryption = "encryption"
	Membership = "membership"
	Software   = "software"
	Sessions   = "sessions"
)

// Kinds returns every kind of facts with its fields, in the order in which
// they are taken. Truth is written "yes" and "no", times as RFC 3339 in UTC,
// days as 2026-11-24, sizes in bytes.
func Kinds() []Kind {
	return []Kind{
		{System, []string{"asset", "bios_date", "bios_make", "bios_version", "board_make", "board_model", "board_serial", "chassis", "make", "model", "serial", "sku", "uuid", "version"},
			true, "the computer, its board and its firmware; one item"},
		{CPU, []string{"cores", "make", "model", "speed_mhz", "threads"}, true, "each processor, by its socket"},
		{Memory, []string{"make", "part", "serial", "size_bytes", "speed_mts", "type"}, true, "each memory module, by its slot"},
		{Disk, []string{"bus", "device", "firmware", "health", "media", "model", "serial", "size_bytes"},
			true, "each disk and software RAID, by its serial number or else its device; health is healthy, warning or failing"},
		{Network, []string{"bus", "device", "mac", "model"}, true, "each network card, by its permanent address; virtual ones are left out"},
		{Monitor, []string{"make", "model", "product", "serial", "year"}, true, "each monitor that is connected, by maker, product and serial number"},
		{OS, []string{"activation", "architecture", "build", "edition", "installed", "kernel", "name", "time_zone", "type", "version"},
			true, "the operating system; one item"},
		{Update, []string{"last", "last_name", "restart_pending", "restart_pending_since"}, true, "when updates were last installed and whether they wait for a restart; one item"},
		{Antivirus, []string{"enabled", "name", "up_to_date"}, true, "each antivirus program that the system knows, by its name"},
		{Firewall, []string{"enabled", "name"}, true, "each profile of the system's firewall, or each firewall program, by its name"},
		{Encryption, []string{"method", "protected", "volume"}, true, "each volume and whether it is encrypted, by its drive letter or mount point"},
		{Membership, []string{"name", "tenant", "type"}, true, "the domain, workgroup or Entra tenant that the computer belongs to, by its type; not the person who joined it"},
		{Software, []string{"architecture", "installed", "make", "name", "scope", "version"},
			true, "each installed program or package, by its name; scope is machine, or user when a user installed it for themselves (not which)"},
		{Sessions, []string{"remote", "since", "type", "user"}, false, "who is logged in at this moment, by the number of the session"},
	}
}
