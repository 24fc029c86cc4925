// SPDX-License-Identifier: MIT
#include "lib/hailo/selection.h"

#include <algorithm>
#include <vector>

#include "lib/base/text.h"
#include "lib/hailo/discovery.h"
#include "lib/sys/shared_library.h"

namespace hailo {
namespace {

constexpr const char* kLibraryStem = "libhailort.so.";

/// Installed libraries whose names carry a whole release, newest first.
std::vector<sys::SharedLibrary> installed_libraries(const sys::Root& root) {
  auto libraries = sys::find_shared_libraries(root, kLibraryStem);
  std::erase_if(libraries, [](const auto& library) { return !parse_release(library.version); });
  std::stable_sort(libraries.begin(), libraries.end(), [](const auto& a, const auto& b) {
    return parse_release(a.version) > parse_release(b.version);
  });
  return libraries;
}

}  // namespace

Result<Selection> select_release(const sys::Root& root, const Manifest& manifest,
                                 const std::string& wanted) {
  if (wanted != "auto") return Selection{wanted, Selection::Source::wanted, "asked for"};

  const auto libraries = installed_libraries(root);
  if (!libraries.empty()) {
    const auto& first = libraries.front();
    std::string why = "HailoRT library " + printable(first.path) + " is installed";
    const auto other = std::find_if(libraries.begin(), libraries.end(), [&](const auto& library) {
      return library.version != first.version;
    });
    if (other != libraries.end())
      why += ", newer than " + printable(other->path) + " (choose with --for)";
    return Selection{first.version, Selection::Source::library, why};
  }

  auto boards = discover(root);
  if (!boards) return std::unexpected(boards.error());
  for (const auto& board : *boards) {
    if (board.firmware_version && parse_release(*board.firmware_version))
      return Selection{*board.firmware_version, Selection::Source::running,
                       board.name + " runs it, and no HailoRT library is installed"};
  }
  return Selection{manifest.newest().version, Selection::Source::manifest,
                   "it is the newest known; no HailoRT library is installed and no board runs "
                   "firmware"};
}

const char* name_of(Selection::Source source) {
  switch (source) {
    case Selection::Source::wanted:
      return "wanted";
    case Selection::Source::library:
      return "library";
    case Selection::Source::running:
      return "running";
    case Selection::Source::manifest:
      return "manifest";
  }
  return "manifest";
}

}  // namespace hailo
