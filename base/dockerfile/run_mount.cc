#include "base/dockerfile/run_mount.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/bytes.h"
#include "base/dockerfile/runes.h"
#include "base/suggest.h"

namespace stack::dockerfile {
namespace {

// The fields of one line of comma-separated values: a field may stand in double quotes, "" is a quote in them. Nothing when a quote is
// out of place or not closed.
std::optional<std::vector<std::string>> fields(std::string_view line) {
  std::vector<std::string> result;
  std::size_t at = 0;
  while (true) {
    std::string field;
    if (at < line.size() && line[at] == '"') {
      for (++at;; ++at) {
        if (at >= line.size()) return std::nullopt;
        if (line[at] == '"') {
          if (at + 1 >= line.size() || line[at + 1] != '"') break;
          ++at;
        }
        field += line[at];
      }
      if (++at < line.size() && line[at] != ',') return std::nullopt;
    } else {
      for (; at < line.size() && line[at] != ','; ++at) {
        if (line[at] == '"') return std::nullopt;
        field += line[at];
      }
    }
    result.push_back(std::move(field));
    if (at >= line.size()) return result;
    ++at;
  }
}

constexpr std::array<std::pair<std::string_view, MountType>, 5> kTypes{{{"bind", MountType::bind},
                                                                        {"cache", MountType::cache},
                                                                        {"tmpfs", MountType::tmpfs},
                                                                        {"secret", MountType::secret},
                                                                        {"ssh", MountType::ssh}}};
constexpr std::array<std::pair<std::string_view, CacheSharing>, 3> kSharings{
    {{"shared", CacheSharing::shared}, {"private", CacheSharing::private_}, {"locked", CacheSharing::locked}}};
const std::vector<std::string_view> kKeys{
    "type", "from", "source",  "src",  "target", "dst", "destination", "readonly", "ro", "readwrite",
    "rw",   "id",   "sharing", "mode", "uid",    "gid", "size",        "required", "env"};

std::string_view name_of(MountType type) {
  return std::ranges::find(kTypes, type, &std::pair<std::string_view, MountType>::second)->first;
}

template <typename Value, std::size_t N>
std::string choices(const std::array<std::pair<std::string_view, Value>, N>& table) {
  std::string text;
  for (std::size_t i = 0; i < N; ++i)
    text += std::string{i == 0 ? "" : i + 1 == N ? " or " : ", "} + std::string{table[i].first};
  return text;
}

struct Wrong {
  std::string message, remedy;
};

class Resolver {
 public:
  explicit Resolver(RunMount& mount) : mount_(mount) {}
  // Throws Wrong.
  void run() {
    mount_.type = MountType::bind;
    for (const MountOption& option : mount_.options) {
      if (option.value) {
        apply(option.key, *option.value);
      } else {
        apply_word(option.key);
      }
    }
    check();
    if (access_unset_) mount_.read_only = mount_.type != MountType::cache && mount_.type != MountType::tmpfs;
    mount_.resolved = true;
  }

