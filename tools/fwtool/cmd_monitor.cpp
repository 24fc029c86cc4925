// SPDX-License-Identifier: MIT
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "fwtool/command.h"
#include "fwtool/explain.h"
#include "fwtool/options.h"
#include "fwtool/watch.h"
#include "lib/sys/host.h"

namespace hailo::fwtool {
namespace {

using std::chrono::milliseconds;

struct Options {
  bool json = false;
  bool table = false;
  unsigned interval_ms = 1000;
  unsigned count = 0;
};

/// How old a client's file may be. Where clients write less often than each second
/// HailoRT's own monitor is told by the same variable.
milliseconds client_age_limit() {
  constexpr milliseconds kLate{500};
  constexpr unsigned kLongest = 3600000;
  const char* variable = std::getenv("HAILO_MONITOR_TIME_INTERVAL");
  const std::string_view text(variable ? variable : "");
  unsigned interval = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), interval);
  if (error != std::errc() || end != text.data() + text.size() || interval == 0 ||
      interval > kLongest)
    interval = 1000;
  return milliseconds(interval) + kLate;
}

Exit run(const Context& context, const Options& options) {
  const bool table = options.table || (!options.json && ::isatty(STDOUT_FILENO));
  std::map<std::string, Look> before;
  for (unsigned i = 1;; i++) {
    auto samples = take_samples(context.root);
    if (!samples) return report(context, explain_host(samples.error()));
    if (samples->empty()) return report(context, explain_no_board(context.root));
    const auto clients =
        read_client_monitors(context.root, context.host->wall_clock(), client_age_limit());

    if (table && i > 1) context.out << "\x1b[H\x1b[J";  // over the last one
    if (table) print_head(context.out);
    std::map<std::string, Look> looks;
    for (auto& sample : *samples) {
      Look now{std::move(sample), std::nullopt, {}};
      if (auto activity = read_activity(context.root, now.sample.board.location.value_or("")))
        now.activity = std::move(*activity);
      now.time = context.host->now();
      const auto last = before.find(now.sample.board.name);
      const Look* previous = last == before.end() ? nullptr : &last->second;
      if (table)
        print_rows(context.out, now, previous);
      else
        print_json(context.out, now, previous);
      looks.emplace(now.sample.board.name, std::move(now));
    }
    if (table)
      print_rows(context.out, clients);
    else
      print_json(context.out, clients);
    before = std::move(looks);
    context.out.flush();
    if (i == options.count || !context.out) return Exit::ok;
    context.host->sleep(milliseconds(options.interval_ms));
  }
}

}  // namespace

Action configure_monitor(CLI::App& app) {
  auto options = std::make_shared<Options>();
  auto* json = add_json(app, options->json, "Print JSON lines also to a terminal");
  app.add_flag("--table", options->table, "Print the table also elsewhere")->excludes(json);
  app.add_option("--interval", options->interval_ms, "Time between two looks")
      ->type_name("MS")
      ->check(CLI::Range(100u, 3600000u))
      ->capture_default_str();
  app.add_option("--count", options->count, "End after this many looks; 0 is never")
      ->capture_default_str();
  return [options](const Context& context) { return run(context, *options); };
}

}  // namespace hailo::fwtool
