#include "cli/args/words.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <CLI/CLI.hpp>

#include "base/suggest.h"
#include "cli/args/coming_verbs.h"

namespace stack::cli {
namespace {

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }
bool looks_like_flag(const std::string& word) { return word.size() > 1 && word.front() == '-'; }

bool is_truth(const std::string& word) {
  static constexpr std::array<std::string_view, 12> kTruths{"1", "t", "T", "true",  "True",  "TRUE",
                                                            "0", "f", "F", "false", "False", "FALSE"};
  return std::find(kTruths.begin(), kTruths.end(), word) != kTruths.end();
}

// Of a flag that takes certain words: these. Its type is "TEXT:{never,always,auto}".
std::vector<std::string> values_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  std::size_t at = type.find(":{");
  std::vector<std::string> values;
  if (at == std::string::npos || !type.ends_with('}')) return values;
  for (at += 2; at < type.size();) {
    const std::size_t end = std::min(type.find(',', at), type.size() - 1);
    values.push_back(type.substr(at, end - at));
    at = end + 1;
  }
  return values;
}

bool is_number(std::string_view word) {
  if (word.starts_with('-') || word.starts_with('+')) word.remove_prefix(1);
  return !word.empty() && word.find_first_not_of("0123456789") == std::string_view::npos;
}

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
    } else if (!command_->get_subcommands({}).empty()) {
      unknown_command(word);
    } else if (command_->get_prefix_command()) {
      out_.command.assign(next_, end_);
      next_ = end_;
    }
  }

  void long_flag(const std::string& word) {
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const CLI::Option* option = command_->get_option_no_throw(name);
    if (option == nullptr) return unknown_flag(name);
    if (equals == std::string::npos) {
      out_.ours.push_back(word);
      if (takes_value(*option)) value(name, *option);
      return;
    }
    const std::string given = word.substr(equals + 1);
    check(name, *option, given);
    if (!given.empty()) return out_.ours.push_back(word);
    out_.ours.push_back(name);
    if (takes_value(*option)) out_.ours.emplace_back();
  }

  void short_flags(const std::string& word) {
    for (std::size_t at = 1; at < word.size(); ++at) {
      const std::string name{'-', word[at]};
      const CLI::Option* option = command_->get_option_no_throw(name);
      if (option == nullptr) {
        const std::string within = word.size() > 2 ? " in \"" + word + "\"" : "";
        return mistake("unknown flag \"" + name + "\"" + within + global_place(name), WordMistake::unknown_short_flag,
                       name, word);
      }
      const std::string rest = word.substr(at + 1);
      const bool assigned = rest.size() > 1 && rest.front() == '=';
      const std::string given = assigned ? rest.substr(1) : rest;
      if (takes_value(*option)) {
        out_.ours.push_back(name + given);
        return given.empty() ? value(name, *option) : check(name, *option, given);
      }
      if (assigned) {
        check(name, *option, given);
        return out_.ours.push_back("--" + option->get_lnames().front() + rest);
      }
      out_.ours.push_back(name);
    }
  }

  void unknown_command(const std::string& word) {
    std::vector<std::string> names;
    for (const CLI::App* each : command_->get_subcommands({})) {
      names.push_back(each->get_name());
      for (const std::string& alias : each->get_aliases()) names.push_back(alias);
    }
    if (const ComingVerb* coming = command_->get_parent() == nullptr ? coming_verb(word) : nullptr) {
      return mistake("\"" + word + "\" is not there yet; " + std::string{coming->instead}, WordMistake::unknown_command,
                     word);
    }
    const VerbElsewhere* elsewhere = command_->get_parent() == nullptr ? verb_elsewhere(word) : nullptr;
    mistake("unknown command \"" + word + "\"" +
                (elsewhere == nullptr ? guess(word, names) : "; " + std::string{elsewhere->instead}),
            WordMistake::unknown_command, word);
  }

  void unknown_flag(const std::string& name) {
    const bool global = command_->get_parent() == nullptr;
    if (const MissingFlag* missing = missing_flag(global ? "" : command_->get_name(), name))
      return mistake("the flag " + name + " is not there; " + std::string{missing->instead}, WordMistake::unknown_flag,
                     name);
    std::vector<std::string> names;
    for (const CLI::Option* each : command_->get_options()) {
      for (const std::string& known : each->get_lnames()) names.push_back("--" + known);
    }
    const std::string place = global_place(name);
    mistake("unknown flag \"" + name + "\"" + (place.empty() ? guess_flag(name, names) : place),
            WordMistake::unknown_flag, name);
  }

  // Of a global flag behind a command: where it belongs.
  [[nodiscard]] std::string global_place(const std::string& flag) const {
    const CLI::App* root = command_;
    while (root->get_parent() != nullptr) root = root->get_parent();
    if (root == command_ || root->get_option_no_throw(flag) == nullptr) return {};
    return "; it is a global one and stands in front of the command: stack " + flag + " ... " + command_->get_name();
  }

  // One of the command's own goes before a global one.
  [[nodiscard]] std::string guess_flag(const std::string& name, const std::vector<std::string>& own) const {
    const std::string near = guess(name, own);
    const CLI::App* root = command_;
    while (root->get_parent() != nullptr) root = root->get_parent();
    if (!near.empty() || root == command_) return near;
    std::vector<std::string_view> global;
    for (const CLI::Option* each : root->get_options()) {
      for (const std::string& known : each->get_lnames()) global.emplace_back(known);
    }
    const std::string meant = nearest(std::string_view{name}.substr(2), global);
    return meant.empty() ? meant : "; did you mean \"--" + meant + "\"?" + global_place("--" + meant);
  }

  static std::string guess(const std::string& word, const std::vector<std::string>& known) {
    const std::vector<std::string_view> views{known.begin(), known.end()};
    const std::string text = did_you_mean(word, views);
    return text.empty() ? text : "; " + text;
  }

  void value(const std::string& name, const CLI::Option& option) {
    if (next_ == end_) return mistake("the flag " + name + " needs a value", WordMistake::missing_value, name);
    check(name, option, *next_);
    out_.ours.push_back(*next_++);
  }

  void check(const std::string& name, const CLI::Option& option, const std::string& given) {
    if (!takes_value(option) && !is_truth(given)) invalid(name, given, "use true or false");
    if (option.get_type_name() == "INT" && !is_number(given)) {
      invalid(name, given, "use a number");
    }
    const std::vector<std::string> values = values_of(option);
    if (!values.empty() && std::find(values.begin(), values.end(), given) == values.end()) {
      std::string text;
      for (const std::string& each : values)
        text += (text.empty() ? "" : &each == &values.back() ? " or " : ", ") + each;
      invalid(name, given, "use " + text);
    }
  }

  void invalid(const std::string& flag, const std::string& given, const std::string& remedy) {
    mistake("invalid value \"" + given + "\" of " + flag + "; " + remedy, WordMistake::invalid_value, flag, given);
  }

  void mistake(const std::string& text, WordMistake kind, const std::string& subject, const std::string& given = {}) {
    if (!out_.mistake.empty()) return;
    out_.mistake = text;
    out_.where = command_;
    out_.kind = kind;
    out_.subject = subject;
    out_.given = given;
  }

  const CLI::App* command_;
  std::vector<std::string>::const_iterator next_, end_;
  Words out_;
};

}  // namespace

Words docker_words(const CLI::App& app, const std::vector<std::string>& words) {
  return Rewriter{app, words}.rewrite();
}

std::size_t global_words(const CLI::App& app, const std::vector<std::string>& words) {
  std::size_t at = 0;
  for (; at < words.size() && looks_like_flag(words[at]) && words[at] != "--"; ++at) {
    const std::string& word = words[at];
    const std::string name = word.starts_with("--") ? word.substr(0, word.find('=')) : word.substr(0, 2);
    const CLI::Option* option = app.get_option_no_throw(name);
    if (option != nullptr && takes_value(*option) && name == word) ++at;
  }
  return std::min(at, words.size());
}

void last_one_counts(CLI::App& app) {
  for (CLI::Option* option : app.get_options()) {
    if (!option->get_positional() && option->get_items_expected_max() == 1) option->take_last();
  }
  for (CLI::App* command : app.get_subcommands({})) last_one_counts(*command);
}

}  // namespace stack::cli
