//go:build real

package website_test

import (
	"crypto/x509"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/certificate/certtest"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/sim/freeport"
	"github.com/budi-monitor/budi/internal/website"
)

// These tests need Debian's nginx-light and apache2, and root: make test-real.

// setup is how a server is set up: well, and then spoiled.
type setup struct {
	header    map[string]string
	cookies   []string
	page      string
	files     map[string]string // path below the root → content
	folders   []string          // that the server lists
	status    bool              // the server's own page on itself is public
	versions  bool              // the server tells its version
	protocols string            // of TLS
	plain     bool              // the address without encryption leads nowhere
	fallback  bool              // every name that is not there is answered with the page
	redirect  string            // where the page leads
	key       []byte            // instead of that of the chain; PEM
	chain     []certtest.Pair
}

const everyProtocol = "TLSv1 TLSv1.1 TLSv1.2 TLSv1.3"

func wellKept(t *testing.T, root certtest.Pair) *setup {
	between := root.Authority(t, "Between")
	return &setup{
		header: map[string]string{
			"Strict-Transport-Security": "max-age=31536000", "Content-Security-Policy": "default-src 'self'; frame-ancestors 'self'", "X-Content-Type-Options": "nosniff",
			"Referrer-Policy": "strict-origin-when-cross-origin", "Permissions-Policy": "camera=()",
		},
		cookies:   []string{"session=x; Path=/; Secure; HttpOnly; SameSite=Lax"},
		page:      `<!doctype html><html lang="lt"><head><title>Mokykla</title></head><body><p>Labas</p><img src="/paveikslai/a.jpg" alt=""></body></html>`,
		files:     map[string]string{"paveikslai/a.jpg": "x", "readme.html": "<p>Skaityk</p>"},
		protocols: "TLSv1.2 TLSv1.3",
		chain:     []certtest.Pair{between.Issue(t, "127.0.0.1"), between},
	}
}

// server writes the configuration of one program and says how it is started.
type server struct {
	name   string
	config func(s *setup, dir, secure, plain string) string
	args   func(config string) []string
}

var servers = []server{
	{"nginx", nginxConfig, func(config string) []string {
		return []string{"/usr/sbin/nginx", "-p", filepath.Dir(config), "-c", config, "-e", filepath.Join(filepath.Dir(config), "error.log")}
	}},
	{"apache2", apacheConfig, func(config string) []string { return []string{"/usr/sbin/apache2", "-f", config, "-DFOREGROUND"} }},
}

func nginxConfig(s *setup, dir, secure, plain string) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("daemon off; user root; worker_processes 1; pid %s/pid; error_log %s/error.log;", dir, dir)
	line("events { worker_connections 64; }\nhttp {\naccess_log off; types { text/html html; } default_type application/octet-stream;")
	for _, name := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		line("%s_temp_path %s/tmp;", name, dir)
	}
	if !s.versions {
		line("server_tokens off;")
	}
	line("server { listen %s ssl; root %s/www;", secure, dir)
	line("ssl_certificate %s/chain.pem; ssl_certificate_key %s/key.pem; ssl_protocols %s; ssl_ciphers ALL:@SECLEVEL=0;", dir, dir, s.protocols)
	for name, value := range s.header {
		line("add_header %s %q always;", name, value)
	}
	for _, c := range s.cookies {
		line("add_header Set-Cookie %q always;", c)
	}
	for _, f := range s.folders {
		line("location /%s { autoindex on; }", f)
	}
	if s.status {
		line("location = /nginx_status { stub_status; }")
	}
	switch {
	case s.redirect != "":
		line("location = / { return 301 %s; }", s.redirect)
	case s.fallback:
		line("location / { try_files $uri /index.html; }")
	}
	line("}\nserver { listen %s; root %s/www;", plain, dir)
	if !s.plain {
		line("return 301 https://%s$request_uri;", secure)
	}
	line("}\n}")
	return b.String()
}

