package main

import (
	"fmt"
	"io"
	"net/url"
	"os"

	"github.com/spf13/cobra"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/website/content"
)

// comparison is what compare prints.
type comparison struct {
	Points   int            `json:"points"`
	Alarming bool           `json:"alarming"`
	Findings []look.Finding `json:"findings"`
}

func compareCommand() *cobra.Command {
	var address, contentType string
	cmd := &cobra.Command{
		Use:   "compare [BEFORE.html ...] AFTER.html",
		Short: "Say whether a saved page changed as a defacement changes it",
		Long: "Hold a saved page against the ones that are well, the newest of them first, as the\n" +
			"watch over a website's content does, and print what it thinks of it as JSON. Without\n" +
			"a page that is well the page is judged by itself.\n" +
			"The exit status is 0 when it is no alarm, 1 when a page cannot be read, 2 when it is one.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			u, err := url.Parse(address)
			if err != nil || u.Hostname() == "" {
				return fmt.Errorf("--url %q: write the address of the page, for example https://www.mokykla.lt/", address)
			}
			var pages []content.Snapshot
			for _, name := range args {
				body, err := savedPage(name)
				if err != nil {
					return err
				}
				pages = append(pages, content.Read(u, u.Hostname(), contentType, body))
			}
			last := len(pages) - 1
			v := content.Compare(pages[:last], pages[last])
			out := comparison{v.Points, v.Alarming(), v.Findings}
			if out.Findings == nil {
				out.Findings = []look.Finding{}
			}
			if err := printJSON(cmd.OutOrStdout(), out); err != nil {
				return err
			}
			if out.Alarming {
				return toldError{2}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&address, "url", "", "where the pages are shown")
	cmd.Flags().StringVar(&contentType, "content-type", "text/html", "as the server says it, with the charset")
	_ = cmd.MarkFlagRequired("url")
	return cmd
}

// savedPage reads as much of a file as a look reads of a page.
func savedPage(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read a page: %w", err)
	}
	defer f.Close()
	body, err := io.ReadAll(io.LimitReader(f, probe.MaxBody))
	if err != nil {
		return nil, fmt.Errorf("read the page %s: %w", name, err)
	}
	return body, nil
}
