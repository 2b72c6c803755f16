package collector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/boltstore"
	"github.com/budi-monitor/budi/internal/collector/enrolment"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/jsonapi"
	"github.com/budi-monitor/budi/internal/collector/web"
)

// jsonAPI answers below jsonapi.Base.
func (c *Collector) jsonAPI(config *Config) (http.Handler, error) {
	return jsonapi.New(jsonapi.Options{
		Inventory: apiInventory{c.agents.inventory, c}, Agents: apiAgents{c.agents.enrolment, c}, Incidents: apiIncidents{c}, Checks: apiChecks{c}, Polled: apiPolled{c}, Availability: apiAvailability{c}, StatusPages: apiStatus{c},
		Audit: c.access, Logger: c.opts.Logger, ExternalURL: config.ExternalURL,
	})
}

// apiInventory is the inventory whose merges and removals take the agents along.
type apiInventory struct {
	*inventory.Control
	c *Collector
}

func (i apiInventory) Edit(ctx context.Context, by, id string, e inventory.Edit) error {
	was, err := i.Device(ctx, id)
	if err != nil {
		return err
	}
	if err := i.c.hangsSeen(ctx, was, e); err != nil {
		return err
	}
	return i.Control.Edit(ctx, by, id, e)
}

func (i apiInventory) Merge(ctx context.Context, by, from, into string) error {
	_, err := i.c.merge(ctx, by, from, into)
	return err
}

func (i apiInventory) Remove(ctx context.Context, by, id string) error {
	return i.c.removeDevice(ctx, by, id)
}

// apiAgents are the agents and their tokens; what is done to them is recorded.
type apiAgents struct {
	*enrolment.Control
	c *Collector
}

func (a apiAgents) Revoke(ctx context.Context, by, id string) error {
	return a.c.revokeAgent(ctx, by, id)
}

func (a apiAgents) CreateToken(ctx context.Context, by string, n enrolment.NewToken) (jsonapi.NewToken, error) {
	secret, t, err := a.c.createEnrolToken(ctx, by, n)
	return jsonapi.NewToken{Token: t, Secret: secret, URL: a.c.agentURL()}, err
}

func (a apiAgents) RevokeToken(ctx context.Context, by, name string) error {
	return a.c.revokeEnrolToken(ctx, by, name)
}

// apiIncidents are the incidents, with the rights and the record that the
// console's have.
type apiIncidents struct{ c *Collector }

var _ jsonapi.Incidents = apiIncidents{}

// Incidents implements jsonapi.Incidents. Open incidents and the journal of
// closed ones have one row of numbers.
func (a apiIncidents) Incidents(ctx context.Context, q jsonapi.IncidentQuery) (jsonapi.IncidentPage, error) {
	match := func(inc incident.Incident) bool { return !hidden(ctx, inc.Labels["site"]) && q.Match(inc) }
	var closed []incident.Incident
	var reached incident.ID
	if !q.Open {
		var err error
		closed, _, reached, err = a.c.store.SearchJournal(boltstore.JournalSearch{Before: q.Before, Limit: q.Limit, Values: q.Values, Match: match})
		if err != nil {
			return jsonapi.IncidentPage{}, err
		}
	}
	found := slices.DeleteFunc(a.c.alerting.open(), func(inc incident.Incident) bool {
		// Below what the search reached there may be closed ones that come first.
		return q.Before != 0 && inc.ID >= q.Before || inc.ID < reached || !match(inc)
	})
	for _, inc := range closed {
		if !slices.ContainsFunc(found, func(open incident.Incident) bool { return open.ID == inc.ID }) {
			found = append(found, inc)
		}
	}
	slices.SortFunc(found, func(x, y incident.Incident) int { return cmp.Compare(y.ID, x.ID) })
	page := jsonapi.IncidentPage{Incidents: found, Next: reached}
	if len(found) > q.Limit {
		page.Incidents = found[:q.Limit]
		page.Next = page.Incidents[q.Limit-1].ID
	}
	return page, nil
}

// Incident implements jsonapi.Incidents.
func (a apiIncidents) Incident(ctx context.Context, id incident.ID) (incident.Incident, error) {
	inc, err := incidentsView(a).incident(ctx, id)
	return inc, apiError(err)
}

// Symptoms implements jsonapi.Incidents.
func (a apiIncidents) Symptoms(ctx context.Context) map[incident.ID][]incident.ID {
	out := map[incident.ID][]incident.ID{}
	for _, inc := range a.c.alerting.open() {
		if hidden(ctx, inc.Labels["site"]) {
			continue
		}
		for _, cause := range inc.Because {
			out[cause] = append(out[cause], inc.ID)
		}
	}
	return out
}

// Acknowledge implements jsonapi.Incidents.
func (a apiIncidents) Acknowledge(ctx context.Context, id incident.ID, comment string, until time.Time) error {
	if !until.IsZero() && !until.After(a.c.now()) {
		return &jsonapi.InvalidError{Problems: []jsonapi.FieldProblem{{Field: "until", Code: "past", Detail: "write a time in the future"}}}
	}
	return a.act(ctx, "incident.acknowledge", id, comment, func(by string) error {
		return incidentsActions(a).Acknowledge(ctx, id, by, comment, until)
	})
}

// TakeBack implements jsonapi.Incidents.
func (a apiIncidents) TakeBack(ctx context.Context, id incident.ID) error {
	return a.act(ctx, "incident.take_back", id, "", func(by string) error { return incidentsActions(a).TakeBack(ctx, id, by) })
}

// Close implements jsonapi.Incidents.
func (a apiIncidents) Close(ctx context.Context, id incident.ID, comment string) error {
	return a.act(ctx, "incident.close", id, comment, func(by string) error { return incidentsActions(a).Close(ctx, id, by, comment) })
}

// Comment implements jsonapi.Incidents.
func (a apiIncidents) Comment(ctx context.Context, id incident.ID, text string) error {
	return a.act(ctx, "incident.comment", id, text, func(by string) error { return incidentsActions(a).Comment(ctx, id, by, text) })
}

// act does something to an incident in the name of who asks, and records it.
func (a apiIncidents) act(ctx context.Context, action string, id incident.ID, detail string, do func(by string) error) error {
	who, known := access.FromContext(ctx)
	if !known {
		return access.ErrUnauthenticated
	}
	if err := do(who.Name); err != nil {
		return apiError(err)
	}
	a.c.record(ctx, access.Entry{Actor: who.Actor(), Action: action, Object: fmt.Sprintf("incident %d", id), Detail: strings.TrimSpace(detail)})
	return nil
}

// apiError translates the console's errors for the API.
func apiError(err error) error {
	if errors.Is(err, web.ErrNotFound) {
		return fmt.Errorf("%w: %w", jsonapi.ErrNotFound, err)
	}
	return err
}
