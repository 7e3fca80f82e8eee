// Who runs the command of a RUN: the engine's sandbox, or a test's pretence. The builder's seam to processes and networks.
//
// Loop thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <sys/types.h>

#include "base/model/container_spec.h"

namespace stack::build {

struct RunJob {
  struct Bind {
    std::string source;  // a path of the host
    std::string target;  // absolute
    bool read_only = true;
  };
  struct Tmpfs {
    std::string target;
    std::int64_t bytes = 0;  // 0: the kernel's default
  };
  struct Secret {
    std::string target, content;
    uid_t user = 0;
    gid_t group = 0;
    mode_t mode = 0400;
  };

  std::string name;                 // "[build 2/5] RUN make", for messages
  std::vector<std::string> layers;  // folders, the topmost first
  std::filesystem::path folder;     // what the command writes lands in `folder`/upper, which is ready to become a layer
  std::vector<std::string> argv;
  std::map<std::string, std::string> environment;
  std::string user, working_dir, network;  // network: "", "none", "host"
  bool insecure = false;
  std::vector<std::string> extra_hosts;
  std::int64_t shm_size = 0;
  std::map<std::string, model::Ulimit> ulimits;
  std::vector<Bind> binds;
  std::vector<Tmpfs> tmpfs;
  std::vector<Secret> secrets;
  std::function<void(int stream, std::string_view bytes)> on_output;
  std::shared_ptr<void> keep;  // lives until nothing of the command is left
};

struct RunOutcome {
  int exit_code = 0;
  bool out_of_memory = false;
};

class StepRunner {
 public:
  virtual ~StepRunner() = default;
  // Resumes when every process of the command is gone and its output has been given. A task that is cancelled throws at once; the command
  // is killed meanwhile. Throws stack::Error when it cannot be started.
  virtual boost::asio::awaitable<RunOutcome> run(RunJob job) = 0;
};

}  // namespace stack::build
