// A program as the leader of a process group that ends with this object, and with this process, however that ends.
//
// The leader is a shell that runs the program, reports its exit code through a pipe, and kills its group when the other end of a second
// pipe, which this object holds, is closed. So no process is ever named by a number that may be another one's by now, and nobody has to be
// able to wait for the child. Any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <signal.h>
#include <sys/types.h>

#include "base/unique_fd.h"

namespace stack::git {

class ProcessGroup {
 public:
  // `words`: the program, which is looked for in PATH, and its arguments; `variables`: its whole environment, "NAME=value". Its output and
  // errors go to `output`, its input is empty, and what it makes is for everybody to read, whatever the umask of this process. `signals`:
  // those that it finds blocked. Throws stack::Error.
  ProcessGroup(std::vector<std::string> words, std::vector<std::string> variables, int output, const sigset_t& signals);
  ProcessGroup(const ProcessGroup&) = delete;
  ProcessGroup& operator=(const ProcessGroup&) = delete;
  ~ProcessGroup();

  // Readable once the program has ended.
  [[nodiscard]] int ended() const { return status_.get(); }
  // Kills what is left of it. The program's exit code; -1 when it had to be killed, 127 when there is no such program.
  int end();

 private:
  UniqueFd status_, life_, leader_;
  pid_t pid_ = -1;
};

}  // namespace stack::git
