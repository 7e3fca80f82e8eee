// Mounts of a container that is created: Binds, Mounts, Tmpfs and Volumes.
#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>

#include "base/mount_target.h"
#include "base/split.h"
#include "engine/api/codec_json.h"
#include "engine/api/container_creation_json.h"

namespace stack::api {

using nlohmann::json;

namespace {

constexpr std::array kPropagations{"private", "rprivate", "shared", "rshared", "slave", "rslave"};

bool is_propagation(const std::string& word) {
  return std::find(kPropagations.begin(), kPropagations.end(), word) != kPropagations.end();
}

// What dockerd says of a target; nothing when it will do.
std::string fault_of_target(const std::string& target) {
  if (target.empty() || target.front() != '/')
    return "invalid mount path: '" + target + "' mount path must be absolute";
  return clean_target(target) == "/" ? "invalid specification: destination can't be '/'" : "";
}

void check_target(const std::string& target) {
  if (const std::string fault = fault_of_target(target); !fault.empty()) throw Error(ErrorKind::invalid, fault);
}

std::string mount_of_type(const std::string& type) { return "invalid mount config for type \"" + type + "\": "; }

// dockerd's status for a bind that it cannot read is 500.
[[noreturn]] void refuse_bind(const std::string& spec, const std::string& why = "") {
  throw Error("invalid volume specification: '" + spec + "'" + (why.empty() ? "" : ": " + why));
}

void check_volume_name(const std::string& name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '-';
  };
  const bool begins = !name.empty() && name.front() != '_' && name.front() != '.' && name.front() != '-';
  if (name.size() == 1) {
    throw Error(ErrorKind::invalid, "create " + name +
                                        ": volume name is too short, names should be at least two alphanumeric "
                                        "characters");
  }
  if (begins && std::all_of(name.begin(), name.end(), fits)) return;
  throw Error(
      ErrorKind::invalid,
      "create " + name + ": \"" + name +
          "\" includes invalid characters for a local volume name, only "
          "\"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, use absolute path");
}

enum class BindOption : std::uint8_t { access, label, copy, propagation, consistency };

std::optional<BindOption> kind_of_option(const std::string& option) {
  if (option == "ro" || option == "rw") return BindOption::access;
  if (option == "z" || option == "Z") return BindOption::label;
  if (option == "nocopy") return BindOption::copy;
  if (is_propagation(option)) return BindOption::propagation;
  if (option == "cached" || option == "delegated" || option == "consistent") return BindOption::consistency;
  return std::nullopt;
}

// "ro,rslave": options of different kinds.
void read_bind_mode(const std::string& spec, model::Mount& mount) {
  std::set<BindOption> seen;
  const std::string mode = mount.mode.value_or("");
  for (const std::string& option : split(mode, ',')) {
    const auto kind = kind_of_option(option);
    if (option.empty()) continue;
    if (!kind || !seen.insert(*kind).second) throw Error("invalid mode: " + mode);
    if (option == "ro") mount.read_only = true;
    if (kind == BindOption::copy) mount.no_copy = true;
    if (kind == BindOption::propagation) mount.propagation = option;
  }
  const bool bind = mount.kind == model::MountKind::bind;
  const std::string where = mount_of_type(bind ? "bind" : "volume");
  if (bind && mount.no_copy) refuse_bind(spec, where + "field VolumeOptions must not be specified");
  if (!bind && !mount.propagation.empty()) refuse_bind(spec, where + "field BindOptions must not be specified");
}

// "/src:/dst:ro,rslave", "name:/dst", "/dst"
model::Mount bind_of(const std::string& spec) {
  const std::vector<std::string> parts = split(spec, ':');
  if (parts.size() > 3 || parts.front().empty() || (parts.size() == 2 && parts[1].empty())) refuse_bind(spec);
  model::Mount mount;
  mount.target = parts.size() == 1 ? parts[0] : parts[1];
  const bool bind = parts.size() > 1 && parts[0].front() == '/';
  if (const std::string fault = fault_of_target(mount.target); !fault.empty())
    refuse_bind(spec, mount_of_type(bind ? "bind" : "volume") + fault);
  mount.mode = parts.size() < 3 ? "" : parts[2];
  if (parts.size() == 1) {
    mount.declared = true;
    return mount;
  }
  mount.source = parts[0];
  if (bind) {
    mount.kind = model::MountKind::bind;
  } else {
    check_volume_name(mount.source);
  }
  read_bind_mode(spec, mount);
  return mount;
}

void read_bind_options(const json& options, model::Mount& mount) {
  mount.propagation = member_of<std::string>(options, "Propagation");
  if (!mount.propagation.empty() && !is_propagation(mount.propagation))
    throw Error(ErrorKind::invalid,
                "invalid mount config for type \"bind\": invalid propagation mode: " + mount.propagation);
  mount.create_host_path = member_of<bool>(options, "CreateMountpoint");
  const bool none = member_of<bool>(options, "NonRecursive");
  const bool writable = member_of<bool>(options, "ReadOnlyNonRecursive");
  const bool forced = member_of<bool>(options, "ReadOnlyForceRecursive");
  const std::string where = "invalid mount config for type \"bind\": ";
  if ((writable || forced) && !mount.read_only)
    throw Error(ErrorKind::invalid, where + "ReadOnlyNonRecursive and ReadOnlyForceRecursive need ReadOnly");
  if ((none ? 1 : 0) + (writable ? 1 : 0) + (forced ? 1 : 0) > 1)
    throw Error(ErrorKind::invalid, where +
                                        "NonRecursive, ReadOnlyNonRecursive and ReadOnlyForceRecursive exclude "
                                        "one another");
  if (none) mount.sub_mounts = model::SubMounts::none;
  if (writable) mount.sub_mounts = model::SubMounts::writable;
}

// What leads out of a volume or an image is no part of it; links inside are the kernel's to judge.
void check_subpath(const std::string& subpath, const std::string& type) {
  const std::string clean = std::filesystem::path{subpath}.lexically_normal().string();
  if (!clean.starts_with('/') && clean != ".." && !clean.starts_with("../")) return;
  throw Error(ErrorKind::invalid, mount_of_type(type) + "subpath must be a relative path within the volume");
}

void read_volume_options(const json& options, model::Mount& mount, ContainerCreation& creation) {
  mount.no_copy = member_of<bool>(options, "NoCopy");
  mount.subpath = member_of<std::string>(options, "Subpath");
  if (mount.source.empty() && !mount.subpath.empty()) {
    throw Error(ErrorKind::invalid,
                "invalid mount config for type \"volume\": must not set Subpath when using anonymous volumes");
  }
  check_subpath(mount.subpath, "volume");
  mount.volume_labels = member_of<model::Labels>(options, "Labels");
  model::VolumeSpec volume{.name = mount.source, .labels = mount.volume_labels};
  const json driver = member_of<json>(options, "DriverConfig", json::object());
  if (const auto name = member_of<std::string>(driver, "Name"); !name.empty()) volume.driver = name;
  volume.driver_opts = member_of<std::map<std::string, std::string>>(driver, "Options");
  const bool plain = volume.labels.empty() && volume.driver_opts.empty() && volume.driver == "local";
  if (!plain) creation.volumes.push_back(std::move(volume));
}

void read_tmpfs_options(const json& options, model::Mount& mount) {
  mount.tmpfs_size = member_of<std::int64_t>(options, "SizeBytes");
  mount.tmpfs_mode = member_of<std::uint32_t>(options, "Mode");
  for (const auto& option : member_of<std::vector<std::vector<std::string>>>(options, "Options")) {
    if (option.empty() || option.size() > 2)
      throw Error(ErrorKind::invalid, mount_of_type("tmpfs") + "invalid option array length");
    std::string text = option.front();
    if (option.size() > 1) text += "=" + option[1];
    mount.tmpfs_options += (mount.tmpfs_options.empty() ? "" : ",") + text;
  }
}

// Options are of the mount's own type; dockerd's clients read that of images elsewhere.
void refuse_options_of_others(const json& value, const std::string& type) {
  for (const auto& [member, own] :
       {std::pair{"BindOptions", "bind"}, {"VolumeOptions", "volume"}, {"TmpfsOptions", "tmpfs"}}) {
    if (type == own || member_of<json>(value, member).is_null()) continue;
    throw Error(ErrorKind::invalid, std::string{member} + " must not be specified on mount type \"" + type + "\"");
  }
  if (type != "image" && !member_of<json>(value, "ImageOptions").is_null())
    throw Error(ErrorKind::invalid, mount_of_type(type) + "field ImageOptions must not be specified");
}

model::Mount object_mount_of(const json& value, ContainerCreation& creation) {
  model::Mount mount{.target = member_of<std::string>(value, "Target"),
                     .read_only = member_of<bool>(value, "ReadOnly"),
                     .create_host_path = false,
                     .long_form = true};
  mount.source = member_of<std::string>(value, "Source");
  const auto type = member_of<std::string>(value, "Type");
  const std::string where = mount_of_type(type);
  refuse_options_of_others(value, type);
  if (mount.target.empty()) throw Error(ErrorKind::invalid, where + "field Target must not be empty");
  if (const std::string fault = fault_of_target(mount.target); !fault.empty())
    throw Error(ErrorKind::invalid, where + fault);
  const json none = json::object();
  if (type == "bind") {
    mount.kind = model::MountKind::bind;
    if (mount.source.empty()) throw Error(ErrorKind::invalid, where + "field Source must not be empty");
    if (mount.source.front() != '/')
      throw Error(ErrorKind::invalid, where + "invalid mount path: '" + mount.source + "' mount path must be absolute");
    read_bind_options(member_of<json>(value, "BindOptions", none), mount);
  } else if (type == "volume") {
    if (!mount.source.empty()) check_volume_name(mount.source);
    if (mount.source.empty() && mount.read_only)
      throw Error(ErrorKind::invalid, where + "must not set ReadOnly mode when using anonymous volumes");
    read_volume_options(member_of<json>(value, "VolumeOptions", none), mount, creation);
  } else if (type == "tmpfs") {
    mount.kind = model::MountKind::tmpfs;
    if (!mount.source.empty()) throw Error(ErrorKind::invalid, where + "field Source must not be specified");
    read_tmpfs_options(member_of<json>(value, "TmpfsOptions", none), mount);
  } else if (type == "image") {
    mount.kind = model::MountKind::image;
    mount.read_only = true;
    if (mount.source.empty()) throw Error(ErrorKind::invalid, where + "field Source must not be empty");
    mount.subpath = member_of<std::string>(member_of<json>(value, "ImageOptions", none), "Subpath");
    check_subpath(mount.subpath, type);
  } else {
    throw Error(ErrorKind::invalid, where + "mount type unknown").remedy("use bind, volume, tmpfs or image");
  }
  return mount;
}

void add(model::ContainerSpec& spec, model::Mount mount) {
  const std::string place = clean_target(mount.target);
  const bool taken = std::any_of(spec.mounts.begin(), spec.mounts.end(),
                                 [&](const model::Mount& each) { return clean_target(each.target) == place; });
  if (taken) throw Error(ErrorKind::invalid, "Duplicate mount point: " + place);
  spec.mounts.push_back(std::move(mount));
}

}  // namespace

void read_mounts(const json& config, const json& host, ContainerCreation& creation) {
  model::ContainerSpec& spec = creation.spec;
  for (const std::string& text : member_of<std::vector<std::string>>(host, "Binds")) add(spec, bind_of(text));
  for (const json& value : member_of<std::vector<json>>(host, "Mounts")) add(spec, object_mount_of(value, creation));
  for (const auto& [target, options] : member_of<std::map<std::string, std::string>>(host, "Tmpfs")) {
    check_target(target);
    add(spec, {.kind = model::MountKind::tmpfs, .target = target, .tmpfs_options = options});
  }
  for (const auto& [path, nothing] : member_of<std::map<std::string, json>>(config, "Volumes")) {
    // As dockerd: these alone may be written without the slash.
    const std::string target = path.starts_with('/') || path.empty() ? path : "/" + path;
    check_target(target);
    const std::string place = clean_target(target);
    const bool taken = std::any_of(spec.mounts.begin(), spec.mounts.end(),
                                   [&](const model::Mount& each) { return clean_target(each.target) == place; });
    if (!taken) spec.mounts.push_back({.target = target, .mode = "", .declared = true});
  }
}

}  // namespace stack::api
