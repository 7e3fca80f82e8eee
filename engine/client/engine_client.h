// The other end of the daemon's socket: what the command line calls. Blocking; one request at a time per object; any one thread.
//
// Failures of the engine arrive as the stack::Error that they were there; a socket that does not answer is Error(unavailable).
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/model/engine_event.h"
#include "engine/api/backend.h"
#include "engine/api/build_wire_json.h"
#include "engine/api/connect_backend.h"
#include "engine/api/container_disk.h"
#include "engine/api/container_files.h"
#include "engine/api/log_frame.h"
#include "engine/api/network_backend.h"
#include "engine/api/process_table.h"
#include "engine/api/stats_json.h"

namespace stack::client {

// How a long answer is waited for.
// While an archive is sent and the engine unpacks it.
struct Sending {
  std::function<void(std::uint64_t bytes)> sent{};  // so far
  std::function<void()> tick{};                     // every 100 ms
};

struct Waiting {
  // Looked at whenever a signal wakes the wait: true ends the connection, and with it what can still be cancelled, and throws
  // Error(internal).
  const std::atomic<bool>* interrupted = nullptr;
  // Called every 100 ms, whether reports come or not.
  std::function<void()> tick{};
  std::optional<Nanos> patience{};  // when it has run out, as with `interrupted`
};

// Which events are meant.
struct EventChoice {
  std::vector<std::pair<std::string, std::string>> filters{};  // NAME, VALUE each
  std::optional<Wall> since{}, until{};
};

class EngineClient {
 public:
  // NAME, VALUE each.
  using Filters = std::vector<std::pair<std::string, std::string>>;
  explicit EngineClient(std::string socket_path);
  EngineClient(const EngineClient&) = delete;
  EngineClient& operator=(const EngineClient&) = delete;
  ~EngineClient();

  // False when nothing listens there.
  [[nodiscard]] static bool answers(const std::string& socket_path);

  // Runs a project's verb; `report` sees every report but a failure. Returns whether anything was changed; throws the failure.
  bool run(const api::ProjectRequest& request, const std::function<void(const api::Report&)>& report,
           const Waiting& waiting = {});
  std::vector<model::Container> containers(const std::string& project, bool all);
  // The running replica of a service with this number, the first one for 0; nothing when there is none.
  std::optional<model::Container> replica(const std::string& project, const std::string& service, int number);
  std::vector<std::string> projects();
  // Calls `each` for every record until the stream ends, `each` returns false, or `interrupted` becomes true (which throws);
  // `pause` whenever all that has come so far was given to `each`.
  void logs(const api::LogRequest& request, const std::function<bool(const api::LogFrame&)>& each,
            const std::function<void()>& pause, const std::atomic<bool>* interrupted = nullptr);
  // Calls `each` for every event, the oldest first, until the stream ends, `each` returns false, or `interrupted` becomes true (which
  // throws).
  void events(const EventChoice& choice, const std::function<bool(const model::Event&)>& each,
              const std::atomic<bool>* interrupted = nullptr);
  // `event` sees everything but a failure, which is thrown. The archive of a spec that wants one is `first` and then everything up to the
  // end of `rest`, where that is valid.
  api::BuildDone build(const api::BuildRequest& request, std::string_view first, BorrowedFd rest,
                       const std::function<void(const api::BuildEvent&)>& event, const Waiting& waiting = {});
  // The mistakes of the Dockerfile, a line each.
  std::string check_build(const api::BuildRequest& request, std::string_view first, BorrowedFd rest,
                          const Waiting& waiting = {});
  std::vector<api::BuildCacheEntry> build_cache();
  api::BuildPruned prune_build_cache(const api::BuildPrune& prune);
  // The last builds, the newest first.
  std::vector<api::BuildRecord> build_history();
  // Of whole ids, or of all that have ended; the ids that were forgotten.
  std::vector<std::string> forget_builds(const std::vector<std::string>& ids, bool all);
  // Of a container that runs, with the columns that ps shows for these arguments; none: those of `ps -ef`.
  api::ProcessTable processes(const std::string& container, const std::string& ps_arguments = {});
  void start_container(const std::string& container);
  // What has an answer without a body: "pause", "stop?t=5", "rename?name=x".
  void command(const std::string& container, const std::string& verb_and_query);
  void remove_container(const std::string& container, bool force, bool volumes);
  // Its exit code, once it does not run.
  int wait_for_container(const std::string& container);
  // As Docker's API has them: of all projects and of none, the newest first, `limit` of them unless that is negative; and one.
  std::string list_containers(bool all, int limit, bool size, const Filters& filters);
  std::string inspect_container(const std::string& container, bool size);
  // The answer to a GET request of Docker's API, as it is.
  std::string get(const std::string& target);
  // `creation` and `change` are the bodies that Docker's API takes; the answers are as they are.
  std::string create_container(const std::string& name, const std::string& platform, const std::string& creation);
  std::string update_container(const std::string& container, const std::string& change);
  // What GET .../logs answers to `query`, in pieces: frames (stream_frames.h), or plain bytes of a container with a terminal. Throws
  // when `interrupted` becomes true.
  void container_logs(const std::string& container, const std::string& query,
                      const std::function<void(std::string_view)>& piece,
                      const std::atomic<bool>* interrupted = nullptr);
  void resize_container(const std::string& container, std::uint16_t rows, std::uint16_t columns);
  // What a container uses now, without a sample before it.
  api::ContainerFigures figures(const std::string& container);
  // Of all projects and of none, the newest first; `all`: also those that do not run.
  std::vector<std::string> container_ids(bool all);
  api::ContainerRemoval prune_containers(const Filters& filters);
  // `signal` by name or number.
  void kill(const std::string& container, const std::string& signal);
  // Sends everything from `archive` up to its end.
  model::Image import_image(BorrowedFd archive, const api::ImportOptions& options, const Sending& sending = {});
  // Of an archive at a web address, which the engine fetches.
  model::Image import_image_from(const std::string& url, const api::ImportOptions& options);
  std::vector<model::Image> images();
  // `report` sees every report but the last. Returns whether anything was changed; throws the failure.
  bool pull(const api::PullRequest& request, const std::function<void(const api::Report&)>& report,
            const Waiting& waiting = {});
  bool push(const api::PullRequest& request, const std::function<void(const api::Report&)>& report,
            const Waiting& waiting = {});
  // Sends everything from `archive` up to its end; a line for each image.
  std::vector<std::string> load_images(BorrowedFd archive, const std::string& platform, const Sending& sending = {});
  // Writes an archive of these to `to`.
  void save_images(const std::vector<std::string>& names, BorrowedFd to);
  // Writes the root file system to `to`, as a tar.
  void export_image(const std::string& name, BorrowedFd to);
  void export_container(const std::string& container, BorrowedFd to);

