// A mistake (or a doubt) about what a user's file says, with the place that it points at. A value: loading collects as
// many as it can find in one run, and a command shows them all.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compose/model/place.h"

namespace stack::compose {

enum class Severity { error, warning };

struct RelatedPlace {
  SourcePlace place;
  std::string note;  // "first defined here"
  bool operator==(const RelatedPlace&) const = default;
};

struct Diagnostic {
  Severity severity = Severity::error;
  std::string code;     // stable word for programs: "unknown_key", "undefined_volume"
  std::string message;  // one sentence without a full stop
  std::string remedy;   // what to do about it; may be empty
  std::string path;     // attribute, "services.web.ports[1]"; empty when it is about a whole file
  SourcePlace place;
  std::vector<RelatedPlace> related;
  bool operator==(const Diagnostic&) const = default;
};

using Diagnostics = std::vector<Diagnostic>;

bool has_errors(const Diagnostics& diagnostics);
// In the order of files as they first occur, then of lines and columns; exact repeats vanish.
void sort_diagnostics(Diagnostics& diagnostics);

// compose.yaml:4:5: error: services.web.prots: unknown key; did you mean "ports"?
// Related places follow on lines of their own. Control characters of the file come out escaped. Ends with a newline.
std::string render(const Diagnostic& diagnostic);
std::string render(const Diagnostics& diagnostics);
// As a compiler shows it to a person: with the line of the file that it is about, `source`, and a caret below its place, in colour when
// `colour`. Lines that are long, or empty, are left out.
std::string render_with_line(const Diagnostic& diagnostic, std::string_view source, bool colour);
// The same with the name of each warning in brackets, by which it is switched off.
std::string render_named(const Diagnostics& diagnostics);

}  // namespace stack::compose
