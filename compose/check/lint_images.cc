#include <algorithm>
#include <array>

#include "base/dockerfile/base_image.h"
#include "compose/check/lint_rules.h"

namespace stack::compose {
namespace {

struct ImageName {
  std::string repository, tag;
  bool pinned = false;  // by digest
};

ImageName parse(std::string image) {
  ImageName name;
  if (const auto digest = image.find('@'); digest != std::string::npos) {
    name.pinned = true;
    image.resize(digest);
  }
  const auto slash = image.rfind('/'), colon = image.rfind(':');
  if (colon != std::string::npos && (slash == std::string::npos || colon > slash)) {
    name.tag = image.substr(colon + 1);
    image.resize(colon);
  }
  for (const std::string_view prefix : {"docker.io/library/", "docker.io/", "library/"}) {
    if (image.starts_with(prefix)) {
      image.erase(0, prefix.size());
      break;
    }
  }
  name.repository = std::move(image);
  return name;
}

// Images that hold one program and no shell.
bool without_shell(const ImageName& image) {
  static constexpr std::array<std::string_view, 6> kBare{
      "scratch",          "hello-world",           "traefik/whoami",
      "k8s.gcr.io/pause", "registry.k8s.io/pause", "cgr.dev/chainguard/static"};
  if (image.tag.find("debug") != std::string::npos) return false;
  return std::ranges::find(kBare, image.repository) != kBare.end() ||
         image.repository.starts_with("gcr.io/distroless/");
}

// Programs that people expect and images do not have.
bool lacks(const ImageName& image, std::string_view program) {
  const bool busybox = image.repository == "alpine" || image.repository == "busybox";
  if (busybox) return program == "curl" || program == "bash";
  const bool plain = image.repository == "debian" || image.repository == "ubuntu";
  const bool slim = image.tag.find("slim") != std::string::npos &&
                    (image.repository == "python" || image.repository == "node" || image.repository == "ruby");
  return (plain || slim) && (program == "curl" || program == "wget");
}

std::string first_word(const std::string& text) {
  const auto start = text.find_first_not_of(" \t");
  if (start == std::string::npos) return {};
  const auto word = text.substr(start, text.find_first_of(" \t;|&", start) - start);
  return word.substr(word.rfind('/') + 1);
}

class ImageLint {
 public:
  ImageLint(const Service& service, const LintWorld& world, LintReport& report)
      : service_(service), world_(world), report_(report) {}

  void run() {
    if (!service_.image.empty() && !service_.build) version();
    health();
    program();
  }

 private:
  void version() {
    const auto image = parse(service_.image);
    if (image.pinned || (!image.tag.empty() && image.tag != "latest")) return;
    report_.add("image_tag",
                image.tag.empty() ? "an image without a tag is its latest version, whichever that is"
                                  : "the tag latest is whichever version is there",
                "name a version", service_, "image");
  }

  void health() {
    if (!service_.healthcheck || service_.healthcheck->disable || service_.healthcheck->test.size() < 2) return;
    const auto& test = service_.healthcheck->test;
    const bool shell = test.front() == "CMD-SHELL";
    if (!shell && test.front() != "CMD") return;
    if (looked_at(shell ? "/bin/sh" : test[1], shell)) return;
    const auto image = base();
    const std::string program = first_word(test[1]);
    if (shell && without_shell(image)) {
      report("there is no shell in " + image.repository + " to run it", "write [\"CMD\", \"PROGRAM\", ...]");
    } else if (!shell && without_shell(image) && everyday(program)) {
      report("there is no " + program + " in " + image.repository, "run a program that the image has");
    } else if (!built_ && lacks(image, program)) {
      report("there is no " + program + " in " + image.repository, "use a program that the image has");
    }
  }

  // What is here can be asked; true when that says all.
  bool looked_at(const std::string& program, bool shell) {
    if (!world_.has_program || service_.image.empty() || program.empty()) return false;
    if (mounted(program)) return true;
    const auto there = world_.has_program(service_.image, program);
    if (!there) return false;
    if (!*there) {
      report("there is no " + program + " in " + service_.image,
             shell ? "write [\"CMD\", \"PROGRAM\", ...]" : "run a program that the image has");
      return true;
    }
    return !shell || shell_program();
  }

