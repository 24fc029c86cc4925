// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "lib/base/bytes.h"

namespace hailo::test {

/// Good inputs of a fuzz target, which defines them, for mutations.cpp to start from.
std::vector<Bytes> fuzz_seeds();

}  // namespace hailo::test
