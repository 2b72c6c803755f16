package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// jobState is as much of a job as the test asks for.
type jobState struct {
	Path   string
	Number uint64
	Calls  []struct{ Kind, Body string }
}

func (c *collector) job(id string) jobState {
	c.t.Helper()
	code, data := c.request("GET", "/api/budi/v1/checks/"+id+"/job", nil, "")
	var j jobState
	if err := json.Unmarshal(data, &j); err != nil || code != http.StatusOK {
		c.t.Fatalf("job %s: status %d: %s", id, code, data)
	}
	return j
}

// TestCallsOfJobsSurviveAKill kills the collector while jobs call it, at random
// calls: what was answered was on the disk, so it is there afterwards, and the
// addresses still open.
func TestCallsOfJobsSurviveAKill(t *testing.T) {
	const (
		count  = 6
		each   = 12 // calls of a job in a round: rounds × each must be within what is kept
		rounds = 4
	)
	c := newCollector(t)
	var config strings.Builder
	config.WriteString("host: {disabled: true}\nchecks:\n")
	for i := range count {
		fmt.Fprintf(&config, "  - {id: job-%d, target: 'job:', job: {period: 24h}}\n", i)
	}
	c.write("collector.yml", config.String())
	random := rand.New(rand.NewPCG(7, 2026))
	c.start()
	paths := map[string]string{}
	for i := range count {
		id := fmt.Sprint("job-", i)
		paths[id] = c.job(id).Path
	}
	var (
		mu       sync.Mutex
		answered = map[string][]string{} // bodies, by job
		inDoubt  int
	)
	for round := range rounds {
		var calls sync.WaitGroup
		acks, kill := make(chan struct{}, count*each), 1+random.IntN(count*each-count)
		for id, path := range paths {
			calls.Add(1)
			go func() {
				defer calls.Done()
				for n := range each {
					body := fmt.Sprintf("%s round %d call %d", id, round, n)
					resp, err := http.Post(c.url(path), "text/plain", strings.NewReader(body))
					if err == nil {
						_, err = io.Copy(io.Discard, resp.Body)
						resp.Body.Close()
					}
					if err != nil { // it was killed: nobody says whether it took this one
						mu.Lock()
						inDoubt++
						mu.Unlock()
						return
					}
					if resp.StatusCode != http.StatusOK {
						t.Errorf("%s: %s", body, resp.Status)
						return
					}
					mu.Lock()
					answered[id] = append(answered[id], body)
					mu.Unlock()
					acks <- struct{}{}
				}
			}()
		}
		over := make(chan struct{})
		go func() {
			calls.Wait()
			close(over)
		}()
		for range kill {
			select {
			case <-acks:
			case <-over: // some calls went wrong, which is told
			}
		}
		c.kill()
		<-over

		c.start()
		for id, path := range paths {
			j := c.job(id)
			kept := map[string]int{}
			for _, call := range j.Calls {
				kept[call.Body]++
			}
			for _, body := range answered[id] {
				if kept[body] != 1 {
					t.Errorf("round %d: %q was answered, and is there %d times", round, body, kept[body])
				}
			}
			if j.Path != path {
				t.Errorf("round %d: %s has another address", round, id)
			}
			if n := uint64(len(j.Calls)); j.Number != n || n < uint64(len(answered[id])) || n > uint64(len(answered[id])+round+1) {
				t.Errorf("round %d: %s had %d calls, of which %d are kept; %d were answered", round, id, j.Number, n, len(answered[id]))
			}
		}
	}
	t.Logf("%d kills, %d calls in doubt", rounds, inDoubt)
}
