package content

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// What scripts do that hide what they do, or lead visitors away.
var (
	codeEval     = regexp.MustCompile(`(?i)\beval\s*\(|\bFunction\s*\(\s*["'a-z_$]|document\.write(?:ln)?\s*\(|\.innerHTML\s*=|setTimeout\s*\(\s*["']`)
	codeDecode   = regexp.MustCompile(`(?i)\batob\s*\(|\bunescape\s*\(|decodeURIComponent\s*\(\s*escape|String\s*\.\s*fromCharCode|\.split\s*\(\s*["']["']\s*\)\s*\.\s*reverse`)
	codeNumbers  = regexp.MustCompile(`(?:\b\d{2,3}\s*,\s*){12,}`)
	codeHex      = regexp.MustCompile(`(?:\\x[0-9a-fA-F]{2}){20,}|(?:\\u00[0-9a-fA-F]{2}){20,}|(?:%[0-9a-fA-F]{2}){30,}`)
	codeBase64   = regexp.MustCompile(`["'\x60][A-Za-z0-9+/]{200,}={0,2}["'\x60]`)
	codeNames    = regexp.MustCompile(`_0x[0-9a-f]{4,}`)
	codePacked   = regexp.MustCompile(`eval\s*\(\s*function\s*\(\s*p\s*,\s*a\s*,\s*c\s*,\s*k`)
	codeMiner    = regexp.MustCompile(`(?i)coinhive|coin-?imp|cryptoloot|crypto-loot|webminepool|jsecoin|deepminer|coinhave|minero\.cc|monerominer|supportxmr|stratum\+tcp|randomx|cn[/.](?:r|wasm|half)\b|xmrig|cryptonight|client\.anonymous\(|miner\.start\s*\(|cryptojack`)
	codeAway     = regexp.MustCompile(`(?i)(?:\b(?:window|document|top|self|parent)\s*\.\s*)?\blocation(?:\s*\.\s*href)?\s*=\s*["'\x60]([^"'\x60]{4,300})|location\s*\.\s*(?:replace|assign)\s*\(\s*["'\x60]([^"'\x60]{4,300})|window\.open\s*\(\s*["'\x60]([^"'\x60]{4,300})`)
	codeLoads    = regexp.MustCompile(`(?i)(?:\.src\s*=\s*|importScripts\s*\(\s*|import\s*\(?\s*|setAttribute\s*\(\s*["']src["']\s*,\s*|\.getScript\s*\(\s*|<script[^>]+src\s*=\s*\\?)["'\x60]([^"'\x60]{6,300})`)
	codeWorker   = regexp.MustCompile(`(?i)serviceWorker\s*\.\s*register\s*\(\s*["'\x60]([^"'\x60]{6,300})`)
	codeMakes    = regexp.MustCompile(`(?i)createElement\s*\(\s*["'\x60]script`)
	codeFile     = regexp.MustCompile(`(?i)["'\x60]((?:https?:)?//[^"'\x60]{4,300}?\.m?js(?:\?[^"'\x60]{0,200})?)["'\x60]`) // a script that a variable holds
	codeSends    = regexp.MustCompile(`(?i)(?:fetch|sendBeacon|\.open)\s*\(\s*(?:["'](?:GET|POST)["']\s*,\s*)?["'\x60]((?:https?:)?//[^"'\x60]{4,300})|new\s+WebSocket\s*\(\s*["'\x60]([^"'\x60]{4,300})`)
	codeTexts    = regexp.MustCompile(`["'\x60]([^"'\x60\\]{6,300})["'\x60]`)
	codeFrame    = regexp.MustCompile(`(?i)<i?frame\s[^<>]{0,300}?src\s*=\s*\\?["']?((?:https?:)?//[^"'\s<>\\]{4,300})`) // as it is written into the page
	codeNumber   = regexp.MustCompile(`\d+`)
	codePieces   = regexp.MustCompile(`'\s*\+\s*'|"\s*\+\s*"`) // 'ht'+'tps:' hides an address
	codeLocation = regexp.MustCompile(`\b(?:location(?:\.href)?\s*=[^=]|location\.(?:replace|assign)\s*\()`)
	codeForm     = regexp.MustCompile(`(?i)(?:\.action\s*=\s*|setAttribute\s*\(\s*["'](?:form)?action["']\s*,\s*)["'\x60]([^"'\x60]{6,300})`)
	codeClick    = regexp.MustCompile(`(?i)\b(?:document|window|body)\s*\.\s*(?:body\s*\.\s*)?(?:addEventListener\s*\(\s*["'](?:click|mousedown|mouseup|touchstart|pointerdown)|on(?:click|mousedown|touchstart)\s*=)`) // wherever a visitor clicks
	codeTakes    = regexp.MustCompile(`(?i)new\s+FormData\s*\(|document\.cookie|addEventListener\s*\(\s*["']submit`)                                                                                                    // what visitors write
	codeKeyboard = regexp.MustCompile(`(?i)onkeypress|addEventListener\s*\(\s*["'](?:keydown|keypress|keyup)["']`)
)

