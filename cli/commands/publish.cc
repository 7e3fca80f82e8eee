#include "cli/commands/publish.h"

#include <iostream>

#include "base/model/reference.h"
#include "cli/commands/config_digests.h"
#include "cli/commands/docker_config.h"
#include "cli/commands/image_pins.h"
#include "cli/commands/publish_checks.h"
#include "compose/publish/publication.h"

namespace stack::cli {
namespace {

void print(const compose::Diagnostics& diagnostics) {
  std::cerr << compose::render(diagnostics);
  if (compose::has_errors(diagnostics)) throw LoadFailed{};
}

// All services, with the names of their files of variables instead of the values in them.
compose::LoadResult load(Session& session) {
  compose::LoadOptions wanted = session.load_options();
  wanted.profiles = {"*"};
  session.load(wanted);  // as it will be read: its mistakes end the command
  wanted.resolve_env = false;
  return session.try_load(wanted);
}

std::vector<compose::SensitiveValue> sensitive_values(Session& session, const compose::Project& project) {
  compose::LoadOptions wanted = session.load_options();
  wanted.profiles = {"*"};
  wanted.interpolate = false;
  wanted.resolve_env = false;
  std::vector<compose::SensitiveValue> found = compose::find_sensitive(session.try_load(wanted).tree);
  for (const auto& [name, service] : project.services) {
    for (const compose::EnvFile& file : service.env_file) {
      const compose::FileText content = session.files().read(file.path);
      for (compose::SensitiveValue& value : compose::find_sensitive(content.text, file.path)) {
        found.push_back(std::move(value));
      }
    }
  }
  return found;
}

bool agreed(const Concern& concern) {
  std::cerr << concern.text << concern.question << " [y/N] " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

// The images that are built here are where others find them before they are spoken of.
void push_built(Session& session, const compose::Project& project) {
  api::PullRequest request{.ignore_failures = true};
  for (const auto& [name, service] : project.services) {
    if (!service.build) continue;
    request.images.push_back({.name = name, .reference = service.image, .platform = {}, .policy = {}, .place = {}});
  }
  if (request.images.empty()) return;
  if (session.options().dry_run) {
    for (const api::ImagePull& image : request.images)
      std::cout << "push " << image.reference << " of " << image.name << "\n";
    return;
  }
  std::set<std::string> registries;
  for (const api::ImagePull& image : request.images) registries.insert(registry_of(image.reference));
  request.credentials = DockerConfig{}.credentials(registries);
  const CancelNote note{session};
  ProgressView view{session.progress_mode(), session.easel()};
  session.engine().push(request, [&](const api::Report& report) { view.show(report); },
                        {.interrupted = &interrupted, .tick = [&] { view.tick(); }});
}

void describe(const api::ArtifactPush& push) {
  for (const api::Artifact::Layer& layer : push.layers) {
    for (const char* name : {compose::kFileName, compose::kEnvFileName}) {
      const auto named = layer.annotations.find(name);
      if (named != layer.annotations.end()) std::cout << "publish the file " << named->second << "\n";
    }
  }
  for (const std::string& image : push.images) std::cout << "copy the image " << image << "\n";
  std::cout << "to " << push.reference << "\n";
}

// What was typed comes before what the project lacks.
void check_flags(const PublishFlags& flags) {
  if (model::parse_reference(flags.repository).tag.empty()) {
    throw Error(ErrorKind::invalid, "\"" + flags.repository + "\" names what a registry has by its digest")
        .remedy("publish under a tag, as in registry.example/owner/name:tag");
  }
  if (!flags.oci_version.empty() && flags.oci_version != "1.0" && flags.oci_version != "1.1") {
    throw Error(ErrorKind::invalid, "unsupported --oci-version \"" + flags.oci_version + "\"").remedy("use 1.0 or 1.1");
  }
}

void add_images(const compose::Project& project, api::ArtifactPush& push, std::set<std::string>& registries) {
  std::set<std::string> images;
  for (const auto& [name, service] : project.services) {
    if (service.image.empty()) continue;
    images.insert(service.image);
    registries.insert(registry_of(service.image));
  }
  push.images.assign(images.begin(), images.end());
}

}  // namespace

int publish(Session& session, const PublishFlags& flags) {
  check_flags(flags);
  compose::LoadResult loaded = load(session);
  compose::Project& project = *loaded.project;
  print(obstacles(project, flags.with_env, !flags.yes));
  compose::PublicationOptions options{.version = STACK_VERSION};
  // Before registries are asked for anything.
  print(compose::publish_project(project, loaded.variables, options, session.files()).mistakes);
  print(missing_there(project));
  if (!flags.yes) {
    for (const Concern& concern : concerns(project, sensitive_values(session, project))) {
      if (agreed(concern)) continue;
      std::cerr << "Nothing was published\n";
      return 1;
    }
  }
  catch_interrupts();
  push_built(session, project);

  api::ArtifactPush push{.reference = flags.repository,
                         .type = compose::kProjectArtifact,
                         .config_type = compose::kProjectConfig,
                         .oci_version = flags.oci_version,
                         .annotations = {{"com.docker.compose.version", STACK_VERSION}},
                         .insecure = flags.insecure};
  std::set<std::string> registries{registry_of(flags.repository)};
  if (flags.resolve_image_digests || flags.app) {
    pin_images(session, project);
    options.override_file = lock_file(project, false) + "\n";
  }
  if (flags.app) add_images(project, push, registries);
  for (compose::OciLayer& layer :
       compose::publish_project(project, loaded.variables, options, session.files()).layers) {
    push.layers.push_back({.media_type = std::move(layer.media_type),
                           .content = std::move(layer.content),
                           .annotations = std::move(layer.annotations)});
  }
  if (session.options().dry_run) {
    describe(push);
    return 0;
  }
  push.credentials = DockerConfig{}.credentials(registries);
  const CancelNote note{session};
  ProgressView view{session.progress_mode(), session.easel()};
  session.engine().push_artifact(push, [&](const api::Report& report) { view.show(report); },
                                 {.interrupted = &interrupted, .tick = [&] { view.tick(); }});
  return 0;
}

}  // namespace stack::cli
