package metric

// Names of a computer's own metrics: OpenTelemetry's semantic conventions for
// system metrics, version 1.43.0, written as Prometheus writes OTLP (the
// strategy UnderscoreEscapingWithSuffixes of prometheus/otlptranslator 1.0.0):
// dots become underscores, the unit's full word is appended (By → bytes,
// s → seconds, gauges of unit 1 → ratio, {annotations} → nothing), monotonic
// counters end in _total, and attributes become labels the same way. A test
// holds every name against that translator.
//
// The convention has no load average; those three carry the names of the
// OpenTelemetry Collector's hostmetrics receiver. Names that start with
// budi_host_ are ours.
const (
	SystemUptime              = "system_uptime_seconds"
	SystemCPULogicalCount     = "system_cpu_logical_count"
	SystemCPUTime             = "system_cpu_time_seconds_total"
	SystemCPULoad1            = "system_cpu_load_average_1m"
	SystemCPULoad5            = "system_cpu_load_average_5m"
	SystemCPULoad15           = "system_cpu_load_average_15m"
	SystemMemoryUsage         = "system_memory_usage_bytes"
	SystemMemoryLimit         = "system_memory_limit_bytes"
	SystemMemoryUtilization   = "system_memory_utilization_ratio"
	SystemMemoryAvailable     = "system_memory_linux_available_bytes"
	SystemPagingUsage         = "system_paging_usage_bytes"
	SystemPagingUtilization   = "system_paging_utilization_ratio"
	SystemFilesystemUsage     = "system_filesystem_usage_bytes"
	SystemFilesystemLimit     = "system_filesystem_limit_bytes"
	SystemFilesystemUse       = "system_filesystem_utilization_ratio"
	SystemDiskIO              = "system_disk_io_bytes_total"
	SystemDiskOperations      = "system_disk_operations_total"
	SystemDiskIOTime          = "system_disk_io_time_seconds_total"
	SystemDiskOperationTime   = "system_disk_operation_time_seconds_total"
	SystemNetworkIO           = "system_network_io_bytes_total"
	SystemNetworkPackets      = "system_network_packet_count_total"
	SystemNetworkErrors       = "system_network_errors_total"
	SystemNetworkDropped      = "system_network_packet_dropped_total"
	HostPartErrors            = "budi_host_part_errors"
	HostLeftOut               = "budi_host_left_out"
	LabelCPUMode              = "cpu_mode"
	LabelDevice               = "system_device"
	LabelDiskDirection        = "disk_io_direction"
	LabelFilesystemMode       = "system_filesystem_mode"
	LabelFilesystemMountpoint = "system_filesystem_mountpoint"
	LabelFilesystemState      = "system_filesystem_state"
	LabelFilesystemType       = "system_filesystem_type"
	LabelMemoryState          = "system_memory_state"
	LabelNetworkDirection     = "network_io_direction"
	LabelNetworkInterface     = "network_interface_name"
	LabelPagingState          = "system_paging_state"
	LabelPart                 = "part"
)

