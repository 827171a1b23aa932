#define FUSE_USE_VERSION 312

#include "fs/view/server.h"

#include <fuse_lowlevel.h>
#include <linux/fuse.h>
#include <poll.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <optional>

#include "cgroups/reread.h"
#include "fs/view/handles.h"
#include "runtime/error.h"

namespace croft::view {
namespace {

using runtime::Error;
using runtime::ErrorKind;

// Whoever asks twice within this time is told by the kernel. Names and kinds of files never change.
constexpr double kForever = 86400;
constexpr int kTick = 5000;  // ms
// What files seem to have, as those of sysfs do; what is read of them is what there is. Of an empty file
// sendfile(2), which goes by the page cache from Linux 6.5 on, would say that it is at its end.
constexpr off_t kShownSize = 4096;
constexpr std::uint32_t kMostAttempts = 2;

struct Server {
  Shared& shared;
  Machines& machines;
  Handles handles;
  bool swallow = false;  // what is written next: the kernel has had it
};

Server& server_of(fuse_req_t request) {
  return *static_cast<Server*>(fuse_req_userdata(request));
}

struct stat attributes_of(const Node& node) {
  struct stat info {};
  info.st_ino = number_of(node);
  info.st_mode = is_directory(node.kind) ? S_IFDIR | 0555 : S_IFREG | 0444;
  info.st_nlink = is_directory(node.kind) ? 2 : 1;
  if (!is_directory(node.kind)) info.st_size = kShownSize;
  return info;
}

void on_init(void*, fuse_conn_info* connection) {
  connection->max_write = kMaxWrite;
  connection->want &=
      ~static_cast<unsigned>(FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE |
                             FUSE_CAP_READDIRPLUS | FUSE_CAP_AUTO_INVAL_DATA);
}

Node known(fuse_ino_t number) {
  return number == FUSE_ROOT_ID ? Node{Kind::kRoot, 0, 0} : node_of(number);
}

// Answers with what `work` throws, where it does.
template <class Work>
void guarded(fuse_req_t request, Work&& work) {
  try {
    work(server_of(request));
  } catch (const Error& error) {
    fuse_reply_err(request, error.kind() == ErrorKind::kNotFound ? ENODEV : EIO);
  } catch (const std::exception&) {
    fuse_reply_err(request, ENOMEM);
  }
}

void on_lookup(fuse_req_t request, fuse_ino_t parent, const char* name) {
  guarded(request, [&](Server& server) {
    const Node directory = known(parent);
    const bool asks = directory.kind == Kind::kSysCpu || of_cpu(directory.kind);
    const unsigned cpus = asks ? server.machines.cpus(fuse_req_ctx(request)->pid) : kMaxCpus;
    const Node node = look_up(directory, name, cpus);
    if (node.kind == Kind::kNone) {
      fuse_reply_err(request, ENOENT);
      return;
    }
    fuse_entry_param entry{};
    entry.ino = number_of(node);
    entry.attr = attributes_of(node);
    entry.attr_timeout = kForever;
    entry.entry_timeout = of_cpu(node.kind) ? 0 : kForever;
    fuse_reply_entry(request, &entry);
  });
}

void on_getattr(fuse_req_t request, fuse_ino_t number, fuse_file_info*) {
  const Node node = known(number);
  if (node.kind == Kind::kNone) {
    fuse_reply_err(request, ENOENT);
    return;
  }
  struct stat info = attributes_of(node);
  info.st_ino = number;
  fuse_reply_attr(request, &info, kForever);
}

// What is in a directory, entry by entry; the offset of each is the next one's number.
class Listing {
 public:
  Listing(fuse_req_t request, std::size_t size, off_t offset)
      : request_(request), space_(std::min(size, kMaxWrite)), offset_(offset) {}
  void add(const char* name, const Node& node) {
    if (full_ || next_++ < offset_) return;
    const struct stat info = attributes_of(node);
    const std::size_t need =
        fuse_add_direntry(request_, space_.data() + used_, space_.size() - used_, name, &info, next_);
    full_ = need > space_.size() - used_;
    if (!full_) used_ += need;
  }
  void reply() { fuse_reply_buf(request_, space_.data(), used_); }

