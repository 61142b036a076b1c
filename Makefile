# Every target is a command of dev/ (Python, nothing to install first). `make` alone prints them.
PYTHON ?= python3
DEV = $(PYTHON) -m dev
.DEFAULT_GOAL := help
.PHONY: help demo test test-fast prove chaos update shell lint i18n bench simulator verify recompute clean

help: ## print these lines
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-18s %s\n", $$1, $$2}'

demo: ## a quotation becomes an authorised NF-e in Odoo, then Odoo is served (SERVE=0: it stops after the table)
	@$(DEV) demo

test: ## the whole test suite: pure core, Odoo, browser
	@$(DEV) test

test-fast: ## the tests of the pure core alone: seconds, no database
	@$(DEV) test-fast

prove: ## the long proofs: kill loops, chaos, large random runs
	@$(DEV) prove

chaos: ## 1,000 documents, faults and killed workers: make chaos ARGS="--documents 100 --seed 7"
	@$(DEV) chaos $(ARGS)

update: ## bring the add-on in the demo database up to date with the checkout
	@$(DEV) update

shell: ## Odoo's Python shell on the demo database
	@$(DEV) shell

lint: ## ruff and pylint-odoo
	@$(DEV) lint

i18n: ## export the texts to translate, merge them into pt_BR.po, name those without a translation
	@$(DEV) i18n

bench: ## the benchmarks
	@$(DEV) bench

simulator: ## the SEFAZ simulator alone, with its status page
	@$(DEV) simulator

verify: ## check NF-e files, anybody's: make verify FILES="a.xml b.xml"
	@FILES="$(FILES)" $(DEV) verify

recompute: ## calculate the taxes of NF-e files again, anybody's: make recompute FILES="a.xml b.xml"
	@FILES="$(FILES)" $(DEV) recompute

clean: ## remove var/, the demo and what tests left (ALL=1: the whole cache and its server too)
	@$(DEV) clean
