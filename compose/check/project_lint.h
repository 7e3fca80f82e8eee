// What is allowed and bites later: the warnings of `lint` about a project as a whole. Their names and meanings are in
// warning_names.h; what only the text of a file shows is found while loading (LoadOptions::latent).
//
// Pure but for what LintWorld is asked.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "compose/model/project.h"
#include "compose/source/diagnostic.h"
#include "compose/source/node_tree.h"

namespace stack::compose {

// What an image says about the programs that it starts.
struct ImageFacts {
  bool entrypoint = false;  // it has one
  std::string path;         // its variable PATH; may be empty
};

// What lint wants to know of the machine; each may be empty, which answers nothing.
struct LintWorld {
  std::function<bool(const std::string& path)> exists;
  std::function<std::optional<std::string>(const std::string& path)> text;
  // Whether an image that is here brings a healthcheck; nothing for others.
  std::function<std::optional<bool>(const std::string& image)> has_healthcheck;
  // Of an image that is here; nothing for others.
  std::function<std::optional<ImageFacts>(const std::string& image)> image;
  // Whether an image that is here has a program, by name or absolute path; nothing for others.
  std::function<std::optional<bool>(const std::string& image, const std::string& program)> has_program;
};

// `model` is the tree that `project` was made from; no resource was pruned from either.
Diagnostics lint(const Project& project, const Node& model, const LintWorld& world);

}  // namespace stack::compose
