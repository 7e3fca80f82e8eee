// Compose projects from registries, by way of the engine, kept in the user's cache folder by digest.
#pragma once

#include <string>

#include "cli/commands/session.h"

namespace stack::cli {

// The folder with the files of `reference`, a name without "oci://". The registry is asked what a tag leads to each time; what is
// named by its digest and was fetched before needs neither registry nor engine. Throws stack::Error.
std::string fetch_oci_project(Session& session, const std::string& reference);

}  // namespace stack::cli
