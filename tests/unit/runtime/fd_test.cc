#include "runtime/fd.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <functional>

#include "runtime/error.h"
#include "tests/fakes/scratch.h"

namespace croft::runtime {
namespace {

using fakes::Scratch;
using testing::HasSubstr;

bool is_open(int fd) {
  return fcntl(fd, F_GETFD) >= 0;
}
bool closes_on_exec(const Fd& fd) {
  return (fcntl(fd.get(), F_GETFD) & FD_CLOEXEC) != 0;
}

ErrorKind kind_thrown(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.kind();
  }
  ADD_FAILURE() << "nothing was thrown";
  return ErrorKind::kSystem;
}

std::array<Fd, 2> socket_pair(int type) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends.data()) != 0) fail_errno("cannot make a socket pair");
  return {Fd(ends[0]), Fd(ends[1])};
}

TEST(Fd, ClosesWhatItHoldsExactlyOnce) {
  const Scratch scratch;
  const std::string path = scratch.file("a", "");
  Fd first = open_file(path, O_RDONLY);
  const int number = first.get();
  Fd second = std::move(first);
  EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): a moved-from Fd is empty by contract
  EXPECT_TRUE(is_open(number));
  second.reset();
  EXPECT_FALSE(is_open(number));
}

TEST(Fd, AssignmentClosesTheFormerOne) {
  const Scratch scratch;
  const std::string path = scratch.file("a", "");
  Fd fd = open_file(path, O_RDONLY);
  const int former = fd.get();
  Fd other = open_file(path, O_RDONLY);
  const int latter = other.get();
  fd = std::move(other);
  EXPECT_FALSE(is_open(former));
  EXPECT_EQ(fd.get(), latter);
}

TEST(Fd, AssignmentToItselfKeepsIt) {
  const Scratch scratch;
  Fd fd = open_file(scratch.file("a", ""), O_RDONLY);
  Fd& same = fd;
  fd = std::move(same);
  EXPECT_TRUE(fd);
  EXPECT_TRUE(is_open(fd.get()));
}

TEST(Fd, EveryWayToMakeOneClosesOnExec) {
  const Scratch scratch;
  const std::string path = scratch.file("a", "");
  const Fd dir = open_file(scratch.path(), O_RDONLY | O_DIRECTORY);
  EXPECT_TRUE(closes_on_exec(dir));
  EXPECT_TRUE(closes_on_exec(dir.duplicate()));
  EXPECT_TRUE(closes_on_exec(open_at(dir, "a", O_RDONLY)));
  EXPECT_TRUE(closes_on_exec(open_in_root(dir, "/a", O_RDONLY)));
  EXPECT_TRUE(closes_on_exec(sealed_memory("x", "y")));
}

TEST(OpenFile, NamesThePathThatIsMissing) {
  try {
    open_file("/nonexistent/file", O_RDONLY);
    FAIL() << "it was opened";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kNotFound);
    EXPECT_THAT(error.what(), HasSubstr("`/nonexistent/file`"));
  }
}

TEST(ReadFile, StopsAtItsLimit) {
  const Scratch scratch;
  const std::string path = scratch.file("a", std::string(10000, 'x'));
  EXPECT_EQ(read_file(path, 10000).size(), 10000U);
  EXPECT_EQ(kind_thrown([&] { read_file(path, 9999); }), ErrorKind::kInvalid);
}

TEST(WriteFile, WantsTheFileToBeThere) {
  const Scratch scratch;
  EXPECT_EQ(kind_thrown([&] { write_file(scratch / "missing", "x"); }), ErrorKind::kNotFound);
  EXPECT_FALSE(exists(scratch / "missing"));
}

TEST(ReplaceFile, PutsWholeContentInPlaceAndLeavesNothingBeside) {
  const Scratch scratch;
  const std::string path = scratch.file("a", "old and longer");
  replace_file(path, "new", 0600, true);
  EXPECT_EQ(read_file(path), "new");
  EXPECT_FALSE(exists(path + ".new"));
}

TEST(ReplaceFile, DoesNotFollowALinkPutInItsWay) {
  const Scratch scratch;
  const std::string victim = scratch.file("victim", "untouched");
  ASSERT_EQ(symlink(victim.c_str(), (scratch / "a.new").c_str()), 0);
  EXPECT_THROW(replace_file(scratch / "a", "content", 0600, false), Error);
  EXPECT_EQ(read_file(victim), "untouched");
}

