// SPDX-License-Identifier: MIT
#include "emulator/model/boot_rom.h"

#include <hailo_fw_image.h>
#include <hailo_regs.h>

#include <cstddef>

namespace hailo::emu {
namespace {

struct Part {
  const char* name;
  std::uint32_t header;
  std::uint32_t code;
  std::uint32_t code_max;
};

constexpr Part kApp = {"app", HAILO8_ADDR_APP_HEADER, HAILO8_ADDR_APP_CODE, HAILO_FW_APP_CODE_MAX};
constexpr Part kCore = {"core", HAILO8_ADDR_CORE_HEADER, HAILO8_ADDR_CORE_CODE,
                        HAILO_FW_CORE_CODE_MAX};

std::unexpected<Error> refuse(const Part& part, const std::string& why) {
  return fail(Error::Code::protocol, std::string(part.name) + " " + why);
}

Result<FirmwareVersion> examine_part(const Memory& memory, const Part& part) {
  if (!memory.uploaded(part.header, sizeof(hailo_fw_header)))
    return refuse(part, "header is not complete");
  const Bytes header = memory.read(part.header, sizeof(hailo_fw_header));
  const auto field = [&header](std::size_t offset) { return load_le32(header, offset); };

  const std::uint32_t magic = field(offsetof(hailo_fw_header, magic));
  if (magic != HAILO_FW_MAGIC_HAILO8) return refuse(part, "header has magic " + hex(magic));
  const std::uint32_t version = field(offsetof(hailo_fw_header, header_version));
  if (version != HAILO_FW_HEADER_VERSION)
    return refuse(part, "header has version " + std::to_string(version));
  const std::uint32_t size = field(offsetof(hailo_fw_header, code_size));
  if (size < HAILO_FW_CODE_MIN || size > part.code_max)
    return refuse(part, "code size is " + std::to_string(size));
  if (!memory.uploaded(part.code, size)) return refuse(part, "code is not complete");

  return FirmwareVersion{field(offsetof(hailo_fw_header, major)),
                         field(offsetof(hailo_fw_header, minor)),
                         field(offsetof(hailo_fw_header, revision))};
}

}  // namespace

std::string FirmwareVersion::text() const {
  return std::to_string(major) + "." + std::to_string(minor) + "." +
         std::to_string(revision & HAILO_FW_REVISION_MASK);
}

Result<BootedImage> examine_image(const Memory& memory) {
  const Result<FirmwareVersion> app = examine_part(memory, kApp);
  if (!app) return std::unexpected(app.error());
  const Result<FirmwareVersion> core = examine_part(memory, kCore);
  if (!core) return std::unexpected(core.error());
  return BootedImage{*app, *core};
}

bool headers_uploaded(const Memory& memory) {
  return memory.uploaded(kApp.header, sizeof(hailo_fw_header)) &&
         memory.uploaded(kCore.header, sizeof(hailo_fw_header));
}

}  // namespace hailo::emu
