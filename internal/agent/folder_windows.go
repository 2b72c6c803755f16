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
// somebody else made (everybody may, below ProgramData), and a junction or link
// in its place, is set aside with what was planted in it.
func MakeFolder(name string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return fmt.Errorf("make the agent's folder: %w", err)
	}
	if !strings.EqualFold(filepath.Base(name), "Budi") {
		if err := os.MkdirAll(name, 0o700); err != nil {
			return fmt.Errorf("make the agent's folder: %w", err)
		}
		return nil
	}
	if err := makeOwn(name); err != nil {
		return err
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

// attempts bounds how often what somebody plants anew is set aside.
const attempts = 5

// makeOwn makes a folder that nobody but the system and administrators can have
// made, or finds that it is there. What is not so is renamed.
func makeOwn(name string) error {
	for range attempts {
		err := os.Mkdir(name, 0o700)
		if err == nil {
			return nil
		}
		if !errors.Is(err, os.ErrExist) {
			return fmt.Errorf("make the agent's folder: %w", err)
		}
		mine, err := isOwn(name)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if mine {
			return nil
		}
		aside := name + "." + time.Now().UTC().Format("20060102T150405.000")
		if err := os.Rename(name, aside); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("set aside %s, which belongs to somebody else: %w", name, err)
		}
	}
	return fmt.Errorf("make the agent's folder: somebody else makes %s again and again", name)
}

// isOwn reports whether a name is a real folder of the system, of
// administrators, or of whoever runs this: an administrator whose folders are
// his own, by the policy of the domain. The owner of a junction is not asked:
// what would be answered is who owns the folder that it leads to.
func isOwn(name string) (bool, error) {
	info, err := os.Lstat(name)
	if err != nil {
		return false, fmt.Errorf("look at %s: %w", name, err)
	}
	if info.Mode()&os.ModeType != os.ModeDir {
		return false, nil
	}
	about, err := windows.GetNamedSecurityInfo(name, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if err != nil {
		return false, fmt.Errorf("ask whose %s is: %w", name, err)
	}
	owner, _, err := about.Owner()
	if err != nil {
		return false, fmt.Errorf("ask whose %s is: %w", name, err)
	}
	for _, kind := range []windows.WELL_KNOWN_SID_TYPE{windows.WinLocalSystemSid, windows.WinBuiltinAdministratorsSid} {
		if owner.IsWellKnown(kind) {
			return true, nil
		}
	}
	me, err := windows.GetCurrentProcessToken().GetTokenUser()
	return err == nil && owner.Equals(me.User.Sid), nil
}