  // The program that a container would start, when the file names it.
  void program() {
    if (!world_.image || !world_.has_program || service_.image.empty() || service_.build) return;
    const auto facts = world_.image(service_.image);
    if (!facts || service_.environment.contains("PATH")) return;
    const bool entrypoint = service_.entrypoint && !service_.entrypoint->empty();
    if (!entrypoint && facts->entrypoint && !service_.entrypoint) return;
    const Command& words = entrypoint ? service_.entrypoint : service_.command;
    if (!words || words->empty()) return;
    const std::string& name = words->front();
    const bool relative = !name.starts_with('/') && name.find('/') != std::string::npos;
    if (name.empty() || relative || brought(name, facts->path)) return;
    if (world_.has_program(service_.image, name).value_or(true)) return;
    report_.add("program", "there is no " + name + " in " + service_.image, "name a program that the image has",
                service_, entrypoint ? "entrypoint" : "command");
  }

  // Whether a mount may bring a program that is looked for in the folders of `path`.
  [[nodiscard]] bool brought(const std::string& name, std::string path) const {
    if (path.empty()) path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    if (!service_.volumes_from.empty()) return true;
    const auto brings = [&](std::string target) {
      target = target.substr(0, target.find(':'));
      const auto holds = [&](const std::string& place) {
        return target == "/" || (place + "/").starts_with(target + "/");
      };
      if (name.starts_with('/')) return holds(name) || holds("/usr" + name);
      for (std::size_t at = 0; at <= path.size();) {
        const std::size_t end = std::min(path.find(':', at), path.size());
        if (holds(path.substr(at, end - at) + "/" + name)) return true;
        at = end + 1;
      }
      return false;
    };
    const auto granted = [&](const FileGrant& grant) { return brings(grant.target); };
    return std::ranges::any_of(service_.volumes, [&](const ServiceMount& it) { return brings(it.target); }) ||
           std::ranges::any_of(service_.tmpfs, brings) || std::ranges::any_of(service_.secrets, granted) ||
           std::ranges::any_of(service_.configs, granted);
  }

  // Whether a mount may bring it.
  [[nodiscard]] bool mounted(const std::string& program) const {
    return std::ranges::any_of(service_.volumes, [&](const ServiceMount& mount) {
      return program.starts_with(mount.target) || mount.target.ends_with("bin") ||
             mount.target.ends_with("/" + program);
    });
  }

  // The program that a shell would start, when it is plainly one; true when that says all.
  bool shell_program() {
    const auto& text = service_.healthcheck->test[1];
    const auto start = text.find_first_not_of(" \t");
    const auto word = start == std::string::npos ? "" : text.substr(start, text.find_first_of(" \t;|&", start) - start);
    static constexpr std::array<std::string_view, 12> kBuiltIn{"[",    "test", "exit", "if",   "!", "(",
                                                               "echo", "true", "cd",   "exec", ":", "for"};
    const bool plain = !word.empty() && word.find_first_of("=$`'\"(){}\\") == std::string::npos &&
                       std::ranges::find(kBuiltIn, word) == kBuiltIn.end();
    if (!plain) return true;
    const auto there = world_.has_program(service_.image, word);
    if (there && !*there && !mounted(word)) {
      report("there is no " + word + " in " + service_.image, "use a program that the image has");
    }
    return true;
  }

  void report(std::string message, std::string remedy) {
    report_.add("healthcheck_program", std::move(message), std::move(remedy), service_, "healthcheck.test");
  }

  static bool everyday(std::string_view program) {
    static constexpr std::array<std::string_view, 10> kTools{"sh",   "bash", "curl", "wget", "nc",
                                                             "test", "cat",  "grep", "ps",   "true"};
    return std::ranges::find(kTools, program) != kTools.end();
  }

  // The image, or what a build makes it from.
  ImageName base() {
    if (!service_.build) return parse(service_.image);
    built_ = true;
    const auto& build = *service_.build;
    std::string text = build.dockerfile_inline;
    if (text.empty() && world_.text && build.context.starts_with('/')) {
      const std::string name = build.dockerfile.empty() ? "Dockerfile" : build.dockerfile;
      text = world_.text(name.starts_with('/') ? name : build.context + "/" + name).value_or("");
    }
    const dockerfile::Dockerfile file = dockerfile::parse_dockerfile(text).dockerfile;
    dockerfile::Variables arguments;
    for (const auto& [name, value] : build.args) {
      if (value) arguments[name] = *value;
    }
    // A platform is nothing that a Dockerfile would choose its shell by.
    return parse(dockerfile::base_image(file, build.target, {}, arguments).value_or(""));
  }

  const Service& service_;
  const LintWorld& world_;
  LintReport& report_;
  bool built_ = false;
};

}  // namespace

void lint_images(const Project& project, const LintWorld& world, LintReport& report) {
  each_service(project, [&](const Service& service) { ImageLint{service, world, report}.run(); });
}

}  // namespace stack::compose
