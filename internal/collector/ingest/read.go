package ingest

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"

	"github.com/budi-monitor/budi/internal/wire"
)

const (
	// zstdWindow is the greatest window of a stream: what decoders should
	// support (RFC 8878, section 3.1.1.1.2).
	zstdWindow = 8 << 20
	// zstdSlack is what klauspost's decoder wants beyond the content so as to
	// take its fast path.
	zstdSlack = 16
	// pooled is the greatest buffer that is kept for the next request.
	pooled = 1 << 20
)

// budget is the memory that requests may take together, and the share of it that
// those of one sender may: whoever sends a hundred bodies slowly keeps nobody
// else out.
type budget struct {
	share int64 // of one sender

	mu    sync.Mutex
	free  int64
	taken map[string]int64 // by sender
}

func newBudget(total int64) *budget {
	// At least one request of the greatest size must have room.
	const greatest = wire.MaxBody + wire.MaxDecompressed + zstdSlack
	total = max(total, greatest)
	return &budget{share: max(total/4, greatest), free: total, taken: map[string]int64{}}
}

func (b *budget) take(who string, n int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n > b.free || b.taken[who]+n > b.share {
		return false
	}
	b.free -= n
	b.taken[who] += n
	return true
}

func (b *budget) give(who string, n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.free += n
	if b.taken[who] -= n; b.taken[who] <= 0 {
		delete(b.taken, who)
	}
}

// lease is what one request has of the budget.
type lease struct {
	from  *budget
	who   string // sends it
	taken int64
}

// more takes n bytes more, or returns tooBusy.
func (l *lease) more(n int64) error {
	if !l.from.take(l.who, n) {
		return tooBusy()
	}
	l.taken += n
	return nil
}

func (l *lease) end() { l.from.give(l.who, l.taken) }

// readBody appends the body of a request to buf, at most wire.MaxBody bytes. It
// takes memory for as much as the request says that it is long.
func readBody(w http.ResponseWriter, r *http.Request, l *lease, buf []byte) ([]byte, error) {
	long := r.ContentLength
	if long > wire.MaxBody {
		// Unread, so that the server closes the connection.
		return buf, bodyTooLarge()
	}
	if long < 0 {
		long = wire.MaxBody
	}
	if err := l.more(long); err != nil {
		return buf, err
	}
	if r.ContentLength > 0 {
		buf = slices.Grow(buf, int(long)+1) // one more, to see the end
	}
	body := http.MaxBytesReader(w, r.Body, wire.MaxBody)
	for {
		if len(buf) == cap(buf) {
			buf = slices.Grow(buf, max(len(buf), 4096))
		}
		n, err := body.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		var over *http.MaxBytesError
		switch {
		case err == io.EOF:
			return buf, nil
		case errors.As(err, &over):
			return buf, bodyTooLarge()
		case err != nil:
			return buf, badRequest("the body could not be read: %v", err)
		}
	}
}

func bodyTooLarge() error {
	return tooLarge("the body has more than %d bytes; send less at once", wire.MaxBody)
}

func contentTooLarge() error {
	return tooLarge("the body has more than %d bytes when it is decompressed; send less at once", wire.MaxDecompressed)
}

// encodingOf returns the compression of a body. allowed are the names that are
// understood; a request without compression needs "" in it.
func encodingOf(r *http.Request, allowed []string) (string, error) {
	enc := strings.ToLower(strings.TrimSpace(strings.Join(r.Header.Values("Content-Encoding"), ",")))
	if enc == "identity" {
		enc = ""
	}
	if slices.Contains(allowed, enc) {
		return enc, nil
	}
	right := strings.Join(slices.DeleteFunc(slices.Clone(allowed), func(s string) bool { return s == "" }), ", ")
	// RFC 7694, section 3: so the answer says what would be right.
	return "", unsupported("Accept-Encoding", right, "Content-Encoding %.50q is not understood here; use %s", enc, right)
}

