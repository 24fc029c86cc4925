// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <span>
#include <sstream>
#include <string>

#include "fwtool/command.h"
#include "fwtool/explain.h"
#include "fwtool/sample.h"
#include "lib/base/atomic_file.h"
#include "lib/base/text.h"
#include "lib/sys/host.h"
#include "lib/sys/module.h"

namespace hailo::fwtool {
namespace {

struct Options {
  std::string textfile;
  unsigned interval_s = 0;
};

/// A label's value in Prometheus' text format.
std::string label(const std::optional<std::string>& value) {
  std::string text;
  for (const char c : printable(value.value_or(""))) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return '"' + text + '"';
}

void head(std::ostream& out, const char* name, const char* type, const char* help) {
  out << "# HELP " << name << " " << help << "\n# TYPE " << name << " " << type << "\n";
}

/// No board is a state of things that a scraper wants to see, not a failure.
std::string metrics(const sys::Root& root, const std::vector<Sample>& samples) {
  std::ostringstream out;
  const auto loaded = sys::loaded_module(root, kModuleName);
  head(out, "hailo_module_loaded", "gauge", "Whether hailo_pci is loaded.");
  out << "hailo_module_loaded " << (loaded ? 1 : 0) << "\n";
  head(out, "hailo_boards", "gauge", "Boards that the driver has.");
  out << "hailo_boards " << samples.size() << "\n";

  head(out, "hailo_board_info", "gauge", "Firmware, release and address of a board.");
  for (const auto& [board, interrupts, temperatures, holders] : samples)
    out << "hailo_board_info{board=" << label(board.name) << ",location=" << label(board.location)
        << ",architecture=" << label(board.architecture)
        << ",firmware=" << label(board.firmware_version) << ",release=" << label(board.release)
        << "} 1\n";
  head(out, "hailo_board_running", "gauge", "Whether the board's firmware answers.");
  for (const auto& sample : samples)
    out << "hailo_board_running{board=" << label(sample.board.name)
        << ",state=" << label(sample.board.state) << "} "
        << (sample.board.state == "running" ? 1 : 0) << "\n";
  head(out, "hailo_interrupts_total", "counter", "Interrupts since the driver took the board.");
  for (const auto& sample : samples)
    if (sample.interrupts)
      out << "hailo_interrupts_total{board=" << label(sample.board.name) << "} "
          << *sample.interrupts << "\n";
  head(out, "hailo_temperature_celsius", "gauge", "Temperature of the chip.");
  for (const auto& sample : samples)
    for (const auto& [sensor, value] : sample.temperatures)
      if (value)
        out << "hailo_temperature_celsius{board=" << label(sample.board.name)
            << ",sensor=" << label(sensor) << "} " << static_cast<double>(*value) / 1000.0 << "\n";
  head(out, "hailo_holders", "gauge", "Processes that have the board open.");
  for (const auto& sample : samples)
    out << "hailo_holders{board=" << label(sample.board.name) << "} "
        << sample.holders.processes.size() << "\n";
  return out.str();
}

Exit run(const Context& context, const Options& options) {
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
      return report(context, {written.error().code == Error::Code::permission ? Exit::no_permission
                              : written.error().sys_errno == ENOSPC           ? Exit::no_space
                                                                              : Exit::failure,
                              written.error().message, "name another file with --textfile"});
    }
    if (options.interval_s == 0 || !context.out) return Exit::ok;
    context.host->sleep(std::chrono::seconds(options.interval_s));
  }
}

}  // namespace

Action configure_exporter(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("--textfile", options->textfile,
                 "Write to this file instead of standard output, whole or not at all")
      ->type_name("FILE");
  app.add_option("--interval", options->interval_s, "Write again this often; 0 is once")
      ->type_name("S")
      ->check(CLI::Range(0u, 86400u))
      ->capture_default_str();
  return [options](const Context& context) { return run(context, *options); };
}

}  // namespace hailo::fwtool
