// Package boltcheck tells whether a file is a sound bbolt database, before bbolt
// gets to see it.
//
// bbolt maps its file into memory and trusts it: a page that points astray is a
// panic, an endless recursion or gigabytes of memory, a file that is too short
// is a SIGBUS, and some of it comes in bbolt's own goroutines where nobody can
// recover it. So File reads the file with plain reads and checks every length
// and every pointer of the pages in use. What it passes, bbolt walks safely. It
// follows go.etcd.io/bbolt v1.5, internal/common/{meta,page,inode}.go; the
// format has not changed since 2014.
//
// Agent and collector both stand on it. It changes nothing and keeps nothing.
package boltcheck

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
)

// ErrDamaged says that the file is not a sound database.
var ErrDamaged = errors.New("the file is damaged")

// The format. Numbers are in the byte order of the machine.
const (
	boltMagic   = 0xED0CDAED
	boltVersion = 2

	pageHeader = 16 // id 8, flags 2, count 2, overflow 4
	metaLength = 64
	element    = 16 // of branches (pos 4, ksize 4, page 8) and leaves (flags 4, pos 4, ksize 4, vsize 4)
	bucketHead = 16 // root page 8, sequence 8; an inline page follows when the root is 0

	branchPage   = 0x01
	leafPage     = 0x02
	freelistPage = 0x10

	bucketElement = 0x01

	noFreelist = ^uint64(0)

	maxDepth = 64 // of the tree; bbolt's own trees of a terabyte stay below 10
)

// boltMeta is what one of the two meta pages says.
type boltMeta struct {
	pageSize             int64
	root, freelist, high uint64 // page numbers; high is the first that was never used
	tx                   uint64
}

// verifier walks a file.
type verifier struct {
	r    io.ReaderAt
	size int64
	meta boltMeta
	used []bool // by page number
}

// File checks the file at path. An error that wraps ErrDamaged says that
// the content is at fault, or that the disk cannot give it back. It returns the
// number of the last transaction.
func File(path string) (tx uint64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	if !info.Mode().IsRegular() {
		return 0, fmt.Errorf("%s is not a file", path)
	}
	return Verify(f, info.Size())
}

