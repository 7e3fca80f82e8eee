#include "cli/args/command.h"
#include "cli/commands/copy.h"
#include "cli/commands/prune.h"
#include "cli/commands/stats_verbs.h"

namespace stack::cli {
namespace {

constexpr const char* kCopyWords = "CONTAINER:PATH or a path of this machine; - is an archive";

template <class Flags>
void declare_copy(Command& c, Flags& f) {
  c.flag("-a,--archive", f.archive, "Give what is copied into a container to the container's user");
  c.flag("-L,--follow-link", f.follow_link, "Always follow a symbolic link that is the source");
}

template <class Flags>
void declare_commit(Command& c, Flags& f) {
  c.text("-a,--author", f.author, "Author, as in 'Ann Ott <ann@example.com>'");
  c.list("-c,--change", f.changes, "Apply a Dockerfile instruction to the image");
  c.text("-m,--message", f.message, "Commit message");
  c.flag("-p,--pause", f.pause, "Pause the container meanwhile (default true)");
}

}  // namespace

void add_copy_verbs(Command& stack) {
  stack.verb("cp", "Copy files or folders between containers of a service and this machine", copy,
             [](Command& c, CopyFlags& f) {
               c.word("SOURCE", f.source, "SERVICE:PATH or a path of this machine; - is an archive");
               c.word("TARGET", f.target, "The same; of a service all containers get the files");
               c.number("--index", f.index, "Only this container of the service, or out of it");
               c.flag("--all", f.all, "Include containers created by the run command");
               declare_copy(c, f);
             });
  stack.verb("commit", "Create an image from a service container's changes", commit, [](Command& c, CommitFlags& f) {
    c.word("SERVICE", f.service, "Service");
    c.optional_word("NAME", f.reference, "Name of the image, REPOSITORY[:TAG]");
    c.number("--index", f.index, "Index of the container if the service has several replicas");
    declare_commit(c, f);
  });
}

void declare_stats(Command& c, StatsFlags& f) {
  c.flag("-a,--all", f.all, "Show all containers (default shows just running)");
  c.text("--format", f.format, "Output format: table, json, or a Go template, as in '{{.Name}}: {{.CPUPerc}}'");
  c.flag("--no-stream", f.no_stream, "Only show one result");
  c.flag("--no-trunc", f.no_trunc, "Do not truncate the output");
}

void add_container_group(Command& stack) {
  Command group = stack.group("container", "Manage containers of any project");
  group.verb("cp", "Copy files or folders between a container and this machine", container_copy,
             [](Command& c, ContainerCopyFlags& f) {
               c.word("SOURCE", f.source, kCopyWords);
               c.word("TARGET", f.target, kCopyWords);
               declare_copy(c, f);
               c.flag("-q,--quiet", f.quiet, "Say nothing about what was copied");
             });
  group.verb("diff", "Show which files of its image a container has changed", container_diff,
             [](Command& c, ContainerDiffFlags& f) { c.word("CONTAINER", f.container, "Name or ID"); });
  group.verb("commit", "Create an image from a container's changes", container_commit,
             [](Command& c, ContainerCommitFlags& f) {
               c.word("CONTAINER", f.container, "Name or ID");
               c.optional_word("NAME", f.reference, "Name of the image, REPOSITORY[:TAG]");
               declare_commit(c, f);
             });
  group.verb("export", "Write a container's root file system to an archive", container_export,
             [](Command& c, ContainerExportFlags& f) {
               c.word("CONTAINER", f.container, "Name or ID");
               c.text("-o,--output", f.output, "Write to a file instead of standard output");
             });
  group.verb("prune", "Remove all stopped containers", container_prune, [](Command& c, ContainerPruneFlags& f) {
    c.flag("-f,--force", f.force, "Do not prompt for confirmation");
    c.list("--filter", f.filters, "label=NAME[=VALUE], label!=NAME[=VALUE], until=TIME");
  });
  group.verb("stats", "Show what containers use, as it changes", container_stats, [](Command& c, StatsFlags& f) {
    c.optional_words("CONTAINER", f.containers, "Names or IDs; none: all");
    declare_stats(c, f);
  });
}

}  // namespace stack::cli
