#include "cli/commands/build_call.h"

#include <vector>

#include "base/dockerfile/outline.h"
#include "base/file.h"
#include "cli/view/printable.h"
#include "cli/view/table.h"

namespace stack::cli {

std::string targets_text(const dockerfile::Dockerfile& file) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < file.stages.size(); ++i) {
    const dockerfile::Stage& stage = file.stages[i];
    std::string name = stage.name ? stage.name->text : std::to_string(i);
    if (i + 1 == file.stages.size()) name += " (default)";
    rows.push_back({printable(name), printable(stage.description)});
  }
  return table({"TARGET", "DESCRIPTION"}, std::move(rows));
}

std::string outline_text(const dockerfile::Dockerfile& file, const std::string& target,
                         const std::map<std::string, std::string>& arguments) {
  const dockerfile::Outline outline = dockerfile::outline_of(file, target, arguments);
  const dockerfile::Stage& stage = file.stages[outline.stage];
  std::string text =
      "TARGET:      " + (stage.name ? printable(stage.name->text) : std::to_string(outline.stage)) + "\n";
  if (!stage.description.empty()) text += "DESCRIPTION: " + printable(stage.description) + "\n";
  std::vector<Row> rows;
  for (const auto& each : outline.arguments)
    rows.push_back({printable(each.name), printable(each.value), printable(each.description)});
  if (!rows.empty()) text += "\n" + table({"BUILD ARG", "VALUE", "DESCRIPTION"}, std::move(rows));
  const auto add_grants = [&](const char* what, const std::vector<dockerfile::Outline::Grant>& grants) {
    std::vector<Row> lines;
    for (const auto& each : grants) lines.push_back({printable(each.id), each.required ? "true" : ""});
    if (!lines.empty()) text += "\n" + table({what, "REQUIRED"}, std::move(lines));
  };
  add_grants("SECRET", outline.secrets);
  add_grants("SSH", outline.agents);
  return text;
}

std::vector<std::string> stage_names(const std::string& file, const std::string& context) {
  const std::string path = !file.empty() ? file : (context.empty() ? "." : context) + "/Dockerfile";
  std::vector<std::string> names;
  const auto text = read_file(path, dockerfile::kTextMax);
  if (!text) return names;
  for (const dockerfile::Stage& stage : dockerfile::parse_dockerfile(*text).dockerfile.stages) {
    if (stage.name) names.push_back(stage.name->text);
  }
  return names;
}

}  // namespace stack::cli
