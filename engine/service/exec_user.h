// The user that an exec asks for, looked up before the exec exists: a name that the container's files do not know is refused then, and not
// once the client's connection has been taken over.
#pragma once

#include <cstdint>
#include <string>

namespace stack::service {

// Whether it names somebody, so that the container's files have to be asked. Throws invalid for a number out of range. Pure.
bool has_name(const std::string& user);

// Throws invalid, in dockerd's words, for a user or group that the files of the container's root do not know; conflict when `pid` is not
// a process of the container `id` any more. Blocks: for the pool.
void check_exec_user(const std::string& user, std::int32_t pid, const std::string& id);

}  // namespace stack::service
