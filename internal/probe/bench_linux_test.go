package probe_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/sim/website"
)

const serveVariable = "BUDI_TEST_SERVE_WEBSITE"

// TestMain lets the benchmark have its website in another process, so that the
// processor time of this one is the client's alone.
func TestMain(m *testing.M) {
	if os.Getenv(serveVariable) != "" {
		s, err := website.Start()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		s.Set(website.Page("<html><body>" + strings.Repeat("<p>It works.</p>", 1000) + "</body></html>"))
		fmt.Println(s.URL("/"), s.SecureURL("/"), base64.StdEncoding.EncodeToString(s.RootPEM()))
		_, _ = io.Copy(io.Discard, os.Stdin)
		s.Close()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// BenchmarkHTTP compares what a look costs in processor time with what a bare
// request of net/http on a fresh connection costs. Both are made by turns, in
// blocks, so that what else the computer does troubles both alike.
func BenchmarkHTTP(b *testing.B) {
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), serveVariable+"=1")
	stdin, err := command.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() {
		_ = stdin.Close()
		_ = command.Wait()
	}()
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	var plainURL, secureURL, root string
	if _, err := fmt.Sscan(line, &plainURL, &secureURL, &root); err != nil {
		b.Fatal(err)
	}
	pem, err := base64.StdEncoding.DecodeString(root)
	if err != nil {
		b.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)

	for _, bc := range []struct {
		name, url string
		spec      probe.HTTPSpec
	}{
		{"http", plainURL, probe.HTTPSpec{}},
		{"https", secureURL, probe.HTTPSpec{}},
		{"http-with-text", plainURL, probe.HTTPSpec{Contains: []string{"</body>"}}},
	} {
		b.Run(bc.name, func(b *testing.B) {
			p, err := probe.New(probe.Spec{Target: bc.url, HTTP: bc.spec}, probe.Options{Roots: roots})
			if err != nil {
				b.Fatal(err)
			}
			client := &http.Client{Transport: &http.Transport{
				DisableKeepAlives: true,
				ForceAttemptHTTP2: true,
				TLSClientConfig:   &tls.Config{RootCAs: roots},
			}}
			const block = 20
			var bare, probed time.Duration
			for b.Loop() {
				start := processorTime(b)
				for range block {
					bareRequest(b, client, bc.url)
				}
				middle := processorTime(b)
				for range block {
					if r := p.Look(context.Background()); r.Outcome != look.OK {
						b.Fatal(r.Problem)
					}
				}
				end := processorTime(b)
				bare += middle - start
				probed += end - middle
			}
			n := float64(b.N * block)
			b.ReportMetric(float64(bare.Nanoseconds())/n, "bare-cpu-ns/look")
			b.ReportMetric(float64(probed.Nanoseconds())/n, "probe-cpu-ns/look")
			b.ReportMetric(float64(probed)/float64(bare), "probe/bare")
		})
	}
}

func bareRequest(b *testing.B, client *http.Client, url string) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		b.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		b.Fatal(err)
	}
}

// processorTime is what this process has used so far, user and system.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
