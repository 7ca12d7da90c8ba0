#pragma once

#include <QtGlobal>

#include <chrono>

namespace concierge::app {

/// This process's memory in bytes, under the names of Node's process.memoryUsage(). `external` and
/// `arrayBuffers` are V8's own notions: here `external` is what the allocator took from the system in
/// mappings of their own, and `arrayBuffers` is always 0. What a platform does not tell is 0.
struct MemoryUsage
{
    qint64 rss = 0;       ///< resident set
    qint64 heapTotal = 0; ///< what the allocator holds
    qint64 heapUsed = 0;  ///< of it, what is in use
    qint64 external = 0;
    qint64 arrayBuffers = 0;
};

/// Cost: some microseconds to milliseconds; not for a hot path. Thread: any.
MemoryUsage memoryUsage();

/// Gives back to the system what the allocator holds and does not use. Cost: while it lasts, milliseconds for
/// 100 MB, who allocates may have to wait. Thread: any.
void releaseFreeMemory();

/// What this process has taken. Cost: some microseconds. Thread: any.
struct ProcessUsage
{
    std::chrono::microseconds cpuTime{}; ///< of all its threads, user and system
    qint64 rss = 0;                      ///< resident set, bytes
};
ProcessUsage processUsage();

/// File descriptors of this process. 0 where the platform does not tell, or sets no limit.
struct DescriptorUsage
{
    qint64 open = 0;
    qint64 limit = 0;
};
/// Cost: some microseconds for each that is open. Thread: any.
DescriptorUsage descriptorUsage();

} // namespace concierge::app
