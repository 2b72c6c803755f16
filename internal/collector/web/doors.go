package web

import (
	"net/http"
	"slices"

	"github.com/budi-monitor/budi/internal/collector/access"
)

// Route is one door of the console. Role "" is for everybody.
type Route struct {
	Method  string
	Pattern string // as in http.ServeMux
	Role    access.Role

	// Whole says that what is behind the door concerns the whole installation:
	// who sees some sites only is refused, whatever the role.
	Whole bool

	// Person says that what is behind the door is somebody's own account:
	// programs with a token have none.
	Person bool
}

// Opens reports whether the door opens for an identity.
func (r Route) Opens(id access.Identity) bool {
	return r.Role == "" || id.Role.Allows(r.Role) && (!r.Whole || id.Whole()) && (!r.Person || id.Kind == access.KindUser)
}

// handle answers a request, or says why not; errors become pages (fail).
type handle func(s *server, w http.ResponseWriter, r *http.Request) error

// door is a Route and what is behind it.
type door struct {
	Route
	handle handle
	body   int64 // bytes that a request may send; 0: maxBody
}

// get makes a door that shows something, and changes nothing.
func get(pattern string, role access.Role, h handle) door {
	return door{Route: Route{Method: http.MethodGet, Pattern: pattern, Role: role}, handle: h}
}

// post makes a door that changes something.
func post(pattern string, role access.Role, h handle) door {
	return door{Route: Route{Method: http.MethodPost, Pattern: pattern, Role: role}, handle: h}
}

// whole marks a door for those who see every site.
func (d door) whole() door {
	d.Whole = true
	return d
}

// own marks a door for people with an account.
func (d door) own() door {
	d.Person = true
	return d
}

// takes marks a door for forms with a file of so many bytes in them.
func (d door) takes(bytes int64) door {
	d.body = bytes + maxBody
	return d
}

// doors lists every door, group by group.
func doors() []door {
	return slices.Concat(
		accountDoors(),
		signInDoors(),
		overviewDoors(),
		incidentDoors(),
		deviceDoors(),
		orderDoors(),
		polledDoors(),
		credentialDoors(),
		healthDoors(),
		settingsDoors(),
		rosterDoors(),
		guideDoors(),
		heartbeatDoors(),
		calendarDoors(),
		topologyDoors(),
		peopleDoors(),
		checkDoors(),
		aspectDoors(),
		linksDoors(),
		slaDoors(),
		statusPageDoors(),
		jobDoors(),
		availabilityDoors(),
		placeDoors(),
		reportDoors(),
		searchDoors(),
		importDoors(),
		fileDoors(),
	)
}

// Routes lists every door of the console with the least role that opens it.
func Routes() []Route {
	var out []Route
	for _, d := range doors() {
		out = append(out, d.Route)
	}
	return out
}

func accountDoors() []door {
	return []door{
		get("/login", "", (*server).loginForm),
		post("/login", "", (*server).login),
		post("/logout", "", (*server).logout),
		get("/setup", "", (*server).setupForm),
		post("/setup", "", (*server).setup),
	}
}

func overviewDoors() []door {
	return []door{
		get("/{$}", access.Viewer, (*server).overview),
		get("/samples", access.Viewer, (*server).samples),
	}
}

// fileDoors are the files that are compiled in.
func fileDoors() []door {
	return []door{
		get("/style.css", "", asset("pages/style.css", "text/css; charset=utf-8")),
		get("/app.js", "", asset("pages/app.js", "text/javascript; charset=utf-8")),
		get("/icon.svg", "", asset("pages/icon.svg", "image/svg+xml")),
	}
}
