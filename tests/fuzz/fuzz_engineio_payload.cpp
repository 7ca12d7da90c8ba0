/// The body of a POST: the reader that makes no copies against the decoder that does, and the way back.

#include "FuzzSupport.h"

#include "engineio/Packet.h"

using namespace concierge;
using namespace concierge::engineio;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArrayView body(reinterpret_cast<const char *>(data), static_cast<qsizetype>(size));
    const auto packets = decodePayload(body);

    qsizetype read = 0;
    bool isGood = isValidUtf8(body);
    for (PayloadReader reader(body); isGood && !reader.atEnd() && read < payloadMaxPackets; ++read) {
        const auto view = reader.next();
        const auto bytes = view && view->base64
                               ? decodeBase64(view->data)
                               : std::optional(view ? view->data.toByteArray() : QByteArray());
        isGood = view && bytes;
        if (isGood && packets) {
            const Packet &packet = packets->at(read);
            FUZZ_CHECK(packet.type == view->type && packet.binary == view->base64 && packet.data == *bytes);
        }
    }
    FUZZ_CHECK(!packets || (isGood && packets->size() == read));
    FUZZ_CHECK(packets || !isGood || packets.error() == DecodeError::TooManyPackets);
    if (!packets)
        return 0;

    QList<transport::Frame> frames;
    for (const Packet &packet : *packets) {
        frames.append(encode(packet));
        const auto again = decode(frames.last());
        FUZZ_CHECK(again && *again == packet);
    }
    const auto again = decodePayload(encodePayload(frames));
    FUZZ_CHECK(again && *again == *packets);
    return 0;
}
