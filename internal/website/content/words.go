package content

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// phrase is something that defaced pages say.
type phrase struct {
	kind string // of the Mark
	weak bool   // ordinary pages may say it too
	re   *regexp.Regexp
}

// Phrases are held against plain text: lower case, without accents, digits that
// stand for letters written as these, single letters with spaces between joined.
// Where a phrase may be written with real digits, it is held against the text
// before those were changed as well.
var phrases = []phrase{
	{"hack_words", false, regexp.MustCompile(`\b(?:hacked|haxored|haxed|defaced|pwned|pwnd|pwn3d|rooted|owned and hacked|hijacked|cracked) (?:by|with love|from)\b`)},
	{"hack_words", false, regexp.MustCompile(`\b(?:site|website|web site|page|server|system|domain|school|library|we|you|u|ur|been|got|get) (?:has been|have been|was|is|are|got|been|just got) (?:hacked|pwned|defaced|hijacked)\b|\b(?:site|website|web site|server|system|you|u|ur) (?:has been|have been|was|is|are|got|been|just got) (?:owned|rooted|breached|taken over)\b`)},
	{"hack_words", false, regexp.MustCompile(`\b(?:you|u|ur|site|we) (?:got |have been |has been |were |are |been )+(?:hacked|pwned|owned|defaced)\b`)},
	{"hack_words", false, regexp.MustCompile(`^[\W_]*(?:hacked|pwned|defaced|owned|haxored|h4x0r|you are hacked|hacked site|isilauzta|nulauzta|vzlomano|vzlom)[\W_]*$`)},
	{"hack_words", false, regexp.MustCompile(`\b(?:greetz|greets? ?(?:to|fly|:)|shout ?outz?:|gr33tz|we are (?:anonymous|legion|watching you)|expect us[.! ]*$|we do not forgive|we do not forget|no system is safe|security is (?:just )?(?:an? )?(?:illusion|low|zero|null|joke)|your security (?:is|was|sucks|get)|security breached|(?:patch|fix) (?:your|ur) (?:bugs?|site|system|server|bug|security|website)|(?:sorry|dear|hey|hello|hi|dont worry|fuck(?:ed)?(?: you)?) (?:admin|administrator|webmaster|sysadmin|root)\b|message (?:to|for)(?: the)? admin\b|zone-?h\b|mirror-h|exploited by|shell by|deface[dr]? (?:page|by)|mass deface)`)},
	{"hack_words", false, regexp.MustCompile(`\b(?:cyber ?(?:army|ghosts?|jihad|caliphate|attack ?team|soldiers?|front|resistance)|(?:hack(?:er|ers|ing|tivist|tivists)?|haxors?|black ?hat|defacers?) (?:team|crew|army|group|gang|squad|clan|brigade)|anonymous (?:sudan|russia|collective|operation|italia|lithuania|lietuva)|killnet|noname ?(?:057|os7|ost)|xaknet|people'?s cyber|lulzsec|ghostsec|lizard ?squad|fatal error crew|team[ _](?:hack|deface|insane|pak|bd|indo|1945|r7)\w*|1877 ?team)\b`)},
	{"hack_words", false, regexp.MustCompile(`\b(?:jus|jumis|mus) (?:ka tik |jau |lengvai )?(?:nulauz|uzhakin|nuhakin|ishakin)\p{L}*|\b(?:team|crew|squad|army|legion|clan|anon\w*|\w*ghost\w*|cyber\w*|hack\w*|\w*h4x\w*)\b[^.]{0,40}\b(?:was|were) here\b`)},
	{"hack_words", false, regexp.MustCompile(`#op-[a-z]{4,}|#op_?(?:israel|india|iran|usa|russia|ukraine|nato|eu|europe|lithuania|lietuva|latvia|poland|gaza|palestine|free)|\bl33t\b|\b31337\b|\b1337 ?(?:crew|team|hax\w*|h4x\w*)`)},
	// Lithuanian, without its hooks and carons.
	{"hack_words", false, regexp.MustCompile(`(?:svetain|puslap|tinklalap|server|sistem)\p{L}* (?:yra |buvo |tapo |sekmingai |jau |visiskai )*(?:nulauzt|isilauzt|uzgrobt|uzvaldyt|perimt|sunaikint|hakint|uzhakint)\p{L}*|(?:mokykl|bibliotek|savivaldyb|gimnazij)\p{L}* (?:yra |buvo |tapo |sekmingai |jau |visiskai )*(?:nulauzt|hakint|uzhakint)\p{L}*`)},
	{"hack_words", false, regexp.MustCompile(`(?:nulauz[ei]|isilauz[ei]|uzgrob[ei]|uzvald[ei]|nulauzta|uzhakin\p{L}*|hakin\p{L}*|perem[ei]) (?:si\p{L}* |jusu |sita |musu )?(?:svetain|puslap|tinklalap|server|sistem|haker|komand|grup|programis)`)},
	{"hack_words", false, regexp.MustCompile(`\b(?:haker|programis|kiber)\p{L}* (?:grup|komand|armij|buri)\p{L}* (?:cia |buvo )*(?:[\p{L}\d_]+ )?(?:nulauz|perem|uzgrob|isilauz|sveikin|buvo cia)|^(?:uz|nu|is)?hakino\b|jusu (?:svetain|puslap|tinklalap|server|sistem)\p{L}* (?:nulauz|perem|uzgrob|uzvald|uzhakin)\p{L}*|\bcia buvo (?:haker|anonymous|anonimai\b)|jusu (?:apsauga|sauga|saugumas|sistema|svetaine|serveris|duomenys)(?: \W)? (?:yra |buvo )?(?:juok|pokst|nieko vert|silpn|nulin|apgailetin|pazeist|nulauzt|musu|pavogt|uzsifruot)|mes (?:stebim|matom)\p{L}* jus\b|laukite musu ataku|perduokite admin|sveikinimai adminui|adminas? (?:miega|pramiegojo)`)},
	// Others.
	{"hack_words", false, regexp.MustCompile(`\b(?:hacke?ad[oa]s? por|pirate?ad[oa] por|hacke par|pirate par|gehackt (?:von|durch)|gehackt!|hackerat[oa] da|violat[oa] da|zhakowan\p{L}*|hacklendi\p{L}*|hacklenmistir|hackledi|tarafindan hack\p{L}*|diretas|di-?hack|invadid[oa] por|ownad[oa] por|bi hack|hacknut\p{L}*|hackad av|hakeroval\p{L}*|uzlauzt\p{L}* hakeri|(?:vietne|lapa|majaslapa) (?:ir )?uzlauzt\p{L}*|(?:sitio|pagina) (?:web )?(?:ha sido |fue )?(?:hackead|vulnerad)[oa]|feltorve|hackeado)\b`)},
	{"hack_words", false, regexp.MustCompile(`взлома(?:н|л|ли|но|на|нный)\b|взломан|взлом сайта|хакеры? (?:групп|из )|привет от (?:\p{L}+ )?хакеров|защита (?:слаб|ноль|говно)|تم (?:ال)?اختراق|تم الإختراق|اختراق الموقع|هكر|هک شد|被黑|黑客|黑了|ハッキングされ|हैक`)},
	{"hack_words", false, regexp.MustCompile(`(?:files|data|database|databases|server|documents|site) (?:have been|has been|are|were|was|is) (?:\w+ )?(?:encrypted|locked|stolen|leaked|dumped|exfiltrated|deleted by)|(?:pay|send|transfer) [\w. ,]{0,30}(?:btc|bitcoins?|monero|xmr|usdt|ransom)|to (?:recover|decrypt|unlock|restore) your|(?:duomenys|failai|rinkmenos) (?:yra |buvo )?(?:uzsifruot|pavogt|paviesin)\p{L}*|(?:sumokekite|perveskite) [\p{L}\d. ,]{0,30}(?:btc|bitkoin|monero|ispirk)`)},
	{"hack_words", false, regexp.MustCompile(`\b(?:owned|stamped|touched|greets?) by (?:[\w.-]+ )?(?:team|crew|army|squad|group|clan)\b|\b(?:owned|stamped|touched) by (?:[\w.-]+ ){1,4}(?:team|crew|army|squad|clan|hackers?)\b`)},
	{"hack_words", false, regexp.MustCompile(`\buname:? (?:-a )?linux\b|\blinux \S+ \d+\.\d+\.\d+\S* [^.]{0,60}\b(?:x86|i686|amd64|gnu)|\bwww-data\b.{0,20}\d|\buid \d+ (?:www|apache|nginx|root)|\bpublic_html\b.{0,80}\b(?:upload|execute|shell|cmd)|\b(?:c99|r57|wso|b374k|p0wny|alfa|weevely|mini|web) ?shell\b|\bsafe ?mode:? (?:on|off)\b`)},
	{"hack_words", true, regexp.MustCompile(`\b(?:elite|phantom|ghost|shadow|dark|cyber) ?(?:team|crew|army|group|gang|squad|clan|brigade|hunters?|warriors?)\b|\b(?:hacked|pwned|defaced|hackers?|haxor|h4x|owned by|was here|is here|0wned|cyber ?attack|deface|anonymous|breach(?:ed)?|leaked|nulauzt\p{L}*|isilauz\p{L}*|haker\p{L}*)\b|хакер|взлом`)},

	{"slogan", false, regexp.MustCompile(`\b(?:free|save|liberate) (?:palestine|gaza|kashmir|kurdistan|syria|donbass?|russia|chechnya)|from the river to the sea|stop (?:the )?(?:genocide|killing|war in|bombing|supporting|arming|nato|sending weapons)|(?:death|down|shame|hell) (?:to|with|on) (?:israel|america|usa|nato|eu|lithuania|ukraine|the west|zionis\w+|government|fascis\w+|all)|allahu? ?(?:u ?)?akbar|\bjihad\b|islamic state|long live (?:islam|russia|palestine|the revolution|anarchy)|glory to (?:russia|the soviet|our hackers)|fuck (?:nato|usa|israel|lithuania|lietuva|the (?:system|government|police)|ukraine|eu|putin|russia|you|off|all)|(?:viva|vive) (?:la )?(?:palestin|revoluc)|no to nato|nato (?:out|go home|is (?:dead|evil|war))|stop nato|crimea is (?:ours|russia)|z[ao] pobedu|slava ross?ii|russkij mir|heil hitler|sieg heil|white power|kill all|hail (?:russia|putin)|(?:israel|usa|nato|lithuania|baltic\w*|government|regime) (?:terrorist|is (?:a )?(?:terror\w*|nazi|fascist)|will (?:fall|burn|pay))|justice for (?:palestine|gaza)`)},
	{"slogan", false, regexp.MustCompile(`слава (?:\p{L}+ )?росси|(?:литва|вильнюс|клайпеда|каунас|рига|таллин)[ —–-]+(?:это )?(?:наш|росси|нацис|фашис|террор)|(?:танки|армия|войска) (?:скоро |уже )?(?:будут|придут|будет|придет|идут)|советский союз (?:вернется|вернётся|жив)|за победу|русский мир|россия (?:здесь|навсегда|своих|победит|вперед)|смерть (?:нато|фашист|нацист|украин|литв)|литва (?:будет|это)|прибалтик\p{L}* (?:наш|будет|верн)|крым наш|хохл|бандер|своих не бросаем|нато (?:вон|домой|враг)|сила в правде|الله ?[أا]كبر|فلسطين|الموت ل|غزة`)},
	{"slogan", false, regexp.MustCompile(`\bpadet\p{L}* (?:\p{L}+ )?bomb|bomb\p{L}* (?:\p{L}+ )?(?:padet|sprogs)|uzminuot\p{L}*|bomb (?:is|has been|was|will be) (?:planted|placed|in)|заминирован|slove rusijai|rusija (?:laimes|nugales|(?:jau |yra )cia|cia[.! ]*$|visada|amzinai|grizta)|lietuva (?:bus|yra|priklauso) rusij|salin nato|nato (?:lauk\b|salin|okupant)|mirtis (?:nato|valdzi|okupant|fasist|naci|visiems|jums)|valdzia (?:meluoja|vagys|parsidav|jus apgaudinej)|(?:vagys|isdavikai|marionet\p{L}*|fasist\p{L}*|nacist\p{L}*|sukciai) (?:valdzi|seime|savivaldyb|lauk|turi|jums|is)|salin (?:valdzi|vyriausyb|savivaldyb|korumpuot|isdavik)|(?:vyriausyb|valdzi|savivaldyb|mer)\p{L}* (?:turi )?(?:atsistatydin|vagi\b|vagia|vagys|meluoj|korumpuot)|laisve palestinai|(?:sukilkite pries|nukarinkit\p{L}*) (?:valdzi|vyriausyb|savivaldyb|mer[aou]|direktor|isdavik|visus|juos)`)},

	{"fake_update", false, regexp.MustCompile(`(?:your|the|this|jusu) (?:browser|chrome|firefox|edge|flash(?: player)?|naršykle|narsykle|adobe flash\p{L}*|plugin|version of (?:chrome|firefox|your browser|flash|edge)) (?:is |yra |version is |needs? to be |must be |turi buti )(?:out of date|outdated|old|pasenusi|updated|atnaujint\p{L}*|expired|no longer supported|critically)|(?:update|install|download|atnaujinkite|idiekite) (?:now |your |the |latest |new |critical |required |dabar )*(?:chrome|google chrome|firefox|browser|flash|flash player|adobe flash|font pack|missing font|codec|plugin|narsykle|narsykles) ?(?:now|update|to continue|to view|dabar|kad galetumete|to see)|\bwin(?:dows)?(?: key| klavis\p{L}*)? ?(?:\+|plus|and|ir)? ?r\b[^.]{0,80}(?:ctrl ?\+? ?v|enter|paste|iklijuo)|verification steps|(?:paste|iklijuokite) [^.]{0,60}(?:enter|terminal|powershell|run)|powershell (?:-|\.exe)|mshta (?:http|\.exe)|(?:computer|pc|device|system|kompiuter\p{L}*|irengin\p{L}*|telefon\p{L}*) (?:is |has been |may be |yra |buvo )(?:\w+ )?(?:infected|locked|blocked|uzkrest\p{L}*|uzblokuot\p{L}*|at risk)|virus(?:es)? (?:was |were |has been |have been )?(?:detected|found) on|jusu (?:kompiuter|irengin|telefon)\p{L}* (?:yra |buvo )?(?:uzkrest|uzblokuot)|aptikta? (?:\w+ )?virus|\bcall (?:microsoft|windows|apple|toll.?free)|you (?:have won|are the (?:lucky )?winner)|congratulations!? you (?:have |are )?(?:won|been selected|selected)|allow notifications to|click allow`)},
	{"fake_update", false, regexp.MustCompile(`\bjusu \W*(?:google )?(?:chrome|firefox|edge|opera)\W* narsykl\p{L}* (?:yra )?(?:pasen|nebepalaik)\p{L}*|\bidiekite (?:\p{L}+ ){0,2}narsykles naujin\p{L}*`)},
	{"fake_update", true, regexp.MustCompile(`(?:press|paspauskite|spauskite|hold|hit) (?:the )?(?:windows|win|⊞)(?: key| klavis\p{L}*)? ?(?:\+|plus|and|ir)? ?r\b|(?:press|paspauskite|spauskite|hit) ctrl ?\+? ?v\b|\bjus (?:esate )?(?:laimej|isrinkt)\p{L}*|verify (?:that )?you are (?:a )?human|i'?m not a robot|patvirtinkite,? kad (?:esate|jus) (?:zmogus|ne robotas)`)},

	{"spam_words", false, regexp.MustCompile(`without (?:a )?prescription|\b(?:cheap|generic|discount) (?:generic |diet )?(?:pills?|meds|drugs|viagra)|online casinos?|casinos? online|casino (?:bonus|games?|slots?|utan|en ligne|sin|ohne|non aams)|best (?:online )?(?:casino|slots?|betting|poker)|slot ?gacor|gacor|slots? online|situs (?:slot|judi|togel|toto)|judi (?:online|bola|slot)|\btogel\b|\btoto ?4d\b|\bmaxwin\b|\bscatter hitam\b|agen (?:slot|judi|bola)|bandar (?:judi|togel|slot|bola)|\brtp (?:slot|live)|deposit pulsa|free spins?|no deposit|sports? ?betting|betting (?:sites?|odds|tips)|\b1x ?bet|\b1win\b|\bmostbet|\bmelbet|\b22bet|\bpin-?up (?:bet|casino|az)|\bvavada|\bvulkan (?:vegas|casino)|\bparimatch|online (?:poker|roulette|gambling|pharmacy|drugstore)|canadian pharmacy|(?:buy|cheap|order|generic|purchase|discount) (?:\w+ )?(?:viagra|cialis|levitra|kamagra|sildenafil|tadalafil|xanax|tramadol|ambien|adderall|modafinil|valium|phentermine|ozempic|steroids?|kratom|ivermectin)|viagra|\bcialis|\blevitra|\bkamagra|payday loans?|(?:instant|quick|fast|bad credit|personal) (?:cash )?loans?|cash advance|essay (?:writing serv\p{L}*|writers?)|(?:buy|custom|write my|cheap) (?:an? |your )?(?:essays?|term papers?|dissertations?|research papers?|thesis)|dissertation (?:help|writing)|replica (?:watch|handbag|bag|rolex|louis|shoes)\p{L}*|\b(?:nike|adidas|ugg|gucci|prada|moncler|rolex|louis vuitton|michael kors|ray.?ban)\b[\w '-]{0,20}\b(?:outlet|cheap|replica)|cheap (?:sneakers|shoes|handbags|jackets|sunglasses|watches)\b|(?:cheap|fake|wholesale|outlet) (?:rolex|louis vuitton|gucci|nike|nfl|jordan|ray.?ban|jerseys?|ugg|michael kors|moncler|canada goose)|jerseys? (?:wholesale|china|outlet)|\bescorts? (?:service|girls?|agency|in)|call girls?|\bporno?\b|porn ?(?:hub|tube|videos?)|\bxxx (?:video|movie|film|porn|sex|cam|tube|pics)\p{L}*|free xxx\b|\bxvideos|sex (?:videos?|chat|cams?|tube|dolls?)|(?:sex|adult|girls?|nude|porn) live ?cams?|live ?cam (?:girls?|sex|models?|shows?)|\bhentai|milf|\bnudes?\b|onlyfans leak|buy (?:backlinks?|followers|likes|instagram|traffic)|seo (?:backlinks|packages?)|(?:forex|binary options?|crypto) (?:trading )?(?:brokers?|signals?|bot|robot|investment)|bitcoin (?:casino|doubler|era|code|profit|mixer|gambling)|cbd (?:oil|gummies)|weight loss pills?|keto (?:gummies|pills)|penis|nulled (?:themes?|plugins?)|crack(?:ed)? (?:software|download)|serial keys?|keygen|fake (?:passports?|ids?|documents|diplomas?)|buy (?:fake|real) (?:passport|diploma|ielts|documents)`)},
	{"spam_words", true, regexp.MustCompile(`(?:internetin\p{L}*|online) (?:kazino|kasino)|kazino (?:internet|online|bonus|zaidim|be depozit)\p{L}*|geriausi\p{L}* (?:kazino|lazyb\p{L}*|lazybu|paskol\p{L}*)|lazyb\p{L}* (?:internet|bonus|online)\p{L}*|(?:greit(?:as|asis|oji|osios|ieji|os)?|skubus|skubi|smulkus|smulk\p{L}*) (?:vartojimo )?(?:kredit|paskol)\p{L}*|paskol\p{L}* (?:internetu|be uzstato|per 5|per 15|is karto|bet kam)|kredit\p{L}* (?:internetu|is karto)|pirkti (?:viagr|cialis|kamagr|diplom|steroid)\p{L}*|viagr[aou]\b|sekso (?:video|pazint|zaisl)\p{L}*|porno|investavimo platform\p{L}*|uzdirb\p{L}* [\d ]*(?:eur\p{L}*|€) (?:\p{L}+ )?is namu|\bpeln\p{L}* (?:\p{L}+ )?kas savait\p{L}*|erotin\p{L}* (?:masaz|pazint|pokalb)\p{L}*|eskort\p{L}*`)},
	{"spam_words", false, regexp.MustCompile(`\bbe (?:pradinio )?depozito\b|nemokam\p{L}* (?:sukim|sukini)\p{L}*`)},
	{"spam_words", false, regexp.MustCompile(`казино|игровые автоматы|ставки на спорт|букмекер|вулкан|бездепозит|рулетк|займ(?:ы|ов)?\b|микрозайм|кредит онлайн|порно|проститутк|интим|купить (?:диплом|справк|виагр|права|аттестат)|виагр|дженерик|スーパーコピー|ブランドコピー|激安|通販|財布|偽物|楽天|送料無料|レプリカ|カジノ|出会い系|博彩|赌场|娱乐城|赌博|百家乐|六合彩|彩票|时时彩|老虎机|棋牌|体育投注|色情|成人视频|裸聊|代开发票|私服|外挂|카지노|바카라|토토|슬롯|먹튀|성인|كازينو|قمار|بوكر|สล็อต|บาคาร่า|คาสิโน|พนัน|หวย|cá cược|nhà cái|lô đề|kèo nhà cái|casino siteleri|bahis|kaçak|kacak iddaa|deneme bonusu|slot siteleri|escort bayan|bonus veren`)},
}

