#include "templates/archive_writer.h"

#include <archive.h>
#include <archive_entry.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>

#include "runtime/error.h"
#include "templates/plain_locale.h"
#include "templates/xattr.h"

namespace croft::templates {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr int kPollMs = 200;
constexpr std::int64_t kProgressEveryMs = 100;

struct FreeEntry {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};
using EntryPtr = std::unique_ptr<archive_entry, FreeEntry>;

EntryPtr new_entry() {
  EntryPtr entry(archive_entry_new());
  if (!entry) throw Error(ErrorKind::kExhausted, "cannot write the archive: no memory");
  return entry;
}

std::string placed(const std::string& prefix, const std::string& path) {
  return path.empty() ? prefix : prefix + "/" + path;
}

void put_type(archive_entry* raw, const Entry& entry, const std::string& prefix) {
  switch (entry.type) {
    case EntryType::kFile:
      archive_entry_set_filetype(raw, AE_IFREG);
      archive_entry_set_size(raw, static_cast<la_int64_t>(entry.size));
      break;
    case EntryType::kDirectory:
      archive_entry_set_filetype(raw, AE_IFDIR);
      break;
    case EntryType::kSymlink:
      archive_entry_set_filetype(raw, AE_IFLNK);
      archive_entry_set_symlink(raw, entry.target.c_str());
      break;
    case EntryType::kHardlink:
      archive_entry_set_filetype(raw, AE_IFREG);
      archive_entry_set_size(raw, 0);
      archive_entry_set_hardlink(raw, placed(prefix, entry.target).c_str());
      break;
    case EntryType::kFifo:
      archive_entry_set_filetype(raw, AE_IFIFO);
      break;
    default:  // whiteouts
      archive_entry_set_filetype(raw, AE_IFCHR);
      archive_entry_set_rdev(raw, 0);
      break;
  }
}

}  // namespace

struct ArchiveWriter::Impl {
  struct Free {
    // Of one that failed, libarchive 3.6 frees all that it has only when it is closed first.
    void operator()(archive* writer) const {
      archive_write_close(writer);
      archive_write_free(writer);
    }
  };

  Impl(const runtime::Fd& to, const Control& with) : fd(to.get()), control(with), out(archive_write_new()) {}

  static la_ssize_t write_some(archive* writer, void* data, const void* bytes, size_t size);
  void open(Packing packing);
  void require(int result) const;
  void header(archive_entry* raw) { require(archive_write_header(out.get(), raw)); }
  void data(const char* bytes, std::size_t size);
  void zeros(std::uint64_t size);
  void tick();

  PlainLocale locale;
  int fd;
  const Control& control;
  std::uint64_t written = 0;   // packed
  std::uint64_t unpacked = 0;  // of file data
  std::uint64_t entries = 0;
  std::int64_t last_tick_ms = 0;
  int failure = 0;  // of writing to the descriptor
  std::unique_ptr<archive, Free> out;
};

// libarchive's write callback. Polls, so that a reader that went silent does not keep a cancelled backup
// alive.
la_ssize_t ArchiveWriter::Impl::write_some(archive* writer, void* data, const void* bytes, size_t size) {
  auto& impl = *static_cast<Impl*>(data);
  if (impl.failure != 0) return ARCHIVE_FATAL;
  for (;;) {
    if (impl.control.cancelled != nullptr && *impl.control.cancelled) {
      archive_set_error(writer, impl.failure = ECANCELED, "cancelled");
      return ARCHIVE_FATAL;
    }
    pollfd ready{impl.fd, POLLOUT, 0};
    if (poll(&ready, 1, kPollMs) == 0) continue;
    const ssize_t put = write(impl.fd, bytes, size);
    if (put >= 0) {
      impl.written += static_cast<std::uint64_t>(put);
      return put;
    }
    if (errno == EINTR || errno == EAGAIN) continue;
    archive_set_error(writer, impl.failure = errno, "cannot write");
    return ARCHIVE_FATAL;
  }
}

void ArchiveWriter::Impl::open(Packing packing) {
  archive* writer = out.get();
  if (writer == nullptr) throw Error(ErrorKind::kExhausted, "cannot write the archive: no memory");
  const bool ready = archive_write_set_format_pax(writer) == ARCHIVE_OK &&
                     archive_write_set_format_option(writer, "pax", "hdrcharset", "BINARY") == ARCHIVE_OK &&
                     archive_write_set_format_option(writer, "pax", "xattrheader", "SCHILY") == ARCHIVE_OK &&
                     (packing == Packing::kNone || archive_write_add_filter_zstd(writer) == ARCHIVE_OK) &&
                     archive_write_set_bytes_in_last_block(writer, 1) == ARCHIVE_OK;
  if (!ready) throw Error(ErrorKind::kUnsupported, "this libarchive cannot write tar with zstd");
  require(archive_write_open(writer, this, nullptr, write_some, nullptr));
}

