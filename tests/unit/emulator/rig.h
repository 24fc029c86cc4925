// SPDX-License-Identifier: MIT
#pragma once

#include <hailo_fw_image.h>
#include <hailo_mailbox.h>
#include <hailo_regs.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "emulator/model/device.h"
#include "emulator/model/wire.h"

namespace hailo::emu::test {

using namespace std::chrono_literals;

/// A file of tests/vectors.
Bytes vector_file(const std::string& name);

/// Counts MSIs; guest memory is only where a test has put some.
class Recorder : public Host {
 public:
  void send_msi() override {
    ++msis;
    if (memory != nullptr) memory->send_msi();
  }
  bool dma_read(std::uint64_t iova, std::span<std::byte> to) override {
    return memory != nullptr && memory->dma_read(iova, to);
  }
  bool dma_write(std::uint64_t iova, std::span<const std::byte> from) override {
    return memory != nullptr && memory->dma_write(iova, from);
  }
  std::span<std::byte> dma_span(std::uint64_t iova, std::size_t size, bool write) override {
    return memory == nullptr ? std::span<std::byte>() : memory->dma_span(iova, size, write);
  }

  unsigned msis = 0;
  Host* memory = nullptr;
};

struct Image {
  std::uint32_t major = 4;
  std::uint32_t minor = 23;
  std::uint32_t app_size = 80;
  std::uint32_t core_size = 80;

  Bytes app_header() const;
  Bytes core_header() const;
};

/// A device on a bus, and the moves a driver makes.  The written-out order and
/// values are those of the specification, not those of our driver.
class Rig {
 public:
  explicit Rig(Config config = {}, NeuralCore* core = nullptr);

  std::uint32_t r0(std::uint32_t offset) { return device.bar_read(0, offset, 4); }
  void w0(std::uint32_t offset, std::uint32_t value) { device.bar_write(0, offset, 4, value); }
  std::uint32_t r4(std::uint32_t offset) { return device.bar_read(4, offset, 4); }
  void w4(std::uint32_t offset, std::uint32_t value) { device.bar_write(4, offset, 4, value); }

  void pass(Time duration);  ///< lets time pass

  /// Configuration space as the PCI core leaves it: memory, master, MSI.
  void enable();
  void power(unsigned state);  ///< 0: D0, 3: D3hot
  void unmask() { w0(HAILO_REG_IMASK, 0xff00ffff); }
  void point_entry0(std::uint32_t target);

  /// The helper of spec 4.5: save entry 0, move it, write, restore it.
  void device_write(std::uint32_t address, ByteView bytes);
  std::uint32_t device_read32(std::uint32_t address);

  void upload(const Image& image);              ///< writes 1 to 6 of spec 5.5
  void upload(ByteView file);                   ///< the same from an image file
  void trigger();                               ///< write 9 of spec 5.5
  void boot(const Image& image = {});           ///< to "running", as a driver at probe
  void boot_and_open(const Image& image = {});  ///< boot mode left, interrupts on

  void put_request(ByteView mailbox);  ///< digest, length, payload
  /// Payload of the response; none if there was no interrupt.  Clears status.
  std::optional<Bytes> control(unsigned doorbell, ByteView payload);
  Bytes response();  ///< digest, length, payload as they lie there
  std::optional<Bytes> take_response();

  nlohmann::json command(std::string_view line);  ///< expects ok
  std::string error_of(std::string_view line);    ///< expects not ok
  std::string state() { return command("state")["state"]; }
  std::uint64_t ub() { return command("counters")["ub"]; }
  /// True if `name` is the only violation there was; forgets it.
  bool only_ub(std::string_view name);

  Recorder host;
  Device device;
  Time now{0};
};

/// Request payload from an opcode and parameters.
Bytes request(std::uint32_t opcode, const std::vector<Bytes>& parameters = {});
Bytes be32(std::uint32_t value);
std::uint32_t status_of(ByteView response);
/// The Nth parameter of a response payload; fails the test if it is not there.
Bytes parameter(ByteView response, std::size_t index);

}  // namespace hailo::emu::test
