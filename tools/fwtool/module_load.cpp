// SPDX-License-Identifier: MIT
#include "fwtool/module_load.h"

#include <grp.h>
#include <hailo_regs.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string_view>

#include "fwtool/explain.h"
#include "lib/base/text.h"
#include "lib/hailo/firmware_files.h"
#include "lib/sys/devices.h"
#include "lib/sys/firmware_path.h"
#include "lib/sys/host.h"
#include "lib/sys/kernel_log.h"
#include "lib/sys/processes.h"

namespace hailo::fwtool {
namespace {

using std::chrono::milliseconds;
using Json = nlohmann::ordered_json;

constexpr const char* kSubsystem = "hailo_chardev";
constexpr const char* kNone = ", and no module is loaded now";
constexpr const char* kSign =
    "sign the module with a key that the firmware of this machine trusts: DKMS does it with its "
    "own, `mokutil --import /var/lib/dkms/mok.pub`, reboot, confirm; or turn Secure Boot off";

std::unexpected<Failure> failed(Exit exit, std::string what, std::string next) {
  return std::unexpected(Failure{exit, std::move(what), std::move(next)});
}

std::unexpected<Failure> not_permitted(const std::string& what) {
  return failed(
      Exit::no_permission, what + ": the kernel does not permit it",
      "run as root; in a container it takes the capability SYS_MODULE (privileged: true)");
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const auto& text : texts) all += (all.empty() ? "" : ", ") + text;
  return all;
}

/// "6.1.0-test" of "6.1.0-test SMP preempt mod_unload".
std::string kernel_of(const sys::ModuleFile& file) {
  return file.vermagic.substr(0, file.vermagic.find(' '));
}

/// How to get `file` for the kernel of that release.
std::string build_hint(const sys::ModuleFile& file, const std::string& release) {
  return "build it for this kernel: `dkms install --force hailo_pci/" +
         printable(file.version.empty() ? "VERSION" : file.version) + " -k " + printable(release) +
         "`, or `make install` in its source";
}

std::unexpected<Failure> other_kernel(const sys::ModuleFile& file, const std::string& release) {
  return failed(Exit::module_mismatch,
                printable(file.path) + " was built for kernel " +
                    printable(file.vermagic.empty() ? "unknown" : file.vermagic) +
                    ", this one is " + release,
                build_hint(file, release));
}

/// `state` is what has become of the module that was loaded before.
std::unexpected<Failure> rejected_key(const sys::ModuleFile& file, const char* state = "") {
  return failed(Exit::module_unsigned,
                "the kernel takes signed modules only (Secure Boot), and " + printable(file.path) +
                    (file.signer.empty()
                         ? " is not signed"
                         : " is signed by " + printable(file.signer) + ", whom it does not trust") +
                    state,
                kSign);
}

bool signatures_enforced(const sys::Root& root) {
  if (root.read_attribute("/sys/module/module/parameters/sig_enforce").value_or("") == "Y")
    return true;
  const std::string lockdown = root.read_attribute("/sys/kernel/security/lockdown").value_or("");
  return lockdown.contains("[integrity]") || lockdown.contains("[confidentiality]");
}

Outcome<sys::ModuleFile> find_file(const sys::Root& root, const LoadRequest& request) {
  const std::string release = root.kernel_release().value_or("");
  auto file = request.file.empty() ? sys::find_module(root, release, kModuleName)
                                   : sys::examine_module(root, request.file);
  if (!file && request.file.empty())
    return failed(Exit::module_missing, file.error().message, install_hint(release));
  if (!file)
    return failed(Exit::module_missing, file.error().message,
                  "name a hailo_pci.ko that was built for kernel " + release);
  if (file->name != kModuleName)
    return failed(Exit::module_missing,
                  printable(file->path) + " is module " + printable(file->name) + ", not hailo_pci",
                  "name a hailo_pci.ko that was built for kernel " + release);
  if (!file->vermagic.empty() && kernel_of(*file) != release) return other_kernel(*file, release);
  if (file->signer.empty() && signatures_enforced(root)) return rejected_key(*file);
  return *file;
}

Outcome<Parameters> find_parameters(const sys::Root& root, const sys::ModuleFile& file,
                                    const LoadRequest& request) {
  for (const auto& [name, value] : request.parameters) {
    if (file.parameters.empty() || std::ranges::count(file.parameters, name)) continue;
    return failed(Exit::bad_parameter, "the module has no parameter " + printable(name),
                  "use one of: " + printable(joined(file.parameters)));
  }
  auto options = sys::module_options(root, kModuleName);
  if (!options) return std::unexpected(explain_host(options.error()));
  Parameters parameters = parse_parameters(*options);
  for (const auto& [name, value] : request.parameters) parameters[name] = value;
  return parameters;
}

/// The image that a load with these parameters would bring to every board.
Outcome<FirmwareOnDisk> find_image(const sys::Root& root, const LoadRequest& request,
                                   Parameters& parameters) {
  auto folders = sys::firmware_folders(root, root.kernel_release().value_or(""));
  if (!request.firmware_folder.empty()) folders.insert(folders.begin(), request.firmware_folder);
  const auto names = firmware_names(parameters["firmware_name"], parameters["compat_version"]);
  auto image = examine_firmware(root, folders, names);
  if (!image) {
    return failed(
        Exit::no_firmware,
        "no firmware: none of " + printable(joined(names)) + " is in " + printable(joined(folders)),
        "put the firmware of your HailoRT release to /lib/firmware/hailo/hailo8_fw.bin; "
        "`hailo-fwtool doctor` shows where the kernel looks");
  }
  if (image->defect)
    return failed(
        Exit::no_firmware,
        "the driver would refuse " + printable(image->path) + ": " + image->defect->message,
        "fetch it again, for Hailo-8");
  return *image;
}

/// Why the module that is loaded will not do.
std::optional<std::string> reason_to_load(const sys::Root& root, const sys::ModuleFile& file,
                                          const Parameters& parameters,
                                          const std::optional<FirmwareOnDisk>& image,
                                          std::size_t functions, const std::vector<Board>& boards) {
  const auto loaded = sys::loaded_module(root, kModuleName);
  if (!loaded) return "the module is not loaded";
  if (file.srcversion.empty() || loaded->srcversion != file.srcversion)
    return "the module loaded has srcversion " + printable(loaded->srcversion) + ", the file " +
           printable(file.srcversion);
  if (auto difference = differing_parameter(root, parameters)) return difference;
  if (boards.size() < functions) return "the driver has not taken each board";
  for (const auto& board : boards) {
    if (board.state != "running")
      return board.name + " is " + printable(board.state.value_or("in an unknown state"));
    if (image && (!image->version || board.firmware_version != image->version->number()))
      return board.name + " runs firmware " +
             printable(board.firmware_version.value_or("unknown")) + ", on disk is " +
             (image->version ? image->version->number() : "another");
  }
  return std::nullopt;
}

std::string last_driver_message(const sys::Root& root, std::uint64_t after) {
  std::string last;
  for (const auto& message : sys::kernel_log(root).value_or(std::vector<sys::KernelMessage>{}))
    if (message.sequence > after && message.level <= 4 && message.text.starts_with("hailo"))
      last = message.text;
  return last;
}

std::uint64_t log_position(const sys::Root& root) {
  auto log = sys::kernel_log(root);
  return log && !log->empty() ? log->back().sequence : 0;
}

/// `what`, and the driver's or the kernel's last word on it.
std::string with_log(std::string what, const std::string& message) {
  return message.empty() ? what : std::move(what) + "; the kernel log says: " + printable(message);
}

/// The kernel answers EINVAL for a symbol of another version as well as for a
/// parameter that the module refuses; its log tells them apart.
bool is_about_symbols(const std::string& message) {
  return message.contains("about version of symbol") || message.contains("Unknown symbol");
}

std::unexpected<Failure> does_not_fit(const sys::Root& root, const sys::ModuleFile& file, int err,
                                      const std::string& message) {
  const char* why = err == ENOENT   ? " needs a symbol that this kernel does not have"
                    : err == EINVAL ? " needs a symbol of which this kernel has another version"
                                    : " does not fit this kernel";
  return failed(Exit::module_mismatch, with_log(printable(file.path) + why + kNone, message),
                build_hint(file, root.kernel_release().value_or("")) +
                    "; if the log names a symbol of another module, install that one");
}

Outcome<void> explain_insertion(const sys::Root& root, const LoadPlan& plan, const Error& error,
                                std::uint64_t log_start) {
  const std::string message = last_driver_message(root, log_start);
  const std::string path = printable(plan.file.path);
  switch (error.sys_errno) {
    case EEXIST: {
      // Somebody was faster, which is fine if it was the same module.
      const auto loaded = sys::loaded_module(root, kModuleName);
      if (loaded && !loaded->srcversion.empty() && loaded->srcversion == plan.file.srcversion)
        return {};
      return failed(Exit::module_in_use, "another hailo_pci was loaded meanwhile",
                    "find out who loads it (udev, modules-load.d, another container), then "
                    "`hailo-fwtool reload` again");
    }
    case EKEYREJECTED:
    case EBADMSG:
      return rejected_key(plan.file, kNone);
    case ENOENT:
    case ENOEXEC:
      return does_not_fit(root, plan.file, error.sys_errno, message);
    case EPERM:
      if (signatures_enforced(root)) return rejected_key(plan.file, kNone);
      return not_permitted("loading " + path);
    case EINVAL:
      if (is_about_symbols(message)) return does_not_fit(root, plan.file, error.sys_errno, message);
      return failed(Exit::bad_parameter,
                    with_log("the module refuses its parameters (" +
                                 printable(to_options(plan.parameters)) + ")" + kNone,
                             message),
                    "correct them on the command line or in /etc/modprobe.d/");
    default:
      return failed(Exit::failure, with_log(error.message + kNone, message), "see `dmesg | tail`");
  }
}

/// The driver has loaded and left boards alone.
Failure explain_probe(const sys::Root& root, std::uint64_t log_start) {
  Failure failure = explain_no_board(root);
  const std::string message = last_driver_message(root, log_start);
  if (!message.empty()) failure.what = with_log(failure.what, message);
  if (message.contains("irmware file")) failure.exit = Exit::no_firmware;
  return failure;
}

std::string build_of(const sys::ModuleFile& file) {
  return printable(file.path) + ", version " +
         (file.version.empty() ? "unknown" : printable(file.version)) + ", srcversion " +
         (file.srcversion.empty() ? "unknown" : printable(file.srcversion));
}

gid_t node_group() {
  const group* entry = ::getgrnam("hailo");
  return entry ? entry->gr_gid : 0;
}

/// Whether somebody makes nodes: the kernel in devtmpfs, or udev.
bool nodes_come_by_themselves(const sys::Root& root) {
  if (root.exists("/run/udev/control")) return true;
  std::istringstream mounts(root.read("/proc/self/mounts").value_or(""));
  std::string type;  // of what is mounted last, which hides the others
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream words(line);
    std::string source;
    std::string place;
    std::string kind;
    if (words >> source >> place >> kind && place == "/dev") type = kind;
  }
  return type == "devtmpfs";
}

}  // namespace

