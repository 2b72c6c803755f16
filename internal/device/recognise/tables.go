package recognise

// tables lists the tables of all families. Within one rank the earlier rule has
// the first say.
func tables() [][]rule {
	return [][]rule{
		projectorMakers(), // before the printers that are known by no more than their maker's name
		printers, rebadged(),
		cisco(), hewlettPackard(), smallSwitches(), routers(), accessPoints(), moreNetwork(),
		presentation,
		power,
		storage,
		boards,
		cameras,
		computers(),
	}
}
