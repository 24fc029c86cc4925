// SPDX-License-Identifier: MIT
#include "detect/web/pictures.h"

#include "detect/draw/draw.h"

namespace hailo::detect::web {

Result<std::unique_ptr<Pictures>> Pictures::create(int quality) {
  auto plain = JpegEncoder::create(quality);
  if (!plain) return std::unexpected(plain.error());
  auto boxed = JpegEncoder::create(quality);
  if (!boxed) return std::unexpected(boxed.error());
  return std::unique_ptr<Pictures>(new Pictures(std::move(*plain), std::move(*boxed)));
}

Pictures::Jpeg Pictures::get(Kind kind, const Frame& frame,
                             const std::vector<std::string>& labels) {
  auto& slot = this->slot(kind);
  const std::lock_guard lock(slot.mutex);
  if (slot.number >= frame.number || !frame.picture) return {slot.file, slot.number};
  slot.number = frame.number;
  Result<Bytes> file;
  if (kind == Kind::boxed) {
    Image image = *frame.picture;
    draw_detections(image, frame.detections, labels);
    file = slot.encoder.encode(image);
  } else {
    file = slot.encoder.encode(*frame.picture);
  }
  slot.made++;
  slot.file = file ? std::make_shared<const Bytes>(std::move(*file)) : nullptr;
  return {slot.file, slot.number};
}

std::uint64_t Pictures::made(Kind kind) const {
  const auto& slot = this->slot(kind);
  const std::lock_guard lock(slot.mutex);
  return slot.made;
}

}  // namespace hailo::detect::web
