package content

import (
	"regexp"
	"strings"
)

// Words that no institution writes of itself: threats and insults, and what enemies of
// the country tell in good Lithuanian. All are held against plain text (see phrases).
var (
	threat = regexp.MustCompile(`\b(?:mirs|mirsite|zusite) visi\b|\bvisi (?:mirs|mirsite|zusite)\b|kraujas (?:bus|yra) ant jusu|\b(?:rytoj|siandien|pirmadieni|antradieni|treciadieni|ketvirtadieni|penktadieni)\b[^.]{0,20}\b(?:mokykl|gimnazij|darzel|bibliotek|savivaldyb|salej|pastat)\p{L}* [^.]{0,15}\bsprogs(?:ite)?\b|\b(?:nuzudysi|issaudysi|nusaudysi|isskersi|susprogdinsi)\p{L}* (?:visus|jus|tave|vis[ąa] mokykl)|\buztaisa?\p{L}* (?:yra |jau )?(?:paslept|padet)\p{L}*|\byou (?:will|are going to) all die\b|\beveryone (?:will|is going to) die\b|вы все (?:умр|сдохн)`)

	vulgar = regexp.MustCompile(`\bkur[vw](?:a|os|u|e|oms)\b|\bnachu[ij]\p{L}*|\bnaxu[ij]\b|\bbliad\p{L}*|\bblet\b|\bp[iy]zd\p{L}*|\beiki?te? (?:tu |jus )?sikt|\bsikn(?:a|ius|iai)\b|\bp[iy]der\p{L}*|\bpydar\p{L}*|\bsukruz\p{L}*|\bsliundr\p{L}*|\bmotherfuck\p{L}*|\bfuck(?:ing|ers?)\b|\bcunts?\b|\bnigg(?:er|a)s?\b|\bfaggots?\b|(?:^|\P{L})(?:хуй|пизд|бляд|ебан|мудак|пидор)`)

	// Of these one may be the name of a novel; three of a kind are an insult.
	insult = regexp.MustCompile(`\b(?:idiot|debil|kretin|ubag|girtuokl|buk[ai]s?\b|loch[aou]|uzsiciaupk|kvail|durni|sud(?:as|ai)\b|s\*das|nevyksel|psichop|isgam|pamazg|keks[es]\b|sukci|vagi(?:a|s)\b|vagys)`)

	// Said of somebody of the institution.
	insulted = regexp.MustCompile(`\b(?:direktor|mokytoj|auklet|pavaduotoj|vedej|bibliotekinink|mer(?:as|e)\b)\p{L}*(?: \W)? (?:yra )?(?:tikr\p{L}+ )?(?:durn(?:as|a|e|ius|iai)|kvail(?:as|a|e|ys|iai)|idiot\p{L}*|debil\p{L}*|kretin\p{L}*|karve|kiaule|pedofil\p{L}*|girtuokl\p{L}*|alkoholik\p{L}*|vag(?:is|ile|ys))\b`)

	// What attackers boast of, wherever it stands.
	boast = regexp.MustCompile(`\b(?:nulauzem|uzhakinom|nuhakinom|isilauzem)\p{L}* (?:i )?(?:jusu|sita|sia|visa)|\b(?:duomenu baze|slaptazodziai|duomenys)\b[^.]{0,40} (?:jau|dabar) musu\b|^[\W_]*(?:nulauzta|isilauzta|uzhakinta): |\b(?:your|the) (?:database|data|passwords|files) (?:is|are) (?:now )?ours\b|\bwe see all your\b|(?:сайт|сервер|портал)\p{L}* (?:\p{L}+ )?(?:взломан|захвачен|взят под контроль)|баз\p{L} данных (?:\p{L}+ )?(?:скачан|слит|украден)`)

	// What was done to a school or is taught there is told in such words too.
	reported = regexp.MustCompile(`\b(?:gaut(?:as|i|a)|gavo|gavom\p{L}*|melaging\p{L}*|evakuo\p{L}*|ikiteismin\p{L}*|sulai[ky]\p{L}*|grasin(?:us|im)\p{L}*|spektakl\p{L}*|knyg\p{L}*|film\p{L}*|roman\p{L}*|patyci\p{L}*|paskait\p{L}*|apysak\p{L}*|komedij\p{L}*|drama\p{L}*|pasak(?:a|os|u)\b|kinas\b|pjes\p{L}*|premjer\p{L}*|seans\p{L}*|reported|hoax)`)

	// narratives are what propaganda tells; a news item may have one of them.
	narratives = []*regexp.Regexp{
		regexp.MustCompile(`\b(?:valdzi|vyriausyb|vilni|briusel|seim)\p{L}* (?:\p{L}+ ){0,2}(?:meluoj|pardav|parsidav|isdav|apgaudinej|atsisak\p{L}* savo)\p{L}*|\blietuva valdo (?:\p{L}+ )?parsidav|\bparsidavel\p{L}*`),
		regexp.MustCompile(`\b(?:tarnau[jt]\p{L}*|uz) svetim\p{L}* (?:interes|pon)|\btarnauj\p{L}* (?:nato|amerik|vakar|briusel)`),
		regexp.MustCompile(`\bstumi?a (?:\p{L}+ ){0,4}i kara\b|\b(?:itrauk|itrauki)\p{L}* (?:\p{L}+ ){0,3}i kara\b`),
		regexp.MustCompile(`\bnevyk(?:ti|it|ite) i (?:saukimo|tarnyb|kariuomen)\p{L}*|\bslapt\p{L}* nato\b`),
		regexp.MustCompile(`\bnepriklausom\p{L}* (?:lietuv\p{L}* )?\W*(?:melas|nebera|pardav)\p{L}*|\bnepriklausomyb\p{L}* nebera`),
		regexp.MustCompile(`\bbrolisk\p{L}* (?:\p{L}+ ){0,2}(?:rytu|rusij|taut)\p{L}*|\bslov\p{L}* didzi\p{L}* rusijai|\bkrymas ?\W? ?rusij\p{L}*|\bgrisime i vilniu`),
		regexp.MustCompile(`\bneikite balsuoti|\bnemokekite mokesci\p{L}*|\bisvykite is salies|\batsiimkite vaikus`),
		regexp.MustCompile(`\bnauja soviet\p{L}* (?:imperij|sajung)\p{L}*|\bvakaru propagand\p{L}*|\bzlugusi valstyb\p{L}*|\bokupacin\p{L}* nato|\bnato okup\p{L}*`),
		regexp.MustCompile(`\bvaldzi\p{L}* (?:\p{L}+ ){0,2}slepia\b`),
		regexp.MustCompile(`\bnato (?:kari|kareivi)\p{L}* (?:\p{L}+ )?(?:uzpuol|isprievart|suvazin|nuzud|sumus)\p{L}*`),
		regexp.MustCompile(`\b(?:iseikit\p{L}*|visi|kvieciame(?: visus)?) i gatves\b`),
		regexp.MustCompile(`правительство (?:\p{L}+ )?(?:продал|предал)|киевск\p{L}* режим`),
		regexp.MustCompile(`россия (?:вам |нам )?не враг|чуж\p{L}* войн`),
		regexp.MustCompile(`выходите на улиц|работаем,? братья|чиновники ответят`),
		regexp.MustCompile(`\bvyr(?:ai|us|ams) (?:nuo )?\d\d ?(?:iki|\W)? ?(?:\d\d )?(?:\p{L}+\.? ){0,2}(?:privalo|turi|bus)\b`),
		regexp.MustCompile(`\bnato (?:pajeg|kari|dalini)\p{L}* (?:\p{L}+ )?(?:traukiasi|bega|paima|atima)\b`),
		regexp.MustCompile(`\bpriesin(?:tis|imasis) (?:\p{L}+ )?(?:beprasm|neverta)\p{L}*|\bsudekite ginkl\p{L}*`),
		regexp.MustCompile(`\bvyriausyb\p{L}* (?:\p{L}+ ){0,2}(?:perkeliama|pabego|bega|pasidave|kapituliavo)\b`),
		regexp.MustCompile(`\bskelbiama visuotine mobilizacija|\bbaudziam\p{L}* pagal karo|\bkaro meto istatym\p{L}*`),
		regexp.MustCompile(`\bkeisti lyti|\bgedytis savo taut\p{L}*|\bsvetim\p{L}* fond\p{L}*`),
	}
	taught = regexp.MustCompile(`atpazin|dezinformac|nar+atyv|paneig|kremli|\b(?:paskait|mokym|seminar|lektor|pamok|parod|minejim|knyg|spektakl|debat|diskusij|susitikim|pristatym|konferencij|istorik)`)
)

