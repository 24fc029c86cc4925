// SPDX-License-Identifier: MIT
#include "lib/sys/download.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <memory>
#include <span>
#include <string_view>

#include "lib/base/atomic_file.h"
#include "lib/base/read_file.h"
#include "lib/base/text.h"
#include "lib/base/unique_fd.h"

namespace hailo::sys {
namespace {

using Outcome = std::expected<void, DownloadFailure>;

constexpr long kMaxRedirects = 5;
constexpr long kSlowest = 100;               // bytes per second
constexpr std::uint64_t kSourceMax = 16384;  // bytes; a URL and a tag

struct CurlDeleter {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};

std::unexpected<DownloadFailure> permanent(Error error) {
  return std::unexpected(DownloadFailure{std::move(error), false});
}

std::string source_path(const DownloadRequest& request) { return request.part + ".source"; }

/// What tells two contents of a URL apart: a strong ETag, else the date. Empty if
/// the server gave neither; such a download cannot be continued.
std::string remembered_validator(const DownloadRequest& request) {
  auto content = read_file(source_path(request), kSourceMax);
  if (!content) return "";
  const std::string text(content->begin(), content->end());
  const std::string head = request.url + "\n";
  if (!text.starts_with(head) || !text.ends_with('\n')) return "";
  return text.substr(head.size(), text.size() - head.size() - 1);
}

/// Receives one response into the file.
class Receiver {
 public:
  Receiver(const DownloadRequest& request, CURL* curl, UniqueFd file, std::uint64_t offset)
      : request_(request), curl_(curl), file_(std::move(file)), offset_(offset) {}

  static std::size_t header(char* data, std::size_t size, std::size_t count, void* self) {
    static_cast<Receiver*>(self)->take_header({data, size * count});
    return size * count;
  }
  static std::size_t body(char* data, std::size_t size, std::size_t count, void* self) {
    // Anything but the count makes libcurl give up.
    return static_cast<Receiver*>(self)->take_body({data, size * count}) ? size * count : 0;
  }

  const std::optional<DownloadFailure>& failure() const { return failure_; }
  /// The part does not fit what the server has: the next attempt begins anew.
  void start_over() {
    if (::ftruncate(file_.get(), 0) != 0) ::unlink(request_.part.c_str());
  }

 private:
  void take_header(std::string_view line) {
    while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
    if (line.starts_with("HTTP/")) {  // after a redirect, or an interim response
      etag_.clear();
      date_.clear();
      range_.clear();
      return;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return;
    std::string name(line.substr(0, colon));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    line.remove_prefix(colon + 1);
    while (line.starts_with(' ')) line.remove_prefix(1);
    if (name == "etag" && line.starts_with('"')) etag_ = line;  // a weak one promises no bytes
    if (name == "last-modified") date_ = line;
    if (name == "content-range") range_ = line;
  }

  bool fail_with(Error error, bool transient) {
    failure_ = DownloadFailure{std::move(error), transient};
    return false;
  }

  /// "bytes 100-199/200" begins where the part ends.
  bool range_fits() const {
    constexpr std::string_view kUnit = "bytes ";
    if (!range_.starts_with(kUnit)) return false;
    std::uint64_t first = 0;
    const char* end = range_.data() + range_.size();
    const auto [next, err] = std::from_chars(range_.data() + kUnit.size(), end, first);
    return err == std::errc() && next != end && *next == '-' && first == offset_;
  }

  /// The first bytes of the body have come: decides where they go.
  bool begin() {
    long status = 0;
    curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &status);
    if (status == 206) {
      if (range_fits()) return true;
      start_over();
      return fail_with({Error::Code::protocol,
                        "the server sent another range than the one asked "
                        "for"},
                       true);
    }
    if (status != 200)
      return fail_with({Error::Code::protocol, "the server answers " + std::to_string(status)},
                       false);
    offset_ = 0;
    if (::ftruncate(file_.get(), 0) != 0 || ::lseek(file_.get(), 0, SEEK_SET) != 0)
      return fail_with(Error::from_errno(errno, "cannot begin " + request_.part), false);
    const std::string source = request_.url + "\n" + (etag_.empty() ? date_ : etag_) + "\n";
    auto ok = write_file_atomically(source_path(request_), std::as_bytes(std::span(source)));
    return ok || fail_with(ok.error(), false);
  }

