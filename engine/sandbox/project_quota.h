// Quotas of projects, as xfs has them: how much is written below a folder. System calls and nothing else; used by the shim and the engine.
#pragma once

#include <cstdint>

namespace stack::sandbox {

// Whether the file system of `folder` enforces them (mount option prjquota); 0, or why not.
int project_quotas(const char* folder) noexcept;
// What is made in `folder` from now on belongs to the project. 0 or an errno value.
int join_project(const char* folder, std::uint32_t project) noexcept;
// At most so many bytes; 0: as many as there are. `folder` is any of the file system. 0 or an errno value.
int limit_project(const char* folder, std::uint32_t project, std::uint64_t bytes) noexcept;
// Both for the two folders of a container's own layer. 0 or an errno value.
int bound_layer(const char* upper, const char* work, std::uint32_t project, std::uint64_t bytes) noexcept;

}  // namespace stack::sandbox
