// What JSON does not tell of a field of Docker's API: of which type it is when it is null or left out (API 1.51, the structures behind
// `inspect`). By name alone: none of these names has two types there that print differently, but for those of the objects themselves.
// Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/format/template_functions_json.h"

namespace stack::format {

enum class FieldType { list, map, pointer, text, truth, number, time };

// What a field is called in JSON, for those that Go's structures call otherwise: ID is Id, NanoCPUs is NanoCpus.
std::string name_in_json(const std::string& field);

// A list for a name that the table does not have: most fields that can be null are lists.
FieldType type_of_null(std::string_view field);

// Whether Docker leaves the field out when it is empty, so that a template may ask for it all the same.
bool may_be_left_out(std::string_view field);

// The type of a field of an object that is inspected (a container, image, network or volume) where that is not seen from its JSON.
std::optional<FieldType> type_in_object(const TemplateValue& object, std::string_view field);

// Whether it is an event, and what a field of Docker's structure is called in its JSON; nothing: there is no such field.
bool is_event(const TemplateValue& object);
std::optional<std::string> name_in_event(std::string_view field);

// A moment as templates print it: "2025-11-21 10:35:04.5 +0000 UTC" for "2025-11-21T10:35:04.500Z".
std::string time_in_template(const std::string& text);

// What a template sees in place of nothing: an empty list or map, empty text, false, 0, or null for a pointer.
TemplateValue empty_of(FieldType type);

}  // namespace stack::format
