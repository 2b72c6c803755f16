package collector

import (
	"slices"

	"github.com/budi-monitor/budi/internal/collector/roster"
	"github.com/budi-monitor/budi/internal/collector/settings"
)

// addRoster makes the roster of everybody who is in use. The escalations of the
// file win over all of the console. Where a deputy or a contact of an escalation
// is not there, that is listed; a contact without a deputy is told although they
// are away, and an escalation goes to those that are there.
func (c *Config) addRoster(escalations []roster.Escalation) {
	c.escalationInFile = c.Alerting.Escalation != nil
	if !c.escalationInFile {
		c.Alerting.Escalation = escalations
	}
	people := settings.ForRoster(c.Contacts)
	missing := map[string][]string{} // by escalation
	nobody := false
	for _, g := range roster.Gaps(people, c.Alerting.Escalation) {
		l := LeftOut{Kind: leftOutAbsence, ID: g.Contact, Problems: settings.Problems{settings.GapProblem(g)}}
		if g.Contact == "" {
			l.Kind, l.ID = leftOutEscalation, g.Escalation
			nobody = nobody || g.Escalation == ""
			missing[g.Escalation] = append(missing[g.Escalation], g.Missing)
		}
		c.leftOut = append(c.leftOut, l)
	}
	var rules []roster.Escalation
	for _, e := range c.Alerting.Escalation {
		if gone := missing[e.Name]; len(gone) > 0 {
			e.To = slices.DeleteFunc(slices.Clone(e.To), func(to string) bool { return slices.Contains(gone, to) })
		}
		if len(e.To) > 0 && !nobody { // who is told by an escalation only must not be all there are
			rules = append(rules, e)
		}
	}
	c.people = roster.New(people, rules, c.cal, c.zone())
}
