// The values of `docker build`'s flags, taken apart as buildx does it. The environment and the files that they name come by functions, so
// that all of this can be tested; nothing else is looked at. Throws stack::Error(invalid) for what has another form, and unsupported, with
// what to use instead, for what this engine does not have.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/model/build_spec.h"

namespace stack::cli {

// What values are resolved with. `environment`: nothing when the variable is not set.
struct BuildSurroundings {
  std::function<std::optional<std::string>(const std::string& name)> environment;
  std::function<std::string(const std::string& path)> read;  // throws stack::Error
  std::function<bool(const std::string& path)> is_socket;
};
// Of this process.
BuildSurroundings build_surroundings();

// NAME=VALUE, or NAME with its value in the environment; an argument without either is left out.
std::map<std::string, std::string> build_arguments(const std::vector<std::string>& words,
                                                   const BuildSurroundings& around);
// NAME=VALUE; a name alone has an empty value.
std::map<std::string, std::string> build_labels(const std::vector<std::string>& words);
// id=ID[,type=file|env][,src=PATH|,env=NAME], or ID alone: the variable of that name, else the file.
model::BuildSecret build_secret(const std::string& word, const BuildSurroundings& around);
// default or ID, as it is or with =SOCKET.
model::BuildSsh build_ssh(const std::string& word, const BuildSurroundings& around);
// HOST:ADDRESS or HOST=ADDRESS, with or without brackets, to HOST=ADDRESS.
std::string build_host(const std::string& word);
// TYPE=SOFT[:HARD].
std::pair<std::string, model::Ulimit> build_ulimit(const std::string& word);
// type=registry,ref=REFERENCE, or the reference alone; type=local,src=FOLDER.
model::CachePlace build_cache_from(const std::string& word);
// type=registry,ref=REFERENCE, or the reference alone; type=local,dest=FOLDER; type=inline; each with its mode and form.
model::CacheExport build_cache_to(const std::string& word);
// type=image|docker|oci|local|tar|registry with its parts; "-" and a path are short for tar and local.
struct BuildDestination {
  enum class Kind { image, archive, folder, tar, registry } kind = Kind::image;
  std::string path;  // of an archive, folder or tar; "-": standard output
  std::vector<std::string> names;
  bool operator==(const BuildDestination&) const = default;
};
BuildDestination build_destination(const std::string& word);
// --provenance and --sbom: "false" is fulfilled.
void refuse_attestation(const std::string& flag, const std::string& value);
// network.host and security.insecure.
std::vector<std::string> build_entitlements(const std::vector<std::string>& words);

}  // namespace stack::cli
