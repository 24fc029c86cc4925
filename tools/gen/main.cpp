// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "gen/fw_defect.h"
#include "gen/fw_image.h"
#include "lib/base/atomic_file.h"

namespace {

using hailo::Error;

namespace gen = hailo::gen;

// Exit codes, also in --help.
constexpr int exit_failure = 1;
constexpr int exit_usage = 2;

int report(const Error& error, int code) {
  std::fprintf(stderr, "hailo-fwgen: %s\n", error.message.c_str());
  return code;
}

void list_defects() {
  for (const auto& defect : gen::defects()) {
    std::printf("%-24.*s %.*s\n", static_cast<int>(defect.name.size()), defect.name.data(),
                static_cast<int>(defect.meaning.size()), defect.meaning.data());
  }
}

}  // namespace

int main(int argc, char** argv) {
  gen::FwSpec spec;
  std::string version = "4.20.0";
  std::size_t total = 167'936;
  std::string defect_name;
  std::string output;
  bool list = false;

  CLI::App app("Makes firmware images of a Hailo-8 for tests; no real code is in them.",
               "hailo-fwgen");
  app.footer(
      "Without any size option the file has 167936 bytes; with a part option the parts not\n"
      "named are as small as they can be.  The same options always give the same bytes.\n"
      "Exit codes: 0 written, 1 the file cannot be written, 2 wrong options.");
  app.set_version_flag("--tool-version", "hailo-fwgen " HAILO_VERSION);
  app.add_option("--version", version, "firmware version X.Y.Z")->capture_default_str();
  auto* size = app.add_option("--size", total, "bytes of the whole file");
  for (auto [name, to, text] :
       {std::tuple{"--app-size", &spec.sizes.app, "bytes of app code"},
        std::tuple{"--core-size", &spec.sizes.core, "bytes of core code"},
        std::tuple{"--key-size", &spec.sizes.key, "bytes of key certificate"},
        std::tuple{"--content-size", &spec.sizes.content, "bytes of content certificate"}}) {
    app.add_option(name, *to, text)->excludes(size);
  }
  app.add_flag("--develop", spec.develop, "mark as a development build");
  app.add_flag("--fill", spec.constant_fill,
               "constant bytes: app A0, key B0, core C0, content D0; else pseudo-random");
  app.add_option("--seed", spec.seed, "of the pseudo-random bytes")->capture_default_str();
  app.add_option("--defect", defect_name, "one thing to be wrong, see --list-defects");
  app.add_flag("--list-defects", list, "print the defects and exit");
  app.add_option("-o,--output", output, "file to write");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : exit_usage;
  }
  if (list) {
    list_defects();
    return 0;
  }
  if (output.empty()) {
    return report({Error::Code::invalid_argument, "no output file, use -o FILE"}, exit_usage);
  }

  const auto parsed = gen::FwVersion::parse(version);
  if (!parsed) return report(parsed.error(), exit_usage);
  spec.version = *parsed;

  const bool by_parts = app.count("--app-size") + app.count("--core-size") +
                            app.count("--key-size") + app.count("--content-size") >
                        0;
  if (!by_parts) {
    const auto sizes = gen::FwSizes::for_total(total);
    if (!sizes) return report(sizes.error(), exit_usage);
    spec.sizes = *sizes;
  }
  if (const auto good = spec.sizes.check(); !good) return report(good.error(), exit_usage);

  const gen::Defect* defect = nullptr;
  if (!defect_name.empty()) {
    defect = gen::find_defect(defect_name);
    if (defect == nullptr) {
      return report(
          {Error::Code::invalid_argument, "no defect " + defect_name + ", see --list-defects"},
          exit_usage);
    }
  }
  const gen::Bytes image = defect != nullptr ? defect->build(spec) : gen::build_image(spec);
  if (const auto written = hailo::write_file_atomically(output, image); !written) {
    return report(written.error(), exit_failure);
  }
  return 0;
}
