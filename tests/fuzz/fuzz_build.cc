// What builds send: reading never crashes; what can be read is written as a text that reads as the same.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/error.h"
#include "engine/api/build_wire_json.h"
#include "engine/api/docker_build_json.h"

namespace {

using namespace stack::api;

template <class Read, class Write>
void round_trip(std::string_view text, Read read, Write write) {
  try {
    const std::string written = write(read(text));
    if (write(read(written)) != written) std::abort();
  } catch (const stack::Error&) {
    // Of another shape.
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  round_trip(text, parse_build_request, build_request_json);
  round_trip(text, parse_build_event, build_event_line);
  round_trip(text, parse_build_cache, build_cache_json);
  round_trip(text, parse_build_prune, build_prune_json);
  round_trip(text, parse_build_pruned, build_pruned_json);
  try {
    Request request;
    parse_target(text, request);
    docker_build_spec(request);
    docker_prune(request, stack::Wall{});
  } catch (const stack::Error&) {
    // No such request.
  }
  try {
    docker_credentials(text);
  } catch (const stack::Error&) {
    // No such header.
  }
  return 0;
}
