// What a container does to its neighbours in the proofs of resource control. Static: it runs in any root.
//
//   antagonist hold ANONYMOUS_MB FILE FILE_MB
//       Makes both, then goes through all of it again and again, writing the one and reading the other;
//       prints the microseconds of every round.
//   antagonist work ANONYMOUS_MB FILE FILE_MB
//       The same, resting after every round as long as it took. Prints a rate that does not depend on how
//       fast the machine is just then, nor on a share of its CPUs: the time of a fixed loop, done after each
//       megabyte, in thousandths of that of the megabyte. Every place of the set counts by the median of its
//       last 15 rounds: what comes in every round (to read it again) counts, what comes by chance does not.
//   antagonist spin PROCESSES
//       Uses all CPU time that it is given.
//   antagonist requests COUNT
//       One small request after the other to a process of its own; prints the microseconds of each.
//   antagonist reads COUNT FILE
//       One page after the other from anywhere in a file, which it makes, past the cache; as above.
//   antagonist stream FILE FILE_MB
//       Reads the file, which it makes, again and again, past the cache.
//   antagonist huge COUNT
//       Takes so many huge pages of 2 MB, one after the other, and prints how many it has; keeps them.
//   antagonist again VERB WORDS...
//       Does that in a child, and again whenever it ends.
//   antagonist fork | sockets | write FILE
//       Bombs; the second prints how many it has.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kMega = 1 << 20;
constexpr std::size_t kRequest = 64;
constexpr std::uint64_t kLoop = 150'000;
constexpr std::size_t kWindow = 15;

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "antagonist: cannot %s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

void check(bool good, const char* what) {
  if (!good) fail(what);
}

class Watch {
 public:
  [[nodiscard]] long long nanos() const {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - begun_).count();
  }
  [[nodiscard]] long long micros() const { return nanos() / 1000; }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point begun_ = Clock::now();
};

void tell(long long number) {
  std::printf("%lld\n", number);
  std::fflush(stdout);
}

