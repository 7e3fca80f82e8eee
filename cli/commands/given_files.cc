#include "cli/commands/given_files.h"

#include "base/utf8.h"

namespace stack::cli {
namespace {

// No key of a file begins like this.
constexpr const char* kCopyOf = "#copy of ";

// "1000:100": who a copy belongs to when its grant names nobody. The number of a name is known to the image alone.
struct Owner {
  std::string uid, gid;
};
Owner owner_of(const std::string& user) {
  const auto number = [](std::string_view text) {
    const bool is_number = text.find_first_not_of("0123456789") == std::string_view::npos;
    return std::string{is_number ? text : ""};
  };
  const std::size_t colon = user.find(':');
  return {number(user.substr(0, colon)), colon == std::string::npos ? "" : number(user.substr(colon + 1))};
}

void copy_files(std::vector<compose::FileGrant>& grants, std::map<std::string, compose::FileObject>& objects,
                const Owner& owner, compose::FileSource& files) {
  for (compose::FileGrant& grant : grants) {
    if (grant.uid.empty() && grant.gid.empty() && !grant.mode) continue;
    const auto found = objects.find(grant.source);
    if (found == objects.end() || found->second.file.empty()) continue;
    const std::string key = kCopyOf + grant.source;
    if (!objects.contains(key)) {
      compose::FileText text = files.read(found->second.file);
      if (text.status != compose::FileStatus::ok || !is_text(text.text)) continue;
      objects[key].content = std::move(text.text);
    }
    if (grant.target.empty()) grant.target = grant.source;
    if (grant.uid.empty()) grant.uid = owner.uid;
    if (grant.gid.empty()) grant.gid = owner.gid;
    grant.source = key;
  }
}

}  // namespace

compose::Project with_copied_files(compose::Project project, compose::FileSource& files) {
  for (auto& [name, service] : project.services) {
    const Owner owner = owner_of(service.user);
    copy_files(service.secrets, project.secrets, owner, files);
    copy_files(service.configs, project.configs, owner, files);
  }
  return project;
}

}  // namespace stack::cli
