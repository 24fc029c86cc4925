// SPDX-License-Identifier: MIT
#pragma once

#include "lib/base/bytes.h"
#include "lib/base/result.h"

namespace google::protobuf {
class Descriptor;
}

namespace hailo::hef {

/// Walks an encoded message without building anything, and refuses one that is
/// malformed or would need much more memory than its bytes: an empty submessage
/// is two bytes in a file and a hundred once parsed.
Result<void> check_message(ByteView encoded, const google::protobuf::Descriptor& type);

}  // namespace hailo::hef
