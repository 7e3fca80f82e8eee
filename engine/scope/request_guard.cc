#include "engine/scope/request_guard.h"

#include <utility>

#include "engine/api/connect_json.h"
#include "engine/api/container_creation_json.h"
#include "engine/api/exec_json.h"
#include "engine/api/network_json.h"
#include "engine/api/stack_json.h"
#include "engine/api/volume_json.h"
#include "engine/scope/project_label.h"

namespace stack::scope {
namespace {

const std::string& parameter(const api::Request& request, const char* name) { return request.parameters.at(name); }

void set_query(api::Request& request, const std::string& name, std::string value) {
  request.query.erase(name);
  request.query.emplace(name, std::move(value));
}

[[noreturn]] void refuse(std::string why) { throw Error(ErrorKind::not_permitted, std::move(why)); }

}  // namespace

RequestGuard::RequestGuard(model::ApiScope scope, std::string project, OwnerBackends backends)
    : scope_(scope),
      project_(std::move(project)),
      backends_(backends),
      owners_{.container = [backends](const std::string& name) { return backends.containers.get(name)->spec.project; },
              .network =
                  [backends](const std::string& name) { return backends.networks.inspect(name).network.spec.project; },
              .volume = [backends](const std::string& name) { return backends.volumes.inspect(name).spec.project; }} {}

// Without a default: the compiler names a rule that is forgotten here.
void RequestGuard::check(api::Request& request, const api::Route& route) const {
  switch (rule_of(scope_, route.method, route.pattern)) {
    case Rule::refused:
      break;
    case Rule::open:
      return;
    case Rule::blank:
      request.hides_environments = true;
      return;
    case Rule::plain_ps:
      if (!request.get("ps_args").empty()) refuse("arguments for ps are not permitted at a read-only socket");
      return;
    case Rule::listed:
      return set_query(request, "filters", with_project_filter(request.get("filters"), project_));
    case Rule::container:
      return own_container(parameter(request, "id"));
    case Rule::exec:
      return own_container(backends_.execs.inspect(parameter(request, "id")).spec.request.container);
    case Rule::network:
      return own_network(parameter(request, "id"));
    case Rule::member:
      own_container(request.path.ends_with("/connect") ? api::parse_network_join(request.body).container
                                                       : api::parse_network_leave(request.body).container);
      return own_network(parameter(request, "id"));
    case Rule::volume:
      return own("volume", parameter(request, "name"), owners_.volume(parameter(request, "name")));
    case Rule::own_project:
      return own("project", parameter(request, "project"), parameter(request, "project"));
    case Rule::pull:
      if (!request.get("fromSrc").empty()) refuse("importing an image is not permitted at the socket of a project");
      return;
    case Rule::create_exec:
      return check_exec(api::parse_exec_spec(request.body, parameter(request, "id")).request, parameter(request, "id"));
    case Rule::run_exec:
      return check_exec(api::parse_exec_request(request.body), parameter(request, "container"));
    case Rule::renamed:
      own_container(parameter(request, "id"));
      return check_name("container", request.get("name"), project_);
    case Rule::create_container:
      check_name("container", request.get("name"), project_);
      request.body = with_project_label(request.body, project_);
      return check_creation(api::parse_container_creation(request.body), project_, owners_);
    case Rule::create_network:
      request.body = with_project_label(request.body, project_);
      return check_new_network(api::parse_network_request(request.body));
    case Rule::create_volume:
      request.body = with_project_label(request.body, project_);
      return check_new_volume(api::parse_volume_request(request.body));
  }
  refuse(request.method + " " + request.path + " is not permitted: this socket is " +
         (scope_ == model::ApiScope::read_only ? "read-only" : "for project " + project_ + " alone"));
}

void RequestGuard::check_exec(const api::ExecRequest& exec, const std::string& container) const {
  own_container(container);
  if (exec.privileged) refuse("Privileged is not permitted at the socket of a project");
}

void RequestGuard::check_new_network(const model::NetworkSpec& spec) const {
  check_name("network", spec.name, project_);
  check_network(spec);
}

// One that is there is answered with, whoever's it is.
void RequestGuard::check_new_volume(const model::VolumeSpec& spec) const {
  check_volume(spec);
  std::string owner = project_;
  try {
    if (!spec.name.empty()) owner = owners_.volume(spec.name);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
    check_name("volume", spec.name, project_);
  }
  own("volume", spec.name, owner);
}

void RequestGuard::own(const char* kind, const std::string& name, const std::string& owner) const {
  if (owner != project_) throw_stranger(kind, name, project_);
}

}  // namespace stack::scope
