#include "engine/state/state_store.h"

#include <map>

#include <sqlite3.h>
#include <sys/statvfs.h>

#include "base/engine_tree.h"
#include "base/error.h"
#include "base/model/model_json.h"
#include "engine/state/migrations.h"

namespace stack::state {
namespace {

struct StatementFinalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, StatementFinalize>;

constexpr std::size_t kBallastBytes = 512 << 10;

}  // namespace

struct Store::Database {
  sqlite3* handle = nullptr;
  std::map<std::string_view, Statement> prepared;  // by SQL text, which are literals

  Database() = default;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database() {
    prepared.clear();
    // What is kept is empty: a state.db of a backup may be put in the place of this one.
    if (handle != nullptr) sqlite3_exec(handle, "PRAGMA journal_size_limit=0", nullptr, nullptr, nullptr);
    sqlite3_close(handle);
  }

  // Out of room, also where SQLite calls it a failure to read or write.
  [[nodiscard]] bool is_full() const {
    const int code = sqlite3_errcode(handle);
    return code == SQLITE_FULL || code == SQLITE_IOERR || (code == SQLITE_CANTOPEN && disk_is_full());
  }
  // SQLite opens again what could not be made, and knows the error of that only.
  [[nodiscard]] bool disk_is_full() const {
    const char* file = sqlite3_db_filename(handle, "main");
    struct statvfs disk {};
    if (file == nullptr || ::statvfs(file, &disk) != 0) return false;
    return disk.f_bavail == 0 || (disk.f_files != 0 && disk.f_favail == 0);
  }
  [[noreturn]] void fail(const char* step) const {
    const char* file = handle == nullptr ? nullptr : sqlite3_db_filename(handle, "main");
    const std::string named = file == nullptr || *file == 0 ? "the state store" : file;
    const std::string what = "the engine's state in " + named + ": " + step + ": " + reason();
    switch (sqlite3_errcode(handle)) {
      case SQLITE_NOTADB:
      case SQLITE_CORRUPT:
      case SQLITE_ERROR:  // its tables are not the engine's
      case SQLITE_SCHEMA:
        throw Error(what).remedy(
            "restore it from a backup, or move it away: the engine then begins without what it knew");
      case SQLITE_READONLY:
      case SQLITE_PERM:
        throw Error(ErrorKind::not_permitted, what)
            .remedy("the engine needs to write there: look at the folder and its mount");
      default:
        break;
    }
    if (is_full())
      throw Error(ErrorKind::unavailable, what).remedy("make room on the disk of the engine's root folder");
    throw Error(what);
  }
  // Why the last call failed. What SQLite says itself is about SQL, and last.
  [[nodiscard]] std::string reason() const {
    switch (sqlite3_errcode(handle)) {
      case SQLITE_NOTADB:
        return "this is not a database";
      case SQLITE_CORRUPT:
        return "it is damaged";
      case SQLITE_READONLY:
      case SQLITE_PERM:
        return "it may not be written";
      case SQLITE_BUSY:
      case SQLITE_LOCKED:
        return "another process has it open";
      case SQLITE_FULL:
        return "the disk is full";
      case SQLITE_IOERR:
      case SQLITE_CANTOPEN: {
        if (disk_is_full()) return "the disk is full, or has no inodes left";
        const char* why = strerrordesc_np(sqlite3_system_errno(handle));
        return why != nullptr && sqlite3_system_errno(handle) != 0 ? why : "the disk reports an error";
      }
      default:
        return sqlite3_errmsg(handle);
    }
  }

