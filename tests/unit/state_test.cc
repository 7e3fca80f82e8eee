// state: what is committed is there after a reopen, whole or not at all.
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <stdlib.h>

#include "base/error.h"
#include "engine/state/event_reader.h"
#include "engine/state/migrations.h"
#include "engine/state/revision_reader.h"
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
  std::int64_t count(const char* sql) const {
    sqlite3* handle = nullptr;
    sqlite3_stmt* statement = nullptr;
    EXPECT_EQ(sqlite3_open(file().c_str(), &handle), SQLITE_OK);
    EXPECT_EQ(sqlite3_prepare_v2(handle, sql, -1, &statement, nullptr), SQLITE_OK) << sqlite3_errmsg(handle);
    EXPECT_EQ(sqlite3_step(statement), SQLITE_ROW);
    const std::int64_t value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(handle);
    return value;
  }
  std::filesystem::path folder_;
};

model::Container container(const std::string& id) {
  model::Container c;
  c.id = id;
  c.spec.name = "name-" + id;
  return c;
}

TEST_F(StateStore, EventsAreReadFromAMomentOnTheOldestFirst) {
  Store store{file()};
  const auto event = [](std::uint64_t sequence, std::int64_t second) {
    return model::Event{.sequence = sequence,
                        .time = Wall{std::chrono::seconds{second}},
                        .type = "container",
                        .action = "start",
                        .id = "c",
                        .attributes = {{"name", "web"}}};
  };
  store.commit({AppendEvent{event(1, 10)}, AppendEvent{event(2, 20)}, AppendEvent{event(3, 30)}});
  const std::vector<model::Event> found = read_events(file(), Wall{std::chrono::seconds{20}});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].sequence, 2u);
  EXPECT_EQ(found[1].attributes, (std::map<std::string, std::string>{{"name", "web"}}));
  EXPECT_THROW(read_events(folder_ / "none.db", Wall{}), Error);
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

// On a disk without inodes they could not be made; and one with content would spoil a state.db of a backup.
TEST_F(StateStore, WhatIsBesideItStaysWhenItIsClosedAndIsEmpty) {
  {
    Store store{file()};
    store.commit({PutContainer{container("a")}});
  }
  for (const char* suffix : {"-wal", "-shm"}) EXPECT_TRUE(std::filesystem::exists(file().string() + suffix)) << suffix;
  EXPECT_EQ(std::filesystem::file_size(file().string() + "-wal"), 0u);
  EXPECT_EQ(Store{file()}.load().containers.size(), 1u);
}

TEST_F(StateStore, NamesAFileThatIsNotItsAndSaysWhatToDo) {
  sqlite3* raw = nullptr;
  ASSERT_EQ(sqlite3_open(file().c_str(), &raw), SQLITE_OK);
  sqlite3_exec(raw, "CREATE TABLE container (x); CREATE TABLE network (x)", nullptr, nullptr, nullptr);
  sqlite3_close(raw);
  try {
    Store store{file()};
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(error.message().find(file().string()), std::string::npos) << error.message();
    EXPECT_NE(error.remedy_text().find("move it away"), std::string::npos) << error.remedy_text();
  }
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

RevisionRow revision(const std::string& project, std::int64_t number, const std::string& hash) {
  return {project, number, hash, "{\"n\":" + std::to_string(number) + "}", "model of " + hash};
}

TEST_F(StateStore, KeepsAModelOnceForAllItsRevisions) {
  Store store{file()};
  store.commit({PutRevision{revision("shop", 1, "a")}, PutRevision{revision("shop", 2, "b")},
                PutRevision{revision("shop", 3, "a")}, PutRevision{revision("blog", 1, "")}});
  RevisionRow ended = revision("shop", 3, "a");
  ended.record = "{\"outcome\":\"succeeded\"}";
  store.commit({PutRevision{ended}});
  const auto rows = read_revisions(file(), "shop");
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].number, 3);
  EXPECT_EQ(rows[0].record, ended.record) << "what has become of it";
  EXPECT_EQ(rows[0].resolved, "") << "lists come without models";
  EXPECT_EQ(read_revision(file(), "shop", 3), ended);
  EXPECT_EQ(read_revision(file(), "shop", 2)->resolved, "model of b");
  EXPECT_EQ(read_revision(file(), "blog", 1)->resolved, "");
  EXPECT_EQ(read_revision(file(), "shop", 4), std::nullopt);
  EXPECT_EQ(store.load().last_revisions, (std::map<std::string, std::int64_t>{{"blog", 1}, {"shop", 3}}));
}

