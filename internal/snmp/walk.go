package snmp

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/gosnmp/gosnmp"
)

// Bounds of a walk and of a table.
const (
	MaxWalk  = 20_000      // variables of a walk, and of a column
	maxCells = 4 * MaxWalk // of a table
	maxBytes = 32 << 20    // of all answers of one call
	maxSkips = 20          // objects of a walk that cannot be read
	maxStep  = 3           // to the row after such an object

	manyRows   = 6 // have been read of a table: it is no small one
	fewColumns = 8
)

// Walk reads everything below root, in the agent's order, at most limit
// variables (0: MaxWalk). When the agent stops early, goes backwards or has more,
// it returns what came and ErrTruncated. It returns what came beside the errors of
// Get, too. An object that the agent cannot give is left out.
func (c *Client) Walk(ctx context.Context, root string, limit int) ([]Variable, error) {
	if limit <= 0 || limit > MaxWalk {
		limit = MaxWalk
	}
	root = strings.TrimPrefix(root, ".")
	w := &walker{c: c, before: c.received, limit: limit, trees: []*subtree{{root: root, at: root}}}
	err := w.run(ctx)
	if err != nil {
		err = fmt.Errorf("walk %s: %w", root, err)
	}
	return w.trees[0].found, err
}

// Table reads columns of a table: entry is the OID of the table's entry
// (ifEntry, not ifTable). Rows come in the order of their indexes; a row may lack
// cells. Errors are those of Walk.
func (c *Client) Table(ctx context.Context, entry string, columns ...int) ([]Row, error) {
	entry = strings.TrimPrefix(entry, ".")
	w := &walker{c: c, before: c.received, limit: MaxWalk}
	for _, column := range columns {
		root := entry + "." + strconv.Itoa(column)
		w.trees = append(w.trees, &subtree{root: root, at: root})
	}
	err := w.run(ctx)
	if err != nil {
		err = fmt.Errorf("read table %s: %w", entry, err)
	}
	var rows []Row
	byIndex := map[string]int{}
	for i, tree := range w.trees {
		at := -1
		for _, v := range tree.found {
			index := v.OID[len(tree.root)+1:]
			if at++; at >= len(rows) || rows[at].Index != index { // most columns have all rows
				var ok bool
				if at, ok = byIndex[index]; !ok {
					at = len(rows)
					byIndex[index] = at
					rows = append(rows, Row{Index: index, Cells: make(map[int]Value, len(columns))})
				}
			}
			rows[at].Cells[columns[i]] = v.Value
		}
	}
	slices.SortStableFunc(rows, func(a, b Row) int { return Compare(a.Index, b.Index) })
	return rows, err
}

// subtree is what one of several walks at once goes through.
type subtree struct {
	root  string
	at    string // the last object that came
	found []Variable
	taken int // variables, also such as are no values
	steps int // past an object that cannot be read
	ended bool
	alone bool // is asked for by requests of its own: together with others it fails
	last  bool // what is asked for is behind it
	short bool // it ended early, or is going to
}

// walker walks through several subtrees at once: the columns of a table come in
// the same answers.
type walker struct {
	c      *Client
	trees  []*subtree
	limit  int // variables of a subtree
	cells  int // variables of all
	before int // bytes that the client had received
	skips  int
	single int // requests for one variable that follow, because a larger one failed
}

// run walks until all chains have ended. When several go wrong, one error tells
// of it.
func (w *walker) run(ctx context.Context) error {
	for {
		group := w.group()
		if len(group) == 0 {
			break
		}
		if err := w.step(ctx, group); err != nil {
			return err
		}
		if w.cells > maxCells || w.c.received-w.before > maxBytes {
			return fmt.Errorf("%w: it does not end", ErrTruncated)
		}
	}
	for _, tree := range w.trees {
		if tree.short {
			return fmt.Errorf("%w at %s", ErrTruncated, tree.at)
		}
	}
	return nil
}

// group picks the subtrees of the next request: of a small table all columns, of
// a large one a few with more rows each, because names cost more than repetitions.
func (w *walker) group() []*subtree {
	var group []*subtree
	most := w.c.habits.names.size
	for _, tree := range w.trees {
		switch {
		case tree.ended:
		case tree.alone && len(group) == 0:
			return []*subtree{tree}
		case !tree.alone && len(group) < most:
			if group = append(group, tree); tree.taken >= manyRows {
				most = min(most, fewColumns)
			}
		}
	}
	return group
}