// teaches is what announcements of lessons, books and plays about attackers and their
// slogans say, and notices of those who were attacked.
var teaches = regexp.MustCompile(`\b(?:kaip|ka daryti|paskait|mokym|seminar|patarim|pamokos|evakuo|grasin|pratyb|melaging|atsipras|lektor|policij|atpazin|dezinformac|mokomes|how to|lessons?|lectures?|workshops?|webinars?|awareness|exhibition|debate|debat|diskusij|susitikim|pristatym|minejim|parod|ekspozicij|spektakl|satyr|knyga\b|romanas\b|okupacij|varzyb|olimpiad|hakaton|ctf\b|festival|fest\b|koncert|opozicij|kibernetinio saugumo centr|nksc\b|duomen\p{L}* nenutek|paslaug\p{L}* (?:jau )?atkur)`)

// warns is what is said of pills, loans and gambling where young people are kept from
// them.
var warns = regexp.MustCompile(`prevencij|priklausomyb|pavojing|klastot|perdozav|skolu duob|nelosian|apgaul|sukciav|saugok|nepirk|pasekm|be recepto (?:\p{L}+ ){0,4}(?:draud|neteis)`)

// owned begins the title of a page that an attacker has.
var owned = regexp.MustCompile(`^[\W_]*(?:[o0]wned|stamped|touched|visited) by\b`)