  bool take_body(std::string_view data) {
    if (!begun_) {
      begun_ = true;
      if (!begin()) return false;
    }
    if (data.size() > request_.size_limit - std::min(offset_, request_.size_limit))
      return fail_with({Error::Code::protocol, "the server sends more than " +
                                                   std::to_string(request_.size_limit) + " bytes"},
                       false);
    while (!data.empty()) {
      const ssize_t n = ::write(file_.get(), data.data(), data.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return fail_with(Error::from_errno(errno, "cannot write " + request_.part), false);
      data.remove_prefix(static_cast<std::size_t>(n));
      offset_ += static_cast<std::uint64_t>(n);
    }
    if (request_.progress) request_.progress(offset_, total());
    return true;
  }

  std::optional<std::uint64_t> total() const {
    curl_off_t length = -1;
    long status = 0;
    curl_easy_getinfo(curl_, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &status);
    if (length < 0 || status != 200) return std::nullopt;
    return static_cast<std::uint64_t>(length);
  }

  const DownloadRequest& request_;
  CURL* curl_;
  UniqueFd file_;
  std::uint64_t offset_;
  bool begun_ = false;
  std::string etag_;
  std::string date_;
  std::string range_;
  std::optional<DownloadFailure> failure_;
};

bool is_transient(CURLcode code, long status) {
  switch (code) {
    case CURLE_HTTP_RETURNED_ERROR:
      return status == 408 || status == 429 || status >= 500;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return true;
    default:
      return false;
  }
}

Error::Code class_of(CURLcode code, long status) {
  if (code == CURLE_HTTP_RETURNED_ERROR && (status == 404 || status == 410))
    return Error::Code::not_found;
  if (code == CURLE_OPERATION_TIMEDOUT) return Error::Code::timeout;
  return Error::Code::io;
}

}  // namespace

std::string without_secrets(const std::string& url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string::npos) return url;
  const std::size_t host = scheme + 3;
  const std::size_t at = url.substr(0, url.find_first_of("/?#", host)).rfind('@');
  return at == std::string::npos || at < host ? url : url.substr(0, host) + url.substr(at + 1);
}

Outcome download(const DownloadRequest& request) {
  const std::unique_ptr<CURL, CurlDeleter> curl(curl_easy_init());
  if (!curl) return permanent({Error::Code::io, "libcurl does not start"});

  UniqueFd file(::open(request.part.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!file) return permanent(Error::from_errno(errno, "cannot write " + request.part));
  struct stat status{};
  if (::fstat(file.get(), &status) != 0)
    return permanent(Error::from_errno(errno, "cannot stat " + request.part));
  auto offset = static_cast<std::uint64_t>(status.st_size);
  const std::string validator = remembered_validator(request);
  if (validator.empty()) offset = 0;

  Receiver receiver(request, curl.get(), std::move(file), offset);
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(nullptr, curl_slist_free_all);
  char text[CURL_ERROR_SIZE] = {};
  CURLcode refused = CURLE_OK;
  const auto set = [&](CURLoption option, auto value) {
    const CURLcode code = curl_easy_setopt(curl.get(), option, value);
    if (code != CURLE_OK) refused = code;
  };
  const bool secure = request.url.starts_with("https:");
  const auto seconds = static_cast<long>(request.patience.count());
  set(CURLOPT_URL, request.url.c_str());
  set(CURLOPT_ERRORBUFFER, text);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_FAILONERROR, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
  set(CURLOPT_FOLLOWLOCATION, 1L);
  set(CURLOPT_MAXREDIRS, kMaxRedirects);
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_CONNECTTIMEOUT, seconds);
  set(CURLOPT_LOW_SPEED_LIMIT, kSlowest);
  set(CURLOPT_LOW_SPEED_TIME, seconds);
  set(CURLOPT_HEADERFUNCTION, &Receiver::header);
  set(CURLOPT_HEADERDATA, &receiver);
  set(CURLOPT_WRITEFUNCTION, &Receiver::body);
  set(CURLOPT_WRITEDATA, &receiver);
  if (!request.proxy.empty()) set(CURLOPT_PROXY, request.proxy.c_str());
  if (!request.ca_file.empty()) set(CURLOPT_CAINFO, request.ca_file.c_str());
  const std::string range = std::to_string(offset) + "-";
  if (offset > 0) {
    // A server whose content has changed sends the whole of the new one.
    headers.reset(curl_slist_append(nullptr, ("If-Range: " + validator).c_str()));
    set(CURLOPT_HTTPHEADER, headers.get());
    set(CURLOPT_RANGE, range.c_str());
  }
  const std::string url = printable(without_secrets(request.url));
  if (refused != CURLE_OK)
    return permanent({Error::Code::unsupported, url + ": " + curl_easy_strerror(refused)});

  const CURLcode code = curl_easy_perform(curl.get());
  if (receiver.failure()) {
    DownloadFailure failure = *receiver.failure();
    if (failure.error.sys_errno == 0) failure.error.message.insert(0, url + ": ");
    return std::unexpected(failure);
  }
  if (code == CURLE_OK) return {};

  long http = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &http);
  if (code == CURLE_HTTP_RETURNED_ERROR && http == 416) {
    receiver.start_over();
    return std::unexpected(DownloadFailure{
        {Error::Code::protocol, url + ": the server has not as much as was fetched before"}, true});
  }
  std::string why = text[0] != '\0' ? text : curl_easy_strerror(code);
  if (code == CURLE_HTTP_RETURNED_ERROR) why = "the server answers " + std::to_string(http);
  return std::unexpected(DownloadFailure{{class_of(code, http), url + ": " + printable(why)},
                                         is_transient(code, http)});
}

Outcome with_retries(const Retry& retry, const std::function<Outcome()>& attempt) {
  auto pause = retry.pause;
  for (unsigned left = retry.attempts;; pause *= 2) {
    auto outcome = attempt();
    if (outcome || !outcome.error().transient || --left == 0) return outcome;
    if (retry.note) retry.note(outcome.error(), pause);
    retry.sleep(pause);
  }
}

}  // namespace hailo::sys
