package settings

import (
	"strings"

	"github.com/budi-monitor/budi/internal/domain"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// domainProblems says what is wrong with the terms of a domain.
func domainProblems(t domain.Terms) Problems {
	found := collect(t.Validate, func(field string, p strictyaml.Problem) (string, []any) {
		switch part := field[strings.LastIndexByte(field, '.')+1:]; {
		case part == "warn_days" || part == "urgent_days":
			return CodeDays, []any{"Max", domain.MaxDays}
		case field == "records":
			return CodeRecordsMany, []any{"Max", domain.MaxRecords}
		case field == "dkim_selectors":
			return CodeSelectorsMany, []any{"Max", domain.MaxSelectors}
		case strings.HasPrefix(field, "dkim_selectors"):
			return CodeSelector, []any{"Value", p.Value}
		case part == "name":
			return CodeRecordName, []any{"Value", p.Value}
		case part == "type":
			return CodeDNSType, nil
		case strings.HasPrefix(part, "values"):
			return CodeDNSAnswer, []any{"Max", domain.MaxValue}
		}
		return "", nil
	})
	for i := range found {
		name, _, _ := strings.Cut(found[i].Field, "[")
		found[i].Field = "domain." + name
	}
	return found
}
