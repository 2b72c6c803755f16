package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// Backups is the part of Ops about full backups. The bytes go through the
// socket to whoever asked, who writes the file: so it belongs to them and lies
// where they, and not the collector, may write; and the passphrase stays with
// them.
type Backups interface {
	// Backup writes a backup, not encrypted, to the writer that begin returns.
	// begin is called once, when everything is ready; its error, or the
	// writer's, ends the backup. Without an error the backup is whole.
	Backup(ctx context.Context, begin func(BackupBegin) (io.Writer, error)) error
	// BackupDone says that a backup is where it belongs.
	BackupDone(ctx context.Context, b BackupDone) error
}

// BackupBegin is known when a backup begins to be written.
type BackupBegin struct {
	Bytes int64 // of all files, not compressed: the backup is hardly longer
}

// BackupDone is a backup that was written.
type BackupDone struct {
	Checked   bool          `json:"checked"` // it was read again; only such a one counts
	File      string        `json:"file"`
	Bytes     int64         `json:"bytes"`
	Duration  time.Duration `json:"duration"`
	Encrypted bool          `json:"encrypted"`
}

const (
	// writePatience is how long the client may take to read a part of a backup:
	// its disk may be far away.
	writePatience = 2 * time.Minute
	// readPatience is how long the client waits for the beginning, or for more.
	readPatience = 15 * time.Minute

	bytesHeader   = "Budi-Backup-Bytes"
	outcomeHeader = "Budi-Backup-Outcome" // a trailer: "whole", or what went wrong
	whole         = "whole"
)

func handleBackups(mux *http.ServeMux, ops Ops) {
	handle(mux, "backup/done", func(ctx context.Context, b BackupDone) (nothing, error) { return nothing{}, ops.BackupDone(ctx, b) })
	mux.HandleFunc("POST /v1/backup", func(w http.ResponseWriter, r *http.Request) {
		rc := http.NewResponseController(w)
		// The deadlines of short calls would end this one.
		_ = rc.SetReadDeadline(time.Time{})
		begun := false
		err := ops.Backup(r.Context(), func(b BackupBegin) (io.Writer, error) {
			begun = true
			w.Header().Set("Content-Type", "application/zstd")
			w.Header().Set("Trailer", outcomeHeader)
			w.Header().Set(bytesHeader, strconv.FormatInt(b.Bytes, 10))
			return patientWriter{w, rc}, nil
		})
		_ = rc.SetWriteDeadline(time.Now().Add(writePatience))
		switch {
		case err == nil && begun:
			w.Header().Set(outcomeHeader, whole)
		case begun:
			w.Header().Set(outcomeHeader, oneLine(err))
		default:
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUnprocessableEntity)
			_ = json.NewEncoder(w).Encode(answer{Error: fmt.Sprint(err)}) // the client sees a cut answer itself
		}
	})
}

// patientWriter gives each write its own deadline.
type patientWriter struct {
	http.ResponseWriter
	rc *http.ResponseController
}

func (p patientWriter) Write(b []byte) (int, error) {
	if err := p.rc.SetWriteDeadline(time.Now().Add(writePatience)); err != nil {
		return 0, err
	}
	return p.ResponseWriter.Write(b)
}

// oneLine makes an error fit for a header.
func oneLine(err error) string {
	text := []byte(err.Error())
	for i, c := range text {
		if c < ' ' {
			text[i] = ' '
		}
	}
	return string(text)
}

// Backup implements Backups.
func (c *Client) Backup(ctx context.Context, begin func(BackupBegin) (io.Writer, error)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(readPatience, func() { cancel(errors.New("the collector says nothing more")) })
	defer watch.Stop()
	why := func(err error) error {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return fmt.Errorf("get the backup from the collector: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://admin/v1/backup", http.NoBody)
	if err != nil {
		return err
	}
	long := &http.Client{Transport: c.http.Transport} // without the limit for short calls
	resp, err := long.Do(req)
	if err != nil {
		return why(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		var a answer
		if err := json.NewDecoder(io.LimitReader(resp.Body, maxRequest)).Decode(&a); err != nil || a.Error == "" {
			return fmt.Errorf("get the backup from the collector: it answers %s", resp.Status)
		}
		return errors.New(a.Error)
	}
	n, err := strconv.ParseInt(resp.Header.Get(bytesHeader), 10, 64)
	if err != nil {
		return fmt.Errorf("get the backup from the collector: it does not say how long it is: %w", err)
	}
	w, err := begin(BackupBegin{Bytes: n})
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, watched{resp.Body, watch}); err != nil {
		return why(err)
	}
	if outcome := resp.Trailer.Get(outcomeHeader); outcome != whole {
		return fmt.Errorf("the collector broke the backup off: %s", outcome)
	}
	return nil
}

// watched puts off the end of patience at each read.
type watched struct {
	r     io.Reader
	watch *time.Timer
}

func (w watched) Read(p []byte) (int, error) {
	w.watch.Reset(readPatience)
	return w.r.Read(p)
}

// BackupDone implements Backups.
func (c *Client) BackupDone(ctx context.Context, b BackupDone) error {
	_, err := call[BackupDone, nothing](ctx, c, "backup/done", b)
	return err
}
