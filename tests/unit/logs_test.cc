// The log's form on disk: what is written is read back, across rotation, restarts and torn ends.
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "engine/logs/reader.h"
#include "engine/logs/writer.h"

namespace stack::logs {
namespace {

namespace fs = std::filesystem;

class LogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "stack-log-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    reopen(1 << 20, 3, false);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void reopen(std::uint64_t max_bytes, unsigned max_files, bool prompt) {
    writer_ = std::make_unique<Writer>();
    folder_fd_.reset(::open(folder_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    ASSERT_TRUE(writer_->open(folder_fd_, max_bytes, max_files, prompt));
  }
  void say(const std::string& text, Stream stream = Stream::out) {
    writer_->append(stream, text.data(), text.size(), ++now_);
  }
  std::vector<Entry> all() {
    Reader reader(folder_);
    Cursor cursor;
    std::vector<Entry> entries;
    while (reader.read(cursor, {}, entries, 1000)) continue;
    return entries;
  }
  std::vector<std::string> texts() {
    std::vector<std::string> out;
    for (const Entry& entry : all()) out.push_back(entry.text);
    return out;
  }

  fs::path folder_;
  UniqueFd folder_fd_;
  std::unique_ptr<Writer> writer_;
  std::int64_t now_ = 0;
};

using Texts = std::vector<std::string>;

TEST_F(LogTest, splits_lines_however_they_arrive) {
  say("one\ntw");
  say("o\n\n");
  say("three");
  writer_->finish(Stream::out, 9);
  EXPECT_EQ(texts(), (Texts{"one", "two", "", "three"}));
  EXPECT_TRUE(all().back().no_newline);
  EXPECT_EQ(all().back().sequence, 4U);
}

TEST_F(LogTest, keeps_streams_apart) {
  say("o1");
  say("e1\n", Stream::err);
  say("o2\n");
  const auto entries = all();
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].stream, Stream::err);
  EXPECT_EQ(entries[1].text, "o1o2");
}

TEST_F(LogTest, cuts_long_lines_into_partial_records) {
  const std::string line(kLineBytes * 2 + 5, 'x');
  say(line + "\n");
  const auto entries = all();
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_TRUE(entries[0].partial);
  EXPECT_TRUE(entries[1].partial);
  EXPECT_FALSE(entries[2].partial);
  EXPECT_EQ(entries[0].text + entries[1].text + entries[2].text, line);
  say("next\n");
  Reader reader(folder_);
  Cursor cursor = reader.tail(2);
  std::vector<Entry> last;
  reader.read(cursor, {}, last);
  EXPECT_EQ(last.size(), 4U);
}

TEST_F(LogTest, keeps_every_byte) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    if (i != '\n') bytes.push_back(static_cast<char>(i));
  }
  say(bytes + "\n");
  EXPECT_EQ(texts(), Texts{bytes});
}

TEST_F(LogTest, a_prompt_is_there_at_once) {
  reopen(1 << 20, 3, true);
  say("name? ");
  ASSERT_EQ(all().size(), 1U);
  EXPECT_TRUE(all()[0].partial);
}

TEST_F(LogTest, a_prompt_ends_with_its_run) {
  reopen(1 << 20, 3, true);
  say("prompt> ");
  writer_->finish(Stream::out, ++now_);
  writer_->finish(Stream::err, ++now_);
  auto entries = all();
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_TRUE(entries[0].partial);
  EXPECT_FALSE(entries[1].partial);
  EXPECT_TRUE(entries[1].no_newline);
  EXPECT_EQ(entries[1].text, "");
  // A shim that was killed has not said so: the next one does.
  reopen(1 << 20, 3, true);
  say("cut> ", Stream::err);
  reopen(1 << 20, 3, true);
  say("next\n");
  entries = all();
  ASSERT_EQ(entries.size(), 5U);
  EXPECT_EQ(entries[3].stream, Stream::err);
  EXPECT_FALSE(entries[3].partial);
  EXPECT_EQ(entries[4].text, "next");
  EXPECT_EQ(entries[4].sequence, 5U);
}

TEST_F(LogTest, rotates_by_size_and_forgets_the_oldest) {
  reopen(2000, 3, false);
  for (int i = 0; i < 500; ++i) say("line " + std::to_string(i) + "\n");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 3);
  const auto entries = all();
  EXPECT_EQ(entries.back().text, "line 499");
  EXPECT_GT(entries.size(), 50U);
  EXPECT_LT(bytes_on_disk(folder_), 7000U);
  for (std::size_t i = 1; i < entries.size(); ++i) EXPECT_EQ(entries[i].sequence, entries[i - 1].sequence + 1);
}

