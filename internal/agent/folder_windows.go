package agent

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/windows"
)

// ownerOnly lets LocalSystem and administrators do everything with a folder and
// what is in it, and others nothing. Below ProgramData everybody may read what
// has no list of its own, and the agent's secret is there.
const ownerOnly = "O:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"

// MakeFolder makes the folder of the agent's state for administrators only. A
// folder that is there already is protected too when it is called Budi. One that
// somebody else made (everybody may, below ProgramData) is set aside with what
// was planted in it.
func MakeFolder(name string) error {
	if err := setAside(name); err != nil {
		return err
	}
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

// setAside renames a folder called Budi that belongs to neither the system nor
// administrators.
func setAside(name string) error {
	if !strings.EqualFold(filepath.Base(name), "Budi") {
		return nil
	}
	about, err := windows.GetNamedSecurityInfo(name, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if err != nil {
		return nil // it is not there, or what follows tells why it cannot be used
	}
	owner, _, err := about.Owner()
	if err != nil {
		return fmt.Errorf("ask whose %s is: %w", name, err)
	}
	for _, kind := range []windows.WELL_KNOWN_SID_TYPE{windows.WinLocalSystemSid, windows.WinBuiltinAdministratorsSid} {
		if owner.IsWellKnown(kind) {
			return nil
		}
	}
	// Who made it is the one who runs this: an administrator whose folders are
	// his own, by the policy of the domain.
	if me, err := windows.GetCurrentProcessToken().GetTokenUser(); err == nil && owner.Equals(me.User.Sid) {
		return nil
	}
	aside := name + "." + time.Now().UTC().Format("20060102T150405")
	if err := os.Rename(name, aside); err != nil {
		return fmt.Errorf("set aside %s, which belongs to somebody else: %w", name, err)
	}
	return nil
}
