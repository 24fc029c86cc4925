// SPDX-License-Identifier: MIT
//
// bench_detect FILM RATE: hailo-detect as main.cpp wires it, on a driver and a
// board in memory that always find the same: film, decoder, letterbox, runtime,
// boxes, page. Prints where it listens, ends with its input.
// bench_detect --film FILE: writes the film, JPEGs one after the other.
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>
#include <string_view>

#include "detect/app.h"
#include "detect/capture/files.h"
#include "detect/capture/synthetic.h"
#include "detect/infer/native.h"
#include "detect/web/jpeg.h"
#include "detect/web/server.h"
#include "lib/http/endpoint.h"
#include "support/fake_board.h"
#include "support/networks.h"

namespace hailo {
namespace {

constexpr std::uint32_t kSide = 640;  // of the network's input, as YOLO's
constexpr std::uint32_t kWidth = 640;
constexpr std::uint32_t kHeight = 480;
constexpr std::uint64_t kPictures = 60;
constexpr int kFilmQuality = 90;
constexpr hef::NmsInfo kNms{
    .classes = 80, .max_boxes_per_class = 20, .chunks = 1, .burst_size = 21, .burst_type = 1};

/// Shapes with the noise of a sensor: a flat picture would be too easy a JPEG.
int write_film(const char* path) {
  const auto failed = [](const std::string& why) {
    std::fprintf(stderr, "bench_detect: %s\n", why.c_str());
    return 1;
  };
  auto encoder = detect::web::JpegEncoder::create(kFilmQuality);
  if (!encoder) return failed(encoder.error().message);
  std::ofstream film(path, std::ios::binary);
  std::minstd_rand random(1);
  for (std::uint64_t number = 0; number < kPictures; number++) {
    Image image = detect::draw_shapes(number, kWidth, kHeight);
    for (auto& value : image.rgb)
      value = static_cast<std::uint8_t>(
          std::clamp(static_cast<int>(value) + static_cast<int>(random() >> 8 & 15) - 8, 0, 255));
    const auto jpeg = encoder->encode(image);
    if (!jpeg) return failed(jpeg.error().message);
    film.write(reinterpret_cast<const char*>(jpeg->data()),
               static_cast<std::streamsize>(jpeg->size()));
  }
  return film.flush() ? 0 : failed(std::string("cannot write ") + path);
}

/// Six objects; flask_loop.py has the same.
Bytes answer() {
  hef::BoxesByClass boxes(kNms.classes);
  for (int i = 0; i < 6; i++) {
    const float at = 0.14F + 0.1F * static_cast<float>(i);
    boxes[static_cast<std::size_t>(i) * 10].push_back({at, at, at + 0.2F, at + 0.2F, 0.9F});
  }
  return hef::pack_nms_frame(boxes, kNms).value();
}

int run(const std::string& film, double rate) {
  test::FakeBoard board;
  const Bytes found = answer();
  board.model = [&](const std::vector<Bytes>&) { return std::vector<Bytes>{found}; };
  const hef::Hef hef = runtime::finder_hef({kSide, kSide, 3}, kNms);

  detect::AppOptions options;
  options.capture.rate = rate;
  detect::App app(
      options, [&] { return detect::open_files(film); },
      [&]() -> Outcome<std::unique_ptr<detect::Engine>> {
        Device device = board.device();
        const auto facts = runtime::ask_board(device, std::chrono::milliseconds(1000));
        if (!facts) return stop(Exit::failure, facts.error().message);
        auto engine = detect::start_native(std::move(device), *facts, hef, "", {});
        if (!engine) return stop(Exit::failure, engine.error().message);
        return std::move(*engine);
      },
      [](const Failure& failure, bool) {
        std::fprintf(stderr, "bench_detect: %s\n", failure.what.c_str());
        return true;
      },
      [](const detect::EngineFacts&) { return std::optional<float>(); });
  const auto server =
      detect::web::Server::start({.endpoint = {"127.0.0.1", 0}}, [&] { return app.status(); });
  if (!server) {
    std::fprintf(stderr, "bench_detect: %s\n", server.error().message.c_str());
    return 1;
  }
  app.subscribe([&](const auto& frame) { (*server)->publish(frame); });
  app.start([] {});
  std::printf("%s\n", to_string((*server)->endpoint()).c_str());
  std::fflush(stdout);
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) > 0) continue;
  const auto ended = app.stop();
  return ended && board.misuse.empty() ? 0 : 1;
}

}  // namespace
}  // namespace hailo

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: bench_detect FILM RATE | --film FILE\n");
    return 2;
  }
  if (std::string_view(argv[1]) == "--film") return hailo::write_film(argv[2]);
  return hailo::run(argv[1], std::atof(argv[2]));
}