// Verify is File for size bytes that can be read anywhere.
func Verify(r io.ReaderAt, size int64) (tx uint64, err error) {
	meta, ok := readMeta(r, size)
	if !ok {
		return 0, fmt.Errorf("%w: it has no valid head", ErrDamaged)
	}
	v := &verifier{r: r, size: size, meta: meta}
	if meta.high < 2 || meta.high > uint64(size/meta.pageSize) {
		return 0, fmt.Errorf("%w: it has %d bytes and should have %d pages of %d", ErrDamaged, size, meta.high, meta.pageSize)
	}
	v.used = make([]bool, meta.high)
	v.used[0], v.used[1] = true, true
	if _, err := v.tree(meta.root, nil, 0); err != nil {
		return 0, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if err := v.freelist(); err != nil {
		return 0, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return meta.tx, nil
}

// readMeta finds the newest valid meta page, as bbolt does: the first is at 0,
// the second at whatever the page size is.
func readMeta(r io.ReaderAt, size int64) (best boltMeta, found bool) {
	offsets := []int64{0}
	for i := range 15 {
		offsets = append(offsets, 1024<<i)
	}
	for _, offset := range offsets {
		var b [pageHeader + metaLength]byte
		if offset+int64(len(b)) > size {
			break
		}
		if _, err := r.ReadAt(b[:], offset); err != nil {
			continue
		}
		m := b[pageHeader:]
		u32, u64 := binary.NativeEndian.Uint32, binary.NativeEndian.Uint64
		sum := fnv.New64a()
		_, _ = sum.Write(m[:metaLength-8])
		if u32(m) != boltMagic || u32(m[4:]) != boltVersion || u64(m[56:]) != sum.Sum64() {
			continue
		}
		meta := boltMeta{pageSize: int64(u32(m[8:])), root: u64(m[16:]), freelist: u64(m[32:]), high: u64(m[40:]), tx: u64(m[48:])}
		if meta.pageSize < 512 || meta.pageSize > 1<<24 || offset != 0 && offset != meta.pageSize {
			continue
		}
		if !found || meta.tx > best.tx {
			best, found = meta, true
		}
	}
	return best, found
}

// page reads a page with its overflow pages and marks them as used.
func (v *verifier) page(id uint64) (flags uint16, count int, body []byte, err error) {
	if id < 2 || id >= v.meta.high {
		return 0, 0, nil, fmt.Errorf("page %d does not exist", id)
	}
	var head [pageHeader]byte
	if _, err := v.r.ReadAt(head[:], int64(id)*v.meta.pageSize); err != nil {
		return 0, 0, nil, fmt.Errorf("read page %d: %w", id, err)
	}
	overflow := uint64(binary.NativeEndian.Uint32(head[12:]))
	if got := binary.NativeEndian.Uint64(head[:]); got != id {
		return 0, 0, nil, fmt.Errorf("page %d says that it is page %d", id, got)
	}
	if id+overflow >= v.meta.high {
		return 0, 0, nil, fmt.Errorf("page %d goes on behind the end", id)
	}
	for i := id; i <= id+overflow; i++ {
		if v.used[i] {
			return 0, 0, nil, fmt.Errorf("page %d is used twice", i)
		}
		v.used[i] = true
	}
	body = make([]byte, int64(overflow+1)*v.meta.pageSize)
	if _, err := v.r.ReadAt(body, int64(id)*v.meta.pageSize); err != nil {
		return 0, 0, nil, fmt.Errorf("read page %d: %w", id, err)
	}
	return binary.NativeEndian.Uint16(head[8:]), int(binary.NativeEndian.Uint16(head[10:])), body[pageHeader:], nil
}

// tree checks the pages below one page and returns their first key. All keys
// must be below most; nil means no limit.
func (v *verifier) tree(id uint64, most []byte, depth int) (first []byte, err error) {
	if depth > maxDepth {
		return nil, errors.New("it is too deep")
	}
	flags, count, body, err := v.page(id)
	if err != nil {
		return nil, err
	}
	switch {
	case flags == leafPage:
		first, err = v.leaf(body, count, most, depth)
	case flags == branchPage && count > 1: // bbolt fails on a branch with one child when it shrinks
		first, err = v.branch(body, count, most, depth)
	default:
		err = fmt.Errorf("it has flags %#x and %d entries", flags, count)
	}
	if err != nil {
		return nil, fmt.Errorf("page %d: %w", id, err)
	}
	return first, nil
}

// branch checks the elements of a branch and what is below them.
func (v *verifier) branch(body []byte, count int, most []byte, depth int) (first []byte, err error) {
	keys, children := make([][]byte, count), make([]uint64, count)
	for i := range count {
		e, err := slice(body, i*element, element)
		if err != nil {
			return nil, err
		}
		pos, ksize := int(binary.NativeEndian.Uint32(e)), int(binary.NativeEndian.Uint32(e[4:]))
		children[i] = binary.NativeEndian.Uint64(e[8:])
		if keys[i], err = slice(body, i*element+pos, ksize); err != nil {
			return nil, err
		}
		if err := inOrder(keys[:i], keys[i], most); err != nil {
			return nil, err
		}
	}
	for i, child := range children {
		high := most
		if i+1 < count {
			high = keys[i+1]
		}
		first, err := v.tree(child, high, depth+1)
		if err != nil {
			return nil, err
		}
		// bbolt finds the entry of a page that it rewrites by the page's first
		// key; if it did not, the page would be both in use and free.
		if !bytes.Equal(first, keys[i]) {
			return nil, fmt.Errorf("entry %d does not begin where its page %d does", i, child)
		}
	}
	return keys[0], nil
}

// leaf checks the elements of a leaf, and the buckets among them.
func (v *verifier) leaf(body []byte, count int, most []byte, depth int) (first []byte, err error) {
	keys := make([][]byte, count)
	for i := range count {
		e, err := slice(body, i*element, element)
		if err != nil {
			return nil, err
		}
		flags, pos := binary.NativeEndian.Uint32(e), int(binary.NativeEndian.Uint32(e[4:]))
		ksize, vsize := int(binary.NativeEndian.Uint32(e[8:])), int(binary.NativeEndian.Uint32(e[12:]))
		if keys[i], err = slice(body, i*element+pos, ksize); err != nil {
			return nil, err
		}
		value, err := slice(body, i*element+pos+ksize, vsize)
		if err != nil {
			return nil, err
		}
		if err := inOrder(keys[:i], keys[i], most); err != nil {
			return nil, err
		}
		if flags&bucketElement != 0 {
			if err := v.bucket(value, depth); err != nil {
				return nil, fmt.Errorf("bucket %q: %w", keys[i], err)
			}
		}
	}
	if count == 0 {
		return nil, nil
	}
	return keys[0], nil
}

// inOrder checks a key against the ones before it and the limit above it; bbolt
// knows no empty keys.
func inOrder(before [][]byte, key, most []byte) error {
	if len(key) == 0 {
		return fmt.Errorf("entry %d has no key", len(before))
	}
	if n := len(before); n > 0 && bytes.Compare(before[n-1], key) >= 0 || most != nil && bytes.Compare(key, most) >= 0 {
		return fmt.Errorf("entry %d is out of order", n)
	}
	return nil
}

// bucket checks what a bucket's value points to or holds.
func (v *verifier) bucket(value []byte, depth int) error {
	if len(value) < bucketHead {
		return errors.New("its head is too short")
	}
	if root := binary.NativeEndian.Uint64(value); root != 0 {
		_, err := v.tree(root, nil, depth+1)
		return err
	}
	inline := value[bucketHead:]
	// A number other than 0 would be taken for a page to be freed.
	if len(inline) < pageHeader || binary.NativeEndian.Uint64(inline) != 0 || binary.NativeEndian.Uint16(inline[8:]) != leafPage {
		return errors.New("it holds no page")
	}
	count, body := int(binary.NativeEndian.Uint16(inline[10:])), inline[pageHeader:]
	for i := range count {
		// bbolt keeps no buckets in an inline page.
		if e, err := slice(body, i*element, element); err != nil || binary.NativeEndian.Uint32(e)&bucketElement != 0 {
			return errors.New("its page is wrong")
		}
	}
	_, err := v.leaf(body, count, nil, depth)
	return err
}

// freelist checks that what is said to be free is not in use: it would be
// written over.
func (v *verifier) freelist() error {
	if v.meta.freelist == noFreelist {
		return nil
	}
	flags, count, body, err := v.page(v.meta.freelist)
	if err != nil {
		return err
	}
	if flags != freelistPage {
		return fmt.Errorf("page %d has flags %#x, the list of free pages was expected", v.meta.freelist, flags)
	}
	n := uint64(count)
	if count == 0xFFFF { // then the first number is the count
		if len(body) < 8 {
			return errors.New("the list of free pages is too short")
		}
		n, body = binary.NativeEndian.Uint64(body), body[8:]
	}
	if n > uint64(len(body)/8) {
		return errors.New("the list of free pages is too short")
	}
	free := make([]bool, v.meta.high)
	for i := range n {
		id := binary.NativeEndian.Uint64(body[i*8:])
		if id < 2 || id >= v.meta.high || v.used[id] || free[id] {
			return fmt.Errorf("page %d is wrongly said to be free", id)
		}
		free[id] = true
	}
	return nil
}

// slice returns b[from:from+n] when that exists.
func slice(b []byte, from, n int) ([]byte, error) {
	if from < 0 || n < 0 || from > len(b) || n > len(b)-from {
		return nil, errors.New("an entry lies outside its page")
	}
	return b[from : from+n], nil
}
