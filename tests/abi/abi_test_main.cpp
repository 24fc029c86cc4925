// SPDX-License-Identifier: MIT
#include "abi_test.h"

int main() { return run_abi_test("C++23"); }
