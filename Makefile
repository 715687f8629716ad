# Clamor. `make` lists what there is.
.DEFAULT_GOAL := help
.PHONY: help build demo test lint check bench speed tour fuzz golden clean needs

export CGO_ENABLED ?= 1
LISTEN ?= 127.0.0.1:8080
ASKS ?= 100000

help: ## List the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-8s %s\n", $$1, $$2}'

build: ## Build bin/clamor
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o bin/clamor ./cmd/clamor

demo: build ## Serve the sample company's ranked list and print a sign-in link
	bin/clamor demo --listen $(LISTEN)

needs: ## Install what the tests need, where we can (PostgreSQL, Chromium)
	@.ci/needs

test: needs ## Run all tests with the race detector, on SQLite and PostgreSQL
	go test -race -timeout 25m ./...

lint: bin/golangci-lint ## Format, vet and lint
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo 'gofmt would change:'; gofmt -l $$(git ls-files '*.go'); exit 1; }
	@.ci/pins
	bin/golangci-lint run ./...

bin/golangci-lint: .ci/lint/go.mod
	cd .ci/lint && go build -o ../../bin/golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint

check: lint test ## What CI runs

bench: ## Measure: notes acknowledged beside bare inserts, placement, ranking
	go test -run - -bench . -benchmem ./cmd/clamor ./dedupe ./rank

speed: ## Measure the pages with ASKS asks while notes pour in; the database stays in bin/speed
	CLAMOR_TEST_SPEED=$(ASKS) CLAMOR_TEST_SPEED_DIR=$(CURDIR)/bin/speed go test ./cmd/clamor -run TestSpeed -count 1 -v -timeout 2h

tour: ## Draw the pictures of docs/tour.md and README.md anew
	go test ./cmd/clamor -run TestTourInABrowser -count 1 -tour

fuzz: ## Fuzz every parser of foreign bytes for 20 seconds each
	@.ci/fuzz 20s

golden: ## Write the golden files anew; review the diff
	go test ./rank ./dedupe ./ingest ./api/... -update

clean: ## Remove what was built
	rm -rf bin
