// One build by the engine, with its progress on the screen: what `stack image build` and `stack build` have in common.
#pragma once

#include <string>

#include "cli/commands/session.h"
#include "cli/view/build_view.h"
#include "engine/client/engine_error.h"

namespace stack::cli {

// What is sent with the request: `first`, and standard input behind it when `input` is set.
struct BuildUpload {
  std::string first;
  bool input = false;
};

// What the engine says of a build that failed, and the step that did, as BuildKit's clients show it.
class BuildFailed : public client::EngineError {
 public:
  BuildFailed(Error error, std::string step) : EngineError(std::move(error)), step_(std::move(step)) {}
  [[nodiscard]] const std::string& step() const { return step_; }

 private:
  std::string step_;
};
// Prints what stands in front of the reason at the end of Docker's builds: the step, and the lines of the Dockerfile. Returns the reason.
std::string tell_failure(const BuildFailed& failed, const model::BuildSpec& spec);

// Throws BuildFailed; after Ctrl-C the engine has been told to stop.
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
