// `stack cp`, `stack commit` and the commands of `stack container`: files of containers, and images of them.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/session.h"

namespace stack::cli {

struct CopyFlags {
  std::string source, target;
  int index = 0;     // 0: all replicas into, the first out of
  bool all = false;  // containers of `run` as well
  bool archive = false, follow_link = false;
};
int copy(Session& session, const CopyFlags& flags);

struct ContainerCopyFlags {
  std::string source, target;
  bool archive = false, follow_link = false, quiet = false;
};
int container_copy(Session& session, const ContainerCopyFlags& flags);

struct CommitFlags {
  std::string service, reference, author, message;
  std::vector<std::string> changes;
  bool pause = true;
  int index = 0;  // 0: the first
};
int commit(Session& session, const CommitFlags& flags);

struct ContainerCommitFlags {
  std::string container, reference, author, message;
  std::vector<std::string> changes;
  bool pause = true;
};
int container_commit(Session& session, const ContainerCommitFlags& flags);

struct ContainerDiffFlags {
  std::string container;
};
int container_diff(Session& session, const ContainerDiffFlags& flags);

struct ContainerExportFlags {
  std::string container, output;
};
int container_export(Session& session, const ContainerExportFlags& flags);

}  // namespace stack::cli
