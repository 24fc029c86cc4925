// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

#include "fwtool/command.h"
#include "fwtool/explain.h"
#include "fwtool/open_board.h"
#include "fwtool/options.h"
#include "lib/base/text.h"
#include "lib/hailo/discovery.h"

namespace hailo::fwtool {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  bool json = false;
  unsigned timeout_ms = 1000;
  std::string device;
};

std::string or_not_available(const std::string& text) {
  return text.empty() ? "<N/A>" : printable(text);
}

void print_text(std::ostream& out, const Identity& identity) {
  out << "Control Protocol Version: " << identity.protocol_version << "\n"
      << "Firmware Version: " << identity.firmware_version.describe() << "\n"
      << "Logger Version: " << identity.logger_version << "\n"
      << "Board Name: " << or_not_available(identity.board_name) << "\n"
      << "Device Architecture: " << architecture_name(identity.device_architecture) << "\n"
      << "Serial Number: " << or_not_available(identity.serial_number) << "\n"
      << "Part Number: " << or_not_available(identity.part_number) << "\n"
      << "Product Name: " << or_not_available(identity.product_name) << "\n";
}

Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(printable(text)); }

void print_json(std::ostream& out, const Board& board, const Identity& identity) {
  const FirmwareVersion& version = identity.firmware_version;
  Json json = {
      {"device", board.node},
      {"location", text_or_null(board.location.value_or(""))},
      {"control_protocol_version", identity.protocol_version},
      {"firmware_version", version.number()},
      {"firmware_revision_word", version.revision_word},
      {"firmware_flags",
       {{"develop", version.is_develop()},
        {"core", version.is_core()},
        {"extended_context_switch_buffer", version.has_extended_context_switch_buffer()},
        {"second_stage", version.is_second_stage()}}},
      {"logger_version", identity.logger_version},
      {"board_name", text_or_null(identity.board_name)},
      {"device_architecture", architecture_name(identity.device_architecture)},
      {"device_architecture_number", identity.device_architecture},
      {"serial_number", text_or_null(identity.serial_number)},
      {"part_number", text_or_null(identity.part_number)},
      {"product_name", text_or_null(identity.product_name)},
  };
  out << json.dump(2) << "\n";
}

Exit run(const Context& context, const Options& options) {
  auto board = choose_board(context, options.device);
  if (!board) return report(context, board.error());
  auto device = open_board(context, *board);
  if (!device) return report(context, device.error());
  auto identity = device->identify(std::chrono::milliseconds(options.timeout_ms));
  if (!identity) return report(context, explain_board(context.root, *board, identity.error()));

  if (options.json)
    print_json(context.out, *board, *identity);
  else
    print_text(context.out, *identity);
  return Exit::ok;
}

}  // namespace

Action configure_identify(CLI::App& app) {
  auto options = std::make_shared<Options>();
  add_json(app, options->json);
  add_timeout(app, options->timeout_ms, 60000, "the answer");
  add_device(app, options->device);
  return [options](const Context& context) { return run(context, *options); };
}

}  // namespace hailo::fwtool
