// Where the values of a project come from: what `config --explain PATH` shows.
//
// Paths are those of diagnostics ("services.web.ports[1]") and of what `config` prints; "$NAME" is a variable of the
// files. Pure.
#pragma once

#include <string>
#include <vector>

#include "compose/load/loader.h"
#include "compose/source/value.h"

namespace stack::compose {

struct ExplainedStep {
  std::string kind;    // written, variable, alias, extends, include, replaces, implied;
                       // of a variable: set, shadowed, used
  SourcePlace place;   // empty: no file
  std::string note;    // in words
  std::string name;    // variable, anchor or service
  std::string source;  // variable: environment, file, project, default, alternate, unset
  std::string value;   // written: the text with its variables; replaces: the earlier value
  unsigned level = 0;  // above 0: it happened to a value that was replaced
};

struct ExplainedValue {
  std::string path;
  Value value;  // a scalar, or an empty list or mapping
  // From the text outwards: first where the value is written.
  std::vector<ExplainedStep> steps;
};

// Every value at `path` and below. `loaded` has no errors. Throws stack::Error(not_found) when there is nothing.
std::vector<ExplainedValue> explain(const LoadResult& loaded, const std::string& path);

std::string explanation_text(const std::vector<ExplainedValue>& values);
std::string explanation_json(const std::vector<ExplainedValue>& values);

}  // namespace stack::compose
