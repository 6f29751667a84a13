# What people and the continuous check both call. Each target sets up what it needs.

.DEFAULT_GOAL := help
.PHONY: help run test bench fuzz formats lint format readme calibrate man clean
SHELL := bash

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Build a release and analyse the examples
	@scripts/setup run
	swift build -c release --product culprit
	@for example in sbs2003 cadlock770; do \
	  printf '\n==== culprit analyze Examples/%s\n\n' $$example; \
	  "$$(swift build -c release --show-bin-path)/culprit" analyze "Examples/$$example" || exit; \
	done

test: ## Lint, build and run every test
	@scripts/setup test
	@scripts/lint
	swift build --build-tests
	swift test --disable-xctest

bench: ## Measure against the C floor on generated evidence (5.6 GB of disk)
	@scripts/setup bench
	@Benchmarks/run

fuzz: ## Feed every reader with a fuzzer's input for a minute (FUZZ_SECONDS)
	@scripts/setup run
	@Fuzz/run

calibrate: ## Hold verdicts against known truths and write docs/calibration.md
	@scripts/setup run
	swift run -c release calibrate --output docs/calibration.md

formats: ## Measure every log format and write docs/formats.md
	@scripts/setup test
	UPDATE_BASELINES=1 swift test --disable-xctest --filter ScoreboardTests
	@git --no-pager diff --stat docs/formats.md

lint: ## Check layout, documentation, imports and forbidden things
	@scripts/lint

format: ## Lay out every Swift file
	@scripts/format

readme: ## Put the program's own report into README.md
	@scripts/setup run
	@scripts/readme-report

man: ## Write manual pages and shell completions into .build/man
	@scripts/setup run
	@scripts/man

clean: ## Remove what was built and generated
	rm -rf .build Benchmarks/.build Benchmarks/data Fuzz/.build Fuzz/corpus
