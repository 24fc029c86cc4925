// SPDX-License-Identifier: MIT
#include "emulator/scenario/line.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>

namespace hailo::emu {
namespace {

constexpr std::uint64_t kMaxMs = 3'600'000;
constexpr std::uint64_t kMaxCount = 1'000'000'000;
constexpr std::uint64_t kMaxStorm = 1'000'000;

/// A key a command takes: a number in [min, max], or one of the words in
/// `choices` ("a|b"), or hexadecimal bytes where `choices` is "hex".
struct Key {
  std::string_view name;
  bool required = false;
  std::uint64_t min = 0;
  std::uint64_t max = 0;
  std::string_view choices = {};
};

enum class Argument { none, word, text };

struct Syntax {
  std::string_view name;
  Argument argument = Argument::none;
  std::vector<Key> keys = {};
};

std::span<const Syntax> commands() {
  static const std::vector<Syntax> table = {
      {"ping"},
      {"state"},
      {"counters"},
      {"reset-counters"},
      {"ub"},
      {"clear-ub"},
      {"clear-faults"},
      {"spurious-msi"},
      {"unplug"},
      {"plug"},
      {"notify",
       Argument::none,
       {{"event", true, 0, 13},
        {"zone", false, 0, 2},
        {"length", false, 0, 880},
        {"raw", false, 0, 0, "hex"}}},
      {"storm",
       Argument::none,
       {{"count", true, 1, kMaxStorm}, {"interval_us", false, 0, kMaxMs * 1000}}},
      {"log", Argument::text, {{"cpu", true, 0, 0, "app|core"}}},
      {"set-temperature", Argument::word},
  };
  return table;
}

std::span<const Syntax> faults() {
  static const Key count = {"count", false, 0, kMaxCount};
  static const Key opcode = {"opcode", false, 0, UINT32_MAX};
  static const Key ms = {"ms", true, 0, kMaxMs};
  static const Key every = {"every", true, 1, kMaxCount};
  static const std::vector<Syntax> table = {
      {"no-boot", Argument::none, {count}},
      {"bad-status", Argument::none, {count, {"value", true, 0, UINT32_MAX}}},
      {"late-boot", Argument::none, {count, ms}},
      {"hang-control", Argument::none, {count, opcode}},
      {"delay-control", Argument::none, {count, opcode, ms}},
      {"wrong-md5", Argument::none, {count}},
      {"oversized-answer", Argument::none, {count}},
      {"short-answer", Argument::none, {count, {"bytes", true, 0, 1500}}},
      {"wrong-opcode-answer", Argument::none, {count}},
      {"lost-msi", Argument::none, {count}},
      {"stuck-status", Argument::none, {count, {"bit", true, 0, 31}}},
      {"no-wake", Argument::none, {count}},
      {"lying-log-offsets",
       Argument::none,
       {count, {"host", true, 0, UINT32_MAX}, {"chip", true, 0, UINT32_MAX}}},
      {"refuse-soft-reset", Argument::none, {count}},
      {"no-driver-down", Argument::none, {count}},
      {"corrupt-upload", Argument::none, {count, every}},
      {"drop-upload", Argument::none, {count, every}},
      {"bad-notification", Argument::none, {count, {"kind", true, 0, 0, "not-in-use|too-long"}}},
      {"keep-notification", Argument::none, {count}},
      {"wrong-version", Argument::none, {count}},
      {"all-ones-after", Argument::none, {count, {"writes", true, 1, kMaxCount}}},
      {"fail-image", Argument::none, {count}},
  };
  return table;
}

std::unexpected<Error> refuse(std::string message) {
  return fail(Error::Code::invalid_argument, std::move(message));
}

/// Takes the next word off the front of `rest`; empty at the end.
std::string_view next_word(std::string_view& rest) {
  constexpr std::string_view kBlank = " \t\r\n";
  rest.remove_prefix(std::min(rest.find_first_not_of(kBlank), rest.size()));
  const std::string_view word = rest.substr(0, rest.find_first_of(kBlank));
  rest.remove_prefix(word.size());
  return word;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
  return text.substr(0, text.find_last_not_of(kBlank) + 1);
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x")) {
    base = 16;
    text.remove_prefix(2);
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_choice(std::string_view choices, std::string_view word) {
  while (!choices.empty()) {
    const std::string_view choice = choices.substr(0, choices.find('|'));
    if (choice == word) return true;
    choices.remove_prefix(std::min(choice.size() + 1, choices.size()));
  }
  return false;
}

bool is_hex(std::string_view text) {
  return text.size() % 2 == 0 && !text.empty() &&
         text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

const Syntax* find(std::span<const Syntax> table, std::string_view name) {
  const auto it = std::ranges::find(table, name, &Syntax::name);
  return it == table.end() ? nullptr : &*it;
}

Result<void> add_key(const Syntax& syntax, std::string_view word, Command& command) {
  const std::size_t equals = word.find('=');
  if (equals == std::string_view::npos)
    return refuse("unexpected word '" + std::string(word) + "'");
  const std::string name(word.substr(0, equals));
  const std::string value(word.substr(equals + 1));
  const auto key = std::ranges::find(syntax.keys, name, &Key::name);
  if (key == syntax.keys.end())
    return refuse("unknown key '" + name + "' of " + std::string(syntax.name));
  if (command.numbers.contains(name) || command.words.contains(name))
    return refuse("key '" + name + "' given twice");

  if (!key->choices.empty()) {
    const bool good = key->choices == "hex" ? is_hex(value) : is_choice(key->choices, value);
    if (!good) return refuse("bad value of '" + name + "': " + value);
    command.words.emplace(name, value);
    return {};
  }
  const std::optional<std::uint64_t> number = parse_number(value);
  if (!number || *number < key->min || *number > key->max)
    return refuse("value of '" + name + "' is not a number from " + std::to_string(key->min) +
                  " to " + std::to_string(key->max) + ": " + value);
  command.numbers.emplace(name, *number);
  return {};
}

Result<void> require_keys(const Syntax& syntax, const Command& command) {
  for (const Key& key : syntax.keys)
    if (key.required && !command.numbers.contains(key.name) && !command.words.contains(key.name))
      return refuse(std::string(syntax.name) + " needs " + std::string(key.name) + "=");
  return {};
}

Result<Command> parse_command(std::string_view verb, std::string_view rest) {
  Command command;
  command.verb = verb;
  const Syntax* syntax = find(commands(), verb);
  if (verb == "fault") {
    command.argument = next_word(rest);
    syntax = find(faults(), command.argument);
    if (syntax == nullptr) return refuse("unknown fault '" + command.argument + "'");
  }
  if (syntax == nullptr) return refuse("unknown command '" + command.verb + "'");

  if (syntax->argument == Argument::word) {
    command.argument = next_word(rest);
    if (command.argument.empty()) return refuse(command.verb + " needs a value");
  }
  if (syntax->argument == Argument::text) {
    // Only the first word is a key, the rest is the caller's text.
    const std::string_view key = next_word(rest);
    if (!key.empty())
      if (const Result<void> added = add_key(*syntax, key, command); !added)
        return std::unexpected(added.error());
    command.argument = trimmed(rest);
  } else {
    for (std::string_view word = next_word(rest); !word.empty(); word = next_word(rest))
      if (const Result<void> added = add_key(*syntax, word, command); !added)
        return std::unexpected(added.error());
  }
  if (const Result<void> complete = require_keys(*syntax, command); !complete)
    return std::unexpected(complete.error());
  return command;
}

/// Parses what follows `after` or `on`.
Result<Trigger> parse_trigger(std::string_view word, std::string_view& rest) {
  if (word == "after") {
    const std::string_view value = next_word(rest);
    const std::optional<std::uint64_t> delay = parse_number(value);
    if (!delay || *delay > kMaxMs)
      return refuse("'after' needs milliseconds up to " + std::to_string(kMaxMs));
    return Trigger{Trigger::Kind::after, std::chrono::milliseconds(*delay)};
  }
  const std::string_view event = next_word(rest);
  Trigger trigger{event == "boot" ? Trigger::Kind::boot : Trigger::Kind::control};
  if (event != "boot" && event != "control") return refuse("'on' needs boot or control");
  std::string_view ahead = rest;
  if (const std::optional<std::uint64_t> number = parse_number(next_word(ahead))) {
    if (*number == 0) return refuse("'on' counts from 1");
    trigger.occurrence = *number;
    rest = ahead;
  }
  return trigger;
}

}  // namespace

Result<Line> parse_line(std::string_view text) {
  Line line;
  std::string_view word = next_word(text);
  while (word == "after" || word == "on") {
    const Result<Trigger> trigger = parse_trigger(word, text);
    if (!trigger) return std::unexpected(trigger.error());
    line.triggers.push_back(*trigger);
    word = next_word(text);
  }
  Result<Command> command = parse_command(word, text);
  if (!command) return std::unexpected(command.error());
  line.command = std::move(*command);
  return line;
}

Result<std::vector<Line>> parse_scenario(std::string_view text) {
  std::vector<Line> lines;
  for (unsigned number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view content = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (content.empty() || content.front() == '#') continue;
    Result<Line> line = parse_line(content);
    if (!line) return refuse("line " + std::to_string(number) + ": " + line.error().message);
    lines.push_back(std::move(*line));
  }
  return lines;
}

}  // namespace hailo::emu
