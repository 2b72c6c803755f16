package content

import (
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// kin says how a host stands to a page.
type kin int

const (
	own     kin = iota // the page's own site, or of the same registered domain
	good               // a well-known service that visitors of ordinary sites meet
	home               // of the page's own country, of Lithuania or the European Union
	foreign            // anybody's
	bad                // a bare address, an ending that is mostly abused, a place where everybody puts files
)

// domainOf is the registered domain of a host by the public suffix list, and the
// host itself where there is none. Every name of this computer is one.
func domainOf(host string) string {
	host = strings.ToLower(strings.Trim(host, ".[]"))
	if ip, err := netip.ParseAddr(host); err == nil {
		if ip.IsLoopback() {
			return "localhost"
		}
		return ip.Unmap().String()
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return "localhost"
	}
	if d, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return d
	}
	return host
}

// ending is the last part of a host's name.
func ending(host string) string { return host[strings.LastIndexByte(host, '.')+1:] }

// kinOf judges a host that is not approved. site are the hosts of the page itself.
func kinOf(host string, site ...string) kin {
	d := domainOf(host)
	for _, s := range site {
		if s != "" && domainOf(s) == d {
			return own
		}
	}
	switch {
	case host == "downloads.mailchimp.com.s3.amazonaws.com": // of every form of theirs
		return good
	case anybodys(host):
		return bad
	case wellKnown(host):
		return good
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return bad
	}
	end := ending(d)
	switch {
	case badEndings[end] || strings.Contains(d, "xn--") && end != "lt":
		return bad
	case end == "lt" || end == "eu" || end == "gov" || end == "edu" || end == "int":
		return home
	case len(end) == 2 && len(site) > 0 && ending(domainOf(site[0])) == end:
		return home
	}
	return foreign
}

// dotted writes a name with dots for hyphens, as seen from afar.
func dotted(name string) string {
	return seenFromAfar(strings.ReplaceAll(name, "-", "."))
}

// seenFromAfar writes letters alike that look alike.
func seenFromAfar(name string) string {
	return strings.NewReplacer("rn", "m", "vv", "w", "cl", "d", "1", "i", "l", "i", "0", "o", "-", "").Replace(name)
}

// confusable reports whether one name may be taken for another one: the letters look
// alike, or in names of so many letters one is another, missing or too much.
func confusable(a, b string, long int) bool {
	if a == b {
		return false
	}
	if seenFromAfar(a) == seenFromAfar(b) {
		return true
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) < long || len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if i < len(b) && (b[i] >= '0' && b[i] <= '9' || i < len(a) && a[i] >= '0' && a[i] <= '9') {
		return false // places with numbers are brothers
	}
	if len(a) == len(b) {
		return a[i+1:] == b[i+1:] || i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
	}
	return a[i:] == b[i+1:]
}

// freeMail are where teachers have addresses of their own.
var freeMail = map[string]bool{"gmail.com": true, "outlook.com": true, "hotmail.com": true, "yahoo.com": true, "inbox.lt": true, "one.lt": true, "mail.lt": true, "zebra.lt": true, "icloud.com": true}

// takesForms reports whether a host is of a service that sends on what visitors write:
// those who make pages without programs of their own use them.
func takesForms(host string) bool {
	switch domainOf(host) {
	case "formspree.io", "getform.io", "formsubmit.co", "usebasin.com", "web3forms.com", "formcarry.com", "fabform.io", "staticforms.xyz", "formbold.com", "formspark.io", "formkeep.com":
		return true
	}
	return false
}

// wellKnown reports whether a host is of a domain in goodDomains.
func wellKnown(host string) bool {
	for rest := host; rest != ""; {
		if goodDomains[rest] {
			return true
		}
		_, rest, _ = strings.Cut(rest, ".")
	}
	// Google has a domain in each country.
	d := domainOf(host)
	return strings.HasPrefix(d, "google.") && !badEndings[ending(d)] && (len(ending(d)) == 2 || ending(d) == "com")
}

