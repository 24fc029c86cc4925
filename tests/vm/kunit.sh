# SPDX-License-Identifier: MIT
# kernels: debug
# timeout: 120
# log: .
# The module with its KUnit suites runs them when it is inserted; the log is
# what tests/vm/kunit reads.

stage_fw 4.20.0
load
dmesg_since