 private:
  fuse_req_t request_;
  std::vector<char> space_;
  off_t offset_;
  off_t next_ = 0;
  std::size_t used_ = 0;
  bool full_ = false;
};

void on_readdir(fuse_req_t request, fuse_ino_t number, std::size_t size, off_t offset, fuse_file_info*) {
  guarded(request, [&](Server& server) {
    const Node directory = known(number);
    if (!is_directory(directory.kind)) {
      fuse_reply_err(request, ENOTDIR);
      return;
    }
    Listing listing(request, size, offset);
    listing.add(".", directory);
    listing.add("..", directory);
    for (const Entry& entry : entries())
      if (entry.directory == directory.kind)
        listing.add(std::string(entry.name).c_str(), {entry.kind, entry.variant, directory.cpu});
    if (directory.kind == Kind::kSysCpu) {
      const unsigned cpus = server.machines.cpus(fuse_req_ctx(request)->pid);
      for (unsigned i = 0; i < cpus; ++i)
        listing.add(("cpu" + std::to_string(i)).c_str(), {Kind::kCpu, 0, i});
    }
    listing.reply();
  });
}

// Each read goes to the server, none to the page cache, which all containers share.
void on_open(fuse_req_t request, fuse_ino_t number, fuse_file_info* file) {
  guarded(request, [&](Server& server) {
    if (known(number).kind == Kind::kNone) {
      fuse_reply_err(request, ENOENT);
      return;
    }
    if ((file->flags & O_ACCMODE) != O_RDONLY) {
      fuse_reply_err(request, EACCES);
      return;
    }
    file->fh = server.handles.open(server.machines.find(fuse_req_ctx(request)->pid));
    file->direct_io = 1;
    file->noflush = 1;
    fuse_reply_open(request, file);
  });
}

std::span<const char> text_for(Server& server, fuse_req_t request, const Node& node, const Handle* handle) {
  if (handle != nullptr && (!handle->place || server.machines.at(*handle->place) != nullptr)) {
    try {
      return server.machines.text(handle->place, node);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kNotFound) throw;  // else it may have been started again
    }
  }
  return server.machines.text(server.machines.find(fuse_req_ctx(request)->pid), node);
}

// One sample for each reading from the beginning: what follows it is of the same one. A file that is read in
// one go needs no copy of its text, and its end no sample.
void on_read(fuse_req_t request, fuse_ino_t number, std::size_t size, off_t offset, fuse_file_info* file) {
  guarded(request, [&](Server& server) {
    const Node node = known(number);
    if (node.kind == Kind::kNone || is_directory(node.kind)) {
      fuse_reply_err(request, EISDIR);
      return;
    }
    // For the page cache, which all containers would share: only a process's own read(2) has an owner.
    // Whoever tried sendfile(2) then reads, as he has to with files of /proc.
    if (file->lock_owner == 0) {
      fuse_reply_err(request, EINVAL);
      return;
    }
    Handle* const handle = server.handles.find(file->fh);
    const auto from = static_cast<std::uint64_t>(std::max<off_t>(offset, 0));
    std::span<const char> text;
    if (handle != nullptr && from > 0 && handle->length > 0) {
      if (from >= handle->length) {
        fuse_reply_buf(request, nullptr, 0);
        return;
      }
      text = handle->kept;
    }
    if (text.empty()) {
      text = text_for(server, request, node, handle);
      if (handle != nullptr) {
        handle->length = text.size();
        if (from > 0 || size < text.size())
          server.handles.keep(*handle, text);
        else
          server.handles.let_go(*handle);
      }
    }
    const std::span<const char> part = part_of(text, offset, size);
    fuse_reply_buf(request, part.data(), part.size());
  });
}

void on_release(fuse_req_t request, fuse_ino_t, fuse_file_info* file) {
  server_of(request).handles.close(file->fh);
  fuse_reply_err(request, 0);
}

void on_statfs(fuse_req_t request, fuse_ino_t) {
  struct statvfs info {};
  info.f_bsize = 4096;
  info.f_namemax = 255;
  fuse_reply_statfs(request, &info);
}

constexpr fuse_lowlevel_ops operations() {
  fuse_lowlevel_ops ops{};
  ops.init = on_init;
  ops.lookup = on_lookup;
  ops.getattr = on_getattr;
  ops.readdir = on_readdir;
  ops.open = on_open;
  ops.read = on_read;
  ops.release = on_release;
  ops.statfs = on_statfs;
  return ops;
}

ssize_t write_answer(int device, iovec* parts, int count, void* data) {
  if (!static_cast<Server*>(data)->swallow) return writev(device, parts, count);
  ssize_t size = 0;
  for (int i = 0; i < count; ++i) size += static_cast<ssize_t>(parts[i].iov_len);
  return size;
}

ssize_t read_request(int device, void* space, std::size_t size, void*) {
  return read(device, space, size);
}

void process(fuse_session* session, char* request, std::size_t size) {
  fuse_buf buffer{};
  buffer.mem = request;
  buffer.size = size;
  fuse_session_process_buf(session, &buffer);
}

void refuse(const runtime::Fd& device, std::uint64_t unique, int error) {
  const fuse_out_header answer{.len = sizeof answer, .error = -error, .unique = unique};
  // ENOENT: somebody did.
  if (write(device.get(), &answer, sizeof answer) < 0) return;
}

// FUSE_INIT comes once. It is kept before it is answered, and given to every successor.
void take_init(fuse_session* session, Shared& shared, std::size_t size) {
  std::memcpy(shared.init, shared.request, std::min(size, kInitSize));
  shared.init_size = static_cast<std::uint32_t>(std::min(size, kInitSize));
  process(session, shared.request, size);
  shared.init_answered = 1;
}

void dispatch(const runtime::Fd& device, fuse_session* session, Shared& shared) {
  fuse_in_header header{};
  std::memcpy(&header, shared.request, sizeof header);
  if (header.opcode == FUSE_INIT)
    take_init(session, shared, header.len);
  else if (header.opcode == FUSE_INTERRUPT)
    refuse(device, header.unique, ENOSYS);  // the kernel sends no more of them: nothing here takes long
  else
    process(session, shared.request, header.len);
  std::memset(shared.request, 0, sizeof header);
  shared.attempts = 0;
}

// Brings a new session to where the last one was, and answers what that had no time for.
void take_over(const runtime::Fd& device, fuse_session* session, Server& server) {
  Shared& shared = server.shared;
  if (shared.init_size > 0) {
    server.swallow = shared.init_answered != 0;
    std::array<char, kInitSize> init{};
    std::memcpy(init.data(), shared.init, shared.init_size);
    process(session, init.data(), shared.init_size);
    server.swallow = false;
    shared.init_answered = 1;
  }
  fuse_in_header header{};
  std::memcpy(&header, shared.request, sizeof header);
  if (header.len < sizeof header || header.len > kRequestSize) return;
  if (header.opcode == FUSE_INIT && shared.init_size > 0) return;
  // What ended its server more than once shall not do so again.
  if (++shared.attempts > kMostAttempts) {
    refuse(device, header.unique, EIO);
    std::memset(shared.request, 0, sizeof header);
    shared.attempts = 0;
    return;
  }
  dispatch(device, session, shared);
}

// False when it is unmounted.
bool receive(const runtime::Fd& device, fuse_session* session, Server& server) {
  const ssize_t size = read(device.get(), server.shared.request, kRequestSize);
  if (size < 0 && errno == ENODEV) return false;
  if (size < 0 && errno != EINTR && errno != EAGAIN && errno != ENOENT)
    runtime::fail_errno("cannot read from the FUSE device");
  if (size >= static_cast<ssize_t>(sizeof(fuse_in_header))) dispatch(device, session, server.shared);
  return true;
}

struct EndSession {
  void operator()(fuse_session* session) const { fuse_session_destroy(session); }
};

}  // namespace

