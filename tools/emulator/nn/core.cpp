// SPDX-License-Identifier: MIT
#include "emulator/nn/core.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <exception>
#include <map>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/dnn.hpp>
#include <optional>
#include <string>
#include <utility>

#include "emulator/nn/tensor.h"
#include "lib/hef/emulator_payload.h"

namespace hailo::emu::nn {

namespace {

using hef::PayloadTensor;

struct Model {
  cv::dnn::Net net;
  std::vector<PayloadTensor> inputs;
  std::vector<PayloadTensor> outputs;
};

std::vector<int> blob_shape(const PayloadTensor& t) {
  const auto [height, width, features] = t.shape;
  const auto h = static_cast<int>(height);
  const auto w = static_cast<int>(width);
  const auto f = static_cast<int>(features);
  if (t.order == hef::WireOrder::nc) return {1, f};
  if (t.model_order == hef::ModelOrder::chw) return {1, f, h, w};
  return {1, h, w, f};
}

Result<Bytes> output_frame(const PayloadTensor& tensor, const cv::Mat& blob) {
  if (blob.type() != CV_32F || !blob.isContinuous()) {
    return fail(Error::Code::unsupported, tensor.tensor + " is no tensor of floats");
  }
  return quantise(tensor, {blob.ptr<float>(), blob.total()});
}

using Frames = std::vector<NeuralCore::Frame>;

/// May throw what OpenCV throws.
Result<Frames> run(Model& model, const Frames& inputs) {
  for (const PayloadTensor& tensor : model.inputs) {
    const auto frame = std::ranges::find(inputs, tensor.sys_index, &NeuralCore::Frame::stream);
    if (frame == inputs.end()) {
      return fail(Error::Code::protocol,
                  "no input stream has the number " + std::to_string(tensor.sys_index));
    }
    auto values = dequantise(tensor, frame->bytes);
    if (!values) return std::unexpected(values.error());
    const std::vector<int> shape = blob_shape(tensor);
    const cv::Mat blob(static_cast<int>(shape.size()), shape.data(), CV_32F, values->data());
    // A copy: what the network gets must outlive `values`.
    model.net.setInput(blob.clone(), tensor.tensor);
  }
  std::vector<cv::String> names;
  for (const PayloadTensor& tensor : model.outputs) names.push_back(tensor.tensor);
  std::vector<cv::Mat> blobs;
  model.net.forward(blobs, names);
  Frames outputs;
  for (std::size_t i = 0; i < model.outputs.size(); ++i) {
    auto bytes = output_frame(model.outputs[i], blobs[i]);
    if (!bytes) return std::unexpected(bytes.error());
    outputs.push_back({model.outputs[i].sys_index, std::move(*bytes)});
  }
  return outputs;
}

/// May throw what OpenCV throws.
Result<Model> load_model(ByteView config) {
  const auto payload = hef::decode_emulator_payload(config);
  if (!payload) return std::unexpected(payload.error());
  Model model;
  for (const PayloadTensor& tensor : payload->tensors) {
    (tensor.direction == hef::Direction::input ? model.inputs : model.outputs).push_back(tensor);
  }
  model.net = cv::dnn::readNetFromONNX(reinterpret_cast<const char*>(payload->model.data()),
                                       payload->model.size());
  model.net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
  model.net.setPreferableTarget(cv::dnn::DNN_TARGET_CPU);
  // A first frame finds what does not fit, and takes the time that a first
  // frame takes.
  Frames zeros;
  for (const PayloadTensor& tensor : model.inputs) {
    zeros.push_back({tensor.sys_index, Bytes(tensor.frame_bytes())});
  }
  if (const auto trial = run(model, zeros); !trial) return std::unexpected(trial.error());
  return model;
}

/// What `attempt` returns, or what it throws as an error.
template <typename Attempt>
auto guarded(Attempt attempt) -> decltype(attempt()) {
  try {
    return attempt();
  } catch (const cv::Exception& e) {
    return fail(Error::Code::unsupported, "OpenCV: " + e.err);
  } catch (const std::exception& e) {
    return fail(Error::Code::io, e.what());
  }
}

/// OpenCV prints every exception that it throws; ours are answered elsewhere.
int print_nothing(int, const char*, const char*, const char*, int, void*) { return 0; }

}  // namespace

/// The models that are loaded; of the worker's thread.
class OpenCvCore::Models {
 public:
  std::optional<Outcome> execute(Load& job) {
    auto model = guarded([&] { return load_model(job.payload); });
    if (!model) return Outcome{job.model, kLoaded, std::move(model.error().message), {}};
    models_.emplace(job.model, std::move(*model));
    return Outcome{job.model, kLoaded, {}, {}};
  }
  std::optional<Outcome> execute(Run& job) {
    const auto model = models_.find(job.model);
    if (model == models_.end()) return Outcome{job.model, job.token, "no model is loaded", {}};
    auto outputs = guarded([&] { return run(model->second, job.inputs); });
    if (!outputs) return Outcome{job.model, job.token, std::move(outputs.error().message), {}};
    return Outcome{job.model, job.token, {}, std::move(*outputs)};
  }
  std::optional<Outcome> execute(Unload& job) {
    models_.erase(job.model);
    return std::nullopt;
  }

