#include "engine/volume/volume_store.h"

#include <algorithm>

#include <sys/mount.h>

#include "base/engine_tree.h"
#include "base/error.h"
#include "base/log.h"
#include "base/model/volume_options.h"
#include "engine/volume/mounts.h"

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

void check_folder(const std::string& name, const std::string& device) {
  std::error_code failed;
  if (fs::is_directory(device, failed)) return;
  throw Error(ErrorKind::invalid, "volume " + name + ": the device \"" + device + "\" is not a folder of this machine")
      .remedy("name an absolute path of a folder that exists");
}

}  // namespace

Store::Store(fs::path root) : root_(std::move(root)) { tree::make_folder(root_); }

model::Volume Store::create(const model::VolumeSpec& spec, Wall now) const {
  if (!is_name(spec.name)) {
    // dockerd's words: clients look for them.
    const std::string why = spec.name.size() == 1
                                ? "volume name is too short, names should be at least two alphanumeric characters"
                                : "\"" + spec.name +
                                      "\" includes invalid characters for a local volume name, only "
                                      "\"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host "
                                      "directory, use absolute path";
    throw Error(ErrorKind::invalid, "create " + spec.name + ": " + why);
  }
  if (!spec.driver.empty() && spec.driver != "local") {
    // dockerd's words and kind here too.
    throw Error(ErrorKind::not_found, "create " + spec.name + ": error looking up volume plugin " + spec.driver +
                                          ": plugin \"" + spec.driver + "\" not found")
        .remedy("use the driver local, or leave driver out");
  }
  const auto read = model::read_volume_options(spec.driver_opts);
  if (!read.fault.empty())
    throw Error(ErrorKind::invalid, "create " + spec.name + ": driver option " + read.key + ": " + read.fault);
  const model::VolumeOptions& options = read.options;
  if ((options.flags & MS_BIND) != 0) check_folder(spec.name, options.device);
  if (options.kind == model::VolumeOptions::Kind::bound) {
    tree::make_folder(root_ / spec.name);
    return {.spec = spec, .mountpoint = fs::path{options.device}.lexically_normal().string(), .created = now};
  }
  model::Volume volume{.spec = spec, .mountpoint = (root_ / spec.name / "_data").string(), .created = now};
  tree::make_folder(root_ / spec.name);
  tree::make_folder(volume.mountpoint, kDataMode);
  return volume;
}

void Store::settle(model::Volume& volume) const {
  if (model::read_volume_options(volume.spec.driver_opts).options.kind != model::VolumeOptions::Kind::mounted) return;
  const fs::path place = root_ / volume.spec.name / "_data";
  if (volume.mountpoint == place) return;
  tree::make_folder(root_ / volume.spec.name);
  tree::make_folder(place, kDataMode);
  volume.mountpoint = place.string();
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
  unmount((aside / "_data").string());
  std::error_code failed;
  fs::remove_all(aside, failed);
  if (failed) throw Error::from_errno(failed.value(), "removing " + aside.string());
}

void Store::sweep() const {
  std::error_code failed;
  for (const fs::directory_entry& entry : fs::directory_iterator{root_, failed}) {
    if (!entry.path().filename().string().starts_with(kAside)) continue;
    try {
      remove_aside(entry.path());
    } catch (const Error& error) {
      log_warning(error.message());
    }
  }
}

}  // namespace stack::volume
