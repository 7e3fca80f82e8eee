#include "compose/load/merge.h"

#include "base/path_text.h"
#include "compose/source/origin.h"

namespace stack::compose {
namespace {

std::string member_text(const Node& item, std::string_view key) {
  const Node* found = item.find(key);
  return found == nullptr ? std::string{} : scalar_text(*found);
}

void unify(std::vector<Node>& items, Identity identity) {
  std::map<std::string, std::size_t> position;
  std::vector<Node> out;
  out.reserve(items.size());
  for (auto& item : items) {
    const auto [at, added] = position.emplace(identity_of(item, identity), out.size());
    if (added) {
      out.push_back(std::move(item));
    } else {
      add_replaced(item, out[at->second]);
      out[at->second] = std::move(item);
    }
  }
  items = std::move(out);
}

class Merger {
 public:
  explicit Merger(LoadContext& context) : context_(context) {}

  Node merge(Node base, Node over, const Attribute& attribute, const Path& path) {
    if (over.tag != Tag::none || base.tag == Tag::reset || attribute.merge == Merge::replace) {
      return instead_of(base, std::move(over));
    }
    if (over.is(Kind::null)) return base;
    if (base.is(Kind::null)) return over;
    const bool base_plain = base.is_scalar(), over_plain = over.is_scalar();
    if (base_plain && over_plain) return instead_of(base, std::move(over));
    if (base.kind != over.kind) {
      context_
          .error("cannot_override",
                 "cannot put " + std::string{describe(over.kind)} + " over " + std::string{describe(base.kind)}, path,
                 over)
          .related.push_back({base.place(), "the earlier value"});
      return base;
    }
    return base.is(Kind::sequence) ? lists(std::move(base), std::move(over), attribute, path)
                                   : mappings(std::move(base), std::move(over), attribute, path);
  }

 private:
  static Node instead_of(const Node& base, Node over) {
    add_replaced(over, base);
    return over;
  }

  Node lists(Node base, Node over, const Attribute& attribute, const Path& path) {
    if (attribute.merge == Merge::ipam) return pools(std::move(base), std::move(over), attribute, path);
    for (auto& item : over.items) base.items.push_back(std::move(item));
    if (attribute.merge == Merge::unique) unify(base.items, attribute.identity);
    return base;
  }

  // Only the later pools stay; each takes what it does not say from the earlier one with its subnet.
  Node pools(Node base, Node over, const Attribute& attribute, const Path& path) {
    for (auto& pool : over.items) {
      for (auto& earlier : base.items) {
        if (attribute.item == nullptr || identity_of(earlier, Identity::subnet) != identity_of(pool, Identity::subnet))
          continue;
        pool = merge(earlier, std::move(pool), *attribute.item, path);
        break;
      }
    }
    return over;
  }

  Node mappings(Node base, Node over, const Attribute& attribute, const Path& path) {
    if (attribute.merge == Merge::logging && different_drivers(base, over)) return instead_of(base, std::move(over));
    static const Attribute kAny;
    base.damaged = base.damaged || over.damaged;
    for (auto& [key, value] : over.entries) {
      const auto found = base.entries.find(key);
      if (found == base.entries.end()) {
        base.entries.emplace(key, std::move(value));
      } else if (attribute.merge == Merge::assign) {
        found->second = instead_of(found->second, std::move(value));
      } else {
        const Attribute* member = attribute.member(key);
        Node merged =
            merge(std::move(found->second), std::move(value), member == nullptr ? kAny : *member, Path{path, key});
        if (attribute.merge == Merge::hosts) unify(merged.items, Identity::value);
        found->second = std::move(merged);
      }
    }
    return base;
  }

  static bool different_drivers(const Node& base, const Node& over) {
    const Node *a = base.find("driver"), *b = over.find("driver");
    return a != nullptr && b != nullptr && scalar_text(*a) != scalar_text(*b);
  }

  LoadContext& context_;
};

}  // namespace

std::string identity_of(const Node& item, Identity identity) {
  // A short form that still holds variables has no parts yet: it is the same as its own text only.
  if (item.is_scalar() && !item.is(Kind::null) && identity != Identity::before_equals && identity != Identity::none)
    return scalar_text(item);
  switch (identity) {
    case Identity::value:
      return scalar_text(item);
    case Identity::before_equals: {
      const std::string text = scalar_text(item);
      return text.substr(0, text.find('='));
    }
    case Identity::target:
      return clean_path(member_text(item, "target"));
    case Identity::config_target: {
      const std::string target = member_text(item, "target");
      return absolute_path("/", target.empty() ? member_text(item, "source") : target);
    }
    case Identity::secret_target: {
      const std::string target = member_text(item, "target");
      return absolute_path("/run/secrets", target.empty() ? member_text(item, "source") : target);
    }
    case Identity::path:
      return member_text(item, "path");
    case Identity::port: {
      const std::string protocol = member_text(item, "protocol");
      return member_text(item, "host_ip") + ":" + member_text(item, "published") + ":" + member_text(item, "target") +
             "/" + (protocol.empty() ? "tcp" : protocol);
    }
    case Identity::subnet:
      return member_text(item, "subnet");
    case Identity::none:
      break;
  }
  return {};
}

Node merge_trees(Node base, Node over, const Attribute& attribute, const Path& path, LoadContext& context) {
  return Merger{context}.merge(std::move(base), std::move(over), attribute, path);
}

void unify_lists(Node& tree, const Attribute& attribute) {
  if (tree.is(Kind::sequence)) {
    if (attribute.merge == Merge::unique) unify(tree.items, attribute.identity);
    if (attribute.item) {
      for (auto& item : tree.items) unify_lists(item, *attribute.item);
    }
    return;
  }
  for (auto& [key, value] : tree.entries) {
    if (const Attribute* member = attribute.member(key)) unify_lists(value, *member);
  }
}

}  // namespace stack::compose
