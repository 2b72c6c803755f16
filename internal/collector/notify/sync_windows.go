package notify

// syncDir does nothing: Windows cannot flush a folder, and NTFS journals a
// rename itself.
func syncDir(string) error { return nil }
