#include "base/format/evaluate_json.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/format/field_types.h"
#include "base/format/template_error.h"

namespace stack::format {
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
    std::vector<std::pair<Value, const Value*>> entries;
    for (const auto& item : all.items())
      entries.emplace_back(all.is_object() ? Value(item.key()) : Value(entries.size()), &item.value());
    // Go plays a map in the order of its keys.
    if (all.is_object()) std::ranges::sort(entries, {}, [](const auto& entry) { return entry.first; });
    for (const auto& [key, value] : entries) {
      const std::size_t scope = variables_.size();
      if (!second.empty()) variables_.emplace_back(first, key);
      if (!first.empty()) variables_.emplace_back(second.empty() ? first : second, *value);
      list(node.body, *value);
      variables_.resize(scope);
    }
  }

  Value pipeline(const TemplatePipeline& pipeline, const Value& dot) {
    std::optional<Value> last;
    for (std::size_t i = 0; i < pipeline.commands.size(); ++i) {
      const bool for_json = i + 1 < pipeline.commands.size() && is_json(pipeline.commands[i + 1].words.front());
      last = this->command(pipeline.commands[i], dot, last, for_json);
    }
    if (!pipeline.variable.empty()) variables_.emplace_back(pipeline.variable, *last);
    return std::move(*last);
  }

  static bool is_json(const TemplateOperand& head) {
    return head.kind == TemplateOperand::Kind::function && head.text == "json";
  }

  // What a pipeline gives so far is the last argument of the next command. The function json shows null as what it is; all others see
  // the empty value of the field's type.
  Value command(const TemplateCommand& command, const Value& dot, const std::optional<Value>& piped, bool for_json) {
    const TemplateOperand& head = command.words.front();
    // Set for each word, as a pipeline in brackets sets it for its own.
    const bool raw = for_json || is_json(head);
    const auto value_of = [&](const TemplateOperand& word) {
      raw_ = raw;
      return operand(word, dot);
    };
    std::vector<Value> arguments;
    for (std::size_t i = 1; i < command.words.size(); ++i) arguments.push_back(value_of(command.words[i]));
    if (piped) arguments.push_back(*piped);
    if (head.kind == TemplateOperand::Kind::function) return call(head, command.source, arguments);
    if (arguments.empty()) return value_of(head);
    // The one method that rows have.
    if (head.kind == TemplateOperand::Kind::path && head.fields == std::vector<std::string>{"Label"} &&
        arguments.size() == 1) {
      return label(head, arguments.front());
    }
    throw Error(ErrorKind::invalid, "a value is given arguments, but is not a function");
  }

  static Value call(const TemplateOperand& function, const std::string& source, const std::vector<Value>& arguments) {
    try {
      return call_template_function(function.text, arguments);
    } catch (const Error& error) {
      throw TemplateError({.kind = TemplateFault::Kind::bad_call,
                           .offset = function.offset,
                           .source = source,
                           .name = function.text,
                           .reason = error.message()},
                          error);
    }
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
        return call(operand, operand.source, {});
      case TemplateOperand::Kind::pipeline:
        return walk(pipeline(*operand.pipeline, dot), operand);
      case TemplateOperand::Kind::path:
        return walk(operand.text.empty() ? dot : variable(operand.text), operand);
    }
    return nullptr;
  }

  static Value number(const std::string& text) {
    const Value value = Value::parse(text.starts_with('+') ? text.substr(1) : text, nullptr, false);
    if (!value.is_number()) throw Error(ErrorKind::invalid, "\"" + text + "\" is not a number");
    return value;
  }

  Value variable(const std::string& name) const {
    if (name == "$") return root_;
    for (auto it = variables_.rbegin(); it != variables_.rend(); ++it) {
      if (it->first == name) return it->second;
    }
    throw Error(ErrorKind::invalid, "undefined variable " + name);
  }

  Value walk(Value value, const TemplateOperand& path) const {
    bool map = false;               // what has keys of the user's, not fields of Docker's
    bool at_root = value == root_;  // compared once: it is a tree
    for (const std::string& field : path.fields) {
      if (value.is_discarded()) return value;
      if (!value.is_object()) throw unknown(path, field, value);
      const bool of_object = std::exchange(at_root, false);
      if (of_object && is_event(value)) {
        value = member_of_event(path, field);
        continue;
      }
      auto found = value.find(field);
      if (found == value.end() && !map && has_fields(value)) found = value.find(name_in_json(field));
      Value next;
      const std::optional<FieldType> of_root = of_object ? type_in_object(value, field) : std::nullopt;
      if (found != value.end()) {
        next = raw_ ? *found : shown(*found, of_root.value_or(type_of_null(field)));
      } else if (of_root) {
        next = empty_of(*of_root);
      } else if (map || !has_fields(value)) {
        next = Value(Value::value_t::discarded);
      } else if (!of_object && may_be_left_out(field)) {
        next = empty_of(type_of_null(field));
      } else {
        throw unknown(path, field, value);
      }
      map = type_of_null(field) == FieldType::map;
      value = std::move(next);
    }
    return value;
  }

  Value member_of_event(const TemplateOperand& path, const std::string& field) const {
    const auto name = name_in_event(field);
    if (!name) throw unknown(path, field, root_);
    const auto found = root_.find(*name);
    return found == root_.end() ? Value("") : *found;
  }

  static Value shown(const Value& value, FieldType type) {
    if (value.is_null()) return empty_of(type);
    return type == FieldType::time && value.is_string() ? Value(time_in_template(value.get<std::string>())) : value;
  }

  TemplateError unknown(const TemplateOperand& path, const std::string& field, const Value& in) const {
    using In = TemplateFault::In;
    TemplateFault fault{
        .kind = TemplateFault::Kind::no_field, .offset = path.offset, .source = path.source, .name = field};
    fault.in = in == root_      ? In::root
               : in.is_object() ? In::object
               : in.is_string() ? In::text
               : in.is_null()   ? In::nothing
                                : In::other;
    Error error{ErrorKind::invalid, "there is no field ." + field};
    if (!in.is_object()) return {fault, error.remedy("what is in front of it has no fields")};
    std::string known;
    for (const auto& item : in.items()) known += (known.empty() ? "." : ", .") + item.key();
    return {fault, error.remedy("the fields are " + known)};
  }

  Value label(const TemplateOperand& head, const Value& name) const {
    const auto all = root_.find("Labels");
    if (all == root_.end() || !all->is_string() || !name.is_string()) throw unknown(head, "Label", root_);
    const std::string text = "," + all->get<std::string>() + ",", wanted = "," + name.get<std::string>() + "=";
    const std::size_t at = text.find(wanted);
    if (at == std::string::npos) return "";
    const std::size_t from = at + wanted.size();
    return text.substr(from, text.find(',', from) - from);
  }

  const Value& root_;
  bool raw_ = false;  // null stays null
  std::vector<std::pair<std::string, Value>> variables_;
  std::string out_;
};

}  // namespace

std::string evaluate(const std::vector<TemplateNode>& nodes, const TemplateValue& root) {
  return Evaluator{root}.run(nodes);
}

}  // namespace stack::format
