#include "Load.h"

#include <algorithm>
#include <cstdio>
#include <sys/resource.h>

int main(int argc, char **argv)
{
    using namespace concierge::bench;
    const Options options = readOptions(argc, argv);
    rlimit limit = {};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
    try {
        std::printf("%s\n", Load(options).run().c_str());
        return 0;
    } catch (const LoadError &error) {
        std::fprintf(stderr, "concierge-bench-load: %s\n", error.what());
        return 1;
    }
}
