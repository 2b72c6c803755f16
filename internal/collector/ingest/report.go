package ingest

import (
	"context"
	"net/http"

	"github.com/budi-monitor/budi/internal/wire"
)

func (d *Doors) report(w http.ResponseWriter, r *http.Request, take func(context.Context, wire.ReportRequest) (wire.ReportReply, error)) error {
	return nil
}