void ArchiveWriter::Impl::require(int result) const {
  if (result == ARCHIVE_OK) return;
  if (failure == ECANCELED) throw Error(ErrorKind::kConflict, "cancelled");
  if (failure != 0) throw Error(runtime::kind_of_errno(failure), "cannot write the archive", failure);
  const char* text = archive_error_string(out.get());
  throw Error(ErrorKind::kSystem,
              std::string("cannot write the archive: ") + (text ? text : "libarchive failed"));
}

void ArchiveWriter::Impl::data(const char* bytes, std::size_t size) {
  while (size > 0) {
    const la_ssize_t put = archive_write_data(out.get(), bytes, size);
    if (put <= 0) require(put < 0 ? static_cast<int>(put) : ARCHIVE_FATAL);
    bytes += put;
    size -= static_cast<std::size_t>(put);
    unpacked += static_cast<std::uint64_t>(put);
  }
}

void ArchiveWriter::Impl::zeros(std::uint64_t size) {
  static constexpr std::array<char, 65536> kZeros{};
  for (; size > 0; tick()) {
    const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(size, kZeros.size()));
    data(kZeros.data(), part);
    size -= part;
  }
}

void ArchiveWriter::Impl::tick() {
  if (control.cancelled != nullptr && *control.cancelled) throw Error(ErrorKind::kConflict, "cancelled");
  if (!control.progress) return;
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  const std::int64_t ms = now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
  if (ms - last_tick_ms < kProgressEveryMs) return;
  last_tick_ms = ms;
  control.progress({"packing", -1, entries, unpacked});
}

class ArchiveWriter::Below : public Sink {
 public:
  Below(Impl& impl, std::string prefix) : impl_(impl), prefix_(std::move(prefix)) {}

  void begin(Entry entry) override {
    is_file_ = false;
    if (entry.type == EntryType::kDevice || entry.type == EntryType::kSocket) return;
    settle(entry);
    const EntryPtr raw = new_entry();
    archive_entry_set_pathname(raw.get(), placed(prefix_, entry.path).c_str());
    put_type(raw.get(), entry, prefix_);
    archive_entry_set_perm(raw.get(), entry.mode);
    archive_entry_set_uid(raw.get(), entry.uid);
    archive_entry_set_gid(raw.get(), entry.gid);
    archive_entry_set_mtime(raw.get(), entry.mtime.tv_sec, entry.mtime.tv_nsec);
    if (entry.type != EntryType::kHardlink)
      for (const Xattr& xattr : entry.xattrs)
        archive_entry_xattr_add_entry(raw.get(), xattr.name.c_str(), xattr.value.data(), xattr.value.size());
    impl_.header(raw.get());
    ++impl_.entries;
    impl_.tick();
    is_file_ = entry.type == EntryType::kFile;
    size_ = entry.size;
    at_ = 0;
  }

  void data(std::uint64_t offset, std::string_view bytes) override {
    if (!is_file_) return;
    impl_.zeros(offset - at_);
    impl_.data(bytes.data(), bytes.size());
    at_ = offset + bytes.size();
    impl_.tick();
  }

  void end() override {
    if (is_file_) impl_.zeros(size_ - at_);
    is_file_ = false;
  }

 private:
  Impl& impl_;
  std::string prefix_;
  bool is_file_ = false;
  std::uint64_t size_ = 0;
  std::uint64_t at_ = 0;
};

ArchiveWriter::ArchiveWriter(const runtime::Fd& to, const Control& control, Packing packing)
    : impl_(std::make_unique<Impl>(to, control)) {
  impl_->open(packing);
}

// One that was not finished ends without the archive's end: what is left of it in memory must not be written.
ArchiveWriter::~ArchiveWriter() {
  if (impl_->out) archive_write_fail(impl_->out.get());
}

void ArchiveWriter::file(const std::string& path, std::string_view content) {
  const EntryPtr raw = new_entry();
  archive_entry_set_pathname(raw.get(), path.c_str());
  archive_entry_set_filetype(raw.get(), AE_IFREG);
  archive_entry_set_perm(raw.get(), 0600);
  archive_entry_set_size(raw.get(), static_cast<la_int64_t>(content.size()));
  impl_->header(raw.get());
  impl_->data(content.data(), content.size());
}

std::unique_ptr<Sink> ArchiveWriter::below(std::string prefix) {
  return std::make_unique<Below>(*impl_, std::move(prefix));
}

void ArchiveWriter::finish() {
  impl_->require(archive_write_close(impl_->out.get()));
  impl_->out.reset();
}

std::uint64_t ArchiveWriter::bytes() const {
  return impl_->written;
}

}  // namespace croft::templates
