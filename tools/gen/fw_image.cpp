// SPDX-License-Identifier: MIT
#include "gen/fw_image.h"

#include <hailo_fw_image.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <span>
#include <string>

namespace hailo::gen {

namespace {

static_assert(std::endian::native == std::endian::little);

/// What the code and certificate bytes are made of.
enum class Part : std::uint8_t { app = 0xa0, key = 0xb0, core = 0xc0, content = 0xd0 };

/// Below this a file from for_total() has no certificates.
constexpr std::size_t smallest_with_certificates = 8192;
constexpr std::uint32_t usual_key_size = 0x300;
constexpr std::uint32_t usual_content_size = 0x500;

/// SplitMix64 (Steele, Lea, Flood): enough to make any two dwords differ.
class Random {
 public:
  Random(std::uint64_t seed, Part part) : state_(seed << 8 | static_cast<std::uint8_t>(part)) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
  }

 private:
  std::uint64_t state_;
};

void fill(std::span<std::byte> to, const FwSpec& spec, Part part) {
  if (spec.constant_fill) {
    std::ranges::fill(to, static_cast<std::byte>(part));
    return;
  }
  Random random(spec.seed, part);
  while (!to.empty()) {
    const std::uint64_t value = random.next();
    const std::size_t n = std::min(to.size(), sizeof value);
    std::memcpy(to.data(), &value, n);
    to = to.subspan(n);
  }
}

hailo_fw_header header(const FwSpec& spec, std::uint32_t code_size, std::uint32_t flags) {
  flags |= HAILO_FW_REVISION_EXT_CS_BUFFER;
  if (spec.develop) flags |= HAILO_FW_REVISION_DEVELOP;
  return {HAILO_FW_MAGIC_HAILO8, HAILO_FW_HEADER_VERSION,       spec.version.major,
          spec.version.minor,    spec.version.revision | flags, code_size};
}

Result<void> check_range(std::string_view part, std::uint32_t size, std::uint32_t min,
                         std::uint32_t max) {
  if (size >= min && size <= max) return {};
  return fail(Error::Code::invalid_argument,
              std::string(part) + " size must be " + std::to_string(min) + " to " +
                  std::to_string(max) + " bytes, not " + std::to_string(size));
}

}  // namespace

Result<FwVersion> FwVersion::parse(std::string_view text) {
  const auto refused =
      fail(Error::Code::invalid_argument, "not a version X.Y.Z: " + std::string(text));
  FwVersion version;
  std::uint32_t* const fields[] = {&version.major, &version.minor, &version.revision};
  const char* p = text.data();
  const char* const end = p + text.size();
  for (std::size_t i = 0; i < std::size(fields); ++i) {
    if (i > 0) {
      if (p == end || *p != '.') return refused;
      ++p;
    }
    const auto [next, error] = std::from_chars(p, end, *fields[i]);
    if (error != std::errc()) return refused;
    p = next;
  }
  if (p != end || version.revision > HAILO_FW_REVISION_MASK) return refused;
  return version;
}

std::size_t FwSizes::total() const { return FwLayout(*this).end; }

Result<FwSizes> FwSizes::for_total(std::size_t total) {
  FwSizes sizes;
  if (total < sizes.total() || total > HAILO_FW_MAX_SIZE) {
    return fail(Error::Code::invalid_argument,
                "file size must be " + std::to_string(sizes.total()) + " to " +
                    std::to_string(HAILO_FW_MAX_SIZE) + " bytes, not " + std::to_string(total));
  }
  if (total >= smallest_with_certificates) {
    sizes.key = usual_key_size;
    sizes.content = usual_content_size;
  }
  const auto code = static_cast<std::uint32_t>(total - sizes.total()) + sizes.app + sizes.core;
  // A quarter for the core CPU, dword-aligned: so no part is odd unless the
  // total is, and the app part stays below its limit for every total.
  sizes.core = std::max(sizes.core, code / 4 & ~3u);
  sizes.app = code - sizes.core;
  return sizes;
}

Result<void> FwSizes::check() const {
  const Result<void> parts[] = {
      check_range("app", app, HAILO_FW_CODE_MIN, HAILO_FW_APP_CODE_MAX),
      check_range("key certificate", key, 0, HAILO_FW_KEY_CERT_MAX),
      check_range("content certificate", content, 0, HAILO_FW_CONTENT_CERT_MAX),
      check_range("core", core, HAILO_FW_CODE_MIN, HAILO_FW_CORE_CODE_MAX)};
  for (const auto& part : parts) {
    if (!part) return part;
  }
  return check_range("file", static_cast<std::uint32_t>(total()), 0, HAILO_FW_MAX_SIZE);
}

FwLayout::FwLayout(const FwSizes& sizes)
    : app_code(sizeof(hailo_fw_header)),
      cert_header(app_code + sizes.app),
      key(cert_header + sizeof(hailo_fw_cert_header)),
      content(key + sizes.key),
      core_header(content + sizes.content),
      core_code(core_header + sizeof(hailo_fw_header)),
      end(core_code + sizes.core) {}

Bytes build_image(const FwSpec& spec) {
  const FwLayout at(spec.sizes);
  Bytes image(at.end);
  const std::span<std::byte> all(image);

  const auto put = [&](std::size_t offset, const auto& value) {
    std::memcpy(image.data() + offset, &value, sizeof value);
  };
  put(0, header(spec, spec.sizes.app, 0));
  put(at.cert_header, hailo_fw_cert_header{spec.sizes.key, spec.sizes.content});
  put(at.core_header, header(spec, spec.sizes.core, HAILO_FW_REVISION_CORE));
  fill(all.subspan(at.app_code, spec.sizes.app), spec, Part::app);
  fill(all.subspan(at.key, spec.sizes.key), spec, Part::key);
  fill(all.subspan(at.content, spec.sizes.content), spec, Part::content);
  fill(all.subspan(at.core_code, spec.sizes.core), spec, Part::core);
  return image;
}

}  // namespace hailo::gen
