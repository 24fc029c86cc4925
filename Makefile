# SPDX-License-Identifier: MIT
# The one entry; every target delegates.

# Of install.
export DESTDIR PREFIX KVER KDIR SIGN_KEY SIGN_CERT

# Cases, kernel and firmware of vm and demo.
CASE ?= all
KERNEL ?= stock
FW ?= 4.20.0
BOARD ?= hailo8l

.DEFAULT_GOAL := help
.PHONY: help demo check lint module tools kunit vm fuzz bench matrix deb install dkms-install uninstall dkms-uninstall clean bootstrap

help: ## this list
	@sed -n 's/^\([a-z][a-z-]*\)[^:=]*:.*## \(.*\)/  \1	\2/p' $(MAKEFILE_LIST) | expand -t 16

bootstrap:
	@tests/lab/bootstrap

demo: bootstrap ## a VM with an emulated Hailo-8L: identify, an inference, a page with detections; FW=4.23.0 BOARD=hailo8 DETECT=page|headless PORT=8080
	@PORT=$(PORT) tests/vm/demo $(FW) $(BOARD) $(DETECT)

check: bootstrap ## all tests; what CI runs
	@tests/lab/check

module: ## hailo_pci.ko for the lab's 6.1 kernel, or KDIR=/lib/modules/RELEASE/build in place
ifdef KDIR
	$(MAKE) -C $(KDIR) M=$(CURDIR)/driver modules
else
	@tests/lab/bootstrap
	@tests/lab/module stock
endif

tools: bootstrap ## the programs, to build/release
	@tests/lab/tools

kunit: bootstrap ## KUnit suites of the driver on the debug kernel
	@tests/vm/kunit

vm: bootstrap ## cases of tests/vm; CASE=name KERNEL=stock|debug|arm64|arm64-16k
	@tests/vm/run --kernel $(KERNEL) $(CASE)

matrix: bootstrap ## every kernel of tests/lab/kernels: build, boot, infer; KERNELS="7.3-amd64 ..."; MATRIX_WRITE=1 writes docs/matrix.md
	@MATRIX_WRITE=$(MATRIX_WRITE) tests/lab/matrix $(KERNELS)

fuzz: bootstrap ## the user ABI with 200 000 calls on the debug kernel; FUZZ_CALLS=N FUZZ_SEED=N
	@tests/vm/run --kernel debug --metrics --env FUZZ_CALLS=$(or $(FUZZ_CALLS),200000) \
		--env FUZZ_SEED=$(or $(FUZZ_SEED),1) --timeout 14400 fuzz-ioctls

bench: ## what boot, a control, a frame and a viewer cost, memory, throughput; SOAK=600 watches hailo-detect; BENCH_WRITE=1 writes docs/performance.md
	@tests/lab/bootstrap bench
	@tests/vm/bench $(if $(BENCH_WRITE),--write)
	@tests/bench/detect/measure.py $(if $(BENCH_WRITE),--write) $(if $(SOAK),--soak $(SOAK))

deb: tools ## Debian packages for this release, to build/deb; checked by lintian if that is installed
	@packaging/deb
	@if command -v lintian >/dev/null; then lintian --allow-root --fail-on error,warning build/deb/*.changes; \
	else echo "lintian is not installed, so the packages are not checked"; fi

lint: bootstrap ## checkpatch, sparse, clang-tidy, layer rules and more; and that each of them finds its mistake
	@tests/lint/run

# The build of the tools needs no root, installing them does: "make tools", then "sudo make install".
install: ## module, tools, udev rule, modprobe.d; DESTDIR= PREFIX=/usr/local KVER= KDIR= SIGN_KEY= SIGN_CERT=
	@packaging/install install

dkms-install: ## the same, with DKMS building the module for each kernel
	@packaging/install dkms-install

uninstall dkms-uninstall: ## removes exactly what install or dkms-install put there
	@packaging/install uninstall

clean: ## remove build/; the cache stays
	rm -rf build
