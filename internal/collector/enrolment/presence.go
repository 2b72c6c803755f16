package enrolment

import (
	"cmp"
	"slices"
	"time"
)

// How computers under one identity are told apart.
const (
	maxLives = 8 // nonces remembered; the one that lived shortest goes first

	// quiet is how long a computer must not have been heard before it is taken
	// for gone, in pushes; at least quietAtLeast.
	quietPushes  = 3
	quietAtLeast = 5 * time.Minute

	// patience is how long the computer that was let in must not have been
	// heard before the one that was refused takes its place.
	patience = time.Hour
	// cloneOver is how long the refused one must not have knocked before the
	// clone is over. It knocks once an hour, as wire.CodeCloned says.
	cloneOver = 90 * time.Minute

	// returnsAllowed is how often within returnsWithin a nonce may come back
	// after another one was heard, while nothing else tells the computers apart.
	returnsAllowed = 2
	returnsWithin  = time.Hour
)

// Presence is who was heard under one identity. Each start of an agent has a
// nonce of its own, so that one computer is seen as lives that follow each
// other: when a new one begins, the ones before have ended. Lives that come
// back prove that two computers live: somebody copied the disk. Which of them
// may stay, and why nobody is kept out for good, judge says.
//
// A single computer may look like two, too: a request that a proxy held up
// arrives after the agent was started anew; a virtual machine goes back to a
// snapshot with its memory; a laptop is started in its dock and its network
// cards, and so its fingerprint, are others. So a newcomer with another
// fingerprint is made to wait (wire.CodeBusy) until it is known whether the
// computer before it still lives, and a life of the same fingerprint may come
// back twice in an hour.
type Presence struct {
	Lives   []Life      `json:"lives,omitempty"`   // the one heard last is the last
	Returns []time.Time `json:"returns,omitempty"` // when lives came back lately
	Rival   *Rival      `json:"rival,omitempty"`
}

// Life is what was heard of one start of an agent.
type Life struct {
	Nonce    string    `json:"nonce"`
	Sequence uint64    `json:"sequence"` // the highest that was heard
	Machine  string    `json:"machine,omitempty"`
	Address  string    `json:"address"`
	First    time.Time `json:"first"`
	Seen     time.Time `json:"seen"`
}

// Rival is a life that is not let in, because another computer is.
type Rival struct {
	Life
	// Since is when both were known to live. Zero: that is suspected only.
	Since time.Time `json:"since,omitzero"`
	// Before says that it was there before the one that is let in: hearing it
	// again proves that both live.
	Before bool `json:"before,omitempty"`
}

// clone returns a copy that shares nothing.
func (p Presence) clone() Presence {
	p.Lives, p.Returns = slices.Clone(p.Lives), slices.Clone(p.Returns)
	if p.Rival != nil {
		rival := *p.Rival
		p.Rival = &rival
	}
	return p
}

// verdict is what judge says.
type verdict int

const (
	admitted verdict = iota
	replayed         // this nonce has used this sequence
	cloned           // another computer lives
	waiting          // another computer may live; that will be known soon
)

// judge takes a call (c is a life of one moment) into the picture and says
// what to do with it. enrolled is the fingerprint of the computer that was
// enrolled, and quiet how long a living computer is at most not heard.
//
// Of two living computers the one stays that has the fingerprint that was
// enrolled; when both or neither have, the one whose life began first. It stays
// until it has not been heard for patience: then the other one, if it still
// knocks, takes its place, so that a computer without a living rival is never
// kept out for longer.
func (p *Presence) judge(c Life, enrolled string, quiet time.Duration) verdict {
	now := c.Seen
	p.forget(now)
	at := slices.IndexFunc(p.Lives, func(l Life) bool { return l.Nonce == c.Nonce })
	switch {
	case at >= 0 && c.Sequence <= p.Lives[at].Sequence:
		return replayed
	case p.Rival != nil && p.Rival.Nonce == c.Nonce && c.Sequence <= p.Rival.Sequence:
		return replayed
	case len(p.Lives) == 0:
		p.letIn(c)
		return admitted
	}
	current := p.Lives[len(p.Lives)-1]
	other := differ(c.Machine, current.Machine)
	switch {
	case c.Nonce == current.Nonce:
		if p.Rival != nil && p.Rival.Since.IsZero() && !p.Rival.Before {
			p.Rival.Since = now // it knocked after this one was heard, and before
		}
		p.letIn(c)
		return admitted
	case p.Rival != nil && (p.Rival.Nonce == c.Nonce || other && c.Machine != enrolled):
		return p.knock(c, current, quiet)
	case at >= 0 && other:
		return p.comeBack(c, current, enrolled, within(now, current.Seen, quiet), 0)
	case at >= 0:
		return p.comeBack(c, current, enrolled, true, returnsAllowed)
	case other && within(now, current.Seen, quiet) && c.Machine == enrolled:
		p.remove(current.Nonce)
		p.Rival = &Rival{Life: current, Before: true}
		p.letIn(c)
		return admitted
	case other && within(now, current.Seen, quiet):
		c.First = now
		p.Rival = &Rival{Life: c}
		return waiting
	default:
		p.letIn(c)
		return admitted
	}
}

