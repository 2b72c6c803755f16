package state_test

// onAFullDisk is not played on Windows, which has no limit on files of a
// process.
func onAFullDisk(string) int { return 0 }
