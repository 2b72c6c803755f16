package website

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/probe"
)

// Bounds of asking for files.
const (
	beginning   = 8 << 10 // bytes that are read of each: enough to know it
	fileTimeout = 10 * time.Second
	maxFailures = 3 // in a row, after which the website is left alone
)

// file is something that is not to be public, or that tells a version. What is
// there is known by its content and never by the status: many websites answer 200
// to everything.
type file struct {
	path     string // below the root; NAME and HOST stand for the website's own
	code     string
	severity look.Severity
	same     string // of several with the same word here one is told
	known    *regexp.Regexp
}

// What files are known by. Those that tell a version have it in their first group.
var (
	gitHead    = regexp.MustCompile(`\A(ref: refs/[!-~]+|[0-9a-f]{40}|[0-9a-f]{64})\s*\z`)
	gitConfig  = regexp.MustCompile(`(?m)^\s*\[core\]\s*$(?s:.{0,400}?)repositoryformatversion`)
	svnEntries = regexp.MustCompile(`\A\d{1,2}\n(\z|\n?dir\n|\x0c)`)
	sqlite     = regexp.MustCompile(`\ASQLite format 3\x00`)
	hgRequires = regexp.MustCompile(`(?m)\A[a-z0-9.-]+\n(?s:.*)^(store|revlogv1)$`)

	environment = regexp.MustCompile(`(?m)\A[^<]*^(?:export )?[A-Z0-9_]*(?:PASSWORD|PASSWD|SECRET|APP_KEY|API_KEY|TOKEN|DATABASE_URL|DB_USER(?:NAME)?|MAIL_USERNAME)[A-Z0-9_]*\s*=`)
	wordpress   = regexp.MustCompile(`define\(\s*['"]DB_(?:PASSWORD|NAME|USER)['"]`)
	joomla      = regexp.MustCompile(`class\s+JConfig\b`)
	drupal      = regexp.MustCompile(`(?m)^\s*\$(?:databases|db_url)\b`)
	phpSecrets  = regexp.MustCompile(`(?is)<\?php.*(?:password|passwd|\bpass\b|secret)`)
	vimSwap     = regexp.MustCompile(`\Ab0VIM \d`)
	privateKey  = regexp.MustCompile(`\A-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----`)
	htpasswd    = regexp.MustCompile(`\A[^:\s<>]{1,64}:(?:\$(?:apr1|1|2[aby]|5|6)\$|\{SHA\})\S+`)
	awsKeys     = regexp.MustCompile(`(?m)^\s*aws_secret_access_key\s*=`)
	sftpConfig  = regexp.MustCompile(`(?s)\A\s*[{\[].*"(?:host|password|privateKeyPath)"\s*:`)

	zipFile  = regexp.MustCompile(`\APK\x03\x04`)
	gzipFile = regexp.MustCompile(`\A\x1f[^\x00-\x7f]\x08`) // a byte such as 8b is no letter to an expression
	sqlDump  = regexp.MustCompile(`(?m)\A\s*(?:--|/\*|SET |CREATE |DROP |BEGIN)(?s:.*)(?:^-- (?:MySQL|MariaDB|phpMyAdmin SQL|PostgreSQL database|Adminer|Dumping)\b.*|^\s*(?:CREATE TABLE|DROP TABLE|INSERT INTO)\b)|\A-- (?:MySQL|MariaDB|PostgreSQL database|phpMyAdmin SQL) (?i:dump)`)

	phpinfo      = regexp.MustCompile(`(?s)phpinfo\(\).*PHP Version`)
	serverStatus = regexp.MustCompile(`(?i)Apache (?:Server )?Status for |<h1>Apache Server Information`)
	nginxStatus  = regexp.MustCompile(`\AActive connections: \d+\s+server accepts handled requests`)
	dsStore      = regexp.MustCompile(`\A\x00\x00\x00\x01Bud1`)
	phpLog       = regexp.MustCompile(`(?m)^\[\d{2}-[A-Z][a-z]{2}-\d{4} [^\]]+\] PHP (?:Warning|Notice|Fatal error|Deprecated|Parse error)`)
	webConfig    = regexp.MustCompile(`(?s)\A\x{FEFF}?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<configuration\b`)
	netTrace     = regexp.MustCompile(`(?i)<title>[^<]*trace\.axd|Application Trace</|Error Log for <span id="ApplicationName"`)

	listing = regexp.MustCompile(`(?i)<title>\s*(?:Index of /|Directory listing for /)|<A HREF="[^"]*">\[To Parent Directory\]</A>`)

	wordpressFile = regexp.MustCompile(`generator="WordPress/(\d[\d.]*)`)
	wordpressText = regexp.MustCompile(`(?s)<h1 id="logo">.{0,400}Version (\d+\.[\d.]*\d)`)
	joomlaFile    = regexp.MustCompile(`(?s)<extension\b.*<name>files_joomla</name>.*<version>(\d[^<]{0,20})</version>`)
	drupalFile    = regexp.MustCompile(`(?m)^Drupal (\d+\.[\d.]*\d),? \d{4}-\d\d-\d\d`)
)

