#include <array>
#include <filesystem>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/pipe.h"
#include "base/scope_guard.h"
#include "base/tar/archive_writer.h"
#include "base/tar/tar_encode.h"
#include "base/tar/tar_stream.h"
#include "base/tar/tree_extract.h"

namespace stack::tar {
namespace {

// In pieces of `piece` bytes, as a pipe may give them.
Source source_from(std::string bytes, std::size_t piece = 700) {
  return [bytes = std::move(bytes), at = std::size_t{0}, piece]() mutable -> std::string_view {
    const std::string_view next = std::string_view{bytes}.substr(at, piece);
    at += next.size();
    return next;
  };
}

std::string with_content(const Entry& entry, const std::string& content) {
  return header_of(entry) + content + padding_of(content.size());
}

std::string all_of(Stream& stream) {
  std::string content;
  for (std::string_view piece = stream.content(); !piece.empty(); piece = stream.content()) content += piece;
  return content;
}

std::string refusal_of(const std::string& archive) {
  try {
    Stream stream{source_from(archive)};
    while (stream.next()) continue;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid);
    return error.message();
  }
  return "";
}

TEST(Tar, ReadsWhatItWrites) {
  const Entry plain{.path = "d/f", .mode = 04755, .uid = 1000, .gid = 5, .size = 3, .modified_s = 1'700'000'000};
  const Entry link{.path = "l", .kind = Kind::symbolic_link, .mode = 0777, .link = "../x"};
  const Entry device{.path = "n", .kind = Kind::block_device, .mode = 0600, .device_major = 8, .device_minor = 17};
  const Entry folder{.path = "d/", .kind = Kind::folder, .mode = 01777};
  Stream stream{
      source_from(with_content(plain, "abc") + header_of(link) + header_of(device) + header_of(folder) + end_mark())};
  EXPECT_EQ(stream.next(), plain);
  EXPECT_EQ(all_of(stream), "abc");
  EXPECT_EQ(stream.next(), link);
  EXPECT_EQ(stream.next(), device);
  EXPECT_EQ(stream.next(), folder);
  EXPECT_EQ(stream.next(), std::nullopt);
  EXPECT_EQ(stream.next(), std::nullopt);
}

TEST(Tar, KeepsWhatTheOldFormatHasNoRoomFor) {
  const Entry entry{.path = std::string(300, 'p'),
                    .kind = Kind::symbolic_link,
                    .uid = 4'000'000'000,
                    .gid = 3'000'000'000,
                    .modified_s = 1'700'000'000,
                    .modified_ns = 123'456'789,
                    .link = std::string(200, 'l'),
                    .attributes = {{"user.a", std::string{"\0=\n", 3}}, {"security.capability", "x"}}};
  Stream stream{source_from(header_of(entry) + end_mark(), 1)};
  EXPECT_EQ(stream.next(), entry);
}

TEST(Tar, TimesBefore1970KeepTheirFraction) {
  const Entry entry{.path = "old", .kind = Kind::fifo, .modified_s = -2, .modified_ns = 500'000'000};
  Stream stream{source_from(header_of(entry) + end_mark())};
  EXPECT_EQ(stream.next(), entry);
}

TEST(Tar, KeepsTimesOfTheFarFuture) {
  const Entry entry{.path = "new", .kind = Kind::fifo, .modified_s = 40'000'000'000};
  Stream stream{source_from(header_of(entry) + end_mark())};
  EXPECT_EQ(stream.next(), entry);
}

TEST(Tar, SkipsWhatNobodyReads) {
  const Entry big{.path = "big", .size = 2000}, next{.path = "next", .kind = Kind::fifo};
  Stream stream{source_from(with_content(big, std::string(2000, 'x')) + header_of(next) + end_mark())};
  EXPECT_EQ(stream.next()->path, "big");
  EXPECT_EQ(stream.next()->path, "next");
}

// An archive of one file, of which the writer is told that it has `size` bytes; whether it had.
std::pair<std::string, bool> written_of(const std::string& content, std::uint64_t size, bool into_pipe) {
  const UniqueFd file{::memfd_create("content", MFD_CLOEXEC)}, archive{::memfd_create("archive", MFD_CLOEXEC)};
  write_all(file, content);
  ::lseek(file.get(), 0, SEEK_SET);
  Pipe pipe;
  std::thread reader{[&] {
    std::array<char, 5000> part;
    for (ssize_t got = 0; (got = ::read(pipe.reading.get(), part.data(), part.size())) > 0;)
      write_all(archive, {part.data(), static_cast<std::size_t>(got)});
  }};
  ArchiveWriter writer{into_pipe ? BorrowedFd{pipe.writing} : BorrowedFd{archive}};
  writer.begin({.path = "f", .size = size});
  const bool whole = writer.content(file, size, "f");
  writer.begin({.path = "small", .size = 5});
  writer.content("small");
  writer.end();
  pipe.writing.reset();
  reader.join();
  std::string bytes(static_cast<std::size_t>(::lseek(archive.get(), 0, SEEK_END)), '\0');
  EXPECT_EQ(::pread(archive.get(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  return {bytes, whole};
}

TEST(Tar, AFileGoesIntoAPipeAndIntoAFileAlike) {
  for (const std::size_t size : {0, 1, 512, 70'000, 1'000'001}) {
    std::string content;
    for (int i = 0; content.size() < size; ++i) content += std::to_string(i);
    content.resize(size);
    const std::string wanted = with_content({.path = "f", .size = size}, content) +
                               with_content({.path = "small", .size = 5}, "small") + end_mark();
    for (const bool pipe : {false, true}) {
      EXPECT_EQ(written_of(content, size, pipe), (std::pair{wanted, true})) << size;
      // It became shorter, and longer.
      const std::string zeros = content + std::string(300'000, '\0');
      EXPECT_EQ(written_of(content, size + 300'000, pipe).first,
                with_content({.path = "f", .size = size + 300'000}, zeros) +
                    with_content({.path = "small", .size = 5}, "small") + end_mark());
      EXPECT_FALSE(written_of(content, size + 300'000, pipe).second);
      EXPECT_EQ(written_of(content + "more", size, pipe), (std::pair{wanted, true}));
    }
  }
}

TEST(Tar, NothingIsAnEmptyArchive) {
  Stream stream{source_from("")};
  EXPECT_EQ(stream.next(), std::nullopt);
}

TEST(Tar, RefusesWhatIsDamaged) {
  const Entry entry{.path = "f", .size = 600};
  const std::string whole = with_content(entry, std::string(600, 'x'));
  EXPECT_EQ(refusal_of(whole), "the archive is incomplete: its end mark is missing");
  EXPECT_EQ(refusal_of(whole.substr(0, 700)), "the archive ends in the middle of an entry");
  EXPECT_EQ(refusal_of(whole.substr(0, 300)), "the archive ends in the middle of an entry");
  EXPECT_EQ(refusal_of(std::string(1024, 'x')), "the archive has a header that is not one of a tar");
  std::string wrong = whole;
  wrong[0] = 'g';  // its sum is another now
  EXPECT_EQ(refusal_of(wrong), "the archive has a header that is not one of a tar");
}

TEST(Tar, AnArchiveWithoutAnEndIsRefused) {
  const std::string zeros(1 << 20, '\0');
  Stream endless{[&]() -> std::string_view { return zeros; }};
  EXPECT_THROW(while (endless.next()) continue, Error);
}

TEST(Tar, RefusesHeadersThatLie) {
  const auto pax = [](const std::string& records) {
    std::string header = header_of({.path = "x", .size = records.size()});
    header[156] = 'x';
    // The sum of the header: 'x' in place of '0'.
    unsigned sum = 0;
    for (std::size_t i = 0; i < kBlockBytes; ++i)
      sum += i >= 148 && i < 156 ? ' ' : static_cast<unsigned char>(header[i]);
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "%06o", sum);
    header.replace(148, 7, std::string{text.data(), 7});
    return header + records + padding_of(records.size()) + header_of({.path = "f"}) + end_mark();
  };
  EXPECT_EQ(refusal_of(pax("13 path=long\n")), "");
  EXPECT_EQ(refusal_of(pax("99 path=long\n")), "the archive has a damaged pax header");
  EXPECT_EQ(refusal_of(pax("x path=long\n")), "the archive has an invalid number \"x\" in a header");
  EXPECT_EQ(refusal_of(pax("11 uid=-123\n")), "the archive has a damaged pax header");
  EXPECT_EQ(refusal_of(pax("12 uid=-123\n")), "the archive has an invalid number \"-123\" in a header");
  EXPECT_EQ(refusal_of(pax(std::string{"12 path=a\0bc\n", 13})), "the archive has a damaged pax header");
  EXPECT_EQ(refusal_of(pax(std::string{"13 path=a\0bc\n", 13})), "the archive has a name with a NUL in it");
  EXPECT_EQ(refusal_of(pax("22 GNU.sparse.major=1\n")), "the archive has a sparse file: write it without --sparse");
}

TEST(Tar, AFileThatBreaksOffLeavesTheOneBefore) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("tar_test_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const ScopeGuard remove{[&] { std::filesystem::remove_all(folder); }};
  replace_file(folder / "f", "before", Durable::no);
  const UniqueFd root{::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  const std::string archive = with_content({.path = "f", .mode = 0644, .size = 5000}, std::string(5000, 'x'));
  const ExtractOptions options{.keep_owner = false, .place = folder.string(), .rename = {}};
  Stream half{source_from(archive.substr(0, 3000))};
  EXPECT_THROW(extract(half, root, options), Error);
  EXPECT_EQ(read_file(folder / "f"), "before");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator{folder}, {}), 1);
  Stream whole{source_from(archive + end_mark())};
  EXPECT_EQ(extract(whole, root, options), 5000U);
  EXPECT_EQ(read_file(folder / "f"), std::string(5000, 'x'));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator{folder}, {}), 1);
}

// By the kernel where the pipe has more, by hand where the source has read ahead.
TEST(Tar, LargeContentComesStraightFromAPipe) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("tar_test_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const ScopeGuard remove{[&] { std::filesystem::remove_all(folder); }};
  const UniqueFd root{::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  const auto content_of = [](std::size_t size) {
    std::string content(size, '\0');
    for (std::size_t i = 0; i < size; ++i) content[i] = static_cast<char>(i * 7 + i / 256);
    return content;
  };
  const auto extracted = [&](std::string_view archive) {
    Pipe pipe;
    std::thread sender{[&] {
      const UniqueFd to = std::move(pipe.writing);
      write_all(to, archive);
    }};
    const ScopeGuard join{[&] { sender.join(); }};
    Stream stream{source_of(pipe.reading), pipe.reading};
    return extract(stream, root, {.keep_owner = false, .place = folder.string(), .rename = {}});
  };
  const std::string large = content_of((3 << 20) + 17), small = content_of(100), other = content_of(kMovedMin);
  const std::string archive = with_content({.path = "large", .size = large.size()}, large) +
                              with_content({.path = "small", .size = small.size()}, small) +
                              with_content({.path = "other", .size = other.size()}, other);
  EXPECT_EQ(extracted(archive + end_mark()), large.size() + small.size() + other.size());
  EXPECT_EQ(read_file(folder / "large"), large);
  EXPECT_EQ(read_file(folder / "small"), small);
  EXPECT_EQ(read_file(folder / "other"), other);
  EXPECT_THROW(extracted(std::string_view{archive}.substr(0, 2 << 20)), Error);
  EXPECT_EQ(read_file(folder / "large"), large);
}

TEST(Tar, NamesStayBelowTheirFolder) {
  EXPECT_EQ(clean_entry_name("a/./b//c/"), "a/b/c");
  EXPECT_EQ(clean_entry_name("/etc/passwd"), "etc/passwd");
  EXPECT_EQ(clean_entry_name("a/../b"), "b");
  EXPECT_EQ(clean_entry_name("./"), "");
  EXPECT_EQ(clean_entry_name(".."), std::nullopt);
  EXPECT_EQ(clean_entry_name("../x"), std::nullopt);
  EXPECT_EQ(clean_entry_name("a/../../x"), std::nullopt);
  EXPECT_EQ(clean_entry_name("/../x"), std::nullopt);
  EXPECT_EQ(clean_entry_name("a/..b/..."), "a/..b/...");
}

}  // namespace
}  // namespace stack::tar
