// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/result.h"
#include "lib/sys/root.h"

namespace hailo::fwtool {

enum class Severity {
  ok,
  note,     ///< good to know
  warning,  ///< works, but not as well as it could, or not for long
  error,    ///< the board does not work, or not with this library
};

/// A change that cannot make anything worse.
struct Fix {
  std::string what;
  std::function<Result<void>(const sys::Root& root)> apply;
};

struct Finding {
  Severity severity;
  std::string check;
  std::string seen;
  std::string cure{};  ///< what to type; empty if nothing is wrong
  std::optional<Fix> fix{};
};

/// Looks at everything, opens no board and changes nothing.
std::vector<Finding> examine(const sys::Root& root);

/// "error"
const char* name_of(Severity severity);

}  // namespace hailo::fwtool
