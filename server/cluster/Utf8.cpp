#include "cluster/Utf8.h"

#include <simdjson.h>

namespace concierge::cluster {

namespace {

/// What may follow a lead byte: how many bytes, and the range of the first of them, which alone is a special
/// one. Source: Unicode, table 3-7.
struct Sequence
{
    int tail = 0; ///< 0: the byte leads nothing
    uchar low = 0x80;
    uchar high = 0xBF;
};

constexpr Sequence sequenceOf(uchar lead) noexcept
{
    if (lead >= 0xC2 && lead <= 0xDF)
        return {1};
    if (lead == 0xE0)
        return {2, 0xA0, 0xBF};
    if (lead == 0xED)
        return {2, 0x80, 0x9F}; // no surrogates
    if (lead >= 0xE1 && lead <= 0xEF)
        return {2};
    if (lead == 0xF0)
        return {3, 0x90, 0xBF};
    if (lead >= 0xF1 && lead <= 0xF3)
        return {3};
    if (lead == 0xF4)
        return {3, 0x80, 0x8F};
    return {};
}

QByteArray repaired(QByteArrayView text)
{
    constexpr QByteArrayView replacement("\xEF\xBF\xBD");
    QByteArray out;
    out.reserve(text.size() + 2 * replacement.size());
    const auto *at = reinterpret_cast<const uchar *>(text.data());
    const auto *const end = at + text.size();
    while (at != end) {
        if (*at < 0x80) {
            out += static_cast<char>(*at++);
            continue;
        }
        const auto *const begin = at;
        Sequence sequence = sequenceOf(*at++);
        bool isWhole = sequence.tail > 0;
        for (; isWhole && sequence.tail > 0; --sequence.tail) {
            isWhole = at != end && *at >= sequence.low && *at <= sequence.high;
            if (isWhole)
                ++at;
            sequence.low = 0x80;
            sequence.high = 0xBF;
        }
        out += isWhole ? QByteArrayView(begin, at) : replacement;
    }
    return out;
}

} // namespace

QByteArrayView validUtf8(QByteArrayView text, QByteArray &storage)
{
    if (simdjson::validate_utf8(text.data(), static_cast<std::size_t>(text.size())))
        return text;
    storage = repaired(text);
    return storage;
}

} // namespace concierge::cluster
