// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "detect/frame.h"
#include "detect/web/jpeg.h"
#include "lib/http/channel.h"

namespace hailo::detect::web {

/// The newest frame as JPEG files, one plain and one with its boxes. Each is made
/// when somebody asks for it, once. May be used from any thread.
class Pictures {
 public:
  enum class Kind : std::size_t { plain, boxed };

  static Result<std::unique_ptr<Pictures>> create(int quality);

  struct Jpeg {
    http::Body file;
    std::uint64_t number = 0;  ///< of the frame that it shows
  };

  /// The file of this frame, or of a newer one that has been asked for already.
  /// Nothing if there is no picture, or none that a JPEG can hold.
  Jpeg get(Kind kind, const Frame& frame, const std::vector<std::string>& labels);

  /// How many have been made so far.
  std::uint64_t made(Kind kind) const;

 private:
  struct Slot {
    explicit Slot(JpegEncoder from) : encoder(std::move(from)) {}

    mutable std::mutex mutex;
    JpegEncoder encoder;
    std::uint64_t number = 0;  ///< of the frame that was tried last
    http::Body file;
    std::uint64_t made = 0;
  };

  Pictures(JpegEncoder plain, JpegEncoder boxed)
      : slots_{Slot(std::move(plain)), Slot(std::move(boxed))} {}

  Slot& slot(Kind kind) { return slots_[static_cast<std::size_t>(kind)]; }
  const Slot& slot(Kind kind) const { return slots_[static_cast<std::size_t>(kind)]; }

  std::array<Slot, 2> slots_;
};

}  // namespace hailo::detect::web
