package access

import "strings"

// maxBrowser bounds Session.Browser, in bytes.
const maxBrowser = 60

// Browser names a browser and its system in short, "Firefox, Windows", from
// what it sends as User-Agent; "" when neither is known. It helps people to tell
// their sessions apart and proves nothing.
func Browser(userAgent string) string {
	// Browsers name those whose pages they want too, so the order counts.
	browser := firstIn(userAgent, "Edg/", "Edge", "EdgA/", "Edge", "OPR/", "Opera", "Vivaldi/", "Vivaldi", "SamsungBrowser/", "Samsung Internet",
		"Firefox/", "Firefox", "FxiOS/", "Firefox", "CriOS/", "Chrome", "Chrome/", "Chrome", "Version/", "Safari", "curl/", "curl")
	system := firstIn(userAgent, "Windows", "Windows", "Android", "Android", "iPhone", "iPhone", "iPad", "iPad", "Mac OS X", "macOS",
		"CrOS", "ChromeOS", "Linux", "Linux")
	return strings.Trim(browser+", "+system, ", ")
}

// firstIn returns the name behind the first of the signs that the text holds.
func firstIn(text string, signsAndNames ...string) string {
	for i := 0; i+1 < len(signsAndNames); i += 2 {
		if strings.Contains(text, signsAndNames[i]) {
			return signsAndNames[i+1]
		}
	}
	return ""
}
