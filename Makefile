# SPDX-License-Identifier: MIT
# The one entry; every target delegates.

# Cases, kernel and firmware of vm and demo.
CASE ?= all
KERNEL ?= stock
FW ?= 4.20.0
BOARD ?= hailo8l

.DEFAULT_GOAL := help
.PHONY: help demo check module tools kunit vm bench clean bootstrap

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1	\2/p' $(MAKEFILE_LIST) | expand -t 16

bootstrap:
	@tests/lab/bootstrap

demo: bootstrap ## boot a VM with an emulated Hailo-8L and show identify and status; FW=4.23.0 BOARD=hailo8
	@tests/vm/demo $(FW) $(BOARD)

check: bootstrap ## all tests; what CI runs
	@tests/lab/check

module: ## hailo_pci.ko for the lab's 6.1 kernel, or KDIR=/lib/modules/RELEASE/build in place
ifdef KDIR
	$(MAKE) -C $(KDIR) M=$(CURDIR)/driver modules
else
	@tests/lab/bootstrap
	@tests/lab/module stock
endif

tools: bootstrap ## hailo-fwtool, hailo8-emu and hailo-fwgen, to build/release
	@tests/lab/tools

kunit: bootstrap ## KUnit suites of the driver on the debug kernel
	@tests/vm/kunit

vm: bootstrap ## cases of tests/vm; CASE=name KERNEL=stock|debug|arm64|arm64-16k
	@tests/vm/run --kernel $(KERNEL) $(CASE)

bench: bootstrap ## register accesses of boot and identify; BENCH_WRITE=1 writes docs/performance.md
	@tests/vm/bench $(if $(BENCH_WRITE),--write)

clean: ## remove build/; the cache stays
	rm -rf build
