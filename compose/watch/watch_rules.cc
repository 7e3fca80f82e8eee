#include "compose/watch/watch_rules.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/path_text.h"

namespace stack::compose {
namespace {

struct ActionWord {
  const char* word;
  WatchRule::Action action;
};
constexpr std::array kActions{
    ActionWord{"rebuild", WatchRule::Action::rebuild}, ActionWord{"sync", WatchRule::Action::sync},
    ActionWord{"restart", WatchRule::Action::restart}, ActionWord{"sync+restart", WatchRule::Action::sync_restart},
    ActionWord{"sync+exec", WatchRule::Action::sync_exec}};

// What editors, compilers and version control write for themselves.
bool is_ephemeral(std::string_view name) {
  const auto is_swap = [&](std::string_view ending) { return name.starts_with('.') && name.ends_with(ending); };
  return name == ".git" || name == ".idea" || name == "4913" || name.ends_with('~') || name.starts_with(".#") ||
         (name.size() > 1 && name.starts_with('#') && name.ends_with('#')) || is_swap(".swp") || is_swap(".swx") ||
         is_swap(".swo") || is_swap(".swn") || is_swap(".kate-swp") || name.ends_with("-go-tmp-umask") ||
         name.find("___jb_old___") != std::string_view::npos || name.find("___jb_tmp___") != std::string_view::npos;
}

// Of the path, or of a folder below `root` that it lies in.
bool is_ephemeral_below(std::string_view path, const std::string& root) {
  std::string_view rest = path.substr(root == "/" ? 0 : root.size());
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const std::size_t end = std::min(rest.find('/'), rest.size());
    if (is_ephemeral(rest.substr(0, end))) return true;
    rest.remove_prefix(end);
  }
  return false;
}

bool lies_in(const std::string& path, const std::string& folder) {
  if (folder == "/") return true;
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

// The rules of one service.
class ServiceRules {
 public:
  ServiceRules(const std::string& name, const Service& service, const WatchFiles& files, WatchRules& to)
      : name_(name), service_(service), files_(files), to_(to) {}

  void add_all() {
    const std::optional<PathFilter> build_ignore = ignore_of_build();
    for (std::size_t i = 0; i < service_.develop->watch.size(); ++i) {
      const WatchTrigger& trigger = service_.develop->watch[i];
      const std::string place = "develop.watch[" + std::to_string(i) + "]";
      try {
        add(trigger, build_ignore);
      } catch (Error& error) {
        throw error.context(to_text(service_.place_of(place)));
      }
    }
  }

 private:
  void add(const WatchTrigger& trigger, const std::optional<PathFilter>& build_ignore) {
    const auto* word =
        std::ranges::find_if(kActions, [&](const ActionWord& each) { return each.word == trigger.action; });
    if (word == kActions.end()) throw Error(ErrorKind::invalid, "unknown action \"" + trigger.action + "\"");
    WatchRule rule{.service = name_,
                   .action = word->action,
                   .root = files_.resolve(trigger.path),
                   .target = trigger.target,
                   .initial_sync = trigger.initial_sync,
                   .exec = trigger.exec};
    if (rule.action == WatchRule::Action::rebuild && !service_.build)
      throw Error(ErrorKind::invalid,
                  "can't watch service \"" + name_ + "\" with action rebuild without a build context")
          .remedy("give the service a build section, or use the action sync+restart");
    if (rule.syncs() && is_mounted(trigger.path)) {
      to_.warnings.push_back("path '" + trigger.path +
                             "' also declared by a bind mount volume, this path won't be monitored!");
      return;
    }
    if (rule.syncs() && rule.target.empty())
      throw Error(ErrorKind::invalid, "the action " + trigger.action + " needs a target");
    if (rule.action == WatchRule::Action::sync_exec && !rule.exec)
      throw Error(ErrorKind::invalid, "the action sync+exec needs exec")
          .remedy("write exec: {command: [...]} beside it");
    if (!trigger.include.empty()) rule.include.emplace(rule.root, trigger.include);
    if (!trigger.ignore.empty()) rule.ignore.emplace_back(rule.root, trigger.ignore);
    if (build_ignore) rule.ignore.push_back(*build_ignore);
    to_.rules.push_back(std::move(rule));
  }

  [[nodiscard]] bool is_mounted(const std::string& path) const {
    return std::ranges::any_of(service_.volumes, [&](const ServiceMount& mount) {
      return mount.type == "bind" && lies_in(path, mount.source);
    });
  }

  [[nodiscard]] std::optional<PathFilter> ignore_of_build() const {
    if (!service_.build || !service_.build->context.starts_with('/')) return std::nullopt;
    const std::string context = files_.resolve(service_.build->context);
    const std::string& written = service_.build->dockerfile;
    for (const std::string& name : dockerfile::ignore_file_names(written.empty() ? "Dockerfile" : written)) {
      const std::string path = absolute_path(context, name);
      to_.settings.insert(path);
      const std::optional<std::string> text = files_.read(path);
      if (!text) continue;
      try {
        return PathFilter::of_file(context, *text);
      } catch (Error& error) {
        throw error.context(path);
      }
    }
    return std::nullopt;
  }

  const std::string& name_;
  const Service& service_;
  const WatchFiles& files_;
  WatchRules& to_;
};

}  // namespace

bool WatchRule::concerns(const std::string& path) const {
  if (!lies_in(path, root) || is_ephemeral_below(path, root) || (include && !include->takes(path))) return false;
  return std::ranges::none_of(ignore, [&](const PathFilter& each) { return each.takes(path); });
}

bool WatchRule::enters(const std::string& folder) const {
  if (!lies_in(folder, root) || is_ephemeral_below(folder, root)) return false;
  return std::ranges::none_of(ignore, [&](const PathFilter& each) { return each.takes_all_below(folder); });
}

std::string WatchRule::landing(const std::string& path) const {
  return clean_path(target + "/" + path.substr(root == "/" ? 0 : root.size()));
}

std::vector<std::string> WatchRules::roots() const {
  std::set<std::string> roots;
  for (const WatchRule& rule : rules) roots.insert(rule.root);
  return {roots.begin(), roots.end()};
}

bool WatchRules::wants(const std::string& path, bool folder) const {
  return std::ranges::any_of(rules,
                             [&](const WatchRule& rule) { return folder ? rule.enters(path) : rule.concerns(path); });
}

WatchRules watch_rules(const Project& project, const std::set<std::string>& services, const WatchFiles& files) {
  WatchRules result;
  for (const auto& [name, service] : project.services) {
    if (!service.develop || (!services.empty() && !services.contains(name))) continue;
    ServiceRules{name, service, files, result}.add_all();
  }
  return result;
}

}  // namespace stack::compose
