// SPDX-License-Identifier: MIT
#include "gen/fw_defect.h"

#include <hailo_fw_image.h>

#include <algorithm>
#include <cstring>

namespace hailo::gen {

namespace {

/// What the image format allows for each certificate; the address map allows
/// less.
constexpr std::uint32_t cert_format_max = 0x1000;

/// A certificate to cut, for a spec that has none.
constexpr std::uint32_t some_cert = 0x100;

/// Makes room for a part that grows: shortens the two codes, so that only the
/// part's own check can fail and not the one of the file size.
FwSpec within_file_limit(FwSpec spec) {
  for (std::uint32_t* code : {&spec.sizes.app, &spec.sizes.core}) {
    const std::size_t total = spec.sizes.total();
    if (total <= HAILO_FW_MAX_SIZE) break;
    const std::size_t spare = *code > HAILO_FW_CODE_MIN ? *code - HAILO_FW_CODE_MIN : 0;
    *code -= static_cast<std::uint32_t>(std::min(spare, total - HAILO_FW_MAX_SIZE));
  }
  return spec;
}

void put_word(Bytes& image, std::size_t offset, std::uint32_t value) {
  std::memcpy(image.data() + offset, &value, sizeof value);
}

Bytes cut(const FwSpec& spec, std::size_t size) {
  Bytes image = build_image(spec);
  image.resize(size);
  return image;
}

Bytes with_app_word(const FwSpec& spec, std::size_t field, std::uint32_t value) {
  Bytes image = build_image(spec);
  put_word(image, field, value);
  return image;
}

Bytes with_core_word(const FwSpec& spec, std::size_t field, std::uint32_t value) {
  Bytes image = build_image(spec);
  put_word(image, FwLayout(spec.sizes).core_header + field, value);
  return image;
}

constexpr std::size_t magic = offsetof(hailo_fw_header, magic);
constexpr std::size_t header_version = offsetof(hailo_fw_header, header_version);
constexpr std::uint32_t wrong_magic = ~HAILO_FW_MAGIC_HAILO8;

// Sizes are wrong by the least amount that keeps dwords whole: four bytes
// above a limit, one below a minimum.
constexpr Defect table[] = {
    {"too-big-file", "four bytes more than a file may have, every part within its limit",
     [](FwSpec spec) {
       spec.sizes = {.app = HAILO_FW_APP_CODE_MAX, .key = 0, .content = 0, .core = 0};
       spec.sizes.core = static_cast<std::uint32_t>(HAILO_FW_MAX_SIZE + 4 - spec.sizes.total());
       return build_image(spec);
     }},
    {"empty", "no bytes", [](FwSpec) { return Bytes{}; }},
    {"truncated-header", "ends one byte before the end of the app header",
     [](FwSpec spec) { return cut(spec, sizeof(hailo_fw_header) - 1); }},
    {"bad-app-magic", "app magic is of no chip",
     [](FwSpec spec) { return with_app_word(spec, magic, wrong_magic); }},
    {"hailo15-magic", "both magics are those of a Hailo-15",
     [](FwSpec spec) {
       Bytes image = with_app_word(spec, magic, HAILO_FW_MAGIC_HAILO15);
       put_word(image, FwLayout(spec.sizes).core_header + magic, HAILO_FW_MAGIC_HAILO15);
       return image;
     }},
    {"bad-app-header-version", "app header version is 1",
     [](FwSpec spec) { return with_app_word(spec, header_version, 1); }},
    {"app-too-small", "app code has 79 bytes",
     [](FwSpec spec) {
       spec.sizes.app = HAILO_FW_CODE_MIN - 1;
       return build_image(spec);
     }},
    {"app-too-big", "app code has four bytes more than its limit",
     [](FwSpec spec) {
       spec.sizes.app = HAILO_FW_APP_CODE_MAX + 4;
       spec.sizes.core = HAILO_FW_CODE_MIN;
       return build_image(spec);
     }},
    {"app-past-end", "ends four bytes before the end of the app code",
     [](FwSpec spec) { return cut(spec, FwLayout(spec.sizes).cert_header - 4); }},
    {"cert-header-past-end", "ends within the certificate sizes",
     [](FwSpec spec) { return cut(spec, FwLayout(spec.sizes).key - 4); }},
    {"key-too-big-format", "key certificate has four bytes more than the format allows",
     [](FwSpec spec) {
       spec.sizes.key = cert_format_max + 4;
       return build_image(within_file_limit(spec));
     }},
    {"content-too-big-format", "content certificate has four bytes more than the format allows",
     [](FwSpec spec) {
       spec.sizes.content = cert_format_max + 4;
       return build_image(within_file_limit(spec));
     }},
    {"key-over-gap", "key certificate would run into the content certificate's area",
     [](FwSpec spec) {
       spec.sizes.key = HAILO_FW_KEY_CERT_MAX + 4;
       return build_image(within_file_limit(spec));
     }},
    {"content-over-gap", "content certificate would overwrite the boot trigger",
     [](FwSpec spec) {
       spec.sizes.content = HAILO_FW_CONTENT_CERT_MAX + 4;
       return build_image(within_file_limit(spec));
     }},
    {"key-past-end", "ends four bytes before the end of the key certificate",
     [](FwSpec spec) {
       spec.sizes.key = std::max(spec.sizes.key, some_cert);
       spec = within_file_limit(spec);
       return cut(spec, FwLayout(spec.sizes).content - 4);
     }},
    {"content-past-end", "ends four bytes before the end of the content certificate",
     [](FwSpec spec) {
       spec.sizes.content = std::max(spec.sizes.content, some_cert);
       spec = within_file_limit(spec);
       return cut(spec, FwLayout(spec.sizes).core_header - 4);
     }},
    {"core-header-past-end", "ends four bytes before the end of the core header",
     [](FwSpec spec) { return cut(spec, FwLayout(spec.sizes).core_code - 4); }},
    {"bad-core-magic", "core magic is of no chip",
     [](FwSpec spec) { return with_core_word(spec, magic, wrong_magic); }},
    {"bad-core-version", "core header version is 1",
     [](FwSpec spec) { return with_core_word(spec, header_version, 1); }},
    {"core-too-small", "core code has 79 bytes",
     [](FwSpec spec) {
       spec.sizes.core = HAILO_FW_CODE_MIN - 1;
       return build_image(spec);
     }},
    {"core-too-big", "core code has four bytes more than its limit",
     [](FwSpec spec) {
       spec.sizes.core = HAILO_FW_CORE_CODE_MAX + 4;
       return build_image(within_file_limit(spec));
     }},
    {"core-past-end", "ends four bytes before the end of the core code",
     [](FwSpec spec) { return cut(spec, FwLayout(spec.sizes).end - 4); }},
    {"trailing-bytes", "four bytes follow the core code",
     [](FwSpec spec) {
       spec = within_file_limit(spec);
       if (spec.sizes.total() + 4 > HAILO_FW_MAX_SIZE) spec.sizes.app -= 4;
       return cut(spec, FwLayout(spec.sizes).end + 4);
     }},
};

}  // namespace

std::span<const Defect> defects() { return table; }

const Defect* find_defect(std::string_view name) {
  const auto* found = std::ranges::find(table, name, &Defect::name);
  return found == std::end(table) ? nullptr : found;
}

}  // namespace hailo::gen
