// Decides each request of a socket that is not for everything, by the table of scope_table.h. Asks the API's own backends whose a thing is,
// on the loop's thread, so nothing happens between the answer and the route's handler.
#pragma once

#include <string>

#include "engine/api/stack_api.h"
#include "engine/scope/creation_limits.h"
#include "engine/scope/scope_table.h"

namespace stack::scope {

// Whom the guard asks; outlives it.
struct OwnerBackends {
  api::ContainerQuery& containers;
  api::NetworkBackend& networks;
  api::VolumeBackend& volumes;
  api::ExecBackend& execs;
};

class RequestGuard {
 public:
  // `scope` is not ApiScope::all; `project` is asked for by ApiScope::project alone.
  RequestGuard(model::ApiScope scope, std::string project, OwnerBackends backends);

  // Throws not_permitted for what the socket is not for, and what the backends throw for names that are none. Changes lists so that
  // they hold what is the project's, and creations so that what is made is the project's.
  void check(api::Request& request, const api::Route& route) const;

 private:
  void own(const char* kind, const std::string& name, const std::string& owner) const;
  void own_container(const std::string& name) const { own("container", name, owners_.container(name)); }
  void own_network(const std::string& name) const { own("network", name, owners_.network(name)); }
  void check_exec(const api::ExecRequest& exec, const std::string& container) const;
  void check_new_volume(const model::VolumeSpec& spec) const;
  void check_new_network(const model::NetworkSpec& spec) const;

  model::ApiScope scope_;
  std::string project_;
  OwnerBackends backends_;
  Owners owners_;
};

}  // namespace stack::scope
