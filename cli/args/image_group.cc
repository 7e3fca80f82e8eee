#include "cli/args/command.h"
#include "cli/commands/image.h"
#include "cli/commands/pull.h"

namespace stack::cli {
namespace {

constexpr const char* kName = "Name or id";
constexpr const char* kNames = "Names or ids";
constexpr const char* kOutput = "Write to a file instead of standard output";
constexpr const char* kRefused = "Refuse an image that is for another platform";

void add_import(Command& group) {
  group.verb("import", "Make an image of a root file system's tar archive", image_import,
             [](Command& c, ImageImportFlags& f) {
               c.word("FILE", f.file, "The archive, plain or compressed; - for standard input, or an http(s) address");
               c.optional_word("NAME", f.reference, "Name of the image, as in busybox:latest");
               c.list("-c,--change", f.changes, "Apply a Dockerfile instruction, as in 'CMD [\"sh\"]'");
               c.text("-m,--message", f.message, "Message for the image's history");
               c.text("--platform", f.platform, "What the files are for, as in linux/arm64; without it, this machine");
             });
}

void add_image_lists(Command& group) {
  group.verb("ls", "List images", image_ls, [](Command& c, ImageLsFlags& f) {
    c.alias("list");
    declare_image_ls(c, f);
  });
  group.verb("inspect", "Describe images in detail", image_inspect, [](Command& c, ImageInspectFlags& f) {
    c.words("IMAGE", f.names, kNames);
    c.text("-f,--format", f.format, "Output format: json, or a Go template, as in '{{json .Config}}'");
    c.text("--platform", f.platform, kRefused);
  });
}

void add_history(Command& group) {
  group.verb("history", "Show how an image was made", image_history, [](Command& c, ImageHistoryFlags& f) {
    c.word("IMAGE", f.name, kName);
    c.flag("-q,--quiet", f.quiet, "Only show image ids");
    c.flag("--no-trunc", f.no_trunc, "Don't truncate output");
    c.flag("-H,--human,!--no-human", f.human, "Sizes and dates in words (the default)");
    c.text("--format", f.format, "Output format: table, json, or a Go template");
    c.text("--platform", f.platform, kRefused);
  });
}

void add_removal(Command& group) {
  group.verb("rm", "Remove images", image_rm, [](Command& c, ImageRmFlags& f) {
    c.alias("remove");
    declare_image_rm(c, f);
  });
  group.verb("prune", "Remove unused images", image_prune, [](Command& c, ImagePruneFlags& f) {
    c.flag("-a,--all", f.all, "Remove all unused images, not only those without a name");
    c.flag("-f,--force", f.force, "Do not ask");
    c.list("--filter", f.filters, "until=TIME, label=NAME[=VALUE], label!=NAME[=VALUE]");
  });
}

void add_transfers(Command& group) {
  group.verb("pull", "Fetch an image from a registry", image_pull, [](Command& c, ImagePullFlags& f) {
    c.word("NAME", f.reference, "As in nginx:1.27-alpine or registry.example/owner/name@sha256:...");
    c.flag("-a,--all-tags", f.all_tags, "All tags of the repository NAME");
    c.text("--platform", f.platform, "As in linux/arm64 [DOCKER_DEFAULT_PLATFORM]");
    c.flag("-q,--quiet", f.quiet, "Don't show progress");
    c.hidden("--disable-content-trust", f.unsigned_too);
  });
  group.verb("push", "Send an image to a registry", image_push, [](Command& c, ImagePushFlags& f) {
    c.word("NAME", f.reference, "As in registry.example/owner/name:tag");
    c.flag("-a,--all-tags", f.all_tags, "All tags of the repository NAME");
    c.text("--platform", f.platform, kRefused);
    c.flag("-q,--quiet", f.quiet, "Don't show progress");
    c.hidden("--disable-content-trust", f.unsigned_too);
  });
}

void add_archives(Command& group) {
  group.verb("save", "Write images to an archive", image_save, [](Command& c, ImageSaveFlags& f) {
    c.words("IMAGE", f.names, kNames);
    c.text("-o,--output", f.output, kOutput);
    c.text("--platform", f.platform, kRefused);
  });
  group.verb("load", "Read images from an archive", image_load, [](Command& c, ImageLoadFlags& f) {
    c.text("-i,--input", f.input, "Read from a file instead of standard input");
    c.text("--platform", f.platform, "Which one of an image for several platforms");
    c.hidden("-q,--quiet", f.quiet);
  });
}

}  // namespace

void declare_image_ls(Command& c, ImageLsFlags& f) {
  c.optional_word("NAME", f.name, "Only images of this repository, or with this name and tag");
  c.flag("-q,--quiet", f.quiet, "Only show image ids");
  c.flag("--no-trunc", f.no_trunc, "Don't truncate output");
  c.flag("--digests", f.digests, "Show digests");
  c.idle("-a,--all", "Show intermediate images as well (this engine makes none)");
  c.list("--filter,-f", f.filters,
         "dangling=BOOL, label=NAME[=VALUE], before=IMAGE, since=IMAGE, until=TIME, reference=PATTERN");
  c.text("--format", f.format, "Output format: table, json, or a Go template, as in 'table {{.ID}}\\t{{.Tag}}'");
}

void declare_image_rm(Command& c, ImageRmFlags& f) {
  c.words("IMAGE", f.names, kNames);
  c.flag("-f,--force", f.force, "Also when it has names in several repositories or a container uses it");
  c.idle("--no-prune", "Keep untagged parents (images have none here)");
  c.text("--platform", f.platform, kRefused);
}

void add_image_verbs(Command& group) {
  add_image_build(group);
  add_import(group);
  add_history(group);
  add_transfers(group);
  add_archives(group);
  group.verb("tag", "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE", image_tag,
             [](Command& c, ImageTagFlags& f) {
               c.word("IMAGE", f.name, kName);
               c.word("NAME", f.new_name, "The new name");
             });
}

void add_image_group(Command& stack, Dialect dialect) {
  Command group = stack.group("image", "Manage images");
  add_image_lists(group);
  add_image_verbs(group);
  add_removal(group);
  if (dialect == Dialect::docker) return;
  group.verb("export", "Write an image's root file system to an archive", image_export,
             [](Command& c, ImageExportFlags& f) {
               c.word("IMAGE", f.name, kName);
               c.text("-o,--output", f.output, kOutput);
             });
  group.verb("check", "Verify everything that is stored", image_check);
}

}  // namespace stack::cli
