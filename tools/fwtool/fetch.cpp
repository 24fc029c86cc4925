// SPDX-License-Identifier: MIT
#include "fwtool/fetch.h"

#include <hailo_fw_image.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <span>
#include <system_error>

#include "fwtool/explain.h"
#include "lib/base/atomic_file.h"
#include "lib/base/scope_exit.h"
#include "lib/base/text.h"
#include "lib/hailo/staging.h"
#include "lib/sys/download.h"
#include "lib/sys/folder_lock.h"

namespace hailo::fwtool {
namespace {

constexpr std::chrono::seconds kPatience{10};  // with another run's download

bool is_url(const std::string& text) { return text.find("://") != std::string::npos; }

/// `url` with another scheme and host.
std::string mirrored(const std::string& url, std::string mirror) {
  while (mirror.ends_with('/')) mirror.pop_back();
  const std::size_t host = url.find("://");
  const std::size_t path = host == std::string::npos ? host : url.find('/', host + 3);
  return path == std::string::npos ? mirror : mirror + url.substr(path);
}

Failure explain_download(const sys::DownloadFailure& failure, const std::string& version) {
  if (failure.error.sys_errno != 0) return explain_file(failure.error);
  std::string next =
      "check the network, --proxy and --mirror; what has come so far is kept, and "
      "the next run continues it";
  if (failure.error.code == Error::Code::not_found)
    next = "check the version and --mirror, or name a file with --from";
  else if (!failure.transient)
    next = "check the URL, the clock and the certificates (--ca-file), or name a file with --from";
  return {Exit::download, "cannot fetch firmware " + version + " from " + failure.error.message,
          next};
}

/// Digests to compare with; the manifest's own is check_image's part.
Expectation expect(const Fetch& fetch, const FirmwareStore& store) {
  Expectation expectation{fetch.version, std::nullopt, store.recorded(fetch.version)};
  if (!fetch.sha256.empty()) expectation.pinned = fetch.sha256;
  return expectation;
}

Failure unverified(const std::string& version) {
  return {Exit::unverified, "no digest of firmware " + version + " has been published",
          "give one that you trust with --sha256, or --accept-unverified to record the one that "
          "comes"};
}

void show_progress(std::ostream& out, std::uint64_t got, std::optional<std::uint64_t> total) {
  out << "\r" << got / 1024 << " KiB";
  if (total && *total > 0) out << " of " << *total / 1024 << ", " << got * 100 / *total << "%";
  out << "\x1b[K" << std::flush;  // clears what a longer line has left
}

std::expected<CheckedImage, Failure> download_image(const Context& context,
                                                    const Manifest& manifest, const Fetch& fetch,
                                                    const std::string& url,
                                                    const FirmwareStore& store) {
  const std::string part = store.image(fetch.version) + ".part";
  sys::DownloadRequest request{.url = url,
                               .part = part,
                               .proxy = fetch.proxy,
                               .ca_file = fetch.ca_file,
                               .size_limit = HAILO_FW_MAX_SIZE,
                               .patience = std::chrono::seconds(fetch.patience_s)};
  if (fetch.progress)
    request.progress = [&](auto got, auto total) { show_progress(context.err, got, total); };
  const sys::Retry retry{fetch.attempts, std::chrono::milliseconds(fetch.pause_ms),
                         sleep_of(context), [&](const auto& failure, auto pause) {
                           context.err << "hailo-fwtool: " << failure.error.message << "; again in "
                                       << pause.count() << " ms\n";
                         }};
  auto done = sys::with_retries(retry, [&] { return sys::download(request); });
  if (fetch.progress) context.err << "\n";

  // A part that is empty, refused or published is of no more use.
  ScopeExit remove([&] {
    ::unlink(part.c_str());
    ::unlink((part + ".source").c_str());
  });
  if (!done) {
    std::error_code error;
    if (done.error().transient && std::filesystem::file_size(part, error) > 0 && !error)
      remove.dismiss();
    return std::unexpected(explain_download(done.error(), fetch.version));
  }
  auto image = read_image(part, manifest, expect(fetch, store));
  if (!image) {
    Failure failure = image.error();
    failure.what += "; it came from " + printable(sys::without_secrets(url));
    return std::unexpected(failure);
  }
  image->source = sys::without_secrets(url);
  return image;
}

}  // namespace

void add_fetch_options(CLI::App& app, Fetch& fetch) {
  app.add_option("--from", fetch.from,
                 "URL, image, or folder with hailo8_fw.VERSION.bin, instead of the manifest's URL")
      ->type_name("SOURCE");
  app.add_option("--mirror", fetch.mirror, "Server that has the files under the same paths")
      ->type_name("URL");
  app.add_option("--proxy", fetch.proxy, "Proxy; default is what the environment says")
      ->type_name("URL");
  app.add_option("--ca-file", fetch.ca_file, "Certificates to trust instead of the system's")
      ->type_name("FILE");
  app.add_option("--sha256", fetch.sha256, "Digest that the image must have")
      ->type_name("DIGEST")
      ->transform(CLI::Validator(check_sha256, ""));
  app.add_flag("--accept-unverified", fetch.accept_unverified,
               "Take an image whose digest is not known, and record it");
  app.add_option("--attempts", fetch.attempts, "Attempts before giving up")
      ->type_name("N")
      ->check(CLI::Range(1u, 20u))
      ->capture_default_str();
  app.add_option("--pause", fetch.pause_ms, "Pause after the first attempt; doubled each time")
      ->type_name("MS")
      ->check(CLI::Range(0u, 60000u))
      ->capture_default_str();
  app.add_option("--timeout", fetch.patience_s, "Patience with a connection, and with a stall")
      ->type_name("SECONDS")
      ->check(CLI::Range(1u, 3600u))
      ->capture_default_str();
  add_firmware_options(app, fetch.firmware);
}

bool shows_progress(const Context& context) {
  return &context.err == &std::cerr && ::isatty(STDERR_FILENO) == 1;
}

std::expected<std::string, Failure> fetch_source(const Manifest& manifest, const Fetch& fetch) {
  if (!fetch.from.empty()) {
    std::error_code error;
    if (!is_url(fetch.from) && std::filesystem::is_directory(fetch.from, error))
      return fetch.from + "/" + versioned_name(fetch.version);
    return fetch.from;
  }
  const ManifestEntry* entry = manifest.find(fetch.version);
  if (!entry) return std::unexpected(explain_unknown_version(manifest, fetch.version));
  return fetch.mirror.empty() ? entry->url : mirrored(entry->url, fetch.mirror);
}

std::expected<Fetched, Failure> fetch_firmware(const Context& context, const Manifest& manifest,
                                               const Fetch& fetch) {
  auto source = fetch_source(manifest, fetch);
  if (!source) return std::unexpected(source.error());
  const FirmwareStore store = store_of(context, fetch.firmware);
  const std::string path = store.image(fetch.version);
  const ManifestEntry* entry = manifest.find(fetch.version);
  const bool published = entry && entry->sha256;

  // What is there whole and known needs nothing written: a store may be
  // read-only, in an image of a container.
  const auto is_on_record = [&](const CheckedImage& image) {
    return published || store.recorded(fetch.version) == image.digest.sha256;
  };
  if (auto known = read_image(path, manifest, expect(fetch, store)); known && is_on_record(*known))
    return Fetched{path, std::move(*known), true};

  if (auto ok = store.create(); !ok) return std::unexpected(explain_file(ok.error()));
  auto lock = sys::FolderLock::take(store.folder(), kPatience, sleep_of(context));
  if (!lock) return std::unexpected(explain_file(lock.error()));

  const auto keep_record = [&](CheckedImage& image) -> std::expected<void, Failure> {
    if (is_on_record(image)) return {};
    auto ok = store.record(fetch.version, image.digest.sha256);
    if (!ok) return std::unexpected(explain_file(ok.error()));
    if (image.digest.verdict == Verdict::unknown) image.digest.verdict = Verdict::recorded;
    return {};
  };

  auto present = read_image(path, manifest, expect(fetch, store));
  if (present && (present->digest.verdict != Verdict::unknown || fetch.accept_unverified)) {
    if (auto ok = keep_record(*present); !ok) return std::unexpected(ok.error());
    return Fetched{path, std::move(*present), true};
  }
  const Expectation expectation = expect(fetch, store);
  if (!published && !expectation.pinned && !expectation.recorded && !fetch.accept_unverified)
    return std::unexpected(unverified(fetch.version));

  auto image = is_url(*source) ? download_image(context, manifest, fetch, *source, store)
                               : read_image(*source, manifest, expectation);
  if (!image) return std::unexpected(image.error());
  // Before the image: it is never there without what it can be told by.
  if (auto ok = keep_record(*image); !ok) return std::unexpected(ok.error());
  auto ok = write_file_atomically(path, std::as_bytes(std::span(image->bytes)));
  if (!ok) return std::unexpected(explain_file(ok.error()));
  return Fetched{path, std::move(*image), false};
}

}  // namespace hailo::fwtool
