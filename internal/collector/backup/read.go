package backup

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/klauspost/compress/zstd"

	"github.com/budi-monitor/budi/internal/folder"
)

// Reader reads a backup from its beginning to its end, once. It trusts nothing
// that it reads. It is for one goroutine, and must be closed.
type Reader struct {
	manifest Manifest
	source   *failing
	z        *zstd.Decoder
	t        *tar.Reader
}

// zstdMagic begins each zstd frame, RFC 8878.
const zstdMagic = "\x28\xb5\x2f\xfd"

// Open reads the manifest of a backup. passphrase is asked for one when the
// backup is encrypted; nil means that there is none. The error wraps ErrForeign,
// ErrNewer, ErrDamaged, ErrEncrypted or ErrPassphrase when it is that, and
// otherwise that of reading.
func Open(ctx context.Context, r io.Reader, passphrase func() (string, error)) (*Reader, error) {
	source := &failing{r: bounded{ctx, r}}
	b := bufio.NewReader(source)
	head, err := b.Peek(len(ageMagic))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read the backup: %w", err)
	}
	var plain io.Reader = b
	switch {
	case string(head) == ageMagic:
		if passphrase == nil {
			return nil, ErrEncrypted
		}
		word, err := passphrase()
		if err != nil {
			return nil, err
		}
		if plain, err = decrypt(b, word); err != nil {
			return nil, source.explain("open the backup", err)
		}
	case !bytes.HasPrefix(head, []byte(zstdMagic)):
		return nil, ErrForeign
	}
	z, err := zstd.NewReader(plain, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return nil, source.explain("open the backup", err)
	}
	out := &Reader{source: source, z: z, t: tar.NewReader(z)}
	if err := out.readManifest(); err != nil {
		out.Close()
		return nil, err
	}
	return out, nil
}

// Manifest is what the backup says of itself.
func (r *Reader) Manifest() Manifest { return r.manifest }

// Close lets go of the memory for decompression.
func (r *Reader) Close() { r.z.Close() }

func (r *Reader) readManifest() error {
	h, err := r.t.Next()
	if errors.Is(err, io.EOF) {
		return ErrForeign
	}
	if err != nil {
		return r.source.explain("read the manifest", err)
	}
	if h.Name != manifestName || h.Typeflag != tar.TypeReg {
		return ErrForeign
	}
	if h.Size > maxManifest {
		return fmt.Errorf("%w: its manifest has %d bytes", ErrDamaged, h.Size)
	}
	data, err := io.ReadAll(r.t)
	if err != nil {
		return r.source.explain("read the manifest", err)
	}
	if err := json.Unmarshal(data, &r.manifest); err != nil {
		return fmt.Errorf("%w: read the manifest: %w", ErrDamaged, err)
	}
	err = r.manifest.check()
	if err != nil && !errors.Is(err, ErrNewer) && !errors.Is(err, ErrForeign) {
		err = fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return err
}

// Verify reads everything and checks it against the manifest.
func (r *Reader) Verify() error {
	return r.each(func(_ File, content io.Reader) error {
		_, err := io.Copy(io.Discard, content)
		return err
	})
}

// Extract writes all files into a folder that must be empty or not there,
// readable by their owner only, and returns when they are on the disk. When it
// fails, what it wrote so far is left for the caller to remove.
func (r *Reader) Extract(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the folder: %w", err)
	}
	folders := map[string]bool{".": true}
	err := r.each(func(f File, content io.Reader) error {
		if err := os.MkdirAll(filepath.Join(dir, filepath.FromSlash(path.Dir(f.Name))), 0o700); err != nil {
			return &writeError{err}
		}
		for p := path.Dir(f.Name); p != "."; p = path.Dir(p) {
			folders[p] = true
		}
		return writeOut(filepath.Join(dir, filepath.FromSlash(f.Name)), content)
	})
	if err != nil {
		return err
	}
	for p := range folders {
		if err := folder.Sync(filepath.Join(dir, filepath.FromSlash(p))); err != nil {
			return fmt.Errorf("bring the folder to the disk: %w", err)
		}
	}
	return nil
}

// writeError tells trouble with what is written from trouble with what is read.
type writeError struct{ error }

func (e *writeError) Unwrap() error { return e.error }

func writeOut(name string, content io.Reader) error {
	// Nothing is there: whoever put a link in our way shall see us fail.
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return &writeError{err}
	}
	_, err = io.Copy(f, content)
	if pathErr := (*fs.PathError)(nil); errors.As(err, &pathErr) && pathErr.Path == name {
		err = &writeError{err}
	}
	if err == nil {
		if err = f.Sync(); err != nil {
			err = &writeError{err}
		}
	}
	return errors.Join(err, f.Close())
}

// each calls f with each file of the manifest. It checks that f's content is
// what the manifest says, and that nothing else is there.
func (r *Reader) each(f func(File, io.Reader) error) error {
	for _, want := range r.manifest.Files {
		h, err := r.t.Next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("%w: it ends before %s", ErrDamaged, want.Name)
		}
		if err != nil {
			return r.source.explain("find "+want.Name, err)
		}
		if h.Typeflag != tar.TypeReg || h.Name != want.Name || h.Size != want.Size {
			return fmt.Errorf("%w: where %s should be there is something else", ErrDamaged, want.Name)
		}
		digest := sha256.New()
		if err := f(want, io.TeeReader(r.t, digest)); err != nil {
			if wrote := (*writeError)(nil); errors.As(err, &wrote) {
				return fmt.Errorf("write %s: %w", want.Name, wrote.error)
			}
			return r.source.explain("read "+want.Name, err)
		}
		if hex.EncodeToString(digest.Sum(nil)) != want.SHA256 {
			return fmt.Errorf("%w: %s is not what it was", ErrDamaged, want.Name)
		}
	}
	if h, err := r.t.Next(); err == nil {
		return fmt.Errorf("%w: it holds %q, which its manifest does not name", ErrDamaged, clip(h.Name))
	} else if !errors.Is(err, io.EOF) {
		return r.source.explain("find the end", err)
	}
	// To the very end: age and zstd have checksums there.
	if n, err := io.Copy(io.Discard, r.z); err != nil {
		return r.source.explain("find the end", err)
	} else if n > 0 {
		return fmt.Errorf("%w: there is something behind its end", ErrDamaged)
	}
	return nil
}

// failing remembers why reading failed, so that a broken disk or a person who
// gave up is not called a damaged backup.
type failing struct {
	r   io.Reader
	err error
}

func (f *failing) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		f.err = err
	}
	return n, err
}

// explain says what err means that came while doing something.
func (f *failing) explain(doing string, err error) error {
	switch {
	case f.err != nil:
		return fmt.Errorf("%s: %w", doing, f.err)
	case errors.Is(err, ErrPassphrase):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: %s: it is cut off; was it copied whole?", ErrDamaged, doing)
	default:
		return fmt.Errorf("%w: %s: %w", ErrDamaged, doing, err)
	}
}
