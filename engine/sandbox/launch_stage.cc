#include "engine/sandbox/launch_stage.h"

#include <array>
#include <cerrno>
#include <cstring>

namespace stack::sandbox {
namespace {

constexpr std::array<std::string_view, kStageCount> kPhrases = {
    "starting",
    "reading the launch plan",
    "listening on the shim's socket",
    "making folder",
    "writing file",
    "opening the log",
    "making control group",
    "setting limit",
    "joining control group",
    "loading the device filter",
    "connecting standard streams",
    "creating the process",
    "joining the namespaces of another container",
    "connecting the network",
    "configuring the network",
    "loading the network filter",
    "opening the DNS sockets",
    "setting the host name",
    "opening mount source",
    "opening image layer",
    "mounting the root file system",
    "entering the root file system",
    "preparing mount target",
    "mounting",
    "making device",
    "opening the terminal",
    "hiding",
    "setting sysctl",
    "setting ulimit",
    "setting the OOM score",
    "looking up the user",
    "looking up the group",
    "changing the user",
    "setting capabilities",
    "loading the system call filter",
    "setting the AppArmor profile",
    "entering the working directory",
    "looking up the command",
    "running",
    "waiting for the process",
    "waiting for the engine",
    "checking the shim's bounds",
};

}  // namespace

std::string_view phrase(Stage stage) {
  const auto index = static_cast<std::int32_t>(stage);
  return index >= 0 && index < kStageCount ? kPhrases[static_cast<std::size_t>(index)] : kPhrases[0];
}

Error launch_error(Stage stage, int err, std::string_view detail) {
  const std::string name(detail);
  switch (stage) {
    case Stage::user:
      return Error(ErrorKind::invalid, "unable to find user " + name + ": no matching entries in passwd file")
          .remedy("use a numeric user id, or one that the image's /etc/passwd has");
    case Stage::group:
      return Error(ErrorKind::invalid, "unable to find group " + name + ": no matching entries in group file")
          .remedy("use a numeric group id, or one that the image's /etc/group has");
    case Stage::lookup:
      if (name.find('/') == std::string::npos) {
        return Error(ErrorKind::no_such_command, "exec: \"" + name + "\": executable file not found in $PATH");
      }
      return Error(ErrorKind::no_such_command, "exec: \"" + name + "\": no such file or directory");
    case Stage::exec: {
      const char* words = strerrordesc_np(err);
      Error error(ErrorKind::not_executable, "exec: \"" + name + "\": " + (words != nullptr ? words : "unknown error"));
      if (err == ENOEXEC) error.remedy("the file is for another processor, or a script without a first line #!");
      if (err == EACCES) error.remedy("the file lacks execute permission for the container's user, or is a folder");
      if (err == ENOENT) error.remedy("the program's interpreter does not exist in the image");
      return error;
    }
    case Stage::working_dir:
      if (err != ENOENT && err != ENOTDIR) break;
      return Error(ErrorKind::no_such_command, "entering the working directory " + name + ": there is no such folder");
    case Stage::killed:
      return Error("the container's first process died before it could run");
    default:
      break;
  }
  std::string step(phrase(stage));
  if (!name.empty()) step += " " + name;
  Error error = Error::from_errno(err, step);
  if (stage == Stage::bind_source && err == ENOENT) error.remedy("create it, or set create_host_path: true where a volume names it");
  if (stage == Stage::mount_target && err == EPERM) error.remedy("nothing may be mounted inside /proc");
  if (stage == Stage::clone && err == EAGAIN) error.remedy("the machine's limit of processes is reached");
  return error;
}

}  // namespace stack::sandbox
