package collector

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/jsonapi"
	"github.com/budi-monitor/budi/internal/collector/notify"
	"github.com/budi-monitor/budi/internal/collector/promapi"
	"github.com/budi-monitor/budi/internal/collector/web"
)

// TestEveryRouteRefusesTheWrongRoleAndTheWrongSite is made from the route
// tables. What to knock with is in fixtures, where a new route needs one line:
//
//	page(query)        it shows things of several sites: who sees one site is
//	                   shown those of that one only, who sees all is shown both;
//	                   with one() it is asked for $site
//	plain(query)       it shows nothing of any site
//	about(ids, body)   it is about the things in its path, whose IDs these are
//	change(body)       it changes something that its body names
//	anybody()          it is for everybody, so that there is no wrong role
//	agentsOnly()       it is for agents, or programs that push
//
// A body is a form, or JSON when it begins with "{". In ids, bodies and queries
// $device is a device that is made for the request in the site that it is about,
// and $my_device one in the site of who asks; likewise every other thing of
// (*twoSides).things. A route may have several fixtures. With silently() the
// wrong site may be answered like the right one: that nothing is done and
// nothing told is asserted all the same.
func fixtures() map[string][]fixture {
	out := map[string][]fixture{}
	for _, group := range []map[string][]fixture{besideFixtures(), consoleFixtures(), jsonFixtures(), prometheusFixtures(), alertmanagerFixtures()} {
		maps.Copy(out, group)
	}
	return out
}

// besideFixtures are for the doors beside the console and the APIs.
func besideFixtures() map[string][]fixture {
	return map[string][]fixture{
		"GET /metrics":                 {plain("")},
		"POST /-/reload":               {change("")},
		"GET /-/healthy":               {anybody()},
		"GET /-/ready":                 {anybody()},
		"GET /-/here/{word}":           {anybody()},
		"GET /job/{secret}":            {anybody()},
		"GET /job/{secret}/{word}":     {anybody()},
		"POST /job/{secret}":           {anybody()},
		"POST /job/{secret}/{word}":    {anybody()},
		"GET /status/{path}/{$}":       {anybody(), anybody().of("$public")},
		"GET /status/{path}/feed.atom": {anybody(), anybody().of("$public")},
		"POST /api/agent/v1/enrol":     {agentsOnly()},
		"POST /api/agent/v1/write":     {agentsOnly()},
		"POST /api/agent/v1/report":    {agentsOnly()},
		"POST /api/v1/write":           {agentsOnly()},
	}
}

