// The secrets of a build with which git is let in by a web server, as BuildKit names them: GIT_AUTH_HEADER, which is the whole header
// field's value, and GIT_AUTH_TOKEN, each also with ".HOST" behind it for one host. Pure.
#pragma once

#include <map>
#include <set>
#include <string>

#include "base/git/git_reference.h"

namespace stack::git {

// The names that count for this repository; those for all hosts alone where there is no web server, or none is known yet.
std::set<std::string> secret_names(const GitReference& reference);
// The variables that give git what there is of them, for this repository's server alone: no other user's `ps` shows those.
std::map<std::string, std::string> authorization(const GitReference& reference,
                                                 const std::map<std::string, std::string>& secrets);

}  // namespace stack::git
