# `make` alone lists the targets. Each sets up what it needs on the machine itself (scripts/setup.sh), and does again
# only what its sources ask for. Written for GNU Make 3.81, which macOS has.

ARGS    ?=
PKG     ?= ./...

# The packages whose tests take longest, which a run of all begins with.
LONG_FIRST := $(if $(filter ./...,$(PKG)),./test/system ./resolvers ./store/...)

FUZZFOR ?= 5s

# What the compiler optimizes for: a profile of the operations that are sent most. Building with it takes minutes the first time.
PROFILE ?= bench/aisle.pgo

BUILD_FLAGS = -trimpath -pgo=$(PROFILE) -ldflags=-X=runtime.godebugDefault=adaptivestackstart=1

# One static binary, also where no C compiler is. Only the race detector needs C.
export CGO_ENABLED := 0

# npm writes this file at the end of an installation: it stands for the whole of node_modules.
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
run: setup-run build ## Start Aisle with a demo chain, needing nothing else (ARGS="--port 0 --stores 1000")
	bin/aisle dev $(ARGS)

build: setup-build ## Build bin/aisle, with the admin page in it where Node is installed
	@! scripts/setup.sh has-node || $(MAKE) --no-print-directory web
	go build $(BUILD_FLAGS) -o bin/aisle .

web: setup-node $(PAGE) ## Build the admin page into web/dist

test: test-go test-web ## Run all tests, on a real PostgreSQL, a real Redis and in a real browser

# Lint vets, and a test needs no debugger: without both it takes less of the machine's time and disk. Tests wait more than they
# compute: with more of them than processors, and the longest packages first, the processors are busy to the end.
test-go: setup-test $(PAGE) $(E2E_MODULES) ## Run the Go tests alone, with the race detector (PKG=./store/...)
	go build -o bin/with-postgres ./app/localpg/pgtest/cmd/with-postgres
	bin/with-postgres -- env CGO_ENABLED=1 go test -race -shuffle=on -timeout 10m -vet=off -ldflags=-w -p 4 -parallel 4 $(ARGS) $(LONG_FIRST) $(PKG)

# Compiles the tests and all that they need, without linking or running them.
compile-tests: setup-test
	CGO_ENABLED=1 go list -race -test -deps -export ./... >/dev/null

test-web: setup-node $(WEB_MODULES) ## Run the admin page's unit tests alone
	npm --prefix web test

# A PostgreSQL of the run's own serves the packages that need one. golangci-lint includes vet.
check: setup-test bin/golangci-lint ## Lint and test one package, quickly: without the race detector (PKG=./store/tasks)
	bin/golangci-lint run $(PKG)
	go build -o bin/with-postgres ./app/localpg/pgtest/cmd/with-postgres
	bin/with-postgres -- go test -vet=off -shuffle=on $(ARGS) $(PKG)

fuzz: setup-go ## Run each fuzz target for a few seconds (FUZZFOR=5s)
	scripts/fuzz.sh $(FUZZFOR)

bench: setup-peers build $(PEER_MODULES) ## Measure Aisle beside PostGraphile and others, into bench/RESULTS.md (10 minutes at most)
	go build $(BUILD_FLAGS) -o bin/bench-comparison ./bench/comparison
	bin/bench-comparison $(ARGS)

bench-growth: setup-bench build ## Measure one operation in chains of 20 to 5,000 stores, into bench/RESULTS.md
	go build -trimpath -o bin/bench-comparison ./bench/comparison
	bin/bench-comparison growth $(ARGS)

bench-events: setup-bench build ## Measure what live events cost, on a server of its own (ARGS="--many 2000")
	go build -trimpath -o bin/bench-events ./bench/events
	bin/bench-events $(ARGS)

lint: lint-names lint-docs lint-go lint-web ## Check names, links, formatting, import directions, generated code, modules, vulnerabilities and the page's sources

lint-names:
	scripts/check-names.sh

# The page of the benchmark is made from a template, whose links are those of the page.
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

format: setup-go bin/golangci-lint ## Format the Go sources as lint wants them
	bin/golangci-lint fmt

generate: setup-go bin/sqlc ## Generate the Go code of the SQL queries (sqlc) and of the GraphQL schema (gqlgen)
	scripts/generate.sh .

generate-sql: setup-go bin/sqlc ## Generate only the Go code of the SQL queries (sqlc)
	bin/sqlc generate -f store/sqlc.yaml

clean: ## Remove what was built and installed here, but no data (.aisle)
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

# The tools' versions are pinned in a module of their own, so that what they need stays out of Aisle's.
bin/golangci-lint: TOOL := github.com/golangci/golangci-lint/v2/cmd/golangci-lint
bin/sqlc:          TOOL := github.com/sqlc-dev/sqlc/cmd/sqlc
bin/govulncheck:   TOOL := golang.org/x/vuln/cmd/govulncheck
bin/linkcheck:     TOOL := ./linkcheck
bin/linkcheck: tools/linkcheck/main.go
bin/golangci-lint bin/sqlc bin/govulncheck bin/linkcheck: tools/go.mod tools/go.sum
	go build -C tools -trimpath -o ../$@ $(TOOL)
