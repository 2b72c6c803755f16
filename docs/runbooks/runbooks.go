// Package runbooks embeds this folder's pages: what to do, step by step, when a
// shipped rule tells of a fault. A rule names its page in the annotation
// "runbook"; NAME.md is English, NAME.lt.md Lithuanian.
package runbooks

import "embed"

// Pages holds the *.md files.
//
//go:embed *.md
var Pages embed.FS
