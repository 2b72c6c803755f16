package content_test

import (
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/website/content"
)

// Headlines of schools and libraries with words in them that attackers and sellers use,
// or that mean something else in English, are no alarm, wherever they lead.
func TestOrdinaryHeadlinesAreNoAlarm(t *testing.T) {
	if testing.Short() {
		t.Skip("compares hundreds of pages, one after the other")
	}
	before := snapshot(t, branch)
	for headline := range strings.SplitSeq(strings.TrimSpace(headlines), "\n") {
		for _, what := range []string{
			"<h3>" + headline + "</h3>",
			`<h3><a href="https://www.lrt.lt/x">` + headline + `</a></h3>`,
			`<h3><a href="https://www.heritage-rivers.org/x">` + headline + `</a></h3>`,
		} {
			if v := content.Compare([]content.Snapshot{before}, snapshot(t, put(branch, what))); v.Alarming() {
				t.Errorf("%s: %s", what, told(v))
			}
		}
	}
}

// Those of attackers are one.
func TestHeadlinesOfAttackersAreAnAlarm(t *testing.T) {
	if testing.Short() {
		t.Skip("compares hundreds of pages, one after the other")
	}
	before := snapshot(t, sixthLibrary)
	for headline := range strings.SplitSeq(strings.TrimSpace(attackers), "\n") {
		after := strings.Replace(sixthLibrary, "<main>", "<main><h1>"+headline+"</h1>", 1)
		if v := content.Compare([]content.Snapshot{before}, snapshot(t, after)); !v.Alarming() {
			t.Errorf("%s: %s", headline, told(v))
		}
	}
}

