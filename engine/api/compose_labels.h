// Whose something is that a client of Docker's API makes: Docker Compose writes it on labels. Pure.
#pragma once

#include <charconv>
#include <string>

#include "base/model/container_spec.h"

namespace stack::api {

// Empty when there is none.
inline std::string compose_label(const model::Labels& labels, const std::string& name) {
  const auto found = labels.find("com.docker.compose." + name);
  return found == labels.end() ? std::string{} : found->second;
}

// So a project that Docker Compose has made is one for this engine's own commands as well.
inline void take_owner(model::ContainerSpec& spec) {
  spec.project = compose_label(spec.labels, "project");
  if (spec.project.empty()) return;
  spec.service = compose_label(spec.labels, "service");
  spec.one_off = compose_label(spec.labels, "oneoff") == "True";
  const std::string number = compose_label(spec.labels, "container-number");
  std::from_chars(number.data(), number.data() + number.size(), spec.replica);
}

// Of a network or a volume; `kind` is the label with its key.
template <class Spec>
void take_owner(Spec& spec, const char* kind) {
  spec.project = compose_label(spec.labels, "project");
  spec.key = compose_label(spec.labels, kind);
}

}  // namespace stack::api
