#include "compose/load/extends_pass.h"

#include "base/path_text.h"
#include "compose/load/document.h"
#include "compose/load/merge.h"
#include "compose/load/remote_files.h"
#include "compose/source/origin.h"

namespace stack::compose {
namespace {

constexpr std::size_t kMaxChain = 100;

// The services of one file, and how far each has been resolved.
struct Source {
  std::string file;  // absolute; empty for the document that loading is at
  std::string dir;
  Node* services = nullptr;
  Node own;                     // owns the services of other files, those that were needed so far
  std::vector<Node> documents;  // of another file, as they stand there
  std::map<std::string, Node> resolved;
};

struct Link {
  const Source* source;
  std::string service;
  SourcePlace place;
};

class Extender {
 public:
  Extender(Node& document, const std::string& base_dir, const Variables& variables, LoadContext& context)
      : variables_(variables), context_(context) {
    main_.dir = base_dir;
    main_.services = document.find("services");
  }

  void run() {
    if (main_.services == nullptr) return;
    for (auto& [name, service] : main_.services->entries) {
      if (!extends_of(service)) continue;
      Node whole = resolve(main_, name);
      whole.erase("extends");
      done_.emplace(name, std::move(whole));
    }
    for (auto& [name, service] : done_) main_.services->at(name) = std::move(service);
  }

 private:
  static const Node* extends_of(const Node& service) {
    const Node* extends = service.find("extends");
    return extends != nullptr && extends->is(Kind::mapping) && extends->tag != Tag::reset ? extends : nullptr;
  }

  // The service with everything that it takes over.
  Node resolve(Source& source, const std::string& name) {
    if (const auto known = source.resolved.find(name); known != source.resolved.end()) return known->second;
    const Node local = source.services->entries.find(name)->second;
    const Node* extends = extends_of(local);
    if (extends == nullptr) return local;
    if (!enter(source, name, *extends)) return local;
    Node whole = local;
    if (auto base = base_of(source, name, *extends)) {
      base->erase("extends");
      const Path services{kRoot, "services"};
      whole = merge_trees(std::move(*base), local, compose_service(), Path{services, name}, context_);
      whole.placed_like(local);
    }
    chain_.pop_back();
    source.resolved.emplace(name, whole);
    return whole;
  }

  bool enter(const Source& source, const std::string& name, const Node& extends) {
    for (const auto& link : chain_) {
      if (link.source != &source || link.service != name) continue;
      const Path services{kRoot, "services"}, service{services, name};
      auto& found = context_.error("extends_cycle", "the service extends itself", Path{service, "extends"}, extends);
      for (const auto& step : chain_) found.related.push_back({step.place, step.service + " extends another one here"});
      return false;
    }
    if (chain_.size() >= kMaxChain) {
      const Path services{kRoot, "services"}, service{services, name}, here{service, "extends"};
      context_.error("extends_cycle", "services extend each other too many times", here, extends);
      return false;
    }
    chain_.push_back({&source, name, extends.place()});
    return true;
  }

  std::optional<Node> base_of(Source& source, const std::string& name, const Node& extends) {
    const Path services{kRoot, "services"}, service{services, name}, here{service, "extends"};
    const Node* wanted = extends.find("service");
    if (wanted == nullptr) {
      context_.error("missing_key", "the key \"service\" is missing", here, extends);
      return std::nullopt;
    }
    Source* from = &source;
    if (const Node* file = extends.find("file")) {
      const Path its_path{here, "file"};
      const NamedBy named_by{*file, its_path};
      const auto path = find_file(file->text, source.dir, variables_, &named_by, context_);
      from = path ? open(*path, named_by) : nullptr;
    }
    if (from == nullptr) return std::nullopt;
    if (!from->file.empty()) fetch(*from, wanted->text);
    const Node* found = from->services == nullptr ? nullptr : from->services->find(wanted->text);
    if (found == nullptr) {
      const std::string where = from->file.empty() ? "this file" : shown_path(context_.shown_from, from->file);
      context_.error("undefined_service", "there is no service \"" + wanted->text + "\" in " + where, here, *wanted);
      return std::nullopt;
    }
    Node base = resolve(*from, wanted->text);
    if (!base.is(Kind::mapping)) return Node::of_mapping();
    if (from != &source) resolve_service_paths(base, from->dir, source.dir, context_);
    Origin step = step_at(OriginKind::extends, extends);
    step.name = wanted->text;
    add_origin_below(base, step);
    return base;
  }

  // Makes a service of another file ready. What else that file says is no matter of who extends this one.
  void fetch(Source& source, const std::string& name) {
    if (source.services->find(name) != nullptr) return;
    for (auto& document : source.documents) {
      Node* services = document.find("services");
      Node* service = services == nullptr ? nullptr : services->find(name);
      if (service == nullptr) continue;
      prepare_service(*service, name, context_);
      const Path all{kRoot, "services"};
      Node& whole = source.services->at(name);
      whole = merge_trees(std::move(whole), std::move(*service), compose_service(), Path{all, name}, context_);
    }
  }

  Source* open(const std::string& path, const NamedBy& named_by) {
    const auto [at, added] = files_.try_emplace(path);
    if (!added) return at->second.get();
    const auto before = context_.diagnostics.size();
    auto documents = read_documents(path, context_, &named_by);
    if (documents.empty() && context_.diagnostics.size() > before) return nullptr;
    auto source = std::make_unique<Source>();
    source->file = path;
    source->dir = parent_path(path);
    source->own = Node::of_mapping();
    source->services = &source->own;
    for (auto& document : documents) {
      if (resolve_document(document, variables_, context_)) source->documents.push_back(std::move(document));
    }
    at->second = std::move(source);
    return at->second.get();
  }

  static inline const Path kRoot;
  const Variables& variables_;
  LoadContext& context_;
  Source main_;
  std::map<std::string, Node> done_;
  std::map<std::string, std::unique_ptr<Source>> files_;
  std::vector<Link> chain_;
};

}  // namespace

void apply_extends(Node& document, const std::string& base_dir, const Variables& variables, LoadContext& context) {
  Extender{document, base_dir, variables, context}.run();
}

}  // namespace stack::compose
