#include "ctl/lifecycle/console_log.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include "runtime/error.h"
#include "runtime/fd.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Fd;

constexpr int kTurns = 100;  // times that the log may be turned while it is opened

struct LogFile {
  Fd fd;           // empty: there is none
  std::string id;  // inode, birth and generation, all hexadecimal: numbers of inodes are used again at once
  std::uint64_t size = 0;
};

struct Files {
  LogFile older;
  LogFile newer;
};

std::string hexadecimal(std::uint64_t value) {
  std::array<char, 17> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value, 16).ptr};
}

LogFile open_log(const std::string& path) {
  LogFile file;
  file.fd = Fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file.fd && errno == ENOENT) return file;
  struct statx info {};
  if (!file.fd || statx(file.fd.get(), "", AT_EMPTY_PATH, STATX_INO | STATX_SIZE | STATX_BTIME, &info) != 0)
    runtime::fail_errno("cannot read log `" + path + "`");
  const auto born =
      static_cast<std::uint64_t>(info.stx_btime.tv_sec) * 1'000'000'000 + info.stx_btime.tv_nsec;
  int generation = 0;  // stays 0 on file systems that do not tell
  static_cast<void>(ioctl(file.fd.get(), FS_IOC_GETVERSION, &generation));
  file.id = hexadecimal(info.stx_ino) + "." + hexadecimal(born) + "." +
            hexadecimal(static_cast<std::uint32_t>(generation));
  file.size = info.stx_size;
  return file;
}

// Both of one moment: the older one is the same before and after the newer one was opened.
Files open_both(const std::string& path) {
  Files files{open_log(path + ".1"), {}};
  for (int i = 0; i < kTurns; ++i) {
    files.newer = open_log(path);
    LogFile again = open_log(path + ".1");
    const bool same = again.id == files.older.id;
    files.older = std::move(again);
    if (same) return files;
  }
  throw Error(ErrorKind::kBusy, "log `" + path + "` is written faster than it can be read");
}

struct Place {
  std::string id;
  std::uint64_t offset = 0;
};

Place parse_place(const std::string& text) {
  Place place;
  const std::size_t colon = text.find(':');
  if (colon != std::string::npos) {
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, place.offset);
    place.id = text.substr(0, colon);
    if (error == std::errc() && stop == end && !place.id.empty()) return place;
  }
  throw runtime::wrong_field("from", "must be \"" + std::string(kLogBegin) +
                                         "\" or what `next` of an earlier answer said, not `" + text + "`");
}

std::string place_in(const LogFile& file, std::uint64_t offset) {
  return file.id + ":" + std::to_string(offset);
}

// The byte of the two as one that a reader begins with.
std::uint64_t first_byte(const Files& files, const LogStart& start, LogPiece& piece) {
  const std::uint64_t whole = files.older.size + files.newer.size;
  if (!start.place) return whole - std::min(start.tail, whole);
  if (*start.place == kLogBegin) return 0;
  const Place place = parse_place(*start.place);
  if (place.id == files.newer.id) return files.older.size + std::min(place.offset, files.newer.size);
  if (place.id == files.older.id) return std::min(place.offset, files.older.size);
  piece.skipped = true;
  return 0;
}

void append(const LogFile& file, std::uint64_t from, std::uint64_t limit, std::string& data) {
  if (from >= file.size) return;
  std::string part(std::min(file.size - from, limit), '\0');
  std::size_t filled = 0;
  while (filled < part.size()) {
    const ssize_t got =
        pread(file.fd.get(), part.data() + filled, part.size() - filled, static_cast<off_t>(from + filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) runtime::fail_errno("cannot read a console's log");
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  data.append(part, 0, filled);
}

// How many bytes at the end begin a UTF-8 character (RFC 3629) whose rest is yet to come.
std::size_t begun_character(const std::string& text) {
  for (std::size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if ((byte & 0xC0U) == 0x80U) continue;
    const std::size_t length = byte >= 0xF0U ? 4 : byte >= 0xE0U ? 3 : byte >= 0xC0U ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}

}  // namespace

LogPiece read_log(const std::string& path, const LogStart& start) {
  const Files files = open_both(path);
  LogPiece piece;
  const std::uint64_t begin = first_byte(files, start, piece);
  append(files.older, begin, kMaxLogPiece, piece.data);
  const std::uint64_t skipped = begin > files.older.size ? begin - files.older.size : 0;
  append(files.newer, skipped, kMaxLogPiece - piece.data.size(), piece.data);
  // Left for the next piece; but what is all there is goes out as it is.
  if (const std::size_t cut = begun_character(piece.data); cut < piece.data.size())
    piece.data.resize(piece.data.size() - cut);
  const std::uint64_t end = begin + piece.data.size();
  if (files.newer.fd && end >= files.older.size) {
    piece.next = place_in(files.newer, end - files.older.size);
  } else {
    piece.next = files.older.fd ? place_in(files.older, end) : kLogBegin;
  }
  return piece;
}

}  // namespace croft::ctl
