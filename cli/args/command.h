// How a command is declared: each of its words and flags is bound to a field of what its function takes.
//
//   group.verb("tag", "Give an image one more name", image_tag, [](Command& c, ImageTagFlags& f) {
//     c.word("IMAGE", f.name, "Name or id");
//     c.word("NAME", f.new_name, "The new name");
//   });
//
// A thin cover of CLI11's objects, which live as long as the command line is read; it keeps that library out of the declarations.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "cli/args/app.h"

namespace CLI {
class App;
}

namespace stack::cli {

class Command {
 public:
  Command(CLI::App& app, Chosen& chosen) : app_(&app), chosen_(&chosen) {}

  // A command that has others below it, and shows its help without one of them.
  Command group(const char* name, const char* help);
  // A command that runs `action` with what `declare` binds.
  template <class Flags>
  void verb(const char* name, const char* help, int (*action)(Session&, const Flags&),
            std::type_identity_t<void (*)(Command&, Flags&)> declare) {
    Command made = add(name, help);
    const auto flags = std::make_shared<Flags>();
    declare(made, *flags);
    made.choose([flags, action](Session& session) { return action(session, *flags); });
  }
  void verb(const char* name, const char* help, int (*action)(Session&));
  void alias(const char* name);

  // By their position. One, one or none, one or more, any number; and all that is left, flags included.
  void word(const char* name, std::string& to, const char* help);
  void optional_word(const char* name, std::string& to, const char* help);
  void words(const char* name, std::vector<std::string>& to, const char* help);
  void optional_words(const char* name, std::vector<std::string>& to, const char* help);
  void command_to_run(std::vector<std::string>& to);
  void optional_command(std::vector<std::string>& to);

  // `names` as in "-q,--quiet"; "!--name" says the opposite.
  void flag(const char* names, bool& to, const char* help);
  void text(const char* names, std::string& to, const char* help);
  void text(const char* names, std::optional<std::string>& to, const char* help);
  void one_of(const char* names, std::string& to, std::vector<std::string> values, const char* help);
  void number(const char* names, int& to, const char* help);
  // One that may be given several times, with one value each.
  void list(const char* names, std::vector<std::string>& to, const char* help);
  // Understood, and without a meaning of its own: what it asks for is so anyway.
  void idle(const char* names, const char* help);
  // The same, and not even shown.
  void hidden(const char* names);
  void hidden(const char* names, bool& to);
  void hidden_text(const char* names, std::optional<std::string>& to);
  // Another name of a list that is declared before it.
  void hidden_list(const char* names, std::vector<std::string>& to);
  // -h is a flag of its own.
  void no_short_help();
  // Sets `to` to the opposite of what it is given.
  void hidden_opposite(const char* name, bool& to);

 private:
  Command add(const char* name, const char* help);
  void choose(std::function<int(Session&)> action);

  CLI::App* app_;
  Chosen* chosen_;
  std::vector<std::string>* command_to_run_ = nullptr;
  bool command_needed_ = true;
};

// The flags that `stats` has of a project and of the engine.
struct StatsFlags;
void declare_stats(Command& c, StatsFlags& f);

}  // namespace stack::cli