  // --- files of containers, which are meant by their names or ids (file_client.cc) ---
  // What is at the path; nothing for what cannot be looked at, which is what reading and writing there then says.
  std::optional<api::PathStat> path_stat(const std::string& container, const std::string& path);
  // Writes an archive of what is at the path to `to`; `begin` is told of it first. Throws also when the archive is incomplete.
  void read_files(const std::string& container, const std::string& path,
                  const std::function<void(const api::PathStat&)>& begin, BorrowedFd to);
  struct FilesTarget {
    std::string container, folder;
    bool keep_kind = false, users_owner = false;  // as of api::ArchiveUpload
  };
  // Sends everything from `archive` up to its end, which is unpacked in the folder.
  void write_files(const FilesTarget& target, BorrowedFd archive);
  // Folders with all that is in them; what is missing is no failure.
  void remove_files(const std::string& container, const std::vector<std::string>& paths);
  std::vector<api::FileChange> changes(const std::string& container);
  std::string commit(const api::CommitRequest& request);  // the image's id; a configuration of its own is not sent

  // What registries say; a reference that they refuse is among the errors.
  // Of a repository of a registry.
  std::vector<std::string> tags(const api::TagsRequest& request);
  api::ImageDigests image_digests(const api::DigestRequest& request);
  api::Artifact artifact(const api::ArtifactRequest& request);
  // `report` sees every report but the last; throws the failure.
  void push_artifact(const api::ArtifactPush& push, const std::function<void(const api::Report&)>& report,
                     const Waiting& waiting = {});
  void login(const std::string& registry, const model::Credentials& credentials);
  api::ImageDetails inspect_image(const std::string& name, const std::string& platform = {});
  bool image_has_program(const std::string& name, const std::string& program);
  model::Image tag_image(const std::string& name, const std::string& new_name);
  api::ImageRemoval remove_images(const std::vector<std::string>& names, bool force);
  api::ImageRemoval prune_images(const api::ImageFilter& filter);
  api::DiskUsage disk_usage();
  std::vector<model::Volume> volumes(const Filters& filters);
  model::Volume create_volume(const model::VolumeSpec& spec);
  model::Volume inspect_volume(const std::string& name);
  void remove_volume(const std::string& name, bool force);
  api::VolumeRemoval prune_volumes(const Filters& filters);

  std::vector<model::Network> networks(const Filters& filters);
  std::string create_network(const model::NetworkSpec& spec);  // its id
  api::NetworkView inspect_network(const std::string& name);
  void remove_network(const std::string& name);
  void connect_network(const std::string& network, const api::NetworkJoin& join);
  void disconnect_network(const std::string& network, const api::NetworkLeave& leave);
  std::vector<std::string> prune_networks(const Filters& filters);  // the names of the removed ones
  std::vector<std::string> check_images();
  api::SystemInfo info();
  // What stays behind, in words.
  std::vector<std::string> shutdown();

 private:
  class Connection;
  // Gives all reports of an answer but the last to `report`, and that one back.
  static api::Done read_reports(Connection& connection, const std::function<void(const api::Report&)>& report);
  // `remedy`: of an archive that ends too early.
  void receive_tar(const std::string& target, BorrowedFd to, const char* remedy);
  static void take_tar(Connection& connection, const std::function<void(std::string_view)>& write, const char* remedy);
  std::string ask(std::string_view method, const std::string& target, std::string_view body = {});
  std::string socket_path_;
};

}  // namespace stack::client
