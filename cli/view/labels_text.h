// Labels in a cell of a list, as docker shows them: "a=1,b=2". Pure.
#pragma once

#include <string>

#include "base/model/container_spec.h"

namespace stack::cli {

std::string labels_text(const model::Labels& labels);

}  // namespace stack::cli
