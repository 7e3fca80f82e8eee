// What the API asks of networks. engine/service implements it. Loop thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/model/network_spec.h"
#include "engine/api/backend.h"

namespace stack::api {

struct NetworkFilter {
  std::vector<std::string> names, ids;          // regular expressions; one of each has to match
  std::vector<std::string> drivers, scopes;     // whole words; one of each
  std::vector<std::string> labels, not_labels;  // "name" or "name=value"; all have to be there, none of the others
  std::optional<bool> dangling;                 // whether no container has it
  std::optional<bool> predefined;               // bridge, host, none; or those that somebody made
  std::optional<Wall> until;                    // created before
};

// A container's place on a network.
struct NetworkMember {
  std::string container_id, name, endpoint_id, mac, ipv4, ipv6;  // addresses with the prefix's length, or empty
};

struct NetworkView {
  model::Network network;
  std::vector<NetworkMember> members;  // running ones; filled by inspect()
};

class NetworkBackend {
 public:
  virtual ~NetworkBackend() = default;
  // By name; bridge, host and none among them.
  virtual std::vector<model::Network> networks(const NetworkFilter& filter) = 0;
  // By name, id or the unique beginning of an id. Throws not_found, invalid (ambiguous).
  virtual NetworkView inspect(const std::string& name_or_id) = 0;
  // Throws invalid, unsupported, not_found (driver), conflict (name, subnet), not_permitted (predefined).
  virtual model::Network create(model::NetworkSpec spec) = 0;
  // Throws not_found, not_permitted (predefined, or containers run on it).
  virtual void remove(const std::string& name_or_id) = 0;
  // Removes those that no container has; their names.
  virtual std::vector<std::string> prune(const NetworkFilter& filter) = 0;
};

}  // namespace stack::api
