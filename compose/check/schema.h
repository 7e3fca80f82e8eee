// Whether a file's tree has the shape that the attribute table asks for: known keys, right kinds, allowed words,
// readable numbers, sizes and durations. Text that stands for a number or a boolean is turned into one on the way.
//
// What is wrong is reported and taken out of the tree, so that the passes that follow see only well-formed attributes
// and one run finds all mistakes.
#pragma once

#include <string>

#include "compose/check/attribute_table.h"
#include "compose/check/path.h"
#include "compose/source/diagnostic.h"

namespace stack::compose {

struct SchemaOptions {
  // Text with a dollar sign may still become anything (variables are not resolved).
  bool unresolved_variables = false;
  // A key without a value may be one that this file leaves as an earlier one has it: check_nulls looks once all are
  // merged.
  bool nulls_are_later = false;
};

// `node` is at `path` and has to be what `attribute` says. False when it is not, and the caller has to take it out.
bool check_shape(Node& node, const Attribute& attribute, const Path& path, const SchemaOptions& options,
                 Diagnostics& diagnostics);

// Takes out, and reports, keys without a value that need one, once all files are merged.
void check_nulls(Node& node, const Attribute& attribute, const Path& path, Diagnostics& diagnostics);

// The keys that mappings must have once all files are merged. `damaged` holds the paths at which check_shape took
// something out; there nothing is reported missing.
void check_required(const Node& node, const Attribute& attribute, const Path& path, Diagnostics& diagnostics);

// Names of services, networks, volumes, secrets, configs: letters, digits, ".", "_" and "-".
bool valid_resource_key(std::string_view name);

// A diagnostic about `node`.
Diagnostic mistake(std::string code, std::string message, const Path& path, const Node& node);

}  // namespace stack::compose
