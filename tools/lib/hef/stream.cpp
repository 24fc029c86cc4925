// SPDX-License-Identifier: MIT
#include "lib/hef/stream.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "lib/base/text.h"

namespace hailo::hef {

namespace {

// The registers that take the unit, and how many of them a frame has, are 16 bits wide.
constexpr std::uint64_t max_unit = 0xfff8;
constexpr std::uint64_t max_buffers = 0xffff;

std::uint64_t align8(std::uint64_t value) { return (value + 7) & ~std::uint64_t{7}; }

std::string text(const Shape& s) {
  return std::to_string(s.height) + "x" + std::to_string(s.width) + "x" +
         std::to_string(s.features);
}

/// The product in bytes, or nothing if it is beyond 32 bits once aligned.
std::optional<std::uint64_t> product(const Shape& s, std::uint8_t data_bytes) {
  std::uint64_t total = data_bytes;
  for (const std::uint64_t factor : {s.height, s.width, s.features}) {
    if (__builtin_mul_overflow(total, factor, &total)) return std::nullopt;
  }
  if (total > std::numeric_limits<std::uint32_t>::max() - 7) return std::nullopt;
  return total;
}

}  // namespace

std::uint32_t quantise(float real, float zero_point, float scale, std::uint32_t largest) {
  // Exact in a double, so that no compiler can fuse the steps into another result.
  const auto product = static_cast<float>(double{real} * double{1.0F / scale});
  const float raw = std::round(product + zero_point);
  if (!(raw > 0)) return 0;
  return raw < static_cast<float>(largest) ? static_cast<std::uint32_t>(raw) : largest;
}

Result<std::uint32_t> tensor_frame_bytes(const Shape& padded, std::uint8_t data_bytes) {
  const auto total = product(padded, data_bytes);
  if (!total || *total == 0) {
    return fail(Error::Code::protocol, "padded shape " + text(padded) + " of " +
                                           std::to_string(data_bytes) +
                                           "-byte elements makes no frame");
  }
  return static_cast<std::uint32_t>(align8(*total));
}

Result<TransferUnit> transfer_unit(const Stream& stream, std::uint32_t device_shmifo_size,
                                   std::uint32_t descriptor_page) {
  const std::string where = "stream " + printable(stream.name) + ": ";
  const std::uint32_t shmifo =
      stream.max_shmifo_size != 0 ? stream.max_shmifo_size : device_shmifo_size;
  if (descriptor_page >= shmifo) {
    return fail(Error::Code::invalid_argument,
                where + "descriptor page " + std::to_string(descriptor_page) +
                    " does not fit a buffer of " + std::to_string(shmifo) + " bytes");
  }
  if (stream.unit_is_core) {
    return TransferUnit{stream.core_bytes_per_buffer, stream.core_buffers_per_frame};
  }
  if (stream.nms) {
    // A burst per class, or one record of 8 bytes.
    const std::uint32_t burst = std::max<std::uint32_t>(stream.nms->burst_size, 1) * 8;
    return TransferUnit{burst, stream.nms->burst_size != 0 ? stream.nms->classes : 1};
  }

  const auto bytes = product(stream.padded, stream.data_bytes);
  if (!bytes || *bytes == 0 || *bytes % 8 != 0) {
    return fail(Error::Code::invalid_argument, where + "a frame of " + text(stream.padded) + " x " +
                                                   std::to_string(stream.data_bytes) +
                                                   " bytes is not a multiple of 8");
  }
  const auto row = product({1, stream.shape.width, stream.shape.features}, stream.data_bytes);
  // Strictly below the buffer less a page.
  const std::uint64_t room = (static_cast<std::uint64_t>(shmifo) - descriptor_page - 1) & ~7ULL;
  for (std::uint64_t unit = std::min({align8(row.value_or(0)), room, max_unit}); unit >= 8;
       unit -= 8) {
    if (*bytes % unit != 0) continue;
    const std::uint64_t buffers = *bytes / unit;
    if (buffers > max_buffers) {
      return fail(Error::Code::invalid_argument,
                  where + "a frame of " + std::to_string(*bytes) + " bytes needs " +
                      std::to_string(buffers) + " buffers of " + std::to_string(unit) +
                      " bytes, more than " + std::to_string(max_buffers));
    }
    return TransferUnit{static_cast<std::uint32_t>(unit), static_cast<std::uint32_t>(buffers)};
  }
  return fail(Error::Code::invalid_argument, where + "no transfer unit below " +
                                                 std::to_string(room) + " divides a frame of " +
                                                 std::to_string(*bytes) + " bytes");
}

}  // namespace hailo::hef
