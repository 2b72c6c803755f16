package web

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/jobs"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/look"
)

func jobDoors() []door {
	return []door{post("/checks/{id}/job/address", access.Operator, (*server).renewJob)}
}

// jobBody is what the page of a check gets of its job.
type jobBody struct {
	JobPage
	Address  string // that it calls; "": whoever asks may not know it
	Examples []jobExample
}

// jobExample is one way to call, to be copied.
type jobExample struct {
	Name string // of its text
	Text string
}

// jobOf makes a job ready to be shown.
func (s *server) jobOf(r *http.Request, j *JobPage) *jobBody {
	if j == nil {
		return nil
	}
	b := &jobBody{JobPage: *j}
	if j.Path == "" {
		return b
	}
	base := strings.TrimSuffix(s.brand().ExternalURL, "/")
	if base == "" {
		base = "http://" + r.Host
		if r.TLS != nil {
			base = "https://" + r.Host
		}
	}
	b.Address = base + j.Path
	b.Examples = jobExamples(b.Address)
	return b
}

// jobExamples are the ways to call an address that are shown; see
// docs/jobs.md.
func jobExamples(address string) []jobExample {
	return []jobExample{
		{"cron", `30 2 * * * /usr/local/bin/backup.sh; curl -fsS -m 10 --retry 3 -o /dev/null "` + address + `/$?"`},
		{"script", `curl -fsS -m 10 --retry 3 -o /dev/null "` + address + `/start"
output=$(/usr/local/bin/backup.sh 2>&1); code=$?
printf '%s' "$output" | tail -c 9000 | curl -fsS -m 10 --retry 3 -o /dev/null --data-binary @- "` + address + `/$code"`},
		{"windows", `powershell -NoProfile -ExecutionPolicy Bypass -Command "& 'C:\Scripts\backup.cmd'; $code = $LASTEXITCODE; Invoke-RestMethod -TimeoutSec 10 -Uri ('` + address + `/' + $code)"`},
		{"schtasks", `schtasks /Create /TN "Backup" /SC DAILY /ST 02:30 /RU SYSTEM /TR "powershell -NoProfile -ExecutionPolicy Bypass -File C:\Scripts\backup.ps1"`},
		{"powershell", `$output = & 'C:\Scripts\backup.cmd' 2>&1 | Out-String
$code = $LASTEXITCODE
$body = [Text.Encoding]::UTF8.GetBytes($output.Substring([Math]::Max(0, $output.Length - 4000)))
Invoke-RestMethod -Method Post -TimeoutSec 10 -Body $body -Uri "` + address + `/$code"`},
	}
}

// readJob reads the times of a job, in seconds as the form has them.
func (p *page) readJob(f *form, j *settings.Job) {
	read := func(name string, into *time.Duration) {
		text := strings.TrimSpace(f.Values.Get(name))
		if text == "" {
			return
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n <= 0 || n > int64(settings.MaxPeriod/time.Second) {
			f.Refuse(name, p.SettingsProblem(settings.New(name, settings.CodeInterval, "Low", settings.MinPeriod, "High", settings.MaxPeriod)))
			return
		}
		*into = time.Duration(n) * time.Second
	}
	read(fieldPeriod, &j.Period)
	read(fieldGrace, &j.Grace)
}

// Periods lists the usual periods of jobs, and the one that is typed.
func (w words) Periods(f form) []option {
	const hour, day = 3600, 24 * 3600
	return w.long(f.Values.Get(fieldPeriod), 300, 900, 1800, hour, 6*hour, 12*hour, day, 3*day, 7*day, 14*day, 31*day)
}

// Graces lists how much later a job may call, and what is typed.
func (w words) Graces(f form) []option {
	const hour, day = 3600, 24 * 3600
	usual := option{"", w.T("web.job.grace_usual")}
	return append([]option{usual}, w.long(f.Values.Get(fieldGrace), 300, 900, 1800, hour, 3*hour, 6*hour, 12*hour, day, 3*day)...)
}

// long lists times that may be weeks.
func (w words) long(typed string, usual ...int) []option {
	n, err := strconv.ParseInt(typed, 10, 32)
	if err == nil && n > 0 && !slices.Contains(usual, int(n)) {
		usual = append(usual, int(n))
		slices.Sort(usual)
	}
	return w.times("", usual...)
}

// jobBadge is the badge of how the newest look at a job was.
func (w words) jobBadge(r look.Result) badge {
	standing := jobs.Good
	if r.Problem != nil {
		standing = jobs.Late
		switch r.Problem.Code {
		case "job_waiting":
			standing = jobs.Waiting
		case "job_unsure":
			standing = jobs.Unsure
		case "job_failed", "job_exit":
			standing = jobs.Bad
		case "job_too_long":
			standing = jobs.TooLong
		}
	}
	return w.JobStanding(jobs.Verdict{Standing: standing})
}

// JobStanding is the badge of how a job is.
func (w words) JobStanding(v jobs.Verdict) badge {
	word := w.T("web.job.standing." + string(v.Standing))
	switch v.Standing {
	case jobs.Good:
		return badge{"good", "✓", word}
	case jobs.Bad:
		return badge{"bad", "!", word}
	case jobs.Late, jobs.TooLong:
		return badge{"bad", "✕", word}
	case jobs.Waiting:
		return badge{"unknown", "…", word}
	default:
		return badge{"unknown", "?", word}
	}
}

// JobCall is the badge of what a call said.
func (w words) JobCall(c jobs.Call) badge {
	word := w.T("web.job.call." + string(c.Kind))
	switch c.Kind {
	case jobs.Well:
		return badge{"good", "✓", word}
	case jobs.Failed:
		return badge{"bad", "!", word}
	default:
		return badge{"info", "▸", word}
	}
}

// JobExit writes an exit code; "–" when there is none.
func (words) JobExit(c jobs.Call) string {
	if c.Exit == nil {
		return "–"
	}
	return strconv.FormatInt(*c.Exit, 10)
}

func (s *server) renewJob(w http.ResponseWriter, r *http.Request) error {
	id, err := deviceID(r)
	if err != nil {
		return err
	}
	if err := s.JobsActions.RenewJob(r.Context(), id); err != nil {
		return fmt.Errorf("give job %s another address: %w", id, err)
	}
	s.done(w, r, "/checks/"+id, "job.renewed", id)
	return nil
}