// files are what is asked for: one list. Of hosts with several names for the same
// thing each stands by itself.
var files = []file{
	{".git/HEAD", CodeRepository, look.Critical, "git", gitHead},
	{".git/config", CodeRepository, look.Critical, "git", gitConfig},
	{".svn/wc.db", CodeRepository, look.Critical, "svn", sqlite},
	{".svn/entries", CodeRepository, look.Critical, "svn", svnEntries},
	{".hg/requires", CodeRepository, look.Critical, "", hgRequires},

	{".env", CodeSecrets, look.Critical, "", environment},
	{".env.bak", CodeSecrets, look.Critical, "", environment},
	{"wp-config.php.bak", CodeSecrets, look.Critical, "", wordpress},
	{"wp-config.php.old", CodeSecrets, look.Critical, "", wordpress},
	{"wp-config.php.save", CodeSecrets, look.Critical, "", wordpress},
	{"wp-config.php~", CodeSecrets, look.Critical, "", wordpress},
	{"wp-config.txt", CodeSecrets, look.Critical, "", wordpress},
	{".wp-config.php.swp", CodeSecrets, look.Critical, "", vimSwap},
	{"configuration.php.bak", CodeSecrets, look.Critical, "", joomla},
	{"configuration.php~", CodeSecrets, look.Critical, "", joomla},
	{"sites/default/settings.php.bak", CodeSecrets, look.Critical, "", drupal},
	{"config.php.bak", CodeSecrets, look.Critical, "", phpSecrets},
	{".htpasswd", CodeSecrets, look.Critical, "", htpasswd},
	{"id_rsa", CodeSecrets, look.Critical, "", privateKey},
	{".ssh/id_rsa", CodeSecrets, look.Critical, "", privateKey},
	{".aws/credentials", CodeSecrets, look.Critical, "", awsKeys},
	{".vscode/sftp.json", CodeSecrets, look.Critical, "", sftpConfig},

	{"backup.zip", CodeBackup, look.Critical, "", zipFile},
	{"site.zip", CodeBackup, look.Critical, "", zipFile},
	{"www.zip", CodeBackup, look.Critical, "", zipFile},
	{"NAME.zip", CodeBackup, look.Critical, "", zipFile},
	{"HOST.zip", CodeBackup, look.Critical, "", zipFile},
	{"backup.tar.gz", CodeBackup, look.Critical, "", gzipFile},
	{"NAME.tar.gz", CodeBackup, look.Critical, "", gzipFile},
	{"backup.sql.gz", CodeBackup, look.Critical, "", gzipFile},
	{"dump.sql.gz", CodeBackup, look.Critical, "", gzipFile},
	{"backup.sql", CodeBackup, look.Critical, "", sqlDump},
	{"site.sql", CodeBackup, look.Critical, "", sqlDump},
	{"dump.sql", CodeBackup, look.Critical, "", sqlDump},
	{"database.sql", CodeBackup, look.Critical, "", sqlDump},
	{"db.sql", CodeBackup, look.Critical, "", sqlDump},
	{"NAME.sql", CodeBackup, look.Critical, "", sqlDump},

	{"phpinfo.php", CodeInside, look.Warning, "", phpinfo},
	{"info.php", CodeInside, look.Warning, "", phpinfo},
	{"test.php", CodeInside, look.Warning, "", phpinfo},
	{"server-status", CodeInside, look.Warning, "", serverStatus},
	{"server-info", CodeInside, look.Warning, "", serverStatus},
	{"nginx_status", CodeInside, look.Warning, "", nginxStatus},
	{".DS_Store", CodeInside, look.Warning, "", dsStore},
	{"wp-content/debug.log", CodeInside, look.Warning, "", phpLog},
	{"error_log", CodeInside, look.Warning, "", phpLog},
	{"web.config", CodeInside, look.Warning, "", webConfig},
	{"trace.axd", CodeInside, look.Warning, "", netTrace},
	{"elmah.axd", CodeInside, look.Warning, "", netTrace},

	{"backup/", CodeListing, look.Warning, "", listing},
	{"backups/", CodeListing, look.Warning, "", listing},
	{"uploads/", CodeListing, look.Warning, "", listing},
	{"files/", CodeListing, look.Warning, "", listing},
	{"images/", CodeListing, look.Warning, "", listing},
	{"wp-content/uploads/", CodeListing, look.Warning, "", listing},

	{"wp-links-opml.php", CodeVersionFile, look.Info, "wordpress", wordpressFile},
	{"readme.html", CodeVersionFile, look.Info, "wordpress", wordpressText},
	{"administrator/manifests/files/joomla.xml", CodeVersionFile, look.Info, "joomla", joomlaFile},
	{"core/CHANGELOG.txt", CodeVersionFile, look.Info, "drupal", drupalFile},
	{"CHANGELOG.txt", CodeVersionFile, look.Info, "drupal", drupalFile},
}