func consoleFixtures() map[string][]fixture {
	return map[string][]fixture{
		"GET /login":               {anybody()},
		"POST /login":              {anybody()},
		"GET /login/oidc":          {anybody()},
		"GET /login/oidc/callback": {anybody()},
		"POST /logout":             {anybody()},
		"GET /setup":               {anybody()},
		"POST /setup":              {anybody()},
		"GET /ack":                 {anybody()},
		"POST /ack":                {anybody()},
		"GET /runbooks/{name}":     {anybody()},
		"GET /style.css":           {anybody()},
		"GET /app.js":              {anybody()},
		"GET /icon.svg":            {anybody()},

		"GET /{$}":      {page("")},
		"GET /health":   {plain("")},
		"GET /topology": {page("")},
		"GET /samples":  {page(""), page("q=probe_success")},

		"GET /settings":                           {plain("")},
		"POST /settings/general":                  {change("institution=x")},
		"POST /settings/logo":                     {change("x=y").orInvalid()},
		"POST /settings/logo/remove":              {change("x=y")},
		"POST /settings/mail":                     {change("from=a@example.lt&host=127.0.0.1&security=none&auth=none&port=1")},
		"POST /settings/mail/remove":              {change("x=y").orInvalid()},
		"POST /settings/mail/test":                {change("to=a@example.lt")},
		"GET /settings/new-contact":               {plain("")},
		"POST /settings/new-contact":              {change("name=x&email=x@example.lt")},
		"GET /settings/contacts/{id}":             {about("$contact", "")},
		"POST /settings/contacts/{id}":            {about("$contact", "name=y&email=y@example.lt")},
		"POST /settings/contacts/{id}/remove":     {about("$contact", "")},
		"POST /settings/contacts/{id}/restore":    {about("$removed", "")},
		"GET /settings/new-escalation":            {plain("")},
		"POST /settings/new-escalation":           {change("after=1h&to=$contact")},
		"GET /settings/escalations/{id}":          {about("$escalation", "")},
		"POST /settings/escalations/{id}":         {about("$escalation", "after=2h&to=$contact")},
		"POST /settings/escalations/{id}/remove":  {about("$escalation", "")},
		"POST /settings/escalations/{id}/restore": {about("$unescalation", "")},
		"GET /settings/heartbeat":                 {plain("")},
		"POST /settings/heartbeat":                {change("url=http://127.0.0.1:1/x&interval=60&method=GET")},
		"POST /settings/heartbeat/try":            {change("x=y")},
		"POST /settings/heartbeat/remove":         {change("x=y")},
		"GET /logo":                               {anybody()},
		"GET /start":                              {plain(""), plain("step=4")},
		"POST /start/away":                        {change("x=y")},
		"POST /start/again":                       {change("x=y")},

		"GET /supplies":      {page(""), page("site=$site").one()},
		"GET /supplies.csv":  {page("")},
		"GET /supplies.xlsx": {plain("")},

		"GET /polled/new":          {plain("")},
		"POST /polled/new":         {change("do=add&key=x").orInvalid()},
		"GET /polled/{id}/edit":    {about("$polled", "")},
		"POST /polled/{id}/edit":   {about("$polled", "target=127.0.0.1:9")},
		"POST /polled/{id}/pause":  {about("$polled", "")},
		"POST /polled/{id}/resume": {about("$polled", "")},
		"GET /credentials":         {plain("")},
		"GET /credentials/new":     {plain("")},
		"POST /credentials/new":    {change("name=c$number&subnets=10.0.0.0/8&snmp.community=x")},
		"GET /credentials/edit":    {plain("name=$credential")},
		"POST /credentials/edit":   {change("of=$credential&snmp.community=x")},
		"POST /credentials/remove": {change("name=$credential")},

		"GET /incidents":                     {page(""), page("q=website"), page("site=$site").one()},
		"POST /incidents/acknowledge":        {change("id=$incident").silently()},
		"GET /incidents/{id}":                {about("$incident", ""), about("$closed", "")},
		"POST /incidents/{id}/acknowledge":   {about("$incident", "comment=x")},
		"POST /incidents/{id}/unacknowledge": {about("$acked", "").silently()},
		"POST /incidents/{id}/comment":       {about("$incident", "text=x"), about("$closed", "text=x")},
		"POST /incidents/{id}/silence":       {about("$incident", "length=hour&why=x")},
		"POST /incidents/{id}/close":         {about("$incident", "comment=x")},
		"GET /journal":                       {page(""), page("site=$site").one()},
		"POST /incidents/{id}/repair":        {about("$incident", "repair=x"), about("$closed", "repair=x")},
		"POST /incidents/{id}/publish":       {about("$incident", "public=x"), about("$closed", "public=x")},
		"GET /journal.xlsx":                  {plain("")},
		"GET /journal/times":                 {plain("")},
		"GET /journal.csv":                   {page(""), page("site=$site").one()},
		"GET /silences":                      {page("")},
		"GET /silences/new":                  {page("")},
		"POST /silences":                     {change("site=$site&length=hour&why=x"), change("device=$device&length=hour&why=x")},
		"POST /silences/{id}/end":            {about("$silence", "")},
		"POST /silences/{id}/again":          {about("$ended", "")},

		"GET /calendar":               {page("")},
		"GET /calendar.ics":           {page("")},
		"GET /calendar/new":           {page("")},
		"POST /calendar/new":          {change("kind=maintenance&name=x&site=$site&from=2027-01-01T10:00&to=2027-01-01T11:00&again=once"), change("kind=day&day=closed&date=2027-01-01&site=$site"), change("kind=maintenance&name=x&things=$device&from=2027-01-01T10:00&to=2027-01-01T11:00&again=once")},
		"GET /calendar/import":        {page("")},
		"POST /calendar/import":       {change("kind=closed&site=$site&text=BEGIN:VCALENDAR%0ABEGIN:VEVENT%0ASUMMARY:x%0ADTSTART:20270101%0AEND:VEVENT%0AEND:VCALENDAR%0A").silently()},
		"POST /calendar/import/apply": {change("entry=%7B%22maintenance%22:%5B%7B%22id%22:%22m-x$number%22,%22name%22:%22x%22,%22from%22:%222027-01-01+10:00%22,%22duration%22:3600000000000,%22sites%22:%5B%22$site%22%5D%7D%5D%7D")},
		"GET /calendar/{id}":          {about("$window", "")},
		"POST /calendar/{id}/remove":  {about("$window", "")},
		"POST /calendar/{id}/restore": {about("$unwanted", "")},

		"GET /people":                {plain("")},
		"GET /people/new":            {plain("")},
		"POST /people":               {change("login=new$number&name=x&language=en&role=viewer&whole=yes")},
		"GET /people/{id}/edit":      {about("$person", "")},
		"POST /people/{id}/edit":     {about("$person", "name=x&language=en&role=viewer&whole=yes")},
		"POST /people/{id}/disable":  {about("$person", "")},
		"POST /people/{id}/enable":   {about("$person", "")},
		"POST /people/{id}/remove":   {about("$person", "")},
		"POST /people/{id}/invite":   {about("$person", "")},
		"POST /people/{id}/password": {about("$person", "password=another+long+password")},
		"POST /people/{id}/sessions": {about("$person", "")},
		"GET /tokens":                {plain("")},
		"POST /tokens":               {change("name=new$number&role=viewer&whole=yes&days=30")},
		"POST /tokens/{id}/revoke":   {about("$apitoken", "")},
		"GET /audit":                 {plain("")},
		"GET /me":                    {plain("")},
		"POST /me":                   {plain("name=x&language=en").ofOne()},
		"POST /me/password":          {plain("current=wrong&password=another+long+password&again=another+long+password").orInvalid()},
		"POST /me/sessions":          {plain("")},
		"GET /invite":                {anybody()},
		"POST /invite":               {anybody()},

		"GET /devices":                  {page(""), page("q=pc")},
		"GET /devices/{id}":             {about("$device", "")},
		"POST /devices/change":          {change("id=$device&do=class&to_class=server").silently(), change("id=$device&do=room&to_room=x"), change("id=$my_device&id=$device&do=class&to_class=server")},
		"POST /devices/{id}/remove":     {about("$device", "")},
		"POST /devices/{id}/restore":    {about("$gone", "")},
		"POST /undo/{id}":               {about("", "").ofOne()},
		"POST /devices/{id}/edit":       {about("$device", "name=x")},
		"POST /devices/{id}/merge":      {about("$device", "other=$my_device"), about("$my_device", "other=$device")},
		"POST /devices/{id}/keep-apart": {about("$device", "other=$my_device"), about("$my_device", "other=$device")},
		"GET /agents":                   {page("")},
		"GET /sites":                    {page("")},
		"POST /sites":                   {change("name=new+$number")},
		"GET /sites/{id}":               {about("$site", "")},
		"POST /sites/{id}/rename":       {about("$site", "name=The+$word").orInvalid()},
		"POST /sites/{id}/remove":       {about("$site", "").orInvalid()},
		"POST /sites/{id}/restore":      {about("$site", "").ofOne()},
		"POST /sites/{id}/rooms":        {about("$site", "name=new+$number")},
		"GET /rooms/{id}":               {about("$room", "")},
		"POST /rooms/{id}/rename":       {about("$room", "name=new+$number")},
		"POST /rooms/{id}/remove":       {about("$room", "")},
		"POST /rooms/{id}/restore":      {about("$room", "").ofOne()},
		"POST /rooms/{id}/seats":        {about("$room", "x=y"), about("$my_room", "seat-$device=A1").orInvalid()},
		"GET /rooms/{id}/code":          {about("$room", "")},
		"POST /rooms/{id}/code":         {about("$room", "")},
		"POST /rooms/{id}/code/remove":  {about("$room", "")},
		"GET /r/{code}":                 {anybody()},
		"POST /r/{code}":                {anybody()},
		"GET /search":                   {page("q=website"), plain("q=pc"), plain("q=room"), plain("q=side")},

		"GET /checks":                {page(""), page("q=check"), page("site=$site").one()},
		"GET /checks/_new":           {plain(""), about("", "").with("from=$check")},
		"POST /checks/_new":          {change("site=$site&name=x&target=http://127.0.0.1:1/&interval=60&do=save")},
		"GET /checks/_import":        {plain("")},
		"POST /checks/_import":       {change("text=name%3Btarget%3Bsite%0Ax%3Bhttp://127.0.0.1:1/%3B$site").silently()},
		"POST /checks/_import/apply": {change("key=x").silently()},
		"GET /availability/{id}":     {about("$device", ""), about("check:$check", "")},
		"GET /checks/{id}":           {about("$check", "")},
		"POST /checks/{id}/try":      {about("$check", "")},

		"GET /sla":      {page("period=" + thisYear()), page("period=" + thisYear() + "&site=$site").one()},
		"GET /sla.csv":  {page("period=" + thisYear())},
		"GET /sla.xlsx": {plain("period=2026")},
		"GET /sla.pdf":  {plain("period=2026")},

		"GET /statuspages":                        {page("")},
		"GET /statuspages/_new":                   {plain("")},
		"POST /statuspages/_new":                  {change("path=p$number&name.en=x&lang.en=yes&site=$site")},
		"GET /statuspages/{id}":                   {about("$board", "")},
		"GET /statuspages/{id}/preview":           {about("$board", "")},
		"GET /statuspages/{id}/edit":              {about("$board", "")},
		"POST /statuspages/{id}/edit":             {about("$board", "path=p$number&name.en=x&lang.en=yes&site=$site"), about("$my_board", "path=p$number&name.en=x&lang.en=yes&site=$site")},
		"POST /statuspages/{id}/publish":          {about("$board", "")},
		"POST /statuspages/{id}/hide":             {about("$board", "")},
		"POST /statuspages/{id}/remove":           {about("$board", "")},
		"GET /statuspages/{id}/component":         {about("$board", "")},
		"POST /statuspages/{id}/component":        {about("$board", "name.en=x&things=check:$check"), about("$my_board", "name.en=x&things=check:$check")},
		"POST /statuspages/{id}/component/move":   {about("$board", "of=x").orInvalid()},
		"POST /statuspages/{id}/component/remove": {about("$board", "of=x").orInvalid()},
		"GET /statuspages/{id}/post":              {about("$board", "")},
		"POST /statuspages/{id}/post":             {about("$board", "title.en=x&text.en=x&impact=none&status=identified")},
		"GET /statusposts/{id}":                   {about("$post", "")},
		"POST /statusposts/{id}/update":           {about("$post", "status=monitoring&text.en=x")},
		"GET /statusposts/{id}/edit":              {about("$post", "")},
		"POST /statusposts/{id}/edit":             {about("$post", "title.en=y&impact=none")},
		"POST /statusposts/{id}/remove":           {about("$post", "")},

		"POST /checks/{id}/watch/content/approve":  {about("$check", "seen=1").orInvalid()},
		"POST /checks/{id}/watch/links/cancel":     {about("$check", "")},
		"GET /checks/{id}/watch/links/broken.csv":  {about("$check", "")},
		"GET /checks/{id}/watch/links/broken.xlsx": {about("$check", "")},

		"POST /checks/{id}/job/address": {about("$job", "")},

		"GET /checks/{id}/watch/{aspect}":       {about("$check security", "")},
		"POST /checks/{id}/watch/{aspect}/look": {about("$check security", "").silently()},
		"GET /checks/{id}/edit":                 {about("$check", "")},
		"POST /checks/{id}/edit":                {about("$check", "site=$site&name=x&target=http://127.0.0.1:1/&interval=60&do=save"), about("$my_check", "site=$site&name=x&target=http://127.0.0.1:1/&interval=60&do=save")},
		"POST /checks/{id}/pause":               {about("$check", "")},
		"POST /checks/{id}/resume":              {about("$check", "")},
		"POST /checks/{id}/remove":              {about("$check", "")},
		"POST /checks/{id}/restore":             {about("$dropped", "")},

		"GET /import/devices":        {plain("")},
		"POST /import/devices":       {change("text=name%3Bsite%0Ax%3B$site").silently()},
		"POST /import/devices/apply": {change("key=x").silently()},
		"GET /enrolment/{id}":        {about("", "").ofOne()},

		"GET /agents/{id}/revoke":         {about("$agent", "")},
		"POST /agents/{id}/revoke":        {about("$agent", "")},
		"POST /agents/tokens":             {change("site=$site&hours=24&uses=1")},
		"POST /agents/tokens/{id}/revoke": {about("$token", "")},
	}
}

