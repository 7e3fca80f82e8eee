#include "cli/args/words.h"

#include <algorithm>

#include <CLI/CLI.hpp>

namespace stack::cli {
namespace {

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }
bool looks_like_flag(const std::string& word) { return word.size() > 1 && word.front() == '-'; }

class Rewriter {
 public:
  Rewriter(const CLI::App& app, const std::vector<std::string>& words)
      : command_(&app), next_(words.begin()), end_(words.end()) {}

  Words rewrite() {
    while (next_ != end_) {
      const std::string& word = *next_++;
      if (word == "--") {
        end_of_flags();
      } else if (word.starts_with("--")) {
        long_flag(word);
      } else if (looks_like_flag(word)) {
        short_flags(word);
      } else {
        plain(word);
      }
    }
    return std::move(out_);
  }

 private:
  void end_of_flags() {
    // CLI11 wants to know of it only where a word could be taken for a flag.
    if (std::any_of(next_, end_, looks_like_flag) && !command_->get_prefix_command()) out_.ours.emplace_back("--");
    while (next_ != end_) plain(*next_++);
  }

  void plain(const std::string& word) {
    out_.ours.push_back(word);
    const auto chosen = command_->get_subcommands([&](const CLI::App* it) { return it->check_name(word); });
    if (!chosen.empty()) {
      command_ = chosen.front();
    } else if (command_->get_prefix_command()) {
      out_.command.assign(next_, end_);
      next_ = end_;
    }
  }

  void long_flag(const std::string& word) {
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const CLI::Option* option = command_->get_option_no_throw(name);
    if (option == nullptr) return mistake("unknown flag \"" + name + "\"");
    if (!takes_value(*option) || (equals != std::string::npos && equals + 1 < word.size())) {
      out_.ours.push_back(word);
    } else if (equals == std::string::npos) {
      out_.ours.push_back(word);
      value(name, *option);
    } else {
      out_.ours.push_back(name);
      out_.ours.emplace_back();
      check_empty(name, *option);
    }
  }

  void short_flags(const std::string& word) {
    for (std::size_t at = 1; at < word.size(); ++at) {
      const std::string name{'-', word[at]};
      const std::string rest = word.substr(at + 1);
      const bool assigned = rest.size() > 1 && rest.front() == '=';
      const CLI::Option* option = command_->get_option_no_throw(name);
      if (option == nullptr) {
        return mistake("unknown flag \"" + name + "\"" + (word.size() > 2 ? " in \"" + word + "\"" : ""));
      }
      if (takes_value(*option)) {
        out_.ours.push_back(name + (assigned ? rest.substr(1) : rest));
        if (rest.empty()) value(name, *option);
        return;
      }
      if (assigned) {
        out_.ours.push_back("--" + option->get_lnames().front() + rest);
        return;
      }
      out_.ours.push_back(name);
    }
  }

  void value(const std::string& name, const CLI::Option& option) {
    if (next_ == end_) return mistake("the flag " + name + " needs a value");
    if (next_->empty()) check_empty(name, option);
    out_.ours.push_back(*next_++);
  }

  // CLI11 takes no digits for the number 0.
  void check_empty(const std::string& name, const CLI::Option& option) {
    if (option.get_type_name() == "INT") mistake("the flag " + name + " needs a number");
  }

  void mistake(const std::string& text) {
    if (!out_.mistake.empty()) return;
    out_.mistake = text;
    out_.where = command_;
  }

  const CLI::App* command_;
  std::vector<std::string>::const_iterator next_, end_;
  Words out_;
};

}  // namespace

Words docker_words(const CLI::App& app, const std::vector<std::string>& words) {
  return Rewriter{app, words}.rewrite();
}

void last_one_counts(CLI::App& app) {
  for (CLI::Option* option : app.get_options()) {
    if (!option->get_positional() && option->get_items_expected_max() == 1) option->take_last();
  }
  for (CLI::App* command : app.get_subcommands({})) last_one_counts(*command);
}

}  // namespace stack::cli