// adult are words of links to pornography; XXX is thirty, and Essex a county.
const adult = `\bsex(?:y|ual)?\b|sex(?:cam|chat|shop|tube|video)|xxx[ -]?(?:video|movie|porn|tube|cam|pics)|\.xxx\b`

// spamLink is held against the text of a link and its address: one word is enough.
// Words that are ordinary in Lithuanian are no such words: “bet” is but, “judi” you move.
var spamLink = regexp.MustCompile(`casino|kazino|viagra|\bcialis|levitra|pharm(?:acy|a-)|payday|\bslots?[ -](?:online|game|machine|pulsa|demo)|(?:online|casino|free|best) slots?\b|slots?-|gacor|togel|\bjudi[ -]?(?:online|bola|slot)|poker|roulette|\bbet(?:s|ting)\b|\bbet\d|1xbet|[a-z]+bet\d+|lazyb|porn|` + adult + `|escort|\bloans?\b|(?:write|buy|best|custom|cheap|my)[^.]{0,10}essay|essay-?(?:writ|serv)|replica|jerseys?|outlet|rolex|vuitton|gambl|lottery|forex|bitcoin|crypto(?:\b|curr|coin|trad)|cbd|казино|ставк|займ|порно|カジノ|激安|通販|博彩|赌|카지노|バカラ|토토|สล็อต|bahis`)

