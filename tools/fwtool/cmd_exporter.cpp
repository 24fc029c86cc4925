// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <sstream>
#include <string>

#include "fwtool/command.h"
#include "fwtool/explain.h"
#include "fwtool/firmware.h"
#include "fwtool/sample.h"
#include "lib/base/atomic_file.h"
#include "lib/base/scope_exit.h"
#include "lib/http/metrics.h"
#include "lib/http/server.h"
#include "lib/sys/end_wait.h"
#include "lib/sys/host.h"
#include "lib/sys/module.h"

namespace hailo::fwtool {
namespace {

/// A sample is served for so long, whoever asks: taking one wakes sleeping boards.
constexpr std::chrono::milliseconds kFresh{1000};

constexpr std::chrono::milliseconds kForever{-1};

struct Options {
  std::string textfile;
  std::string listen;
  unsigned interval_s = 0;
};

using http::metric_head;
using http::metric_label;

std::string label(const std::optional<std::string>& value) {
  return metric_label(value.value_or(""));
}

/// No board is a state of things that a scraper wants to see, not a failure.
std::string metrics(const sys::Root& root, const std::vector<Sample>& samples) {
  std::ostringstream out;
  const auto loaded = sys::loaded_module(root, kModuleName);
  out << metric_head("hailo_module_loaded", "gauge", "Whether hailo_pci is loaded.");
  out << "hailo_module_loaded " << (loaded ? 1 : 0) << "\n";
  out << metric_head("hailo_boards", "gauge", "Boards that the driver has.");
  out << "hailo_boards " << samples.size() << "\n";

  out << metric_head("hailo_board_info", "gauge", "Firmware, release and address of a board.");
  for (const auto& [board, interrupts, temperatures, holders] : samples)
    out << "hailo_board_info{board=" << label(board.name) << ",location=" << label(board.location)
        << ",architecture=" << label(board.architecture)
        << ",firmware=" << label(board.firmware_version) << ",release=" << label(board.release)
        << "} 1\n";
  out << metric_head("hailo_board_running", "gauge", "Whether the board's firmware answers.");
  for (const auto& sample : samples)
    out << "hailo_board_running{board=" << label(sample.board.name)
        << ",state=" << label(sample.board.state) << "} "
        << (sample.board.state == "running" ? 1 : 0) << "\n";
  out << metric_head("hailo_interrupts_total", "counter",
                     "Interrupts since the driver took the board.");
  for (const auto& sample : samples)
    if (sample.interrupts)
      out << "hailo_interrupts_total{board=" << label(sample.board.name) << "} "
          << *sample.interrupts << "\n";
  out << metric_head("hailo_temperature_celsius", "gauge", "Temperature of the chip.");
  for (const auto& sample : samples)
    for (const auto& [sensor, value] : sample.temperatures)
      if (value)
        out << "hailo_temperature_celsius{board=" << label(sample.board.name)
            << ",sensor=" << label(sensor) << "} " << static_cast<double>(*value) / 1000.0 << "\n";
  out << metric_head("hailo_holders", "gauge", "Processes that have the board open.");
  for (const auto& sample : samples)
    out << "hailo_holders{board=" << label(sample.board.name) << "} "
        << sample.holders.processes.size() << "\n";
  return out.str();
}

/// Serves until SIGINT or SIGTERM.
Exit serve(const Context& context, const std::string& where) {
  constexpr const char* next = "give another address or port with --listen";
  const auto endpoint = http::parse_endpoint(where);
  if (!endpoint) return report(context, {Exit::usage, endpoint.error().message, next});
  const auto end = sys::EndWait::create();
  if (!end) return report(context, explain_host(end.error()));
  const ScopeExit release([&] { end->release(); });

  std::optional<std::chrono::milliseconds> taken;
  http::Response last;
  const auto answer = [&]() -> http::Answer {
    const auto now = context.host->now();
    if (taken && now - *taken < kFresh) return last;
    taken = now;
    const auto samples = take_samples(context.root);
    last = samples ? http::Response{.type = http::metrics_type,
                                    .body = http::make_body(metrics(context.root, *samples))}
                   : http::text_response(500, samples.error().message + "\n");
    return last;
  };
  const auto hint = [] { return http::text_response(200, "the metrics are at /metrics\n"); };
  const auto server =
      http::Server::start({.endpoint = *endpoint, .routes = {{"/", hint}, {"/metrics", answer}}});
  if (!server) {
    const auto& error = server.error();
    return report(context,
                  {error.code == Error::Code::permission ? Exit::no_permission : Exit::failure,
                   error.message, next});
  }
  context.out << "metrics at http://" << to_string((*server)->endpoint()) << "/metrics\n";
  context.out.flush();
  while (!end->wait(kForever)) {
  }
  return Exit::ok;
}

Exit run(const Context& context, const Options& options) {
  if (!options.listen.empty()) return serve(context, options.listen);
  for (;;) {
    auto samples = take_samples(context.root);
    if (!samples) return report(context, explain_host(samples.error()));
    const std::string text = metrics(context.root, *samples);
    if (options.textfile.empty()) {
      context.out << text;
      context.out.flush();
    } else if (auto written =
                   write_file_atomically(options.textfile, std::as_bytes(std::span(text)));
               !written) {
      Failure failure = explain_file(written.error());
      failure.next += "; or name another file with --textfile";
      return report(context, failure);
    }
    if (options.interval_s == 0 || !context.out) return Exit::ok;
    context.host->sleep(std::chrono::seconds(options.interval_s));
  }
}

}  // namespace

Action configure_exporter(CLI::App& app) {
  auto options = std::make_shared<Options>();
  auto* textfile = app.add_option("--textfile", options->textfile,
                                  "Write to this file instead of standard output, whole or not "
                                  "at all")
                       ->type_name("FILE");
  auto* interval =
      app.add_option("--interval", options->interval_s, "Write again this often; 0 is once")
          ->type_name("S")
          ->check(CLI::Range(0u, 86400u))
          ->capture_default_str();
  app.add_option("--listen", options->listen,
                 "Serve /metrics there until interrupted; a port alone is of 127.0.0.1")
      ->type_name("ADDR:PORT")
      ->excludes(textfile)
      ->excludes(interval);
  return [options](const Context& context) { return run(context, *options); };
}

}  // namespace hailo::fwtool
