// SPDX-License-Identifier: MIT
#include "lib/hailo/firmware_image.h"

#include <hailo_fw_image.h>

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "lib/base/text.h"

namespace hailo {
namespace {

using Header = hailo_fw_header;
using CertificateHeader = hailo_fw_cert_header;

std::unexpected<Error> refuse(std::string why) {
  return fail(Error::Code::invalid_argument, std::move(why));
}

/// Walks the parts of an image from front to back and collects what is wrong.
/// A check that fails without hiding where the next part begins is noted, any
/// other ends the walk.
class Walk {
 public:
  explicit Walk(ByteView image) : image_(image) {}

  std::size_t left() const { return image_.size() - offset_; }
  const std::vector<std::string>& defects() const { return defects_; }
  void note(std::string defect) { defects_.push_back(std::move(defect)); }

  std::optional<FirmwareImage::Range> take(const std::string& what, std::uint32_t size) {
    if (size > left()) {
      note(what + " needs " + std::to_string(size) + " bytes at offset " + hex(offset_) +
           ", the file has " + std::to_string(left()) + " left");
      return std::nullopt;
    }
    FirmwareImage::Range range{static_cast<std::uint32_t>(offset_), size};
    offset_ += size;
    return range;
  }

  ByteView view(FirmwareImage::Range range) const {
    return image_.subspan(range.offset, range.size);
  }

 private:
  ByteView image_;
  std::size_t offset_ = 0;
  std::vector<std::string> defects_;
};

struct Part {
  FirmwareVersion version;
  FirmwareImage::Range code;
};

FirmwareVersion version_of(ByteView header) {
  return {load_le32(header, offsetof(Header, major)), load_le32(header, offsetof(Header, minor)),
          load_le32(header, offsetof(Header, revision))};
}

Result<void> check_magic(const std::string& name, ByteView header) {
  const auto magic = load_le32(header, offsetof(Header, magic));
  if (magic == HAILO_FW_MAGIC_HAILO8) return {};
  std::string hint;
  if (magic == HAILO_FW_MAGIC_HAILO15) hint = " (an image for Hailo-15 or Hailo-10H)";
  if (magic == HAILO_FW_MAGIC_HAILO15L) hint = " (an image for Hailo-15L)";
  return refuse(name + " magic is " + hex32(magic) + hint + ", not " +
                hex32(HAILO_FW_MAGIC_HAILO8));
}

/// Header and code of one CPU.
std::optional<Part> take_part(Walk& walk, const std::string& name, std::uint32_t code_max) {
  auto header_range = walk.take(name + " header", sizeof(Header));
  if (!header_range) return std::nullopt;
  const ByteView header = walk.view(*header_range);

  if (auto ok = check_magic(name, header); !ok) {
    walk.note(ok.error().message);
    return std::nullopt;
  }
  const auto header_version = load_le32(header, offsetof(Header, header_version));
  if (header_version != HAILO_FW_HEADER_VERSION)
    walk.note(name + " header version is " + std::to_string(header_version) + ", not " +
              std::to_string(HAILO_FW_HEADER_VERSION));
  const auto code_size = load_le32(header, offsetof(Header, code_size));
  if (code_size < HAILO_FW_CODE_MIN)
    walk.note(name + " code size is " + std::to_string(code_size) + ", less than " +
              std::to_string(HAILO_FW_CODE_MIN));
  if (code_size > code_max)
    walk.note(name + " code size is " + hex(code_size) + ", more than " + hex(code_max));
  auto code = walk.take(name + " code", code_size);
  if (!code) return std::nullopt;
  return Part{version_of(header), *code};
}

void check_certificate(Walk& walk, const std::string& name, std::uint32_t size,
                       std::uint32_t size_max) {
  if (size > size_max)
    walk.note(name + " size is " + hex(size) + ", the board has room for " + hex(size_max));
}

/// Nothing if a part could not be found.
std::optional<FirmwareImage> walk_image(Walk& walk) {
  if (walk.left() > HAILO_FW_MAX_SIZE)
    walk.note("file size is " + std::to_string(walk.left()) + ", more than " +
              std::to_string(HAILO_FW_MAX_SIZE));
  auto app = take_part(walk, "app", HAILO_FW_APP_CODE_MAX);
  if (!app) return std::nullopt;

  auto certificates = walk.take("certificate header", sizeof(CertificateHeader));
  if (!certificates) return std::nullopt;
  const ByteView sizes = walk.view(*certificates);
  const auto key_size = load_le32(sizes, offsetof(CertificateHeader, key_size));
  const auto content_size = load_le32(sizes, offsetof(CertificateHeader, content_size));
  check_certificate(walk, "key certificate", key_size, HAILO_FW_KEY_CERT_MAX);
  check_certificate(walk, "content certificate", content_size, HAILO_FW_CONTENT_CERT_MAX);
  auto key = walk.take("key certificate", key_size);
  if (!key) return std::nullopt;
  auto content = walk.take("content certificate", content_size);
  if (!content) return std::nullopt;

  auto core = take_part(walk, "core", HAILO_FW_CORE_CODE_MAX);
  if (!core) return std::nullopt;
  if (walk.left() != 0) walk.note(std::to_string(walk.left()) + " bytes follow the core code");
  return FirmwareImage{app->version, core->version, app->code, *key, *content, core->code};
}

}  // namespace

Result<FirmwareImage> FirmwareImage::parse(ByteView image) {
  Walk walk(image);
  auto parsed = walk_image(walk);
  if (!walk.defects().empty()) return refuse(walk.defects().front());
  return *parsed;
}

std::vector<std::string> FirmwareImage::defects(ByteView image) {
  Walk walk(image);
  walk_image(walk);
  return walk.defects();
}

Result<FirmwareVersion> FirmwareImage::peek_version(ByteView image) {
  if (image.size() < sizeof(Header))
    return refuse("file size is " + std::to_string(image.size()) + ", a header has " +
                  std::to_string(sizeof(Header)));
  if (auto ok = check_magic("app", image); !ok) return std::unexpected(ok.error());
  return version_of(image);
}

}  // namespace hailo
