// SPDX-License-Identifier: MIT
#include "detect/web/page.h"

#include <openssl/evp.h>
#include <page_text.h>

#include <array>
#include <string_view>

namespace hailo::detect::web {
namespace {

/// As a content security policy names what it trusts.
Result<std::string> source_of(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (!EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr))
    return fail(Error::Code::unsupported, "OpenSSL on this system computes no SHA-256");
  std::array<unsigned char, 2 * EVP_MAX_MD_SIZE> encoded{};
  EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(size));
  return "'sha256-" + std::string(reinterpret_cast<const char*>(encoded.data())) + "'";
}

void replace(std::string& text, std::string_view mark, std::string_view with) {
  text.replace(text.find(mark), mark.size(), with);
}

}  // namespace

Result<Page> make_page() {
  const auto style = source_of(kPageCss);
  const auto script = source_of(kPageJs);
  if (!style) return std::unexpected(style.error());
  if (!script) return std::unexpected(script.error());
  Page page{std::string(kPageHtml),
            "default-src 'none'; style-src " + *style + "; script-src " + *script +
                "; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
                "frame-ancestors 'none'"};
  replace(page.html, "{{style}}", kPageCss);
  replace(page.html, "{{script}}", kPageJs);
  return page;
}

}  // namespace hailo::detect::web
