package content

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Dates as people write them in Lithuania and elsewhere.
var (
	dateISO   = regexp.MustCompile(`\b(20\d\d)[-./](\d{1,2})[-./](\d{1,2})\b`)
	dateDay   = regexp.MustCompile(`\b(\d{1,2})[-./](\d{1,2})[-./](20\d\d)\b`)
	dateWords = regexp.MustCompile(`(?i)\b(20\d\d)\s*m\.\s*(sausio|vasario|kovo|balandžio|gegužės|birželio|liepos|rugpjūčio|rugsėjo|spalio|lapkričio|gruodžio)\s*(\d{1,2})`)
	dateName  = regexp.MustCompile(`(?i)\b(\d{1,2})\s+(january|february|march|april|may|june|july|august|september|october|november|december)\s+(20\d\d)\b`)
	dateFirst = regexp.MustCompile(`(?i)\b(january|february|march|april|may|june|july|august|september|october|november|december)\s+(\d{1,2}),?\s+(20\d\d)\b`)
)

// monthOf is the number of a month's name; 0: it is none.
func monthOf(name string) int {
	for i, both := range [...][2]string{
		{"sausio", "january"}, {"vasario", "february"}, {"kovo", "march"}, {"balandžio", "april"}, {"gegužės", "may"}, {"birželio", "june"},
		{"liepos", "july"}, {"rugpjūčio", "august"}, {"rugsėjo", "september"}, {"spalio", "october"}, {"lapkričio", "november"}, {"gruodžio", "december"},
	} {
		if strings.EqualFold(name, both[0]) || strings.EqualFold(name, both[1]) {
			return i + 1
		}
	}
	return 0
}

// maxDates bounds the dates of a page.
const maxDates = 500

// findDates notes the dates in a text.
func (r *reader) findDates(text string) {
	if len(r.dates) >= maxDates || len(text) < 8 {
		return
	}
	add := func(year, month, day string) {
		y, _ := strconv.Atoi(year)
		m, err := strconv.Atoi(month)
		if err != nil {
			m = monthOf(month)
		}
		d, _ := strconv.Atoi(day)
		at := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
		if m >= 1 && m <= 12 && at.Day() == d && len(r.dates) < maxDates {
			r.dates = append(r.dates, at.Format(time.DateOnly))
		}
	}
	for _, m := range dateISO.FindAllStringSubmatch(text, 20) {
		add(m[1], m[2], m[3])
	}
	for _, m := range dateDay.FindAllStringSubmatch(text, 20) {
		add(m[3], m[2], m[1])
	}
	for _, m := range dateWords.FindAllStringSubmatch(text, 20) {
		add(m[1], m[2], m[3])
	}
	for _, m := range dateName.FindAllStringSubmatch(text, 20) {
		add(m[3], m[2], m[1])
	}
	for _, m := range dateFirst.FindAllStringSubmatch(text, 20) {
		add(m[3], m[1], m[2])
	}
}
