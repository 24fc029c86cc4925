// SPDX-License-Identifier: MIT
#include "lib/hef/digest.h"

#include <openssl/evp.h>
#include <xxhash.h>
#include <zlib.h>

namespace hailo::hef {

namespace {

template <typename Digest>
Result<Digest> evp(ByteView data, const EVP_MD* algorithm, const char* name) {
  Digest digest;
  unsigned int size = 0;
  if (!EVP_Digest(data.data(), data.size(), digest.data(), &size, algorithm, nullptr) ||
      size != digest.size()) {
    return fail(Error::Code::unsupported,
                std::string("OpenSSL on this system computes no ") + name);
  }
  return digest;
}

}  // namespace

Result<Md5> md5(ByteView data) { return evp<Md5>(data, EVP_md5(), "MD5"); }

Result<Sha256> sha256(ByteView data) { return evp<Sha256>(data, EVP_sha256(), "SHA-256"); }

std::uint32_t crc32(ByteView data) {
  // A null pointer would ask zlib for its initial value instead.
  if (data.empty()) return 0;
  return static_cast<std::uint32_t>(::crc32_z(0, data.data(), data.size()));
}

std::uint64_t xxh3_64(ByteView data) { return XXH3_64bits(data.data(), data.size()); }

}  // namespace hailo::hef
