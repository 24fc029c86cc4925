// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fwtool/command.h"
#include "lib/base/tar.h"

namespace hailo::fwtool {

/// What a report needs, without what nobody else may know. Opens no board.
std::vector<TarEntry> collect_bundle(const Context& context);

/// `text` without the machine's name, passwords in addresses, and values of what
/// is called a password, token, secret or key.
std::string without_secrets(std::string_view text, const std::string& host);

}  // namespace hailo::fwtool
