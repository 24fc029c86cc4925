// SPDX-License-Identifier: MIT
#include "lib/hailo/md5.h"

#include <openssl/evp.h>

#include <cstdio>

namespace hailo {

Result<Md5> md5(ByteView data) {
  Md5 digest;
  unsigned int size = 0;
  if (!EVP_Digest(data.data(), data.size(), digest.data(), &size, EVP_md5(), nullptr) ||
      size != digest.size())
    return fail(Error::Code::unsupported, "OpenSSL on this system computes no MD5");
  return digest;
}

std::string to_string(const Md5& digest) {
  std::string text;
  for (auto byte : digest) {
    char hex[3];
    std::snprintf(hex, sizeof(hex), "%02x", static_cast<unsigned>(byte));
    text += hex;
  }
  return text;
}

}  // namespace hailo
