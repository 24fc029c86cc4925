// SPDX-License-Identifier: MIT
#include "lib/hailo/firmware_image.h"

#include <hailo_fw_image.h>

#include <cstddef>
#include <string>

#include "lib/base/text.h"

namespace hailo {
namespace {

using Header = hailo_fw_header;
using CertificateHeader = hailo_fw_cert_header;

std::unexpected<Error> refuse(std::string why) {
  return fail(Error::Code::invalid_argument, std::move(why));
}

/// Walks the parts of an image from front to back.
class Cursor {
 public:
  explicit Cursor(ByteView image) : image_(image) {}

  std::size_t left() const { return image_.size() - offset_; }

  Result<FirmwareImage::Range> take(const std::string& what, std::uint32_t size) {
    if (size > left())
      return refuse(what + " needs " + std::to_string(size) + " bytes at offset " + hex(offset_) +
                    ", the file has " + std::to_string(left()) + " left");
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
Result<Part> take_part(Cursor& cursor, const std::string& name, std::uint32_t code_max) {
  auto header_range = cursor.take(name + " header", sizeof(Header));
  if (!header_range) return std::unexpected(header_range.error());
  const ByteView header = cursor.view(*header_range);

  if (auto ok = check_magic(name, header); !ok) return std::unexpected(ok.error());
  const auto header_version = load_le32(header, offsetof(Header, header_version));
  if (header_version != HAILO_FW_HEADER_VERSION)
    return refuse(name + " header version is " + std::to_string(header_version) + ", not " +
                  std::to_string(HAILO_FW_HEADER_VERSION));
  const auto code_size = load_le32(header, offsetof(Header, code_size));
  if (code_size < HAILO_FW_CODE_MIN)
    return refuse(name + " code size is " + std::to_string(code_size) + ", less than " +
                  std::to_string(HAILO_FW_CODE_MIN));
  if (code_size > code_max)
    return refuse(name + " code size is " + hex(code_size) + ", more than " + hex(code_max));
  auto code = cursor.take(name + " code", code_size);
  if (!code) return std::unexpected(code.error());
  return Part{version_of(header), *code};
}

}  // namespace

Result<FirmwareImage> FirmwareImage::parse(ByteView image) {
  if (image.size() > HAILO_FW_MAX_SIZE)
    return refuse("file size is " + std::to_string(image.size()) + ", more than " +
                  std::to_string(HAILO_FW_MAX_SIZE));

  Cursor cursor(image);
  auto app = take_part(cursor, "app", HAILO_FW_APP_CODE_MAX);
  if (!app) return std::unexpected(app.error());

  auto certificates = cursor.take("certificate header", sizeof(CertificateHeader));
  if (!certificates) return std::unexpected(certificates.error());
  const ByteView sizes = cursor.view(*certificates);
  const auto key_size = load_le32(sizes, offsetof(CertificateHeader, key_size));
  const auto content_size = load_le32(sizes, offsetof(CertificateHeader, content_size));
  if (key_size > HAILO_FW_KEY_CERT_MAX)
    return refuse("key certificate size is " + hex(key_size) + ", the board has room for " +
                  hex(HAILO_FW_KEY_CERT_MAX));
  if (content_size > HAILO_FW_CONTENT_CERT_MAX)
    return refuse("content certificate size is " + hex(content_size) + ", the board has room for " +
                  hex(HAILO_FW_CONTENT_CERT_MAX));
  auto key = cursor.take("key certificate", key_size);
  if (!key) return std::unexpected(key.error());
  auto content = cursor.take("content certificate", content_size);
  if (!content) return std::unexpected(content.error());

  auto core = take_part(cursor, "core", HAILO_FW_CORE_CODE_MAX);
  if (!core) return std::unexpected(core.error());
  if (cursor.left() != 0)
    return refuse(std::to_string(cursor.left()) + " bytes follow the core code");

  return FirmwareImage{app->version, core->version, app->code, *key, *content, core->code};
}

Result<FirmwareVersion> FirmwareImage::peek_version(ByteView image) {
  if (image.size() < sizeof(Header))
    return refuse("file size is " + std::to_string(image.size()) + ", a header has " +
                  std::to_string(sizeof(Header)));
  if (auto ok = check_magic("app", image); !ok) return std::unexpected(ok.error());
  return version_of(image);
}

}  // namespace hailo
