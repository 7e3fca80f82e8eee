#include "engine/service/image_check.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/model/docker_socket.h"
#include "base/sys/syscalls.h"
#include "engine/image/whiteout.h"
#include "engine/sandbox/account.h"
#include "engine/sandbox/launch_stage.h"

namespace stack::service {
namespace {

enum class Entry { none, file, folder, unknown };

// What one layer says about a path.
struct LayerWord {
  Entry entry = Entry::none;
  bool last = false;  // the layers below are not seen there
  UniqueFd file;      // for reading, of a file
};

LayerWord ask_layer(const std::string& folder, const std::string& path) {
  const UniqueFd root{::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  if (!root) return {Entry::unknown, true, {}};
  bool opaque = false;
  for (std::size_t at = 1; at <= path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string part = path.substr(1, end - 1);
    at = end + 1;
    auto opened = sys::open_in_root_no_links(root, part.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
    if (!opened) return {opened.err() == ENOENT ? Entry::none : Entry::unknown, opaque || opened.err() != ENOENT, {}};
    struct stat about {};
    if (::fstat(opened->get(), &about) != 0) return {Entry::unknown, true, {}};
    if (image::is_whiteout(about)) return {Entry::none, true, {}};
    if (S_ISDIR(about.st_mode)) {
      if (end == path.size()) return {Entry::folder, true, {}};
      const auto readable = sys::open_in_root_no_links(root, part.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
      opaque = opaque || !readable || image::is_opaque(*readable);
      continue;
    }
    if (end < path.size() || !S_ISREG(about.st_mode)) return {Entry::unknown, true, {}};
    auto file = sys::open_in_root_no_links(root, part.c_str(), O_RDONLY | O_CLOEXEC, 0);
    if (!file) return {Entry::unknown, true, {}};
    return {Entry::file, true, std::move(*file)};
  }
  return {Entry::folder, true, {}};
}

// What stands at an absolute path of the image.
LayerWord entry_of(const std::vector<std::string>& layers, const std::string& path) {
  for (const std::string& folder : layers) {
    LayerWord word = ask_layer(folder, path);
    if (word.last) return word;
  }
  return {};
}

bool is_within(const std::string& path, const std::string& folder) {
  return folder == "/" || path == folder || path.starts_with(folder + "/");
}

class ImageCheck {
 public:
  ImageCheck(const compose::Service& service, const model::Image& image, const std::vector<std::string>& layers)
      : service_(service), image_(image), layers_(layers) {}

  std::vector<ServiceFault> run() {
    if (layers_.empty() || !service_.volumes_from.empty()) return {};
    account();
    for (std::size_t i = 0; i < service_.volumes.size(); ++i) bind(i);
    return std::move(found_);
  }

 private:
  // Whether something other than volume `own` is mounted there or above, so that the image does not say what is there.
  [[nodiscard]] bool covered(const std::string& path, std::size_t own) const {
    for (std::size_t i = 0; i < service_.volumes.size(); ++i) {
      if (i != own && is_within(path, service_.volumes[i].target)) return true;
    }
    const auto covers = [&](const std::string& target) { return is_within(path, target.substr(0, target.find(':'))); };
    const auto grants = [&](const std::vector<compose::FileGrant>& list) {
      return std::ranges::any_of(list, [&](const compose::FileGrant& grant) { return covers(grant.target); });
    };
    return std::ranges::any_of(service_.tmpfs, covers) || std::ranges::any_of(image_.config.volumes, covers) ||
           grants(service_.secrets) || grants(service_.configs);
  }

  void account() {
    if (service_.user.empty() && service_.group_add.empty()) return;
    const std::string passwd = "/etc/passwd", group = "/etc/group";
    if (covered(passwd, service_.volumes.size()) || covered(group, service_.volumes.size())) return;
    const LayerWord users = entry_of(layers_, passwd), groups = entry_of(layers_, group);
    for (const LayerWord* each : {&users, &groups}) {
      if (each->entry == Entry::unknown || each->entry == Entry::folder) return;
    }
    const sandbox::GroupNames further{
        .name = [](const void* list,
                   std::size_t i) { return (*static_cast<const compose::Strings*>(list))[i].c_str(); },
        .context = &service_.group_add,
        .count = service_.group_add.size()};
    const std::string& user = service_.user.empty() ? image_.config.user : service_.user;
    sandbox::Account account;
    const char* wrong = nullptr;
    switch (sandbox::resolve_account(user.c_str(), further, users.file, groups.file, account, wrong)) {
      case sandbox::AccountError::no_user:
        return report(service_.user.empty() ? "image" : "user", sandbox::launch_error(sandbox::Stage::user, 0, wrong));
      case sandbox::AccountError::no_group:
        return report(group_key(wrong), sandbox::launch_error(sandbox::Stage::group, 0, wrong));
      case sandbox::AccountError::none:
      case sandbox::AccountError::too_many_groups:
        return;
    }
  }

  [[nodiscard]] std::string group_key(std::string_view name) const {
    const auto found = std::ranges::find(service_.group_add, name);
    if (found == service_.group_add.end()) return "user";
    return "group_add[" + std::to_string(found - service_.group_add.begin()) + "]";
  }

  void bind(std::size_t i) {
    const compose::ServiceMount& mount = service_.volumes[i];
    if (mount.type != "bind" || mount.target.empty() || model::is_docker_socket(mount.source)) return;
    // These are not the image's.
    static constexpr std::array<std::string_view, 6> kMade{"/dev",       "/proc",         "/sys",
                                                           "/etc/hosts", "/etc/hostname", "/etc/resolv.conf"};
    const bool made = std::ranges::any_of(kMade, [&](auto each) { return is_within(mount.target, std::string{each}); });
    if (made || mount.target == "/" || covered(mount.target, i)) return;
    struct stat about {};
    const bool there = ::stat(mount.source.c_str(), &about) == 0;
    if (!there && errno != ENOENT) return;
    const bool folder = !there || S_ISDIR(about.st_mode);  // what is missing is made as a folder
    const Entry target = entry_of(layers_, mount.target).entry;
    const bool fits = target == Entry::none || target == Entry::unknown || (target == Entry::folder) == folder;
    if (fits) return;
    report("volumes[" + std::to_string(i) + "]",
           sandbox::launch_error(sandbox::Stage::mount, folder ? ENOTDIR : EISDIR, mount.target));
  }

  void report(const std::string& attribute, const Error& error) {
    found_.push_back({attribute, error.message() + (error.remedy_text().empty() ? "" : "; " + error.remedy_text())});
  }

  const compose::Service& service_;
  const model::Image& image_;
  const std::vector<std::string>& layers_;
  std::vector<ServiceFault> found_;
};

}  // namespace

std::vector<ServiceFault> image_faults(const compose::Service& service, const model::Image& image,
                                       const std::vector<std::string>& layers) {
  return ImageCheck{service, image, layers}.run();
}

}  // namespace stack::service
