#include "engine/api/build_stream.h"

#include <utility>

#include "engine/api/build_wire_json.h"

namespace stack::api {

void BuildStream::run(std::shared_ptr<Exchange> exchange, const char* content_type, bool plain_failure,
                      const Start& start, Write write) {
  const auto stream = std::make_shared<BuildStream>(exchange, content_type, plain_failure, std::move(write));
  exchange->on_gone([stream] {
    if (!stream->over_ && stream->cancel_) std::exchange(stream->cancel_, {})();
  });
  if (!plain_failure) {
    exchange->open_stream(content_type);
    stream->open_ = true;
  }
  auto cancel = start([stream](const BuildEvent& event) { stream->take(event); });
  if (stream->over_) return;
  stream->cancel_ = std::move(cancel);
}

void BuildStream::take(const BuildEvent& event) {
  if (over_) return;
  over_ = is_last(event);
  const auto* failed = std::get_if<BuildFailed>(&event);
  if (!open_ && plain_failure_ && failed != nullptr) return exchange_->fail(failed->error);
  const auto* output = std::get_if<BuildStepOutput>(&event);
  if (output != nullptr && exchange_->queued() > kBehindMax) {
    left_out_[output->step] += output->bytes.size();
    return;
  }
  say_what_was_left_out();
  put(event);
  if (!over_) return;
  if (!open_) exchange_->open_stream(content_type_);
  exchange_->finish();
  cancel_ = {};
}

void BuildStream::say_what_was_left_out() {
  for (const auto& [step, bytes] : std::exchange(left_out_, {})) {
    put(BuildStepOutput{
        .step = step,
        .stream = 2,
        .bytes = "[" + std::to_string(bytes) + " bytes of output left out: the client was slower than the step]\n"});
  }
}

void BuildStream::put(const BuildEvent& event) {
  std::string text = write_(event);
  if (text.empty()) return;
  if (!std::exchange(open_, true)) exchange_->open_stream(content_type_);
  exchange_->write(std::move(text));
}

}  // namespace stack::api
