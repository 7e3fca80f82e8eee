#include "engine/image/platform.h"

#include <algorithm>
#include <array>

#include <sys/utsname.h>

#include "base/error.h"

namespace stack::image {
namespace {

constexpr std::size_t kPartBytesMax = 64;

// The number of "v7"; 0 when there is none.
int level_of(const Platform& platform) {
  const std::string& text = platform.variant;
  if (text.empty()) return platform.architecture == "arm64" ? 8 : platform.architecture == "amd64" ? 1 : 0;
  if (text.size() != 2 || text[0] != 'v' || text[1] < '1' || text[1] > '9') return 0;
  return text[1] - '0';
}

std::string lower(std::string_view text) {
  std::string out;
  for (const char c : text) out += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return out;
}

bool is_part(std::string_view text) {
  return !text.empty() && text.size() <= kPartBytesMax && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  });
}

}  // namespace

std::string Platform::text() const { return os + "/" + architecture + (variant.empty() ? "" : "/" + variant); }

Platform normalised(Platform p) {
  p.os = lower(p.os);
  p.architecture = lower(p.architecture);
  p.variant = lower(p.variant);
  if (p.os == "macos") p.os = "darwin";
  if (p.architecture == "x86_64" || p.architecture == "x86-64") p.architecture = "amd64";
  if (p.architecture == "i386") p.architecture = "386";
  if (p.architecture == "aarch64") p.architecture = "arm64";
  if (p.architecture == "armhf") p = {p.os, "arm", "v7"};
  if (p.architecture == "armel") p = {p.os, "arm", "v6"};
  if (p.variant.size() == 1 && p.variant[0] >= '0' && p.variant[0] <= '9') p.variant.insert(0, "v");
  if (p.architecture == "arm64" && p.variant == "v8") p.variant.clear();
  if (p.architecture == "amd64" && p.variant == "v1") p.variant.clear();
  if (p.architecture == "386") p.variant.clear();
  if (p.architecture == "arm" && p.variant.empty()) p.variant = "v7";
  return p;
}

Platform parse_platform(std::string_view text) {
  const auto refuse = [&] {
    Error error{ErrorKind::invalid, "invalid platform \"" + std::string{text} + "\""};
    throw error.remedy("write it as in linux/amd64, linux/arm64 or linux/arm/v7");
  };
  std::vector<std::string> parts;
  for (std::string_view rest = text;;) {
    const std::size_t slash = rest.find('/');
    if (!is_part(rest.substr(0, slash)) || parts.size() == 3) refuse();
    parts.emplace_back(rest.substr(0, slash));
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 1);
  }
  if (parts.size() > 1) return normalised({parts[0], parts[1], parts.size() == 3 ? parts[2] : ""});
  const std::string word = lower(parts[0]);
  if (word == "linux" || word == "windows" || word == "darwin" || word == "freebsd") {
    Platform host = host_platform();
    host.os = word;
    return host;
  }
  // One word alone has to be a known one: a slip would make an image that runs nowhere.
  Platform platform = normalised({"linux", word, ""});
  constexpr std::array kArchitectures{"386",    "amd64",    "arm",     "arm64",   "loong64", "mips", "mipsle",
                                      "mips64", "mips64le", "ppc64le", "riscv64", "s390x",   "wasm"};
  if (std::find(kArchitectures.begin(), kArchitectures.end(), platform.architecture) == kArchitectures.end()) refuse();
  return platform;
}

Platform platform_of_machine(std::string_view machine) {
  if (machine.starts_with("armv")) return normalised({"linux", "arm", "v" + std::string{machine.substr(4, 1)}});
  if (machine == "i686" || machine == "i586") return {"linux", "386", ""};
  if (machine == "loongarch64") return {"linux", "loong64", ""};
  return normalised({"linux", std::string{machine}, ""});
}

Platform host_platform() {
  utsname name{};
  ::uname(&name);
  return platform_of_machine(name.machine);
}

std::optional<int> distance(const Platform& wanted, const Platform& offered) {
  const Platform want = normalised(wanted), offer = normalised(offered);
  if (want.os != offer.os || want.architecture != offer.architecture) return std::nullopt;
  if (want.variant == offer.variant) return 0;
  const int most = level_of(want), has = level_of(offer);
  if (most == 0 || has == 0 || has > most) return std::nullopt;
  return most - has;
}

}  // namespace stack::image
