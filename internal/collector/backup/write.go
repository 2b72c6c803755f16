package backup

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
)

// Write writes a backup of all files of a folder, which nobody may change
// meanwhile. m says who made it and of which moment; Format, Product and Files
// are filled in here. Files are read twice, once for the manifest that comes
// first and once for what follows it, and never held in memory. The error is
// ctx's when that ended.
func Write(ctx context.Context, w io.Writer, dir string, m Manifest) (Manifest, error) {
	m.Format, m.Product, m.Files = Format, Product, nil
	m.Made = m.Made.UTC().Truncate(time.Second)
	names, err := list(dir)
	if err != nil {
		return Manifest{}, err
	}
	for _, name := range names {
		f := File{Name: name}
		if f.Size, f.SHA256, err = sum(ctx, filepath.Join(dir, filepath.FromSlash(name)), io.Discard); err != nil {
			return Manifest{}, fmt.Errorf("read %s: %w", name, err)
		}
		m.Files = append(m.Files, f)
	}
	if err := m.check(); err != nil {
		return Manifest{}, fmt.Errorf("describe the backup: %w", err)
	}
	// One goroutine: the backup has time, and looks and queries do not.
	z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(true))
	if err != nil {
		return Manifest{}, fmt.Errorf("compress: %w", err)
	}
	if err := errors.Join(pack(ctx, z, dir, m), z.Close()); err != nil {
		return Manifest{}, err
	}
	return m, nil
}

// list returns the names of all files below a folder, sorted, and refuses what
// no backup may hold.
func list(dir string) ([]string, error) {
	var names []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		if !e.Type().IsRegular() || !Allowed(name) {
			return fmt.Errorf("%s does not belong in a backup", name)
		}
		names = append(names, name)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list what to back up: %w", err)
	}
	slices.SortFunc(names, strings.Compare)
	return names, nil
}

// pack writes the tar.
func pack(ctx context.Context, w io.Writer, dir string, m Manifest) error {
	t := tar.NewWriter(w)
	head, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return fmt.Errorf("describe the backup: %w", err)
	}
	if len(head) > maxManifest {
		return fmt.Errorf("describe the backup: there are too many files")
	}
	if err := t.WriteHeader(header(manifestName, int64(len(head)), m.Made)); err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	if _, err := t.Write(head); err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	for _, f := range m.Files {
		if err := t.WriteHeader(header(f.Name, f.Size, m.Made)); err != nil {
			return fmt.Errorf("write %s: %w", f.Name, err)
		}
		size, digest, err := sum(ctx, filepath.Join(dir, filepath.FromSlash(f.Name)), t)
		if err != nil {
			return fmt.Errorf("write %s: %w", f.Name, err)
		}
		if size != f.Size || digest != f.SHA256 {
			return fmt.Errorf("write %s: it changed meanwhile", f.Name)
		}
	}
	if err := t.Close(); err != nil {
		return fmt.Errorf("write the end: %w", err)
	}
	return nil
}

func header(name string, size int64, made time.Time) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: made}
}

// sum copies a file to w and returns its size and SHA-256.
func sum(ctx context.Context, path string, w io.Writer) (int64, string, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = f.Close() }() // only read
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(w, h), bounded{ctx, f})
	if err != nil {
		return 0, "", err
	}
	return n, hex.EncodeToString(h.Sum(nil)), nil
}

// bounded reads until its context ends.
type bounded struct {
	ctx context.Context // of the one call that it lives in
	r   io.Reader
}

func (b bounded) Read(p []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	return b.r.Read(p)
}
