package metric

func probeDefs() []Def { return nil }