func apacheConfig(s *setup, dir, secure, plain string) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("ServerRoot %s\nServerName localhost\nPidFile %s/pid\nErrorLog %s/error.log\nUser www-data\nGroup www-data\nDefaultRuntimeDir %s", dir, dir, dir, dir)
	for _, m := range []string{"mpm_event", "authz_core", "dir", "mime", "ssl", "headers", "status", "autoindex", "alias"} {
		line("LoadModule %s_module /usr/lib/apache2/modules/mod_%s.so", m, m)
	}
	line("TypesConfig /etc/mime.types\nMutex file:%s\nStartServers 1\nListen %s\nListen %s", dir, secure, plain)
	if !s.versions {
		line("ServerTokens Prod")
	}
	line("<VirtualHost %s>\nDocumentRoot %s/www\nSSLEngine on\nSSLCertificateFile %s/chain.pem\nSSLCertificateKeyFile %s/key.pem", secure, dir, dir, dir)
	line("SSLProtocol %s\nSSLCipherSuite ALL:@SECLEVEL=0", apacheProtocols(s.protocols))
	line("<Directory %s/www>\nRequire all granted\nOptions -Indexes\n</Directory>", dir)
	for name, value := range s.header {
		line("Header always set %s %q", name, value)
	}
	for _, c := range s.cookies {
		line("Header always add Set-Cookie %q", c)
	}
	for _, f := range s.folders {
		line("<Directory %s/www/%s>\nOptions +Indexes\n</Directory>", dir, f)
	}
	if s.status {
		line("<Location /server-status>\nSetHandler server-status\nRequire all granted\n</Location>")
	}
	if s.redirect != "" {
		line("RedirectMatch permanent ^/$ %s", s.redirect)
	}
	if s.fallback {
		line("FallbackResource /index.html")
	}
	line("</VirtualHost>\n<VirtualHost %s>\nDocumentRoot %s/www\n<Directory %s/www>\nRequire all granted\n</Directory>", plain, dir, dir)
	if !s.plain {
		line("RedirectMatch permanent ^(.*)$ https://%s$1", secure)
	}
	line("</VirtualHost>")
	return b.String()
}

// apacheProtocols writes a list as Apache has it: "-all +TLSv1.2".
func apacheProtocols(list string) string {
	out := "-all"
	for _, p := range strings.Fields(list) {
		out += " +" + p
	}
	return out
}

// run starts the server and looks at its website.
func (s *setup) run(t *testing.T, program server, root certtest.Pair) look.Result {
	t.Helper()
	// Not t.TempDir: Apache's children are somebody else and have to read here.
	dir, err := os.MkdirTemp("", "budi-real-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	write := func(name string, data []byte) {
		t.Helper()
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	certificates, key := certtest.PEM(t, s.chain...)
	if s.key != nil {
		key = s.key
	}
	secure, plain := freeport.Addr(t), freeport.Addr(t)
	write("chain.pem", certificates)
	write("key.pem", key)
	write("www/index.html", []byte(s.page))
	for name, text := range s.files {
		write("www/"+name, []byte(text))
	}
	write("server.conf", []byte(program.config(s, dir, secure, plain)))

	args := program.args(filepath.Join(dir, "server.conf"))
	cmd := exec.Command(args[0], args[1:]...)
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			_ = cmd.Process.Kill()
			<-ended
		}
	})
	for deadline := time.Now().Add(time.Minute); ; <-time.After(20 * time.Millisecond) {
		if c, err := net.Dial("tcp", secure); err == nil {
			_ = c.Close()
			break
		}
		select {
		case err := <-ended:
			log, _ := os.ReadFile(filepath.Join(dir, "error.log"))
			ended <- err
			t.Fatalf("%s ended: %v\n%s\n%s", program.name, err, said.String(), log)
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not listen", program.name)
		}
	}
	w, err := website.New("https://"+secure+"/", website.Options{Probe: probe.Options{Roots: certtest.Pool(root)}, Plain: "http://" + plain + "/", Pause: time.Nanosecond})
	if err != nil {
		t.Fatal(err)
	}
	r := w.Look(t.Context())
	readable(t, r)
	return r
}

func TestRealServersThatAreWellKeptAreGreen(t *testing.T) {
	for _, program := range servers {
		for name, change := range map[string]func(*setup){
			"well kept":                    func(*setup) {},
			"every name answered with 200": func(s *setup) { s.fallback = true },
		} {
			t.Run(program.name+", "+name, func(t *testing.T) {
				root := certtest.Root(t, "Root")
				s := wellKept(t, root)
				change(s)
				r := s.run(t, program, root)
				if r.Outcome != look.OK || r.Web.Grade != "A" || len(r.Web.Findings) != 0 {
					t.Errorf("%s, grade %q, %+v", r.Outcome, r.Web.Grade, r.Web.Findings)
				}
			})
		}
	}
}

