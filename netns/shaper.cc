#include "netns/shaper.h"

#include <linux/bpf.h>
#include <linux/netlink.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include "netns/shaper_messages.h"
#include "netns/traffic.h"
#include "runtime/error.h"

namespace croft::netns {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Fd;
namespace bpf = runtime::bpf;

constexpr std::array kWays{Direction::kIn, Direction::kOut};
constexpr std::uint32_t kMaxLinks = 8192;
// The kernel wants a rate above zero of every class.
constexpr std::uint64_t kLeastRate = 1024;
// More than any link carries: 1 Tbit/s.
constexpr std::uint64_t kUnbounded = 125'000'000'000;
// What a share of 1 gets in its turn. One of 100 gets as much as the largest packet that the kernel cuts only
// at the end of its way; a class that gets less than a packet gets a whole one.
constexpr std::uint32_t kBytesForShare = 640;

[[noreturn]] void fail_missing(const Message& message, const Outcome& outcome) {
  if (outcome.error_number != ENOENT && outcome.error_number != EOPNOTSUPP) fail_request(message, outcome);
  throw Error(ErrorKind::kUnsupported,
              "this kernel cannot shape: " + message.shown() + " (" + outcome.reason + ")",
              outcome.error_number)
      .cure("ifb, sch_htb, cls_bpf and act_mirred in the kernel");
}

void request(NetlinkSocket& socket, const std::vector<Message>& batch, std::initializer_list<int> fine = {}) {
  const std::vector<Outcome> outcomes = socket.send(batch);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const int error = outcomes[i].error_number;
    if (error != 0 && std::find(fine.begin(), fine.end(), error) == fine.end())
      fail_missing(batch[i], outcomes[i]);
  }
}

void request(NetlinkSocket& socket, Message message, std::initializer_list<int> fine = {}) {
  std::vector<Message> batch;
  batch.push_back(std::move(message));
  request(socket, batch, fine);
}

std::uint16_t leaf_of(const ShapedLink& link, Direction direction, std::size_t number) {
  return direction == Direction::kIn ? link.leaves_in[number] : link.leaves_out[number];
}

}  // namespace

ClassRates class_rates(const Rate& rate, const std::optional<std::uint64_t>& capacity) {
  const std::uint64_t most = capacity.value_or(kUnbounded);
  ClassRates rates;
  rates.ceiling = std::max(kLeastRate, std::min(rate.ceiling.value_or(most), most));
  // Without a capacity nobody can be promised anything, and nothing has to be divided.
  rates.rate = capacity ? std::clamp(rate.guarantee, kLeastRate, rates.ceiling) : rates.ceiling;
  rates.quantum = rate.share * kBytesForShare;
  return rates;
}

// What they have of their own is next to nothing, so that the container's rates are those of all of them
// together.
ClassRates leaf_rates(const ClassRates& container, std::uint64_t limit) {
  const std::uint64_t most = limit == 0 ? container.ceiling : std::min(limit, container.ceiling);
  return {kLeastRate, std::max(kLeastRate, most), container.quantum};
}

Passing passing(const Rate& rate, const std::optional<std::uint64_t>& capacity) {
  const bool classed =
      std::any_of(rate.classes.begin(), rate.classes.end(), [](auto one) { return one != 0; });
  if (rate.ceiling || classed) return Passing::kAll;
  return capacity ? Passing::kUplink : Passing::kNone;
}

Shaper::Shaper(std::string pins) : pins_(std::move(pins)) {
  links_map_ = bpf::open_pinned(map_path());
  if (!links_map_) return;
  left_ = true;
  int index = 0;
  ShapedLink told;
  for (bool more = bpf::next_key(links_map_, nullptr, &index); more;
       more = bpf::next_key(links_map_, &index, &index))
    if (bpf::look_up(links_map_, &index, &told)) links_[index].told = told;
}

// The number behind the name is that of the layout.
std::string Shaper::map_path() const {
  return pins_ + "/shaped-2";
}

void Shaper::load() {
  if (classes_out_) return;
  if (!links_map_) {
    bpf_attr attributes{};
    attributes.map_type = BPF_MAP_TYPE_HASH;
    attributes.key_size = sizeof(int);
    attributes.value_size = sizeof(ShapedLink);
    attributes.max_entries = kMaxLinks;
    links_map_ = bpf::make_map(attributes, "croft_shaped");
    bpf::pin(links_map_, map_path());
  }
  const auto program = [](const char* name, const bpf::Program& instructions) {
    return bpf::load_program(BPF_PROG_TYPE_SCHED_CLS, 0, name, instructions);
  };
  select_in_ = program("croft_shape_in", assemble_selection(links_map_, Direction::kIn));
  select_out_ = program("croft_shape_out", assemble_selection(links_map_, Direction::kOut));
  const TrafficMaps traffic{{}, bpf::open_pinned(pins_ + kPrefix4Pin), bpf::open_pinned(pins_ + kPrefix6Pin)};
  classes_in_ = program("croft_class_in", assemble_classes(links_map_, traffic, Direction::kIn));
  classes_out_ = program("croft_class_out", assemble_classes(links_map_, traffic, Direction::kOut));
}

