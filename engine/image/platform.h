// What an image is made for: operating system, architecture and its variant (OCI image-spec "image index", platform), as people
// write it ("linux/arm64/v8", "arm64") and as machines call themselves ("aarch64"). Pure values, normalised as containerd does:
// arm64 has no v8, amd64 no v1, arm without a variant is v7.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stack::image {

struct Platform {
  std::string os = "linux";
  std::string architecture;
  std::string variant;

  [[nodiscard]] std::string text() const;  // "linux/arm/v7"
  bool operator==(const Platform&) const = default;
};

// Throws stack::Error(invalid) for text that is no platform.
Platform parse_platform(std::string_view text);
Platform normalised(Platform platform);
// Of this machine; `machine` is utsname's.
Platform platform_of_machine(std::string_view machine);
Platform host_platform();

// How well an image for `offered` serves who wants `wanted`: 0 perfectly, more: less so (an older variant of the same
// architecture); nothing when it cannot run there.
std::optional<int> distance(const Platform& wanted, const Platform& offered);

}  // namespace stack::image
