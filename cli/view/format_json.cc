#include "cli/view/format_json.h"

#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "cli/view/go_template.h"
#include "cli/view/table.h"
#include "cli/view/template_functions_json.h"
#include "engine/base/error.h"

namespace stack::cli {
namespace {

using Value = TemplateValue;

class Evaluator {
 public:
  explicit Evaluator(const Value& root) : root_(root) {}

  std::string run(const std::vector<TemplateNode>& nodes) {
    list(nodes, root_);
    return std::move(out_);
  }

 private:
  void list(const std::vector<TemplateNode>& nodes, const Value& dot) {
    const std::size_t scope = variables_.size();
    for (const TemplateNode& node : nodes) one(node, dot);
    variables_.resize(scope);
  }

  void one(const TemplateNode& node, const Value& dot) {
    switch (node.kind) {
      case TemplateNode::Kind::text:
        out_ += node.text;
        return;
      case TemplateNode::Kind::action: {
        const Value value = pipeline(node.pipeline, dot);
        if (node.pipeline.variable.empty()) out_ += printed(value);
        return;
      }
      case TemplateNode::Kind::branch: {
        const std::size_t scope = variables_.size();
        list(holds(pipeline(node.pipeline, dot)) ? node.body : node.otherwise, dot);
        variables_.resize(scope);
        return;
      }
      case TemplateNode::Kind::with: {
        const std::size_t scope = variables_.size();
        const Value value = pipeline(node.pipeline, dot);
        holds(value) ? list(node.body, value) : list(node.otherwise, dot);
        variables_.resize(scope);
        return;
      }
      case TemplateNode::Kind::range:
        return range(node, dot);
    }
  }

  void range(const TemplateNode& node, const Value& dot) {
    TemplatePipeline plain = node.pipeline;
    const std::string first = std::exchange(plain.variable, {}), second = std::exchange(plain.second_variable, {});
    const Value all = pipeline(plain, dot);
    if (!all.is_structured() || all.empty()) return list(node.otherwise, dot);
    std::size_t index = 0;
    for (const auto& item : all.items()) {
      const std::size_t scope = variables_.size();
      const Value key = all.is_object() ? Value(item.key()) : Value(index++);
      if (!second.empty()) variables_.emplace_back(first, key);
      if (!first.empty()) variables_.emplace_back(second.empty() ? first : second, item.value());
      list(node.body, item.value());
      variables_.resize(scope);
    }
  }

  Value pipeline(const TemplatePipeline& pipeline, const Value& dot) {
    std::optional<Value> last;
    for (const TemplateCommand& command : pipeline.commands) last = this->command(command, dot, last);
    if (!pipeline.variable.empty()) variables_.emplace_back(pipeline.variable, *last);
    return std::move(*last);
  }

  // What a pipeline gives so far is the last argument of the next command.
  Value command(const TemplateCommand& command, const Value& dot, const std::optional<Value>& piped) {
    const TemplateOperand& head = command.words.front();
    std::vector<Value> arguments;
    for (std::size_t i = 1; i < command.words.size(); ++i) arguments.push_back(operand(command.words[i], dot));
    if (piped) arguments.push_back(*piped);
    if (head.kind == TemplateOperand::Kind::function) return call_template_function(head.text, arguments);
    if (arguments.empty()) return operand(head, dot);
    // The one method that rows have.
    if (head.kind == TemplateOperand::Kind::path && head.fields == std::vector<std::string>{"Label"} &&
        arguments.size() == 1) {
      return label(arguments.front());
    }
    throw Error(ErrorKind::invalid, "--format: a value is given arguments, but is no function");
  }

  Value operand(const TemplateOperand& operand, const Value& dot) {
    switch (operand.kind) {
      case TemplateOperand::Kind::text:
        return operand.text;
      case TemplateOperand::Kind::number:
        return number(operand.text);
      case TemplateOperand::Kind::boolean:
        return operand.text == "true";
      case TemplateOperand::Kind::nil:
        return nullptr;
      case TemplateOperand::Kind::function:
        return call_template_function(operand.text, {});
      case TemplateOperand::Kind::pipeline:
        return walk(pipeline(*operand.pipeline, dot), operand.fields);
      case TemplateOperand::Kind::path:
        return walk(operand.text.empty() ? dot : variable(operand.text), operand.fields);
    }
    return nullptr;
  }

  static Value number(const std::string& text) {
    const Value value = Value::parse(text.starts_with('+') ? text.substr(1) : text, nullptr, false);
    if (!value.is_number()) throw Error(ErrorKind::invalid, "--format: \"" + text + "\" is not a number");
    return value;
  }

  Value variable(const std::string& name) const {
    if (name == "$") return root_;
    for (auto it = variables_.rbegin(); it != variables_.rend(); ++it) {
      if (it->first == name) return it->second;
    }
    throw Error(ErrorKind::invalid, "--format: undefined variable " + name);
  }

  Value walk(Value value, const std::vector<std::string>& fields) const {
    for (const std::string& field : fields) {
      const auto found = value.is_object() ? value.find(field) : value.end();
      if (!value.is_object() || found == value.end()) {
        // A map has what it has; a row has columns, of which this is none.
        if (value.is_object() && value != root_) return nullptr;
        throw unknown(field);
      }
      Value next = *found;
      value = std::move(next);
    }
    return value;
  }

  Error unknown(const std::string& field) const {
    std::string known;
    for (const auto& item : root_.items()) known += (known.empty() ? "." : ", .") + item.key();
    return Error(ErrorKind::invalid, "--format: there is no field ." + field).remedy("the fields are " + known);
  }

  Value label(const Value& name) const {
    const auto all = root_.find("Labels");
    if (all == root_.end() || !all->is_string() || !name.is_string()) throw unknown("Label");
    const std::string text = "," + all->get<std::string>() + ",", wanted = "," + name.get<std::string>() + "=";
    const std::size_t at = text.find(wanted);
    if (at == std::string::npos) return "";
    const std::size_t from = at + wanted.size();
    return text.substr(from, text.find(',', from) - from);
  }

  const Value& root_;
  std::vector<std::pair<std::string, Value>> variables_;
  std::string out_;
};

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

// The template played over the titles instead of a row; what is more than fields gives nothing there.
std::string head_of(const std::vector<TemplateNode>& nodes, const std::map<std::string, std::string>& titles) {
  std::string head;
  for (const TemplateNode& node : nodes) {
    if (node.kind == TemplateNode::Kind::text) head += node.text;
    for (const TemplateCommand& command : node.pipeline.commands) {
      for (const TemplateOperand& word : command.words) {
        if (word.kind != TemplateOperand::Kind::path || word.fields.empty()) continue;
        const auto title = titles.find(word.fields.front());
        head += title != titles.end() ? title->second : printed(call_template_function("upper", {word.fields.front()}));
      }
    }
  }
  return head;
}

}  // namespace

std::string format_rows(const std::string& format, const std::string& json_lines,
                        const std::map<std::string, std::string>& titles) {
  if (format == "json") return json_lines;
  constexpr std::string_view kTable = "table";
  const bool aligned = format.starts_with(kTable);
  std::string text = with_escapes(aligned ? format.substr(kTable.size()) : format);
  if (aligned) text.erase(0, std::min(text.find_first_not_of(" \t"), text.size()));
  const std::vector<TemplateNode> nodes = parse_template(text);
  std::vector<std::string> lines;
  for (const Value& row : rows_of(json_lines)) lines.push_back(Evaluator{row}.run(nodes));
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

}  // namespace stack::cli
