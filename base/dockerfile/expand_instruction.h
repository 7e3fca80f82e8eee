// Which words of an instruction take variables, and putting them in (Dockerfile reference: "Environment replacement"). Pure.
//
//   ADD COPY         sources, destination, chown, chmod, exclude, checksum; content of here-documents whose name is not quoted
//   ARG ENV LABEL    names and values; a default of ARG sees the names in front of it (StageScope::declare does that)
//   EXPOSE           ports; one word can become several
//   RUN              options of --mount, --device
//   STOPSIGNAL USER VOLUME WORKDIR   all of it
//
// Commands (CMD, ENTRYPOINT, RUN, HEALTHCHECK, SHELL) keep their text: the shell that runs them sees the variables.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/dockerfile/dockerfile.h"
#include "base/dockerfile/expand.h"

namespace stack::dockerfile {

// Quotes and escapes go as well. The first mistake is the answer, and the instruction holds nothing then. `unset`, when there is one,
// gets the names of the variables that have no value.
std::optional<Problem> expand_instruction(Instruction& instruction, const Lookup& lookup, char escape,
                                          std::vector<std::string>* unset = nullptr);
// The same for one word, such as the image of FROM.
std::optional<Problem> expand_word(Word& word, const Lookup& lookup, char escape,
                                   std::vector<std::string>* unset = nullptr);

}  // namespace stack::dockerfile
