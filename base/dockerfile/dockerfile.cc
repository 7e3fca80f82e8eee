#include "base/dockerfile/dockerfile.h"

#include "base/dockerfile/heredocs.h"
#include "base/dockerfile/instruction_parser.h"
#include "base/dockerfile/runes.h"
#include "base/dockerfile/word_list.h"

namespace stack::dockerfile {
namespace {

// ADD, COPY and RUN in shell form, also as a trigger.
bool takes_heredocs(const LogicalLine& line, const InstructionLine& parts) {
  if (parts.keyword == "ONBUILD") {
    const InstructionLine trigger = split_instruction(line, parts.arguments);
    return trigger.keyword != "ONBUILD" && takes_heredocs(line, trigger);
  }
  if (parts.keyword != "ADD" && parts.keyword != "COPY" && parts.keyword != "RUN") return false;
  return !parse_json_list(parts.arguments).list;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : reader_(text, result_.problems) {}

  Parsed run() {
    while (const auto line = reader_.next()) {
      if (++count_ > kInstructionsMax) {
        problem("too_long", "the file has more than " + std::to_string(kInstructionsMax) + " instructions",
                "split it into several", line->range(line->text));
        break;
      }
      if (!instruction(*line)) break;
    }
    result_.dockerfile.directives = reader_.directives;
    if (count_ == 0 && !has_errors(result_.problems))
      problem("empty", "the file has no instructions", "begin with FROM IMAGE", {{1, 1}, {1, 1}});
    if (count_ != 0 && !from_seen_ && !has_errors(result_.problems)) {
      problem("no_stage", "the file has no stage", "begin with FROM IMAGE", {{1, 1}, {1, 1}});
    }
    return std::move(result_);
  }

 private:
  void problem(std::string code, std::string message, std::string remedy, Range range) {
    result_.problems.push_back({Severity::error, std::move(code), std::move(message), std::move(remedy), range});
  }

  // False when the rest of the text belongs to nothing.
  bool instruction(const LogicalLine& line) {
    InstructionLine parts = split_instruction(line, line.text);
    std::vector<Heredoc> heredocs;
    if (takes_heredocs(line, parts)) {
      for (HeredocWord& found : heredocs_in(line.text)) {
        found.heredoc.range = line.range(found.begin, found.end);
        if (!read_content(found.heredoc, reader_, result_.problems)) return false;
        heredocs.push_back(std::move(found.heredoc));
      }
    }
    const std::string keyword = parts.keyword;
    const Range name = line.range(parts.name);
    InstructionParser parser{line, std::move(parts), std::move(heredocs), reader_.directives.escape, result_.problems};
    auto& stages = result_.dockerfile.stages;
    if (keyword == "FROM") {
      from_seen_ = true;
      auto stage = parser.from();
      lost_ = !stage;
      if (!stage) return true;
      stage->last_line = reader_.line();
      stages.push_back(std::move(*stage));
      return true;
    }
    auto value = parser.instruction();
    if (!value || lost_) return true;
    value->last_line = reader_.line();
    if (!stages.empty()) {
      stages.back().instructions.push_back(std::move(*value));
    } else if (keyword == "ARG") {
      result_.dockerfile.global_args.push_back(std::move(*value));
    } else if (!from_seen_) {
      problem("no_stage", keyword + " stands in front of the first FROM",
              "put FROM IMAGE above it; only ARG may come before", name);
      from_seen_ = lost_ = true;  // reported once
    }
    return true;
  }

  Parsed result_;
  LineReader reader_;
  std::size_t count_ = 0;
  bool from_seen_ = false;
  bool lost_ = false;  // in a stage whose FROM is wrong
};

}  // namespace

Parsed parse_dockerfile(std::string_view text) {
  if (text.size() > kTextMax) {
    Parsed result;
    result.problems.push_back({Severity::error,
                               "too_long",
                               "the file has " + std::to_string(text.size()) + " bytes",
                               "a Dockerfile has at most 2 MiB",
                               {}});
    return result;
  }
  return Parser{text}.run();
}

ParsedInstruction parse_instruction(std::string_view text, char escape) {
  ParsedInstruction result;
  LineReader reader{text.substr(0, kTextMax), result.problems};
  const auto fail = [&](std::string message, std::string remedy) {
    result.problems.push_back({Severity::error, "syntax", std::move(message), std::move(remedy), {{1, 1}, {1, 1}}});
  };
  reader.directives.escape = escape;
  const auto line = reader.next();
  if (!line) {
    if (result.problems.empty()) fail("there is no instruction", "write one such as CMD [\"sh\"]");
    return result;
  }
  InstructionLine parts = split_instruction(*line, line->text);
  if (parts.keyword == "FROM") {
    fail("FROM cannot stand here", "write an instruction such as CMD [\"sh\"]");
    return result;
  }
  std::vector<Heredoc> heredocs;
  if (takes_heredocs(*line, parts)) {
    for (HeredocWord& found : heredocs_in(line->text)) {
      found.heredoc.range = line->range(found.begin, found.end);
      if (!read_content(found.heredoc, reader, result.problems)) return result;
      heredocs.push_back(std::move(found.heredoc));
    }
  }
  result.instruction =
      InstructionParser{*line, std::move(parts), std::move(heredocs), escape, result.problems}.instruction();
  if (reader.next()) {
    fail("more than one instruction", "write each by itself");
    result.instruction.reset();
  }
  return result;
}

}  // namespace stack::dockerfile
