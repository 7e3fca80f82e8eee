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

}  // namespace

RequestGuard::RequestGuard(model::ApiScope scope, std::string project, OwnerBackends backends)
    : scope_(scope),
      project_(std::move(project)),
      backends_(backends),
      owners_{
          .container =
              [backends](const std::string& name) { return backends.containers.inspect(name).container.spec.project; },
          .network =
              [backends](const std::string& name) { return backends.networks.inspect(name).network.spec.project; },
          .volume = [backends](const std::string& name) { return backends.volumes.inspect(name).spec.project; }} {}

void RequestGuard::check(api::Request& request, const api::Route& route) const {
  switch (const Rule rule = rule_of(scope_, route.method, route.pattern)) {
    case Rule::refused:
      break;
    case Rule::open:
      return;
    case Rule::blank:
      request.hides_environments = true;
      return;
    case Rule::plain_ps:
      if (request.get("ps_args").empty()) return;
      throw Error(ErrorKind::not_permitted, "arguments for ps are not permitted at a read-only socket")
          .remedy("leave them out");
    default:
      return check_project(rule, request);
  }
  const std::string what = request.method + " " + request.path;
  if (scope_ == model::ApiScope::read_only)
    throw Error(ErrorKind::not_permitted, what + " is not permitted: this socket is read-only");
  throw Error(ErrorKind::not_permitted, what + " is not permitted: this socket is for project " + project_ + " alone");
}

void RequestGuard::check_project(Rule rule, api::Request& request) const {
  switch (rule) {
    case Rule::listed:
      return set_query(request, "filters", with_project_filter(request.get("filters"), project_));
    case Rule::container:
      return own_container(parameter(request, "id"));
    case Rule::exec:
      return own_container(backends_.execs.inspect(parameter(request, "id")).spec.request.container);
    case Rule::member:
      own_container(request.path.ends_with("/connect") ? api::parse_network_join(request.body).container
                                                       : api::parse_network_leave(request.body).container);
      [[fallthrough]];
    case Rule::network:
      return own("network", parameter(request, "id"), owners_.network(parameter(request, "id")));
    case Rule::volume:
      return own("volume", parameter(request, "name"), owners_.volume(parameter(request, "name")));
    case Rule::own_project:
      return own("project", parameter(request, "project"), parameter(request, "project"));
    case Rule::pull:
      if (request.get("fromSrc").empty()) return;
      throw Error(ErrorKind::not_permitted, "importing an image is not permitted at the socket of a project")
          .remedy("pull one");
    default:
      return check_creation_of(rule, request);
  }
}

void RequestGuard::check_creation_of(Rule rule, api::Request& request) const {
  if (rule == Rule::create_exec || rule == Rule::run_exec) {
    const std::string& container = parameter(request, rule == Rule::run_exec ? "container" : "id");
    own_container(container);
    const bool privileged = rule == Rule::run_exec ? api::parse_exec_request(request.body).privileged
                                                   : api::parse_exec_spec(request.body, container).request.privileged;
    if (!privileged) return;
    throw Error(ErrorKind::not_permitted, "Privileged is not permitted at the socket of a project")
        .remedy("leave it out");
  }
  request.body = with_project_label(request.body, project_);
  if (rule == Rule::create_container) check_creation(api::parse_container_creation(request.body), project_, owners_);
  if (rule == Rule::create_network) check_network(api::parse_network_request(request.body));
  if (rule == Rule::create_volume) check_new_volume(api::parse_volume_request(request.body));
}

// One that is there is answered with, whoever's it is.
void RequestGuard::check_new_volume(const model::VolumeSpec& spec) const {
  check_volume(spec);
  std::string owner = project_;
  try {
    if (!spec.name.empty()) owner = owners_.volume(spec.name);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
  }
  own("volume", spec.name, owner);
}

void RequestGuard::own(const char* kind, const std::string& name, const std::string& owner) const {
  if (owner != project_) throw_stranger(kind, name, project_);
}

}  // namespace stack::scope
