#include <algorithm>
#include <filesystem>

#include "cli/commands/creation_parts_json.h"
#include "cli/commands/flag_error.h"
#include "cli/commands/flag_values.h"

namespace stack::cli {
namespace {

using nlohmann::json;

// "." and what is below it, of this folder.
std::string from_here(const std::string& path) {
  if (!path.starts_with('.')) return path;
  const std::string absolute = std::filesystem::absolute(path).lexically_normal().string();
  return absolute.size() > 1 && absolute.ends_with('/') ? absolute.substr(0, absolute.size() - 1) : absolute;
}

// --mount, field by field.
class MountFlag {
 public:
  explicit MountFlag(const std::string& text) : text_(text) {}

  json read() {
    if (text_.empty()) fail("value is empty");
    for (const Field& field : fields_of_flag("mount", text_)) take(field);
    const std::string type = mount_["Type"];
    if (mount_.value("Target", "").empty()) fail("target is required");
    only("volume", type, "VolumeOptions", "volume-*");
    only("bind", type, "BindOptions", "bind-*");
    only("tmpfs", type, "TmpfsOptions", "tmpfs-*");
    only("image", type, "ImageOptions", "image-*");
    if (type == "bind" && !mount_.contains("BindOptions")) mount_["BindOptions"] = json::object();
    return std::move(mount_);
  }

 private:
  [[noreturn]] void fail(const std::string& why) const { throw FlagError("mount", text_, why); }

  void only(const char* wanted, const std::string& type, const char* member, const char* name) const {
    if (type != wanted && mount_.contains(member))
      fail("cannot mix '" + std::string{name} + "' options with mount type '" + type + "'");
  }

  void take(const Field& field) {
    if (take_flag(field)) return;
    if (!field.assigned || (field.value.empty() && field.key != "volume-subpath"))
      fail("invalid field '" + field.key + "' must be a key=value pair");
    if (field.key == "type") {
      mount_["Type"] = field.value;
    } else if (field.key == "source" || field.key == "src") {
      mount_["Source"] = from_here(field.value);
    } else if (field.key == "target" || field.key == "dst" || field.key == "destination") {
      mount_["Target"] = field.value;
    } else if (field.key == "consistency") {
      mount_["Consistency"] = field.value;
    } else if (!take_option(field)) {
      fail("unexpected key '" + field.key + "' in '" + field.key + "=" + field.value + "'");
    }
  }

  // Those that say yes or no.
  bool take_flag(const Field& field) {
    const auto truth = [&] { return truth_of_field("mount", text_, field); };
    if (field.key == "readonly" || field.key == "ro") {
      mount_["ReadOnly"] = truth();
    } else if (field.key == "volume-nocopy") {
      mount_["VolumeOptions"]["NoCopy"] = truth();
    } else if (field.key == "bind-nonrecursive") {
      mount_["BindOptions"]["NonRecursive"] = truth();
    } else if (field.key == "bind-create-src") {
      mount_["BindOptions"]["CreateMountpoint"] = truth();
    } else {
      return false;
    }
    return true;
  }

  bool take_option(const Field& field) {
    const auto named = [&](const char* group, const char* member) {
      const std::size_t equals = std::min(field.value.find('='), field.value.size());
      mount_["VolumeOptions"][group][member][field.value.substr(0, equals)] =
          equals == field.value.size() ? "" : field.value.substr(equals + 1);
    };
    if (field.key == "bind-propagation") {
      mount_["BindOptions"]["Propagation"] = field.value;
    } else if (field.key == "bind-recursive") {
      take_recursive(field.value);
    } else if (field.key == "volume-subpath") {
      mount_["VolumeOptions"]["Subpath"] = field.value;
    } else if (field.key == "volume-driver") {
      mount_["VolumeOptions"]["DriverConfig"]["Name"] = field.value;
    } else if (field.key == "volume-opt") {
      named("DriverConfig", "Options");
    } else if (field.key == "volume-label") {
      const std::size_t equals = std::min(field.value.find('='), field.value.size());
      mount_["VolumeOptions"]["Labels"][field.value.substr(0, equals)] =
          equals == field.value.size() ? "" : field.value.substr(equals + 1);
    } else if (field.key == "image-subpath") {
      mount_["ImageOptions"]["Subpath"] = field.value;
    } else if (field.key == "tmpfs-size") {
      mount_["TmpfsOptions"]["SizeBytes"] = bytes_of_flag("mount", field.value);
    } else if (field.key == "tmpfs-mode") {
      if (field.value.find_first_not_of("01234567") != std::string::npos)
        fail("invalid value for tmpfs-mode: " + field.value);
      mount_["TmpfsOptions"]["Mode"] = std::stoul(field.value, nullptr, 8);
    } else {
      return false;
    }
    return true;
  }

  void take_recursive(const std::string& value) {
    json& options = mount_["BindOptions"];
    if (value == "disabled") {
      options["NonRecursive"] = true;
    } else if (value == "writable") {
      options["ReadOnlyNonRecursive"] = true;
    } else if (value == "readonly") {
      options["ReadOnlyForceRecursive"] = true;
    } else if (value != "enabled") {
      fail("invalid value for bind-recursive: " + value +
           " (must be \"enabled\", \"disabled\", \"writable\", or \"readonly\")");
    }
  }

  const std::string& text_;
  json mount_{{"Type", "volume"}};
};

}  // namespace

void add_mounts(const ContainerFlags& f, json& config, json& host) {
  for (const std::string& volume : f.volumes) {
    if (volume.empty()) throw FlagError("volume", volume, "invalid empty volume spec");
    if (volume.find(':') == std::string::npos) {
      config["Volumes"][volume] = json::object();
    } else {
      const std::size_t colon = volume.find(':');
      const std::string bind = from_here(volume.substr(0, colon)) + volume.substr(colon);
      // The same one twice is one.
      json& binds = host["Binds"];
      if (std::find(binds.begin(), binds.end(), bind) == binds.end()) binds.push_back(bind);
    }
  }
  for (const std::string& mount : f.mounts) host["Mounts"].push_back(MountFlag{mount}.read());
  for (const std::string& text : f.tmpfs) {
    const std::size_t colon = std::min(text.find(':'), text.size());
    host["Tmpfs"][text.substr(0, colon)] = colon == text.size() ? "" : text.substr(colon + 1);
  }
  if (!f.volumes_from.empty()) host["VolumesFrom"] = f.volumes_from;
  if (!f.volume_driver.empty()) host["VolumeDriver"] = f.volume_driver;
}

}  // namespace stack::cli
