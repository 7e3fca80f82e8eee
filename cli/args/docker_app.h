// Docker's command line: `docker`, `docker-compose` and `stack docker`. Its commands are those of the engine's nouns, which stand at the
// top there as well; mistakes, failures and exit codes are written as Docker's client writes them.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/session.h"

namespace CLI {
class App;
}

namespace stack::cli {

class Command;
struct Words;

void add_docker_verbs(Command& docker);

// What to use instead of a command of Docker's that this engine does not have; empty for other words.
std::string instead_of_docker(const std::string& command);

// Runs what the words ask for; `words` without the program's name. `host`: the engine, where the words name none. `compose` runs the
// words behind `docker compose`, on the engine of `host`. Never throws.
int run_docker(const std::vector<std::string>& words, const std::string& host,
               int (*compose)(const std::vector<std::string>& words, const std::string& host));

// Of the words' mistake, as Docker writes it; the exit code is beside it.
struct DockerComplaint {
  std::string text;
  int exit_code = 1;
};
DockerComplaint docker_complaint(const Words& words);
DockerComplaint docker_flag_complaint(const CLI::App& command, const std::string& flag, const std::string& given,
                                      const std::string& why);
DockerComplaint docker_count_complaint(const CLI::App& command);

}  // namespace stack::cli
