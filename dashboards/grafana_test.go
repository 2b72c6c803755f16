package dashboards_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/i18n"
)

// object is a part of Grafana's JSON; keys are written in their order.
type object map[string]any

// writer writes boards in Grafana's form (schemaVersion 39, Grafana 10 and
// later) in one language.
type writer struct {
	t     *testing.T
	texts *i18n.Catalogue
	lang  i18n.Lang
}

func (w writer) text(key string) string {
	if !w.texts.Has(w.lang, key) {
		w.t.Errorf("the catalogue has no text %q in %s", key, w.lang)
	}
	return w.texts.Text(w.lang, key, nil)
}

func prometheus() object { return object{"type": "prometheus", "uid": "${datasource}"} }

// write writes one board.
func (w writer) write(b board) []byte {
	panels, x, y, tallest := []object{}, 0, 0, 0
	for i, p := range b.panels {
		if x+p.w > 24 {
			x, y, tallest = 0, y+tallest, 0
		}
		panels = append(panels, w.panel(b, i+1, p, object{"x": x, "y": y, "w": p.w, "h": p.h}))
		x, tallest = x+p.w, max(tallest, p.h)
	}
	title := "grafana." + b.key
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(object{
		"uid": "budi-" + b.key, "title": "Budi: " + w.text(title+".title"), "description": w.text(title + ".text"), "tags": []string{"budi"},
		"schemaVersion": 39, "version": 1, "editable": true, "graphTooltip": 1, "refresh": "1m", "timezone": "browser",
		"time": object{"from": "now-24h", "to": "now"}, "annotations": w.annotations(b), "links": w.links(),
		"templating": object{"list": w.variables(b.vars)}, "panels": panels,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out.Bytes()
}

// annotations mark when incidents' rules fired, in every board.
func (w writer) annotations(b board) object {
	expr := `ALERTS{alertstate="firing", severity=~"critical|warning"}`
	for _, v := range b.vars {
		if v == "site" {
			expr = `ALERTS{alertstate="firing", severity=~"critical|warning", site=~"$site"}`
		}
	}
	return object{"list": []object{{
		"name": w.text("grafana.annotation"), "datasource": prometheus(), "enable": true, "iconColor": "red", "expr": expr, "step": "60s",
		"titleFormat": "{{alertname}}", "textFormat": "{{device}}{{check}} {{severity}}", "tagKeys": "site",
	}}}
}

// links lead to the other boards, with what is chosen here, and to the console.
func (w writer) links() []object {
	return []object{
		{"type": "dashboards", "title": w.text("grafana.links.boards"), "tags": []string{"budi"}, "asDropdown": true, "includeVars": true, "keepTime": true, "icon": "external link"},
		{"type": "link", "title": w.text("grafana.links.console"), "url": "${console}", "targetBlank": true, "icon": "bolt"},
	}
}

func (w writer) variables(names []string) []object {
	list := []object{
		{"name": "datasource", "label": w.text("grafana.var.datasource"), "type": "datasource", "query": "prometheus", "refresh": 1, "current": object{}, "hide": 0},
		{"name": "console", "label": w.text("grafana.var.console"), "type": "textbox", "query": "http://127.0.0.1:9480", "hide": 0,
			"current": object{"text": "http://127.0.0.1:9480", "value": "http://127.0.0.1:9480"}},
	}
	questions := map[string]string{
		"site":   `label_values(budi_device_info, site)`,
		"room":   `label_values(budi_device_info{site=~"$site"}, room)`,
		"device": `label_values(budi_device_info{site=~"$site", room=~"$room"}, device)`,
		"one":    `label_values(budi_device_info{site=~"$site", room=~"$room"}, device)`,
		"check":  `label_values(budi_look_unknown{site=~"$site"}, check)`,

		"printer":   `label_values(budi_device_info{site=~"$site", room=~"$room", kind="printer"}, device)`,
		"projector": `label_values(budi_device_info{site=~"$site", room=~"$room", kind=~"projector|display"}, device)`,
		"network":   `label_values(budi_device_info{site=~"$site", room=~"$room", kind=~"switch|router|access-point"}, device)`,
		"ups":       `label_values(budi_device_info{site=~"$site", room=~"$room", kind=~"ups|nas|server-board"}, device)`,
		"port":      `label_values(ifOperStatus{site=~"$site", device=~"$device"}, ifName)`,
	}
	for _, name := range names {
		v := object{
			"name": name, "label": w.text("grafana.var." + name), "type": "query", "datasource": prometheus(), "refresh": 2, "sort": 1,
			"definition": questions[name], "query": object{"query": questions[name], "refId": name}, "multi": true, "includeAll": true,
			"current": object{"text": []string{"All"}, "value": []string{"$__all"}},
		}
		switch name {
		case "site", "room":
			v["allValue"] = ".*" // a device without a room has an empty one
		case "port":
			v["allValue"] = ".+"
		case "printer", "projector", "network", "ups":
			v["name"] = "device"
		case "one":
			v["name"], v["multi"], v["includeAll"], v["current"] = "device", false, false, object{}
		}
		list = append(list, v)
	}
	return list
}

func (w writer) panel(b board, id int, p panel, pos object) object {
	key := "grafana." + b.key + "." + p.key
	var targets []object
	for i, q := range p.queries {
		t := object{"refId": string(rune('A' + i)), "datasource": prometheus(), "expr": q.expr, "legendFormat": q.legend}
		if q.legend != "" && !strings.Contains(q.legend, "{{") {
			t["legendFormat"] = w.text("grafana.legend." + q.legend)
		}
		if p.kind == "stat" || p.kind == "table" || p.kind == "bargauge" {
			t["instant"], t["range"] = true, false
		}
		if p.kind == "table" {
			t["format"] = "table"
		}
		targets = append(targets, t)
	}
	defaults := object{"links": w.dataLinks(b, p)}
	if p.unit != "" {
		defaults["unit"] = p.unit
	}
	if p.full != 0 {
		defaults["min"], defaults["max"] = 0, p.full
	}
	if len(p.steps) > 0 {
		var steps []object
		for i, s := range p.steps {
			at := object{"color": s.color, "value": s.from}
			if i == 0 {
				at["value"] = nil
			}
			steps = append(steps, at)
		}
		defaults["thresholds"] = object{"mode": "absolute", "steps": steps}
		defaults["color"] = object{"mode": "thresholds"}
	}
	if p.mapped != "" {
		options := object{}
		for i, value := range []string{"0", "1", "2", "3", "4", "5", "6", "7"} {
			words := "grafana.value." + p.mapped + "." + value
			if w.texts.Has(w.lang, words) {
				options[value] = object{"text": w.text(words), "index": i}
			}
		}
		defaults["mappings"] = []object{{"type": "value", "options": options}}
	}
	out := object{
		"id": id, "type": p.kind, "title": w.text(key + ".title"), "description": w.text(key + ".text"),
		"datasource": prometheus(), "gridPos": pos, "targets": targets, "options": options(p),
		"fieldConfig": object{"defaults": defaults, "overrides": []object{}},
	}
	switch p.kind {
	case "timeseries":
		custom := object{"fillOpacity": 10, "showPoints": "never", "spanNulls": 300000}
		if p.stacked {
			custom["stacking"], custom["fillOpacity"] = object{"mode": "normal"}, 40
		}
		defaults["custom"] = custom
	case "state-timeline":
		defaults["custom"] = object{"lineWidth": 0, "fillOpacity": 80, "insertNulls": 900000}
	case "table":
		hidden := object{}
		for _, name := range p.hidden {
			hidden[name] = true
		}
		out["transformations"] = []object{{"id": "organize", "options": object{"excludeByName": hidden}}}
	}
	return out
}

// dataLinks lead from a device or a website to its board and its page.
func (w writer) dataLinks(b board, p panel) []object {
	label := ""
	for _, q := range p.queries {
		for _, name := range []string{"device", "check"} {
			if strings.Contains(q.legend, "{{"+name+"}}") {
				label = name
			}
		}
	}
	labels := "${__field.labels." + label + "}"
	switch label {
	case "device":
		link := object{"title": w.text("grafana.links.computer"), "url": "/d/budi-computer?var-device=" + labels + "&${__url_time_range}"}
		if b.links != "" {
			link = object{"title": w.text("grafana.links.device"), "url": "/d/budi-" + b.links + "?var-device=" + labels + "&${__url_time_range}"}
		}
		return []object{
			link,
			{"title": w.text("grafana.links.page"), "url": "${console}/devices/" + labels, "targetBlank": true},
		}
	case "check":
		return []object{
			{"title": w.text("grafana.links.website"), "url": "/d/budi-websites?var-check=" + labels + "&${__url_time_range}"},
			{"title": w.text("grafana.links.page"), "url": "${console}/checks/" + labels, "targetBlank": true},
		}
	default:
		return []object{}
	}
}

func options(p panel) object {
	newest := object{"calcs": []string{"lastNotNull"}, "fields": "", "values": false}
	switch p.kind {
	case "stat":
		text := "auto"
		if len(p.queries) > 1 || p.queries[0].legend != "" {
			text = "value_and_name"
		}
		color := "value"
		if len(p.steps) > 0 {
			color = "background"
		}
		return object{"reduceOptions": newest, "colorMode": color, "graphMode": "none", "textMode": text, "justifyMode": "auto", "orientation": "auto"}
	case "bargauge":
		return object{"reduceOptions": newest, "displayMode": "lcd", "orientation": "horizontal", "showUnfilled": true, "valueMode": "color"}
	case "state-timeline":
		return object{"showValue": "never", "mergeValues": true, "rowHeight": 0.8, "legend": object{"showLegend": false, "displayMode": "list", "placement": "bottom"}, "tooltip": object{"mode": "single"}}
	case "table":
		return object{"showHeader": true, "cellHeight": "sm", "footer": object{"show": false}}
	default:
		return object{"legend": object{"showLegend": true, "displayMode": "list", "placement": "bottom"}, "tooltip": object{"mode": "multi", "sort": "desc"}}
	}
}
