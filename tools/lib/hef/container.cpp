// SPDX-License-Identifier: MIT
#include "lib/hef/container.h"

#include <algorithm>
#include <limits>
#include <string>

#include "lib/base/text.h"
#include "lib/hef/digest.h"

namespace hailo::hef {

namespace {

constexpr std::uint32_t magic = 0x01484546;
constexpr std::size_t common_header = 12;
constexpr std::size_t header_size[newest_container + 1] = {32, 28, 44, 56};
constexpr std::size_t ccw_alignment = 4096;

std::unexpected<Error> malformed(std::string message) {
  return fail(Error::Code::protocol, std::move(message));
}

/// What a header says of the body.
struct Sizes {
  std::uint64_t message;
  std::uint64_t padding = 0;
  std::uint64_t ccws = 0;  ///< without padding
  std::uint64_t additional = 0;
};

Result<Sizes> read_sizes(std::uint32_t version, ByteView file) {
  Sizes sizes{.message = load_be32(file, 8)};
  if (version == 1) sizes.ccws = load_be64(file, 16);
  if (version >= 2) sizes.ccws = load_be64(file, 20);
  if (version == 3) {
    sizes.padding = load_be32(file, 28);
    sizes.additional = load_be64(file, 32);
    if (sizes.padding > sizes.ccws) {
      return malformed("HEF padding of " + std::to_string(sizes.padding) +
                       " bytes is larger than the configuration data with padding, " +
                       std::to_string(sizes.ccws) + " bytes");
    }
    sizes.ccws -= sizes.padding;
  }
  return sizes;
}

Result<void> check_length(const Sizes& sizes, std::uint64_t body) {
  std::uint64_t rest = body;
  for (const std::uint64_t part : {sizes.message, sizes.padding, sizes.ccws, sizes.additional}) {
    if (part > rest) {
      return malformed("HEF file length does not match: a part of " + std::to_string(part) +
                       " bytes where " + std::to_string(rest) + " are left");
    }
    rest -= part;
  }
  if (rest != 0) {
    return malformed("HEF file length does not match: " + std::to_string(rest) +
                     " bytes too many at the end");
  }
  return {};
}

Result<void> check_hash(std::uint32_t version, ByteView file, ByteView body) {
  if (version == 0) {
    const auto digest = md5(body);
    if (!digest) return std::unexpected(digest.error());
    if (!std::equal(digest->begin(), digest->end(), file.begin() + 16)) {
      return malformed("HEF md5 does not match");
    }
    return {};
  }
  const bool is_crc = version == 1;
  const std::uint64_t calculated = is_crc ? crc32(body) : xxh3_64(body);
  const std::uint64_t expected = is_crc ? load_be32(file, 12) : load_be64(file, 12);
  if (calculated != expected) {
    return malformed(std::string("HEF ") + (is_crc ? "crc" : "xxhash") +
                     " does not match, calculated: " + hex(calculated) +
                     ", expected: " + hex(expected));
  }
  return {};
}

}  // namespace

Result<Container> open_container(ByteView file) {
  if (file.size() < common_header) {
    return malformed("HEF header is truncated: " + std::to_string(file.size()) + " bytes, needs " +
                     std::to_string(common_header));
  }
  const std::uint32_t version = load_be32(file, 4);
  if (version > newest_container) {
    return fail(Error::Code::unsupported, "Unsupported hef version " + std::to_string(version));
  }
  if (const std::uint32_t found = load_be32(file, 0); found != magic) {
    return malformed("HEF magic does not match: should be " + hex32(magic) + ", is " +
                     hex32(found));
  }
  const std::size_t header = header_size[version];
  if (file.size() < header) {
    return malformed("HEF header is truncated: " + std::to_string(file.size()) +
                     " bytes, version " + std::to_string(version) + " needs " +
                     std::to_string(header));
  }
  const auto sizes = read_sizes(version, file);
  if (!sizes) return std::unexpected(sizes.error());
  ByteView body = file.subspan(header);
  if (const auto good = check_length(*sizes, body.size()); !good) {
    return std::unexpected(good.error());
  }
  if (const auto good = check_hash(version, file, body); !good) {
    return std::unexpected(good.error());
  }

  const auto take = [&body](std::uint64_t size) {
    const ByteView part = body.first(static_cast<std::size_t>(size));
    body = body.subspan(part.size());
    return part;
  };
  Container container{
      .version = version, .message = take(sizes->message), .ccws = {}, .additional = {}};
  take(sizes->padding);
  container.ccws = take(sizes->ccws);
  container.additional = take(sizes->additional);
  return container;
}

Result<Bytes> make_container(std::uint32_t version, ByteView message, ByteView ccws) {
  if (version > newest_container) {
    return fail(Error::Code::invalid_argument, "no HEF container version " +
                                                   std::to_string(version) + ", only 0 to " +
                                                   std::to_string(newest_container));
  }
  if (version == 0 && !ccws.empty()) {
    return fail(Error::Code::invalid_argument,
                "HEF container version 0 has its configuration data in the message");
  }
  if (message.size() > std::numeric_limits<std::int32_t>::max()) {
    return fail(Error::Code::invalid_argument,
                "HEF message of " + std::to_string(message.size()) + " bytes is too long");
  }

  const std::size_t end = header_size[version] + message.size();
  const std::size_t padding =
      version == 3 ? (ccw_alignment - end % ccw_alignment) % ccw_alignment : 0;
  Bytes body;
  body.reserve(message.size() + padding + ccws.size());
  body.insert(body.end(), message.begin(), message.end());
  body.resize(body.size() + padding);
  body.insert(body.end(), ccws.begin(), ccws.end());

  Bytes file;
  file.reserve(header_size[version] + body.size());
  append_be32(file, magic);
  append_be32(file, version);
  append_be32(file, static_cast<std::uint32_t>(message.size()));
  if (version == 0) {
    const auto digest = md5(body);
    if (!digest) return std::unexpected(digest.error());
    append_be32(file, 0);
    file.insert(file.end(), digest->begin(), digest->end());
  } else if (version == 1) {
    append_be32(file, crc32(body));
    append_be64(file, ccws.size());
  } else {
    append_be64(file, xxh3_64(body));
    append_be64(file, padding + ccws.size());
    if (version == 3) append_be32(file, static_cast<std::uint32_t>(padding));
  }
  file.resize(header_size[version]);  // reserved fields are zero
  file.insert(file.end(), body.begin(), body.end());
  return file;
}

}  // namespace hailo::hef
