#include "compose/load/defaults_pass.h"

#include "compose/load/interpolate_pass.h"
#include "compose/source/origin.h"

namespace stack::compose {
namespace {

void set_missing(Node& mapping, const char* key, Node value) {
  if (!mapping.is(Kind::mapping) || mapping.find(key) != nullptr) return;
  mark_implied(value.placed_like(mapping));
  mapping.at(key) = std::move(value);
}

void device_counts(Node* requests) {
  if (requests == nullptr) return;
  for (auto& request : requests->items) {
    if (request.find("device_ids") == nullptr) set_missing(request, "count", Node::of_integer(-1));
  }
}

// The node at a path of keys, or null.
Node* down(Node& node, std::initializer_list<const char*> keys) {
  Node* at = &node;
  for (const char* key : keys) {
    if (at != nullptr) at = at->find(key);
  }
  return at;
}

void service_defaults(Node& service) {
  if (Node* build = service.find("build")) {
    set_missing(*build, "context", Node::of_string("."));
  }
  if (Node* secrets = service.find("secrets")) {
    for (auto& grant : secrets->items) {
      if (const Node* source = grant.find("source")) {
        set_missing(grant, "target", Node::of_string("/run/secrets/" + source->text));
      }
    }
  }
  // Not before files are merged: one that does not say it leaves what an earlier one says.
  if (Node* dependencies = service.find("depends_on")) {
    for (auto& [name, dependency] : dependencies->entries) set_missing(dependency, "required", Node::of_boolean(true));
  }
  if (Node* ports = service.find("ports")) {
    for (auto& port : ports->items) {
      set_missing(port, "protocol", Node::of_string("tcp"));
      set_missing(port, "mode", Node::of_string("ingress"));
    }
  }
  device_counts(service.find("gpus"));
  device_counts(down(service, {"deploy", "resources", "reservations", "devices"}));
}

void fill_names(Node* mapping, const Variables& variables) {
  if (mapping == nullptr) return;
  for (auto& [name, value] : mapping->entries) {
    if (!value.is(Kind::null)) continue;
    if (const auto found = variables.find(name); found != variables.end()) {
      value.kind = Kind::string;
      value.text = found->second;
      add_variable(value, name, variables);
    }
  }
}

}  // namespace

void apply_defaults(Node& model) {
  Node* services = model.find("services");
  if (services == nullptr) return;
  for (auto& [name, service] : services->entries) service_defaults(service);
}

void resolve_environment(Node& model, const Variables& variables) {
  if (Node* services = model.find("services")) {
    for (auto& [name, service] : services->entries) {
      fill_names(service.find("environment"), variables);
      fill_names(down(service, {"build", "args"}), variables);
    }
  }
}

void resolve_contents(Node& model, const Variables& variables) {
  for (const char* kind : {"secrets", "configs"}) {
    Node* objects = model.find(kind);
    if (objects == nullptr) continue;
    for (auto& [name, object] : objects->entries) {
      const Node* variable = object.find("environment");
      if (variable == nullptr || object.find("content") != nullptr) continue;
      if (const auto found = variables.find(variable->text); found != variables.end()) {
        Node content = Node::of_string(found->second).placed_like(*variable);
        add_variable(content, variable->text, variables);
        object.at("content") = std::move(content);
      }
    }
  }
}

}  // namespace stack::compose