func jsonFixtures() map[string][]fixture {
	const base = jsonapi.Base
	return map[string][]fixture{
		"GET " + base + "/openapi.json":             {anybody()},
		"GET " + base + "/sites":                    {page("")},
		"PUT " + base + "/sites/{id}":               {about("$site", `{"name":"x $site"}`)},
		"DELETE " + base + "/sites/{id}":            {about("$site", "")},
		"GET " + base + "/rooms":                    {page(""), page("site=$site").one()},
		"PUT " + base + "/rooms/{id}":               {about("$room", `{"site":"$site","name":"x"}`), about("$my_room", `{"site":"$site","name":"x"}`), about("$room", `{"site":"$my_site","name":"x"}`)},
		"DELETE " + base + "/rooms/{id}":            {about("$room", "")},
		"GET " + base + "/devices":                  {page("limit=1000"), page("site=$site").one(), page("text=pc&limit=1000")},
		"GET " + base + "/devices/{id}":             {about("$device", "")},
		"PATCH " + base + "/devices/{id}":           {about("$device", `{"name":"x"}`)},
		"DELETE " + base + "/devices/{id}":          {about("$device", "")},
		"GET " + base + "/devices/{id}/facts":       {about("$device", "")},
		"POST " + base + "/devices":                 {change(`{"target":"snmp://127.0.0.1:9","name":"new $number","site":"$site","anyway":true}`)},
		"GET " + base + "/devices/{id}/look":        {about("$polled", "")},
		"GET " + base + "/devices/{id}/polling":     {about("$polled", "")},
		"PUT " + base + "/devices/{id}/polling":     {about("$polled", `{"target":"snmp://127.0.0.1:9"}`)},
		"POST " + base + "/devices/{id}/pause":      {about("$polled", "")},
		"POST " + base + "/devices/{id}/resume":     {about("$polled", "")},
		"GET " + base + "/credentials":              {plain("")},
		"PUT " + base + "/credentials/{id}":         {about("$word", `{"snmp":{"version":"1"}}`)},
		"DELETE " + base + "/credentials/{id}":      {about("$credential", "")},
		"GET " + base + "/devices/{id}/history":     {about("$device", "")},
		"POST " + base + "/devices/{id}/merge":      {about("$device", `{"into":"$my_device"}`), about("$my_device", `{"into":"$device"}`)},
		"POST " + base + "/devices/{id}/keep-apart": {about("$device", `{"other":"$my_device"}`), about("$my_device", `{"other":"$device"}`)},
		"GET " + base + "/proposals":                {plain("")},
		"GET " + base + "/agents":                   {page("limit=1000"), page("site=$site").one()},
		"GET " + base + "/agents/{id}":              {about("$agent", "")},
		"POST " + base + "/agents/{id}/revoke":      {about("$agent", "")},

		"GET " + base + "/enrolment-tokens":              {page("limit=1000"), page("site=$site").one()},
		"POST " + base + "/enrolment-tokens":             {change(`{"site":"$site"}`)},
		"POST " + base + "/enrolment-tokens/{id}/revoke": {about("$token", "")},
		"GET " + base + "/incidents":                     {page("limit=1000"), page("site=$site").one(), page("state=open&limit=1000")},
		"GET " + base + "/incident-times":                {plain(""), plain("site=site-n")},
		"GET " + base + "/incidents/{id}":                {about("$incident", "")},
		"POST " + base + "/incidents/{id}/acknowledge":   {about("$incident", ""), about("$incident", `{"comment":"x"}`)},
		"POST " + base + "/incidents/{id}/take-back":     {about("$incident", "")},
		"POST " + base + "/incidents/{id}/close":         {about("$incident", `{"comment":"x"}`)},
		"POST " + base + "/incidents/{id}/comments":      {about("$incident", `{"comment":"x"}`)},
		"GET " + base + "/checks":                        {page("limit=1000"), page("site=$site").one(), page("text=check")},
		"GET " + base + "/availability":                  {page(""), page("site=$site").one()},
		"GET " + base + "/availability/{id}":             {about("$device", ""), about("check:$check", "")},
		"GET " + base + "/checks/{id}":                   {about("$check", "")},
		"GET " + base + "/checks/{id}/look":              {about("$check", "")},
		"GET " + base + "/checks/{id}/job":               {about("$job", "")},
		"PUT " + base + "/checks/{id}":                   {about("$check", `{"target":"http://127.0.0.1:1/","site":"$site"}`), about("$my_check", `{"target":"http://127.0.0.1:1/","site":"$site"}`), about("$check", `{"target":"http://127.0.0.1:1/","site":"$my_site"}`), about("new-$number", `{"target":"http://127.0.0.1:1/","site":"$site"}`)},
		"DELETE " + base + "/checks/{id}":                {about("$check", "")},
		"POST " + base + "/checks/{id}/pause":            {about("$check", "")},
		"POST " + base + "/checks/{id}/resume":           {about("$check", "")},
		"POST " + base + "/checks/{id}/restore":          {about("$dropped", "")},
		"GET " + base + "/status-pages":                  {page("limit=1000")},
		"GET " + base + "/status-pages/{id}":             {about("$shown", "")},
		"POST " + base + "/status-pages/{id}/posts":      {about("$board", `{"kind":"incident","title":{"en":"x"},"impact":"none","text":{"en":"x"}}`)},
		"POST " + base + "/status-posts/{id}/updates":    {about("$post", `{"status":"monitoring","text":{"en":"x"}}`)},
		"DELETE " + base + "/status-posts/{id}":          {about("$post", "")},
		"GET " + base + "/audit":                         {plain("")},
	}
}

