// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "detect/app.h"
#include "detect/capture/camera.h"
#include "detect/capture/dma_heap.h"
#include "detect/capture/files.h"
#include "detect/capture/pixels.h"
#include "detect/capture/plugin_camera.h"
#include "detect/capture/synthetic.h"
#include "detect/describe.h"
#include "detect/display/display.h"
#include "detect/display/kms_screen.h"
#include "detect/infer/native.h"
#include "detect/infer/settings.h"
#include "detect/summary.h"
#include "detect/web/server.h"
#include "lib/base/text.h"
#include "lib/hailo/discovery.h"
#include "lib/hailo/failure.h"
#include "lib/hailo/temperature.h"
#include "lib/hef/hef.h"
#include "lib/http/endpoint.h"
#include "lib/runtime/network.h"
#include "lib/sys/end_wait.h"
#include "lib/sys/root.h"

namespace {

using hailo::Exit;
using hailo::Failure;
using hailo::Outcome;
using hailo::printable;
using hailo::stop;

namespace detect = hailo::detect;
namespace sys = hailo::sys;

constexpr const char* kFooter =
    "Exit codes:\n"
    "  0  success; the class that was expected has been seen\n"
    "  1  another failure\n"
    "  2  wrong usage\n"
    "  3  no device, or its node is missing\n"
    "  4  no permission\n"
    "  5  the device is busy\n"
    "  6  the device is dead: no answer, no result, or no firmware running\n"
    "  7  a malformed answer, or a driver that does not know the request\n"
    "  8  the device has been removed\n"
    "  9  the HEF cannot be read, is damaged, or finds nothing in pictures\n"
    " 10  the HEF is not for this board\n"
    " 11  the source, the labels or another file cannot be used\n"
    " 28  the class that was expected has not been seen\n";

constexpr std::chrono::milliseconds kLookAround{200};
constexpr const char* kListen = "127.0.0.1:8080";

struct Options {
  std::string root = "/";
  detect::ModelRequest model;
  std::string source = "camera";
  detect::CameraRequest camera;
  detect::NativeOptions native;
  unsigned result_timeout_ms = 5000;
  std::uint64_t frames = 0;  ///< 0: until a signal
  std::string expect;
  unsigned patience_s = 60;
  std::string listen;  ///< empty: with --frames nowhere, else kListen
  std::vector<std::string> hosts;
  std::optional<std::string> display;  ///< connector; empty: the first one
  bool describe = false;
  bool list_cameras = false;
};

Outcome<detect::ModelSettings> read_model(const Options& options) {
  auto settings = detect::read_settings(options.model);
  if (!settings) return stop(Exit::bad_input, settings.error().message);
  return std::move(*settings);
}

/// Opens them all, for their mistakes to be told before anything starts. With
/// one for each chip it is enough if one is good: the other may not be there.
Outcome<void> check_hefs(const detect::ModelFiles& files) {
  std::optional<hailo::Error> first;
  for (const auto& path : std::set{files.hailo8, files.hailo8l}) {
    if (path.empty()) continue;
    const auto hef = hailo::hef::Hef::open(path);
    if (hef) return {};
    if (!first) first = hef.error();
  }
  return stop(Exit::bad_hef, first ? first->message : "no HEF is named");
}

/// What "libcamera:ID" names; nothing of "libcamera". Not set for any other source.
std::optional<std::string> libcamera_id(const std::string& source) {
  constexpr std::string_view prefix = "libcamera:";
  if (source == "libcamera") return "";
  if (!source.starts_with(prefix)) return std::nullopt;
  return source.substr(prefix.size());
}

detect::OpenSource source_of(const Options& options, const sys::Root& root) {
  const std::string& source = options.source;
  const auto heap = detect::open_dma_heap(root.outside("/dev/dma_heap/system"));
  if (source == "synthetic") return [] { return detect::open_synthetic(); };
  if (source == "camera")
    return [root, heap, request = options.camera] {
      return detect::or_libcamera(
          detect::open_first_camera(root, detect::open_video_node, request, heap),
          detect::libcamera_plugin_path(), request);
    };
  if (const auto id = libcamera_id(source))
    return [id = *id, request = options.camera] {
      return detect::open_libcamera(detect::libcamera_plugin_path(), id, request);
    };
  if (source.starts_with("/dev/"))
    return [root, source, heap,
            request = options.camera]() -> hailo::Result<std::unique_ptr<detect::Source>> {
      auto node = detect::open_video_node(root.outside(source));
      if (!node) return std::unexpected(node.error());
      return detect::open_camera(std::move(*node), source, request, heap);
    };
  return [source] { return detect::open_files(source); };
}

/// Cameras come and go; a file that cannot be used is a mistake of the user.
Outcome<void> check_source(const Options& options, const detect::OpenSource& open) {
  if (options.source == "camera" || options.source.starts_with("/dev/")) return {};
  if (libcamera_id(options.source)) {
    const auto plugin = detect::CameraPlugin::load(detect::libcamera_plugin_path());
    if (!plugin)
      return stop(Exit::bad_input, plugin.error().message,
                  "install the package hailo-detect-libcamera; or install libcamera-dev and build "
                  "hailo-detect again, it makes the plugin");
    return {};
  }
  const auto source = open();
  if (!source) return stop(Exit::bad_input, source.error().message);
  return {};
}

std::optional<float> temperature(const sys::Root& root, const detect::EngineFacts& facts) {
  std::optional<float> warmest;
  for (const auto& sensor : hailo::temperatures_of(root, facts.location))
    if (sensor.millidegree)
      warmest = std::max(warmest.value_or(-1000), static_cast<float>(*sensor.millidegree) / 1000);
  return warmest;
}

/// Waiting does not cure a model of the other chip. Whoever wants a number of
/// frames wants to know at once why there are none.
bool gives_up(const Options& options, const Failure& failure, bool worked) {
  if (worked) return false;
  if (options.frames > 0) return true;
  constexpr Exit kCurable[] = {Exit::no_device, Exit::busy, Exit::dead, Exit::removed};
  return std::ranges::find(kCurable, failure.exit) == std::end(kCurable);
}

void say(const char* what, const std::string& text) {
  std::fprintf(stderr, "hailo-detect: %s: %s\n", what, text.c_str());
}

/// Tells what comes and goes, once each.
class Reporter {
 public:
  void look_at(const detect::Status& status) {
    report("camera", status.camera, camera_);
    report("board", status.chip, chip_);
  }
  void look_at(const detect::Display& display) { report("display", display.status(), display_); }

