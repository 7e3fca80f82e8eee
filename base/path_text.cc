#include "base/path_text.h"

#include <filesystem>
#include <vector>

namespace stack {

std::string clean_path(std::string_view path) {
  const bool rooted = path.starts_with('/');
  std::vector<std::string_view> parts;
  for (std::size_t start = 0; start < path.size();) {
    const auto end = std::min(path.find('/', start), path.size());
    const auto part = path.substr(start, end - start);
    start = end + 1;
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(part);
    } else if (!parts.empty() && parts.back() != "..") {
      parts.pop_back();
    } else if (!rooted) {
      parts.push_back(part);
    }
  }
  std::string out{rooted ? "/" : ""};
  for (const auto part : parts) {
    if (!out.empty() && out.back() != '/') out += '/';
    out += part;
  }
  return out.empty() ? "." : out;
}

std::string absolute_path(std::string_view base, std::string_view path) {
  if (path.starts_with('/')) return clean_path(path);
  return clean_path(std::string{base} + "/" + std::string{path});
}

std::string relative_path(std::string_view dir, std::string_view path) {
  return std::filesystem::path{path}.lexically_relative(dir).string();
}

std::string parent_path(std::string_view path) {
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return slash == 0 ? "/" : std::string{path.substr(0, slash)};
}

std::string base_name(std::string_view path) {
  const auto slash = path.rfind('/');
  return std::string{slash == std::string_view::npos ? path : path.substr(slash + 1)};
}

std::string shown_path(std::string_view working_dir, const std::string& path) {
  if (path == "-") return "(standard input)";
  if (path.size() > working_dir.size() + 1 && path.starts_with(working_dir) && path[working_dir.size()] == '/') {
    return path.substr(working_dir.size() + 1);
  }
  return path;
}

}  // namespace stack
