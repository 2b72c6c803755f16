package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"

	apiv2 "github.com/prometheus/alertmanager/api/v2"
	"github.com/prometheus/alertmanager/api/v2/models"
)

// What somebody is told who sees some sites only.
const (
	textNoSite = `you see some sites only, so the silence must name exactly one of them by equality: add the matcher site="ID"`
	textNoID   = "there is no such silence, or it does not name exactly one of your sites"
)

// seen returns the sites whose alerts whoever asks may see; none means all. It
// refuses whom no site is shown.
func (a *API) seen(w http.ResponseWriter, r *http.Request) (sites []string, ok bool) {
	sites, all := a.sites(r.Context())
	switch {
	case all:
		return nil, true
	case len(sites) == 0:
		refuse(w, http.StatusForbidden, "nothing says whose alerts may be seen")
		return nil, false
	}
	return sites, true
}

// onlyOf makes a request ask for alerts of the sites: one more filter beside
// those that were asked for, of which all must fit.
func onlyOf(sites []string, r *http.Request) {
	var quoted []string
	for _, site := range sites {
		quoted = append(quoted, regexp.QuoteMeta(site))
	}
	query := r.URL.Query()
	query.Add("filter", Matcher{Name: siteLabel, Value: strings.Join(quoted, "|"), Regex: true}.String())
	r.URL.RawQuery = query.Encode()
}

// allowed reports whether somebody who sees these sites may have the silence of
// an ID; when not, it has said so.
func (a *API) allowed(w http.ResponseWriter, r *http.Request, id string, sites []string) bool {
	s, err := a.silences.Get(r.Context(), id)
	switch {
	case err == nil && s.Of(sites):
		return true
	case err == nil, errors.Is(err, ErrNoSilence):
		refuse(w, http.StatusNotFound, textNoID)
	default:
		a.log.Error("find a silence", "err", err)
		refuse(w, http.StatusInternalServerError, "internal error; the collector's log says more")
	}
	return false
}

// posted checks a silence that somebody posts who sees these sites. What was
// understood of it is what goes on, so that nothing reads it otherwise.
func (a *API) posted(w http.ResponseWriter, r *http.Request, sites []string) bool {
	var posted models.PostableSilence
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(body, &posted)
	}
	if err == nil {
		err = posted.Validate(nil) // by the usual formats
	}
	if err == nil {
		body, err = json.Marshal(posted)
	}
	if err != nil {
		refuse(w, http.StatusBadRequest, "the silence cannot be read: "+err.Error())
		return false
	}
	stored, err := apiv2.PostableSilenceToProto(&posted)
	if err != nil {
		refuse(w, http.StatusBadRequest, "the silence cannot be read: "+err.Error())
		return false
	}
	if !silenceOf(stored).Of(sites) {
		refuse(w, http.StatusForbidden, textNoSite)
		return false
	}
	if posted.ID != "" && !a.allowed(w, r, posted.ID, sites) {
		return false
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return true
}

// listed answers the list of silences without those that reach beyond the
// sites.
func (a *API) listed(w http.ResponseWriter, r *http.Request, sites []string) {
	held := &heldAnswer{header: http.Header{}, code: http.StatusOK}
	a.inner.Handler.ServeHTTP(held, r)
	if held.code != http.StatusOK {
		held.flush(w)
		return
	}
	some, err := a.some(r.Context(), held.body.Bytes(), sites)
	if err != nil {
		a.log.Error("leave out silences of other sites", "err", err)
		refuse(w, http.StatusInternalServerError, "internal error; the collector's log says more")
		return
	}
	held.body.Reset()
	held.body.Write(some)
	held.header.Del("Content-Length")
	held.flush(w)
}

func (a *API) some(ctx context.Context, body []byte, sites []string) ([]byte, error) {
	var list models.GettableSilences
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, err
	}
	stored, err := a.silences.List(ctx)
	if err != nil {
		return nil, err
	}
	may := map[string]bool{}
	for _, s := range stored {
		may[s.ID] = s.Of(sites)
	}
	return json.Marshal(slices.DeleteFunc(list, func(s *models.GettableSilence) bool { return s.ID == nil || !may[*s.ID] }))
}
