// storage_opt: how much a container may write into its own root.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "base/ids.h"

namespace stack::sandbox {

// The bytes of the option size; 0: there is none. Throws stack::Error(invalid) for an option or a size that nobody knows. Pure.
std::uint64_t storage_limit(const std::map<std::string, std::string>& options);
// The project of a container's files.
std::uint32_t storage_project(const std::string& container_id);
// A new id of a container, whose project is none of these.
std::string id_of_new_project(const RandomSource& random, const std::set<std::uint32_t>& taken);

// The same, and Error(unsupported) where the file system of `root`, the engine's folder, keeps no quotas of projects, saying what it is.
// Asks the file system; any thread.
void check_storage_options(const std::map<std::string, std::string>& options, const std::string& root);

}  // namespace stack::sandbox
