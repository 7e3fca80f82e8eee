#include "cli/commands/image_build.h"

#include <algorithm>
#include <filesystem>
#include <iostream>

#include "base/bytes.h"
#include "base/given_file.h"
#include "base/model/reference.h"
#include "base/split.h"
#include "cli/commands/build_call.h"
#include "cli/commands/build_context.h"
#include "cli/commands/build_results.h"
#include "cli/commands/flag_error.h"
#include "cli/commands/output_file.h"
#include "cli/commands/pull.h"
#include "cli/commands/run_build.h"

namespace stack::cli {
namespace {

namespace fs = std::filesystem;

void check_flags(const ImageBuildFlags& f) {
  refuse_attestation("--provenance", f.provenance);
  refuse_attestation("--sbom", f.sbom);
  if (!f.attests.empty()) refuse_attestation("--attest", f.attests.front());
  if (!f.annotations.empty())
    throw Error(ErrorKind::unsupported, "--annotation: images get no annotations yet").remedy("use --label");
  if (!f.cgroup_parent.empty())
    throw Error(ErrorKind::unsupported, "--cgroup-parent: build steps run in the engine's control group")
        .remedy("leave it out");
  if (f.call != "build" && f.call != "check" && f.call != "outline" && f.call != "targets")
    throw Error(ErrorKind::invalid, "invalid --call value \"" + f.call + "\"")
        .remedy("use build, check, outline or targets");
  if (!f.builder.empty())
    std::cerr << "warning: --builder " << f.builder << " has no effect: the engine's own builder builds\n";
}

// Where the Dockerfile is: of a folder an absolute path, as -f says it from the working directory; else below the context.
std::string dockerfile_of(const ImageBuildFlags& flags, const BuildContext& context) {
  if (context.folder.empty()) return flags.file.empty() ? "Dockerfile" : flags.file;
  std::error_code unknown;
  if (!flags.file.empty()) {
    if (fs::exists(flags.file, unknown)) return fs::absolute(flags.file).string();
    const fs::path inside = fs::path{context.folder} / flags.file;
    if (fs::exists(inside, unknown)) return inside.string();
    throw Error(ErrorKind::not_found, "there is no file " + flags.file + ", here or in the context")
        .remedy("name the Dockerfile with -f");
  }
  for (const char* name : {"Dockerfile", "dockerfile"}) {
    const fs::path path = fs::path{context.folder} / name;
    if (fs::exists(path, unknown)) return path.string();
  }
  throw Error(ErrorKind::not_found, "there is no Dockerfile in " + context.folder).remedy("name it with -f");
}

// Values that Compose's files have as well, whose errors do not know where they stand.
template <class Read>
void of_flag(const char* flag, Read read) {
  try {
    read();
  } catch (Error& error) {
    throw error.context(flag);
  }
}

void read_values(const ImageBuildFlags& f, const BuildSurroundings& around, model::BuildSpec& spec) {
  spec.args = build_arguments(f.build_args, around);
  spec.labels = build_labels(f.labels);
  for (const std::string& word : f.secrets) spec.secrets.push_back(build_secret(word, around));
  for (const std::string& word : f.ssh) spec.ssh.push_back(build_ssh(word, around));
  for (const std::string& word : f.add_hosts) spec.extra_hosts.push_back(build_host(word));
  for (const std::string& word : f.ulimits) spec.ulimits.insert(build_ulimit(word));
  of_flag("--cache-from", [&] {
    for (const std::string& word : f.cache_from) spec.cache_from.push_back(build_cache_from(word));
  });
  of_flag("--cache-to", [&] {
    for (const std::string& word : f.cache_to) spec.cache_to.push_back(build_cache_to(word));
  });
  const GitContextWish git = git_context_wish(spec);
  for (const std::string& word : f.build_contexts) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0)
      throw Error(ErrorKind::invalid, "invalid --build-context value \"" + word + "\"").remedy("use NAME=PATH");
    spec.named_contexts[word.substr(0, equals)] =
        named_build_source("--build-context " + word.substr(0, equals) + ": ", word.substr(equals + 1), git);
  }
  spec.entitlements = build_entitlements(f.allow);
  if (!f.shm_size.empty()) {
    const auto bytes = parse_bytes(f.shm_size);
    if (!bytes || *bytes < 0) throw Error(ErrorKind::invalid, "invalid --shm-size value \"" + f.shm_size + "\"");
    spec.shm_size = *bytes;
  }
  auto epoch = spec.args.find("SOURCE_DATE_EPOCH");
  const auto text = epoch != spec.args.end() ? std::optional{epoch->second} : around.environment("SOURCE_DATE_EPOCH");
  if (text && !text->empty()) {
    const bool digits = text->find_first_not_of("0123456789") == std::string::npos && text->size() < 18;
    if (!digits) throw Error(ErrorKind::invalid, "invalid SOURCE_DATE_EPOCH \"" + *text + "\": seconds since 1970");
    spec.source_date_epoch = std::stoll(*text);
  }
}

