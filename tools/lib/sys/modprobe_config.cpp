// SPDX-License-Identifier: MIT
#include "lib/sys/modprobe_config.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <sstream>
#include <utility>

#include "lib/sys/module.h"

namespace hailo::sys {
namespace {

/// Names are equal with dashes and underscores.
std::string underscored(std::string name) {
  std::ranges::replace(name, '-', '_');
  return name;
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

/// Takes a line with those that a backslash at its end adds, as they stand there.
bool take_line(std::istream& in, std::string& line) {
  if (!std::getline(in, line)) return false;
  for (std::string more; line.ends_with('\\') && std::getline(in, more);) line += "\n" + more;
  return true;
}

/// The words of a line about `module`; nothing for another line.
std::optional<std::vector<std::string>> words_about(const std::string& line,
                                                    const std::string& module) {
  std::string whole = line;
  for (std::size_t at; (at = whole.find("\\\n")) != std::string::npos;) whole.erase(at, 2);
  std::vector<std::string> words = words_of(whole);
  if (words.size() < 2 || words[0].starts_with('#') || underscored(words[1]) != module)
    return std::nullopt;
  return words;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

}  // namespace

std::vector<ModprobeLine> modprobe_lines(const Root& root, const std::string& module) {
  std::map<std::string, std::string> files;  // path by name: of equal names the first folder's
  for (const auto& folder : modprobe_folders())
    for (const auto& name : root.list(folder).value_or(std::vector<std::string>{}))
      if (name.ends_with(".conf")) files.emplace(name, folder + "/" + name);

  std::vector<ModprobeLine> lines;
  for (const auto& [name, path] : files) {
    std::istringstream content(root.read(path).value_or(""));
    for (std::string line; take_line(content, line);) {
      const auto words = words_about(line, module);
      if (words)
        lines.push_back({path, words->front(), joined({words->begin() + 2, words->end()})});
    }
  }
  return lines;
}

std::string with_option(std::string_view content, const std::string& module,
                        const std::string& name, const std::string& value) {
  const std::string option = name + "=" + value;
  std::istringstream lines{std::string(content)};
  std::string result;
  bool there = false;
  for (std::string line; take_line(lines, line);) {
    const auto words = words_about(line, module);
    if (words && words->front() == "options") {
      std::vector<std::string> kept(words->begin(), words->begin() + 2);
      for (const auto& word : std::span(*words).subspan(2)) {
        if (underscored(word.substr(0, word.find('='))) != name)
          kept.push_back(word);
        else if (!std::exchange(there, true))
          kept.push_back(option);
      }
      if (kept.size() == 2) continue;
      if (kept != *words) line = joined(kept);
    }
    result += line + "\n";
  }
  if (!there) result += "options " + module + " " + option + "\n";
  return result;
}

std::string without_duplicates(std::string_view content, const std::string& module) {
  std::istringstream lines{std::string(content)};
  std::set<std::string> seen;
  std::string result;
  for (std::string line; take_line(lines, line);) {
    const auto words = words_about(line, module);
    if (!words || seen.insert(joined(*words)).second) result += line + "\n";
  }
  return result;
}

}  // namespace hailo::sys
