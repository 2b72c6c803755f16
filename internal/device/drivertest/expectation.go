package drivertest

import "encoding/json"

// Expectation is what is known of a recorded device (NAME.expect.json). What is
// not known is nil or zero.
type Expectation struct {
	Name   string `json:"name"`
	Vendor string `json:"vendor"`
	Kind   string `json:"kind"`  // printer projector switch router ap ups nas camera nvr server pc bmc
	Grade  string `json:"grade"` // full, partial or detect
	Walk   struct {
		Lines, Varbinds, Malformed, Duplicates int
	} `json:"walk"`
	System struct {
		Descr    string  `json:"descr"`
		ObjectID string  `json:"objectID"`
		Uptime   *uint64 `json:"uptime"` // hundredths of a second
		Contact  string  `json:"contact"`
		Name     string  `json:"name"`
		Location string  `json:"location"`
		Services *int    `json:"services"`
	} `json:"system"`
	Facts    Facts    `json:"facts"`
	LibreNMS LibreNMS `json:"librenms"`
}

// Facts follow from the recording and the definitions of the MIBs alone.
type Facts struct {
	Interfaces struct {
		Count int                 `json:"count"`
		Oper  map[string]int      `json:"oper"`
		Admin map[string]int      `json:"admin"`
		Rows  []ExpectedInterface `json:"rows"`
	} `json:"interfaces"`
	Printer struct {
		Supplies    []ExpectedSupply `json:"supplies"`
		LifeCounts  []ExpectedCount  `json:"life_counts"`
		Inputs      []ExpectedInput  `json:"inputs"`
		Serial      string           `json:"serial"`
		GeneralName string           `json:"general_name"`

		Status map[string]int    `json:"hrPrinterStatus"`
		Errors map[string]string `json:"hrPrinterDetectedErrorState_hex"`
	} `json:"printer"`
	Host struct {
		Devices []struct {
			Index, Type, Descr string
			Status             *int
		} `json:"devices"`
		Storage []struct {
			Index, Type, Descr string
			Total              *int64 `json:"total_bytes"`
			Used               *int64 `json:"used_bytes"`
		} `json:"storage"`
		ProcessorLoad []int   `json:"processor_load"`
		SystemUptime  *uint64 `json:"hrSystemUptime"`
		MemoryKB      *int64  `json:"hrMemorySize_kB"`
	} `json:"host_resources"`
	Entities []ExpectedEntity `json:"entities"`
	UPS      struct {
		Manufacturer     string `json:"manufacturer"`
		Model            string `json:"model"`
		Agent            string `json:"agent"`
		BatteryStatus    *int   `json:"battery_status"`
		SecondsOnBattery *int   `json:"seconds_on_battery"`
		MinutesRemaining *int   `json:"minutes_remaining"`
		ChargePercent    *int   `json:"charge_percent"`
		VoltageDV        *int   `json:"battery_voltage_dV"`
		TemperatureC     *int   `json:"battery_temp_C"`
		OutputSource     *int   `json:"output_source"`
		InputVoltage     []*int `json:"input_voltage"`
		LoadPercent      []*int `json:"output_load_percent"`
	} `json:"ups_mib"`
	APC struct {
		Model            string `json:"model"`
		Firmware         string `json:"fw"`
		Serial           string `json:"serial"`
		CapacityDP       *int   `json:"hp_capacity_dP"`
		InputVoltageDV   *int   `json:"hp_input_voltage_dV"`
		LoadDP           *int   `json:"hp_output_load_dP"`
		OutputStatus     *int   `json:"output_status"`
		ReplaceIndicator *int   `json:"replace_indicator"`
		RuntimeTicks     *int   `json:"runtime_ticks"`
		LastReplace      string `json:"last_battery_replace"`
	} `json:"apc"`
	LLDP []struct {
		LocalPort      string `json:"local_port"`
		Chassis        string `json:"chassis"`
		ChassisSubtype int    `json:"chassis_subtype"`
		Port           string `json:"port"`
		PortSubtype    int    `json:"port_subtype"`
		PortDescr      string `json:"port_descr"`
		SysName        string `json:"sysname"`
	} `json:"lldp_remotes"`
	Bridge struct {
		BasePorts int `json:"base_port_to_ifindex_count"`
		FDBCount  int `json:"fdb_count"`
		QFDB      []struct {
			MAC        string `json:"mac"`
			FDBID      int    `json:"fdb_id"`
			BridgePort int    `json:"bridge_port"`
			IfIndex    int    `json:"ifIndex"`
		} `json:"qfdb"`
		QFDBCount int `json:"qfdb_count"`
	} `json:"bridge"`
	Synology struct {
		Model       string `json:"model"`
		Serial      string `json:"serial"`
		Version     string `json:"version"`
		System      *int   `json:"system_status"`
		Power       *int   `json:"power_status"`
		Temperature *int   `json:"temp_C"`
		FanSystem   *int   `json:"fan_system"`
		FanCPU      *int   `json:"fan_cpu"`
		Upgrade     *int   `json:"upgrade_available"`
		Disks       []struct {
			Index, ID, Model, Type, Role string
			Status, Health               *int
			Temperature                  *int `json:"temp_C"`
		} `json:"disks"`
		RAIDs []struct {
			Index, Name string
			Status      *int
			Free, Total *int64
		} `json:"raids"`
	} `json:"synology"`
	QNAP struct {
		Disks []struct {
			Index, Descr, Model, Capacity, Smart, Temp string
			Status                                     *int
		} `json:"disks"`
	} `json:"qnap"`
	Vendor map[string]json.RawMessage `json:"vendor"` // scalars of vendors' own MIBs
}

