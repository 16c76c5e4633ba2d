# `make help` lists the targets.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
TOOLS := $(or $(NIX_PINS_TOOLS),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/nix-pins-lsp/tools)
FUZZTIME ?= 60s
BENCH ?= .

.PHONY: build test soak bench pgo microbench lint gen fuzz mutate cover clean help

build: ## the server and command line tool, as bin/nix-pins-lsp
	go build -trimpath -o bin/nix-pins-lsp ./cmd/nix-pins-lsp

test: ## all Go tests under the race detector (scripts/test runs everything and installs what it needs)
	go test -race ./...

soak: ## editors at random work under the race detector for an hour (FOR=20m: about so long); `make test` has half a minute of it
	@# In parts of a minute: after some minutes of so many goroutines the race detector gives up with a failed check of its own.
	sleep $(or $(FOR),1h) & timer=$$!; trap 'kill $$timer 2>/dev/null || true' EXIT; \
	while kill -0 $$timer 2>/dev/null; do NIX_PINS_SOAK=1m go test -race -count 1 -timeout 0 -run '^TestSoak$$' ./lsp; done

bench: ## speed and memory over 10,000 generated leaves and in an editor, appended to docs/*benchmarks.md (LEAVES=N: so many, not recorded)
	go run ./internal/bench $(if $(LEAVES),-leaves $(LEAVES),-record docs)

pgo: ## the profile by which Go compiles the program, cmd/nix-pins-lsp/default.pgo; anew when where the time goes has changed (see make bench)
	go run ./internal/bench -leaves 2000 -profile cmd/nix-pins-lsp/default.pgo

microbench: ## the benchmarks of single packages; BENCH=REGEXP chooses
	go test -run '^$$' -bench '$(BENCH)' -benchmem ./...

# A skipped test proves nothing, so none may be written.
lint: ## gofmt, go vet, staticcheck, no skipped tests
	@unformatted=$$(find . -name '*.go' -not -path '*/node_modules/*' -exec gofmt -l {} +); \
	if [[ -n $$unformatted ]]; then printf 'gofmt would change:\n%s\n' "$$unformatted" >&2; exit 1; fi
	go vet ./...
	go vet -tags profile ./cmd/nix-pins-lsp
	scripts/install-test-tools staticcheck
	'$(TOOLS)/bin/staticcheck' ./...
	@if grep -rnE --include='*_test.go' --exclude-dir=node_modules '\b(t|b|f|tb)\.Skip(f|Now)?\(' .; then \
	echo 'a test may not skip' >&2; exit 1; fi

gen: ## what is written from the code: rule pages, schemas, tables (go test checks that they are current)
	go run ./internal/gen

fuzz: ## every fuzz target, each for FUZZTIME (60s)
	scripts/fuzz $(FUZZTIME)

mutate: ## takes each guard out of the rules in turn and wants a test to fail (SAMPLE=N: only N of them)
	go run ./internal/mutate -sample $(or $(SAMPLE),0)

cover: ## statement coverage by all tests, as bin/cover.out and a page bin/cover.html
	mkdir -p bin
	go test -coverpkg=./... -coverprofile=bin/cover.out ./...
	go tool cover -html=bin/cover.out -o bin/cover.html
	go tool cover -func=bin/cover.out | tail -n 1

clean: ## what the targets above wrote
	rm -rf bin

help: ## this list
	@sed -nE 's/^([a-z]+):.*## (.*)/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 10