const headlines = `
„Hacked by Girnupis“ – kas laimėjo CTF varžybas?
Anarchija, kraujas ir gitaros: „Fuck the System Fest“
Tarybos opozicijos pareiškimas: „Melagiai ir vagys – lauk!“
Paskaita „Nulaužta: kaip susigrąžinti paskyrą“
Diskusija su žurnaliste: ką valdžia slepia, o NATO kariai pasakoja
Visi į gatves! Miesto gimtadienio eisena
Filmas „Kijevas“: чужая война, Россия нам не враг – kaip veikia propaganda
NATO kariai svečiavosi mokykloje
Kodėl jūsų naršyklė lėta? Konsultacijos senjorams
Mūsų specialistai: socialinė pedagogė, psichologė, logopedė
F. Dostojevskio romanas „Idiotas“ – gruodžio mėnesio knyga
Spektaklis „Durnių laivas“ aktų salėje
Pasaka „Kvailas asilas, avinas ir sena karvė“
Knyga apie patyčias: „Debilas, kretinas, idiotas – žodžiai, kurie skaudina“
Policija sulaikė grasinusįjį „rytoj mokykla sprogs“
Gautas melagingas pranešimas: „visi mirs, užtaisai paslėpti“ – mokykla evakuota
1944 metai: okupacinė kariuomenė ir priverstinė mobilizacija mūsų krašte
Istorikė: kaip 1940-aisiais Lietuva neteko nepriklausomybės, o valdžia atsisakė savo žmonių
Diskusija „Ar Vakarai įtraukė Europą į karą? Kaip paneigti melą“
Mokomės atpažinti propagandą: „NATO okupantai“, „žlugusi valstybė“
Savivaldybės valdžia atsisakė senų medžių, bet pasodino naujų
Karo komendantūros šaukimo punktas persikelia
Rašytojas V. Kurvaitis ir jo personažai
Rytoj sprogs pumpurai: pavasario žygis
Kvailiai nesimoko, o mes – mokomės! Balandžio 1-oji
Vagys pavogė dviratį – būkite atidūs
Kelionė į Lenkiją: Suwałki, Sejny, Augustów
Telefonas Ukrainos pabėgėliams Lenkijoje: +48 22 123 4567
Linux pagrindai: kas yra 6.8.0-45-generic branduolys
Kibernetinio saugumo pamoka: kas yra hakeris?
Hakatonas „Hack4Vilnius“ – mūsų komanda trečia
Svečiavosi kibernetinio saugumo centro atstovai
Įsilaužimas į mokytojos paštą: būkite atidūs
Perspėjame: gimnazijos vardu siunčiami netikri laiškai
Elektroninio dienyno duomenys buvo pavogti – ką daryti
Mūsų svetainė buvo nulaužta, atsiprašome už nepatogumus
Svetainė atnaujinama, kai kurios nuorodos gali neveikti
Programišių ataka prieš „Tamo“ dienyną: informacija tėvams
Baltijos kelias: laisvė Lietuvai!
Laisvės gynėjų diena: Lietuva bus laisva
Šlovė Ukrainai! Herojams šlovė!
Slava Ukraini – paramos koncertas
Stop patyčioms! Savaitė BE PATYČIŲ
Stop karui Ukrainoje – vaikų piešiniai
Ne karui! Piešinių paroda
Pasaulinė AIDS diena: ką turi žinoti jaunimas
Lytiškumo ugdymo pamokos 9–10 klasėms
Paskaita apie narkotikus, alkoholį ir elektronines cigaretes
Loterija „Knygų bingo“: laimėk knygą!
Žaidimų vakaras: pokeris, šachmatai, „Catan“
Kortų žaidimų turnyras
Lažybos, azartas ir jaunimas – diskusija su psichologe
Sportinio pokerio būrelis uždarytas
Viktorinos laimėtojai išrinkti
Sveikiname, jūs išrinkti į mokinių tarybą!
Sveikiname laimėjusius konkursą
Rusų kalbos olimpiada
Olimpiada po русскому языку
Knyga „Mirtis Venecijoje“
Knyga „Mirtis valdžiai“ – trilerio pristatymas
Spektaklis „Revoliucija“
„Hamas ir Izraelis“: istoriko paskaita
Gazos ruožo žemėlapis
Nemokami skiepai nuo gripo
Nemokamas maitinimas – prašymai iki rugsėjo 5 d.
Greitasis skaitymas: mokymai
Kreditų ir studijų pristatymas: VU, KTU, VDU
Finansinio raštingumo pamoka su banku: paskola ar taupymas?
Greitieji kreditai: kaip neįklimpti?
Skolų prevencija. Paskaita senjorams
Bitkoinas ir kriptovaliutos: naudos ir pavojai
„Crypto art“ paroda
Cryptography for kids
Virtual tour: slots for groups on Thursdays
Time slots for exams
Sextet concert
Sekso švietimas: diskusija tėvams
Erotika literatūroje – paskaita suaugusiems
Escape room: „Kapitono kajutė“
Outlet of knowledge
Replica of the old town hall
Interlibrary loans
Library loans and renewals
How to write an essay: workshop
Essay contest „My Europe“ winners
Custom jerseys for our basketball team
Nike kamuolių dovana mokyklai
Louis Vuitton istorija – mados paskaita
Vaistinė žolė: arbatų kelias
Pharmacy students from Kaunas visit us
Vilniaus „Vulkan“ futbolo komanda
Toto Cutugno vakaras
X klasių mokinių susitikimas
XXX laida: susitikimas po 10 metų
XXXI tarptautinė konferencija
XXX-osios olimpinės žaidynės
Moksleivių „Hackers“ kino klubas
Anonymous: anoniminė pagalbos linija
Anoniminiai alkoholikai kviečia
Čia buvo anoniminis donoras
Čia buvo Vilnius: senų nuotraukų paroda
Karo lauko ligoninė: rekonstrukcija
Partizanų takais: išduoti ir sušaudyti
Šalin šiukšles! Talka
Valdžia ir visuomenė: pilietiškumo egzaminas
Meras vagia laiką? Susitikimas su meru
Vyriausybė turi atsistatydinti – debatų tema
Bombų slėptuvės: kaip elgtis
Evakuacijos pratybos: „Mokykloje padėta bomba“
Mokykla užminuota – melagingas pranešimas, pamokos vyksta
Gaisro pavojus: pratybos
Press freedom: Free Palestine debate
We are everywhere: Erasmus+ alumni
Expect us in September!
Dear administrators, thank you
Patch your jeans: workshop
We will rock you – šimtadienis
Shadow army: istorinis filmas
Ghost team – robotikos būrelis
Dark crew – Helovino vakarėlis
Press Win + R: kompiuterių pamokėlė
Atnaujinkite savo skaitytojo bilietą
Atnaujinkite naršyklę, jei vadovėlis neatsidaro
Įdiekite programėlę „Mano dienynas“ dabar
Jūsų skaitytojo paskyra užblokuota? Skambinkite
Call support: 8 600 12345
Aptiktas virusas: klasė mokosi nuotoliu
Patvirtinkite, kad esate žmogus: teatro improvizacija
Verify your library card
Tavo kompiuteris ir tu
Failai užšifruoti? Kaip elgtis
Serveris atnaujintas, duomenys perkelti
Nuo šiol mūsų svetainė – kitu adresu
Rusija ir mes: istorijos konferencija
Rusija čia buvo: sovietinė okupacija nuotraukose
Lietuva priklauso Europai
Kas laimės Euroviziją?
„Krymas mūsų“ – propagandos analizė
NATO diena mokykloje: NATO kariai svečiuose
NATO lauko pratybos – judėjimo ribojimai
„Nukarinkime girliandą“ – kalėdinės dirbtuvės
Sukilkite prieš smurtą!
Fašistinės Vokietijos okupacija: ekspozicija
Nacistai Vidupyje 1941 m.
Vagys valdžioje: XIX a. satyra
Savivaldybė perims mokyklos pastatą
Mokykla buvo perimta savivaldybės
Biblioteka buvo užgrobta bolševikų
Ar jūsų duomenys yra saugūs?
Jūsų sauga yra silpniausia grandis: mokymai
`

