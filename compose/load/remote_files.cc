#include "compose/load/remote_files.h"

#include "base/path_text.h"
#include "compose/load/discover.h"
#include "compose/remote/remote_reference.h"

namespace stack::compose {
namespace {

bool falsehood(std::string_view text) {
  return text == "0" || text == "f" || text == "F" || text == "false" || text == "False" || text == "FALSE";
}

Diagnostic& report(std::string code, std::string message, const std::string& text, const NamedBy* named_by,
                   LoadContext& context) {
  if (named_by != nullptr) return context.error(std::move(code), text + ": " + message, named_by->path, named_by->node);
  return context.file_error(std::move(code), std::move(message), text);
}

}  // namespace

std::optional<std::string> find_file(const std::string& text, const std::string& base_dir, const Variables& variables,
                                     const NamedBy* named_by, LoadContext& context) {
  auto reference = text == "-" ? std::nullopt : parse_remote(text);
  const bool by_path = reference && reference->transport == "file" && reference->url.find("://") == std::string::npos;
  if (by_path) {
    // A repository is a folder; what is none is a file of that name.
    reference->url = absolute_path(base_dir, reference->url);
    if (context.files.status(reference->url) != FileStatus::folder) reference.reset();
  }
  if (!reference) return text == "-" ? text : absolute_path(base_dir, text);
  if (!reference->problem.empty()) {
    report("bad_reference", reference->problem, text, named_by, context);
    return std::nullopt;
  }
  const bool oci = reference->kind == RemoteKind::oci;
  const std::string name = oci ? "EXPERIMENTAL_OCI_REMOTE" : "EXPERIMENTAL_GIT_REMOTE";
  if (falsehood(setting(variables, name))) {
    report("remote_disabled",
           std::string{"files of "} + (oci ? "registries" : "git repositories") + " are switched off", text, named_by,
           context)
        .remedy = "COMPOSE_" + name + " says so";
    return std::nullopt;
  }
  const auto fetched = context.files.fetch(*reference);
  if (fetched.path.empty()) {
    report("unreachable_file", fetched.reason, text, named_by, context).remedy = fetched.remedy;
    return std::nullopt;
  }
  if (context.files.status(fetched.path) != FileStatus::folder) return fetched.path;
  auto main = main_file_in(fetched.path, context.files);
  if (main.empty())
    report("no_file", oci ? "there is no Compose file in it" : "there is no Compose file in this repository", text,
           named_by, context);
  return main.empty() ? std::nullopt : std::optional{std::move(main)};
}

}  // namespace stack::compose
