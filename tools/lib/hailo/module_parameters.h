// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "lib/sys/root.h"

namespace hailo {

constexpr const char* kModuleName = "hailo_pci";

/// Names with underscores, values without quotes.
using Parameters = std::map<std::string, std::string>;

/// Of "a=1 b=\"x y\"", as the kernel reads it: the last of equal names counts, and
/// a name alone means Y.
Parameters parse_parameters(std::string_view options);
/// The reverse, for the kernel.
std::string to_options(const Parameters& parameters);

/// A parameter of the loaded module, empty if it has none such or it is unset.
std::string loaded_parameter(const sys::Root& root, const std::string& name);

/// Whether both mean the same to the driver: 0x1000 and 4096, Y and 1.
bool same_value(const std::string& name, const std::string& a, const std::string& b);

/// The first parameter that the loaded module has otherwise than a load with
/// `wanted` would give it: "force_desc_page_size is 4096, not 2048".
std::optional<std::string> differing_parameter(const sys::Root& root, const Parameters& wanted);

}  // namespace hailo
