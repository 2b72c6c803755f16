package charset_test

import (
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/website/charset"
)

func TestOf(t *testing.T) {
	late := strings.Repeat("<!-- plain -->", 200)
	for name, tc := range map[string]struct{ body, header, encoding, text string }{
		"the header says it":                {"\xe0\xe8", "text/html; charset=windows-1257", "windows-1257", "ąč"},
		"the page says it":                  {"<meta charset=windows-1257>\xe0", "text/html", "windows-1257", "<meta charset=windows-1257>ą"},
		"UTF-8 that nobody says, and late":  {late + "ąč", "text/html", "utf-8", late + "ąč"},
		"UTF-8 that is cut within a letter": {late + "ą\xc4", "", "utf-8", late + "ą\xc4"},
		"an old page of Windows":            {late + "\xe0\xe8 knygos", "", "windows-1257", late + "ąč knygos"},
		"nothing":                           {"", "", "utf-8", ""},
	} {
		t.Run(name, func(t *testing.T) {
			enc, encoding := charset.Of([]byte(tc.body), tc.header)
			text, err := enc.NewDecoder().String(tc.body)
			if err != nil || encoding != tc.encoding || text != tc.text {
				t.Errorf("%s: %q, %v", encoding, text, err)
			}
		})
	}
}