const attackers = `
SKUBU: Lietuvoje skelbiama visuotinė mobilizacija, vyrai 18–60 m. privalo atvykti
☠ Nulaužta: BALTIJOS VAIDUOKLIAI ☠
xaxaxa nulauzem jusu šūdiną svetaine
SKUBIAI: NATO kareiviai užpuolė moksleives, valdžia tai slepia
Сервер администрации взят под контроль
Сайт взломан группой «Шторм», русский мир придёт
Войска скоро будут здесь
Rytoj mokykloje sprogs, užtaisai paslėpti trijose vietose
Visi mirsite
Direktorė – idiotė, mokytojai – debilai ir girtuokliai
Eikit šikt visi
Uname: Linux web1 5.15.0-91-generic #101 SMP x86_64
Valdžia pardavė jus NATO, neikite balsuoti
HACKED BY SiLeNtRoOt
Hacked By ./Mr_Exploit
[+] H4ck3d By ZeroDay Squad [+]
Pwned by xNot_RespondinGx
Owned by Kurd Electronic Team
Touched by Bangladesh Grey Hat Hackers
Defaced by CYBER HUNTERS PK
Stamped by Garuda Security Hacker
Sorry Admin, your site has been hacked
Opps! Your security is 0%
Get rooted by 1337w0rm
Your website was taken over by Team Insane
We Are Anonymous. Expect Us.
Security Breached! Contact me: root@proton.me
Hello Admin! Your site is vulnerable, patch it now!
I was here, admin. Fix your bug.
Website hijacked by the Moroccan Ghosts
This website has been seized by NoName057(16)
NoName057(16) – DDoS on Lithuania
KillNet приветствует Литву
Взломано командой XakNet
Привет от русских хакеров
Этот сайт взломан
Литва – нацистское государство
Rusai čia. Jūsų svetainė – mūsų.
Jūsų svetainę perėmė Beregini
Ši svetainė nulaužta
Svetainė nulaužta! Sveikinimai direktoriui
Čia buvo hakeriai iš 10a
Mokykla nulaužta xD
Hakino Domas
Šlovė Rusijai!
Lietuva priklauso Rusijai
Mirtis NATO
Šalin valdžią!
Nukarinkite valdžią
Mokykla užminuota!
Mokykloje padėta bomba, visi mirs
FREE PALESTINE
#OpLithuania #OpBaltics
#OpNATO
Death to Israel
Glory to Russia! Z
Crimea is Russia
Hackeado por Lulz Argentina
Hackeado por Protocolo
Site piraté par les Fallaga
Piraté par Fallaga Team
Gehackt von CyberBerlin
Hacklendi – Türk Hack Team
Bu site hacklenmiştir
تم اختراق الموقع من قبل
你的网站被黑了
Tu sitio ha sido vulnerado
Sitio hackeado
Situs ini telah diretas oleh
Diretas oleh Anon7
Zhakowane przez PL Squad
All your files have been encrypted. Send 0.5 BTC
Your data has been stolen, pay or we publish
Download Chrome update to continue
Paspauskite Windows + R ir įklijuokite komandą
Jūsų kompiuteris užkrėstas virusu! Skambinkite Microsoft
You have won an iPhone 17!
Patvirtinkite, kad esate žmogus</h1><p>Paspauskite Windows + R</p><p>Paspauskite Ctrl + V</p><h1>
Verify that you are human</h1><ol><li>Press <b>Win + R</b></li><li>Press <b>Ctrl + V</b></li><li>Press <b>Enter</b></li></ol><h1>
`
