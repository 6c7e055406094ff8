# Thin words over the CMake presets. Each installs what is missing first (tools/packages.txt).
#
#   make build    the release binary at build/klarsyn
#   make run      the demo region: simulate, import, publish, serve on 127.0.0.1:8080
#   make test     everything that can fail: unit, functional, oracle and browser tests
#   make check    format, project rules, clang-tidy, unit tests under sanitizers
#   make fuzz     the wire codecs against made-up bytes, SECONDS=60 each
#   make bench    speed and size beside other engines, in one run
#   make format   formats the C++ sources
#   make golden   writes the golden files anew: read the difference before you commit it

SHELL := /bin/bash
.DEFAULT_GOAL := build
.PHONY: build run test check fuzz bench format golden clean

build:
	@tools/bootstrap.sh build
	@cmake --preset release -DKLARSYN_TESTS=OFF >/dev/null
	@cmake --build --preset release --target klarsyn
	@ln -sfn release/klarsyn build/klarsyn

run:
	@tools/bootstrap.sh build run
	@$(MAKE) --no-print-directory build
	@tools/run.sh

test:
	@tools/bootstrap.sh build run test fuzz browser
	@tools/test.sh

check:
	@tools/bootstrap.sh build run test check
	@tools/check.sh

fuzz:
	@tools/bootstrap.sh build fuzz
	@tools/fuzz.sh $(or $(SECONDS),60)

bench:
	@tools/bootstrap.sh build bench browser
	@$(MAKE) --no-print-directory build
	@bench/run.sh

format:
	@tools/bootstrap.sh check
	@git ls-files 'src/*.h' 'src/*.cc' 'tools/*.cc' | xargs clang-format-14 -i

golden:
	@tools/bootstrap.sh build run test
	@$(MAKE) --no-print-directory build
	@tests/golden.sh

clean:
	@rm -rf build
