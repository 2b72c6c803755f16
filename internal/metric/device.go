package metric

// Names of what looks at devices bring. Those of interfaces are IF-MIB's, as
// snmp_exporter has them; those of sensors follow OpenTelemetry's conventions for
// hardware (hw.*); volumes and disks have the names that they have on computers
// (host.go, agent.go), so that one rule serves both.
const (
	DeviceUp           = "budi_device_up"
	DeviceLookDuration = "budi_device_look_duration_seconds"
	DeviceAlerts       = "budi_device_alerts"

	IfHCInOctets  = "ifHCInOctets"
	IfHCOutOctets = "ifHCOutOctets"
	IfInErrors    = "ifInErrors"
	IfOutErrors   = "ifOutErrors"
	IfInDiscards  = "ifInDiscards"
	IfOutDiscards = "ifOutDiscards"
	IfAdminStatus = "ifAdminStatus"
	IfOperStatus  = "ifOperStatus"
	IfSpeed       = "budi_interface_speed_bits_per_second"
	IfHalfDuplex  = "budi_interface_half_duplex"
	IfChanges     = "budi_interface_oper_changes_total"
	IfPoE         = "budi_interface_poe_watts"

	SensorTemperature = "hw_temperature_celsius"
	SensorFan         = "hw_fan_speed_rpm"
	SensorVoltage     = "hw_voltage_volts"
	SensorCurrent     = "hw_current_amperes"
	SensorPower       = "hw_power_watts"
	SensorApparent    = "hw_power_apparent_voltamperes"
	SensorFrequency   = "hw_frequency_hertz"
	SensorHumidity    = "hw_humidity_ratio"
	SensorLoad        = "hw_load_ratio"
	SensorMemory      = "hw_memory_utilization_ratio"
	SensorSignal      = "hw_signal_strength_dbm"
	SensorClients     = "budi_access_point_clients"
	SensorStatus      = "hw_status"

	PrinterSupply = "budi_printer_supply_ratio"
	PrinterPages  = "budi_printer_pages_total"
	PrinterError  = "budi_printer_error"
	PrinterTray   = "budi_printer_tray_ratio"

	// By the collector, of each supply (package supplies).
	PrinterSupplyDays = "budi_printer_supply_days_left"
	PrinterSupplyLast = "budi_printer_supply_last_ratio"

	ProjectorPower   = "budi_projector_power"
	ProjectorLight   = "budi_projector_light_seconds_total"
	ProjectorFilter  = "budi_projector_filter_seconds_total"
	ProjectorProblem = "budi_projector_error"

	UPSOnBattery      = "budi_ups_on_battery"
	UPSBatteryLow     = "budi_ups_battery_low"
	UPSReplaceBattery = "budi_ups_replace_battery"
	UPSCharge         = "budi_ups_charge_ratio"
	UPSRuntime        = "budi_ups_runtime_seconds"
	UPSLoad           = "budi_ups_load_ratio"
	UPSSelfTestFailed = "budi_ups_self_test_failed"

	LabelIfName  = "ifName"
	LabelIfAlias = "ifAlias"
	LabelName    = "name"
	LabelError   = "error"
	LabelSupply  = "supply"
	LabelColour  = "colour"
	LabelType    = "type"
	LabelTray    = "tray"
)

