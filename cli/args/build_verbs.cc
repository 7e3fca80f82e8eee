#include "cli/args/command.h"
#include "cli/commands/build_services.h"
#include "cli/commands/image_build.h"

namespace stack::cli {
namespace {

void declare_inputs(Command& c, ImageBuildFlags& f) {
  c.word("CONTEXT", f.context,
         "A folder, a git repository, the URL of an archive or a Dockerfile, or - for either on standard input");
  c.text("-f,--file", f.file, "Name of the Dockerfile, or - for standard input (default: CONTEXT/Dockerfile)");
  c.text("--target", f.target, "Set the target build stage to build");
  c.list("--build-arg", f.build_args,
         "Set a build-time variable, NAME=VALUE, or NAME with its value in the environment");
  c.list("--build-context", f.build_contexts, "Additional build context, NAME=PATH|URL|docker-image://IMAGE");
  c.list("--secret", f.secrets, "Secret to expose to the build, id=ID[,src=FILE|,env=NAME]");
  c.list("--ssh", f.ssh, "SSH agent to expose to the build, default or ID=SOCKET");
  c.flag("--pull", f.pull, "Always attempt to pull all referenced images");
  c.list("--platform", f.platforms, "Set target platform for build, as in linux/arm64 [DOCKER_DEFAULT_PLATFORM]");
}

void declare_steps(Command& c, ImageBuildFlags& f) {
  c.flag("--no-cache", f.no_cache, "Do not use cache when building the image");
  c.list("--no-cache-filter", f.no_cache_filter, "Do not cache specified stages");
  c.list("--cache-from", f.cache_from, "Read a cache of another place (type=registry or local)");
  c.list("--cache-to", f.cache_to, "Leave the cache in another place (type=registry, local or inline)");
  c.text("--network", f.network, "Networking mode of RUN: default, none, host");
  c.list("--add-host", f.add_hosts, "Add a custom host-to-IP mapping, HOST:ADDRESS");
  c.text("--shm-size", f.shm_size, "Size of /dev/shm of RUN");
  c.list("--ulimit", f.ulimits, "Ulimit of RUN, TYPE=SOFT[:HARD]");
  c.list("--allow", f.allow, "Allow extra privileges: network.host, security.insecure");
  c.text("--cgroup-parent", f.cgroup_parent, "Control group of RUN (refused: it is the engine's)");
}

void declare_results(Command& c, ImageBuildFlags& f) {
  c.list("-t,--tag", f.tags, "Name and optionally a tag, NAME:TAG");
  c.list("--label", f.labels, "Set metadata for an image, NAME=VALUE");
  c.list("-o,--output", f.outputs, "Output destination, type=image|docker|oci|local|tar|registry[,dest=PATH]");
  c.flag("--push", f.push, "Shorthand for --output=type=registry");
  c.idle("--load", "Keep the image here (it is so anyway)");
  c.text("--iidfile", f.iidfile, "Write the image ID to a file");
  c.text("--metadata-file", f.metadata_file, "Write build result metadata to a file");
  c.list("--annotation", f.annotations, "Add an annotation to the image (refused: not supported yet)");
  c.list("--attest", f.attests, "Attestations (refused: none are made)");
  c.text("--provenance", f.provenance, "Provenance attestation (refused unless false)");
  c.text("--sbom", f.sbom, "SBOM attestation (refused unless false)");
}

void declare_image_build(Command& c, ImageBuildFlags& f) {
  declare_inputs(c, f);
  declare_steps(c, f);
  declare_results(c, f);
  c.text("--call", f.call, "Instead of a build: check, outline or targets");
  c.flag("--check", f.check, "Shorthand for --call=check");
  c.flag("-q,--quiet", f.quiet, "Suppress the build output and print the image ID on success");
  c.text("--progress", f.progress, "Type of progress output (auto, plain, tty, quiet, rawjson) [BUILDKIT_PROGRESS]");
  c.text("--builder", f.builder, "Has no effect: the engine's own builder builds");
  // Of Docker's classic builder: they are so anyway.
  c.hidden("--rm");
  c.hidden("--force-rm");
  c.hidden("--compress");
  c.hidden("-D,--debug");
}

}  // namespace

void add_build(Command& stack) {
  stack.verb("build", "Build or rebuild services", build, [](Command& c, BuildFlags& f) {
    c.optional_words("SERVICE", f.services, "Services; none: all");
    c.list("--build-arg", f.build_args, "Set build-time variables for services");
    c.text("--builder", f.builder, "Has no effect: the engine's own builder builds");
    c.flag("--check", f.check, "Check build configuration");
    c.text("-m,--memory", f.memory, "Refused: build steps run without limits of their own");
    c.flag("--no-cache", f.no_cache, "Do not use cache when building the image");
    c.flag("--print", f.print, "Print equivalent bake file");
    c.text("--provenance", f.provenance, "Provenance attestation (refused unless false)");
    c.flag("--pull", f.pull, "Always attempt to pull a newer version of the image");
    c.flag("--push", f.push, "Push service images");
    c.flag("-q,--quiet", f.quiet, "Suppress the build output");
    c.text("--sbom", f.sbom, "SBOM attestation (refused unless false)");
    c.list("--ssh", f.ssh, "SSH agent for the builds, default or ID=SOCKET");
    c.flag("--with-dependencies", f.with_dependencies, "Also build dependencies (transitively)");
    c.text("--progress", f.progress, "Type of progress output (auto, plain, tty, quiet, rawjson)");
    // What is the default anyway.
    c.hidden("--force-rm");
    c.hidden("--no-rm");
    c.hidden("--compress");
    c.hidden("--parallel");
  });
}

void add_image_build(Command& group) {
  group.verb("build", "Build an image from a Dockerfile", image_build, declare_image_build);
}

void add_builder_group(Command& stack, const char* name) {
  Command group = stack.group(name, "Look at builds and manage their cache");
  group.verb("build", "Build an image from a Dockerfile", image_build, declare_image_build);
  group.verb("du", "Show what the build cache holds", builder_du, [](Command& c, BuilderDuFlags& f) {
    c.flag("-v,--verbose", f.verbose, "Show each entry by itself");
    c.list("--filter", f.filters, "id=ID, kind=KIND");
  });
  group.verb("inspect", "Show the builder", builder_inspect, [](Command& c, BuilderInspectFlags& f) {
    c.optional_word("NAME", f.name, "The one builder there is: default");
    c.hidden("--bootstrap");  // it always runs
  });
  group.verb("ls", "List builders: the engine's own", builder_ls, [](Command& c, BuilderLsFlags& f) {
    c.text("--format", f.format, "Output format: table, json, or a Go template, as in '{{.Name}}'");
  });
  group.verb("version", "Show the builder's version", builder_version, [](Command&, BuilderVersionFlags&) {});
  group.verb("prune", "Remove build cache", builder_prune, [](Command& c, BuilderPruneFlags& f) {
    c.flag("-a,--all", f.all, "Remove all unused build cache, not just what no image shares");
    c.flag("-f,--force", f.force, "Do not ask");
    c.list("--filter", f.filters, "until=TIME, id=ID");
    c.text("--reserved-space", f.reserved_space, "Amount of cache that is kept, as in 10gb");
    c.text("--keep-storage", f.keep_storage, "The same, by its older name");
    c.text("--max-used-space", f.max_used_space, "Amount of cache that may stay, as in 20gb");
    c.text("--min-free-space", f.min_free_space, "Amount of disk that is to be free afterwards, as in 5gb");
    c.hidden("-v,--verbose", f.verbose);
  });
  Command history = group.group("history", "Look at what was built");
  history.verb("ls", "List the last builds", builder_history_ls, [](Command& c, BuilderHistoryLsFlags& f) {
    c.text("--format", f.format, "Output format: table, json, or a Go template, as in '{{.Name}}'");
    c.flag("-q,--quiet", f.quiet, "Only show ids");
    c.flag("--no-trunc", f.no_trunc, "Do not shorten ids");
  });
  history.verb("inspect", "Show a build with its steps: their times, and why the cache did not serve them",
               builder_history_inspect, [](Command& c, BuilderHistoryInspectFlags& f) {
                 c.optional_word("BUILD", f.id, "Id of a build, or its beginning; the newest one without it");
                 c.one_of("--format", f.format, {"pretty", "json"}, "Output format: pretty or json");
               });
  history.verb("rm", "Forget builds; their cache stays", builder_history_rm, [](Command& c, BuilderHistoryRmFlags& f) {
    c.optional_words("BUILD", f.ids, "Ids of builds, or their beginnings");
    c.flag("-a,--all", f.all, "All that have ended");
  });
}

}  // namespace stack::cli
