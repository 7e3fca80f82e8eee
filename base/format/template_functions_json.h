// The functions of templates, over JSON values. Pure.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace stack::format {

using TemplateValue = nlohmann::ordered_json;

// As Go prints it: text as it is, "<nil>" for null, "<no value>" for what is discarded (a key that a map does not have), [a b] for a
// list, {a b} for what has fields.
std::string printed(const TemplateValue& value);
// Whether an object is a structure: Docker's fields begin with a capital letter. The rest is a map.
bool has_fields(const TemplateValue& object);
// As Go decides it: what is empty, zero or null does not hold.
bool holds(const TemplateValue& value);
// Throws stack::Error(invalid) when there is no such function.
void check_template_function(const std::string& name);
// Throws stack::Error(invalid): there is no such function, or it cannot take these arguments.
TemplateValue call_template_function(const std::string& name, const std::vector<TemplateValue>& arguments);

}  // namespace stack::format
