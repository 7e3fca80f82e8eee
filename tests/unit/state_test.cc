// state: what is committed is there after a reopen, whole or not at all.
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <stdlib.h>

#include "base/error.h"
#include "engine/state/state_store.h"

namespace stack::state {
namespace {

class StateStore : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "stack-state-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path file() const { return folder_ / "state.db"; }
  std::filesystem::path folder_;
};

model::Container container(const std::string& id) {
  model::Container c;
  c.id = id;
  c.spec.name = "name-" + id;
  return c;
}

TEST_F(StateStore, SaysWhatIsWrongWithItsFileInWordsForPeople) {
  std::ofstream{file()} << std::string(8192, 'x');
  try {
    Store store{file()};
    FAIL() << "noise is not a database";
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "the engine's state in " + file().string() + ": setting it up: this is not a database");
    EXPECT_NE(error.remedy_text().find("move it away"), std::string::npos) << error.remedy_text();
  }
}

TEST_F(StateStore, KeepsRowsOverAReopen) {
  {
    Store store{file()};
    store.commit({PutContainer{container("a")}, PutContainer{container("b")}, PutMeta{"boot", "1"},
                  PutProject{{"shop", 3, "{}"}}});
    store.commit({DeleteContainer{"a"}});
  }
  Snapshot snapshot = Store{file()}.load();
  ASSERT_EQ(snapshot.containers.size(), 1u);
  EXPECT_EQ(snapshot.containers[0], container("b"));
  EXPECT_EQ(snapshot.projects, (std::vector<ProjectRow>{{"shop", 3, "{}"}}));
  EXPECT_EQ(snapshot.meta, (std::vector<std::pair<std::string, std::string>>{{"boot", "1"}}));
}

TEST_F(StateStore, EventsAreCountedAndBounded) {
  Store store{file()};
  std::vector<Change> changes;
  for (std::uint64_t i = 1; i <= kEventsKept + 50; ++i)
    changes.push_back(AppendEvent{{.sequence = i, .type = "container"}});
  store.commit(changes);
  EXPECT_EQ(store.load().last_event, kEventsKept + 50);
  sqlite3* raw = nullptr;
  ASSERT_EQ(sqlite3_open(file().c_str(), &raw), SQLITE_OK);
  int rows = 0;
  sqlite3_exec(
      raw, "SELECT count(*) FROM event",
      [](void* to, int, char** values, char**) { return *static_cast<int*>(to) = std::atoi(values[0]), 0; }, &rows,
      nullptr);
  sqlite3_close(raw);
  EXPECT_EQ(static_cast<std::uint64_t>(rows), kEventsKept);
}

TEST_F(StateStore, RefusesTheFileOfANewerVersion) {
  { Store store{file()}; }
  sqlite3* raw = nullptr;
  ASSERT_EQ(sqlite3_open(file().c_str(), &raw), SQLITE_OK);
  sqlite3_exec(raw, "PRAGMA user_version=99", nullptr, nullptr, nullptr);
  sqlite3_close(raw);
  try {
    Store store{file()};
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unsupported);
    EXPECT_FALSE(error.remedy_text().empty());
  }
}

TEST_F(StateStore, ADamagedFileIsAnErrorAndNotAnEmptyStore) {
  std::FILE* f = std::fopen(file().c_str(), "w");
  std::fputs("this is not a database, this is not a database, this is not one", f);
  std::fclose(f);
  EXPECT_THROW(Store{file()}, Error);
}

}  // namespace
}  // namespace stack::state
