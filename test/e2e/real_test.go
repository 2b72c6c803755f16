//go:build real

package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/mail"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/sim/freeport"
)

// These tests need Debian's prometheus (promtool), prometheus-alertmanager
// (amtool), postfix, sasl2-bin and libsasl2-modules, and root: make test-real.

// tool runs a program and returns what it printed.
func tool(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// operator makes a token for Prometheus' tools.
func (w *world) operator() string {
	return strings.TrimSpace(w.mustCommand("token", "create", "--role", "operator", "--name", "real"))
}

func TestRealPromtool(t *testing.T) {
	w := newWorld(t, "www")
	w.start()
	w.eventually("the first look", func() error {
		if w.query(`probe_success`)["www"] != "1" {
			return fmt.Errorf("not there yet")
		}
		return nil
	})
	// Debian's promtool knows no bearer tokens: the token is the password.
	server := "http://promtool:" + w.operator() + "@" + w.listen
	if out := tool(t, "promtool", "query", "instant", server, `probe_success{check="www"}`); !strings.Contains(out, "=> 1 @") {
		t.Errorf("query instant: %s", out)
	}
	w.eventually("a range with the website in it", func() error {
		if out := tool(t, "promtool", "query", "range", "--start", fmt.Sprint(time.Now().Add(-time.Minute).Unix()), server, `probe_success`); !strings.Contains(out, "www") {
			return fmt.Errorf("query range: %s", out)
		}
		return nil
	})
	if out := tool(t, "promtool", "query", "labels", server, "check"); !strings.Contains(out, "www") {
		t.Errorf("query labels: %s", out)
	}
	if out := tool(t, "promtool", "query", "series", "--match=probe_success", server); !strings.Contains(out, "www") {
		t.Errorf("query series: %s", out)
	}
	_, metrics := w.request("GET", "/metrics", nil, "")
	cmd := exec.Command("promtool", "check", "metrics")
	cmd.Stdin = strings.NewReader(string(metrics))
	// Status 3: the style of some of Prometheus' own names is not its own taste.
	out, err := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code != 0 && code != 3 || strings.Contains(string(out), "budi_") {
		t.Errorf("check metrics: %v\n%s", err, out)
	}
}

func TestRealPromtoolAgreesWithTheShippedRules(t *testing.T) {
	dir, err := filepath.Abs("../../configs/rules")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("promtool", "test", "rules", "budi_test.yml")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("promtool test rules: %v\n%s", err, out)
	}
}

func TestRealAmtoolSilences(t *testing.T) {
	w := newWorld(t, "www")
	play(t, w, func() {
		w.write("http.yml", "authorization: {type: Bearer, credentials: "+w.operator()+"}\n")
		args := []string{"--alertmanager.url=" + w.url(""), "--http.config.file=" + w.path("http.yml")}
		amtool := func(more ...string) string { return tool(t, "amtool", append(more, args...)...) }
		if out := amtool("alert", "query"); !strings.Contains(out, "Down") {
			t.Errorf("alert query: %s", out)
		}
		words := strings.Fields(amtool("silence", "add", "check=www", "--duration=1h", "--author=rasa", "--comment=mending"))
		id := words[len(words)-1] // before it, a warning that the versions differ
		if out := amtool("silence", "query"); !strings.Contains(out, id) {
			t.Errorf("silence query: %s", out)
		}
		w.eventually("amtool to see the alert suppressed", func() error {
			if out := amtool("alert", "query", "--silenced"); !strings.Contains(out, "Down") {
				return fmt.Errorf("alert query --silenced: %s", out)
			}
			return nil
		})
		if out := amtool("config", "show"); !strings.Contains(out, "receivers") || strings.Contains(out, "slaptas") {
			t.Errorf("config show: %s", out)
		}
		// It is on the disk before amtool is told so.
		w.kill()
		w.start()
		if out := amtool("silence", "query"); !strings.Contains(out, id) {
			t.Errorf("the silence is gone after kill -9: %s", out)
		}
		w.waitIncident("www", func(i incident) bool { return i.Evidence == "firing" })
	})
}

// postfix is an instance of Debian's postfix with a configuration of its own.
type postfix struct {
	t    *testing.T
	dir  string
	port int
}

func startPostfix(t *testing.T) *postfix {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("postfix needs root")
	}
	dir, err := os.MkdirTemp("", "pf")
	if err != nil {
		t.Fatal(err)
	}
	p := &postfix{t: t, dir: dir, port: freeport.TCP(t)}
	owner, err := user.Lookup("postfix")
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(owner.Uid)
	gid, _ := strconv.Atoi(owner.Gid)
	for _, d := range []string{"etc", "etc/sasl", "queue", "data", "mail"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, d := range []string{"data", "mail"} {
		if err := os.Chown(filepath.Join(dir, d), uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	p.certificate()
	p.write("etc/main.cf", fmt.Sprintf(`compatibility_level = 3.6
queue_directory = %[1]s/queue
data_directory = %[1]s/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mail.example.lt
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
maillog_file = %[1]s/data/log
maillog_file_prefixes = %[1]s/data
alias_maps =
alias_database =
virtual_mailbox_domains = example.lt
virtual_mailbox_base = %[1]s/mail
virtual_mailbox_maps = static:box/
virtual_uid_maps = static:%[2]d
virtual_gid_maps = static:%[3]d
smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
smtpd_tls_cert_file = %[1]s/etc/cert.pem
smtpd_tls_key_file = %[1]s/etc/key.pem
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = cyrus
smtpd_sasl_path = smtpd
smtpd_sasl_local_domain = example.lt
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
mynetworks =
`, dir, uid, gid))
	p.write("etc/master.cf", fmt.Sprintf(`127.0.0.1:%d inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
`, p.port))
	p.write("etc/sasl/smtpd.conf", fmt.Sprintf("pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN LOGIN\nsasldb_path: %s/etc/sasldb2\n", dir))
	passwd := exec.Command("saslpasswd2", "-p", "-c", "-f", filepath.Join(dir, "etc/sasldb2"), "-u", "example.lt", "budi")
	passwd.Stdin = strings.NewReader("slaptas")
	if out, err := passwd.CombinedOutput(); err != nil {
		t.Fatalf("saslpasswd2: %v\n%s", err, out)
	}
	if err := os.Chown(filepath.Join(dir, "etc/sasldb2"), uid, gid); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.stop()
		if t.Failed() {
			text, _ := os.ReadFile(filepath.Join(dir, "data/log"))
			t.Logf("log of postfix:\n%s", text)
		}
		_ = os.RemoveAll(dir)
	})
	p.start()
	return p
}

