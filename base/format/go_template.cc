#include "base/format/go_template.h"

#include <array>
#include <cctype>
#include <optional>
#include <string_view>
#include <utility>

#include "base/format/template_error.h"
#include "base/format/template_functions_json.h"

namespace stack::format {
namespace {

constexpr std::size_t kDepthMax = 100;

bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

class Parser {
 public:
  explicit Parser(const std::string& text) : text_(text) {}

  std::vector<TemplateNode> run() {
    std::vector<TemplateNode> nodes;
    const std::string end = list(nodes);
    if (!end.empty()) fail("unexpected {{" + end + "}}");
    return nodes;
  }

 private:
  [[noreturn]] void fail(const std::string& what, TemplateFault::Kind kind = TemplateFault::Kind::syntax) const {
    throw TemplateError({.kind = kind, .offset = at_, .reason = what},
                        Error(ErrorKind::invalid, "column " + std::to_string(at_ + 1) + ": " + what));
  }

  // Nodes up to {{end}}, {{else}} or the text's end; gives the word that ended it.
  std::string list(std::vector<TemplateNode>& nodes) {
    while (at_ < text_.size()) {
      const std::size_t open = text_.find("{{", at_);
      std::string plain = text_.substr(at_, open == std::string::npos ? std::string::npos : open - at_);
      if (std::exchange(trim_next_, false)) plain.erase(0, std::min(plain.find_first_not_of(" \t\r\n"), plain.size()));
      at_ = open == std::string::npos ? text_.size() : open + 2;
      const bool trims = open != std::string::npos && text_.compare(at_, 1, "-") == 0 && at_ + 1 < text_.size() &&
                         std::isspace(static_cast<unsigned char>(text_[at_ + 1])) != 0;
      if (trims) {
        ++at_;
        const std::size_t last = plain.find_last_not_of(" \t\r\n");
        plain.erase(last == std::string::npos ? 0 : last + 1);
      }
      if (!plain.empty()) nodes.push_back({.text = std::move(plain)});
      if (open == std::string::npos) return {};
      if (trims) skip_blanks();
      if (text_.compare(at_, 2, "/*") == 0) {
        const std::size_t close = text_.find("*/", at_);
        if (close == std::string::npos) fail("the remark has no end");
        at_ = close + 2;
        finish_action();
        continue;
      }
      const std::string word = keyword();
      if (word == "end" || word == "else") return word;
      nodes.push_back(node(word));
    }
    return {};
  }

  // The action's first word when it is one of the language's own; else nothing is taken.
  std::string keyword() {
    skip_blanks();
    constexpr std::array<std::string_view, 10> kWords = {"if",    "range",    "with",   "end",   "else",
                                                         "block", "template", "define", "break", "continue"};
    for (const std::string_view word : kWords) {
      if (text_.compare(at_, word.size(), word) != 0) continue;
      if (at_ + word.size() < text_.size() && is_name(text_[at_ + word.size()])) continue;
      if (word == "block" || word == "template" || word == "define" || word == "break" || word == "continue") {
        fail("{{" + std::string{word} + "}} is not supported");
      }
      at_ += word.size();
      if (word == "end") finish_action();
      return std::string{word};
    }
    return {};
  }

  TemplateNode node(const std::string& word) {
    if (++depth_ > kDepthMax) fail("too deeply nested");
    TemplateNode result;
    result.column = at_ + 1;
    result.kind = word == "if"      ? TemplateNode::Kind::branch
                  : word == "range" ? TemplateNode::Kind::range
                  : word == "with"  ? TemplateNode::Kind::with
                                    : TemplateNode::Kind::action;
    result.pipeline = pipeline(false);
    finish_action();
    if (result.kind != TemplateNode::Kind::action) {
      std::string end = list(result.body);
      if (end == "else") {
        const std::string next = keyword();
        if (next == "if" || next == "with") {
          result.otherwise.push_back(node(next));  // takes the {{end}} of both
          --depth_;
          return result;
        }
        finish_action();
        end = list(result.otherwise);
      }
      if (end != "end") fail("{{" + word + "}} has no {{end}}", TemplateFault::Kind::no_end);
    }
    --depth_;
    return result;
  }

  void skip_blanks() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }
  bool closes() const { return text_.compare(at_, 2, "}}") == 0 || text_.compare(at_, 3, "-}}") == 0; }
  void finish_action() {
    skip_blanks();
    if (text_.compare(at_, 3, "-}}") == 0) {
      at_ += 3;
      trim_next_ = true;
    } else if (text_.compare(at_, 2, "}}") == 0) {
      at_ += 2;
    } else {
      fail("expected }}", at_ < text_.size() ? TemplateFault::Kind::syntax : TemplateFault::Kind::no_close);
    }
  }

