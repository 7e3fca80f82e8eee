// What an engine needs of the machine that it is started on, and what it learns of it.
//
// Called once, before the loop runs; may block for a second while the kernel loads a module.
#pragma once

#include <filesystem>
#include <string>

#include "engine/core/options.h"
#include "engine/sandbox/host_facts.h"

namespace stack::daemon {

// A program that is installed with this one. Throws not_found.
std::filesystem::path program_beside_us(const char* name);
// Throws not_permitted.
void check_privileges();
// Throws unsupported.
void check_overlayfs();
sandbox::HostFacts facts_of_machine(const core::Options& options);
// Another one after each reset.
std::string current_boot();

}  // namespace stack::daemon
