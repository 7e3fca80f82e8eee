// What a template (go_template.h) gives for a value: JSON's kinds in the place of Go's, functions as in template_functions_json.h. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/format/go_template.h"
#include "base/format/template_functions_json.h"

namespace stack::format {

// Throws stack::Error(invalid); a TemplateError for a field that `root`, an object, does not have, and for wrong arguments of a
// function.
std::string evaluate(const std::vector<TemplateNode>& nodes, const TemplateValue& root);

}  // namespace stack::format
