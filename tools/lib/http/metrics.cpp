// SPDX-License-Identifier: MIT
#include "lib/http/metrics.h"

#include "lib/base/text.h"

namespace hailo::http {

std::string metric_label(std::string_view value) {
  std::string text;
  for (const char c : printable(value)) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return '"' + text + '"';
}

std::string metric_head(std::string_view name, std::string_view type, std::string_view help) {
  std::string text = "# HELP ";
  text.append(name).append(" ").append(help).append("\n# TYPE ");
  return text.append(name).append(" ").append(type).append("\n");
}

}  // namespace hailo::http
