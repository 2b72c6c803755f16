package recognise_test

import (
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/device/drivertest"
	"github.com/budi-monitor/budi/internal/device/recognise"
	"github.com/budi-monitor/budi/internal/sim/snmpagent"
)

// UPSes, and servers that agents of their makers tell of, say what they are; models, serial numbers and
// versions are made up.
func TestPowerAndServersOfManyMakers(t *testing.T) {
	const (
		private = "1.3.6.1.4.1."
		apc     = private + "318.1.1.1.1."
		ident   = "1.3.6.1.2.1.33.1.1."
		socomec = private + "4555.1.1.7.1.1."
		device  = private + "476.1.42.2.4.2.1."
	)
	recogniser := recognise.New()
	for _, c := range []struct {
		name, descr, object string
		objects             map[string]string
		want                string // vendor|kind|model|serial|firmware
	}{
		{"APC", "APC Web/SNMP Management Card (MB:v4.9.9 PF:v9.9.9 PN:apc_hw05_aos_999.bin AF1:v9.9.8 AN1:apc_hw05_sumx_998.bin MN:AP9999 HR:05 SN: ZA0000000001 MD:01/01/2025)", private + "318.1.3.27",
			map[string]string{apc + "1.1.0": "Smart-UPS 9999", apc + "2.1.0": "UPS 09.9 (ID99)", apc + "2.3.0": "AS0000000001"}, "APC|ups|Smart-UPS 9999|AS0000000001|AOS v9.9.9 / App v9.9.8"},
		{"APC of which the card says what runs on it", "", private + "318.1.3.27",
			map[string]string{apc + "1.1.0": "Smart-UPS 9999", private + "318.1.4.2.4.1.4.1": "v9.9.9", private + "318.1.4.2.4.1.4.2": "v9.9.8"}, "APC|ups|Smart-UPS 9999||AOS v9.9.9 / App v9.9.8"},
		{"APC whose card says nothing", "", private + "318.1.3.2.7", map[string]string{apc + "1.1.0": "Smart-UPS 9998", apc + "2.1.0": "999.9.I"}, "APC|ups|Smart-UPS 9998||999.9.I"},
		{"Eaton by its name alone", "99PS 99kW", private + "705.1", map[string]string{private + "705.1.1.7.0": "H000000000", private + "705.1.1.4.0": "9.99.0004"}, "Eaton|ups|99PS 99kW|H000000000|9.99.0004"},
		{"NetAgent", "", private + "935", map[string]string{ident + "1.0": "EXAMPLE", ident + "2.0": "HT9999", ident + "4.0": "9.99.DN9"}, "Megatec|ups|HT9999||9.99.DN9"},
		{"Net Vision 7 by net-snmp", "Linux netvision 4.9.9", private + "8072.3.2.10", map[string]string{socomec + "1.0": "MASTERYS 99", socomec + "2.0": "P000000000", socomec + "5.0": "NET VISION v9.9"}, "Socomec|ups|MASTERYS 99|P000000000|NET VISION v9.9"},
		{"Vertiv", "", private + "476.1.42", map[string]string{ident + "2.0": "GXT9", device + "4.1": " GXT9-9999IRT2UXL", device + "7.1": "0000000001", private + "476.1.42.2.1.3.0": "9.9.0.0", private + "476.1.42.2.1.4.0": "of the card"}, "Vertiv|ups|GXT9-9999IRT2UXL|0000000001|9.9.0.0"},
		{"PowerAlert", "PowerAlert 99.9", private + "850.1", map[string]string{private + "850.1.1.3.1.3.3.2.1.2.1.1": "1200", private + "850.1.1.1.2.1.5.1": "SU9999RT", private + "850.1.1.2.1.1.5.1": "9999AY0000", private + "850.1.1.2.1.1.4.1": "9.99"}, "Tripp Lite|ups|SU9999RT|9999AY0000|9.99"},
		{"PowerAlert that says no more", "POWERALERT", private + "850.1", nil, "Tripp Lite|ups|||"},
		{"NetMan that says no more", "NetMan 999 plus", private + "5491.6", nil, "Riello|ups|NetMan 999 plus||"},
		{"Windows with Dell's OpenManage", "Hardware: Intel64 Family 6 Model 26 Stepping 4 AT/AT COMPATIBLE - Software: Windows Version 10.0 (Build 17763 Multiprocessor Free)", private + "311.1.1.3.1.2", map[string]string{private + "674.10892.1.300.10.1.9.1": "PowerEdge R999", private + "674.10892.1.300.10.1.11.1": "0000001"}, "Microsoft|server|PowerEdge R999|0000001|Server 2019 (1809)"},
		{"Linux with HP's agents", "Linux files 9.9.9 #1 SMP x86_64", private + "8072.3.2.10", map[string]string{private + "232.2.2.4.2.0": "ProLiant DL999 Gen9", private + "232.2.2.2.1.0": "CZ00000001"}, "net-snmp|server|ProLiant DL999 Gen9|CZ00000001|9.9.9"},
		{"Bosch's camera", "DINION Example 9000", private + "3967.1.1.0", nil, "Bosch|camera|DINION Example 9000||"},
		{"Generex", "CS999 v 9.99", "1.3.6.1.2.1.33", map[string]string{ident + "1.0": "EXAMPLE", ident + "2.0": "UPS 9999", ident + "3.0": "1.00", ident + "4.0": "CS999 9.99"}, "EXAMPLE|ups|UPS 9999||CS999 9.99"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := snmpagent.NewRecording()
			r.Set("1.3.6.1.2.1.1.1.0", snmpagent.Text(c.descr))
			r.Set("1.3.6.1.2.1.1.2.0", snmpagent.ObjectID(c.object))
			for object, value := range c.objects {
				r.Set(object, snmpagent.Text(value))
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
