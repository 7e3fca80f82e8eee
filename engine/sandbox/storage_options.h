// storage_opt: how much a container may write into its own root. Asks the file system; any thread.
#pragma once

#include <map>
#include <string>

namespace stack::sandbox {

// Throws stack::Error(invalid) for an option that nobody knows, and Error(unsupported) for size: no engine of this version keeps quotas.
void check_storage_options(const std::map<std::string, std::string>& options, const std::string& root);

}  // namespace stack::sandbox
