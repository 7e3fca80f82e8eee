#include "engine/service/network_service.h"

#include <algorithm>
#include <memory>

#include "base/model/name_pattern.h"
#include "engine/api/endpoint_id.h"
#include "engine/api/filters.h"
#include "engine/core/claims.h"
#include "engine/core/context.h"
#include "engine/core/predefined_networks.h"
#include "engine/service/engine_events.h"
#include "engine/service/network_refusals.h"

namespace stack::service {

namespace {

using core::is_predefined_network;

bool matches_one(const std::vector<std::string>& patterns, const std::string& text) {
  return patterns.empty() || std::any_of(patterns.begin(), patterns.end(), [&](const std::string& each) {
           return model::NamePattern{each}.matches(text);
         });
}

bool is_one_of(const std::vector<std::string>& words, const std::string& word) {
  return words.empty() || std::find(words.begin(), words.end(), word) != words.end();
}

bool matches(const api::NetworkFilter& filter, const model::Network& network) {
  const model::NetworkSpec& spec = network.spec;
  return matches_one(filter.names, spec.name) && matches_one(filter.ids, network.id) &&
         is_one_of(filter.drivers, spec.driver) && is_one_of(filter.scopes, "local") &&
         api::has_labels(spec.labels, filter.labels) && !api::has_some_label(spec.labels, filter.not_labels) &&
         (!filter.predefined || *filter.predefined == is_predefined_network(spec.name)) &&
         (!filter.until || network.created < *filter.until);
}

std::string with_prefix(const std::string& address, int prefix) {
  return address.empty() ? "" : address + "/" + std::to_string(prefix);
}

// Docker's words for what its clients compare.
void check_new(const model::NetworkSpec& spec) {
  if (spec.name.empty()) throw Error(ErrorKind::invalid, "invalid name: name is empty");
  // "default" is how containers ask for the bridge.
  if (is_predefined_network(spec.name) || spec.name == "default") {
    throw Error(ErrorKind::not_permitted, "operation is not permitted on predefined " + spec.name + " network");
  }
  if (spec.driver == "host" || spec.driver == "null") {
    throw Error(ErrorKind::not_permitted, "only one instance of \"" + spec.driver + "\" network is allowed");
  }
  if (spec.driver != "bridge" && spec.driver != "macvlan" && spec.driver != "ipvlan") {
    throw Error(ErrorKind::not_found, "plugin \"" + spec.driver + "\" not found")
        .remedy("use one of the drivers bridge, macvlan and ipvlan");
  }
}

}  // namespace

std::vector<model::Network> NetworkService::all() {
  std::vector<model::Network> found{core::predefined_network("host"), core::predefined_network("none")};
  const auto& made = engine_.networks().by_name();
  // They are as old as the engine, of which the default network tells.
  if (const auto bridge = made.find("bridge"); bridge != made.end())
    for (model::Network& network : found) network.created = bridge->second.created;
  for (const auto& [name, network] : made) found.push_back(network);
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.spec.name < b.spec.name; });
  return found;
}

std::vector<model::Network> NetworkService::networks(const api::NetworkFilter& filter) {
  engine_.ensure_default_network();
  std::vector<model::Network> found = all();
  std::erase_if(found, [&](const model::Network& network) {
    if (!matches(filter, network)) return true;
    return filter.dangling && *filter.dangling == (is_predefined_network(network.spec.name) || is_used(network));
  });
  return found;
}

model::Network NetworkService::find(const std::string& name_or_id) {
  if (name_or_id == "bridge") engine_.ensure_default_network();
  const std::vector<model::Network> known = all();
  std::vector<const model::Network*> by_prefix;
  // A whole id is nobody's name, whatever others are called.
  const auto whole = std::ranges::find(known, name_or_id, &model::Network::id);
  if (whole != known.end()) return *whole;
  for (const model::Network& network : known) {
    if (network.spec.name == name_or_id) return network;
    if (!name_or_id.empty() && network.id.starts_with(name_or_id)) by_prefix.push_back(&network);
  }
  if (by_prefix.empty()) throw Error(ErrorKind::not_found, "network " + name_or_id + " not found");
  if (by_prefix.size() > 1) {
    throw Error(ErrorKind::invalid, "network " + name_or_id + " is ambiguous (" + std::to_string(by_prefix.size()) +
                                        " matches found based on ID prefix)");
  }
  return *by_prefix.front();
}

api::NetworkView NetworkService::inspect(const std::string& name_or_id) {
  api::NetworkView view{.network = find(name_or_id), .members = {}};
  for (const auto& [id, container] : engine_.containers().by_id()) {
    const model::Container& row = container->row();
    for (const model::Endpoint& endpoint : row.state.endpoints) {
      if (endpoint.network_id != view.network.id) continue;
      view.members.push_back({.container_id = row.id,
                              .name = row.spec.name,
                              .endpoint_id = api::endpoint_id(row.id, endpoint.network_id),
                              .mac = endpoint.mac,
                              .ipv4 = with_prefix(endpoint.ipv4, endpoint.prefix_length),
                              .ipv6 = with_prefix(endpoint.ipv6, endpoint.ipv6_prefix_length)});
    }
  }
  return view;
}

model::Network NetworkService::create(model::NetworkSpec spec) {
  check_new(spec);
  check_pools(spec);
  return engine_.networks().create(spec);
}

std::vector<std::string> NetworkService::users_of(const model::Network& network) {
  std::vector<std::string> users;
  for (const auto& [id, container] : engine_.containers().by_id()) {
    const auto& attachments = container->row().spec.networks;
    if (std::any_of(attachments.begin(), attachments.end(), [&](const model::Attachment& each) {
          return each.network == network.spec.name || each.network == network.id;
        }))
      users.push_back(container->row().spec.name);
  }
  return users;
}

bool NetworkService::is_used(const model::Network& network) {
  return !users_of(network).empty() ||
         engine_.context().claims.holder_of(core::Claims::Kind::network, network.spec.name).has_value();
}

void NetworkService::remove(const std::string& name_or_id) {
  const model::Network network = find(name_or_id);
  if (is_predefined_network(network.spec.name)) {
    throw Error(ErrorKind::not_permitted, network.spec.name + " is a pre-defined network and cannot be removed");
  }
  const auto members = inspect(network.id).members;
  if (!members.empty()) {
    std::string names;
    for (const api::NetworkMember& member : members)
      names += (names.empty() ? "" : ", ") +
               ("name:\"" + member.name + "\" id:\"" + member.container_id.substr(0, 12) + "\"");
    throw Error(ErrorKind::not_permitted,
                "error while removing network: network " + network.spec.name + " has active endpoints (" + names + ")")
        .remedy("stop these containers first");
  }
  engine_.remove_network(network.id, network.spec.name);
}

std::vector<std::string> NetworkService::prune(const api::NetworkFilter& filter) {
  std::vector<std::string> removed;
  for (const model::Network& network : all()) {
    if (is_predefined_network(network.spec.name) || !matches(filter, network) || is_used(network)) continue;
    engine_.remove_network(network.id, network.spec.name);
    removed.push_back(network.spec.name);
  }
  tell_pruned(engine_.context(), "network", 0);
  return removed;
}

}  // namespace stack::service
