// What the passes of one load share. Lives on the stack of load_project; the passes add diagnostics and change trees,
// and touch nothing else.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "compose/check/path.h"
#include "compose/interp/template.h"
#include "compose/remote/file_source.h"
#include "compose/source/diagnostic.h"
#include "compose/source/node_tree.h"

namespace stack::compose {

// The project's environment: the process's own, with .env laid under it. `places` says of those that a file gave where
// it did; the others are the process's own.
struct Variables : std::map<std::string, std::string> {
  using map::map;
  std::map<std::string, SourcePlace> places;
  // Where files gave a name another value, which does not count.
  std::map<std::string, std::vector<SourcePlace>> shadowed;

  // Takes `name` over from `other`, with its place; an earlier value is shadowed by it.
  void take(const std::string& name, const Variables& other);
  // Notes that `name` is in `other` as well, and that this does not count.
  void pass_over(const std::string& name, const Variables& other);
};

// What names a file: a node of another one, and its path. Both outlive this.
struct NamedBy {
  const Node& node;
  const Path& path;
};

struct LoadContext {
  FileSource& files;
  Diagnostics& diagnostics;
  std::string shown_from;  // the user's own working folder: how messages name files
  std::string home;        // what "~" stands for; empty: nothing
  bool interpolate = true;
  bool resolve_paths = true;
  bool latent = false;            // look for what only lint tells
  bool env_file_warnings = true;  // not with every `ps`
  Diagnostics notes;              // that

  std::set<std::string> unset;  // variables that were missed, each reported where it is first used

  // What hostile files could multiply, counted over the whole load.
  std::size_t interpolated_bytes = 0;
  std::size_t ports = 0;
  std::size_t includes = 0;
  static constexpr std::size_t kMaxInterpolatedBytes = std::size_t{64} << 20U;
  static constexpr std::size_t kMaxPorts = 150'000;
  static constexpr std::size_t kMaxIncludes = 1000;

  Diagnostic& error(std::string code, std::string message, const Path& path, const Node& node);
  Diagnostic& warning(std::string code, std::string message, const Path& path, const Node& node);
  // About a whole file.
  Diagnostic& file_error(std::string code, std::string message, std::string file);
};

Lookup lookup_in(const Variables& variables);

}  // namespace stack::compose
