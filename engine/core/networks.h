// The engine's networks: their rows and what the network room makes of them.
//
// Loop thread only. A network's interface exists from create() to remove(), and again after recover().
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/model/network_spec.h"
#include "engine/core/context.h"

namespace stack::core {

class Networks {
 public:
  explicit Networks(Context& context) : context_(context) {}

  // Throws conflict when the name is in use, and what the network room refuses.
  const model::Network& create(const model::NetworkSpec& spec);
  // By id or name; throws not_found, or conflict while containers are attached.
  void remove(const std::string& id_or_name);
  [[nodiscard]] const model::Network* find(const std::string& id_or_name) const;
  [[nodiscard]] const std::map<std::string, model::Network>& by_name() const { return by_name_; }
  // Rows of the store become interfaces again. Gives the errors of those that did not.
  std::vector<std::string> recover(std::vector<model::Network> rows);

 private:
  void tell(const model::Network& network, const char* action);

  Context& context_;
  std::map<std::string, model::Network> by_name_;
};

}  // namespace stack::core
