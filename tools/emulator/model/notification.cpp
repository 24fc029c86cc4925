// SPDX-License-Identifier: MIT
#include "emulator/model/notification.h"

#include <hailo_mailbox.h>
#include <hailo_regs.h>

#include <algorithm>
#include <utility>

namespace hailo::emu {
namespace {

constexpr std::uint32_t kHead = HAILO8_ADDR_CONTROL + HAILO_FWA_NOTIFICATION;
constexpr std::uint32_t kMessage = kHead + sizeof(hailo_notification_head);

// Firmware module numbers of the header
constexpr std::uint32_t kModuleNotificationManager = 20;
constexpr std::uint32_t kModuleHealthMonitor = 22;

constexpr std::uint32_t kPriorityInfo = 0;
constexpr std::uint32_t kPriorityCritical = 1;
constexpr std::uint32_t kZoneGreen = 0;

enum EventId : std::uint32_t {
  kTemperatureAlarm = 2,
  kClosedStreams = 3,
  kOvercurrentAlert = 4,
  kClockChanged = 10,
};

struct Body {
  std::uint32_t parameter_count;
  Bytes payload;
};

Body body_of(const Event& event) {
  ByteWriter w;
  switch (event.id) {
    case 0:
      return {3, w.le32(1).le32(0).le32(1).take()};
    case 1:
      return {5, w.le32(1).le32(0).le32(1).le32(0).le32(0).take()};
    case kTemperatureAlarm:
      return {4, w.le32(event.zone).le32(0).f32(event.temperature).f32(event.temperature).take()};
    case kClosedStreams: {
      if (event.wide_closed_streams) w.le32(1).le32(1);
      const std::uint32_t count = event.wide_closed_streams ? 4 : 2;
      return {count, w.f32(event.temperature).f32(event.temperature).take()};
    }
    case kOvercurrentAlert:
      // This event knows green and red only, red is 1.
      return {4, w.le32(event.zone == 0 ? 0 : 1).f32(3000.0F).u8(event.zone == 0).take()};
    case 5:
    case 6:
      return {1, w.le16(1).take()};
    case 7:
    case 8:
      return {1, w.le32(1).take()};
    case 9:
      return {4, w.u8(0).le16(0).le16(0).le16(0).take()};
    case kClockChanged:
      return {2, w.le32(400'000'000).le32(200'000'000).take()};
    case 11:
      return {1, w.le32(1000).take()};
    case 12:
      return {5, w.le32(HAILO_STATUS_UNSUPPORTED_OPCODE).u8(0).le16(0).le16(0).le16(0).take()};
    default:
      return {1, w.le32(1).le32(0).take()};
  }
}

}  // namespace

Bytes encode_event(const Event& event, std::uint32_t sequence) {
  Body body = body_of(event);
  if (event.payload) body.payload = *event.payload;
  const bool health =
      (event.id >= kTemperatureAlarm && event.id <= kOvercurrentAlert) || event.id == kClockChanged;
  Bytes message = ByteWriter()
                      .le32(0)
                      .le32(sequence)
                      .le32(event.zone == kZoneGreen ? kPriorityInfo : kPriorityCritical)
                      .le32(health ? kModuleHealthMonitor : kModuleNotificationManager)
                      .le32(event.id)
                      .le32(body.parameter_count)
                      .le32(static_cast<std::uint32_t>(body.payload.size()))
                      .raw(body.payload)
                      .take();
  message.resize(event.length.value_or(std::min<std::uint32_t>(
      static_cast<std::uint32_t>(message.size()), HAILO_NOTIFICATION_FW_MAX)));
  return message;
}

bool NotificationBox::in_use() const {
  return (memory_.read32(kHead) & HAILO_NOTIFICATION_IN_USE_MASK) != 0;
}

void NotificationBox::put(ByteView message, std::uint16_t length, bool in_use) {
  memory_.write(kMessage, message);
  memory_.write32(kHead, static_cast<std::uint32_t>(length) << 16 | (in_use ? 1U : 0U));
}

void NotificationBox::release() {
  memory_.write32(kHead, memory_.read32(kHead) & HAILO_NOTIFICATION_LENGTH_MASK);
}

bool NotificationBox::enqueue(Bytes message) {
  if (queue_.size() == kMaxQueued) return false;
  queue_.push_back(std::move(message));
  return true;
}

std::optional<Bytes> NotificationBox::dequeue() {
  if (queue_.empty()) return std::nullopt;
  Bytes message = std::move(queue_.front());
  queue_.pop_front();
  return message;
}

}  // namespace hailo::emu
