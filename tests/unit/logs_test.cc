// The log's form on disk: what is written is read back, across rotation, restarts and torn ends.
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/logs/compress.h"
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
    ASSERT_TRUE(writer_->open(folder_fd_, {.max_bytes = max_bytes, .max_files = max_files, .prompt = prompt}));
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
  ASSERT_EQ(entries.size(), 4U);
  EXPECT_EQ(entries.front().time, Wall{Nanos{3}});
  EXPECT_EQ(entries.back().time, Wall{Nanos{6}});
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

TEST_F(LogTest, compressed_files_read_like_plain_ones) {
  reopen(600, 100, false);
  for (int i = 0; i < 100; ++i) say(std::to_string(i) + "\n");
  const auto before = texts();
  ASSERT_GE(writer_->generation(), 5U);
  for (std::uint64_t generation = 1; generation < writer_->generation(); generation += 2)
    ASSERT_TRUE(compress(folder_fd_, generation));
  EXPECT_FALSE(fs::exists(folder_ / "log.1"));
  EXPECT_TRUE(fs::exists(folder_ / "log.1.gz"));
  EXPECT_FALSE(fs::exists(folder_ / "log.1.gz.new"));
  EXPECT_EQ(texts(), before);
  Reader reader(folder_);
  for (std::uint64_t lines : {1ULL, 7ULL, 50ULL, 99ULL, 1000ULL}) {
    Cursor cursor = reader.tail(lines);
    std::vector<Entry> entries;
    reader.read(cursor, {}, entries);
    EXPECT_EQ(entries.size(), std::min<std::uint64_t>(lines, 100)) << lines;
  }
  // The writer goes on behind them, and the oldest go with them.
  reopen(600, 3, false);
  for (int i = 100; i < 140; ++i) say(std::to_string(i) + "\n");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 3);
  EXPECT_EQ(all().back().sequence, 140U);
}

TEST_F(LogTest, a_reader_goes_on_in_a_file_that_is_compressed_meanwhile) {
  reopen(600, 100, false);
  for (int i = 0; i < 40; ++i) say(std::to_string(i) + "\n");
  Reader reader(folder_);
  Cursor cursor;
  std::vector<Entry> seen;
  ASSERT_TRUE(reader.read(cursor, {}, seen, 100));
  ASSERT_EQ(cursor.generation, 1U);
  for (std::uint64_t generation = 1; generation < writer_->generation(); ++generation)
    ASSERT_TRUE(compress(folder_fd_, generation));
  while (reader.read(cursor, {}, seen, 100)) continue;
  EXPECT_EQ(seen.size(), 40U);
  // Another one comes to a place in the middle of it.
  Reader other(folder_);
  Cursor middle{1, 2 * (kFrameBytes + 1)};
  std::vector<Entry> rest;
  while (other.read(middle, {}, rest)) continue;
  EXPECT_EQ(rest.size(), 38U);
}

TEST_F(LogTest, a_compression_that_was_cut_off_loses_nothing) {
  reopen(600, 100, false);
  for (int i = 0; i < 40; ++i) say(std::to_string(i) + "\n");
  const auto before = texts();
  const fs::path plain = folder_ / "log.1", packed = folder_ / "log.1.gz", kept = folder_ / "kept";
  fs::copy_file(plain, kept);
  ASSERT_TRUE(compress(folder_fd_, 1));
  // Before the new name: half of it is there, and not read.
  const auto size = fs::file_size(packed);
  fs::rename(kept, plain);
  fs::copy_file(plain, kept);
  fs::rename(packed, folder_ / "log.1.gz.new");
  fs::resize_file(folder_ / "log.1.gz.new", size / 2);
  EXPECT_EQ(texts(), before);
  ASSERT_TRUE(compress(folder_fd_, 1));
  EXPECT_EQ(texts(), before);
  // Between the new name and the end of the old one: both are there, and read once.
  fs::rename(kept, plain);
  EXPECT_EQ(texts(), before);
  EXPECT_EQ(fs::file_size(packed), size);
  // What is unfinished goes with the next run.
  std::ofstream(folder_ / "log.2.gz.new") << "x";
  reopen(600, 100, false);
  EXPECT_FALSE(fs::exists(folder_ / "log.2.gz.new"));
  EXPECT_EQ(texts(), before);
}

TEST_F(LogTest, a_damaged_compressed_file_gives_what_stands_before) {
  reopen(20000, 100, false);
  std::uint64_t noise = 1;
  for (int i = 0; i < 600; ++i) say(std::to_string(noise *= 6364136223846793005ULL) + "\n");
  const auto before = texts();
  ASSERT_GT(writer_->generation(), 1U);
  ASSERT_TRUE(compress(folder_fd_, 1));
  fs::resize_file(folder_ / "log.1.gz", fs::file_size(folder_ / "log.1.gz") - 100);
  const auto after = texts();
  EXPECT_LT(after.size(), before.size());
  EXPECT_GT(after.size(), before.size() / 2);
  EXPECT_EQ(after.front(), before.front());
  EXPECT_EQ(after.back(), before.back());
  std::ofstream(folder_ / "log.1.gz", std::ios::trunc) << "no gzip at all";
  EXPECT_EQ(texts().back(), before.back());
}

