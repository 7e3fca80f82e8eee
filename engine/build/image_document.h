// The configuration of an image that is made on another one, as its blob, in the form that BuildKit gives it (OCI image-spec 1.1
// "config.md"). Pure.
#pragma once

#include <string>
#include <vector>

#include "base/model/image_config.h"
#include "engine/build/build_plan.h"
#include "engine/image/image_config_json.h"

namespace stack::build {

// `image` with its layers and its time; `history` has one step with a layer for each of them.
std::string write_image_document(const model::Image& image, const std::vector<image::HistoryStep>& history);

// The history of the base and what the plan adds. `made`: for each entry with a layer when that was made. As BuildKit does, a step without
// a layer has the time of the layer before it, and those in front of the first new layer that layer's.
std::vector<image::HistoryStep> complete_history(const BuildPlan& plan, const std::vector<Wall>& made, Wall now);

}  // namespace stack::build