void serve(const runtime::Fd& device, Shared& shared, Machines& machines) {
  Server server{shared, machines, Handles(static_cast<std::uint32_t>(getpid())), false};
  const fuse_lowlevel_ops ops = operations();
  std::array<char, 12> name{"croft-view"};
  std::array<char*, 2> words{name.data(), nullptr};
  fuse_args arguments FUSE_ARGS_INIT(1, words.data());
  const std::unique_ptr<fuse_session, EndSession> session(
      fuse_session_new(&arguments, &ops, sizeof ops, &server));
  fuse_opt_free_args(&arguments);
  constexpr fuse_custom_io kIo{write_answer, read_request, nullptr, nullptr};
  // The session closes its descriptor.
  if (!session || fuse_session_custom_io(session.get(), &kIo, device.duplicate().release()) != 0)
    throw Error(ErrorKind::kSystem, "libfuse gives no session");
  take_over(device, session.get(), server);
  std::uint64_t ticked = cgroups::boot_time().count;
  pollfd waiting{device.get(), POLLIN, 0};
  for (;;) {
    if (poll(&waiting, 1, machines.empty() ? -1 : kTick) > 0 && !receive(device, session.get(), server))
      return;
    const std::uint64_t now = cgroups::boot_time().count;
    if (now - ticked < kLoadTick) continue;
    machines.tick();
    ticked = now;
  }
}

}  // namespace croft::view
