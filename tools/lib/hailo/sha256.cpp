// SPDX-License-Identifier: MIT
#include "lib/hailo/sha256.h"

#include <openssl/evp.h>

#include <array>
#include <cstdio>

namespace hailo {

Result<std::string> sha256_hex(ByteView data) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (!EVP_Digest(data.data(), data.size(), digest.data(), &size, EVP_sha256(), nullptr))
    return fail(Error::Code::unsupported, "OpenSSL on this system computes no SHA-256");
  std::string text;
  for (unsigned int i = 0; i < size; i++) {
    char hex[3];
    std::snprintf(hex, sizeof(hex), "%02x", static_cast<unsigned>(digest[i]));
    text += hex;
  }
  return text;
}

}  // namespace hailo