TEST_F(LogTest, follows_across_rotation_and_restart) {
  reopen(600, 100, false);
  Reader reader(folder_);
  Cursor cursor = reader.begin();
  std::vector<Entry> seen;
  for (int i = 0; i < 200; ++i) {
    if (i == 100) reopen(600, 100, false);
    say(std::to_string(i) + "\n");
    EXPECT_FALSE(reader.read(cursor, {}, seen));
    ASSERT_EQ(seen.size(), static_cast<std::size_t>(i) + 1);
    EXPECT_EQ(seen.back().text, std::to_string(i));
  }
  EXPECT_EQ(seen.back().sequence, 200U);
}

TEST_F(LogTest, tail_counts_lines_over_files) {
  reopen(600, 100, false);
  for (int i = 0; i < 100; ++i) say(std::to_string(i) + "\n");
  Reader reader(folder_);
  for (std::uint64_t lines : {0ULL, 1ULL, 7ULL, 50ULL, 100ULL, 1000ULL}) {
    Cursor cursor = reader.tail(lines);
    std::vector<Entry> entries;
    reader.read(cursor, {}, entries);
    EXPECT_EQ(entries.size(), std::min<std::uint64_t>(lines, 100)) << lines;
    if (lines == 7) {
      EXPECT_EQ(entries.front().text, "93");
    }
  }
}

TEST_F(LogTest, since_and_until) {
  for (int i = 0; i < 10; ++i) say("x\n");
  Reader reader(folder_);
  Cursor cursor;
  std::vector<Entry> entries;
  reader.read(cursor, {Wall{Nanos{3}}, Wall{Nanos{6}}}, entries);
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0].time, Wall{Nanos{3}});
}

TEST_F(LogTest, a_torn_end_at_any_byte_is_survived) {
  say("first\n");
  say("second\n");
  const auto whole = fs::file_size(folder_ / "log.1");
  const auto one = kFrameBytes + 5;
  for (std::uintmax_t cut = one; cut < whole; ++cut) {
    fs::remove(folder_ / "log.2");
    fs::resize_file(folder_ / "log.1", cut);
    Reader reader(folder_);
    EXPECT_EQ(reader.end().offset, one);
    reopen(1 << 20, 3, false);
    say("after\n");
    EXPECT_EQ(texts(), (Texts{"first", "after"})) << cut;
    EXPECT_EQ(all().back().sequence, 2U);
    fs::remove(folder_ / "log.2");
    fs::remove(folder_ / "log.1");
    reopen(1 << 20, 3, false);
    say("first\n");
    say("second\n");
  }
}

TEST_F(LogTest, hostile_files_are_no_harm) {
  say("good\n");
  std::string garbage(5000, '\xff');
  for (int seed = 0; seed < 200; ++seed) {
    for (std::size_t i = 0; i < garbage.size(); ++i)
      garbage[i] = static_cast<char>((i * 2654435761U + seed * 40503U) >> 7);
    // Starts like a record whose length is a lie.
    Header header;
    header.stream = Stream::out;
    header.sequence = 1;
    header.length = seed % 2 == 0 ? 0xFFFFFFFFU : 4000;
    std::memcpy(garbage.data(), &header, sizeof header);
    std::ofstream(folder_ / "log.7", std::ios::binary | std::ios::trunc) << garbage;
    Reader reader(folder_);
    std::vector<Entry> entries;
    Cursor cursor = reader.tail(10);
    reader.read(cursor, {}, entries);
    EXPECT_EQ(texts(), Texts{"good"});
  }
  std::ofstream(folder_ / "log.99999999999999999999999") << "x";
  std::ofstream(folder_ / "log.x") << "x";
  EXPECT_EQ(texts(), Texts{"good"});
}

TEST_F(LogTest, a_full_disk_drops_and_tells) {
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, SIG_IGN);
  say("kept\n");
  rlimit small = before;
  small.rlim_cur = kFrameBytes + 4 + 10;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  say("lost one\n");
  say("lost two\n");
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_EQ(writer_->dropped(), 2U);
  say("again\n");
  EXPECT_EQ(texts(), (Texts{"kept", "again", "stack: the disk refused log records, lost: 2"}));
}

}  // namespace
}  // namespace stack::logs
