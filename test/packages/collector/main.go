// Command collector answers an agent as a collector would, for the tests of
// the packages: it enrols whoever asks with the right token, takes everything
// and writes a line for each request, in which agents are told apart by a few
// digits of their secret's hash. It is no collector: it checks and keeps nothing.
package main

import (
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/wire"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "where to listen")
	token := flag.String("token", "", "the enrolment token")
	port := flag.Bool("port", false, "print a port that nobody listens on, and end")
	flag.Parse()
	var err error
	if *port {
		err = printPort()
	} else {
		err = serve(*listen, *token)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

// printPort prints a port below those that systems choose by themselves: nobody gets
// it until the collector is there, which is minutes later where wine is slow.
func printPort() error {
	for {
		port := 15_000 + rand.IntN(15_000)
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			fmt.Println(port)
			return l.Close()
		}
	}
}

func serve(listen, token string) error {
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	assignment := wire.DefaultAssignment()
	assignment.Version = "1"
	assignment.Interval, assignment.PushInterval = 10*time.Second, 10*time.Second
	answer := func(w http.ResponseWriter, body any) {
		w.Header().Set(wire.HeaderCollectorStart, "1")
		w.Header().Set(wire.HeaderAssignment, assignment.Version)
		if body == nil {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(body)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+wire.PathEnrol, func(w http.ResponseWriter, r *http.Request) {
		var req wire.EnrolRequest
		if err := json.NewDecoder(r.Body).Decode(&req); err != nil || req.Token != token {
			fmt.Println("refused")
			http.Error(w, `{"code":"token_unknown","error":"no such token"}`, http.StatusForbidden)
			return
		}
		fmt.Println("enrol", name(req.Secret), req.System)
		answer(w, wire.EnrolReply{Agent: "agent-" + name(req.Secret), Device: "device-1", Site: "test", Assignment: assignment})
	})
	called := func(kind string, body any) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, 16<<20))
			fmt.Println(kind, name(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")))
			answer(w, body)
		}
	}
	mux.HandleFunc("POST "+wire.PathWrite, called("write", nil))
	mux.HandleFunc("POST "+wire.PathReport, called("report", wire.ReportReply{Assignment: assignment}))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	return server.Serve(l) // until the test kills it
}

// name is a few digits that stand for a secret.
func name(secret string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(secret)))[:8] }
