#include <CLI/CLI.hpp>

#include "cli/args/app.h"
#include "cli/args/command.h"
#include "cli/commands/image.h"
#include "cli/commands/publish.h"
#include "cli/commands/pull.h"

namespace stack::cli {
namespace {

void add_import(CLI::App& group, Chosen& chosen) {
  CLI::App& c = *group.add_subcommand("import", "Make an image of a root file system's tar archive");
  const auto f = std::make_shared<ImageImportFlags>();
  c.add_option("FILE", f->file, "The archive, plain or compressed; - for standard input")->required();
  c.add_option("NAME", f->reference, "Name of the image, as in busybox:latest");
  repeated(c, "-c,--change", f->changes, "Apply a Dockerfile instruction, as in 'CMD [\"sh\"]'");
  c.add_option("-m,--message", f->message, "Message for the image's history");
  c.add_option("--platform", f->platform, "What the files are for, as in linux/arm64; without it, this machine");
  choose(c, chosen, f, image_import);
}

void add_lists(CLI::App& group, Chosen& chosen) {
  {
    CLI::App& c = *group.add_subcommand("ls", "List images");
    const auto f = std::make_shared<ImageLsFlags>();
    c.add_option("NAME", f->name, "Only images of this repository, or with this name and tag");
    c.add_flag("-q,--quiet", f->quiet, "Only show image ids");
    c.add_flag("--no-trunc", f->no_trunc, "Don't truncate output");
    c.add_flag("--digests", f->digests, "Show digests");
    c.add_flag("-a,--all")->description("Show intermediate images as well (this engine makes none)");
    repeated(c, "--filter,-f", f->filters,
             "dangling=BOOL, label=NAME[=VALUE], before=IMAGE, since=IMAGE, until=TIME, reference=PATTERN");
    c.add_option("--format", f->format,
                 "Output format: table, json, or a Go template, as in 'table {{.ID}}\\t{{.Tag}}'");
    choose(c, chosen, f, image_ls);
  }
  {
    CLI::App& c = *group.add_subcommand("inspect", "Describe images in detail");
    const auto f = std::make_shared<ImageInspectFlags>();
    c.add_option("IMAGE", f->names, "Names or ids")->required();
    c.add_option("-f,--format", f->format, "Output format: json, or a Go template, as in '{{json .Config}}'");
    c.add_option("--platform", f->platform, "Refuse an image that is for another platform");
    choose(c, chosen, f, image_inspect);
  }
  {
    CLI::App& c = *group.add_subcommand("history", "Show how an image was made");
    const auto f = std::make_shared<ImageHistoryFlags>();
    c.add_option("IMAGE", f->name, "Name or id")->required();
    c.add_flag("-q,--quiet", f->quiet, "Only show image ids");
    c.add_flag("--no-trunc", f->no_trunc, "Don't truncate output");
    c.add_flag("-H,--human,!--no-human", f->human, "Sizes and dates in words (the default)");
    c.add_option("--format", f->format, "Output format: table, json, or a Go template");
    c.add_option("--platform", f->platform, "Refuse an image that is for another platform");
    choose(c, chosen, f, image_history);
  }
}

void add_removal(CLI::App& group, Chosen& chosen) {
  {
    CLI::App& c = *group.add_subcommand("rm", "Remove images");
    const auto f = std::make_shared<ImageRmFlags>();
    c.add_option("IMAGE", f->names, "Names or ids")->required();
    c.add_flag("-f,--force", f->force, "Also when it has names in several repositories or a container uses it");
    c.add_flag("--no-prune")->description("Keep untagged parents (images have none here)");
    c.add_option("--platform", f->platform, "Refuse an image that is for another platform");
    choose(c, chosen, f, image_rm);
  }
  {
    CLI::App& c = *group.add_subcommand("prune", "Remove unused images");
    const auto f = std::make_shared<ImagePruneFlags>();
    c.add_flag("-a,--all", f->all, "Remove all unused images, not only those without a name");
    c.add_flag("-f,--force", f->force, "Do not ask");
    repeated(c, "--filter", f->filters, "until=TIME, label=NAME[=VALUE], label!=NAME[=VALUE]");
    choose(c, chosen, f, image_prune);
  }
}

}  // namespace

void add_image_group(CLI::App& app, Chosen& chosen) {
  CLI::App& group = *app.add_subcommand("image", "Manage images");
  group.require_subcommand(0, 1);
  add_import(group, chosen);
  add_lists(group, chosen);
  add_removal(group, chosen);
  {
    CLI::App& c = *group.add_subcommand("pull", "Fetch an image from a registry");
    const auto f = std::make_shared<ImagePullFlags>();
    c.add_option("NAME", f->reference, "As in nginx:1.27-alpine or registry.example/owner/name@sha256:...")->required();
    c.add_flag("-a,--all-tags", f->all_tags, "All tags of the repository NAME");
    c.add_option("--platform", f->platform, "As in linux/arm64 [DOCKER_DEFAULT_PLATFORM]");
    c.add_flag("-q,--quiet", f->quiet, "Don't show progress");
    choose(c, chosen, f, image_pull);
  }
  {
    CLI::App& c = *group.add_subcommand("push", "Send an image to a registry");
    const auto f = std::make_shared<ImagePushFlags>();
    c.add_option("NAME", f->reference, "As in registry.example/owner/name:tag")->required();
    c.add_flag("-a,--all-tags", f->all_tags, "All tags of the repository NAME");
    c.add_option("--platform", f->platform, "Refuse an image that is for another platform");
    c.add_flag("-q,--quiet", f->quiet, "Don't show progress");
    choose(c, chosen, f, image_push);
  }
  {
    CLI::App& c = *group.add_subcommand("save", "Write images to an archive");
    const auto f = std::make_shared<ImageSaveFlags>();
    c.add_option("IMAGE", f->names, "Names or ids")->required();
    c.add_option("-o,--output", f->output, "Write to a file instead of standard output");
    c.add_option("--platform", f->platform, "Refuse an image that is for another platform");
    choose(c, chosen, f, image_save);
  }
  {
    CLI::App& c = *group.add_subcommand("export", "Write an image's root file system to an archive");
    const auto f = std::make_shared<ImageExportFlags>();
    c.add_option("IMAGE", f->name, "Name or id")->required();
    c.add_option("-o,--output", f->output, "Write to a file instead of standard output");
    choose(c, chosen, f, image_export);
  }
  {
    CLI::App& c = *group.add_subcommand("load", "Read images from an archive");
    const auto f = std::make_shared<ImageLoadFlags>();
    c.add_option("-i,--input", f->input, "Read from a file instead of standard input");
    c.add_option("--platform", f->platform, "Which one of an image for several platforms");
    c.add_flag("-q,--quiet", f->quiet, "Nothing is shown meanwhile, anyway")->group("");
    choose(c, chosen, f, image_load);
  }
  {
    CLI::App& c = *group.add_subcommand("tag", "Give an image one more name");
    const auto names = std::make_shared<std::pair<std::string, std::string>>();
    c.add_option("IMAGE", names->first, "Name or id")->required();
    c.add_option("NAME", names->second, "The new name")->required();
    c.callback([&chosen, names] {
      chosen.action = [names](Session& session) { return image_tag(session, names->first, names->second); };
    });
  }
  CLI::App& c = *group.add_subcommand("check", "Verify everything that is stored");
  c.callback([&chosen] { chosen.action = [](Session& session) { return image_check(session); }; });
}

void add_registry_verbs(CLI::App& app, Chosen& chosen) {
  {
    CLI::App& c = *app.add_subcommand("pull", "Pull service images");
    const auto f = std::make_shared<PullFlags>();
    c.add_option("SERVICE", f->services, "Services; none: all");
    c.add_flag("-q,--quiet", f->quiet, "Pull without printing progress information");
    c.add_flag("--ignore-pull-failures", f->ignore_failures, "Pull what it can and ignores images with pull failures");
    c.add_flag("--include-deps", f->include_deps, "Also pull services declared as dependencies");
    c.add_flag("--ignore-buildable", f->ignore_buildable, "Ignore images that can be built");
    c.add_option("--policy", f->policy, "Apply pull policy (missing, always)");
    choose(c, chosen, f, pull);
  }
  {
    CLI::App& c = *app.add_subcommand("push", "Push service images");
    const auto f = std::make_shared<PushFlags>();
    c.add_option("SERVICE", f->services, "Services; none: all");
    c.add_flag("-q,--quiet", f->quiet, "Push without printing progress information");
    c.add_flag("--ignore-push-failures", f->ignore_failures, "Push what it can and ignores images with push failures");
    c.add_flag("--include-deps", f->include_deps, "Also push images of services declared as dependencies");
    choose(c, chosen, f, push);
  }
  {
    CLI::App& c = *app.add_subcommand("publish", "Publish the project to a registry, for docker compose -f oci://");
    const auto f = std::make_shared<PublishFlags>();
    c.add_option("REPOSITORY", f->repository, "As in registry.example/owner/name:tag")->required();
    c.add_flag("--app", f->app, "Also copy the images there; implies --resolve-image-digests");
    c.add_flag("--insecure-registry", f->insecure, "Reach the registry without encryption or a trusted certificate");
    c.add_option("--oci-version", f->oci_version, "Version of the OCI specification (1.0, 1.1); none: what it takes");
    c.add_flag("--resolve-image-digests", f->resolve_image_digests, "Pin image tags to digests");
    c.add_flag("--with-env", f->with_env, "Publish environment variables and env_file as well");
    c.add_flag("-y,--yes", f->yes, "Assume yes as answer to all prompts");
    choose(c, chosen, f, publish);
  }
  {
    CLI::App& c = *app.add_subcommand("images", "List images used by the created containers");
    const auto f = std::make_shared<ImagesFlags>();
    c.add_option("SERVICE", f->services, "Services; none: all");
    c.add_flag("-q,--quiet", f->quiet, "Only display ids");
    c.add_option("--format", f->format, "Output format: table or json");
    choose(c, chosen, f, images);
  }
}

void add_logins(CLI::App& app, Chosen& chosen) {
  {
    CLI::App& c = *app.add_subcommand("login", "Log in to a registry");
    const auto f = std::make_shared<LoginFlags>();
    c.add_option("SERVER", f->server, "The registry; none: Docker Hub");
    c.add_option("-u,--username", f->user, "Name");
    c.add_option("-p,--password", f->password, "Password; better use --password-stdin");
    c.add_flag("--password-stdin", f->password_stdin, "Take the password from standard input");
    choose(c, chosen, f, login);
  }
  CLI::App& c = *app.add_subcommand("logout", "Log out from a registry");
  const auto server = std::make_shared<std::string>();
  c.add_option("SERVER", *server, "The registry; none: Docker Hub");
  c.callback([&chosen, server] { chosen.action = [server](Session& session) { return logout(session, *server); }; });
}

}  // namespace stack::cli
