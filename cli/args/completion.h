// Completion of a command line in bash, zsh and fish. The shells' scripts are a few lines each: they ask the program itself, which knows
// its commands and flags from one declaration, and services, containers, images and the like from the project and the engine.
//
//   stack __complete WORD... PART     one candidate a line, with a tab and its description where it has one; ":files" for file names,
//                                     ":folders" for folders alone
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands/session.h"

namespace CLI {
class App;
}

namespace stack::cli {

inline constexpr std::string_view kComplete = "__complete";

// What a place of the command line takes.
enum class Wanted {
  nothing,
  files,
  folders,
  services,
  service_paths,  // "web:", or a path of this machine
  containers,
  container_paths,  // "shop-web-1:", or a path of this machine
  objects,          // whatever has a name
  projects,
  images,
  networks,
  volumes,
  profiles,
  stages
};

struct Completion {
  std::vector<std::string> candidates;  // "name\tdescription"; those that begin with the part
  Wanted wanted = Wanted::nothing;      // what else fits there
  GlobalOptions global;                 // as far as the words say
  std::string first{};                  // the first word by position
  std::string part{};                   // what stands at the cursor
};

// The last word is the part that stands at the cursor. Pure.
Completion complete(const CLI::App& app, const std::vector<std::string>& words);
// The answer to `stack __complete`.
std::string completion_answer(const CLI::App& app, const std::vector<std::string>& words);

struct CompletionFlags {
  std::string shell;
};
int completion(Session& session, const CompletionFlags& flags);

}  // namespace stack::cli
