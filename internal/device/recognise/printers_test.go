package recognise_test

import (
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/device/drivertest"
	"github.com/budi-monitor/budi/internal/device/recognise"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/sim/snmpagent"
)

// What only has the name of a maker of printers is none.
func TestOtherThingsOfPrintersMakers(t *testing.T) {
	recogniser := recognise.New()
	for _, descr := range []string{"Canon VB-H999 Network Camera", "SHARP PN-E999 display", "Samsung Smart Signage", "Panasonic PT-VZ999N"} {
		r := snmpagent.NewRecording()
		r.Set("1.3.6.1.2.1.1.1.0", snmpagent.Text(descr))
		id, err := recogniser.Identify(t.Context(), drivertest.Dial(t, drivertest.Serve(t, r)))
		if err != nil || id.Is(look.Printer) {
			t.Errorf("%s is a printer: %v, %v", descr, id.Kinds, err)
		}
	}
}

// Printers as their makers have them say what they are; models, serial numbers
// and versions are made up.
func TestPrintersOfManyMakers(t *testing.T) {
	const (
		serial  = "1.3.6.1.2.1.43.5.1.1.17.1"
		hrDescr = "1.3.6.1.2.1.25.3.2.1.3.1"
		toner   = "1.3.6.1.2.1.43.11.1.1.6.1.1"
	)
	recogniser := recognise.New()
	for _, c := range []struct {
		name, descr, object string
		objects             map[string]string
		want                string // vendor|model|serial|firmware
	}{
		{"HP LaserJet", "HP ETHERNET MULTI-ENVIRONMENT,SN:VNB0000001,FN:0X00001,SVCID:00000,PID:HP Color LaserJet Pro M999dw", "1.3.6.1.4.1.11.2.3.9.1",
			map[string]string{hrDescr: "HP Color LaserJet Pro M999dw", "1.3.6.1.4.1.11.2.3.9.4.2.1.1.3.6.0": "\x01\x152400001_000001"}, "HP|Color LaserJet Pro M999dw|VNB0000001|2400001_000001"},
		{"HP with no more than its ID", "HP ETHERNET MULTI-ENVIRONMENT", "1.3.6.1.4.1.11.2.3.9.1",
			map[string]string{"1.3.6.1.4.1.11.2.3.9.1.1.7.0": "MFG:Hewlett-Packard;CMD:PJL;MDL:HP OfficeJet Pro 9999 series;CLS:PRINTER;SN:TH000000AB;"}, "HP|OfficeJet Pro 9999|TH000000AB|"},
		{"Samsung of old", "Samsung ML-9850 Series; OS 1.01.99.44 01-10-2008;Engine 1.01.99;NIC V4.01.99(ML-985x) 01-10-2008;S/N 4F66000000000A.", "1.3.6.1.4.1.236.11.5.1", nil, "Samsung|ML-9850|4F66000000000A.|1.01.99.44"},
		{"Xerox made by Samsung", "Xerox WorkCentre 3999; V3.50.99.10 OCT-01-2015;Engine V1.00.99;NIC V4.01.99;S/N 3257000001", "1.3.6.1.4.1.253.8.62.1.99", nil, "Xerox|WorkCentre 3999|3257000001|3.50.99.10"},
		{"Xerox with wax", "Xerox ColorQube 9999DT; System 1.3.9.P, OS 9.99, PS 4.10.0, Eng 23.P1.4.8.0", "1.3.6.1.4.1.253.8.62.1.99", nil, "Xerox|ColorQube 9999DT||1.3.9.P"},
		{"Xerox with a network card that comes first", "Xerox Phaser 9180DN; Net 8.5, ESS 200804031899, IOT 06.00.00", "1.3.6.1.4.1.253.8.62.1.99", nil, "Xerox|Phaser 9180DN||200804031899"},
		{"a printer without Printer-MIB", "Print Server", "1.3.6.1.4.1.32473.1", map[string]string{hrDescr: "Epson LQ-9999"}, "Epson|LQ-9999||"},
		{"Lexmark by its name alone", "Lexmark T999 version NS.NP.N999 kernel 2.6.6 All-N-1", "", map[string]string{toner: "Black"}, "Lexmark|T999||"},
		{"HP made by Samsung", "HP Laser MFP 990-999;V3.82.01.99 JUL-01-2025;Engine V1.00.99;NIC V4.06.99;S/N CNB0000002", "1.3.6.1.4.1.11.2.3.9.1",
			map[string]string{hrDescr: "HP Laser MFP 990-999"}, "HP|Laser MFP 990-999|CNB0000002|3.82.01.99"},
		{"HP in an old branch", "HP Laser MFP 990-999;V3.82.01.99 JUL-01-2025;Engine V1.00.99;NIC V4.06.99;S/N CNB0000003", "1.3.6.1.4.1.11.1", map[string]string{toner: "Black"}, "HP|Laser MFP 990-999|CNB0000003|3.82.01.99"},
		{"HP print server of old", "HP ETHERNET MULTI-ENVIRONMENT,ROM J.sp.00,JETDIRECT EX,JD28 EEPROM 5.99", "1.3.6.1.4.1.11.2.3.9.1",
			map[string]string{hrDescr: "HP LaserJet 9999"}, "HP|LaserJet 9999||5.99"},
		{"Brother", "Brother NC-9999h, Firmware Ver.1.99  (25.01.01),MID 9XX-X99,FID 2", "1.3.6.1.4.1.2435.2.3.9.1",
			map[string]string{hrDescr: "Brother HL-L9999DW series", "1.3.6.1.4.1.2435.2.3.9.4.2.1.5.5.1.0": "E00000A0N000001"}, "Brother|HL-L9999DW|E00000A0N000001|1.99"},
		{"Canon", "Canon MF999C /P", "1.3.6.1.4.1.1602.4.7",
			map[string]string{"1.3.6.1.4.1.1602.1.1.1.1.0": "MF999C Series", "1.3.6.1.4.1.1602.1.1.1.4.0": "09.99", serial: "QJY00001"}, "Canon|MF999C|QJY00001|09.99"},
		{"Canon without objects", "Canon iR-ADV C9999 /P", "1.3.6.1.4.1.1602.4.7", map[string]string{hrDescr: "Canon iR-ADV C9999"}, "Canon|iR-ADV C9999||"},
		{"Dell made by Lexmark", "Dell Laser Printer 9999n version NX.XX.X999 kernel 2.6.18 All-N-1", "1.3.6.1.4.1.641.1.71106800",
			map[string]string{"1.3.6.1.4.1.641.2.1.2.1.3.1": "COMMAND SET:;MODEL:Dell Laser Printer 9999n"}, "Dell|Laser Printer 9999n||NX.XX.X999"},
		{"Dell by its name alone", "Dell Color MFP E999cw", "", map[string]string{toner: "Black"}, "Dell|Color MFP E999cw||"},
		{"Epson", "EPSON Built-in 11b/g/n Print Server", "1.3.6.1.4.1.1248.1.1.2.1.3.5.69.69.80.83.50", map[string]string{hrDescr: "EPSON ET-9999 Series", serial: "X000000001"}, "Epson|ET-9999|X000000001|"},
		{"Fujifilm", "FUJIFILM Apeos 9999 SZ ; ESSmain 1.99", "1.3.6.1.4.1.297.1.111.101.1.50.1.4.1", map[string]string{serial: "000001"}, "Fujifilm|Apeos 9999 SZ|000001|1.99"},
		{"Fuji Xerox", "FUJI XEROX ApeosPort-VI C9999; ESS1.0.99,IOT 99.1.0", "1.3.6.1.4.1.297.1.11.93.1.30.1", map[string]string{serial: "000002"}, "Fuji Xerox|ApeosPort-VI C9999|000002|1.0.99"},
		{"Konica Minolta", "KONICA MINOLTA bizhub C999i", "1.3.6.1.4.1.18334.1.1.1.2.1.150.3.2", map[string]string{"1.3.6.1.4.1.18334.1.1.1.1.6.2.1.0": "KONICA MINOLTA bizhub C999i", serial: "AA2J000000001"}, "Konica Minolta|bizhub C999i|AA2J000000001|"},
		{"Develop", "Develop ineo+ 999", "1.3.6.1.4.1.18334.1.1.1.2.1.60.2.1", map[string]string{hrDescr: "Develop ineo+ 999"}, "Develop|ineo+ 999||"},
		{"Kyocera", "KYOCERA Document Solutions Printing System", "1.3.6.1.4.1.1347.41",
			map[string]string{"1.3.6.1.4.1.1347.43.5.1.1.1.1": "ECOSYS M9999dn", "1.3.6.1.4.1.1347.43.5.1.1.28.1": "VCF0000001", "1.3.6.1.4.1.1347.43.5.4.1.5.1.1": "2XX_2000.001.999"}, "Kyocera|ECOSYS M9999dn|VCF0000001|2XX_2000.001.999"},
		{"UTAX", "UTAX_TA Printing System", "1.3.6.1.4.1.1347.41", map[string]string{hrDescr: "P-C9999DN"}, "UTAX|P-C9999DN||"},
		{"Triumph-Adler", "TRIUMPH-ADLER Printing System", "1.3.6.1.4.1.1347.41", map[string]string{hrDescr: "P-4099DN"}, "Triumph-Adler|P-4099DN||"},
		{"Lexmark", "Lexmark MS999dn version NH9.X.X999 kernel 3.0.0 All-N-1", "1.3.6.1.4.1.641.2.71106900", map[string]string{hrDescr: "Lexmark MS999dn 4510000000001 LW9.X.X999"}, "Lexmark|MS999dn|4510000000001|NH9.X.X999"},
		{"OKI", "OKI OkiLAN 9999e Rev.00.99 10/100/1000BASE Ethernet PrintServer: Attached to C999 Rev.01.99 : Copyright", "1.3.6.1.4.1.2001.1.1.1.1", map[string]string{"1.3.6.1.4.1.2001.1.1.1.1.11.1.10.45.0": "AK00000001"}, "OKI|C999|AK00000001|01.99"},
		{"Ricoh", "RICOH IM C9999 1.99 / RICOH Network Printer C model / RICOH Network Scanner C model", "1.3.6.1.4.1.367.1.1", map[string]string{serial: "3080R000001"}, "Ricoh|IM C9999|3080R000001|1.99"},
		{"Lanier", "LANIER MP C9999/LD999C 2.99 / LANIER Network Printer C model", "1.3.6.1.4.1.367.1.1", nil, "Lanier|MP C9999/LD999C||2.99"},
		{"Gestetner", "Gestetner MP 9999 1.09 / Gestetner Network Printer C model", "1.3.6.1.4.1.367.1.1", map[string]string{"1.3.6.1.4.1.367.3.2.1.1.1.1.0": "MP 9999"}, "Gestetner|MP 9999||1.09"},
		{"Samsung", "Samsung CLX-9999 Series; V1.00.99.99 Jan-01-2013;Engine 1.99.99;NIC V6.01.99;S/N Z000000000001A", "1.3.6.1.4.1.236.11.5.1", map[string]string{hrDescr: "Samsung CLX-9999 Series"}, "Samsung|CLX-9999|Z000000000001A|1.00.99.99"},
		{"Sharp", "SHARP BP-99C99", "1.3.6.1.4.1.2385.3.1.130.1.1", map[string]string{hrDescr: "SHARP BP-99C99", serial: "65000001", "1.3.6.1.4.1.2385.2.1.1.2.1.2.1": "1.09"}, "Sharp|BP-99C99|65000001|1.09"},
		{"Toshiba", "TOSHIBA e-STUDIO9999AC", "1.3.6.1.4.1.1129.2.3.58.3", map[string]string{serial: "CXX000001"}, "Toshiba|e-STUDIO9999AC|CXX000001|"},
		{"Toshiba made by Lexmark", "TOSHIBA e-STUDIO999CS version CXXXX.999.999 kernel 5.4.99 All-N-1", "1.3.6.1.4.1.641.52.71107999", map[string]string{serial: "0000000000AAA"}, "Toshiba|e-STUDIO999CS|0000000000AAA|CXXXX.999.999"},
		{"Xerox", "Xerox VersaLink C999 Color MFP; SS 99.50.81, NC 99.50.81, UI 99.50.81", "1.3.6.1.4.1.253.8.62.1.36.5.3.1.1", map[string]string{serial: "4HX000001"}, "Xerox|VersaLink C999 Color MFP|4HX000001|99.50.81"},
		{"Xerox by its ID", "Xerox WorkCentre 9999 v1; SS 072.010.009", "1.3.6.1.4.1.253.8.62.1.33.5.2.1.1", map[string]string{"1.3.6.1.4.1.253.8.51.1.2.1.20.1": "MFG:Xerox; CMD:PCL; MDL:WorkCentre 9999; CLS:Printer;"}, "Xerox|WorkCentre 9999||072.010.009"},
		{"Zebra", "Zebra Wired PS", "1.3.6.1.4.1.10642.1.1", map[string]string{"1.3.6.1.4.1.10642.1.1.0": "ZTC ZT999-203dpi ZPL", "1.3.6.1.4.1.10642.1.2.0": "V99.19.15Z", "1.3.6.1.4.1.10642.200.19.5.0": "99J000000001"}, "Zebra|ZTC ZT999-203dpi ZPL|99J000000001|V99.19.15Z"},
		{"Zebra with a print server of old", "ZebraNet Wired PS", "1.3.6.1.4.1.683.6.0", map[string]string{"1.3.6.1.4.1.10642.1.1.0": "ZTC 999Xi4-203dpi ZPL"}, "Zebra|ZTC 999Xi4-203dpi ZPL||"},
		{"Pantum", "Pantum P9999DW Series", "1.3.6.1.4.1.40093.1.1", map[string]string{"1.3.6.1.2.1.43.5.1.1.16.1": "Pantum P9999DW Series", "1.3.6.1.4.1.40093.1.1.1.5": "CK0000000001"}, "Pantum|P9999DW|CK0000000001|"},
		{"Sindoh", "SINDOH D999", "1.3.6.1.4.1.18334.1.2.1.2.1.1", map[string]string{hrDescr: "SINDOH D999"}, "Sindoh|D999||"},
		{"RISO", "RISO ComColor GD9999", "1.3.6.1.4.1.24807.1", map[string]string{toner: "Cyan"}, "Riso|ComColor GD9999||"},
		{"Sharp by its name alone", "SHARP MX-9999", "", map[string]string{toner: "Black"}, "Sharp|MX-9999||"},
		{"Samsung by its name alone", "Samsung SCX-9999 Series; V1.00", "", map[string]string{toner: "Black"}, "Samsung|SCX-9999||"},
		{"Canon by its name alone", "Canon LBP999C", "", map[string]string{toner: "Black"}, "Canon|LBP999C||"},
		{"Dell made by Fuji Xerox", "Dell 9999cn Color Laser; Net 11.74,Controller 200801, Engine 05.09.09", "1.3.6.1.4.1.253.8.62.1.19.5.2.1", map[string]string{"1.3.6.1.4.1.253.8.51.10.2.1.7.2.28110202": "MFG:Dell;CMD:PJL;MDL:Color Laser 9999cn;DES:Dell"}, "Dell|Color Laser 9999cn||05.09.09"},
		{"Samsung of old", "Samsung ML-9850 Series; OS 1.01.99.44 01-10-2008;Engine 1.01.99;NIC V4.01.99(ML-985x) 01-10-2008;S/N 4F66000000000A.", "1.3.6.1.4.1.236.11.5.1", nil, "Samsung|ML-9850|4F66000000000A.|1.01.99.44"},
		{"Xerox made by Samsung", "Xerox WorkCentre 3999; V3.50.99.10 OCT-01-2015;Engine V1.00.99;NIC V4.01.99;S/N 3257000001", "1.3.6.1.4.1.253.8.62.1.99", nil, "Xerox|WorkCentre 3999|3257000001|3.50.99.10"},
		{"Xerox with wax", "Xerox ColorQube 9999DT; System 1.3.9.P, OS 9.99, PS 4.10.0, Eng 23.P1.4.8.0", "1.3.6.1.4.1.253.8.62.1.99", nil, "Xerox|ColorQube 9999DT||1.3.9.P"},
		{"Xerox with a network card that comes first", "Xerox Phaser 9180DN; Net 8.5, ESS 200804031899, IOT 06.00.00", "1.3.6.1.4.1.253.8.62.1.99", nil, "Xerox|Phaser 9180DN||200804031899"},
		{"a printer without Printer-MIB", "Print Server", "1.3.6.1.4.1.32473.1", map[string]string{hrDescr: "Epson LQ-9999"}, "Epson|LQ-9999||"},
		{"Lexmark by its name alone", "Lexmark T999 version NS.NP.N999 kernel 2.6.6 All-N-1", "", map[string]string{toner: "Black"}, "Lexmark|T999||"},
		{"HP made by Samsung", "HP Laser MFP 999 998 990-999; V3.99.01.13;S/N CNB0000001", "1.3.6.1.4.1.236.11.5.1", map[string]string{hrDescr: "HP Laser MFP 999 998 990-999", serial: "CNB0000001"}, "HP|Laser MFP 999 998 990-999|CNB0000001|3.99.01.13"},
		{"Konica Minolta made by Lexmark", "KONICA MINOLTA bizhub 9999 version NR.APX.N999 kernel 2.6.28 All-N-1", "1.3.6.1.4.1.641.2.71106999", map[string]string{serial: "A9990000001"}, "Konica Minolta|bizhub 9999|A9990000001|NR.APX.N999"},
		{"Xerox made by Lexmark", "Xerox(R) B999 Printer version MSLXX.099.234 kernel 4.17.19 All-N-1", "1.3.6.1.4.1.253.8.62.1.99", map[string]string{hrDescr: "Xerox(R) B999 Printer"}, "Xerox|B999||MSLXX.099.234"},
		{"Xerox with its mark", "Xerox® C999 Color MFP; SS CXLXX.099.225", "1.3.6.1.4.1.253.8.62.1.99", map[string]string{hrDescr: "Xerox® C999 Color MFP"}, "Xerox|C999 Color MFP||CXLXX.099.225"},
		{"Fuji Xerox with its version", "FUJI XEROX DocuCentre-IX C9999 v  2.  9.  0 Multifunction System", "1.3.6.1.4.1.297.1.11.93.1.99", nil, "Fuji Xerox|DocuCentre-IX C9999||"},
		{"Kyocera by sysDescr", "TASKalfa 9999ci", "1.3.6.1.4.1.1347.41", nil, "Kyocera|TASKalfa 9999ci||"},
		{"a maker by its name in the model", "Network Printer", "1.3.6.1.4.1.32473.1", map[string]string{hrDescr: "Lenovo M9999DXF", toner: "Black"}, "Lenovo|M9999DXF||"},
		{"a maker by the device ID", "Network Printer", "1.3.6.1.4.1.8072.3.2.10", map[string]string{hrDescr: "M9999", toner: "Black", "1.3.6.1.4.1.2699.1.2.1.2.1.1.3.1": "MFG:Example;MDL:M9999;CMD:PCL;"}, "Example|M9999||"},
		{"one of a maker that nobody knows", "Example 20", "1.3.6.1.4.1.32473.1", map[string]string{hrDescr: "Example 20", toner: "Black", serial: "EX1"}, "|Example 20|EX1|"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := snmpagent.NewRecording()
			r.Set("1.3.6.1.2.1.1.1.0", snmpagent.Text(c.descr))
			if c.object != "" {
				r.Set("1.3.6.1.2.1.1.2.0", snmpagent.ObjectID(c.object))
			}
			for object, value := range c.objects {
				r.Set(object, snmpagent.Text(value))
			}
			if c.objects[hrDescr] != "" {
				r.Set("1.3.6.1.2.1.25.3.2.1.2.1", snmpagent.ObjectID("1.3.6.1.2.1.25.3.1.5"))
			}
			id, err := recogniser.Identify(t.Context(), drivertest.Dial(t, drivertest.Serve(t, r)))
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join([]string{id.Vendor, id.Model, id.Serial, id.Firmware}, "|"); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
			if id.Kind() != look.Printer {
				t.Errorf("kinds %v", id.Kinds)
			}
		})
	}
}
