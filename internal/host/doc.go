// Package host looks at the computer that it runs on: processors, memory,
// swap, filesystems, disks, network, load and uptime, and a few facts about
// the system. The collector calls it in process for its own computer and the
// agent calls it on a guest's; nobody else should.
//
// It is not an inventory (hardware and software come elsewhere), it never
// starts another program, and it never invents a number: what a system does
// not tell is left out, what could not be read is counted in
// budi_host_part_errors.
//
// It is the only package that imports gopsutil, and it uses of it what holds
// in v3.24.5. Where gopsutil starts programs (vm_stat, netstat, sw_vers,
// lsb_release), answers another question (Windows' commit charge as swap),
// mangles names (mount points with quotes or bytes that are not UTF-8) or
// blocks on what we would skip anyway, the OS files ask the system themselves.
// One thing to know on Windows: importing gopsutil's disk package switches on
// the disk performance counters when it runs as an administrator (as the
// command "diskperf -Y" does).
//
// Reading (the source of each system: read_linux.go, read_windows.go,
// read_darwin.go) is apart from what is made of it (mounts.go, samples.go), so
// that recorded answers of other systems are replayed in tests on Linux.
package host