// files asks for what must not be public, one after the other. folders are those
// from which the page loads what people uploaded.
func (v *visit) files(ctx context.Context, folders []string) {
	list := files
	for _, f := range folders {
		list = append(list[:len(list):len(list)], file{strings.TrimPrefix(f, "/"), CodeListing, look.Warning, "", listing})
	}
	root := *v.page.URL
	root.User = nil // what the public sees, not who logs in
	root.RawQuery, root.ForceQuery, root.Fragment = "", false, ""
	a := asker{visit: v, root: root, told: map[string]bool{}}
	if listing.Match(v.page.Body) {
		v.tell(CodeListing, look.Warning, v.page.URL.Path, mask(v.page.URL), "url", mask(v.page.URL))
	}

	// Whatever a website says to a name that it cannot have, it says to others too.
	made, ok := a.get(ctx, randomName())
	for i, f := range list {
		if !ok {
			v.tell(CodeUnasked, look.Info, "", "", "count", strconv.Itoa(len(list)-i))
			return
		}
		if f.same != "" && a.told[f.same] || made != nil && f.known.Match(made) {
			continue
		}
		if ok = a.wait(ctx); ok {
			ok = a.ask(ctx, f)
		}
	}
	v.asked = ok
	if !ok { // the last one
		v.tell(CodeUnasked, look.Info, "", "", "count", "1")
	}
}

// asker asks one website for files.
type asker struct {
	*visit
	root     url.URL
	told     map[string]bool
	failures int
}

// wait gives the website's visitors their turn; false: the time is up.
func (a *asker) wait(ctx context.Context) bool {
	timer := time.NewTimer(a.o.Pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// ask asks for one file; false: no more is to be asked.
func (a *asker) ask(ctx context.Context, f file) bool {
	name := a.named(f.path)
	body, ok := a.get(ctx, name)
	if body == nil || a.told[name] || !f.known.Match(body) {
		return ok
	}
	// The same to a name that is like it and cannot be there: it is no file.
	control, ok := a.get(ctx, twin(name))
	if !ok || control != nil && f.known.Match(control) {
		return ok
	}
	a.told[name], a.told[f.same] = true, true
	at := a.address(name)
	args := []string{"url", at}
	if groups := f.known.FindSubmatch(body); f.code == CodeVersionFile {
		args = append(args, "version", string(groups[1]))
	}
	a.tell(f.code, f.severity, "/"+name, at, args...)
	return true
}

// get reads the beginning of a file. The body is nil unless the status says that
// it is there. false: the website does not want to be asked, or does not answer
// any more.
func (a *asker) get(ctx context.Context, name string) ([]byte, bool) {
	within, cancel := context.WithTimeout(ctx, fileTimeout)
	defer cancel()
	// With a range asked for, nothing is compressed on the way either: an archive
	// is to look like one.
	answer, problem := a.client.Get(within, probe.Fetch{
		URL: a.address(name), Limit: beginning, Header: http.Header{"Range": {"bytes=0-" + strconv.Itoa(beginning-1)}},
	})
	switch {
	case ctx.Err() != nil:
		return nil, false
	case problem != nil && answer.Status == 0:
		a.failures++
		return nil, a.failures < maxFailures
	case answer.Status == http.StatusTooManyRequests || answer.Status == http.StatusServiceUnavailable:
		return nil, false
	}
	a.failures = 0
	if answer.Status != http.StatusOK && answer.Status != http.StatusPartialContent {
		return nil, true
	}
	return bytes.Clone(answer.Body), true
}

// address is where a file below the root would be.
func (a *asker) address(name string) string {
	u := a.root
	u.Path, u.RawPath = "/"+name, ""
	return u.String()
}

// named puts the website's own names in the place of NAME and HOST.
func (a *asker) named(p string) string {
	host := strings.TrimPrefix(a.root.Hostname(), "www.")
	name, _, _ := strings.Cut(host, ".")
	return strings.NewReplacer("NAME", name, "HOST", host).Replace(p)
}

// twin is a name in the same folder, of the same kind, that no website has.
func twin(name string) string {
	if dir, ok := strings.CutSuffix(name, "/"); ok {
		return path.Join(path.Dir(dir), randomName()) + "/"
	}
	base := path.Base(name)
	_, kind, dotted := strings.Cut(strings.TrimPrefix(base, "."), ".")
	if dotted {
		kind = "." + kind
	}
	if strings.HasPrefix(base, ".") {
		return path.Join(path.Dir(name), "."+randomName()+kind)
	}
	return path.Join(path.Dir(name), randomName()+kind)
}
