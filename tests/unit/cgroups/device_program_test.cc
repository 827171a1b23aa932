// The device program, run by an interpreter of the few instructions that it uses.
#include "cgroups/device_program.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <random>
#include <stdexcept>

#include "cgroups/bounds.h"
#include "runtime/error.h"

namespace croft::cgroups {
namespace {

using Type = DeviceRule::Type;

// The answer of `program`; throws for an instruction that it does not know and for a program that runs out.
std::uint64_t run(const std::vector<bpf_insn>& program, const bpf_cgroup_dev_ctx& context) {
  std::array<std::uint64_t, 11> r{};
  std::size_t at = 0;
  for (std::size_t steps = 0; steps <= program.size(); ++steps, ++at) {
    const bpf_insn& in = program.at(at);
    switch (in.code) {
      case BPF_LDX | BPF_MEM | BPF_W: {
        std::uint32_t word = 0;
        std::memcpy(&word, reinterpret_cast<const char*>(&context) + in.off, sizeof word);
        r.at(in.dst_reg) = word;
        break;
      }
      case BPF_ALU64 | BPF_MOV | BPF_X:
        r.at(in.dst_reg) = r.at(in.src_reg);
        break;
      case BPF_ALU64 | BPF_MOV | BPF_K:
        r.at(in.dst_reg) = static_cast<std::uint64_t>(in.imm);
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        r.at(in.dst_reg) = static_cast<std::uint32_t>(r.at(in.dst_reg)) & static_cast<std::uint32_t>(in.imm);
        break;
      case BPF_ALU | BPF_RSH | BPF_K:
        r.at(in.dst_reg) = static_cast<std::uint32_t>(r.at(in.dst_reg)) >> in.imm;
        break;
      case BPF_JMP32 | BPF_JNE | BPF_K:
        if (static_cast<std::uint32_t>(r.at(in.dst_reg)) != static_cast<std::uint32_t>(in.imm))
          at += static_cast<std::size_t>(in.off);
        break;
      case BPF_JMP | BPF_EXIT:
        return r[0];
      default:
        throw std::runtime_error("unknown instruction");
    }
  }
  throw std::runtime_error("no end");
}

bool allowed(const DeviceRules& rules, Type type, std::uint32_t major, std::uint32_t minor,
             std::uint32_t access) {
  bpf_cgroup_dev_ctx context{};
  context.access_type = (access << 16) | (type == Type::kBlock ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
  context.major = major;
  context.minor = minor;
  return run(assemble(rules), context) == 1;
}

// What the rules mean, said in another way.
bool meant(const DeviceRules& rules, Type type, std::uint32_t major, std::uint32_t minor,
           std::uint32_t access) {
  for (const DeviceRule& rule : rules) {
    if (rule.type != Type::kAll && rule.type != type) continue;
    if (rule.major.value_or(major) != major || rule.minor.value_or(minor) != minor) continue;
    if ((access & BPF_DEVCG_ACC_READ) != 0 && !rule.read) continue;
    if ((access & BPF_DEVCG_ACC_WRITE) != 0 && !rule.write) continue;
    if ((access & BPF_DEVCG_ACC_MKNOD) != 0 && !rule.make) continue;
    return true;
  }
  return false;
}

constexpr std::uint32_t kRead = BPF_DEVCG_ACC_READ;
constexpr std::uint32_t kWrite = BPF_DEVCG_ACC_WRITE;
constexpr std::uint32_t kMake = BPF_DEVCG_ACC_MKNOD;

TEST(DeviceProgram, AnEmptyListRefusesAll) {
  EXPECT_FALSE(allowed({}, Type::kChar, 1, 3, kRead));
  EXPECT_FALSE(allowed({}, Type::kBlock, 0, 0, 0));
}

TEST(DeviceProgram, StandardRules) {
  const DeviceRules rules = standard_device_rules();
  EXPECT_TRUE(allowed(rules, Type::kChar, 1, 3, kRead | kWrite));
  EXPECT_TRUE(allowed(rules, Type::kChar, 136, 77, kRead | kWrite));
  EXPECT_FALSE(allowed(rules, Type::kChar, 1, 3, kMake));
  EXPECT_FALSE(allowed(rules, Type::kChar, 1, 3, kRead | kMake));
  EXPECT_FALSE(allowed(rules, Type::kChar, 1, 1, kRead));   // mem
  EXPECT_FALSE(allowed(rules, Type::kChar, 1, 11, kRead));  // kmsg
  EXPECT_FALSE(allowed(rules, Type::kChar, 10, 200, kRead));
  EXPECT_FALSE(allowed(rules, Type::kBlock, 1, 3, kRead));  // a ram disk
}

TEST(DeviceProgram, ARuleForAllTypesAndNumbers) {
  const DeviceRules rules{{Type::kAll, {}, {}, true, false, false}};
  EXPECT_TRUE(allowed(rules, Type::kBlock, 8, 0, kRead));
  EXPECT_FALSE(allowed(rules, Type::kBlock, 8, 0, kWrite));
  const DeviceRules all{{Type::kAll, {}, {}, true, true, true}};
  EXPECT_TRUE(allowed(all, Type::kChar, 4095, 0xfffff, kRead | kWrite | kMake));
}

TEST(DeviceProgram, AgreesWithTheRulesOnRandomLists) {
  std::mt19937 random(7);
  const auto below = [&](unsigned bound) { return static_cast<std::uint32_t>(random() % bound); };
  for (int round = 0; round < 3000; ++round) {
    DeviceRules rules(below(6));
    for (DeviceRule& rule : rules) {
      rule.type = static_cast<Type>(below(3));
      if (below(3) != 0) rule.major = below(3);
      if (below(3) != 0) rule.minor = below(3);
      rule.read = below(2) != 0;
      rule.write = below(2) != 0;
      rule.make = below(2) != 0;
    }
    const Type type = below(2) == 0 ? Type::kBlock : Type::kChar;
    const std::uint32_t major = below(3);
    const std::uint32_t minor = below(3);
    const std::uint32_t access = below(8);
    ASSERT_EQ(allowed(rules, type, major, minor, access), meant(rules, type, major, minor, access));
  }
}

TEST(DeviceProgram, TooManyRulesAreRefused) {
  EXPECT_NO_THROW(assemble(DeviceRules(kMaxDeviceRules)));
  EXPECT_LT(assemble(DeviceRules(kMaxDeviceRules, {Type::kChar, 1, 2, true, false, false})).size(), 4096U);
  EXPECT_THROW(assemble(DeviceRules(kMaxDeviceRules + 1)), runtime::Error);
}

TEST(DeviceProgram, RulesAsText) {
  EXPECT_EQ(to_text({Type::kChar, 1, 3, true, true, true}), "c 1:3 rwm");
  EXPECT_EQ(to_text({Type::kBlock, 8, {}, true, false, false}), "b 8:* r");
  EXPECT_EQ(to_text({Type::kAll, {}, {}, false, true, false}), "a *:* w");
}

}  // namespace
}  // namespace croft::cgroups