// realFaults are faults by their codes. Some cannot be without another.
func realFaults() map[string]struct {
	spoil func(t *testing.T, s *setup, root certtest.Pair)
	also  []string
} {
	type fault = struct {
		spoil func(t *testing.T, s *setup, root certtest.Pair)
		also  []string
	}
	day := certtest.Day
	set := func(spoil func(s *setup)) fault {
		return fault{spoil: func(_ *testing.T, s *setup, _ certtest.Pair) { spoil(s) }}
	}
	issue := func(changes ...certtest.Change) fault {
		return fault{spoil: func(t *testing.T, s *setup, root certtest.Pair) {
			s.chain = []certtest.Pair{root.Issue(t, "127.0.0.1", changes...)}
		}}
	}
	without := func(header string) fault { return set(func(s *setup) { delete(s.header, header) }) }
	public := func(name, content string) fault { return set(func(s *setup) { s.files[name] = content }) }
	return map[string]fault{
		"certificate_expired":       issue(certtest.Valid(-46*day, -day)),
		"certificate_not_yet_valid": issue(certtest.Valid(day, 40*day)),
		"certificate_ends_soon":     issue(certtest.Valid(-40*day, 5*day)),
		"certificate_wrong_name":    issue(certtest.For("www.other.example")),
		"certificate_no_names":      issue(certtest.For()),
		"certificate_too_long":      issue(certtest.Valid(-day, 900*day)),
		"certificate_not_allowed":   issue(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning} }),
		"certificate_self_signed": {spoil: func(t *testing.T, s *setup, _ certtest.Pair) {
			s.chain = []certtest.Pair{certtest.SelfSigned(t, "127.0.0.1")}
		}},
		"certificate_unknown_issuer": {spoil: func(t *testing.T, s *setup, _ certtest.Pair) {
			other := certtest.Root(t, "Other")
			s.chain = []certtest.Pair{other.Issue(t, "127.0.0.1"), other}
		}},
		"certificate_missing_intermediate": {spoil: func(t *testing.T, s *setup, root certtest.Pair) {
			s.chain = []certtest.Pair{root.Authority(t, "Between").Issue(t, "127.0.0.1", certtest.FetchedAt("http://ca.example/between.crt"))}
		}},
		"certificate_weak_key": {spoil: func(t *testing.T, s *setup, root certtest.Pair) {
			s.chain = []certtest.Pair{root.IssueFor(t, certtest.RSA(t, 1024), "127.0.0.1")}
		}},
		"certificate_tiny_key": {spoil: func(t *testing.T, s *setup, root certtest.Pair) {
			s.chain, s.key = tinyKey(t, root)
			s.protocols = "TLSv1.2" // the signature of 1.3 does not fit such a key
		}},
		"certificate_weak_signature": issue(certtest.Signed(x509.ECDSAWithSHA1)),
		"certificate_wrong_order": {spoil: func(t *testing.T, s *setup, root certtest.Pair) {
			a := root.Authority(t, "A")
			b := a.Authority(t, "B")
			s.chain = []certtest.Pair{b.Issue(t, "127.0.0.1"), a, b}
		}},
		"certificate_foreign": {spoil: func(t *testing.T, s *setup, root certtest.Pair) {
			s.chain = []certtest.Pair{root.Issue(t, "127.0.0.1"), root.Authority(t, "Other")}
		}},

		"tls_old_versions": set(func(s *setup) { s.protocols = everyProtocol }),
		"tls_only_old":     set(func(s *setup) { s.protocols = "TLSv1 TLSv1.1" }),
		"http_no_redirect": set(func(s *setup) { s.plain = true }),

		"hsts_missing": without("Strict-Transport-Security"),
		"hsts_short":   set(func(s *setup) { s.header["Strict-Transport-Security"] = "max-age=300" }),
		"csp_missing":  {spoil: without("Content-Security-Policy").spoil, also: []string{"framing_allowed"}},
		"csp_weak": set(func(s *setup) {
			s.header["Content-Security-Policy"] = "default-src * 'unsafe-inline'; frame-ancestors 'none'"
		}),
		"framing_allowed":            set(func(s *setup) { s.header["Content-Security-Policy"] = "default-src 'self'" }),
		"nosniff_missing":            without("X-Content-Type-Options"),
		"referrer_policy_missing":    without("Referrer-Policy"),
		"referrer_policy_unsafe":     set(func(s *setup) { s.header["Referrer-Policy"] = "unsafe-url" }),
		"permissions_policy_missing": without("Permissions-Policy"),

		"cookie_insecure":   set(func(s *setup) { s.cookies = []string{"session=x; HttpOnly; SameSite=Lax"} }),
		"cookie_readable":   set(func(s *setup) { s.cookies = []string{"session=x; Secure; SameSite=Lax"} }),
		"cookie_cross_site": set(func(s *setup) { s.cookies = []string{"session=x; Secure; HttpOnly"} }),

		"mixed_active":      set(func(s *setup) { s.page += `<script src="http://cdn.example/x.js"></script>` }),
		"mixed_passive":     set(func(s *setup) { s.page += `<img src="http://cdn.example/x.jpg" alt="">` }),
		"form_insecure":     set(func(s *setup) { s.page += `<form action="http://forms.example/"></form>` }),
		"version_generator": set(func(s *setup) { s.page += `<meta name="generator" content="Joomla! 3.9">` }),
		"version_header":    set(func(s *setup) { s.versions = true }),
		"version_file":      public("core/CHANGELOG.txt", "Drupal 8.9.20, 2021-11-24\n"),

		"exposed_repository": public(".git/HEAD", "ref: refs/heads/main\n"),
		"exposed_secrets":    public(".env", "APP_ENV=production\nDB_PASSWORD=slaptas\n"),
		"exposed_backup":     public("backup.zip", "PK\x03\x04 the rest"),
		"exposed_info":       set(func(s *setup) { s.status = true }),
		"exposed_listing":    set(func(s *setup) { s.folders = []string{"paveikslai/"} }),
		"redirect_elsewhere": set(func(s *setup) { s.redirect = "http://127.0.0.2:1/" }), // nobody is there: what is asked for is judged all the same
	}
}