// spamHost is held against the name of a host: no school links to such a one.
var spamHost = regexp.MustCompile(`casino|kazino|viagra|\bcialis\b|\brx-|-rx\b|pills\b|gacor|togel|1xbet|porn|` + adult + `|escort|pharmacy|payday|bahis|slots?-|(?:write|buy|do)-?my-?(?:essay|paper|homework)|essay-?(?:writ|serv|help|pro\b)`)

// advertises reports whether a text has words of casinos, pills and the like; weak:
// also those that a school may write.
func advertises(text string, weak bool) bool {
	return slices.ContainsFunc(said(text, true), func(m Mark) bool { return m.Kind == "spam_words" && (weak || !m.Weak) })
}

// Accounts to which money may be sent: of a bank (an IBAN), and wallets of
// cryptocurrency.
var (
	bankAccount = regexp.MustCompile(`\b[A-Z]{2}\d{2} ?(?:[A-Z]{4} ?)?(?:\d{4} ?){2,6}\d{0,4}\b`)
	wallet      = regexp.MustCompile(`\b(?:bc1[02-9ac-hj-np-z]{25,62}|0x[0-9a-fA-F]{40}|T[1-9A-HJ-NP-Za-km-z]{33}|[48][0-9AB][1-9A-HJ-NP-Za-km-z]{93})\b`)
)