func prometheusFixtures() map[string][]fixture {
	byPath := map[string]fixture{
		"query":               page("query=probe_success"),
		"query_range":         page("query=probe_success&start=$before&end=$now&step=60"),
		"series":              page("match[]=probe_success"),
		"labels":              plain(""),
		"label/{name}/values": page("").of("site"),
		"rules":               page(""),
		"alerts":              page(""),
		"query_exemplars":     plain("query=probe_success&start=$before&end=$now"),
		"format_query":        plain("query=probe_success"),
		"parse_query":         plain("query=probe_success"),
		"metadata":            plain(""), "targets": plain(""), "targets/metadata": plain(""), "scrape_pools": plain(""), "alertmanagers": plain(""),
		"status/buildinfo": plain(""), "status/runtimeinfo": plain(""), "status/flags": plain(""), "status/config": plain(""), "status/tsdb": plain(""),
	}
	forms := []string{"query", "query_range", "series", "labels", "query_exemplars", "format_query", "parse_query"} // by POST too
	out := map[string][]fixture{}
	for path, f := range byPath {
		out["GET "+promapi.Prefix+"/"+path] = []fixture{f}
	}
	for _, path := range forms {
		out["POST "+promapi.Prefix+"/"+path] = []fixture{byPath[path]}
	}
	return out
}

