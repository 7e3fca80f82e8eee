#include "engine/service/container_names.h"

#include "base/error.h"

namespace stack::service {

std::shared_ptr<core::ManagedContainer> container_named(core::Engine& engine, std::string name) {
  if (name.starts_with('/')) name.erase(0, 1);
  // A whole id is nobody's name, whatever others are called.
  const auto& containers = engine.containers().by_id();
  if (const auto whole = containers.find(name); whole != containers.end()) return whole->second;
  std::shared_ptr<core::ManagedContainer> by_prefix;
  std::size_t matches = 0;
  for (const auto& [id, container] : containers) {
    if (container->row().spec.name == name) return container;
    if (name.empty() || !id.starts_with(name)) continue;
    by_prefix = container;
    ++matches;
  }
  if (matches > 1) throw Error(ErrorKind::invalid, "multiple IDs found with provided prefix: " + name);
  if (!by_prefix) throw Error(ErrorKind::not_found, "No such container: " + name);
  return by_prefix;
}

}  // namespace stack::service
