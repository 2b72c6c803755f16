# The few things that people do here. Alone, `make` lists them.
# Programs and tests need no C compiler; only the race detector does.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

GO ?= go
export CGO_ENABLED = 0

NODE_EXPORTER := github.com/prometheus/node_exporter@v1.12.1
GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
AXE := axe-core@4.14.1
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null)
LDFLAGS := -s -w -X github.com/budi-monitor/budi/internal/buildinfo.Version=$(VERSION)

FUZZTIME ?= 10s
BENCHTIME ?= 1s
KILLS ?= 200
MINUTES ?= 10
DIST ?= dist
PACKAGES ?=
RACEFLAGS ?=

.PHONY: help build packages test race lint generate bench bench-agent bench-checks bench-devices fuzz cross pictures test-browser test-real run demo

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## put bin/budi-collector and bin/budi-agent there
	@mkdir -p bin
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/budi-collector ./cmd/collector
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/budi-agent ./cmd/agent

packages: ## put the agent's MSI, deb and tarballs into dist/ (needs wixl, msitools, dpkg)
	@GO='$(GO)' VERSION='$(VERSION)' LDFLAGS='$(LDFLAGS)' deploy/packages $(DIST) $(PACKAGES)

# Go's own limit is 10 minutes for a package; test/e2e takes 4 of them where nothing
# else runs.
test: ## run the tests; nothing else needs to be installed
	$(GO) test -timeout 40m ./...

# test/ drives built programs, which have no detector in them: it stays out.
race: ## run the tests with the race detector (needs a C compiler); RACEFLAGS=-short leaves out the longest
	CGO_ENABLED=1 $(GO) test -race $(RACEFLAGS) -timeout 40m $$($(GO) list ./... | grep -v '/budi/test/')

lint: ## vet, and golangci-lint as .golangci.yml says
	$(GO) vet ./...
	$(GO) run $(GOLANGCI_LINT) run ./...

generate: ## write golden files and docs/metrics.md anew; read the difference
	@for p in $$(grep -rlE 'flag\.Bool\("update"' --include='*_test.go' . | xargs -n1 dirname | sort -u); do \
		echo "$(GO) test $$p -update"; $(GO) test $$p -update; \
	done

bench: ## run the benchmarks, each beside what it is compared to
	$(GO) test -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) -timeout 40m \
		$$(grep -rlE '^func Benchmark' --include='*_test.go' . | xargs -n1 dirname | sort -u)

bench-agent: ## run the agent beside node_exporter for MINUTES, and tell memory and processor of both
	@dir=$$(mktemp -d); trap 'rm -rf "$$dir"' EXIT; \
	GOBIN=$$dir $(GO) install $(NODE_EXPORTER); \
	NODE_EXPORTER=$$dir/node_exporter BENCH_AGENT=$(MINUTES)m $(GO) test -run '^$$' -bench NodeExporter -benchtime 1x -timeout 60m ./test/e2e

bench-checks: ## look at 5,000 simulated websites each minute, and tell memory and processor of the collector
	BENCH_CHECKS=1 $(GO) test -run '^$$' -bench ManyChecks -benchtime 1x -timeout 20m ./internal/collector

bench-devices: ## look at 2,000 simulated devices each minute, and tell memory and processor of the collector
	BENCH_DEVICES=1 $(GO) test -run '^$$' -bench ManyDevices -benchtime 1x -timeout 20m ./internal/collector

# Until Go 1.27 the end of the time may be told as a failure (go.dev/issue/75804): one
# without an input that fails is tried once more.
fuzz: ## fuzz each target for FUZZTIME
	@log=$$(mktemp); trap 'rm -f "$$log"' EXIT; \
	one() { $(GO) test -run '^$$' -fuzz "^$$1\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1s "$$2" </dev/null 2>&1 | tee "$$log"; }; \
	grep -roE '^func Fuzz[A-Za-z0-9_]+' --include='*_test.go' . | sort | while IFS=: read -r file func; do \
		name=$${func#func }; dir=$$(dirname "$$file"); echo "fuzz $$dir $$name"; \
		if ! one "$$name" "$$dir"; then \
			grep -q 'context deadline exceeded' "$$log" || exit 1; \
			! grep -q 'Failing input' "$$log" || exit 1; \
			echo "once more: $$dir $$name"; one "$$name" "$$dir" || exit 1; \
		fi; \
	done

cross: ## vet and build for Windows, and for macOS what runs there
	GOOS=windows GOARCH=amd64 $(GO) vet ./...
	GOOS=darwin GOARCH=arm64 $(GO) vet ./cmd/agent ./internal/agent/... ./internal/host/...
	GOOS=windows GOARCH=amd64 $(GO) build -o /dev/null ./cmd/agent
	GOOS=windows GOARCH=amd64 $(GO) build -o /dev/null ./cmd/collector
	GOOS=darwin GOARCH=arm64 $(GO) build -o /dev/null ./cmd/agent
	GOOS=darwin GOARCH=arm64 $(GO) build -o /dev/null ./cmd/collector

test-browser: ## play a person with Chromium on the built programs, and look for barriers with axe-core (needs npm)
	@dir=$$(mktemp -d); trap 'rm -rf "$$dir"' EXIT; \
	npm install --silent --no-audit --no-fund --no-save --prefix "$$dir" $(AXE); \
	BUDI_AXE=$$dir/node_modules/axe-core/axe.min.js $(GO) test -count=1 -timeout 40m -parallel 2 -tags browser -v -run Browser ./test/e2e

pictures: ## take the pictures of README and docs anew, of a demonstration (needs Chromium)
	BUDI_PICTURES=$(CURDIR)/docs/images $(GO) test -count=1 -timeout 30m -tags browser -v -run BrowserPictures ./test/e2e

test-real: ## test with Debian's promtool, amtool, postfix, snmpd, snmpsim, nginx, apache2 and bind9 (root), and with KILLS kills
	BUDI_KILLS=$(KILLS) $(GO) test -count=1 -timeout 40m -parallel 8 -v -run Kill ./test/e2e
	$(GO) test -count=1 -timeout 30m -tags real -v -run Real ./test/e2e ./internal/snmp ./internal/website ./internal/domain

run: ## start the collector from the source, with its data in ./budi-data
	$(GO) run ./cmd/collector

demo: ## show the collector with a simulated school, in a folder that is thrown away
	$(GO) run ./cmd/collector demo
