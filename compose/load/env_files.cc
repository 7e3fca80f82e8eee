#include "compose/load/env_files.h"

#include "base/path_text.h"
#include "compose/interp/dotenv.h"

namespace stack::compose {

std::string why_unread(const FileText& file) {
  if (file.status == FileStatus::missing) return "there is no such file";
  return file.status == FileStatus::folder ? "it is a folder" : file.reason;
}

Variables read_env_file(const std::string& path, const EnvFileScope& scope, bool optional, const NamedBy* named_by,
                        LoadContext& context) {
  const std::string shown = shown_path(context.shown_from, path);
  auto content = context.files.read(path);
  if (content.status == FileStatus::ok) {
    auto parsed = parse_dotenv(content.text, shown, lookup_in(scope.outside), lookup_in(scope.before));
    for (auto& it : parsed.diagnostics) context.diagnostics.push_back(std::move(it));
    Variables found;
    static_cast<std::map<std::string, std::string>&>(found) = std::move(parsed.values);
    for (auto& [name, place] : parsed.places) {
      if (found.contains(name)) found.places.emplace(name, std::move(place));
    }
    return found;
  }
  if (optional && content.status != FileStatus::unreadable) return {};
  const std::string why = why_unread(content);
  if (named_by != nullptr) {
    context.error("unreadable_file", "cannot read " + shown + ": " + why, named_by->path, named_by->node).remedy =
        content.remedy;
  } else {
    context.file_error("unreadable_file", "cannot read this file: " + why, shown).remedy = content.remedy;
  }
  return {};
}

}  // namespace stack::compose
