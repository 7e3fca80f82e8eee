// References, platforms and addresses: reading what was written gives the same.
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "base/model/reference.h"
#include "engine/image/platform.h"
#include "engine/image/registry/url.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stack;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  try {
    const model::Reference reference = model::parse_reference(text);
    if (model::parse_reference(reference.canonical()) != reference) __builtin_trap();
    if (model::parse_reference(reference.familiar()) != reference) __builtin_trap();
    if (reference.repository.find("..") != std::string::npos) __builtin_trap();
  } catch (const Error&) {
  }
  try {
    const image::Platform platform = image::parse_platform(text);
    if (image::parse_platform(platform.text()) != platform) __builtin_trap();
  } catch (const Error&) {
  }
  if (const auto url = image::parse_url(text)) {
    const auto again = image::parse_url(url->text());
    if (!again || !again->same_origin(*url) || again->target != url->target) __builtin_trap();
    static_cast<void>(image::resolve_url(*url, text));
  }
  return 0;
}
