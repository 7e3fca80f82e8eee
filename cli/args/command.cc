#include "cli/args/command.h"

#include <CLI/CLI.hpp>

namespace stack::cli {

Command Command::add(const char* name, const char* help) { return {*app_->add_subcommand(name, help), *chosen_}; }

Command Command::group(const char* name, const char* help) {
  Command made = add(name, help);
  made.app_->require_subcommand(0, 1);
  return made;
}

void Command::verb(const char* name, const char* help, int (*action)(Session&)) { add(name, help).choose(action); }

void Command::choose(std::function<int(Session&)> action) {
  app_->callback([chosen = chosen_, to_run = command_to_run_, needed = command_needed_, action = std::move(action)] {
    if (to_run != nullptr) {
      if (needed && chosen->command.empty()) throw CLI::RequiredError("COMMAND");
      *to_run = chosen->command;
    }
    chosen->action = action;
  });
}

void Command::alias(const char* name) { app_->alias(name); }

void Command::word(const char* name, std::string& to, const char* help) {
  app_->add_option(name, to, help)->required();
}

void Command::optional_word(const char* name, std::string& to, const char* help) { app_->add_option(name, to, help); }

void Command::words(const char* name, std::vector<std::string>& to, const char* help) {
  // Later versions of CLI11 take no "=" in a name: what stands in front of it is the name, and help shows all.
  const std::string_view shown = name;
  app_->add_option(std::string{shown.substr(0, shown.find('='))}, to, help)->required()->option_text(name);
}

void Command::optional_words(const char* name, std::vector<std::string>& to, const char* help) {
  app_->add_option(name, to, help);
}

void Command::command_to_run(std::vector<std::string>& to) {
  app_->prefix_command();
  command_to_run_ = &to;
}

void Command::optional_command(std::vector<std::string>& to) {
  command_to_run(to);
  command_needed_ = false;
}

void Command::flag(const char* names, bool& to, const char* help) { app_->add_flag(names, to, help); }

void Command::text(const char* names, std::string& to, const char* help) { app_->add_option(names, to, help); }

void Command::text(const char* names, std::optional<std::string>& to, const char* help) {
  app_->add_option(names, to, help);
}

void Command::one_of(const char* names, std::string& to, std::vector<std::string> values, const char* help) {
  app_->add_option(names, to, help)->check(CLI::IsMember(std::move(values)));
}

void Command::number(const char* names, int& to, const char* help) { app_->add_option(names, to, help); }

void Command::list(const char* names, std::vector<std::string>& to, const char* help) {
  // Words that look like values must not be swallowed: one value a flag.
  app_->add_option(names, to, help)->allow_extra_args(false)->type_size(1)->take_all();
}

void Command::idle(const char* names, const char* help) { app_->add_flag(names)->description(help); }

void Command::hidden(const char* names) { app_->add_flag(names)->group(""); }

void Command::hidden_opposite(const char* name, bool& to) { app_->add_flag(std::string{"!"} + name, to)->group(""); }

void Command::hidden_text(const char* names, std::optional<std::string>& to) { app_->add_option(names, to)->group(""); }

void Command::hidden_list(const char* names, std::vector<std::string>& to) {
  const auto append = [&to](const std::vector<std::string>& given) { to.insert(to.end(), given.begin(), given.end()); };
  app_->add_option_function<std::vector<std::string>>(names, append)
      ->allow_extra_args(false)
      ->type_size(1)
      ->take_all()
      ->group("");
}

void Command::no_short_help() { app_->set_help_flag("--help", "Print usage"); }

void Command::hidden(const char* names, bool& to) { app_->add_flag(names, to)->group(""); }

}  // namespace stack::cli
