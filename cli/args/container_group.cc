#include "cli/args/command.h"
#include "cli/commands/container_verbs.h"
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

namespace {

void names(Command& c, std::vector<std::string>& to) { c.words("CONTAINER", to, "Names or IDs"); }

void add_container_lists(Command& group) {
  group.verb("ls", "List containers", container_ls, [](Command& c, ContainerLsFlags& f) {
    c.alias("list");
    c.alias("ps");
    declare_container_ls(c, f);
  });
  group.verb("inspect", "Display detailed information on one or more containers", container_inspect,
             [](Command& c, ContainerInspectFlags& f) {
               names(c, f.names);
               c.text("-f,--format", f.format, "Output format: json, or a Go template, as in '{{.State.Status}}'");
               c.flag("-s,--size", f.size, "Display total file sizes");
             });
}

void declare_stop(Command& c, ContainerStopFlags& f) {
  names(c, f.names);
  c.text("-t,--timeout,--time", f.timeout, "Seconds to wait before it is killed; -1: without end");
  c.text("-s,--signal", f.signal, "Signal to send instead of its stop signal");
}

void add_container_lifecycle(Command& group) {
  group.verb("start", "Start one or more stopped containers", container_start, [](Command& c, ContainerStartFlags& f) {
    names(c, f.names);
    c.flag("-a,--attach", f.attach, "Attach standard output and error and forward signals");
    c.flag("-i,--interactive", f.interactive, "Attach standard input as well");
    c.text("--detach-keys", f.detach_keys, "Keys that leave the container without ending it (ctrl-p,ctrl-q)");
  });
  group.verb("stop", "Stop one or more running containers", container_stop, declare_stop);
  group.verb("restart", "Restart one or more containers", container_restart, declare_stop);
  group.verb("kill", "Kill one or more running containers", container_kill, [](Command& c, ContainerKillFlags& f) {
    names(c, f.names);
    c.text("-s,--signal", f.signal, "Signal to send (KILL)");
  });
  group.verb("pause", "Pause all processes within one or more containers", container_pause,
             [](Command& c, ContainerNamesFlags& f) { names(c, f.names); });
  group.verb("unpause", "Unpause all processes within one or more containers", container_unpause,
             [](Command& c, ContainerNamesFlags& f) { names(c, f.names); });
  group.verb("wait", "Block until containers stop, then print their exit codes", container_wait,
             [](Command& c, ContainerNamesFlags& f) { names(c, f.names); });
  group.verb("rename", "Rename a container", container_rename, [](Command& c, ContainerRenameFlags& f) {
    c.word("CONTAINER", f.container, "Name or ID");
    c.word("NEW_NAME", f.name, "Its new name");
  });
  group.verb("rm", "Remove one or more containers", container_rm, [](Command& c, ContainerRmFlags& f) {
    c.alias("remove");
    names(c, f.names);
    c.flag("-f,--force", f.force, "Kill a container that runs first");
    c.flag("-v,--volumes", f.volumes, "Remove anonymous volumes of the container");
  });
  group.verb(
      "attach", "Attach this terminal to a running container", container_attach,
      [](Command& c, ContainerAttachFlags& f) {
        c.word("CONTAINER", f.container, "Name or ID");
        c.text("--detach-keys", f.detach_keys, "Keys that leave the container without ending it (ctrl-p,ctrl-q)");
        c.flag("--no-stdin", f.no_stdin, "Do not attach standard input");
        c.flag("--sig-proxy,!--no-sig-proxy", f.sig_proxy, "Send received signals to the container (the default)");
      });
}

}  // namespace

void declare_container_ls(Command& c, ContainerLsFlags& f) {
  c.flag("-a,--all", f.all, "Show all containers (default shows just running)");
  c.flag("-q,--quiet", f.quiet, "Only display container IDs");
  c.flag("--no-trunc", f.no_trunc, "Do not truncate the output");
  c.flag("-s,--size", f.size, "Display total file sizes");
  c.flag("-l,--latest", f.latest, "Show the latest created container, running or not");
  c.number("-n,--last", f.last, "Show the last created containers, running or not");
  c.list("-f,--filter", f.filters, "As of docker ps: name, label, status, ancestor, network, volume, health, ...");
  c.text("--format", f.format, "Output format: table, json, or a Go template, as in '{{.Names}}: {{.Status}}'");
}

void declare_stats(Command& c, StatsFlags& f) {
  c.flag("-a,--all", f.all, "Show all containers (default shows just running)");
  c.text("--format", f.format, "Output format: table, json, or a Go template, as in '{{.Name}}: {{.CPUPerc}}'");
  c.flag("--no-stream", f.no_stream, "Only show one result");
  c.flag("--no-trunc", f.no_trunc, "Do not truncate the output");
}

void add_container_verbs(Command& group) {
  add_container_runs(group);
  add_container_looks(group);
  add_container_lifecycle(group);
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
  group.verb("stats", "Show what containers use, as it changes", container_stats, [](Command& c, StatsFlags& f) {
    c.optional_words("CONTAINER", f.containers, "Names or IDs; none: all");
    declare_stats(c, f);
  });
}

void add_container_group(Command& stack) {
  Command group = stack.group("container", "Manage containers of any project");
  add_container_lists(group);
  add_container_verbs(group);
  group.verb("prune", "Remove all stopped containers", container_prune, [](Command& c, ContainerPruneFlags& f) {
    c.flag("-f,--force", f.force, "Do not prompt for confirmation");
    c.list("--filter", f.filters, "label=NAME[=VALUE], label!=NAME[=VALUE], until=TIME");
  });
}

}  // namespace stack::cli