// unpacker decompresses bodies. It is safe for concurrent use.
type unpacker struct {
	zstd *zstd.Decoder
}

func newUnpacker() (*unpacker, error) {
	// 0: as many at once as there are processors. The room of the destination is
	// the limit, so that no frame and no number of frames gets beyond it. It is
	// the window too, and a frame of one segment has all of itself as window.
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecodeAllCapLimit(true),
		zstd.WithDecoderMaxMemory(wire.MaxDecompressed+zstdSlack), zstd.WithDecoderMaxWindow(wire.MaxDecompressed))
	if err != nil {
		return nil, fmt.Errorf("make the zstd decoder: %w", err)
	}
	return &unpacker{z}, nil
}

// unpack decompresses body into buf, at most wire.MaxDecompressed bytes, for
// which it takes memory before.
func (u *unpacker) unpack(body []byte, encoding string, l *lease, buf []byte) ([]byte, error) {
	switch encoding {
	case "":
		return append(buf[:0], body...), l.more(int64(len(body)))
	case wire.Snappy:
		return unsnappy(body, l, buf)
	case wire.Zstd:
		return u.unzstd(body, l, buf)
	default:
		return gunzip(body, l, buf)
	}
}

// unsnappy decompresses snappy's block format, which begins with the length.
func unsnappy(body []byte, l *lease, buf []byte) ([]byte, error) {
	n, err := snappy.DecodedLen(body)
	if err != nil {
		return buf, badRequest("the body is not compressed by snappy (block format): %v", err)
	}
	if n > wire.MaxDecompressed {
		return buf, contentTooLarge()
	}
	if err := l.more(int64(n)); err != nil {
		return buf, err
	}
	if cap(buf) < n {
		buf = make([]byte, n)
	}
	out, err := snappy.Decode(buf[:cap(buf)], body)
	if err != nil {
		return buf, badRequest("the body is not compressed by snappy (block format): %v", err)
	}
	return out, nil
}

// unzstd decompresses zstd: what says how long it is (agents' bodies do) at one
// go, other as a stream.
func (u *unpacker) unzstd(body []byte, l *lease, buf []byte) ([]byte, error) {
	var h zstd.Header
	if err := h.Decode(body); err != nil {
		return buf, badRequest("the body is not compressed by zstd: %v", err)
	}
	if !h.HasFCS {
		z, err := zstd.NewReader(bytes.NewReader(body), zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxMemory(wire.MaxDecompressed), zstd.WithDecoderMaxWindow(zstdWindow))
		if err != nil {
			return buf, badRequest("the body is not compressed by zstd: %v", err)
		}
		defer z.Close()
		return drain(z, wire.Zstd, l, buf)
	}
	if h.FrameContentSize > wire.MaxDecompressed {
		return buf, contentTooLarge()
	}
	room := int(h.FrameContentSize) + zstdSlack
	if err := l.more(int64(room)); err != nil {
		return buf, err
	}
	buf = slices.Grow(buf[:0], room)
	out, err := u.zstd.DecodeAll(body, buf[:0:room])
	if err != nil {
		return buf, badRequest("the body is not compressed by zstd: %v", err)
	}
	return out, nil
}

// gunzip decompresses gzip.
func gunzip(body []byte, l *lease, buf []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return buf, badRequest("the body is not compressed by gzip: %v", err)
	}
	return drain(z, gzipped, l, buf)
}

// drain reads what does not say before how long it is.
func drain(r io.Reader, encoding string, l *lease, buf []byte) ([]byte, error) {
	if err := l.more(wire.MaxDecompressed); err != nil {
		return buf, err
	}
	out := bytes.NewBuffer(buf[:0])
	n, err := io.Copy(out, io.LimitReader(r, wire.MaxDecompressed+1))
	switch {
	case n > wire.MaxDecompressed:
		return out.Bytes(), contentTooLarge()
	case err != nil:
		return out.Bytes(), badRequest("the body is not compressed by %s: %v", encoding, err)
	}
	return out.Bytes(), nil
}