// anybodys reports whether everybody can put files or appeals at a host, although its domain
// may be a good one.
func anybodys(host string) bool {
	for _, place := range []string{
		"raw.githubusercontent.com", "gist.githubusercontent.com", "gist.github.com", "raw.githack.com", "rawcdn.githack.com", "gitcdn.xyz",
		"cdn.statically.io", "pastebin.com", "paste.ee", "hastebin.com", "rentry.co", "transfer.sh", "anonfiles.com", "catbox.moe", "files.catbox.moe",
		"storage.googleapis.com", "firebasestorage.googleapis.com", "script.google.com", "script.googleusercontent.com", "cdn.discordapp.com", "discord.com",
		"ipfs.io", "dweb.link", "ngrok.io", "ngrok.app", "ngrok-free.app", "trycloudflare.com", "workers.dev", "pages.dev", "r2.dev", "web.app",
		"github.io", "gitlab.io", "netlify.app", "vercel.app", "herokuapp.com", "onrender.com", "glitch.me", "repl.co", "000webhostapp.com",
		"amazonaws.com", "blob.core.windows.net", "azurewebsites.net", "t.me", "telegram.me", "telegra.ph", "duckdns.org", "no-ip.org", "ddns.net", "api.telegram.org",
	} {
		if host == place || strings.HasSuffix(host, "."+place) {
			return true
		}
	}
	return false
}

// badEndings are top-level domains of which most that turns up on a defaced page
// comes, and hardly anything that a school or library links to.
var badEndings = map[string]bool{
	"ru": true, "su": true, "by": true, "cn": true, "ir": true, "tk": true, "ml": true, "ga": true, "cf": true, "gq": true, "top": true, "xyz": true,
	"icu": true, "click": true, "buzz": true, "bet": true, "casino": true, "poker": true, "loan": true, "loans": true, "win": true, "porn": true, "xxx": true,
	"sex": true, "adult": true, "pw": true, "cc": true, "ws": true, "monster": true, "cyou": true, "cfd": true, "sbs": true, "rest": true, "quest": true, "bar": true,
	"vip": true, "fun": true, "space": true, "site": true, "website": true, "online": true, "live": true, "stream": true, "download": true, "zip": true, "mov": true,
	"review": true, "science": true, "party": true, "work": true, "best": true, "lol": true, "bond": true, "onion": true, "host": true, "press": true, "surf": true,
	"store": true, "shop": true, "club": true, "xn--p1ai": true, "id": true, "vn": true,
}

