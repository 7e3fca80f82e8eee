#include "base/model/volume_options.h"

#include <algorithm>
#include <string_view>

#include <sys/mount.h>

namespace stack::model {
namespace {

struct Flag {
  std::string_view name;
  unsigned long set, clear;
};
constexpr Flag kFlags[] = {{"defaults", 0, 0},
                           {"ro", MS_RDONLY, 0},
                           {"rw", 0, MS_RDONLY},
                           {"nosuid", MS_NOSUID, 0},
                           {"suid", 0, MS_NOSUID},
                           {"nodev", MS_NODEV, 0},
                           {"dev", 0, MS_NODEV},
                           {"noexec", MS_NOEXEC, 0},
                           {"exec", 0, MS_NOEXEC},
                           {"sync", MS_SYNCHRONOUS, 0},
                           {"async", 0, MS_SYNCHRONOUS},
                           {"dirsync", MS_DIRSYNC, 0},
                           {"noatime", MS_NOATIME, 0},
                           {"atime", 0, MS_NOATIME},
                           {"nodiratime", MS_NODIRATIME, 0},
                           {"diratime", 0, MS_NODIRATIME},
                           {"relatime", MS_RELATIME, 0},
                           {"norelatime", 0, MS_RELATIME},
                           {"strictatime", MS_STRICTATIME, 0},
                           {"bind", MS_BIND, 0},
                           {"rbind", MS_BIND | MS_REC, 0}};

void read_words(std::string_view words, VolumeOptions& out) {
  while (!words.empty()) {
    const auto end = std::min(words.find(','), words.size());
    const auto word = words.substr(0, end);
    words.remove_prefix(std::min(end + 1, words.size()));
    if (word.empty()) continue;
    const auto* flag =
        std::find_if(std::begin(kFlags), std::end(kFlags), [&](const Flag& it) { return it.name == word; });
    if (flag != std::end(kFlags)) {
      out.flags = (out.flags | flag->set) & ~flag->clear;
    } else {
      out.data.append(out.data.empty() ? "" : ",").append(word);
    }
  }
}

bool is_network_type(std::string_view type) { return type == "nfs" || type == "nfs3" || type == "nfs4"; }

VolumeOptionsRead wrong(std::string key, std::string fault) { return {{}, std::move(key), std::move(fault)}; }

VolumeOptionsRead bound(VolumeOptions out) {
  if (!out.device.starts_with('/'))
    return wrong("device", "\"" + out.device + "\" is not an absolute path; name a folder of this machine");
  const bool plain = (out.flags & ~static_cast<unsigned long>(MS_BIND | MS_REC)) == 0 && out.data.empty();
  out.kind = plain ? VolumeOptions::Kind::bound : VolumeOptions::Kind::mounted;
  out.type = "none";
  return {std::move(out), {}, {}};
}

}  // namespace

VolumeOptionsRead read_volume_options(const std::map<std::string, std::string>& driver_opts) {
  VolumeOptions out;
  std::string words;
  for (const auto& [key, value] : driver_opts) {
    if (key == "type") {
      out.type = value;
    } else if (key == "device") {
      out.device = value;
    } else if (key == "o") {
      words = value;
    } else {
      return wrong(key, "invalid option: \"" + key + "\"; the driver local has type, device and o");
    }
  }
  read_words(words, out);
  const bool no_type = out.type.empty() || out.type == "none";
  if ((out.flags & MS_BIND) != 0 || out.type == "bind") {
    out.flags |= MS_BIND;
    return bound(std::move(out));
  }
  if (no_type && out.device.empty() && words.empty()) return {};
  if (no_type) {
    return wrong(
        "type",
        "there is no file system to mount; write o: bind for a folder of this machine, or type: nfs, cifs, tmpfs "
        "and the like");
  }
  if (out.device.empty()) {
    if (out.type != "tmpfs") return wrong("device", "the file system " + out.type + " needs a device");
    out.device = "tmpfs";
  }
  if (is_network_type(out.type) && ("," + out.data).find(",addr=") == std::string::npos)
    return wrong("o", "the kernel mounts NFS by its server's address; write o: addr=192.168.1.10 before other options");
  out.kind = VolumeOptions::Kind::mounted;
  return {std::move(out), {}, {}};
}

}  // namespace stack::model
