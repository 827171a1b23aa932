// Whether a launch list that came in a memfd can be walked: every step, text and number lies within it.
#include "runtime/child.h"

namespace croft::runtime {
namespace {

// What the `size` of a step counts, in bytes.
std::size_t unit_of(StepKind kind) {
  switch (kind) {
    case StepKind::kSeccomp:
      return 8;  // instructions
    case StepKind::kExec:
    case StepKind::kIdentity:
    case StepKind::kNewFilesystem:
      return sizeof(std::uint32_t);
    default:
      return 1;
  }
}

bool valid_offsets(const Step& step, const ListHeader& header, const char* texts) {
  const auto* offsets = reinterpret_cast<const std::uint32_t*>(texts + step.text2);
  for (std::uint32_t i = 0; i < step.size; ++i)
    if (offsets[i] >= header.text_size) return false;
  return true;
}

bool valid_step(const Step& step, const ListHeader& header, const char* texts) {
  const std::size_t unit = unit_of(step.kind);
  if (step.slot >= kMaxSlots || step.text >= header.text_size || step.text2 >= header.text_size ||
      step.text2 + step.size * unit > header.text_size)
    return false;
  if (unit == sizeof(std::uint32_t) && step.text2 % unit != 0) return false;
  if (step.kind == StepKind::kStdio) return step.a < kMaxSlots && step.b < kMaxSlots;
  if (step.kind == StepKind::kExec || step.kind == StepKind::kNewFilesystem)
    return valid_offsets(step, header, texts);
  return true;
}

}  // namespace

bool valid_list(const void* memory, std::size_t size, MappedList* list) {
  if (size < sizeof(ListHeader)) return false;
  const auto* header = static_cast<const ListHeader*>(memory);
  const std::size_t expected = sizeof(ListHeader) + header->steps * sizeof(Step) + header->text_size;
  if (header->magic != kListMagic || header->steps > kMaxSteps || header->slots > kMaxSlots ||
      header->passed > header->slots || header->text_size == 0 || expected != size)
    return false;
  const auto* steps = reinterpret_cast<const Step*>(header + 1);
  const auto* texts = reinterpret_cast<const char*>(steps + header->steps);
  if (texts[header->text_size - 1] != '\0') return false;
  for (std::uint32_t i = 0; i < header->steps; ++i)
    if (!valid_step(steps[i], *header, texts)) return false;
  *list = {header, steps, texts};
  return true;
}

}  // namespace croft::runtime