int make_file(const char* path, std::size_t size) {
  const int file = open(path, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
  check(file >= 0, "open the file");
  const std::vector<char> block(kMega, 'x');
  for (std::size_t at = 0; at < size; at += kMega)
    check(write(file, block.data(), kMega) == static_cast<ssize_t>(kMega), "write the file");
  check(fsync(file) == 0, "flush the file");  // clean pages are what reclaim takes first
  return file;
}

class WorkingSet {
 public:
  WorkingSet(std::size_t anonymous, const char* path, std::size_t size) : anonymous_(anonymous), size_(size) {
    if (anonymous > 0) {
      void* mapped = mmap(nullptr, anonymous, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      check(mapped != MAP_FAILED, "map memory");
      memory_ = static_cast<char*>(mapped);
    }
    file_ = make_file(path, size);
  }

  // Writes the one and reads the other; `after_each` megabyte.
  template <typename AfterEach>
  void go_through(AfterEach after_each) {
    ++round_;
    for (std::size_t at = 0; at < anonymous_; at += kPage) {
      std::memcpy(memory_ + at, &round_, sizeof round_);
      if ((at + kPage) % kMega == 0) after_each();
    }
    for (std::size_t at = 0; at < size_; at += kMega) {
      check(pread(file_, block_.data(), kMega, static_cast<off_t>(at)) >= 0, "read the file");
      after_each();
    }
  }

 private:
  std::size_t anonymous_;
  std::size_t size_;
  char* memory_ = nullptr;
  int file_ = -1;
  std::uint64_t round_ = 0;
  std::vector<char> block_ = std::vector<char>(kMega);
};

int hold(WorkingSet set) {
  for (;;) {
    const Watch watch;
    set.go_through([] {});
    tell(watch.micros());
  }
}

void count_up(std::uint64_t end) {
  for (std::atomic<std::uint64_t> i = 0; i < end;) i.fetch_add(1, std::memory_order_relaxed);
}

// Nanoseconds of one place of the set in the last rounds.
class Times {
 public:
  void note(std::uint64_t round, long long time) {
    if (last_.size() < kWindow)
      last_.push_back(time);
    else
      last_[round % kWindow] = time;
  }

  [[nodiscard]] long long median() const {
    std::vector<long long> sorted = last_;
    const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
    std::nth_element(sorted.begin(), middle, sorted.end());
    return *middle;
  }

 private:
  std::vector<long long> last_;
};

long long sum_of_medians(const std::vector<Times>& places) {
  long long sum = 0;
  for (const Times& place : places) sum += place.median();
  return sum;
}

int work(std::size_t anonymous, const char* path, std::size_t size) {
  WorkingSet set(anonymous, path, size);
  std::vector<Times> megabytes((anonymous + size) / kMega);
  std::vector<Times> loops(megabytes.size());
  for (std::uint64_t round = 0;; ++round) {
    const Watch watch;
    std::size_t place = 0;
    long long begun = 0;
    set.go_through([&] {
      const long long done = watch.nanos();
      count_up(kLoop);
      megabytes[place].note(round, done - begun);
      begun = watch.nanos();
      loops[place++].note(round, begun - done);
    });
    tell(sum_of_medians(loops) * 1000 / sum_of_medians(megabytes));
    usleep(static_cast<useconds_t>(watch.micros()));
  }
}

int spin(int processes) {
  for (int i = 1; i < processes; ++i)
    if (fork() == 0) break;
  count_up(~std::uint64_t{0});
  return 0;
}

[[noreturn]] void answer(int socket) {
  char buffer[kRequest];
  while (read(socket, buffer, sizeof buffer) == sizeof buffer)
    if (write(socket, buffer, sizeof buffer) != sizeof buffer) break;
  _exit(0);
}

void tell_all(const std::vector<long long>& numbers) {
  for (const long long one : numbers) std::printf("%lld\n", one);
}

int requests(int count) {
  int ends[2];
  check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0, "make sockets");
  const pid_t server = fork();
  check(server >= 0, "fork");
  if (server == 0) {
    close(ends[0]);
    answer(ends[1]);
  }
  close(ends[1]);
  char buffer[kRequest]{};
  std::vector<long long> took;
  for (int i = 0; i < count; ++i) {
    const Watch watch;
    check(write(ends[0], buffer, sizeof buffer) == sizeof buffer, "ask");
    check(read(ends[0], buffer, sizeof buffer) == sizeof buffer, "hear the answer");
    took.push_back(watch.micros());
    usleep(1000);  // as between two visitors: it comes from sleep, not from a full time slice
  }
  tell_all(took);
  close(ends[0]);
  waitpid(server, nullptr, 0);
  return 0;
}

int reads(int count, const char* path) {
  constexpr std::size_t kSize = 64 * kMega;
  struct stat status {};
  if (stat(path, &status) != 0 || status.st_size != static_cast<off_t>(kSize)) close(make_file(path, kSize));
  const int file = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
  check(file >= 0, "open the file past the cache");
  alignas(kPage) static char page[kPage];
  std::vector<long long> took;
  std::uint64_t place = static_cast<std::uint64_t>(getpid());
  for (int i = 0; i < count; ++i) {
    place = place * 6364136223846793005U + 1442695040888963407U;
    const Watch watch;
    check(pread(file, page, kPage, static_cast<off_t>((place >> 33U) % (kSize / kPage) * kPage)) ==
              static_cast<ssize_t>(kPage),
          "read");
    took.push_back(watch.micros());
    usleep(1000);
  }
  tell_all(took);
  return 0;
}

int stream(const char* path, std::size_t size) {
  constexpr std::size_t kBlock = 64 * 1024;
  close(make_file(path, size));
  const int file = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
  check(file >= 0, "open the file past the cache");
  alignas(kPage) static char block[kBlock];
  tell(0);
  for (std::size_t at = 0;; at = (at + kBlock) % size)
    check(pread(file, block, kBlock, static_cast<off_t>(at)) == static_cast<ssize_t>(kBlock), "read");
}

[[noreturn]] void forks() {
  for (;;)
    if (fork() < 0) usleep(100);
}

[[noreturn]] void sockets() {
  for (int opened = 0;;) {
    if (socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0) {
      tell(++opened);
    } else {
      usleep(1000);
    }
  }
}

int writes(const char* path) {
  for (;;) close(make_file(path, 16 * kMega));
}

// The page is charged when it is first touched: one beyond the group's limit ends the process (SIGBUS).
int huge(int count) {
  for (int i = 0; i < count; ++i) {
    void* page =
        mmap(nullptr, 2 * kMega, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
    check(page != MAP_FAILED, "map a huge page");
    *static_cast<char*>(page) = 'x';
    tell(i + 1);
  }
  pause();
  return 0;
}

int run(const std::vector<const char*>& words);

int again(const std::vector<const char*>& words) {
  for (;;) {
    const pid_t child = fork();
    check(child >= 0, "fork");
    if (child == 0) _exit(run({words.begin() + 1, words.end()}));
    waitpid(child, nullptr, 0);
  }
}

int run(const std::vector<const char*>& words) {
  const std::string_view verb = words.empty() ? "" : words[0];
  const auto number = [&](std::size_t i) { return std::strtoul(words[i], nullptr, 10); };
  if (verb == "hold" && words.size() == 4) return hold({number(1) * kMega, words[2], number(3) * kMega});
  if (verb == "work" && words.size() == 4) return work(number(1) * kMega, words[2], number(3) * kMega);
  if (verb == "spin" && words.size() == 2) return spin(static_cast<int>(number(1)));
  if (verb == "huge" && words.size() == 2) return huge(static_cast<int>(number(1)));
  if (verb == "requests" && words.size() == 2) return requests(static_cast<int>(number(1)));
  if (verb == "reads" && words.size() == 3) return reads(static_cast<int>(number(1)), words[2]);
  if (verb == "stream" && words.size() == 3) return stream(words[1], number(2) * kMega);
  if (verb == "again") return again(words);
  if (verb == "fork") forks();
  if (verb == "sockets") sockets();
  if (verb == "write" && words.size() == 2) return writes(words[1]);
  std::fputs("usage: see the head of antagonist.cc\n", stderr);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  return run({argv + 1, argv + argc});
}
