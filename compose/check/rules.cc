#include "compose/check/rules.h"

#include <algorithm>
#include <array>

#include <arpa/inet.h>

#include "base/duration.h"
#include "compose/check/schema.h"

namespace stack::compose {
namespace {

class Rules {
 public:
  Rules(bool unresolved, Diagnostics& diagnostics) : unresolved_(unresolved), diagnostics_(diagnostics) {}

  void volumes(const Node& model) {
    const Path here{kRoot, "volumes"};
    each(model, "volumes", [&](const std::string& name, const Node& volume) {
      if (!is_external(volume)) return;
      for (const auto& [key, value] : volume.entries) {
        if (key == "external" || key == "name" || key.starts_with("x-")) continue;
        const Path path{here, name};
        report("external_with_more", "an external volume is made elsewhere, so \"" + key + "\" cannot be set here",
               path, value)
            .remedy = "remove it, or remove external";
      }
    });
  }

  // Secrets and configs have exactly one source.
  void file_objects(const Node& model, const char* kind, std::string_view noun,
                    const std::vector<const char*>& sources) {
    const Path here{kRoot, kind};
    each(model, kind, [&](const std::string& name, const Node& object) {
      std::vector<const Node*> given;
      std::string names;
      for (const char* source : sources) {
        names += std::string{names.empty() ? "" : ", "} + source;
        const Node* found = object.find(source);
        // Content may be empty, the name of a file or variable not.
        if (found != nullptr && (!found->text.empty() || std::string_view{source} == "content")) given.push_back(found);
      }
      const Path path{here, name};
      if (given.size() > 1) {
        auto& found = report("several_sources", "only one of " + names + " can be the source of a " + std::string{noun},
                             path, *given[1]);
        found.related.push_back({given[0]->key_place(), "the other one"});
      } else if (given.empty() && !is_external(object) && !object.damaged) {
        report("no_source", "the " + std::string{noun} + " has no source", path, object).remedy = "set one of " + names;
      }
    });
  }

  void services(const Node& model) {
    const Path here{kRoot, "services"};
    each(model, "services", [&](const std::string& name, const Node& service) {
      const Path path{here, name};
      ports(service, path);
      container_name(service, path);
      pull_policy(service, path);
      numbers(service, path);
      watch(service, path);
      if (const Node* gpus = service.find("gpus")) requests(*gpus, Path{path, "gpus"});
      const Node* at = &service;
      for (const char* key : {"deploy", "resources", "reservations", "devices"}) {
        at = at == nullptr ? nullptr : at->find(key);
      }
      if (at != nullptr) requests(*at, Path{path, "deploy.resources.reservations.devices"});
      if (at != nullptr) capabilities(*at, Path{path, "deploy.resources.reservations.devices"});
    });
  }

 private:
  static inline const Path kRoot;

  template <class F>
  static void each(const Node& model, std::string_view kind, F&& action) {
    const Node* all = model.find(kind);
    if (all == nullptr) return;
    for (const auto& [name, value] : all->entries) action(name, value);
  }

  static bool is_external(const Node& object) {
    const Node* external = object.find("external");
    return external != nullptr && external->is(Kind::boolean) && external->boolean;
  }

  Diagnostic& report(std::string code, std::string message, const Path& path, const Node& node) {
    return diagnostics_.emplace_back(mistake(std::move(code), std::move(message), path, node));
  }

  // Whether a text is still to be filled in.
  [[nodiscard]] bool open(const Node& text) const { return unresolved_ && text.text.find('$') != std::string::npos; }

  void pull_policy(const Node& service, const Path& path) {
    const Node* policy = service.find("pull_policy");
    if (policy == nullptr || open(*policy)) return;
    static constexpr std::array<std::string_view, 8> kWords{"always",  "never",   "build", "if_not_present",
                                                            "missing", "refresh", "daily", "weekly"};
    constexpr std::string_view kEvery = "every_";
    const std::string_view text = policy->text;
    if (std::ranges::find(kWords, text) != kWords.end()) return;
    if (text.starts_with(kEvery) && parse_duration(text.substr(kEvery.size())).has_value()) return;
    report("bad_value", "\"" + policy->text + "\" is not a pull policy", Path{path, "pull_policy"}, *policy).remedy =
        "write always, never, missing, if_not_present, build, daily, weekly or every_12h";
  }

