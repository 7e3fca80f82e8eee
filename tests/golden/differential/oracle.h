// The other side of the differential test: a real `docker compose config --format json`.
#pragma once

#include <string>
#include <vector>

#include "sample.h"

namespace stack::compose {

struct OracleCommand {
  std::string shell;  // runs the Bash script that it gets as its last argument, where `docker compose` is
  std::string root;   // how files of this machine are seen there: a prefix to their paths, mostly empty
  std::string compose = "docker compose";
};

// All of them in one run, so that starting the shell costs once. Throws stack::Error when the shell fails.
std::vector<Outcome> ask(const OracleCommand& command, const std::vector<Sample>& samples);

}  // namespace stack::compose