 private:
  static void report(const char* what, const detect::Part& now, detect::Part& last) {
    if (now.text == last.text && now.ready == last.ready) return;
    if (now.text != "opening") say(what, now.text);
    last = now;
  }

  detect::Part camera_{false, "opening"};
  detect::Part chip_{false, "opening"};
  detect::Part display_{false, "opening"};
};

/// Of a run that has to come to its end.
class Progress {
 public:
  explicit Progress(std::chrono::seconds patience) : patience_(patience) {}

  /// Why there has been no frame for so long, if that is so.
  std::optional<Failure> check(const detect::Status& status) {
    const auto now = std::chrono::steady_clock::now();
    if (status.frames != frames_) {
      frames_ = status.frames;
      last_ = now;
    }
    if (now - last_ < patience_) return std::nullopt;
    const std::string since = "no frame for " + std::to_string(patience_.count()) + " s; ";
    if (!status.chip.ready) return Failure{Exit::dead, since + "board: " + status.chip.text};
    if (!status.camera.ready)
      return Failure{Exit::bad_input, since + "source: " + status.camera.text};
    return Failure{Exit::dead, since + "board and source claim to work"};
  }

 private:
  std::chrono::seconds patience_;
  std::uint64_t frames_ = 0;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

Outcome<void> conclude(const Options& options, const detect::Summary& summary,
                       std::optional<std::uint32_t> expected, const detect::Status& status) {
  std::fputs(summary.json(status).c_str(), stdout);
  if (summary.frames() < options.frames)
    return stop(Exit::failure, "ended after " + std::to_string(summary.frames()) + " of " +
                                   std::to_string(options.frames) + " frames");
  if (expected && summary.frames_with(*expected) == 0)
    return stop(Exit::not_seen, printable(options.expect) + " has not been seen in " +
                                    std::to_string(summary.frames()) + " frames");
  return {};
}

/// Serves what `app` finds, which must not be started yet. Nothing if nobody
/// wants it.
Outcome<std::unique_ptr<detect::web::Server>> serve(const Options& options, detect::App& app) {
  if (options.listen.empty() && options.frames > 0) return nullptr;
  const auto endpoint =
      hailo::http::parse_endpoint(options.listen.empty() ? kListen : options.listen);
  if (!endpoint) return stop(Exit::usage, "--listen: " + endpoint.error().message);
  auto server = detect::web::Server::start({.endpoint = *endpoint, .hosts = options.hosts},
                                           [&app] { return app.status(); });
  if (!server) {
    const auto& error = server.error();
    return stop(error.code == hailo::Error::Code::permission ? Exit::no_permission : Exit::failure,
                error.message, "choose another address or port with --listen");
  }
  app.subscribe([to = server->get()](const auto& frame) { to->publish(frame); });
  say("page", "http://" + hailo::http::to_string((*server)->endpoint()) + "/");
  return std::move(*server);
}

/// Shows what `app` finds, which must not be started yet. Nothing if nobody
/// wants it.
std::unique_ptr<detect::Display> show(const Options& options, const sys::Root& root,
                                      const std::vector<std::string>& labels, detect::App& app) {
  if (!options.display) return nullptr;
  auto display = std::make_unique<detect::Display>(
      [root, connector = *options.display] { return detect::open_kms_screen(root, connector); },
      detect::DisplayOptions{.labels = labels});
  app.subscribe([to = display.get()](const auto& frame) { to->publish(frame); });
  return display;
}

Outcome<void> run(const Options& options) {
  if (options.display && !detect::has_kms())
    return stop(Exit::usage, "--display: this hailo-detect was built without libdrm",
                "install libdrm-dev and build it again");
  auto settings = read_model(options);
  if (!settings) return std::unexpected(settings.error());
  if (auto good = check_hefs(settings->files); !good) return good;
  std::optional<std::uint32_t> expected;
  if (!options.expect.empty()) {
    const auto found = detect::find_class(options.expect, settings->labels);
    if (!found) return stop(Exit::usage, found.error().message);
    expected = *found;
  }
  const sys::Root root(options.root);
  const auto open_source = source_of(options, root);
  if (auto good = check_source(options, open_source); !good) return good;
  const auto end = sys::EndWait::create();
  if (!end) return stop(Exit::failure, end.error().message);

  detect::AppOptions app_options;
  app_options.labels = settings->labels;
  // A run that is to end has no viewers to be smooth for.
  app_options.capture.rate = options.frames > 0 ? 0 : options.camera.rate;
  app_options.inference.selection = settings->selection;
  app_options.inference.temporal = settings->temporal;
  app_options.inference.result_timeout = std::chrono::milliseconds(options.result_timeout_ms);
  detect::App app(
      app_options, open_source,
      [&] { return detect::open_native(root, settings->files, options.native); },
      [&](const Failure& failure, bool worked) { return gives_up(options, failure, worked); },
      [&](const detect::EngineFacts& facts) { return temperature(root, facts); });

  detect::Summary summary(options.frames, settings->labels);
  if (options.frames > 0)
    app.subscribe([&](const std::shared_ptr<const detect::Frame>& frame) {
      if (summary.add(*frame)) end->wake();
    });
  // Goes before the app whose status it asks for, and after app.stop().
  const auto server = serve(options, app);
  if (!server) return std::unexpected(server.error());
  const auto display = show(options, root, settings->labels, app);
  app.start([&] { end->wake(); });

  Reporter reporter;
  Progress progress{std::chrono::seconds(options.patience_s)};
  std::optional<Failure> stuck;
  while (!stuck && !end->wait(kLookAround)) {
    const auto status = app.status();
    if (options.frames > 0)
      stuck = progress.check(status);
    else
      reporter.look_at(status);
    if (display) reporter.look_at(*display);
  }
  const auto status = app.status();  // while it is what it was
  end->release();
  const auto ended = app.stop();
  if (!ended) return ended;
  if (stuck) return std::unexpected(*stuck);
  if (options.frames > 0) return conclude(options, summary, expected, status);
  return {};
}

Outcome<void> describe(const Options& options) {
  const auto settings = read_model(options);
  if (!settings) return std::unexpected(settings.error());
  for (const auto& path : std::set{settings->files.hailo8, settings->files.hailo8l}) {
    if (path.empty()) continue;
    const auto hef = hailo::hef::Hef::open(path);
    if (!hef) return stop(Exit::bad_hef, hef.error().message);
    std::fputs(detect::describe(path, *hef).c_str(), stdout);
  }
  const auto boards = hailo::discover(sys::Root(options.root));
  if (!boards) return stop(Exit::failure, boards.error().message);
  for (const auto& board : *boards) {
    const auto or_unknown = [](const auto& text) { return printable(text.value_or("unknown")); };
    std::printf("board %s %s: %s, driver %s, firmware %s\n", board.name.c_str(),
                or_unknown(board.location).c_str(), or_unknown(board.architecture).c_str(),
                or_unknown(board.release).c_str(), or_unknown(board.firmware_version).c_str());
  }
  if (boards->empty()) std::puts("no board");
  return {};
}

Outcome<void> list_cameras(const Options& options) {
  const auto cameras = detect::list_cameras(sys::Root(options.root), detect::open_video_node);
  if (!cameras) return stop(Exit::failure, cameras.error().message);
  std::string text = detect::describe(*cameras);
  // It looks at the machine that it runs on, whatever --root says.
  const auto plugin = detect::CameraPlugin::load(
      sys::Root(options.root).is_machine() ? detect::libcamera_plugin_path() : "");
  if (plugin) {
    const auto others = plugin->list();
    if (others)
      text += detect::describe(*others, plugin->library());
    else
      say("libcamera", others.error().message);
  } else if (plugin.error().code != hailo::Error::Code::not_found) {
    say("libcamera", plugin.error().message);
  }
  std::fputs(text.c_str(), stdout);
  if (text.empty())
    return stop(Exit::bad_input, "there is no camera that this program can read",
                "check that /dev/video* may be opened (group video); MJPEG, YUYV, NV12, NV12M "
                "and RGB24 can be read");
  return {};
}

/// "640x480"
std::string read_size(const std::string& text, detect::CameraRequest& request) {
  unsigned width = 0;
  unsigned height = 0;
  int end = 0;
  if (text.find_first_not_of("0123456789x") != text.npos ||  // such as blanks and signs
      std::sscanf(text.c_str(), "%5ux%5u%n", &width, &height, &end) != 2 ||
      static_cast<std::size_t>(end) != text.size() || width == 0 || height == 0)
    return "give a size as 640x480";
  request.width = width;
  request.height = height;
  return "";
}

/// "NV12M"
std::string read_format(const std::string& text, detect::CameraRequest& request) {
  const auto formats = detect::readable_formats();
  const auto found = std::ranges::find(formats, text, detect::fourcc_name);
  if (found == formats.end()) return "give one of RGB24, NV12, NV12M, YUYV and MJPEG";
  request.fourcc = *found;
  return "";
}

void declare(CLI::App& app, Options& options) {
  app.set_version_flag("--version", "hailo-detect " HAILO_VERSION);
  app.footer(kFooter);
  // For tests; the empty group hides it.
  app.add_option("--root", options.root)->envname("HAILO_ROOT")->group("");
  auto* hef = app.add_option("--hef", options.model.hef, "model to run");
  app.add_option("--post-process", options.model.post_process,
                 "post-processing file of rpicam-apps; names the model unless --hef does");
  app.add_option("--labels", options.model.labels,
                 "names of the classes: one a line, or the customary JSON");
  app.add_option("--threshold", options.model.threshold, "least score; default 0.4")
      ->check(CLI::Range(0.0F, 1.0F))
      // For a range it is enough not to be outside.
      ->check([](const std::string& text) {
        return std::isnan(std::strtof(text.c_str(), nullptr)) ? text + " is not a number" : "";
      });
  app.add_option("--max-boxes", options.model.max_boxes, "most boxes of a frame; default 20")
      ->check(CLI::Range(std::size_t{1}, detect::max_boxes_limit));
  app.add_option("--source", options.source,
                 "camera (the first one), /dev/videoN, libcamera[:ID], a picture, a folder of "
                 "pictures, a file of "
                 "JPEGs (MJPEG), or synthetic")
      ->capture_default_str();
  app.add_option_function<std::string>(
         "--size",
         [&options](const std::string& text) {
           const auto wrong = read_size(text, options.camera);
           if (!wrong.empty()) throw CLI::ValidationError("--size", wrong);
         },
         "of the camera's pictures; the nearest that it has is taken")
      ->default_str("640x480");
  app.add_option_function<std::string>(
      "--format",
      [&options](const std::string& text) {
        const auto wrong = read_format(text, options.camera);
        if (!wrong.empty()) throw CLI::ValidationError("--format", wrong);
      },
      "of the camera's pictures: RGB24, NV12, NV12M, YUYV or MJPEG; default: whichever gives size "
      "and rate best");
  app.add_option("--rate", options.camera.rate,
                 "pictures a second, of the camera and of files; with --frames, files are read as "
                 "fast as the board takes them")
      ->check(CLI::Range(1U, 1000U))
      ->capture_default_str();
  app.add_option("--listen", options.listen,
                 "ADDRESS:PORT of the page; default: 127.0.0.1:8080, with --frames none");
  app.add_option("--host", options.hosts,
                 "further name of a page on a loopback address, for instance behind a proxy");
  app.add_option_function<std::string>(
         "--display", [&options](const std::string& text) { options.display = text; },
         "show the pictures with their boxes on the screen at this connector (HDMI-A-1); without "
         "a name, on the first one")
      ->type_name("[CONNECTOR]")
      ->expected(0, 1);
  app.add_option("--device", options.native.device,
                 "node, name or PCI address of the board; default: the first one");
  app.add_option("--streams", options.native.frames_in_flight, "frames in flight")
      ->check(CLI::Range(1U, hailo::runtime::max_frames_in_flight))
      ->capture_default_str();
  app.add_option("--timeout", options.result_timeout_ms, "longest wait for a result, in ms")
      ->check(CLI::Range(1U, 3600000U))
      ->capture_default_str();
  auto* frames = app.add_option("--frames", options.frames,
                                "end after so many frames and print a summary as JSON")
                     ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 24));
  app.add_option("--expect", options.expect,
                 "with --frames: fail unless this class (a name, or #0) is seen")
      ->needs(frames);
  app.add_option("--patience", options.patience_s,
                 "with --frames: longest time without a frame, in s")
      ->needs(frames)
      ->check(CLI::Range(1U, 3600U))
      ->capture_default_str();
  app.add_flag("--describe", options.describe,
               "show networks, inputs, outputs and boards, and end");
  app.add_flag("--list-cameras", options.list_cameras, "show the cameras, and end");
  app.callback([&options, hef] {
    if (!options.list_cameras && hef->empty() && options.model.post_process.empty())
      throw CLI::RequiredError("--hef or --post-process");
  });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Finds objects in what a camera sees, with a Hailo-8 board.", "hailo-detect");
  Options options;
  declare(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {  // --help, --version
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    app.exit(e);
    return static_cast<int>(Exit::usage);
  }

  const auto done = options.list_cameras ? list_cameras(options)
                    : options.describe   ? describe(options)
                                         : run(options);
  return hailo::finish("hailo-detect", done);
}
