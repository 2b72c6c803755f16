package snmpagent

import "strings"

const (
	defaultSize = 65_000
	maxSteps    = 20_000 // variables of one answer
)

// respond answers a request by RFC 1157 and RFC 3416, as far as the behaviour
// lets it.
func (a *Agent) respond(r request, b Behaviour) answer {
	if b.MaxNames > 0 && len(r.names) > b.MaxNames {
		return r.refuse(tooBig, 0)
	}
	size := b.MaxSize
	if size <= 0 {
		size = defaultSize
	}
	switch r.kind {
	case getRequest, getNextRequest:
		var list []byte
		for i, name := range r.names {
			key, v, status := a.one(r, b, name)
			if status != noError {
				return r.refuse(status, int64(i+1))
			}
			list = append(list, variable(key, v)...)
		}
		out := answer{list: list}
		if len(out.encode(r, r.id)) > size {
			return r.refuse(tooBig, 0)
		}
		return out
	case getBulkRequest:
		return a.bulk(r, b, size)
	}
	return r.refuse(GenErr, 0)
}

// refuse answers by an error: version 1 repeats the names, and so does every
// version but for tooBig (RFC 3416, section 4.2).
func (r request) refuse(status, index int64) answer {
	out := answer{status: status, index: index}
	if status != tooBig || r.version == 0 {
		for _, name := range r.names {
			out.list = append(out.list, variable(name, Null())...)
		}
	}
	return out
}

// one finds what GET or GETNEXT gives for a name.
func (a *Agent) one(r request, b Behaviour, name string) (string, Value, int64) {
	v1 := r.version == 0
	if r.kind != getRequest {
		key, v, status := a.step(b, name, v1)
		if status == noError && v.tag == endOfView && v1 {
			return key, v, noSuchName
		}
		return key, v, status
	}
	if status := b.fails(name); status != noError {
		return name, Value{}, status
	}
	v, ok := a.recording.get(name)
	switch {
	case ok && (!v1 || v.tag != tagCounter64):
		return name, v, noError
	case v1:
		return name, Value{}, noSuchName
	case len(name) > 4 && a.recording.has(name[:len(name)-4]):
		return name, Value{tag: noSuchInstance}, noError
	}
	return name, Value{tag: noSuchObject}, noError
}

// step goes one step on from a name. At the end the name stays, and the value is
// endOfMibView.
func (a *Agent) step(b Behaviour, name string, v1 bool) (string, Value, int64) {
	key, v, ok := a.recording.next(name, v1)
	switch {
	case b.Stuck && len(name) > 0:
		return name, Integer(1), noError
	case b.Backwards && ok && arcsOf(key)[len(key)/4-1]%3 == 0:
		// After some steps the first object of the column comes again.
		key, v, ok = a.recording.next(parent(key), v1)
	case b.Endless && (!ok || !strings.HasPrefix(key, parent(name))):
		arcs := arcsOf(name)
		arcs[len(arcs)-1]++
		return keyOf(arcs), Integer(1), noError
	}
	if !ok {
		return name, Value{tag: endOfView}, noError
	}
	return key, v, b.fails(key)
}

func parent(key string) string { return key[:max(len(key)-4, 0)] }

// fails returns the error that requests for an object are answered by.
func (b Behaviour) fails(key string) int64 {
	if len(b.Fail) == 0 {
		return noError
	}
	return int64(b.Fail[format(arcsOf(key))])
}

// bulk answers GETBULK (RFC 3416, section 4.2.3): as many repetitions as were
// asked for and fit, row by row.
func (a *Agent) bulk(r request, b Behaviour, size int) answer {
	fixed := int(min(max(r.first, 0), int64(len(r.names))))
	repeat := int(min(max(r.second, 0), maxSteps))
	if b.MaxRepetitions > 0 {
		repeat = min(repeat, b.MaxRepetitions)
	}
	var out answer
	room := size - len(answer{}.encode(r, r.id)) - 12 // lengths grow by a few octets
	add := func(key string, v Value) bool {
		encoded := variable(key, v)
		if len(out.list)+len(encoded) > room {
			return false
		}
		out.list = append(out.list, encoded...)
		return true
	}
	for i, name := range r.names[:fixed] {
		key, v, status := a.step(b, name, false)
		if status != noError {
			return r.refuse(status, int64(i+1))
		}
		if !add(key, v) {
			return r.refuse(tooBig, 0)
		}
	}
	names := append([]string(nil), r.names[fixed:]...)
	for n := 0; n < repeat && len(names) > 0; n++ {
		ended := true
		for i, name := range names {
			key, v, status := a.step(b, name, false)
			if status != noError {
				return r.refuse(status, int64(fixed+i+1))
			}
			if !add(key, v) {
				if len(out.list) == 0 {
					return r.refuse(tooBig, 0)
				}
				return out
			}
			names[i] = key
			ended = ended && v.tag == endOfView
		}
		if ended {
			break
		}
	}
	return out
}
