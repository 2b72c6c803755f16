package facts

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/budi-monitor/budi/internal/look"
)

// edid is what a monitor says of itself. Source: VESA E-EDID Standard,
// release A2, chapter 3; only the base block is read.
type edid struct {
	make    string // three letters of the maker: "DEL"
	model   string
	product uint16
	serial  string // the text, or else the number; empty when the maker left it out
	year    int
}

// parseEDID checks the header and the checksum: a cable that loses bits, or a
// switch that invents them, makes no monitor.
func parseEDID(b []byte) (edid, error) {
	if len(b) < 128 || !bytes.HasPrefix(b, []byte{0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0}) {
		return edid{}, errors.New("read EDID: no header")
	}
	var sum byte
	for _, c := range b[:128] {
		sum += c
	}
	if sum != 0 {
		return edid{}, errors.New("read EDID: wrong checksum")
	}
	id := binary.BigEndian.Uint16(b[8:])
	e := edid{product: binary.LittleEndian.Uint16(b[10:])}
	for _, shift := range []uint{10, 5, 0} {
		letter := byte(id>>shift) & 0x1f
		if letter < 1 || letter > 26 {
			return edid{}, errors.New("read EDID: no maker")
		}
		e.make += string('A' + letter - 1)
	}
	if n := binary.LittleEndian.Uint32(b[12:]); n != 0 && n != 0x01010101 && n != 0xffffffff {
		e.serial = fmt.Sprint(n)
	}
	if b[17] >= 3 { // 1993, when the standard began
		e.year = 1990 + int(b[17])
	}
	for offset := 54; offset <= 108; offset += 18 {
		d := b[offset : offset+18]
		if d[0] != 0 || d[1] != 0 || d[2] != 0 {
			continue // a timing, no text
		}
		text, _, _ := bytes.Cut(d[5:], []byte{'\n'})
		switch d[3] {
		case 0xfc:
			e.model = told(string(text))
		case 0xff:
			if serial := told(string(text)); serial != "" {
				e.serial = serial
			}
		}
	}
	return e, nil
}

func (e edid) item() look.Item {
	f := fields{}
	f.set("make", e.make)
	f.set("model", e.model)
	f.set("product", fmt.Sprintf("%04x", e.product))
	f.set("serial", e.serial)
	f.number("year", uint64(e.year))
	key := fmt.Sprintf("%s%04x", e.make, e.product)
	if e.serial != "" {
		key += " " + clean(e.serial)
	}
	return look.Item{Key: key, Fields: f}
}

// monitorItems reads the EDID of each connected monitor. The error says what
// could not be understood.
func monitorItems(blocks [][]byte) ([]look.Item, error) {
	items := []look.Item{}
	var failed error
	for _, b := range blocks {
		e, err := parseEDID(b)
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		items = append(items, e.item())
	}
	return items, failed
}
