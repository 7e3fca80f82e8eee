#include "cli/commands/copy_paths.h"

#include "base/error.h"
#include "base/path_text.h"

namespace stack::cli {
namespace {

// As docker cp takes it, an empty path is ".".
bool ends_in_dot(const std::string& path) { return path.empty() || path == "." || path.ends_with("/."); }

}  // namespace

CopyPlace parse_copy_place(const std::string& word) {
  const std::size_t colon = word.find(':');
  if (colon == std::string::npos || word.starts_with('/') || word.starts_with('.')) return {"", word};
  return {word.substr(0, colon), word.substr(colon + 1)};
}

bool asserts_folder(const std::string& path) { return path.ends_with('/') || ends_in_dot(path); }

std::string ending_like(std::string clean, const std::string& path) {
  if (ends_in_dot(path) && !ends_in_dot(clean)) return clean + (clean.ends_with('/') ? "." : "/.");
  if (path.ends_with('/') && !clean.ends_with('/')) return clean + "/";
  return clean;
}

std::string last_part(const std::string& path) {
  if (ends_in_dot(path)) return ".";
  const std::size_t end = path.find_last_not_of('/');
  if (end == std::string::npos) return "/";
  return base_name(path.substr(0, end + 1));
}

PathParts parts_of(const std::string& path) {
  const std::string clean = clean_path(path);
  if (ends_in_dot(path)) return {clean, "."};
  if (clean == "/") return {"/", "/"};
  const std::size_t slash = clean.rfind('/');
  if (slash == std::string::npos) return {".", clean};
  return {slash == 0 ? "/" : clean.substr(0, slash), clean.substr(slash + 1)};
}

Landing landing_of(const CopySource& source, const CopyTarget& target) {
  const std::string name = source.called.empty() ? parts_of(source.path).name : source.called;
  if (target.exists && target.is_folder) return {target.path, name};
  if (target.exists && source.is_folder)
    throw Error(ErrorKind::invalid, "cannot copy directory").remedy("\"" + target.path + "\" is a file");
  if (!target.exists && !source.is_folder && asserts_folder(target.path))
    throw Error(ErrorKind::invalid, "no such directory").remedy("\"" + target.path + "\" does not exist");
  const PathParts parts = parts_of(target.path);
  return {parts.folder, parts.name};
}

std::string target_path(const std::string& path, const std::string& link) {
  if (link.starts_with('/')) return link;
  return clean_path(parts_of(path).folder + "/" + link);
}

std::string renamed_entry(const std::string& entry, const std::string& old_name, const std::string& new_name) {
  // The names of the root's entries begin with the slash that its name is.
  const std::string old = old_name == "/" ? "" : old_name;
  return entry.starts_with(old) ? new_name + entry.substr(old.size()) : entry;
}

}  // namespace stack::cli
