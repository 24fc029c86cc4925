// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/result.h"
#include "lib/hef/container.h"
#include "lib/hef/names.h"
#include "lib/hef/stream.h"

namespace hailo::hef {

/// Configuration data of one fetch by one config channel; the views live as
/// long as the Hef.
struct ConfigGroup {
  std::uint8_t channel = 0;
  std::vector<ByteView> bursts;  ///< to be sent one after the other

  std::uint64_t bytes() const;
};

/// Lets the frame of this input in.
struct AllowInput {
  std::uint32_t sys_index;
};

/// Something else the device would be told to do, by the file's name for it.
struct OtherAction {
  std::string_view name;
};

using Action = std::variant<ConfigGroup, AllowInput, OtherAction>;

enum class Trigger { none, lcu, all_data_sent, nms, dma_idle };

struct Operation {
  Trigger trigger = Trigger::none;
  std::uint32_t trigger_stream = 0;  ///< of all_data_sent and dma_idle
  std::vector<Action> actions;
};

struct Context {
  std::string name;
  std::vector<Operation> operations;
  /// Layers that stay inside: between contexts, or buffered in host memory.
  std::vector<Stream> inner_streams;
};

/// One compiled form of a network group.
struct Variant {
  std::optional<std::uint32_t> layout;  ///< cluster bitmap, of a multi-layout file
  std::uint32_t config_channels = 1;
  std::vector<Operation> preliminary;
  std::vector<Context> contexts;
  std::vector<Stream> streams;  ///< between host and device, in file order

  const Stream* find_stream(std::string_view name) const;
};

enum class OpKind {
  core,
  yolo_nms,
  yolox_nms,
  ssd_nms,
  iou,
  yolo_seg,
  yolov8_nms,
  argmax,
  softmax,
};

std::string_view name_of(OpKind kind);

struct Pad {
  std::uint32_t index = 0;
  std::string name;
};

/// A step of a net-flow file; all but the core run on the host.
struct Op {
  std::string name;
  OpKind kind = OpKind::core;
  std::vector<Pad> inputs;
  std::vector<Pad> outputs;
};

struct PadEdge {
  std::uint32_t from;  ///< pad_index of a stream
  std::uint32_t to;    ///< index of an op's input pad
};

struct Group {
  std::string name;
  double fps = 0;  ///< the compiler's estimate
  std::vector<std::string> network_names;
  std::vector<Variant> variants;  ///< at least one
  std::vector<Op> ops;            ///< empty in the legacy form
  std::vector<PadEdge> pad_edges;
  std::vector<std::string> sorted_outputs;  ///< as users are given them

  /// The one that names and shapes are taken from: of the smallest layout.
  const Variant& reference() const;
};

struct Features {
  bool net_flow = false;
  bool nms_burst = false;
  bool run_asap = false;
  bool batch_register_config = false;
  bool scale_per_feature = false;
  bool dual_direction_stream_index = false;
  bool periph_calculation = false;
  bool hw_padding = false;     ///< optional
  bool multi_network = false;  ///< optional
  bool shared_config = false;
};

/// The device a file is to be loaded into.
enum class Chip { hailo8, hailo8l };

/// A HEF, read and checked as a whole. Nothing in it points outside.
class Hef {
 public:
  static constexpr std::size_t max_file_bytes = std::size_t{1} << 30;

  /// Reads the file once; later changes to it do not matter.
  static Result<Hef> open(const std::string& path);
  static Result<Hef> from_bytes(Bytes file);

  Hef(Hef&&) = default;
  Hef& operator=(Hef&&) = default;
  Hef(const Hef&) = delete;
  Hef& operator=(const Hef&) = delete;

  std::uint32_t container_version() const { return container_version_; }
  Architecture architecture() const { return architecture_; }
  const std::string& sdk_version() const { return sdk_version_; }
  const Features& features() const { return features_; }

  /// At least one; the file's last one is the first here, as in HailoRT.
  const std::vector<Group>& groups() const { return groups_; }

  /// The form of `group` for a device whose identification gave this cluster
  /// layout. A Hailo-8 takes a Hailo-8L's file too, and runs slower.
  Result<const Variant*> select(const Group& group, Chip chip, std::uint32_t layout) const;

 private:
  friend class Parser;
  Hef() = default;

  // What the views in the groups point into. A moved vector or deque keeps its
  // elements where they are.
  Bytes file_;
  std::deque<std::string> inline_ccws_;

  std::uint32_t container_version_ = 0;
  Architecture architecture_ = Architecture::hailo8;
  std::string sdk_version_;
  Features features_;
  std::vector<Group> groups_;
};

}  // namespace hailo::hef
