// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>

#include "gen/hef_request.h"
#include "gen/hef_show.h"
#include "lib/base/atomic_file.h"
#include "lib/base/read_file.h"
#include "lib/hef/hef.h"

namespace {

using hailo::Error;
using hailo::Result;

namespace gen = hailo::gen;
namespace hef = hailo::hef;

// Exit codes, also in --help and in the man page.
constexpr int exit_io = 1;
constexpr int exit_usage = 2;
constexpr int exit_request = 3;
constexpr int exit_not_hef = 4;

constexpr std::uint64_t max_request_bytes = 1 << 20;

int report(const std::string& message, int code) {
  std::fprintf(stderr, "hailo-hefgen: %s\n", message.c_str());
  return code;
}

struct MakeOptions {
  std::string onnx;
  std::string spec;
  std::string output;
  std::string chip;
  std::uint32_t container_version = 2;
};

int make(const MakeOptions& options) {
  const auto json = hailo::read_file(options.spec, max_request_bytes);
  if (!json) return report(json.error().message, exit_io);
  const auto model = hailo::read_file(options.onnx, hef::Hef::max_file_bytes);
  if (!model) return report(model.error().message, exit_io);

  const auto request =
      gen::HefRequest::parse({reinterpret_cast<const char*>(json->data()), json->size()});
  if (!request) return report(options.spec + ": " + request.error().message, exit_request);
  const auto architecture =
      options.chip == "hailo8l" ? hef::Architecture::hailo8l : hef::Architecture::hailo8p;
  const auto file = gen::make_emulator_hef(*request, *model, architecture,
                                           options.container_version, "emu-" HAILO_VERSION);
  if (!file) {
    return report(options.spec + ", " + options.onnx + ": " + file.error().message, exit_request);
  }
  if (const auto written =
          hailo::write_file_atomically(options.output, std::as_bytes(std::span(*file)));
      !written) {
    return report(written.error().message, exit_io);
  }
  return 0;
}

int show(const std::string& path, bool as_json) {
  const auto file = hef::Hef::open(path);
  if (!file) {
    const auto code = file.error().code;
    const bool is_content = code == Error::Code::protocol || code == Error::Code::unsupported;
    return report(file.error().message, is_content ? exit_not_hef : exit_io);
  }
  const std::string text = as_json ? gen::hef_json(*file) : gen::hef_text(*file);
  if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0) {
    return report("cannot write to standard output", exit_io);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Makes HEF files for the emulated Hailo-8 from ONNX models, and shows any HEF.",
               "hailo-hefgen");
  app.footer(
      "Exit codes: 0 done, 1 a file cannot be read or written, 2 wrong options, 3 the JSON or\n"
      "the model is not usable, 4 the file to show is not a valid HEF.");
  app.set_version_flag("--version", "hailo-hefgen " HAILO_VERSION);
  app.require_subcommand(1);

  MakeOptions options;
  auto* make_command = app.add_subcommand("make", "make a HEF that only the emulator can run");
  make_command->add_option("--onnx", options.onnx, "the model")->required();
  make_command->add_option("--spec", options.spec, "JSON: names, shapes, quantisation, NMS")
      ->required();
  make_command->add_option("--arch", options.chip, "hailo8 or hailo8l")
      ->required()
      ->check(CLI::IsMember({"hailo8", "hailo8l"}));
  make_command->add_option("--container-version", options.container_version, "0 to 3")
      ->check(CLI::Range(0U, hef::newest_container))
      ->capture_default_str();
  make_command->add_option("-o,--output", options.output, "file to write")->required();

  std::string path;
  bool as_json = false;
  auto* show_command = app.add_subcommand("show", "print what a HEF holds");
  show_command->add_option("FILE", path)->required();
  show_command->add_flag("--json", as_json, "one JSON object");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : exit_usage;
  }
  return make_command->parsed() ? make(options) : show(path, as_json);
}
