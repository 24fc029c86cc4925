// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace hailo::http {

/// The media type of Prometheus' text format.
inline constexpr const char* metrics_type = "text/plain; version=0.0.4; charset=utf-8";

/// A label's value in that format, with its quotes.
std::string metric_label(std::string_view value);

/// The two lines before a metric's values.
std::string metric_head(std::string_view name, std::string_view type, std::string_view help);

}  // namespace hailo::http