api::BuildRequest request_of(const ImageBuildFlags& flags, const BuildContext& context,
                             const std::vector<BuildDestination>& destinations, model::BuildSpec values) {
  api::BuildRequest request{.spec = std::move(values), .credentials = {}};
  model::BuildSpec& spec = request.spec;
  spec.context = context.source;
  if (flags.file == "-") {
    if (flags.context == "-") throw Error(ErrorKind::invalid, "context and Dockerfile cannot both be standard input");
    spec.dockerfile_text = read_standard_input();
  } else if (std::error_code unknown; fs::is_fifo(flags.file, unknown)) {
    // "-f <(command)": the pipe is this process's, and no file that the engine could open.
    spec.dockerfile_text = read_given_file(flags.file, dockerfile::kTextMax);
  } else if (context.dockerfile_text) {
    spec.dockerfile_text = context.dockerfile_text;
  } else {
    spec.dockerfile = dockerfile_of(flags, context);
  }
  spec.target = flags.target;
  spec.tags = flags.tags;
  for (const BuildDestination& to : destinations) spec.tags.insert(spec.tags.end(), to.names.begin(), to.names.end());
  // As with Docker, what is built for its files is no image that could have a name.
  if (are_files(destinations)) spec.tags.clear();
  for (const std::string& list : flags.platforms)
    for (std::string& platform : split_list(list)) spec.platforms.push_back(std::move(platform));
  if (spec.platforms.empty() && !default_platform().empty()) spec.platforms = {default_platform()};
  spec.no_cache = flags.no_cache;
  spec.no_cache_stages = flags.no_cache_filter;
  spec.pull = flags.pull;
  spec.network = flags.network;
  add_user_settings(request);
  return request;
}

// The Dockerfile's text and name, for what needs no build.
int describe(const ImageBuildFlags& flags, const model::BuildSpec& spec) {
  std::optional<std::string> text = spec.dockerfile_text;
  fs::path path = spec.dockerfile;
  if (const auto* folder = std::get_if<model::BuildFolder>(&spec.context)) path = fs::path{folder->path} / path;
  if (!text && !path.is_absolute())
    throw Error(ErrorKind::unsupported, "--call " + flags.call + " does not read archives")
        .remedy("unpack it, and name the folder");
  if (!text) text = read_given_file(path, dockerfile::kTextMax);
  const std::string name = spec.dockerfile_text ? "Dockerfile" : path.lexically_proximate(fs::current_path()).string();
  if (!text) throw Error(ErrorKind::not_found, "there is no file " + name);
  const dockerfile::Parsed parsed = dockerfile::parse_dockerfile(*text);
  if (dockerfile::has_errors(parsed.problems)) {
    std::cerr << dockerfile::render(parsed.problems, name);
    return 1;
  }
  std::cout << (flags.call == "targets" ? targets_text(parsed.dockerfile)
                                        : outline_text(parsed.dockerfile, spec.target, spec.args));
  return 0;
}

// In Docker's words, which people and programs look for; where progress goes.
void tell_image(const api::BuildDone& done) {
  std::cerr << "writing image " << done.image_id << " done\n";
  for (const std::string& tag : done.tags)
    std::cerr << "naming to " << model::parse_reference(tag).canonical() << " done\n";
}

void check_names(const std::vector<std::string>& tags) {
  for (const std::string& tag : tags) {
    try {
      (void)model::parse_reference(tag);
    } catch (const Error& error) {
      const bool capitals = error.message().ends_with("must be lowercase");
      throw Error(ErrorKind::invalid,
                  "invalid tag \"" + tag +
                      "\": " + (capitals ? "repository name must be lowercase" : "invalid reference format"));
    }
  }
}

// By the name docker a failure ends as BuildKit's clients end.
api::BuildDone built(Session& session, const api::BuildRequest& request, const BuildUpload& upload, BuildMode mode) {
  try {
    return run_build(session, request, upload, mode);
  } catch (const BuildFailed& failed) {
    if (!session.options().docker || interrupted.load()) throw;
    throw Error(tell_failure(failed, request.spec));
  }
}

int build_image(Session& session, const ImageBuildFlags& flags) {
  check_flags(flags);
  check_names(flags.tags);
  std::vector<BuildDestination> destinations;
  for (const std::string& word : flags.outputs) destinations.push_back(build_destination(word));
  if (flags.push) destinations.push_back({.kind = BuildDestination::Kind::registry, .path = {}, .names = {}});
  const BuildMode mode = build_mode(session, flags.progress, flags.quiet);
  model::BuildSpec values;
  read_values(flags, build_surroundings(), values);
  BuildContext context = open_build_context(flags.context, git_context_wish(values));
  const api::BuildRequest request = request_of(flags, context, destinations, std::move(values));
  const BuildUpload upload{.first = std::move(context.first), .input = context.sends_input};
  if (flags.check || flags.call == "check") return run_check(session, request, upload);
  if (flags.call != "build") return describe(flags, request.spec);
  const api::BuildDone done = built(session, request, upload, mode);
  deliver(session, done, destinations, flags.quiet);
  if (!flags.iidfile.empty()) write_output(flags.iidfile, done.image_id);
  if (!flags.metadata_file.empty()) write_output(flags.metadata_file, build_metadata_json(done));
  // As with Docker: what is delivered as files is no image.
  if (flags.quiet) {
    if (!are_files(destinations)) std::cout << done.image_id << "\n";
  } else if (destinations.empty() && (mode == BuildMode::plain || mode == BuildMode::tty)) {
    tell_image(done);
  }
  return 0;
}

}  // namespace

int image_build(Session& session, const ImageBuildFlags& flags) {
  if (!session.options().docker) return build_image(session, flags);
  try {
    return build_image(session, flags);
  } catch (const FlagError&) {
    throw;
  } catch (const Error& error) {
    if (client::engine_is_gone(error) || interrupted.load()) throw;
    std::cerr << "ERROR: failed to build: " << error.message() << "\n";
    if (!error.remedy_text().empty()) std::cerr << error.remedy_text() << "\n";
    return 1;
  }
}

}  // namespace stack::cli