// knock judges a call of the rival, or of a third computer that is to be
// refused like it.
func (p *Presence) knock(c, current Life, quiet time.Duration) verdict {
	limit := patience
	if p.Rival.Since.IsZero() {
		limit = quiet
	}
	if !within(c.Seen, current.Seen, limit) {
		p.Rival = nil
		p.letIn(c)
		return admitted
	}
	c.First = p.Rival.First
	switch {
	case p.Rival.Nonce == c.Nonce:
		p.Rival.Life = c
		if p.Rival.Before && p.Rival.Since.IsZero() {
			p.Rival.Since = c.Seen
		}
	case p.Rival.Machine != "" && p.Rival.Machine == c.Machine:
		// It was started anew. What is suspected must be proved again.
		p.Rival.Life, p.Rival.Before = c, false
	}
	p.remove(c.Nonce)
	if p.Rival.Since.IsZero() {
		return waiting
	}
	return cloned
}

// comeBack judges a life that comes back after another was heard. alive says
// that the other lives, and allowed how often this may happen.
func (p *Presence) comeBack(c, current Life, enrolled string, alive bool, allowed int) verdict {
	if p.Rival != nil && !p.Rival.Since.IsZero() {
		allowed = 0 // that there are two is known
	}
	if !alive || len(p.Returns) < allowed {
		if alive {
			p.Returns = append(p.Returns, c.Seen)
		}
		p.letIn(c)
		return admitted
	}
	p.Returns = nil
	since := c.Seen
	if p.Rival != nil && !p.Rival.Since.IsZero() {
		since = p.Rival.Since
	}
	at := slices.IndexFunc(p.Lives, func(l Life) bool { return l.Nonce == c.Nonce })
	c.First = p.Lives[at].First
	stays := c.First.Before(current.First)
	if differ(c.Machine, current.Machine) && (c.Machine == enrolled || current.Machine == enrolled) {
		stays = c.Machine == enrolled
	}
	if stays {
		p.remove(current.Nonce)
		p.Rival = &Rival{Life: current, Since: since, Before: true}
		p.letIn(c)
		return admitted
	}
	p.remove(c.Nonce)
	p.Rival = &Rival{Life: c, Since: since}
	return cloned
}

// letIn makes the call's life the current one.
func (p *Presence) letIn(c Life) {
	c.First = c.Seen
	if at := slices.IndexFunc(p.Lives, func(l Life) bool { return l.Nonce == c.Nonce }); at >= 0 {
		c.First = p.Lives[at].First
		if c.Machine == "" {
			c.Machine = p.Lives[at].Machine
		}
		p.Lives = slices.Delete(p.Lives, at, at+1)
	}
	if len(p.Lives) >= maxLives {
		p.forgetShortest()
	}
	p.Lives = append(p.Lives, c)
}

// forgetShortest drops the life that lasted shortest, of equal ones the one that
// was quiet longest. Somebody with a copied secret who is started anew with each
// request would make the collector forget the computer whose secret it is, and
// so never be found out.
func (p *Presence) forgetShortest() {
	shortest := slices.MinFunc(p.Lives, func(a, b Life) int { return cmp.Compare(a.Seen.Sub(a.First), b.Seen.Sub(b.First)) })
	p.remove(shortest.Nonce)
}

func (p *Presence) remove(nonce string) {
	p.Lives = slices.DeleteFunc(p.Lives, func(l Life) bool { return l.Nonce == nonce })
}

// forget drops what is over.
func (p *Presence) forget(now time.Time) {
	p.Returns = slices.DeleteFunc(p.Returns, func(t time.Time) bool { return !within(now, t, returnsWithin) })
	if p.Rival != nil && p.over(now) {
		p.Rival = nil
	}
}

// over reports whether the rival has gone.
func (p *Presence) over(now time.Time) bool { return !within(now, p.Rival.Seen, cloneOver) }

// differ reports whether two fingerprints are known to be of two computers.
func differ(a, b string) bool { return a != "" && b != "" && a != b }

// within reports whether t is less than d ago. A time far in the future is
// from before the collector's clock was set right, and long ago too.
func within(now, t time.Time, d time.Duration) bool {
	age := now.Sub(t)
	return age < d && age > -quietAtLeast
}