// goodDomains are services that ordinary sites begin to use from one day to the
// next. A domain belongs here when what it serves is its own, or looked after by
// somebody: an attacker who needs a script, a frame or a form of his own gets none
// there.
var goodDomains = map[string]bool{
	"7-zip.org": true, "accessibe.com": true, "accuweather.com": true, "acrobat.com": true, "acsbapp.com": true, "activehosted.com": true,
	"acuityscheduling.com": true, "addthis.com": true, "addtoany.com": true, "adobe.com": true, "adobe.io": true, "adobedtm.com": true,
	"airbnb.com": true, "airtable.com": true, "amazon.com": true, "amcharts.com": true, "anchor.fm": true, "animoto.com": true, "anydesk.com": true,
	"anyflip.com": true, "apple.com": true, "arcgis.com": true, "arcgisonline.com": true, "archive.org": true, "arduino.cc": true,
	"aspnetcdn.com": true, "audacityteam.org": true, "audioeye.com": true, "autodesk.com": true, "automattic.com": true, "baamboozle.com": true,
	"bandcamp.com": true, "bbc.co.uk": true, "bbc.com": true, "behold.so": true, "bilietai.lt": true, "bing.com": true, "bitwarden.com": true,
	"blender.org": true, "blooket.com": true, "bookcreator.com": true, "booking.com": true, "bookwhen.com": true, "bootstrapcdn.com": true,
	"botpress.cloud": true, "box.com": true, "brevo.com": true, "britannica.com": true, "britishcouncil.org": true, "browsealoud.com": true,
	"browser-update.org": true, "bsky.app": true, "bugsnag.com": true, "buzzsprout.com": true, "calameo.com": true, "calendly.com": true,
	"canva.com": true, "carto.com": true, "cartocdn.com": true, "cdn-cookieyes.com": true, "cdninstagram.com": true, "chartjs.org": true,
	"chatra.io": true, "chess.com": true, "chimpstatic.com": true, "chrome.com": true, "ckeditor.com": true, "clarity.ms": true, "classdojo.com": true,
	"cloud.microsoft": true, "cloudflare.com": true, "cloudflareinsights.com": true, "cloudflarestream.com": true, "cloudinary.com": true,
	"clustrmaps.com": true, "code.org": true, "colorado.edu": true, "complianz.io": true, "consentmanager.net": true, "conveythis.com": true,
	"cookie-script.com": true, "cookiebot.com": true, "cookiefirst.com": true, "cookiehub.net": true, "cookieinformation.com": true,
	"cookielaw.org": true, "cookieyes.com": true, "coursera.org": true, "creativecommons.org": true, "crisp.chat": true, "crosswordlabs.com": true,
	"curator.io": true, "d3js.org": true, "dailymotion.com": true, "datadoghq-browser-agent.com": true, "datatables.net": true, "day.lt": true,
	"desmos.com": true, "didomi.io": true, "disqus.com": true, "disquscdn.com": true, "documentfoundation.org": true, "donorbox.org": true,
	"doodle.com": true, "doubleclick.net": true, "dropbox.com": true, "dropboxusercontent.com": true, "drupal.org": true, "duolingo.com": true,
	"ebsco.com": true, "ebscohost.com": true, "ec.europa.eu": true, "edmodo.com": true, "edpuzzle.com": true, "educaplay.com": true,
	"elementor.com": true, "elfsight.com": true, "elfsightcdn.com": true, "elsevier.com": true, "emaze.com": true, "embedsocial.com": true,
	"epale.eu": true, "equalweb.com": true, "erasmusplus.lt": true, "esa.int": true, "eset.com": true, "esm.sh": true, "esri.com": true,
	"etwinning.net": true, "europeana.eu": true, "eventbrite.com": true, "eventbrite.lt": true, "exlibrisgroup.com": true, "eye-able.com": true,
	"facebook.com": true, "facebook.net": true, "fb.com": true, "fb.me": true, "fbcdn.net": true, "fienta.com": true, "figma.com": true,
	"flagcounter.com": true, "flickr.com": true, "fliphtml5.com": true, "flippingbook.com": true, "flippity.net": true, "flipsnack.com": true,
	"fontawesome.com": true, "fonts.net": true, "fontshare.com": true, "forecast7.com": true, "forms.app": true, "friendlycaptcha.com": true,
	"friendlycaptcha.eu": true, "g.page": true, "gemius.pl": true, "genial.ly": true, "genially.com": true, "geogebra.org": true,
	"getresponse.com": true, "ggpht.com": true, "gimkit.com": true, "gimp.org": true, "github.com": true, "githubassets.com": true, "gitlab.com": true,
	"gmpg.org": true, "goethe.de": true, "goo.gl": true, "goodreads.com": true, "google-analytics.com": true, "google.com": true, "google.lt": true,
	"googleadservices.com": true, "googleapis.com": true, "googlesyndication.com": true, "googletagmanager.com": true, "googleusercontent.com": true,
	"gravatar.com": true, "gravitec.net": true, "gstatic.com": true, "gtranslate.net": true, "h5p.com": true, "h5p.org": true, "hcaptcha.com": true,
	"here.com": true, "hereapi.com": true, "heyzine.com": true, "highcharts.com": true, "hotjar.com": true, "hotjar.io": true, "hs-analytics.net": true,
	"hs-banner.com": true, "hs-scripts.com": true, "hsforms.com": true, "hsforms.net": true, "hubspot.com": true, "iana.org": true, "icloud.com": true,
	"imgix.net": true, "imslp.org": true, "inkscape.org": true, "instagram.com": true, "institutfrancais.com": true, "intercom.io": true,
	"intercomcdn.com": true, "issuu.com": true, "isu.pub": true, "iubenda.com": true, "jetpack.com": true, "jigsawplanet.com": true,
	"jivochat.com": true, "jivosite.com": true, "joomla.org": true, "jotform.com": true, "jquery.com": true, "jsdelivr.net": true, "jspm.io": true,
	"jstor.org": true, "juicer.io": true, "kahoot.com": true, "kahoot.it": true, "keepass.info": true, "kevin.eu": true, "khanacademy.org": true,
	"klaviyo.com": true, "klix.app": true, "komoot.com": true, "krita.org": true, "kuula.co": true, "leafletjs.com": true, "learningapps.org": true,
	"lego.com": true, "letsencrypt.org": true, "libbyapp.com": true, "librarything.com": true, "libreoffice.org": true, "licdn.com": true,
	"lichess.org": true, "lightwidget.com": true, "linguise.com": true, "linkedin.com": true, "list-manage.com": true, "live.com": true,
	"livechatinc.com": true, "liveworksheets.com": true, "looker.com": true, "lottie.host": true, "lottiefiles.com": true, "luminor.lt": true,
	"mailchimp.com": true, "mailerlite.com": true, "makecommerce.lt": true, "mapbox.com": true, "maptiler.com": true, "mapy.cz": true,
	"mastodon.social": true, "mathjax.org": true, "matomo.cloud": true, "matomo.org": true, "matterport.com": true, "media-amazon.com": true,
	"mediawiki.org": true, "mega.nz": true, "menti.com": true, "mentimeter.com": true, "messenger.com": true, "meteo.lt": true, "meteoblue.com": true,
	"microsoft.com": true, "microsoftonline.com": true, "miro.com": true, "mit.edu": true, "mixcloud.com": true, "mlcdn.com": true, "monsido.com": true,
	"montonio.com": true, "moodle.org": true, "moodlecloud.com": true, "mozaweb.com": true, "mozilla.net": true, "mozilla.org": true,
	"msauth.net": true, "msecnd.net": true, "msftauth.net": true, "musescore.org": true, "musicnotes.com": true, "myfonts.net": true, "nasa.gov": true,
	"nato.int": true, "nearpod.com": true, "neopay.lt": true, "newrelic.com": true, "noteflight.com": true, "notepad-plus-plus.org": true,
	"notion.so": true, "nr-data.net": true, "nytimes.com": true, "obsproject.com": true, "oclc.org": true, "oecd.org": true, "office.com": true,
	"office365.com": true, "ogp.me": true, "olark.com": true, "omnisend.com": true, "onedrive.com": true, "onesignal.com": true, "onetrust.com": true,
	"opay.lt": true, "open-meteo.com": true, "openlibrary.org": true, "openstreetmap.org": true, "openweathermap.org": true, "opera.com": true,
	"osano.com": true, "osm.org": true, "outlook.com": true, "overdrive.com": true, "padlet.com": true, "padlet.org": true, "panoraven.com": true,
	"parastorage.com": true, "paypal.com": true, "paypalobjects.com": true, "paysera.com": true, "paysera.lt": true, "pinimg.com": true,
	"pinterest.com": true, "piwik.pro": true, "pixton.com": true, "plausible.io": true, "plot.ly": true, "plotly.com": true, "po.st": true,
	"podbean.com": true, "polyfill-fastly.io": true, "powerbi.com": true, "powr.io": true, "powtoon.com": true, "pressreader.com": true,
	"prezi.com": true, "privacy-center.org": true, "proquest.com": true, "publuu.com": true, "purl.org": true, "pushwoosh.com": true,
	"puzzel.org": true, "python.org": true, "quantcast.com": true, "quizizz.com": true, "quizlet.com": true, "rdfs.org": true, "readspeaker.com": true,
	"recaptcha.net": true, "redcross.org": true, "reuters.com": true, "revolut.com": true, "rive.app": true, "rss.app": true, "schema.org": true,
	"sciencedirect.com": true, "scribd.com": true, "seb.lt": true, "seesaw.me": true, "sender.net": true, "sendinblue.com": true,
	"sentry-cdn.com": true, "sentry.io": true, "sharepoint.com": true, "sharethis.com": true, "sibforms.com": true, "signal.org": true,
	"simpleanalytics.com": true, "simpleanalyticscdn.com": true, "simplybook.me": true, "siteimprove.com": true, "siteimproveanalytics.com": true,
	"siteimproveanalytics.io": true, "sketchfab.com": true, "skype.com": true, "sli.do": true, "slideshare.net": true, "slido.com": true,
	"smartsupp.com": true, "smartsuppchat.com": true, "snapchat.com": true, "snapwidget.com": true, "sociablekit.com": true, "socrative.com": true,
	"soundcloud.com": true, "spotify.com": true, "spreaker.com": true, "springer.com": true, "squarespace-cdn.com": true, "squarespace.com": true,
	"stackoverflow.com": true, "statcounter.com": true, "staticflickr.com": true, "storyjumper.com": true, "strava.com": true, "stripe.com": true,
	"stripe.network": true, "stripecdn.com": true, "surveymonkey.com": true, "sutori.com": true, "sway.com": true, "swedbank.lt": true,
	"swiperjs.com": true, "syndetics.com": true, "t.co": true, "tableau.com": true, "tagembed.com": true, "taggbox.com": true, "tally.so": true,
	"tandfonline.com": true, "tawk.to": true, "teamup.com": true, "teamviewer.com": true, "ted.com": true, "termly.io": true, "texthelp.com": true,
	"theguardian.com": true, "thinglink.com": true, "threads.net": true, "thunderbird.net": true, "tidio.co": true, "tidiochat.com": true,
	"tiketa.lt": true, "tiktok.com": true, "tiktokcdn.com": true, "tilda.ws": true, "tildacdn.com": true, "timetreeapp.com": true,
	"tinkercad.com": true, "tiny.cloud": true, "tinymce.com": true, "tockify.com": true, "tomorrow.io": true, "trafi.com": true, "translate.goog": true,
	"trello.com": true, "tripadvisor.com": true, "trustindex.io": true, "trustpilot.com": true, "ttwstatic.com": true, "twimg.com": true,
	"twitch.tv": true, "twitter.com": true, "typeform.com": true, "typekit.net": true, "un.org": true, "unesco.org": true, "unicef.org": true,
	"unpkg.com": true, "usefathom.com": true, "usercentrics.eu": true, "userlike.com": true, "userway.org": true, "viber.com": true,
	"videolan.org": true, "vimeo.com": true, "vimeocdn.com": true, "vocaroo.com": true, "w.org": true, "w3.org": true, "wa.me": true,
	"wakelet.com": true, "waze.com": true, "weatherwidget.io": true, "webex.com": true, "webflow.com": true, "webflow.io": true, "weglot.com": true,
	"wetransfer.com": true, "whatsapp.com": true, "who.int": true, "wikidata.org": true, "wikimedia.org": true, "wikipedia.org": true,
	"wiley.com": true, "windy.com": true, "withgoogle.com": true, "wix.com": true, "wixapps.net": true, "wixstatic.com": true, "wordpress.com": true,
	"wordpress.org": true, "wordwall.net": true, "worldcat.org": true, "wp.com": true, "wpmucdn.com": true, "x.com": true, "xmlns.com": true,
	"yamaha.com": true, "youtu.be": true, "youtube-nocookie.com": true, "youtube.com": true, "yr.no": true, "ytimg.com": true, "yumpu.com": true,
	"zdassets.com": true, "zendesk.com": true, "zoho.com": true, "zoom.us": true, "zopim.com": true,
}

