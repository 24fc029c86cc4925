// SPDX-License-Identifier: MIT
#include "emulator/model/md5.h"

#include <openssl/evp.h>

#include <memory>

namespace hailo::emu {

Md5 md5(ByteView data) {
  struct Free {
    void operator()(EVP_MD_CTX* ctx) const { EVP_MD_CTX_free(ctx); }
  };
  const std::unique_ptr<EVP_MD_CTX, Free> ctx(EVP_MD_CTX_new());
  Md5 digest{};
  if (!ctx || EVP_DigestInit_ex(ctx.get(), EVP_md5(), nullptr) != 1 ||
      EVP_DigestUpdate(ctx.get(), data.data(), data.size()) != 1 ||
      EVP_DigestFinal_ex(ctx.get(), digest.data(), nullptr) != 1)
    return {};
  return digest;
}

}  // namespace hailo::emu
