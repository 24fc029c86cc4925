// SPDX-License-Identifier: MIT
#include "lib/hailo/module_parameters.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdlib>

#include "lib/base/text.h"

namespace hailo {
namespace {

enum class Kind { number, truth, text };

struct Known {
  const char* name;
  Kind kind;
  const char* by_default;
};

// As in docs/abi/module-parameters.md. Not o_dbg: it is changed while the module
// is loaded, and that is no reason to load it anew.
constexpr std::array kKnown = {
    Known{"no_power_mode", Kind::truth, "N"},
    Known{"force_allocation_from_driver", Kind::number, "0"},
    Known{"force_desc_page_size", Kind::number, "0"},
    Known{"support_soft_reset", Kind::truth, "Y"},
    Known{"force_hailo10h_legacy_mode", Kind::truth, "N"},
    Known{"force_boot_linux_from_eemc", Kind::truth, "N"},
    Known{"firmware_name", Kind::text, ""},
    Known{"compat_version", Kind::text, ""},
};

std::string parameter_path(const std::string& name) {
  return "/sys/module/" + std::string(kModuleName) + "/parameters/" + name;
}

/// One spelling for all that mean the same.
std::string canonical(const std::string& name, const std::string& value) {
  const auto known =
      std::ranges::find_if(kKnown, [&](const Known& entry) { return name == entry.name; });
  if (known == kKnown.end() || known->kind == Kind::text) return value;
  if (known->kind == Kind::truth) {
    // The kernel, too, looks at no more than the first letter, or two that begin with o.
    std::string start = value.substr(0, value.starts_with('o') || value.starts_with('O') ? 2 : 1);
    std::ranges::transform(start, start.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (start == "1" || start == "y" || start == "t" || start == "on") return "Y";
    if (start == "0" || start == "n" || start == "f" || start == "of") return "N";
    return value;
  }
  char* end = nullptr;
  errno = 0;
  const long number = std::strtol(value.c_str(), &end, 0);
  return errno || value.empty() || *end ? value : std::to_string(number);
}

void add(Parameters& parameters, std::string word) {
  std::erase(word, '"');
  const std::size_t equals = word.find('=');
  std::string name = word.substr(0, equals);
  std::ranges::replace(name, '-', '_');
  const std::string value = equals == std::string::npos ? "Y" : word.substr(equals + 1);
  if (!name.empty()) parameters[name] = value;
}

}  // namespace

Parameters parse_parameters(std::string_view options) {
  Parameters parameters;
  std::size_t start = 0;
  bool quoted = false;
  for (std::size_t i = 0; i <= options.size(); i++) {
    const char c = i < options.size() ? options[i] : ' ';
    if (c == '"') quoted = !quoted;
    if ((c != ' ' && c != '\t' && c != '\n') || (quoted && i < options.size())) continue;
    if (i > start) add(parameters, std::string(options.substr(start, i - start)));
    start = i + 1;
  }
  return parameters;
}

std::string to_options(const Parameters& parameters) {
  std::string options;
  for (const auto& [name, value] : parameters) {
    if (!options.empty()) options += ' ';
    const bool blank = value.find_first_of(" \t") != std::string::npos;
    options += name + "=" + (blank ? '"' + value + '"' : value);
  }
  return options;
}

std::string loaded_parameter(const sys::Root& root, const std::string& name) {
  const std::string value = root.read_attribute(parameter_path(name)).value_or("");
  return value == "(null)" ? "" : value;  // how the kernel shows an unset string
}

bool same_value(const std::string& name, const std::string& a, const std::string& b) {
  return canonical(name, a) == canonical(name, b);
}

std::optional<std::string> differing_parameter(const sys::Root& root, const Parameters& wanted) {
  Parameters expected;
  for (const auto& known : kKnown) expected[known.name] = known.by_default;
  for (const auto& [name, value] : wanted) expected[name] = value;
  for (const auto& [name, value] : expected) {
    // Modules of other builds have other parameters.
    if (!wanted.contains(name) && !root.exists(parameter_path(name))) continue;
    const std::string loaded = loaded_parameter(root, name);
    if (!same_value(name, loaded, value))
      return name + " is " + (loaded.empty() ? "unset" : printable(loaded)) + ", not " +
             (value.empty() ? "unset" : printable(value));
  }
  return std::nullopt;
}

}  // namespace hailo