// ExpectedInterface is a row of IF-MIB.
type ExpectedInterface struct {
	Index     int     `json:"ifIndex"`
	Descr     string  `json:"descr"`
	Name      string  `json:"name"`
	Alias     string  `json:"alias"`
	Type      int     `json:"type"`
	MAC       string  `json:"mac"`
	SpeedBPS  *uint64 `json:"speed_bps"`
	Admin     string  `json:"admin"` // "absent" when the column was not recorded
	Oper      string  `json:"oper"`
	HC        bool    `json:"hc"`
	InOctets  *uint64 `json:"in_octets"`
	OutOctets *uint64 `json:"out_octets"`
}

// ExpectedSupply is a row of prtMarkerSuppliesTable. Index is hrDeviceIndex.n.
type ExpectedSupply struct {
	Index   string   `json:"index"`
	Descr   string   `json:"descr"`
	Type    string   `json:"type"`
	Class   string   `json:"cls"`
	Unit    *int     `json:"unit"`
	Max     *float64 `json:"max"`
	Level   *float64 `json:"level"`
	Percent *float64 `json:"percent"`
	State   string   `json:"state"`
}

// ExpectedCount is a row of prtMarkerTable.
type ExpectedCount struct {
	Index   string `json:"index"`
	Value   *int64 `json:"value"`
	Unit    *int   `json:"unit"`
	PowerOn *int64 `json:"power_on"`
}

// ExpectedInput is a row of prtInputTable.
type ExpectedInput struct {
	Index  string   `json:"index"`
	Descr  string   `json:"descr"`
	Name   string   `json:"name"`
	Media  string   `json:"media"`
	Level  *float64 `json:"level"`
	Max    *float64 `json:"max"`
	Unit   *int     `json:"unit"`
	Type   *int     `json:"type"`
	Status *int     `json:"status"`
}

// ExpectedEntity is a row of ENTITY-MIB.
type ExpectedEntity struct {
	Index    string `json:"index"`
	Class    int    `json:"cls"`
	Descr    string `json:"descr"`
	Name     string `json:"name"`
	Hardware string `json:"hw"`
	Firmware string `json:"fw"`
	Software string `json:"sw"`
	Serial   string `json:"serial"`
	Maker    string `json:"mfg"`
	Model    string `json:"model"`
}

// LibreNMS is what that program finds in the same recording, by its own
// conventions (see the README beside the recordings).
type LibreNMS struct {
	Device struct {
		OS          string `json:"os"`
		Type        string `json:"type"`
		Hardware    string `json:"hardware"`
		Version     string `json:"version"`
		Serial      string `json:"serial"`
		Features    string `json:"features"`
		SysName     string `json:"sysName"`
		SysObjectID string `json:"sysObjectID"`
		SysDescr    string `json:"sysDescr"`
	} `json:"device"`
	Supplies []struct {
		Index    int    `json:"index"`
		Type     string `json:"type"`
		Descr    string `json:"descr"`
		OID      string `json:"oid"`
		Capacity *int   `json:"capacity"`
		Percent  *int   `json:"percent"`
	} `json:"supplies"`
	Sensors []struct {
		Class      string   `json:"cls"`
		Descr      string   `json:"descr"`
		Index      string   `json:"index"`
		OID        string   `json:"oid"`
		Divisor    *float64 `json:"divisor"`
		Multiplier *float64 `json:"multiplier"`
		Value      *float64 `json:"value"` // divisor and multiplier applied
		State      string   `json:"state"`
	} `json:"sensors"`
	Processors []struct {
		Descr string   `json:"descr"`
		OID   string   `json:"oid"`
		Usage *float64 `json:"usage"`
	} `json:"processors"`
	Memory []struct {
		Class   string   `json:"cls"`
		Descr   string   `json:"descr"`
		Percent *float64 `json:"percent"`
		Total   *int64   `json:"total"`
		Used    *int64   `json:"used"`
	} `json:"mempools"`
	Storage []struct {
		Descr   string   `json:"descr"`
		Percent *float64 `json:"percent"`
		Size    *int64   `json:"size"`
		Used    *int64   `json:"used"`
	} `json:"storage"`
	Ports struct {
		Count int            `json:"count"`
		Oper  map[string]int `json:"oper"`
		Names []string       `json:"names"`
	} `json:"ports"`
	Links []struct {
		Protocol string `json:"protocol"`
		Hostname string `json:"remote_hostname"`
		Port     string `json:"remote_port"`
		Version  string `json:"remote_version"`
	} `json:"links"`
	FDBCount int `json:"fdb_count"`
	Entities []struct {
		Class    string `json:"cls"` // by name
		Descr    string `json:"descr"`
		Firmware string `json:"fw"`
		Software string `json:"sw"`
		Serial   string `json:"serial"`
		Model    string `json:"model"`
	} `json:"entities"`
}
