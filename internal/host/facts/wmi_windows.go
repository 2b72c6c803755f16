package facts

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"strings"
	"time"

	"github.com/go-ole/go-ole"
	"github.com/go-ole/go-ole/oleutil"
)

// maxRows bounds the answer to one question.
const maxRows = 1000

// askWMI asks through the scripting interface of WMI (SWbemLocator), and not
// through yusufpapurcu/wmi, which fills structs: one property that this
// Windows does not have would cost the whole answer there. COM is set up and
// taken down for each question, because it belongs to the thread.
func askWMI(q wmiQuery) ([]wmiRow, error) {
	// Without unlocking: the thread ends with the goroutine, and what COM left in
	// it too.
	runtime.LockOSThread()
	if err := ole.CoInitializeEx(0, ole.COINIT_MULTITHREADED); err != nil {
		var code *ole.OleError
		const alreadyDone = 1 // S_FALSE
		if !errors.As(err, &code) || code.Code() != alreadyDone {
			return nil, fmt.Errorf("start COM: %w", err)
		}
	}
	defer ole.CoUninitialize()

	unknown, err := oleutil.CreateObject("WbemScripting.SWbemLocator")
	if err != nil {
		return nil, fmt.Errorf("start WMI: %w", err)
	}
	defer unknown.Release()
	locator, err := unknown.QueryInterface(ole.IID_IDispatch)
	if err != nil {
		return nil, fmt.Errorf("start WMI: %w", err)
	}
	defer locator.Release()
	// "." is this computer; nothing at all is refused by Wine.
	connected, err := oleutil.CallMethod(locator, "ConnectServer", ".", q.namespace)
	if err != nil {
		return nil, wmiError(q, err)
	}
	defer func() { _ = connected.Clear() }() // releases the service; nothing to do when it fails
	text := "SELECT * FROM " + q.class
	if q.where != "" {
		text += " WHERE " + q.where
	}
	const returnImmediately, forwardOnly = 0x10, 0x20
	result, err := oleutil.CallMethod(connected.ToIDispatch(), "ExecQuery", text, "WQL", returnImmediately|forwardOnly)
	if err != nil {
		return nil, wmiError(q, err)
	}
	defer func() { _ = result.Clear() }()
	var rows []wmiRow
	// A wrong class or a denied right shows only when the first row is fetched.
	err = oleutil.ForEach(result.ToIDispatch(), func(v *ole.VARIANT) error {
		if len(rows) == maxRows {
			return errTooManyRows
		}
		item := v.ToIDispatch()
		if item == nil {
			return nil
		}
		defer item.Release()
		rows = append(rows, readRow(item, q.fields))
		return nil
	})
	if err != nil && !errors.Is(err, errTooManyRows) {
		return nil, wmiError(q, err)
	}
	return rows, nil
}

var errTooManyRows = errors.New("too many rows")

// readRow reads the properties that there are. They are asked of the object's
// set of properties and not of the object itself, whose own names (Path_,
// Derivation_) would shadow them.
func readRow(item *ole.IDispatch, names []string) wmiRow {
	row := wmiRow{}
	set, err := oleutil.GetProperty(item, "Properties_")
	if err != nil {
		return row
	}
	defer func() { _ = set.Clear() }()
	for _, name := range names {
		property, err := oleutil.CallMethod(set.ToIDispatch(), "Item", name)
		if err != nil {
			continue
		}
		if value, err := oleutil.GetProperty(property.ToIDispatch(), "Value"); err == nil {
			if text, ok := plain(value.Value()); ok {
				row[name] = text
			}
			_ = value.Clear()
		}
		_ = property.Clear()
	}
	return row
}

// plain writes a value as text; arrays and NULL are not told. The scripting
// interface makes uint32 a signed number and uint64 a text.
func plain(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case bool:
		return fmt.Sprint(v), true
	case int32:
		return fmt.Sprint(uint32(v)), true
	case int, int8, int16, int64, uint8, uint16, uint32, uint64:
		return fmt.Sprint(v), true
	case time.Time:
		return v.UTC().Format(time.RFC3339), true
	}
	return "", false
}

// wmiError says which question failed, and makes what callers branch on
// fs.ErrNotExist and fs.ErrPermission. Codes: wbemcli.h.
func wmiError(q wmiQuery, err error) error {
	const (
		accessDenied, invalidNamespace, invalidClass = "80041003", "8004100e", "80041010"
		exception                                    = 0x80020009 // the code is within
	)
	text := err.Error()
	var code *ole.OleError
	if errors.As(err, &code) {
		text = fmt.Sprintf("%08x", uint32(code.Code())) // its own text is a failed search for one
		if uint32(code.Code()) == exception && code.SubError() != nil {
			var info ole.EXCEPINFO
			if errors.As(code.SubError(), &info) {
				text += fmt.Sprintf(" %08x", info.SCODE())
			}
		}
	}
	name := q.namespace + ":" + q.class
	switch {
	case strings.Contains(text, invalidNamespace), strings.Contains(text, invalidClass):
		return fmt.Errorf("ask WMI for %s: %w", name, fs.ErrNotExist)
	case strings.Contains(text, accessDenied):
		return fmt.Errorf("ask WMI for %s: %w", name, fs.ErrPermission)
	}
	return fmt.Errorf("ask WMI for %s: %s", name, strings.TrimSpace(text))
}
