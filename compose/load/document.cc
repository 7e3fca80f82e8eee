#include "compose/load/document.h"

#include "base/path_text.h"
#include "compose/check/schema.h"
#include "compose/load/canonical.h"
#include "compose/load/interpolate_pass.h"
#include "compose/load/latent.h"
#include "compose/load/repeats.h"
#include "compose/remote/remote_reference.h"
#include "compose/source/yaml_reader.h"

namespace stack::compose {

std::vector<Node> read_documents(const std::string& path, LoadContext& context, const NamedBy* named_by) {
  const std::string shown = shown_path(context.shown_from, path);
  auto content = context.files.read(path);
  if (content.status != FileStatus::ok) {
    const std::string why = content.status == FileStatus::missing  ? "there is no such file"
                            : content.status == FileStatus::folder ? "it is a folder"
                                                                   : content.reason;
    const std::string message = "cannot read " + shown + ": " + why;
    if (named_by != nullptr) {
      context.error("unreadable_file", message, named_by->path, named_by->node).remedy = content.remedy;
    } else {
      context.file_error("unreadable_file", "cannot read this file: " + why, shown).remedy = content.remedy;
    }
    return {};
  }
  auto parsed = read_yaml(content.text, shown);
  for (auto& it : parsed.diagnostics) context.diagnostics.push_back(std::move(it));
  std::erase_if(parsed.documents, [](const Node& document) { return document.is(Kind::null); });
  return std::move(parsed.documents);
}

bool resolve_document(Node& document, const Variables& variables, LoadContext& context) {
  const Path root;
  if (!document.is(Kind::mapping)) {
    context
        .error("wrong_type", "a Compose file must be a mapping, not " + std::string{describe(document.kind)}, root,
               document)
        .remedy = "begin with services:";
    return false;
  }
  if (context.interpolate) interpolate_tree(document, root, variables, context);
  prepare_tags(document);
  return true;
}

void prepare_service(Node& service, const std::string& name, LoadContext& context) {
  const Path root, services{root, "services"}, path{services, name};
  check_shape(service, compose_service(), path, {.unresolved_variables = !context.interpolate, .nulls_are_later = true},
              context.diagnostics);
  canonicalise(service, compose_service(), path, context);
  warn_of_repeats(service, compose_service(), path, context);
}

bool prepare_document(Node& document, const Variables& variables, LoadContext& context) {
  const Path root;
  if (!resolve_document(document, variables, context)) return false;
  if (Node* version = document.find("version")) {
    auto& found =
        context.warning("obsolete", "this key is obsolete and has no effect", Path{root, "version"}, *version);
    found.place = version->key_place();
    found.remedy = "remove it";
    document.erase("version");
  }
  if (context.latent) note_latent(document, compose_file(), root, context);
  check_shape(document, compose_file(), root, {.unresolved_variables = !context.interpolate, .nulls_are_later = true},
              context.diagnostics);
  canonicalise(document, compose_file(), root, context);
  warn_of_repeats(document, compose_file(), root, context);
  return true;
}

namespace {

class PathResolver {
 public:
  PathResolver(const std::string& base, const std::string& reader, const LoadContext& context)
      : base_(base), reader_(reader), context_(context) {}

  // The folder of a volume, where an empty one is the project's.
  void device(Node* node) const {
    if (node != nullptr && node->is(Kind::string) && node->text.empty()) node->text = ".";
    text(node);
  }

  void text(Node* node) const {
    if (node == nullptr || !node->is(Kind::string) || node->text.empty()) return;
    if (!context_.interpolate && node->text.find('$') != std::string::npos) return open_text(*node);
    std::string path = node->text;
    if (path.starts_with('/')) return;  // not even cleaned: ".." may lead through a link
    if (!context_.home.empty() && (path == "~" || path.starts_with("~/"))) path = context_.home + path.substr(1);
    node->text = absolute_path(base_, path);
    if (!context_.resolve_paths && !path.starts_with('/')) node->text = relative_path(reader_, node->text);
  }

  // A path whose variables are not known yet: one that begins with a variable may be absolute, and what stands before a
  // ".." may be several folders.
  void open_text(Node& node) const {
    std::string path = node.text;
    if (path.starts_with('/') || path.starts_with('$') || path.starts_with('~')) return;
    while (path.starts_with("./")) path.erase(0, 2);
    if (context_.resolve_paths) node.text = base_ + "/" + path;
  }

  // Every attribute that the table calls a path.
  void table(Node& node, const Attribute& attribute) const {
    if (attribute.path_value) text(&node);
    if (attribute.item) {
      for (auto& item : node.items) table(item, *attribute.item);
    }
    for (auto& [key, value] : node.entries) {
      if (const Attribute* member = attribute.member(key)) table(value, *member);
    }
  }

  void build(Node* build) const {
    if (build == nullptr) return;
    if (Node* where = build->find("context"); where != nullptr && !is_remote(where->text)) text(where);
    if (Node* more = build->find("additional_contexts")) {
      for (auto& [name, value] : more->entries) {
        const bool other = value.text.starts_with("service:") || is_remote(value.text);
        if (!other) text(&value);
      }
    }
    if (Node* keys = build->find("ssh")) {
      for (auto& [id, value] : keys->entries) text(&value);
    }
  }

  void mounts(Node* volumes) const {
    if (volumes == nullptr) return;
    for (auto& mount : volumes->items) {
      if (mount.is(Kind::string) && mount.text.starts_with('.')) open_text(mount);  // a short form with variables
      const Node* type = mount.find("type");
      if (type != nullptr && type->text == "bind") text(mount.find("source"));
    }
  }

 private:
  const std::string& base_;
  const std::string& reader_;
  const LoadContext& context_;
};

}  // namespace

void resolve_service_paths(Node& service, const std::string& base_dir, const std::string& reader_dir,
                           const LoadContext& context) {
  if (!context.resolve_paths && base_dir == reader_dir) return;
  const PathResolver resolver{base_dir, reader_dir, context};
  resolver.table(service, compose_service());
  resolver.build(service.find("build"));
  resolver.mounts(service.find("volumes"));
}

void resolve_file_paths(Node& file, const std::string& base_dir, const std::string& reader_dir,
                        const LoadContext& context) {
  if (!context.resolve_paths && base_dir == reader_dir) return;
  const PathResolver resolver{base_dir, reader_dir, context};
  for (const char* kind : {"secrets", "configs"}) {
    if (Node* objects = file.find(kind)) resolver.table(*objects, *compose_file().member(kind));
  }
  Node* volumes = file.find("volumes");
  if (volumes == nullptr) return;
  for (auto& [name, volume] : volumes->entries) {
    const Node* driver = volume.find("driver");
    Node* options = volume.find("driver_opts");
    if (driver == nullptr || driver->text != "local" || options == nullptr) continue;
    if (const Node* mode = options->find("o"); mode != nullptr && mode->text == "bind")
      resolver.device(options->find("device"));
  }
}

}  // namespace stack::compose
