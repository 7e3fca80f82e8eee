#include "cli/commands/pull.h"

#include <algorithm>
#include <iostream>

#include <unistd.h>

#include "base/model/reference.h"
#include "cli/commands/docker_config.h"
#include "cli/commands/image_choice.h"
#include "cli/view/progress_lines.h"
#include "cli/view/transfer_view.h"
#include "engine/client/engine_error.h"
#include "engine/client/terminal_mode.h"

namespace stack::cli {
namespace {

// How one transfer after another is shown, on this descriptor where Docker's client does it.
class Screen {
 public:
  Screen(Session& session, bool quiet, int fd = 1)
      : docker_(session.options().docker && !quiet),
        lines_([](const std::string&) { return std::string{}; }),
        transfers_(easel_on(fd, look_at(fd, "auto"))),
        progress_(quiet || docker_ ? ProgressMode::quiet : session.progress_mode(), session.easel()) {}

  void show(const api::Report& report) {
    if (!docker_) return progress_.show(report);
    const auto* event = std::get_if<model::ProgressEvent>(&report);
    if (event == nullptr) return;
    for (const api::TransferLine& line : lines_.lines_of(*event)) transfers_.show(line);
  }
  void tick() {
    if (!docker_) progress_.tick();
  }
  void say(const std::string& status) {
    if (!docker_) return;
    api::TransferLine line;
    line.status = status;
    transfers_.show(line);
  }

