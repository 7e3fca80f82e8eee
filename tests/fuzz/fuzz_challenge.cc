// What registries ask for, and what they say is wrong.
#include <cstdint>
#include <string_view>

#include "base/base64.h"
#include "base/error.h"
#include "engine/image/registry/challenge.h"
#include "engine/image/registry/registry_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stack;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  for (const image::Challenge& challenge : image::parse_challenges(text)) {
    if (challenge.scheme.empty()) __builtin_trap();
  }
  const std::string said = image::parse_registry_errors(text);
  if (said.size() > 600 || said.find('\n') != std::string::npos) __builtin_trap();
  try {
    static_cast<void>(image::parse_token(text));
  } catch (const Error&) {
  }
  if (decode_base64(encode_base64(text)) != text) __builtin_trap();
  static_cast<void>(decode_base64(text));
  return 0;
}
