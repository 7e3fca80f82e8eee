#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/suggest.h"
#include "compose/admission/number_text.h"
#include "compose/admission/value_rules.h"

namespace stack::compose {
namespace {

constexpr std::size_t kMountsMax = 500;  // 512 are all that a launch plan takes, of which the engine needs some

constexpr std::uint64_t kOwnerIdMax = 0xFFFFFFFE;
constexpr std::uint32_t kModeMax = 07777;

void check_grants(const char* list, const std::vector<FileGrant>& grants, ServiceReport& report) {
  for (std::size_t i = 0; i < grants.size(); ++i) {
    const std::string at = item_of(list, i);
    for (const auto& [key, text] : {std::pair{".uid", &grants[i].uid}, std::pair{".gid", &grants[i].gid}}) {
      if (text->empty() || whole_number(*text, kOwnerIdMax)) continue;
      report.refuse(at + key, "\"" + *text + "\" is not a number of a user or group; write one such as \"1000\"");
    }
    if (grants[i].mode && grants[i].mode->value > kModeMax)
      report.refuse(at + ".mode", "these are no permissions; write octal ones such as 0440");
  }
}

constexpr std::array<std::string_view, 21> kTmpfsWords{
    "defaults",   "exec",        "noexec",        "suid",    "nosuid",   "dev",        "nodev",
    "ro",         "rw",          "atime",         "noatime", "diratime", "nodiratime", "relatime",
    "norelatime", "strictatime", "nostrictatime", "sync",    "async",    "dirsync",    "mand"};
constexpr std::array<std::string_view, 8> kTmpfsKeys{"size",      "mode",      "uid",  "gid",
                                                     "nr_inodes", "nr_blocks", "huge", "mpol"};

// What is wrong with one option of a tmpfs, as a sentence; empty: nothing.
std::string tmpfs_fault(const std::string& option) {
  const auto equals = option.find('=');
  const std::string key = option.substr(0, equals);
  const std::string value = equals == std::string::npos ? "" : option.substr(equals + 1);
  if (equals == std::string::npos) {
    if (std::ranges::find(kTmpfsWords, option) != kTmpfsWords.end()) return {};
  } else if (key == "size") {
    const bool share = value.ends_with('%') && whole_number(std::string_view{value}.substr(0, value.size() - 1), 100);
    if (share || parse_bytes(value).value_or(-1) >= 0) return {};
    return "\"" + value + "\" is not a size; write one such as size=64m or size=50%";
  } else if (key == "mode") {
    if (!value.empty() && value.size() <= 5 && value.find_first_not_of("01234567") == std::string::npos) return {};
    return "\"" + value + "\" are no permissions; write octal ones such as mode=1777";
  } else if (key == "uid" || key == "gid") {
    if (whole_number(value, kOwnerIdMax)) return {};
    return "\"" + value + "\" is not a number of a user or group; write one such as " + key + "=1000";
  } else if (std::ranges::find(kTmpfsKeys, key) != kTmpfsKeys.end()) {
    return {};
  }
  std::vector<std::string_view> known{kTmpfsWords.begin(), kTmpfsWords.end()};
  known.insert(known.end(), kTmpfsKeys.begin(), kTmpfsKeys.end());
  const std::string near = did_you_mean(key, known);
  return "a tmpfs has no option \"" + option + "\"; " +
         (near.empty() ? "known are size=, mode=, uid=, gid=, exec and ro" : near);
}

void check_tmpfs(const Service& service, ServiceReport& report) {
  for (std::size_t i = 0; i < service.tmpfs.size(); ++i) {
    const std::string& text = service.tmpfs[i];
    const auto colon = std::min(text.find(':'), text.size());
    for (std::size_t at = colon + 1; at < text.size();) {
      const auto end = std::min(text.find(',', at), text.size());
      const std::string option = text.substr(at, end - at);
      at = end + 1;
      if (option.empty()) continue;
      if (const std::string fault = tmpfs_fault(option); !fault.empty()) report.refuse(item_of("tmpfs", i), fault);
    }
  }
}

void check_mounts(const Service& service, ServiceReport& report) {
  static constexpr std::array<std::string_view, 6> kPropagations{"private", "rprivate", "shared",
                                                                 "rshared", "slave",    "rslave"};
  for (std::size_t i = 0; i < service.volumes.size(); ++i) {
    const ServiceMount& mount = service.volumes[i];
    const std::string at = item_of("volumes", i);
    const std::string propagation = mount.bind ? mount.bind->propagation : "";
    if (!propagation.empty() && std::ranges::find(kPropagations, propagation) == kPropagations.end()) {
      const std::string near = did_you_mean(propagation, {kPropagations.begin(), kPropagations.end()});
      report.refuse(at + ".bind.propagation", "there is no propagation \"" + propagation + "\"; " +
                                                  (near.empty() ? "write rprivate, rshared or rslave" : near));
    } else if (!propagation.empty() && mount.type != "bind") {
      report.warn(at + ".bind.propagation", "it has no effect on a mount of type " + mount.type);
    }
    if (mount.type == "bind" && mount.volume && mount.volume->nocopy)
      report.warn(at + ".volume.nocopy", "it has no effect on a bind mount, which is never filled");
    const std::string subpath = mount.volume ? mount.volume->subpath : "";
    if (subpath.starts_with('/') || ("/" + subpath + "/").find("/../") != std::string::npos)
      report.refuse(at + ".volume.subpath", "\"" + subpath + "\" leads out of the volume; write a path within it");
  }
  for (std::size_t i = 0; i < service.volumes_from.size(); ++i) {
    std::string from = service.volumes_from[i];
    if (from.starts_with("container:")) from.erase(0, std::string_view{"container:"}.size());
    const auto colon = from.find(':');
    const std::string mode = colon == std::string::npos ? "rw" : from.substr(colon + 1);
    if (mode != "ro" && mode != "rw")
      report.refuse(item_of("volumes_from", i), "\"" + mode + "\" is neither ro nor rw");
  }
}

}  // namespace

void check_files(const Service& service, ServiceReport& report) {
  if (service.volumes.size() > kMountsMax) {
    report.refuse("volumes", "a container can have at most " + std::to_string(kMountsMax) + " volumes and binds");
  }
  check_grants("secrets", service.secrets, report);
  check_grants("configs", service.configs, report);
  check_tmpfs(service, report);
  check_mounts(service, report);
}

}  // namespace stack::compose
