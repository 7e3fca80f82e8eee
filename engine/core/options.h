// Where one engine lives: given at start, the same for its whole life. A plain value.
#pragma once

#include <filesystem>
#include <string>

namespace stack::core {

struct Options {
  std::filesystem::path root;  // durable: state.db, images, containers, volumes
  std::filesystem::path
      run;  // of this boot: socket, pid file, the shims' sockets; nothing that a container can write to
  std::filesystem::path shim_program;  // stack-shim
  std::string tag;                     // six of [a-z0-9], in the names of everything the kernel holds for this engine

  // Where the engine answers.
  [[nodiscard]] std::filesystem::path socket() const { return run / "stackd.sock"; }
  [[nodiscard]] std::filesystem::path containers() const { return root / "containers"; }
  [[nodiscard]] std::filesystem::path container(const std::string& id) const { return containers() / id; }
  // What it has changed of its image's files; missing before its first start.
  [[nodiscard]] std::filesystem::path writable_layer(const std::string& id) const { return container(id) / "upper"; }
  [[nodiscard]] std::filesystem::path removed() const { return root / "removed"; }
  // The lowest layer of every container (engine/sandbox/skeleton.h).
  [[nodiscard]] std::filesystem::path skeleton() const { return root / "skeleton"; }
  [[nodiscard]] std::filesystem::path init_program() const { return root / "docker-init"; }
  [[nodiscard]] std::filesystem::path execs() const { return run / "execs"; }
  [[nodiscard]] std::filesystem::path shims() const { return run / "shims"; }
  [[nodiscard]] std::filesystem::path shim_socket(const std::string& id) const {
    return shims() / (id.substr(0, 12) + ".sock");
  }
  // Of containers that do not see all of the API.
  [[nodiscard]] std::filesystem::path scoped_sockets() const { return run / "sockets"; }
  [[nodiscard]] std::filesystem::path build_cache() const { return root / "build"; }
  // Of commands that run; a folder each.
  [[nodiscard]] std::filesystem::path build_secrets() const { return run / "secrets"; }
  // Below each control group hierarchy.
  [[nodiscard]] std::string cgroup() const { return "stack-" + tag; }
};

}  // namespace stack::core