  void run(const std::string& sql, const char* step) const {
    if (sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail(step);
  }

  sqlite3_stmt* statement(std::string_view sql) {
    auto& slot = prepared[sql];
    if (!slot) {
      sqlite3_stmt* raw = nullptr;
      if (sqlite3_prepare_v3(handle, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &raw,
                             nullptr) != SQLITE_OK) {
        fail("preparing a statement");
      }
      slot.reset(raw);
    }
    sqlite3_reset(slot.get());
    return slot.get();
  }

  void write(std::string_view sql, std::initializer_list<std::string_view> values) {
    sqlite3_stmt* s = statement(sql);
    int index = 0;
    for (const std::string_view value : values) {
      sqlite3_bind_text(s, ++index, value.data(), static_cast<int>(value.size()), SQLITE_TRANSIENT);
    }
    if (sqlite3_step(s) != SQLITE_DONE) fail("writing");
    sqlite3_reset(s);
  }

  template <class F>
  void each(std::string_view sql, F row) {
    sqlite3_stmt* s = statement(sql);
    for (;;) {
      const int rc = sqlite3_step(s);
      if (rc == SQLITE_DONE) break;
      if (rc != SQLITE_ROW) fail("reading");
      row(s);
    }
    sqlite3_reset(s);
  }

  static std::string_view column(sqlite3_stmt* s, int index) {
    const unsigned char* text = sqlite3_column_text(s, index);
    return {reinterpret_cast<const char*>(text), static_cast<std::size_t>(sqlite3_column_bytes(s, index))};
  }

  void apply(const PutContainer& c) {
    write("INSERT OR REPLACE INTO container VALUES (?, ?)", {c.value.id, dump(c.value)});
  }
  void apply(const DeleteContainer& c) { write("DELETE FROM container WHERE id = ?", {c.id}); }
  void apply(const PutNetwork& c) {
    write("INSERT OR REPLACE INTO network VALUES (?, ?)", {c.value.id, dump(c.value)});
  }
  void apply(const DeleteNetwork& c) { write("DELETE FROM network WHERE id = ?", {c.id}); }
  void apply(const PutVolume& c) {
    write("INSERT OR REPLACE INTO volume VALUES (?, ?)", {c.value.spec.name, dump(c.value)});
  }
  void apply(const DeleteVolume& c) { write("DELETE FROM volume WHERE name = ?", {c.name}); }
  void apply(const PutProject& c) {
    write("INSERT OR REPLACE INTO project VALUES (?, ?, ?)",
          {c.value.name, std::to_string(c.value.generation), c.value.resolved});
  }
  void apply(const DeleteProject& c) { write("DELETE FROM project WHERE name = ?", {c.name}); }
  void apply(const PutRevision& c) {
    const RevisionRow& row = c.value;
    const std::string number = std::to_string(row.number);
    write(
        "INSERT INTO revision (project, number, hash, record) VALUES (?, ?, ?, ?)"
        "ON CONFLICT (project, number) DO UPDATE SET hash = excluded.hash, record = excluded.record",
        {row.project, number, row.hash, row.record});
    if (!row.hash.empty() && !row.resolved.empty())
      write("INSERT OR IGNORE INTO model VALUES (?, ?)", {row.hash, row.resolved});
    write("DELETE FROM revision WHERE project = ? AND number <= CAST(? AS INTEGER)",
          {row.project, std::to_string(row.number - kRevisionsKept)});
    write("DELETE FROM revision WHERE id <= (SELECT max(id) FROM revision) - CAST(? AS INTEGER)",
          {std::to_string(kRevisionsKeptInAll)});
    write("DELETE FROM model WHERE NOT EXISTS (SELECT 1 FROM revision WHERE revision.hash = model.hash)", {});
  }
  void apply(const AppendEvent& c) {
    write("INSERT OR REPLACE INTO event VALUES (?, ?)", {std::to_string(c.value.sequence), model::dump(c.value)});
    if (c.value.sequence <= kEventsKept) return;
    write("DELETE FROM event WHERE sequence <= CAST(? AS INTEGER)", {std::to_string(c.value.sequence - kEventsKept)});
  }
  void apply(const PutMeta& c) { write("INSERT OR REPLACE INTO meta VALUES (?, ?)", {c.key, c.value}); }
};

Store::Store(const std::filesystem::path& file)
    : database_(std::make_unique<Database>()), ballast_(file.parent_path() / "ballast", kBallastBytes) {
  Database& db = *database_;
  // SQLite gives its further files the mode of this one.
  tree::make_private_file(file);
  if (sqlite3_open_v2(file.c_str(), &db.handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                      nullptr) != SQLITE_OK) {
    db.fail("opening it");
  }
  // The files beside it stay when it is closed: on a disk without inodes they could not be made again.
  int keep = 1;
  sqlite3_file_control(db.handle, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
  const auto set_up = [&] {
    db.run(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=5000; PRAGMA cache_size=-512;"
        "SELECT count(*) FROM sqlite_master",
        "setting it up");
  };
  try {
    set_up();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::unavailable || !ballast_.drop()) throw;
    set_up();
  }
  int version = 0;
  db.each("PRAGMA user_version", [&](sqlite3_stmt* s) { version = sqlite3_column_int(s, 0); });
  const auto& steps = migrations();
  if (version > static_cast<int>(steps.size())) {
    throw Error(ErrorKind::unsupported, "state store: " + file.string() + " was written by a newer version of stack")
        .remedy("install that version again, or give this one a root of its own with --root");
  }
  for (; version < static_cast<int>(steps.size()); ++version) {
    db.run("BEGIN IMMEDIATE;" + std::string{steps[static_cast<std::size_t>(version)]} +
               "PRAGMA user_version=" + std::to_string(version + 1) + "; COMMIT;",
           "migrating");
  }
}

Store::~Store() = default;

Snapshot Store::load() {
  Snapshot result;
  Database& db = *database_;
  const auto text = [](sqlite3_stmt* s, int i) { return Database::column(s, i); };
  const auto read = [&](const char* kind, sqlite3_stmt* s, auto&& parse) {
    try {
      parse(text(s, 1));
    } catch (const Error& error) {
      result.unreadable.push_back({kind, std::string{text(s, 0)}, error.message()});
    }
  };
  db.each("SELECT id, json FROM container", [&](auto* s) {
    read("container", s, [&](auto json) { result.containers.push_back(model::parse_container(json)); });
  });
  db.each("SELECT id, json FROM network", [&](auto* s) {
    read("network", s, [&](auto json) { result.networks.push_back(model::parse_network(json)); });
  });
  db.each("SELECT name, json FROM volume",
          [&](auto* s) { read("volume", s, [&](auto json) { result.volumes.push_back(model::parse_volume(json)); }); });
  db.each("SELECT name, generation, resolved FROM project", [&](auto* s) {
    result.projects.push_back({std::string{text(s, 0)}, sqlite3_column_int64(s, 1), std::string{text(s, 2)}});
  });
  db.each("SELECT project, max(number) FROM revision GROUP BY project",
          [&](auto* s) { result.last_revisions[std::string{text(s, 0)}] = sqlite3_column_int64(s, 1); });
  db.each("SELECT key, value FROM meta", [&](auto* s) { result.meta.emplace_back(text(s, 0), text(s, 1)); });
  db.each("SELECT coalesce(max(sequence), 0) FROM event",
          [&](auto* s) { result.last_event = static_cast<std::uint64_t>(sqlite3_column_int64(s, 0)); });
  return result;
}

void Store::commit(const std::vector<Change>& changes) {
  try {
    commit_once(changes);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::unavailable || !ballast_.drop()) throw;
    commit_once(changes);
  }
  ballast_.restore();
}

void Store::commit_once(const std::vector<Change>& changes) {
  Database& db = *database_;
  db.run("BEGIN IMMEDIATE", "beginning");
  try {
    for (const Change& change : changes) std::visit([&](const auto& c) { db.apply(c); }, change);
    db.run("COMMIT", "committing");
  } catch (...) {
    sqlite3_exec(db.handle, "ROLLBACK", nullptr, nullptr, nullptr);
    throw;
  }
}

}  // namespace stack::state
