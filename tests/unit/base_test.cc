// base and model: the small nouns that everything else is made of.
#include <csignal>
#include <filesystem>
#include <locale>
#include <sstream>
#include <thread>

#include <boost/system/system_error.hpp>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/duration.h"
#include "base/error.h"
#include "base/file.h"
#include "base/folder_size.h"
#include "base/given_file.h"
#include "base/hide_credentials.h"
#include "base/ids.h"
#include "base/memory.h"
#include "base/model/model_json.h"
#include "base/model/model_words.h"
#include "base/model/signals.h"
#include "base/moment.h"
#include "base/processor_list.h"
#include "base/thrown.h"

namespace stack {
namespace {

TEST(ProcessorList, KnowsRangesWithHoles) {
  const auto online = ProcessorList::parse("0-3,8-11\n");
  ASSERT_TRUE(online);
  EXPECT_EQ(online->text(), "0-3,8-11");
  EXPECT_TRUE(online->contains(8));
  EXPECT_FALSE(online->contains(5));
  EXPECT_EQ(ProcessorList::parse("2-9")->first_not_in(*online), 4U);
  EXPECT_EQ(ProcessorList::parse("11,0-1")->first_not_in(*online), std::nullopt);
  EXPECT_TRUE(ProcessorList::parse("")->empty());
  for (const char* wrong : {"a", "1-", "-1", "3-1", "1,,2", "1,", ",1", "1-2-3", "8192", "99999999999", " 1", "0x1"})
    EXPECT_FALSE(ProcessorList::parse(wrong)) << wrong;
}

TEST(Bytes, ReadsEveryUnitAsAPowerOf1024) {
  EXPECT_EQ(parse_bytes("64m"), 64 << 20);
  EXPECT_EQ(parse_bytes("1.5 GiB"), 3LL << 29);
  EXPECT_EQ(parse_bytes("2kb"), 2048);
  EXPECT_EQ(parse_bytes("1024"), 1024);
  EXPECT_EQ(parse_bytes("-1"), -1);
  for (const char* bad : {"", "m", "1x", "-2", "1 2", "1mm", "99999999999p"}) EXPECT_FALSE(parse_bytes(bad)) << bad;
}

TEST(Duration, ReadsAndNormalises) {
  EXPECT_EQ(parse_duration("90s"), std::chrono::seconds{90});
  EXPECT_EQ(format_duration(*parse_duration("90s")), "1m30s");
  EXPECT_EQ(format_duration(*parse_duration("1.5h")), "1h30m0s");
  EXPECT_EQ(format_duration(*parse_duration("500ms")), "500ms");
  EXPECT_EQ(format_duration(*parse_duration("0")), "0s");
  EXPECT_EQ(parse_duration("1d"), std::chrono::hours{24});
  for (const char* bad : {"", "10", "s", "1x", "1s2", "--1s"}) EXPECT_FALSE(parse_duration(bad)) << bad;
}

TEST(Thrown, SentencesOfLibrariesBecomeOurs) {
  const auto said = [](auto&& work) {
    try {
      work();
    } catch (const std::exception& thrown) {
      return error_of(thrown);
    }
    return Error{"nothing was thrown"};
  };
  const Error file = said([] { static_cast<void>(std::filesystem::file_size("/nowhere/at all")); });
  EXPECT_EQ(file.message(), "using /nowhere/at all: No such file or directory");
  EXPECT_EQ(file.err(), ENOENT);
  EXPECT_EQ(said([] { throw std::bad_alloc{}; }).message(), "there is not enough memory");
  EXPECT_EQ(said([] { throw std::system_error{EMFILE, std::generic_category(), "x"}; }).err(), EMFILE);
  const Error of_boost = said([] {
    const boost::system::error_code code{EMFILE, boost::system::system_category()};
    throw boost::system::system_error{code, "eventfd_select_interrupter"};
  });
  EXPECT_EQ(of_boost.err(), EMFILE);
  EXPECT_EQ(of_boost.message().find("internal"), std::string::npos) << of_boost.message();
  EXPECT_NE(of_boost.remedy_text().find("ulimit -n"), std::string::npos) << of_boost.remedy_text();
  const Error ours = said([] { throw Error(ErrorKind::conflict, "taken"); });
  EXPECT_EQ(ours.kind(), ErrorKind::conflict);
  EXPECT_EQ(ours.render(), "taken");
  const Error unknown = said([] { throw std::logic_error{"basic_string::substr"}; });
  EXPECT_EQ(unknown.message(), "internal error: basic_string::substr");
  EXPECT_FALSE(unknown.remedy_text().empty());
}

TEST(Thrown, ReasonsOfJsonLoseTheNameOfTheirException) {
  EXPECT_EQ(json_reason(std::runtime_error{"[json.exception.type_error.302] type must be string"}),
            "type must be string");
  EXPECT_EQ(json_reason(std::runtime_error{"[json.exception.cut"}), "");
  EXPECT_EQ(json_reason(std::runtime_error{"else"}), "else");
}

TEST(Error, ContextGoesInFrontAndTheInnermostRemedyWins) {
  Error error = Error::from_errno(ENOENT, "opening x");
  error.remedy("make it").context("starting web-1").remedy("other");
  EXPECT_EQ(error.render(), "starting web-1: opening x: No such file or directory\n  make it");
}

TEST(FolderSize, CountsEachFileOnceAndFollowsNoLink) {
  namespace fs = std::filesystem;
  std::string folder = ::testing::TempDir() + "stack-size-XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  fs::create_directories(folder + "/a/b");
  replace_file(folder + "/a/one", std::string(1000, 'x'), Durable::no);
  replace_file(folder + "/a/b/two", std::string(500, 'x'), Durable::no);
  fs::create_hard_link(folder + "/a/one", folder + "/a/b/same");
  fs::create_symlink("/", folder + "/a/root");
  EXPECT_EQ(folder_size(folder), 1500u);
  EXPECT_EQ(folder_size(folder + "/absent"), 0u);
  fs::remove_all(folder);
}

TEST(Ids, HaveTheWantedLength) {
  const RandomSource zeros = [](void* data, std::size_t size) { std::fill_n(static_cast<char*>(data), size, '\xa5'); };
  EXPECT_EQ(new_id(zeros, 12), "a5a5a5a5a5a5");
  EXPECT_EQ(new_id(system_random()).size(), 64u);
}

TEST(Signals, NamesAndNumbers) {
  EXPECT_EQ(model::parse_signal("SIGTERM"), 15);
  EXPECT_EQ(model::parse_signal("quit"), 3);
  EXPECT_EQ(model::parse_signal("9"), 9);
  EXPECT_EQ(model::parse_signal("SIGRTMIN+3"), 37);
  EXPECT_EQ(model::signal_name(15), "SIGTERM");
  for (const char* bad : {"", "SIG", "0", "65", "RTMIN+99", "TERMX"}) EXPECT_FALSE(model::parse_signal(bad)) << bad;
}

TEST(ModelJson, AContainerSurvivesTheRoundTrip) {
  model::Container container;
  container.id = "ab";
  container.spec.environment = {{"A", "1"}, {"B", std::nullopt}};
  container.spec.command = std::vector<std::string>{};
  container.spec.healthcheck.emplace().interval = std::chrono::seconds{3};
  container.spec.mounts.push_back({.kind = model::MountKind::tmpfs, .source = {}, .target = "/x"});
  container.spec.restart.kind = model::RestartKind::unless_stopped;
  container.state.started = Wall{Nanos{42}};
  container.state.ports.push_back({"127.0.0.1", 8080, 80, model::Protocol::udp});
  EXPECT_EQ(model::parse_container(model::dump(container)), container);
  EXPECT_THROW(model::parse_container("[]x"), Error);
}

TEST(ModelJson, EnumsAreWordsAndNumbersOfOlderStoresAreRead) {
  model::Container container;
  container.spec.mounts.push_back({.kind = model::MountKind::tmpfs, .source = {}, .target = "/x"});
  container.spec.restart.kind = model::RestartKind::unless_stopped;
  container.state.status = model::Status::exited;
  container.state.health = model::Health::unhealthy;
  container.state.ports.push_back({"127.0.0.1", 8080, 80, model::Protocol::udp});
  const std::string text = model::dump(container);
  for (const char* word : {R"("kind":"tmpfs")", R"("kind":"unless-stopped")", R"("status":"exited")",
                           R"("health":"unhealthy")", R"("protocol":"udp")"})
    EXPECT_NE(text.find(word), std::string::npos) << word << " in " << text;
  const auto older = model::parse_container(
      R"({"spec":{"mounts":[{"kind":2,"target":"/x"}],"restart":{"kind":3}},)"
      R"("state":{"status":5,"health":3,"ports":[{"host_ip":"127.0.0.1","host_port":8080,"container_port":80,"protocol":1}]}})");
  EXPECT_EQ(older, container);
  for (const char* wrong :
       {R"({"state":{"status":7}})", R"({"state":{"status":"exit"}})", R"({"state":{"status":-1}})"})
    EXPECT_THROW(model::parse_container(wrong), Error) << wrong;
}

TEST(Moment, IsWrittenAndReadInEveryForm) {
  const Wall time{std::chrono::seconds{1'700'000'000} + Nanos{1'000}};
  EXPECT_EQ(rfc3339_seconds(time), "2023-11-14T22:13:20Z");
  EXPECT_EQ(rfc3339_nanos(time), "2023-11-14T22:13:20.000001Z");
  EXPECT_EQ(rfc3339_nanos(Wall{Nanos{-1}}), "1969-12-31T23:59:59.999999999Z");
  EXPECT_EQ(parse_rfc3339_time("2023-11-14T22:13:20.000001Z"), time);
  EXPECT_EQ(parse_rfc3339_time("2023-11-15T00:13:20.0000010009+02:00"), time);
  for (const char* wrong : {"", "2023-11-14", "2023-11-14T22:13:20", "2023-11-14T22:13:20.Z", "2023-11-14T22:13:20Zx",
                            "2023-11-14T22:13:20+2"})
    EXPECT_EQ(parse_rfc3339_time(wrong), std::nullopt) << wrong;
  EXPECT_EQ(parse_moment("1700000000.000001", Wall{}), time);
  EXPECT_EQ(parse_moment("1700000000", Wall{}), time - Nanos{1'000});
  EXPECT_EQ(parse_moment("2h", time), time - std::chrono::hours{2});
  EXPECT_GT(parse_moment("99999999999", Wall{}), parse_moment("9223372034", Wall{})) << "later than can be counted";
  EXPECT_EQ(parse_moment("2023-11-14T22:13", Wall{}), time - Nanos{1'000} - std::chrono::seconds{20});
  for (const char* wrong : {"", "yesterday", "1.", "1.x", "1.0000000001", "99999999999999999999", "2023-13-01", "-"})
    EXPECT_THROW(parse_moment(wrong, Wall{}), Error) << wrong;
}

TEST(EnumWords, FollowTheirEnums) {
  EXPECT_EQ(to_word(model::MountKind::tmpfs), "tmpfs");
  EXPECT_EQ(to_word(model::Protocol::sctp), "sctp");
  EXPECT_EQ(to_word(model::RestartKind::on_failure), "on-failure");
  EXPECT_EQ(to_word(model::RestartKind::unless_stopped), "unless-stopped");
  EXPECT_EQ(to_word(model::Status::restarting), "restarting");
  EXPECT_EQ(to_word(model::Status::dead), "dead");
  EXPECT_EQ(to_word(model::Health::unhealthy), "unhealthy");
  EXPECT_EQ(parse_word<model::Status>("paused"), model::Status::paused);
  EXPECT_EQ(parse_word<model::Status>("Paused"), std::nullopt);
}

std::size_t resident_file_pages() {
  std::istringstream figures{read_file("/proc/self/statm").value_or("")};
  std::size_t size = 0, resident = 0, of_files = 0;
  figures >> size >> resident >> of_files;
  return of_files;
}

TEST(Memory, CodeThatWasGivenBackRunsAgain) {
  const auto before = resident_file_pages();
  give_back_memory();
  const auto after = resident_file_pages();
  EXPECT_GT(after, 0U);
  EXPECT_LT(after, before);
  // What libraries keep in relocated data is still there.
  EXPECT_EQ(std::locale::classic().name(), "C");
  EXPECT_THROW(throw Error("thrown through unwind tables that come back"), Error);
}

TEST(ReadFile, AProcessThatEndsMeanwhileIsNoFile) {
  const pid_t pid = ::fork();
  ASSERT_GE(pid, 0);
  if (pid == 0) {
    ::pause();
    ::_exit(0);
  }
  const UniqueFd opened{::open(("/proc/" + std::to_string(pid) + "/stat").c_str(), O_RDONLY | O_CLOEXEC)};
  EXPECT_TRUE(opened);
  ::kill(pid, SIGKILL);
  EXPECT_EQ(::waitpid(pid, nullptr, 0), pid);
  // It still opens, as it does for a reader that was a moment too late.
  EXPECT_EQ(read_file("/proc/self/fd/" + std::to_string(opened.get())), std::nullopt);
}

class PipeFile : public testing::Test {
 protected:
  PipeFile() { EXPECT_EQ(::mkfifo(path_.c_str(), 0600), 0); }
  ~PipeFile() override { std::filesystem::remove(path_); }
  const std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / ("base_pipe_" + std::to_string(::getpid()));
};

TEST_F(PipeFile, IsRefusedAtOnce) {
  EXPECT_THROW(read_file(path_), Error);
  EXPECT_THROW(read_file("/dev/zero"), Error);
  EXPECT_EQ(read_file("/dev/null"), "");
}

TEST_F(PipeFile, OfAPersonIsReadOnceItHasAWriter) {
  EXPECT_THROW(read_given_file(path_, 100, std::chrono::milliseconds{1}), Error);
  std::thread writer{[&] {
    const UniqueFd end{::open(path_.c_str(), O_WRONLY | O_CLOEXEC)};
    write_all(end, "one\n");
    write_all(end, "two\n");
  }};
  EXPECT_EQ(read_given_file(path_, 100), "one\ntwo\n");
  writer.join();
}

TEST(ReadGivenFile, TakesPipesOfThisProcessAndHasABound) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const UniqueFd out{ends[0]};
  UniqueFd in{ends[1]};
  write_all(in, "text");
  in.reset();
  const std::string name = "/dev/fd/" + std::to_string(out.get());
  EXPECT_EQ(read_given_file(name), "text");
  EXPECT_EQ(read_given_file(name), "");
  EXPECT_EQ(read_given_file("/nowhere/x"), std::nullopt);
  EXPECT_EQ(read_given_file("/dev/null"), "");
  EXPECT_THROW(read_given_file("/dev/zero", 1000), Error);
}

TEST(HideCredentials, LeavesTheAddress) {
  for (const auto& [text, shown] : std::vector<std::pair<std::string, std::string>>{
           {"https://me:secret@h/n.git", "https://h/n.git"},
           {"ADD http://token@h:8/a?b=c@d https://u:p@q@h /x", "ADD http://h:8/a?b=c@d https://h /x"},
           {"https://h/n.git@v1", "https://h/n.git@v1"},
           {"git@h:n.git", "git@h:n.git"},
           {"ssh://git@h/n", "ssh://git@h/n"},
           {"ssh://git:secret@h:22/n", "ssh://git@h:22/n"},
           {"cannot reach 'https://u:p@h/': no", "cannot reach 'https://h/': no"},
           {"://", "://"},
           {"https://", "https://"}})
    EXPECT_EQ(hide_credentials(text), shown);
}

}  // namespace
}  // namespace stack
