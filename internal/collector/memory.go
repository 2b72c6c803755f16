package collector

// GCPercent is what programs that run a collector give to debug.SetGCPercent, unless
// the environment has GOGC. Nearly all of its memory is series that live for hours:
// to let the heap double between two collections costs much memory, and to collect
// oftener little processor time.
const GCPercent = 50
