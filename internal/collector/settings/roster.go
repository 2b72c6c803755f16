package settings

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/budi-monitor/budi/internal/collector/roster"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// ForRoster is what counts when it is decided who is told.
func (c Contact) ForRoster() roster.Contact {
	return roster.Contact{Name: c.Name, MinSeverity: c.MinSeverity, Terms: c.Terms}
}

// ForRoster is ForRoster of each contact.
func ForRoster(contacts []Contact) []roster.Contact {
	out := make([]roster.Contact, len(contacts))
	for i, c := range contacts {
		out[i] = c.ForRoster()
	}
	return out
}

// termsProblems says what is wrong with when and of what a contact is told,
// whatever other contacts there are.
func termsProblems(t roster.Terms) Problems {
	return collect(t.Validate, func(field string, p strictyaml.Problem) (string, []any) {
		switch name, rest, _ := strings.Cut(field, "["); {
		case name == "min_severity_outside" && t.Hours.IsZero():
			return CodeOutside, nil
		case name == "min_severity_outside":
			return CodeSeverity, nil
		case field == "sites":
			return CodeSitesFull, []any{"Max", roster.MaxSites}
		case name == "sites":
			return CodeSite, nil
		case name == "digest":
			return CodeDigest, nil
		case field == "absences":
			return CodeAbsencesFull, []any{"Max", roster.MaxAbsences}
		case name == "absences" && p.Value == "":
			return CodeAbsence, nil
		case name == "absences" && strings.HasSuffix(rest, ".to"):
			return CodeAbsenceDays, nil
		case name == "absences":
			return CodeAbsenceTwice, nil
		}
		return "", nil
	})
}

// EscalationProblems says what is wrong with an escalation, whoever there is.
func EscalationProblems(e roster.Escalation) Problems {
	var out Problems
	if strings.TrimSpace(e.Name) == "" {
		out = append(out, problem("name", CodeNameMissing))
	}
	out = append(out, checkText("name", e.Name, roster.MaxName)...)
	return append(out, collect(e.Validate, func(field string, _ strictyaml.Problem) (string, []any) {
		switch name, _, listed := strings.Cut(field, "["); {
		case field == "name":
			return CodeLong, []any{"Max", roster.MaxName}
		case field == "after":
			return CodeInterval, []any{"Low", roster.MinAfter, "High", roster.MaxAfter}
		case field == "to":
			return CodeTo, []any{"Max", roster.MaxTo}
		case name == "to" && listed:
			return CodeNameTaken, nil
		case name == "classes":
			return CodeClass, nil
		case field == "min_severity":
			return CodeSeverity, nil
		}
		return "", nil
	})...)
}

// GapProblem says what a gap in the roster is.
func GapProblem(g roster.Gap) Problem {
	switch {
	case g.Escalation != "":
		return problem("to", CodeNoContact, "Name", g.Missing)
	case g.Contact == "":
		return problem("", CodeNobodyFirst)
	case g.Missing == "":
		return problem("absences", CodeDeputies)
	case g.Missing == g.Contact:
		return problem("absences", CodeDeputySelf)
	default:
		return problem("absences", CodeNoContact, "Name", g.Missing)
	}
}

// RemovedEscalation is an escalation that was taken out.
type RemovedEscalation struct {
	roster.Escalation
	At time.Time `json:"removed"`
}

// Escalation finds an escalation.
func (s Settings) Escalation(name string) (roster.Escalation, bool) {
	i := s.escalation(name)
	if i < 0 {
		return roster.Escalation{}, false
	}
	return s.Escalations[i], true
}

func (s Settings) escalation(name string) int {
	return slices.IndexFunc(s.Escalations, func(e roster.Escalation) bool { return e.Name == name })
}

// PutEscalation adds an escalation, or changes the one that was named was
// (empty: a new one). One without a name is named after its contacts. It fails
// with Problems or ErrNotFound.
func (s *Settings) PutEscalation(was string, e roster.Escalation) error {
	e.Name = strings.TrimSpace(e.Name)
	if e.Name == "" && len(e.To) > 0 {
		name := clipped(strings.Join(e.To, ", "), roster.MaxName-len(" 99"))
		e.Name = name
		for n := 2; e.Name != was && s.escalation(e.Name) >= 0; n++ {
			e.Name = name + " " + strconv.Itoa(n)
		}
	}
	problems := EscalationProblems(e)
	if e.Name == "." || e.Name == ".." { // no address of a page can name it
		problems = append(problems, problem("name", CodeNameMissing))
	}
	if e.Name != was && s.escalation(e.Name) >= 0 {
		problems = append(problems, problem("name", CodeEscalationTaken))
	}
	i := s.escalation(was)
	switch {
	case len(problems) > 0:
		return problems
	case was != "" && i < 0:
		return ErrNotFound
	case was != "":
		s.Escalations[i] = e
	case len(s.Escalations) >= roster.MaxEscalations:
		return Problems{problem("name", CodeEscalationsFull, "Max", roster.MaxEscalations)}
	default:
		s.Escalations = append(s.Escalations, e)
	}
	return nil
}

// RemoveEscalation takes an escalation out; it can be restored for KeepRemoved,
// or until maxRemoved others were taken out. It fails with ErrNotFound.
func (s *Settings) RemoveEscalation(name string, now time.Time) error {
	i := s.escalation(name)
	if i < 0 {
		return ErrNotFound
	}
	removed := RemovedEscalation{s.Escalations[i], now}
	s.Escalations = slices.Delete(s.Escalations, i, i+1)
	s.RemovedEscalations = slices.DeleteFunc(s.RemovedEscalations, func(r RemovedEscalation) bool { return r.Name == name || now.Sub(r.At) > KeepRemoved })
	s.RemovedEscalations = slices.Insert(s.RemovedEscalations, 0, removed)
	s.RemovedEscalations = s.RemovedEscalations[:min(len(s.RemovedEscalations), maxRemoved)]
	return nil
}

// RestoreEscalation undoes RemoveEscalation. It fails with ErrNotFound, and with
// Problems when another one has the name by now.
func (s *Settings) RestoreEscalation(name string) error {
	i := slices.IndexFunc(s.RemovedEscalations, func(r RemovedEscalation) bool { return r.Name == name })
	if i < 0 {
		return ErrNotFound
	}
	if err := s.PutEscalation("", s.RemovedEscalations[i].Escalation); err != nil {
		return err
	}
	s.RemovedEscalations = slices.Delete(s.RemovedEscalations, i, i+1)
	return nil
}

// renameContact lets deputies and escalations follow a contact to a new name.
func (s *Settings) renameContact(was, name string) {
	for i, c := range s.Contacts {
		if slices.ContainsFunc(c.Absences, func(a roster.Absence) bool { return a.Deputy == was }) {
			absences := slices.Clone(c.Absences) // shared with the settings in use
			for j := range absences {
				if absences[j].Deputy == was {
					absences[j].Deputy = name
				}
			}
			s.Contacts[i].Absences = absences
		}
	}
	for i, e := range s.Escalations {
		if at := slices.Index(e.To, was); at >= 0 {
			s.Escalations[i].To = slices.Clone(e.To)
			s.Escalations[i].To[at] = name
		}
	}
}

// clipped cuts a text to so many bytes at most, between characters.
func clipped(text string, limit int) string {
	for len(text) > limit {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	return text
}