// abuses returns the marks of threats, insults and propaganda in a line that was made
// plain. Unlike phrases they are as bad in a long text as in a short one.
func abuses(low string) []Mark {
	var out []Mark
	add := func(kind string, weak bool, at []int) {
		out = append(out, Mark{Kind: kind, Subject: clip(low[at[0]:at[1]], maxSubject), Weak: weak, Count: 1, Excerpt: clip(around(low, at), maxExcerpt)})
	}
	told := reported.MatchString(low)
	if at := threat.FindStringIndex(low); at != nil {
		add("abuse", told, at)
	}
	if at := boast.FindStringIndex(low); at != nil {
		add("hack_words", told || teaches.MatchString(low), at)
	}
	if at := vulgar.FindStringIndex(low); at != nil {
		add("abuse", told, at)
	}
	if at := insulted.FindStringIndex(low); at != nil {
		add("abuse", told, at)
	}
	kinds := map[string]bool{}
	all := insult.FindAllStringIndex(low, 40)
	for _, at := range all {
		kinds[strings.TrimSpace(low[at[0]:min(at[1], at[0]+4)])] = true
	}
	if len(kinds) >= 3 {
		add("abuse", told, all[0])
	}
	if taught.MatchString(low) {
		return out
	}
	var first []int
	count := 0
	for _, re := range narratives {
		if at := re.FindStringIndex(low); at != nil {
			if count++; first == nil {
				first = at
			}
		}
	}
	if count >= 2 {
		add("slogan", false, first)
	}
	return out
}
