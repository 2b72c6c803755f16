package agent_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/budi-monitor/budi/internal/agent"
)

// Who may make folders below ProgramData may make a link there: what it leads to
// must neither get the agent's list of access nor its files.
func TestALinkInPlaceOfTheFolderIsSetAside(t *testing.T) {
	parent, elsewhere := t.TempDir(), t.TempDir()
	name := filepath.Join(parent, "Budi")
	if err := os.Symlink(elsewhere, name); err != nil {
		t.Skipf("links cannot be made here: %v", err)
	}
	if info, err := os.Lstat(name); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Skipf("links are not told from folders here (wine): %v, %v", info, err)
	}
	if err := agent.MakeFolder(name); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(name); err != nil || info.Mode()&os.ModeType != os.ModeDir {
		t.Errorf("%v, %v", info, err)
	}
	if left, err := filepath.Glob(name + ".*"); err != nil || len(left) != 1 {
		t.Errorf("set aside: %v, %v", left, err)
	}
	if err := agent.MakeFolder(name); err != nil { // its own stays
		t.Fatal(err)
	}
	if left, err := filepath.Glob(name + ".*"); err != nil || len(left) != 1 {
		t.Errorf("the own folder was set aside: %v, %v", left, err)
	}
}

func TestTheAgentsOwnFolderStays(t *testing.T) {
	parent := t.TempDir()
	name := filepath.Join(parent, "deeper", "Budi")
	for range 2 {
		if err := agent.MakeFolder(name); err != nil {
			t.Fatal(err)
		}
	}
	if entries, err := os.ReadDir(filepath.Dir(name)); err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
}
