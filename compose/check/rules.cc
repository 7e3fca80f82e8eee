#include "compose/check/rules.h"

#include <array>

#include <arpa/inet.h>

#include "compose/check/schema.h"

namespace stack::compose {
namespace {

class Rules {
 public:
  explicit Rules(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

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
        if (const Node* found = object.find(source)) given.push_back(found);
      }
      const Path path{here, name};
      if (given.size() > 1) {
        auto& found = report("several_sources", "only one of " + names + " can be the source of a " + std::string{noun},
                             path, *given[1]);
        found.related.push_back({given[0]->key_place(), "the other one"});
      } else if (given.empty() && !is_external(object) && object.find("driver") == nullptr && !object.entries.empty()) {
        report("no_source", "the " + std::string{noun} + " has no source", path, object).remedy = "set one of " + names;
      } else if (given.empty() && object.entries.empty()) {
        report("no_source", "the " + std::string{noun} + " has no source", path, object).remedy = "set one of " + names;
      }
    });
  }

  void services(const Node& model) {
    const Path here{kRoot, "services"};
    each(model, "services", [&](const std::string& name, const Node& service) {
      const Path path{here, name};
      ports(service, path);
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

  void ports(const Node& service, const Path& path) {
    const Node* all = service.find("ports");
    if (all == nullptr) return;
    const Path list{path, "ports"};
    for (std::size_t i = 0; i < all->items.size(); ++i) {
      const Node& port = all->items[i];
      const Node* target = port.find("target");
      if (port.is(Kind::mapping) && target == nullptr) {
        report("missing_key", "the key \"target\" is missing", Path{list, i}, port);
      } else if (target != nullptr && target->is(Kind::integer) && (target->integer < 1 || target->integer > 65535)) {
        report("bad_port", "a port is between 1 and 65535", Path{list, i}, *target);
      }
      std::array<unsigned char, 16> bytes{};
      if (const Node* ip = port.find("host_ip"); ip != nullptr && ip->text.find('$') == std::string::npos &&
                                                 inet_pton(AF_INET, ip->text.c_str(), bytes.data()) != 1 &&
                                                 inet_pton(AF_INET6, ip->text.c_str(), bytes.data()) != 1) {
        report("bad_address", "\"" + ip->text + "\" is not an IP address", Path{list, i}, *ip);
      }
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
      if (list.items[i].find("capabilities") == nullptr) {
        report("missing_key", "the key \"capabilities\" is missing", Path{path, i}, list.items[i]);
      }
    }
  }

  Diagnostics& diagnostics_;
};

}  // namespace

void check_rules(const Node& model, Diagnostics& diagnostics) {
  Rules rules{diagnostics};
  rules.volumes(model);
  rules.file_objects(model, "secrets", "secret", {"file", "environment"});
  rules.file_objects(model, "configs", "config", {"file", "environment", "content"});
  rules.services(model);
}

}  // namespace stack::compose
