# `make COMMAND` is `python tools/course.py COMMAND`, which works without make too; `make` lists them.
#   make lab ARGS="--no-browser --port 8899"     make lessons LESSON=07     make test LATEST=1
PYTHON ?= $(shell command -v python3 || command -v python)
COURSE = "$(PYTHON)" tools/course.py
OPTIONS = $(LESSON) $(EXERCISE) $(NUMBER) $(if $(ZIP),"$(ZIP)") $(if $(CSV),"$(CSV)") $(if $(LATEST),--latest) $(ARGS)

help:
	@$(COURSE)

# Every other word is a command; always, also where a file or a folder has its name.
%: always
	@$(COURSE) $@ $(OPTIONS)

always Makefile: ;

.PHONY: always help
