// SPDX-License-Identifier: MIT
#include <hailo_mailbox.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "fwtool/command.h"
#include "fwtool/explain.h"
#include "fwtool/open_board.h"
#include "fwtool/options.h"
#include "lib/base/text.h"
#include "lib/hailo/log.h"
#include "lib/sys/host.h"

namespace hailo::fwtool {
namespace {

struct Options {
  bool json = false;
  bool raw = false;
  bool follow = false;
  unsigned interval_ms = 500;
  std::string cpu = "both";
  std::string device;
};

struct Ring {
  const char* name;
  Cpu cpu;
};
constexpr std::array kRings = {Ring{"app", Cpu::app}, Ring{"core", Cpu::core}};

/// Lines stay lines; what a terminal must not get becomes \xNN.
std::string readable(const Bytes& bytes) {
  std::string text;
  std::string line;
  for (const char c : std::string(bytes.begin(), bytes.end())) {
    if (c != '\n') {
      line += c;
      continue;
    }
    text += printable(line) + "\n";
    line.clear();
  }
  return text + printable(line);
}

void print(const Context& context, const Options& options, const Ring& ring, const Bytes& bytes) {
  if (options.raw)
    context.out.write(reinterpret_cast<const char*>(bytes.data()),
                      static_cast<std::streamsize>(bytes.size()));
  else if (options.json)
    context.out << nlohmann::ordered_json{{"cpu", ring.name}, {"text", readable(bytes)}}.dump()
                << "\n";
  else
    context.out << readable(bytes);
}

Exit run(const Context& context, const Options& options) {
  auto board = choose_board(context, options.device);
  if (!board) return report(context, board.error());
  auto device = open_board(context, *board);
  if (!device) return report(context, device.error());

  for (;;) {
    bool more = false;
    for (const auto& ring : kRings) {
      if (options.cpu != "both" && options.cpu != ring.name) continue;
      // One that is written as fast as it is read, or that lies, has no end.
      std::size_t left = HAILO_LOG_RING_SIZE;
      while (left > 0) {
        auto bytes = read_log(device->io(), ring.cpu);
        if (!bytes) return report(context, explain_board(context.root, *board, bytes.error()));
        if (bytes->empty()) break;
        print(context, options, ring, *bytes);
        left -= std::min(left, bytes->size());
      }
      more = more || left == 0;
    }
    context.out.flush();
    if (!options.follow || !context.out) return Exit::ok;
    if (!more) context.host->sleep(std::chrono::milliseconds(options.interval_ms));
  }
}

}  // namespace

Action configure_logs(CLI::App& app) {
  auto options = std::make_shared<Options>();
  auto* json = add_json(app, options->json, "Print one JSON object for each piece");
  app.add_flag("--raw", options->raw, "Write the bytes as they come")->excludes(json);
  app.add_flag("--follow", options->follow, "Go on until interrupted");
  app.add_option("--interval", options->interval_ms, "Look for more this often, with --follow")
      ->type_name("MS")
      ->check(CLI::Range(10u, 60000u))
      ->capture_default_str();
  app.add_option("--cpu", options->cpu, "Whose log: app, core or both")
      ->check(CLI::IsMember({"app", "core", "both"}))
      ->capture_default_str();
  add_device(app, options->device);
  return [options](const Context& context) { return run(context, *options); };
}

}  // namespace hailo::fwtool
