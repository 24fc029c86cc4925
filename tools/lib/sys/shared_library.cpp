// SPDX-License-Identifier: MIT
#include "lib/sys/shared_library.h"

#include <algorithm>
#include <set>

namespace hailo::sys {
namespace {

/// The folders in which the loader's cache has a file of that stem. The cache
/// ends with a table of NUL-terminated strings; whatever else looks like a path
/// in it is no folder with such files.
std::set<std::string> cached_folders(const Root& root, std::string_view stem) {
  std::set<std::string> folders;
  const std::string cache = root.read("/etc/ld.so.cache").value_or("");
  const std::string wanted = "/" + std::string(stem);
  for (std::size_t at = cache.find(wanted); at != std::string::npos;
       at = cache.find(wanted, at + 1)) {
    const std::size_t end = cache.rfind('\0', at);
    const std::size_t begin = end == std::string::npos ? 0 : end + 1;
    folders.insert(cache.substr(begin, at - begin));
  }
  return folders;
}

/// The standard folders and, for Debian's, those of one architecture below them.
std::set<std::string> standard_folders(const Root& root) {
  std::set<std::string> folders;
  for (const char* folder : {"/lib", "/usr/lib", "/usr/local/lib"}) {
    folders.insert(folder);
    for (const auto& name : root.list(folder).value_or(std::vector<std::string>{})) {
      if (name.ends_with("-linux-gnu") || name.ends_with("-linux-gnueabihf"))
        folders.insert(std::string(folder) + "/" + name);
    }
  }
  for (const char* folder : {"/lib64", "/usr/lib64", "/usr/local/lib64"}) folders.insert(folder);
  return folders;
}

}  // namespace

std::vector<SharedLibrary> find_shared_libraries(const Root& root, std::string_view stem) {
  std::set<std::string> folders = standard_folders(root);
  folders.merge(cached_folders(root, stem));
  std::vector<SharedLibrary> found;
  for (const auto& folder : folders) {
    for (const auto& name : root.list(folder).value_or(std::vector<std::string>{})) {
      std::string path = folder + "/" + name;
      if (name.starts_with(stem) && name.size() > stem.size() && root.exists(path))
        found.push_back({std::move(path), name.substr(stem.size())});
    }
  }
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.path < b.path; });
  return found;
}

}  // namespace hailo::sys
