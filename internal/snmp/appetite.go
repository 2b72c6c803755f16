package snmp

// appetite is how much an agent is asked for at once: objects in a request, or
// variables in an answer. Agents differ: some send 64 kB, others say nothing when
// their answer would exceed a buffer of 484 bytes.
type appetite struct {
	size   int // what is asked for now
	most   int // what it may grow to
	proven int // the largest that was answered
	good   int // answers since it last changed
	silent int // silences since an answer
}

const (
	mostNames = 20 // old printers choke on more

	startBulk = 32
	mostBulk  = 64 // variables have about 20 bytes: more would not fit into a packet of 1,500

	cautious  = 5 // after a silence
	growAfter = 3
)

// Habits are what a Client has learnt about an agent: how much it bears at once.
// Without them each Client would wait once more for answers that never come. The
// zero Habits are those of an agent that nobody knows.
type Habits struct {
	names  appetite // objects in one GET, and columns in one request of a table
	bulk   appetite // variables in the answer to one GETBULK
	weight int      // of a variable, in bytes
}

// begin makes zero Habits such as one begins with.
func (h *Habits) begin() {
	if h.names.size == 0 {
		h.names = appetite{size: mostNames, most: mostNames}
		h.bulk = appetite{size: startBulk, most: mostBulk}
	}
}

// answered notes that a request for n went well.
func (a *appetite) answered(n int) {
	a.proven, a.silent = max(a.proven, n), 0
	if n*2 < a.size {
		return // it says nothing of more
	}
	if a.good++; a.good >= growAfter && a.size < a.most {
		a.size, a.good = min(a.size*2, a.most), 0
	}
}

// tooMuch notes that an answer to n was too big, or could not be read.
func (a *appetite) tooMuch(n int) {
	a.most = max(min(a.most, n/2), 1)
	a.size, a.good = min(a.size, a.most), 0
}

// silence notes that a request for n was not answered and a simple one was. What
// was answered before was lost on the way; what was not, or was not twice, is too
// much.
func (a *appetite) silence(n int) {
	a.silent++
	if n > a.proven || a.silent > 1 {
		a.most = max(min(a.most, n/2), 1)
		a.size, a.good = min(a.most, cautious), 0
	}
}

// hopeless reports whether such requests were never answered, though others were.
func (a *appetite) hopeless() bool { return a.proven == 0 && a.silent > 1 }
