package e2e

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const passphrase = "vasara prie ežero"

// series returns all samples up to a moment as the API gives them, by series.
func (c *collector) series(until time.Time) map[string][][2]any {
	c.t.Helper()
	code, data := c.request("POST", "/api/v1/query", strings.NewReader(url.Values{
		"query": {`{__name__=~"probe_.*|system_.*"}[1h]`}, "time": {fmt.Sprint(float64(until.UnixMilli()) / 1000)},
	}.Encode()), "application/x-www-form-urlencoded")
	var answer struct {
		Data struct {
			Result []struct {
				Metric map[string]string
				Values [][2]any
			}
		}
	}
	if err := json.Unmarshal(data, &answer); err != nil || code != http.StatusOK {
		c.t.Fatalf("status %d: %s", code, data)
	}
	out := map[string][][2]any{}
	for _, r := range answer.Data.Result {
		key, err := json.Marshal(r.Metric)
		if err != nil {
			c.t.Fatal(err)
		}
		out[string(key)] = r.Values
	}
	return out
}

// TestBackupAndRestore: from a collector that runs into another folder, by the
// built program, with a passphrase.
func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "www", "ok")
	w.start()
	w.addUser("rasa", "labai slaptas žodis", "administrator")
	w.sites["www"].Down()
	w.waitIncident("www", func(inc incident) bool { return inc.State == "open" })
	w.write("passphrase", passphrase+"\n")
	file := w.path("budi.tar.zst.age")
	before := time.Now()
	// Whatever was seen before that moment is written, and in the backup, once a later
	// look at the same website is.
	w.eventually("a later look at each website", func() error {
		return w.answered(fmt.Sprintf(`count(timestamp(probe_success) > %.3f) == 2`, float64(before.UnixMilli())/1000))
	})
	if out := w.mustCommand("backup", file, "--passphrase-file", w.path("passphrase")); !strings.Contains(out, "read again and found whole") || strings.Contains(out, "not encrypted") {
		t.Errorf("it says %q", out)
	}
	want := w.series(before)
	if len(want) < 10 {
		t.Fatalf("there are %d series only", len(want))
	}
	if _, err := w.command("backup", file); err == nil || !strings.Contains(err.Error(), "--force") {
		t.Errorf("over a file: %v", err)
	}
	w.mustCommand("backup", file, "--force", "--passphrase-file", w.path("passphrase"))
	if code, page := w.request("GET", "/metrics", nil, ""); code == http.StatusOK && !bytes.Contains(page, []byte("budi_backup_last_success_timestamp_seconds 1")) {
		t.Error("the metric does not tell of it")
	}
	if _, err := w.command("restore", file, "--passphrase-file", w.path("passphrase"), "--force"); err == nil || !strings.Contains(err.Error(), "another collector is using") {
		t.Errorf("under a running collector: %v", err)
	}
	w.stop()

	r := newCollector(t)
	r.token = w.token
	r.write("collector.yml", "host: {disabled: true}\n")
	r.write("wrong", "ne tas žodis\n")
	for name, flags := range map[string][]string{"no passphrase": nil, "a wrong one": {"--passphrase-file", r.path("wrong")}} {
		if _, err := r.command(append([]string{"restore", file}, flags...)...); err == nil || !strings.Contains(err.Error(), "passphrase") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := os.Stat(r.path("data/budi.db")); err == nil {
		t.Error("there is a database")
	}
	t.Log(r.mustCommand("restore", file, "--check", "--passphrase-file", w.path("passphrase")))
	var said struct {
		Counts  struct{ Open, Accounts int }
		Samples struct{ Samples int }
	}
	out := r.mustCommand("restore", file, "--json", "--passphrase-file", w.path("passphrase"))
	if err := json.Unmarshal([]byte(strings.ReplaceAll(out, "open_incidents", "open")), &said); err != nil || said.Counts.Open != 1 || said.Counts.Accounts != 1 || said.Samples.Samples == 0 {
		t.Errorf("it says %s, %v", out, err)
	}
	r.start()
	got := r.series(before)
	for key, values := range want {
		if fmt.Sprint(values) != fmt.Sprint(got[key]) {
			t.Errorf("%s: %d samples before, %d after", key, len(values), len(got[key]))
		}
	}
	if all := r.incidents(); len(all) != 1 || all[0].Labels["check"] != "www" {
		t.Errorf("incidents: %+v", all)
	}
	if out := r.mustCommand("user", "list"); !strings.Contains(out, "rasa") {
		t.Errorf("people: %s", out)
	}
}

// TestKilledWhileItBacksUp: whichever of the two is killed, there is no file
// under the name, and the next backup works.
func TestKilledWhileItBacksUp(t *testing.T) {
	t.Parallel()
	for _, killed := range []string{"client", "collector"} {
		t.Run(killed, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "ok")
			w.noise(64 << 20)
			w.start()
			file := w.path("budi.backup")
			whole := func() { w.mustCommand("restore", file, "--check") }
			// On a computer that keeps this test waiting, the command may have ended
			// before it is killed. Then there is another try.
			for tries := 10; ; tries-- {
				cmd := exec.Command(binary, w.args("backup", file)...)
				var errOut bytes.Buffer
				cmd.Stderr = &errOut
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				for deadline := time.Now().Add(patience); ; {
					if there(file+".part") || there(file) {
						break
					}
					if time.Now().After(deadline) {
						_ = cmd.Process.Kill()
						_ = cmd.Wait()
						t.Fatalf("waited in vain for the beginning of the file; the command says %s", errOut.String())
					}
					time.Sleep(time.Millisecond)
				}
				if killed == "client" {
					_ = cmd.Process.Kill() // an error: it has ended already
				} else {
					w.kill()
				}
				err := cmd.Wait()
				if killed == "collector" {
					if there(file + ".part") {
						t.Errorf("there is half a file; the command says %s", errOut.String())
					}
					w.start()
				}
				if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
					break
				}
				if tries == 0 {
					t.Fatalf("the command ends with %v before it is killed: make more noise", err)
				}
				if err := os.Remove(file); err != nil {
					t.Fatal(err)
				}
			}
			if there(file) {
				whole() // the collector had sent all of it before it was killed
			}
			w.eventually("a backup after the one that was killed", func() error {
				_, err := w.command("backup", file, "--force")
				return err
			})
			whole()
			if left, _ := filepath.Glob(w.path("data/snapshot")); len(left) > 0 {
				t.Errorf("left: %q", left)
			}
		})
	}
}

func there(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// noise makes backups of the folder, in which nothing runs yet, long: by a file
// that cannot be compressed under a name that belongs into a backup.
func (c *collector) noise(bytes int) {
	c.t.Helper()
	data := make([]byte, bytes)
	_, _ = rand.Read(data) // never fails, see crypto/rand
	name := c.path("data/tls/noise.pem")
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, data, 0o600)); err != nil {
		c.t.Fatal(err)
	}
}
