package simulate

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// WriteTable writes mails for people: when, to whom, what.
func WriteTable(out io.Writer, mails []MailLine) {
	if len(mails) == 0 {
		fmt.Fprintln(out, "No mail.")
		return
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, m := range mails {
		also := ""
		if n := m.Touches; n > 0 {
			also += fmt.Sprintf("  touches %d", n)
		}
		if n := len(m.Adopted); n > 0 {
			also += fmt.Sprintf("  adopts %d", n)
		}
		if n := len(m.Items); n > 0 {
			also += fmt.Sprintf("  tells of %d", n)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s%s\n", strings.Replace(m.Time[:19], "T", " ", 1), m.To, m.Kind, m.Subject, also)
	}
	_ = table.Flush() // the caller's writer tells of its errors when it is flushed
}