func alertmanagerFixtures() map[string][]fixture {
	const silence = `{"matchers":[{"name":"site","value":"$site","isRegex":false,"isEqual":true}],"startsAt":"2026-01-01T00:00:00Z","endsAt":"2096-01-01T00:00:00Z","createdBy":"x","comment":"x"}`
	return map[string][]fixture{
		"GET /api/v2/status":          {plain("")},
		"GET /api/v2/receivers":       {plain("")},
		"GET /api/v2/alerts":          {page(""), page("filter=alertname%3DSiteDown")},
		"GET /api/v2/alerts/groups":   {page("")},
		"GET /api/v2/silences":        {page("")},
		"POST /api/v2/silences":       {change(silence)},
		"GET /api/v2/silence/{id}":    {about("$silence", "")},
		"DELETE /api/v2/silence/{id}": {about("$silence", "")},
	}
}

// fixture says what to knock with at a door.
type fixture struct {
	kind   string
	ids    string // what is put in the path's places, word by word
	query  string
	body   string
	silent bool
	single bool // the page is asked for one site
	theirs bool // it is about who asks
	loose  bool // the request may be opened and then refused for what is in it
}

// thisYear is what reports on availability are asked for: the year where the
// collector is, which begins while it is still the old one elsewhere.
func thisYear() string {
	config := DefaultConfig()
	return time.Now().In(config.zone()).Format("2006")
}

