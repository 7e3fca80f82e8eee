#include <gtest/gtest.h>

#include "compose/check/path.h"
#include "compose/load/loader.h"
#include "compose/output/explain.h"
#include "compose/source/diagnostic_list.h"
#include "compose/source/origin.h"

namespace stack::compose {
namespace {

class OneFile final : public FileSource {
 public:
  explicit OneFile(std::string text) : text_(std::move(text)) {}
  FileText read(const std::string& path) override { return {status(path), text_, {}}; }
  FileStatus status(const std::string& path) override {
    return path == "/p/compose.yaml" ? FileStatus::ok : FileStatus::missing;
  }
  std::string working_dir() override { return "/p"; }

 private:
  std::string text_;
};

LoadResult load(std::string text) {
  OneFile files{std::move(text)};
  return load_project({}, files, {});
}

TEST(Origin, NodesThatStandWhereTheyAreUsedHaveNone) {
  const auto result = load("services: {a: {image: x, ports: ['80']}}\n");
  const Node* const image = node_at(result.tree, "services.a.image");
  ASSERT_NE(image, nullptr);
  EXPECT_EQ(image->origin, nullptr);
}

TEST(Origin, NodesOfOneWayShareItsSteps) {
  const auto result = load("x-e: &e {A: '1', B: '2'}\nservices: {a: {image: x, environment: *e}}\n");
  const Node *a = node_at(result.tree, "services.a.environment.A"),
             *b = node_at(result.tree, "services.a.environment.B");
  ASSERT_TRUE(a != nullptr && b != nullptr && a->origin);
  EXPECT_EQ(a->origin, b->origin);
  EXPECT_EQ(a->origin->kind, OriginKind::alias);
  EXPECT_EQ(a->origin->name, "e");
}

// Thousands of documents that replace each other leave a chain of bounded length, which can be taken down.
TEST(Origin, HistoryIsBounded) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "services: {a: {image: 'x" + std::to_string(i) + "'}}\n---\n";
  const auto result = load(text + "name: p\n");
  ASSERT_TRUE(result.project.has_value()) << render(result.diagnostics);
  const Node* const image = node_at(result.tree, "services.a.image");
  ASSERT_TRUE(image != nullptr && image->origin);
  EXPECT_LE(image->origin->depth, Origin::kMaxDepth);
  EXPECT_EQ(image->origin->text, "x19998");
  EXPECT_LE(explain(result, "services.a.image").at(0).steps.size(), 3U * Origin::kMaxDepth);
}

TEST(Path, FindsNodesWhoseKeysHoldDots) {
  const auto result = load("services: {a.b: {image: x, labels: {c.d: '1', c: '2'}, command: [e, f]}}\n");
  EXPECT_EQ(node_at(result.tree, "services.a.b.labels.c.d")->text, "1");
  EXPECT_EQ(node_at(result.tree, "services.a.b.labels.c")->text, "2");
  EXPECT_EQ(node_at(result.tree, "services.a.b.command[1]")->text, "f");
  for (const char* path :
       {"services.a", "services.a.b.command[2]", "services.a.b.command[x]", "services.a.b.command[1", "[0]", ".", ""}) {
    const Node* const found = node_at(result.tree, path);
    EXPECT_TRUE(found == nullptr || (*path == 0 && found == &result.tree)) << path;
  }
}

TEST(TokenEnd, IsBehindTheKeyOrScalar) {
  EXPECT_EQ(token_end("  image: nginx # x", 3), 8U);
  EXPECT_EQ(token_end("  image: nginx # x", 10), 15U);
  EXPECT_EQ(token_end("  image: a b  ", 10), 13U);
  EXPECT_EQ(token_end("  - \"a \\\" b\" # x", 5), 13U);
  EXPECT_EQ(token_end("  - 'open", 5), 10U);
  EXPECT_EQ(token_end("p: [80:80, 81]", 5), 10U);
  EXPECT_EQ(token_end("p: {a: b}", 8), 9U);
  EXPECT_EQ(token_end("p: [x]", 4), 5U);
  EXPECT_EQ(token_end("p: a, b", 4), 8U);
  EXPECT_EQ(token_end("short", 9), 9U);
  EXPECT_EQ(token_end("", 0), 0U);
}

}  // namespace
}  // namespace stack::compose