void add_load_options(CLI::App& app, LoadOptions& options) {
  app.add_option("--module", options.module,
                 "Load this file instead of the one that modprobe would load")
      ->type_name("FILE");
  // CLI11 of Debian 13 throws at a name that contains "=".
  app.add_option("PARAM", options.parameters,
                 "Module parameters, each PARAM=VALUE, over those of modprobe.d");
}

Outcome<LoadPlan> plan_load(const sys::Root& root, const LoadRequest& request) {
  auto file = find_file(root, request);
  if (!file) return std::unexpected(file.error());
  auto parameters = find_parameters(root, *file, request);
  if (!parameters) return std::unexpected(parameters.error());
  auto functions = sys::pci_functions(root, HAILO_PCI_VENDOR_ID, HAILO_PCI_DEVICE_ID_HAILO8);
  if (!functions) return std::unexpected(explain_host(functions.error()));
  auto boards = discover(root);
  if (!boards) return std::unexpected(explain_host(boards.error()));

  std::optional<FirmwareOnDisk> image;
  if (!functions->empty()) {
    Parameters wanted = *parameters;
    auto found = find_image(root, request, wanted);
    if (!found) return std::unexpected(found.error());
    image = *found;
  }
  return LoadPlan{*file, *parameters,
                  reason_to_load(root, *file, *parameters, image, functions->size(), *boards),
                  sys::loaded_module(root, kModuleName).has_value()};
}

