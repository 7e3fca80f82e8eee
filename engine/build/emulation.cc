#include "engine/build/emulation.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"

namespace stack::build {
namespace {

namespace fs = std::filesystem;

// Table: how an ELF file says what it is for (System V ABI, "ELF header": class, data, machine).
struct Machine {
  std::string_view architecture, variant;
  unsigned char bits;  // 1: 32, 2: 64
  bool little;
  unsigned char number;
};
constexpr std::array kMachines{
    Machine{"amd64", "", 2, true, 62},    Machine{"arm64", "", 2, true, 183},  Machine{"arm", "v7", 1, true, 40},
    Machine{"arm", "v6", 1, true, 40},    Machine{"arm", "v5", 1, true, 40},   Machine{"386", "", 1, true, 3},
    Machine{"riscv64", "", 2, true, 243}, Machine{"ppc64le", "", 2, true, 21}, Machine{"s390x", "", 2, false, 22},
    Machine{"mips64le", "", 2, true, 8},
};

constexpr std::size_t kHeaderBytes = 20;  // up to the machine
using Header = std::array<unsigned char, kHeaderBytes>;

Header header_of(const Machine& machine) {
  Header header{0x7f, 'E', 'L', 'F', machine.bits, static_cast<unsigned char>(machine.little ? 1 : 2), 1};
  constexpr std::size_t kType = 16, kNumber = 18;
  header[kType + (machine.little ? 0 : 1)] = 2;  // an executable
  header[kNumber + (machine.little ? 0 : 1)] = machine.number;
  return header;
}

// The rest of the line that begins with these words.
std::optional<std::string_view> line_of(std::string_view entry, std::string_view words) {
  while (!entry.empty()) {
    const std::size_t end = std::min(entry.find('\n'), entry.size());
    const std::string_view line = entry.substr(0, end);
    if (line.starts_with(words)) return line.substr(words.size());
    entry.remove_prefix(std::min(end + 1, entry.size()));
  }
  return std::nullopt;
}

std::optional<std::string> bytes_of(std::string_view hex) {
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    const int high = digit(hex[i]), low = digit(hex[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(high * 16 + low));
  }
  return bytes;
}

bool takes(const std::string& magic, const std::string& mask, const Header& header) {
  if (magic.size() < kHeaderBytes) return false;
  for (std::size_t i = 0; i < kHeaderBytes; ++i) {
    const auto relevant = i < mask.size() ? static_cast<unsigned char>(mask[i]) : 0xffU;
    if (((header.at(i) ^ static_cast<unsigned char>(magic[i])) & relevant) != 0) return false;
  }
  return true;
}

}  // namespace

bool RunPlatforms::can_run(const image::Platform& platform) const {
  return platform == host || std::ranges::find(emulated, platform) != emulated.end();
}

bool is_interpreter_of(std::string_view entry, const image::Platform& platform) {
  const auto machine = std::ranges::find_if(kMachines, [&](const Machine& each) {
    return each.architecture == platform.architecture && each.variant == platform.variant;
  });
  if (machine == kMachines.end() || platform.os != "linux" || !entry.starts_with("enabled\n")) return false;
  const auto flags = line_of(entry, "flags: ");
  if (!flags || flags->find('F') == std::string_view::npos) return false;
  const auto offset = line_of(entry, "offset "), magic = line_of(entry, "magic ");
  if (!offset || *offset != "0" || !magic) return false;
  const auto wanted = bytes_of(*magic), mask = bytes_of(line_of(entry, "mask ").value_or(""));
  return wanted && mask && takes(*wanted, *mask, header_of(*machine));
}

RunPlatforms run_platforms(const fs::path& folder) {
  RunPlatforms result{.host = image::host_platform(), .emulated = {}};
  // The processor itself runs them.
  if (result.host.architecture == "amd64") result.emulated.push_back({"linux", "386", ""});
  std::error_code none;
  for (const fs::directory_entry& file : fs::directory_iterator{folder, none}) {
    const std::string name = file.path().filename();
    if (name == "register" || name == "status") continue;
    try {
      const std::string entry = read_file(file.path()).value_or("");
      for (const Machine& machine : kMachines) {
        const image::Platform platform{"linux", std::string{machine.architecture}, std::string{machine.variant}};
        if (!result.can_run(platform) && is_interpreter_of(entry, platform)) result.emulated.push_back(platform);
      }
    } catch (const Error& error) {
      log_warning("looking for interpreters: " + error.message());
    }
  }
  return result;
}

}  // namespace stack::build
