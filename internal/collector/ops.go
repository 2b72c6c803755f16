package collector

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/budi-monitor/budi/internal/buildinfo"
	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/admin"
	"github.com/budi-monitor/budi/internal/collector/boltstore"
	"github.com/budi-monitor/budi/internal/collector/incident"
)

// listedIncidents bounds a list of closed incidents.
const listedIncidents = 200

// ops is what the keeper may ask of a running collector.
type ops struct{ c *Collector }

var _ admin.Ops = ops{}

func (o ops) Status(context.Context) (admin.Status, error) {
	c := o.c
	waiting, err := c.store.UnsentRows()
	if err != nil {
		return admin.Status{}, fmt.Errorf("read what waits: %w", err)
	}
	last, err := c.store.LastBackup()
	if err != nil {
		return admin.Status{}, err
	}
	return admin.Status{
		Backup: last.At,
		Build:  buildinfo.Get(), Listen: c.Addr(), Started: c.started, Checks: len(c.Config().Checks),
		Incidents: len(c.alerting.open()), MailWaits: len(waiting), Notices: c.notices(),
		Demo: c.opts.Demo,
	}, nil
}

func (o ops) Reload(ctx context.Context) error { return o.c.Reload(ctx) }

func (o ops) TestMail(ctx context.Context, contact string) (admin.MailTest, error) {
	sent, err := o.c.telling.mailTest(ctx, contact)
	return admin.MailTest{Sent: sent}, err
}

func (o ops) Incidents(_ context.Context, closed bool) ([]incident.Incident, error) {
	if closed {
		return o.c.store.Journal(0, listedIncidents)
	}
	return o.c.alerting.open(), nil
}

func (o ops) Acknowledge(ctx context.Context, w admin.Word) (incident.Incident, error) {
	if !w.Until.IsZero() && !w.Until.After(o.c.now()) {
		return incident.Incident{}, fmt.Errorf("acknowledge incident %d until %s: that is over already", w.ID, w.Until.Format(time.RFC3339))
	}
	inc, err := o.c.alerting.acknowledge(w.ID, w.By, w.Comment, w.Until)
	if err != nil {
		return inc, err
	}
	return inc, o.c.audit(ctx, keeper().Actor(), "incident.acknowledge", w)
}

func (o ops) CloseIncident(ctx context.Context, w admin.Word) (incident.Incident, error) {
	inc, err := o.c.alerting.closeByHand(w.ID, w.By, w.Comment)
	if err != nil {
		return inc, err
	}
	return inc, o.c.audit(ctx, keeper().Actor(), "incident.close", w)
}

func (o ops) TakeBack(ctx context.Context, w admin.Word) (incident.Incident, error) {
	inc, err := o.c.alerting.takeBack(w.ID, w.By)
	if err != nil {
		return inc, err
	}
	return inc, o.c.audit(ctx, keeper().Actor(), "incident.unacknowledge", w)
}

func (o ops) Comment(ctx context.Context, w admin.Word) (incident.Incident, error) {
	inc, err := o.c.alerting.addNote(w.ID, incident.Note{Kind: incident.Comment, By: w.By, Text: w.Comment})
	if err != nil {
		return inc, err
	}
	return inc, o.c.audit(ctx, keeper().Actor(), "incident.comment", w)
}

func (o ops) Silence(ctx context.Context, w admin.Word) (incident.Incident, error) {
	if !w.Until.After(o.c.now()) {
		return incident.Incident{}, fmt.Errorf("silence incident %d: say until when, in the future", w.ID)
	}
	ctx = access.WithIdentity(ctx, keeper())
	if _, err := incidentsActions(o).SilenceIncident(ctx, w.ID, w.By, w.Comment, w.Until); err != nil {
		return incident.Incident{}, err
	}
	inc, err := incidentsView(o).incident(ctx, w.ID)
	if err != nil {
		return inc, err
	}
	return inc, o.c.audit(ctx, keeper().Actor(), "incident.silence", w)
}

func (c *Collector) audit(ctx context.Context, actor, action string, w admin.Word) error {
	return c.access.Audit(ctx, access.Entry{Actor: actor, Action: action, Object: fmt.Sprintf("incident %d", w.ID), Detail: w.Comment})
}

// Offline opens what can be managed while no collector runs with the data
// folder: people, tokens and backups. Everything else fails with admin.ErrNotRunning.
// The function that it returns closes it again.
func Offline(dataDir string) (admin.Ops, func() error, error) {
	// Making one would hide a mistyped --data.
	if _, err := os.Stat(dataDir); err != nil {
		return nil, nil, fmt.Errorf("no collector is running, and there is no data folder to open: %w; name it with --data", err)
	}
	if err := checkRestored(dataDir); err != nil {
		return nil, nil, err
	}
	store, err := boltstore.Open(filepath.Join(dataDir, "budi.db"), boltstore.Options{})
	if err != nil {
		return nil, nil, err
	}
	key, _, err := access.LoadKey(filepath.Join(dataDir, "secret.key"))
	if err != nil {
		return nil, nil, errors.Join(err, store.Close())
	}
	control, err := access.Open(access.Options{Store: store, Key: key, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, nil, errors.Join(err, store.Close())
	}
	return offline{people: people{access: control}, dir: dataDir, store: store}, store.Close, nil
}

type offline struct {
	people
	noFleet
	noPolled
	noMaintenance
	dir   string
	store *boltstore.Store
}

func (offline) Status(context.Context) (admin.Status, error) {
	return admin.Status{}, admin.ErrNotRunning
}
func (offline) Reload(context.Context) error { return admin.ErrNotRunning }
func (offline) TestMail(context.Context, string) (admin.MailTest, error) {
	return admin.MailTest{}, admin.ErrNotRunning
}
func (offline) Incidents(context.Context, bool) ([]incident.Incident, error) {
	return nil, admin.ErrNotRunning
}
func (offline) Acknowledge(context.Context, admin.Word) (incident.Incident, error) {
	return incident.Incident{}, admin.ErrNotRunning
}
func (offline) CloseIncident(context.Context, admin.Word) (incident.Incident, error) {
	return incident.Incident{}, admin.ErrNotRunning
}
func (offline) TakeBack(context.Context, admin.Word) (incident.Incident, error) {
	return incident.Incident{}, admin.ErrNotRunning
}
func (offline) Silence(context.Context, admin.Word) (incident.Incident, error) {
	return incident.Incident{}, admin.ErrNotRunning
}
func (offline) Comment(context.Context, admin.Word) (incident.Incident, error) {
	return incident.Incident{}, admin.ErrNotRunning
}
