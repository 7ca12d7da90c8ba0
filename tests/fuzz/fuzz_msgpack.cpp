/// What other nodes publish through Redis: msgpack alone, and the messages of the classic and the sharded
/// adapter, in msgpack and JSON. The first byte says what the rest is taken for. What is read must be valid,
/// be written again, and then be read as the same; and an adapter must live through it.

#include "FuzzSupport.h"

#include "cluster/AdapterFixture.h"
#include "cluster/Msgpack.h"
#include "shared/Limits.h"
#include "socketio/Json.h"
#include "socketio/Placeholders.h"

#include <vector>

using namespace concierge;
using namespace concierge::cluster;

namespace {

/// With attachments, data that looks like a placeholder becomes one more of them, or one that names none.
bool isOfPlaceholders(DecodeError error)
{
    return error == DecodeError::BadPlaceholder || error == DecodeError::TooManyAttachments ||
           error == DecodeError::TooDeep;
}

void checkMsgpack(QByteArrayView bytes)
{
    const auto value = fromMsgpack(bytes);
    if (!value)
        return;
    FUZZ_CHECK(
        json::validate(value->json, messageMaxDepth + 2)); // an extension is an array with a placeholder
    FUZZ_CHECK(value->attachments.size() <= limits::maxAttachments);
    const auto again = toMsgpack(value->json, value->attachments);
    if (!again) {
        FUZZ_CHECK(!value->attachments.isEmpty() && isOfPlaceholders(again.error()));
        return;
    }
    const auto third = fromMsgpack(*again);
    FUZZ_CHECK(third || (!value->attachments.isEmpty() && isOfPlaceholders(third.error())));
    FUZZ_CHECK(!value->attachments.isEmpty() || *third == *value);
}

template <class Decode, class Encode>
void checkMessage(QByteArrayView bytes, Decode decode, Encode encode)
{
    Result<Message, DecodeError> message = decode(bytes);
    if (!message)
        return;
    if (const auto *broadcast = std::get_if<Broadcast>(&message->body)) {
        const Emit &emit = broadcast->emit;
        FUZZ_CHECK(json::validate(emit.args, messageMaxDepth + 2));
        FUZZ_CHECK(!checkEvent(emit.args, emit.attachments.size()));
    }
    // Once to have everything as it is written here: `1.0` is 1 then.
    for (int round = 0; round < 2; ++round) {
        const Result<QByteArray, DecodeError> encoded = encode(*message);
        if (!encoded) {
            FUZZ_CHECK(isOfPlaceholders(encoded.error()));
            return;
        }
        Result<Message, DecodeError> again = decode(*encoded);
        if (!again) {
            FUZZ_CHECK(isOfPlaceholders(again.error()));
            return;
        }
        FUZZ_CHECK(round == 0 || *again == *message);
        message = std::move(again);
    }
}

void checkClassic(ChannelKind kind, QByteArrayView bytes)
{
    checkMessage(
        bytes, [kind](QByteArrayView payload) { return classic::decode(kind, "/", payload); },
        [](const Message &message) { return classic::encode(message, "/"); });
}

void checkAdapter(Protocol protocol, const QByteArray &channel, QByteArrayView bytes)
{
    AdapterOptions options;
    options.protocol = protocol;
    test::Node node(options);
    node.adapter.receive(channel, bytes);
    for (const auto &emitted : node.host.emitted)
        FUZZ_CHECK(!toFrames(emitted.emit, "/").isEmpty());
    node.adapter.described(node.host.describeToken, {});
    node.clock.advance(options.ackTimeoutMax);
    node.adapter.tick();
    FUZZ_CHECK(!node.adapter.next());
    const AdapterCounters &counters = node.adapter.counters();
    FUZZ_CHECK(counters.received == 1);
    FUZZ_CHECK(counters.dropped == static_cast<quint64>(node.host.dropped.size()));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (size == 0)
        return 0;
    // Of exactly that size on the heap: a sanitizer sees a read beyond it.
    const std::vector<char> exact(data + 1, data + size);
    const QByteArrayView bytes(exact.data(), static_cast<qsizetype>(exact.size()));
    switch (data[0] % 8) {
    case 0:
        checkClassic(ChannelKind::Broadcast, bytes);
        checkAdapter(Protocol::Classic, "socket.io#/#r#", bytes);
        break;
    case 1:
        checkClassic(ChannelKind::Request, bytes);
        checkAdapter(Protocol::Classic, "socket.io-request#/#", bytes);
        break;
    case 2:
        checkClassic(ChannelKind::Response, bytes);
        break;
    case 3:
        checkMessage(
            bytes, [](QByteArrayView payload) { return sharded::decode("/", payload); },
            [](const Message &message) { return sharded::encode(message, "/"); });
        checkAdapter(Protocol::Sharded, "socket.io#/#", bytes);
        break;
    default:
        checkMsgpack(bytes);
    }
    return 0;
}
