package recognise_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/device/drivertest"
	"github.com/budi-monitor/budi/internal/device/recognise"
	"github.com/budi-monitor/budi/internal/sim/snmpagent"
)

// Recorded switches, routers and access points are what is known of them.
func TestNetworkDevicesOfRecordings(t *testing.T) {
	recogniser := recognise.New()
	for name, want := range map[string]string{
		"aruba-instant_105":         "HPE Aruba|access-point|105|BT0489813|6.4.4.8-4.2.4.12",
		"arubaos-cx_10.10":          "HPE Aruba|switch|6100 12G Class4 PoE 2G/2SFP+ 139W Switch|CN10K00000|PL.10.10.0002",
		"ciscosb_cbs250-24p-4x-v3":  "Cisco|switch|CBS250-24P-4X|FOC2533L5YZ|3.3.0.16",
		"dlink_dgs-3120-24tc":       "D-Link|switch|DGS-3120-24TC|R34O1B9000496|Build 2.00.010",
		"edgeos_erl":                "Ubiquiti|router|EdgeRouter Lite 3-Port||v2.0.9-hotfix.2.5402463.210511.1317",
		"edgeswitch_es-24-250w":     "Ubiquiti|switch|EdgeSwitch 24-Port 250W|F03E34F342C3|1.8.0.5106045",
		"fortigate_60f":             "Fortinet|router|FGT_60F|FGT60FTK00000000|v7.2.6,build1575,230926 (GA.F)",
		"ios_c3560":                 "Cisco|switch|WS-C3560-48TS-S|CAT0912N0CU|12.2(55)SE12",
		"jetstream_t1600g-28ts":     "TP-Link|switch|T1600G-28TS 3.0|2199797000735|3.0.6 Build 20200805 Rel.55968",
		"junos_ex":                  "Juniper|switch|EX3400-48T||15.1X53-D59.4",
		"mikrotik-chateau-centreon": "MikroTik|router|D53G-5HacD2HnD&FG621-EA||7.15.3",
		"netgear":                   "Netgear|switch|GS724Tv4||6.3.1.11",
		"procurve_2520":             "HP|switch|Stack||KA.15.03.3004",
		"routeros_rb750gr3":         "MikroTik|router|RB750Gr3|6F3A071688EA|7.20beta2",
		"ubiquiti-m5-simdata":       "Ubiquiti|access-point|NanoStation M5||5.6-beta4.22359.140521.1836",
		"unifi_nanohd":              "Ubiquiti|access-point|UAP-nanoHD||5.43.36.12724",
	} {
		id, err := recogniser.Identify(t.Context(), drivertest.Dial(t, drivertest.Serve(t, drivertest.Recording(t, name))))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join([]string{id.Vendor, string(id.Kind()), id.Model, id.Serial, id.Firmware}, "|"); got != want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want)
		}
	}
}

