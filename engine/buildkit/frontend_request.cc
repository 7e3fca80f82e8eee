#include "engine/buildkit/frontend_request.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <string_view>

#include "base/error.h"
#include "base/split.h"
#include "base/truth.h"

namespace stack::buildkit {
namespace {

constexpr std::string_view kUploadPrefix = "http://buildkit-session/";

Error invalid(const std::string& option, const std::string& value, const std::string& right) {
  return Error{ErrorKind::invalid, "the build option " + option + " is \"" + value + "\": " + right};
}

Error unsupported(const std::string& option, const std::string& value) {
  return Error{ErrorKind::unsupported,
               "the build option " + option + (value.empty() ? "" : " (\"" + value + "\")") + " is not supported"};
}

std::int64_t number(const std::string& option, const std::string& value) {
  std::int64_t result = 0;
  const auto [end, failed] = std::from_chars(value.data(), value.data() + value.size(), result);
  if (value.empty() || failed != std::errc{} || end != value.data() + value.size())
    throw invalid(option, value, "a whole number is meant");
  return result;
}

bool truth(const std::string& option, const std::string& value) {
  if (value.empty()) return false;
  if (const auto parsed = parse_truth(value)) return *parsed;
  throw invalid(option, value, "true or false is meant");
}

// "nofile=1024:2048,nproc=10"
void read_ulimits(const std::string& option, const std::string& value, model::BuildSpec& spec) {
  for (const std::string& each : split_list(value)) {
    const std::size_t equals = each.find('=');
    if (equals == 0 || equals == std::string::npos) throw invalid(option, each, "NAME=SOFT:HARD is meant");
    const std::string limits = each.substr(equals + 1);
    const std::size_t colon = limits.find(':');
    model::Ulimit& limit = spec.ulimits[each.substr(0, equals)];
    limit.soft = number(option, limits.substr(0, colon));
    limit.hard = colon == std::string::npos ? limit.soft : number(option, limits.substr(colon + 1));
  }
}

ContextSource context_of(const std::string& option, const std::string& value) {
  if (value.starts_with(kUploadPrefix)) return ClientUpload{value.substr(kUploadPrefix.size() - 1)};
  if (value.starts_with("local:")) return ClientFolder{value.substr(6), {}};
  if (value.starts_with("input:")) return EarlierResult{value.substr(6)};
  if (value.starts_with("docker-image://")) return model::BuildImage{value.substr(15)};
  if (const auto source = model::source_at(value)) {
    if (const auto* git = std::get_if<model::BuildGit>(&*source)) return *git;
    return std::get<model::BuildUrl>(*source);
  }
  throw unsupported(option, value).remedy("fetch it first, and give the folder");
}

// Which folder lies behind which local name is decided when all options are read.
struct Names {
  std::string context = "context", dockerfile = "dockerfile";
  bool dockerfile_is_own = false;  // it lies in a folder of its own, whatever the context is
  std::map<std::string, std::string> sessions;
};

void set_sessions(FrontendRequest& request, const Names& names) {
  const auto session_of = [&](ClientFolder& folder) {
    const auto found = names.sessions.find(folder.name);
    if (found != names.sessions.end()) folder.session = found->second;
  };
  if (auto* folder = std::get_if<ClientFolder>(&request.context)) session_of(*folder);
  for (auto& [name, source] : request.named_contexts) {
    if (auto* folder = std::get_if<ClientFolder>(&source)) session_of(*folder);
  }
  if (request.dockerfile_folder) session_of(*request.dockerfile_folder);
}

using Take = void (*)(const std::string& option, const std::string& value, FrontendRequest& request, Names& names);

void take_network(const std::string& option, const std::string& value, FrontendRequest& request, Names&) {
  if (value != "host" && value != "none" && value != "sandbox" && !value.empty())
    throw invalid(option, value, "host or none is meant");
  request.spec.network = value == "sandbox" ? "" : value;
}
void take_hosts(const std::string&, const std::string& value, FrontendRequest& request, Names&) {
  request.spec.extra_hosts = split_list(value);
}
void take_platform(const std::string&, const std::string& value, FrontendRequest& request, Names&) {
  request.spec.platforms = split_list(value);
}
void take_no_cache(const std::string&, const std::string& value, FrontendRequest& request, Names&) {
  request.spec.no_cache = value.empty();
  request.spec.no_cache_stages = split_list(value);
}
void take_resolve_mode(const std::string& option, const std::string& value, FrontendRequest& request, Names&) {
  if (value != "pull" && value != "local" && value != "default" && !value.empty())
    throw invalid(option, value, "pull or local is meant");
  request.spec.pull = value == "pull";
}
void take_call(const std::string& option, const std::string& value, FrontendRequest& request, Names&) {
  static constexpr std::string_view kPrefix = "frontend.";
  if (!value.starts_with(kPrefix)) throw unsupported(option, value);
  request.call = value.substr(kPrefix.size());
}
void take_epoch(const std::string& option, const std::string& value, FrontendRequest& request, Names&) {
  if (!value.empty()) request.spec.source_date_epoch = number(option, value);
}
void refuse(const std::string& option, const std::string& value, FrontendRequest&, Names&) {
  if (!value.empty()) throw unsupported(option, value).remedy("leave it out");
}
void take_cache_entries(const std::string&, const std::string& value, FrontendRequest& request, Names&) {
  for (CacheEntry& entry : read_cache_entries(value)) request.add_cache(std::move(entry));
}
void take_cache_references(const std::string&, const std::string& value, FrontendRequest& request, Names&) {
  for (const std::string& reference : split_list(value)) request.add_cache({"registry", {{"ref", reference}}});
}
void refuse_truth(const std::string& option, const std::string& value, FrontendRequest&, Names&) {
  if (truth(option, value)) throw unsupported(option, value).remedy("leave it out");
}
void ignore(const std::string&, const std::string&, FrontendRequest&, Names&) {}

// Table: the options with a name of their own.
const std::map<std::string_view, Take>& takers() {
  static const std::map<std::string_view, Take> kTakers{
      {"filename", [](auto&, const std::string& value, auto& request, Names&) { request.spec.dockerfile = value; }},
      {"target", [](auto&, const std::string& value, auto& request, Names&) { request.spec.target = value; }},
      {"context", [](const std::string& option, const std::string& value, auto& request,
                     Names&) { request.context = context_of(option, value); }},
      {"contextkey", [](auto&, const std::string& value, auto&, Names& names) { names.context = value; }},
      {"dockerfilekey",
       [](auto&, const std::string& value, auto&, Names& names) {
         names.dockerfile = value;
         names.dockerfile_is_own = true;
       }},
      {"shm-size", [](const std::string& option, const std::string& value, auto& request,
                      Names&) { request.spec.shm_size = number(option, value); }},
      {"ulimit", [](const std::string& option, const std::string& value, auto& request,
                    Names&) { read_ulimits(option, value, request.spec); }},
      {"force-network-mode", take_network},
      {"add-hosts", take_hosts},
      {"platform", take_platform},
      {"no-cache", take_no_cache},
      {"image-resolve-mode", take_resolve_mode},
      {"requestid", take_call},
      {"source-date-epoch", take_epoch},
      {"cgroup-parent", refuse},
      {"contextsubdir", refuse},
      {"hostname", refuse},
      {"multi-platform", refuse_truth},
      {"build-arg:BUILDKIT_MULTI_PLATFORM", refuse_truth},
      // Another frontend than ours: `# syntax=` has no effect either, since ours knows the whole language.
      {"build-arg:BUILDKIT_SYNTAX", ignore},
      {"build-arg:BUILDKIT_INLINE_CACHE", ignore},  // comes as an export of the cache as well
      {"cmdline", ignore},
      {"source", ignore},
      {"frontend.caps", ignore},
      {"cache-imports", take_cache_entries},
      {"cache-from", take_cache_references},
      // How the client names its own files in attestations, which are not made.
      {"vcs:localdir:context", ignore},
      {"vcs:localdir:dockerfile", ignore},
      {"vcs:source", ignore},
      {"vcs:revision", ignore},
  };
  return kTakers;
}

bool take_prefixed(const std::string& option, const std::string& value, FrontendRequest& request, Names& names) {
  const auto rest = [&](std::string_view prefix) -> std::optional<std::string> {
    if (!option.starts_with(prefix) || option.size() == prefix.size()) return std::nullopt;
    return option.substr(prefix.size());
  };
  if (const auto name = rest("build-arg:")) {
    request.spec.args[*name] = value;
    if (*name == "SOURCE_DATE_EPOCH") take_epoch(option, value, request, names);
  } else if (const auto label = rest("label:")) {
    request.spec.labels[*label] = value;
  } else if (const auto context = rest("context:")) {
    request.named_contexts[*context] = context_of(option, value);
  } else if (const auto local = rest("local-sessionid:")) {
    names.sessions[*local] = value;
  } else if (option.starts_with("attest:")) {
    if (value != "disabled=true" && !value.starts_with("mode=min,inline-only=true"))
      throw unsupported(option, value).remedy("give --provenance=false --sbom=false");
  } else {
    return option.starts_with("input-metadata:") || option.starts_with("vcs:");
  }
  return true;
}

}  // namespace

void FrontendRequest::add_cache(CacheEntry entry) {
  model::CachePlace place = cache_source_of(std::move(entry));
  if (std::ranges::find(spec.cache_from, place) == spec.cache_from.end()) spec.cache_from.push_back(std::move(place));
}

FrontendRequest read_frontend_request(const Options& options, const std::vector<std::string>& entitlements) {
  FrontendRequest request;
  Names names;
  for (const auto& [option, value] : options) {
    const auto found = takers().find(option);
    if (found != takers().end()) {
      found->second(option, value, request, names);
    } else if (!take_prefixed(option, value, request, names)) {
      request.warnings.push_back("the build option " + option + " is not known and has no effect");
    }
  }
  request.spec.entitlements = entitlements;
  const bool local = std::holds_alternative<ClientFolder>(request.context);
  if (local) request.context = ClientFolder{names.context, {}};
  if (local || names.dockerfile_is_own) request.dockerfile_folder = ClientFolder{names.dockerfile, {}};
  set_sessions(request, names);
  return request;
}

}  // namespace stack::buildkit
