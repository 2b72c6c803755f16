package metric

func hostDefs() []Def { return nil }
