package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the lists of testdata anew")

// linked is one package that a program is made of.
type linked struct {
	ImportPath string
	Standard   bool
	Module     *struct{ Path string }
}

// neverInAgent are packages that a guest on somebody's computer has no use
// for: the database, the alerting, the console, and whatever listens.
var neverInAgent = []string{
	"cloud.google.com",
	"github.com/Azure",
	"github.com/aws",
	"github.com/budi-monitor/budi/configs",
	"github.com/budi-monitor/budi/internal/collector",
	"github.com/budi-monitor/budi/internal/sim",
	"github.com/prometheus/alertmanager",
	"github.com/prometheus/client_golang/api",
	"github.com/prometheus/client_golang/prometheus/promhttp",
	"github.com/prometheus/prometheus",
	"go.opentelemetry.io",
	"google.golang.org/grpc",
	"html/template",
	"k8s.io",
	"net/http/pprof",
	"testing",
}

func forbiddenInAgent(packages []linked) []string {
	var problems []string
	for _, p := range packages {
		for _, never := range neverInAgent {
			if under(p.ImportPath, never) {
				problems = append(problems, p.ImportPath+" must not be in the agent")
			}
		}
	}
	return problems
}

// unreachable are messages of the go command that say that a module is not on
// this computer and could not be fetched.
var unreachable = regexp.MustCompile(`module lookup disabled|dial tcp|no such host|i/o timeout|connection refused|TLS handshake`)

// closure lists what a command consists of on a system.
func closure(t *testing.T, command, system string) []linked {
	t.Helper()
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("needs the go command in PATH to list the packages")
	}
	cmd := exec.Command(goTool, "list", "-buildvcs=false", "-deps", "-json=ImportPath,Standard,Module", "./"+command)
	cmd.Dir = ourRoot(t)
	cmd.Env = append(os.Environ(), "GOOS="+system, "GOARCH=amd64", "CGO_ENABLED=0")
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		if unreachable.Match(problems.Bytes()) {
			t.Skipf("modules for %s are not on this computer and cannot be fetched: %s", system, problems.String())
		}
		t.Fatalf("list the packages of %s for %s: %v\n%s", command, system, err, problems.String())
	}
	var packages []linked
	for d := json.NewDecoder(&out); ; {
		var p linked
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	if len(packages) < 50 {
		t.Fatalf("only %d packages listed for %s", len(packages), system)
	}
	return packages
}

// foreign writes the modules of others that a program consists of, a line each.
func foreign(packages []linked) string {
	var modules []string
	for _, p := range packages {
		if p.Module != nil && p.Module.Path != ourModule {
			modules = append(modules, p.Module.Path)
		}
	}
	slices.Sort(modules)
	return strings.Join(append(slices.Compact(modules), ""), "\n")
}

// What the agent is made of is a decision: a module more is a line more in
// testdata, read in review (refresh with go test ./internal/archtest -update).
func TestTheAgentIsSmall(t *testing.T) {
	for _, system := range []string{"linux", "windows", "darwin"} {
		t.Run(system, func(t *testing.T) {
			packages := closure(t, "cmd/agent", system)
			report(t, forbiddenInAgent(packages))
			golden := filepath.Join("testdata", "agent-"+system+".modules")
			got := foreign(packages)
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("the agent for %s consists of other modules than %s says: got\n%swant\n%s", system, golden, got, want)
			}
		})
	}
}

// The collector contains what the agent must not: so the rule sees it.
func TestTheAgentsRuleSeesTheDatabase(t *testing.T) {
	problems := fmt.Sprint(forbiddenInAgent(closure(t, "cmd/collector", "linux")))
	for _, want := range []string{"github.com/prometheus/prometheus/tsdb", "github.com/prometheus/alertmanager/silence", "html/template"} {
		if !strings.Contains(problems, want+" must not") {
			t.Errorf("%s in the collector goes unseen", want)
		}
	}
}
