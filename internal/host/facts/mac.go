package facts

import (
	"context"
	"errors"
	"strings"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/wire"
)

// mac is a computer with macOS. What is told without cgo is little: the serial
// number, the disks, updates and FileVault are asked through IOKit and other
// frameworks.
type mac struct {
	hostname string
	text     func(sysctl string) string // "" when there is none
	number   func(sysctl string) uint64 // 0 when there is none
	zone     string                     // where /etc/localtime leads
	adapters func() ([]adapter, error)
}

func (m mac) source() source {
	return source{identity: m.identity, kinds: map[string]reader{System: m.system, CPU: m.cpu, Network: m.networks, OS: m.os}}
}

func (m mac) identity(context.Context) (identity, error) {
	adapters, err := m.adapters()
	return identity{Hostname: m.hostname, Machine: wire.Machine{MACs: machineMACs(adapters)}}, err
}

func (m mac) system(context.Context) ([]look.Item, error) {
	f := fields{"make": "Apple"}
	f.set("model", m.text("hw.model"))
	if f["model"] == "" {
		return nil, errors.New("read hw.model: the kernel does not tell")
	}
	return []look.Item{{Fields: f}}, nil
}

func (m mac) cpu(context.Context) ([]look.Item, error) {
	f := fields{}
	f.set("model", m.text("machdep.cpu.brand_string"))
	f.number("cores", m.number("hw.physicalcpu"))
	f.number("threads", m.number("hw.logicalcpu"))
	switch {
	case strings.HasPrefix(f["model"], "Apple"):
		f["make"] = "Apple"
	case strings.Contains(f["model"], "Intel"):
		f["make"] = "Intel"
	}
	return []look.Item{{Key: "CPU 0", Fields: f}}, nil
}

func (m mac) networks(context.Context) ([]look.Item, error) {
	all, err := m.adapters()
	return networkItems(all), err
}

func (m mac) os(context.Context) ([]look.Item, error) {
	f := fields{"name": "macOS", "type": "client"}
	f.set("version", m.text("kern.osproductversion"))
	f.set("build", m.text("kern.osversion"))
	f.set("kernel", m.text("kern.osrelease"))
	f.set("architecture", m.text("hw.machine"))
	if _, zone, ok := strings.Cut(m.zone, "zoneinfo/"); ok {
		f.set("time_zone", zone)
	}
	return []look.Item{{Fields: f}}, nil
}
