#include "engine/api/archive_json.h"

#include <array>

#include <sys/stat.h>

#include "base/base64.h"
#include "engine/api/codec_json.h"
#include "engine/api/container_creation_json.h"

namespace stack::api {
namespace {

using nlohmann::json;

// Go's bits of what stat(2) says in its own (io/fs.FileMode).
constexpr std::uint32_t kGoDevice = 1U << 26U, kGoCharacterDevice = 1U << 21U;
struct ModeBit {
  std::uint32_t go, native;
};
constexpr std::array kFlags{ModeBit{1U << 23U, S_ISUID}, ModeBit{1U << 22U, S_ISGID}, ModeBit{1U << 20U, S_ISVTX}};
constexpr std::array kKinds{ModeBit{1U << 31U, S_IFDIR}, ModeBit{1U << 27U, S_IFLNK},
                            ModeBit{1U << 25U, S_IFIFO}, ModeBit{1U << 24U, S_IFSOCK},
                            ModeBit{kGoDevice, S_IFBLK}, ModeBit{kGoDevice | kGoCharacterDevice, S_IFCHR}};
constexpr std::uint32_t kPermissions = 0777;

std::vector<std::string> names_of(const json& value, const char* key) {
  std::vector<std::string> names;
  const json members = member_of<json>(value, key, json::object());
  for (const auto& [name, ignored] : members.items()) names.push_back(name);
  return names;
}

}  // namespace

std::uint32_t go_mode(std::uint32_t mode) {
  std::uint32_t result = mode & kPermissions;
  for (const ModeBit& bit : kFlags) result |= (mode & bit.native) != 0 ? bit.go : 0;
  for (const ModeBit& kind : kKinds) result |= (mode & S_IFMT) == kind.native ? kind.go : 0;
  return result;
}

std::uint32_t mode_of_go(std::uint32_t mode) {
  std::uint32_t result = mode & kPermissions;
  for (const ModeBit& bit : kFlags) result |= (mode & bit.go) != 0 ? bit.native : 0;
  std::uint32_t kind = S_IFREG;
  for (const ModeBit& bit : kKinds) kind = (mode & bit.go) == bit.go ? bit.native : kind;
  return result | kind;
}

std::string path_stat_text(const PathStat& stat) {
  return encode_base64(text_of({{"name", stat.name},
                                {"size", stat.size},
                                {"mode", go_mode(stat.mode)},
                                {"mtime", rfc3339_nanos(stat.modified)},
                                {"linkTarget", stat.link_target}}));
}

PathStat parse_path_stat(std::string_view text) {
  const auto plain = decode_base64(text);
  if (!plain) throw Error(ErrorKind::invalid, "the answer about a path is not base64");
  return reading("the answer about a path", [&] {
    const json value = object_of(*plain, "the answer about a path");
    return PathStat{.name = member_of<std::string>(value, "name"),
                    .size = member_of<std::int64_t>(value, "size"),
                    .mode = mode_of_go(member_of<std::uint32_t>(value, "mode")),
                    .modified = time_of(member_of<std::string>(value, "mtime")),
                    .link_target = member_of<std::string>(value, "linkTarget")};
  });
}

std::string changes_json(const std::vector<FileChange>& changes) {
  if (changes.empty()) return "null";
  json list = json::array();
  for (const FileChange& change : changes) list.push_back({{"Path", change.path}, {"Kind", change.kind}});
  return text_of(list);
}

std::vector<FileChange> parse_changes(std::string_view text) {
  return reading("the list of changes", [&] {
    std::vector<FileChange> changes;
    for (const json& each : json::parse(text))
      changes.push_back({.path = each.at("Path").get<std::string>(), .kind = each.at("Kind").get<int>()});
    return changes;
  });
}

std::string path_list_json(const std::vector<std::string>& paths) { return text_of({{"paths", paths}}); }

std::vector<std::string> parse_path_list(std::string_view text) {
  return reading("the list of paths",
                 [&] { return object_of(text, "the list of paths").at("paths").get<std::vector<std::string>>(); });
}

std::string commit_json(const std::string& id) { return text_of({{"Id", id}}); }

std::string parse_commit_id(std::string_view text) {
  return reading("the answer", [&] { return object_of(text, "the answer").at("Id").get<std::string>(); });
}

std::optional<model::ImageConfig> parse_commit_config(std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return std::nullopt;
  const json value = json::parse(text, nullptr, false);
  if (value.is_null()) return std::nullopt;
  if (!value.is_object()) throw Error(ErrorKind::invalid, "invalid JSON: the configuration is not an object");
  return reading("the configuration", [&] {
    using Words = std::vector<std::string>;
    return model::ImageConfig{.entrypoint = member_of<Words>(value, "Entrypoint"),
                              .command = member_of<Words>(value, "Cmd"),
                              .env = member_of<Words>(value, "Env"),
                              .user = member_of<std::string>(value, "User"),
                              .working_dir = member_of<std::string>(value, "WorkingDir"),
                              .stop_signal = member_of<std::string>(value, "StopSignal"),
                              .labels = member_of<model::Labels>(value, "Labels"),
                              .exposed_ports = names_of(value, "ExposedPorts"),
                              .volumes = names_of(value, "Volumes"),
                              .healthcheck = read_healthcheck(value),
                              .shell = member_of<Words>(value, "Shell"),
                              .on_build = member_of<Words>(value, "OnBuild")};
  });
}

}  // namespace stack::api
