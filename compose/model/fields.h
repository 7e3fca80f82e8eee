// The members of every part of a project, by the name that they have in the file: one table for the JSON codec, the
// hashes, the decoding of a file and the printing of one. `visit(part, f)` calls f(name, member) for each member in the
// order in which `config` prints them; places are not among them. The member called "extensions" holds the keys that
// begin with x-.
#pragma once

#include "compose/model/fields_build.h"
#include "compose/model/fields_deploy.h"
#include "compose/model/fields_mount.h"
#include "compose/model/fields_network.h"
#include "compose/model/fields_service.h"
#include "compose/model/fields_values.h"
#include "compose/model/project.h"
#include "compose/model/same.h"

namespace stack::compose {

template <class F>
void visit(Same<Project> auto& it, F&& field) {
  field("name", it.name);
  field("working_dir", it.working_dir);
  field("config_files", it.config_files);
  field("env_files", it.env_files);
  field("separator", it.separator);
  field("services", it.services);
  field("disabled", it.disabled);
  field("networks", it.networks);
  field("volumes", it.volumes);
  field("secrets", it.secrets);
  field("configs", it.configs);
  field("models", it.models);
  field("extensions", it.extensions);
}

// A part that has such a table.
struct AnyField {
  template <class T>
  void operator()(const char*, T&) const {}
};
template <class T>
concept Part = requires(T& part) {
  visit(part, AnyField{});
};

}  // namespace stack::compose