func page(query string) fixture      { return fixture{kind: "page", query: query} }
func plain(query string) fixture     { return fixture{kind: "plain", query: query} }
func about(ids, body string) fixture { return fixture{kind: "about", ids: ids, body: body} }
func change(body string) fixture     { return fixture{kind: "about", body: body} }
func anybody() fixture               { return fixture{kind: "anybody"} }
func agentsOnly() fixture            { return fixture{kind: "agents"} }

func (f fixture) silently() fixture { f.silent = true; return f }

// one says that the page is asked for the things of one site.
func (f fixture) one() fixture { f.single = true; return f }

// orInvalid says that the values of the form are refused, when the door opened.
func (f fixture) orInvalid() fixture { f.loose = true; return f }

// ofOne says that what the route is about is one person's, and not of a site:
// there may be nothing of those who are let in, and they may change it.
func (f fixture) ofOne() fixture { f.loose, f.theirs = true, true; return f }

// with adds a query.
func (f fixture) with(query string) fixture { f.query = query; return f }

// of puts words into the path.
func (f fixture) of(ids string) fixture { f.ids = ids; return f }

// route is a door from one of the tables.
type route struct {
	method, pattern string
	role            access.Role
	whole           bool
	token           bool // API tokens alone open it
}

func (r route) String() string { return r.method + " " + r.pattern }