TEST_F(LogTest, a_full_disk_stops_a_compression) {
  reopen(6000, 100, false);
  std::uint64_t noise = 1;
  for (int i = 0; i < 300; ++i) say(std::to_string(noise *= 6364136223846793005ULL) + "\n");
  const auto before = texts();
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  ::getrlimit(RLIMIT_FSIZE, &limit);
  rlimit small = limit;
  small.rlim_cur = 500;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto status = compress(folder_fd_, 1);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  EXPECT_EQ(status.err(), EFBIG);
  EXPECT_FALSE(fs::exists(folder_ / "log.1.gz.new"));
  EXPECT_EQ(texts(), before);
}

class BufferedLogTest : public LogTest {
 protected:
  // A disk that takes nothing for a while: a pipe in the place of the file.
  void stall() {
    fs::remove(folder_ / "log.1");
    ASSERT_EQ(::mkfifo((folder_ / "log.1").c_str(), 0600), 0);
    pipe_.reset(::open((folder_ / "log.1").c_str(), O_RDWR | O_CLOEXEC));
    open_buffered();
  }
  void open_buffered(std::uint64_t bytes = 1) {
    writer_ = std::make_unique<Writer>();
    ASSERT_TRUE(writer_->open(folder_fd_, {.max_files = 3, .buffer_bytes = bytes}));
  }
  // Takes what the pipe holds and gets until the writer has closed, into a log of its own.
  void resume() {
    std::string bytes;
    std::thread closer([&] {
      writer_->close();
      const char end = 0;
      (void)!::write(pipe_.get(), &end, 1);  // no record begins like this
    });
    char chunk[4096];
    while (!bytes.ends_with('\0') || !closed(bytes)) {
      const ssize_t n = ::read(pipe_.get(), chunk, sizeof chunk);
      ASSERT_GT(n, 0);
      bytes.append(chunk, static_cast<std::size_t>(n));
    }
    closer.join();
    fs::remove(folder_ / "log.1");
    std::ofstream(folder_ / "log.1", std::ios::binary) << bytes;
  }
  // Whether one byte is left behind the last whole record.
  static bool closed(const std::string& bytes) {
    std::size_t at = 0;
    Header header;
    while (at + kFrameBytes <= bytes.size()) {
      std::memcpy(&header, bytes.data() + at, sizeof header);
      at += kFrameBytes + header.length;
    }
    return at + 1 == bytes.size();
  }
  UniqueFd pipe_;
};

TEST_F(BufferedLogTest, everything_is_written_in_order) {
  open_buffered(1 << 20);
  Texts said;
  for (int i = 0; i < 5000; ++i) {
    said.push_back("line " + std::to_string(i));
    say(said.back() + "\n");
  }
  say("end");
  writer_->finish(Stream::out, ++now_);
  writer_->close();
  said.push_back("end");
  EXPECT_EQ(texts(), said);
}

TEST_F(BufferedLogTest, a_disk_that_hangs_does_not_hold_up_the_container) {
  stall();
  constexpr int kLines = 3000;
  const std::string line(100, 'x');
  for (int i = 0; i < kLines; ++i) say(line + "\n");
  resume();
  const auto found = texts();
  ASSERT_GT(found.size(), 100U);
  const std::string report = "stack: the buffer of the log was full, lost: ";
  std::size_t kept = 0, lost = 0;
  for (const std::string& text : found) {
    if (text.starts_with(report)) {
      lost += std::stoul(text.substr(report.size()));
    } else {
      EXPECT_EQ(text, line);
      ++kept;
    }
  }
  EXPECT_GT(lost, 1000U);
  EXPECT_EQ(kept + lost, std::size_t{kLines});
}

TEST_F(BufferedLogTest, a_line_that_lost_a_part_does_not_run_into_the_next) {
  stall();
  const std::string wide(kLineBytes * 40, 'w');
  say(wide + "\n");
  say("behind\n");
  resume();
  const auto entries = all();
  std::size_t parts = 0;
  while (entries.at(parts).partial) ++parts;
  EXPECT_GT(parts, 2U);
  EXPECT_LT(parts, 40U);
  EXPECT_TRUE(entries.at(parts).no_newline);
  EXPECT_EQ(entries.at(parts).text, "");
  for (std::size_t i = parts + 1; i < entries.size(); ++i) EXPECT_FALSE(entries[i].partial);
}

}  // namespace
}  // namespace stack::logs