// step makes one request for a group and takes what comes. An error ends the
// walk; what only ends a chain is noted there.
func (w *walker) step(ctx context.Context, group []*subtree) error {
	a := &w.c.habits.bulk
	kind, repeat := bulk, max(min(a.size, w.c.fitting())/len(group), 1)
	if len(group) == 1 {
		// No more than is wanted, and one that tells whether there is more.
		repeat = min(repeat, max(w.limit-group[0].taken, 0)+1)
	}
	if w.c.handle.Version == gosnmp.Version1 || a.hopeless() || w.single > 0 {
		kind, repeat = next, 1
	}
	if w.single > 0 {
		w.single--
		group = group[:1]
	}
	asked := repeat * len(group)
	smallest := kind == next && len(group) == 1
	tries := w.c.retries + 1
	if !smallest {
		tries = 1 // if it is silent, the next try asks for less
	}
	names := make([]string, len(group))
	for i, tree := range group {
		names[i] = tree.at
	}
	packet, err := w.c.exchange(ctx, kind, names, repeat, tries)
	switch {
	case err == nil && packet.Error == gosnmp.NoError && len(packet.Variables) > 0:
		w.take(group, packet.Variables)
		w.c.weigh(len(packet.Variables))
		w.c.habits.names.answered(len(group))
		if kind == bulk {
			a.answered(asked)
		}
		return nil
	case err == nil && packet.Error == gosnmp.NoError:
		err = fmt.Errorf("%w: an answer without variables", ErrNonsense)
	case err == nil && packet.Error != gosnmp.TooBig:
		w.refused(packet, group, asked, smallest)
		return nil
	case errors.Is(err, ErrNoAnswer) && !smallest && w.c.retries > 0 && ctx.Err() == nil:
		return w.silence(ctx, group, kind, asked)
	case err != nil && !errors.Is(err, ErrNonsense):
		return err
	}
	// The answer was too big for the agent, or cannot be read: less of it may do.
	switch {
	case kind == bulk && asked > len(group):
		a.tooMuch(asked)
	case len(group) > 1:
		w.c.habits.names.tooMuch(len(group))
	case kind == bulk:
		w.single = 1
	case err != nil:
		return fmt.Errorf("%w: %w", ErrTruncated, err)
	default:
		w.skip(group[0])
	}
	return nil
}

// silence asks for one variable by the simplest request there is. That tells
// whether the agent is gone, or had too much.
func (w *walker) silence(ctx context.Context, group []*subtree, k kind, asked int) error {
	packet, err := w.c.exchange(ctx, next, []string{group[0].at}, 1, w.c.retries)
	if err != nil {
		return err
	}
	if k == bulk {
		w.c.habits.bulk.silence(asked)
	} else {
		w.c.habits.names.silence(len(group))
	}
	if packet.Error != gosnmp.NoError || len(packet.Variables) == 0 {
		w.refused(packet, group[:1], 1, true)
		return nil
	}
	w.take(group[:1], packet.Variables[:1])
	return nil
}

// refused handles an answer that is an error.
func (w *walker) refused(packet *gosnmp.SnmpPacket, group []*subtree, asked int, smallest bool) {
	i := int(packet.ErrorIndex) - 1
	switch {
	case packet.Error == gosnmp.NoSuchName && smallest:
		// So version 1 says that there is nothing more; and so do agents that know
		// version 2c badly.
		group[0].ended = true
	case packet.Error == gosnmp.NoSuchName && w.c.handle.Version == gosnmp.Version1 && i >= 0 && i < len(group):
		group[i].ended = true
	case smallest:
		w.skip(group[0])
	default:
		// One of the variables cannot be read. One by one leads up to it.
		for _, tree := range group {
			tree.alone = true
		}
		w.single = asked
	}
}

// skip goes past an object that the agent cannot give. Its name is not known,
// only that it is the next one: most likely the next row, else one behind the
// subtree. Whether it is that, a request for what follows the subtree tells: it
// fails too.
func (w *walker) skip(tree *subtree) {
	const highest = math.MaxUint32
	w.single = 0
	dot := strings.LastIndexByte(tree.at, '.')
	last, err := strconv.ParseUint(tree.at[dot+1:], 10, 32)
	w.skips++
	tree.steps++
	switch {
	case tree.last:
		tree.ended, tree.short = true, false
	case err != nil || w.skips > maxSkips:
		tree.ended, tree.short = true, true
	case tree.steps > maxStep || last == highest:
		tree.at, tree.last, tree.short = tree.root+"."+strconv.Itoa(highest), true, true
	case tree.at == tree.root:
		tree.at += ".1"
	default:
		tree.at = tree.at[:dot+1] + strconv.FormatUint(last+1, 10)
	}
}

// take adds the variables of an answer to their subtrees. In it they go round
// the group: the next of each, then those after them.
func (w *walker) take(group []*subtree, variables []gosnmp.SnmpPDU) {
	stuck := make([]bool, len(group))
	for i, pdu := range variables {
		tree := group[i%len(group)]
		if tree.ended || stuck[i%len(group)] {
			continue
		}
		name := strings.TrimPrefix(pdu.Name, ".")
		switch {
		case pdu.Type == gosnmp.EndOfMibView || pdu.Type == gosnmp.NoSuchObject || pdu.Type == gosnmp.NoSuchInstance:
			tree.ended = true
		case len(name) > maxOID || Compare(name, tree.at) <= 0:
			// It goes backwards or in circles, or the agent mixes up what it was
			// asked for together: then it is asked for alone.
			stuck[i%len(group)] = true
			tree.ended, tree.short = tree.alone, tree.short || tree.alone
			tree.alone = true
		case !tree.contains(name) && tree.taken == 0 && len(group) > 1 && among(group, name):
			// The column is empty, or the agent mixes up.
			stuck[i%len(group)] = true
			tree.alone = true
		case !tree.contains(name):
			tree.ended = true
		case tree.taken >= w.limit:
			tree.ended, tree.short = true, true
		default:
			tree.at, tree.steps = name, 0
			tree.taken++
			w.cells++
			if v := variable(pdu); !v.Value.IsZero() {
				tree.found = append(tree.found, v)
			}
		}
	}
}

func (t *subtree) contains(name string) bool {
	return len(name) > len(t.root) && name[len(t.root)] == '.' && name[:len(t.root)] == t.root
}

func among(group []*subtree, name string) bool {
	return slices.ContainsFunc(group, func(t *subtree) bool { return t.contains(name) })
}