// code reads a script. handler: it is an attribute of an element.
func (r *reader) code(code string, handler bool) {
	code = codePieces.ReplaceAllString(code[:min(len(code), 200_000)], "")
	if !handler && len(r.inline) < 5000 {
		r.inline.add(codeNumber.ReplaceAllString(clip(code, 300), "0"))
	}
	decodes := codeDecode.MatchString(code)
	hidden := codeHex.MatchString(code) || codeNumbers.MatchString(code) && strings.Contains(code, "fromCharCode") || codeBase64.MatchString(code) && decodes
	switch {
	case codeMiner.MatchString(code):
		r.mark(Mark{Kind: "miner", Subject: codeMiner.FindString(code)})
	case hidden && decodes && !codeEval.MatchString(code) && strings.Contains(code, "JSON.parse(atob("):
		// Settings that a page gives to its own program.
	case codeEval.MatchString(code) && (decodes || hidden), hidden && decodes, len(codeNames.FindAllString(code, 12)) >= 10, handler && decodes:
		r.mark(Mark{Kind: "obfuscated", Subject: codeNumber.ReplaceAllString(clip(code, 80), "0"), Excerpt: code})
	case codePacked.MatchString(code):
		r.mark(Mark{Kind: "obfuscated", Subject: "packed", Excerpt: code})
	}
	code = r.unfold(code)
	for _, m := range codeAway.FindAllStringSubmatch(code, 20) {
		ref := m[1] + m[2] + m[3]
		if h := hostOf(ref); h != "" && kinOf(h, r.Host, r.Asked) >= home {
			r.mark(Mark{Kind: "leads_away", Subject: h, Excerpt: m[0], Weak: m[3] != "" && !codeClick.MatchString(code) || handler})
		}
	}
	for _, m := range codeLoads.FindAllStringSubmatch(code, 20) {
		if h := hostOf(m[1]); h != "" {
			r.hosts[Host{Role: RoleScript, Name: h}]++
		}
	}
	for _, m := range codeWorker.FindAllStringSubmatch(code, 20) {
		// A worker of one's own may be told to load a stranger's.
		for _, ref := range codeAddress.FindAllString(`"`+m[1], 20) {
			if h := hostOf(strings.TrimLeft(ref, "\"'\x60")); h != "" {
				r.hosts[Host{Role: RoleScript, Name: h}]++
			}
		}
	}
	for _, m := range codeFrame.FindAllStringSubmatch(code, 20) {
		r.host(RoleFrame, m[1])
	}
	for _, m := range codeForm.FindAllStringSubmatch(code, 20) {
		r.host(RoleForm, m[1])
	}
	if codeMakes.MatchString(code) {
		for _, m := range codeFile.FindAllStringSubmatch(code, 20) {
			if h := hostOf(m[1]); h != "" {
				r.hosts[Host{Role: RoleScript, Name: h}]++
			}
		}
	}
	for _, m := range codeSends.FindAllStringSubmatch(code, 20) {
		if h := hostOf(m[1] + m[2]); h != "" && h != r.Host {
			r.hosts[Host{Role: RoleInline, Name: h}]++
			switch k := kinOf(h, r.Host, r.Asked); {
			case k >= home && codeKeyboard.MatchString(code):
				r.mark(Mark{Kind: "obfuscated", Subject: "keyboard " + h, Excerpt: code})
			case k >= foreign && codeTakes.MatchString(code):
				r.mark(Mark{Kind: "obfuscated", Subject: "forms " + h, Excerpt: code})
			case k >= foreign && codeLocation.MatchString(code): // the answer says where to
				r.mark(Mark{Kind: "leads_away", Subject: h, Excerpt: code})
			}
		}
	}
	for _, m := range codeTexts.FindAllStringSubmatch(code, 100) {
		for _, said := range said(m[1], true) {
			if !said.Weak && said.Kind != "spam_words" {
				r.mark(said)
			}
		}
	}
}

