// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "detect/infer/engine.h"

namespace hailo::test {

/// A board's behaviour, kept while engines on it come and go. It finds one box
/// in each picture: its class is the picture's width.
class FakeChip {
 public:
  // How it behaves; to be set before, or through break_with().
  unsigned capacity = 2;
  bool hold = false;  ///< gives no results
  std::optional<Failure> refuses{};

  std::mutex mutex{};
  std::condition_variable changed{};
  std::optional<Error> broken{};  ///< of the engine that is open
  int opened = 0;
  int closed = 0;
  unsigned most_in_flight = 0;
  std::vector<std::string> misuse{};

  void break_with(Error::Code code, const std::string& message) {
    const std::lock_guard lock(mutex);
    broken = Error{code, message};
    changed.notify_all();
  }
  void repair() {
    const std::lock_guard lock(mutex);
    refuses.reset();
  }

  Outcome<std::unique_ptr<detect::Engine>> open() {
    const std::lock_guard lock(mutex);
    if (refuses) return std::unexpected(*refuses);
    if (opened > closed) misuse.push_back("opened twice");
    opened++;
    broken.reset();
    return std::make_unique<Engine>(*this);
  }

 private:
  class Engine : public detect::Engine {
   public:
    explicit Engine(FakeChip& chip) : chip_(chip) {}
    const detect::EngineFacts& facts() const override { return facts_; }
    unsigned capacity() const override { return chip_.capacity; }
    Result<void> submit(const Image& picture) override {
      const std::lock_guard lock(chip_.mutex);
      if (chip_.broken) return std::unexpected(*chip_.broken);
      if (widths_.size() >= chip_.capacity) chip_.misuse.push_back("too many in flight");
      widths_.push_back(picture.width);
      chip_.most_in_flight = std::max(chip_.most_in_flight, static_cast<unsigned>(widths_.size()));
      chip_.changed.notify_all();
      return {};
    }
    Result<hef::BoxesByClass> collect(std::chrono::milliseconds timeout) override {
      std::unique_lock lock(chip_.mutex);
      if (widths_.empty()) chip_.misuse.push_back("collects what was not submitted");
      chip_.changed.wait_for(lock, timeout, [&] { return !chip_.hold || chip_.broken; });
      if (chip_.broken) return std::unexpected(*chip_.broken);
      if (chip_.hold) return fail(Error::Code::timeout, "the board gave no result");
      hef::BoxesByClass boxes(widths_.front() + 1);
      widths_.pop_front();
      boxes.back().push_back({0.1F, 0.1F, 0.5F, 0.5F, 0.9F});
      return boxes;
    }
    Result<void> check() override {
      const std::lock_guard lock(chip_.mutex);
      if (chip_.broken) return std::unexpected(*chip_.broken);
      return {};
    }
    Result<void> close() override {
      const std::lock_guard lock(chip_.mutex);
      chip_.closed++;
      return {};
    }

   private:
    FakeChip& chip_;
    detect::EngineFacts facts_{.engine = "fake",
                               .network = "net 4x4",
                               .board = "HAILO8L 0000:01:00.0",
                               .location = "0000:01:00.0",
                               .driver_version = "4.21.0",
                               .firmware_version = "4.21.1"};
    std::deque<std::uint32_t> widths_;
  };
};

}  // namespace hailo::test
