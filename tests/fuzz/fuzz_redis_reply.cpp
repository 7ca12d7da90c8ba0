/// What a Redis says, in the fuzzer's chunks: the same replies as in one piece, within the limits, and each
/// of them encodes to what is read as the same again.

#include "FuzzSupport.h"

#include "redis/ReplyReader.h"

#include <vector>

using namespace concierge;
using namespace concierge::redis;

namespace {

constexpr ReplyLimits limits{4, 50, 300};

/// False: garbage.
bool read(ReplyReader &reader, QByteArrayView bytes, std::vector<Reply> &replies)
{
    reader.feed(bytes);
    for (;;) {
        switch (reader.next()) {
        case ReplyReader::Step::NeedMore:
            return true;
        case ReplyReader::Step::Garbage:
            return false;
        case ReplyReader::Step::Reply:
            break;
        }
        if (replies.size() % 2 == 0) // a reader's memory is used again, or taken away
            replies.push_back(reader.reply());
        else
            replies.push_back(std::move(reader.reply()));
    }
}

struct Size
{
    qsizetype elements = 0;
    qsizetype bytes = 0;
};

void measure(const Reply &reply, int depth, Size &size)
{
    FUZZ_CHECK(depth <= limits.depth);
    FUZZ_CHECK(reply.isArray() || reply.elements.empty());
    FUZZ_CHECK(reply.isInteger() || reply.integer == 0);
    FUZZ_CHECK(reply.isBulk() || reply.isStatus() || reply.isError() || reply.bytes.isEmpty());
    size.elements += static_cast<qsizetype>(reply.size());
    size.bytes += reply.bytes.size();
    for (const Reply &element : reply.elements)
        measure(element, element.isArray() ? depth + 1 : depth, size);
}

void encode(const Reply &reply, QByteArray &out)
{
    switch (reply.type) {
    case Reply::Type::Nil:
        out += "$-1\r\n";
        return;
    case Reply::Type::Integer:
        out += ':' + QByteArray::number(reply.integer) + "\r\n";
        return;
    case Reply::Type::Bulk:
        out += '$' + QByteArray::number(reply.bytes.size()) + "\r\n" + reply.bytes + "\r\n";
        return;
    case Reply::Type::Status:
        out += '+' + reply.bytes + "\r\n";
        return;
    case Reply::Type::Error:
        out += '-' + reply.bytes + "\r\n";
        return;
    case Reply::Type::Array:
        out += '*' + QByteArray::number(static_cast<qsizetype>(reply.size())) + "\r\n";
        for (const Reply &element : reply.elements)
            encode(element, out);
        return;
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    QByteArray whole;
    std::vector<Reply> inChunks;
    ReplyReader reader(limits);
    bool isGood = true;
    for (fuzz::Chunks chunks(data, size); !chunks.atEnd();) {
        const QByteArrayView bytes = chunks.next().bytes;
        whole += bytes;
        isGood = read(reader, bytes, inChunks);
    }
    std::vector<Reply> atOnce;
    ReplyReader second(limits);
    FUZZ_CHECK(read(second, whole, atOnce) == isGood);
    FUZZ_CHECK(atOnce == inChunks);

    QByteArray again;
    for (const Reply &reply : atOnce) {
        Size measured;
        measure(reply, reply.isArray() ? 1 : 0, measured);
        FUZZ_CHECK(measured.elements <= limits.elements && measured.bytes <= limits.bytes);
        encode(reply, again);
    }
    std::vector<Reply> third;
    ReplyReader last(limits);
    FUZZ_CHECK(read(last, again, third));
    FUZZ_CHECK(third == atOnce);
    return 0;
}
