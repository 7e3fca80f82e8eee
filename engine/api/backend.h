// What the API needs of the engine, as narrow interfaces: the daemon satisfies them. All calls come and answer on the loop's
// thread; answers come by callback, exactly once, possibly before the call returns.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/enum_words.h"
#include "base/error.h"
#include "base/model/build_spec.h"
#include "base/model/container_state.h"
#include "base/model/credentials.h"
#include "base/model/image_config.h"
#include "base/model/one_off.h"
#include "base/model/volume_spec.h"
#include "base/unique_fd.h"
#include "engine/api/byte_stream.h"
#include "engine/api/report.h"
#include "engine/api/revision.h"
#include "engine/api/verb.h"

namespace stack::api {

template <class T>
using Answer = std::function<void(std::variant<T, Error>)>;

// --- projects --------------------------------------------------------------------------------------------------------
// Which images a `down` removes as well: none, those without a name of their own, all that services use.
enum class ImageScope { none, local, all };
constexpr auto words_of(ImageScope) {
  using enum ImageScope;
  return std::array{Word{none, "none"}, Word{local, "local"}, Word{all, "all"}};
}

struct ProjectRequest {
  Verb verb = Verb::up;
  std::string project;                // name
  std::string resolved;               // wire form of the project; empty: what the engine remembers, or only containers
  std::vector<std::string> services;  // targets
  std::map<std::string, int> scale;
  std::optional<Nanos> timeout;
  bool no_deps = false, force_recreate = false, no_recreate = false, always_recreate_deps = false,
       renew_volumes = false;
  bool remove_orphans = false, ignore_orphans = false, no_start = false, wait = false, volumes = false;
  ImageScope rmi = ImageScope::none;
  std::string signal;       // kill: by name or number; empty: SIGKILL
  bool stop_first = false;  // rm: also those that run
  bool dry_run = false;     // only report the plan
  // Who asks, for others that wait and for the project's revisions, by the kernel's word. Never part of the body.
  std::int32_t client_pid = 0;   // 0: not known
  std::int64_t client_uid = -1;  // -1: not known
  int parallel = 0;              // 0: the engine's own bound
  std::string pull;              // instead of each service's pull_policy
  bool quiet_pull = false;
  std::string platform;                     // of services that do not say it
  std::vector<model::ProjectBuild> builds;  // of an `up`: what can be built, each after those that it needs
  bool build = false, no_build = false;     // build all of them; none
  std::optional<model::OneOff> one_off;     // of a `run`, which is an `up` of what its service depends on besides
  model::CredentialsByRegistry credentials;
};

class ProjectBackend {
 public:
  virtual ~ProjectBackend() = default;
  // Reports until a failure or done, which is the last. Requests for one project wait for each other. The returned function
  // cancels what is under way; calling it after the end does nothing.
  virtual std::function<void()> run(ProjectRequest request, std::function<void(const Report&)> report) = 0;
  // Containers of a project, ordered by name; `all` includes those that do not run.
  virtual std::vector<model::Container> containers(const std::string& project, bool all) = 0;
  virtual std::vector<std::string> projects() = 0;
  // The plans that were applied to the project, the newest first, without their models; of a project without any, none.
  virtual void revisions(std::string project, Answer<std::vector<Revision>> answer) = 0;
  // One of them with its model; fails with not_found.
  virtual void revision(std::string project, std::int64_t number, Answer<Revision> answer) = 0;
  // Whether a request is under way or waiting. When the last one ends, an event of type project, action idle, is published.
  [[nodiscard]] virtual bool busy(const std::string& project) const = 0;
};

// --- logs ------------------------------------------------------------------------------------------------------------
struct LogRequest {
  std::string project;
  std::string container{};            // an id: only of this one, whatever its project
  std::vector<std::string> services;  // empty: all that do not say attach: false
  int index = 0;                      // only this replica; 0: all
  bool follow = false;
  bool details = false;               // tell each source's attributes as well
  bool lifecycle = false;             // with follow: also tell starts and exits, and end when nothing is left to follow
  std::vector<std::string> decisive;  // with follow: end when these services have ended; empty: when all have
  std::optional<std::uint64_t> tail;  // lines per container; unset: all
  std::optional<Wall> since, until;
};

class LogBackend {
 public:
  virtual ~LogBackend() = default;
  // Writes log_frame records into `out` and finishes it.
  virtual void logs(LogRequest request, std::shared_ptr<ByteStream> out) = 0;
};

// --- containers ------------------------------------------------------------------------------------------------------
struct ExecRequest {
  std::string container;  // id or name
  std::vector<std::string> argv, env;
  std::string user, working_dir;
  bool tty = false, privileged = false, detach = false, stdin_open = true;
  std::uint16_t rows = 0, columns = 0;
};

// A process under way, as the API drives it.
class ExecProcess {
 public:
  virtual ~ExecProcess() = default;
  // Bytes for the process's stdin; end() closes it.
  virtual void input(std::string_view bytes) = 0;
  virtual void end_input() = 0;
  virtual void resize(std::uint16_t rows, std::uint16_t columns) = 0;
  // On the host; 0: not known.
  [[nodiscard]] virtual std::int32_t pid() const { return 0; }
  // What `congested` says may have changed to false: the client has taken what was on the way, or has gone.
  virtual void output_taken() = 0;
  // The client is gone for good.
  virtual void client_gone() { output_taken(); }
};
struct ExecEvents {
  std::function<void(int stream, std::string bytes)> on_output;  // 1 stdout, 2 stderr
  std::function<void(int exit_code)> on_exit;                    // after the last output
  std::function<bool()> congested;                               // output is read only while this is false
  std::function<void(bool)> want_input;                          // false: the process does not read; stop sending
};

class ContainerBackend {
 public:
  virtual ~ContainerBackend() = default;
  // Throws not_found, conflict (it does not run).
  virtual void exec(ExecRequest request, ExecEvents events, Answer<std::shared_ptr<ExecProcess>> answer) = 0;
};

// --- images and the engine itself ------------------------------------------------------------------------------------
struct ImportOptions {
  std::string reference, message;
  std::string platform;  // empty: this machine's
  std::vector<std::string> changes;
};

struct ImagePull {
  std::string name;  // how reports call it: the services that want it ("api, web"), or the reference
  std::string reference;
  std::string platform;  // empty: this machine's
  std::string policy;    // Compose's pull_policy
  std::string place;     // "compose.yaml:3:12: services.web.image", for messages; may be empty
};
struct PullRequest {
  std::vector<ImagePull> images;
  model::CredentialsByRegistry credentials;
  bool ignore_failures = false;
};

struct DigestRequest {
  std::vector<std::string> references;  // as the user writes them
  model::CredentialsByRegistry credentials;
};
struct ImageDigests {
  std::map<std::string, std::string> digests;  // by reference
  std::map<std::string, Error> errors;         // of the others
};

struct TagsRequest {
  std::string reference;  // a repository, as the user writes it
  model::CredentialsByRegistry credentials;
};

struct ArtifactRequest {
  std::string reference;
  std::string type;  // which one of an index; empty: any
  model::CredentialsByRegistry credentials;
};
// What a registry has and is no image.
struct Artifact {
  struct Layer {
    std::string media_type, content;
    std::map<std::string, std::string> annotations;
  };
  std::string digest, type;
  std::vector<Layer> layers;
};

// An artifact that goes to a registry.
struct ArtifactPush {
  std::string reference;    // with a tag
  std::string type;         // its artifactType
  std::string config_type;  // what says the type in OCI 1.0: the media type of the empty configuration
  std::string oci_version;  // "1.0" or "1.1"; empty: 1.1, and 1.0 where the registry does not take that
  std::vector<Artifact::Layer> layers;
  std::map<std::string, std::string> annotations;  // of what points to it
  std::vector<std::string> images;                 // copied to the same repository, and in an index that belongs to it
  bool insecure = false;  // its registry may be reached without encryption or a trusted certificate
  model::CredentialsByRegistry credentials;
};

struct ImageStep {
  Wall created{};
  std::string created_by, comment;
  std::uint64_t size_bytes = 0;  // of the layer that it made
  bool operator==(const ImageStep&) const = default;
};
struct ImageDetails {
  model::Image image;
  std::vector<ImageStep> history;       // the newest first
  std::vector<std::string> containers;  // ids of those that use it
  std::vector<std::string> layers;      // folders of its layers, the topmost first
};
struct ImageRemoval {
  std::vector<std::string> untagged, deleted;
  std::uint64_t freed_bytes = 0;
  std::vector<Error> errors;
};
struct ImageFilter {
  bool all = false;                             // also those with names that no container uses
  std::optional<Wall> until;                    // made before
  std::vector<std::string> labels, not_labels;  // "name" or "name=value"; all of them
};
struct ImageUsage {
  std::uint64_t images = 0, used_images = 0;
  std::uint64_t layer_bytes = 0, unused_layer_bytes = 0;  // unpacked; what no container needs
  std::uint64_t blob_bytes = 0;                           // as they came from registries and archives
};
struct DiskUsage {
  struct Image {
    std::uint64_t bytes = 0, shared_bytes = 0;  // unpacked; of them in layers that other images have as well
    std::uint64_t containers = 0;
  };
  struct Volume {
    std::uint64_t bytes = 0, containers = 0;
  };
  ImageUsage images;
  std::map<std::string, Image> by_image;  // by id
  std::vector<model::Container> containers;
  std::map<std::string, std::uint64_t> container_bytes;  // by id: what each has changed of its image's files
  std::map<std::string, Volume> volumes;                 // by name
};

class ImageBackend {
 public:
  virtual ~ImageBackend() = default;
  // Reports until a failure or done, which is the last. The returned function cancels what is under way.
  virtual std::function<void()> pull(PullRequest request, std::function<void(const Report&)> report) = 0;
  // The same for the other way; policies and platforms do not matter.
  virtual std::function<void()> push(PullRequest request, std::function<void(const Report&)> report) = 0;
  // What the registries say that these lead to; nothing is pulled.
  virtual void digests(DigestRequest request, Answer<ImageDigests> answer) = 0;
  // All tags of the repository.
  virtual void tags(TagsRequest request, Answer<std::vector<std::string>> answer) = 0;
  // All of it, verified; nothing is kept.
  virtual void artifact(ArtifactRequest request, Answer<Artifact> answer) = 0;
  // Reports until a failure or done, which is the last. The returned function cancels what is under way.
  virtual std::function<void()> push_artifact(ArtifactPush push, std::function<void(const Report&)> report) = 0;
  // Shows the credentials to the registry.
  virtual void login(std::string registry, model::Credentials credentials, Answer<bool> answer) = 0;
  virtual void import(UniqueFd archive, ImportOptions options, Answer<model::Image> answer) = 0;
  // The same of an archive at a web address, which the engine fetches.
  virtual void import_from(std::string url, ImportOptions options, Answer<model::Image> answer) = 0;
  // Of an archive with images; the answer has a line for each, as Docker's clients expect.
  virtual void load(UniqueFd archive, std::string platform, Answer<std::vector<std::string>> answer) = 0;
  // An archive of these. Throws not_found before it calls `open`.
  virtual void save(std::vector<std::string> names, std::function<std::shared_ptr<ByteStream>()> open) = 0;
  // An archive of one image, which loads under these names and no other. Throws as save() does, and invalid for a name that is none.
  virtual void save_image(const std::string& id, const std::vector<std::string>& names,
                          std::function<std::shared_ptr<ByteStream>()> open) = 0;
  // The root file systems of an image and of a container, running or not; of volumes only the folders. They throw not_found before
  // they call `open`.
  virtual void export_image(const std::string& name, std::function<std::shared_ptr<ByteStream>()> open) = 0;
  virtual void export_container(const std::string& name, std::function<std::shared_ptr<ByteStream>()> open) = 0;
  virtual std::vector<model::Image> images() = 0;
  // Of how many containers each image is that has any, by its id.
  virtual std::map<std::string, int> containers_by_image() = 0;
  // Throws not_found, also when the image is for another platform than `platform`, unless that is empty.
  virtual ImageDetails inspect(const std::string& name, const std::string& platform) = 0;
  // Whether the image could run a program of this name or absolute path. Throws not_found.
  virtual bool has_program(const std::string& name, const std::string& program) = 0;
  virtual void tag(std::string name, std::string new_name, Answer<model::Image> answer) = 0;
  // Each name by itself: what cannot be removed is among the errors, the others go.
  virtual void remove(std::vector<std::string> names, bool force, Answer<ImageRemoval> answer) = 0;
  virtual void prune(ImageFilter filter, Answer<ImageRemoval> answer) = 0;
  // Reads all folders of containers and volumes.
  virtual void usage(Answer<DiskUsage> answer) = 0;
  // One line for each thing that is damaged.
  virtual void check(Answer<std::vector<std::string>> answer) = 0;
};

// --- volumes ---------------------------------------------------------------------------------------------------------
struct VolumeFilter {
  std::vector<std::string> names, drivers;      // parts of names, whole drivers; one of each has to fit
  std::vector<std::string> labels, not_labels;  // "name" or "name=value"; all have to be there, none of the others
  std::optional<bool> dangling;                 // whether no container has it
  bool all = false;                             // prune: named ones as well
};
struct VolumeRemoval {
  std::vector<std::string> deleted;
  std::uint64_t freed_bytes = 0;
};

class VolumeBackend {
 public:
  virtual ~VolumeBackend() = default;
  // By name.
  virtual std::vector<model::Volume> volumes(const VolumeFilter& filter) = 0;
  // The volume of this name, or a new one; one without a name is anonymous and gets one. Fails with invalid, unsupported, conflict
  // (it has another driver).
  virtual void create(model::VolumeSpec spec, Answer<model::Volume> answer) = 0;
  // Throws not_found.
  virtual model::Volume inspect(const std::string& name) = 0;
  // Conflict when a container has it; not_found unless `force`. The answer is whether there was one.
  virtual void remove(std::string name, bool force, Answer<bool> answer) = 0;
  // Removes what no container has: anonymous ones, or all.
  virtual void prune(VolumeFilter filter, Answer<VolumeRemoval> answer) = 0;
};

struct SystemInfo {
  std::string version, root, run, tag, kernel, cgroup_version, operating_system, architecture, host_name;
  std::string file_system;  // of the root, as Docker calls it: extfs
  bool apparmor = false;
  std::int64_t pid = 0, processors = 0, memory_bytes = 0;
  std::int64_t containers = 0, running = 0, paused = 0, images = 0, networks = 0, volumes = 0;
  Wall started{};
};

class SystemBackend {
 public:
  virtual ~SystemBackend() = default;
  virtual SystemInfo info() = 0;
  // What would stay behind if the daemon left now, in words.
  virtual std::vector<std::string> remains() = 0;
  // The daemon leaves; containers run on.
  virtual void shutdown() = 0;
};

}  // namespace stack::api
