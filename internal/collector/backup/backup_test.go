package backup_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/budi-monitor/budi/internal/collector/backup"
)

const (
	block      = "tsdb/01JD4XK3V0000000000000000A/"
	passphrase = "vasara prie ežero"
)

// sample is a small data folder: names and contents.
func sample() map[string]string {
	random := rand.New(rand.NewPCG(1, 2))
	chunk := make([]byte, 300_000) // more than one chunk of age and one block of zstd
	for i := range chunk {
		chunk[i] = byte(random.Uint32())
	}
	return map[string]string{
		"budi.db": strings.Repeat("incidents ", 1000), "secret.key": "0123456789abcdef0123456789abcdef", "silences": "",
		"tls/authority.pem": "key", "tls/ca.crt": "certificate",
		"tsdb/budi-format": "1\n", block + "meta.json": "{}", block + "index": "index", block + "tombstones": "", block + "chunks/000001": string(chunk),
	}
}

func write(t testing.TB, files map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func about() backup.Manifest {
	return backup.Manifest{Version: "1.0.0", Installation: "0123456789abcdef", Made: time.Date(2026, 11, 28, 3, 0, 0, 0, time.UTC)}
}

// archive makes a backup of the sample, encrypted when there is a passphrase.
func archive(t testing.TB, word string) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.Writer = &b
	if word != "" {
		sealed, err := backup.Encrypt(&b, word, 10)
		if err != nil {
			t.Fatal(err)
		}
		defer sealed.Close()
		w = sealed
	}
	if _, err := backup.Write(t.Context(), w, write(t, sample()), about()); err != nil {
		t.Fatal(err)
	}
	if c, ok := w.(io.Closer); ok {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func says(word string) func() (string, error) {
	if word == "" {
		return nil
	}
	return func() (string, error) { return word, nil }
}

// extract reads a backup into a new folder and returns what is in it.
func extract(t testing.TB, data []byte, word string) (map[string]string, error) {
	t.Helper()
	r, err := backup.Open(t.Context(), bytes.NewReader(data), says(word))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	dir := filepath.Join(t.TempDir(), "new")
	if err := r.Extract(dir); err != nil {
		return nil, err
	}
	return read(t, dir), nil
}

func read(t testing.TB, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		rel, relErr := filepath.Rel(dir, path)
		out[filepath.ToSlash(rel)] = string(data)
		return errors.Join(err, relErr)
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	for name, word := range map[string]string{"plain": "", "with a passphrase": passphrase} {
		t.Run(name, func(t *testing.T) {
			data := archive(t, word)
			got, err := extract(t, data, word)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(sample(), got); diff != "" {
				t.Error(diff)
			}
			r, err := backup.Open(t.Context(), bytes.NewReader(data), says(word))
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if err := r.Verify(); err != nil {
				t.Error(err)
			}
			m := r.Manifest()
			if names := slices.Sorted(maps.Keys(sample())); len(m.Files) != len(names) || m.Files[0].Name != names[0] || m.Format != backup.Format || !m.Made.Equal(about().Made) {
				t.Errorf("the manifest is %+v", m)
			}
		})
	}
}

func TestFilesAreTheirOwnersOnly(t *testing.T) {
	r, err := backup.Open(t.Context(), bytes.NewReader(archive(t, "")), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	dir := filepath.Join(t.TempDir(), "new")
	if err := r.Extract(dir); err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := os.Stat(path)
		if err == nil && info.Mode().Perm()&0o077 != 0 && filepath.Separator == '/' {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestPassphrases(t *testing.T) {
	sealed := archive(t, passphrase)
	if _, err := extract(t, sealed, ""); !errors.Is(err, backup.ErrEncrypted) {
		t.Errorf("without one: %v", err)
	}
	if _, err := extract(t, sealed, "vasara prie upės"); !errors.Is(err, backup.ErrPassphrase) {
		t.Errorf("with another: %v", err)
	}
	gone := errors.New("nobody is there")
	if _, err := backup.Open(t.Context(), bytes.NewReader(sealed), func() (string, error) { return "", gone }); !errors.Is(err, gone) {
		t.Errorf("when nobody says it: %v", err)
	}
	if _, err := backup.Encrypt(io.Discard, "short", 10); err == nil {
		t.Error("a short one is taken")
	}
}

// TestEveryCutAndEveryWrongByteIsSeen breaks a backup everywhere.
func TestEveryCutAndEveryWrongByteIsSeen(t *testing.T) {
	for name, word := range map[string]string{"plain": "", "with a passphrase": passphrase} {
		t.Run(name, func(t *testing.T) {
			whole := archive(t, word)
			known := func(err error) bool {
				return errors.Is(err, backup.ErrDamaged) || errors.Is(err, backup.ErrForeign) || errors.Is(err, backup.ErrPassphrase)
			}
			step := len(whole)/60 + 1
			for n := 0; n < len(whole); n += step {
				if _, err := extract(t, whole[:n], word); !known(err) {
					t.Errorf("cut after %d bytes of %d: %v", n, len(whole), err)
				}
				wrong := bytes.Clone(whole)
				wrong[n] ^= 0x10
				if got, err := extract(t, wrong, word); err == nil && !cmp.Equal(got, sample()) || err != nil && !known(err) && !errors.Is(err, backup.ErrNewer) {
					t.Errorf("byte %d of %d is wrong: %v", n, len(whole), err)
				}
			}
			for cut := 1; cut < 20; cut++ {
				if _, err := extract(t, whole[:len(whole)-cut], word); !known(err) {
					t.Errorf("the last %d bytes are gone: %v", cut, err)
				}
			}
			if _, err := extract(t, append(bytes.Clone(whole), "more"...), word); !known(err) {
				t.Errorf("with something behind it: %v", err)
			}
		})
	}
}

// entry is one entry of an archive that nobody honest made.
type entry struct {
	tar.Header
	text string
}

// forge makes an archive of the given manifest and entries.
func forge(t testing.TB, m any, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := zstd.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(z)
	if m != nil {
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		entries = append([]entry{{tar.Header{Name: "manifest.json"}, string(text)}}, entries...)
	}
	for _, e := range entries {
		if e.Typeflag == 0 {
			e.Typeflag, e.Size = tar.TypeReg, int64(len(e.text))
		}
		e.Mode = 0o777
		if err := w.WriteHeader(&e.Header); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, e.text); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func of(name, text string) backup.File {
	h := sha256.Sum256([]byte(text))
	return backup.File{Name: name, Size: int64(len(text)), SHA256: hex.EncodeToString(h[:])}
}

func manifest(files ...backup.File) backup.Manifest {
	m := about()
	m.Format, m.Product, m.Files = backup.Format, backup.Product, files
	return m
}

func file(name, text string) entry { return entry{tar.Header{Name: name}, text} }

func TestWhatNobodyHonestMadeIsRefused(t *testing.T) {
	db := of("budi.db", "db")
	changed := func(change func(*backup.Manifest)) backup.Manifest {
		m := manifest(db)
		change(&m)
		return m
	}
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"nothing":                         {nil, backup.ErrForeign},
		"a text":                          {[]byte("Labas rytas, Lietuva! Labas rytas, Lietuva!"), backup.ErrForeign},
		"an archive without a manifest":   {forge(t, nil, file("budi.db", "db")), backup.ErrForeign},
		"an empty archive":                {forge(t, nil), backup.ErrForeign},
		"another product":                 {forge(t, changed(func(m *backup.Manifest) { m.Product = "x" })), backup.ErrForeign},
		"no version of the format":        {forge(t, changed(func(m *backup.Manifest) { m.Format = 0 })), backup.ErrForeign},
		"a newer format":                  {forge(t, changed(func(m *backup.Manifest) { m.Format = 2 })), backup.ErrNewer},
		"an installation with escapes":    {forge(t, changed(func(m *backup.Manifest) { m.Installation = "\x1b[2J" })), backup.ErrDamaged},
		"no moment":                       {forge(t, changed(func(m *backup.Manifest) { m.Made = time.Time{} })), backup.ErrDamaged},
		"no database":                     {forge(t, manifest(of("silences", "")), file("silences", "")), backup.ErrDamaged},
		"a path that leaves":              {forge(t, manifest(of("../evil", "x"), db), file("../evil", "x"), file("budi.db", "db")), backup.ErrDamaged},
		"an absolute path":                {forge(t, manifest(of("/etc/passwd", "x"), db), file("/etc/passwd", "x"), file("budi.db", "db")), backup.ErrDamaged},
		"a path of Windows":               {forge(t, manifest(of(`C:\evil`, "x"), db), file(`C:\evil`, "x"), file("budi.db", "db")), backup.ErrDamaged},
		"a hidden step out":               {forge(t, manifest(db, of("tls/../../a.pem", "x")), file("budi.db", "db"), file("tls/../../a.pem", "x")), backup.ErrDamaged},
		"a link":                          {forge(t, manifest(db), entry{tar.Header{Name: "budi.db", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}, ""}), backup.ErrDamaged},
		"a hard link":                     {forge(t, manifest(db), entry{tar.Header{Name: "budi.db", Typeflag: tar.TypeLink, Linkname: "/etc/passwd"}, ""}), backup.ErrDamaged},
		"a folder":                        {forge(t, manifest(db), entry{tar.Header{Name: "budi.db", Typeflag: tar.TypeDir}, ""}), backup.ErrDamaged},
		"a file that is not named":        {forge(t, manifest(db), file("budi.db", "db"), file("secret.key", "key")), backup.ErrDamaged},
		"a file that is missing":          {forge(t, manifest(db, of("secret.key", "key")), file("budi.db", "db")), backup.ErrDamaged},
		"files in another order":          {forge(t, manifest(db, of("secret.key", "key")), file("secret.key", "key"), file("budi.db", "db")), backup.ErrDamaged},
		"another content":                 {forge(t, manifest(db), file("budi.db", "dB")), backup.ErrDamaged},
		"another size":                    {forge(t, manifest(db), file("budi.db", "database")), backup.ErrDamaged},
		"a name twice":                    {forge(t, manifest(db, db), file("budi.db", "db"), file("budi.db", "db")), backup.ErrDamaged},
		"a size beyond all":               {forge(t, changed(func(m *backup.Manifest) { m.Files[0].Size = 1 << 62 })), backup.ErrDamaged},
		"a size below nothing":            {forge(t, changed(func(m *backup.Manifest) { m.Files[0].Size = -1 })), backup.ErrDamaged},
		"sizes that overflow":             {forge(t, manifest(backup.File{Name: "budi.db", Size: 1 << 45, SHA256: db.SHA256}, backup.File{Name: "silences", Size: 1 << 45, SHA256: db.SHA256}, backup.File{Name: "tsdb/budi-format", Size: 1, SHA256: db.SHA256})), backup.ErrDamaged},
		"a manifest that is no JSON":      {forge(t, nil, file("manifest.json", "{")), backup.ErrDamaged},
		"a manifest that is a link":       {forge(t, nil, entry{tar.Header{Name: "manifest.json", Typeflag: tar.TypeSymlink, Linkname: "x"}, ""}), backup.ErrForeign},
		"a manifest of 40 MB":             {forge(t, nil, file("manifest.json", strings.Repeat(" ", 40<<20))), backup.ErrDamaged},
		"two archives, one after another": {append(forge(t, manifest(db), file("budi.db", "db")), forge(t, manifest(db), file("budi.db", "db"))...), backup.ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := extract(t, c.data, ""); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
	t.Run("and what is honest is not", func(t *testing.T) {
		if _, err := extract(t, forge(t, manifest(db), file("budi.db", "db")), ""); err != nil {
			t.Error(err)
		}
	})
}

func TestALinkInTheFolderIsNotFollowed(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "precious")
	into := filepath.Join(dir, "into")
	if err := errors.Join(os.Mkdir(into, 0o700), os.WriteFile(target, []byte("mine"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, filepath.Join(into, "budi.db")); err != nil {
		t.Skip("no links here: ", err)
	}
	r, err := backup.Open(t.Context(), bytes.NewReader(archive(t, "")), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Extract(into); err == nil || errors.Is(err, backup.ErrDamaged) {
		t.Errorf("got %v", err)
	}
	if got, _ := os.ReadFile(target); string(got) != "mine" {
		t.Error("the file behind the link was written")
	}
}

// TestABrokenDiskIsNotADamagedBackup: what the reader says is what to do.
func TestABrokenDiskIsNotADamagedBackup(t *testing.T) {
	broken := errors.New("input/output error")
	data := archive(t, "")
	r, err := backup.Open(t.Context(), io.MultiReader(bytes.NewReader(data[:len(data)/2]), errReader{broken}), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Verify(); !errors.Is(err, broken) || errors.Is(err, backup.ErrDamaged) {
		t.Errorf("got %v", err)
	}
}

type errReader struct{ err error }

func (e errReader) Read([]byte) (int, error) { return 0, e.err }

func TestOnlyWhatBelongsInABackupIsWritten(t *testing.T) {
	for _, name := range []string{"collector.yml", "tls/authority.pem.tmp", "tsdb/wal/00000001", "reserve"} {
		dir := write(t, map[string]string{"budi.db": "db", name: "x"})
		if _, err := backup.Write(t.Context(), io.Discard, dir, about()); err == nil {
			t.Errorf("%s was written", name)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := backup.Write(ctx, io.Discard, write(t, sample()), about()); !errors.Is(err, context.Canceled) {
		t.Errorf("after its end: %v", err)
	}
	if _, err := backup.Write(t.Context(), io.Discard, write(t, map[string]string{"silences": ""}), about()); err == nil {
		t.Error("a backup without a database was written")
	}
}

func TestAFileGetsItsNameWhenItIsWhole(t *testing.T) {
	name := filepath.Join(t.TempDir(), "budi.backup")
	begin := func(force bool) *backup.Output {
		t.Helper()
		out, err := backup.Create(name, force)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(out, "half"); err != nil {
			t.Fatal(err)
		}
		return out
	}
	want := func(text string) {
		t.Helper()
		got, err := os.ReadFile(name)
		if text == "" && !errors.Is(err, os.ErrNotExist) || text != "" && string(got) != text {
			t.Errorf("the file is %q, %v; want %q", got, err, text)
		}
		if left, _ := filepath.Glob(name + ".part"); len(left) > 0 {
			t.Errorf("left: %q", left)
		}
	}
	begin(false).Abort()
	want("")
	wrong := errors.New("it cannot be read")
	if _, err := begin(false).Commit(func(*os.File) error { return wrong }); !errors.Is(err, wrong) {
		t.Errorf("got %v", err)
	}
	want("")
	begin(false) // killed
	out := begin(false)
	size, err := out.Commit(func(f *os.File) error {
		data, err := io.ReadAll(f)
		if string(data) != "half" {
			t.Errorf("the check reads %q", data)
		}
		return err
	})
	if err != nil || size != 4 {
		t.Errorf("%d bytes, %v", size, err)
	}
	out.Abort() // deferred by everybody
	want("half")
	if info, err := os.Stat(name); err != nil || filepath.Separator == '/' && info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info.Mode(), err)
	}
	if _, err := backup.Create(name, false); !errors.Is(err, backup.ErrExists) {
		t.Errorf("over a file: %v", err)
	}
	if _, err := begin(true).Commit(nil); err != nil {
		t.Error(err)
	}
	late := begin(true)
	begin(true).Abort() // another takes its place
	if _, err := late.Commit(nil); err == nil {
		t.Error("a file whose place was taken got its name")
	}
	want("half")
	if _, err := backup.Create(t.TempDir(), true); err == nil {
		t.Error("a folder was taken for a file")
	}
}

// FuzzOpen: no bytes make the reader panic, hang, or take what it must not.
func FuzzOpen(f *testing.F) {
	f.Add(archive(f, ""))
	f.Add(archive(f, passphrase))
	db := of("budi.db", "db")
	f.Add(forge(f, manifest(db), file("budi.db", "db")))
	f.Add(forge(f, manifest(of("../evil", "x"), db), file("../evil", "x"), file("budi.db", "db")))
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.HasPrefix(data, []byte("age")) && !bytes.Contains(data[:min(len(data), 100)], []byte(" 10\n")) {
			t.Skip("a passphrase of another cost takes long to try")
		}
		r, err := backup.Open(t.Context(), bytes.NewReader(data), says(passphrase))
		if err != nil {
			return
		}
		defer r.Close()
		sound(t, r.Manifest())
		if r.Manifest().Bytes() > 16<<20 {
			return // whoever calls Extract looks at the free space before
		}
		_ = r.Verify()
	})
}

// FuzzManifest: the same for what stands behind a checksum, which random bytes
// do not pass.
func FuzzManifest(f *testing.F) {
	good, err := json.Marshal(manifest(of("budi.db", "db")))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good, "budi.db", "db")
	f.Add([]byte(`{"format":1,"product":"budi-collector","files":[{"name":"../x"}]}`), "../x", "x")
	f.Fuzz(func(t *testing.T, text []byte, name, content string) {
		var b bytes.Buffer
		z, err := zstd.NewWriter(&b, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<15))
		if err != nil {
			t.Fatal(err)
		}
		w := tar.NewWriter(z)
		for _, e := range []entry{file("manifest.json", string(text)), file(name, content)} {
			e.Typeflag, e.Size = tar.TypeReg, int64(len(e.text))
			if w.WriteHeader(&e.Header) != nil {
				t.Skip("no tar holds it")
			}
			_, _ = io.WriteString(w, e.text)
		}
		_, _ = w.Close(), z.Close()
		r, err := backup.Open(t.Context(), &b, nil)
		if err != nil {
			return
		}
		defer r.Close()
		sound(t, r.Manifest())
		if err := r.Verify(); err == nil && (name != "budi.db" || len(r.Manifest().Files) != 1) {
			t.Errorf("a backup of %q is taken", name)
		}
	})
}

// sound: what Open lets through can be extracted and printed.
func sound(t *testing.T, m backup.Manifest) {
	t.Helper()
	if m.Bytes() < 0 {
		t.Errorf("%d bytes", m.Bytes())
	}
	for _, f := range m.Files {
		if !backup.Allowed(f.Name) || !filepath.IsLocal(filepath.FromSlash(f.Name)) || f.Size < 0 {
			t.Errorf("it names %+v", f)
		}
	}
	if strings.ContainsFunc(m.Version+m.Installation, func(r rune) bool { return r < ' ' || r > '~' }) {
		t.Errorf("it calls itself %q, %q", m.Version, m.Installation)
	}
}
