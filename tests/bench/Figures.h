#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace concierge::bench {

constexpr double nanosecondsPerSecond = 1e9;

inline std::uint64_t nanoseconds(double seconds)
{
    return static_cast<std::uint64_t>(seconds * nanosecondsPerSecond);
}

inline double secondsBetween(std::uint64_t begin, std::uint64_t end)
{
    return static_cast<double>(end - begin) / nanosecondsPerSecond;
}

inline std::uint32_t percentile(std::vector<std::uint32_t> &values, double share)
{
    if (values.empty())
        return 0;
    const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), values.begin() + at, values.end());
    return values[static_cast<std::size_t>(at)];
}

inline std::string userName(int index)
{
    return "user-" + std::to_string(index);
}

inline std::string awayName(std::uint64_t index)
{
    return "away-" + std::to_string(index);
}

template <class... Values>
std::string formatted(const char *format, Values... values)
{
    std::array<char, 1024> text{};
    const int size = std::snprintf(text.data(), text.size(), format, values...);
    return {text.data(), static_cast<std::size_t>(std::max(size, 0))};
}

} // namespace concierge::bench