func deviceDefs() []Def {
	port := []string{LabelIfName, LabelIfAlias}
	name := []string{LabelName}
	return []Def{
		{DeviceUp, Gauge, "", "1 when a device that is looked at over the network answered, also when its answer was wrong; 0 when it did not. Absent while the look could not be made (budi_look_unknown is 1).", nil},
		{DeviceLookDuration, Gauge, "seconds", "How long the look at a device took.", nil},
		{DeviceAlerts, Gauge, "", "What a device complains of now, by severity: critical, warning.", []string{"severity"}},

		{IfHCInOctets, Counter, "bytes", "Octets received by an interface since the watch over it began (not since the device was started): made of ifHCInOctets, or of ifInOctets where there is no other, without what a restart, a discontinuity or a wrap would add.", port},
		{IfHCOutOctets, Counter, "bytes", "The same for octets sent.", port},
		{IfInErrors, Counter, "", "Packets received with errors since the watch began.", port},
		{IfOutErrors, Counter, "", "Packets not sent because of errors since the watch began.", port},
		{IfInDiscards, Counter, "", "Packets received and discarded since the watch began.", port},
		{IfOutDiscards, Counter, "", "Packets to be sent and discarded since the watch began.", port},
		{IfAdminStatus, Gauge, "", "What the keeper wants of an interface: 1 up, 2 down, 3 testing (RFC 2863).", port},
		{IfOperStatus, Gauge, "", "What an interface does: 1 up, 2 down, 3 testing, 4 unknown, 5 dormant, 6 not present, 7 lower layer down (RFC 2863).", port},
		{IfSpeed, Gauge, "", "Speed of an interface that is up, in bits per second.", port},
		{IfHalfDuplex, Gauge, "", "1 when an interface that is up runs half duplex, 0 when full.", port},
		{IfChanges, Counter, "", "Changes of the operational status of an interface since the watch began, as far as looks and ifLastChange show them.", port},
		{IfPoE, Gauge, "", "Power that a port delivers to what hangs on it, in watts.", port},

		{SensorTemperature, Gauge, "celsius", "Temperature that a device measures.", name},
		{SensorFan, Gauge, "", "Speed of a fan of a device, in revolutions per minute.", name},
		{SensorVoltage, Gauge, "volts", "Voltage that a device measures.", name},
		{SensorCurrent, Gauge, "amperes", "Current that a device measures.", name},
		{SensorPower, Gauge, "", "Power that a device measures, in watts.", name},
		{SensorApparent, Gauge, "", "Apparent power that a device measures, in volt-amperes.", name},
		{SensorFrequency, Gauge, "hertz", "Frequency that a device measures.", name},
		{SensorHumidity, Gauge, "ratio", "Relative humidity that a device measures.", name},
		{SensorLoad, Gauge, "ratio", "How busy a processor or another part of a device is.", name},
		{SensorMemory, Gauge, "ratio", "Memory of a device in use.", name},
		{SensorSignal, Gauge, "", "Strength of a signal, in decibel milliwatts.", name},
		{SensorClients, Gauge, "", "Stations that are connected to an access point.", name},
		{SensorStatus, Gauge, "", "How a part of a device judges itself: 0 well, 1 warning, 2 failed.", name},

		{PrinterSupply, Gauge, "ratio", "What is left of a supply of a printer; of a box that fills, the room in it. Absent while the printer does not know.", []string{LabelSupply, LabelType, LabelColour}},
		{PrinterPages, Counter, "", "Pages, in the unit in which the printer counts, since it was made.", nil},
		{PrinterError, Gauge, "", "1 while a printer reports the error, else 0 (hrPrinterDetectedErrorState of RFC 2790, and critical alerts of RFC 3805).", []string{LabelError}},
		{PrinterTray, Gauge, "ratio", "Paper in a tray.", []string{LabelTray}},
		{PrinterSupplyDays, Gauge, "", "In how many days a supply of a printer will be used up, or a box full, at the pace of late: computed each hour, also while the printer is off. Absent while there is too little to tell from.", []string{LabelSupply, LabelType, LabelColour}},
		{PrinterSupplyLast, Gauge, "ratio", "What was left of a supply when its printer last told, repeated while the printer is off.", []string{LabelSupply, LabelType, LabelColour}},

		{ProjectorPower, Gauge, "", "0 standby, 1 on, 2 cooling, 3 warming up (PJLink's POWR).", nil},
		{ProjectorLight, Counter, "seconds", "For how long a lamp or another light source was lit.", name},
		{ProjectorFilter, Counter, "seconds", "For how long the filter was used.", nil},
		{ProjectorProblem, Gauge, "", "How a part of a projector is: 0 well, 1 warning, 2 error (PJLink's ERST).", []string{LabelPart}},

		{UPSOnBattery, Gauge, "", "1 while a UPS feeds what hangs on it from its battery because the mains are bad, else 0, also while it tests itself.", nil},
		{UPSBatteryLow, Gauge, "", "1 while the battery of a UPS is almost empty, else 0.", nil},
		{UPSReplaceBattery, Gauge, "", "1 when the UPS asks for another battery, else 0.", nil},
		{UPSCharge, Gauge, "ratio", "Charge of the battery.", nil},
		{UPSRuntime, Gauge, "seconds", "How long the battery would last at the present load.", nil},
		{UPSLoad, Gauge, "ratio", "Load, of what the UPS can bear; the largest of its phases.", nil},
		{UPSSelfTestFailed, Gauge, "", "1 when the last self-test of the UPS failed, 0 when it passed; absent where none was made.", nil},
	}
}
