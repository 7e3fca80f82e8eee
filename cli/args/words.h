// The words of a command line as Docker's users write them, made into those that CLI11 reads the same way.
//
// The rules are pflag's: a short flag may have its value behind "=" (-n=5, -q=false), also as the last one of a group (-aq=false);
// the value of a long one may be empty (--format=); of a flag that is given twice the last one counts; "--" ends the flags. What
// stands behind the service of exec belongs to the command that is run, flags included.
#pragma once

#include <string>
#include <vector>

#include <CLI/App.hpp>

namespace stack::cli {

// What is wrong with a command line, for a dialect with words of its own.
enum class WordMistake { none, unknown_command, unknown_flag, unknown_short_flag, missing_value, invalid_value };

struct Words {
  std::vector<std::string> ours;     // for CLI11
  std::vector<std::string> command;  // what is to be run: of commands that are marked by prefix_command()
  std::string mistake;  // an unknown command or flag, a value that is missing or no value; the first; empty: none
  const CLI::App* where = nullptr;  // whose mistake that is
  WordMistake kind = WordMistake::none;
  std::string subject{}, given{};  // the command or flag; the value, or the group of flags
};

// `words` without the program's name. Pure.
Words docker_words(const CLI::App& app, const std::vector<std::string>& words);

// The words in front of the first one by position: the flags of the program itself, with their values. Pure.
std::size_t global_words(const CLI::App& app, const std::vector<std::string>& words);

// For `app` and all commands below it, once they are declared.
void last_one_counts(CLI::App& app);

}  // namespace stack::cli
