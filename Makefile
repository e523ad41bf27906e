# The course's commands. Each is one line of tools/course.py, which works without make too.
#   make lab ARGS="--no-browser --port 8899"     make lessons LESSON=07     make test LATEST=1
PYTHON ?= $(shell command -v python3 || command -v python)
COURSE = "$(PYTHON)" tools/course.py
OPTIONS = $(if $(LATEST),--latest) $(ARGS)

.PHONY: help lab test quick coverage test-colab test-browser site lessons exercises grade bench address setup

help:
	@echo "make lab       open the course in JupyterLab (the first call sets everything up)"
	@echo "make test      check everything: linter, tests, every notebook at the smallest size"
	@echo "make quick     the quick tests alone, in less than a minute"
	@echo "make coverage  make test, and which lines of ganlib nothing has run; fails below 90 %"
	@echo "make test-colab    run every notebook alone with Colab's versions"
	@echo "make test-browser  open the lessons and the reading site in a real browser"
	@echo "make site      build the reading site into build/site"
	@echo "make lessons   run the lessons that changed and save their outputs; LESSON=07 picks one"
	@echo "make exercises make exercises/ from solutions/"
	@echo "make grade     grade what was handed in: EXERCISE=02; see INSTRUCTORS.md"
	@echo "make bench     run the benchmarks"
	@echo "make address   write the repository's address of pyproject.toml into badges and set-up cells"
	@echo "make setup     only set up"

lab:
	@$(COURSE) lab $(OPTIONS)

test:
	@$(COURSE) test $(OPTIONS)

quick:
	@$(COURSE) quick $(OPTIONS)

coverage:
	@$(COURSE) coverage $(OPTIONS)

test-colab:
	@$(COURSE) test-colab $(LESSON) $(OPTIONS)

test-browser:
	@$(COURSE) test-browser $(OPTIONS)

site:
	@$(COURSE) site $(OPTIONS)

lessons:
	@$(COURSE) lessons $(LESSON) $(OPTIONS)

exercises:
	@$(COURSE) exercises $(OPTIONS)

grade:
	@$(COURSE) grade $(EXERCISE) $(OPTIONS)

bench:
	@$(COURSE) bench $(OPTIONS)

address:
	@$(COURSE) address

setup:
	@$(COURSE) setup $(OPTIONS)
