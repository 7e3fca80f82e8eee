// What a Dockerfile can build, and what one of its stages takes from who builds it: for `--call=targets` and `--call=outline`. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/dockerfile/dockerfile.h"

namespace stack::dockerfile {

struct Outline {
  struct Argument {
    std::string name, value, description;
    Range range;
  };
  struct Grant {  // of a secret or an agent
    std::string id;
    bool required = false;
    Range range;
  };
  std::size_t stage = 0;
  std::vector<Argument> arguments;  // each once, in the order of their declarations
  std::vector<Grant> secrets, agents;
};

// Of the target, and of the stages that it begins with, copies from or mounts; empty: the last one. Of declarations with the same name the
// last one of the stage that is nearest to the target counts; of those in front of the first FROM, there is what a stage uses. Values have
// the variables in them that are known without a build. `given`: values of arguments. Throws stack::Error: not_found for a target that is
// no stage, invalid when there is none at all.
Outline outline_of(const Dockerfile& file, const std::string& target, const std::map<std::string, std::string>& given);

}  // namespace stack::dockerfile
