// One instruction from one logical line: keyword, flags, arguments, form. Pure; parse_dockerfile puts them together.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/dockerfile/instruction_flags.h"
#include "base/dockerfile/logical_line.h"

namespace stack::dockerfile {

// A line's parts.
struct InstructionLine {
  std::string keyword;    // upper case
  std::string_view name;  // as written
  std::vector<Word> flags;
  std::string_view arguments;  // part of the line's text
};
InstructionLine split_instruction(const LogicalLine& line, std::string_view text);

class InstructionParser {
 public:
  InstructionParser(const LogicalLine& line, InstructionLine parts, std::vector<Heredoc> heredocs, char escape,
                    Problems& problems)
      : line_(line), parts_(std::move(parts)), heredocs_(std::move(heredocs)), escape_(escape), problems_(problems) {}

  // Nothing when there are errors.
  std::optional<Instruction> instruction();
  std::optional<Stage> from();

 private:
  struct Rejected {};
  using Value = decltype(Instruction::value);
  using Rule = Value (InstructionParser::*)();
  static Rule rule_of(std::string_view keyword);

  Value add();
  Value arg();
  Value cmd();
  Value copy();
  Value entrypoint();
  Value env();
  Value expose();
  Value healthcheck();
  Value label();
  Value maintainer();
  Value onbuild();
  Value run();
  Value shell();
  Value stop_signal();
  Value user();
  Value volume();
  Value workdir();

  [[noreturn]] void refuse(std::string message, std::string remedy, std::string_view part = {});
  void warn(std::string code, std::string message, std::string remedy);
  FlagSet flags(const std::vector<FlagRule>& rules);
  Word the_argument(std::string_view example);
  std::vector<Word> list_or_words();
  CommandLine command(std::string_view text);
  void transfer(FileTransfer& to, const FlagSet& flags);
  std::vector<Pair> pairs(bool& legacy);
  std::optional<Nanos> interval(const FlagSet& flags, std::string_view name);
  void check_trigger(std::string_view text);

  const LogicalLine& line_;
  InstructionLine parts_;
  std::vector<Heredoc> heredocs_;
  char escape_;
  Problems& problems_;
};

}  // namespace stack::dockerfile
