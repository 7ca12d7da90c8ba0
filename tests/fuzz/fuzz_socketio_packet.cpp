/// The Socket.IO decoder on a connection's frames, text and binary in any order; what it accepts must survive
/// being encoded and decoded again.

#include "FuzzSupport.h"

#include "socketio/Json.h"
#include "socketio/Packet.h"
#include "support/JsonMembers.h"

using namespace concierge;
using namespace concierge::socketio;

namespace {

/// The rule about placeholders, said another way than in the code under test.
void checkPlaceholders(QByteArrayView value, qsizetype attachments)
{
    if (json::typeOf(value) == json::Type::Array) {
        for (const QByteArrayView element : json::elements(value))
            checkPlaceholders(element, attachments);
    } else if (json::typeOf(value) == json::Type::Object) {
        const auto members = test::members(value);
        QByteArrayView flag;
        QByteArrayView num;
        for (const json::Member &member : members) {
            if (member.keyIs("_placeholder"))
                flag = member.value;
            if (member.keyIs("num"))
                num = member.value;
        }
        if (flag == "true") {
            FUZZ_CHECK(!num.isEmpty() && json::typeOf(num) == json::Type::Number);
            const double index = num.toDouble();
            FUZZ_CHECK(index >= 0 && index < static_cast<double>(attachments));
        } else {
            for (const json::Member &member : members)
                checkPlaceholders(member.value, attachments);
        }
    }
}

void checkPacket(const Packet &packet)
{
    const bool isBinary = packet.type == PacketType::BinaryEvent || packet.type == PacketType::BinaryAck;
    FUZZ_CHECK(isBinary == !packet.attachments.isEmpty());
    FUZZ_CHECK(packet.attachments.size() <= 10);
    FUZZ_CHECK(packet.nsp.startsWith('/'));
    FUZZ_CHECK(packet.data.isEmpty() || json::validate(packet.data, json::deepest));
    if (isBinary && !packet.data.isEmpty())
        checkPlaceholders(packet.data, packet.attachments.size());

    const auto frames = encode(packet);
    FUZZ_CHECK(frames.size() == 1 + packet.attachments.size());
    Decoder decoder;
    auto again = decoder.feedText(QByteArrayView(frames.front().data).sliced(1));
    FUZZ_CHECK(again);
    for (qsizetype i = 1; i < frames.size(); ++i) {
        FUZZ_CHECK(!again->has_value());
        again = decoder.feedBinary(frames[i].data);
        FUZZ_CHECK(again);
    }
    FUZZ_CHECK(again->has_value());
    FUZZ_CHECK(**again == packet);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    Decoder decoder;
    for (fuzz::Chunks chunks(data, size); !chunks.atEnd();) {
        const auto chunk = chunks.next();
        // Of exactly that size on the heap: a sanitizer sees a read beyond it.
        const std::vector<char> exact(chunk.bytes.begin(), chunk.bytes.end());
        const auto decoded =
            chunk.isBinary ? decoder.feedBinary(QByteArray::fromRawData(exact.data(), chunk.bytes.size()))
                           : decoder.feedText(QByteArrayView(exact.data(), chunk.bytes.size()));
        if (!decoded)
            break; // errors are final
        if (decoded->has_value())
            checkPacket(**decoded);
    }
    return 0;
}
