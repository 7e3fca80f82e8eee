#include "cli/args/command.h"
#include "cli/commands/image.h"
#include "cli/commands/publish.h"
#include "cli/commands/pull.h"

namespace stack::cli {

void add_registry_verbs(Command& stack) {
  stack.verb("pull", "Pull service images", pull, [](Command& c, PullFlags& f) {
    c.optional_words("SERVICE", f.services, "Services; none: all");
    c.flag("-q,--quiet", f.quiet, "Pull without printing progress information");
    c.flag("--ignore-pull-failures", f.ignore_failures, "Pull what it can and ignores images with pull failures");
    c.flag("--include-deps", f.include_deps, "Also pull services declared as dependencies");
    c.flag("--ignore-buildable", f.ignore_buildable, "Ignore images that can be built");
    c.text("--policy", f.policy, "Apply pull policy (missing, always)");
  });
  stack.verb("push", "Push service images", push, [](Command& c, PushFlags& f) {
    c.optional_words("SERVICE", f.services, "Services; none: all");
    c.flag("-q,--quiet", f.quiet, "Push without printing progress information");
    c.flag("--ignore-push-failures", f.ignore_failures, "Push what it can and ignores images with push failures");
    c.flag("--include-deps", f.include_deps, "Also push images of services declared as dependencies");
  });
  stack.verb(
      "publish", "Publish the project to a registry, for docker compose -f oci://", publish,
      [](Command& c, PublishFlags& f) {
        c.word("REPOSITORY", f.repository, "As in registry.example/owner/name:tag");
        c.flag("--app", f.app, "Also copy the images there; implies --resolve-image-digests");
        c.flag("--insecure-registry", f.insecure, "Reach the registry without encryption or a trusted certificate");
        c.text("--oci-version", f.oci_version, "Version of the OCI specification (1.0, 1.1); none: what it takes");
        c.flag("--resolve-image-digests", f.resolve_image_digests, "Pin image tags to digests");
        c.flag("--with-env", f.with_env, "Publish environment variables and env_file as well");
        c.flag("-y,--yes", f.yes, "Assume yes as answer to all prompts");
      });
  stack.verb("images", "List images used by the created containers", images, [](Command& c, ImagesFlags& f) {
    c.optional_words("SERVICE", f.services, "Services; none: all");
    c.flag("-q,--quiet", f.quiet, "Only display ids");
    c.text("--format", f.format, "Output format: table or json");
  });
}

void add_logins(Command& stack) {
  stack.verb("login", "Log in to a registry", login, [](Command& c, LoginFlags& f) {
    c.optional_word("SERVER", f.server, "The registry; none: Docker Hub");
    c.text("-u,--username", f.user, "Name");
    c.text("-p,--password", f.password, "Password; better use --password-stdin");
    c.flag("--password-stdin", f.password_stdin, "Take the password from standard input");
  });
  stack.verb("logout", "Log out from a registry", logout,
             [](Command& c, LogoutFlags& f) { c.optional_word("SERVER", f.server, "The registry; none: Docker Hub"); });
}

}  // namespace stack::cli
