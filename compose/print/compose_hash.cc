#include "compose/print/compose_hash.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "compose/model/project_json.h"
#include "compose/print/config_output.h"
#include "compose/source/json_writer.h"

namespace stack::compose {
namespace {

// What may change and leave a container as it is.
constexpr std::array<std::string_view, 5> kNotOfAContainer{"build", "depends_on", "profiles", "pull_policy", "scale"};

}  // namespace

std::string compose_hash(const Service& service) {
  Value value = hashed_value(service);
  auto& members = std::get<Value::Object>(value.data);
  std::erase_if(members, [](const auto& member) {
    return std::ranges::find(kNotOfAContainer, member.first) != kNotOfAContainer.end();
  });
  for (auto& [name, deploy] : members) {
    if (name == "deploy")
      std::erase_if(std::get<Value::Object>(deploy.data),
                    [](const auto& member) { return member.first == "replicas"; });
  }
  return sha256_hex(write_json(value));
}

std::string compose_hash(const Network& network) { return sha256_hex(write_json(hashed_value(network))); }

std::string compose_hash(const Volume& volume) {
  Volume what = volume;
  if (what.driver.empty()) what.driver = "local";
  return sha256_hex(write_json(hashed_value(what)));
}

}  // namespace stack::compose
