package facts

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// windowsRecording is what a computer with Windows answered, written down.
type windowsRecording struct {
	Note     string                    `json:"note"`
	Hostname string                    `json:"hostname"`
	SMBIOS   []string                  `json:"smbios"`   // GetSystemFirmwareTable, in hexadecimal
	WMI      map[string]wmiRecording   `json:"wmi"`      // by namespace:class; what is not there does not exist
	Registry map[string]recordedRegKey `json:"registry"` // by path; the keys above are there too
	Adapters []adapter                 `json:"adapters"`
	Joined   joined                    `json:"joined"`
	Sessions []session                 `json:"sessions"`
}

type wmiRecording struct {
	Error string           `json:"error"` // not_exist, denied, hang, or a text
	Rows  []map[string]any `json:"rows"`
}

type recordedRegKey struct {
	Modified time.Time      `json:"modified"`
	Values   map[string]any `json:"values"` // a text, a number, or {"hex": bytes}
}

func loadWindows(t testing.TB, name string) windowsRecording {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	dec.UseNumber()
	var r windowsRecording
	if err := dec.Decode(&r); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return r
}

// api answers as the recorded computer did; questions that hang return when
// release is closed.
func (r windowsRecording) api(release <-chan struct{}) windowsAPI {
	keys := r.keys()
	return windowsAPI{
		hostname: r.Hostname,
		firmware: func() ([]byte, error) { return hex.DecodeString(strings.Join(r.SMBIOS, "")) },
		query: newWorker(func(q wmiQuery) ([]wmiRow, error) {
			answer, ok := r.WMI[q.namespace+":"+q.class]
			switch {
			case !ok || answer.Error == "not_exist":
				return nil, fmt.Errorf("ask WMI for %s:%s: %w", q.namespace, q.class, fs.ErrNotExist)
			case answer.Error == "denied":
				return nil, fmt.Errorf("ask WMI for %s:%s: %w", q.namespace, q.class, fs.ErrPermission)
			case answer.Error == "hang":
				<-release
				return nil, errors.New("the service was ended")
			case answer.Error != "":
				return nil, errors.New(answer.Error)
			}
			var rows []wmiRow
			for _, recorded := range answer.Rows {
				row := wmiRow{}
				for _, name := range q.fields {
					if value, ok := recorded[name]; ok {
						row[name] = fmt.Sprint(value)
					}
				}
				rows = append(rows, row)
			}
			return rows, nil
		}).query,
		key: func(path string) (regKey, error) {
			if k, ok := keys[strings.ToLower(path)]; ok {
				return *k, nil
			}
			return regKey{}, fmt.Errorf("open %s: %w", path, fs.ErrNotExist)
		},
		adapters: func() ([]adapter, error) { return r.Adapters, nil },
		joined:   func() (joined, error) { return r.Joined, nil },
		sessions: func() ([]session, error) { return r.Sessions, nil },
	}
}

// keys builds the registry, with the keys above those that were recorded.
func (r windowsRecording) keys() map[string]*regKey {
	keys := map[string]*regKey{}
	var get func(path string) *regKey
	get = func(path string) *regKey {
		id := strings.ToLower(path)
		if keys[id] == nil {
			keys[id] = &regKey{values: map[string]regValue{}}
			if i := strings.LastIndex(path, `\`); i >= 0 {
				above := get(path[:i])
				above.subkeys = append(above.subkeys, path[i+1:])
			}
		}
		return keys[id]
	}
	for _, path := range slices.Sorted(maps.Keys(r.Registry)) {
		k := get(path)
		k.modified = r.Registry[path].Modified
		for name, value := range r.Registry[path].Values {
			var v regValue
			switch value := value.(type) {
			case string:
				v.text = value
			case json.Number:
				n, err := value.Int64()
				v.number, v.isNum = uint64(n), err == nil
			case map[string]any:
				v.bytes, _ = hex.DecodeString(fmt.Sprint(value["hex"]))
			}
			k.values[strings.ToLower(name)] = v
		}
	}
	return keys
}

// takeWindows replays a recording once.
func takeWindows(t *testing.T, r windowsRecording) Snapshot {
	t.Helper()
	var snap Snapshot
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		snap = replayed(r.api(release).source()).Take(t.Context(), nil)
		close(release)
	})
	return snap
}

func TestRecordedWindowsComputers(t *testing.T) {
	names := recorded(t, "windows-*.json")
	if len(names) < 10 {
		t.Errorf("only %d recorded computers", len(names))
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			compare(t, name, takeWindows(t, loadWindows(t, name)))
		})
	}
}
