package recognise_test

import (
	"testing"

	"github.com/budi-monitor/budi/internal/device/drivertest"
	"github.com/budi-monitor/budi/internal/device/recognise"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/sim/snmpagent"
)

// What storage, power, boards, cameras and computers say of themselves. Texts are
// of the forms that makers use; models and numbers are made up here.
func TestHosts(t *testing.T) {
	type objects = map[string]snmpagent.Value
	const linux = "1.3.6.1.4.1.8072.3.2.10"
	for _, c := range []struct {
		descr, object string
		objects       objects
		kind          look.Kind
		vendor, model string
		serial, fw    string
	}{
		{"Linux files 6.1.0-18-amd64 #1 SMP Debian x86_64", linux, nil, look.Server, "net-snmp", "Generic x86 64-bit", "", "6.1.0-18-amd64"},
		{"Linux pi 6.1.99-v8+ #1 SMP PREEMPT Debian aarch64", linux, nil, look.Server, "net-snmp", "Generic ARM 64-bit", "", "6.1.99-v8+"},
		{"Linux nas 4.4.302+ #64570 SMP x86_64", linux, objects{"1.3.6.1.4.1.6574.1.5.1.0": snmpagent.Text("RS820+"), "1.3.6.1.4.1.6574.1.5.3.0": snmpagent.Text("DSM 7.2-64570")}, look.NAS, "Synology", "RS820+", "", "DSM 7.2-64570"},
		{"Linux TS-251+ 5.0.1", linux, objects{"1.3.6.1.4.1.24681.1.2.12.0": snmpagent.Text("TS-251+")}, look.NAS, "QNAP", "TS-251+", "", "5.0.1"},
		{"TrueNAS-13.0-U6.1. Hardware: amd64 Intel(R) Xeon(R) CPU E-2224 @ 3.40GHz running at 3400. Software: FreeBSD 13.1-RELEASE-p9 (revision 199506)", "1.3.6.1.4.1.50536.3.1", nil, look.NAS, "iXsystems", "amd64 Intel(R) Xeon(R) CPU E-2224 @ 3.40GHz running at 3400", "", "13.0-U6.1"},
		{"FreeNAS-11.3-U5 (2e4ded5a0a). Hardware: amd64 Intel(R) Atom running at 2000. Software: FreeBSD 11.3", "1.3.6.1.4.1.8072.3.2.8", nil, look.NAS, "iXsystems", "amd64 Intel(R) Atom running at 2000", "", "11.3-U5"},
		{"BUFFALO TS5410DN Ver.4.82", "1.3.6.1.4.1.5227.27", nil, look.NAS, "Buffalo", "TS5410DN", "", "4.82"},
		{"NetApp Release 8.2.5 7-Mode: Sat", "1.3.6.1.4.1.789.2.5", objects{"1.3.6.1.4.1.789.1.1.5.0": snmpagent.Text("FAS2240-2"), "1.3.6.1.4.1.789.1.1.9.0": snmpagent.Text("650000012345")}, look.NAS, "NetApp", "FAS2240-2", "650000012345", "8.2.5"},

		{"Hardware: Intel64 Family 6 Model 85 Stepping 7 AT/AT COMPATIBLE - Software: Windows Version 6.3 (Build 20348 Multiprocessor Free)", "1.3.6.1.4.1.311.1.1.3.1.3", nil, look.Server, "Microsoft", "Intel x64", "", "Server 2022 (21H2)"},
		{"Hardware: AMD64 Family 23 Model 8 Stepping 2 AT/AT COMPATIBLE - Software: Windows Version 6.3 (Build 19045 Multiprocessor Free)", "1.3.6.1.4.1.311.1.1.3.1.1", nil, look.Computer, "Microsoft", "AMD x64", "", "10 (22H2)"},
		{"Hardware: x86 Family 6 - Software: Windows Version 6.3 (Build 99999 Multiprocessor Free)", "1.3.6.1.4.1.311.1.1.3.1.2", nil, look.Server, "Microsoft", "Generic x86", "", "99999"},
		{"A computer of an unknown kind", "1.3.6.1.4.1.32473.2", objects{"1.3.6.1.2.1.25.3.2.1.2.1": snmpagent.ObjectID("1.3.6.1.2.1.25.3.1.5"), "1.3.6.1.2.1.25.3.2.1.3.1": snmpagent.Text("its printer"), "1.3.6.1.2.1.25.3.2.1.2.2": snmpagent.ObjectID("1.3.6.1.2.1.25.3.1.6")}, look.Other, "", "", "", ""},
		{"VMware ESXi 7.0.3 build-21930508 VMware, Inc. x86_64", "1.3.6.1.4.1.6876.4.1", objects{"1.3.6.1.4.1.6876.1.2.0": snmpagent.Text("7.0.3")}, look.Server, "VMware", "", "", "7.0.3"},
		{"FreeBSD web 13.2-RELEASE FreeBSD 13.2-RELEASE amd64", "1.3.6.1.4.1.8072.3.2.8", nil, look.Server, "net-snmp", "amd64", "", "13.2-RELEASE"},
		{"Darwin mac 22.6.0 Darwin Kernel Version 22.6.0", "1.3.6.1.4.1.8072.3.2.16", nil, look.Computer, "Apple", "", "", "22.6.0"},

		{"Dell Out-of-band SNMP Agent for Remote Access Controller", "", nil, look.ServerBoard, "Dell", "", "", ""},
		{"", "1.3.6.1.4.1.674.10892.5", objects{"1.3.6.1.4.1.674.10892.5.1.3.12.0": snmpagent.Text("PowerEdge T340"), "1.3.6.1.4.1.674.10892.5.1.3.2.0": snmpagent.Text("XYZ9999"), "1.3.6.1.4.1.674.10892.5.1.1.8.0": snmpagent.Text("5.10.50.00")}, look.ServerBoard, "Dell", "PowerEdge T340", "XYZ9999", "5.10.50.00"},
		{"Integrated Lights-Out 5 2.78 Nov 15 2022", "1.3.6.1.4.1.232.9.4.11", objects{"1.3.6.1.4.1.232.2.2.4.2.0": snmpagent.Text("ProLiant DL360 Gen10"), "1.3.6.1.4.1.232.2.2.2.1.0": snmpagent.Text("CZ00000001  ")}, look.ServerBoard, "HPE", "ProLiant DL360 Gen10", "CZ00000001", "2.78"},
		{"Cisco Integrated Management Controller(CIMC) [UCS C220 M5], Firmware Version 4.1(3b) Copyright", "1.3.6.1.4.1.9.1.2493", objects{"1.3.6.1.4.1.9.9.719.1.9.35.1.32.1": snmpagent.Text("UCSC-C220-M5SX"), "1.3.6.1.4.1.9.9.719.1.9.35.1.47.1": snmpagent.Text("WZP00000000")}, look.ServerBoard, "Cisco", "UCSC-C220-M5SX", "WZP00000000", "4.1(3b)"},

		{"APC Web/SNMP Management Card (MB:v4.1.0 PF:v6.8.2 PN:apc_hw05_aos_682.bin AF1:v6.8.0 AN1:apc_hw05_sumx_680.bin MN:AP9630 HR:08 SN: ZA0 MD:01/01/2018)", "1.3.6.1.4.1.318.1.3.27", objects{"1.3.6.1.4.1.318.1.1.1.1.1.1.0": snmpagent.Text("Smart-UPS 1500"), "1.3.6.1.4.1.318.1.1.1.1.2.3.0": snmpagent.Text("AS0000000001")}, look.UPS, "APC", "Smart-UPS 1500", "AS0000000001", "AOS v6.8.2 / App v6.8.0"},
		{"ConnectUPS Web/SNMP Card V4.38", "1.3.6.1.4.1.534.1", objects{"1.3.6.1.4.1.534.1.1.2.0": snmpagent.Text("Eaton 9130 1500"), "1.3.6.1.4.1.534.1.1.3.0": snmpagent.Text("INV: 1.20")}, look.UPS, "Eaton", "9130 1500", "", "INV: 1.20"},
		{"Linux GSE200M", linux, objects{"1.3.6.1.2.1.33.1.1.1.0": snmpagent.Text("HUAWEI"), "1.3.6.1.2.1.33.1.1.2.0": snmpagent.Text("UPS2000-G")}, look.UPS, "Huawei", "UPS2000-G", "", ""},
		{"Linux gse 4.9", linux, objects{"1.3.6.1.2.1.33.1.1.1.0": snmpagent.Text("Riello UPS"), "1.3.6.1.2.1.33.1.1.2.0": snmpagent.Text("SDH 2200"), "1.3.6.1.2.1.33.1.1.3.0": snmpagent.Text("SWM049")}, look.UPS, "Riello", "SDH 2200", "", "SWM049"},

		{" ; AXIS M3045-V; Network Camera; 9.80.3.1; Jan 1 2021 10:00; 7D6; 1;", "1.3.6.1.4.1.368.1.1", nil, look.Camera, "Axis", "M3045-V", "", "9.80.3.1"},
		{" ; AXIS 999W; Network Camera; 4.99; Feb 09 2009 10:00; 1A2; 1;", linux, objects{"1.3.6.1.2.1.2.2.1.6.1": snmpagent.Octets(0x00, 0x00, 0x5e, 0x00, 0x53, 0x01)}, look.Camera, "Axis", "999W", "00:00:5e:00:53:01", "4.99"},
		{"Network Camera", linux, nil, look.Camera, "", "", "", ""},
		{"BenQ Projector LU9999", "1.3.6.1.4.1.32473.9", nil, look.Projector, "BenQ", "LU9999", "", ""},
		{"Sharp Projector PG-LW9999", linux, nil, look.Projector, "Sharp", "PG-LW9999", "", ""},
		{"Panasonic PT-VMZ99 Projector", "", nil, look.Projector, "Panasonic", "PT-VMZ99", "", ""},
		{"EPSON EB-L999F", "1.3.6.1.4.1.1248.4.1", objects{"1.3.6.1.4.1.1248.4.1.1.1.8.0": snmpagent.Text("10099/X4AB0000001")}, look.Projector, "Epson", "EB-L999F", "X4AB0000001", "10099"},
		{" ; AXIS S9999; Network Video Recorder; 10.99.1; ", "1.3.6.1.4.1.368.4.1", nil, look.Recorder, "Axis", "S9999", "", "10.99.1"},
		{" ; AXIS C9999-E; Network Horn Speaker; 11.9.99; ", "1.3.6.1.4.1.368.4.1", nil, look.Other, "Axis", "C9999-E", "", "11.9.99"},
		{"MGE UPS SYSTEMS Pulsar 1599", "1.3.6.1.4.1.705.1", nil, look.UPS, "Eaton", "Pulsar 1599", "", ""},
		{"Eaton 9SX 9999i", "1.3.6.1.4.1.534.1", nil, look.UPS, "Eaton", "9SX 9999i", "", ""},
		{"HP UPS Network Management Module", "1.3.6.1.4.1.232.165.3", objects{"1.3.6.1.4.1.232.165.3.1.2.0": snmpagent.Text("HP R/T9999 G9"), "1.3.6.1.4.1.232.165.1.2.7.0": snmpagent.Text("3C00000001"), "1.3.6.1.4.1.232.165.3.1.3.0": snmpagent.Text("01.09")}, look.UPS, "HP", "R/T9999 G9", "3C00000001", "01.09"},
		{"QSW-M9999-4C", "1.3.6.1.4.1.55062.2", nil, look.Switch, "QNAP", "QSW-M9999-4C", "", ""},
		{"NAS999", "1.3.6.1.4.1.890.1.15", nil, look.NAS, "Zyxel", "NAS999", "", ""},
		{"CS199", "1.3.6.1.2.1.33", objects{"1.3.6.1.2.1.33.1.1.1.0": snmpagent.Text("Example Power Co., Ltd."), "1.3.6.1.2.1.33.1.1.2.0": snmpagent.Text("EP 3000")}, look.UPS, "Example Power", "EP 3000", "", ""},
		{"UPS agent", "1.3.6.1.4.1.32473.10", objects{"1.3.6.1.2.1.33.1.1.1.0": snmpagent.Text("Example"), "1.3.6.1.2.1.33.1.1.2.0": snmpagent.Text("Example 1500"), "1.3.6.1.2.1.33.1.1.4.0": snmpagent.Text("2.9")}, look.UPS, "Example", "1500", "", "2.9"},
		{"DHI-NVR5216-4KS2", "1.3.6.1.4.1.1004849.3.2.10", objects{"1.3.6.1.4.1.1004849.2.1.2.6.0": snmpagent.Text("DHI-NVR5216-4KS2"), "1.3.6.1.4.1.1004849.2.1.2.4.0": snmpagent.Text("5A00000"), "1.3.6.1.4.1.1004849.2.1.1.1.0": snmpagent.Text("4.001")}, look.Recorder, "Dahua", "DHI-NVR5216-4KS2", "5A00000", "4.001"},
		{"Linux localhost 3.0.99", "0.0", objects{"1.3.6.1.4.1.39165.1.1.0": snmpagent.Text("DS-9999999-I"), "1.3.6.1.4.1.39165.1.3.0": snmpagent.Text("V9.9.9")}, look.Camera, "Hikvision", "DS-9999999-I", "", "V9.9.9"},
		{"", "", objects{"1.3.6.1.4.1.39165.1.1.0": snmpagent.Text("DS-2CD2143G0-I"), "1.3.6.1.4.1.39165.1.3.0": snmpagent.Text("V5.6.3")}, look.Camera, "Hikvision", "DS-2CD2143G0-I", "", "V5.6.3"},
	} {
		r := snmpagent.NewRecording()
		if c.descr != "" {
			r.Set("1.3.6.1.2.1.1.1.0", snmpagent.Text(c.descr))
		}
		if c.object != "" {
			r.Set("1.3.6.1.2.1.1.2.0", snmpagent.ObjectID(c.object))
		}
		for oid, v := range c.objects {
			r.Set(oid, v)
		}
		id, err := recognise.New().Identify(t.Context(), drivertest.Dial(t, drivertest.Serve(t, r)))
		if err != nil {
			t.Errorf("%s: %v", c.descr, err)
			continue
		}
		if got, want := [5]string{string(id.Kind()), id.Vendor, id.Model, id.Serial, id.Firmware}, [5]string{string(c.kind), c.vendor, c.model, c.serial, c.fw}; got != want {
			t.Errorf("%q %s:\n got %q\nwant %q", c.descr, c.object, got, want)
		}
	}
}
