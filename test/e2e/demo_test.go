package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The demonstration starts with one command, lets every computer of its school
// in, says that it is one, and leaves nothing behind.
func TestDemonstrationStartsShowsItsSchoolAndLeavesNothing(t *testing.T) {
	w := &collector{t: t} // it waits
	dir := filepath.Join(t.TempDir(), "demo")
	out, log := &logBuffer{}, &logBuffer{}
	cmd := exec.Command(binary, "demo", "--listen", "127.0.0.1:0", "--dir", dir, "--language", "en", "--calm")
	cmd.Stdout, cmd.Stderr = out, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	defer func() {
		_ = cmd.Process.Kill() // mostly gone already
		if t.Failed() {
			t.Logf("it said:\n%s\nand logged:\n%s", out, tail(log.String(), 3000))
		}
	}()
	address := regexp.MustCompile(`(?m)^Console +(https://127\.0\.0\.1:\d+)`)
	mails := regexp.MustCompile(`(?m)^Mails +(http://127\.0\.0\.1:\d+)$`)
	var console string
	w.within(5*patience, "the console's address", func() error {
		select {
		case err := <-exited:
			t.Fatalf("it ended: %v", err)
		default:
		}
		m := address.FindStringSubmatch(out.String())
		if m == nil {
			return fmt.Errorf("it says %q", out)
		}
		console = m[1]
		return nil
	})
	if !strings.Contains(out.String(), "demo-demo-demo") || mails.FindString(out.String()) == "" {
		t.Errorf("it does not say how to log in, or where the mails are: %s", out)
	}

	data := filepath.Join(dir, "data")
	token, err := exec.Command(binary, "--data", data, "token", "create", "--name", "test").Output()
	if err != nil {
		t.Fatalf("make a token: %v", err)
	}
	pem, err := os.ReadFile(filepath.Join(data, "tls", "ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	defer client.CloseIdleConnections()
	get := func(path string) string {
		t.Helper()
		req, err := http.NewRequest(http.MethodGet, console+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s %v %s", path, resp.Status, err, body)
		}
		return string(body)
	}
	var devices struct {
		Devices []struct{ ID string }
	}
	if err := json.Unmarshal([]byte(get("/api/budi/v1/devices?limit=1000")), &devices); err != nil || len(devices.Devices) < 45 {
		t.Errorf("%d devices, %v", len(devices.Devices), err)
	}
	w.within(3*patience, "all agents are heard, and all other devices answer", func() error {
		body := get("/api/v1/query?query=count(budi_agent_up==1)%2Bcount(budi_device_up==1)-(count(budi_device_info)-1)")
		if !strings.Contains(body, `"0"]`) {
			return fmt.Errorf("the difference is %s", body)
		}
		return nil
	})
	if page := get("/login"); !strings.Contains(page, "Demonstration") {
		t.Errorf("the page does not say that it is a demonstration:\n%s", page)
	}
	// Its status page, and the feed of it, are for everybody who asks.
	for path, want := range map[string]string{"/status/gimnazija": "Electronic diary", "/status/gimnazija/feed.atom": "The diary was slow", "/status/nothing/": "There is no such page"} {
		resp, err := client.Get(console + path + "?lang=en")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || !strings.Contains(string(body), want) || strings.Contains(string(body), "127.0.0.1") {
			t.Errorf("%s: %s %v %s", path, resp.Status, err, body)
		}
	}
	status, err := exec.Command(binary, "--data", data, "--json", "status").Output()
	if err != nil || !strings.Contains(string(status), `"demo": true`) {
		t.Errorf("status: %v %s", err, status)
	}

	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-exited:
		if err != nil {
			t.Errorf("it ended with %v", err)
		}
	case <-time.After(patience):
		t.Fatal("it does not end")
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("its folder is left: %v", err)
	}
	for line := range strings.Lines(log.String()) {
		// The database calls it an error when it is stopped while it makes blocks.
		if !strings.Contains(line, "compaction failed") || !strings.Contains(line, "context canceled") {
			t.Errorf("it warns: %s", line)
		}
	}
}
