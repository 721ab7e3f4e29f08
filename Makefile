# make demo: install, convert the samples, ask them a question.  make test: everything that CI runs.
PYTHON ?= python3
BIN = .venv/bin
PIP = PIP_CONSTRAINT=constraints.txt $(BIN)/python -m pip install --quiet --disable-pip-version-check
SAMPLE = data-samples/planet4
unexport PYTHONDONTWRITEBYTECODE # a command should not compile Swath anew at every start

.PHONY: demo test lint docs bench clean

.venv/installed: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) -e .
	touch $@

.venv/ready-to-test: .venv/installed
	$(PIP) -e '.[dev]'
	touch $@

demo: .venv/installed
	rm -rf demo-output
	$(BIN)/swath convert data-samples/mixed/classifications.csv --workflows data-samples/mixed/workflows.csv \
		-o demo-output/mixed
	$(BIN)/swath planet4 produce $(SAMPLE)/planet-four-classifications.csv --subjects $(SAMPLE)/planet-four-subjects.csv \
		--tile-coords $(SAMPLE)/tile_coords.csv --metadata $(SAMPLE)/metadata.csv -o demo-output/planet4
	@echo
	@echo "How many fans and blotches did volunteers draw on each observation?"
	$(BIN)/swath query demo-output/planet4/markings --ready markings_per_obsid
	@echo
	@echo "Which fans does the catalogue have?"
	$(BIN)/swath query demo-output/planet4/catalog --ready fans_of_each_obsid
	@echo
	@echo "How many marks were drawn with each tool?"
	$(BIN)/swath query demo-output/mixed --ready marks_per_tool

lint: .venv/ready-to-test
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/mypy

test: demo lint
	$(BIN)/pytest -n 2 --dist loadfile

docs: .venv/installed
	$(BIN)/python -m swath.schemas > docs/formats.md

bench: .venv/ready-to-test
	$(PIP) -e '.[bench]'
	$(BIN)/python benchmarks/run.py

clean:
	rm -rf .venv demo-output bench-work
