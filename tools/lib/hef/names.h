// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "lib/hef/stream.h"

namespace hailo::hef {

/// What a file was compiled for; the numbers are the file's.
enum class Architecture : std::uint32_t { hailo8 = 0, hailo8p = 1, hailo8r = 2, hailo8l = 3 };

/// "HAILO8L"; nothing for a number that no release knows.
std::optional<std::string_view> name_of(Architecture architecture);

/// "NHWC"; nothing for a number that is no order.
std::optional<std::string_view> name_of(WireOrder order);

std::string_view name_of(Direction direction);

/// Features a file may ask for, by number.
namespace extension {
inline constexpr std::uint32_t multi_network = 8;
inline constexpr std::uint32_t hw_padding = 11;
inline constexpr std::uint32_t run_asap = 12;
inline constexpr std::uint32_t net_flow = 13;
inline constexpr std::uint32_t nms_output_burst = 19;
inline constexpr std::uint32_t dual_direction_stream_index = 20;
inline constexpr std::uint32_t scale_per_feature = 25;
inline constexpr std::uint32_t periph_calculation = 26;
inline constexpr std::uint32_t batch_register_config = 28;
inline constexpr std::uint32_t shared_config = 32;
}  // namespace extension

/// Whether a reader can honour this feature when the file demands it.
bool extension_supported(std::uint32_t number);

}  // namespace hailo::hef
