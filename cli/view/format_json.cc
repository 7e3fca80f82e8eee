#include "cli/view/format_json.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/format/evaluate_json.h"
#include "cli/view/table.h"

namespace stack::cli {
namespace {

using format::call_template_function;
using format::printed;
using format::TemplateCommand;
using format::TemplateNode;
using format::TemplateOperand;
using Value = format::TemplateValue;

std::string with_escapes(std::string text) {
  for (const auto& [from, to] : {std::pair{"\\t", "\t"}, std::pair{"\\n", "\n"}}) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; ++at) text.replace(at, 2, to);
  }
  return text;
}

std::vector<Value> rows_of(const std::string& json_lines) {
  std::vector<Value> rows;
  for (std::size_t at = 0; at < json_lines.size();) {
    const std::size_t end = std::min(json_lines.find('\n', at), json_lines.size());
    rows.push_back(Value::parse(json_lines.substr(at, end - at)));
    at = end + 1;
  }
  return rows;
}

Row cells_of(const std::string& line) {
  Row cells;
  for (std::size_t at = 0;;) {
    const std::size_t tab = line.find('\t', at);
    cells.push_back(line.substr(at, tab - at));
    if (tab == std::string::npos) return cells;
    at = tab + 1;
  }
}

// {{.Label "com.shop.team-name"}} stands below "team name", as in Docker's tables.
std::optional<std::string> label_of(const TemplateCommand& command) {
  const auto& words = command.words;
  if (words.size() != 2 || words[0].fields != std::vector<std::string>{"Label"} ||
      words[1].kind != TemplateOperand::Kind::text)
    return std::nullopt;
  std::string title = words[1].text.substr(words[1].text.rfind('.') + 1);
  std::ranges::replace_if(
      title, [](char c) { return c == '-' || c == '_'; }, ' ');
  return title;
}

// The template played over the titles instead of a row; what is more than fields gives nothing there.
std::string head_of(const std::vector<TemplateNode>& nodes, const std::map<std::string, std::string>& titles) {
  std::string head;
  for (const TemplateNode& node : nodes) {
    if (node.kind == TemplateNode::Kind::text) head += node.text;
    for (const TemplateCommand& command : node.pipeline.commands) {
      if (const auto label = label_of(command)) {
        head += *label;
        continue;
      }
      for (const TemplateOperand& word : command.words) {
        if (word.kind != TemplateOperand::Kind::path || word.fields.empty()) continue;
        const auto title = titles.find(word.fields.front());
        head += title != titles.end() ? title->second : printed(call_template_function("upper", {word.fields.front()}));
      }
    }
  }
  return head;
}

std::string formatted(const std::string& format, const std::string& json_lines,
                      const std::map<std::string, std::string>& titles) {
  constexpr std::string_view kTable = "table";
  const bool aligned = format.starts_with(kTable);
  std::string text = with_escapes(aligned ? format.substr(kTable.size()) : format);
  if (aligned) text.erase(0, std::min(text.find_first_not_of(" \t"), text.size()));
  const std::vector<TemplateNode> nodes = format::parse_template(text);
  std::vector<std::string> lines;
  for (const Value& row : rows_of(json_lines)) lines.push_back(format::evaluate(nodes, row));
  if (!aligned) {
    std::string all;
    for (const std::string& line : lines) all += line + "\n";
    return all;
  }
  const Row head = cells_of(head_of(nodes, titles));
  std::vector<Row> rows;
  for (const std::string& line : lines) {
    rows.push_back(cells_of(line));
    rows.back().resize(head.size());
  }
  return table(head, rows);
}

}  // namespace

std::string format_rows(const std::string& format, const std::string& json_lines,
                        const std::map<std::string, std::string>& titles) {
  if (format == "json") return json_lines;
  try {
    return formatted(format, json_lines, titles);
  } catch (Error& error) {
    error.context("--format");
    if (error.remedy_text().empty()) {
      error.remedy("for example: --format 'table {{.Name}}\\t{{.Status}}', or --format json");
    }
    throw;
  }
}

std::string format_objects(const std::string& format, const std::string& json_lines) {
  if (format == "json") {
    std::string list = json_lines.substr(0, json_lines.find_last_not_of('\n') + 1);
    std::ranges::replace(list, '\n', ',');  // which no line has within
    return "[" + list + "]\n";
  }
  std::string text = format_rows(format, json_lines, {});
  return text.empty() ? "\n" : text;
}

}  // namespace stack::cli
