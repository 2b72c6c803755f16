package demo

import (
	"time"

	"github.com/budi-monitor/budi/internal/collector/boltstore"
	"github.com/budi-monitor/budi/internal/collector/statuspage"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/i18n"
)

// publicPage is the ID of the page that everybody may read. It is the same in
// every demonstration, as are those of what is on it.
const publicPage = "6c1f5b0a-2f6e-4d53-9a3e-5d0c7f3b1a10"

// pastStatusPage publishes a page for parents, with a fault that is over and
// maintenance that is announced.
func (d *Demo) pastStatusPage(store *boltstore.Store) error {
	both := func(lt, en string) statuspage.Text {
		return statuspage.Text{i18n.Lithuanian: lt, i18n.English: en}
	}
	component := func(id string, name, group statuspage.Text, check string) statuspage.Component {
		return statuspage.Component{ID: id, Name: name, Group: group, Things: []topology.ID{topology.Check(check)}}
	}
	pupils, town := both("Mokiniams ir tėvams", "For pupils and parents"), both("Visiems", "For everybody")
	const diary = "6c1f5b0a-2f6e-4d53-9a3e-5d0c7f3b1a11"
	page := statuspage.Page{
		ID: publicPage, Path: "gimnazija", Published: true, Languages: []i18n.Lang{i18n.Lithuanian, i18n.English},
		Name:  both("Pavyzdžių gimnazijos paslaugų būklė", "How the services of the school are"),
		Intro: both("Prieš skambindami pažiūrėkite, ar apie tai jau žinome.", "Before you telephone, see whether it is known."),
		Components: []statuspage.Component{
			component(diary, both("Elektroninis dienynas", "Electronic diary"), pupils, "dienynas"),
			component("6c1f5b0a-2f6e-4d53-9a3e-5d0c7f3b1a12", both("Valgyklos meniu", "Menu of the canteen"), pupils, "valgykla"),
			component("6c1f5b0a-2f6e-4d53-9a3e-5d0c7f3b1a13", both("Gimnazijos svetainė", "Website of the school"), town, "svetaine"),
			component("6c1f5b0a-2f6e-4d53-9a3e-5d0c7f3b1a14", both("Bibliotekos katalogas", "Catalogue of the library"), town, "katalogas"),
		},
	}
	if err := store.PutStatusPage(page); err != nil {
		return err
	}
	day := func(days, hour, minute int) time.Time {
		at := d.now.In(d.location).AddDate(0, 0, days)
		return time.Date(at.Year(), at.Month(), at.Day(), hour, minute, 0, 0, d.location)
	}
	by := "user " + Administrator
	for _, post := range []statuspage.Post{
		{
			ID: "6c1f5b0a-2f6e-4d53-9a3e-5d0c7f3b1a21", Page: publicPage, Kind: statuspage.Incident, Impact: statuspage.Partly, Components: []string{diary},
			Title: both("Dienynas veikė lėtai", "The diary was slow"),
			Updates: []statuspage.Update{
				{At: day(-3, 8, 20), Status: statuspage.Investigating, By: by, Text: both("Dienynas atsidaro lėtai. Aiškinamės su tiekėju.", "The diary opens slowly. We are asking its provider.")},
				{At: day(-3, 10, 5), Status: statuspage.Resolved, By: by, Text: both("Tiekėjas sutaisė.", "The provider mended it.")},
			},
		},
		{
			ID: "6c1f5b0a-2f6e-4d53-9a3e-5d0c7f3b1a22", Page: publicPage, Kind: statuspage.Maintenance, From: day(2, 18, 0), To: day(2, 20, 0),
			Title:   both("Keičiama tinklo įranga", "Network equipment is exchanged"),
			Updates: []statuspage.Update{{At: day(-1, 14, 0), Status: statuspage.Announced, By: by, Text: both("Svetainė ir valgyklos meniu kelias minutes neveiks.", "The website and the menu will not work for some minutes.")}},
		},
	} {
		if err := store.PutStatusPost(post); err != nil {
			return err
		}
	}
	return nil
}
