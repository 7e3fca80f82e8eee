// A small project as text, and what loading it gives: the unit that the differential test hands to both loaders.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "compose/load/loader.h"

namespace stack::compose {

struct Sample {
  std::string name;
  std::map<std::string, std::string> files;  // relative to the project's folder, which is called "p"
  std::vector<std::string> arguments;        // as for `docker compose ... config`: global flags, "config", its own
  Variables environment;
  std::vector<std::string> rules;  // differences that are meant, by name
  bool operator==(const Sample&) const = default;
};

struct Outcome {
  bool accepted = false;
  std::string json;      // as `config --format json` prints it, the project's folder named /p
  std::string messages;  // what was said besides
  bool operator==(const Outcome&) const = default;
};

// Many samples in one text:
//   === NAME            begins one
//   $ ARGUMENTS         words of the command line, separated by blanks (default: config)
//   @ NAME=VALUE        a variable of the environment
//   ! RULE              a difference that is meant
//   >>> PATH            begins a file; what comes before the first one is compose.yaml
// Throws stack::Error for text that is none.
std::vector<Sample> parse_samples(std::string_view text, std::string_view source);

// All samples of the folder `projects`, by file and position.
std::vector<Sample> written_samples();

// What its arguments ask for. Throws stack::Error for arguments that are none.
LoadOptions options_of(const Sample& sample);

struct LoadedSample {
  LoadResult result;
  Outcome outcome;
};
LoadedSample load_sample(const Sample& sample);

}  // namespace stack::compose
