#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/dockerfile/outline.h"
#include "base/error.h"
#include "engine/buildkit/call_result.h"

namespace stack::buildkit {
namespace {

using json = nlohmann::ordered_json;

dockerfile::Dockerfile parsed(const SourceText& source) {
  dockerfile::Parsed parsed = dockerfile::parse_dockerfile(source.text);
  if (dockerfile::has_errors(parsed.problems))
    throw Error(ErrorKind::invalid, dockerfile::render(parsed.problems, source.file));
  return std::move(parsed.dockerfile);
}

json location_of(const dockerfile::Range& range) {
  const json first{{"line", range.begin.line}}, last{{"line", std::max(range.end.line, range.begin.line)}};
  return {{"ranges", json::array({{{"start", first}, {"end", last}}})}};
}

// Members that say nothing are left out, as the clients' own words for them have it.
void put(json& value, const char* name, const std::string& text) {
  if (!text.empty()) value[name] = text;
}

CallResult result_of(json value, const SourceText& source, std::string text) {
  value["sources"] = json::array({encode_base64(source.text)});
  return {.json = value.dump(2, ' ', false, json::error_handler_t::replace), .text = std::move(text)};
}

json grants(const std::vector<dockerfile::Outline::Grant>& all) {
  json list = json::array();
  for (const auto& each : all) {
    json value{{"name", each.id}};
    if (each.required) value["required"] = true;
    value["location"] = location_of(each.range);
    list.push_back(std::move(value));
  }
  return list;
}

}  // namespace

CallResult outline_result(const SourceText& source, const std::string& target,
                          const std::map<std::string, std::string>& arguments) {
  const dockerfile::Dockerfile file = parsed(source);
  const dockerfile::Outline outline = dockerfile::outline_of(file, target, arguments);
  const dockerfile::Stage& stage = file.stages[outline.stage];
  json value = json::object();
  put(value, "name", stage.name ? stage.name->text : "");
  put(value, "description", stage.description);
  std::string text = "TARGET: " + (stage.name ? stage.name->text : std::string{"default"}) + "\n";
  for (const auto& each : outline.arguments) {
    json argument{{"name", each.name}};
    put(argument, "description", each.description);
    put(argument, "value", each.value);
    argument["location"] = location_of(each.range);
    value["args"].push_back(std::move(argument));
    text += "BUILD ARG: " + each.name + " " + each.value + "\n";
  }
  if (!outline.secrets.empty()) value["secrets"] = grants(outline.secrets);
  if (!outline.agents.empty()) value["ssh"] = grants(outline.agents);
  return result_of(std::move(value), source, std::move(text));
}

CallResult targets_result(const SourceText& source) {
  const dockerfile::Dockerfile file = parsed(source);
  json targets = json::array();
  std::string text;
  for (const dockerfile::Stage& stage : file.stages) {
    json target = json::object();
    put(target, "name", stage.name ? stage.name->text : "");
    if (&stage == &file.stages.back()) target["default"] = true;
    put(target, "description", stage.description);
    target["base"] = stage.base.text;
    put(target, "platform", stage.platform ? stage.platform->text : "");
    target["location"] = location_of(stage.range);
    targets.push_back(std::move(target));
    text += (stage.name ? stage.name->text : std::string{"-"}) + "\n";
  }
  json value{{"targets", std::move(targets)}};
  return result_of(std::move(value), source, std::move(text));
}

}  // namespace stack::buildkit