 private:
  bool docker_;
  api::TransferLines lines_;
  TransferView transfers_;
  ProgressView progress_;
};

// What the engine says of a failed transfer, without which one it was: Docker's client has just been asked for it.
Error without_name(const Error& error, const std::string& doing) {
  return {error.kind(), error.message().starts_with(doing) ? error.message().substr(doing.size()) : error.message()};
}

bool run(Session& session, const api::PullRequest& request, bool quiet, int fd = 1) {
  session.engine();
  catch_interrupts();
  const CancelNote note{session};
  Screen screen{session, quiet, fd};
  return session.engine().pull(request, [&](const api::Report& report) { screen.show(report); },
                               {.interrupted = &interrupted, .tick = [&] { screen.tick(); }});
}

void run_push(Session& session, const api::PullRequest& request, bool quiet, const std::string& what = {}) {
  session.engine();
  catch_interrupts();
  const CancelNote note{session};
  Screen screen{session, quiet};
  if (!what.empty()) screen.say(api::pushing_to(what));
  session.engine().push(request, [&](const api::Report& report) { screen.show(report); },
                        {.interrupted = &interrupted, .tick = [&] { screen.tick(); }});
}

std::string read_line(const char* prompt, bool hidden) {
  std::cerr << prompt << std::flush;
  std::string line;
  {
    const client::TerminalMode mode{hidden ? client::TerminalMode::Kind::silent : client::TerminalMode::Kind::as_it_is};
    std::getline(std::cin, line);
  }
  if (hidden && ::isatty(0) == 1) std::cerr << "\n";
  return line;
}

std::string registry_of_server(std::string server) {
  for (const char* scheme : {"https://", "http://"}) {
    if (server.starts_with(scheme)) server.erase(0, std::string_view{scheme}.size());
  }
  server = server.substr(0, server.find('/'));
  return server.empty() || server == "index.docker.io" || server == "registry-1.docker.io" ? "docker.io" : server;
}

}  // namespace

void check_trust(bool unsigned_too) {
  if (unsigned_too) return;
  throw Error(ErrorKind::unsupported, "--disable-content-trust=false: signatures of images are not looked at here")
      .remedy("name the image by its digest, which says what it is");
}

std::string default_platform() {
  const char* value = std::getenv("DOCKER_DEFAULT_PLATFORM");
  return value == nullptr ? "" : value;
}

model::CredentialsByRegistry credentials_for(const compose::Project& project) {
  std::set<std::string> registries;
  for (const auto& [name, service] : project.services) {
    if (!service.image.empty()) registries.insert(registry_of(service.image));
    for (const compose::Hook& hook : service.pre_start) {
      if (!hook.image.empty()) registries.insert(registry_of(hook.image));
    }
    for (const compose::ServiceMount& mount : service.volumes) {
      if (mount.type == "image") registries.insert(registry_of(mount.source));
    }
  }
  return registries.empty() ? model::CredentialsByRegistry{} : DockerConfig{}.credentials(registries);
}

namespace {

void add_image(std::vector<api::ImagePull>& images, const compose::Service& service, const std::string& reference,
               const std::string& policy) {
  api::ImagePull image{.name = service.name, .reference = reference, .platform = service.platform};
  if (image.platform.empty()) image.platform = default_platform();
  // A moving tag is fetched again even when a local image has it.
  const std::string tail = image.reference.substr(image.reference.rfind('/') + 1);
  const bool moving = tail.find(':') == std::string::npos || tail.ends_with(":latest");
  image.policy = policy == "missing" && !moving ? "missing" : "always";
  const auto known = std::find_if(images.begin(), images.end(), [&](const api::ImagePull& other) {
    return other.reference == image.reference && other.platform == image.platform;
  });
  if (known == images.end()) {
    images.push_back(std::move(image));
  } else if (known->name != service.name && !known->name.ends_with(", " + service.name)) {
    known->name += ", " + service.name;
  }
}

// The images of the services that are meant, and of their hooks.
std::vector<api::ImagePull> images_of(const compose::Project& project, const PullFlags& flags) {
  std::vector<api::ImagePull> images;
  for (const auto& [name, service] : project.services) {
    const bool chosen = flags.services.empty() || flags.include_deps ||
                        std::find(flags.services.begin(), flags.services.end(), name) != flags.services.end();
    if (!chosen || service.pull_policy == "never" || service.pull_policy == "build") continue;
    if (!service.image.empty() && !(flags.ignore_buildable && service.build))
      add_image(images, service, service.image, flags.policy);
    for (const compose::Hook& hook : service.pre_start) {
      if (!hook.image.empty() && hook.image != service.image) add_image(images, service, hook.image, flags.policy);
    }
    for (const compose::ServiceMount& mount : service.volumes) {
      if (mount.type == "image" && !project.services.contains(mount.source))
        add_image(images, service, mount.source, flags.policy);
    }
  }
  return images;
}

}  // namespace

int pull(Session& session, const PullFlags& flags) {
  if (!flags.policy.empty() && flags.policy != "missing" && flags.policy != "always") {
    throw Error(ErrorKind::invalid, "invalid --policy value \"" + flags.policy + "\"").remedy("use missing or always");
  }
  compose::LoadOptions wanted = session.load_options();
  wanted.services = flags.services;
  wanted.with_dependencies = flags.include_deps;
  const compose::LoadResult loaded = session.load(std::move(wanted));
  const compose::Project& project = *loaded.project;
  api::PullRequest request{.images = images_of(project, flags), .ignore_failures = flags.ignore_failures};
  if (session.options().dry_run) {
    for (const api::ImagePull& image : request.images)
      std::cout << "pull " << image.reference << " for " << image.name << "\n";
    return 0;
  }
  request.credentials = credentials_for(project);
  run(session, request, flags.quiet);
  return 0;
}

namespace {

// All tags of a repository in one go.
int pull_all_tags(Session& session, const ImagePullFlags& flags) {
  if (flags.reference.find_first_of(":@", flags.reference.rfind('/') + 1) != std::string::npos) {
    throw Error(ErrorKind::invalid, "--all-tags cannot be combined with a tag or a digest: " + flags.reference)
        .remedy("name the repository only");
  }
  api::PullRequest request;
  request.credentials = DockerConfig{}.credentials(std::set<std::string>{registry_of(flags.reference)});
  const auto tags = session.engine().tags({.reference = flags.reference, .credentials = request.credentials});
  if (tags.empty()) throw Error(ErrorKind::not_found, "the repository " + flags.reference + " has no tags");
  for (const std::string& tag : tags) {
    request.images.push_back({.name = flags.reference + ":" + tag,
                              .reference = flags.reference + ":" + tag,
                              .platform = flags.platform.empty() ? default_platform() : flags.platform,
                              .policy = "always"});
  }
  const bool changed = run(session, request, flags.quiet);
  if (session.options().docker && !flags.quiet)
    std::cout << "Status: " << (changed ? "Downloaded newer image for " : "Image is up to date for ") << flags.reference
              << "\n";
  std::cout << (session.options().docker ? model::parse_reference(flags.reference).name() : flags.reference) << "\n";
  return 0;
}

}  // namespace

bool fetch_image(Session& session, const std::string& reference, const std::string& platform, bool quiet, int fd) {
  api::PullRequest request;
  request.images.push_back({.name = reference, .reference = reference, .platform = platform, .policy = "always"});
  request.credentials = DockerConfig{}.credentials(std::set<std::string>{registry_of(reference)});
  bool changed = false;
  try {
    changed = run(session, request, quiet, fd);
  } catch (const client::EngineError& error) {
    if (!session.options().docker) throw;
    throw client::EngineError(without_name(error, "pulling " + reference + ": "));
  }
  if (!session.options().docker || quiet) return changed;
  const std::string name = model::parse_reference(reference).familiar_name() + "@";
  const Easel easel = easel_on(fd, look_at(fd, "auto"));
  for (const std::string& digest : session.engine().inspect_image(reference).image.repo_digests) {
    if (digest.starts_with(name)) easel.write("Digest: " + digest.substr(name.size()) + "\n");
  }
  easel.write(std::string{"Status: "} + (changed ? "Downloaded newer image for " : "Image is up to date for ") +
              reference + "\n");
  return changed;
}

namespace {

int docker_pull(Session& session, const ImagePullFlags& flags, const std::string& platform) {
  std::string reference = flags.reference;
  if (reference.find_first_of(":@", reference.rfind('/') + 1) == std::string::npos) {
    reference += ":latest";
    if (!flags.quiet) std::cout << "Using default tag: latest" << std::endl;
  }
  fetch_image(session, reference, platform, flags.quiet);
  std::cout << model::parse_reference(reference).canonical() << "\n";
  return 0;
}

void check_can_ask(const Session& session, const std::string& what, const std::string& remedy) {
  if (::isatty(0) == 1) return;
  if (session.options().docker)
    throw Error(ErrorKind::invalid, "Error: Cannot perform an interactive login from a non TTY device");
  throw Error(ErrorKind::invalid, "cannot ask for " + what + ": standard input is not a terminal").remedy(remedy);
}

}  // namespace

int image_pull(Session& session, const ImagePullFlags& flags) {
  check_trust(flags.unsigned_too);
  if (flags.all_tags) return pull_all_tags(session, flags);
  model::parse_reference(flags.reference);
  const std::string platform = flags.platform.empty() ? default_platform() : flags.platform;
  if (session.options().docker) return docker_pull(session, flags, platform);
  bool changed = false;
  try {
    changed = fetch_image(session, flags.reference, platform, flags.quiet);
  } catch (const Error& error) {
    // Names without a registry are also those of what somebody made here.
    const std::string first = flags.reference.substr(0, flags.reference.find('/'));
    const bool local = first == flags.reference || first.find_first_of(".:") == std::string::npos;
    if (interrupted.load() || !local) throw;
    const std::string own = "an image of your own is made by: stack image build -t " + flags.reference +
                            " FOLDER, or: stack image import FILE " + flags.reference;
    throw Error(error.kind(), error.message())
        .remedy(error.remedy_text().empty() ? own : error.remedy_text() + "; " + own);
  }
  const api::ImageDetails details = session.engine().inspect_image(flags.reference);
  if (!flags.quiet) {
    std::cerr << (changed ? "Downloaded newer image for " : "Image is up to date for ") << flags.reference << "\n";
  }
  const auto& names = details.image.references;
  const bool tagged = std::find(names.begin(), names.end(), flags.reference) != names.end();
  std::cout << (tagged || names.empty() || flags.reference.find('@') != std::string::npos ? flags.reference
                                                                                          : names.front())
            << "\n";
  return 0;
}

namespace {

void tell_skipped(const Session& session, const std::string& service, const std::string& why) {
  if (session.progress_mode() != ProgressMode::json) {
    std::cerr << " " << service << "  Skipped: " << why << "\n";
    return;
  }
  std::cerr << json_line(
      model::Warned{{model::SubjectKind::service, service}, model::Action::push, model::Reservation::skipped, why});
}

}  // namespace

int push(Session& session, const PushFlags& flags) {
  compose::LoadOptions wanted = session.load_options();
  wanted.services = flags.services;
  wanted.with_dependencies = flags.include_deps;
  const compose::LoadResult loaded = session.load(std::move(wanted));
  const compose::Project& project = *loaded.project;
  api::PullRequest request{.ignore_failures = flags.ignore_failures};
  for (const auto& [name, service] : project.services) {
    const bool chosen = flags.services.empty() || flags.include_deps ||
                        std::find(flags.services.begin(), flags.services.end(), name) != flags.services.end();
    if (!chosen) continue;
    if (!service.build || service.image.empty()) {
      const std::string why = service.build
                                  ? "image: is not set, so there is no name to push"
                                  : "no build section; push its image with: stack image push " + service.image;
      if (!flags.quiet) tell_skipped(session, name, why);
      continue;
    }
    request.images.push_back({.name = name, .reference = service.image, .platform = {}, .policy = {}, .place = {}});
  }
  if (session.options().dry_run) {
    for (const api::ImagePull& image : request.images)
      std::cout << "push " << image.reference << " of " << image.name << "\n";
    return 0;
  }
  request.credentials = credentials_for(project);
  run_push(session, request, flags.quiet);
  return 0;
}

int image_push(Session& session, const ImagePushFlags& flags) {
  check_trust(flags.unsigned_too);
  api::PullRequest request;
  const auto add = [&](const std::string& name) {
    request.images.push_back({.name = name, .reference = name, .platform = {}, .policy = {}, .place = {}});
  };
  if (flags.all_tags) {
    for (const model::Image& image : session.engine().images()) {
      for (const std::string& name : image.references) {
        if (name.substr(0, name.rfind(':')) == flags.reference) add(name);
      }
    }
    if (request.images.empty()) throw Error(ErrorKind::not_found, "no such image: " + flags.reference);
  } else {
    std::string reference = flags.reference;
    if (session.options().docker && reference.find_first_of(":@", reference.rfind('/') + 1) == std::string::npos) {
      reference += ":latest";
      if (!flags.quiet) std::cout << "Using default tag: latest" << std::endl;
    }
    add(reference);
  }
  for (const api::ImagePull& push : request.images) check_platform(session, {push.reference}, flags.platform);
  request.credentials = DockerConfig{}.credentials(std::set<std::string>{registry_of(flags.reference)});
  try {
    run_push(session, request, flags.quiet, flags.reference);
  } catch (const client::EngineError& error) {
    if (!session.options().docker) throw;
    // As Docker's client has it: the push has begun, and tells of its failure itself.
    throw Error(without_name(error, "pushing " + request.images.front().reference + ": ").message());
  }
  if (flags.quiet) std::cout << flags.reference << "\n";
  return 0;
}

int login(Session& session, const LoginFlags& flags) {
  if (flags.password_stdin && (!flags.password.empty() || flags.user.empty())) {
    throw Error(ErrorKind::invalid, "--password-stdin needs --username and goes without --password");
  }
  if (!flags.password.empty())
    std::cerr << "WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n";
  const std::string registry = registry_of_server(flags.server);
  model::Credentials credentials{
      .user = flags.user, .password = flags.password, .identity_token = {}, .registry_token = {}};
  DockerConfig config;
  if (credentials.user.empty()) {
    check_can_ask(session, "a user name", "use --username and --password-stdin");
    const model::Credentials known = config.credentials(registry);
    credentials.user =
        read_line(known.user.empty() ? "Username: " : ("Username (" + known.user + "): ").c_str(), false);
    if (credentials.user.empty()) credentials.user = known.user;
    if (credentials.user.empty()) throw Error(ErrorKind::invalid, "a user name is needed");
  }
  if (flags.password_stdin) {
    credentials.password.assign(std::istreambuf_iterator<char>(std::cin), {});
    while (!credentials.password.empty() &&
           (credentials.password.back() == '\n' || credentials.password.back() == '\r')) {
      credentials.password.pop_back();
    }
  } else if (credentials.password.empty()) {
    check_can_ask(session, "a password", "use --password-stdin");
    credentials.password = read_line("Password: ", true);
  }
  if (credentials.password.empty()) throw Error(ErrorKind::invalid, "a password is needed");
  session.engine().login(registry, credentials);
  const std::string where = config.store(registry, credentials);
  std::cout << "Login Succeeded\n";
  std::cerr << "The credentials are in " << where << "\n";
  return 0;
}

int logout(Session& session, const LogoutFlags& flags) {
  const std::string registry = registry_of_server(flags.server);
  DockerConfig config;
  config.erase(registry);
  // Docker calls its own registry by the address that its file of credentials has.
  const bool hub = session.options().docker && registry == "docker.io";
  std::cout << "Removing login credentials for " << (hub ? "https://index.docker.io/v1/" : registry) << "\n";
  return 0;
}

}  // namespace stack::cli
