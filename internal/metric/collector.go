package metric

func collectorDefs() []Def { return nil }