// tinyKey makes a certificate for an RSA key of 512 bits, which only openssl
// makes any more.
func tinyKey(t *testing.T, root certtest.Pair) ([]certtest.Pair, []byte) {
	t.Helper()
	private, err := exec.Command("openssl", "genrsa", "-traditional", "512").Output()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("openssl", "rsa", "-RSAPublicKey_out", "-outform", "DER")
	cmd.Stdin = strings.NewReader(string(private))
	der, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.ParsePKCS1PublicKey(der)
	if err != nil {
		t.Fatal(err)
	}
	leaf := root.IssueFor(t, publicOnly{public}, "127.0.0.1")
	leaf.Key = root.Key // for the file, whose key is another
	return []certtest.Pair{leaf}, private
}

func TestRealServersWithAFaultAreRed(t *testing.T) {
	faults := realFaults()
	for _, code := range website.Codes() {
		// What needs no server of its own is in the other tests.
		if _, ok := faults[code]; !ok && !slices.Contains([]string{"no_https", "password_plain", "files_unasked"}, code) {
			t.Errorf("nobody makes the fault %s", code)
		}
	}
	for _, program := range servers {
		for _, code := range slices.Sorted(maps.Keys(faults)) {
			t.Run(program.name+", "+code, func(t *testing.T) {
				root := certtest.Root(t, "Root")
				s := wellKept(t, root)
				faults[code].spoil(t, s, root)
				r := s.run(t, program, root)
				want := append([]string{code}, faults[code].also...)
				slices.Sort(want)
				if r.Web == nil {
					t.Fatalf("%s %+v", r.Outcome, r.Problem)
				}
				if got := codes(r); !slices.Equal(got, want) {
					t.Errorf("found is %v, and not %v; %s %+v", got, want, r.Outcome, r.Problem)
				}
			})
		}
	}
}

// Files of every kind that a website may forget are known by their content.
func TestRealServersWithForgottenFiles(t *testing.T) {
	for _, program := range servers {
		t.Run(program.name, func(t *testing.T) {
			root := certtest.Root(t, "Root")
			s := wellKept(t, root)
			maps.Copy(s.files, forgotten())
			r := s.run(t, program, root)
			told := map[string]bool{}
			for _, f := range r.Web.Findings {
				told[strings.TrimPrefix(f.Subject, "/")] = true
			}
			for name := range forgotten() {
				if !told[name] {
					t.Errorf("%s was not found", name)
				}
			}
			if len(told) != len(forgotten()) {
				t.Errorf("%d things were found, and %d are there: %v", len(told), len(forgotten()), slices.Sorted(maps.Keys(told)))
			}
		})
	}
}

// A faulty certificate keeps no other fault from being told.
func TestRealServersTellEverythingAtOnce(t *testing.T) {
	for _, program := range servers {
		t.Run(program.name, func(t *testing.T) {
			root, other := certtest.Root(t, "Root"), certtest.Root(t, "Other")
			s := wellKept(t, root)
			s.chain = []certtest.Pair{
				other.IssueFor(t, certtest.RSA(t, 1024), "www.other.example", certtest.Valid(-90*certtest.Day, -certtest.Day), certtest.Signed(x509.ECDSAWithSHA1)), root.Authority(t, "Foreign"), other,
			}
			s.protocols, s.plain, s.header, s.files[".git/config"] = everyProtocol, true, nil, "[core]\n\trepositoryformatversion = 0\n"
			got := codes(s.run(t, program, root))
			for _, want := range []string{
				"certificate_expired", "certificate_wrong_name", "certificate_unknown_issuer", "certificate_weak_key", "certificate_weak_signature", "certificate_foreign",
				"certificate_wrong_order", "tls_old_versions", "http_no_redirect", "hsts_missing", "csp_missing", "exposed_repository",
			} {
				if !slices.Contains(got, want) {
					t.Errorf("%s is missing in %v", want, got)
				}
			}
		})
	}
}
