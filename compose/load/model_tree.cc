#include "compose/load/model_tree.h"

#include <algorithm>
#include <utility>

#include "base/path_text.h"
#include "compose/check/rules.h"
#include "compose/check/schema.h"
#include "compose/load/defaults_pass.h"
#include "compose/load/document.h"
#include "compose/load/env_files.h"
#include "compose/load/extends_pass.h"
#include "compose/load/interpolate_pass.h"
#include "compose/load/merge.h"
#include "compose/load/remote_files.h"
#include "compose/source/origin.h"

namespace stack::compose {
namespace {

constexpr std::size_t kMaxIncludeDepth = 100;
constexpr const char* kResources[] = {"services", "networks", "volumes", "secrets", "configs", "models"};

class ModelLoader {
 public:
  ModelLoader(LoadContext& context, const std::string& main_file) : context_(context), chain_{main_file} {}

  // `reader_dir` is the folder of the model that includes this one, if one does.
  Node load(const ModelSource& source, const std::string& reader_dir, std::vector<std::vector<Node>>* documents) {
    Node model = Node::of_mapping();
    for (std::size_t i = 0; i < source.files.size(); ++i) {
      auto parts =
          documents != nullptr ? std::move((*documents)[i]) : read_documents(source.files[i], context_, named_by_);
      for (auto& document : parts) {
        if (!prepare_document(document, source.variables, context_)) continue;
        apply_includes(document, source);
        apply_extends(document, source.dir, source.variables, context_);
        model = merge_trees(std::move(model), std::move(document), compose_file(), Path{}, context_);
      }
    }
    strip_tags(model);
    unify_lists(model, compose_file());
    check_nulls(model, compose_file(), Path{}, context_.diagnostics);
    check_rules(model, !context_.interpolate, context_.diagnostics);
    apply_defaults(model);
    if (Node* services = model.find("services")) {
      for (auto& [name, service] : services->entries) resolve_service_paths(service, source.dir, reader_dir, context_);
    }
    resolve_file_paths(model, source.dir, reader_dir, context_);
    // A tree that is only printed never holds what variables hold.
    if (context_.interpolate) {
      resolve_environment(model, source.variables);
      resolve_contents(model, source.variables);
    }
    return model;
  }

 private:
  void apply_includes(Node& document, const ModelSource& source) {
    Node* include = document.find("include");
    if (include == nullptr) return;
    const Node entries = std::move(*include);
    document.erase("include");
    Node included = Node::of_mapping();
    for (std::size_t i = 0; i < entries.items.size(); ++i) {
      Node model = load_entry(entries.items[i], i, source);
      Node resources = Node::of_mapping();
      for (const char* kind : kResources) {
        if (Node* found = model.find(kind)) {
          add_origin_below(*found, step_at(OriginKind::include, entries.items[i]));
          resources.at(kind) = std::move(*found);
        }
      }
      // What was included before wins over this.
      included = merge_trees(std::move(resources), std::move(included), compose_file(), Path{}, context_);
    }
    document = merge_trees(std::move(included), std::move(document), compose_file(), Path{}, context_);
  }

  Node load_entry(const Node& entry, std::size_t index, const ModelSource& parent) {
    const Path include{kRoot, "include"}, here{include, index};
    const Node* paths = entry.find("path");
    if (paths == nullptr || paths->items.empty()) {
      context_.error("missing_key", "the key \"path\" is missing", here, entry);
      return Node::of_mapping();
    }
    ModelSource source;
    for (const auto& path : paths->items) {
      const NamedBy named_by{path, here};
      auto file = find_file(path.text, parent.dir, parent.variables, &named_by, context_);
      if (!file) return Node::of_mapping();
      source.files.push_back(std::move(*file));
    }
    if (!enter(source.files.front(), entry, here)) return Node::of_mapping();
    const Node* dir = entry.find("project_directory");
    source.dir = dir != nullptr ? absolute_path(parent.dir, dir->text) : parent_path(source.files.front());
    source.variables = parent.variables;
    if (const Node* files = entry.find("env_file"); files != nullptr) {
      const Path its_path{here, "env_file"};
      for (const auto& file : files->items) {
        if (file.text == "/dev/null") continue;
        overlay(source.variables, absolute_path(parent.dir, file.text), parent.variables, false, {file, its_path});
      }
    } else {
      overlay(source.variables, source.dir + "/.env", parent.variables, true, {entry, here});
    }
    const NamedBy named_by{entry, here};
    const NamedBy* outer = std::exchange(named_by_, &named_by);
    Node model = load(source, parent.dir, nullptr);
    named_by_ = outer;
    chain_.pop_back();
    return model;
  }

  // Later files win over earlier ones, and the parent's variables over all.
  void overlay(Variables& variables, const std::string& path, const Variables& parent, bool optional,
               const NamedBy& named_by) {
    const Variables read = read_env_file(path, {parent, variables}, optional, &named_by, context_);
    for (const auto& [name, value] : read) {
      if (!parent.contains(name)) variables.take(name, read);
    }
  }

  bool enter(const std::string& file, const Node& entry, const Path& here) {
    if (std::ranges::find(chain_, file) != chain_.end() || chain_.size() >= kMaxIncludeDepth) {
      std::string all;
      for (const auto& step : chain_) all += shown_path(context_.shown_from, step) + " -> ";
      context_.error("include_cycle", "files include each other: " + all + shown_path(context_.shown_from, file), here,
                     entry);
      return false;
    }
    if (++context_.includes > LoadContext::kMaxIncludes) {
      if (context_.includes == LoadContext::kMaxIncludes + 1) {
        context_.error("too_large", "files include each other too many times", here, entry);
      }
      return false;
    }
    chain_.push_back(file);
    return true;
  }

  LoadContext& context_;
  std::vector<std::string> chain_;
  const NamedBy* named_by_ = nullptr;
  static inline const Path kRoot;
};

}  // namespace

Node load_model_tree(const ModelSource& source, std::vector<std::vector<Node>>* documents, LoadContext& context) {
  return ModelLoader{context, source.files.front()}.load(source, source.dir, documents);
}

}  // namespace stack::compose