void print(std::ostream& out, const LoadPlan& plan) {
  if (!plan.reason) {
    out << "Nothing to do: this module, these parameters and this firmware are running\n";
    return;
  }
  out << "Reason:     " << *plan.reason << "\n";
  if (plan.remove_first) out << "Remove:     hailo_pci\n";
  const std::string parameters = to_options(plan.parameters);
  out << "Load:       " << build_of(plan.file) << "\n"
      << "Parameters: " << (parameters.empty() ? "none" : printable(parameters)) << "\n";
}

Json to_json(const LoadPlan& plan, bool dry_run) {
  Json parameters = Json::object();
  for (const auto& [name, value] : plan.parameters) parameters[printable(name)] = printable(value);
  return {{"changed", plan.reason.has_value() && !dry_run},
          {"dry_run", dry_run},
          {"reason", plan.reason ? Json(*plan.reason) : Json()},
          {"module",
           {{"path", printable(plan.file.path)},
            {"version", printable(plan.file.version)},
            {"srcversion", printable(plan.file.srcversion)}}},
          {"parameters", parameters}};
}

Outcome<Parameters> read_parameters(const std::vector<std::string>& words) {
  Parameters parameters;
  for (const auto& word : words) {
    if (!word.contains('='))
      return failed(Exit::usage, printable(word) + " is no PARAM=VALUE",
                    "write it as in force_desc_page_size=4096");
    for (const auto& [name, value] : parse_parameters('"' + word + '"')) parameters[name] = value;
  }
  return parameters;
}