  bool take(std::string_view wanted) {
    skip_blanks();
    if (text_.compare(at_, wanted.size(), wanted) != 0) return false;
    at_ += wanted.size();
    return true;
  }

  std::string variable() {
    std::string name{text_[at_++]};
    while (at_ < text_.size() && is_name(text_[at_])) name += text_[at_++];
    return name;
  }

  TemplatePipeline pipeline(bool in_parentheses) {
    if (++depth_ > kDepthMax) fail("too deeply nested");
    TemplatePipeline result;
    skip_blanks();
    const std::size_t before = at_;
    if (at_ < text_.size() && text_[at_] == '$') {
      result.variable = variable();
      if (take(",")) {
        skip_blanks();
        if (at_ >= text_.size() || text_[at_] != '$') fail("expected a variable");
        result.second_variable = variable();
      }
      if (!take(":=") && !take("=")) {
        result = {};
        at_ = before;
      }
    }
    do {
      TemplateCommand command;
      skip_blanks();
      const std::size_t from = at_;
      std::size_t to = at_;
      for (; at_ < text_.size() && !closes() && text_[at_] != '|' && text_[at_] != ')'; skip_blanks()) {
        command.words.push_back(operand());
        to = at_;
      }
      command.source = text_.substr(from, to - from);
      if (command.words.empty())
        fail("expected a field such as .Name",
             at_ < text_.size() ? TemplateFault::Kind::syntax : TemplateFault::Kind::no_close);
      result.commands.push_back(std::move(command));
    } while (take("|"));
    if (in_parentheses && !take(")")) fail("expected )");
    --depth_;
    return result;
  }

  TemplateOperand operand() {
    const std::size_t from = at_;
    TemplateOperand result = bare_operand();
    result.source = text_.substr(from, at_ - from);
    return result;
  }

  TemplateOperand bare_operand() {
    TemplateOperand result;
    result.offset = at_;
    const char c = text_[at_];
    if (c == '(') {
      ++at_;
      result.kind = TemplateOperand::Kind::pipeline;
      result.pipeline = std::make_shared<TemplatePipeline>(pipeline(true));
      fields(result);
    } else if (c == '.' || c == '$') {
      result.kind = TemplateOperand::Kind::path;
      if (c == '$') result.text = variable();
      if (c == '.' && (at_ + 1 >= text_.size() || !is_name(text_[at_ + 1]))) {
        ++at_;
      } else {
        fields(result);
      }
    } else if (c == '"' || c == '`') {
      result.kind = TemplateOperand::Kind::text;
      result.text = quoted(c);
    } else if (std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '+') {
      result.kind = TemplateOperand::Kind::number;
      do result.text += text_[at_++];
      while (at_ < text_.size() && (is_name(text_[at_]) || text_[at_] == '.'));
    } else if (is_name(c)) {
      while (at_ < text_.size() && is_name(text_[at_])) result.text += text_[at_++];
      result.kind = result.text == "true" || result.text == "false" ? TemplateOperand::Kind::boolean
                    : result.text == "nil"                          ? TemplateOperand::Kind::nil
                                                                    : TemplateOperand::Kind::function;
      if (result.kind == TemplateOperand::Kind::function) check_function(result);
    } else {
      fail(std::string{"unexpected character "} + c);
    }
    return result;
  }

  static void check_function(const TemplateOperand& function) {
    try {
      check_template_function(function.text);
    } catch (const Error& error) {
      throw TemplateError({.kind = TemplateFault::Kind::no_function, .offset = function.offset, .name = function.text},
                          error);
    }
  }

  void fields(TemplateOperand& result) {
    const bool behind = result.kind == TemplateOperand::Kind::pipeline || !result.text.empty();
    while (at_ + 1 < text_.size() && text_[at_] == '.' && is_name(text_[at_ + 1])) {
      if (result.fields.size() == (behind ? 0 : 1)) result.offset = at_;
      std::string name;
      for (++at_; at_ < text_.size() && is_name(text_[at_]);) name += text_[at_++];
      result.fields.push_back(std::move(name));
    }
  }

  std::string quoted(char quote) {
    std::string result;
    for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
      if (quote == '`' || text_[at_] != '\\' || at_ + 1 >= text_.size()) {
        result += text_[at_];
        continue;
      }
      const char escaped = text_[++at_];
      result += escaped == 'n' ? '\n' : escaped == 't' ? '\t' : escaped == 'r' ? '\r' : escaped;
    }
    if (at_ >= text_.size()) fail("the string has no end");
    ++at_;
    return result;
  }

  const std::string& text_;
  std::size_t at_ = 0, depth_ = 0;
  bool trim_next_ = false;
};

}  // namespace

std::vector<TemplateNode> parse_template(const std::string& text) { return Parser{text}.run(); }

}  // namespace stack::format
