// SPDX-License-Identifier: MIT
#include "lib/hef/check_message.h"

#include <google/protobuf/descriptor.h>

#include <cstdint>
#include <optional>
#include <string>

namespace hailo::hef {

namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// Version 0 files hold their configuration data in the message.
constexpr std::size_t max_bytes = std::size_t{512} << 20;
// A network of many contexts has some hundred thousand actions.
constexpr unsigned max_messages = 2'000'000;
constexpr unsigned max_fields = 8'000'000;
// Files need about ten; protobuf's own parser would stop at a hundred.
constexpr unsigned max_depth = 64;

enum WireType { varint = 0, fixed64 = 1, length_delimited = 2, fixed32 = 5 };

std::optional<std::uint64_t> take_varint(ByteView& in) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < 10 && i < in.size(); ++i) {
    value |= static_cast<std::uint64_t>(in[i] & 0x7f) << (7 * i);
    if (in[i] < 0x80) {
      in = in.subspan(i + 1);
      return value;
    }
  }
  return std::nullopt;
}

/// Without overlong forms, surrogates, and beyond U+10FFFF.
bool is_utf8(ByteView text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::uint8_t lead = text[i];
    if (lead < 0x80) {
      ++i;
      continue;
    }
    const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || size > text.size() - i) return false;
    std::uint32_t code = lead & (0x7fU >> size);
    for (std::size_t k = 1; k < size; ++k) {
      if ((text[i + k] & 0xc0) != 0x80) return false;
      code = code << 6 | (text[i + k] & 0x3fU);
    }
    constexpr std::uint32_t smallest[] = {0x80, 0x800, 0x10000};
    if (code < smallest[size - 2] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
      return false;
    }
    i += size;
  }
  return true;
}

class Walk {
 public:
  explicit Walk(ByteView whole) : whole_(whole) {}

  Result<void> message(ByteView in, const Descriptor& type, unsigned depth) {
    if (depth > max_depth) {
      return refuse(in, "submessages are nested deeper than " + std::to_string(max_depth));
    }
    if (++messages_ > max_messages) {
      return refuse(in, "there are more than " + std::to_string(max_messages) + " submessages");
    }
    while (!in.empty()) {
      if (const auto good = field(in, type, depth); !good) return good;
    }
    return {};
  }

 private:
  /// Takes one field off the front of `in`.
  Result<void> field(ByteView& in, const Descriptor& type, unsigned depth) {
    if (++fields_ > max_fields) {
      return refuse(in, "there are more than " + std::to_string(max_fields) + " fields");
    }
    const ByteView start = in;
    const auto tag = take_varint(in);
    if (!tag || *tag > UINT32_MAX || *tag >> 3 == 0) return refuse(start, "bad field tag");

    std::uint64_t size = 0;
    switch (*tag & 7) {
      case varint:
        if (!take_varint(in)) return refuse(start, "bad varint");
        return {};
      case fixed64:
        size = 8;
        break;
      case fixed32:
        size = 4;
        break;
      case length_delimited: {
        const auto length = take_varint(in);
        if (!length) return refuse(start, "bad length");
        size = *length;
        break;
      }
      default:
        return refuse(start, "unknown wire type " + std::to_string(*tag & 7));
    }
    if (size > in.size()) {
      return refuse(start, "a field of " + std::to_string(size) + " bytes where " +
                               std::to_string(in.size()) + " are left");
    }
    const ByteView content = in.first(static_cast<std::size_t>(size));
    in = in.subspan(content.size());

    if ((*tag & 7) != length_delimited) return {};
    const FieldDescriptor* known = type.FindFieldByNumber(static_cast<int>(*tag >> 3));
    if (known == nullptr) return {};
    // protobuf would refuse it too, and print a message of its own.
    if (known->type() == FieldDescriptor::TYPE_STRING && !is_utf8(content)) {
      return refuse(start, "text is not UTF-8");
    }
    if (known->message_type() == nullptr) return {};
    return message(content, *known->message_type(), depth + 1);
  }

  std::unexpected<Error> refuse(ByteView at, std::string why) const {
    return fail(Error::Code::protocol, "Failed parsing HEF message: at byte " +
                                           std::to_string(at.data() - whole_.data()) + ": " + why);
  }

  ByteView whole_;
  unsigned messages_ = 0;
  unsigned fields_ = 0;
};

}  // namespace

Result<void> check_message(ByteView encoded, const Descriptor& type) {
  if (encoded.size() > max_bytes) {
    return fail(Error::Code::protocol, "HEF message of " + std::to_string(encoded.size()) +
                                           " bytes is longer than the limit of " +
                                           std::to_string(max_bytes));
  }
  return Walk(encoded).message(encoded, type, 0);
}

}  // namespace hailo::hef
