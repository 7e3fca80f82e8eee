// Where in a project's file something that is wrong stands. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "compose/model/service.h"

namespace stack::service {

// "compose.yaml:7:5: services.web.cpuset: <message>"; without the place when it is not known.
std::string located(const compose::SourcePlace& place, const std::string& path, const std::string& message);

// Throws them all at once, one line each; nothing when there are none. `remedy` may be empty.
void throw_all(ErrorKind kind, const std::vector<std::string>& lines, const char* remedy);

// The key that says which program a container of this service starts.
std::string program_key(const compose::Service& service, bool image_has_entrypoint);

// A failure of a container of this service gets the place of the key that it is about (Error::about). One key may be written in several
// places, as mem_limit and deploy.resources.limits.memory: the one that the file has is named.
Error with_place(Error failure, const compose::Service& service);

}  // namespace stack::service