// One that is there already is changed only where it is another one: what waits in it stays.
void Shaper::make_tree(Direction direction) {
  request(socket_, new_tree_device(direction), {EEXIST});
  if (!tree_state(socket_, direction).queue) request(socket_, tree_queue(direction));
  request(socket_, raise_tree_device(direction));
  tell_top(direction);
  request(socket_, class_filter(direction, direction == Direction::kIn ? classes_in_ : classes_out_));
}

void Shaper::tell_top(Direction direction) {
  const std::uint64_t capacity = uplink_.of(direction).value_or(kUnbounded);
  request(socket_, tree_class(direction, 0, kTopClass, {capacity, capacity, kBytesForShare}));
}

// Of blocks that no link has, nothing can be said.
void Shaper::tell_filters() {
  std::vector<Message> batch;
  batch.push_back(selection_filter(Direction::kIn, select_in_, 0));
  batch.push_back(selection_filter(Direction::kOut, select_out_, 0));
  request(socket_, batch, {EINVAL});
}

void Shaper::make_trees() {
  if (made_) return;
  load();
  left_ = true;
  for (const Direction direction : kWays) make_tree(direction);
  tell_filters();
  made_ = true;
}

ShapedLink Shaper::wanted(const Link& link) const {
  ShapedLink now = link.told;
  now.in = passing(link.rates.in, uplink_.in);
  now.out = passing(link.rates.out, uplink_.out);
  now.uplink = uplink_.index;
  return now;
}

std::uint32_t Shaper::free_number() const {
  std::set<std::uint32_t> taken;
  for (const auto& [index, link] : links_) taken.insert(link.told.number);
  std::uint32_t number = kFirstClass;
  for (const std::uint32_t one : taken)
    if (one == number) ++number;
  if (number > kLastClass) throw Error(ErrorKind::kExhausted, "there is no class left for another container");
  return number;
}

std::uint32_t Shaper::shared_number(const Link& link) const {
  const auto first = links_.find(link.first);
  const bool known = first != links_.end() && first->second.told.number != 0;
  return known ? first->second.told.number : free_number();
}

std::uint16_t Shaper::free_leaf(Direction direction) const {
  std::set<std::uint16_t> taken;
  for (const auto& [index, link] : links_)
    for (std::size_t i = 0; i < kClasses; ++i) taken.insert(leaf_of(link.told, direction, i));
  std::uint16_t number = kFirstLeaf;
  for (const std::uint16_t one : taken)
    if (one == number) ++number;
  if (number > kLastLeaf)
    throw Error(ErrorKind::kExhausted, "there is no class left for another traffic class");
  return number;
}

// Those that it has one class with have the same.
void Shaper::number_leaves(int index, Link& link) const {
  const auto first = links_.find(link.first);
  for (const Direction direction : kWays)
    for (std::size_t i = 0; i < kClasses; ++i) {
      std::uint16_t& leaf = link.told.leaf(direction, i);
      if (first != links_.end() && link.first != index) {
        leaf = leaf_of(first->second.told, direction, i);
      } else if (leaf == 0 && link.rates.of(direction).classes[i] != 0) {
        leaf = free_leaf(direction);
      }
      if (leaf != 0) link.told.by_class = 1;
    }
}

std::vector<Message> Shaper::leaves_of(const Link& link, Direction direction) const {
  const ClassRates rates = class_rates(link.rates.of(direction), uplink_.of(direction));
  std::vector<Message> batch;
  const auto add = [&](std::uint32_t number, std::uint64_t limit) {
    const ClassRates own = leaf_rates(rates, limit);
    batch.push_back(tree_class(direction, link.told.number, number, own));
    batch.push_back(fair_leaves_ ? fair_leaf(direction, number) : plain_leaf(direction, number, own.ceiling));
  };
  batch.push_back(tree_class(direction, kTopClass, link.told.number, rates));
  add(link.told.number + kGeneralLeaf, 0);
  for (std::size_t i = 0; i < kClasses; ++i)
    if (const std::uint16_t leaf = leaf_of(link.told, direction, i); leaf != 0)
      add(leaf, link.rates.of(direction).classes[i]);
  return batch;
}

