// A BuildSpec as a JSON object: what a build's request carries. Reading accepts missing members (they keep their defaults) and throws
// nlohmann's exceptions for another shape. Secrets are in it: it goes through the socket and nowhere else.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/model/build_spec.h"

namespace stack::model {

void to_json(nlohmann::json& json, const BuildSpec& value);
void from_json(const nlohmann::json& json, BuildSpec& value);
void to_json(nlohmann::json& json, const ProjectBuild& value);
void from_json(const nlohmann::json& json, ProjectBuild& value);

}  // namespace stack::model