// allRoutes lists every door that there is.
func allRoutes(t *testing.T, c *Collector) []route {
	t.Helper()
	var out []route
	for _, r := range web.Routes() {
		out = append(out, route{r.Method, r.Pattern, r.Role, r.Whole, false})
	}
	for _, r := range jsonapi.Routes() {
		out = append(out, route{r.Method, r.Pattern, r.Role, r.Whole, false})
	}
	for _, r := range promapi.Routes() {
		out = append(out, route{r.Method, strings.Replace(r.Path, "*", "{name}", 1), access.Viewer, r.Whole, true})
	}
	for _, r := range notify.Routes() {
		method, path, _ := strings.Cut(r, " ")
		role := access.Operator
		if method == http.MethodGet {
			role = access.Viewer
		}
		if strings.HasSuffix(path, "/") {
			path += "{id}"
		}
		out = append(out, route{method, path, role, false, true})
	}
	config := c.Config()
	doors, err := c.doors(&config)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range append(doors, c.agentDoors()...) {
		method, path, found := strings.Cut(d.pattern, " ")
		switch {
		case strings.HasSuffix(d.pattern, promapi.Prefix+"/") || strings.HasSuffix(d.pattern, "/api/v2/"):
			continue // what is behind it has a table of its own
		case !found || strings.HasSuffix(path, "/"):
			t.Errorf("%s opens more than one route: let what is behind it list its routes, and add them to allRoutes", d.pattern)
		}
		out = append(out, route{method, path, d.role, d.whole, true})
	}
	return out
}

func TestEveryRouteRefusesTheWrongRoleAndTheWrongSite(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it asks some thousand times, one after the other")
	}
	w := newTwoSides(t)
	all := fixtures()
	for _, r := range allRoutes(t, w.c) {
		fs, known := all[r.String()]
		delete(all, r.String())
		if !known || len(fs) == 0 {
			t.Errorf("%s has no fixture: add a line to fixtures in routes_test.go that says what the route is about, such as\n\t%q: {about(\"$device\", \"name=x\")},", r, r)
			continue
		}
		for i, f := range fs {
			t.Run(fmt.Sprint(r, " ", i), func(t *testing.T) {
				w.t = t
				w.try(r, f)
			})
		}
	}
	for name := range all {
		t.Errorf("there is a fixture for %s, and no such route", name)
	}
}

// try knocks at a route as everybody: first those for whom it must not open,
// then those for whom it must.
func (w *twoSides) try(r route, f fixture) {
	w.t.Helper()
	switch f.kind {
	case "anybody":
		if r.role != "" {
			w.t.Errorf("the fixture says that it is for everybody; the route needs %s", r.role)
		}
		for _, site := range []string{northside, southside} {
			if answer := w.ask(who{}, r, f, site, otherSide(site)); answer.tells(site) {
				w.t.Errorf("nobody is told of %s: %s", site, answer)
			}
		}
		return
	case "agents":
		for _, a := range everybody(nil) {
			if answer := w.ask(a, r, f, southside, northside); answer.Code != http.StatusUnauthorized && answer.Code != http.StatusForbidden && answer.Code != http.StatusBadRequest && a.role != access.Push {
				w.t.Errorf("%s is answered %d %s", a, answer.Code, answer.Body)
			}
		}
		return
	}
	if r.role == "" {
		w.t.Errorf("the route is for everybody, and the fixture is not anybody()")
	}
	for _, a := range everybody(nil) {
		if a.token = r.token; a.role.Allows(r.role) {
			continue
		}
		if answer := w.ask(a, r, f, southside, southside); !answer.shut() || answer.changed || answer.tells(southside) {
			w.t.Errorf("%s is not refused: %s", a, answer)
		}
	}
	for _, mine := range []string{northside, southside} {
		for _, role := range slices.Compact([]access.Role{r.role, access.Administrator}) {
			w.trySite(r, f, who{role: role, sites: []string{mine}, token: r.token}, mine)
		}
	}
	least := who{role: r.role, token: r.token}
	answer := w.ask(least, r, f, southside, southside)
	if !answer.open(f) {
		w.t.Errorf("%s is refused: %s", least, answer)
	}
	if f.kind == "page" && (!answer.tells(southside) || !f.single && !answer.tells(northside)) {
		w.t.Errorf("%s is not shown both sites, so that nothing follows from not being shown one; make things there, or call it plain: %s", least, answer)
	}
}

