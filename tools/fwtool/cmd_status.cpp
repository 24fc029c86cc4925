// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "fwtool/command.h"
#include "fwtool/explain.h"
#include "fwtool/options.h"
#include "lib/base/text.h"
#include "lib/hailo/discovery.h"
#include "lib/hailo/firmware_files.h"
#include "lib/hailo/module_parameters.h"
#include "lib/sys/firmware_path.h"
#include "lib/sys/module.h"
#include "lib/sys/processes.h"

namespace hailo::fwtool {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  bool json = false;
  std::string device;
};

struct BoardStatus {
  Board board;
  bool node_exists = false;
  std::optional<FirmwareOnDisk> firmware;
};

struct Status {
  std::string kernel;
  Result<sys::ModuleFile> module_file;
  std::optional<sys::LoadedModule> module;
  std::string alternate_path;
  std::optional<FirmwareOnDisk> firmware;  ///< for a board without a pin of its own
  std::vector<BoardStatus> boards;
};

Status collect(const sys::Root& root, const std::vector<Board>& boards) {
  const std::string kernel = root.kernel_release().value_or("");
  const auto folders = sys::firmware_folders(root, kernel);
  const std::string name = loaded_parameter(root, "firmware_name");
  auto firmware_for = [&](const std::string& pin) {
    return examine_firmware(root, folders, firmware_names(name, pin == "auto" ? "" : pin));
  };

  const std::string default_pin = loaded_parameter(root, "compat_version");
  Status status{kernel,
                sys::find_module(root, kernel, kModuleName),
                sys::loaded_module(root, kModuleName),
                sys::alternate_firmware_path(root),
                firmware_for(default_pin),
                {}};
  for (const auto& board : boards)
    status.boards.push_back(
        {board, root.exists(board.node), firmware_for(board.compat_version.value_or(default_pin))});
  return status;
}

/// Nothing where a side does not say what it was built from.
std::optional<bool> loaded_is_on_disk(const Status& status) {
  if (!status.module || !status.module_file) return std::nullopt;
  if (status.module->srcversion.empty() || status.module_file->srcversion.empty())
    return std::nullopt;
  return status.module->srcversion == status.module_file->srcversion;
}

// Text

std::string or_unknown(const std::optional<std::string>& text) {
  return text && !text->empty() ? printable(*text) : "unknown";
}

std::string describe_build(const std::string& version, const std::string& srcversion) {
  return "version " + or_unknown(version) + ", srcversion " + or_unknown(srcversion);
}

std::string describe_firmware(const std::optional<FirmwareOnDisk>& firmware,
                              const std::optional<std::string>& running) {
  if (!firmware) return "none found";
  std::string text = printable(firmware->path);
  if (firmware->version) text += ", " + firmware->version->describe();
  if (firmware->compressed) return text + ", compressed, not examined";
  if (firmware->defect) return text + ", not valid: " + firmware->defect->message;
  text += ", " + std::to_string(firmware->size) + " bytes, valid";
  if (running && *running != "none" && firmware->version && firmware->version->number() != *running)
    text += ", not what is running";
  return text;
}

void line(std::ostream& out, const char* indent, std::string label, const std::string& value) {
  constexpr std::size_t kColumn = 20;
  label = indent + label + ":";
  label.resize(std::max(kColumn, label.size() + 1), ' ');
  out << label << value << "\n";
}

void print_text(std::ostream& out, const sys::Root& root, const Status& status) {
  line(out, "", "Kernel", or_unknown(status.kernel));

  if (status.module_file)
    line(out, "", "Module On Disk",
         printable(status.module_file->path) + ", " +
             describe_build(status.module_file->version, status.module_file->srcversion));
  else
    line(out, "", "Module On Disk", "none (" + printable(status.module_file.error().message) + ")");

  std::string loaded = "no";
  if (status.module) loaded = describe_build(status.module->version, status.module->srcversion);
  if (loaded_is_on_disk(status) == false) loaded += ", not the one on disk";
  line(out, "", "Module Loaded", loaded);

  std::string path = status.alternate_path.empty() ? "none" : printable(status.alternate_path);
  if (status.alternate_path.ends_with('\n'))
    path += " (ends with a newline, the kernel finds nothing there: write it with `echo -n`)";
  line(out, "", "Alternate Path", path);
  if (status.boards.empty())
    line(out, "", "Firmware On Disk", describe_firmware(status.firmware, std::nullopt));

  for (const auto& [board, node_exists, firmware] : status.boards) {
    out << "\nBoard " << board.name << "\n";
    line(out, "  ", "Location",
         or_unknown(board.location) + " (" + or_unknown(board.device_id) + ")");
    line(out, "  ", "Node", board.node + (node_exists ? "" : " (missing)"));
    for (const auto& link : board.links) line(out, "  ", "Link", printable(link));
    line(out, "  ", "State", or_unknown(board.state));
    line(out, "  ", "State Reason", or_unknown(board.state_reason));
    line(out, "  ", "Architecture", or_unknown(board.architecture));
    line(out, "  ", "Release", or_unknown(board.release));
    line(out, "  ", "Release Pin", or_unknown(board.compat_version));
    line(out, "  ", "Page Size", or_unknown(board.page_size));
    line(out, "  ", "Firmware Running", or_unknown(board.firmware_version));
    line(out, "  ", "Firmware On Disk", describe_firmware(firmware, board.firmware_version));
    line(out, "  ", "Held By", describe_holders(root, board));
  }
}

