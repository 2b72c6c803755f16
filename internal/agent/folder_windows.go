package agent

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows"
)

// ownerOnly lets LocalSystem and administrators do everything with a folder and
// what is in it, and others nothing. Below ProgramData everybody may read what
// has no list of its own, and the agent's secret is there.
const ownerOnly = "O:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"

// MakeFolder makes the folder of the agent's state for administrators only. A
// folder that is there already is protected too when it is called Budi:
// everybody may make it first, below ProgramData.
func MakeFolder(name string) error {
	err := os.Mkdir(name, 0o700)
	if errors.Is(err, os.ErrNotExist) {
		if err = os.MkdirAll(filepath.Dir(name), 0o700); err == nil {
			err = os.Mkdir(name, 0o700)
		}
	}
	if errors.Is(err, os.ErrExist) {
		if !strings.EqualFold(filepath.Base(name), "Budi") {
			return nil
		}
		err = nil
	}
	if err != nil {
		return fmt.Errorf("make the agent's folder: %w", err)
	}
	list, err := windows.SecurityDescriptorFromString(ownerOnly)
	if err != nil {
		return fmt.Errorf("protect %s: %w", name, err)
	}
	dacl, _, err := list.DACL()
	if err != nil {
		return fmt.Errorf("protect %s: %w", name, err)
	}
	owner, _, err := list.Owner()
	if err != nil {
		return fmt.Errorf("protect %s: %w", name, err)
	}
	err = windows.SetNamedSecurityInfo(name, windows.SE_FILE_OBJECT,
		windows.OWNER_SECURITY_INFORMATION|windows.DACL_SECURITY_INFORMATION|windows.PROTECTED_DACL_SECURITY_INFORMATION,
		owner, nil, dacl, nil)
	if err != nil {
		return fmt.Errorf("protect %s from others: %w (administrators only may do this)", name, err)
	}
	return nil
}