// trySite knocks as somebody who sees one site.
func (w *twoSides) trySite(r route, f fixture, a who, mine string) {
	w.t.Helper()
	other := otherSide(mine)
	wrong := w.ask(a, r, f, other, mine)
	if wrong.tells(other) {
		w.t.Errorf("%s is told of %s: %s", a, other, wrong)
	}
	if wrong.changed && !f.theirs {
		w.t.Errorf("%s changed something of %s: %s", a, other, wrong)
	}
	if r.whole {
		if !wrong.shut() {
			w.t.Errorf("%s is not refused what concerns all sites: %s", a, wrong)
		}
		return
	}
	if refused := wrong.shut() || wrong.Code == http.StatusNotFound || wrong.Code == http.StatusUnprocessableEntity; f.kind == "about" && !f.silent && !refused {
		w.t.Errorf("%s is not refused what is of %s: %s", a, other, wrong)
	}
	right := w.ask(a, r, f, mine, mine)
	if !right.open(f) {
		w.t.Errorf("%s is refused what is of the own site: %s", a, right)
	}
	if right.tells(other) {
		w.t.Errorf("%s is told of %s: %s", a, other, right)
	}
	if f.kind == "page" && !right.tells(mine) {
		w.t.Errorf("%s is not shown the own site: %s", a, right)
	}
}

// everybody is nobody, every role and a program that pushes.
func everybody(sites []string) []who {
	out := []who{{}}
	for _, role := range access.Roles() {
		out = append(out, who{role: role, sites: sites})
	}
	return append(out, who{role: access.Push, sites: []string{northside}, token: true})
}

// asked is an answer.
type asked struct {
	*httptest.ResponseRecorder
	sent    string // what was asked with, which an answer may repeat
	changed bool   // something was put on the audit record
}

// ask knocks with a fixture, for things of a site.
func (w *twoSides) ask(a who, r route, f fixture, site, mine string) asked {
	w.t.Helper()
	ids := strings.Fields(w.fill(f.ids, site, mine))
	path := regexp.MustCompile(`\{[^}]*\}`).ReplaceAllStringFunc(r.pattern, func(place string) string {
		if place == "{$}" {
			return ""
		}
		if len(ids) == 0 {
			return "x"
		}
		id := ids[0]
		ids = ids[1:]
		return id
	})
	query, body := w.fill(f.query, site, mine), w.fill(f.body, site, mine)
	if query != "" && r.method == http.MethodGet {
		path += "?" + query
	} else if body == "" {
		body = query
	}
	prove := w.proofOf(a)
	before := w.newest()
	answer := w.knock(prove, r.method, path, body)
	return asked{answer, path + " " + body, w.newest() != before}
}

// shut reports whether the door stayed closed.
func (a asked) shut() bool {
	return a.Code == http.StatusForbidden || a.Code == http.StatusUnauthorized || strings.HasPrefix(a.Header().Get("Location"), "/login?next=")
}

// open reports whether the door opened and the request was understood.
func (a asked) open(f fixture) bool {
	understood := a.Code < 400 || a.Code == http.StatusConflict || f.loose && (a.Code == http.StatusUnprocessableEntity || a.Code == http.StatusNotFound)
	return !a.shut() && understood
}

// tells reports whether an answer tells of a site, by what its things are
// called or, where nobody asked with it, by its ID.
func (a asked) tells(site string) bool {
	body := a.Body.String()
	return strings.Contains(body, mark(site)) || !strings.Contains(a.sent, site) && strings.Contains(body, site)
}

// String shows an answer, or what it tells of the sites.
func (a asked) String() string {
	text := regexp.MustCompile(`(?s)<head>.*?</head>|<header>.*?</header>|<[^>]*>|\s+`).ReplaceAllString(a.Body.String(), " ")
	var places []string
	for _, at := range regexp.MustCompile(mark(northside)+"|"+mark(southside)).FindAllStringIndex(text, 4) {
		places = append(places, text[max(0, at[0]-60):min(len(text), at[1]+40)])
	}
	if places == nil {
		places = []string{strings.TrimSpace(text[:min(len(text), 400)])}
	}
	return fmt.Sprintf("%q is answered %d %q", a.sent, a.Code, places)
}
