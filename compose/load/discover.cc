#include "compose/load/discover.h"

#include <algorithm>
#include <cctype>

#include "base/path_text.h"
#include "base/utf8.h"
#include "compose/load/env_files.h"
#include "compose/load/remote_files.h"
#include "compose/remote/remote_reference.h"

namespace stack::compose {
namespace {

constexpr const char* kMainNames[] = {"compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"};
constexpr const char* kOverrideNames[] = {"compose.override.yml", "compose.override.yaml",
                                          "docker-compose.override.yml", "docker-compose.override.yaml"};

std::vector<std::string> split_list(std::string_view text, std::string_view separator) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto end = text.find(separator);
    auto part = text.substr(0, end);
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    if (!part.empty()) out.emplace_back(part);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + separator.size());
  }
  return out;
}

// Nothing for what is no boolean at all.
std::optional<bool> truth(std::string_view text) {
  for (const auto* word : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (text == word) return true;
  }
  for (const auto* word : {"", "0", "f", "F", "false", "FALSE", "False"}) {
    if (text == word) return false;
  }
  return std::nullopt;
}

class Finder {
 public:
  Finder(const LoadOptions& options, const Variables& environment, LoadContext& context)
      : options_(options), context_(context), cwd_(context.files.working_dir()) {
    found_.variables = environment;
    std::erase_if(found_.variables, [&](const auto& variable) {
      const auto& [name, value] = variable;
      if (is_text(name) && is_text(value)) return false;
      auto& found = context.file_error("unusable_variable", "the variable " + name + " is not UTF-8 text", "");
      found.severity = Severity::warning;
      found.remedy = "it counts as not set";
      return true;
    });
    found_.variables.try_emplace("PWD", cwd_);
  }

  Variables only_variables() {
    read_variables(first_dir());
    return std::move(found_.variables);
  }

  std::optional<Sources> find() {
    const auto before = context_.diagnostics.size();
    read_variables(first_dir());
    if (!find_files()) return std::nullopt;
    if (options_.project_directory.empty()) {
      found_.dir = found_.files.front() == "-" ? cwd_ : parent_path(found_.files.front());
    } else {
      found_.dir = absolute_path(cwd_, options_.project_directory);
    }
    read_variables(found_.dir);
    found_.profiles = options_.profiles;
    if (found_.profiles.empty()) found_.profiles = split_list(setting(found_.variables, "PROFILES"), ",");
    for (std::size_t i = before; i < context_.diagnostics.size(); ++i) {
      if (context_.diagnostics[i].severity == Severity::error) return std::nullopt;
    }
    return std::move(found_);
  }

 private:
  [[nodiscard]] std::string first_dir() const {
    if (!options_.project_directory.empty()) return absolute_path(cwd_, options_.project_directory);
    for (const auto& file : options_.files) {
      if (file != "-" && !parse_remote(file)) return parent_path(absolute_path(cwd_, file));
    }
    return cwd_;
  }

  // Of several files the last one that has a name wins; what is known already stays.
  void read_variables(const std::string& dir) {
    auto given = options_.env_files;
    if (given.empty()) given = split_list(setting(found_.variables, "ENV_FILES"), ",");
    Variables values;
    if (!given.empty()) {
      if (!found_.env_files.empty()) return;
      for (const auto& file : given) {
        found_.env_files.push_back(absolute_path(cwd_, file));
        lay_over(values, read_env_file(found_.env_files.back(), {found_.variables, values}, false, nullptr, context_));
      }
    } else if (!without_env_file() && dir != read_dir_) {
      read_dir_ = dir;
      values = read_env_file(dir + "/.env", {found_.variables, {}}, true, nullptr, context_);
    }
    for (const auto& [name, value] : values) {
      if (!found_.variables.contains(name)) {
        found_.variables.take(name, values);
      } else {
        found_.variables.pass_over(name, values);
      }
    }
  }

  bool without_env_file() {
    const std::string said = setting(found_.variables, "DISABLE_ENV_FILE");
    const auto read = truth(said);
    if (!read && read_dir_.empty()) {
      context_.file_error("bad_value", "COMPOSE_DISABLE_ENV_FILE is \"" + said + "\", which is not a boolean", "")
          .remedy = "write true or false";
    }
    return read.value_or(true);
  }