// hostDefs is what package host emits. Two rules are meant to be built on it:
//
// A disk is nearly full when little is left both in proportion and in bytes
// (a tenth of 4 TB is not "nearly full"), on a filesystem that can be written:
//
//	system_filesystem_utilization_ratio{system_filesystem_mode="rw"} > 0.90
//	and ignoring (system_filesystem_state)
//	system_filesystem_usage_bytes{system_filesystem_state="free"} < 20 * 1024^3
//
// Memory is exhausted when programs hold nearly all of it; "used" leaves out
// whatever the system would give back at once (caches), on every system:
//
//	min_over_time(system_memory_utilization_ratio{system_memory_state="used"}[15m]) > 0.95
func hostDefs() []Def {
	filesystem := []string{LabelDevice, LabelFilesystemMountpoint, LabelFilesystemType, LabelFilesystemMode}
	withState := append(append([]string{}, filesystem...), LabelFilesystemState)
	disk := []string{LabelDevice, LabelDiskDirection}
	network := []string{LabelNetworkInterface, LabelNetworkDirection}
	return []Def{
		{SystemUptime, Gauge, "seconds", "Time since the computer was started.", nil},
		{SystemCPULogicalCount, Gauge, "", "Number of logical processors that are online.", nil},
		{SystemCPUTime, Counter, "seconds", "Time that all logical processors together spent in each mode since the start.", []string{LabelCPUMode}},
		{SystemCPULoad1, Gauge, "", "Average number of threads that ran or waited to run, over one minute.", nil},
		{SystemCPULoad5, Gauge, "", "Average number of threads that ran or waited to run, over five minutes.", nil},
		{SystemCPULoad15, Gauge, "", "Average number of threads that ran or waited to run, over fifteen minutes.", nil},
		{SystemMemoryUsage, Gauge, "bytes", "Memory by state, where used means total less what the system could give to programs at once.", []string{LabelMemoryState}},
		{SystemMemoryLimit, Gauge, "bytes", "Memory that the operating system has at its disposal.", nil},
		{SystemMemoryUtilization, Gauge, "ratio", "Share of memory that is used and could not be given to other programs at once.", []string{LabelMemoryState}},
		{SystemMemoryAvailable, Gauge, "bytes", "The kernel's estimate of memory that programs could get without swapping (MemAvailable).", nil},
		{SystemPagingUsage, Gauge, "bytes", "Space in all swap devices or page files together, by state.", []string{LabelPagingState}},
		{SystemPagingUtilization, Gauge, "ratio", "Share of all swap devices or page files together that is used.", []string{LabelPagingState}},
		{SystemFilesystemUsage, Gauge, "bytes", "Space of a filesystem by state, where free is what ordinary users may still write and reserved is kept for the administrator.", withState},
		{SystemFilesystemLimit, Gauge, "bytes", "Size of a filesystem.", filesystem},
		{SystemFilesystemUse, Gauge, "ratio", "Share of a filesystem that is used, as df counts it: used / (used + free), so that 1 means that ordinary users can write nothing.", withState},
		{SystemDiskIO, Counter, "bytes", "Bytes read from and written to a disk.", disk},
		{SystemDiskOperations, Counter, "", "Read and write operations that a disk has finished.", disk},
		{SystemDiskIOTime, Counter, "seconds", "Time during which a disk had at least one operation under way.", []string{LabelDevice}},
		{SystemDiskOperationTime, Counter, "seconds", "Sum of the times that a disk's operations took.", disk},
		{SystemNetworkIO, Counter, "bytes", "Bytes received and transmitted by a network interface.", network},
		{SystemNetworkPackets, Counter, "", "Packets received and transmitted by a network interface.", []string{LabelDevice, LabelNetworkDirection}},
		{SystemNetworkErrors, Counter, "", "Packets that a network interface received or transmitted with errors.", network},
		{SystemNetworkDropped, Counter, "", "Packets without errors that a network interface dropped.", network},
		{HostPartErrors, Gauge, "", "How many things in a part of the computer could not be read in the last look; absent when everything was read.", []string{LabelPart}},
		{HostLeftOut, Gauge, "", "How many filesystems, disks or network interfaces were left out because their list is at its limit; absent when none was.", []string{LabelPart}},
	}
}

// Gap says why a host metric is not told on a system; empty means that it is.
type Gap struct{ Linux, Windows, MacOS string }

// HostGaps returns the gaps of the host metrics by name; a metric that is not
// in the map is told on Linux, Windows and macOS.
func HostGaps() map[string]Gap {
	const (
		mach = "needs Mach calls, which a build without cgo cannot make"
		load = "Windows keeps no load average; an emulated one would count something else"
		kit  = "macOS tells it to programs with cgo only"
		only = "the name and the number are Linux's own; use the used state of system_memory_utilization_ratio"
	)
	return map[string]Gap{
		SystemCPUTime:           {MacOS: mach},
		SystemCPULoad1:          {Windows: load},
		SystemCPULoad5:          {Windows: load},
		SystemCPULoad15:         {Windows: load},
		SystemMemoryAvailable:   {Windows: only, MacOS: only},
		SystemDiskIO:            {MacOS: mach},
		SystemDiskOperations:    {MacOS: mach},
		SystemDiskIOTime:        {Windows: "the disk driver's counters do not include it", MacOS: mach},
		SystemDiskOperationTime: {Windows: "the unit that drivers use is not certain", MacOS: mach},
		HostAntivirusEnabled:    {Linux: "Linux has no place where antivirus programs are told", MacOS: kit},
		HostAntivirusUpToDate:   {Linux: "Linux has no place where antivirus programs are told", MacOS: kit},
		HostFirewallEnabled:     {MacOS: kit},
		HostRestartPending:      {MacOS: kit},
		HostUpdateAge:           {MacOS: kit},
		HostDiskHealthy:         {MacOS: kit},
	}
}
