// Templates as Docker takes them for --format and for the tags of logs, in the syntax of Go's text/template: text with
// {{actions}} in between.
//
//   {{.Name}}   {{.Labels.team}}   {{json .}}   {{upper .State | printf "%-10s"}}   {{if eq .ExitCode 0}}ok{{else}}bad{{end}}
//   {{range .Publishers}}{{.PublishedPort}} {{end}}   {{with .Health}}({{.}}){{end}}   {{$n := .Name}}   {{- trims -}}   {{/* remark */}}
//
// Here: the text's structure. What it gives for a value: evaluate_json.h. Pure.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace stack::format {

// An argument: a constant, a path from the dot or a variable, a pipeline in parentheses, or a function's name.
struct TemplatePipeline;
struct TemplateOperand {
  enum class Kind { text, number, boolean, nil, path, function, pipeline };
  Kind kind = Kind::nil;
  std::string text;  // of text, number, boolean ("true"), function; of a path: the variable ("" is the dot)
  std::vector<std::string> fields;  // of a path or behind a pipeline
  std::shared_ptr<TemplatePipeline> pipeline;
  std::size_t offset = 0;  // for messages, see TemplateFault
  std::string source;
};
struct TemplateCommand {
  std::vector<TemplateOperand> words;  // a function and its arguments, or one operand
  std::string source;                  // of the words
};
struct TemplatePipeline {
  std::string variable, second_variable;  // "$x" of {{$x := ...}}, and "$v" of {{range $k, $v := ...}}
  std::vector<TemplateCommand> commands;
};
struct TemplateNode {
  enum class Kind { text, action, branch, range, with };
  Kind kind = Kind::text;
  std::string text;
  TemplatePipeline pipeline;
  std::vector<TemplateNode> body, otherwise;
  std::size_t column = 0;  // in the template, from 1
};

// Throws TemplateError(invalid), which names the column and what was expected.
std::vector<TemplateNode> parse_template(const std::string& text);

}  // namespace stack::format