func (p *postfix) write(name, text string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// certificate makes a certificate for 127.0.0.1 that is its own issuer.
func (p *postfix) certificate() {
	p.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		p.t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.example.lt"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		p.t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		p.t.Fatal(err)
	}
	p.write("etc/cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	p.write("etc/key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
}

func (p *postfix) start() {
	p.t.Helper()
	tool(p.t, "postfix", "-c", filepath.Join(p.dir, "etc"), "start")
}

func (p *postfix) stop() {
	_ = exec.Command("postfix", "-c", filepath.Join(p.dir, "etc"), "stop").Run()
}

// messages reads what was delivered, in the order of arrival.
func (p *postfix) messages() []*mail.Message {
	p.t.Helper()
	files, err := filepath.Glob(filepath.Join(p.dir, "mail/box/new/*"))
	if err != nil {
		p.t.Fatal(err)
	}
	var out []*mail.Message // names begin with the time of arrival
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			p.t.Fatal(err)
		}
		m, err := mail.ReadMessage(strings.NewReader(string(data)))
		if err != nil {
			p.t.Fatal(err)
		}
		out = append(out, m)
	}
	return out
}

func TestRealPostfixWithSTARTTLSAndAPassword(t *testing.T) {
	p := startPostfix(t)
	w := newWorld(t, "www")
	text := w.read("collector.yml")
	text = strings.Replace(text, fmt.Sprintf("port: %d, username: budi", w.mail.Port()), fmt.Sprintf("port: %d, username: budi@example.lt", p.port), 1)
	w.write("collector.yml", text)
	cert, err := os.ReadFile(filepath.Join(p.dir, "etc/cert.pem"))
	if err != nil {
		t.Fatal(err)
	}
	w.write("ca.pem", string(cert))
	w.start()
	if out := w.mustCommand("mail", "test"); !strings.Contains(out, "rasa@example.lt") {
		t.Errorf("mail test: %s", out)
	}
	arrived := func(n int) []*mail.Message {
		t.Helper()
		var all []*mail.Message
		w.eventually(fmt.Sprintf("%d mails in the box", n), func() error {
			if all = p.messages(); len(all) != n {
				return fmt.Errorf("there are %d", len(all))
			}
			return nil
		})
		return all
	}
	arrived(1)
	w.sites["www"].Down()
	arrived(2)
	p.stop() // maintenance
	if err := w.sites["www"].Up(); err != nil {
		t.Fatal(err)
	}
	w.eventually("the end of the incident", func() error {
		if n := len(w.incidents()); n > 0 {
			return fmt.Errorf("%d open", n)
		}
		return nil
	})
	w.rounds(2)
	p.start()
	w.mustCommand("reload")
	all := arrived(3)
	if got, want := all[2].Header.Get("In-Reply-To"), all[1].Header.Get("Message-Id"); got != want || want == "" {
		t.Errorf("the recovery answers %q, want %q", got, want)
	}
}

func TestRealFullDisk(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Fatal("mounting needs root")
	}
	w := newWorld(t, "www", "other")
	data := w.path("data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", data, "tmpfs", 0, "size=160m,mode=700"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		w.kill()
		if err := syscall.Unmount(data, 0); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	w.start()
	w.eventually("the first look", func() error {
		if w.query(`probe_success`)["www"] != "1" {
			return fmt.Errorf("not there yet")
		}
		return nil
	})
	w.request("GET", "/metrics", nil, "") // makes the token while there is room

	// Fill the disk to the last byte.
	filler, err := os.Create(filepath.Join(data, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 64<<10)
	for size := len(block); size > 0; {
		if _, err := filler.Write(block[:size]); err != nil {
			size /= 2
		}
	}
	if err := filler.Close(); err != nil {
		t.Fatal(err)
	}

	w.sites["www"].Down()
	fault := w.waitMails(1)
	if err := w.sites["www"].Up(); err != nil {
		t.Fatal(err)
	}
	recovery := w.waitMails(2)
	sameThread(t, fault[0], recovery[1])
	if !strings.Contains(w.log.String(), "disk is full") {
		t.Error("the log does not say that the disk is full and what to do")
	}

	if err := os.Remove(filepath.Join(data, "filler")); err != nil {
		t.Fatal(err)
	}
	w.eventually("samples to reach the disk again", func() error {
		_, metrics := w.request("GET", "/metrics", nil, "")
		if !strings.Contains(string(metrics), "budi_samples_in_memory_only 0") {
			return fmt.Errorf("they are in memory only")
		}
		return nil
	})
	w.kill()
	w.start()
	if got := w.query(`count_over_time(probe_success[10m])`)["www"]; number(t, got) < 3 {
		t.Errorf("%s samples are there after the full disk and a restart", got)
	}
}
