// The engine's named and anonymous volumes: their rows and folders.
//
// Loop thread only; content is deleted on the pool, after the name is free again.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "engine/core/context.h"
#include "engine/model/volume_spec.h"

namespace stack::core {

class Volumes {
 public:
  explicit Volumes(Context& context) : context_(context) {}

  // The existing volume of that name, or a new one; anonymous ones are labelled as such.
  const model::Volume& ensure(model::VolumeSpec spec);
  // Throws not_found. The caller has made sure that no container uses it.
  boost::asio::awaitable<void> remove(std::string name);
  [[nodiscard]] std::optional<std::string> path(const std::string& name) const;
  [[nodiscard]] const std::map<std::string, model::Volume>& by_name() const { return by_name_; }
  void recover(std::vector<model::Volume> rows);

 private:
  void tell(const std::string& name, const char* action);

  Context& context_;
  std::map<std::string, model::Volume> by_name_;
};

}  // namespace stack::core