void Shaper::tell_classes(const Link& link) {
  std::vector<Message> batch;
  for (const Direction direction : kWays)
    for (Message& message : leaves_of(link, direction)) batch.push_back(std::move(message));
  const std::vector<Outcome> outcomes = socket_.send(batch);
  if (fair_leaves_ && outcomes[2].error_number == ENOENT) {
    fair_leaves_ = false;
    return tell_classes(link);
  }
  for (std::size_t i = 0; i < batch.size(); ++i)
    if (outcomes[i].error_number != 0) fail_missing(batch[i], outcomes[i]);
}

// One that never had a rate is not spoken of. One that had keeps its classes: what waits there goes on.
void Shaper::tell(int index, Link& link) {
  const ShapedLink now = wanted(link);
  if (link.told.number == 0 && now.in == Passing::kNone && now.out == Passing::kNone) return;
  make_trees();
  if (link.told.number == 0) link.told.number = shared_number(link);
  number_leaves(index, link);
  tell_classes(link);
  link.told = wanted(link);
  bpf::update(links_map_, &index, &link.told);
}

void Shaper::set_uplink(const UplinkRates& uplink) {
  const std::lock_guard lock(mutex_);
  if (uplink_ == uplink) return;
  uplink_ = uplink;
  if (made_)
    for (const Direction direction : kWays) tell_top(direction);
  for (auto& [index, link] : links_)
    if (link.put) tell(index, link);
}

void Shaper::put(const std::vector<int>& links, const LinkRates& rates) {
  const std::lock_guard lock(mutex_);
  for (const int link : links) put_one(link, links.front(), rates);
}

void Shaper::put_one(int link, int with, const LinkRates& rates) {
  Link& one = links_[link];
  if (one.put && one.rates == rates && one.first == with) return;
  one.rates = rates;
  one.put = true;
  one.first = with;
  const bool first = one.told.number == 0;
  tell(link, one);
  if (first && one.told.number != 0) tell_filters();  // it may be the only link with the blocks
}

void Shaper::drop(int index) {
  const auto found = links_.find(index);
  if (found == links_.end()) return;
  const std::uint32_t number = found->second.told.number;
  const ShapedLink told = found->second.told;
  links_.erase(found);
  if (number == 0) return;
  bpf::remove(links_map_, &index);
  if (std::any_of(links_.begin(), links_.end(),
                  [&](const auto& one) { return one.second.told.number == number; }))
    return;
  std::vector<Message> batch;
  for (const Direction direction : kWays) {
    for (std::size_t i = 0; i < kClasses; ++i)
      if (const std::uint16_t leaf = leaf_of(told, direction, i); leaf != 0)
        batch.push_back(delete_tree_class(direction, leaf));
    batch.push_back(delete_tree_class(direction, number + kGeneralLeaf));
    batch.push_back(delete_tree_class(direction, number));
  }
  static_cast<void>(socket_.send(batch));  // of trees that somebody took away
}

void Shaper::tidy() {
  const std::lock_guard lock(mutex_);
  if (!left_) return;
  if (std::any_of(links_.begin(), links_.end(), [](const auto& one) { return one.second.told.number != 0; }))
    return;
  std::vector<Message> batch;
  for (const Direction direction : kWays) batch.push_back(delete_selection_filter(direction));
  for (const Direction direction : kWays) batch.push_back(delete_tree_device(direction));
  static_cast<void>(socket_.send(batch));
  made_ = left_ = false;
}

void Shaper::remove(int link) {
  const std::lock_guard lock(mutex_);
  drop(link);
}

void Shaper::forget_others() {
  const std::lock_guard lock(mutex_);
  std::vector<int> others;
  for (const auto& [index, link] : links_)
    if (!link.put) others.push_back(index);
  for (const int index : others) drop(index);
}

bool Shaper::intact() {
  return std::all_of(kWays.begin(), kWays.end(), [&](Direction direction) {
    std::set<std::uint32_t> numbers{kTopClass};
    for (const auto& [index, link] : links_) {
      if (link.told.number == 0) continue;
      numbers.insert({link.told.number, link.told.number + kGeneralLeaf});
      for (std::size_t i = 0; i < kClasses; ++i)
        if (const std::uint16_t leaf = leaf_of(link.told, direction, i); leaf != 0) numbers.insert(leaf);
    }
    const std::set<std::uint32_t> there = tree_classes(socket_, direction);
    return has_tree(socket_, direction) && has_selection(socket_, direction) &&
           std::includes(there.begin(), there.end(), numbers.begin(), numbers.end());
  });
}

bool Shaper::mend() {
  const std::lock_guard lock(mutex_);
  if (!made_ || intact()) return false;
  made_ = false;
  make_trees();
  for (auto& [index, link] : links_)
    if (link.put && link.told.number != 0) tell(index, link);
  return intact();  // not where no link has the blocks
}

}  // namespace croft::netns
