package demo

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/admin"
)

// The job of the school: the backup of its register, which calls when it ran.
const (
	jobCheck = "kopija"
	jobEvery = 10 * time.Minute
	jobTakes = 20 * time.Second
	jobSays  = "Dienyno kopija: 1284 MB, 18 233 failai, be klaidų\n"
)

// runJob is the backup: it begins and ends again and again until ctx ends, and
// says so to the collector as a script would, by the address of its check.
func (d *Demo) runJob(ctx context.Context) {
	var client *http.Client
	path := ""
	for path == "" { // the collector is about to listen
		if !sleepUntil(ctx, time.Now().Add(time.Second)) {
			return
		}
		var err error
		if client, path, err = d.jobAddress(ctx); err != nil {
			d.log.Debug("the address of the job is not known yet", "err", err)
		}
	}
	defer client.CloseIdleConnections()
	call := func(word, body string) {
		err := ask(ctx, client, http.MethodPost, d.URL()+path+word, "", strings.NewReader(body), io.Discard)
		if err != nil && ctx.Err() == nil {
			d.log.Warn("the job could not call", "err", err)
		}
	}
	for {
		call("/start", "")
		if !sleepUntil(ctx, time.Now().Add(jobTakes/time.Duration(d.pace().scale))) {
			return
		}
		call("/0", jobSays)
		if !sleepUntil(ctx, time.Now().Add(jobEvery)) {
			return
		}
	}
}

// jobAddress asks the collector for the path that the job calls, and gives a client
// that trusts it.
func (d *Demo) jobAddress(ctx context.Context) (*http.Client, string, error) {
	pem, err := os.ReadFile(filepath.Join(d.DataDir(), "tls", "ca.crt"))
	if err != nil {
		return nil, "", fmt.Errorf("read the collector's authority: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, "", errors.New("there is no certificate in the collector's authority")
	}
	ops, err := admin.Dial(ctx, d.DataDir())
	if err != nil {
		return nil, "", err
	}
	token, err := ops.CreateToken(ctx, admin.NewToken{Name: "the job of the demonstration", Role: "operator"})
	if err != nil {
		return nil, "", fmt.Errorf("make a token: %w", err)
	}
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}}
	var answer strings.Builder
	if err := ask(ctx, client, http.MethodGet, d.URL()+"/api/budi/v1/checks/"+jobCheck+"/job", token.Secret, nil, &answer); err != nil {
		return nil, "", err
	}
	var job struct {
		Path string `json:"path"`
	}
	if err := json.Unmarshal([]byte(answer.String()), &job); err != nil || job.Path == "" {
		return nil, "", errors.Join(err, errors.New("the job has no address"))
	}
	return client, job.Path, nil
}

// ask makes a request and copies what is answered.
func ask(ctx context.Context, client *http.Client, method, url, token string, body io.Reader, into io.Writer) error {
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.Copy(into, io.LimitReader(resp.Body, 1<<20)); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", method, resp.Status)
	}
	return nil
}