  void numbers(const Node& service, const Path& path) {
    const Node* score = service.find("oom_score_adj");
    if (score != nullptr && score->is(Kind::integer) && (score->integer < -1000 || score->integer > 1000)) {
      report("bad_value", "a score is between -1000 and 1000", Path{path, "oom_score_adj"}, *score);
    }
    const Node* volumes = service.find("volumes");
    if (volumes == nullptr) return;
    const Path list{path, "volumes"};
    for (std::size_t i = 0; i < volumes->items.size(); ++i) {
      const Node* tmpfs = volumes->items[i].find("tmpfs");
      const Node* size = tmpfs == nullptr ? nullptr : tmpfs->find("size");
      if (size != nullptr && scalar_text(*size).starts_with('-')) {
        const Path mount{list, i}, options{mount, "tmpfs"};
        report("bad_value", "a size cannot be negative", Path{options, "size"}, *size);
      }
    }
  }

  void ports(const Node& service, const Path& path) {
    const Node* all = service.find("ports");
    if (all == nullptr) return;
    const Path list{path, "ports"};
    for (std::size_t i = 0; i < all->items.size(); ++i) {
      const Node& port = all->items[i];
      const Node* target = port.find("target");
      if (port.is(Kind::mapping) && target == nullptr && !port.damaged) {
        report("missing_key", "the key \"target\" is missing", Path{list, i}, port);
      } else if (target != nullptr && target->is(Kind::integer) && (target->integer < 1 || target->integer > 65535)) {
        report("bad_port", "a port is between 1 and 65535", Path{list, i}, *target);
      }
      std::array<unsigned char, 16> bytes{};
      if (const Node* ip = port.find("host_ip"); ip != nullptr && !open(*ip) &&
                                                 inet_pton(AF_INET, ip->text.c_str(), bytes.data()) != 1 &&
                                                 inet_pton(AF_INET6, ip->text.c_str(), bytes.data()) != 1) {
        report("bad_address", "\"" + ip->text + "\" is not an IP address", Path{list, i}, *ip);
      }
    }
  }

  // What can be the name of a container.
  void container_name(const Node& service, const Path& path) {
    const Node* name = service.find("container_name");
    if (name == nullptr || open(*name)) return;
    const auto plain = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    const bool good =
        name->text.size() > 1 && plain(name->text.front()) &&
        std::ranges::all_of(name->text, [&](char c) { return plain(c) || c == '_' || c == '.' || c == '-'; });
    if (good) return;
    report("bad_name", "\"" + name->text + "\" cannot be a container's name", Path{path, "container_name"}, *name)
        .remedy = "use two or more letters, digits, \"_\", \".\" and \"-\", with a letter or digit first";
  }

  void watch(const Node& service, const Path& path) {
    const Node* develop = service.find("develop");
    const Node* triggers = develop == nullptr ? nullptr : develop->find("watch");
    if (triggers == nullptr) return;
    const Path inside{path, "develop"}, list{inside, "watch"};
    for (std::size_t i = 0; i < triggers->items.size(); ++i) {
      const Node* watched = triggers->items[i].find("path");
      if (watched == nullptr || !watched->text.empty()) continue;
      const Path item{list, i};
      report("bad_value", "the path to watch is empty", Path{item, "path"}, *watched);
    }
  }

  void requests(const Node& list, const Path& path) {
    for (std::size_t i = 0; i < list.items.size(); ++i) {
      const Node& request = list.items[i];
      if (request.find("count") != nullptr && request.find("device_ids") != nullptr) {
        report("exclusive_keys", "\"count\" and \"device_ids\" exclude each other", Path{path, i}, request);
      }
    }
  }

  void capabilities(const Node& list, const Path& path) {
    for (std::size_t i = 0; i < list.items.size(); ++i) {
      if (list.items[i].find("capabilities") == nullptr && !list.items[i].damaged) {
        report("missing_key", "the key \"capabilities\" is missing", Path{path, i}, list.items[i]);
      }
    }
  }

  const bool unresolved_;
  Diagnostics& diagnostics_;
};

}  // namespace

void check_rules(const Node& model, bool unresolved, Diagnostics& diagnostics) {
  Rules rules{unresolved, diagnostics};
  rules.volumes(model);
  rules.file_objects(model, "secrets", "secret", {"file", "environment"});
  rules.file_objects(model, "configs", "config", {"file", "environment", "content"});
  rules.services(model);
}

}  // namespace stack::compose