 private:
  void apply_word(const std::string& key) {
    if (key == "readonly" || key == "ro" || key == "readwrite" || key == "rw" || key == "required")
      return apply(key, "true");
    throw Wrong{"the mount option \"" + key + "\" has no value", "write " + (key.empty() ? "KEY" : key) + "=VALUE"};
  }
  void apply(const std::string& key, const std::string& value) {
    if (key == "type") {
      const auto found = std::ranges::find(kTypes, lower(value), &std::pair<std::string_view, MountType>::first);
      if (found == kTypes.end())
        throw Wrong{"unknown mount type \"" + value + "\"", "the types are " + choices(kTypes)};
      mount_.type = found->second;
    } else if (key == "from") {
      mount_.from = value;
    } else if (key == "source" || key == "src") {
      mount_.source = value;
    } else if (key == "target" || key == "dst" || key == "destination") {
      mount_.target = value;
    } else if (key == "id") {
      mount_.id = value;
    } else if (key == "readonly" || key == "ro") {
      mount_.read_only = truth(key, value);
      access_unset_ = false;
    } else if (key == "readwrite" || key == "rw") {
      mount_.read_only = !truth(key, value);
      access_unset_ = false;
    } else if (key == "sharing") {
      const auto found = std::ranges::find(kSharings, lower(value), &std::pair<std::string_view, CacheSharing>::first);
      if (found == kSharings.end()) throw Wrong{"unknown sharing \"" + value + "\"", "write " + choices(kSharings)};
      mount_.sharing = found->second;
    } else {
      apply_special(key, value);
    }
  }
  // What only some types have.
  void apply_special(const std::string& key, const std::string& value) {
    if (key == "required") {
      only_for(key, mount_.type == MountType::secret || mount_.type == MountType::ssh, "secret and ssh");
      mount_.required = truth(key, value);
    } else if (key == "size") {
      only_for(key, mount_.type == MountType::tmpfs, "tmpfs");
      const auto bytes = parse_bytes(value);
      if (!bytes || *bytes < 0) throw Wrong{"\"" + value + "\" is not a size", "write a number of bytes, or 64m"};
      mount_.size = static_cast<std::uint64_t>(*bytes);
    } else if (key == "env") {
      only_for(key, mount_.type == MountType::secret, "secret");
      mount_.env = value;
    } else if (key == "mode" || key == "uid" || key == "gid") {
      (key == "mode" ? mount_.mode : key == "uid" ? mount_.uid : mount_.gid) = number(key, value);
    } else {
      const std::string meant = did_you_mean(key, kKeys);
      throw Wrong{"unknown mount option \"" + key + "\"",
                  meant.empty() ? "options are type, source, target, from, id and others" : meant};
    }
  }
  static bool truth(const std::string& key, const std::string& value) {
    for (const std::string_view yes : {"1", "t", "T", "TRUE", "true", "True"}) {
      if (value == yes) return true;
    }
    for (const std::string_view no : {"0", "f", "F", "FALSE", "false", "False"}) {
      if (value == no) return false;
    }
    throw Wrong{"\"" + value + "\" is not a valid value for " + key, "write true or false"};
  }
  static std::uint32_t number(const std::string& key, const std::string& value) {
    std::uint32_t result = 0;
    const auto [end, error] =
        std::from_chars(value.data(), value.data() + value.size(), result, key == "mode" ? 8 : 10);
    if (error == std::errc{} && end == value.data() + value.size()) return result;
    throw Wrong{"\"" + value + "\" is not a valid value for " + key,
                key == "mode" ? "write an octal number, as in mode=0600" : "write a number"};
  }
  static void only_for(const std::string& key, bool fits, std::string_view types) {
    if (!fits)
      throw Wrong{"the mount option \"" + key + "\" is for the type " + std::string{types},
                  "write type= in front of it, or remove it"};
  }
  void check() const {
    const bool owned =
        mount_.type == MountType::secret || mount_.type == MountType::ssh || mount_.type == MountType::cache;
    if (!owned && (mount_.mode || mount_.uid || mount_.gid)) {
      throw Wrong{"a mount of type " + std::string{name_of(mount_.type)} + " has no mode, uid or gid", "remove them"};
    }
    if (mount_.sharing && mount_.type != MountType::cache) {
      throw Wrong{"a mount of type " + std::string{name_of(mount_.type)} + " has no sharing",
                  "only the type cache has it"};
    }
    if (mount_.type != MountType::secret) return;
    if (!mount_.from.empty()) throw Wrong{"a secret does not come from a stage", "remove from="};
    if (mount_.source.empty() && mount_.target.empty() && mount_.id.empty())
      throw Wrong{"a secret needs a name", "write id=NAME"};
    if (!mount_.source.empty() && !mount_.id.empty()) throw Wrong{"both source and id name the secret", "keep id"};
  }

  RunMount& mount_;
  bool access_unset_ = true;
};

}  // namespace

std::vector<std::string> texts_of(const std::vector<Word>& words) {
  std::vector<std::string> result;
  for (const Word& word : words) result.push_back(word.text);
  return result;
}

std::optional<RunMount> parse_mount(const Word& value, Problems& problems) {
  const auto refuse = [&](std::string message, std::string remedy) {
    problems.push_back({Severity::error, "mount", std::move(message), std::move(remedy), value.range});
    return std::nullopt;
  };
  const auto parts = fields(value.text);
  if (value.text.empty()) return refuse("the mount has no options", "write --mount=type=cache,target=/path");
  if (!parts) return refuse("a quote in the mount's options is not closed", "put the whole option in double quotes");
  RunMount mount{.options = {}, .range = value.range};
  bool variables = false;
  for (const std::string& part : *parts) {
    const std::size_t equals = part.find('=');
    MountOption option{lower(part.substr(0, equals)), std::nullopt};
    if (equals != std::string::npos) option.value = part.substr(equals + 1);
    const std::size_t dollar = option.value ? option.value->find('$') : std::string::npos;
    if (dollar != std::string::npos && dollar + 1 < option.value->size() && option.key == "from") {
      return refuse("from takes no variables",
                    "name a stage \"FROM " + *option.value + " AS name\" and write from=name");
    }
    if (option.key == "from") mount.from = option.value.value_or("");
    variables = variables || dollar != std::string::npos;
    mount.options.push_back(std::move(option));
  }
  if (variables) return mount;
  if (auto problem = resolve_mount(mount)) {
    problems.push_back(std::move(*problem));
    return std::nullopt;
  }
  return mount;
}

std::optional<Problem> resolve_mount(RunMount& mount) {
  try {
    Resolver{mount}.run();
    return std::nullopt;
  } catch (Wrong& wrong) {
    return Problem{Severity::error, "mount", std::move(wrong.message), std::move(wrong.remedy), mount.range};
  }
}

}  // namespace stack::dockerfile
