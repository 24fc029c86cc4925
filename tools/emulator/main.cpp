// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <utility>

#include "emulator/nn/core.h"
#include "emulator/vfu/server.h"
#include "lib/base/read_file.h"

namespace {

using hailo::Error;
using hailo::emu::Board;

// Exit codes, also in --help.
constexpr int exit_failure = 1;
constexpr int exit_usage = 2;
constexpr int exit_path = 3;
constexpr int exit_busy = 4;

constexpr std::uint64_t max_scenario = 1 << 20;

int exit_code(const Error& error) {
  switch (error.code) {
    case Error::Code::busy:
      return exit_busy;
    case Error::Code::invalid_argument:
    case Error::Code::not_found:
    case Error::Code::permission:
      return exit_path;
    default:
      return exit_failure;
  }
}

int report(const Error& error) {
  std::fprintf(stderr, "hailo8-emu: %s\n", error.message.c_str());
  return exit_code(error);
}

hailo::Result<void> load_scenario(hailo::emu::Device& device, const std::string& path) {
  const auto text = hailo::read_file(path, max_scenario);
  if (!text) return hailo::fail(text.error().code, "cannot read scenario: " + text.error().message);
  auto loaded = device.load_scenario({reinterpret_cast<const char*>(text->data()), text->size()});
  if (!loaded) loaded.error().message = path + ": " + loaded.error().message;
  return loaded;
}

}  // namespace

int main(int argc, char** argv) {
  hailo::emu::Config config;
  hailo::emu::vfu::ServerOptions options;
  std::string scenario;
  unsigned boot_ms = static_cast<unsigned>(config.boot_time.count());
  unsigned reset_ms = static_cast<unsigned>(config.soft_reset_time.count());
  unsigned latency_ns = 0;

  CLI::App app("A software Hailo-8: a PCIe function served over vfio-user.", "hailo8-emu");
  app.footer(
      "Prints \"ready\" when both sockets listen; ends on SIGTERM, SIGINT or the command quit.\n"
      "Exit codes: 0 ended as told, 1 failure, 2 wrong options, 3 a path cannot be used,\n"
      "4 a socket is in use by a running server.");
  app.set_version_flag("--version", "hailo8-emu " HAILO_VERSION);
  app.add_option("--socket", options.socket, "vfio-user socket to listen on")->required();
  app.add_option("--control", options.control, "control socket to listen on")->required();
  app.add_option("--board", config.board, "hailo8 or hailo8l; default: hailo8")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, Board>{{"hailo8", Board::hailo8}, {"hailo8l", Board::hailo8l}}));
  app.add_option("--serial", config.serial, "serial number string; default: the board's");
  app.add_option("--part", config.part, "part number string; default: the board's");
  app.add_option("--product", config.product, "product name string; default: the board's");
  app.add_option("--boot-time", boot_ms, "milliseconds from trigger to boot done")
      ->check(CLI::Range(0, 600'000))
      ->capture_default_str();
  app.add_option("--soft-reset-time", reset_ms, "milliseconds from doorbell to reset done")
      ->check(CLI::Range(0, 600'000))
      ->capture_default_str();
  app.add_option("--read-latency", latency_ns, "nanoseconds added to each BAR read")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  app.add_option("--fps", config.fps, "frames per second of a network, 0 for as many as it can")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  app.add_option("--trace", options.trace, "file for one line per BAR access");
  app.add_option("--scenario", scenario, "file with control commands to execute");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : exit_usage;
  }
  config.boot_time = std::chrono::milliseconds(boot_ms);
  config.soft_reset_time = std::chrono::milliseconds(reset_ms);
  options.read_latency = std::chrono::nanoseconds(latency_ns);

  // Before the server, which uses it until its end.
  auto core = hailo::emu::nn::OpenCvCore::create();
  if (!core) return report(core.error());
  options.core = core->get();
  options.core_fd = (*core)->fd();

  auto server = hailo::emu::vfu::Server::create(std::move(config), std::move(options));
  if (!server) return report(server.error());

  if (!scenario.empty()) {
    if (const auto loaded = load_scenario((*server)->device(), scenario); !loaded) {
      return report(loaded.error());
    }
  }

  std::puts("ready");
  std::fflush(stdout);
  if (const auto end = (*server)->run(); !end) return report(end.error());
  return 0;
}
