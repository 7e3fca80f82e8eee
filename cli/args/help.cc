#include "cli/args/help.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/args/coming_verbs.h"
#include "cli/args/command_path.h"
#include "cli/args/docker_usage.h"

namespace stack::cli {
namespace {

constexpr std::size_t kIndent = 2, kGap = 2;
constexpr std::size_t kTextMin = 30;  // columns that a description needs beside its name
constexpr std::size_t kNameMax = 32;  // a longer name has a line of its own
constexpr std::size_t kBelow = 6;     // indent of what stands below its name

// `text` in lines that begin at column `indent`; the first one is there already, up to column `at`.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t width, std::size_t at) {
  std::string out;
  bool begins = true;  // a line
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!begins && at + 1 + word.size() > width) {
      out += "\n" + std::string(indent, ' ');
      at = indent;
      begins = true;
    }
    out += (begins ? "" : " ") + std::string{word};
    at += word.size() + (begins ? 0 : 1);
    begins = false;
  }
  return out;
}
std::string wrapped(std::string_view text, std::size_t indent, std::size_t width) {
  return wrapped(text, indent, width, indent);
}

struct Row {
  std::string name, text;
};

std::string section(const std::string& title, const std::vector<Row>& rows, std::size_t width) {
  if (rows.empty()) return {};
  std::size_t column = 0;
  for (const Row& row : rows) {
    if (row.name.size() <= kNameMax) column = std::max(column, row.name.size());
  }
  column += kIndent + kGap;
  const bool beside = column + kTextMin <= width;
  std::string out = "\n" + title + ":\n";
  for (const Row& row : rows) {
    out += std::string(kIndent, ' ') + row.name;
    if (row.text.empty()) {
      out += "\n";
    } else if (beside && kIndent + row.name.size() + kGap <= column) {
      out += std::string(column - kIndent - row.name.size(), ' ') + wrapped(row.text, column, width) + "\n";
    } else {
      const std::size_t indent = beside ? column : kBelow;
      out += "\n" + std::string(indent, ' ') + wrapped(row.text, indent, width) + "\n";
    }
  }
  return out;
}

// Of what is given by position.
std::string shown_name(const CLI::Option& option) {
  return option.get_option_text().empty() ? option.get_name(true) : option.get_option_text();
}

bool is_many(const CLI::Option& option) { return option.get_items_expected_max() > 1; }

std::string usage(const CLI::App& command, std::size_t width) {
  std::string text = "[OPTIONS]";
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_positional()) continue;
    const std::string name = shown_name(*option) + (is_many(*option) ? "..." : "");
    text += option->get_required() ? " " + name : " [" + name + "]";
  }
  if (!command.get_subcommands({}).empty()) text += " COMMAND";
  if (command.get_prefix_command()) text += " COMMAND [ARG...]";
  const std::string begin = "Usage: " + command_path(command) + " ";
  const std::size_t indent = begin.size() + kTextMin <= width ? begin.size() : kBelow;
  return begin + wrapped(text, indent, width, begin.size()) + "\n";
}

std::string docker_usage_line(const CLI::App& command) {
  const std::string path = command_path(command);
  if (command.get_subcommands({}).empty()) return "Usage:  " + docker_usage(path) + "\n";
  return "Usage:  " + path + (command.get_parent() == nullptr ? " [OPTIONS]" : "") + " COMMAND\n";
}

// "-d, --detach", "--scale TEXT..."
std::string written_option(const CLI::Option& option) {
  std::string text;
  for (const std::string& name : option.get_snames()) text += (text.empty() ? "-" : ", -") + name;
  for (const std::string& name : option.get_lnames()) text += (text.empty() ? "--" : ", --") + name;
  if (option.get_items_expected_max() == 0) return text;
  std::string type = option.get_type_name();
  type.resize(std::min(type.find(':'), type.size()));  // the values are in the description
  return text + " " + type + (is_many(option) ? "..." : "");
}

// Groups of flags in the order in which they come first; "" is for what is not shown.
std::vector<std::string> groups_of(const CLI::App& command) {
  std::vector<std::string> groups;
  for (const CLI::Option* option : command.get_options()) {
    const std::string& group = option->get_group();
    if (!option->get_positional() && !group.empty() && std::find(groups.begin(), groups.end(), group) == groups.end())
      groups.push_back(group);
  }
  return groups;
}

std::string coming_commands(std::size_t width) {
  std::string names;
  for (const ComingVerb& verb : coming_verbs()) names += (names.empty() ? "" : ", ") + std::string{verb.name};
  return "\nTo come (each says what to use meanwhile):\n" + std::string(kIndent, ' ') + wrapped(names, kIndent, width) +
         "\n";
}

class Help : public CLI::FormatterBase {
 public:
  Help(std::size_t width, Dialect dialect) : width_(width), dialect_(dialect) {}
  std::string make_help(const CLI::App* command, std::string, CLI::AppFormatMode) const override {
    return help_text(*command, width_, dialect_);
  }

 private:
  std::size_t width_;
  Dialect dialect_;
};

void set_help(CLI::App& app, const std::shared_ptr<Help>& help) {
  app.formatter(help);
  for (CLI::App* each : app.get_subcommands({})) set_help(*each, help);
}

}  // namespace

std::string help_text(const CLI::App& command, std::size_t width, Dialect dialect) {
  const bool docker = dialect == Dialect::docker;
  std::string text = (docker ? docker_usage_line(command) : usage(command, width)) + "\n" +
                     wrapped(command.get_description(), 0, width) + "\n";
  std::vector<Row> rows;
  for (const CLI::App* each : command.get_subcommands({})) {
    std::string names = each->get_name();
    for (const std::string& alias : each->get_aliases()) names += ", " + alias;
    rows.push_back({std::move(names), each->get_description()});
  }
  const bool has_commands = !rows.empty();
  text += section("Commands", rows, width);
  if (command.get_parent() == nullptr && !docker) text += coming_commands(width);
  rows.clear();
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_positional()) rows.push_back({shown_name(*option), option->get_description()});
  }
  if (command.get_prefix_command()) rows.push_back({"COMMAND [ARG...]", "What to run in the container"});
  if (!docker) text += section("Arguments", rows, width);
  for (const std::string& group : groups_of(command)) {
    rows.clear();
    for (const CLI::Option* option : command.get_options()) {
      if (!option->get_positional() && option->get_group() == group)
        rows.push_back({written_option(*option), option->get_description()});
    }
    text += section(group, rows, width);
  }
  if (has_commands)
    text += "\n" +
            wrapped(docker ? "Run '" + command_path(command) + " COMMAND --help' for more information on a command."
                           : "More about a command: " + command_path(command) + " COMMAND --help",
                    0, width) +
            "\n";
  return text;
}

void set_help(CLI::App& app, std::size_t width, Dialect dialect) {
  set_help(app, std::make_shared<Help>(width, dialect));
}

}  // namespace stack::cli