// personal is said of where no institution has its money sent.
var personal = regexp.MustCompile(`\bi asmenin\p{L}* saskait|\b(?:usdt|btc|bitkoin\p{L}*|bitcoin|kriptovaliut\p{L}*)\b`)

// accounts notes the accounts that a line names.
func (r *reader) accounts(line string) {
	for _, number := range bankAccount.FindAllString(line, 20) {
		if number = strings.ReplaceAll(number, " ", ""); len(number) >= 15 {
			r.mark(Mark{Kind: "account", Subject: number, Excerpt: line, Weak: !personal.MatchString(plainText(line))})
		}
	}
	for _, address := range wallet.FindAllString(line, 20) {
		r.mark(Mark{Kind: "account", Subject: address, Excerpt: line})
	}
}

// Addresses of mail, and telephone numbers: with the code of a country, or as they
// are dialled within Lithuania.
var (
	mailAddress = regexp.MustCompile(`[A-Za-z0-9._+-]{1,64}@([A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,6})`)
	phoneNumber = regexp.MustCompile(`\+(\d{1,3}) ?\d|\b8[ -]\d{3}[ -]\d{5}\b|\b8[ -]\d{2,3}[ -]\d{2,3}[ -]\d{2,3}\b|\b0[ -]?\d{3}[ -]\d{5}\b`)
)

