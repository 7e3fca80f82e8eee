#include "compose/remote/oci_project.h"

#include <algorithm>
#include <filesystem>

#include <stdlib.h>

#include "base/error.h"
#include "base/file.h"
#include "base/scope_guard.h"

namespace stack::compose {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMain = "compose.yaml";
constexpr std::size_t kNameBytesMax = 255;

std::string file_name(const OciLayer& layer, const char* annotation) {
  const auto found = layer.annotations.find(annotation);
  const std::string name = found == layer.annotations.end() ? "" : found->second;
  const bool legal = !name.empty() && name != "." && name != ".." && name.size() <= kNameBytesMax &&
                     std::ranges::none_of(name, [](char c) {
                       return c == '/' || c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
                     });
  if (!legal) throw Error(ErrorKind::invalid, "the artifact has a file without a usable name: \"" + name + "\"");
  return name;
}

fs::path folder_of(const std::string& digest, const std::string& cache_dir) {
  const std::string_view scheme = "sha256:";
  const std::string digits = digest.starts_with(scheme) ? digest.substr(scheme.size()) : "";
  const bool legal = digits.size() == 64 && std::ranges::all_of(digits, [](char c) {
                       return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                     });
  if (!legal) throw Error(ErrorKind::invalid, "\"" + digest + "\" is not a digest");
  return fs::path{cache_dir} / digits;
}

}  // namespace

std::map<std::string, std::string> project_files(const std::string& type, const std::vector<OciLayer>& layers) {
  if (type != kProjectArtifact && type != kProjectConfig) {
    throw Error(ErrorKind::invalid, "this is no Compose project but an artifact of the type \"" + type + "\"");
  }
  std::map<std::string, std::string> files;
  std::optional<std::string> main;
  const auto add = [&](const std::string& name, const std::string& content) {
    if (!files.emplace(name, content).second || name == kMain) {
      throw Error(ErrorKind::invalid, "the artifact has two files named " + name);
    }
  };
  for (const OciLayer& layer : layers) {
    if (layer.media_type == kEnvFileLayer) add(file_name(layer, kEnvFileName), layer.content);
    if (layer.media_type != kComposeFileLayer) continue;
    if (layer.annotations.contains(kBesideMark)) {
      add(file_name(layer, kFileName), layer.content);
    } else {
      main = main ? *main + "\n---\n" + layer.content : layer.content;
    }
  }
  if (!main) throw Error(ErrorKind::invalid, "the artifact has no Compose file");
  files[kMain] = std::move(*main);
  return files;
}

std::optional<std::string> kept_project(const std::string& digest, const std::string& cache_dir) {
  const fs::path folder = folder_of(digest, cache_dir);
  return fs::is_directory(folder) ? std::optional{folder.string()} : std::nullopt;
}

std::string keep_project(const std::string& digest, const std::map<std::string, std::string>& files,
                         const std::string& cache_dir) {
  const fs::path folder = folder_of(digest, cache_dir);
  std::error_code failed;
  fs::create_directories(cache_dir, failed);
  if (failed) throw Error::from_errno(failed.value(), "making " + cache_dir);
  std::string draft = folder.string() + ".XXXXXX";
  if (::mkdtemp(draft.data()) == nullptr) throw Error::from_errno(errno, "making " + draft);
  ScopeGuard remove{[&] {
    std::error_code ignored;
    fs::remove_all(draft, ignored);
  }};
  for (const auto& [name, content] : files) replace_file(fs::path{draft} / name, content, Durable::no, 0600);
  fs::rename(draft, folder, failed);
  // When it is there, somebody else was faster with the same.
  if (failed && !fs::is_directory(folder)) {
    throw Error::from_errno(failed.value(), "keeping the project at " + folder.string());
  }
  if (!failed) remove.dismiss();
  return folder.string();
}

}  // namespace stack::compose
