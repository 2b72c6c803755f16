package service_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/agent/service"
)

func TestTheLogIsBounded(t *testing.T) {
	name := filepath.Join(t.TempDir(), "agent.log")
	log, file, err := service.Log(name)
	if err != nil {
		t.Fatal(err)
	}
	filler := strings.Repeat("x", 1000)
	for i := range 4000 { // four times what one file holds
		log.Info("line", "number", i, "filler", filler)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	// A service that starts anew goes on behind what is there.
	log, file, err = service.Log(name)
	if err != nil {
		t.Fatal(err)
	}
	log.Info("started anew")
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}

	newest, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	older, err := os.ReadFile(name + ".1")
	if err != nil {
		t.Fatal(err)
	}
	for what, data := range map[string][]byte{"newest": newest, "older": older} {
		if len(data) > service.MaxLogBytes {
			t.Errorf("the %s file has %d bytes", what, len(data))
		}
	}
	if !bytes.Contains(newest, []byte("number=3999 ")) || !bytes.HasSuffix(newest, []byte("msg=\"started anew\"\n")) {
		t.Errorf("the newest lines are not in the newest file")
	}
	if !bytes.HasPrefix(older, []byte("time=")) {
		t.Errorf("the older file begins within a line: %.40q", older)
	}
	entries, err := os.ReadDir(filepath.Dir(name))
	if err != nil || len(entries) != 2 {
		t.Errorf("%d files, %v", len(entries), err)
	}
}

func TestTheLogOutlivesAFileThatCannotTurn(t *testing.T) {
	name := filepath.Join(t.TempDir(), "agent.log")
	if err := os.MkdirAll(filepath.Join(name+".1", "something"), 0o700); err != nil { // a folder: nothing can take its place
		t.Fatal(err)
	}
	log, file, err := service.Log(name)
	if err != nil {
		t.Fatal(err)
	}
	filler := strings.Repeat("x", 1000)
	for i := range 3000 {
		log.Info("line", "number", i, "filler", filler)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(name)
	if err != nil || len(data) > service.MaxLogBytes || !bytes.Contains(data, []byte("number=2999 ")) {
		t.Errorf("%d bytes, %v", len(data), err)
	}
}