  static void lay_over(Variables& values, const Variables& more) {
    for (const auto& [name, value] : more) values.take(name, more);
  }

  bool find_files() {
    auto given = options_.files;
    if (given.empty()) {
      const std::string separator = setting(found_.variables, "PATH_SEPARATOR");
      given = split_list(setting(found_.variables, "FILE"), separator.empty() ? ":" : separator);
    }
    for (const auto& file : given) {
      auto path = find_file(file, cwd_, found_.variables, nullptr, context_);
      if (!path) return false;
      // The folder of a checkout is named for its commit, which changes.
      const auto reference = file == "-" ? std::nullopt : parse_remote(file);
      if (found_.files.empty() && reference && *path != absolute_path(cwd_, file)) {
        const bool oci = reference->kind == RemoteKind::oci;
        const auto url = reference->url.substr(0, oci ? reference->url.find('@') : reference->url.rfind(".git"));
        found_.fetched_name = url.substr(url.find_last_of(oci ? "/" : "/:") + 1);
        if (oci) found_.fetched_name.resize(std::min(found_.fetched_name.find(':'), found_.fetched_name.size()));
      }
      found_.files.push_back(std::move(*path));
    }
    return !given.empty() || discover();
  }

  bool discover() {
    const std::string first =
        options_.project_directory.empty() ? cwd_ : absolute_path(cwd_, options_.project_directory);
    for (std::string dir = first;; dir = parent_path(dir)) {
      const auto mains = present(dir, kMainNames);
      if (!mains.empty()) {
        found_.files.push_back(mains.front());
        const auto overrides = present(dir, kOverrideNames);
        if (!overrides.empty()) found_.files.push_back(overrides.front());
        warn_about_several(mains);
        warn_about_several(overrides);
        return true;
      }
      if (dir == "/") break;
    }
    auto& missing =
        context_.file_error("no_file", "there is no Compose file in " + first + " or in any folder above it", "");
    missing.remedy = "create compose.yaml (stack init writes a first one), or name a file with --file";
    return false;
  }

  template <std::size_t N>
  std::vector<std::string> present(const std::string& dir, const char* const (&names)[N]) {
    std::vector<std::string> out;
    for (const char* name : names) {
      std::string path = absolute_path(dir, name);
      if (context_.files.status(path) != FileStatus::missing) out.push_back(std::move(path));
    }
    return out;
  }

  void warn_about_several(const std::vector<std::string>& candidates) {
    std::string others;
    for (std::size_t i = 1; i < candidates.size(); ++i) {
      // In a folder that cannot be searched nothing is known of any name.
      if (context_.files.status(candidates[i]) == FileStatus::ok)
        others += (others.empty() ? "" : ", ") + base_name(candidates[i]);
    }
    if (others.empty()) return;
    auto& found = context_.file_error("several_files", "this file is used; not used: " + others,
                                      shown_path(context_.shown_from, candidates.front()));
    found.severity = Severity::warning;
  }

  const LoadOptions& options_;
  LoadContext& context_;
  std::string cwd_;
  std::string read_dir_;
  Sources found_;
};

}  // namespace

std::string main_file_in(const std::string& dir, FileSource& files) {
  for (const char* name : kMainNames) {
    std::string path = absolute_path(dir, name);
    if (files.status(path) != FileStatus::missing) return path;
  }
  return {};
}

std::string setting(const Variables& variables, std::string_view name) {
  for (const char* prefix : {"STACK_", "COMPOSE_"}) {
    if (const auto found = variables.find(prefix + std::string{name}); found != variables.end()) return found->second;
  }
  return {};
}

bool is_on(const Variables& variables, std::string_view name) {
  std::string said = setting(variables, name);
  std::transform(said.begin(), said.end(), said.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return said == "y" || truth(said).value_or(false);
}

Variables variables_of(const LoadOptions& options, FileSource& files, const Variables& environment) {
  Diagnostics unreported;
  LoadContext context{files, unreported, files.working_dir(), {}, options.interpolate, options.resolve_paths};
  return Finder{options, environment, context}.only_variables();
}

std::optional<Sources> find_sources(const LoadOptions& options, const Variables& environment, LoadContext& context) {
  return Finder{options, environment, context}.find();
}

}  // namespace stack::compose