// homePhone is the code of Lithuania.
const homePhone = "370"

// dearPhone are numbers of Lithuania that cost whoever calls them; they count as those
// of a country of their own.
var dearPhone = regexp.MustCompile(`^(?:\+370|8|0)[ -]?\(?90[0-9]`)

// contacts counts the addresses of mail and the telephone numbers that a line names.
// Only hosts and countries are kept of them: the rest is somebody's.
func (r *reader) contacts(line string) {
	for _, m := range mailAddress.FindAllStringSubmatch(line, 20) {
		if h := strings.ToLower(m[1]); len(r.Mail) < maxMail || r.Mail[h] > 0 {
			r.Mail[h]++
		}
	}
	for _, m := range phoneNumber.FindAllStringSubmatchIndex(line, 20) {
		country := homePhone
		switch {
		case dearPhone.MatchString(line[m[0]:]):
			country = homePhone + "90"
		case m[2] >= 0 && !strings.HasPrefix(line[m[2]:m[3]], homePhone):
			country = line[m[2]:m[3]]
		}
		if len(r.Phones) < maxPhones || r.Phones[country] > 0 {
			r.Phones[country]++
		}
	}
}

// working is what pages say that stand in for others for a while.
var working = regexp.MustCompile(`(?:svetain|puslap|tinklalap)\p{L}* (?:siuo metu )?(?:yra |laikinai |bus )?(?:atnaujinam|tvarkom|kuriam|remontuojam|nepasiekiam|neveikia|isjungt|perkelt)\p{L}*|(?:vyksta|vykdomi|vykdome|atliekami|atliekame) (?:\p{L}+ ){0,3}(?:darb|atnaujinim|prieziur)\p{L}*|\b(?:under|down for|undergoing) (?:scheduled )?maintenance\b|(?:svetain|puslap)\p{L}* persikel\p{L}*|\bduomenu bazes klaida|klaida (?:\p{L}+ ){0,2}(?:jungiantis|prisijungiant) prie duomenu baz|\berror establishing a database connection\b`)

