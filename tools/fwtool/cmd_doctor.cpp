// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "fwtool/command.h"
#include "fwtool/doctor.h"
#include "fwtool/explain.h"
#include "fwtool/options.h"

namespace hailo::fwtool {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  bool json = false;
  bool fix = false;
  bool dry_run = false;
};

void print_text(std::ostream& out, const std::vector<Finding>& findings) {
  constexpr std::size_t kSeverity = 9;  // columns
  constexpr std::size_t kCheck = 13;
  for (const auto& finding : findings) {
    std::string head = name_of(finding.severity);
    head.resize(kSeverity, ' ');
    head += finding.check;
    head.resize(kSeverity + kCheck, ' ');
    out << head << finding.seen << "\n";
    if (!finding.cure.empty())
      out << std::string(kSeverity + kCheck, ' ') << "next: " << finding.cure << "\n";
  }
}

Json to_json(const std::vector<Finding>& findings) {
  Json list = Json::array();
  for (const auto& finding : findings)
    list.push_back({{"severity", name_of(finding.severity)},
                    {"check", finding.check},
                    {"seen", finding.seen},
                    {"next", finding.cure.empty() ? Json() : Json(finding.cure)},
                    {"fix", finding.fix ? Json(finding.fix->what) : Json()}});
  return list;
}

Exit run(const Context& context, const Options& options) {
  auto findings = examine(context.root);
  std::set<std::string> fixed;  // one fix may cure several findings
  if (options.fix) {
    for (const auto& finding : findings) {
      if (!finding.fix || !fixed.insert(finding.fix->what).second || options.dry_run) continue;
      auto done = finding.fix->apply(context.root);
      if (!done)
        return report(context, {done.error().code == Error::Code::permission ? Exit::no_permission
                                                                             : Exit::failure,
                                "cannot " + finding.fix->what + ": " + done.error().message,
                                "run as root, on a file system that can be written"});
    }
    if (!options.dry_run) findings = examine(context.root);
  }

  if (options.json) {
    Json json = {{"fixed", fixed}, {"dry_run", options.dry_run}, {"findings", to_json(findings)}};
    context.out << json.dump(2) << "\n";
  } else {
    for (const auto& what : fixed)
      context.out << (options.dry_run ? "would fix " : "fixed    ") << what << "\n";
    print_text(context.out, findings);
  }
  const auto errors = std::ranges::count_if(
      findings, [](const auto& finding) { return finding.severity == Severity::error; });
  if (errors == 0) return Exit::ok;
  return report(context, {Exit::findings, std::to_string(errors) + " errors found",
                          "what follows `next:` after each"});
}

}  // namespace

Action configure_doctor(CLI::App& app) {
  auto options = std::make_shared<Options>();
  add_json(app, options->json);
  auto* fix = app.add_flag("--fix", options->fix, "Make the changes that cannot do harm");
  add_dry_run(app, options->dry_run)->needs(fix);
  return [options](const Context& context) { return run(context, *options); };
}

}  // namespace hailo::fwtool
