#include "engine/volume/store.h"

#include <algorithm>

#include "engine/base/engine_tree.h"
#include "engine/base/error.h"

namespace stack::volume {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kAside = ".removed-";
constexpr mode_t kDataMode = 0755;  // what a container finds there when its image has nothing at the place
constexpr std::size_t kNameBytesMax = 255 - 16;

bool is_name(std::string_view name) {
  const auto alnum = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  return name.size() >= 2 && name.size() <= kNameBytesMax && alnum(name.front()) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return alnum(c) || c == '_' || c == '.' || c == '-'; });
}

// The folder of the host that a volume with the options of a bind mount stands for; empty without options.
fs::path bound_folder(const model::VolumeSpec& spec) {
  if (spec.driver_opts.empty()) return {};
  const auto option = [&](const char* name) {
    const auto found = spec.driver_opts.find(name);
    return found == spec.driver_opts.end() ? std::string{} : found->second;
  };
  const std::string wishes = "," + option("o") + ",";
  const bool bind = wishes.find(",bind,") != std::string::npos || wishes.find(",rbind,") != std::string::npos;
  for (const auto& [name, value] : spec.driver_opts) {
    if (bind && (name == "type" || name == "o" || name == "device")) continue;
    throw Error(ErrorKind::unsupported, "volume " + spec.name + ": this engine does not support the driver option \"" +
                                            name + ": " + value + "\"")
        .remedy("it knows those of a folder of the host: type: none, o: bind, device: /PATH");
  }
  const fs::path device = option("device");
  std::error_code failed;
  if (!device.is_absolute() || !fs::is_directory(device, failed)) {
    throw Error(ErrorKind::invalid,
                "volume " + spec.name + ": the device \"" + device.string() + "\" is not a folder of this machine")
        .remedy("name an absolute path of a folder that exists");
  }
  return device.lexically_normal();
}

}  // namespace

Store::Store(fs::path root) : root_(std::move(root)) { tree::make_folder(root_); }

model::Volume Store::create(const model::VolumeSpec& spec, Wall now) const {
  if (!is_name(spec.name)) {
    throw Error(ErrorKind::invalid,
                "invalid volume name \"" + spec.name +
                    "\": letters, digits, '_', '.' and '-', at least two, the first a letter or digit");
  }
  if (!spec.driver.empty() && spec.driver != "local") {
    throw Error(ErrorKind::unsupported,
                "volume " + spec.name + ": this engine has no volume driver \"" + spec.driver + "\"")
        .remedy("use the driver local, or leave driver out");
  }
  const fs::path bound = bound_folder(spec);
  if (!bound.empty()) {
    tree::make_folder(root_ / spec.name);
    return {.spec = spec, .mountpoint = bound.string(), .created = now};
  }
  model::Volume volume{.spec = spec, .mountpoint = (root_ / spec.name / "_data").string(), .created = now};
  tree::make_folder(root_ / spec.name);
  tree::make_folder(volume.mountpoint, kDataMode);
  return volume;
}

fs::path Store::set_aside(const model::Volume& volume, std::string_view unique) const {
  const fs::path aside = root_ / (std::string{kAside} + std::string{unique});
  std::error_code failed;
  fs::rename(root_ / volume.spec.name, aside, failed);
  if (failed == std::errc::no_such_file_or_directory) return {};
  if (failed) throw Error::from_errno(failed.value(), "removing volume " + volume.spec.name);
  return aside;
}

void Store::remove_aside(const fs::path& aside) {
  std::error_code failed;
  fs::remove_all(aside, failed);
  if (failed) throw Error::from_errno(failed.value(), "removing " + aside.string());
}

void Store::sweep() const {
  for (const fs::directory_entry& entry : fs::directory_iterator{root_}) {
    if (entry.path().filename().string().starts_with(kAside)) remove_aside(entry.path());
  }
}

}  // namespace stack::volume
