// One build by the engine, with its progress on the screen: what `stack image build` and `stack build` have in common.
#pragma once

#include <string>

#include "cli/commands/session.h"
#include "cli/view/build_view.h"

namespace stack::cli {

// What is sent with the request: `first`, and standard input behind it when `input` is set.
struct BuildUpload {
  std::string first;
  bool input = false;
};

// Throws the build's failure; after Ctrl-C the engine has been told to stop.
api::BuildDone run_build(Session& session, const api::BuildRequest& request, const BuildUpload& upload, BuildMode mode);
// Prints what is wrong with the Dockerfile; 1 when there is something.
int run_check(Session& session, const api::BuildRequest& request, const BuildUpload& upload);

// Sends these names to their registries.
void push_names(Session& session, const std::vector<std::string>& names, bool quiet);

// Of --progress, which beats --quiet's opposite, and of BUILDKIT_PROGRESS.
BuildMode build_mode(const Session& session, const std::string& progress, bool quiet);

// What every build of this user knows: all registries that Docker's config.json has credentials for, and its proxies.
void add_user_settings(api::BuildRequest& request);

}  // namespace stack::cli
