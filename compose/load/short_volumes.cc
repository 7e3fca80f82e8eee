#include <algorithm>
#include <array>

#include "base/path_text.h"
#include "compose/load/short_forms.h"

namespace stack::compose {
namespace {

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool is_path(std::string_view source) {
  return source.starts_with('.') || source.starts_with('/') || source.starts_with('~');
}

constexpr std::array<std::string_view, 6> kPropagations{"private", "rprivate", "shared", "rshared", "slave", "rslave"};

bool apply_option(ShortVolume& volume, std::string_view option) {
  if (option == "ro") {
    volume.read_only = true;
  } else if (option == "rw") {
    volume.read_only = false;
  } else if (option == "nocopy") {
    volume.nocopy = true;
  } else if (option == "z" || option == "Z") {
    volume.selinux = option;
  } else if (std::ranges::find(kPropagations, option) != kPropagations.end()) {
    volume.propagation = option;
  } else {
    // The words that other systems know for how a bind mount is cached mean nothing on Linux.
    return option == "cached" || option == "delegated" || option == "consistent";
  }
  return true;
}

}  // namespace

const std::vector<std::string_view>& volume_options() {
  static const std::vector<std::string_view> kOptions{"ro",       "rw",     "nocopy",  "z",     "Z",     "private",
                                                      "rprivate", "shared", "rshared", "slave", "rslave"};
  return kOptions;
}

Parsed<ShortVolume> parse_volume(std::string_view text) {
  constexpr const char* kGrammar = "volumes are written [source:]target[:options]";
  const auto parts = split(text, ':');
  if (parts.size() > 3) return {{}, "\"" + std::string{text} + "\" has too many parts", kGrammar};
  if (std::ranges::any_of(parts, [](auto part) { return part.empty(); })) {
    return {{}, "\"" + std::string{text} + "\" has an empty part", kGrammar};
  }
  ShortVolume volume;
  volume.target = parts.size() == 1 ? parts[0] : parts[1];
  if (parts.size() > 1) {
    volume.source = parts[0];
    volume.bind = is_path(volume.source);
  }
  if (parts.size() == 3) {
    for (const auto option : split(parts[2], ',')) {
      if (!apply_option(volume, option)) volume.unknown.emplace_back(option);
    }
  }
  volume.target = clean_path(volume.target);
  return {std::move(volume), {}, {}};
}

Parsed<ShortDevice> parse_device(std::string_view text) {
  const auto parts = split(text, ':');
  if (parts.size() > 3 || parts[0].empty()) {
    return {{}, "\"" + std::string{text} + "\" is not a device", "devices are written source[:target[:permissions]]"};
  }
  ShortDevice device{std::string{parts[0]}, std::string{parts[0]}, "rwm"};
  if (parts.size() > 1) device.target = parts[1];
  if (parts.size() > 2) device.permissions = parts[2];
  return {std::move(device), {}, {}};
}

std::string bare_address(std::string_view text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  return std::string{text};
}

Parsed<HostEntry> parse_host(std::string_view text) {
  auto cut = text.find('=');
  if (cut == std::string_view::npos) cut = text.find(':');
  if (cut == std::string_view::npos || cut == 0 || cut + 1 == text.size()) {
    return {{}, "\"" + std::string{text} + "\" is not a host entry", "hosts are written name=address"};
  }
  HostEntry entry{std::string{text.substr(0, cut)}, {}};
  if (entry.host.find_first_of(":=") != std::string::npos) {
    return {{}, "\"" + entry.host + "\" is not a host's name", "hosts are written name=address"};
  }
  for (const auto address : split(text.substr(cut + 1), ',')) {
    if (address.empty()) return {{}, "an address of \"" + entry.host + "\" is empty", "hosts are written name=address"};
    entry.addresses.push_back(bare_address(address));
  }
  return {std::move(entry), {}, {}};
}

}  // namespace stack::compose
