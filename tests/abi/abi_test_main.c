/* SPDX-License-Identifier: MIT */
#include "abi_test.h"

int main(void) { return run_abi_test("C11"); }