// hostOf is the host of an absolute address as a browser reads it: white space
// within is nothing, a backslash is a slash. Empty: the address is of the page's
// own site, or leads to no host.
func hostOf(ref string) string {
	u := parseRef(ref)
	if u == nil {
		return ""
	}
	switch strings.ToLower(u.Scheme) {
	case "", "http", "https", "ws", "wss", "ftp":
		return withBucket(hostName(u), u.Path)
	}
	return ""
}

// withBucket names a bucket of a storage for everybody as a host of its own, although
// its name stands in the path: each is another's.
func withBucket(host, path string) string {
	if host != "storage.googleapis.com" && !(strings.HasPrefix(host, "s3") && strings.HasSuffix(host, ".amazonaws.com")) {
		return host
	}
	bucket, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if bucket == "" || len(bucket) > 63 || strings.Trim(bucket, "abcdefghijklmnopqrstuvwxyz0123456789.-") != "" {
		return host
	}
	return bucket + "." + host
}

func hostName(u *url.URL) string {
	h := strings.ToLower(strings.Trim(u.Hostname(), "."))
	if len(h) > 253 {
		h = h[:253]
	}
	return strings.ToValidUTF8(h, "")
}

// maxRef bounds an address, in bytes; of longer ones the beginning is read.
const maxRef = 2048

// parseRef reads an address as a browser does; nil: it is none.
func parseRef(ref string) *url.URL {
	ref = strings.Map(func(r rune) rune {
		switch r {
		case '\t', '\n', '\r':
			return -1
		case '\\':
			return '/'
		}
		return r
	}, strings.Trim(ref[:min(len(ref), maxRef)], " \t\r\n\f\x00"))
	u, err := url.Parse(ref)
	if err == nil {
		return u
	}
	// What follows the path may be anything: a browser is not choosy.
	if i := strings.IndexAny(ref, "?#%"); i >= 0 {
		if u, err = url.Parse(ref[:i]); err == nil {
			return u
		}
	}
	return nil
}
