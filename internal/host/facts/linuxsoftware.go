package facts

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/budi-monitor/budi/internal/look"
)

const dpkgStatus = "var/lib/dpkg/status"

// software lists packages of dpkg and rpm. Flatpaks, snaps and what somebody
// copied there are not listed.
func (l linux) software(ctx context.Context) ([]look.Item, error) {
	var items []look.Item
	file, err := l.files.Open(dpkgStatus)
	switch {
	case err == nil:
		items, err = parseDpkg(file)
		_ = file.Close() // it was only read
	case errors.Is(err, fs.ErrNotExist):
		err = errNotTold
	}
	rpms, rpmErr := l.rpmPackages(ctx)
	if errors.Is(rpmErr, errNotTold) {
		return items, err
	}
	return append(items, rpms...), errors.Join(ignoreNotTold(err), rpmErr)
}

const (
	maxDpkg     = 64 << 20
	maxDpkgLine = 1 << 20
)

// parseDpkg reads dpkg's status file: stanzas of "Name: value" with an empty
// line between them; lines that begin with a space go on with the field above.
// Of a damaged file what can be understood is used, and the error says that it
// is damaged.
func parseDpkg(r io.Reader) ([]look.Item, error) {
	items := []look.Item{}
	broken := 0
	stanza := map[string]string{}
	finish := func() {
		if len(stanza) == 0 {
			return
		}
		status := strings.Fields(stanza["status"])
		switch {
		case stanza["package"] == "" || len(status) != 3:
			broken++
		case status[2] != "installed":
		case stanza["version"] == "":
			broken++
		default:
			items = append(items, packageItem(stanza["package"], stanza["version"], stanza["architecture"]))
		}
		clear(stanza)
	}
	limited := &io.LimitedReader{R: r, N: maxDpkg}
	s := bufio.NewScanner(limited)
	s.Buffer(nil, maxDpkgLine)
	for s.Scan() {
		line := s.Text()
		if strings.TrimSpace(line) == "" {
			finish()
			continue
		}
		if line[0] == ' ' || line[0] == '\t' {
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if name = strings.ToLower(name); !ok {
			stanza["?"] = "" // so that a stanza of rubbish counts
		} else if name == "package" || name == "status" || name == "version" || name == "architecture" {
			stanza[name] = strings.TrimSpace(value)
		}
	}
	finish()
	switch {
	case s.Err() != nil:
		return items, fmt.Errorf("read %s: %w", dpkgStatus, s.Err())
	case limited.N <= 0:
		return items, fmt.Errorf("read %s: more than %d bytes", dpkgStatus, int64(maxDpkg))
	case broken > 0:
		return items, fmt.Errorf("read %s: %d damaged entries", dpkgStatus, broken)
	}
	return items, nil
}

// packageItem is a package of a distribution. Libraries can be installed for
// two architectures, which the key tells apart.
func packageItem(name, version, architecture string) look.Item {
	f := fields{"scope": "machine"}
	f.set("name", name)
	f.set("version", version)
	f.set("architecture", architecture)
	key := name
	if architecture != "" && architecture != "all" && architecture != "noarch" {
		key += ":" + architecture
	}
	return look.Item{Key: key, Fields: f}
}