// Network devices as their makers have them say what they are; models, serial
// numbers and versions are made up.
func TestNetworkDevicesOfManyMakers(t *testing.T) {
	const (
		private = "1.3.6.1.4.1."
		part    = "1.3.6.1.2.1.47.1.1.1.1"
	)
	// chassis is a chassis in ENTITY-MIB.
	chassis := func(model, serial, software string) map[string]string {
		return map[string]string{part + ".13.1": model, part + ".11.1": serial, part + ".10.1": software}
	}
	recogniser := recognise.New()
	for _, c := range []struct {
		name, descr, object string
		objects             map[string]string
		want                string // vendor|kind|model|serial|firmware
	}{
		{"Catalyst", "Cisco IOS Software, C2960X Software (C2960X-UNIVERSALK9-M), Version 15.2(9)E9, RELEASE SOFTWARE (fc1)\nTechnical Support: http://www.cisco.com/techsupport", private + "9.1.9999",
			chassis("WS-C2960X-99TS-L", "FOC0000X000", "15.2(9)E9"), "Cisco|switch|WS-C2960X-99TS-L|FOC0000X000|15.2(9)E9"},
		{"Catalyst 9000", "Cisco IOS Software [Amsterdam], Catalyst L3 Switch Software (CAT9K_IOSXE), Version 17.9.9, RELEASE SOFTWARE (fc7)", private + "9.1.9998", chassis("C9200L-99P-4G", "FOC0000X001", ""), "Cisco|switch|C9200L-99P-4G|FOC0000X001|17.9.9"},
		{"Cisco's router", "Cisco IOS Software, C2900 Software (C2900-UNIVERSALK9-M), Version 15.7(3)M9, RELEASE SOFTWARE (fc2)", private + "9.1.9997", chassis("CISCO2999/K9", "FCZ0000X000", ""), "Cisco|router|CISCO2999/K9|FCZ0000X000|15.7(3)M9"},
		{"Cisco's router with a number as of a switch", "Cisco IOS Software, C2951 Software (C2951-UNIVERSALK9-M), Version 15.7(3)M9, RELEASE SOFTWARE (fc2)", private + "9.1.9989", chassis("CISCO2951/K9", "FCZ0000X001", ""), "Cisco|router|CISCO2951/K9|FCZ0000X001|15.7(3)M9"},
		{"Cisco's metro switch", "Cisco IOS Software, ME340x Software (ME340x-METROIPACCESSK9-M), Version 12.2(60)EZ9, RELEASE SOFTWARE (fc1)", private + "9.1.9988", chassis("ME-3499-24TS-A", "FOC0000X002", ""), "Cisco|switch|ME-3499-24TS-A|FOC0000X002|12.2(60)EZ9"},
		{"Cisco ISR", "Cisco IOS Software [Fuji], ISR Software (X86_64_LINUX_IOSD-UNIVERSALK9-M), Version 16.9.9, RELEASE SOFTWARE (fc1)", private + "9.1.9996", chassis("ISR4999/K9", "FDO0000X000", ""), "Cisco|router|ISR4999/K9|FDO0000X000|16.9.9"},
		{"Cisco's access point", "Cisco IOS Software, C3700 Software (AP3G2-K9W7-M), Version 15.3(3)JF9, RELEASE SOFTWARE (fc2)", private + "9.1.9995", chassis("AIR-SAP9999I-E-K9", "FGL0000X000", ""), "Cisco|access-point|AIR-SAP9999I-E-K9|FGL0000X000|15.3(3)JF9"},
		{"Nexus", "Cisco NX-OS(tm) nxos.9.3.9.bin, Software (nxos), Version 9.3(9), RELEASE SOFTWARE Copyright (c) 2002-2022 by Cisco Systems, Inc.", private + "9.12.3.1.3.9999", chassis("N9K-C9999", "FDO0000X001", "9.3(9)"), "Cisco|switch|N9K-C9999|FDO0000X001|9.3(9)"},
		{"Cisco's small switch", "SG999-28PP 28-Port Gigabit PoE+ Managed Switch", private + "9.6.1.99.28.9",
			map[string]string{private + "9.6.1.101.53.14.1.5.1": "DNI0000000X", private + "9.6.1.101.53.14.1.2.1": "2.5.9.99"}, "Cisco|switch|SG999-28PP|DNI0000000X|2.5.9.99"},
		{"Catalyst of the small business series", "Catalyst 1200 Series Smart Switch, 99-port GE (C1200-99T-E-2G)", private + "9.1.9993",
			map[string]string{private + "9.6.1.101.53.14.1.5.1": "DNI0000001X", private + "9.6.1.101.53.14.1.2.1": "4.9.9.99", private + "9.6.1.101.53.14.1.4.1": "V09"}, "Cisco|switch|C1200-99T-E-2G|DNI0000001X|4.9.9.99"},
		{"a stack of AOS-CX whose keeper says something else in sysDescr", "Library", private + "47196.4.1.1.1.999", map[string]string{part + ".2.1": "Aruba 9999 VSF Stack", part + ".10.1": "FL.99.10.1030", part + ".2.101001": "9999M", part + ".11.101001": "SG00KW0001"}, "HPE Aruba|switch|Aruba 9999 VSF Stack|SG00KW0001|FL.99.10.1030"},
		{"Comware with a MIB of its own", "HPE Comware Platform Software, Software Version 7.1.099, Release 3299P99\r\nHPE 5999 24G EI Switch\r\nCopyright (c) 2010-2025 Hewlett Packard Enterprise Development LP", private + "25506.11.1.997", map[string]string{private + "25506.2.6.1.2.1.1.2.2": "CN00000001"}, "HP|switch|5999 24G EI|CN00000001|7.1.099"},
		{"airFiber LTU", "Linux", private + "10002.1", map[string]string{private + "41112.1.10.1.3.2.0": "airFiber 99XHD", private + "41112.1.10.1.3.4.0": ".v9.1.1-BETA2", private + "41112.1.10.1.3.6.0": "23"}, "Ubiquiti|access-point|airFiber 99XHD||9.1.1-BETA2"},
		{"Wave", "Linux 4.9.999 #1 SMP", private + "41112", map[string]string{private + "41112.1.11.1.2.2.1": "Wave Example", private + "41112.1.11.1.2.4.1": "GMC.ipq0000.v9.4.0.abc.250101.0000"}, "Ubiquiti|access-point|Wave Example||v9.4.0"},
		{"SwOS", "CRS999-24G-2S+ SwOS v9.99", private + "14988.2", map[string]string{private + "14988.1.1.7.3.0": "000000000001"}, "MikroTik|switch|CRS999-24G-2S+|000000000001|9.99"},
		{"TP-Link by net-snmp", "Linux ER9999 5.9.9", private + "8072.3.2.10", map[string]string{private + "11863.20.1.1.2.0": "ER9999", private + "11863.20.1.1.3.0": "9.9.0"}, "TP-Link|router|ER9999||9.9.0"},
		{"pfSense of a keeper who tells more", "pfSense fw.example 9.9-RELEASE FreeBSD 99.0-CURRENT amd64", private + "12325.1.1.2.1.1", map[string]string{private + "8072.1.3.2.3.1.1.8.104.97.114.100.119.97.114.101": "Netgate 9999", private + "8072.1.3.2.3.1.1.6.115.101.114.105.97.108": "0000000009"}, "Netgate|router|9999|0000000009|9.9-RELEASE"},
		{"SmartZone", "Ruckus Wireless SmartZone", private + "25053.3.1.99", map[string]string{private + "25053.1.4.1.1.1.15.1.0": "12", private + "25053.1.4.1.1.1.15.2.0": "345", private + "25053.1.4.1.1.1.15.13.0": "000000000002", private + "25053.1.8.1.1.1.1.1.1.3.1": "SZ999", private + "25053.1.8.1.1.1.1.1.1.9.1": "9.9.9.0.999"}, "Ruckus|access-point|SZ999|000000000002|9.9.9.0.999"},
		{"Cisco's controller of now", "Cisco IOS Software [Example], C9800 Software (C9800_IOSXE-K9), Version 17.9.99, RELEASE SOFTWARE (fc9)", private + "9.1.9992", chassis("C9800-99-K9", "TTM0000X000", ""), "Cisco|access-point|C9800-99-K9|TTM0000X000|17.9.99"},
		{"Dell's SONiC", "SONiC Software Version: SONiC.9.9.0-Enterprise - HwSku: DellEMC-S9999f-P-25G - Distribution: Debian 99 - Kernel: 9.9", private + "8072.3.2.10", nil, "Dell|switch|S9999f-P-25G||9.9.0-Enterprise"},
		{"OS10", "Dell EMC Networking OS10 Enterprise.\r\nSystem Description: OS10 Enterprise.\r\nOS Version: 10.9.9.0.\r\nSystem Type: S9999T-ON", private + "674.11000.5000.100.2.1.99", nil, "Dell|switch|S9999T-ON||10.9.9.0"},
		{"FortiAP", "", private + "12356.120.1.9999", map[string]string{private + "12356.120.1.1.0": "FP999F-v9.9-build9999", private + "12356.120.1.2.0": "FP999FTF00000001"}, "Fortinet|access-point|FP999F|FP999FTF00000001|9.9"},
		{"iBMC", "Hardware management system", private + "2011.2.235", map[string]string{private + "2011.2.235.1.1.1.6.0": "RH9999 V9", private + "2011.2.235.1.1.1.7.0": "210000000000000000", private + "2011.2.235.1.1.11.50.1.4.11.65.99.116.105.118.101.32.105.66.77.67": "9.99"}, "Huawei|server-board|RH9999 V9|210000000000000000|9.99"},
		{"AlliedWare", "CentreCOM 9999Ts, version 9.9.1-04, built 01-Jan-2009", private + "207.1.14.99", map[string]string{private + "207.8.4.4.3.21.1.1.4.1": "AT-9999", private + "207.8.4.4.3.21.1.1.6.1": "30BZ00000"}, "Allied Telesis|switch|CentreCOM 9999Ts|30BZ00000|9.9.1-04"},
		{"ZyWALL", "ZyWALL 9X", private + "890.1.15", nil, "Zyxel|router|ZyWALL 9X||"},
		{"SonicWALL by its description", "SonicWALL TZ 999 (SonicOS Enhanced 9.9.1.6-5o)", private + "8741.1", nil, "SonicWall|router|TZ 999||9.9.1.6-5o"},
		{"CIMC", "Cisco Integrated Management Controller(Cisco IMC) [UCS C999 M9S\n], Firmware Version 9.0(9a) Copyright (c) 2008-2016, Cisco Systems, Inc.", private + "9.1.9991", map[string]string{private + "9.9.719.1.9.6.1.6.1": "UCSC-C999-M9S", private + "9.9.719.1.9.6.1.14.1": "FCH0000000X"}, "Cisco|server-board|UCSC-C999-M9S|FCH0000000X|9.0(9a)"},
		{"OpenWrt of a keeper who tells more", "Linux OpenWrt 9.4.999 #0 SMP armv7l", private + "8072.3.2.10", map[string]string{private + "8072.1.3.2.3.1.1.8.104.97.114.100.119.97.114.101": "Example AC99", private + "8072.1.3.2.3.1.1.6.100.105.115.116.114.111": "OpenWrt 99.02.0"}, "OpenWrt|router|Example AC99||OpenWrt 99.02.0"},
		{"Netgear behind Radlan's identifier", "24-Port Gigabit Smart Switch with PoE and 4 SFP uplinks", private + "89.1.1.1.3.6.1.4.1.4526.100.4.99", nil, "Netgear|switch|||"},
		{"AirPort", "Apple AirPort", private + "63.999", nil, "Apple|access-point|AirPort||"},
		{"ASA", "Cisco Adaptive Security Appliance Version 9.16(9)99", private + "9.1.9994", chassis("ASA9999", "JAD000000XX", ""), "Cisco|router|ASA9999|JAD000000XX|9.16(9)99"},
		{"Meraki", "Meraki MS999-24P Cloud Managed PoE Switch", private + "29671.2.999", nil, "Cisco|switch|MS999-24P||"},
		{"ProCurve", "ProCurve J0000A Switch 2999-24, revision Q.11.99, ROM Q.10.99 (/sw/code/build/harp(harp))", private + "11.2.3.7.11.999", map[string]string{private + "11.2.36.1.1.2.9.0": "CN000XX000"}, "HP|switch|J0000A Switch 2999-24|CN000XX000|Q.11.99"},
		{"HP", "HP J0001A 2999-48G Switch, revision YA.16.99.0099, ROM YA.15.99 (/ws/swbuildm/rel)", private + "11.2.3.7.11.998", nil, "HP|switch|J0001A 2999-48G||YA.16.99.0099"},
		{"Aruba", "Aruba JL000A 2999F-24G-PoE+-4SFP+ Switch, revision WC.16.99.0099, ROM WC.16.01", private + "11.2.3.7.11.997", map[string]string{private + "11.2.36.1.1.2.9.0": "CN000HK000"}, "HPE Aruba|switch|JL000A 2999F-24G-PoE+-4SFP+|CN000HK000|WC.16.99.0099"},
		{"Instant On", "Aruba Instant On 1999 8G 2SFP Switch (JL000A), InstantOn_1999_2.9.9.9 (9)", private + "11.2.3.7.11.996", nil, "HPE Aruba|switch|1999 8G 2SFP||2.9.9.9"},
		{"OfficeConnect", "HPE OfficeConnect Switch 1999S 24G 2SFP JL000A, PD.02.99, Linux 3.6.5, U-Boot 2012.10", private + "11.2.3.7.11.995", nil, "HP|switch|Switch 1999S 24G 2SFP JL000A||PD.02.99"},
		{"Comware 7", "HPE Comware Platform Software, Software Version 7.1.099, Release 3299P99\r\nHPE 5999 24G 4SFP+ 1-slot HI Switch JG000A\r\nCopyright (c) 2010-2025 Hewlett Packard Enterprise Development LP", private + "25506.11.1.999", map[string]string{part + ".11.2": "CN00000000"}, "HP|switch|5999 24G 4SFP+ 1-slot HI|CN00000000|7.1.099"},
		{"Comware 5", "HP Comware Platform Software, Software Version 5.20.99, Release 1599P99 HP 1999-24G Switch JG000B Copyright (c) 2010-2015 Hewlett-Packard Development Company, L.P.", private + "25506.11.1.998", nil, "HP|switch|1999-24G||5.20.99"},
		{"AOS-CX", "Aruba JL000A 6999M 48G CL4 PoE 4SFP56 Swch FL.10.99.0099", private + "47196.4.1.1.1.99", map[string]string{part + ".11.101001": "SG00KW0000"}, "HPE Aruba|switch|JL000A 6999M 48G CL4 PoE 4SFP56 Swch|SG00KW0000|FL.10.99.0099"},
		{"Aruba's controller", "ArubaOS (MODEL: Aruba9999), Version 8.6.0.99 (99999)", private + "14823.1.1.99", map[string]string{private + "14823.2.2.1.2.1.29.0": "CV0000000"}, "HPE Aruba|access-point|Aruba9999|CV0000000|8.6.0.99"},
		{"D-Link", "D-Link DES-9999-28 Fast Ethernet Switch", private + "171.10.113.9.1", map[string]string{"1.3.6.1.2.1.16.19.2.0": "1.99.B099", private + "171.12.1.1.12.0": "R0000000000"}, "D-Link|switch|DES-9999-28|R0000000000|1.99.B099"},
		{"D-Link's smart switch", "DGS-1999-24 6.99.B099", private + "171.10.153.9.1", nil, "D-Link|switch|DGS-1999-24||6.99.B099"},
		{"D-Link's access point", "D-Link DAP-9999 Access Point", private + "171.10.37.99", nil, "D-Link|access-point|DAP-9999||"},
		{"TP-Link", "Omada 24-Port Gigabit L2+ Managed Switch with 4 SFP Slots", private + "11863.5.999", map[string]string{private + "11863.6.1.1.5.0": "TL-SG9999 1.0", private + "11863.6.1.1.6.0": "9.0.9 Build 20250101 Rel.00001", private + "11863.6.1.1.8.0": "0000000000001"}, "TP-Link|switch|TL-SG9999 1.0|0000000000001|9.0.9 Build 20250101 Rel.00001"},
		{"Netgear", "M9999-28G-PoE+ ProSAFE 24-port Gigabit, 11.0.0.99, B1.0.0.9", private + "4526.100.11.99", map[string]string{private + "4526.10.1.1.1.4.0": "0AA0000AA0000"}, "Netgear|switch|M9999-28G-PoE+|0AA0000AA0000|11.0.0.99"},
		{"Zyxel", "GS9999-24HPv2", private + "890.1.15", map[string]string{private + "890.1.15.3.1.6.0": "V4.99(ABCD.9) | 01/01/2025", private + "890.1.15.3.1.11.0": "GS9999-24HPv2", private + "890.1.15.3.1.12.0": "S000L00000000"}, "Zyxel|switch|GS9999-24HPv2|S000L00000000|V4.99(ABCD.9) | 01/01/2025"},
		{"Zyxel's firewall", "USG FLEX 999", private + "890.1.15", map[string]string{private + "890.1.15.3.1.11.0": "USG FLEX 999", private + "890.1.15.3.1.12.0": "S000L00000001"}, "Zyxel|router|USG FLEX 999|S000L00000001|"},
		{"Zyxel's access point", "NWA9999-AX", private + "890.1.15", map[string]string{private + "890.1.15.3.1.11.0": "NWA9999-AX"}, "Zyxel|access-point|NWA9999-AX||"},
		{"Allied Telesis", "Allied Telesis router/switch, Software (AlliedWare Plus) Version 5.5.9-2.9", private + "207.1.14.999", map[string]string{private + "207.8.4.4.3.21.1.1.4.1.1": "x999-28GTX", private + "207.8.4.4.3.21.1.1.6.1.1": "A00000A00000000A0"}, "Allied Telesis|switch|x999-28GTX|A00000A00000000A0|5.5.9-2.9"},
		{"Dell", "Dell EMC Networking N9999P, 6.6.9.99, Linux 4.14.99, Not Available", private + "674.10895.3099", map[string]string{private + "674.10895.3000.1.2.100.1.0": "Dell EMC Networking N9999P", private + "674.10895.3000.1.2.100.4.0": "6.6.9.99", private + "674.10895.3000.1.2.100.8.1.4.1": "ABCDEF0"}, "Dell|switch|N9999P|ABCDEF0|6.6.9.99"},
		{"RouterOS", "RouterOS CCR9999-7G-1C-1S+", private + "14988.1", map[string]string{private + "14988.1.1.4.4.0": "7.99.9", private + "14988.1.1.7.3.0": "000000000000"}, "MikroTik|router|CCR9999-7G-1C-1S+||7.99.9"},
		{"MikroTik's switch", "RouterOS CRS999-24G-2S+", private + "14988.1", map[string]string{private + "14988.1.1.4.4.0": "6.99", private + "14988.1.1.7.3.0": "AB0000000000"}, "MikroTik|switch|CRS999-24G-2S+|AB0000000000|6.99"},
		{"SwOS", "CSS999-24G-2S+", private + "14988.2", nil, "MikroTik|switch|CSS999-24G-2S+||"},
		{"MikroTik's access point", "RouterOS RBcAPGi-5acD2nD", private + "14988.1", nil, "MikroTik|access-point|RBcAPGi-5acD2nD||"},
		{"UniFi's switch", "US-9-150W, 4.3.99.99999, Linux 3.6.5", private + "4413", chassis("", "0000000000AA", ""), "Ubiquiti|switch|US-9-150W|0000000000AA|4.3.99.99999"},
		{"UniFi's switch by net-snmp", "USW-Pro-99-PoE 6.5.99.99999", private + "8072.3.2.10", nil, "Ubiquiti|switch|USW-Pro-99-PoE||6.5.99.99999"},
		{"UniFi 6", "U6-Pro 6.5.99.99999", private + "8072.3.2.10", nil, "Ubiquiti|access-point|U6-Pro||6.5.99.99999"},
		{"EdgeRouter", "EdgeOS v2.0.9-hotfix.9.5000000.990101.0000", private + "8072.3.2.10", nil, "Ubiquiti|router|||v2.0.9-hotfix.9.5000000.990101.0000"},
		{"FortiGate", "", private + "12356.101.1.9999", map[string]string{part + ".13.1": "FGT_99F", private + "12356.100.1.1.1.0": "FGT99FTK00000001", private + "12356.101.4.1.1.0": "v7.4.9,build9999,250101 (GA.M)"}, "Fortinet|router|FGT_99F|FGT99FTK00000001|v7.4.9,build9999,250101 (GA.M)"},
		{"FortiSwitch", "", private + "12356.106.1.9999", map[string]string{private + "12356.106.4.1.1.0": "FortiSwitch-999E-POE v7.4.9,build0999,250101 (GA)", private + "12356.100.1.1.1.0": "S999EP0000000001"}, "Fortinet|switch|FortiSwitch-999E-POE|S999EP0000000001|7.4.9"},
		{"SRX", "Juniper Networks, Inc. srx999 internet router, kernel JUNOS 21.4R3-S9.9, Build date: 2024-01-01 00:00:00 UTC Copyright (c) 1996-2024 Juniper Networks, Inc.", private + "2636.1.1.1.2.999", map[string]string{private + "2636.3.1.2.0": "Juniper SRX999 Internet Router", private + "2636.3.1.3.0": "CX0000XX0000"}, "Juniper|router|SRX999|CX0000XX0000|21.4R3-S9.9"},
		{"a virtual chassis of Juniper's", "Juniper Networks, Inc. ex9999-48t Ethernet Switch, kernel JUNOS 21.4R3.99, Build date: 2024-01-01", private + "2636.1.1.1.2.999", map[string]string{private + "2636.3.1.2.0": "Juniper Virtual Chassis Ethernet Switch", private + "2636.3.40.1.4.1.1.1.2.0": "PE0000000001", private + "2636.3.40.1.4.1.1.1.2.1": "PE0000000002"}, "Juniper|switch|ex9999-48t|PE0000000001|21.4R3.99"},
		{"Huawei", "S9999-28P-LI-AC\r\nHuawei Versatile Routing Platform Software\r\nVRP (R) software,Version 5.170 (S9999 V200R019C99SPC999)\r\nCopyright (C) 2007 Huawei Technologies Co., Ltd.", private + "2011.2.23.999", map[string]string{private + "2011.5.25.188.1.1.0": "2102350000000000000X"}, "Huawei|switch|S9999-28P-LI-AC|2102350000000000000X|V200R019C99SPC999"},
		{"Teltonika by net-snmp", "Linux Teltonika-RUTX99.com 5.4.999 #0 SMP Mon Jan 1 00:00:00 2024 armv7l", private + "8072.3.2.10", map[string]string{private + "48690.1.1.0": "1110000001", private + "48690.1.2.0": "RUTX99", private + "48690.1.3.0": "RUTX99000XXX", private + "48690.1.6.0": "RUTX_R_00.07.99.9"}, "Teltonika|router|RUTX99|1110000001|RUTX_R_00.07.99.9"},
		{"Teltonika of old", "Teltonika", private + "48690", map[string]string{private + "48690.1.1.0": "860000000000000", private + "48690.1.8.0": "RUT999XXXXXX", private + "48690.2.14.0": "RUT9XX_R_00.06.99.9"}, "Teltonika|router|RUT999||RUT9XX_R_00.06.99.9"},
		{"Ruckus", "Ruckus Wireless Inc (C) 2006", private + "25053.3.1.4.99", map[string]string{private + "25053.1.1.2.1.1.1.1.0": "R999", private + "25053.1.1.2.1.1.1.2.0": "000000000001"}, "Ruckus|access-point|R999|000000000001|"},
		{"ICX", "Ruckus Wireless, Inc. ICX9999-24-POE, IronWare Version 08.0.95T999 Compiled on Jan 1 2024 at 00:00:00 labeled as SPR08095", private + "1991.1.3.99.1", map[string]string{private + "1991.1.1.1.1.2.0": "FEC0000X000"}, "Ruckus|switch|ICX9999-24-POE|FEC0000X000|08.0.95T999"},
		{"ExtremeXOS", "ExtremeXOS (X999-24t) version 31.7.9.9 by release-manager on Mon Jan 1 00:00:00 EST 2024", private + "1916.2.999", chassis("X999-24t", "0000A-00000", ""), "Extreme Networks|switch|X999-24t|0000A-00000|31.7.9.9"},
		{"a stack of ExtremeXOS", "ExtremeXOS (Stack) version 31.7.9.9 by release-manager", private + "1916.2.93", chassis("X999G2-24p", "0000A-00001", ""), "Extreme Networks|switch|X999G2-24p|0000A-00001|31.7.9.9"},
		{"a stack whose first place is empty", "ExtremeXOS (Stack) version 31.7.9.9 by release-manager", private + "1916.2.93", map[string]string{part + ".11.1": "", part + ".11.2": "0000A-00002", part + ".13.2": "X999G2-48p"}, "Extreme Networks|switch|X999G2-48p|0000A-00002|31.7.9.9"},
		{"VOSS", "9999-24X-VOSS (9.4.0.0)", private + "1916.3.999", nil, "Extreme Networks|switch|9999-24X-VOSS||9.4.0.0"},
		{"OfficeConnect of another line", "HPE OfficeConnect Switch 1899 24G J9999A, PT.09.99, Linux 3.6.5-b13a0f5a, U-Boot 2012.10", private + "11.2.3.7.11.990", nil, "HP|switch|Switch 1899 24G J9999A||PT.09.99"},
		{"MikroTik with a name of several words", "RouterOS hAP xx lite", private + "14988.1", nil, "MikroTik|router|hAP xx lite||"},
		{"MikroTik of old", "MikroTik RouterOS 3.99 on RB999", private + "14988.1", nil, "MikroTik|router|RB999||3.99"},
		{"UniFi's gateway in one word", "Linux UDMPRO 4.19.999-ui-alpine #4.19.999 SMP", private + "8072.3.2.10", nil, "Ubiquiti|router|UDMPRO||4.19.999-ui-alpine"},
		{"Edgecore", "ECS9999-28T", private + "259.10.1.999.101", map[string]string{private + "259.10.1.999.1.1.5.1.0": "ECS9999-28T", private + "259.10.1.999.1.1.3.1.10.1": "EC0000000001", private + "259.10.1.999.1.1.3.1.6.1": "1.9.9.99"}, "Edgecore|switch|ECS9999-28T|EC0000000001|1.9.9.99"},
		{"SMC", "SMC9999 Managed Switch", private + "202.20.999", map[string]string{private + "202.20.999.1.1.3.1.10.1": "S000000001"}, "SMC|switch|SMC9999|S000000001|"},
		{"TRENDnet", "TRENDnet TEG-9999WS 9.01.001", private + "28866.2.99", nil, "TRENDnet|switch|TEG-9999WS||9.01.001"},
		{"a switch that runs Linux", "Linux switch 4.4.999 #1 SMP armv7l", private + "8072.3.2.10", map[string]string{"1.3.6.1.2.1.17.1.1.0": "\x00\x00\x5e\x00\x53\x02", part + ".11.1": "EX0000000001", part + ".12.1": "Example Networks", part + ".13.1": "EX-9999"}, "Example Networks|switch|EX-9999|EX0000000001|"},
		{"Comware of small switches", "HPE 1999-24G-PoE+ (180W) Switch JG999A Software Version 5.20.99, Release 1118 Copyright(c)2010-2017 Hewlett Packard Enterprise Development LP", private + "25506.11.1.989", nil, "HP|switch|1999-24G-PoE+ (180W)||5.20.99"},
		{"WatchGuard", "WatchGuard Firebox T99", private + "3097.1.5.99", nil, "WatchGuard|router|Firebox T99||"},
		{"a router that says no more than Linux", "Linux NBG9999 4.4", private + "890.1", nil, "Zyxel|router|||"},
		{"Grandstream's switch", "GWN7899P", private + "42397.1.99", nil, "Grandstream|switch|GWN7899P||"},
		{"Grandstream's router", "GWN7099", private + "42397.1.98", nil, "Grandstream|router|GWN7099||"},
		{"Ruijie's access point", "Ruijie Dual-band Access Point (RG-AP999) By Ruijie Networks", private + "4881.1.2.1.1.999", nil, "Ruijie|access-point|RG-AP999||"},
		{"Cambium's switch", "cnMatrix EX9999-P", private + "17713.24.99", nil, "Cambium|switch|EX9999-P||"},
		{"a switch of a maker without a rule", "ERS-9999T-PWR", private + "6889.1.69", map[string]string{"1.3.6.1.2.1.17.1.1.0": "\x00\x00\x5e\x00\x53\x01"}, "Avaya|switch|ERS-9999T-PWR||"},
		{"pfSense", "pfSense fw.example 2.9.9-RELEASE FreeBSD 14.0-CURRENT amd64", private + "12325.1.1.2.1.1", nil, "Netgate|router|pfSense amd64||2.9.9-RELEASE"},
		{"OPNsense", "FreeBSD OPNsense.localdomain 13.9-RELEASE-p9 FreeBSD 13.9-RELEASE-p9 stable/24.7-n000000 SMP amd64", private + "8072.3.2.8", nil, "Deciso|router|OPNsense||13.9-RELEASE-p9"},
		{"OPNsense with its version", "OPNsense fw.example 25.1.9-a0000000 OPNsense FreeBSD 14.9-RELEASE-p9 amd64", private + "12325.1.1.2.1.1", nil, "Deciso|router|OPNsense||25.1.9-a0000000"},
		{"pfSense without a name", "pfSense 2.9.9-RELEASE pfSense FreeBSD 14.0-CURRENT amd64", private + "12325.1.1.2.1.1", nil, "Netgate|router|pfSense amd64||2.9.9-RELEASE"},
		{"ZyWALL", "ZyWALL 99X", private + "890.1.15", nil, "Zyxel|router|ZyWALL 99X||"},
		{"AlliedWare Plus in short", "Allied Telesis router/switch, AW+ v5.9.9-2.1", private + "207.1.14.998", nil, "Allied Telesis|switch|||5.9.9-2.1"},
		{"HP FlexFabric", "HP Comware Platform Software, Software Version 7.1.099, Release 2499 HP FF 5999-40XG-2QSFP  Switch Copyright (c) 2010-2014 Hewlett-Packard Development Company, L.P.", private + "25506.11.1.997", nil, "HP|switch|5999-40XG-2QSFP||7.1.099"},
		{"DrayTek", "DrayTek Corporation, Router Model: Vigor9999 Series, Version: 4.9.9/RC9, Build Date/Time:Jan 1 2024 00:00:00", private + "7367", nil, "DrayTek|router|Vigor9999||4.9.9/RC9"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := snmpagent.NewRecording()
			r.Set("1.3.6.1.2.1.1.1.0", snmpagent.Text(c.descr))
			r.Set("1.3.6.1.2.1.1.2.0", snmpagent.ObjectID(c.object))
			for object, value := range c.objects {
				r.Set(object, snmpagent.Text(value))
				if index, ok := strings.CutPrefix(object, part+".11."); ok {
					r.Set(fmt.Sprintf("%s.5.%s", part, index), snmpagent.Integer(3))
				}
			}
			id, err := recogniser.Identify(t.Context(), drivertest.Dial(t, drivertest.Serve(t, r)))
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join([]string{id.Vendor, string(id.Kind()), id.Model, id.Serial, id.Firmware}, "|"); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}
