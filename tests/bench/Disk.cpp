#include "Figures.h"
#include "Load.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace concierge::bench {

namespace {

/// How often a second so many bytes can be written and synced: over the same megabytes again and again, as a
/// write-ahead log is.
double syncsPerSecond(int file, std::size_t size, double seconds)
{
    constexpr std::size_t logSize = 4 << 20;
    const std::string bytes(size, 'x');
    std::size_t at = 0;
    int count = 0;
    const std::uint64_t begin = now();
    while (secondsBetween(begin, now()) < seconds) {
        if (::pwrite(file, bytes.data(), size, static_cast<off_t>(at)) != static_cast<ssize_t>(size) ||
            ::fdatasync(file) != 0)
            throw LoadError(std::string("the disk: ") + std::strerror(errno));
        at = at + 2 * size > logSize ? 0 : at + size;
        ++count;
    }
    return count / secondsBetween(begin, now());
}

} // namespace

std::string runDisk(const Options &options)
{
    std::string path = options.folder + "/concierge-bench-XXXXXX";
    const int file = ::mkostemp(path.data(), O_CLOEXEC);
    if (file < 0)
        throw LoadError(path + ": " + std::strerror(errno));
    ::unlink(path.c_str());
    const double each = options.seconds / 3;
    syncsPerSecond(file, 1 << 20, 0.1); // the file gets its size
    const double small = syncsPerSecond(file, 4 << 10, each);
    const double middle = syncsPerSecond(file, 64 << 10, each);
    const double large = syncsPerSecond(file, 1 << 20, each);
    ::close(file);
    return formatted("{\"mode\":\"disk\",\"syncsPerSecond4K\":%.0f,\"syncsPerSecond64K\":%.0f,"
                     "\"syncsPerSecond1M\":%.0f}",
                     small, middle, large);
}

} // namespace concierge::bench
