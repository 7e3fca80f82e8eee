// What the two ends of the engine's socket say: frames of exec connections and of logs, and chunks of bodies. However the bytes are cut,
// the frames and the content are the same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "engine/api/body_framing.h"
#include "engine/api/exec_frame.h"
#include "engine/api/log_frame.h"

namespace {

template <class Reader, class Each>
std::string heard(std::string_view bytes, std::size_t step, const Each& each) {
  std::string all;
  Reader reader;
  try {
    for (std::size_t at = 0; at < bytes.size(); at += step) each(reader, bytes.substr(at, step), all);
  } catch (const stack::Error&) {
    all += "refused";
  }
  return all;
}

void feed_exec(stack::api::ExecFrameReader& reader, std::string_view bytes, std::string& all) {
  reader.feed(bytes, [&](stack::api::ExecFrame kind, std::string_view payload) {
    all += std::to_string(static_cast<int>(kind)) + ":";
    all += payload;
  });
}

void feed_log(stack::api::LogFrameReader& reader, std::string_view bytes, std::string& all) {
  reader.feed(bytes, [&](const stack::api::LogFrame& frame) {
    all += std::to_string(static_cast<int>(frame.kind)) + ":" + std::to_string(frame.source) + ":";
    all += frame.payload;
  });
}

std::string content_of(std::string_view bytes, std::size_t step) {
  std::string all;
  auto framing = stack::api::BodyFraming::of_chunks();
  try {
    while (!bytes.empty() && !framing.ended()) {
      bytes.remove_prefix(framing.skip(bytes.substr(0, step)));
      const std::string_view here = bytes.substr(0, std::min<std::uint64_t>(step, framing.content_left()));
      all += here;
      framing.pass(here.size());
      bytes.remove_prefix(here.size());
    }
  } catch (const stack::Error&) {
    return all + "refused";
  }
  return all + (framing.ended() ? "ended" + std::to_string(bytes.size()) : "unfinished");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const std::size_t whole = size == 0 ? 1 : size;
  if (heard<stack::api::ExecFrameReader>(bytes, whole, feed_exec) !=
      heard<stack::api::ExecFrameReader>(bytes, 3, feed_exec))
    std::abort();
  if (heard<stack::api::LogFrameReader>(bytes, whole, feed_log) !=
      heard<stack::api::LogFrameReader>(bytes, 5, feed_log))
    std::abort();
  if (content_of(bytes, whole) != content_of(bytes, 2)) std::abort();
  return 0;
}
