// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/result.h"
#include "lib/hef/stream.h"
#include "lib/image/letterbox.h"

namespace hailo::run {

/// One frame, as the network takes it.
struct Frame {
  std::string name;           ///< of the file, or "synthetic"
  Placement placement;        ///< for its boxes
  std::vector<Bytes> inputs;  ///< as on the wire, one per input
};

/// Where frames come from: pictures, raw bytes or a pattern.
class Source {
 public:
  /// `input` is
  /// - "synthetic": bytes that depend on nothing but the frame's number;
  /// - a picture, or a folder of pictures in the order of their names, for a
  ///   network with one input of three features;
  /// - FILE.raw: frames as on the wire, one after the other, for a network with
  ///   one input; or a folder with in0.raw, in1.raw ... for any network.
  static Result<Source> open(const std::string& input, std::vector<hef::Stream> inputs);

  /// Different frames there are; a pattern has as many as are asked for.
  std::size_t frames() const { return frames_; }
  bool is_synthetic() const { return kind_ == Kind::synthetic; }

  /// Starts over behind the last one. Decodes: not to be done between
  /// measurements.
  Result<Frame> frame(std::size_t number) const;

 private:
  enum class Kind { synthetic, pictures, raw };

  explicit Source(std::vector<hef::Stream> inputs) : inputs_(std::move(inputs)) {}
  Result<void> open_raw(const std::vector<std::string>& files);
  Result<void> open_pictures(std::vector<std::string> files);
  Result<Frame> picture(const std::string& file) const;
  Placement whole() const;

  Kind kind_ = Kind::synthetic;
  std::vector<hef::Stream> inputs_;
  std::vector<std::string> files_;
  std::vector<Bytes> raw_;
  std::size_t frames_ = 1;
};

}  // namespace hailo::run