TEST(MakeDirectories, MakesAllThatAreMissingAndMayBeRepeated) {
  const Scratch scratch;
  make_directories(scratch / "a/b/c", 0700);
  make_directories(scratch / "a/b/c", 0700);
  struct stat info {};
  ASSERT_EQ(stat((scratch / "a/b/c").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0700U);
}

TEST(MakeDirectories, RefusesAFileInTheWay) {
  const Scratch scratch;
  scratch.file("a", "");
  EXPECT_THROW(make_directories(scratch / "a/b", 0700), Error);
}

TEST(RemoveTree, RemovesLinksAndNotWhatTheyPointTo) {
  const Scratch scratch;
  const std::string kept = scratch.file("outside/kept", "x");
  scratch.file("tree/deep/file", "x");
  ASSERT_EQ(symlink((scratch / "outside").c_str(), (scratch / "tree/link").c_str()), 0);
  remove_tree(scratch / "tree");
  EXPECT_FALSE(exists(scratch / "tree"));
  EXPECT_TRUE(exists(kept));
}

TEST(RemoveTree, AMissingPathIsNoError) {
  EXPECT_NO_THROW(remove_tree("/nonexistent/tree"));
}

TEST(SealedMemory, CannotBeChangedAfterwards) {
  const Fd fd = sealed_memory("croft-test", "content");
  std::array<char, 16> buffer{};
  EXPECT_EQ(pread(fd.get(), buffer.data(), buffer.size(), 0), 7);
  EXPECT_EQ(pwrite(fd.get(), "x", 1, 0), -1);
  EXPECT_EQ(errno, EPERM);
  EXPECT_EQ(ftruncate(fd.get(), 0), -1);
}

TEST(SealedMemory, IsReadFromItsBeginning) {
  const Fd fd = sealed_memory("croft-test", "content");
  std::array<char, 16> buffer{};
  EXPECT_EQ(read(fd.get(), buffer.data(), buffer.size()), 7);
}

TEST(PassedFds, ArriveWithTheirMessageAndCloseOnExec) {
  const Scratch scratch;
  const Fd file = open_file(scratch.file("a", "passed"), O_RDONLY);
  const auto [near, far] = socket_pair(SOCK_SEQPACKET);
  send_with_fds(near.get(), "hello", {file.get(), file.get()});
  std::vector<Fd> received;
  EXPECT_EQ(receive_with_fds(far.get(), 100, &received), "hello");
  ASSERT_EQ(received.size(), 2U);
  EXPECT_TRUE(closes_on_exec(received[0]));
  std::array<char, 16> buffer{};
  EXPECT_EQ(pread(received[1].get(), buffer.data(), buffer.size(), 0), 6);
}

TEST(PassedFds, AreBoundedBeforeTheKernelRefusesThem) {
  const auto [near, far] = socket_pair(SOCK_SEQPACKET);
  const std::vector<int> too_many(kMaxPassedFds + 1, near.get());
  EXPECT_EQ(kind_thrown([&] { send_with_fds(near.get(), "x", too_many); }), ErrorKind::kInvalid);
  const std::vector<int> just_enough(kMaxPassedFds, near.get());
  send_with_fds(near.get(), "x", just_enough);
  std::vector<Fd> received;
  receive_with_fds(far.get(), 10, &received);
  EXPECT_EQ(received.size(), kMaxPassedFds);
}

TEST(ReceiveWithFds, RefusesAMessageThatDoesNotFit) {
  const auto [near, far] = socket_pair(SOCK_SEQPACKET);
  send_with_fds(near.get(), "longer than ten bytes");
  EXPECT_THROW(receive_with_fds(far.get(), 10, nullptr), Error);
}

TEST(ReceiveWithFds, GivesNothingAtTheEnd) {
  auto [near, far] = socket_pair(SOCK_SEQPACKET);
  near.reset();
  std::vector<Fd> received;
  EXPECT_EQ(receive_with_fds(far.get(), 10, &received), "");
  EXPECT_TRUE(received.empty());
}

TEST(SendWithFds, ToAClosedPeerIsAnErrorAndNotASignal) {
  auto [near, far] = socket_pair(SOCK_STREAM);
  far.reset();
  EXPECT_EQ(kind_thrown([&] { send_with_fds(near.get(), "x"); }), ErrorKind::kUnavailable);
}

}  // namespace
}  // namespace croft::runtime