 private:
  std::map<ModelId, Model> models_;
};

Result<std::unique_ptr<OpenCvCore>> OpenCvCore::create() {
  UniqueFd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event) return fail_errno(errno, "eventfd");
  cv::redirectError(print_nothing);
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  // The same sums in the same order on every machine.
  cv::setNumThreads(1);
  // Signals are for the thread that has an event loop.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::unique_ptr<OpenCvCore> core(new OpenCvCore(std::move(event)));
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return core;
}

OpenCvCore::OpenCvCore(UniqueFd event)
    : event_(std::move(event)), worker_([this](const std::stop_token& stop) { work(stop); }) {}

OpenCvCore::~OpenCvCore() = default;

NeuralCore::ModelId OpenCvCore::load(Bytes payload) {
  const ModelId model = ++last_model_;
  {
    const std::lock_guard lock(mutex_);
    jobs_.emplace_back(Load{model, std::move(payload)});
  }
  wake_.notify_one();
  return model;
}

void OpenCvCore::unload(ModelId model) {
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(jobs_, [model](const Job& job) {
      return std::visit([model](const auto& j) { return j.model == model; }, job);
    });
    waiting_ = static_cast<std::size_t>(std::ranges::count_if(
        jobs_, [](const Job& job) { return std::holds_alternative<Run>(job); }));
    jobs_.emplace_back(Unload{model});
  }
  wake_.notify_one();
}

bool OpenCvCore::submit(ModelId model, Token token, std::vector<Frame> inputs) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_ == max_waiting) return false;
    ++waiting_;
    jobs_.emplace_back(Run{model, token, std::move(inputs)});
  }
  wake_.notify_one();
  return true;
}

void OpenCvCore::cancel() {
  const std::lock_guard lock(mutex_);
  std::erase_if(jobs_, [](const Job& job) { return std::holds_alternative<Run>(job); });
  waiting_ = 0;
}

std::vector<NeuralCore::Outcome> OpenCvCore::poll() {
  if (!ready_) return {};
  const std::lock_guard lock(mutex_);
  std::uint64_t count = 0;
  // Only empties the counter; what was done is in done_.
  static_cast<void>(!::read(event_.get(), &count, sizeof count));
  ready_ = false;
  return std::exchange(done_, {});
}

void OpenCvCore::publish(Outcome outcome) {
  const std::lock_guard lock(mutex_);
  done_.push_back(std::move(outcome));
  ready_ = true;
  const std::uint64_t one = 1;
  // The counter cannot overflow: poll() empties it.
  static_cast<void>(!::write(event_.get(), &one, sizeof one));
}

void OpenCvCore::work(const std::stop_token& stop) {
  Models models;
  for (;;) {
    std::unique_lock lock(mutex_);
    if (!wake_.wait(lock, stop, [this] { return !jobs_.empty(); })) return;
    if (stop.stop_requested()) return;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    if (std::holds_alternative<Run>(job)) --waiting_;
    lock.unlock();
    auto outcome = std::visit([&](auto& j) { return models.execute(j); }, job);
    if (outcome) publish(std::move(*outcome));
  }
}

}  // namespace hailo::emu::nn