// What scripts write in another form.
var (
	codeAtob    = regexp.MustCompile(`(JSON\.parse\s*\(\s*)?\batob\s*\(\s*["'\x60]([A-Za-z0-9+/]+={0,2})["'\x60]\s*\)`)
	codeChars   = regexp.MustCompile(`String\s*\.\s*fromCharCode\s*\(([\d\s,]+)\)`)
	codeEscapes = regexp.MustCompile(`(?:\\x[0-9a-fA-F]{2}|\\u00[0-9a-fA-F]{2}){8,}`) // fewer are what JSON needs
	codeList    = regexp.MustCompile(`\[((?:\s*(?:'[^'\\]*'|"[^"\\]*")\s*,?){4,})\]`)
	codePiece   = regexp.MustCompile(`'[^'\\]*'|"[^"\\]*"`)
	codeAddress = regexp.MustCompile(`(?i)(?:https?:|wss?:|["'\x60])//[^\s"'\x60<>\\]{4,300}`)
)

// unfold writes the texts of a script plainly. Scripts are taken to be loaded from the
// addresses that come to light: nobody hides one from its reader for a good reason.
func (r *reader) unfold(code string) string {
	show := func(text string) string {
		text = strings.Map(func(c rune) rune {
			if c == '"' {
				return '\''
			}
			return c
		}, strings.ToValidUTF8(text, ""))
		for _, ref := range codeAddress.FindAllString(`"`+text, 20) {
			if h := hostOf(strings.TrimLeft(ref, "\"'\x60")); h != "" {
				r.hosts[Host{Role: RoleScript, Name: h}]++
			}
		}
		return text
	}
	code = codeAtob.ReplaceAllStringFunc(code, func(call string) string {
		m := codeAtob.FindStringSubmatch(call)
		text, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(m[2], "="))
		if err != nil || m[1] != "" { // settings that a page gives to its own program
			return call
		}
		return `"` + show(string(text)) + `"`
	})
	code = codeChars.ReplaceAllStringFunc(code, func(call string) string {
		var text []byte
		for _, number := range codeNumber.FindAllString(call, -1) {
			if n, err := strconv.Atoi(number); err == nil && n < 0x80 {
				text = append(text, byte(n))
			}
		}
		return `"` + show(string(text)) + `"`
	})
	code = codeList.ReplaceAllStringFunc(code, func(list string) string {
		var joined strings.Builder
		for _, piece := range codePiece.FindAllString(list, -1) {
			if piece = piece[1 : len(piece)-1]; strings.Contains(piece, "//") && len(piece) > len("https://") {
				return list // addresses one by one hide nothing
			}
			joined.WriteString(piece)
		}
		if !strings.Contains(joined.String(), "//") {
			return list
		}
		return `"` + show(joined.String()) + `"`
	})
	return codeEscapes.ReplaceAllStringFunc(code, func(run string) string {
		text, err := strconv.Unquote(`"` + run + `"`)
		if err != nil {
			return run
		}
		return show(text)
	})
}

// dataOf is what an address holds itself; false: it holds nothing that can be read.
func dataOf(ref string) (string, bool) {
	head, body, ok := strings.Cut(strings.TrimSpace(ref), ",")
	head = strings.ToLower(head)
	if !ok || !strings.HasPrefix(head, "data:") {
		return "", false
	}
	text, err := url.PathUnescape(body)
	if err == nil && strings.HasSuffix(head, ";base64") {
		var raw []byte
		raw, err = base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.Join(strings.Fields(text), ""), "="))
		text = string(raw)
	}
	return text, err == nil
}
