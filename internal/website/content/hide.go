package content

import (
	"regexp"
	"strconv"
	"strings"
)

// hiding says how an element is kept from a visitor's eyes.
type hiding int

const (
	seen   hiding = iota
	folded        // as menus, tabs, dialogs and banners are until they are opened
	sneaky        // as only what nobody is to find is: off the screen, too small to see, see-through, in the colour of the page
)

var (
	hideFaint  = regexp.MustCompile(`(?:^|[;{\s])(?:opacity\s*:\s*(?:0?\.0\d*|0(?:\.0+)?)\s*(?:[;}!]|$))`)
	hideFades  = regexp.MustCompile(`(?:^|[;{\s])(?:transform|transition|animation|will-change)\b`)
	hideFolded = regexp.MustCompile(`(?:^|[;{\s])(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|max-height\s*:\s*0)`)
	hideSneaky = regexp.MustCompile(`(?:^|[;{\s])(?:` +
		`font(?:-size)?\s*:\s*(?:[01](?:\.\d+)?(?:px|pt|em|rem|%)?|0?\.0?\d+(?:em|rem|px|pt))\s*(?:[;}!/]|$)` +
		`|color\s*:\s*transparent` +
		`|(?:left|right|top|bottom|margin|margin-left|margin-top|text-indent)\s*:\s*-\s*\d{3,}` +
		`|clip\s*:\s*rect\(\s*[01](?:px)?\b|clip-path\s*:\s*(?:inset\(\s*(?:50|100)%|circle\(\s*0)` +
		`|transform\s*:[^;]*(?:scale\w*\(\s*0?(?:\.0+\d*)?\s*[,)]|translate\w*\(\s*-\s*\d{3,})` +
		`|filter\s*:[^;]*(?:opacity\(\s*0|opacity\s*=\s*0\s*\)))`)
	hideSmall   = regexp.MustCompile(`(?:^|[;{\s])(?:width|height|max-width|line-height)\s*:\s*(?:[01](?:\.\d+)?(?:px|pt|em|%)?|0)\s*(?:[;}!]|$)`)
	hideNoSpill = regexp.MustCompile(`overflow(?:-[xy])?\s*:\s*hidden`)
	colourText  = regexp.MustCompile(`(?:^|[;{\s])color\s*:\s*([^;}!]+)`)
	colourBack  = regexp.MustCompile(`(?:^|[;{\s])background(?:-color)?\s*:\s*([^;}!\s]+)`)
	cssComment  = regexp.MustCompile(`(?s)/\*.*?\*/`)
	cssURL      = regexp.MustCompile(`(?i)(@import\s+(?:url\()?|url\()\s*["']?([^"')\s;]{1,1000})`)
	cssText     = regexp.MustCompile(`(?i)content\s*:\s*["']([^"']{4,200})`)
)

// hidingOf reads a style. fades says that the element bears the mark of a script that
// lets it appear.
func hidingOf(style string, fades bool) hiding {
	style = strings.ToLower(style[:min(len(style), 4096)])
	switch {
	case hideSneaky.MatchString(style):
		return sneaky
	case hideSmall.MatchString(style) && hideNoSpill.MatchString(style):
		return sneaky
	case sameColours(style):
		return sneaky
	case hideFaint.MatchString(style) && !fades && !hideFades.MatchString(style):
		return sneaky
	case hideFaint.MatchString(style):
		return folded
	case hideFolded.MatchString(style):
		return folded
	}
	return seen
}

// sameColours reports whether text has the colour of what is behind it.
func sameColours(style string) bool {
	text, back := colourText.FindStringSubmatch(style), colourBack.FindStringSubmatch(style)
	return text != nil && back != nil && colour(text[1]) != "" && colour(text[1]) == colour(back[1])
}

// colour writes a colour in one way, as far as people write it in several.
func colour(s string) string {
	s = strings.Join(strings.Fields(s), "")
	switch s {
	case "white", "#fff", "#ffffff", "rgb(255,255,255)", "#fefefe":
		return "white"
	case "black", "#000", "#000000", "rgb(0,0,0)":
		return "black"
	case "inherit", "transparent", "currentcolor", "none", "initial":
		return ""
	}
	if len(s) == 4 && s[0] == '#' {
		s = "#" + strings.Repeat(s[1:2], 2) + strings.Repeat(s[2:3], 2) + strings.Repeat(s[3:4], 2)
	}
	return s
}

// sheet is what style sheets in the page hide, by class, ID or element.
type sheet map[string]hiding

// everything is the selector of all that stands on a page.
const everything = "body>*"

// maxRules bounds a sheet.
const maxRules = 2000

// read adds the rules of a style sheet. Only whole selectors of one class, one ID
// or one element count, and of all that stands on the page: what is hidden within a menu is the menu's. Rules for
// other media (print, small screens) are left out.
func (s sheet) read(css string) {
	css = strings.ToLower(cssComment.ReplaceAllString(css, ""))
	for css != "" && len(s) < maxRules {
		head, rest, ok := strings.Cut(css, "{")
		if !ok {
			return
		}
		if strings.Contains(head, "@") {
			css = afterBlock(rest)
			continue
		}
		body, after, _ := strings.Cut(rest, "}")
		css = after
		h := hidingOf(body, false)
		if h == seen {
			continue
		}
		for selector := range strings.SplitSeq(head, ",") {
			selector = strings.TrimSpace(selector)
			if i := strings.LastIndexAny(selector, ";}"); i >= 0 {
				selector = strings.TrimSpace(selector[i+1:])
			}
			if bare := strings.ReplaceAll(selector, " ", ""); bare == everything || bare == "body*" {
				s[everything] = max(s[everything], h)
				continue
			}
			if selector != "" && len(selector) < 100 && !strings.ContainsAny(selector, " >+~:[*") {
				s[selector] = max(s[selector], h)
			}
		}
	}
}

// afterBlock is what follows the end of a block whose beginning was read.
func afterBlock(css string) string {
	depth := 1
	for i := range len(css) {
		switch css[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return css[i+1:]
			}
		}
	}
	return ""
}

// of says whether a sheet hides an element.
func (s sheet) of(tag, id string, classes []string) hiding {
	if len(s) == 0 || tag == "html" || tag == "body" {
		return seen // many pages are shown by a script when they are ready
	}
	h := s[tag]
	if id != "" {
		h = max(h, s["#"+strings.ToLower(id)], s[tag+"#"+strings.ToLower(id)])
	}
	for _, c := range classes {
		c = "." + strings.ToLower(c)
		h = max(h, s[c], s[tag+c])
	}
	return h
}

// fadeMarks are in attributes and classes by which the usual scripts know what to let
// appear when a visitor comes to it.
var fadeMarks = regexp.MustCompile(`(?:^|[-_ ])(?:aos|wow|anim\w*|appear|fade\w*|reveal|scroll|motion|w-id)(?:$|[-_ ])`)

// fades reports whether an element bears such a mark.
func fades(a map[string]string) bool {
	if fadeMarks.MatchString(a["class"]) {
		return true
	}
	for name := range a {
		if strings.HasPrefix(name, "data-") && fadeMarks.MatchString(name) {
			return true
		}
	}
	return false
}

// tiny reports whether an element is at most two pixels wide or high by its
// attributes.
func tiny(width, height string) bool {
	small := func(s string) bool {
		n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(s), "px"))
		return err == nil && n <= 2
	}
	return small(width) || small(height)
}
