package facts

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/wire"
)

const (
	uninstall = `\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall`
	// maxUsers bounds the users whose programs are read: those who are logged
	// in, for Windows loads only their part of the registry.
	maxUsers = 32
)

// software lists what can be uninstalled, as the Control Panel does: for the
// whole computer in both views, and what the users who are logged in installed
// for themselves. Programs of the Store are not in it.
func (w windowsAPI) software(ctx context.Context) ([]look.Item, error) {
	var items []look.Item
	for _, view := range []struct{ root, scope, architecture string }{{"HKLM", "machine", ""}, {"HKLM32", "machine", "x86"}} {
		found, err := w.programs(ctx, view.root+uninstall, view.scope, view.architecture)
		if err != nil && !(view.root == "HKLM32" && errors.Is(err, fs.ErrNotExist)) {
			return nil, err
		}
		items = append(items, found...)
	}
	users, err := w.keyOrNone("HKU")
	if err != nil {
		return nil, err
	}
	people := slices.DeleteFunc(slices.Clone(users.subkeys), func(sid string) bool {
		return !strings.HasPrefix(sid, "S-1-5-21-") && !strings.HasPrefix(sid, "S-1-12-1-") || strings.HasSuffix(sid, "_Classes")
	})
	for _, sid := range people[:min(len(people), maxUsers)] {
		found, err := w.programs(ctx, `HKU\`+sid+uninstall, "user", "")
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		items = append(items, found...)
	}
	// On 32-bit Windows both views are one, and several users may have the same
	// program.
	slices.SortFunc(items, compareItems)
	return slices.CompactFunc(items, sameProgram), nil
}

func sameProgram(a, b look.Item) bool {
	return a.Key == b.Key && a.Fields["version"] == b.Fields["version"] && a.Fields["make"] == b.Fields["make"] && a.Fields["scope"] == b.Fields["scope"]
}

func (w windowsAPI) programs(ctx context.Context, path, scope, architecture string) ([]look.Item, error) {
	list, err := w.key(path)
	if err != nil {
		return nil, err
	}
	var items []look.Item
	for _, sub := range list.subkeys {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		k, err := w.key(path + `\` + sub)
		if err != nil {
			continue // it is just being removed, or a program protects its own
		}
		if item, ok := programItem(k, scope, architecture); ok {
			items = append(items, item)
		}
		if len(items) > 2*wire.MaxItems {
			return nil, fmt.Errorf("read %s: more than %d programs", path, 2*wire.MaxItems)
		}
	}
	return items, nil
}

// programItem reads one key of Uninstall. Parts of programs and updates of
// them are not programs.
func programItem(k regKey, scope, architecture string) (look.Item, bool) {
	name := clean(k.text("DisplayName"))
	hidden, _ := k.number("SystemComponent")
	release := k.text("ReleaseType")
	if name == "" || hidden == 1 || k.text("ParentKeyName") != "" || strings.Contains(release, "Update") || release == "Hotfix" {
		return look.Item{}, false
	}
	f := fields{"scope": scope}
	f.set("name", name)
	f.set("version", k.text("DisplayVersion"))
	f.set("make", k.text("Publisher"))
	f.set("architecture", architecture)
	if day, err := time.Parse("20060102", clean(k.text("InstallDate"))); err == nil {
		f["installed"] = day.Format(time.DateOnly)
	}
	key := name
	// "7-Zip 24.08 (x64)" stays the same program in its next version.
	if version := f["version"]; version != "" {
		if rest := strings.Join(strings.Fields(strings.Replace(name, version, "", 1)), " "); rest != "" {
			key = strings.ReplaceAll(rest, "()", "")
		}
	}
	if scope == "user" {
		key += " (user)"
	}
	return look.Item{Key: clean(key), Fields: f}, true
}
