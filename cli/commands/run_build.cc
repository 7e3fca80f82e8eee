#include "cli/commands/run_build.h"

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "base/dockerfile/dockerfile.h"
#include "base/file.h"
#include "cli/commands/docker_build_failure.h"
#include "cli/commands/docker_config.h"

namespace stack::cli {
namespace {

BorrowedFd source_of(const BuildUpload& upload) { return BorrowedFd{upload.input ? 0 : -1}; }

}  // namespace

api::BuildDone run_build(Session& session, const api::BuildRequest& request, const BuildUpload& upload,
                         BuildMode mode) {
  client::EngineClient& engine = session.engine();
  catch_interrupts();
  const CancelNote note{session};
  BuildView view{mode, session.easel()};
  try {
    return engine.build(request, upload.first, source_of(upload),
                        [&](const api::BuildEvent& event) { view.show(event); },
                        {.interrupted = &interrupted, .tick = [&] { view.tick(); }});
  } catch (const client::EngineError& error) {
    throw BuildFailed(error, view.failed_step());
  }
}

std::string tell_failure(const BuildFailed& failed, const model::BuildSpec& spec) {
  const std::filesystem::path given = spec.dockerfile.empty() ? "Dockerfile" : spec.dockerfile;
  BuiltFile file{.given = given.string(), .shown = given.filename().string(), .text = {}};
  const auto* folder = std::get_if<model::BuildFolder>(&spec.context);
  if (spec.dockerfile_text) {
    file.text = *spec.dockerfile_text;
  } else if (folder != nullptr || given.is_absolute()) {
    const std::filesystem::path path = folder != nullptr ? std::filesystem::path{folder->path} / given : given;
    file.text = read_file(path, dockerfile::kTextMax).value_or("");
  }
  const BuildFailureText text = docker_build_failure(failed, file);
  std::cerr << failed.step() << text.excerpt;
  return text.why;
}

int run_check(Session& session, const api::BuildRequest& request, const BuildUpload& upload) {
  const std::string problems = session.engine().check_build(request, upload.first, source_of(upload));
  if (problems.empty()) {
    std::cout << "Check complete, no warnings found.\n";
    return 0;
  }
  std::cout << problems << (problems.ends_with('\n') ? "" : "\n");
  return 1;
}

void push_names(Session& session, const std::vector<std::string>& names, bool quiet) {
  if (names.empty())
    throw Error(ErrorKind::invalid, "an image without a name cannot be pushed").remedy("name it with --tag");
  api::PullRequest request;
  std::set<std::string> registries;
  for (const std::string& name : names) {
    request.images.push_back({.name = name, .reference = name, .platform = {}, .policy = {}, .place = {}});
    registries.insert(registry_of(name));
  }
  request.credentials = DockerConfig{}.credentials(registries);
  catch_interrupts();
  // One line an image, also where the build was a picture.
  const ProgressMode mode = session.progress_mode() == ProgressMode::json ? ProgressMode::json : ProgressMode::plain;
  ProgressView view{quiet ? ProgressMode::quiet : mode, session.easel()};
  session.engine().push(request, [&](const api::Report& report) { view.show(report); },
                        {.interrupted = &interrupted, .tick = [&] { view.tick(); }});
}

BuildMode build_mode(const Session& session, const std::string& progress, bool quiet) {
  if (quiet) return BuildMode::quiet;
  std::string word = progress.empty() ? session.options().progress : progress;
  if (const char* named = std::getenv("BUILDKIT_PROGRESS"); word.empty() && named != nullptr) word = named;
  return parse_build_mode(word, session.status());
}

void add_user_settings(api::BuildRequest& request) {
  const DockerConfig config;
  request.credentials = config.credentials(config.registries());
  request.spec.proxies = config.proxies();
}

}  // namespace stack::cli
