// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <ostream>

#include "fwtool/sample.h"
#include "lib/hailo/activity.h"
#include "lib/hailo/client_monitor.h"

namespace hailo::fwtool {

/// A board at a moment of a clock that never goes back.
struct Look {
  Sample sample;
  std::optional<Activity> activity;  ///< nothing where debugfs cannot be read
  std::chrono::milliseconds time;
};

/// One line of JSON. `before` is the last look at the same board, if there was one:
/// without it there are no rates.
void print_json(std::ostream& out, const Look& now, const Look* before);
void print_json(std::ostream& out, const ClientMonitors& clients);

/// Rows of the table, whose head is print_head()'s.
void print_head(std::ostream& out);
void print_rows(std::ostream& out, const Look& now, const Look* before);
void print_rows(std::ostream& out, const ClientMonitors& clients);

}  // namespace hailo::fwtool
