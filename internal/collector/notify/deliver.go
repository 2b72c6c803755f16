package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/common/model"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/outbox"
)

// oneReceiver is one receiver with its integration.
type oneReceiver struct {
	name        string
	opts        ReceiverOptions
	integration notify.Integration

	// busy holds a value while a notification is on its way: not every
	// integration is safe for concurrent use (Telegram's is not), and
	// connected belongs to one notification.
	busy      chan struct{}
	connected atomic.Bool
}

// dial connects for the integration. Connections are not kept, so that each
// belongs to one notification and its deadline holds for everything, also
// where the integration does not pass its context on (Telegram's does not).
func (o *oneReceiver) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, o.opts.Timeout)
	defer cancel()
	c, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	if err := c.SetDeadline(time.Now().Add(o.opts.Timeout)); err != nil {
		_ = c.Close()
		return nil, err
	}
	o.connected.Store(true)
	return c, nil
}

// deliver makes one notification.
func (o *oneReceiver) deliver(ctx context.Context, d outbox.Delivery, commit func() error) error {
	if len(d.Items) == 0 {
		return fmt.Errorf("notify %s: the delivery has no items: %w", o.name, outbox.ErrPermanent)
	}
	select {
	case o.busy <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("notify %s: wait for the notification before: %w", o.name, ctx.Err())
	}
	alerts, firing := o.alerts(d.Items)
	ctx = o.describe(ctx, d, alerts, firing)
	if err := commit(); err != nil {
		<-o.busy
		return err
	}
	if firing == 0 && !o.integration.SendResolved() {
		<-o.busy
		return nil // send_resolved: false; the user does not want to hear it
	}
	o.connected.Store(false)

	type outcome struct {
		retry bool
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		defer func() { <-o.busy }()
		retry, err := o.integration.Notify(ctx, alerts...)
		done <- outcome{retry, err}
	}()
	select {
	case out := <-done:
		return o.classify(out.retry, out.err)
	case <-ctx.Done():
	}
	// Most integrations end with the context; for one that does not the
	// connection's deadline ends it soon, and until then the receiver is busy.
	select {
	case out := <-done:
		return o.classify(out.retry, out.err)
	case <-time.After(time.Second):
		return fmt.Errorf("notify %s: %w: %w", o.name, ctx.Err(), outbox.ErrUncertain)
	}
}

// classify words the outcome for the outbox.
func (o *oneReceiver) classify(retry bool, err error) error {
	if err == nil {
		return nil
	}
	// Addresses of webhooks and of Telegram hold secrets.
	wrapped := fmt.Errorf("notify %s: %w", o.name, notify.RedactURL(err))
	var (
		reason  *notify.ErrorWithReason
		unknown x509.UnknownAuthorityError
		verify  *tls.CertificateVerificationError
		record  tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &reason): // the other side answered
		if !retry && reason.Reason != notify.AuthErrorReason {
			return fmt.Errorf("%w: %w", wrapped, outbox.ErrPermanent)
		}
		return wrapped
	case !o.connected.Load(), errors.As(err, &unknown), errors.As(err, &verify), errors.As(err, &record):
		return wrapped // nothing was said to anybody
	case isNetwork(err):
		return fmt.Errorf("%w: %w", wrapped, outbox.ErrUncertain)
	case !retry:
		return fmt.Errorf("%w: %w", wrapped, outbox.ErrPermanent)
	}
	return wrapped
}

// isNetwork tells an answer that did not come from one that was a refusal.
func isNetwork(err error) bool {
	var (
		u *url.Error
		n net.Error
	)
	return errors.As(err, &u) || errors.As(err, &n) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// describe puts into the context what integrations look for there.
func (o *oneReceiver) describe(ctx context.Context, d outbox.Delivery, alerts []*alert.Alert, firing int) context.Context {
	group := model.LabelSet{model.AlertNameLabel: alerts[0].Labels[model.AlertNameLabel]}
	// The group key makes PagerDuty and the like see fault and recovery of an
	// incident as one. A summary of several is a group of its own.
	key := fmt.Sprintf("{}/{incident=\"%d\"}:%s", d.Items[0].Incident.ID, group)
	if len(alerts) > 1 {
		group = model.LabelSet{}
		key = fmt.Sprintf("{}/{message=%q}:{}", d.MessageID)
	}
	reason := notify.ReasonFirstNotification
	if firing == 0 {
		reason = notify.ReasonAllAlertsResolved
	}
	ctx = notify.WithReceiverName(ctx, o.name)
	ctx = notify.WithGroupKey(ctx, key)
	ctx = notify.WithGroupLabels(ctx, group)
	ctx = notify.WithRouteLabels(ctx, model.LabelSet{})
	ctx = notify.WithNow(ctx, time.Now())
	return notify.WithNotificationReason(ctx, reason)
}

// alerts makes alerts of the items, one for each incident in its newest state.
func (o *oneReceiver) alerts(items []outbox.Item) (out []*alert.Alert, firing int) {
	newest := map[incident.ID]int{}
	for i, it := range items {
		newest[it.Incident.ID] = i
	}
	now := time.Now()
	for i, it := range items {
		inc := it.Incident
		if newest[inc.ID] != i {
			continue
		}
		a := &alert.Alert{UpdatedAt: it.OwedAt}
		a.Labels, a.Annotations, a.StartsAt = labelSet(inc.Labels), labelSet(inc.Annotations), inc.Since
		if a.Labels[model.AlertNameLabel] == "" {
			a.Labels[model.AlertNameLabel] = model.LabelValue(inc.Rule)
		}
		if it.Kind == incident.Recovery {
			a.EndsAt = inc.Ended
			if a.EndsAt.IsZero() || a.EndsAt.After(now) {
				a.EndsAt = now // an end in the future would read as firing
			}
		} else {
			firing++
		}
		if o.opts.Describe != nil {
			summary, description := o.opts.Describe(it)
			for name, text := range map[model.LabelName]string{"summary": summary, "description": description} {
				if a.Annotations[name] == "" && text != "" {
					a.Annotations[name] = model.LabelValue(text)
				}
			}
		}
		if base := o.opts.ExternalURL; base != "" {
			a.GeneratorURL = fmt.Sprintf("%s/incidents/%d", strings.TrimRight(base, "/"), inc.ID)
		}
		out = append(out, a)
	}
	return out, firing
}
