package web

import "time"

// BackupHealth is the newest full backup, and whether the collector makes them
// by itself.
type BackupHealth struct {
	Made      time.Time // zero: there was none
	Bytes     uint64
	File      string
	Encrypted bool
	ByItself  bool // the configuration asks for one each day
}

// backupForgotten is how old a backup may be where people make them.
const backupForgotten = 31 * 24 * time.Hour

func (w words) backupHealth(b BackupHealth, started time.Time) healthPart {
	p := healthPart{ID: "backup", Title: w.T("web.health.backup.title"), Tone: "good", Says: w.T("web.health.backup.good")}
	if !b.ByItself {
		p.Lines = append(p.Lines, w.T("web.health.backup.by_hand"))
	}
	if b.Made.IsZero() {
		if b.ByItself && w.now.Sub(started) > copyOld {
			p.worse("bad", w.T("web.health.backup.none"), w.T("web.health.backup.failing_do"))
		} else {
			p.worse("unknown", w.T("web.health.backup.none"), w.T("web.health.backup.do"))
		}
		return p
	}
	p.Lines = append(p.Lines, w.T("web.health.backup.made", "Time", w.Time(b.Made), "Ago", w.T("web.ago", "Length", w.Since(b.Made)), "Size", w.Bytes(b.Bytes)))
	p.Items = append(p.Items, healthItem{w.T("web.health.backup.file"), w.Foreign(b.File), true})
	if !b.Encrypted {
		p.Lines = append(p.Lines, w.T("web.health.backup.plain"))
	}
	switch age := w.now.Sub(b.Made); {
	case b.ByItself && age > copyVeryOld:
		p.worse("bad", w.T("web.health.backup.old"), w.T("web.health.backup.failing_do"))
	case b.ByItself && age > copyOld:
		p.worse("warn", w.T("web.health.backup.old"), w.T("web.health.backup.failing_do"))
	case age > backupForgotten:
		p.worse("warn", w.T("web.health.backup.old"), w.T("web.health.backup.do"))
	}
	return p
}
