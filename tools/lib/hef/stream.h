// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/result.h"

namespace hailo::hef {

enum class Direction : std::uint8_t { input = 0, output = 1 };  ///< input: host to device

/// Order of a frame's elements on the wire; the numbers are the file's.
enum class WireOrder : std::uint8_t {
  nhwc = 0,
  nhcw = 1,  ///< row, channel, column
  nc = 2,
  fcr = 3,
  bayer_rgb = 4,
  nhw = 5,
  nms_on_chip = 6,  ///< boxes by class, see nms.h
  f8cr = 7,
  rgb888 = 8,
  yuy2 = 11,
  yyuv = 14,
  yyvu = 15,
  yyyyuv = 16,
};

/// How a stream is carried by the file.
enum class Connection : std::uint8_t { boundary = 0, inter_context = 1, ddr = 2, cache = 3 };

struct Shape {
  std::uint32_t height = 0;
  std::uint32_t width = 0;
  std::uint32_t features = 0;

  friend bool operator==(const Shape&, const Shape&) = default;
};

/// real = (raw - zero_point) * scale
struct Quantisation {
  float zero_point = 0;
  float scale = 1;
  float limit_min = 0;
  float limit_max = 0;
  /// One per feature, only with the extension for it; else empty.
  std::vector<double> feature_zero_points;
  std::vector<double> feature_scales;

  friend bool operator==(const Quantisation&, const Quantisation&) = default;
};

struct NmsInfo {
  std::uint32_t classes = 0;
  std::uint32_t max_boxes_per_class = 0;
  std::uint32_t chunks = 1;      ///< transfers per frame
  std::uint16_t burst_size = 0;  ///< records per class and transfer; 0: one transfer per record
  std::uint8_t burst_type = 0;

  friend bool operator==(const NmsInfo&, const NmsInfo&) = default;
};

/// One frame stream between host and device, or inside the device.
struct Stream {
  std::string name;
  std::vector<std::string> original_names;
  Direction direction = Direction::input;
  Connection connection = Connection::boundary;
  std::uint8_t sys_index = 0;  ///< the number the firmware knows it by
  WireOrder order = WireOrder::nhwc;
  Shape shape;   ///< as users see it
  Shape padded;  ///< on the wire
  std::uint8_t data_bytes = 1;
  bool transposed = false;
  /// Several outputs of the network share the stream; their quantisation is not here.
  bool multiplexed = false;
  Quantisation quantisation;
  std::optional<NmsInfo> nms;  ///< if order is nms_on_chip
  std::uint16_t core_bytes_per_buffer = 0;
  std::uint16_t core_buffers_per_frame = 0;
  std::uint32_t max_shmifo_size = 0;  ///< 0: the device's default
  /// The file is of a compiler that leaves the transfer unit to the core values.
  bool unit_is_core = false;
  std::optional<std::uint32_t> pad_index;
  std::uint32_t context = 0;  ///< position of the context it belongs to
  /// Bytes of one transfer. A frame is one transfer, except of NMS in chunks or
  /// without bursts.
  std::uint32_t frame_bytes = 0;

  friend bool operator==(const Stream&, const Stream&) = default;
};

/// The raw value for a real one: real * (1 / scale) + zero_point in floats,
/// rounded with halves away from zero, limited to 0 to `largest`. Not-a-number
/// becomes 0.
std::uint32_t quantise(float real, float zero_point, float scale, std::uint32_t largest);

/// padded height * width * features * bytes, rounded up to 8; refuses what does
/// not fit 32 bits, and 0.
Result<std::uint32_t> tensor_frame_bytes(const Shape& padded, std::uint8_t data_bytes);

/// Row-sized pieces into which the device cuts a frame.
struct TransferUnit {
  std::uint32_t bytes;
  std::uint32_t buffers;

  friend bool operator==(const TransferUnit&, const TransferUnit&) = default;
};

/// What GET_HW_CONSTS gives for streams whose file says 0.
inline constexpr std::uint32_t default_shmifo_size = 0x4000;
inline constexpr std::uint32_t default_descriptor_page = 512;

/// The unit for `stream` (periph_bytes_per_buffer and periph_buffers_per_frame
/// of the action lists): the largest multiple of 8 not above a row that divides
/// the frame and fits the device's buffer.
Result<TransferUnit> transfer_unit(const Stream& stream, std::uint32_t device_shmifo_size,
                                   std::uint32_t descriptor_page);

}  // namespace hailo::hef
