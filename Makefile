# `make` lists the targets. Each target installs its own requirements (scripts/setup.sh) and rebuilds only what has changed.
# It works with GNU Make 3.81, the version of macOS.

ARGS    ?=
PKG     ?= ./...

# The packages with the slowest tests. A run of all tests starts with them.
LONG_FIRST := $(if $(filter ./...,$(PKG)),./test/system ./resolvers ./store/...)

FUZZFOR ?= 5s

# A CPU profile of the most frequent operations for profile-guided optimization. The first build with it takes minutes.
PROFILE ?= bench/aisle.pgo

BUILD_FLAGS = -trimpath -pgo=$(PROFILE) -ldflags=-X=runtime.godebugDefault=adaptivestackstart=1

# Builds a static binary without a C compiler. Only the race detector needs one.
export CGO_ENABLED := 0

# npm writes this file at the end of an installation, so its time is that of node_modules.
WEB_MODULES := web/node_modules/.package-lock.json
E2E_MODULES := e2e/node_modules/.package-lock.json
PEER_MODULES := bench/comparison/postgraphile/node_modules/.package-lock.json bench/comparison/mercurius/node_modules/.package-lock.json
WEB_SOURCES := $(shell find web operations \( -name node_modules -o -name dist \) -prune -o -type f ! -name '*.go' -print)
PAGE        := web/dist/index.html

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help run build web test test-go test-web compile-tests check fuzz bench bench-growth bench-events lint lint-go lint-web lint-names lint-docs format generate generate-sql clean setup-%

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: PROFILE := off
run: setup-run build ## Start Aisle with a demo chain, without other services (ARGS="--port 0 --stores 1000")
	bin/aisle dev $(ARGS)

build: setup-build ## Build bin/aisle, with the admin page if Node is installed
	@! scripts/setup.sh has-node || $(MAKE) --no-print-directory web
	go build $(BUILD_FLAGS) -o bin/aisle .

web: setup-node $(PAGE) ## Build the admin page into web/dist

test: test-go test-web ## Run all tests, with PostgreSQL, Redis and a browser

# The tests run without vet, because lint includes it, and without debug information, to save time and disk. They wait more than they
# compute, so more of them run than there are processors, the slowest packages first.
test-go: setup-test $(PAGE) $(E2E_MODULES) ## Run the Go tests, with the race detector (PKG=./store/...)
	go build -o bin/with-postgres ./app/localpg/pgtest/cmd/with-postgres
	bin/with-postgres -- env CGO_ENABLED=1 go test -race -shuffle=on -timeout 10m -vet=off -ldflags=-w $(ARGS) $(LONG_FIRST) $(PKG)

# Compiles the tests and their dependencies, without linking or running them.
compile-tests: setup-test
	CGO_ENABLED=1 go list -race -test -deps -export ./... >/dev/null

test-web: setup-node $(WEB_MODULES) ## Run the unit tests of the admin page
	npm --prefix web test

# The tests share one PostgreSQL cluster. golangci-lint includes vet.
check: setup-test bin/golangci-lint ## Lint and test one package, quickly: without the race detector (PKG=./store/tasks)
	bin/golangci-lint run $(PKG)
	go build -o bin/with-postgres ./app/localpg/pgtest/cmd/with-postgres
	bin/with-postgres -- go test -vet=off -shuffle=on $(ARGS) $(PKG)

fuzz: setup-go ## Run each fuzz target for a few seconds (FUZZFOR=5s)
	scripts/fuzz.sh $(FUZZFOR)

bench: setup-peers build $(PEER_MODULES) ## Compare Aisle with PostGraphile and others, in bench/RESULTS.md (up to 10 minutes)
	go build $(BUILD_FLAGS) -o bin/bench-comparison ./bench/comparison
	bin/bench-comparison $(ARGS)

bench-growth: setup-bench build ## Measure one operation in chains of 20 to 5,000 stores, in bench/RESULTS.md
	go build -trimpath -o bin/bench-comparison ./bench/comparison
	bin/bench-comparison growth $(ARGS)

bench-events: setup-bench build ## Measure the cost of live events, on a separate server (ARGS="--many 2000")
	go build -trimpath -o bin/bench-events ./bench/events
	bin/bench-events $(ARGS)

lint: lint-names lint-docs lint-go lint-web ## Check names, links, formatting, import directions, generated code, modules, vulnerabilities and the admin page

lint-names:
	scripts/check-names.sh

# The template of bench/RESULTS.md has links that are relative to that page.
lint-docs: setup-go bin/linkcheck
	bin/linkcheck ':!bench/*/results.md'

lint-go: setup-go bin/golangci-lint bin/sqlc bin/govulncheck
	go mod tidy -diff
	go mod verify
	bin/golangci-lint run
	scripts/check-generated.sh
	scripts/check-vulnerabilities.sh

lint-web: setup-node $(WEB_MODULES)
	npm --prefix web run lint

format: setup-go bin/golangci-lint ## Format the Go sources
	bin/golangci-lint fmt

generate: setup-go bin/sqlc ## Generate the Go code of the SQL queries (sqlc) and of the GraphQL schema (gqlgen)
	scripts/generate.sh .

generate-sql: setup-go bin/sqlc ## Generate only the Go code of the SQL queries (sqlc)
	bin/sqlc generate -f store/sqlc.yaml

clean: ## Remove built and installed files, but no data (.aisle)
	rm -rf bin web/node_modules e2e/node_modules bench/comparison/*/node_modules
	find web/dist -mindepth 1 ! -name .gitkeep -delete

setup-%:
	@scripts/setup.sh $*

$(PAGE): $(WEB_MODULES) $(WEB_SOURCES)
	npm --prefix web run build
	@touch $@

%/node_modules/.package-lock.json: %/package-lock.json
	npm --prefix $* ci --no-audit --no-fund
	@touch $@

# The versions of the tools are pinned in a separate module, so that their dependencies are not those of Aisle.
bin/golangci-lint: TOOL := github.com/golangci/golangci-lint/v2/cmd/golangci-lint
bin/sqlc:          TOOL := github.com/sqlc-dev/sqlc/cmd/sqlc
bin/govulncheck:   TOOL := golang.org/x/vuln/cmd/govulncheck
bin/linkcheck:     TOOL := ./linkcheck
bin/linkcheck: tools/linkcheck/main.go
bin/golangci-lint bin/sqlc bin/govulncheck bin/linkcheck: tools/go.mod tools/go.sum
	go build -C tools -trimpath -o ../$@ $(TOOL)