// spamCredit is held against them too. Ordinary pages lead to loans and credits of
// students: who does in plain sight, to a host of Lithuania, has to promise more.
var spamCredit = regexp.MustCompile(`kredit|paskol`)

// isSpam reports whether a link is one of spamLink's or spamCredit's.
func isSpam(text, host string, shown bool) bool {
	all := plainText(text) + " " + strings.ToLower(host)
	return spamLink.MatchString(all) || advertises(all, false) || spamCredit.MatchString(all) && !teaches.MatchString(all) && (!shown || advertises(all, true))
}

// operation is the tag of an attack as attackers write it; “#opera” is another.
var operation = regexp.MustCompile(`#Op([A-Z])`)

// shortI stands for й while accents are taken off: a private character of Unicode.
const shortI = "\ue000"

// plain writes a text as phrases expect it.
func plain(s string) (plain, leet string) {
	s = strings.ToLower(operation.ReplaceAllString(s, "#op-$1"))
	// й is a letter, not и with an accent.
	s = strings.ReplaceAll(norm.NFC.String(s), "й", shortI)
	out, _, err := transform.String(transform.Chain(norm.NFD, runes.Remove(runes.In(unicode.Mn)), runes.Remove(runes.In(unicode.Cf)), norm.NFC), s)
	if err == nil && ascii(out) || err == nil && !far(out) {
		s = out
	}
	s = strings.ReplaceAll(s, shortI, "й")
	s = joinSpaced(strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || r == '|' || r == '~' || r == '*' || r == '•' || r == '=' || r == '[' || r == ']'
	}), " "))
	leet = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "¡", "i", "€", "e", "_", " ", "-", " ", "=", " ", "а", "a", "е", "e", "о", "o", "с", "c", "ку", "ky", "к", "k", "н", "h", "у", "y").Replace(s)
	return s, leet
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// far reports whether a text has letters of an alphabet in which marks matter.
func far(s string) bool {
	for _, r := range s {
		if r > 0x590 && unicode.IsLetter(r) {
			return true
		}
	}
	return false
}

