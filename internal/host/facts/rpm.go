package facts

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/look"
)

// rpmPackages reads the database of rpm 4.16 and newer, which is SQLite, with
// a reader that knows just enough of that: a library for it would be half of
// the agent. Older databases (Berkeley DB) and SUSE's (ndb) are not read.
func (l linux) rpmPackages(ctx context.Context) ([]look.Item, error) {
	for _, folder := range []string{"usr/lib/sysimage/rpm/", "var/lib/rpm/"} {
		name := folder + "rpmdb.sqlite"
		file, err := l.files.Open(name)
		if err == nil {
			items, err := l.readRPM(ctx, name, file)
			_ = file.Close() // it was only read
			return items, err
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, other := range []string{"Packages.db", "Packages"} {
			if l.exists(folder + other) {
				return nil, fmt.Errorf("read %s%s: rpm databases that are not SQLite are not read", folder, other)
			}
		}
	}
	return nil, errNotTold
}

// maxWAL bounds the file beside the database that holds what was written last.
const maxWAL = 256 << 20

func (l linux) readRPM(ctx context.Context, name string, file fs.File) ([]look.Item, error) {
	at, ok := file.(io.ReaderAt)
	if !ok {
		return nil, fmt.Errorf("read %s: it cannot be read at a place", name)
	}
	wal, err := l.read(name+"-wal", maxWAL)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	items, err := parseRPM(ctx, at, wal)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return items, nil
}

// parseRPM lists the packages of a database. It returns all or nothing: half
// a list would look like packages that were removed.
func parseRPM(ctx context.Context, file io.ReaderAt, wal []byte) ([]look.Item, error) {
	db, err := openSQLite(file, wal)
	if err != nil {
		return nil, err
	}
	root, err := db.table("Packages")
	if err != nil {
		return nil, err
	}
	items := []look.Item{}
	err = db.walk(root, 0, func(record []byte) error {
		columns, err := columnsOf(record)
		if err != nil || len(columns) < 2 {
			return errors.Join(err, errDamaged)
		}
		item, ok, err := rpmItem(columns[1])
		if ok {
			items = append(items, item)
		}
		return errors.Join(err, ctx.Err())
	})
	if err != nil {
		return nil, err
	}
	return items, nil
}

// rpmItem reads the header of a package as the database holds it: number of
// entries, bytes of data, the entries (tag, type, offset, count), the data; all
// of it big-endian. Source: rpm's docs/manual/format_header.md and rpmtag.h.
func rpmItem(b []byte) (look.Item, bool, error) {
	const (
		tagName, tagVersion, tagRelease, tagEpoch = 1000, 1001, 1002, 1003
		tagInstallTime, tagVendor, tagArch        = 1008, 1011, 1022
		typeInt32, typeString                     = 4, 6
	)
	if len(b) < 8 {
		return look.Item{}, false, errDamaged
	}
	n := int64(binary.BigEndian.Uint32(b))
	if 8+16*n > int64(len(b)) {
		return look.Item{}, false, errDamaged
	}
	data := b[8+16*n:]
	texts, numbers := map[uint32]string{}, map[uint32]uint32{}
	for entry := b[8 : 8+16*n]; len(entry) > 0; entry = entry[16:] {
		tag, kind, offset := binary.BigEndian.Uint32(entry), binary.BigEndian.Uint32(entry[4:]), int64(binary.BigEndian.Uint32(entry[8:]))
		switch {
		case kind == typeString && offset < int64(len(data)):
			text, _, _ := bytes.Cut(data[offset:], []byte{0})
			texts[tag] = string(text[:min(len(text), 4096)])
		case kind == typeInt32 && offset+4 <= int64(len(data)):
			numbers[tag] = binary.BigEndian.Uint32(data[offset:])
		}
	}
	switch {
	case texts[tagName] == "gpg-pubkey":
		return look.Item{}, false, nil // a key, no package
	case texts[tagName] == "" || texts[tagVersion] == "":
		return look.Item{}, false, errDamaged
	}
	version := texts[tagVersion] + "-" + texts[tagRelease]
	if epoch := numbers[tagEpoch]; epoch > 0 {
		version = fmt.Sprintf("%d:%s", epoch, version)
	}
	item := packageItem(texts[tagName], strings.TrimSuffix(version, "-"), texts[tagArch])
	f := fields(item.Fields)
	f.set("make", texts[tagVendor])
	if at := numbers[tagInstallTime]; at > 0 {
		f["installed"] = time.Unix(int64(at), 0).UTC().Format(time.DateOnly)
	}
	return item, true, nil
}
