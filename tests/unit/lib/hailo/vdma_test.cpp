// SPDX-License-Identifier: MIT
#include "lib/hailo/vdma.h"

#include <gtest/gtest.h>
#include <hailo/hailo_ioctl.h>

namespace hailo {
namespace {

/// Claims `count` channels after each interrupt.
class Claims : public DeviceIo {
 public:
  explicit Claims(std::uint8_t count) : count_(count) {}
  int ioctl(unsigned long command, void* argument) override {
    if (command == HAILO_VDMA_INTERRUPTS_WAIT)
      static_cast<hailo_vdma_interrupts_wait_params*>(argument)->channels_count = count_;
    else
      static_cast<hailo_vdma_interrupts_wait_params_v420*>(argument)->channels_count = count_;
    return 0;
  }

 private:
  std::uint8_t count_;
};

TEST(Vdma, ADriverThatClaimsMoreChannelsThanThereAreIsRefused) {
  for (const Abi abi : {Abi::v420, Abi::v421}) {
    Claims most(HAILO_VDMA_MAX_IRQ_ENTRIES);
    const auto events = Vdma(most, abi).wait(~0U);
    ASSERT_TRUE(events) << events.error().message;
    EXPECT_EQ(events->size(), 96U);

    Claims more(HAILO_VDMA_MAX_IRQ_ENTRIES + 1);
    const auto refused = Vdma(more, abi).wait(~0U);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Error::Code::protocol);
    EXPECT_EQ(refused.error().message, "the driver claims interrupts of 97 channels, at most 96");
  }
}

}  // namespace
}  // namespace hailo
