// One function for each file, or for a part of several; render.cc chooses.
#pragma once

#include "fs/view/sample.h"
#include "fs/view/writer.h"

namespace croft::view {

// render_memory.cc
void meminfo(const Sample& sample, Writer& out);
void node_meminfo(const Sample& sample, Writer& out);
void vmstat(const Sample& sample, Writer& out);
void swaps(const Sample& sample, Writer& out);

// render_beancounters.cc
void beancounters(const Sample& sample, Writer& out);

// render_cpu.cc
void cpuinfo(const Sample& sample, Writer& out);
void stat(const Sample& sample, Writer& out);
void cpu_list(unsigned cpus, Writer& out);  // "0-3"
// CPUs from `first` to before `end` of `cpus` as sysfs writes a map: hexadecimal, 32 bits a word.
void cpu_map(unsigned first, unsigned end, unsigned cpus, Writer& out);

}  // namespace croft::view
