package website

import (
	"bufio"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
)

const processVariable = "BUDI_SIM_WEBSITE_PAGE"

// Process is a server in another process, so that the processor time of this
// one is the client's alone.
type Process struct {
	URL       string
	SecureURL string
	Roots     *x509.CertPool // trusts its certificate

	cmd   *exec.Cmd
	stdin io.Closer
}

// StartProcess runs this program again as a server of one page. The program
// must call ServeIfAsked first thing.
func StartProcess(page string) (*Process, error) {
	p := &Process{cmd: exec.Command(os.Args[0]), Roots: x509.NewCertPool()}
	p.cmd.Env = append(os.Environ(), processVariable+"="+page)
	p.cmd.Stderr = os.Stderr
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start website process: %w", err)
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start website process: %w", err)
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start website process: %w", err)
	}
	var root string
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err == nil {
		_, err = fmt.Sscan(line, &p.URL, &p.SecureURL, &root)
	}
	pem, decodeErr := base64.StdEncoding.DecodeString(root)
	if err = errors.Join(err, decodeErr); err != nil {
		return nil, errors.Join(fmt.Errorf("start website process: %w", err), p.Close())
	}
	p.Roots.AppendCertsFromPEM(pem)
	return p, nil
}

// Close ends the process.
func (p *Process) Close() error {
	_ = p.stdin.Close() // the process ends with its standard input
	return p.cmd.Wait()
}

// ServeIfAsked serves and does not return when StartProcess started this
// program; otherwise it does nothing. Call it at the beginning of TestMain.
func ServeIfAsked() {
	page, asked := os.LookupEnv(processVariable)
	if !asked {
		return
	}
	s, err := Start()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	s.Set(Page(page))
	fmt.Println(s.URL("/"), s.SecureURL("/"), base64.StdEncoding.EncodeToString(s.RootPEM()))
	_, _ = io.Copy(io.Discard, os.Stdin)
	s.Close()
	os.Exit(0)
}