TEST_F(StateStore, RevisionsAreBoundedAndTakeTheirModelsAlong) {
  Store store{file()};
  std::vector<Change> changes;
  for (std::int64_t number = 1; number <= kRevisionsKept + 5; ++number)
    changes.emplace_back(PutRevision{revision("shop", number, "h" + std::to_string(number))});
  store.commit(changes);
  const auto rows = read_revisions(file(), "shop");
  ASSERT_EQ(rows.size(), static_cast<std::size_t>(kRevisionsKept));
  EXPECT_EQ(rows.back().number, 6);
  EXPECT_EQ(count("SELECT count(*) FROM model"), kRevisionsKept);
  changes.clear();
  for (std::int64_t i = 1; i <= kRevisionsKeptInAll; ++i)
    changes.emplace_back(PutRevision{revision("p" + std::to_string(i), 1, "same")});
  store.commit(changes);
  EXPECT_TRUE(read_revisions(file(), "shop").empty()) << "the oldest of all go first";
  EXPECT_EQ(count("SELECT count(*) FROM revision"), kRevisionsKeptInAll);
  EXPECT_EQ(count("SELECT count(*) FROM model"), 1);
}

TEST_F(StateStore, AStoreOfVersionOneIsTakenOverWithItsNumbersForWords) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(file().c_str(), &handle), SQLITE_OK);
  const std::string sql = std::string{migrations().front()} +
                          R"sql(
    PRAGMA user_version=1;
    INSERT INTO project VALUES ('shop', 3, '{"name":"shop"}');
    INSERT INTO container VALUES ('a', '{"id":"a","spec":{"name":"web","mounts":[{"kind":2,"target":"/t"}],
      "ports":[{"protocol":1}],"restart":{"kind":3}},"state":{"status":1,"health":2}}');
  )sql";
  ASSERT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(handle);
  sqlite3_close(handle);
  {
    Store store{file()};
    const Snapshot snapshot = store.load();
    ASSERT_TRUE(snapshot.unreadable.empty()) << snapshot.unreadable.front().why;
    EXPECT_EQ(snapshot.projects, (std::vector<ProjectRow>{{"shop", 3, "{\"name\":\"shop\"}"}}));
    ASSERT_EQ(snapshot.containers.size(), 1U);
    const model::Container& web = snapshot.containers.front();
    EXPECT_EQ(web.spec.mounts.at(0).kind, model::MountKind::tmpfs);
    EXPECT_EQ(web.spec.ports.at(0).protocol, model::Protocol::udp);
    EXPECT_EQ(web.spec.restart.kind, model::RestartKind::unless_stopped);
    EXPECT_EQ(web.state.status, model::Status::running);
    EXPECT_EQ(web.state.health, model::Health::healthy);
    EXPECT_TRUE(snapshot.last_revisions.empty());
    store.commit({PutContainer{web}, PutRevision{revision("shop", 1, "a")}});
  }
  EXPECT_EQ(read_revisions(file(), "shop").size(), 1U);
  EXPECT_EQ(count("SELECT count(*) FROM container WHERE json LIKE '%\"status\":\"running\"%'"), 1)
      << "words from now on";
  EXPECT_EQ(count("PRAGMA user_version"), static_cast<std::int64_t>(migrations().size()));
}

}  // namespace
}  // namespace stack::state