Outcome<void> check_unused(const sys::Root& root) {
  auto boards = discover(root);
  if (!boards) return std::unexpected(explain_host(boards.error()));
  std::string who;
  for (const auto& board : *boards) {
    auto holders = sys::holders_of(root, board.node, board.number);
    if (!holders) return std::unexpected(explain_host(holders.error()));
    for (const auto& process : holders->processes)
      who += (who.empty() ? "" : ", ") + sys::describe(process) + " holds " + board.name;
  }
  if (!who.empty())
    return failed(Exit::module_in_use, "hailo_pci is in use: " + who,
                  "stop it (`kill PID`, or `docker stop CONTAINER`), then try again");
  auto modules = root.list("/sys/module/" + std::string(kModuleName) + "/holders");
  if (modules && !modules->empty())
    return failed(Exit::module_in_use,
                  "hailo_pci is in use by module " + printable(modules->front()),
                  "`modprobe -r " + printable(modules->front()) + "`, then try again");
  return {};
}

Outcome<void> remove_module(const Context& context) {
  // udev asks a new board for its serial number, which takes a moment.
  constexpr int kTries = 20;
  constexpr milliseconds kPause{100};
  for (int i = 1;; i++) {
    auto unused = check_unused(context.root);
    if (unused) {
      auto removed = context.host->remove_module(kModuleName);
      if (removed || removed.error().sys_errno == ENOENT) return {};
      const int err = removed.error().sys_errno;
      if (err == EPERM) return not_permitted("removing hailo_pci");
      if (err != EBUSY && err != EAGAIN)
        return failed(Exit::failure, removed.error().message, "see `dmesg | tail`");
      unused =
          failed(Exit::module_in_use,
                 "hailo_pci is in use by " +
                     context.root.read_attribute("/sys/module/hailo_pci/refcnt").value_or("?") +
                     " users whom this process does not see",
                 "run as root and outside of containers, where all processes are seen: "
                 "`fuser -v /dev/hailo*`");
    }
    if (i == kTries) return unused;
    context.host->sleep(kPause);
  }
}

Outcome<void> carry_out(const Context& context, const LoadPlan& plan) {
  const std::uint64_t log_start = log_position(context.root);
  if (plan.remove_first)
    if (auto removed = remove_module(context); !removed) return removed;
  auto inserted = context.host->insert_module(context.root.outside(plan.file.path),
                                              to_options(plan.parameters));
  if (!inserted) {
    auto explained = explain_insertion(context.root, plan, inserted.error(), log_start);
    if (!explained) return explained;
  }
  auto functions =
      sys::pci_functions(context.root, HAILO_PCI_VENDOR_ID, HAILO_PCI_DEVICE_ID_HAILO8);
  if (functions && !functions->empty() &&
      std::ranges::any_of(*functions, [](const auto& function) { return function.driver.empty(); }))
    return std::unexpected(explain_probe(context.root, log_start));
  return {};
}

Outcome<std::vector<Board>> wait_for_nodes(const Context& context, milliseconds timeout) {
  const milliseconds end = context.host->now() + timeout;
  for (;;) {
    auto boards = discover(context.root);
    if (!boards) return std::unexpected(explain_host(boards.error()));
    if (boards->empty()) return std::unexpected(explain_no_board(context.root));
    Outcome<void> ready;
    for (const auto& board : *boards) {
      auto node = check_node(context.root, board);
      if (!node && board.number && !nodes_come_by_themselves(context.root)) {
        constexpr mode_t kMode = 0660;
        auto made = context.host->make_node(
            {context.root.outside(board.node), *board.number, kMode, node_group()});
        if (!made)
          return failed(Exit::no_node, made.error().message,
                        "mount devtmpfs to /dev of the container, or let it have MKNOD");
        node = check_node(context.root, board);
      }
      if (!node) ready = node;
    }
    if (ready) return *boards;
    if (context.host->now() >= end) {
      Failure failure = ready.error();
      failure.exit = Exit::no_node;
      return std::unexpected(failure);
    }
    context.host->wait_for_device(kSubsystem, end - context.host->now());
  }
}

}  // namespace hailo::fwtool
