// SPDX-License-Identifier: MIT
#include "lib/hef/names.h"

namespace hailo::hef {

std::optional<std::string_view> name_of(Architecture architecture) {
  switch (static_cast<std::uint32_t>(architecture)) {
    case 0:
      return "HAILO8";
    case 1:
      return "HAILO8P";
    case 2:
      return "HAILO8R";
    case 3:
      return "HAILO8L";
    case 4:
      return "HAILO15M";
    case 5:
      return "HAILO10H";
    case 6:
      return "HAILO15L";
    case 100:
      return "SAGE_A0";
    case 101:
      return "SAGE_B0";
    case 102:
      return "PAPRIKA_B0";
    case 103:
      return "HAILO15H";
    case 104:
      return "GINGER";
    case 105:
      return "LAVENDER";
    case 106:
      return "PLUTO";
    default:
      return std::nullopt;
  }
}

std::optional<std::string_view> name_of(WireOrder order) {
  switch (order) {
    case WireOrder::nhwc:
      return "NHWC";
    case WireOrder::nhcw:
      return "NHCW";
    case WireOrder::nc:
      return "NC";
    case WireOrder::fcr:
      return "FCR";
    case WireOrder::bayer_rgb:
      return "BAYER_RGB";
    case WireOrder::nhw:
      return "NHW";
    case WireOrder::nms_on_chip:
      return "NMS_ON_CHIP";
    case WireOrder::f8cr:
      return "F8CR";
    case WireOrder::rgb888:
      return "RGB888";
    case WireOrder::yuy2:
      return "YUY2";
    case WireOrder::yyuv:
      return "YYUV";
    case WireOrder::yyvu:
      return "YYVU";
    case WireOrder::yyyyuv:
      return "YYYYUV";
  }
  return std::nullopt;
}

std::string_view name_of(Direction direction) {
  return direction == Direction::input ? "input" : "output";
}

bool extension_supported(std::uint32_t number) {
  constexpr std::uint32_t newest = 32;
  constexpr std::uint32_t test_one = 7;
  return number <= newest && number != test_one && number != extension::multi_network;
}

}  // namespace hailo::hef
