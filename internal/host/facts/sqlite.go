package facts

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// errDamaged says that a database is not what it should be, or is being
// written at this moment.
var errDamaged = errors.New("the database is damaged or being written")

// sqlite reads tables of a SQLite database, whole, in the order of their rows.
// Source: sqlite.org/fileformat2.html, chapters 1, 2 and 4. It takes no lock: a
// database that is written meanwhile gives an error or the state before.
type sqlite struct {
	file    io.ReaderAt
	wal     map[uint32][]byte // newest committed pages that are not in the file yet
	size    int               // bytes of a page
	usable  int               // of those, without what extensions reserve
	visited int
}

const (
	maxPages   = 1 << 18 // pages that are read at all
	maxDepth   = 20      // of a tree
	maxPayload = 16 << 20
)

func openSQLite(file io.ReaderAt, wal []byte) (*sqlite, error) {
	var head [100]byte
	if _, err := file.ReadAt(head[:], 0); err != nil || string(head[:16]) != "SQLite format 3\x00" {
		return nil, errDamaged
	}
	db := &sqlite{file: file, size: int(binary.BigEndian.Uint16(head[16:]))}
	if db.size == 1 {
		db.size = 1 << 16
	}
	db.usable = db.size - int(head[20])
	if db.size < 512 || db.size&(db.size-1) != 0 || db.usable < 480 {
		return nil, errDamaged
	}
	db.wal = db.committed(wal)
	return db, nil
}

// committed returns the pages of the write-ahead log up to its last commit.
// Frames of an earlier use of the file have another salt.
func (db *sqlite) committed(wal []byte) map[uint32][]byte {
	const header, frameHeader = 32, 24
	if len(wal) < header || binary.BigEndian.Uint32(wal)&^1 != 0x377f0682 || int(binary.BigEndian.Uint32(wal[8:])) != db.size {
		return nil
	}
	salt := string(wal[16:24])
	pages, pending := map[uint32][]byte{}, map[uint32][]byte{}
	for wal = wal[header:]; len(wal) >= frameHeader+db.size && string(wal[8:16]) == salt; wal = wal[frameHeader+db.size:] {
		pending[binary.BigEndian.Uint32(wal)] = wal[frameHeader : frameHeader+db.size]
		if binary.BigEndian.Uint32(wal[4:]) == 0 {
			continue // the transaction goes on
		}
		for number, page := range pending {
			pages[number] = page
		}
		clear(pending)
	}
	return pages
}

// page reads a page; they are counted from one.
func (db *sqlite) page(number uint32) ([]byte, error) {
	if db.visited++; number == 0 || db.visited > maxPages {
		return nil, errDamaged
	}
	if page, ok := db.wal[number]; ok {
		return page[:db.usable], nil
	}
	page := make([]byte, db.size)
	if _, err := db.file.ReadAt(page, int64(number-1)*int64(db.size)); err != nil {
		return nil, fmt.Errorf("read page %d: %w", number, err)
	}
	return page[:db.usable], nil
}

// table returns the root page of a table.
func (db *sqlite) table(name string) (root uint32, err error) {
	err = db.walk(1, 0, func(record []byte) error {
		c, err := columnsOf(record) // type, name, table, root page, SQL
		if err != nil || len(c) < 4 {
			return errDamaged
		}
		if string(c[0]) == "table" && string(c[1]) == name && len(c[3]) <= 4 {
			for _, b := range c[3] {
				root = root<<8 | uint32(b)
			}
		}
		return nil
	})
	if err == nil && root == 0 {
		err = fmt.Errorf("there is no table %s", name)
	}
	return root, err
}

// walk calls use with each record of a table.
func (db *sqlite) walk(number uint32, depth int, use func([]byte) error) error {
	const interior, leaf = 0x05, 0x0d
	page, err := db.page(number)
	if err != nil {
		return err
	}
	head := 0
	if number == 1 {
		head = 100
	}
	kind, cells, pointers := page[head], int(binary.BigEndian.Uint16(page[head+3:])), head+8
	if kind == interior {
		pointers += 4
	}
	if (kind != interior && kind != leaf) || depth > maxDepth || pointers+2*cells > len(page) {
		return errDamaged
	}
	for i := range cells {
		at := int(binary.BigEndian.Uint16(page[pointers+2*i:]))
		if at+4 > len(page) {
			return errDamaged
		}
		if kind == interior {
			err = db.walk(binary.BigEndian.Uint32(page[at:]), depth+1, use)
		} else {
			var record []byte
			if record, err = db.record(page, at); err == nil {
				err = use(record)
			}
		}
		if err != nil {
			return err
		}
	}
	if kind == interior {
		return db.walk(binary.BigEndian.Uint32(page[head+8:]), depth+1, use)
	}
	return nil
}

// record puts together a record from its cell and the pages that it spills
// over to.
func (db *sqlite) record(page []byte, at int) ([]byte, error) {
	size, n := varint(page[at:])
	_, m := varint(page[min(at+n, len(page)):]) // the row's number
	at += n + m
	if n == 0 || m == 0 || size > maxPayload {
		return nil, errDamaged
	}
	total, local := int(size), int(size)
	if most := db.usable - 35; total > most {
		least := (db.usable-12)*32/255 - 23
		local = least + (total-least)%(db.usable-4)
		if local > most {
			local = least
		}
	}
	if at+local > len(page) {
		return nil, errDamaged
	}
	record := append(make([]byte, 0, local), page[at:at+local]...)
	if local == total {
		return record, nil
	}
	if at+local+4 > len(page) {
		return nil, errDamaged
	}
	next := binary.BigEndian.Uint32(page[at+local:])
	for len(record) < total {
		spill, err := db.page(next)
		if err != nil {
			return nil, err
		}
		next = binary.BigEndian.Uint32(spill)
		record = append(record, spill[4:min(len(spill), 4+total-len(record))]...)
	}
	return record, nil
}

// columnsOf splits a record into the bytes of its columns.
func columnsOf(record []byte) ([][]byte, error) {
	size, n := varint(record)
	if n == 0 || size > uint64(len(record)) || size < uint64(n) {
		return nil, errDamaged
	}
	head, body := record[n:size], record[size:]
	var columns [][]byte
	for len(head) > 0 {
		kind, n := varint(head)
		if n == 0 {
			return nil, errDamaged
		}
		head = head[n:]
		width := uint64(0)
		switch {
		case kind >= 12:
			width = (kind - 12) / 2
		case kind >= 8: // NULL-like constants and reserved ones take no room
		case kind == 6 || kind == 7:
			width = 8
		case kind == 5:
			width = 6
		default:
			width = kind
		}
		if width > uint64(len(body)) {
			return nil, errDamaged
		}
		columns, body = append(columns, body[:width]), body[width:]
	}
	return columns, nil
}

// varint reads SQLite's numbers of one to nine bytes, the high bits first; n
// is zero when the bytes end before.
func varint(b []byte) (v uint64, n int) {
	for n < len(b) && n < 9 {
		c := b[n]
		n++
		if n == 9 {
			return v<<8 | uint64(c), n
		}
		v = v<<7 | uint64(c&0x7f)
		if c&0x80 == 0 {
			return v, n
		}
	}
	return 0, 0
}
