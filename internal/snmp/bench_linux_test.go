package snmp_test

import (
	"fmt"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/budi-monitor/budi/internal/sim/snmpagent"
	"github.com/budi-monitor/budi/internal/snmp"
)

// TestMain lets the benchmarks have their agent in another process.
func TestMain(m *testing.M) {
	snmpagent.ServeIfAsked()
	os.Exit(m.Run())
}

// switch48 is a switch of 48 ports with the tables of IF-MIB.
func switch48() *snmpagent.Recording {
	r := snmpagent.NewRecording()
	r.Set(sysDescr, snmpagent.Text("a switch with 48 ports"))
	for i := 1; i <= 48; i++ {
		for _, column := range columns(22) {
			v := snmpagent.Counter32(uint32(i * column * 7919))
			switch column {
			case 1, 3, 4, 7, 8:
				v = snmpagent.Integer(int64(i))
			case 2:
				v = snmpagent.Text("GigabitEthernet1/0/" + strconv.Itoa(i))
			case 6:
				v = snmpagent.Octets(2, 0, 0, 0, 1, byte(i))
			case 22:
				v = snmpagent.ObjectID("0.0")
			}
			r.Set(fmt.Sprintf("%s.%d.%d", ifEntry, column, i), v)
		}
		for _, column := range columns(19) {
			v := snmpagent.Counter64(uint64(i*column) << 33)
			switch column {
			case 1, 18:
				v = snmpagent.Text("Gi1/0/" + strconv.Itoa(i))
			case 15:
				v = snmpagent.Gauge32(1000)
			}
			r.Set(fmt.Sprintf("1.3.6.1.2.1.31.1.1.1.%d.%d", column, i), v)
		}
	}
	return r
}

// printer has the tables of Printer-MIB that one of four colours has.
func printer() *snmpagent.Recording {
	r := snmpagent.NewRecording()
	r.Set(sysDescr, snmpagent.Text("a printer of four colours"))
	for _, table := range []struct {
		entry         string
		columns, rows int
	}{{"1.3.6.1.2.1.43.6.1.1", 3, 4}, {"1.3.6.1.2.1.43.8.2.1", 18, 4}, {"1.3.6.1.2.1.43.10.2.1", 15, 1}, {"1.3.6.1.2.1.43.11.1.1", 9, 9}, {"1.3.6.1.2.1.43.12.1.1", 5, 4}, {"1.3.6.1.2.1.43.16.5.1", 2, 4}, {"1.3.6.1.2.1.43.18.1.1", 9, 3}} {
		for row := 1; row <= table.rows; row++ {
			for column := 2; column <= table.columns; column++ {
				v := snmpagent.Integer(int64(row * column))
				if column == 6 || column > 11 {
					v = snmpagent.Text(fmt.Sprintf("Black Cartridge CF%d00X of row %d", column, row))
				}
				r.Set(fmt.Sprintf("%s.%d.1.%d", table.entry, column, row), v)
			}
		}
	}
	return r
}

func columns(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i + 1
	}
	return out
}

// BenchmarkWalk compares what it costs in processor time to read a device with
// what a bare walk of gosnmp, as it is without settings, costs that reads the same
// objects and remembers them. Both are made by turns, in blocks, so that what else
// the computer does troubles both alike.
func BenchmarkWalk(b *testing.B) {
	interfaces := []string{ifEntry, "1.3.6.1.2.1.31.1.1.1"}
	for _, bc := range []struct {
		name    string
		device  *snmpagent.Recording
		roots   []string
		columns []int // of each root as a table; none: it is walked
	}{
		{"switch/walk", switch48(), interfaces, nil},
		{"switch/table", switch48(), interfaces, columns(19)},
		{"printer/walk", printer(), []string{"1.3.6.1.2.1.43"}, nil},
		{"printer/table", printer(), []string{"1.3.6.1.2.1.43.11.1.1"}, []int{2, 3, 4, 5, 6, 7, 8, 9}},
	} {
		b.Run(bc.name, func(b *testing.B) {
			agent, err := snmpagent.StartProcess(bc.device)
			if err != nil {
				b.Fatal(err)
			}
			defer func() {
				if err := agent.Close(); err != nil {
					b.Error(err)
				}
			}()
			handle := &gosnmp.GoSNMP{Target: agent.Addr.Addr().String(), Port: agent.Addr.Port(), Version: gosnmp.Version2c, Community: "public", Timeout: 5 * time.Second, Retries: 1}
			if err := handle.Connect(); err != nil {
				b.Fatal(err)
			}
			defer handle.Close()
			client := dial(b, snmp.Target{Host: handle.Target, Port: handle.Port})
			const block = 10
			var bare, ours time.Duration
			for b.Loop() {
				start := processorTime(b)
				var theirs int
				for range block {
					theirs = bareWalk(b, handle, bc.roots, bc.columns)
				}
				middle := processorTime(b)
				var found int
				for range block {
					found = ourWalk(b, client, bc.roots, bc.columns)
				}
				end := processorTime(b)
				if found != theirs {
					b.Fatalf("%d variables, the bare walk has %d", found, theirs)
				}
				bare += middle - start
				ours += end - middle
			}
			n := float64(b.N * block)
			b.ReportMetric(float64(bare.Nanoseconds())/n, "bare-cpu-ns/walk")
			b.ReportMetric(float64(ours.Nanoseconds())/n, "ours-cpu-ns/walk")
			b.ReportMetric(float64(ours)/float64(bare), "ours/bare")
		})
	}
}

func bareWalk(b *testing.B, handle *gosnmp.GoSNMP, roots []string, columns []int) int {
	var subtrees []string
	for _, root := range roots {
		for _, column := range columns {
			subtrees = append(subtrees, root+"."+strconv.Itoa(column))
		}
	}
	if columns == nil {
		subtrees = roots
	}
	values := map[string]any{}
	for _, subtree := range subtrees {
		if err := handle.BulkWalk(subtree, func(pdu gosnmp.SnmpPDU) error {
			values[pdu.Name] = pdu.Value
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
	return len(values)
}

func ourWalk(b *testing.B, client *snmp.Client, roots []string, columns []int) int {
	found := 0
	for _, root := range roots {
		if columns == nil {
			variables, err := client.Walk(b.Context(), root, 0)
			if err != nil {
				b.Fatal(err)
			}
			found += len(variables)
			continue
		}
		rows, err := client.Table(b.Context(), root, columns...)
		if err != nil {
			b.Fatal(err)
		}
		for _, row := range rows {
			found += len(row.Cells)
		}
	}
	return found
}

// processorTime is what this process has used so far, user and system.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
