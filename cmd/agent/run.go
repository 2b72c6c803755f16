package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"github.com/budi-monitor/budi/internal/agent"
	"github.com/budi-monitor/budi/internal/agent/service"
	"github.com/budi-monitor/budi/internal/buildinfo"
)

// A guest takes little. One processor is enough for a look a minute; the
// collector of garbage works oftener on a small heap rather than let it double;
// the limit is far above what the agent needs and makes it give back what an
// inventory or a full spool took.
const (
	processors = 1
	gcPercent  = 50
	softMemory = 48 << 20 // bytes
)

func runCommand(s *settings) *cobra.Command {
	var underManager bool
	var factsAfter time.Duration
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Look at this computer each minute and tell the collector, until stopped",
		Long: "Look at this computer each minute and tell the collector, until stopped.\n\n" +
			"Who is not enrolled yet waits for an enrolment; who cannot reach the collector keeps what it sees\n" +
			"for seven days. The service runs this command; in a console it ends with Ctrl+C.\n" +
			"The exit status is 0 when it was told to end, and 1 when it could not begin.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			runtime.GOMAXPROCS(processors)
			debug.SetGCPercent(gcPercent)
			debug.SetMemoryLimit(softMemory)
			if !underManager {
				return runAgent(cmd.Context(), s, slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil)), factsAfter)
			}
			return service.Run(cmd.Context(), func(ctx context.Context) (err error) {
				log, file, err := serviceLog(s)
				if err != nil {
					return err
				}
				defer func() { err = errors.Join(err, file.Close()) }()
				err = runAgent(ctx, s, log, factsAfter)
				if err != nil {
					log.Error("the agent ends", "err", err) // nobody reads what the command prints
				}
				return err
			})
		},
	}
	cmd.Flags().DurationVar(&factsAfter, "facts-after", 2*time.Minute, "the first inventory is taken so long after the start, twice as long at most")
	cmd.Flags().BoolVar(&underManager, "service", false, "started by the service manager of Windows or macOS: the log goes to a file beside the state")
	return cmd
}

func serviceLog(s *settings) (*slog.Logger, io.Closer, error) {
	if err := agent.MakeFolder(filepath.Dir(s.State)); err != nil {
		return nil, nil, err
	}
	return service.Log(agent.LogFile(s.State))
}

func runAgent(ctx context.Context, s *settings, log *slog.Logger, factsAfter time.Duration) error {
	o := s.options(log)
	o.FactsDelay = factsAfter
	return agent.Run(ctx, o)
}

// options are what every command that needs the agent's parts hands them.
func (s *settings) options(log *slog.Logger) agent.Options {
	b := buildinfo.Get()
	return agent.Options{Places: s.Places, Logger: log, Version: b.Version, System: b.OS, Proxy: http.ProxyFromEnvironment}
}
