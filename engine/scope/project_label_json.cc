#include <nlohmann/json.hpp>

#include "base/error.h"
#include "engine/scope/project_label.h"

namespace stack::scope {
namespace {

using nlohmann::json;

json object_of(std::string_view text, const char* what) {
  json value = json::parse(text.empty() ? "{}" : text, nullptr, false);
  if (!value.is_object()) throw Error(ErrorKind::invalid, std::string{what} + " is not a JSON object");
  return value;
}

}  // namespace

std::string with_project_label(std::string_view body, const std::string& project) {
  json value = object_of(body, "the request");
  json& labels = value["Labels"];
  if (labels.is_null()) labels = json::object();
  if (!labels.is_object()) throw Error(ErrorKind::invalid, "Labels is not an object");
  json& label = labels[kProjectLabel];
  if (!label.is_null() && label != project) {
    throw Error(ErrorKind::not_permitted, "the label " + std::string{kProjectLabel} + " has to be " + project)
        .remedy("leave it out");
  }
  label = project;
  return value.dump();
}

std::string with_project_filter(std::string_view filters, const std::string& project) {
  json value = object_of(filters, "the parameter filters");
  const std::string wanted = std::string{kProjectLabel} + "=" + project;
  json& labels = value["label"];
  if (labels.is_array()) {
    labels.push_back(wanted);
  } else if (labels.is_object() || labels.is_null()) {
    labels[wanted] = true;
  } else {
    throw Error(ErrorKind::invalid, "invalid filter 'label': neither a list nor a set");
  }
  return value.dump();
}

}  // namespace stack::scope