// JSON

Json or_null(const std::optional<std::string>& text) {
  return text && !text->empty() ? Json(printable(*text)) : Json();
}

Json to_json(const std::optional<FirmwareOnDisk>& firmware) {
  if (!firmware) return nullptr;
  Json json = {{"path", printable(firmware->path)}, {"size", firmware->size}};
  json["version"] = firmware->version ? Json(firmware->version->number()) : Json();
  json["revision_word"] = firmware->version ? Json(firmware->version->revision_word) : Json();
  json["valid"] = firmware->compressed ? Json() : Json(!firmware->defect);
  json["defect"] = firmware->defect ? Json(printable(firmware->defect->message)) : Json();
  return json;
}

Json holders_json(const sys::Root& root, const Board& board) {
  auto holders = sys::holders_of(root, board.node, board.number);
  if (!holders) return nullptr;
  Json processes = Json::array();
  for (const auto& process : holders->processes)
    processes.push_back({{"pid", process.pid}, {"comm", printable(process.comm)}});
  return {{"processes", processes}, {"unreadable", holders->unreadable}};
}

Json page_size_json(const Board& board) {
  if (!board.page_size) return nullptr;
  char* end = nullptr;
  unsigned long value = std::strtoul(board.page_size->c_str(), &end, 10);
  return end != board.page_size->c_str() && *end == '\0' ? Json(value) : Json();
}

void print_json(std::ostream& out, const sys::Root& root, const Status& status) {
  Json on_disk;
  if (status.module_file)
    on_disk = {{"path", printable(status.module_file->path)},
               {"version", or_null(status.module_file->version)},
               {"srcversion", or_null(status.module_file->srcversion)}};
  Json loaded;
  if (status.module)
    loaded = {{"version", or_null(status.module->version)},
              {"srcversion", or_null(status.module->srcversion)}};
  auto same = loaded_is_on_disk(status);

  Json boards = Json::array();
  for (const auto& [board, node_exists, firmware] : status.boards) {
    boards.push_back({{"name", board.name},
                      {"location", or_null(board.location)},
                      {"device_id", or_null(board.device_id)},
                      {"node", board.node},
                      {"node_exists", node_exists},
                      {"links", board.links},
                      {"state", or_null(board.state)},
                      {"state_reason", or_null(board.state_reason)},
                      {"architecture", or_null(board.architecture)},
                      {"release", or_null(board.release)},
                      {"release_pin", or_null(board.compat_version)},
                      {"page_size", page_size_json(board)},
                      {"firmware_running", or_null(board.firmware_version)},
                      {"firmware_on_disk", to_json(firmware)},
                      {"holders", holders_json(root, board)}});
  }
  Json json = {{"kernel", or_null(status.kernel)},
               {"module",
                {{"on_disk", on_disk},
                 {"loaded", loaded},
                 {"loaded_is_on_disk", same ? Json(*same) : Json()}}},
               {"alternate_firmware_path", or_null(status.alternate_path)},
               {"firmware_on_disk", to_json(status.firmware)},
               {"boards", boards}};
  out << json.dump(2) << "\n";
}

Exit run(const Context& context, const Options& options) {
  auto boards = discover(context.root);
  if (!boards) return report(context, explain_host(boards.error()));
  std::vector<Board> shown = *boards;
  if (!options.device.empty()) {
    const Board* board = find_board(context.root, *boards, options.device);
    if (!board)
      return report(context, explain_unknown_board(context.root, options.device, *boards));
    shown = {*board};
  }

  const Status status = collect(context.root, shown);
  if (options.json)
    print_json(context.out, context.root, status);
  else
    print_text(context.out, context.root, status);

  if (shown.empty()) return report(context, explain_no_board(context.root));
  Exit exit = Exit::ok;
  for (const auto& board : shown) {
    if (board.state == "dead" || board.state == "removed")
      exit = report(context, explain_state(board));
  }
  return exit;
}

}  // namespace

Action configure_status(CLI::App& app) {
  auto options = std::make_shared<Options>();
  add_json(app, options->json);
  add_device(app, options->device, "all boards");
  return [options](const Context& context) { return run(context, *options); };
}

}  // namespace hailo::fwtool
