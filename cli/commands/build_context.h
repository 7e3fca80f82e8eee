// Where a build's files come from, as the word behind `docker build` says it: a folder, a git repository, or what comes by standard input.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/model/build_spec.h"
#include "base/unique_fd.h"

namespace stack::cli {

struct BuildContext {
  model::BuildSource source;
  std::optional<std::string> dockerfile_text;  // standard input was the Dockerfile
  std::string first;  // of an archive that is sent: what was read of it already; the rest is standard input
  bool sends_input = false;
  std::string folder;  // of the user's; empty: the Dockerfile's path is one below the context
};

// How git repositories are fetched.
struct GitContextWish {
  std::map<std::string, std::string> secrets;  // base/git/git_secrets.h
  bool git_folder = false;
};
// What the arguments and secrets of the build say of that.
GitContextWish git_context_wish(const model::BuildSpec& spec);

// `word`: PATH, URL or "-". A git repository is fetched into a folder of the user's cache, another URL by the engine. Throws stack::Error.
BuildContext open_build_context(const std::string& word, const GitContextWish& git);

// Of --build-context and additional_contexts: a path, a git URL, docker-image://REFERENCE or oci-layout://PATH; relative paths begin at
// the working directory. `where`: what messages begin with.
model::BuildSource named_build_source(const std::string& where, const std::string& value, const GitContextWish& git);

// Everything that comes by standard input, at most a Dockerfile's size.
std::string read_standard_input();

}  // namespace stack::cli