// joinSpaced writes "h a c k e d  b y" as "hacked by": four letters or more with
// single spaces between.
func joinSpaced(s string) string {
	fields := strings.Split(s, " ")
	single := 0
	for _, f := range fields {
		if len([]rune(f)) == 1 {
			single++
		}
	}
	if single < 6 || single*2 < len(fields) {
		return s
	}
	joined := strings.Join(fields, "")
	for _, w := range []string{"hacked", "defaced", "pwned", "owned"} {
		joined = strings.Replace(joined, w+"by", " "+w+" by ", 1)
	}
	return s + " " + joined
}

// said returns the marks of the phrases in a text. short says that the text stands
// alone: a title, a headline, a line of its own.
func said(text string, short bool) []Mark {
	if len(text) > 4000 {
		text = text[:4000]
	}
	low, leet := plain(text)
	out := abuses(low)
	for _, p := range phrases {
		at := p.re.FindStringIndex(low)
		from := low
		if at == nil && p.kind != "spam_words" {
			at, from = p.re.FindStringIndex(leet), leet
		}
		if at == nil {
			continue
		}
		m := Mark{Kind: p.kind, Subject: clip(from[at[0]:at[1]], maxSubject), Weak: p.weak, Count: 1, Excerpt: clip(around(from, at), maxExcerpt)}
		if p.kind != "spam_words" && (!short || p.kind != "fake_update" && teaches.MatchString(low)) {
			m.Weak = true
		}
		if p.kind == "spam_words" {
			for _, other := range p.re.FindAllStringIndex(low, 40) {
				m.Subject, m.Excerpt = clip(low[other[0]:other[1]], maxSubject), clip(around(low, other), maxExcerpt)
				out = append(out, m)
			}
			continue
		}
		out = append(out, m)
	}
	return out
}

// around is a place of a text with a few words before and after it.
func around(s string, at []int) string {
	from, to := max(0, at[0]-30), min(len(s), at[1]+60)
	return strings.ToValidUTF8(s[from:to], "")
}
