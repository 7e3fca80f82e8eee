// Manifests, indexes and configurations: what is taken is what would be written, and names no path.
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "base/model/reference.h"
#include "engine/image/image_config_json.h"
#include "engine/image/manifest_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stack;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  try {
    const auto parsed = image::parse_manifest(text, "");
    if (const auto* manifest = std::get_if<image::Manifest>(&parsed)) {
      if (!model::is_digest(manifest->config.digest)) __builtin_trap();
      const auto again = image::parse_manifest(image::write_manifest(*manifest), "");
      if (std::get<image::Manifest>(again) != *manifest) __builtin_trap();
    } else {
      const auto& index = std::get<image::Index>(parsed);
      static_cast<void>(image::choose(index, {"linux", "amd64", ""}));
      static_cast<void>(image::offered(index));
    }
  } catch (const Error&) {
  }
  try {
    static_cast<void>(image::read_config_blob(text));
    static_cast<void>(image::read_history(text));
  } catch (const Error&) {
  }
  return 0;
}
