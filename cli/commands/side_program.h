// A program that this command runs beside itself and talks to by lines: the one of a `provider`, or Docker's Model plugin.
//
// It has a process group of its own, which ends with the call. Blocks; throws stack::Error when it cannot be started or the user
// interrupts, and whatever a line's taker throws, once the program has ended.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace stack::cli {

struct ProgramCall {
  std::string program;  // a path
  std::vector<std::string> arguments;
  std::map<std::string, std::string> environment;
};
struct ProgramEnd {
  int code = 0;            // 128 and the signal's number for one that a signal ended
  std::string last_words;  // the end of what it wrote on standard error
};

// Takes a line of its standard output; what it returns is written to its standard input.
using OnLine = std::function<std::string(std::string_view line)>;
ProgramEnd run_program(const ProgramCall& call, const OnLine& on_line);
// All that it writes on standard output. Throws when it ends with another code than 0.
std::string output_of(const ProgramCall& call);

// A plugin of Docker's client, or a program: docker-NAME in the folders of plugins, then docker-NAME, compose-NAME and NAME on the PATH
// of `environment`. A name with a slash is a path. Empty: there is none.
std::string find_program(const std::string& name, const std::map<std::string, std::string>& environment);
// docker-NAME alone.
std::string find_plugin(const std::string& name, const std::map<std::string, std::string>& environment);

}  // namespace stack::cli
