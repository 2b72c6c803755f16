package host

import "testing"

func TestListsOfProcessors(t *testing.T) {
	for _, c := range []struct {
		list string
		want int
		ok   bool
	}{
		{"0", 1, true}, {"0-3", 4, true}, {"0-3,8,10-11", 7, true},
		{"", 0, false}, {"0-", 0, false}, {"x", 0, false}, {"3-0", 0, false}, {"0-99999", 0, false},
	} {
		got, err := countList(c.list)
		if got != c.want || (err == nil) != c.ok {
			t.Errorf("%q: %d, %v", c.list, got, err)
		}
	}
}

func TestOnlyWholeDrivesAreDisks(t *testing.T) {
	for name, want := range map[string]bool{
		"sda": true, "nvme0n1": true, "vda": true, "mmcblk0": true,
		"mmcblk0boot0": false, "mmcblk0rpmb": false, "sr0": false, "fd0": false, "loop3": false,
	} {
		if got := isDrive(name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}
